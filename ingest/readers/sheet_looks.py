"""What the XML of a workbook says and its values do not: bold cells, number formats, properties, how far it goes."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import join, normpath

from lxml import etree

from ingest.readers.office_metadata import ooxml_metadata
from ingest.readers.ooxml_safety import safe_xml
from ingest.readers.sheet_tables import MOST_CELLS, too_many_cells
from ingest.readers.sheet_values import BUILT_IN_FORMATS

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_WORKBOOK = "xl/workbook.xml"
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_MOST_PLACES = 5_000_000
"""Rows times columns of one sheet: calamine makes room for all of them, the empty ones too."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell is shown: bold or not, and its number format."""

    bold: bool = False
    code: str = ""


Looks = dict[tuple[int, int], Look]
"""The cells that are not plain, by row and column from 0."""


@dataclass(frozen=True, slots=True)
class _Core:
    title: str
    created: datetime | None
    modified: datetime | None


@dataclass(slots=True)
class _Extent:
    cells: int = 0
    rows: int = 0
    columns: int = 0
    looks: Looks = field(default_factory=dict)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _styles(root: etree._Element) -> dict[str, Look]:
    """Return the look of each style that is not plain, by its number in the cells."""
    own = root.iterfind(f"{_S}numFmts/{_S}numFmt")
    codes = {str(number): code for number, code in BUILT_IN_FORMATS.items()}
    codes |= {entry.get("numFmtId", ""): entry.get("formatCode", "") for entry in own}
    fonts = [font.find(f"{_S}b") for font in root.iterfind(f"{_S}fonts/{_S}font")]
    bold = {str(at) for at, b in enumerate(fonts) if b is not None and b.get("val") not in ("0", "false")}
    styles = {
        str(at): Look(entry.get("fontId", "0") in bold, codes.get(entry.get("numFmtId", "0"), ""))
        for at, entry in enumerate(root.iterfind(f"{_S}cellXfs/{_S}xf"))
    }
    return {number: look for number, look in styles.items() if look != Look()}


def _sheet_looks(archive: zipfile.ZipFile, name: str, styles: dict[str, Look]) -> Looks:
    extent = _Extent()
    with archive.open(name) as file:
        # The same precautions as `safe_xml`, without a tree of the whole sheet.
        events = etree.iterparse(
            file, tag=(f"{_S}c", f"{_S}row"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        for _, element in events:
            if element.tag == f"{_S}c":
                _note(element, styles, extent)
                continue
            element.clear()
            while (before := element.getprevious()) is not None and (parent := element.getparent()) is not None:
                parent.remove(before)
    return extent.looks


def _note(cell: etree._Element, styles: dict[str, Look], extent: _Extent) -> None:
    place = _PLACE.fullmatch(cell.get("r", ""))
    if not len(cell) or place is None:
        return
    row, column = int(place[2]), _column(place[1])
    extent.cells += 1
    extent.rows, extent.columns = max(extent.rows, row), max(extent.columns, column)
    if extent.cells > MOST_CELLS or extent.rows * extent.columns > _MOST_PLACES:
        raise too_many_cells()
    if look := styles.get(cell.get("s", "0")):
        extent.looks[row - 1, column - 1] = look


def workbook_looks(archive: zipfile.ZipFile) -> dict[str, Looks]:
    """Return the looks of the cells of each sheet, by its name; nothing for a workbook that is not XML.

    Raises `ReadError` (TOO_LARGE) before anything makes room for more cells than a reader can take in.
    """
    names = set(archive.namelist())
    relations = "xl/_rels/workbook.xml.rels"
    if _WORKBOOK not in names or relations not in names:
        return {}
    targets = {
        entry.get("Id", ""): normpath(join("/xl", entry.get("Target", ""))).lstrip("/")
        for entry in safe_xml(archive.read(relations))
    }
    styles = _styles(safe_xml(archive.read("xl/styles.xml"))) if "xl/styles.xml" in names else {}
    looks: dict[str, Looks] = {}
    for sheet in safe_xml(archive.read(_WORKBOOK)).iter(f"{_S}sheet"):
        target = targets.get(sheet.get(f"{_RELATION}id", ""), "")
        if target in names:
            looks[sheet.get("name", "")] = _sheet_looks(archive, target, styles)
    return looks


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None


def workbook_metadata(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return what a workbook states about itself."""
    names = set(archive.namelist())
    core = safe_xml(archive.read("docProps/core.xml")) if "docProps/core.xml" in names else etree.Element("none")
    properties = _Core(
        core.findtext(f"{_DC}title") or "",
        _moment(core.findtext(f"{_TERMS}created")),
        _moment(core.findtext(f"{_TERMS}modified")),
    )
    parts = [
        (f"/{kind}-properties", archive.read(name))
        for kind, name in (("custom", "docProps/custom.xml"), ("extended", "docProps/app.xml"))
        if name in names
    ]
    return ooxml_metadata(properties, parts)
