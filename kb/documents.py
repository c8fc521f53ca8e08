"""What the knowledge base is made of: documents, and the passages a citation points at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# Within `Document`, "date" is a field.
_Day = date


class UnitKind(StrEnum):
    """What one quotable piece of a passage is."""

    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest piece that an answer quotes: a sentence, a list item or a table row.

    ``start`` and ``end`` are character offsets in the text of its passage. ``lead`` is the index of the unit
    that introduces a list item or table row ("De school doet drie dingen:"), or None.
    """

    start: int
    end: int
    kind: UnitKind
    lead: int | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document, embedded and cited as a whole.

    ``text`` is exactly ``document text[start:end]`` of the cleaned text, so a quotation can always be found
    back. ``page`` is the page of its first character (1-based), None for formats without pages; each unit
    knows its own page. ``page_start`` is the offset of that page in the cleaned text, so that
    ``start - page_start`` is the offset within the page.
    """

    id: str
    document_id: str
    order: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...]
    page: int | None
    page_start: int
    tokens: int
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the knowledge base and what is known about it.

    ``file`` is the path relative to the corpus folder, with forward slashes; ``sha256`` is of the original
    bytes, under which the release store keeps the original. ``stamp`` changes whenever the file or its
    sidecar does. ``valid_until`` is the last day on which the document holds. ``guessed`` names what was not stated
    but read from the text: "titel", "datum". ``language`` is an ISO 639-1 code, None when there is too little text to
    tell. ``score`` (0–1) says how readable the text came out. ``parent`` is the id of the message that this document
    was attached to.
    """

    id: str
    title: str
    kind: str
    date: date | None
    publisher: str | None
    url: str | None
    file: str
    sha256: str
    stamp: str
    media_type: str
    size_bytes: int
    pages: int | None
    passages: int
    valid_until: _Day | None = None
    guessed: tuple[str, ...] = ()
    language: str | None = None
    score: float | None = None
    parent: str | None = None

    def expired(self, today: _Day) -> bool:
        """Tell whether the document no longer holds on ``today``."""
        return self.valid_until is not None and self.valid_until < today
