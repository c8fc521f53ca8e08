"""Markdown: CommonMark with tables, front matter, footnotes and the few pandoc marks that people use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from ingest.readers.blocks import BlockList, typed_marker, with_notes
from ingest.readers.encoding import decode
from ingest.readers.failures import reports_failures
from ingest.readers.html_hidden import HIDDEN_STYLE
from ingest.readers.metadata import split_front_matter
from ingest.readers.tables import Cell, row_sentences
from ingest.reading import FileText

_NOTE = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]*([^\n]*(?:\n(?!\[\^)[ \t]*\S[^\n]*)*)\n?", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^([^\]\s]+)\]")
_DIV_FENCE = re.compile(r"^[ \t]*:{3,}[ \t]*(?:\{[^}\n]*\}|[\w.-]*)[ \t]*:*[ \t]*$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"\s*\{[#.][^{}]*\}\s*$")
_TASK = re.compile(r"^\[[ xX]\]\s+")
_LETTERED = re.compile(r"[a-z][.)]\s")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<(/?)\s*([A-Za-z][\w-]*)([^>]*)")
_SILENT_TAGS = ("script", "style", "template")
_EMPTY_TAGS = ("br", "hr", "img", "input", "wbr")
_HIDES = re.compile(
    rf"\shidden(?![\w-])|aria-hidden\s*=\s*[\"']?true|style\s*=.*?(?:{HIDDEN_STYLE.pattern})", re.IGNORECASE | re.DOTALL
)


class _Silence:
    """Follows the tags of raw HTML; true inside an element whose text no reader sees."""

    def __init__(self) -> None:
        self._tag = ""
        self._depth = 0

    def __bool__(self) -> bool:
        return self._depth > 0

    def follow(self, source: str) -> None:
        """Take in the tags of ``source``, in order."""
        for closing, name, attributes in _TAG.findall(_COMMENT.sub("", source)):
            tag = name.lower()
            if self._depth:
                self._depth += (-1 if closing else 1) if tag == self._tag else 0
            elif not closing and tag not in _EMPTY_TAGS and (tag in _SILENT_TAGS or _HIDES.search(attributes)):
                self._tag, self._depth = tag, 1


def _inline(tokens: Sequence[Token]) -> str:
    """Return the text of inline tokens; a hard break is a line end, what is hidden and scripts are left out."""
    parts: list[str] = []
    silence = _Silence()
    for at, token in enumerate(tokens):
        if token.type == "html_inline":
            silence.follow(token.content)
            tag = _TAG.match(token.content)
            if tag and tag[2].lower() == "br" and not silence:
                parts.append("\n")
        elif silence:
            continue
        elif token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type == "hardbreak":
            parts.append("\n")
        elif token.type == "softbreak":
            following = tokens[at + 1].content if at + 1 < len(tokens) else ""
            parts.append("\n" if _LETTERED.match(following) else " ")
    return "".join(parts)


class _Walk:
    """Turns the syntax tree into blocks."""

    def __init__(self, notes: dict[str, str]) -> None:
        self.out = BlockList()
        self._notes = notes
        self._silence = _Silence()

    def _text(self, node: SyntaxTreeNode) -> str:
        inline = next((child for child in node.children if child.type == "inline"), None)
        if inline is None:
            return ""
        text = _inline(inline.token.children or []) if inline.token else ""
        cited = [self._notes[mark] for mark in _NOTE_MARK.findall(text) if mark in self._notes]
        text = _NOTE_MARK.sub(lambda found: "" if found[1] in self._notes else found.group(), text)
        return with_notes(text, cited)

    def walk(self, nodes: Sequence[SyntaxTreeNode], depth: int = 0) -> None:
        """Add the blocks of ``nodes``; ``depth`` is the number of lists around them."""
        for node in nodes:
            hidden = bool(self._silence)
            if node.type == "html_block":
                self._silence.follow(node.content)
            if hidden:
                continue
            if node.type == "heading":
                self.out.heading(_ATTRIBUTES.sub("", self._text(node)), int(node.tag[1]))
            elif node.type == "paragraph":
                self.out.paragraphs(self._text(node))
            elif node.type in ("fence", "code_block"):
                for part in re.split(r"\n\s*\n", node.content):
                    self.out.paragraph(part)
            elif node.type in ("bullet_list", "ordered_list"):
                self._list(node, depth + 1)
            elif node.type == "table":
                self._table(node)
            elif node.type == "html_block":
                self._html(node.content)
            elif node.type == "blockquote":
                self.walk(node.children, depth)

    def _list(self, node: SyntaxTreeNode, depth: int) -> None:
        number = int(node.attrs.get("start", 1))
        for at, item in enumerate(node.children):
            marker = f"{number + at}{item.markup}" if node.type == "ordered_list" else ""
            begun = False
            for child in item.children:
                if child.type != "paragraph":
                    self.walk([child], depth)
                elif begun:
                    self.out.continue_item(self._text(child))
                else:
                    self._item(_TASK.sub("", self._text(child)), depth, marker)
                begun = True

    def _item(self, text: str, depth: int, marker: str) -> None:
        """Add an item; lines in it that begin with a letter ("a)") are a list of their own."""
        lines = text.split("\n")
        own = next((at for at, line in enumerate(lines) if at and typed_marker(line.strip())), len(lines))
        self.out.item(" ".join(lines[:own]), depth, marker)
        self.out.paragraphs("\n".join(lines[own:]), depth + 1)

    def _table(self, node: SyntaxTreeNode) -> None:
        rows = [
            [Cell(tuple(self._text(cell).split("\n"))) for cell in row.children]
            for part in node.children
            for row in part.children
        ]
        self.out.rows(row_sentences(rows, header_rows=1))

    def _html(self, source: str) -> None:
        from ingest.readers.html import fragment_blocks

        self.out.blocks.extend(fragment_blocks(source))


@reports_failures("Markdown-bestand")
def read_markdown(path: Path) -> FileText:
    """Read a Markdown file. Raises `ReadError`: METADATA for broken front matter, NO_TEXT, UNREADABLE."""
    front = split_front_matter(decode(path.read_bytes()))
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    notes = {
        name: " ".join(_inline(token.children or []) for token in parser.parseInline(" ".join(text.split())))
        for name, text in _NOTE.findall(front.body)
    }
    body = _DIV_FENCE.sub("", _NOTE.sub("", front.body))
    walk = _Walk(notes)
    walk.walk(SyntaxTreeNode(parser.parse(body)).children)
    return FileText(tuple(walk.out.blocks), front.metadata, notices=front.notices, questions=front.questions)
