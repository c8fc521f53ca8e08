"""Every sentence, list item and table row that may answer, with a score. What is made of them is not decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.forms import has_form, says_something
from bot.orders import is_order
from bot.question import Asks
from kb.analysis import content
from kb.documents import Passage, UnitKind
from kb.lexical import LexicalIndex
from kb.reader import Reading
from kb.releases import Release
from kb.retrieval import Found, Hit, scaled

_PASSAGES = 12

# Fitted on the development questions, and on questions over other documents, by maximising the likelihood that an
# answering unit comes first (docs/decisions/0012-sentence-choice.md).
_PASSAGE, _COSINE, _LATE, _OWN_TERMS, _ALL_TERMS, _FORM, _OPENING = 0.21, 0.155, 0.23, 0.105, 0.15, 0.095, 0.055
# What a reader says of a unit counts beside these, as far as its logit lies above one that few answers have
# (docs/decisions/0026-reading.md).
_READ, _UNLIKELY = 0.4, -6.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer: ``hit.passage.units[index]``. ``score`` orders the candidates of one question; only
    its differences within that question mean anything."""

    hit: Hit
    index: int
    score: float

    @property
    def text(self) -> str:
        """The words of the unit."""
        unit = self.hit.passage.units[self.index]
        return self.hit.passage.text[unit.start : unit.end]


def unit_cosines(release: Release, found: Found) -> list[NDArray[np.float32]]:
    """Return the cosine between the question and every unit, (units,) for each of the best passages in their order."""
    spans = [release.unit_starts[hit.place : hit.place + 2] for hit in found.hits[:_PASSAGES]]
    return [np.asarray(release.unit_vectors[start:end], np.float32) @ found.vector for start, end in spans]


def term_weights(query_terms: Sequence[str], lexical: LexicalIndex) -> dict[str, float]:
    """Return the terms of a question with their rarity, scaled to a sum of 1."""
    weights = {term: lexical.rarity(term) for term in query_terms}
    total = sum(weights.values())
    return {term: weight / total for term, weight in weights.items()} if total else {}


def coverage(text_terms: Set[str], weights: Mapping[str, float]) -> float:
    """Return which share of the question's weighted terms ``text_terms`` holds (0–1)."""
    return sum(weight for term, weight in weights.items() if term in text_terms)


def candidates(release: Release, found: Found, asks: Asks, cosines: Sequence[NDArray[np.float32]]) -> list[Candidate]:
    """Return every unit of the best passages that says something, best first."""
    units = [
        (hit, index, float(near[index]), float(late[index]) if len(late) else 0.0, reading)
        for hit, near, late, reading in zip(found.hits, cosines, found.late, found.readings, strict=False)
        for index in range(len(hit.passage.units))
        if can_answer(hit.passage, index)
    ]
    if not units:
        return []
    weights = term_weights(found.terms, release.lexical)
    near, nearer = (scaled(np.array([unit[column] for unit in units], np.float32)) for column in (2, 3))
    read = read_scores([(reading, index) for _, index, _, _, reading in units])
    signals = (_COSINE * near + _LATE * nearer + _READ * read).tolist()
    scored = [
        Candidate(hit, index, _score(hit, index, asks, weights) + signal)
        for (hit, index, *_), signal in zip(units, signals, strict=True)
    ]
    return sorted(scored, key=lambda candidate: -candidate.score)


def read_scores(units: Sequence[tuple[Reading | None, int]]) -> NDArray[np.float32]:
    """Return how far above an unlikely one a reader puts each unit of some readings, 0–1 among them; 0 where it says
    nothing."""
    logits = (_UNLIKELY if one is None or one.units is None else float(one.units[index]) for one, index in units)
    return scaled(np.maximum(np.fromiter(logits, np.float32) - np.float32(_UNLIKELY), 0))


def _score(hit: Hit, index: int, asks: Asks, weights: Mapping[str, float]) -> float:
    """Weigh the words of a unit, its passage, and the form that is asked for."""
    unit = hit.passage.units[index]
    text = hit.passage.text[unit.start : unit.end]
    own, around = content(text), context_terms(hit)
    return (
        _PASSAGE * hit.score
        + _OWN_TERMS * coverage(own, weights)
        + _ALL_TERMS * coverage(own | around, weights)
        + _FORM * has_form(asks, text)
        + _OPENING * (asks is Asks.DEFINITION and index == 0)
    )


def context_terms(hit: Hit) -> frozenset[str]:
    """Return the index terms of what stands above a passage: the title of its document and its headings."""
    return content(" ".join([hit.document.title, *hit.passage.headings]))


def can_answer(passage: Passage, index: int) -> bool:
    """Tell whether a unit says something: not a question, not a stray word, not a bare introduction, not an order."""
    unit = passage.units[index]
    text = passage.text[unit.start : unit.end]
    if is_order(text) or (text.rstrip().endswith(":") and not introduces(passage, index)):
        return False
    return says_something(text, whole_sentence=unit.kind is UnitKind.SENTENCE)


def introduces(passage: Passage, index: int) -> bool:
    """Tell whether a list or table hangs on a unit."""
    return any(unit.lead == index for unit in passage.units)
