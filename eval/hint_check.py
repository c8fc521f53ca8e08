"""Are the hints of documents apart from the questions that the product is measured with?

A hint that words a measured question would make the figures say how well questions find themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.questions import SHIPPED
from eval.reader.check import MEASURED_WITH, SAME, Wording, same, wordings
from eval.reader.data import load_questions
from kb.hints import Hints

# Of the questions that the figures come from, a hint shares less.
NEARLY = 0.6


def check_hints(hints: Hints) -> list[str]:
    """Return the hints that are (nearly) a question of the question sets or of the reader's data."""
    own = [Wording("hint", hint.question) for hint in hints.rows]
    read = [Wording(f"{one.source} {one.passage.id}", one.text) for one in load_questions()]
    return [*shared(own, wordings([SHIPPED]), NEARLY), *shared(own, [*wordings(MEASURED_WITH), *read], SAME)]


def shared(hints: Sequence[Wording], asked: Sequence[Wording], least: float) -> Iterator[str]:
    """Yield a line for every hint that shares at least ``least`` of its stems (of the union) with a question."""
    everything = [*hints, *asked]
    for first, second, share in same([one.text for one in everything], least):
        one, other = sorted((first, second))
        if one < len(hints) <= other:
            question = everything[other]
            yield f"{share:.2f} the same: {hints[one].text} | {question.place}: {question.text}"
