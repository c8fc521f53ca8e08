"""Tables drawn on a page: the text between ruling lines and shades as rows of cells.

When a part of a page does not hold up as a table, it is left alone and read as lines: a wrong table reads
worse than a list of lines, and either way no text is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.readers.pdf_lines import Fragment, fragments_of, rows_of
from ingest.readers.pdf_rules import Grid, bands, grids, open_below
from ingest.readers.pdf_runs import Rule

_CELL_GAP = 0.45
ALIGNED = 4.0
_HEADER_LENGTH = 80
_HEADER_LINES = 10
_UNRULED_LINES = 4
MARKER = re.compile(r"[^\w\s]{1,2}|\(?(?:\d{1,3}|[a-z]{1,4})[.)°]{0,2}|\d+(?:\.\d+)+\.?|[o§]", re.IGNORECASE)

Cells = tuple[tuple[Fragment, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table on one page: its columns and, row by row, the lines in each cell. ``header`` tells whether
    the first row names the columns, ``runs_on`` that the page ended within its last row."""

    x0: float
    top: float
    x1: float
    bottom: float
    columns: tuple[tuple[float, float], ...]
    rows: tuple[Cells, ...]
    header: bool
    runs_on: bool = False

    def same_columns(self, other: Table) -> bool:
        """Whether ``other``, further on in the file, may be the rest of this table."""
        return len(self.columns) == len(other.columns) and all(
            abs(a[0] - b[0]) < 3 * ALIGNED or abs(a[1] - b[1]) < 3 * ALIGNED
            for a, b in zip(self.columns, other.columns, strict=True)
        )


def drawn_tables(
    fragments: Sequence[Fragment], rules: Iterable[Rule], width: float, height: float
) -> tuple[list[Table], list[Fragment]]:
    """Return the tables with ruling lines on a page, and the text outside them."""
    tables: list[Table] = []
    rest = list(fragments)
    for grid in grids(rules, width, height):
        for shape in _shapes(grid, rest):
            inside = [fragment for fragment in rest if shape.holds(fragment)]
            table = _from_grid(shape, inside)
            if table is not None:
                tables.append(table)
                taken = set(map(id, inside))
                rest = [fragment for fragment in rest if id(fragment) not in taken]
    return tables, rest


def _shapes(grid: Grid, fragments: Sequence[Fragment]) -> Iterator[Grid]:
    """The ways to read ruling lines as tables, the likeliest first; what is taken by one is gone for the next."""
    if grid.shaded or (grid.xs and len(grid.ys) == 2):
        yield _with_last_rows(grid, fragments)
    if grid.xs:
        yield grid
        return
    for part in _parts(grid, fragments):
        yield _with_header(part, fragments)
        yield part


def _parts(grid: Grid, fragments: Sequence[Fragment]) -> list[Grid]:
    """Lines of equal length may belong to two tables, with ordinary text between them."""
    starts = [0]
    for n, (top, bottom) in enumerate(bands(grid)):
        rows = rows_of(f for f in fragments if grid.holds(f) and top < f.y <= bottom)
        full = [row for row in rows if row[-1].x1 - row[0].x0 > 0.75 * (grid.x1 - grid.x0) and _close(row)]
        if len(full) >= 2 and len(full) >= 0.4 * len(rows):
            starts.append(n + 1)
    ends = [*starts[1:], len(grid.ys)]
    return [
        replace(grid, y0=grid.ys[a], y1=grid.ys[b - 1], ys=grid.ys[a:b])
        for a, b in zip(starts, ends, strict=True)
        if b > a
    ]


def _close(row: Sequence[Fragment]) -> bool:
    return all(b.x0 - a.x1 < 1.2 * a.size for a, b in pairwise(row))


def _with_last_rows(grid: Grid, fragments: Sequence[Fragment]) -> Grid:
    """Below the last shaded row there may be one more row without shade."""
    bottom = grid.y1
    inner = grid.xs[1:-1]
    for row in rows_of(f for f in fragments if f.top > grid.y1 - 1 and grid.x0 - 2 <= f.x0 and f.x1 <= grid.x1 + 2):
        if row[0].top - bottom > 1.2 * row[0].size or any(f.x0 < x < f.x1 for f in row for x in inner):
            break
        if bottom == grid.y1 and len(row) < 2:
            break
        bottom = max(f.bottom for f in row)
    if bottom == grid.y1:
        return grid
    return replace(grid, y1=bottom + 1, ys=[*grid.ys, bottom + 1], shaded=True)


def _with_header(grid: Grid, fragments: Sequence[Fragment]) -> Grid:
    """A header row often stands above the first line instead of below it."""
    above = [f for f in fragments if f.y <= grid.y0 + 1 and grid.x0 - 2 <= f.x0 and f.x1 <= grid.x1 + 2]
    top, size = grid.y0, 0.0
    for row in reversed(rows_of(above)[-_HEADER_LINES:]):
        size = size or row[0].size
        if abs(row[0].size - size) > 0.08 * size or top - row[-1].y > 1.6 * size:
            break
        if len(row) < 2 and not row[0].bold:
            break
        top = min(f.top for f in row) - 1
    if top >= grid.y0:
        return grid
    return replace(grid, y0=top, ys=[top, *grid.ys])


def _from_grid(grid: Grid, inside: Sequence[Fragment]) -> Table | None:
    if len(inside) < 2:
        return None
    cells = fragments_of((run for fragment in inside for run in fragment.runs), _CELL_GAP)
    columns = _drawn_columns(grid, cells) if grid.xs else gap_columns(cells)
    if len(columns) < 2:
        return None
    strips = [[f for f in cells if top - 1 <= f.y - 0.3 * f.size < bottom - 1] for top, bottom in bands(grid)]
    rows: list[list[list[Fragment]]] = []
    few = not grid.xs and len(strips) <= 2
    count = 0
    for (top, _), strip in zip(bands(grid), strips, strict=True):
        if not strip:
            continue
        count += len(strip)
        for lines in split_rows(strip, columns, _UNRULED_LINES) if few else [strip]:
            row = placed(lines, columns)
            if grid.xs and rows:
                for at, column in enumerate(columns):
                    if not row[at] and open_below(grid, column, top):
                        row[at] = list(rows[-1][at])
            rows.append(row)
    if count < len(cells) or len(rows) < 2:
        return None
    filled = [sum(map(bool, row)) for row in rows]
    if max(filled) < 2 or sum(n >= 2 for n in filled) < 0.5 * len(rows):
        return None
    if len(grid.ys) < 4 and not grid.xs and markers_only(rows):
        return None
    table = make_table(rows, columns, grid.x0, grid.y0, grid.x1, grid.y1)
    return replace(table, runs_on=grid.runs_on)


def _drawn_columns(grid: Grid, cells: Sequence[Fragment]) -> list[tuple[float, float]]:
    columns = list(pairwise(grid.xs))
    if grid.x0 < grid.xs[0] - ALIGNED:
        columns.insert(0, (grid.x0, grid.xs[0]))
    if grid.x1 > grid.xs[-1] + ALIGNED:
        columns.append((grid.xs[-1], grid.x1))
    return [column for column in columns if any(column[0] <= (cell.x0 + cell.x1) / 2 <= column[1] for cell in cells)]


def gap_columns(cells: Sequence[Fragment], gap: float = _CELL_GAP) -> list[tuple[float, float]]:
    """Columns are what stays covered when all rows are laid over each other."""
    columns: list[list[float]] = []
    for cell in sorted(cells, key=lambda f: f.x0):
        if columns and cell.x0 <= columns[-1][1] + gap * cell.size:
            columns[-1][1] = max(columns[-1][1], cell.x1)
        else:
            columns.append([cell.x0, cell.x1])
    return [(low, high) for low, high in columns]


def placed(lines: Iterable[Fragment], columns: Sequence[tuple[float, float]]) -> list[list[Fragment]]:
    """Return the lines in each column, from the top."""
    row: list[list[Fragment]] = [[] for _ in columns]
    for line in sorted(lines, key=lambda f: (f.y, f.x0)):
        middle = (line.x0 + line.x1) / 2
        away = [max(low - middle, middle - high, 0.0) for low, high in columns]
        if min(away) > 0 or not (columns[away.index(0.0)][0] - 2 <= line.x0):
            away = [max(low - line.x0, line.x0 - high, 0.0) for low, high in columns]
        row[away.index(min(away))].append(line)
    return row


def split_rows(
    strip: Sequence[Fragment], columns: Sequence[tuple[float, float]], least: int = 2
) -> list[list[Fragment]]:
    """Rows without lines between them: cells whose lines overlap in height belong to one row.

    Where white does not part them and there are at least ``least`` lines, each line is a row.
    """
    lines = rows_of(strip)
    if len(lines) < 2:
        return [list(strip)]
    size = lines[0][0].size
    cells = placed(strip, columns)
    steps = [b.y - a.y for cell in cells for a, b in pairwise(cell) if b.y - a.y > 0.8 * size]
    pitch = min(steps, default=1.3 * size)
    spans: list[tuple[float, float]] = []
    for cell in cells:
        for block in _blocks(cell, 1.08 * pitch):
            spans.append((min(f.top for f in block), max(f.bottom for f in block)))
    merged: list[list[float]] = []
    for top, bottom in sorted(spans):
        if merged and top < merged[-1][1] - 0.35 * strip[0].size:
            merged[-1][1] = max(merged[-1][1], bottom)
        else:
            merged.append([top, bottom])
    if len(merged) == 1 and len(lines) >= least:
        first = [any(column_of(f, columns) == 0 for f in line) for line in lines]
        if sum(len(line) >= 2 for line in lines) >= 0.7 * len(lines) or all(first):
            groups: list[list[Fragment]] = []
            for line, starts in zip(lines, first, strict=True):
                if starts or not groups:
                    groups.append(list(line))
                else:
                    groups[-1] += line
            return groups
    return [[f for f in strip if top - 0.5 <= (f.top + f.bottom) / 2 <= bottom + 0.5] for top, bottom in merged]


def _blocks(cell: Sequence[Fragment], step: float) -> list[list[Fragment]]:
    blocks: list[list[Fragment]] = []
    for line in cell:
        if blocks and line.y - blocks[-1][-1].y <= step:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def column_of(fragment: Fragment, columns: Sequence[tuple[float, float]]) -> int:
    """Return which of the columns a fragment stands in."""
    return next(at for at, cell in enumerate(placed([fragment], columns)) if cell)


def markers_only(rows: Sequence[Sequence[Sequence[Fragment]]]) -> bool:
    """A first column of nothing but bullets, numbers or letters is a list, unless more columns follow."""
    first = [" ".join(f.text for f in row[0]) for row in rows if row[0]]
    return len(rows[0]) == 2 and all(MARKER.fullmatch(text) for text in first)


def make_table(
    rows: Sequence[Sequence[Sequence[Fragment]]],
    columns: Sequence[tuple[float, float]],
    x0: float,
    top: float,
    x1: float,
    bottom: float,
) -> Table:
    """Return a table of these cells, and find out whether its first row names the columns."""
    cells = tuple(tuple(tuple(cell) for cell in row) for row in rows)
    return Table(x0, top, x1, bottom, tuple(columns), cells, _has_header(cells))


def _has_header(rows: Sequence[Cells]) -> bool:
    first, rest = rows[0], rows[1:]
    named = [cell for cell in first if cell]
    if len(named) < 2 or not rest:
        return False
    if all(f.bold for cell in named for f in cell):
        return True
    texts = [" ".join(f.text for f in cell) for cell in named]
    if len(named) < len(first) or any(len(text) > _HEADER_LENGTH or text.endswith(".") for text in texts):
        return False
    return not any(re.search(r"\d", text) for text in texts) or median(map(len, texts)) < 12
