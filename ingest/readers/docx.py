"""Word documents: the body in order, with the numbers, footnotes and text boxes that its reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from ingest.readers.blocks import BlockList, is_closed, with_notes
from ingest.readers.docx_styles import Numbering, Style, Styles, W, is_on, val
from ingest.readers.failures import reports_failures
from ingest.readers.ooxml_safety import open_package, safe_xml
from ingest.readers.tables import EMPTY, LONGEST_CELL, MOST_COLUMNS, Cell, row_sentences
from ingest.reading import Block, BlockKind, FileText

_KIND = "Word-document"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_BOX = f"{W}txbxContent"
_WRAPPERS = frozenset(f"{W}{name}" for name in ("ins", "moveTo", "customXml", "smartTag", "sdtContent", "dir", "bdo"))
_GONE = frozenset(f"{W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "tblPr", "trPr", "tcPr"))
_BREAKS = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}tab": "\t", f"{W}noBreakHyphen": "-"}
_CONTENTS_GALLERY = "Table of Contents"
_LONGEST_BOLD_HEADING = 90


def _branch(alternate: etree._Element) -> etree._Element | None:
    """Return the one branch of mc:AlternateContent that counts: both say the same."""
    branches = [child for child in alternate if child.tag in (f"{_MC}Choice", f"{_MC}Fallback")]
    with_text = [branch for branch in branches if next(branch.iter(_BOX, f"{W}t"), None) is not None]
    return next(iter(with_text or branches), None)


@dataclass(slots=True)
class _Inline:
    """The text of one paragraph, and what hangs on it."""

    pieces: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    bold: int = 0
    plain: int = 0

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def is_bold(self) -> bool:
        return self.bold > 0 and self.plain == 0


class _Body:
    def __init__(self, styles: Styles, numbering: Numbering, notes: dict[str, str]) -> None:
        self.out = BlockList()
        self.title: str | None = None
        self._styles = styles
        self._numbering = numbering
        self._notes = notes
        self._bold: list[Block] = []

    # -- text of a paragraph

    def _gather(self, parent: etree._Element, into: _Inline, bold: bool) -> None:
        for child in parent:
            tag = child.tag
            if tag in _GONE:
                continue
            if tag == f"{W}r":
                style = child.find(f"{W}rPr")
                if not is_on(style, "vanish"):
                    strong = is_on(style, "b") or val(style, "rStyle") in ("Strong", "Zwaar")
                    self._gather(child, into, strong or (bold and (style is None or style.find(f"{W}b") is None)))
            elif tag in (f"{W}t", _MATH_TEXT):
                text = child.text or ""
                into.pieces.append(text)
                if text.strip():
                    into.bold += bold
                    into.plain += not bold
            elif tag in _BREAKS:
                into.pieces.append(_BREAKS[tag])
            elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                kind = "footnote" if tag == f"{W}footnoteReference" else "endnote"
                into.notes.append(self._notes.get(f"{kind} {child.get(f'{W}id')}", ""))
            elif tag == _BOX:
                into.boxes.append(child)
            elif tag == f"{_MC}AlternateContent":
                branch = _branch(child)
                if branch is not None:
                    self._gather(branch, into, bold)
            elif tag in (f"{W}instrText", f"{W}delText", f"{W}ruby"):
                continue
            elif isinstance(tag, str):
                self._gather(child, into, bold)

    def _marker(self, paragraph: etree._Element, style: Style) -> tuple[str | None, int] | None:
        """Return (printed number, depth) of a numbered paragraph; None for one outside every list."""
        properties = paragraph.find(f"{W}pPr")
        number_id = val(properties, "numPr/numId") or style.number_id
        if number_id is None or number_id == "0":
            return None
        stated = val(properties, "numPr/ilvl")
        style_id = val(properties, "pStyle")
        depth = int(stated) if stated and stated.isdigit() else style.depth
        if depth is None:
            depth = self._numbering.depth_of(number_id, style_id)
        return self._numbering.marker(number_id, depth), depth

    # -- blocks

    def walk(self, parent: etree._Element) -> None:
        """Add the blocks of a body, a cell or a text box."""
        for child in parent:
            if child.tag == f"{W}p":
                self._paragraph(child)
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag == f"{W}sdt":
                gallery = val(child.find(f"{W}sdtPr"), "docPartObj/docPartGallery")
                content = child.find(f"{W}sdtContent")
                if content is not None and gallery != _CONTENTS_GALLERY:
                    self.walk(content)
            elif child.tag in _WRAPPERS:
                self.walk(child)
            elif child.tag == f"{_MC}AlternateContent" and (branch := _branch(child)) is not None:
                self.walk(branch)

    def _paragraph(self, paragraph: etree._Element) -> None:
        properties = paragraph.find(f"{W}pPr")
        style = self._styles.get(val(properties, "pStyle"))
        inline = _Inline()
        self._gather(paragraph, inline, style.bold)
        text = inline.text
        removed = not text.strip() and is_on(None if properties is None else properties.find(f"{W}rPr"), "del")
        if not style.is_contents and not removed:
            outline = val(properties, "outlineLvl")
            level = int(outline) + 1 if outline and outline.isdigit() and int(outline) < 9 else style.heading_level
            if text.strip() or inline.notes:
                self._add(text, level, self._marker(paragraph, style), inline)
            if style.is_title and self.title is None and text.strip():
                self.title = text
        for box in inline.boxes:
            self.walk(box)

    def _add(self, text: str, level: int | None, marked: tuple[str | None, int] | None, inline: _Inline) -> None:
        marker, depth = marked or (None, 0)
        if level is not None:
            self.out.heading(f"{marker} {text}" if marker else text, level)
            for note in inline.notes:
                self.out.paragraph(f"[{note}]")
            return
        text = with_notes(text, inline.notes)
        if marked and marker is not None:
            self.out.item(text, depth + 1, marker)
        elif marked:
            self.out.continue_item(text)
        else:
            before = len(self.out.blocks)
            self.out.paragraphs(text)
            if inline.is_bold and len(self.out.blocks) == before + 1:
                self._bold.append(self.out.blocks[-1])

    def finish(self) -> tuple[Block, ...]:
        """Return the blocks; in a file without heading styles short bold lines are the headings."""
        blocks = self.out.blocks
        if any(block.kind is BlockKind.HEADING for block in blocks):
            return tuple(blocks)
        likely = {id(block) for block in self._bold if _reads_as_heading(block)}
        if len(likely) * 2 > len(blocks):
            return tuple(blocks)
        return tuple(
            replace(block, kind=BlockKind.HEADING, level=1 if at == 0 else 2)
            if id(block) in likely and at + 1 < len(blocks)
            else block
            for at, block in enumerate(blocks)
        )

    # -- tables

    def _table(self, table: etree._Element) -> None:
        rows = [row for row in _inside(table, f"{W}tr") if not is_on(row.find(f"{W}trPr"), "del")]
        if _is_layout(table, rows):
            for row in rows:
                for cell in _inside(row, f"{W}tc"):
                    self.walk(cell)
            return
        grid: list[list[Cell]] = []
        heads = 0
        for row in rows:
            properties = row.find(f"{W}trPr")
            heads += is_on(properties, "tblHeader") and heads == len(grid)
            line = [EMPTY] * _count(val(properties, "gridBefore"), 0)
            for cell in _inside(row, f"{W}tc"):
                inner = cell.find(f"{W}tcPr")
                merge = None if inner is None else inner.find(f"{W}vMerge")
                hangs = merge is not None and merge.get(f"{W}val") != "restart"
                above = grid[-1][len(line)] if hangs and grid and len(line) < len(grid[-1]) else None
                made = above or self._cell(cell)
                line.extend([made] * min(_count(val(inner, "gridSpan"), 1), MOST_COLUMNS - len(line)))
            grid.append(line)
        look = table.find(f"{W}tblPr/{W}tblLook")
        unheaded = look is not None and look.get(f"{W}firstRow") == "0" and not any(c.strong for c in grid[0])
        self.out.rows(row_sentences(grid, heads or (0 if unheaded else None)))

    def _cell(self, cell: etree._Element) -> Cell:
        lines: list[str] = []
        strong = True
        for paragraph in cell.iter(f"{W}p"):
            style = self._styles.get(val(paragraph.find(f"{W}pPr"), "pStyle"))
            inline = _Inline()
            self._gather(paragraph, inline, style.bold)
            if not inline.text.strip():
                continue
            marker = (self._marker(paragraph, style) or ("", 0))[0]
            text = with_notes(inline.text, inline.notes)
            lines.extend((f"{marker} {text}" if marker else text).split("\n"))
            strong = strong and inline.is_bold
        return Cell(tuple(lines), strong and bool(lines))


def _inside(parent: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Find rows or cells also where content controls or tracked insertions wrap them."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag == f"{W}sdt" or child.tag in _WRAPPERS:
            yield from _inside(child, tag)


def _count(text: str | None, missing: int) -> int:
    return min(int(text), MOST_COLUMNS) if text and text.isdigit() else missing


def _length(element: etree._Element) -> int:
    return sum(len((piece.text or "").strip()) for piece in element.iter(f"{W}t"))


def _is_layout(table: etree._Element, rows: list[etree._Element]) -> bool:
    """Say whether a table places text on the page rather than holding data."""
    if len(list(table.iter(f"{W}tbl"))) > 1:
        return True
    lengths = [[_length(cell) for cell in _inside(row, f"{W}tc")] for row in rows]
    if all(sum(map(bool, row)) < 2 for row in lengths):
        return True
    return any(length > LONGEST_CELL for row in lengths for length in row)


def _reads_as_heading(block: Block) -> bool:
    short = len(block.text) <= _LONGEST_BOLD_HEADING and (not is_closed(block.text) or block.text.endswith("?"))
    return short and bool(re.match(r"[\W\d]*[^\W\d]", block.text))


def _note_texts(kind: str, root: etree._Element) -> dict[str, str]:
    """Return the footnotes or endnotes of a part by "kind id"."""
    reader = _Body(Styles(None), Numbering(None, Styles(None)), {})
    texts = {}
    for note in root.findall(f"{W}{kind}"):
        inline = _Inline()
        for paragraph in note.iter(f"{W}p"):
            inline.pieces.append(" ")
            reader._gather(paragraph, inline, False)
        if note.get(f"{W}type") in (None, "normal"):
            texts[f"{kind} {note.get(f'{W}id')}"] = inline.text.strip()
    return texts


@reports_failures(_KIND)
def read_docx(path: Path) -> FileText:
    """Read a Word document. Raises `ReadError`: DAMAGED, PASSWORD, TOO_LARGE, NO_TEXT."""
    from docx import Document

    from ingest.readers.office_metadata import ooxml_metadata

    document = Document(open_package(path, _KIND))
    parts = {
        rel.reltype.rsplit("/", 1)[-1]: rel.target_part.blob
        for rel in document.part.rels.values()
        if not rel.is_external and rel.reltype.endswith(("/styles", "/numbering", "/footnotes", "/endnotes"))
    }
    roots = {name: safe_xml(blob) for name, blob in parts.items()}
    styles = Styles(roots.get("styles"))
    notes: dict[str, str] = {}
    for kind in ("footnote", "endnote"):
        if f"{kind}s" in roots:
            notes.update(_note_texts(kind, roots[f"{kind}s"]))
    body = _Body(styles, Numbering(roots.get("numbering"), styles), notes)
    body.walk(document.element.body)
    package = document.part.package
    relations = package.rels.values() if package else ()
    metadata = ooxml_metadata(
        document.core_properties,
        [(rel.reltype, rel.target_part.blob) for rel in relations if not rel.is_external],
    )
    if body.title:
        metadata["titel"] = " ".join(body.title.split())
    return FileText(body.finish(), metadata)
