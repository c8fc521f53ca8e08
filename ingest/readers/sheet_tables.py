"""The cells of a sheet as tables: where each begins and ends, what its headings are, what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.readers.blocks import BlockList, is_closed
from ingest.readers.tables import EMPTY, Cell, row_sentences
from kb.errors import ReadError, Reason

MOST_CELLS = 200_000
"""Filled cells in one file. A larger one is data for a program, not text for a reader."""

_LONGEST_NAME = 60
_MOST_HEADING_ROWS = 3
_YEAR = re.compile(r"(?:19|20)\d\d(?:\s?[-/]\s?(?:19|20)?\d\d)?")
_FIGURE = re.compile(r"[-+(]?[€$£]?\s?[-+]?\d[\d.,:/ -]*\)?\s?[%€]?|\d{1,2} [a-z]+ \d{4}(?: \d{1,2}[:.]\d\d)?")


def too_many_cells() -> ReadError:
    """Return the error for a sheet that holds more than a reader can take in."""
    return ReadError(
        Reason.TOO_LARGE,
        "Dit rekenblad heeft te veel cellen om in te lezen. Splits het in kleinere bestanden, of bewaar alleen de "
        "tabellen die de kennisbank nodig heeft.",
    )


def _is_figure(cell: Cell) -> bool:
    return bool(_FIGURE.fullmatch(cell.text))


def _distinct(row: Sequence[Cell]) -> list[Cell]:
    return list({id(cell): cell for cell in row if cell.lines}.values())


def _segments(rows: Sequence[Sequence[Cell]]) -> Iterator[list[Sequence[Cell]]]:
    """Give the stretches of rows between empty ones."""
    found: list[Sequence[Cell]] = []
    for row in [*rows, ()]:
        if any(cell.lines for cell in row):
            found.append(row)
        elif found:
            yield found
            found = []


def _heads_groups(row: Sequence[Cell], left: int) -> bool:
    """Say whether a row names groups of columns: a cell covers some of them. A title covers the ``left`` one too."""
    cells = _distinct(row)
    merged = any(sum(other is cell for other in row) > 1 for cell in cells)
    return merged and (len(cells) > 1 or not row[left].lines)


class SheetTables:
    """Adds the rows of one sheet to ``out``. A cell without text has no lines.

    ``headed`` says that a first row of nothing but names is sure to be the headings, as in an export.
    """

    def __init__(self, out: BlockList, headed: bool = False) -> None:
        self._out = out
        self._headed = headed
        self._headings: list[Sequence[Cell]] = []
        self._figures: set[int] = set()

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows. An empty row separates tables; what stands alone on its row above or below one is a paragraph.

        Raises `ReadError` (TOO_LARGE).
        """
        if sum(len(_distinct(row)) for row in rows) > MOST_CELLS:
            raise too_many_cells()
        width = max(map(len, rows), default=0)
        for segment in _segments([[*row, *[EMPTY] * (width - len(row))] for row in rows]):
            wide = [at for at, row in enumerate(segment) if len(_distinct(row)) > 1]
            first, last = (wide[0], wide[-1] + 1) if wide else (len(segment), len(segment))
            if wide and first and _heads_groups(segment[first - 1], _leftmost(segment[first:last])):
                first -= 1
            while last < len(segment) and not _is_note(segment[last]):
                last += 1
            self._loose(segment[:first])
            if first < last:
                self._table(segment[first:last])
            self._loose(segment[last:])

    def _loose(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            for cell in _distinct(row):
                self._out.paragraphs("\n".join(cell.lines))

    def _table(self, rows: list[Sequence[Cell]]) -> None:
        count = self._heading_rows(rows)
        if count:
            self._headings = rows[:count]
        elif self._continues(rows):
            rows, count = [*self._headings, *rows], len(self._headings)
        else:
            self._headings = []
        self._out.rows(row_sentences(rows, count))

    def _continues(self, rows: Sequence[Sequence[Cell]]) -> bool:
        """Say whether a table goes on below an empty row: some of its columns of figures do, with nothing else."""
        filled = {at for at in self._figures if any(row[at].lines for row in rows)}
        return bool(self._headings) and len(filled) > 1 and filled <= _figure_columns(rows)

    def _heading_rows(self, rows: Sequence[Sequence[Cell]]) -> int | None:
        """Return how many rows at the top are headings; None when the look of their text must tell."""
        groups, left = 0, _leftmost(rows)
        while groups < min(_MOST_HEADING_ROWS, len(rows)) - 1 and _heads_groups(rows[groups], left):
            groups += 1
        names, body = _distinct(rows[groups]), rows[groups + 1 :]
        plain = all(not _is_figure(cell) or _YEAR.fullmatch(cell.text) for cell in names)
        if not plain and not all(cell.strong for cell in names):
            return 0
        if not body or len(names) < 2 or not plain or len({cell.label.casefold() for cell in names}) < len(names):
            return None
        figures = {at for at in _figure_columns(body) if rows[groups][at].lines}
        complete = all(rows[groups][at].lines for row in body for at, cell in enumerate(row) if cell.lines)
        if not groups and not figures and not (self._headed and complete):
            return None
        self._figures = figures
        return groups + 1


def _leftmost(rows: Sequence[Sequence[Cell]]) -> int:
    return min(next(at for at, cell in enumerate(row) if cell.lines) for row in rows)


def _figure_columns(rows: Sequence[Sequence[Cell]]) -> set[int]:
    columns = [[row[at] for row in rows if row[at].lines] for at in range(len(rows[0]))]
    return {at for at, cells in enumerate(columns) if cells and all(map(_is_figure, cells))}


def _is_note(row: Sequence[Cell]) -> bool:
    """Say whether the only cell of a row is a remark on the table above rather than a row of it."""
    cell = _distinct(row)[0]
    merged = sum(other is cell for other in row) > 1
    return merged or is_closed(cell.text) or len(cell.text) > _LONGEST_NAME or cell.text.startswith("*")
