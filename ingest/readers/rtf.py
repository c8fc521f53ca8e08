"""RTF: headings by style, lists by their markers, tables with their column headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from ingest.readers.blocks import BlockList, is_closed, typed_marker, with_notes
from ingest.readers.failures import damaged, reports_failures, too_large
from ingest.readers.office_metadata import edited_on, stated
from ingest.readers.rtf_content import read_content
from ingest.readers.rtf_parts import Paragraph, Row
from ingest.readers.tables import EMPTY, LONGEST_CELL, MOST_COLUMNS, Cell, row_sentences
from ingest.reading import Block, BlockKind, FileText

_KIND = "RTF-bestand"
_MOST_BYTES = 200 * 2**20
_SAME_EDGE = 60
"""Twips (1 mm): Word puts the edges of one column a little apart in its rows."""

_LONGEST_BOLD_HEADING = 90
_CAPTION = re.compile(r"caption|bijschrift", re.IGNORECASE)


class _Body:
    def __init__(self) -> None:
        self.out = BlockList()
        self.title: str | None = None
        self._bold: list[Block] = []
        self._indents: list[int] = []

    def walk(self, parts: Iterable[Paragraph | Row]) -> None:
        """Add paragraphs and tables; rows that follow each other are one table."""
        for kind, group in groupby(parts, key=type):
            if kind is Row:
                self._table([part for part in group if isinstance(part, Row)])
            else:
                for part in group:
                    if isinstance(part, Paragraph):
                        self._paragraph(part)

    def _paragraph(self, paragraph: Paragraph) -> None:
        style = paragraph.style
        if not style.is_contents and (paragraph.text.strip() or paragraph.notes):
            self._add(paragraph)
            if style.is_title and self.title is None:
                self.title = " ".join(paragraph.text.split())
        self.walk(paragraph.boxes)

    def _add(self, paragraph: Paragraph) -> None:
        level = paragraph.style.heading_level
        marker = _printed(paragraph)
        if level is not None:
            self.out.heading(f"{marker or ''} {paragraph.text}", level)
            for note in paragraph.notes:
                self.out.paragraph(f"[{note}]")
            return
        text = with_notes(paragraph.text, paragraph.notes)
        typed = marker is None and typed_marker(text.strip()) is not None
        depth = self._depth(paragraph, marker is not None or typed)
        if marker is not None:
            self.out.item(text, depth, marker)
            return
        before = len(self.out.blocks)
        self.out.paragraphs(text, depth)
        if paragraph.is_bold and not _CAPTION.match(paragraph.style.name) and len(self.out.blocks) == before + 1:
            self._bold.append(self.out.blocks[-1])

    def _depth(self, paragraph: Paragraph, in_list: bool) -> int:
        """Return the depth of an item, by its indent where the file does not say."""
        if not in_list:
            self._indents = []
            return 1
        while self._indents and self._indents[-1] > paragraph.indent:
            self._indents.pop()
        if not self._indents or self._indents[-1] < paragraph.indent:
            self._indents.append(paragraph.indent)
        return len(self._indents) if paragraph.depth is None else paragraph.depth + 1

    def _table(self, rows: list[Row]) -> None:
        if _is_layout(rows):
            for row in rows:
                for cell in row.cells:
                    self.walk(cell)
            return
        heads = 0
        for row in rows:
            if not row.is_head:
                break
            heads += 1
        self.out.rows(row_sentences(_grid(rows), heads if 0 < heads < len(rows) else None))
        for row in rows:
            for cell in row.cells:
                for paragraph in cell:
                    self.walk(paragraph.boxes)

    def finish(self) -> tuple[Block, ...]:
        """Return the blocks; in a file without heading styles short bold lines are the headings."""
        blocks = self.out.blocks
        likely = {id(block) for block in self._bold if _reads_as_heading(block)}
        if any(block.kind is BlockKind.HEADING for block in blocks) or len(likely) * 2 > len(blocks):
            return tuple(blocks)
        return tuple(
            replace(block, kind=BlockKind.HEADING, level=1 if at == 0 else 2)
            if id(block) in likely and at + 1 < len(blocks)
            else block
            for at, block in enumerate(blocks)
        )


def _printed(paragraph: Paragraph) -> str | None:
    """Return the number of a list paragraph as printed, "" for a bullet, None outside every list."""
    marker = (paragraph.marker or "").strip()
    if not marker and not paragraph.listed:
        return None
    # "o" in a typewriter font is Word's bullet of the second level.
    return marker if re.search(r"\w", marker) and marker != "o" else ""


def _reads_as_heading(block: Block) -> bool:
    short = len(block.text) <= _LONGEST_BOLD_HEADING and (not is_closed(block.text) or block.text.endswith("?"))
    return block.kind is BlockKind.PARAGRAPH and short and bool(re.match(r"[\W\d]*[^\W\d]", block.text))


def _length(cell: Sequence[Paragraph]) -> int:
    return sum(len(paragraph.text.strip()) for paragraph in cell)


def _is_layout(rows: Sequence[Row]) -> bool:
    """Say whether a table places text on the page rather than holding data."""
    lengths = [[_length(cell) for cell in row.cells] for row in rows]
    if all(sum(map(bool, row)) < 2 for row in lengths):
        return True
    return any(length > LONGEST_CELL for row in lengths for length in row)


def _cell(paragraphs: Sequence[Paragraph]) -> Cell:
    lines: list[str] = []
    for paragraph in paragraphs:
        marker = _printed(paragraph)
        text = with_notes(paragraph.text, paragraph.notes)
        lines.extend((f"{marker} {text}" if marker else text).split("\n"))
    filled = [paragraph for paragraph in paragraphs if paragraph.text.strip()]
    return Cell(tuple(lines), bool(filled) and all(paragraph.is_bold for paragraph in filled))


def _columns(rows: Sequence[Row]) -> list[int]:
    """Return where the columns of a table end: the edges of all rows, near ones taken together."""
    ends: list[int] = []
    for edge in sorted({edge for row in rows for edge in row.edges}):
        if not ends or edge - ends[-1] > _SAME_EDGE:
            ends.append(edge)
    return ends[:MOST_COLUMNS]


def _grid(rows: Sequence[Row]) -> list[list[Cell]]:
    ends = _columns(rows)
    grid: list[list[Cell]] = []
    for row in rows:
        line = [EMPTY] * sum(end <= row.left + _SAME_EDGE for end in ends)
        for at, paragraphs in enumerate(row.cells[:MOST_COLUMNS]):
            column = len(line)
            cell = _cell(paragraphs)
            if at in row.from_left and line:
                cell = line[-1]
            elif at in row.from_above and grid and column < len(grid[-1]):
                cell = grid[-1][column]
            edge = row.edges[at] if at < len(row.edges) else 0
            line.extend([cell] * max(1, sum(end <= edge for end in ends) - column))
        grid.append(line)
    return grid


@reports_failures(_KIND)
def read_rtf(path: Path) -> FileText:
    """Read an RTF file. Raises `ReadError`: DAMAGED, TOO_LARGE, NO_TEXT."""
    if path.stat().st_size > _MOST_BYTES:
        raise too_large(_KIND)
    content = read_content(path.read_bytes())
    body = _Body()
    body.walk(content.parts)
    if not body.out.blocks and not content.is_whole:
        raise damaged(_KIND)
    moments = content.moments
    day = edited_on(moments.get("creatim"), moments.get("revtim"))
    metadata = stated(content.stated.get("title"), day, content.stated.get("company"), content.own)
    if body.title:
        metadata["titel"] = body.title
    cut = "Het einde van dit bestand ontbreekt. Controleer of het bestand compleet is en lees het opnieuw in."
    return FileText(body.finish(), metadata, notices=() if content.is_whole else (cut,))
