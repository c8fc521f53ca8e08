"""Examples to begin with and suggestions for a next question, all of them answered by the documents that are live.

They come from a set of known questions and from the headings of the documents. Nothing is suggested that the bot does
not answer well: see `bot.web.proving`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bot.answers import Answer, AnswerStatus
from bot.candidates import coverage, term_weights
from bot.service import MAX_QUESTION_CHARACTERS
from bot.web.examples import ExampleGroup, examples_of
from bot.web.known_questions import KnownQuestion
from bot.web.nearby import Nearby
from bot.web.proving import Candidate, Proof, Proofs, is_among, quoted
from kb.analysis import terms
from kb.errors import HandwijzerError
from kb.live import LiveKnowledge
from kb.releases import Release
from kb.retrieval import Filters, Retriever

__all__ = ["ExampleGroup", "Suggesting"]

_MOST, _MOST_KNOWN, _TRIED = 3, 2, 5
_SOURCES, _HITS = 3, 6
_ASKED = 10
# Which headings: after an answer those around it, without an answer that of the place itself.
_FOLLOWING, _HERE = (1, 2, -1), (0,)
# Without an answer: which share of what was asked, rare words counting most, a suggestion is about.
_SHARED = 0.25
_PART = 6
# Suggestions are an extra: where many wait for theirs, the last go without.
_PATIENCE_S = 2.0
_MOST_WAITING = 8
_log = logging.getLogger(__name__)


class _OfRelease:
    """What was found out about one release on one day."""

    def __init__(self, release: Release, today: date, known: Sequence[KnownQuestion]) -> None:
        self.key = (release.id, today)
        self.nearby = Nearby(release, known)
        self.proofs = Proofs(today)
        self.examples: list[ExampleGroup] | None = None


class Suggesting:
    """Suggests questions that ``knowledge`` answers. Safe to use from several threads.

    ``known`` is called once, when it is first needed. Every process tries a question once for each release and day, so
    that a first call takes longer than the next.
    """

    def __init__(self, knowledge: LiveKnowledge, known: Callable[[], Sequence[KnownQuestion]]) -> None:
        self._knowledge = knowledge
        self._load = known
        self._known: Sequence[KnownQuestion] | None = None
        self._lock = threading.Lock()
        # The first examples take seconds; whoever waits for them holds a thread that others need.
        self._room = threading.BoundedSemaphore(_MOST_WAITING)
        self._of_release: _OfRelease | None = None

    def examples(self) -> list[ExampleGroup]:
        """Return at most six groups of questions to begin with; none when there is nothing to ask. Never raises."""
        if not self._room.acquire(blocking=False):
            return []
        try:
            with self._lock:
                retriever = self._knowledge.retriever()
                found = self._found(retriever)
                if found.examples is None:
                    found.examples = examples_of(retriever, found.nearby, found.proofs, found.key[1])
                return found.examples
        except Exception as error:
            _note(error)
            return []
        finally:
            self._room.release()

    def next_questions(self, answer: Answer, asked: Sequence[str], earlier: Sequence[Answer] = ()) -> list[str]:
        """Return at most three questions to ask after ``answer``; never raises.

        ``asked`` holds the questions of the conversation so far, ``earlier`` the answers before this one. After an
        answer they are about what stands near its sources; where there was none, about what the nearest documents do
        say of the subject.
        """
        if not self._room.acquire(blocking=False):
            return []
        try:
            if not self._lock.acquire(timeout=_PATIENCE_S):
                return []
            try:
                retriever = self._knowledge.retriever()
                return _next(retriever, self._found(retriever), answer, asked, earlier)
            finally:
                self._lock.release()
        except Exception as error:
            _note(error)
            return []
        finally:
            self._room.release()

    def _found(self, retriever: Retriever) -> _OfRelease:
        if self._known is None:
            self._known = ()  # a set that can not be read is not tried again
            self._known = self._load()
        today = self._knowledge.today()
        if self._of_release is None or self._of_release.key != (retriever.release.id, today):
            self._of_release = _OfRelease(retriever.release, today, self._known)
        return self._of_release


def _note(error: Exception) -> None:
    # Of what is not ours the class only: a message may hold what the visitor typed.
    _log.warning(
        "Er zijn nu geen vragen voor te stellen. %s",
        error.message if isinstance(error, HandwijzerError) else type(error).__name__,
    )


@dataclass(frozen=True, slots=True)
class _Pools:
    """What may be suggested, and ``vector``, what a suggestion had best be about."""

    known: list[Candidate]
    headings: list[Candidate]
    vector: NDArray[np.float32]


def _next(
    retriever: Retriever, found: _OfRelease, answer: Answer, asked: Sequence[str], earlier: Sequence[Answer]
) -> list[str]:
    answered = answer.status is AnswerStatus.ANSWERED
    pools = _after(retriever.release, found, answer) if answered else _instead(retriever, found, answer)
    if pools is None:
        return []
    # They come from a browser, and are held beside every candidate.
    asked = [question[:MAX_QUESTION_CHARACTERS] for question in asked[-_ASKED:]]
    told = set[tuple[str, int, int]]().union(quoted(answer), *map(quoted, earlier))

    def likely(candidates: list[Candidate]) -> list[tuple[float, Candidate, Proof]]:
        rows = []
        for candidate in candidates:
            old = candidate.is_right(answer) or is_among(candidate.text, asked)
            if not old and (proof := found.proofs.likely(retriever, candidate)):
                rows.append((float(proof.vector @ pools.vector), candidate, proof))
        return sorted(rows, key=lambda row: -row[0])

    headings = likely(pools.headings)
    # A known question asks more than a heading does, but it has to be about the same thing at least as much.
    best = max((likeness for likeness, *_ in headings), default=0.0)
    known = [row for row in likely(pools.known) if row[0] >= best]
    chosen: list[str] = []
    for _, candidate, _ in [*known[:_MOST_KNOWN], *headings]:
        if len(chosen) == _MOST:
            break
        proof = None if is_among(candidate.text, chosen) else found.proofs.proof(retriever, candidate)
        # What was told already is no news under another question.
        if proof and 2 * len(proof.told & told) < len(proof.told):
            chosen.append(candidate.text)
            told |= proof.told
    return chosen


def _after(release: Release, found: _OfRelease, answer: Answer) -> _Pools | None:
    """Return the known questions at the first source of an answer, and those of the headings around its sources."""
    ids = [source.passage_id for source in answer.sources[:_SOURCES] if source.passage_id in release.places]
    if not ids:
        return None
    places = [release.passages[release.places[one]] for one in ids]
    known = list(found.nearby.known_at(release, places[0]))
    headings = [one for place in places for one in found.nearby.headings_at(release, place, _FOLLOWING)]
    return _Pools(known[:_TRIED], headings, release.passage_vectors[release.places[ids[0]]])


def _instead(retriever: Retriever, found: _OfRelease, answer: Answer) -> _Pools | None:
    """Return what the documents nearest to a question without an answer do say of what was asked."""
    release = retriever.release
    documents = tuple(item.document_id for item in answer.suggestions if item.document_id in release.documents)
    if not documents:
        return None
    query = answer.query[:MAX_QUESTION_CHARACTERS]  # it comes from a browser
    searched = retriever.search(query, _HITS, Filters(documents=documents))
    weights = term_weights(list(dict.fromkeys(terms(query))), release.lexical)
    places = [hit.passage for hit in searched.hits]
    pools = (
        [one for place in places for one in found.nearby.known_at(release, place)],
        [one for place in places for one in found.nearby.headings_at(release, place, _HERE)],
    )
    known, headings = (
        [one for one in dict.fromkeys(pool) if coverage(_named(one.text, weights), weights) >= _SHARED]
        for pool in pools
    )
    return _Pools(known[:_TRIED], headings[:_TRIED], searched.vector)


def _named(text: str, asked: Iterable[str]) -> set[str]:
    """Return what was ``asked`` that ``text`` names, by itself or as part of a compound."""
    own = terms(text)
    return {term for term in asked if any(term == other or (len(term) >= _PART and term in other) for other in own)}
