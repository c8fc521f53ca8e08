"""Running headers and footers, page numbers and the date and address lines that browsers print.

They repeat on page after page at the same height, with only numbers changing; that is how they are told from
text that merely stands at the top or the bottom of a page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.readers.pdf_lines import Fragment, rows_of, typical_size

_ZONE = 0.13
_EDGE = 0.06
_SAME_HEIGHT = 3.0
_LETTERS = 4
_SMALL = 0.95
_DIGITS = re.compile(r"[0-9]{1,9}")
_PAGE_NUMBER = re.compile(
    r"[\[(|\-–—\s]*(?:pagina|page|pag\.?|blz\.?|bladzijde|p\.)?\s*(?P<number>\d{1,4}|[ivxlc]{1,7})"
    r"(?:\s*(?:/|\||van|of|-|–)\s*\d{1,4})?[\])|\-–—\s]*",
    re.IGNORECASE,
)
_PRINTED = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},? \d{1,2}[:.]\d{2}(?: ?[AP]M)?\b.*", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?|file)://\S+.*")
_OUT_OF = re.compile(r"\d{1,4}/\d{1,4}")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def without_furniture(
    pages: Sequence[list[Fragment]], heights: Sequence[float], title: str = ""
) -> list[list[Fragment]]:
    """Return the fragments of each page less its running headers, footers and page numbers.

    ``title`` is that of the document: in small print in a margin it is a running header, even once.
    """
    zones = [_outer(page, height) for page, height in zip(pages, heights, strict=True)]
    drop = _repeated(zones, heights) | _numbers(zones, heights) | _browser(zones, heights)
    body = typical_size(fragment for page in pages for fragment in page)
    for zone, height in zip(zones, heights, strict=True):
        drop.update(
            id(f)
            for f in zone
            if f.size < _SMALL * body and f.text == title and not _ZONE * height <= f.y <= (1 - _ZONE) * height
        )
    kept = [[f for f in page if id(f) not in drop] for page in pages]
    return kept if any(kept) else list(pages)


def _outer(page: list[Fragment], height: float) -> list[Fragment]:
    """What stands in the margins above and below, or is the first or last line where the margins are wide."""
    ends = sorted(page, key=lambda f: f.y)
    first, last = (ends[0].y, ends[-1].y) if ends else (0.0, 0.0)
    low, high = max(_ZONE * height, first + _SAME_HEIGHT), min((1 - _ZONE) * height, last - _SAME_HEIGHT)
    return [f for f in page if f.y < low or f.y > high]


def _repeated(zones: Sequence[list[Fragment]], heights: Sequence[float]) -> set[int]:
    places: dict[str, list[tuple[int, Fragment]]] = {}
    for at, zone in enumerate(zones):
        for fragment in zone:
            if sum(map(str.isalpha, fragment.text)) < _LETTERS:
                continue  # numbers and list markers stand at the same height by chance
            places.setdefault(_masked(fragment.text), []).append((at, fragment))
    count = sum(map(bool, zones))
    groups: list[list[tuple[int, Fragment]]] = []
    for found in places.values():
        for level in _same_height(found) if len(found) > 1 else []:
            for same in _same_numbers(level):
                pages = sorted({at for at, _ in same})
                but_first = count > 2 and pages == [at for at, zone in enumerate(zones) if zone][1:]
                if len(pages) == count >= 2 or but_first or _in_a_row(pages):
                    groups.append(same)
    likely = {id(fragment) for group in groups for _, fragment in group}
    return {id(fragment) for group in groups if not _among_text(group, zones, heights, likely) for _, fragment in group}


def _among_text(
    group: Sequence[tuple[int, Fragment]],
    zones: Sequence[list[Fragment]],
    heights: Sequence[float],
    likely: set[int],
) -> bool:
    """Whether other pages have their ordinary text at this height or further out: then it is a heading."""
    pages = {at for at, _ in group}
    y, size = group[0][1].y, group[0][1].size
    top = y < heights[group[0][0]] / 2
    low, high = (y - 2 * size, y + _SAME_HEIGHT) if top else (y - _SAME_HEIGHT, y + 2 * size)
    text, furniture = 0, len(pages)
    for at, zone in enumerate(zones):
        if at in pages:
            continue
        there = [f for f in zone if low <= f.y <= high and sum(map(str.isalpha, f.text)) >= _LETTERS]
        if any(id(f) in likely and abs(f.y - y) <= _SAME_HEIGHT for f in there):
            furniture += 1
        elif any(id(f) not in likely for f in there):
            text += 1
    return text > 0.5 * furniture


def _masked(text: str) -> str:
    return _DIGITS.sub("#", text).casefold()


def _same_height(found: list[tuple[int, Fragment]]) -> list[list[tuple[int, Fragment]]]:
    groups: list[list[tuple[int, Fragment]]] = []
    for at, fragment in sorted(found, key=lambda pair: pair[1].y):
        if groups and fragment.y - groups[-1][0][1].y <= _SAME_HEIGHT:
            groups[-1].append((at, fragment))
        else:
            groups.append([(at, fragment)])
    return groups


def _same_numbers(found: list[tuple[int, Fragment]]) -> list[list[tuple[int, Fragment]]]:
    """Numbers in a running header stay the same or count the pages; where they do neither, it is another text."""
    numbers = [[int(number) for number in _DIGITS.findall(fragment.text)] for _, fragment in found]
    for column in zip(*numbers, strict=True):
        steps = [number - at for number, (at, _) in zip(column, found, strict=True)]
        if len(set(column)) == 1 or len(set(steps)) == 1:
            continue
        by = steps if Counter(steps).most_common(1)[0][1] > 2 else column
        groups: dict[int, list[tuple[int, Fragment]]] = {}
        for key, pair in zip(by, found, strict=True):
            groups.setdefault(key, []).append(pair)
        return [part for group in groups.values() for part in _same_numbers(group)]
    return [found]


def _in_a_row(pages: Sequence[int]) -> bool:
    """Three pages on end, or three left or three right pages on end."""
    return any(c - b <= 2 and b - a <= 2 for a, b, c in zip(pages, pages[1:], pages[2:], strict=False))


def _numbers(zones: Sequence[list[Fragment]], heights: Sequence[float]) -> set[int]:
    """Page numbers, and what stands on their line: they run on with the pages."""
    found: list[tuple[int, int, list[Fragment]]] = []
    for at, zone in enumerate(zones):
        rows = rows_of(zone)
        for row in (rows[:2] + rows[-2:]) if len(rows) > 3 else rows:
            for fragment in {id(end): end for end in (row[0], row[-1], row[len(row) // 2])}.values():
                match = _PAGE_NUMBER.fullmatch(fragment.text)
                number = _value(match["number"]) if match else None
                if number is not None:
                    alone = len(row) == 1 or fragment in (row[0], row[-1])
                    found.append((at, number, row if alone else [fragment]))
    steps = Counter(step for _, step in {(at, number - at) for at, number, _ in found})
    drop: set[int] = set()
    for at, number, row in found:
        single = len(zones) == 1 and number == 1 and row[0].y > (1 - _ZONE / 2) * heights[0]
        if (steps[number - at] >= 2 or single) and sum(len(f.text) for f in row) < 150:
            drop.update(map(id, row))
    return drop


def _value(number: str) -> int | None:
    if number.isdigit():
        return int(number)
    total = highest = 0
    for letter in reversed(number.lower()):
        worth = _ROMAN[letter]
        total += worth if worth >= highest else -worth
        highest = max(highest, worth)
    return total


def _browser(zones: Sequence[list[Fragment]], heights: Sequence[float]) -> set[int]:
    drop: set[int] = set()
    for zone, height in zip(zones, heights, strict=True):
        rows = rows_of(zone)
        if not rows:
            continue
        top, bottom = rows[0], rows[-1]
        if top[0].y < _EDGE * height and _PRINTED.fullmatch(top[0].text):
            drop.update(map(id, top))
        if bottom[0].y > (1 - _EDGE) * height and any(_ADDRESS.fullmatch(f.text) for f in bottom):
            last = bottom[-1].text.split()[-1]
            if _OUT_OF.fullmatch(last):
                drop.update(map(id, bottom))
    return drop
