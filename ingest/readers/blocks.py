"""The growing list of blocks while a reader walks through a file."""

from __future__ import annotations

import re

from ingest.cleaning import clean_line
from ingest.reading import Block, BlockKind

# U+F0A7 and its neighbours are the bullets of the Symbol and Wingdings fonts.
_BULLET = re.compile(r"^(?:[•●○▪■□◦‣⁃∙·➢➤►❖✓✔☐☑☒\uf000-\uf0ff]\s*|[-–—*]\s+)(?=\S)")
# "1.Ontwerper" lacks its space; "1.250" and "3.A4" are no markers.
_NUMBER = re.compile(
    r"^(?:(?:\(?\d{1,3}[.)]|\(?[a-z][.)]|\(?(?:ii|iii|iv|vi|vii|viii|ix)[.)])\s+(?=\S)|\d{1,2}\.(?=[A-Z][a-z]))"
)
_BLANK_LINE = re.compile(r"\n\s*\n")
_CLOSED = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_WORD = re.compile(r"\w")
_LONGEST_JOINED_ITEM = 400


def typed_marker(line: str) -> tuple[str, str] | None:
    """Split a line that begins with a typed bullet or number into (marker, rest); the bullet's marker is "".

    None when the line does not begin with one.
    """
    bullet = _BULLET.match(line)
    if bullet:
        return "", line[bullet.end() :]
    number = _NUMBER.match(line)
    if number:
        return number.group().strip(), line[number.end() :]
    return None


def is_closed(text: str) -> bool:
    """Say whether ``text`` ends as a sentence or an announcement does."""
    return bool(_CLOSED.search(text.rstrip()))


def with_notes(text: str, notes: list[str]) -> str:
    """Put footnotes in brackets behind the text they belong to."""
    return " ".join([text, *(f"[{clean_line(note)}]" for note in notes if note.strip())])


class BlockList:
    """Collects blocks in reading order; cleans their text and leaves empty ones out.

    ``page`` is given to every block added after it was set.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.page: int | None = None

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        text = clean_line(text)
        if _WORD.search(text):
            self.blocks.append(Block(kind=kind, text=text, level=level, page=self.page))

    def heading(self, text: str, level: int) -> None:
        """Add a heading; ``level`` 1 is the highest."""
        self._add(BlockKind.HEADING, text, max(1, level))

    def paragraph(self, text: str) -> None:
        """Add one paragraph exactly as it is."""
        self._add(BlockKind.PARAGRAPH, text)

    def paragraphs(self, text: str, level: int = 1) -> None:
        """Add text in which a blank line separates paragraphs and a typed bullet or number begins an item.

        ``level`` is that of the items.
        """
        for part in _BLANK_LINE.split(text):
            running: list[str] = []
            for line in part.split("\n"):
                marked = typed_marker(line.strip())
                if marked is None:
                    running.append(line)
                    continue
                self.paragraph(" ".join(running))
                running = []
                self.item(marked[1], level, marked[0])
            self.paragraph(" ".join(running))

    def item(self, text: str, level: int, marker: str = "") -> None:
        """Add a list item; a marker with meaning ("2.") is put before the text, a typed bullet goes."""
        text = _BULLET.sub("", text.strip())
        self._add(BlockKind.ITEM, f"{marker} {text}" if marker and text else text, max(1, level))

    def continue_item(self, text: str) -> None:
        """Add a further paragraph of the latest item: to the item itself while that stays a short whole."""
        last = self.blocks[-1] if self.blocks else None
        lines = text.strip().split("\n")
        if last is None or last.kind is not BlockKind.ITEM:
            self.paragraphs(text)
            return
        first = clean_line(f"{last.text} {lines[0]}")
        joins = typed_marker(lines[0].strip()) is None and is_closed(last.text)
        if joins and len(first) <= _LONGEST_JOINED_ITEM:
            self.blocks[-1] = Block(last.kind, first, last.level, last.page)
            lines = lines[1:]
        self.paragraphs("\n".join(lines), last.level + 1)

    def rows(self, sentences: list[str]) -> None:
        """Add table rows that already read as sentences (see `ingest.readers.tables`)."""
        for sentence in sentences:
            self._add(BlockKind.ROW, sentence)
