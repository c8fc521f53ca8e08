"""List markers: which beginnings of lines are bullets, numbers or letters of a list, and how deep items nest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BULLETS = "•●○◦▪▫■□◼◻▶►▸‣⁃∙⦁❖✓✔➢➤➔→★☐☑☒♦◆·\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf02d\uf06f\uf0a8\uf071\uf0e0"
_DASHES = "-–—*"
_BULLET = re.compile(rf"[{re.escape(_BULLETS)}](?:\s+|(?=\w)|$)")
_DASH = re.compile(rf"[{re.escape(_DASHES)}](?:\s+|$)")
_NUMBER = re.compile(r"(?P<open>\(?)(?P<number>\d{1,3}[a-z]?|[a-z]|[ivx]{1,5})(?P<close>[.)]|°\.?)(?:\s+|$)")
_DOTTED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){1,4})\.?(?:\s+|$)")
_ALONE = re.compile(r"[a-zA-Z]\)?|\d{1,3}|[ivxIVX]{1,5}\)?")
_SAME_PLACE = 4.0


@dataclass(frozen=True, slots=True)
class Marker:
    """The marker at the start of a line. ``text`` is what the item keeps of it; bullets leave nothing.

    ``sure`` markers start an item wherever they stand; the others may also be a number or a dash that a
    sentence happened to break before.
    """

    text: str
    length: int
    sure: bool
    kind: str
    value: int = 0


def marker_of(text: str, *, alone: bool = False) -> Marker | None:
    """Return the marker that ``text`` starts with. ``alone``: its first word stands apart from the rest."""
    if match := _BULLET.match(text):
        return Marker("", match.end(), True, text[0])
    if alone and (match := re.match(r"o\s+", text)):
        return Marker("", match.end(), True, "o")
    if match := _DASH.match(text):
        return Marker("", match.end(), alone, text[0])
    if match := _NUMBER.match(text):
        number = match["number"]
        if match["open"] and match["close"] != ")":
            return None
        digits = number.rstrip("abcdefghijklmnopqrstuvwxyz")
        kind = match["open"] + ("1" if digits else "a") + match["close"]
        value = int(digits) if digits else ord(number[0]) - 96
        return Marker(match[0].strip(), match.end(), alone, kind, value)
    if alone and (match := _DOTTED.match(text)):
        return Marker(match[0].strip(), match.end(), True, "1.1")
    if alone:
        first = text.split(" ", 1)[0]
        if _ALONE.fullmatch(first) and " " in text:
            return Marker(first, len(first) + 1, True, "alone")
    return None


@dataclass(slots=True)
class Nesting:
    """The indents of the lists that are open, to tell how deep an item is."""

    indents: list[float] = field(default_factory=list)

    def level(self, indent: float) -> int:
        """Return the depth of an item whose marker stands ``indent`` points in, 1 for the outermost."""
        while self.indents and indent < self.indents[-1] - _SAME_PLACE:
            self.indents.pop()
        if not self.indents or indent > self.indents[-1] + _SAME_PLACE:
            self.indents.append(indent)
        return len(self.indents)

    def leave(self, indent: float | None = None) -> None:
        """Close the lists that a paragraph at ``indent`` ends; all of them without one."""
        if indent is None:
            self.indents.clear()
        while self.indents and indent is not None and indent <= self.indents[-1] + _SAME_PLACE:
            self.indents.pop()
