"""RTF taken apart: groups, control words and text, the bytes of the text in the encoding of their font.

Rich Text Format Specification 1.9.1, sections "Basic Entities", "Unicode RTF" and "Font Table".
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    rb"\\(?:([a-zA-Z]{1,40})(-?\d{1,10})? ?|'([0-9a-fA-F]{2})|(.))|([{}])|([^\\{}]+)",
    re.DOTALL,
)
_LINE_ENDS = re.compile(rb"[\r\n\0]+")
_SYMBOLS = 2
_CHARSETS = {
    0: 1252, 77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
    177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850,
}  # fmt: skip
_NAMES = {10000: "mac-roman", 1361: "johab", 65001: "utf-8", 0: "cp1252"}


class Token(NamedTuple):
    """One of: "{", "}", a control word or symbol (``word`` and its ``number``), or the bytes of ``text``."""

    word: str = ""
    number: int | None = None
    text: bytes = b""


def tokens(data: bytes) -> Iterator[Token]:
    """Give the tokens of an RTF file; binary data and line ends in the source are left out."""
    at = 0
    while found := _TOKEN.search(data, at):
        at = found.end()
        word, number, code, symbol, brace, text = found.groups()
        if word == b"bin":
            at += max(0, int(number or 0))
        elif word:
            yield Token(word.decode("ascii"), int(number) if number else None)
        elif code:
            yield Token(text=bytes.fromhex(code.decode("ascii")))
        elif symbol in (b"\\", b"{", b"}"):
            yield Token(text=symbol)
        elif symbol:
            yield Token(symbol.decode("latin-1"))
        elif brace:
            yield Token(brace.decode("ascii"))
        elif text := _LINE_ENDS.sub(b"", text):
            yield Token(text=text)


def code_page(number: int) -> str:
    """Return Python's name for a Windows code page; Windows-1252 for an unknown one."""
    try:
        return codecs.lookup(_NAMES.get(number, f"cp{number}")).name
    except LookupError:
        return "cp1252"


class Fonts:
    """The encoding of each font: bytes mean nothing without their font."""

    def __init__(self) -> None:
        self.default = 0
        self.page = code_page(1252)
        self._pages: dict[int, str] = {}

    def charset(self, font: int, number: int) -> None:
        """Set the encoding of ``font`` by its \\fcharset; 1 stands for that of the document."""
        if number == _SYMBOLS:
            self._pages[font] = ""
        elif number in _CHARSETS:
            self._pages[font] = code_page(_CHARSETS[number])

    def decode(self, data: bytes, font: int) -> str:
        """Return text in ``font``; signs of a symbol font land in the private area, as Office puts them there."""
        page = self._pages.get(font, self.page)
        if not page:
            return "".join(chr(0xF000 + byte) if byte > 0x7F else chr(byte) for byte in data)
        return data.decode(page, "replace")
