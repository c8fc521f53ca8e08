"""From a question to passages: dense and lexical candidates, each score list min-max scaled, fused.

The weights 0.65 (dense) and 0.35 (BM25) beat either leg alone on the Dutch sets measured, see
docs/decisions/0004-fusion.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.analysis import terms
from kb.documents import Document, Passage
from kb.encoder import Encoder
from kb.releases import Release
from kb.vectors import day_number

DENSE_WEIGHT = 0.65
CANDIDATES = 50
# Up to here comparing every vector is faster than asking Chroma, and misses nothing (0003-store.md).
EXACT_UP_TO = 20_000


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may be searched. Empty means all; ``since`` and ``until`` are inclusive and leave out
    documents without a date."""

    kinds: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def accept(self, document: Document) -> bool:
        """Tell whether ``document`` passes."""
        day = day_number(document.date)
        return (
            (not self.kinds or document.kind in self.kinds)
            and (not self.documents or document.id in self.documents)
            and (self.since is None or day >= day_number(self.since))
            and (self.until is None or 0 < day <= day_number(self.until))
        )

    def as_chroma(self) -> dict[str, Any] | None:
        """Return the same condition as a Chroma ``where``, None when everything passes."""
        conditions: list[dict[str, Any]] = []
        if self.kinds:
            conditions.append({"kind": {"$in": list(self.kinds)}})
        if self.documents:
            conditions.append({"document": {"$in": list(self.documents)}})
        if self.since:
            conditions.append({"day": {"$gte": day_number(self.since)}})
        if self.until:
            conditions += [{"day": {"$gt": 0}}, {"day": {"$lte": day_number(self.until)}}]
        return {"$and": conditions} if len(conditions) > 1 else conditions[0] if conditions else None


@dataclass(frozen=True, slots=True)
class Legs:
    """Which parts of retrieval take part; all do, unless a measurement leaves one out."""

    dense: bool = True
    lexical: bool = True
    glossary: bool = True

    @property
    def dense_weight(self) -> float:
        """The share of the dense score in the fused one."""
        return DENSE_WEIGHT if self.dense and self.lexical else float(self.dense)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. ``score`` is the fused score (0–1, relative to this question only); ``cosine`` and ``bm25``
    are the raw scores that say something about answerability."""

    passage: Passage
    document: Document
    place: int
    score: float
    cosine: float
    bm25: float


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of one search: hits best first, with the question as it was searched."""

    query: str
    vector: NDArray[np.float32]
    terms: tuple[str, ...]
    hits: tuple[Hit, ...] = field(default=())


class Retriever:
    """Searches one release with the encoder it was built with."""

    def __init__(self, release: Release, encoder: Encoder) -> None:
        release.require_encoder(encoder.fingerprint, encoder.name)
        self.release = release
        self._encoder = encoder
        numbers = {document_id: number for number, document_id in enumerate(release.documents)}
        self._document_places = np.array([numbers[passage.document_id] for passage in release.passages], np.int64)

    def search(self, question: str, count: int = 10, filters: Filters | None = None, legs: Legs | None = None) -> Found:
        """Return the ``count`` best passages for ``question``.

        Each leg brings `CANDIDATES` passages; a passage that only one leg found gets the other leg's real score,
        not zero.
        """
        release = self.release
        filters, legs = filters or Filters(), legs or Legs()
        candidates = max(CANDIDATES, count)
        expansions = release.glossary.expansions(question) if legs.glossary else ()
        widened = " ".join([question, *expansions])
        query_terms = tuple(dict.fromkeys(terms(widened)))
        vector = self._vector(question, widened if expansions else None)
        dense = self._dense(vector, candidates, filters) if legs.dense else {}
        lexical = self._lexical(tuple(dict.fromkeys(terms(question))), query_terms, filters)
        places = set(dense)
        if legs.lexical:
            places |= {place for place in _highest(lexical, candidates) if lexical[place] > 0}
        if not places:
            return Found(widened, vector, query_terms)
        order = sorted(places)
        cosines = np.array([dense.get(place, 0) for place in order], np.float32)
        missing = [i for i, place in enumerate(order) if place not in dense]
        cosines[missing] = release.passage_vectors[[order[i] for i in missing]] @ vector
        fused = legs.dense_weight * scaled(cosines) + (1 - legs.dense_weight) * scaled(lexical[order])
        ranking = np.argsort(-fused, kind="stable")[:count]
        return Found(
            widened, vector, query_terms, tuple(self._hit(order[i], fused[i], cosines[i], lexical) for i in ranking)
        )

    def _dense(self, vector: NDArray[np.float32], count: int, filters: Filters) -> dict[int, float]:
        """Return the places of the ``count`` nearest passages with their cosine: compared one by one in a small
        release, from Chroma's graph in a large one."""
        release = self.release
        if len(release.passages) > EXACT_UP_TO:
            near = release.vectors.nearest(vector, count, filters.as_chroma())
            return {release.places[key]: cosine for key, cosine in near if key in release.places}
        cosines = np.asarray(release.passage_vectors @ vector, np.float32)
        if filters != Filters():
            cosines = np.where(self._accepted(filters), cosines, -np.inf).astype(np.float32)
        return {place: float(cosines[place]) for place in _highest(cosines, count) if np.isfinite(cosines[place])}

    def _accepted(self, filters: Filters) -> NDArray[np.bool_]:
        accepted = np.array([filters.accept(document) for document in self.release.documents.values()], bool)
        return accepted[self._document_places]

    def _vector(self, question: str, widened: str | None) -> NDArray[np.float32]:
        """Return the (d,) vector to search with: half-way between the question as asked and as widened, so that an
        abbreviation finds its full form without taking over the question."""
        if widened is None:
            return self._encoder.encode_query(question)
        both = self._encoder.encode_queries([question, widened]).sum(axis=0)
        return np.asarray(both / np.linalg.norm(both), np.float32)

    def _lexical(self, asked: Sequence[str], widened: Sequence[str], filters: Filters) -> NDArray[np.float32]:
        """Return the BM25 score of every passage, zero for those the filters leave out. Terms that only widen the
        question count half: they name what it names already."""
        scores = self.release.lexical.scores(asked)
        if extra := [term for term in widened if term not in asked]:
            scores = scores + 0.5 * self.release.lexical.scores(extra)
        if filters != Filters():
            scores = np.where(self._accepted(filters), scores, 0).astype(np.float32)
        return scores

    def _hit(self, place: int, score: float, cosine: float, lexical: NDArray[np.float32]) -> Hit:
        passage = self.release.passages[place]
        document = self.release.documents[passage.document_id]
        return Hit(passage, document, place, float(score), float(cosine), float(lexical[place]))


def _highest(scores: NDArray[np.float32], count: int) -> list[int]:
    """Return the places of the ``count`` highest scores; of equal scores at the edge, the first ones."""
    if len(scores) > count:
        edge = np.partition(scores, -count)[-count]
        above = np.flatnonzero(scores > edge)
        at_edge = np.flatnonzero(scores == edge)[: count - len(above)]
        return [*above.tolist(), *at_edge.tolist()]
    return list(range(len(scores)))


def scaled(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``scores`` min-max scaled to 0–1; equal scores are all best, unless they are all zero."""
    low, high = float(scores.min()), float(scores.max())
    if high > low:
        return (scores - low) / (high - low)
    return np.ones_like(scores) if high > 0 else np.zeros_like(scores)
