"""A follow-up question made to stand on its own, for retrieval only: the answer is still to the question as asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.answers import Turn
from kb.analysis import fold, terms

_LEANS_BACK = re.compile(
    r"^(?:en|maar|of|ook|geldt dat|waarom|hoezo|wie dan|hoe dan|en dan)\b"
    r"|\b(?:dat|die|dit|deze|daar\w*|hier\w*|er(?:bij|in|aan|op|over|mee|voor|van|om)|hij|hem|zij|ze|hen|hun|dan)\b"
    r"(?! (?:de|het|een|ouders|leerling))"
)
_MOST_TERMS = 6
_TURNS_BACK = 3


def standalone(question: str, conversation: Sequence[Turn]) -> str:
    """Return ``question``, with the question it leans on in front of it when it leans on one.

    A question leans back when it is short and opens with "en", or points at something with a pronoun. What the
    earlier question leaned on comes along, at most three turns back.
    """
    earlier = [turn.text for turn in conversation if turn.role == "gebruiker"][-_TURNS_BACK:]
    parts = [question]
    while earlier and _leans_back(parts[0]):
        parts.insert(0, earlier.pop())
    return " ".join(parts)


def _leans_back(question: str) -> bool:
    return len(terms(question)) <= _MOST_TERMS and bool(_LEANS_BACK.search(fold(question).strip()))
