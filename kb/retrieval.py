"""From a question to passages, in two steps.

First dense and lexical candidates, each score list min-max scaled, fused. The weights 0.65 (dense) and 0.35 (BM25) beat
either leg alone on the Dutch sets measured, see docs/decisions/0004-fusion.md. Then the best of them are put in order
by four signals, of which two compare token by token, see docs/decisions/0011-late-interaction.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.analysis import content_spans, stem, terms
from kb.context import ASKED_WEIGHT, Context
from kb.documents import Document, Passage
from kb.encoder import Encoder
from kb.late import LateScores, question_tokens
from kb.releases import Release
from kb.vectors import day_number

DENSE_WEIGHT = 0.65
CANDIDATES = 50
# How many of the candidates are compared token by token, and what each signal weighs then: fitted on the development
# questions and half of three public sets, by maximising the likelihood that an answering passage comes first.
RERANKED = 30
_DENSE, _LEXICAL, _PASSAGE, _UNIT = 0.25, 0.21, 0.28, 0.26
# Up to here comparing every vector is faster than asking Chroma, and misses nothing (0003-store.md).
EXACT_UP_TO = 20_000
_NO_UNITS = np.zeros(0, np.float32)


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
    late: bool = True
    glossary: bool = True
    spelling: bool = True

    @property
    def dense_weight(self) -> float:
        """The share of the dense score in the fused one."""
        return DENSE_WEIGHT if self.dense and self.lexical else float(self.dense)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. ``score`` orders the hits (0–1, relative to this question only); ``cosine``, ``bm25`` and
    ``late`` are raw scores that say something about answerability."""

    passage: Passage
    document: Document
    place: int
    score: float
    cosine: float
    bm25: float
    late: float


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of one search: hits best first, with the question as it was searched. ``late`` holds for each hit
    how near its units are, token by token; nothing for hits beyond the first `RERANKED`."""

    query: str
    vector: NDArray[np.float32]
    terms: tuple[str, ...]
    hits: tuple[Hit, ...] = ()
    late: tuple[NDArray[np.float32], ...] = ()


class Retriever:
    """Searches one release with the encoder it was built with."""

    def __init__(self, release: Release, encoder: Encoder) -> None:
        release.require_encoder(encoder.fingerprint, encoder.name)
        self.release = release
        self.encoder = encoder
        numbers = {document_id: number for number, document_id in enumerate(release.documents)}
        self._document_places = np.array([numbers[passage.document_id] for passage in release.passages], np.int64)

    def search(
        self,
        question: str,
        count: int = 10,
        filters: Filters | None = None,
        legs: Legs | None = None,
        context: Context | None = None,
    ) -> Found:
        """Return the ``count`` best passages for ``question``, which may lean on a ``context``.

        Each leg brings `CANDIDATES` passages; a passage that only one leg found gets the other leg's real score,
        not zero.
        """
        release = self.release
        filters, legs = filters or Filters(), legs or Legs()
        candidates = max(CANDIDATES, count)
        if legs.spelling:
            asked = {word for _, _, word in content_spans(question)}
            unknown = [word for word in asked if not release.lexical.knows(stem(word))]
            question = release.spelling.corrected(question, unknown, lambda word: self.encoder.count_tokens([word])[0])
        expansions = release.glossary.expansions(question) if legs.glossary else ()
        readable = question if context is None else f"{context.asked} {question}"
        widened = " ".join([readable, *expansions])
        query_terms = tuple(dict.fromkeys(terms(widened)))
        encoded = self.encoder.encode_question(readable)
        vector = self._vector(question, readable, encoded.pooled)
        dense = self._dense(vector, candidates, filters) if legs.dense else {}
        lexical = self._lexical(tuple(dict.fromkeys(terms(question))), query_terms, filters, context)
        gain = np.zeros(len(release.passages), np.float32)
        places = set(dense)
        if context is not None:
            gain = np.where(self._accepted(filters), context.continuity(release, self._document_places), gain)
            places |= {place for place in _highest(gain, candidates) if gain[place] > 0}
        if legs.lexical:
            places |= {place for place in _highest(lexical, candidates) if lexical[place] > 0}
        if not places:
            return Found(widened, vector, query_terms)
        order = np.array(sorted(places))
        cosines = np.array([dense.get(place, 0) for place in order], np.float32)
        missing = [i for i, place in enumerate(order) if place not in dense]
        cosines[missing] = release.passage_vectors[order[missing]] @ vector
        fused = legs.dense_weight * scaled(cosines) + (1 - legs.dense_weight) * scaled(lexical[order]) + gain[order]
        ranking = np.argsort(-fused, kind="stable")[: max(count, RERANKED)]
        places_found, cosines, fused = order[ranking], cosines[ranking], fused[ranking]
        late: list[LateScores] = []
        if legs.late:
            carried = 0 if context is None else len(context.asked)
            tokens = question_tokens(encoded, readable, release.lexical, self.encoder.centres["query"], carried)
            near = places_found[:RERANKED].tolist()
            late = release.tokens.scores(tokens, near, [len(release.passages[place].units) for place in near])
            fused[: len(late)] = _in_depth(cosines, lexical[places_found], late, legs) + gain[places_found[: len(late)]]
            fused[len(late) :] *= fused[: len(late)].min() / max(float(fused[len(late) :].max(initial=0)), 1e-6)
        hits = []
        for i in np.argsort(-fused, kind="stable")[:count].tolist():
            place = int(places_found[i])
            passage = release.passages[place]
            raw = float(cosines[i]), float(lexical[place]), late[i].passage if i < len(late) else 0.0
            score = min(float(fused[i]), 1.0)
            hits.append((Hit(passage, release.documents[passage.document_id], place, score, *raw),
                         late[i].units if i < len(late) else _NO_UNITS))  # fmt: skip
        return Found(widened, vector, query_terms, tuple(hit for hit, _ in hits), tuple(units for _, units in hits))

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

    def _vector(self, question: str, readable: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the (d,) vector to search with. ``vector`` is that of the question with the earlier ones in front; it
        weighs more than that of the question alone, which says too little when it leans on them."""
        if question == readable:
            return vector
        total = self.encoder.encode_query(question) + ASKED_WEIGHT * vector
        return np.asarray(total / np.linalg.norm(total), np.float32)

    def _lexical(
        self, asked: Sequence[str], widened: Sequence[str], filters: Filters, context: Context | None
    ) -> NDArray[np.float32]:
        """Return the BM25 score of every passage, zero for those the filters leave out. Terms that only widen the
        question, or were asked before it, count half."""
        scores = self.release.lexical.scores(asked)
        if extra := [term for term in widened if term not in asked]:
            scores = scores + 0.5 * self.release.lexical.scores(extra)
        if context is not None:
            scores = scores + context.lexical(self.release, widened)
        if filters != Filters():
            scores = np.where(self._accepted(filters), scores, 0).astype(np.float32)
        return scores


def _in_depth(
    cosines: NDArray[np.float32], lexical: NDArray[np.float32], late: Sequence[LateScores], legs: Legs
) -> NDArray[np.float32]:
    """Return the score of the passages that were compared token by token, 0–1."""
    signals = np.stack([
        scaled(cosines[: len(late)]),
        scaled(lexical[: len(late)]),
        scaled(np.array([scores.passage for scores in late], np.float32)),
        scaled(np.array([scores.units.max(initial=0) for scores in late], np.float32)),
    ])  # fmt: skip
    weights = np.array([_DENSE * legs.dense, _LEXICAL * legs.lexical, _PASSAGE, _UNIT], np.float32)
    return np.asarray(weights @ signals / weights.sum(), np.float32)


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
