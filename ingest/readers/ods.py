"""The sheets of an OpenDocument workbook, from its own XML: it says what is merged and how a value is shown."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from ingest.cleaning import clean_line
from ingest.readers.office_metadata import edited_on, stated
from ingest.readers.ooxml_safety import safe_xml
from ingest.readers.sheet_tables import MOST_CELLS, too_many_cells
from ingest.readers.sheet_values import written
from ingest.readers.tables import MOST_COLUMNS, Cell, spread

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ROW_GROUPS = frozenset(f"{_TABLE}{name}" for name in ("table-header-rows", "table-rows", "table-row-group"))
_MOST_COVERED = 1000
_SIGNS = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}


def _text(paragraph: etree._Element) -> str:
    pieces = [paragraph.text or ""]
    for child in paragraph:
        pieces += [_SIGNS.get(child.tag) or _text(child), child.tail or ""]
    return "".join(pieces)


def _number(element: etree._Element, name: str) -> int:
    text = element.get(f"{_TABLE}number-{name}", "1")
    return int(text) if text.isdigit() else 1


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in _ROW_GROUPS:
            yield from _rows(child)


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((text or "").strip()[:19])
    except ValueError:
        return None


class _Workbook:
    def __init__(self, content: etree._Element) -> None:
        self._styles = {style.get(f"{_STYLE}name", ""): style for style in content.iter(f"{_STYLE}style")}
        self._cells = 0

    def rows(self, table: etree._Element) -> list[list[Cell]]:
        """Return the cells of a sheet. Raises `ReadError` (TOO_LARGE)."""
        rows: list[list[tuple[Cell, int, int]]] = []
        for row in _rows(table):
            places = [
                (cell, _number(cell, "columns-repeated"))
                for cell in row
                if cell.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
            ]
            line = self._row(places)
            filled = sum(bool(cell.lines) for cell, _, _ in line)
            # A file claims a million empty rows below its last one; rows below a merged cell are of its table.
            covered = any(cell.tag == f"{_TABLE}covered-table-cell" for cell, _ in places)
            count = _number(row, "rows-repeated") if filled else min(_number(row, "rows-repeated"), _MOST_COVERED)
            count = count if filled or covered else 1
            self._cells += count * filled
            if self._cells > MOST_CELLS:
                raise too_many_cells()
            rows += [line] * count
        return spread(rows)

    def _row(self, places: list[tuple[etree._Element, int]]) -> list[tuple[Cell, int, int]]:
        line: list[tuple[Cell, int, int]] = []
        for element, count in places:
            if element.tag == f"{_TABLE}covered-table-cell":
                continue
            across, down = _number(element, "columns-spanned"), _number(element, "rows-spanned")
            lines = self._lines(element)
            if not lines:
                line.append((Cell(), max(count, across), down))
                continue
            line += [(Cell(lines, self._is_bold(element)), across, down) for _ in range(min(count, MOST_COLUMNS))]
        return line

    def _lines(self, cell: etree._Element) -> tuple[str, ...]:
        day = _moment(cell.get(f"{_OFFICE}date-value"))
        if day is not None:
            return (written(day),)
        return tuple(text for text in map(_text, cell.findall(f"{_TEXT}p")) if clean_line(text))

    def _is_bold(self, cell: etree._Element) -> bool:
        style = self._styles.get(cell.get(f"{_TABLE}style-name", ""))
        shown = None if style is None else style.find(f"{_STYLE}text-properties")
        return shown is not None and shown.get(f"{_FO}font-weight") == "bold"

    def is_hidden(self, table: etree._Element) -> bool:
        """Say whether a sheet is kept from view."""
        style = self._styles.get(table.get(f"{_TABLE}style-name", ""))
        shown = None if style is None else style.find(f"{_STYLE}table-properties")
        return shown is not None and shown.get(f"{_TABLE}display") == "false"


def ods_sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, list[list[Cell]] | None]]:
    """Give the name and the cells of each sheet, None for the cells of a hidden one."""
    content = safe_xml(archive.read("content.xml"))
    workbook = _Workbook(content)
    for table in content.iterfind(f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}table"):
        yield table.get(f"{_TABLE}name", ""), None if workbook.is_hidden(table) else workbook.rows(table)


def ods_metadata(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return what the workbook states about itself."""
    if "meta.xml" not in archive.namelist():
        return {}
    root = safe_xml(archive.read("meta.xml"))
    own = {entry.get(f"{_META}name", ""): _text(entry) for entry in root.iter(f"{_META}user-defined")}
    title, created, modified = (
        next((entry.text for entry in root.iter(tag)), None)
        for tag in (f"{_DC}title", f"{_META}creation-date", f"{_DC}date")
    )
    return stated(title, edited_on(_moment(created), _moment(modified)), None, own)
