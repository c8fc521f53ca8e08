"""From a grid of cells to rows that read as sentences: "Week: 1; Wie: mentor; Wat: belt de ouders."."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.cleaning import clean_line
from ingest.readers.blocks import is_closed

LONGEST_CELL = 1200
"""Characters; a table with a longer cell is there for the layout of a page, not for data."""

MOST_COLUMNS = 200
"""No readable table is wider; a file that claims more is not followed."""

_LABEL_WORDS = 8
_LABEL_CHARS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell. A merged cell stands in the grid once for each place it covers, as the same object.

    ``lines`` are its paragraphs; ``strong`` says that it is set apart as a heading (bold, th).
    """

    lines: tuple[str, ...] = ()
    strong: bool = False

    @property
    def text(self) -> str:
        """The cell on one line; lines that do not close themselves are separated by a comma."""
        text = ""
        for line in filter(None, map(clean_line, self.lines)):
            glue = "" if not text else " " if re.search(r"[.!?:;,…\]]$", text) else ", "
            text = f"{text}{glue}{line}"
        return text

    @property
    def label(self) -> str:
        """The cell as a column heading."""
        return clean_line(" ".join(self.lines)).rstrip(":").strip()


EMPTY = Cell()


def spread(rows: Sequence[Sequence[tuple[Cell, int, int]]]) -> list[list[Cell]]:
    """Lay out rows of (cell, columns it covers, rows it covers) as a grid."""
    grid: list[list[Cell]] = []
    hanging: dict[int, tuple[Cell, int]] = {}
    for row in rows:
        line: list[Cell] = []
        for cell, across, down in row:
            _fill_hanging(line, hanging)
            for _ in range(min(max(across, 1), MOST_COLUMNS - len(line))):
                if down > 1:
                    hanging[len(line)] = (cell, down)
                line.append(cell)
        _fill_hanging(line, hanging)
        grid.append(line)
        hanging = {at: (cell, left - 1) for at, (cell, left) in hanging.items() if left > 1}
    return grid


def _fill_hanging(line: list[Cell], hanging: dict[int, tuple[Cell, int]]) -> None:
    while len(line) in hanging:
        line.append(hanging[len(line)][0])


def _is_label(cell: Cell) -> bool:
    text = cell.label
    if not text or len(text) > _LABEL_CHARS or len(text.split()) > _LABEL_WORDS:
        return False
    return text[-1] not in ".;!," and not re.search(r"\d{2}|€|@|%", text)


def _distinct(row: Sequence[Cell]) -> list[Cell]:
    seen: dict[int, Cell] = {id(cell): cell for cell in row if cell.text}
    return list(seen.values())


def _header_count(rows: Sequence[Sequence[Cell]]) -> int:
    """Guess how many rows at the top hold column headings, for a table that does not say so."""
    first = rows[0]
    filled = _distinct(first)
    if len(rows) < 2 or len(filled) < 2:
        return 0
    if all(cell.strong for cell in filled):
        return 0 if all(cell.strong for cell in _distinct(rows[1])) else 1
    if all(row[0].strong or not row[0].text for row in rows):
        return 0
    later = {cell.label.casefold() for row in rows[1:] for cell in row}
    if any(cell.label.casefold() in later for cell in filled):
        return 0
    if len(first) == 2 and all(row[0].label.endswith("?") or row[0].text.endswith(":") for row in rows):
        return 0
    return int(all(_is_label(cell) for cell in first[1:]) and (_is_label(first[0]) or not first[0].text))


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join([re.sub(r"[.;,]$", "", part) for part in parts[:-1]] + list(parts[-1:]))
    return text if is_closed(text) else f"{text}."


def _labelled(label: str, text: str) -> str:
    if not label or label.casefold() == text.casefold():
        return text
    return f"{label} {text}" if label[-1] in "?!" else f"{label}: {text}"


def _row_parts(row: Sequence[Cell], labels: Sequence[str], side_labels: bool) -> list[str]:
    cells = _distinct(row)
    if len(cells) == 1 and all(cell is cells[0] for cell in row):
        return [cells[0].text]
    if not any(labels):
        named = len(cells) > 1 and cells[0] is row[0] and (side_labels or len(cells) == 2)
        if not named or not (cells[0].strong or _is_label(cells[0])):
            return [cell.text for cell in cells]
        return [_labelled(cells[0].label, cells[1].text), *(cell.text for cell in cells[2:])]
    parts = []
    for cell in cells:
        own = dict.fromkeys(labels[at] for at, other in enumerate(row) if other is cell and labels[at])
        parts.append(_labelled(" / ".join(own), cell.text))
    return parts


def row_sentences(rows: Sequence[Sequence[Cell]], header_rows: int | None = None) -> list[str]:
    """Return one sentence for each row of data, with the column headings worked in.

    ``header_rows`` is the number of heading rows the file states, None when it says nothing: then bold cells
    and the look of the first row decide. Without headings a short first cell of two names the second.
    """
    stated = rows[:header_rows] if header_rows else []
    width = max((len(row) for row in rows), default=0)
    grid = [[*row, *[EMPTY] * (width - len(row))] for row in rows]
    used = [at for at in range(width) if any(row[at].text for row in grid)]
    filled = [[row[at] for at in used] for row in grid if any(cell.text for cell in row)]
    if not filled:
        return []
    heads = sum(1 for row in stated if any(cell.text for cell in row))
    count = heads if header_rows else (0 if header_rows == 0 else _header_count(filled))
    if count >= len(filled):
        count = 0
    labels = [
        " ".join(dict.fromkeys(row[at].label for row in filled[:count] if row[at].label)) for at in range(len(used))
    ]
    body = filled[count:]
    side_labels = all(row[0].strong or not row[0].text for row in body)
    return [_sentence(_row_parts(row, labels, side_labels)) for row in body]
