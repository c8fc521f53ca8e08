"""Questions to begin with, of which the live documents hold the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from bot.web.nearby import Nearby, of_section
from bot.web.proving import Candidate, Proofs, is_among
from kb.documents import Document
from kb.releases import Release
from kb.retrieval import Retriever

_MOST_GROUPS, _IN_GROUP, _TRIED = 6, 4, 20
# What fits on a line or two of a phone.
_LONGEST = 90
# How many documents of a soort, and headings of a document, are looked at.
_DOCUMENTS, _HEADINGS = 8, 12


@dataclass(frozen=True, slots=True)
class ExampleGroup:
    """Questions about one ``subject``, a Dutch heading."""

    subject: str
    questions: tuple[str, ...]


def examples_of(retriever: Retriever, nearby: Nearby, proofs: Proofs, today: date) -> list[ExampleGroup]:
    """Return known questions by subject, then what the headings of other documents make, by soort."""
    release = retriever.release
    chosen: dict[str, list[Candidate]] = {}
    for question in nearby.examples():
        chosen.setdefault(question.subject, []).append(nearby.candidate(question))
    others: dict[str, list[list[Candidate]]] = {}
    kinds: dict[str, list[list[Candidate]]] = {}
    for document in sorted(release.documents.values(), key=_newest_first):
        known = {} if document.expired(today) else _known(release, nearby, document)
        for subject, candidates in known.items():
            others.setdefault(subject, []).append(candidates)
        of_kind = kinds.setdefault(document.kind, [])
        if not nearby.known(release, document.id) and not document.expired(today) and len(of_kind) < _DOCUMENTS:
            of_kind.append(_headed(release, nearby, document))
    rows = [
        (subject, [*chosen.get(subject, ()), *_in_turn(others.get(subject, ()))])
        for subject in sorted({*chosen, *others})
    ]
    rows += [(kind[:1].upper() + kind[1:], _in_turn(kinds[kind])) for kind in sorted(kinds)]
    groups: list[ExampleGroup] = []
    for subject, candidates in rows:
        taken = [question for group in groups for question in group.questions]
        if len(groups) < _MOST_GROUPS and (questions := _answered(retriever, proofs, candidates, taken)):
            groups.append(ExampleGroup(subject, questions))
    return groups


def _newest_first(document: Document) -> tuple[int, str, str]:
    return (-document.date.toordinal() if document.date else 0, document.title, document.id)


def _known(release: Release, nearby: Nearby, document: Document) -> dict[str, list[Candidate]]:
    """Return the known questions about a document by their subject, the shortest first."""
    found: dict[str, list[Candidate]] = {}
    for question in sorted(nearby.known(release, document.id), key=lambda known: (len(known.text), known.text)):
        if question.subject and len(question.text) <= _LONGEST:
            found.setdefault(question.subject, []).append(nearby.candidate(question))
    return found


def _headed(release: Release, nearby: Nearby, document: Document) -> list[Candidate]:
    """Return the questions that the first headings of a document make. One word tells least, so that comes last."""
    named = sorted(nearby.sections(release, document.id)[:_HEADINGS], key=lambda section: " " not in section.name)
    return [candidate for section in named if (candidate := of_section(section))]


def _in_turn(per_document: Iterable[Sequence[Candidate]]) -> list[Candidate]:
    """Every document gets its turn."""
    return [candidate for row in zip_longest(*per_document) for candidate in row if candidate is not None]


def _answered(
    retriever: Retriever, proofs: Proofs, candidates: Sequence[Candidate], taken: Sequence[str]
) -> tuple[str, ...]:
    """Return the first candidates that are answered well and are not nearly among those ``taken``."""
    found: list[str] = []
    for candidate in candidates[:_TRIED]:
        if not is_among(candidate.text, [*taken, *found]) and proofs.proof(retriever, candidate):
            found.append(candidate.text)
        if len(found) == _IN_GROUP:
            break
    return tuple(found)
