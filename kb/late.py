"""Late interaction: compare a question with a passage token by token (MaxSim of ColBERT, Khattab and Zaharia 2020).

For every token of the question the nearest token of the passage counts, weighted by how rare the question's word is.
Tokens are compared after the mean of the encoder's token vectors is taken off: what all tokens share tells nothing.
Only tokens of content words are kept of a passage, a third less, at no cost that could be measured
(docs/decisions/0011-late-interaction.md).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.analysis import content_spans, stem
from kb.encoder import Encoded
from kb.lexical import LexicalIndex

_VECTORS, _INDEX = "tokens.bin", "tokens.index"
_COUNT = struct.Struct("<I")
# Function words and punctuation of a question count a little: they carry some of their neighbours' meaning.
_FUNCTION_WORD = 0.2
_AROUND = -1


@dataclass(frozen=True, slots=True)
class PassageTokens:
    """The tokens of one passage: ``vectors`` (t, d) int8, of which row i times ``scales[i]`` has unit length, and
    for each the index of its ``units``, -1 for title and headings."""

    vectors: NDArray[np.int8]
    scales: NDArray[np.float16]
    units: NDArray[np.int16]

    def as_bytes(self) -> bytes:
        """Return everything in one piece, to be stored."""
        return b"".join(
            (_COUNT.pack(len(self.units)), self.scales.tobytes(), self.units.tobytes(), self.vectors.tobytes())
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> PassageTokens:
        """Read what `as_bytes` gave."""
        (count,) = _COUNT.unpack_from(stored)
        scales = np.frombuffer(stored, np.float16, count, _COUNT.size)
        units = np.frombuffer(stored, np.int16, count, _COUNT.size + scales.nbytes)
        vectors = np.frombuffer(stored, np.int8, offset=_COUNT.size + scales.nbytes + units.nbytes)
        return cls(vectors.reshape(count, len(vectors) // max(count, 1)), scales, units)


@dataclass(frozen=True, slots=True)
class QuestionTokens:
    """The tokens of a question: ``vectors`` (q, d) of unit length and their ``weights`` (q,), which add up to 1."""

    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LateScores:
    """How near a question is to a ``passage``, and to each of its ``units`` (u,), title and headings left out. A unit
    without a content word scores 0."""

    passage: float
    units: NDArray[np.float32]


def passage_tokens(
    encoded: Encoded, text: str, spans: Sequence[tuple[int, int]], centre: NDArray[np.float32]
) -> PassageTokens:
    """Return the tokens of content words in ``text``, whose units have the character ``spans``.

    ``centre`` (d,) is the mean token vector of the encoder for passages.
    """
    inside = np.zeros(len(text) + 1, bool)
    for start, end, _ in content_spans(text):
        inside[start:end] = True
    before = np.concatenate([[0], np.cumsum(inside)])
    starts, ends = encoded.offsets[:, 0], np.minimum(encoded.offsets[:, 1], len(text))
    kept = before[ends] > before[starts]
    vectors = _centred(encoded.tokens[kept], centre)
    scales = np.maximum(np.abs(vectors).max(axis=1, initial=0), 1e-6) / 127
    units = np.full(int(kept.sum()), _AROUND, np.int16)
    for number, (start, end) in reversed([*enumerate(spans)]):
        units[(starts[kept] < end) & (ends[kept] > start)] = number
    return PassageTokens(np.round(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float16), units)


def question_tokens(
    encoded: Encoded, text: str, lexical: LexicalIndex, centre: NDArray[np.float32], carried: int = 0
) -> QuestionTokens:
    """Return the tokens of a question, weighted by the rarity of their words.

    The first ``carried`` characters of ``text`` come from an earlier question and count half.
    """
    weights = np.full(len(encoded.tokens), _FUNCTION_WORD, np.float32)
    for start, end, word in content_spans(text):
        under = (encoded.offsets[:, 0] < end) & (encoded.offsets[:, 1] > start)
        weights[under] = lexical.rarity(stem(word))
    weights[encoded.offsets[:, 0] < carried] *= 0.5
    return QuestionTokens(_centred(encoded.tokens, centre), weights / max(float(weights.sum()), 1e-6))


class TokenWriter:
    """Writes the tokens of passages into a folder, in any order; `close` completes it."""

    def __init__(self, folder: Path, passages: int) -> None:
        self._folder = folder
        self._stream = (folder / _VECTORS).open("wb")
        self._spans = np.zeros((passages, 2), np.int64)
        self._scales: list[NDArray[np.float16]] = [np.zeros(0, np.float16)]
        self._units: list[NDArray[np.int16]] = [np.zeros(0, np.int16)]
        self._written = 0

    def add(self, place: int, tokens: PassageTokens) -> None:
        """Write the tokens of the passage at ``place``."""
        self._stream.write(tokens.vectors.tobytes())
        self._scales.append(tokens.scales)
        self._units.append(tokens.units)
        self._spans[place] = self._written, self._written + len(tokens.units)
        self._written += len(tokens.units)

    def close(self) -> None:
        """Write the index beside the vectors."""
        self._stream.close()
        with (self._folder / _INDEX).open("wb") as index:
            for column in (self._spans, np.concatenate(self._scales), np.concatenate(self._units)):
                np.save(index, column)


class TokenIndex:
    """The tokens of all passages of a release. The vectors stay on disk until they are read."""

    def __init__(
        self, vectors: NDArray[np.int8], spans: NDArray[np.int64], scales: NDArray[np.float16], units: NDArray[np.int16]
    ) -> None:
        self._vectors, self._spans, self._scales, self._units = vectors, spans, scales, units

    def __len__(self) -> int:
        """The number of passages."""
        return len(self._spans)

    @classmethod
    def load(cls, folder: Path, dimensions: int) -> TokenIndex:
        """Read what a `TokenWriter` wrote. Raises `OSError`, `EOFError` or `ValueError` when it is damaged."""
        with (folder / _INDEX).open("rb") as index:
            spans, scales, units = (np.load(index) for _ in range(3))
        size = (folder / _VECTORS).stat().st_size
        if size != len(scales) * dimensions or len(scales) != len(units) or spans.max(initial=0) > len(scales):
            raise ValueError("the token vectors do not fit their index")
        empty = np.zeros((0, dimensions), np.int8)
        vectors = np.memmap(folder / _VECTORS, np.int8, "r").reshape(-1, dimensions) if size else empty
        return cls(vectors, spans, scales, units)

    def of(self, place: int) -> PassageTokens:
        """Return the tokens of the passage at ``place``."""
        start, end = self._spans[place]
        return PassageTokens(self._vectors[start:end], self._scales[start:end], self._units[start:end])

    def best(self, question: QuestionTokens, place: int) -> NDArray[np.float32]:
        """Return for each token of the question how near the nearest token of the passage at ``place`` is, (q,)."""
        tokens = self.of(place)
        if not len(tokens.units):
            return np.full(len(question.weights), -1, np.float32)
        near = (tokens.vectors.astype(np.float32) @ question.vectors.T) * tokens.scales.astype(np.float32)[:, None]
        return np.asarray(near.max(axis=0), np.float32)

    def scores(self, question: QuestionTokens, places: Sequence[int], units: Sequence[int]) -> list[LateScores]:
        """Return the scores of the passages at ``places``, which have so many ``units`` each."""
        found = [self.of(place) for place in places]
        if not found:
            return []
        vectors = np.concatenate([tokens.vectors for tokens in found]).astype(np.float32)
        scales = np.concatenate([tokens.scales for tokens in found]).astype(np.float32)
        near = (vectors @ question.vectors.T) * scales[:, None]
        ends = np.cumsum([len(tokens.units) for tokens in found])
        parts = np.split(near, ends[:-1])
        return [
            _scored(part, tokens.units, count, question.weights)
            for part, tokens, count in zip(parts, found, units, strict=True)
        ]


def _scored(
    near: NDArray[np.float32], owners: NDArray[np.int16], units: int, weights: NDArray[np.float32]
) -> LateScores:
    scores = np.zeros(units, np.float32)
    if not len(owners):
        return LateScores(0.0, scores)
    # Tokens stand in the order of the text, so those of one unit follow each other.
    firsts = np.flatnonzero(np.diff(owners, prepend=np.int16(-2)))
    best = np.maximum.reduceat(near, firsts, axis=0)
    for owner, score in zip(owners[firsts].tolist(), (best @ weights).tolist(), strict=True):
        if owner != _AROUND:
            scores[owner] = max(score, scores[owner])
    return LateScores(float(best.max(axis=0) @ weights), scores)


def _centred(tokens: NDArray[np.float32], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    apart = tokens - centre
    return np.asarray(apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-6), np.float32)
