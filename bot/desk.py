"""The desk behind every door: page, API, OpenAI-compatible calls and MCP ask here.

An answer is remembered, so that its reader can judge it, and observed by whoever measures. Nothing here knows a
protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from bot.answers import Answer, Turn
from bot.observing import Observer
from bot.recording import Recorder
from bot.service import Pieces, ask, search, stream
from kb.live import LiveKnowledge
from kb.retrieval import Filters, Hit

if TYPE_CHECKING:
    from bot.generative.writer import Writer


class Desk:
    """Answers from ``knowledge``, in the words of ``writer`` where there is one. Safe to use from several threads.

    Every question has an observer of its own, which ``observe`` makes.
    """

    def __init__(
        self,
        knowledge: LiveKnowledge,
        recorder: Recorder,
        writer: Writer | None = None,
        observe: Callable[[], Observer] = Observer,
    ) -> None:
        self.knowledge = knowledge
        self.recorder = recorder
        self.writer = writer
        self._observe = observe

    def ask(self, question: str, conversation: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """Answer one question; see `bot.service.ask`."""
        with self._observe() as observer:
            answer = ask(self.knowledge, question, conversation, filters, self.writer, observer)
        self._answered(question, conversation, filters, answer)
        return answer

    def stream(self, question: str, conversation: Sequence[Turn] = (), filters: Filters | None = None) -> Pieces:
        """Answer one question in pieces, with the whole answer last; see `bot.service.stream`."""
        observer = self._observe()
        events = stream(self.knowledge, question, conversation, filters, self.writer, observer)

        def noted() -> Pieces:
            with observer, closing(events):
                for event in events:
                    if isinstance(event, Answer):
                        self._answered(question, conversation, filters, event)
                    yield event

        return noted()

    def search(self, query: str, count: int, filters: Filters | None = None) -> tuple[str, tuple[Hit, ...]]:
        """Return the live release and its best passages; see `bot.service.search`."""
        return search(self.knowledge, query, count, filters)

    def _answered(self, question: str, conversation: Sequence[Turn], filters: Filters | None, answer: Answer) -> None:
        self.recorder.answered(question, conversation, answer, filtered=filters not in (None, Filters()))
