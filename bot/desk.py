"""The desk behind every door: page, API, OpenAI-compatible calls and MCP ask here.

An answer is remembered, so that its reader can judge it, and told to whoever counts. Nothing here knows a protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from bot.answers import Answer, Turn
from bot.recording import Recorder
from bot.service import SourcesFound, TextAdded, ask, search, stream
from kb.live import LiveKnowledge
from kb.retrieval import Filters, Hit

if TYPE_CHECKING:
    from bot.generative.writer import Writer


class Desk:
    """Answers from ``knowledge``, in the words of ``writer`` where there is one. Safe to use from several threads.

    ``told`` hears of every whole answer.
    """

    def __init__(
        self,
        knowledge: LiveKnowledge,
        recorder: Recorder,
        writer: Writer | None = None,
        told: Callable[[Answer], None] = lambda answer: None,
    ) -> None:
        self.knowledge = knowledge
        self.recorder = recorder
        self.writer = writer
        self._told = told

    def ask(self, question: str, conversation: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """Answer one question; see `bot.service.ask`."""
        answer = ask(self.knowledge, question, conversation, filters, self.writer)
        self._answered(question, conversation, filters, answer)
        return answer

    def stream(
        self, question: str, conversation: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Generator[SourcesFound | TextAdded | Answer, None, None]:
        """Answer one question in pieces, with the whole answer last; see `bot.service.stream`."""
        with closing(stream(self.knowledge, question, conversation, filters, self.writer)) as events:
            for event in events:
                if isinstance(event, Answer):
                    self._answered(question, conversation, filters, event)
                yield event

    def search(self, query: str, count: int, filters: Filters | None = None) -> tuple[str, tuple[Hit, ...]]:
        """Return the live release and its best passages; see `bot.service.search`."""
        return search(self.knowledge, query, count, filters)

    def _answered(self, question: str, conversation: Sequence[Turn], filters: Filters | None, answer: Answer) -> None:
        self.recorder.answered(question, conversation, answer, filtered=filters not in (None, Filters()))
        self._told(answer)
