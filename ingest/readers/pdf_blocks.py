"""From lines to blocks: headings, paragraphs, list items and table rows, with the pages they run over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.readers.pdf_headings import Style, body_is_bold, heading_style, levels
from ingest.readers.pdf_joins import CONTENTS_LINE, Open, Setting, goes_on, pitches_of
from ingest.readers.pdf_lists import Nesting
from ingest.readers.pdf_pages import Entry, Line, PageTable
from ingest.readers.pdf_rows import TableRows
from ingest.readers.pdf_words import Vocabulary, join_lines, vocabulary
from ingest.reading import Block, BlockKind

_LEADER = re.compile(r"\s*(?:(?:\. ?){4,}|…{2,}|_{6,})\s*")


@dataclass(slots=True)
class _Builder:
    """Takes lines and tables one by one and keeps the blocks; headings get their level at the end."""

    setting: Setting
    words: Vocabulary
    blocks: list[Block] = field(default_factory=list)
    styles: dict[int, Style] = field(default_factory=dict)
    nesting: Nesting = field(default_factory=Nesting)
    open: Open | None = None
    tables: TableRows | None = None

    def line(self, line: Line) -> None:
        """Add the next line, to the open block or as the start of a new one."""
        self.tables = None
        opened = self.open
        if opened is not None and goes_on(opened, line, self.setting):
            opened.lines.append(line)
            return
        apart = True
        if opened is not None:
            apart = opened.apart_below = self.setting.is_apart(opened.lines[-1], line)
        self.close()
        self.open = Open([line], line.marker, apart)

    def table(self, found: PageTable) -> None:
        """Add the rows of a table."""
        self.close()
        self.nesting.leave()
        self.tables = self.tables or TableRows(self.words)
        self.blocks = self.tables.add(found, self.blocks)

    def close(self) -> None:
        """Finish the open block."""
        opened, self.open = self.open, None
        if opened is None:
            return
        lines = opened.lines
        first = lines[0]
        pieces = [line.text for line in lines]
        bullet = opened.marker is not None and not opened.marker.text
        if opened.marker is not None and bullet:
            pieces[0] = pieces[0][opened.marker.length :]
        pieces = [_LEADER.sub(" ", piece) for piece in pieces]
        text, offsets = join_lines(pieces, self.words)
        if not text:
            return
        ends = zip(offsets, pairwise(lines), strict=True)
        page = first.page
        breaks = []
        for offset, (above, below) in ends:
            if above.page != below.page:
                if offset:
                    breaks.append(offset)
                else:  # no more than a bullet was left behind on the page before
                    page = below.page
        style = None
        if not breaks and not CONTENTS_LINE.search(lines[-1].text):
            style = heading_style(
                text,
                size=min(line.size for line in lines),
                bold=all(line.bold for line in lines) and not self.setting.bold_body,
                body=self.setting.body,
                lines=len(lines),
                apart=opened.apart_above and opened.apart_below,
                item=bullet,
            )
        if style is not None:
            self.nesting.leave()
            self.styles[len(self.blocks)] = style
            self.blocks.append(Block(BlockKind.HEADING, text, 1, page))
        elif opened.marker is not None and len(text) > len(opened.marker.text):
            level = self.nesting.level(first.x)
            self.blocks.append(Block(BlockKind.ITEM, text, level, page, tuple(breaks)))
        else:
            self.nesting.leave(first.x)
            self.blocks.append(Block(BlockKind.PARAGRAPH, text, 0, page, tuple(breaks)))

    def levelled(self) -> list[Block]:
        """Return all blocks, the headings with their level in the document."""
        found = levels([(self.blocks[at].text, style) for at, style in self.styles.items()])
        blocks = list(self.blocks)
        for at, level in zip(self.styles, found, strict=True):
            blocks[at] = replace(blocks[at], level=level)
        return blocks


def blocks_of(entries: Sequence[Entry], body: float) -> list[Block]:
    """Return the blocks of a document from its lines and tables in reading order; ``body`` is its letter size."""
    lines = [entry for entry in entries if isinstance(entry, Line)]
    texts = [line.text for line in lines]
    texts += [f.text for e in entries if isinstance(e, PageTable) for row in e.table.rows for c in row for f in c]
    words = vocabulary(texts)
    setting = Setting(body, body_is_bold((line.text, line.bold) for line in lines), pitches_of(lines))
    main = _Builder(setting, words)
    for entry in entries:
        if isinstance(entry, PageTable):
            main.table(entry)
        elif not entry.note:
            main.line(entry)
    main.close()
    notes = _Builder(setting, words)
    for line in lines:
        if line.note:
            notes.line(line)
    notes.close()
    return _with_notes(main.levelled(), notes.blocks)


def _with_notes(blocks: list[Block], notes: Iterable[Block]) -> list[Block]:
    """Footnotes come after the last block that begins on their page."""
    result = list(blocks)
    for note in reversed(list(notes)):
        page = note.page or 0
        at = max((n + 1 for n, block in enumerate(result) if (block.page or 0) <= page), default=0)
        result.insert(at, note)
    return result
