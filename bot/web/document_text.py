"""The text of a document as its reader sees it: headings, paragraphs, list items, table rows and where pages begin.

What a file looked like is not kept. The units of its passages tell what each piece is; what stands between passages
are headings. Every character that is no blank comes back once, in order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kb.documents import Passage, UnitKind

_HEADING = re.compile(r"\S(?:(?!\n\n).)*", re.DOTALL)
# "1. De school", "a) De mentor", "III. Slot": the item brings its own mark.
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]\s", re.IGNORECASE)
# Of a heading in HTML: above it stand the name of the page and the title of the document.
_HIGHEST, _LOWEST = 3, 4


class BlockKind(StrEnum):
    """What a block of text is."""

    HEADING = "kop"
    PARAGRAPH = "alinea"
    ITEM = "item"
    ROW = "rij"
    PAGE = "pagina"


_KINDS = {UnitKind.SENTENCE: BlockKind.PARAGRAPH, UnitKind.ITEM: BlockKind.ITEM, UnitKind.ROW: BlockKind.ROW}


@dataclass(slots=True)
class Run:
    """The part of a block that belongs to one passage, with the blanks before it. ``first``: the passage begins here.
    ``page`` is the number of the page that begins here, in the middle of a block."""

    text: str
    passage: str | None = None
    first: bool = False
    page: int | None = None


@dataclass(slots=True)
class TextBlock:
    """A heading, paragraph, list item or table row. ``level`` is that of a heading in HTML, ``number`` counts headings
    from 1. Of a block that only says that a page begins, ``number`` is the page."""

    kind: BlockKind
    runs: list[Run] = field(default_factory=list)
    level: int = 0
    number: int = 0

    @property
    def text(self) -> str:
        """The whole text of the block."""
        return "".join(run.text for run in self.runs)

    @property
    def numbered(self) -> bool:
        """Whether a list item begins with a number or letter of its own."""
        return _NUMBERED.match(self.text) is not None


def blocks_of(text: str, passages: Sequence[Passage], title: str = "") -> list[TextBlock]:
    """Return the blocks of ``text``, the cleaned text of which ``passages`` are all passages in order.

    A heading at the very beginning that says ``title`` is left out: it stands above the text already.
    """
    layout = _Layout(text)
    for passage in passages:
        layout.add(passage)
    blocks = layout.finished()
    first = next((place for place, block in enumerate(blocks) if block.kind is not BlockKind.PAGE), None)
    if first is not None and blocks[first].kind is BlockKind.HEADING and blocks[first].text == title:
        del blocks[first]
    for number, heading in enumerate((block for block in blocks if block.kind is BlockKind.HEADING), 1):
        heading.number = number
    return blocks


class _Layout:
    """The blocks of ``text`` as far as its passages were added."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._blocks: list[TextBlock] = []
        self._at = 0
        self._page: int | None = None

    def finished(self) -> list[TextBlock]:
        """Return the blocks of the whole text."""
        return self._blocks + [heading for _, heading in self._headings(len(self._text), ())]

    def add(self, passage: Passage) -> None:
        """Add the headings before ``passage``, and its units."""
        for index, unit in enumerate(passage.units):
            start, end = passage.start + unit.start, passage.start + unit.end
            turn = None
            if unit.page not in (None, self._page):
                self._page = unit.page
                turn = start if index else passage.page_start
            for offset, heading in self._headings(start, passage.headings):
                if turn is not None and offset >= turn:
                    self._turn_page()
                    turn = None
                self._blocks.append(heading)
            self._add(start, end, _KINDS[unit.kind], Run("", passage.id, index == 0), turns=turn is not None)
            self._at = end

    def _add(self, start: int, end: int, kind: BlockKind, run: Run, *, turns: bool) -> None:
        """Add text[start:end]; ``turns``: a page begins with it."""
        if not self._goes_on(start, kind):
            if turns:
                self._turn_page()
            run.text = self._text[start:end]
            self._blocks.append(TextBlock(kind, [run]))
            return
        runs = self._blocks[-1].runs
        if run.first or turns:
            run.page = self._page if turns else None
            runs.append(run)
        runs[-1].text += self._text[self._at : end]

    def _goes_on(self, start: int, kind: BlockKind) -> bool:
        """Tell whether what begins at ``start`` stands in the last block: each item and each row is one of its own."""
        between = self._text[self._at : start]
        if not self._blocks or self._blocks[-1].kind in (BlockKind.HEADING, BlockKind.PAGE) or "\n\n" in between:
            return False
        return kind is BlockKind.PARAGRAPH or "\n" not in between

    def _turn_page(self) -> None:
        self._blocks.append(TextBlock(BlockKind.PAGE, number=self._page or 0))

    def _headings(self, end: int, path: Sequence[str]) -> list[tuple[int, TextBlock]]:
        """Return the headings up to ``end`` with their offsets. ``path`` stands above the text that follows; a heading
        that is no part of it, as nothing stands below it, is as high as the next."""
        found: list[tuple[int, TextBlock]] = []
        left, depth = list(path), 1
        for match in reversed(list(_HEADING.finditer(self._text, self._at, end))):
            text = match.group().rstrip()
            if text in left:
                depth = len(left) - left[::-1].index(text)
                left = left[: depth - 1]
            level = min(_HIGHEST + depth - 1, _LOWEST)
            found.append((match.start(), TextBlock(BlockKind.HEADING, [Run(text)], level)))
        return found[::-1]
