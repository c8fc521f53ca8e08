"""The bridge from answers to what is kept of them: remembers answers shortly, so that a user can judge one by its id.

The memory is the process's own and is gone when it stops. Nothing is written before a user judges an answer, except
questions without an answer where ``keep_questions`` allows it.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers import Answer, AnswerStatus, Turn
from bot.feedback import FeedbackStore, Verdict, masked_line
from bot.followup import standalone
from bot.service import MAX_QUESTION_CHARACTERS
from bot.small_talk import small_talk
from kb.errors import FeedbackError, NotFoundError

REMEMBERED = 10_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Remembered:
    question: str
    status: AnswerStatus
    documents: tuple[str, ...]
    release: str
    unanswered: int | None


class Recorder:
    """Remembers the last ``capacity`` answers and keeps what users say of them. Safe to use from several threads."""

    def __init__(self, store: FeedbackStore, *, keep_questions: bool = False, capacity: int = REMEMBERED) -> None:
        self._store = store
        self._keep_questions = keep_questions
        self._capacity = capacity
        self._answers: OrderedDict[str, _Remembered] = OrderedDict()
        self._lock = threading.Lock()

    def answered(self, question: str, conversation: Sequence[Turn], answer: Answer, *, filtered: bool = False) -> None:
        """Remember ``answer``; every door calls this after `ask`. Never raises: the user has an answer already.

        A follow-up question is remembered with the one it leans on, as it was searched. ``filtered``: only part of
        the documents was searched, so that having no answer says nothing about what is missing.
        """
        asked = standalone(question, conversation)
        if len(asked) > MAX_QUESTION_CHARACTERS:
            asked = asked[-MAX_QUESTION_CHARACTERS:].partition(" ")[2]
        masked = masked_line(asked)
        cited = [source.document_id for source in answer.sources]
        documents = tuple(dict.fromkeys(cited or [suggestion.document_id for suggestion in answer.suggestions]))
        number = None
        asks = small_talk(question) is None
        if asks and self._keep_questions and answer.status is AnswerStatus.NOT_FOUND and not filtered:
            try:
                number = self._store.add_unanswered(masked, documents, answer.release)
            except FeedbackError as error:
                _log.error("%s", error.message)
        with self._lock:
            self._answers[answer.id] = _Remembered(masked, answer.status, documents, answer.release, number)
            while len(self._answers) > self._capacity:
                self._answers.popitem(last=False)

    def judge(self, answer_id: str, verdict: Verdict, remark: str = "") -> str:
        """Keep a user's verdict and return its id. Raises `NotFoundError` for an answer that is not remembered."""
        with self._lock:
            answer = self._answers.get(answer_id)
        if answer is None:
            raise NotFoundError(
                "Dit antwoord is niet (meer) bekend. Een antwoord kan worden beoordeeld zolang de server het onthoudt. "
                "Stel de vraag opnieuw en beoordeel het nieuwe antwoord."
            )
        return self._store.add_judged(
            answer_id, verdict, answer.question, remark, answer.status, answer.documents, answer.release,
            answer.unanswered,
        )  # fmt: skip
