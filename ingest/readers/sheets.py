"""Spreadsheets: sheet by sheet, each row as a sentence with the headings of its columns."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.cleaning import clean_line
from ingest.readers.blocks import BlockList
from ingest.readers.failures import damaged, password, reports_failures, too_large
from ingest.readers.ods import ods_metadata, ods_sheets
from ingest.readers.ooxml_safety import check_zip, open_package
from ingest.readers.sheet_looks import Look, Looks, workbook_looks, workbook_metadata
from ingest.readers.sheet_tables import SheetTables
from ingest.readers.sheet_values import Value, written
from ingest.readers.tables import EMPTY, Cell
from ingest.reading import FileText

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_KIND = "rekenblad"
_MOST_BYTES = 200 * 2**20
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
# The names that Excel, LibreOffice and Google give by themselves.
_NAMELESS = re.compile(r"(?:blad|sheet|werkblad|worksheet|tabelle|feuille?)[ _]?\d*", re.IGNORECASE)

_Sheets = Iterable[tuple[str, list[list[Cell]] | None]]
"""The name and the cells of each sheet, None for the cells of a hidden one."""


def _cells(rows: Iterable[Sequence[Value]], looks: Looks) -> list[list[Cell]]:
    grid: list[list[Cell]] = []
    plain = Look()
    for at, row in enumerate(rows):
        line: list[Cell] = []
        for column, value in enumerate(row):
            look = looks.get((at, column), plain)
            text = written(value, look.code)
            line.append(Cell(tuple(text.split("\n")), look.bold) if clean_line(text) else EMPTY)
        grid.append(line)
    return grid


def _merge(grid: list[list[Cell]], sheet: CalamineSheet) -> None:
    """Put a merged cell in every place that it covers."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top >= len(grid) or left >= len(grid[top]) or not grid[top][left].lines:
            continue
        for row in grid[top : bottom + 1]:
            row[left : right + 1] = [grid[top][left]] * len(row[left : right + 1])


@contextlib.contextmanager
def _panics_reported() -> Iterator[None]:
    """Make an error of a panic in calamine, which comes as a class that is no `Exception` and has no name to import."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise damaged(_KIND) from error
        raise


def _calamine_sheets(content: io.BytesIO, looks: dict[str, Looks]) -> Iterator[tuple[str, list[list[Cell]] | None]]:
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        with _panics_reported():
            workbook = CalamineWorkbook.from_object(content)
    except PasswordError as error:
        raise password(_KIND) from error
    for found in workbook.sheets_metadata:
        if found.typ != SheetTypeEnum.WorkSheet:
            continue
        if found.visible != SheetVisibleEnum.Visible:
            yield found.name, None
            continue
        with _panics_reported():
            sheet = workbook.get_sheet_by_name(found.name)
            values = sheet.to_python(skip_empty_area=False)
        grid = _cells(values, looks.get(found.name, {}))
        _merge(grid, sheet)
        yield found.name, grid


def _read(sheets: _Sheets, metadata: dict[str, str]) -> FileText:
    out = BlockList()
    shown: list[tuple[str, list[list[Cell]]]] = []
    notices: list[str] = []
    for name, grid in sheets:
        if grid is None:
            notices.append(f"Het werkblad “{name}” is verborgen en daarom niet gelezen.")
        elif any(cell.lines for row in grid for cell in row):
            shown.append((name, grid))
    for name, grid in shown:
        if len(shown) > 1 or not _NAMELESS.fullmatch(name.strip()):
            out.heading(name, 1)
        SheetTables(out).add(grid)
    return FileText(tuple(out.blocks), metadata, notices=tuple(notices))


@reports_failures(_KIND)
def read_sheets(path: Path) -> FileText:
    """Read a workbook of Excel or OpenDocument. Raises `ReadError`: DAMAGED, PASSWORD, TOO_LARGE, NO_TEXT."""
    if path.stat().st_size > _MOST_BYTES:
        raise too_large(_KIND)
    if not zipfile.is_zipfile(path):
        return _read(_calamine_sheets(io.BytesIO(path.read_bytes()), {}), {})
    with zipfile.ZipFile(path) as archive:
        check_zip(archive, _KIND)
        names = set(archive.namelist())
        if "mimetype" in names and archive.read("mimetype").startswith(_ODS):
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise password(_KIND)
            return _read(ods_sheets(archive), ods_metadata(archive))
    package = open_package(path, _KIND)
    with zipfile.ZipFile(package) as archive:
        looks, metadata = workbook_looks(archive), workbook_metadata(archive)
    package.seek(0)
    return _read(_calamine_sheets(package, looks), metadata)
