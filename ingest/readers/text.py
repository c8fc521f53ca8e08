"""Plain text: what is a heading, a list or a paragraph follows from blank lines, markers and line lengths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ingest.readers.blocks import BlockList, is_closed, typed_marker
from ingest.readers.encoding import decode
from ingest.readers.failures import reports_failures
from ingest.readers.metadata import split_front_matter
from ingest.reading import Block, FileText

WIDEST_WRAP = 160
"""Characters; a file with longer lines was not wrapped, so that each of its lines is a paragraph."""

_HEADING_CHARS = 80
_HEADING_WORDS = 12
_UNDERLINE = re.compile(r"^\s*(={3,}|-{3,}|~{3,}|_{3,}|\*{3,})\s*$")
_HASHES = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_LABELLED = re.compile(r"^[A-Z][\w /()-]{1,30}:\s")
_SOFT_BREAK = re.compile("\u00ad[ \t]*\n[ \t]*")
_BROKEN_WORD = re.compile(r"(\w+)-\n[ \t]*((?!en\b|of\b|dan\b)[a-zà-ÿ]\w*)")


def _rejoin_words(text: str) -> str:
    """Join words broken over two lines; the hyphen goes only when the whole word occurs elsewhere too."""
    words = set(re.findall(r"\w+", text.lower()))

    def joined(found: re.Match[str]) -> str:
        whole = found[1] + found[2]
        return whole if whole.lower() in words else f"{found[1]}-{found[2]}"

    return _BROKEN_WORD.sub(joined, _SOFT_BREAK.sub("", text))


def _looks_like_heading(line: str) -> bool:
    text = line.strip()
    if not text or len(text) > _HEADING_CHARS or len(text.split()) > _HEADING_WORDS:
        return False
    return not is_closed(text) and text[-1] not in ",-" and (text[0].isupper() or text[0].isdigit())


class _Text:
    def __init__(self, lines: Sequence[str], lone_headings: bool) -> None:
        self.out = BlockList()
        self._lone_headings = lone_headings
        self._wrapped = max(map(len, lines), default=0) <= WIDEST_WRAP

    def _heading(self, text: str, level: int | None = None) -> None:
        # The first heading is the title, unless the file marks levels itself.
        self.out.heading(text, level or (1 if not self.out.blocks else 2))

    def group(self, lines: list[str], following: list[str] | None) -> None:
        """Add the lines between two blank ones; ``following`` is the next such group, None at the end."""
        while lines and _UNDERLINE.match(lines[0]):
            lines = lines[1:]
        if not lines:
            return
        hashes = _HASHES.match(lines[0])
        if hashes:
            self._heading(hashes[2], len(hashes[1]))
            self.group(lines[1:], following)
        elif len(lines) > 1 and _UNDERLINE.match(lines[1]) and len(lines[0].strip()) <= _HEADING_CHARS:
            self._heading(lines[0], 1 if lines[1].strip()[0] == "=" else 2)
            self.group(lines[2:], following)
        elif len(lines) == 1 and following and self._stands_alone(lines[0], following):
            self._heading(lines[0])
        else:
            self._running(lines)

    def _stands_alone(self, line: str, following: list[str]) -> bool:
        if not self._lone_headings:
            return False
        marked = typed_marker(line.strip())
        if marked is None:
            return _looks_like_heading(line)
        # "1. Inleiding" above a paragraph is a heading; among other numbers it is an item.
        numbered = marked[0][:1].isdigit() and typed_marker(following[0].strip()) is None
        return numbered and _looks_like_heading(line)

    def _running(self, lines: list[str]) -> None:
        indents: list[int] = []
        pending: list[str] = []
        item: tuple[int, str] | None = None
        apart = not self._wrapped or all(_LABELLED.match(line) for line in lines)

        def close() -> None:
            if item is None:
                self.out.paragraph(" ".join(pending))
            else:
                self.out.item(" ".join(pending), *item)
            pending.clear()

        for line in lines:
            stripped = line.strip().removeprefix("> ")
            marked = typed_marker(stripped)
            if marked:
                close()
                indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
                while indents and indents[-1] > indent:
                    indents.pop()
                if not indents or indents[-1] < indent:
                    indents.append(indent)
                item = (len(indents), marked[0])
                stripped = marked[1]
            elif apart and item is None:
                close()
            pending.append(stripped)
        close()


def _groups(lines: Sequence[str]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def text_blocks(source: str, lone_headings: bool = True) -> list[Block]:
    """Return the blocks of plain text. A short line between blank ones is a heading if ``lone_headings``."""
    lines = _rejoin_words(source).replace("\f", "\n\n").split("\n")
    text = _Text(lines, lone_headings)
    groups = _groups(lines)
    for at, group in enumerate(groups):
        text.group(group, groups[at + 1] if at + 1 < len(groups) else None)
    return text.out.blocks


@reports_failures("tekstbestand")
def read_text(path: Path) -> FileText:
    """Read plain text in any encoding. Raises `ReadError`: UNREADABLE if binary, METADATA, NO_TEXT."""
    front = split_front_matter(decode(path.read_bytes()))
    blocks = tuple(text_blocks(front.body))
    return FileText(blocks, front.metadata, notices=front.notices, questions=front.questions)
