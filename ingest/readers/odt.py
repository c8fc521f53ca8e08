"""OpenDocument texts: the body in order, with list numbers, notes and text boxes; deleted text stays out."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lxml import etree

from ingest.readers.blocks import BlockList, with_notes
from ingest.readers.failures import damaged, password, reports_failures
from ingest.readers.odt_styles import OUTLINE, TEXT, Counter, Styles, number
from ingest.readers.office_metadata import edited_on, stated
from ingest.readers.ooxml_safety import check_zip, safe_xml
from ingest.readers.tables import LONGEST_CELL, Cell, row_sentences, spread
from ingest.reading import Block, FileText

_KIND = "OpenDocument-bestand"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_SPACE = re.compile(r"[ \t\r\n]+")
_MOST_SPACES = 100

_SILENT = frozenset(
    (
        *(f"{TEXT}{kind}-index" for kind in ("illustration", "table", "object", "user", "alphabetical")),
        *(f"{TEXT}{kind}-decls" for kind in ("sequence", "variable", "user-field")),
        *(f"{TEXT}hidden-{kind}" for kind in ("text", "paragraph")),
        *(f"{TEXT}page-{kind}" for kind in ("number", "count")),
        f"{TEXT}tracked-changes",
        f"{TEXT}table-of-content",
        f"{TEXT}note-citation",
        f"{TEXT}ruby-text",
        f"{TEXT}script",
        f"{_OFFICE}annotation",
        f"{_OFFICE}annotation-end",
        f"{_OFFICE}forms",
        f"{_SVG}title",
        f"{_SVG}desc",
    )
)


@dataclass(slots=True)
class _Inline:
    """The text of one paragraph, and what hangs on it."""

    pieces: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def _gather(element: etree._Element, into: _Inline) -> None:
    into.pieces.append(_SPACE.sub(" ", element.text or ""))
    for child in element:
        tag = child.tag
        if tag == f"{TEXT}s":
            into.pieces.append(" " * min(number(child.get(f"{TEXT}c")) or 1, _MOST_SPACES))
        elif tag == f"{TEXT}tab":
            into.pieces.append("\t")
        elif tag == f"{TEXT}line-break":
            into.pieces.append("\n")
        elif tag == f"{TEXT}note":
            body = _Inline()
            for paragraph in child.iter(f"{TEXT}p"):
                body.pieces.append(" ")
                _gather(paragraph, body)
            into.notes.append(body.text.strip())
        elif tag == f"{_DRAW}text-box":
            into.boxes.append(child)
        elif isinstance(tag, str) and tag not in _SILENT:
            _gather(child, into)
        into.pieces.append(_SPACE.sub(" ", child.tail or ""))


class _Body:
    def __init__(self, styles: Styles) -> None:
        self.out = BlockList()
        self.title: str | None = None
        self._styles = styles
        self._counter = Counter(styles)
        self._list_styles: dict[str, str] = {}

    def walk(self, parent: etree._Element) -> None:
        """Add the blocks of a body, a section, a cell or a text box."""
        for child in parent:
            if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                self._paragraph(child)
            elif child.tag == f"{TEXT}list":
                self._list(child, 1, "")
            elif child.tag == f"{_TABLE}table":
                self._table(child)
            elif child.tag in _SILENT or not isinstance(child.tag, str):
                continue
            elif child.get(f"{TEXT}display") != "none":
                self.walk(child)

    def _paragraph(self, element: etree._Element, item: tuple[int, str] | None = None, first: bool = True) -> None:
        """Add one paragraph; ``item`` is (depth, list style) in a list, where the ``first`` gets the mark."""
        inline = _Inline()
        _gather(element, inline)
        style = self._styles.paragraph(element.get(f"{TEXT}style-name", ""))
        level = 1 if style.is_title else style.level
        if element.tag == f"{TEXT}h":
            level = number(element.get(f"{TEXT}outline-level")) or level or 1
        text = " ".join(inline.text.split("\n")) if level else inline.text
        if style.is_contents or not text.strip():
            pass
        elif level:
            self._heading(element, text, level, item)
            for note in inline.notes:
                self.out.paragraph(f"[{note}]")
            if style.is_title and self.title is None:
                self.title = text
        elif item and first:
            self.out.item(with_notes(text, inline.notes), item[0], self._marker(element, item))
        elif item:
            self.out.continue_item(with_notes(text, inline.notes))
        else:
            self.out.paragraphs(with_notes(text, inline.notes))
        for box in inline.boxes:
            self.walk(box)

    def _heading(self, element: etree._Element, text: str, level: int, item: tuple[int, str] | None) -> None:
        marker = ""
        if item:
            marker = self._marker(element, item)
        elif element.tag == f"{TEXT}h" and element.get(f"{TEXT}is-list-header") != "true":
            marker = self._counter.marker(OUTLINE, level)
        self.out.heading(f"{marker} {text}" if marker else text, level)

    def _marker(self, element: etree._Element, item: tuple[int, str]) -> str:
        parent = element.getparent()
        if parent is None or parent.tag == f"{TEXT}list-header":
            return ""
        return self._counter.marker(item[1], item[0], number(parent.get(f"{TEXT}start-value")))

    def _list(self, element: etree._Element, depth: int, outer: str) -> None:
        continued = self._list_styles.get(element.get(f"{TEXT}continue-list", ""))
        style = element.get(f"{TEXT}style-name") or continued or outer
        if not style:
            paragraph = next(element.iter(f"{TEXT}p", f"{TEXT}h"), None)
            if paragraph is not None:
                style = self._styles.paragraph(paragraph.get(f"{TEXT}style-name", "")).list_style or ""
        self._list_styles[element.get(_XML_ID, "")] = style
        if not continued and element.get(f"{TEXT}continue-numbering") != "true":
            self._counter.begin(style, depth)
        for entry in element:
            begun = False
            for child in entry:
                if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                    self._paragraph(child, (depth, style), first=not begun)
                    begun = True
                elif child.tag == f"{TEXT}list":
                    self._list(child, depth + 1, style)
                elif child.tag == f"{_TABLE}table":
                    self._table(child)

    # -- tables

    def _table(self, table: etree._Element) -> None:
        rows = list(_rows(table))
        if _is_layout(table, rows):
            for row in rows:
                for cell in row.findall(f"{_TABLE}table-cell"):
                    self.walk(cell)
            return
        headed = table.findall(f"{_TABLE}table-header-rows/{_TABLE}table-row")
        grid = spread([[self._cell(cell) for cell in row.findall(f"{_TABLE}table-cell")] for row in rows])
        self.out.rows(row_sentences(grid, len(headed) or None))

    def _cell(self, cell: etree._Element) -> tuple[Cell, int, int]:
        lines: list[str] = []
        strong = True
        for paragraph in cell.iter(f"{TEXT}p", f"{TEXT}h"):
            inline = _Inline()
            _gather(paragraph, inline)
            if inline.text.strip():
                lines.extend(with_notes(inline.text, inline.notes).split("\n"))
                strong = strong and self._is_bold(paragraph)
        across = number(cell.get(f"{_TABLE}number-columns-spanned")) or 1
        down = number(cell.get(f"{_TABLE}number-rows-spanned")) or 1
        return Cell(tuple(lines), strong and bool(lines)), across, down

    def _is_bold(self, paragraph: etree._Element) -> bool:
        name = paragraph.get(f"{TEXT}style-name", "")
        if self._styles.paragraph(name).bold or "Heading" in name:
            return True
        spans = paragraph.findall(f"{TEXT}span")
        loose = (paragraph.text or "") + "".join(span.tail or "" for span in spans)
        return (
            bool(spans)
            and not loose.strip()
            and all(self._styles.paragraph(span.get(f"{TEXT}style-name", "")).bold for span in spans)
        )


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    # Repeated rows and columns are filling; a file can claim a million of them.
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in (f"{_TABLE}table-header-rows", f"{_TABLE}table-rows", f"{_TABLE}table-row-group"):
            yield from _rows(child)


def _length(cell: etree._Element) -> int:
    return len("".join(str(piece) for piece in cell.itertext()).strip())


def _is_layout(table: etree._Element, rows: list[etree._Element]) -> bool:
    """Say whether a table places text on the page rather than holding data."""
    if len(list(table.iter(f"{_TABLE}table"))) > 1:
        return True
    lengths = [[_length(cell) for cell in row.findall(f"{_TABLE}table-cell")] for row in rows]
    if all(sum(map(bool, row)) < 2 for row in lengths):
        return True
    return any(length > LONGEST_CELL for row in lengths for length in row)


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((text or "").strip()[:19])
    except ValueError:
        return None


def _metadata(root: etree._Element | None) -> dict[str, str]:
    if root is None:
        return {}
    own = {
        entry.get(f"{_META}name", ""): "".join(str(piece) for piece in entry.itertext())
        for entry in root.iter(f"{_META}user-defined")
    }
    created, modified = (
        _moment(next((e.text for e in root.iter(tag)), None)) for tag in (f"{_META}creation-date", f"{_DC}date")
    )
    title = next((entry.text for entry in root.iter(f"{_DC}title")), None)
    publisher = next((entry.text for entry in root.iter(f"{_DC}publisher")), None)
    return stated(title, edited_on(created, modified), publisher, own)


def _parts(path: Path) -> dict[str, etree._Element]:
    """Return the XML parts that matter. Raises `ReadError`: DAMAGED, PASSWORD, TOO_LARGE."""
    with zipfile.ZipFile(path) as archive:
        check_zip(archive, _KIND)
        names = set(archive.namelist())
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in archive.read(manifest):
            raise password(_KIND)
        wanted = [name for name in ("content.xml", "styles.xml", "meta.xml") if name in names]
        return {name: safe_xml(archive.read(name)) for name in wanted}


@reports_failures(_KIND)
def read_odt(path: Path) -> FileText:
    """Read an OpenDocument text. Raises `ReadError`: DAMAGED, PASSWORD, TOO_LARGE, NO_TEXT."""
    parts = _parts(path)
    content = parts.get("content.xml")
    text = None if content is None else content.find(f"{_OFFICE}body/{_OFFICE}text")
    if content is None or text is None:
        raise damaged(_KIND)
    body = _Body(Styles([parts[name] for name in ("styles.xml", "content.xml") if name in parts]))
    body.walk(text)
    metadata = _metadata(parts.get("meta.xml"))
    if body.title:
        metadata["titel"] = " ".join(body.title.split())
    blocks: list[Block] = body.out.blocks
    return FileText(tuple(blocks), metadata)
