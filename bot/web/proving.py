"""Whether a question may be suggested: the bot is asked it, and only what it answers right may be passed on.

A suggestion that gets a bad answer is worse than none. Such a trial is nobody's question: it is not remembered,
measured or logged, and no language model is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bot.answers import Answer, Turn
from bot.followup import standing
from bot.service import Parts, examine
from kb.analysis import terms
from kb.retrieval import Legs, Retriever

# Some kilobytes each.
_KEPT = 2000
# From this share of common words on, two questions are one.
_SAME = 0.6
_EARLIER = (Turn(role="gebruiker", text="Wanneer is een leerling een thuiszitter?"),)

# What an answer quotes: passage id, start and end in that passage.
Told = frozenset[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the right answer to a question quotes, and the question as the encoder sees it."""

    told: Told
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be suggested, and what tells a right answer to it. ``about`` is where in the documents the
    answer stands: the same text can be asked about several places."""

    text: str
    about: str
    is_right: Callable[[Answer], bool] = field(compare=False)


class Proofs:
    """What came of trying questions on one release on one day: each is asked once. Not safe for several threads."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._proofs: dict[tuple[Candidate, bool], Proof | None] = {}

    def likely(self, retriever: Retriever, candidate: Candidate) -> Proof | None:
        """Return what makes it likely that `proof` will show something: the same without a reader, in a quarter of the
        time."""
        return self._known(retriever, candidate, read=False)

    def proof(self, retriever: Retriever, candidate: Candidate) -> Proof | None:
        """Return what shows that ``candidate`` gets a right answer, without reservations; None when it does not."""
        if not self.likely(retriever, candidate):
            return None
        return self._known(retriever, candidate, read=retriever.reader is not None)

    def _known(self, retriever: Retriever, candidate: Candidate, *, read: bool) -> Proof | None:
        key = (candidate, read)
        if key not in self._proofs:
            if len(self._proofs) >= _KEPT:
                self._proofs.clear()
            # The retriever and the answer are not kept: they hold a whole release, which may be erased.
            self._proofs[key] = self._tried(retriever, candidate, Parts(legs=Legs(reader=read)))
        return self._proofs[key]

    def _tried(self, retriever: Retriever, candidate: Candidate, parts: Parts) -> Proof | None:
        # Within a conversation it would be read as a follow-up question and searched with what came before it.
        if standing(candidate.text, _EARLIER).context is not None:
            return None
        examined = examine(retriever, candidate.text, parts=parts, today=self._today)
        answer = examined.answer
        if answer.notices or not candidate.is_right(answer):
            return None
        return Proof(quoted(answer), examined.found.vector)


def quoted(answer: Answer) -> Told:
    """Return the stretches that ``answer`` quotes."""
    return frozenset((source.passage_id, start, end) for source in answer.sources for start, end in source.marks)


def is_among(question: str, others: Iterable[str]) -> bool:
    """Tell whether one of ``others`` is nearly the same question."""
    own = set(terms(question))
    return any(len(own & other) >= _SAME * len(own | other) for other in map(set, map(terms, others)))
