"""Tables without ruling lines: cells that line up below each other with the same white between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.readers.pdf_lines import Fragment, joined, rows_of
from ingest.readers.pdf_tables import (
    ALIGNED,
    MARKER,
    Table,
    column_of,
    gap_columns,
    make_table,
    markers_only,
    placed,
    split_rows,
)

_COLUMN_GAP = 0.9
_LEADER = re.compile(r"(?:\. ?){4,}|…{2,}|_{4,}")
_NUMBER = re.compile(r"\d{1,4}|[ivxl]{1,6}", re.IGNORECASE)


def aligned_tables(fragments: Sequence[Fragment]) -> list[tuple[int, int, Table]]:
    """Find tables without ruling lines among the rows of one column of text.

    Gives (first row, row after the last, table), the rows being those of `rows_of`.
    """
    rows = rows_of(fragments)
    found: list[tuple[int, int, Table]] = []
    at = 0
    while at < len(rows):
        end, table = _aligned_at(rows, at)
        if table is not None:
            found.append((at, end, table))
            at = end
        else:
            at += 1
    return found


def _aligned_at(rows: list[list[Fragment]], first: int) -> tuple[int, Table | None]:
    row = rows[first]
    if len(row) < 2 or (MARKER.fullmatch(row[0].text) and len(row) < 3) or _LEADER.search(row[-1].text):
        return first, None
    white = [(a.x1, b.x0) for a, b in pairwise(row) if b.x0 - a.x1 >= _COLUMN_GAP * a.size]
    end = first + 1
    while white and end < len(rows):
        size = row[0].size
        if rows[end][0].y - rows[end - 1][0].y > 3.2 * size:
            break
        left = _still_white(white, rows[end], size)
        if not left:
            break
        white, end = left, end + 1
    while end > first + 1 and len(rows[end - 1]) < 2 and rows[end - 1][0].x0 < white[0][0]:
        end -= 1
    several = sum(len(line) >= 2 for line in rows[first:end])
    if not white or several < (3 if len(white) == 1 else 2):
        return first, None
    body = rows[first:end]
    lines = [fragment for line in body for fragment in line]
    columns = _cut_at(body, white)
    covered = gap_columns(lines, _COLUMN_GAP)
    if len(covered) > len(columns):  # the first row may leave a column without a name
        columns = _cut_at(body, [(a[1], b[0]) for a, b in pairwise(covered)])
    groups = split_rows(lines, columns)
    cells = [placed(group, columns) for group in groups]
    if len(cells) < 2 or markers_only(cells) or not _lined_up(body, columns) or _contents(cells):
        return first, None
    if len(columns) == 2 and sum(bool(c[0]) and c[0][-1].text.endswith(":") for c in cells) > len(cells) / 2:
        return first, None
    filled = [sum(map(bool, row)) for row in cells]
    if sum(n >= 2 for n in filled) < 0.6 * len(cells):
        return first, None
    x0, x1 = min(f.x0 for f in lines), max(f.x1 for f in lines)
    return end, make_table(cells, columns, x0, min(f.top for f in lines), x1, max(f.bottom for f in lines))


def _still_white(
    white: Sequence[tuple[float, float]], row: Sequence[Fragment], size: float
) -> list[tuple[float, float]]:
    left = []
    for low, high in white:
        for fragment in row:
            if fragment.x1 <= low or fragment.x0 >= high:
                continue
            if fragment.x0 <= low and fragment.x1 >= high:
                low = high
            elif fragment.x0 <= low:
                low = fragment.x1
            else:
                high = fragment.x0
        if high - low >= _COLUMN_GAP * size:
            left.append((low, high))
    return left


def _cut_at(body: Sequence[Sequence[Fragment]], white: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    left, right = min(f.x0 for row in body for f in row), max(f.x1 for row in body for f in row)
    edges = [left, *((low + high) / 2 for low, high in white), right]
    return list(pairwise(edges))


def _lined_up(body: Sequence[Sequence[Fragment]], columns: Sequence[tuple[float, float]]) -> bool:
    """In each column most lines begin, end or have their middle at the same place."""
    for at in range(len(columns)):
        lines = [joined(part) for row in body if (part := [f for f in row if column_of(f, columns) == at])]
        if len(lines) < 2:
            continue
        for place in ([f.x0 for f in lines], [f.x1 for f in lines], [(f.x0 + f.x1) / 2 for f in lines]):
            middle = sorted(place)[len(place) // 2]
            if sum(abs(x - middle) <= ALIGNED for x in place) >= 0.7 * len(place):
                break
        else:
            return False
    return True


def _contents(rows: Sequence[Sequence[Sequence[Fragment]]]) -> bool:
    """A table of contents: the last column counts up through the pages."""
    last = [" ".join(f.text for f in row[-1]) for row in rows if row[-1]]
    if not all(_NUMBER.fullmatch(text) for text in last):
        return False
    numbers = [int(text) for text in last if text.isdigit()]
    return numbers == sorted(numbers)
