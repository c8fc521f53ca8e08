"""Measures how each question is answered, and notes in the log line of its request what became of it."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from bot.feedback import masked_line
from bot.monitoring.logs import current_request
from bot.monitoring.metrics import Metrics
from bot.observing import Observer, Phase
from kb.errors import UsageError
from kb.settings import Settings

if TYPE_CHECKING:
    from bot.monitoring.tracing import QuestionTrace, Tracing
    from bot.service import Examined


class Monitoring:
    """The measurements, and the traces where a collector is set.

    Raises `UsageError` when what sends traces is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        self.metrics = Metrics()
        self._tracing = _tracing(str(settings.otel_endpoint)) if settings.otel_endpoint else None
        self._shows_questions = settings.log_questions

    def watch(self) -> Observer:
        """Return what watches one question."""
        trace = self._tracing.question() if self._tracing else None
        return _Watch(self.metrics, trace, self._shows_questions)

    def close(self) -> None:
        """Send what is left."""
        if self._tracing:
            self._tracing.close()


class _Watch(Observer):
    def __init__(self, metrics: Metrics, trace: QuestionTrace | None, shows_question: bool) -> None:
        self._metrics = metrics
        self._trace = trace
        self._shows_question = shows_question
        self._phase: Phase | None = None
        self._began = 0.0
        self._searched = False

    def begins(self, phase: Phase) -> None:
        """Measure the phase before this one."""
        self._phase_ends()
        self._phase, self._began = phase, time.perf_counter()
        self._searched |= phase is Phase.RETRIEVAL
        if self._trace:
            self._trace.begins(phase)

    def answered(self, examined: Examined) -> None:
        """Count the answer; the question itself is noted masked, and only where the settings say so."""
        self._phase_ends()
        answer = examined.answer
        self._metrics.answer(
            answer.status, answer.method, searched=self._searched, dropped=examined.dropped, failed=examined.failed
        )
        facts = {"status": answer.status.value, "methode": answer.method.value, "release": answer.release}
        if self._trace:
            self._trace.answered(**facts, weggelaten=examined.dropped, uitgevallen=examined.failed)
        if request := current_request.get():
            request.answer |= facts
            if self._shows_question:
                request.answer["vraag"] = masked_line(answer.query)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the trace, also of a question that nobody waits for any more."""
        if self._trace:
            self._trace.ends(error)

    def _phase_ends(self) -> None:
        if self._phase is not None:
            self._metrics.phase(self._phase, time.perf_counter() - self._began)
        self._phase = None


def _tracing(endpoint: str) -> Tracing:
    try:
        from bot.monitoring.tracing import Tracing
    except ImportError as error:
        raise UsageError(
            "Voor HANDWIJZER_OTEL_ENDPOINT is een onderdeel nodig. Installeer het met: pip install 'handwijzer[otel]'"
        ) from error
    return Tracing(endpoint)
