"""Which blocks of a PDF are headings, and how deep: by letter size and weight, then by their numbering."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LARGER = 1.06
_SMALLEST = 0.65
_DEEPEST = 6
_DEPTHS = {
    "deel": 1, "boek": 1, "hoofdstuk": 2, "titel": 2, "bijlage": 2, "afdeling": 3, "paragraaf": 4, "§": 4,
    "artikel": 5, "art.": 5,
}  # fmt: skip
_NAMED = re.compile(
    r"(?P<kind>deel|boek|hoofdstuk|titel|afdeling|paragraaf|§|bijlage|artikel|art\.)\s*"
    r"(?P<number>\d+(?:[.:]\s?\d+)*\s?[a-z]{0,2}|[IVXLC]+|[A-Z])(?:[.:]?\s+(?P<title>\S.*)|[.:]?)",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){1,4})\.?\s+(?P<title>[^\W\d_].*)")
_NUMBER = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+\S")
_CONTENTS = re.compile(r"(?:\. ?){4,}|…{2,}|\s\d{1,4}$")
_LOWER_START = re.compile(r"[a-zà-ÿ]")


@dataclass(frozen=True, slots=True)
class Style:
    """How a heading looks: letter size in points, and weight. Plain headings are told by their number only."""

    size: float
    bold: bool
    plain: bool = False


def heading_style(
    text: str, *, size: float, bold: bool, body: float, lines: int, apart: bool, item: bool
) -> Style | None:
    """Return the style of a block as a heading, or None when it is ordinary text.

    ``body`` is the letter size of ordinary text; ``apart`` tells that white stands above and below; ``item``
    that the block starts with a bullet.
    """
    letters = sum(map(str.isalpha, text))
    if not letters or item or text.endswith((",", ";")):
        return None
    if size > LARGER * body:
        if lines <= 4 and len(text) <= 240 and not (lines > 2 and text.endswith(".")):
            return Style(round(size * 2) / 2, bold)
        return None
    if bold and size >= _SMALLEST * body:
        ends = text.endswith((":", ".")) and not _NAMED.fullmatch(text.rstrip("."))
        if lines <= 3 and len(text) <= 160 and not ends and not _LOWER_START.match(text):
            return Style(round(size * 2) / 2, True)
        return None
    if size < 0.94 * body or lines > 2 or len(text) > 120:
        return None
    named = _NAMED.fullmatch(text)
    if _CONTENTS.search(text) and not (named and not named["title"]):
        return None
    if named and named["kind"][0].isupper():
        title = named["title"] or ""
        if (not title or title[0].isupper() or title[0] in "([") and not (title and title.endswith(".")):
            return Style(0.0, False, plain=True) if apart or not title or lines == 1 else None
    dotted = _DOTTED.fullmatch(text)
    if dotted and apart and lines == 1 and dotted["title"][0].isupper() and not text.endswith((".", ":", "?")):
        return Style(0.0, False, plain=True)
    if apart and lines == 1 and letters >= 4 and text.isupper() and len(text) <= 60 and not text.endswith((".", ":")):
        return Style(round(size * 2) / 2, False)
    return None


def levels(headings: Sequence[tuple[str, Style]]) -> list[int]:
    """Return a level for each heading, 1 for the highest: bigger and bolder first, then by numbering depth."""
    depths: dict[Style, Counter[int]] = {}
    for text, style in headings:
        depth = _depth(text)
        if depth:
            depths.setdefault(style, Counter())[depth] += 1
    usual = {style: counts.most_common(1)[0][0] for style, counts in depths.items()}
    keys = [(style, _depth(text) or usual.get(style, 0)) for text, style in headings]
    order = {key: at for at, key in enumerate(sorted(set(keys), key=_rank), 1)}
    return [min(order[key], _DEEPEST) for key in keys]


def _rank(key: tuple[Style, int]) -> tuple[bool, float, bool, int]:
    style, depth = key
    return (style.plain, -style.size, not style.bold, depth)


def _depth(text: str) -> int:
    named = _NAMED.match(text)
    if named:
        return _DEPTHS[named["kind"].lower()]
    number = _NUMBER.match(text)
    return 2 + number["number"].count(".") if number else 0


def body_is_bold(lines: Iterable[tuple[str, bool]]) -> bool:
    """Whether bold is the ordinary weight, so that it marks nothing."""
    bold = plain = 0
    for text, is_bold in lines:
        if is_bold:
            bold += len(text)
        else:
            plain += len(text)
    return bold > plain
