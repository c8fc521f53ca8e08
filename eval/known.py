"""The questions of a set that others could ask as well, for the page to suggest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.web.known_questions import Evidence, KnownQuestion
from eval.questions import SHIPPED, Asked, QuestionSet, QuestionType, load_questions

# Somebody's own case and somebody's own way of typing are good to measure with, not to put in another's mouth.
_PERSONAL = frozenset({QuestionType.CASE, QuestionType.COLLOQUIAL, QuestionType.TYPOS})
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def known_questions(path: Path = SHIPPED) -> list[KnownQuestion]:
    """Return what can be suggested of a question set: questions of one sentence that the documents answer.

    The examples of the set come first, in their order. Of a question with an explanation behind it only the question
    is taken: whether it is answered the same without the rest is for whoever suggests it to find out. Raises
    `UsageError` as `load_questions` does.
    """
    questions = load_questions(path)
    shown = {key: subject for subject, keys in questions.examples.items() for key in keys}
    order = {key: place for place, key in enumerate(shown)}
    return [
        KnownQuestion(
            text,
            shown.get(key) or questions.subjects.get(key, ""),
            asked.feiten,
            tuple(Evidence(piece.document, piece.citaat) for piece in asked.bewijs),
            example=key in shown,
        )
        for key, asked in sorted(_asked_first(questions), key=lambda item: order.get(item[0], len(order)))
        if asked.answerable and (text := _one_sentence(asked.vraag))
    ]


def _asked_first(questions: QuestionSet) -> Iterator[tuple[str, Asked]]:
    """What leans on an earlier question can not be asked by itself."""
    for question in questions.questions:
        if question.type not in _PERSONAL:
            yield question.id, question
    for conversation in questions.conversations:
        yield conversation.id, conversation.beurten[0]


def _one_sentence(question: str) -> str | None:
    first = _SENTENCE_END.split(question, maxsplit=1)[0]
    return first if first.endswith("?") and first[0].isupper() else None
