"""What an exported conversation consists of, before it takes a form. All forms are made from these blocks, so that
they hold the same text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from kb.normal_form import normal_form

# What no reader sees and some files refuse: control characters, surrogates, noncharacters, soft hyphens, blanks without
# width, and orders that turn the direction of the text around it.
_NONCHARACTERS = "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    rf"\ufdd0-\ufdef\ufeff{_NONCHARACTERS}]"
)


class Style(StrEnum):
    """The part that a block plays."""

    TITLE = "titel"
    QUESTION = "vraag"
    SUBHEADING = "kopje"
    TEXT = "tekst"
    NOTICE = "melding"
    SOURCE = "bron"
    # The words of the source above it.
    QUOTE = "citaat"
    NEARBY = "suggestie"


@dataclass(frozen=True, slots=True)
class Run:
    """Text that looks the same from begin to end. ``link`` is an address, or the anchor of a block after a #."""

    text: str
    strong: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph or quote of one or more lines. Runs of one line follow each other as they are."""

    style: Style
    lines: tuple[tuple[Run, ...], ...]
    anchor: str = ""

    @property
    def text(self) -> str:
        """What a reader sees, with a line feed between lines."""
        return "\n".join("".join(run.text for run in line) for line in self.lines)


def tidy_lines(text: str) -> Iterator[str]:
    """Yield the lines of ``text`` that hold something, as every form can show them.

    Blanks become one space, and characters that nobody sees are left out.
    """
    # Whatever ends a line ends one here, the characters of old printers too.
    for line in normal_form("NFC", text).splitlines():
        if tidy := " ".join(_UNSEEN.sub("", line).split()):
            yield tidy


def tidy(text: str) -> str:
    """Return ``text`` on one line; see `tidy_lines`."""
    return " ".join(tidy_lines(text))
