"""What every reader gives back, whatever the file format.

A reader turns the bytes of one file into blocks: headings, paragraphs, list items and table rows, in reading
order, each with its page. Blocks carry clean text (see `ingest.cleaning`); no layout, no markup.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class BlockKind(StrEnum):
    """The role of a block in its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item or table row.

    ``level`` is 1 for the highest heading and grows downwards; for list items it is the nesting depth
    (1 = outermost); 0 for paragraphs and rows. ``page`` is 1-based, None where the format has no pages.
    ``page_breaks`` holds, for a block that runs over one or more page ends, the offsets in ``text`` at
    which the next page begins.

    A list item's text keeps its own marker when the marker carries meaning ("a.", "2."); bullets are dropped.
    A table row reads as a sentence: "Week: 1; Wie: mentor; Wat: belt de ouders." with the column headings.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    page_breaks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file that becomes a document of its own: the attachment of a message."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StatedQuestion:
    """A question that a document says it answers, and the heading under which, None where it does not say so."""

    text: str
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class FileText:
    """Everything one file says.

    ``metadata`` holds what the file itself states about itself (front matter, document properties), under the
    lower-case Dutch keys of `ingest.readers.metadata.KEYS` where known; values are plain strings.
    ``pages`` is the number of pages, None where the format has none. ``notices`` are Dutch remarks for the
    maintainer (a page that could not be read, an attachment left alone). ``scanned`` are the numbers of the pages
    without text that can be read, an image or letters that nothing tells: text recognition may read those.
    ``questions`` are those that the file says it answers.
    """

    blocks: tuple[Block, ...]
    metadata: dict[str, str] = field(default_factory=dict)
    pages: int | None = None
    notices: tuple[str, ...] = ()
    scanned: tuple[int, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    questions: tuple[StatedQuestion, ...] = ()


Reader = Callable[[Path], FileText]
"""Reads one file. Raises `kb.errors.ReadError` with a reason when it can not."""
