"""Traces by OpenTelemetry, through LlamaIndex's instrumentation: its spans of a language model come along as children.

Spans carry names, times and how it ended; what was asked, found or written stays out. Only imported when a collector
is set, as it takes a third of a second.
"""

from __future__ import annotations

import inspect
import uuid
from typing import Any

from llama_index_instrumentation import root_dispatcher
from llama_index_instrumentation.span import BaseSpan, active_span_id
from llama_index_instrumentation.span_handlers import BaseSpanHandler
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context
from pydantic import PrivateAttr

from bot.observing import Phase

_QUESTION = "vraag"
_NOTHING = inspect.signature(lambda: None).bind()


class Tracing:
    """Sends traces to the collector at ``endpoint`` (OTLP over HTTP), in the background."""

    def __init__(self, endpoint: str) -> None:
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "handwijzer"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._handler = _Spans(self._provider)
        root_dispatcher.add_span_handler(self._handler)

    def question(self) -> QuestionTrace:
        """Return the trace of one question."""
        return QuestionTrace()

    def close(self) -> None:
        """Send what is left and stop."""
        root_dispatcher.span_handlers.remove(self._handler)
        self._provider.shutdown()


class QuestionTrace:
    """The spans of one question: the whole, and its phases below that."""

    def __init__(self) -> None:
        self._question: str | None = None
        self._phase: str | None = None
        self._facts = _Facts()

    def begins(self, phase: Phase) -> None:
        """Begin the span of ``phase``."""
        if self._question is None:
            self._question = _enter(_QUESTION)
        self._phase_ends()
        self._phase = _enter(phase.value, self._question)

    def answered(self, **facts: str | bool | int) -> None:
        """End the last phase; ``facts`` go with the span of the question."""
        self._phase_ends()
        self._facts.update(facts)

    def ends(self, error: BaseException | None) -> None:
        """End every span that is open. An ``error`` that is no `Exception` says that nobody waits any more."""
        self._phase_ends()
        active_span_id.set(None)
        if self._question is None:
            return
        if isinstance(error, Exception):
            root_dispatcher.span_drop(self._question, _NOTHING, err=error)
        else:
            root_dispatcher.span_exit(self._question, _NOTHING, result=self._facts)

    def _phase_ends(self) -> None:
        if self._phase is not None:
            root_dispatcher.span_exit(self._phase, _NOTHING)
        self._phase = None


class _Facts(dict[str, str | bool | int]):
    """What a span of our own says on ending: the results of others may hold text."""


class _OpenSpan(BaseSpan):
    span: Span


class _Spans(BaseSpanHandler[_OpenSpan]):
    """Turns spans of LlamaIndex's instrumentation into those of OpenTelemetry, without what they were called with."""

    _provider: TracerProvider = PrivateAttr()

    def __init__(self, provider: TracerProvider) -> None:
        super().__init__()
        self._provider = provider

    def new_span(self, id_: str, *args: Any, parent_span_id: str | None = None, **kwargs: Any) -> _OpenSpan:
        """Start a span below the one that is open under ``parent_span_id``."""
        parent = self.open_spans.get(parent_span_id or "")
        context = set_span_in_context(parent.span) if parent else None
        # An id is a name and a uuid.
        span = self._provider.get_tracer("handwijzer").start_span(id_[:-37], context)
        return _OpenSpan(id_=id_, parent_id=parent_span_id, span=span)

    def prepare_to_exit_span(self, id_: str, *args: Any, result: Any = None, **kwargs: Any) -> _OpenSpan | None:
        """End a span that went well."""
        found = self.open_spans.get(id_)
        if found is not None:
            found.span.set_attributes(result if isinstance(result, _Facts) else {})
            found.span.end()
        return found

    def prepare_to_drop_span(
        self, id_: str, *args: Any, err: BaseException | None = None, **kwargs: Any
    ) -> _OpenSpan | None:
        """End a span that failed, with the kind of failure."""
        if found := self.open_spans.get(id_):
            found.span.set_status(Status(StatusCode.ERROR, type(err).__name__))
        return self.prepare_to_exit_span(id_)


def _enter(name: str, parent: str | None = None) -> str:
    """Begin a span; what LlamaIndex does from here on falls below it."""
    span_id = f"{name}-{uuid.uuid4()}"
    root_dispatcher.span_enter(span_id, _NOTHING, parent_id=parent)
    active_span_id.set(span_id)
    return span_id
