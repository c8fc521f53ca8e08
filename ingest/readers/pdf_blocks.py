"""From lines to blocks: paragraphs, list items and headings put together over line, column and page ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.readers.pdf_headings import LARGER, Style, body_is_bold, heading_style, levels
from ingest.readers.pdf_lists import Marker, Nesting
from ingest.readers.pdf_pages import Entry, Line, PageTable
from ingest.readers.pdf_tables import sentence
from ingest.readers.pdf_words import Vocabulary, join_lines, vocabulary
from ingest.reading import Block, BlockKind

_LOOSE = 0.25
_INDENT = 0.7
_SAME_PLACE = 6.0
_TERMINAL = re.compile(r"[.!?:;…][\"'’”»)\]¹²³⁴⁵⁶⁷⁸⁹⁰ ]*$")
_SENTENCE_END = re.compile(r"[.!?…][\"'’”»)\]¹²³⁴⁵⁶⁷⁸⁹⁰ ]*$")
_CONTENTS_LINE = re.compile(r"(?:(?:\. ?){4,}|…{2,}|_{6,})\s*\d{1,4}$")
_LEADER = re.compile(r"\s*(?:(?:\. ?){4,}|…{2,}|_{6,})\s*")


@dataclass(slots=True)
class _Open:
    """A block in the making: its lines so far."""

    lines: list[Line]
    marker: Marker | None
    apart_above: bool
    apart_below: bool = True

    @property
    def text_x(self) -> float:
        """The indent that further lines of this block are expected at."""
        first = self.lines[0]
        if len(self.lines) > 1:
            return self.lines[-1].x
        return first.text_x if first.text_x is not None else first.x


@dataclass(slots=True)
class _Draft:
    block: Block
    style: Style | None = None
    indent: float = 0.0


@dataclass(slots=True)
class _Builder:
    body: float
    bold_body: bool
    pitches: dict[float, float]
    words: Vocabulary
    drafts: list[_Draft] = field(default_factory=list)
    nesting: Nesting = field(default_factory=Nesting)
    open: _Open | None = None
    table: PageTable | None = None
    names: tuple[str, ...] = ()
    last_row: list[str] = field(default_factory=list)

    def line(self, line: Line) -> None:
        """Add the next line, to the open block or as the start of a new one."""
        self.table = None
        opened = self.open
        if opened is not None and self._goes_on(opened, line):
            opened.lines.append(line)
            return
        apart = True
        if opened is not None:
            last = opened.lines[-1]
            if last.flow == line.flow:
                apart = line.y - last.y > self._pitch(line) + _LOOSE * line.size
            opened.apart_below = apart
        self.close()
        self.open = _Open([line], line.marker, apart)

    def rows(self, found: PageTable) -> None:
        """Add the rows of a table, under the names of an earlier part of it where it is a continuation."""
        self.close()
        self.nesting.leave()
        table, before = found.table, self.table
        rows = [[join_lines([line.text for line in cell], self.words)[0] for cell in row] for row in table.rows]
        if before is not None and before.flow != found.flow and before.table.same_columns(table):
            if self.names and _same(rows[0], self.names):
                rows = rows[1:]
            elif table.header and all(line.bold for cell in table.rows[0] for line in cell):
                self.names, rows = tuple(rows[0]), rows[1:]
            if rows and self.last_row and (before.table.runs_on or not rows[0][0]):
                self._finish_row(rows[0], found.page)
                rows = rows[1:]
        else:
            self.names = tuple(rows[0]) if table.header else ()
            rows = rows[1:] if table.header else rows
        for row in rows:
            text = sentence(self.names, row)
            if text:
                self.drafts.append(_Draft(Block(BlockKind.ROW, text, page=found.page)))
                self.last_row = row
        self.table = found

    def _finish_row(self, rest: Sequence[str], page: int) -> None:
        """Add what the next page holds of a row that the page end cut."""
        last = self.drafts.pop().block
        whole = [join_lines([a, b], self.words)[0] for a, b in zip(self.last_row, rest, strict=True)]
        text = sentence(self.names, whole)
        first = next(at for at, cell in enumerate(rest) if cell) if any(rest) else 0
        start = len(sentence(self.names, [*whole[:first], self.last_row[first], ""]).rstrip("."))
        breaks = last.page_breaks
        if page != last.page and text:
            breaks = (*breaks, min(max(start, 1), len(text) - 1))
        self.drafts.append(_Draft(Block(BlockKind.ROW, text, page=last.page, page_breaks=breaks)))
        self.last_row = whole

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
        breaks = tuple(offset for offset, (a, b) in zip(offsets, pairwise(lines), strict=True) if a.page != b.page)
        style = None
        if not breaks:
            style = heading_style(
                text,
                size=min(line.size for line in lines),
                bold=all(line.bold for line in lines) and not self.bold_body,
                body=self.body,
                lines=len(lines),
                apart=opened.apart_above and opened.apart_below,
                item=bullet,
            )
        if style is not None:
            self.nesting.leave()
            self.drafts.append(_Draft(Block(BlockKind.HEADING, text, 1, first.page), style))
        elif opened.marker is not None and len(text) > len(opened.marker.text):
            level = self.nesting.level(first.x)
            self.drafts.append(_Draft(Block(BlockKind.ITEM, text, level, first.page, breaks)))
        else:
            self.nesting.leave(first.x)
            self.drafts.append(_Draft(Block(BlockKind.PARAGRAPH, text, 0, first.page, breaks)))

    def _pitch(self, line: Line) -> float:
        return self.pitches.get(round(line.size), 1.25 * line.size)

    def _goes_on(self, opened: _Open, line: Line) -> bool:
        last = opened.lines[-1]
        if max(line.size, last.size) > 1.1 * min(line.size, last.size):
            return False
        if line.flow != last.flow:
            return self._goes_on_elsewhere(opened, last, line)
        if opened.marker is not None and last.text == opened.marker.text:
            return line.marker is None and line.x > last.x
        gap = line.y - last.y
        raised = 0.3 if any(char in "¹²³⁴⁵⁶⁷⁸⁹⁰" for char in line.text + last.text) else 0.0
        if gap < -0.5 * line.size or gap > self._pitch(line) + (_LOOSE + raised) * line.size:
            return False
        if line.marker is not None and self._is_item(opened, last, line):
            return False
        if _CONTENTS_LINE.search(last.text):
            return False
        if line.bold != last.bold and not self._same_sentence(last, line):
            return False
        if _would_fit(last, line) and not _centred(last, line):
            return False
        return self._in_place(opened, last, line)

    def _is_item(self, opened: _Open, last: Line, line: Line) -> bool:
        marker = line.marker
        assert marker is not None
        if marker.kind.endswith(")") and marker.kind[0] != "(" and _in_brackets(opened):
            return False
        if marker.sure or _would_fit(last, line) or last.text.endswith((":", ";")):
            return True
        if line.flow != last.flow:
            return _TERMINAL.search(last.text) is not None or marker.value == 1
        before, start = opened.marker, opened.lines[0]
        if before is not None and before.kind == marker.kind and abs(line.x - start.x) <= 3:
            return marker.value == 0 or marker.value == before.value + 1
        if marker.value == 0:
            return _TERMINAL.search(last.text) is not None
        return abs(line.x - last.x) > 3

    def _same_sentence(self, last: Line, line: Line) -> bool:
        """A change of weight within a sentence: bold words at a line's end or start, not a heading."""
        if self.bold_body or line.size > LARGER * self.body:
            return True
        if _TERMINAL.search(last.text):
            return False
        return line.text[:1].islower() or (last.room < _first_word(line) + 0.5 * line.size and not last.bold)

    def _in_place(self, opened: _Open, last: Line, line: Line) -> bool:
        em = line.size
        if opened.marker is not None:
            start = opened.lines[0]
            hanging = start.text_x is not None and start.text_x > start.x + 0.3 * em
            if line.x < start.x - 2:
                return False
            if hanging and start.text_x is not None and line.x < start.text_x - _INDENT * em:
                return False
            return len(opened.lines) == 1 or line.x <= last.x + _INDENT * em or _centred(last, line)
        if line.x > last.x + _INDENT * em:
            return _centred(last, line)
        if line.x < last.x - _INDENT * em:
            return len(opened.lines) == 1 or _centred(last, line)
        return True

    def _goes_on_elsewhere(self, opened: _Open, last: Line, line: Line) -> bool:
        """Whether a block runs on in the next column or on the next page."""
        if line.marker is not None and self._is_item(opened, last, line):
            return False
        if line.bold != last.bold and not self._same_sentence(last, line):
            return False
        if line.bold and last.bold and not self.bold_body:
            return False
        if line.size > LARGER * self.body:
            return False
        start = opened.lines[0]
        place = opened.text_x
        if opened.marker is not None and len(opened.lines) == 1 and start.text_x == start.x:
            # a marker close to its text: where the text began is not known, only that it was further in
            if not start.x - 2 <= line.x <= start.x + 4 * line.size:
                return False
        elif len(opened.lines) == 1 and opened.marker is None:
            if not place - 3 * line.size <= line.x <= place + _SAME_PLACE:
                return False
        elif abs(line.x - place) > _SAME_PLACE:
            return False
        if last.text.endswith(("-", "\u2010", "\u00ad")) and line.text[:1].islower():
            return True
        if not _TERMINAL.search(last.text):
            return line.text[:1].islower() or not _would_fit(last, line)
        if not _SENTENCE_END.search(last.text):
            return False
        # a sentence ended with the line: either the paragraph goes on, or it ended just there
        return last.room < _first_word(line) and line.followed and not line.text[:1].isdigit()


def blocks_of(entries: Sequence[Entry], body: float) -> list[Block]:
    """Return the blocks of a document from its lines and tables in reading order; ``body`` is its letter size."""
    lines = [entry for entry in entries if isinstance(entry, Line)]
    texts = [line.text for line in lines]
    texts += [f.text for e in entries if isinstance(e, PageTable) for row in e.table.rows for c in row for f in c]
    words = vocabulary(texts)
    bold = body_is_bold((line.text, line.bold) for line in lines)
    pitches = _pitches(lines)
    main = _Builder(body, bold, pitches, words)
    for entry in entries:
        if isinstance(entry, PageTable):
            main.rows(entry)
        elif not entry.note:
            main.line(entry)
    main.close()
    notes = _Builder(body, bold, pitches, words)
    for line in lines:
        if line.note:
            notes.line(line)
    notes.close()
    return _levelled(_with_notes(main.drafts, notes.drafts))


def _pitches(lines: Sequence[Line]) -> dict[float, float]:
    """The usual distance between baselines for each letter size, in points."""
    steps: dict[int, Counter[float]] = {}
    for a, b in pairwise(lines):
        if a.flow == b.flow and abs(a.size - b.size) < 0.3 and 0.8 * a.size < b.y - a.y < 2.4 * a.size:
            steps.setdefault(round(a.size), Counter())[round((b.y - a.y) * 2) / 2] += 1
    pitches: dict[float, float] = {}
    for size, counts in steps.items():
        total = sum(counts.values())
        # the smallest distance that is common: larger ones may be those between short paragraphs
        pitches[size] = min(step for step, n in counts.items() if n >= 0.2 * total or n == max(counts.values()))
        near = [step for step in counts if pitches[size] < step <= pitches[size] + 1.0 and counts[step] > 0.1 * total]
        pitches[size] = max([pitches[size], *near])
    return pitches


def _first_word(line: Line) -> float:
    """The width of the first word of a line, with the blank before it, in points."""
    word = line.text.split(" ", 1)[0]
    return (len(word) + 1) / max(len(line.text), 1) * (line.x1 - line.x)


def _would_fit(last: Line, line: Line) -> bool:
    """Whether the line before was ended on purpose: the next word would have fitted there easily."""
    spare = last.room - _first_word(line)
    if _TERMINAL.search(last.text):
        return spare > 1.2 * line.size
    return spare > max(0.3 * last.width, 6 * line.size)


def _centred(last: Line, line: Line) -> bool:
    middles = abs((last.x + last.x1) - (line.x + line.x1)) / 2
    return middles < 2.0 and abs(last.x - line.x) > 2.0


def _in_brackets(opened: _Open) -> bool:
    text = " ".join(line.text for line in opened.lines)
    return text.count("(") > text.count(")")


def _same(row: Sequence[str], names: Sequence[str]) -> bool:
    return [cell.casefold() for cell in row] == [name.casefold() for name in names]


def _with_notes(drafts: list[_Draft], notes: Iterable[_Draft]) -> list[_Draft]:
    """Footnotes come after the last block that begins on their page."""
    result = list(drafts)
    for note in reversed(list(notes)):
        page = note.block.page or 0
        at = max((n + 1 for n, draft in enumerate(result) if (draft.block.page or 0) <= page), default=0)
        result.insert(at, note)
    return result


def _levelled(drafts: Sequence[_Draft]) -> list[Block]:
    headings = [(draft.block.text, draft.style) for draft in drafts if draft.style is not None]
    found = iter(levels(headings))
    return [
        Block(BlockKind.HEADING, draft.block.text, next(found), draft.block.page)
        if draft.style is not None
        else draft.block
        for draft in drafts
    ]
