"""What a reader learns from, and in which order: questions with the passages that they are read beside.

Everything is a function of seed and step, so that a run that was stopped goes on as if it had not been.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eval.reader.candidates import Candidates
from eval.reader.data import Passage, ReaderQuestion


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with what was ``found`` for it. ``own`` is the place of its passage therein; ``beside`` are the places
    of others that the retriever ranks high, best first. A near miss has none: whether another passage answers it is not
    known."""

    question: ReaderQuestion
    found: Candidates
    own: int
    beside: tuple[int, ...]


def lessons(asked: Iterable[tuple[ReaderQuestion, Candidates]], share: float) -> list[Lesson]:
    """Return what is learnt from ``share`` (0–1) of the passages asked about, a smaller share within every larger one.

    Passages outside the share are read nowhere.
    """
    asked = list(asked)
    kept = _share_of([question.passage for question, _ in asked], share)
    return [_lesson(question, found, kept) for question, found in asked if question.passage.id in kept]


def of_step(
    learnt: Sequence[Lesson], step: int, questions: int, negatives: int, hardest: int, seed: int
) -> list[tuple[Lesson, list[int]]]:
    """Return the ``questions`` of a step (from 0), each with the places of ``negatives`` passages
    drawn from its ``hardest``.

    Every question comes once in a round of all, in an order of that round's own.
    """
    drawn = []
    for number in range(step * questions, (step + 1) * questions):
        turn, place = divmod(number, len(learnt))
        lesson = learnt[_order(len(learnt), turn, seed)[place]]
        pool = lesson.beside[:hardest]
        beside = random.Random(f"{seed} beside {number}").sample(pool, min(negatives, len(pool)))
        drawn.append((lesson, beside))
    return drawn


@lru_cache(maxsize=2)
def _order(count: int, turn: int, seed: int) -> list[int]:
    order = list(range(count))
    random.Random(f"{seed} order {turn}").shuffle(order)
    return order


def _share_of(passages: Sequence[Passage], share: float) -> set[str]:
    keys = list(dict.fromkeys(passage.id for passage in passages))
    random.Random("share").shuffle(keys)
    return set(keys[: math.ceil(share * len(keys))])


def _lesson(question: ReaderQuestion, found: Candidates, kept: set[str]) -> Lesson:
    own = found.passages.index(question.passage.id)
    others = (place for place in range(found.found) if place != own and found.passages[place] in kept)
    return Lesson(question, found, own, tuple(others) if question.answerable else ())
