"""From a question to passages, in three steps.

First dense and lexical candidates, each score list min-max scaled, fused. The weights 0.65 (dense) and 0.35 (BM25) beat
either leg alone on the Dutch sets measured, see docs/decisions/0004-fusion.md. Then the best of them are put in order
by four signals, of which two compare token by token, see docs/decisions/0011-late-interaction.md. What comes first then
is read together with the question, see docs/decisions/0026-reading.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kb.analysis import content_spans, stem, terms
from kb.context import ASKED_WEIGHT, Context
from kb.copies import Copies
from kb.documents import Document, Passage
from kb.encoder import Encoded, Encoder
from kb.filters import Filters
from kb.hints import NearHints
from kb.late import LateScores, QuestionTokens, question_tokens
from kb.reader import Kind, Reader, Reading
from kb.releases import Release
from kb.rereading import READ, page, rescored

__all__ = ["Filters", "Found", "Hit", "Legs", "Retriever", "scaled"]

DENSE_WEIGHT = 0.65
CANDIDATES = 50
# How many of the candidates are compared token by token, and what each signal weighs then: fitted on the development
# questions and half of three public sets, by maximising the likelihood that an answering passage comes first.
RERANKED = 30
_DENSE, _LEXICAL, _PASSAGE, _UNIT = 0.25, 0.21, 0.28, 0.26
# Up to here comparing every vector is faster than asking Chroma, and misses nothing (0003-store.md).
EXACT_UP_TO = 20_000
_NOT_COMPARED = LateScores(0.0, np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class Legs:
    """Which parts of retrieval take part; all do, unless a measurement leaves one out."""

    dense: bool = True
    lexical: bool = True
    late: bool = True
    reader: bool = True
    glossary: bool = True
    spelling: bool = True
    hints: bool = True

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
    """The outcome of one search: hits best first, with the question as it was searched, ``query``, and as it is to be
    read, ``readable`` (no abbreviations spelled out). ``late`` holds for each hit how near its units are, token by
    token; nothing for hits beyond the first `RERANKED`. ``readings`` holds for each hit what a reader made of it, None
    for those that were not read."""

    query: str
    vector: NDArray[np.float32]
    terms: tuple[str, ...]
    hits: tuple[Hit, ...] = ()
    late: tuple[NDArray[np.float32], ...] = ()
    readings: tuple[Reading | None, ...] = ()
    readable: str = ""

    def only(self, places: Sequence[int]) -> Found:
        """Return what was found with the hits at ``places``, in that order."""
        return replace(
            self,
            hits=tuple(self.hits[at] for at in places),
            late=tuple(self.late[at] for at in places),
            readings=tuple(self.readings[at] for at in places),
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is searched: ``readable`` with the earlier ones in front, of which the first ``carried``
    characters are theirs, and ``widened`` with abbreviations spelled out."""

    text: str
    readable: str
    widened: str
    carried: int
    encoded: Encoded
    vector: NDArray[np.float32]


@dataclass(slots=True)
class _Ranking:
    """Passages with their fused scores. The first ones were compared token by token: those that ``late`` is about."""

    places: NDArray[np.int64]
    cosines: NDArray[np.float32]
    scores: NDArray[np.float32]
    late: list[LateScores]


class Retriever:
    """Searches one release with the encoder it was built with."""

    def __init__(self, release: Release, encoder: Encoder, reader: Reader | None = None) -> None:
        release.require_encoder(encoder.fingerprint, encoder.name)
        self.release = release
        self.encoder = encoder
        # What is kept of passages goes with the release that they stand in.
        self.reader = reader and reader.afresh()
        self._copies = Copies(release)
        numbers = {document_id: number for number, document_id in enumerate(release.documents)}
        self._document_places = np.array([numbers[passage.document_id] for passage in release.passages], np.int64)

    def reader_for(self, legs: Legs) -> Reader | None:
        """Return the reader that takes part when ``legs`` do."""
        return self.reader if legs.late and legs.reader else None

    def reads(self, legs: Legs) -> bool:
        """Tell whether a reader says which sentences answer when ``legs`` take part."""
        reader = self.reader_for(legs)
        return reader is not None and reader.kind is Kind.OWN

    def search(
        self,
        question: str,
        count: int = 10,
        filters: Filters | None = None,
        legs: Legs | None = None,
        context: Context | None = None,
        today: date | None = None,
    ) -> Found:
        """Return the ``count`` best passages for ``question``, which may lean on a ``context``.

        Each leg brings `CANDIDATES` passages; a passage that only one leg found gets the other leg's real score,
        not zero. Of near-duplicates that the filters let through one is returned, at the rank of the best: that of
        the newest document that holds on ``today``, by default the day of the search.
        """
        filters, legs = filters or Filters(), legs or Legs()
        asked = self._asked(question, legs, context)
        query_terms = tuple(dict.fromkeys(terms(asked.widened)))
        lexical = self._lexical(tuple(dict.fromkeys(terms(asked.text))), query_terms, filters, context)
        gain = np.zeros(len(self.release.passages), np.float32)
        if context is not None:
            gain = np.where(self._accepted(filters), context.continuity(self.release, self._document_places), gain)
        accepted = None if filters == Filters() else self._accepted(filters)
        hints = self.release.hints.near(asked.vector, accepted) if legs.hints else self.release.hints.none_near()
        ranking = self._ranked(asked.vector, lexical, gain, hints, max(count, RERANKED), filters, legs)
        if ranking is None:
            return Found(asked.widened, asked.vector, query_terms)
        tokens = question_tokens(
            asked.encoded, asked.readable, self.release.lexical, self.encoder.centres["query"], asked.carried
        )
        if legs.late:
            self._rank_in_depth(ranking, tokens, lexical, gain, hints, legs)
        reader = self.reader_for(legs)
        order = np.argsort(-ranking.scores, kind="stable")[: max(count, READ) if reader else count].tolist()
        self._show_the_newest(ranking, order, asked.vector, tokens, filters, today or date.today())
        late = [ranking.late[i] if i < len(ranking.late) else _NOT_COMPARED for i in order]
        hits = tuple(self._hit(ranking, i, lexical, scores.passage) for i, scores in zip(order, late, strict=True))
        units = tuple(scores.units for scores in late)
        unread = (None,) * len(hits)
        found = Found(asked.widened, asked.vector, query_terms, hits, units, unread, asked.readable)
        return self.reread(found, reader).only(range(min(count, len(hits)))) if reader else found

    def reread(self, found: Found, reader: Reader) -> Found:
        """Return what was found with the first `READ` hits read by ``reader``, in the order that they then have."""
        first = range(min(READ, len(found.hits)))
        pages = [
            page(self.release, found.hits[at].place, found.vector, LateScores(found.hits[at].late, found.late[at]))
            for at in first
        ]
        readings = reader.read(found.readable, pages)
        scores = rescored(np.array([found.hits[at].score for at in first], np.float32), readings).tolist()
        hits = (*(replace(found.hits[at], score=scores[at]) for at in first), *found.hits[len(first) :])
        read = replace(found, hits=hits, readings=(*readings, *found.readings[len(first) :]))
        return read.only(sorted(range(len(hits)), key=lambda at: -hits[at].score))

    def _asked(self, question: str, legs: Legs, context: Context | None) -> _Asked:
        release = self.release
        if legs.spelling:
            asked = {word for _, _, word in content_spans(question)}
            unknown = [word for word in asked if not release.lexical.knows(stem(word))]
            question = release.spelling.corrected(question, unknown, lambda word: self.encoder.count_tokens([word])[0])
        expansions = release.glossary.expansions(question) if legs.glossary else ()
        readable = question if context is None else f"{context.asked} {question}"
        encoded = self.encoder.encode_question(readable)
        vector = self._vector(question, readable, encoded.pooled)
        carried = 0 if context is None else len(context.asked)
        return _Asked(question, readable, " ".join([readable, *expansions]), carried, encoded, vector)

    def _ranked(
        self,
        vector: NDArray[np.float32],
        lexical: NDArray[np.float32],
        gain: NDArray[np.float32],
        hints: NearHints,
        count: int,
        filters: Filters,
        legs: Legs,
    ) -> _Ranking | None:
        """Return the ``count`` best by fused score, of near-duplicates only the best; None when nothing was found.

        Where near-duplicates take the places of others, the legs bring more.
        """
        candidates, before = max(CANDIDATES, count), -1
        while True:
            dense = self._dense(vector, candidates, filters) if legs.dense else {}
            places = set(dense) | {place for place in _highest(gain, candidates) if gain[place] > 0}
            places |= hints.places(candidates, min(dense.values(), default=-1))
            if legs.lexical:
                places |= {place for place in _highest(lexical, candidates) if lexical[place] > 0}
            order = np.array(sorted(places), np.int64)
            if len(order) == before or self._copies.without(order) >= min(count, len(order)):
                break
            candidates, before = 2 * candidates, len(order)
        if not places:
            return None
        cosines = np.array([dense.get(place, 0) for place in order.tolist()], np.float32)
        missing = [i for i, place in enumerate(order.tolist()) if place not in dense]
        cosines[missing] = self.release.passage_vectors[order[missing]] @ vector
        nearness = scaled(hints.lifted(order, cosines))
        fused = legs.dense_weight * nearness + (1 - legs.dense_weight) * scaled(lexical[order]) + gain[order]
        ranking = np.argsort(-fused, kind="stable")
        ranking = ranking[self._copies.firsts(order[ranking])][:count]
        return _Ranking(order[ranking], cosines[ranking], fused[ranking], [])

    def _rank_in_depth(
        self,
        ranking: _Ranking,
        tokens: QuestionTokens,
        lexical: NDArray[np.float32],
        gain: NDArray[np.float32],
        hints: NearHints,
        legs: Legs,
    ) -> None:
        """Compare the first `RERANKED` token by token and score them by that; the rest stays below them."""
        near = ranking.places[:RERANKED]
        ranking.late = late = self._late(tokens, near.tolist())
        fused = ranking.scores
        cosines = hints.lifted(near, ranking.cosines[: len(late)])
        joined = hints.joined(tokens, self.release.tokens, near.tolist(), late)
        fused[: len(late)] = _in_depth(cosines, lexical[near], joined, legs) + gain[near]
        fused[len(late) :] *= fused[: len(late)].min() / max(float(fused[len(late) :].max(initial=0)), 1e-6)

    def _show_the_newest(
        self,
        ranking: _Ranking,
        order: Sequence[int],
        vector: NDArray[np.float32],
        tokens: QuestionTokens,
        filters: Filters,
        today: date,
    ) -> None:
        """Put the passage to show in the place of its near-duplicate, with its own raw scores."""
        for i in order:
            place = self._copies.newest(int(ranking.places[i]), vector, filters.accept, today)
            if place != ranking.places[i]:
                ranking.places[i] = place
                ranking.cosines[i] = self.release.passage_vectors[place] @ vector
                if i < len(ranking.late):
                    ranking.late[i] = self._late(tokens, [place])[0]

    def _hit(self, ranking: _Ranking, i: int, lexical: NDArray[np.float32], late: float) -> Hit:
        place = int(ranking.places[i])
        passage = self.release.passages[place]
        score, cosine, bm25 = min(float(ranking.scores[i]), 1.0), float(ranking.cosines[i]), float(lexical[place])
        return Hit(passage, self.release.documents[passage.document_id], place, score, cosine, bm25, late)

    def _late(self, tokens: QuestionTokens, places: Sequence[int]) -> list[LateScores]:
        units = [len(self.release.passages[place].units) for place in places]
        return self.release.tokens.scores(tokens, places, units)

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
