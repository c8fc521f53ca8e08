"""Question hints: questions that a document says it answers, or that a language model wrote, each with its passage.

What is near the question asked counts as part of its passage while passages are ranked: its vector as another vector
of the passage, its tokens as more tokens, both at a discount, as any two questions lie nearer than a question and its
answer. It is never shown, quoted, or given to a language model (docs/decisions/0025-question-hints.md).
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.late import LateScores, PassageTokens, QuestionTokens, TokenIndex, TokenWriter

FOLDER = "hints"
_LIST, _VECTORS = "list.json", "vectors.npy"
# Hints with a cosine up to the floor take no part; of the others this is taken off, of the cosine and of each token's.
# Fitted on questions that no test split holds, with the default encoder, whose cosines are high: where those of another
# lie lower, few hints reach the floor.
FLOOR, _OFF_COSINE, _OFF_TOKEN = 0.87, 0.045, 0.1
_NONE = -1.0


class Origin(StrEnum):
    """Who asked: the document itself, or a language model that read the passage."""

    STATED = "opgegeven"
    WRITTEN = "gemaakt"


@dataclass(frozen=True, slots=True)
class Hint:
    """A question and the id of the passage that answers it. ``heading`` is the one under which a document says that
    the answer stands."""

    question: str
    passage: str
    origin: Origin
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class EncodedHint:
    """A hint with its vector (d,) and its tokens, as a question."""

    hint: Hint
    vector: NDArray[np.float32]
    tokens: PassageTokens


class Hints:
    """The hints of a release: ``vectors`` (h, d) and ``tokens`` are those of ``rows``."""

    def __init__(
        self, rows: Sequence[Hint], vectors: NDArray[np.float32], tokens: TokenIndex | None, places: Mapping[str, int]
    ) -> None:
        self.rows = tuple(rows)
        self.vectors = vectors
        self.tokens = tokens
        self._places = np.array([places[row.passage] for row in rows], np.int64)
        self._passages = len(places)

    @classmethod
    def load(cls, folder: Path, places: Mapping[str, int], dimensions: int) -> Hints:
        """Read the hints of the release in ``folder`` about passages at ``places``; one of before hints has none.

        Raises `OSError`, `EOFError`, `KeyError`, `TypeError` or `ValueError` when a part is damaged.
        """
        if not (folder / FOLDER).exists():
            return cls((), np.zeros((0, dimensions), np.float32), None, places)
        stored = json.loads((folder / FOLDER / _LIST).read_text("utf-8"))
        rows = [Hint(**row | {"origin": Origin(row["origin"])}) for row in stored]
        vectors = np.load(folder / FOLDER / _VECTORS, mmap_mode="r" if rows else None)
        tokens = TokenIndex.load(folder / FOLDER, dimensions)
        if vectors.shape != (len(rows), dimensions) or len(tokens) != len(rows):
            raise ValueError("the vectors of the hints do not fit their list")
        return cls(rows, vectors, tokens, places)

    def encoded(self, number: int) -> EncodedHint:
        """Return a hint by its number."""
        assert self.tokens is not None
        return EncodedHint(self.rows[number], np.asarray(self.vectors[number]), self.tokens.of(number))

    def about(self, passages: Container[str]) -> list[EncodedHint]:
        """Return the hints of ``passages`` (ids)."""
        return [self.encoded(number) for number, row in enumerate(self.rows) if row.passage in passages]

    def near(self, vector: NDArray[np.float32], accepted: NDArray[np.bool_] | None = None) -> NearHints:
        """Return the hints near a question with ``vector``, of passages that are ``accepted`` (n,), by default all."""
        cosines = np.asarray(self.vectors @ vector, np.float32)
        numbers = np.flatnonzero(cosines > FLOOR)
        if accepted is not None:
            numbers = numbers[accepted[self._places[numbers]]]
        return self._near(numbers, cosines[numbers])

    def none_near(self) -> NearHints:
        """Return what `near` gives where no hint is near."""
        return self._near(np.zeros(0, np.int64), np.zeros(0, np.float32))

    def _near(self, numbers: NDArray[np.int64], cosines: NDArray[np.float32]) -> NearHints:
        return NearHints(self.tokens, numbers, self._places[numbers], cosines - _OFF_COSINE, self._passages)


class NearHints:
    """The hints near one question, as parts of their passages."""

    def __init__(
        self,
        tokens: TokenIndex | None,
        numbers: NDArray[np.int64],
        places: NDArray[np.int64],
        nearness: NDArray[np.float32],
        passages: int,
    ) -> None:
        self._tokens, self._numbers, self._places = tokens, numbers, places
        self._nearness = np.full(passages, _NONE, np.float32)
        np.maximum.at(self._nearness, places, nearness)

    def places(self, count: int, least: float) -> set[int]:
        """Return the passages, ``count`` at most, that their hints bring nearer than the cosine ``least``."""
        nearer = np.flatnonzero(self._nearness > least)
        return set(nearer[np.argsort(-self._nearness[nearer], kind="stable")[:count]].tolist())

    def lifted(self, places: NDArray[np.int64], cosines: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosines of the passages at ``places``, those of their hints counted in."""
        return np.maximum(cosines, self._nearness[places])

    def joined(
        self, question: QuestionTokens, passages: TokenIndex, places: Sequence[int], late: Sequence[LateScores]
    ) -> list[LateScores]:
        """Return the ``late`` scores of the passages at ``places``, the tokens of their hints counted in."""
        return [self._joined(question, passages, place, scores) for place, scores in zip(places, late, strict=True)]

    def _joined(self, question: QuestionTokens, passages: TokenIndex, place: int, scores: LateScores) -> LateScores:
        numbers = self._numbers[self._places == place].tolist()
        if not numbers or self._tokens is None:
            return scores
        best = passages.best(question, place)
        for number in numbers:
            best = np.maximum(best, self._tokens.best(question, number) - np.float32(_OFF_TOKEN))
        return LateScores(max(scores.passage, float(best @ question.weights)), scores.units)


def save_hints(folder: Path, hints: Sequence[EncodedHint], dimensions: int) -> None:
    """Write the hints of a release into its ``folder``. Raises `OSError`."""
    target = folder / FOLDER
    target.mkdir()
    listed = [asdict(one.hint) for one in hints]
    (target / _LIST).write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    np.save(target / _VECTORS, np.array([one.vector for one in hints], np.float32).reshape(-1, dimensions))
    with closing(TokenWriter(target, len(hints))) as writer:
        for number, one in enumerate(hints):
            writer.add(number, one.tokens)
