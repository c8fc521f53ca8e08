"""Rows of tables as sentences, over the pages that a table runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf_pages import PageTable
from ingest.readers.pdf_words import Vocabulary, join_lines
from ingest.readers.tables import EMPTY, Cell, row_sentences
from ingest.reading import Block, BlockKind


@dataclass(slots=True)
class TableRows:
    """The table that was read last: its column names and last row, for the part of it on the next page."""

    words: Vocabulary
    before: PageTable | None = None
    names: tuple[str, ...] = ()
    last: list[str] = field(default_factory=list)

    def add(self, found: PageTable, blocks: list[Block]) -> list[Block]:
        """Return ``blocks`` with the rows of ``found`` added; a row that a page end cut is made whole."""
        blocks = list(blocks)
        table, before = found.table, self.before
        rows = [[join_lines([line.text for line in cell], self.words)[0] for cell in row] for row in table.rows]
        if before is not None and before.flow != found.flow and before.table.same_columns(table):
            if self.names and _same(rows[0], self.names):
                rows = rows[1:]
            elif table.header and all(line.bold for cell in table.rows[0] for line in cell):
                self.names, rows = tuple(rows[0]), rows[1:]
            if rows and self.last and blocks and (before.table.runs_on or not rows[0][0]):
                blocks[-1] = self._finished(blocks[-1], rows[0], found.page)
                rows = rows[1:]
        else:
            self.names = tuple(rows[0]) if table.header else ()
            rows = rows[1:] if table.header else rows
        for row in rows:
            text = self._sentence(row)
            if text:
                blocks.append(Block(BlockKind.ROW, text, page=found.page))
                self.last = row
        self.before = found
        return blocks

    def _finished(self, block: Block, rest: Sequence[str], page: int) -> Block:
        whole = [join_lines([a, b], self.words)[0] for a, b in zip(self.last, rest, strict=True)]
        text = self._sentence(whole)
        first = next((at for at, cell in enumerate(rest) if cell), 0)
        start = len(self._sentence([*whole[:first], self.last[first]]).rstrip("."))
        breaks = block.page_breaks
        if page != block.page and text:
            breaks = (*breaks, min(max(start, 1), len(text) - 1))
        self.last = whole
        return Block(BlockKind.ROW, text, page=block.page, page_breaks=breaks)

    def _sentence(self, row: Sequence[str]) -> str:
        cells = [Cell((text,)) if text else EMPTY for text in row]
        named = any(self.names)
        names = [[Cell((name,)) if name else EMPTY for name in self.names]] if named else []
        found = row_sentences([*names, cells], int(named))
        return found[0] if found else ""


def _same(row: Sequence[str], names: Sequence[str]) -> bool:
    return [cell.casefold() for cell in row] == [name.casefold() for name in names]
