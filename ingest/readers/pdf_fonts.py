"""How wide and how bold the characters of a PDF font are, and which characters its codes stand for.

pypdf works out encodings, ToUnicode maps and widths; this module only keeps its answers per character code,
because a page asks for the same few dozen codes thousands of times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pypdf.generic import DictionaryObject
from pypdf.generic._font import Font

_BOLD_NAME = re.compile(r"bold|black|heavy|demi|semib|[-,]bd\b|\bbx\d|cmbx|cmb\d", re.IGNORECASE)
_BLANK_NAME = re.compile(r"/(?:g|gid|glyph|cid|index)0*3|/space\d*")
_BOLD_WEIGHT = 600
_FORCE_BOLD = 1 << 18
_GLYPH_UNITS = 1000.0


@dataclass(slots=True)
class Typeface:
    """One font of a page. Widths are in text space units, for a font size of 1."""

    font: Font
    bold: bool
    scale: float
    space: float
    two_bytes: bool
    _codes: dict[int, tuple[str, float]] = field(default_factory=dict)

    def decode(self, raw: bytes) -> list[tuple[str, float, bool]]:
        """Return (characters, width, is the one-byte space 32) for every code in ``raw``."""
        codes = self._codes
        glyphs: list[tuple[str, float, bool]] = []
        if self.two_bytes:
            for at in range(0, len(raw) - 1, 2):
                code = raw[at] << 8 | raw[at + 1]
                found = codes.get(code)
                if found is None:
                    found = codes[code] = self._look_up(raw[at : at + 2])
                glyphs.append((found[0], found[1], False))
            return glyphs
        if isinstance(self.font.encoding, str):
            return [(*self._measure(char), False) for char in self._named(raw)]
        for code in raw:
            found = codes.get(code)
            if found is None:
                found = codes[code] = self._look_up(bytes((code,)))
            glyphs.append((found[0], found[1], code == 0x20))
        return glyphs

    def _named(self, raw: bytes) -> str:
        try:
            return raw.decode(str(self.font.encoding), "surrogatepass")
        except (UnicodeDecodeError, LookupError):
            return raw.decode("latin-1")

    def _look_up(self, raw: bytes) -> tuple[str, float]:
        encoding = self.font.encoding
        if isinstance(encoding, str):
            return self._measure(self._named(raw))
        char = encoding.get(raw[0], chr(raw[0]))
        text = str(self.font.character_map.get(char, char))
        if len(text) > 1 and text[0] == "/":
            # the name of a glyph that stands for nothing known; the third of a font is by custom the blank
            text = " " if _BLANK_NAME.fullmatch(text) else "\ufffd"
        return text, self._width(chr(raw[0]))

    def _measure(self, char: str) -> tuple[str, float]:
        return str(self.font.character_map.get(char, char)), self._width(char)

    def _width(self, char: str) -> float:
        if char == self.font.space_char:
            return self.space
        try:
            return float(self.font.get_text_width(char)) * self.scale
        except (TypeError, ValueError):
            return 0.5


def load_typeface(resource: Any) -> Typeface | None:
    """Return the font a page names, or None when ``resource`` is not a font dictionary."""
    resource = resource.get_object()
    if not isinstance(resource, DictionaryObject):
        return None
    try:
        font = Font.from_font_resource(resource)
    except (AttributeError, TypeError, KeyError, IndexError, UnboundLocalError):
        return None
    scale = 1 / _GLYPH_UNITS
    matrix = resource.get("/FontMatrix")
    if font.sub_type == "Type3" and matrix is not None:
        scale = abs(float(matrix.get_object()[0])) or scale
    encoding = font.encoding
    two_bytes = isinstance(encoding, str) and "utf-16" in encoding.replace("_", "-").lower()
    space = float(font.space_width or 250) * scale
    return Typeface(font, _is_bold(font), scale, space, two_bytes)


def _is_bold(font: Font) -> bool:
    descriptor = font.font_descriptor
    if _BOLD_NAME.search(font.name) or _BOLD_NAME.search(str(descriptor.name)):
        return True
    weight = str(descriptor.weight)
    if weight.isdigit() and int(weight) >= _BOLD_WEIGHT:
        return True
    return isinstance(descriptor.flags, int) and bool(descriptor.flags & _FORCE_BOLD)
