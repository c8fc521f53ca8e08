"""Numbers for sources: one for every passage, in the order in which the answer first cites it."""

from __future__ import annotations

import re
from datetime import date

from bot.answers import Source
from kb.documents import Document, Unit
from kb.retrieval import Hit

_BRACKETED = re.compile(r"\[(\d+)\]")


class Citations:
    """The passages that one answer cites, with the stretches that it rests on. On ``today`` a document holds or not."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._hits: list[Hit] = []
        self._marks: dict[str, list[tuple[int, int]]] = {}

    def cite(self, hit: Hit, start: int, end: int) -> int:
        """Note that the answer rests on ``passage.text[start:end]`` and return the number of the passage."""
        if hit.passage.id not in self._marks:
            self._hits.append(hit)
        marks = self._marks.setdefault(hit.passage.id, [])
        if (start, end) not in marks:
            marks.append((start, end))
        return 1 + next(i for i, known in enumerate(self._hits) if known.passage.id == hit.passage.id)

    def __len__(self) -> int:
        """The number of passages cited."""
        return len(self._hits)

    def sources(self) -> list[Source]:
        """Return the sources by number."""
        return [
            _source(number, hit, sorted(self._marks[hit.passage.id]), self._today)
            for number, hit in enumerate(self._hits, 1)
        ]


def unnumbered(text: str) -> str:
    """Return ``text`` with its own numbers in brackets written so that none passes for a citation."""
    return _BRACKETED.sub(r"(\1)", text)


def heading_of(hit: Hit) -> str | None:
    """Return the headings above a passage as one line, None without any."""
    return " > ".join(hit.passage.headings) or None


def file_url(document: Document, page: int | None = None) -> str:
    """Return the address of the original, in the version that was read, opened at ``page`` where a browser can."""
    anchor = f"#page={page}" if page and document.media_type == "application/pdf" else ""
    return f"/v1/documenten/{document.id}/bestand?versie={document.sha256[:12]}{anchor}"


def _source(number: int, hit: Hit, marks: list[tuple[int, int]], today: date) -> Source:
    page = _page_at(hit.passage.units, marks[0][0]) or hit.passage.page
    return Source(
        number=number,
        passage_id=hit.passage.id,
        document_id=hit.document.id,
        title=hit.document.title,
        kind=hit.document.kind,
        date=hit.document.date,
        publisher=hit.document.publisher,
        valid_until=hit.document.valid_until,
        expired=hit.document.expired(today),
        heading=heading_of(hit),
        page=page,
        text=hit.passage.text,
        marks=marks,
        url=file_url(hit.document, page),
        score=round(hit.score, 4),
    )


def _page_at(units: tuple[Unit, ...], start: int) -> int | None:
    """Return the page on which the words from ``start`` begin."""
    return next((unit.page for unit in units if unit.end > start), None)
