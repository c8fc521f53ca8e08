"""The questions that can be asked near a place in the documents: those known to stand there, and those that the
headings around it make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.answers import Answer
from bot.web.headings import Section, as_question, sections
from bot.web.known_questions import KnownQuestion, holding, is_right
from bot.web.proving import Candidate
from kb.documents import Passage
from kb.releases import Release

# A known question may stand one section, or so many passages, from the place.
_PASSAGES_AWAY = 2
# What a visitor reads at a glance.
_LONGEST = 110


@dataclass(frozen=True, slots=True)
class _Known:
    """A known question with the order in its document of the passage that holds the evidence."""

    order: int
    question: KnownQuestion


class Nearby:
    """The candidates of one release. Of its documents only questions are kept. Not safe for several threads."""

    def __init__(self, release: Release, known: Sequence[KnownQuestion]) -> None:
        self._examples = [question for question in known if question.example]
        self._starts = {
            passage.document_id: place for place, passage in enumerate(release.passages) if passage.order == 0
        }
        self._files = {document.file: document.id for document in release.documents.values()}
        self._by_file: dict[str, list[KnownQuestion]] = {}
        for question in known:
            for file in dict.fromkeys(piece.file for piece in question.evidence):
                self._by_file.setdefault(file, []).append(question)
        self._placed: dict[str, list[_Known]] = {}

    def candidate(self, question: KnownQuestion) -> Candidate:
        """Return a known question as a candidate."""
        return Candidate(question.text, "", lambda answer: is_right(answer, question, self._files))

    def examples(self) -> Iterator[KnownQuestion]:
        """Yield the questions that somebody chose to show, of documents that are there."""
        for question in self._examples:
            if any(piece.file in self._files for piece in question.evidence):
                yield question

    def known(self, release: Release, document_id: str) -> list[KnownQuestion]:
        """Return the known questions of which a document holds the evidence, in reading order."""
        return list(dict.fromkeys(known.question for known in self._known(release, document_id)))

    def sections(self, release: Release, document_id: str) -> list[Section]:
        """Return the sections of a document."""
        return sections(release.documents[document_id], self._passages(release, document_id))

    def known_at(self, release: Release, place: Passage) -> Iterator[Candidate]:
        """Yield the known questions about what stands at ``place`` or just beside it, the nearest first."""
        found = self.sections(release, place.document_id)
        here = _section_at(found, place.order)
        near: list[tuple[int, int, KnownQuestion]] = []
        for known in self._known(release, place.document_id):
            sections_away = abs(_section_at(found, known.order) - here)
            away = abs(known.order - place.order)
            if sections_away <= 1 or away <= _PASSAGES_AWAY:
                near.append((sections_away, away, known.question))
        near.sort(key=lambda row: row[:2])
        yield from (self.candidate(question) for question in dict.fromkeys(question for *_, question in near))

    def headings_at(self, release: Release, place: Passage, steps: Sequence[int]) -> Iterator[Candidate]:
        """Yield the questions of the headings that stand ``steps`` from ``place``; 0 is the heading of the place."""
        found = self.sections(release, place.document_id)
        here = _section_at(found, place.order)
        for number in (here + step for step in steps):
            if 0 <= number < len(found) and (candidate := of_section(found[number])):
                yield candidate

    def _known(self, release: Release, document_id: str) -> list[_Known]:
        if document_id not in self._placed:
            file = release.documents[document_id].file
            pairs = [
                (question, piece.quote)
                for question in self._by_file.get(file, ())
                for piece in question.evidence
                if piece.file == file and len(question.text) <= _LONGEST
            ]
            quotes = [quote for _, quote in pairs]
            found = holding(self._passages(release, document_id), quotes) if pairs else []
            placed = zip(pairs, found, strict=True)
            known = [_Known(passage.order, question) for (question, _), passage in placed if passage is not None]
            self._placed[document_id] = sorted(known, key=lambda one: one.order)
        return self._placed[document_id]

    def _passages(self, release: Release, document_id: str) -> Sequence[Passage]:
        start = self._starts[document_id]
        return release.passages[start : start + release.documents[document_id].passages]


def of_section(section: Section) -> Candidate | None:
    """Return the question that the heading of ``section`` makes, None when it names no subject."""
    text = as_question(section.name)
    if text is None:
        return None
    document_id = section.passages[0].document_id
    heading = " > ".join(section.headings)

    def is_right(answer: Answer) -> bool:
        if not answer.sources or answer.sources[0].document_id != document_id:
            return False
        found = answer.sources[0].heading or ""
        return not heading or found == heading or found.startswith(f"{heading} > ")

    return Candidate(text, f"{document_id}/{heading}", is_right)


def _section_at(found: Sequence[Section], order: int) -> int:
    """Return the number of the section that holds the passage ``order``."""
    return next(number for number, section in enumerate(found) if section.passages[-1].order >= order)
