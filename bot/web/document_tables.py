"""Rows that read as sentences ("Week: 1; Wie: mentor; Wat: belt de ouders.") as a table again.

Readers of files put the heading of its column before each cell (`ingest.readers.tables`). Where that shows, the columns
come back; what the rows say stays as it is, to the character.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_BETWEEN = "; "
_AFTER_LABEL = ": "
_LONGEST_LABEL = 60
# More columns fit no screen beside each other.
_MOST_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. ``label`` and ``end`` are what the row has before and after ``text``. ``wide``: it is the whole row."""

    label: str
    text: str
    end: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Column headings, of which the first may be empty, and a row of cells for each line; None where one is empty."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell | None, ...], ...]


def table_of(lines: Sequence[str]) -> Table | None:
    """Return the table that ``lines`` were, None when they do not show at least two columns."""
    parts = [line.split(_BETWEEN) for line in lines]
    counts = Counter(label for row in parts for label in {_label(part) for part in row} if label)
    labels = {label for label, count in counts.items() if count > 1 and 2 * count >= len(lines)}
    rows = [_joined(row, labels) for row in parts]
    orders = [[label for label, _ in row] for row in rows]
    columns = max(orders, key=len, default=[])
    if not 2 <= len(columns) <= _MOST_COLUMNS:
        return None
    if any(order != [""] and not _in_order(order, columns) for order in orders):
        return None
    return Table(tuple(columns), tuple(_cells(row, columns) for row in rows))


def _label(part: str) -> str:
    label, found, _ = part.partition(_AFTER_LABEL)
    return label if found and len(label) <= _LONGEST_LABEL else ""


def _joined(parts: Sequence[str], labels: set[str]) -> list[tuple[str, str]]:
    """Return (label, text) of the cells. What has no label of a column belongs to the cell before it."""
    cells: list[tuple[str, str]] = []
    for part in parts:
        label = _label(part)
        if label in labels and label not in [known for known, _ in cells]:
            cells.append((label, part[len(label + _AFTER_LABEL) :]))
        elif cells:
            cells[-1] = (cells[-1][0], cells[-1][1] + _BETWEEN + part)
        else:
            cells.append(("", part))
    return cells


def _in_order(order: Sequence[str], columns: Sequence[str]) -> bool:
    left = iter(columns)
    return all(label in left for label in order)


def _cells(row: Sequence[tuple[str, str]], columns: Sequence[str]) -> tuple[Cell | None, ...]:
    if [label for label, _ in row] == [""]:
        return (Cell("", row[0][1], wide=True),)
    last = row[-1][0]
    found = {
        label: Cell(label + _AFTER_LABEL if label else "", text, "" if label == last else _BETWEEN)
        for label, text in row
    }
    return tuple(found.get(label) for label in columns)
