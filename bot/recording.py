"""The bridge from answers to what is kept of them: remembers answers shortly, so that a user can judge one by its id.

Until a user judges an answer nothing that can be read is written, except how often a subject was asked after, and
questions without an answer where ``keep_questions`` allows it.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from bot.answers import Answer, AnswerStatus, Turn
from bot.feedback import FeedbackStore, Verdict, masked_line
from bot.followup import standalone
from bot.remembering import Memory
from bot.service import MAX_QUESTION_CHARACTERS
from bot.small_talk import small_talk
from kb.errors import NotFoundError, StorageError

# How long no answer waits for a database that failed.
PAUSE_S = 30
_log = logging.getLogger(__name__)


class Recorder:
    """Remembers answers and keeps what users say of them. Safe to use from several threads and processes."""

    def __init__(
        self, store: FeedbackStore, *, keep_questions: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._keep_questions = keep_questions
        self._memory = Memory(store.database)
        self._clock = clock
        self._paused_until = 0.0

    def answered(self, question: str, conversation: Sequence[Turn], answer: Answer, *, filtered: bool = False) -> None:
        """Remember ``answer``; `bot.desk` calls this for every door. Never raises: the user has an answer already.

        A follow-up question is remembered with the one it leans on, as it was searched. ``filtered``: only part of
        the documents was searched, so that having no answer says nothing about what is missing.
        """
        if self._clock() < self._paused_until:
            return
        try:
            self._remember(question, conversation, answer, filtered)
        except StorageError as error:
            self._paused_until = self._clock() + PAUSE_S
            _log.error("Antwoorden kunnen %d seconden niet worden onthouden. %s", PAUSE_S, error.message)

    def judge(self, answer_id: str, verdict: Verdict, remark: str = "") -> str:
        """Keep a user's verdict and return its id.

        Raises `NotFoundError` for an answer that is not remembered, `StorageError` when the database fails.
        """
        content = self._memory.recall(answer_id)
        if content is None:
            raise NotFoundError(
                "Dit antwoord is niet (meer) bekend. Een antwoord kan tot 24 uur na de vraag worden beoordeeld. "
                "Stel de vraag opnieuw en beoordeel het nieuwe antwoord."
            )
        question, status, documents, release, number = json.loads(content)
        return self._store.add_judged(
            answer_id, verdict, question, remark, AnswerStatus(status), documents, release, number
        )

    def _remember(self, question: str, conversation: Sequence[Turn], answer: Answer, filtered: bool) -> None:
        asked = standalone(question, conversation)
        if len(asked) > MAX_QUESTION_CHARACTERS:
            asked = asked[-MAX_QUESTION_CHARACTERS:].partition(" ")[2]
        masked = masked_line(asked)
        cited = [source.document_id for source in answer.sources]
        documents = list(dict.fromkeys(cited or [suggestion.document_id for suggestion in answer.suggestions]))
        number = None
        asks = small_talk(question) is None
        if asks and self._keep_questions and answer.status is AnswerStatus.NOT_FOUND and not filtered:
            number = self._store.add_unanswered(masked, documents, answer.release)
        content = json.dumps([masked, answer.status, documents, answer.release, number])
        count = partial(self._store.usage.count, answer=answer, filtered=filtered)
        self._memory.remember(answer.id, content.encode(), also=count if asks else None)
        self._store.remove_old()
