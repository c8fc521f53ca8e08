"""A page as a list of lines and tables in reading order, each line knowing the column it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.readers.pdf_aligned import aligned_tables
from ingest.readers.pdf_furniture import without_furniture
from ingest.readers.pdf_gutters import Box, column_style
from ingest.readers.pdf_layout import Region, regions
from ingest.readers.pdf_lines import Fragment, by_direction, fragments_of, joined, rows_of, typical_size
from ingest.readers.pdf_lists import Marker, marker_of
from ingest.readers.pdf_runs import PageContent
from ingest.readers.pdf_tables import Table, drawn_tables

_NOTE_SIZE = 0.93


@dataclass(frozen=True, slots=True)
class Line:
    """One line of running text. ``flow`` numbers the columns of a document in reading order; ``x`` is its
    indent from the left of its column, ``text_x`` that of the words after a list marker (None: no marker).
    ``followed``: the next line stands close below, so that this one does not make a paragraph by itself."""

    text: str
    x: float
    x1: float
    y: float
    size: float
    bold: bool
    page: int
    flow: int
    width: float
    marker: Marker | None
    text_x: float | None
    note: bool = False
    followed: bool = False

    @property
    def room(self) -> float:
        """Points left between its end and the right of its column."""
        return self.width - self.x1


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table with the page it stands on."""

    table: Table
    page: int
    flow: int


Entry = Line | PageTable


def entries_of(contents: Sequence[PageContent | None], title: str = "") -> tuple[list[Entry], float]:
    """Return every line and table of a document in reading order, and its ordinary letter size.

    ``contents`` holds one element for each page, None for a page that could not be read;
    ``title`` is what the file says it is called.
    """
    turned = [by_direction(content.runs) if content else [] for content in contents]
    pages = [fragments_of(groups[0]) if groups else [] for groups in turned]
    heights = [_height(content, page) for content, page in zip(contents, pages, strict=True)]
    pages = without_furniture(pages, heights, title)
    body = typical_size(fragment for page in pages for fragment in page)
    drawn = []
    for content, page in zip(contents, pages, strict=True):
        rules = content.rules if content and not (page and page[0].runs[0].angle) else []
        drawn.append(drawn_tables(page, rules, *((content.width, content.height) if content else (0, 0))))
    boxes = [[Box(t.x0, t.top, t.x1, t.bottom, at) for at, t in enumerate(tables)] for tables, _ in drawn]
    style = column_style([(rest, inside) for (_, rest), inside in zip(drawn, boxes, strict=True)])
    entries: list[Entry] = []
    bounds = _bounds([rest for _, rest in drawn], contents)
    flow = 0
    for at, (tables, rest) in enumerate(drawn):
        found: list[Entry] = []
        for region in regions(rest, boxes[at], style, bounds[at]):
            flow += 1
            if region.box is not None:
                found.append(PageTable(tables[region.box.number], at + 1, flow))
            else:
                found += _lines(region, at + 1, flow)
        entries += _with_notes(found, body)
        for group in turned[at][1:]:
            flow += 1
            aside = fragments_of(group)
            left, right = min(f.x0 for f in aside), max(f.x1 for f in aside)
            entries += _lines(Region(left, right, tuple(aside)), at + 1, flow)
    return entries, body


def _height(content: PageContent | None, page: Sequence[Fragment]) -> float:
    if content is None:
        return 0.0
    turned = bool(page) and page[0].runs[0].angle % 180 == 90
    return content.width if turned else content.height


def _bounds(pages: Sequence[list[Fragment]], contents: Sequence[PageContent | None]) -> list[tuple[float, float]]:
    """The text area of each page: that of all pages of its size together, less a few strays."""
    sizes = [(round(c.width), round(c.height)) if c else (0, 0) for c in contents]
    lefts: dict[tuple[int, int], list[float]] = {}
    rights: dict[tuple[int, int], list[float]] = {}
    for size, page in zip(sizes, pages, strict=True):
        for row in rows_of(page):
            lefts.setdefault(size, []).append(row[0].x0)
            rights.setdefault(size, []).append(row[-1].x1)
    edges = {size: (sorted(x)[len(x) // 50], sorted(rights[size])[-1 - len(x) // 50]) for size, x in lefts.items()}
    return [edges.get(size, (0.0, 0.0)) for size in sizes]


def _lines(region: Region, page: int, flow: int) -> list[Entry]:
    rows = rows_of(region.fragments)
    entries: list[Entry] = []
    tables = {first: (end, table) for first, end, table in aligned_tables(region.fragments)}
    at = 0
    while at < len(rows):
        if at in tables:
            end, table = tables[at]
            entries.append(PageTable(table, page, flow))
            at = end
            continue
        entries.append(_line(rows[at], region, page, flow))
        at += 1
    for n, (line, below) in enumerate(pairwise(entries)):
        if isinstance(line, Line) and isinstance(below, Line) and below.marker is None:
            step = below.y - line.y
            entries[n] = replace(line, followed=0 < step < 1.9 * line.size and below.bold == line.bold)
    return entries


def _line(row: list[Fragment], region: Region, page: int, flow: int) -> Line:
    whole = joined(row)
    alone = _stands_alone(row)
    marker = marker_of(whole.text, alone=alone)
    bold, size = whole.bold, whole.size
    text_x: float | None = None
    if marker is not None:
        text_x = whole.x0 - region.left
        if alone:
            body = joined(row[1:])
            text_x, bold, size = body.x0 - region.left, body.bold, body.size
    return Line(
        whole.text,
        whole.x0 - region.left,
        whole.x1 - region.left,
        whole.y,
        size,
        bold,
        page,
        flow,
        region.right - region.left,
        marker,
        text_x,
    )


def _stands_alone(row: Sequence[Fragment]) -> bool:
    """Whether the first word of a line stands apart more than its other words do, as list markers do."""
    if len(row) < 2 or " " in row[0].text:
        return False
    first, *others = [b.x0 - a.x1 for a, b in pairwise(row)]
    return first > 1.25 * max(others, default=0.0)


def _with_notes(found: list[Entry], body: float) -> list[Entry]:
    """Mark the footnotes: small text that closes a column and starts with a mark."""
    marked = list(found)
    at = len(found) - 1
    while at >= 0:
        entry = found[at]
        if not isinstance(entry, Line) or entry.size > _NOTE_SIZE * body or entry.bold:
            break
        at -= 1
    first = next((n for n in range(at + 1, len(found)) if _starts_note(found[n])), len(found))
    if at < 0 or first == len(found):
        return found
    for n in range(first, len(found)):
        entry = found[n]
        assert isinstance(entry, Line)
        marked[n] = replace(entry, note=True)
    return marked


def _starts_note(entry: Entry) -> bool:
    return isinstance(entry, Line) and (entry.text[0].isdigit() or entry.text[0] in "*†‡¹²³⁴⁵⁶⁷⁸⁹")
