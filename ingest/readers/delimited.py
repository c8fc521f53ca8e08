"""CSV and TSV: each line as a sentence with the headings of the first line."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from ingest.cleaning import clean_line
from ingest.readers.blocks import BlockList
from ingest.readers.encoding import decode
from ingest.readers.failures import reports_failures, too_large
from ingest.readers.sheet_tables import MOST_CELLS, SheetTables, too_many_cells
from ingest.readers.tables import EMPTY, Cell
from ingest.reading import FileText

_KIND = "CSV-bestand"
_MOST_BYTES = 50 * 2**20
_SAMPLE_CHARS = 8_000
_DELIMITERS = ";,\t|"
# Excel's own first line, which says what separates the columns.
_STATED = re.compile(r"\Asep=([;,\t|])\n", re.IGNORECASE)
_NONE = "\x1f"


def _delimiter(text: str) -> str:
    """Return what separates the columns; a sign that no text holds when there is one column."""
    sample = text[:_SAMPLE_CHARS]
    lines = [line for line in sample.split("\n") if line.strip()]
    everywhere = [sign for sign in _DELIMITERS if all(sign in line for line in lines)]
    try:
        found = csv.Sniffer().sniff(sample, _DELIMITERS).delimiter
    except csv.Error:
        return next(iter(everywhere), _NONE)
    # Dutch Excel writes semicolons, as the comma is in its numbers.
    return ";" if found == "," and ";" in everywhere else found


@reports_failures(_KIND)
def read_delimited(path: Path) -> FileText:
    """Read CSV or TSV in any encoding. Raises `ReadError`: UNREADABLE if binary, TOO_LARGE, NO_TEXT."""
    if path.stat().st_size > _MOST_BYTES:
        raise too_large(_KIND)
    text = decode(path.read_bytes())
    stated = _STATED.match(text)
    if stated:
        text = text[stated.end() :]
    rows: list[list[Cell]] = []
    filled = 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=stated[1] if stated else _delimiter(text)):
        line = [Cell(tuple(value.split("\n"))) if clean_line(value) else EMPTY for value in row]
        filled += sum(cell is not EMPTY for cell in line)
        if filled > MOST_CELLS:
            raise too_many_cells()
        rows.append(line)
    out = BlockList()
    SheetTables(out, headed=True).add(rows)
    return FileText(tuple(out.blocks))
