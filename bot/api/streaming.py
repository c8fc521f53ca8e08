"""Answers in pieces, as server-sent events: made in threads, while the event loop serves others.

Of the two libraries at hand sse-starlette is used: it sends heart-beats, notices that a client left or that the server
stops, and can be returned by a call that gives JSON as well. FastAPI's own `fastapi.sse` makes the whole call a stream
and closes no generator.
"""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import aclosing, suppress
from contextvars import copy_context
from typing import Any, Final, TypeVar

from anyio import CancelScope, to_thread
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from bot.answers import Answer
from bot.api.problems import problem_of
from bot.leaving import ASKER, Asker
from bot.service import Pieces, SourcesFound

STREAM_MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 10
_LONGEST_SEND_S = 30
# An answer that is being given when the server stops is finished within this time.
_GRACE_S = 20
# Proxies must pass every event on at once, as it is.
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no", "Vary": "Accept"}

_Item = TypeVar("_Item")
_END: Final = object()


def wants_stream(accept: Iterable[str]) -> bool:
    """Tell whether the ``Accept`` headers of a request like a stream better than JSON. Who likes neither gets JSON."""
    offered = ["application/json", STREAM_MEDIA_TYPE, f"{STREAM_MEDIA_TYPE};charset=utf-8"]
    liked = parse_accept_header(",".join(accept), MIMEAccept).best_match(offered, offered[0])
    return liked != offered[0]


class EventStream(EventSourceResponse):
    """A response of server-sent events, with heart-beats. A client that takes nothing in is left."""

    def __init__(self, events: AsyncGenerator[ServerSentEvent, None]) -> None:
        super().__init__(
            events,
            headers=_HEADERS,
            ping=HEARTBEAT_S,
            ping_message_factory=lambda: ServerSentEvent(comment="wacht", sep="\n"),
            send_timeout=_LONGEST_SEND_S,
            shutdown_grace_period=_GRACE_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until they end, the client leaves or the server stops."""
        with suppress(SendTimeoutError):
            await super().__call__(scope, receive, send)


async def answer_events(pieces: Pieces, request_path: str) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield an answer as the events of the contract: ``bronnen`` before any text, ``tekst``, and ``klaar`` or ``fout``.

    ``pieces`` come from `bot.desk.Desk.stream` and are closed when this ends.
    """
    with_sources = False
    try:
        async with aclosing(from_thread(pieces)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    yield _event("klaar", event.model_dump(mode="json"))
                elif isinstance(event, SourcesFound):
                    with_sources = True
                    yield _event("bronnen", {"bronnen": [source.model_dump(mode="json") for source in event.sources]})
                else:
                    if not with_sources:
                        with_sources = True
                        yield _event("bronnen", {"bronnen": []})
                    yield _event("tekst", {"tekst": event.text})
    except Exception as error:  # the response has begun, so its status can not tell
        yield _event("fout", problem_of(error, request_path))


def example_stream(answer: dict[str, Any]) -> str:
    """Return the whole stream of an ``answer``, as the description of the API shows it."""
    events, told, rest = [], 0, answer["antwoord"]
    for statement in answer["uitspraken"]:
        cited = max(statement["bronnen"])
        if cited > told:
            told = cited
            events.append(_event("bronnen", {"bronnen": answer["bronnen"][:told]}))
        piece, mark, rest = rest.partition("".join(f"[{number}]" for number in statement["bronnen"]))
        events.append(_event("tekst", {"tekst": piece + mark}))
    return b"".join(event.encode() for event in (*events, _event("klaar", answer))).decode()


def _event(name: str, data: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name, sep="\n")


async def from_thread(generator: Generator[_Item, None, None]) -> AsyncGenerator[_Item, None]:
    """Yield what ``generator`` yields, each item made in a thread once it is asked for.

    However this ends, by cancellation too, the generator is closed before it is over: wrap it in `aclosing` where the
    loop over it can stop early. What is being made then is broken off, or waited for where that can not be.
    """
    asker, context = Asker(), copy_context()
    context.run(ASKER.set, asker)
    running = threading.Lock()  # a generator can not be closed while it runs

    def advance() -> object:
        with running:
            return next(generator, _END)

    def close() -> None:
        with running:
            generator.close()

    try:
        while (item := await to_thread.run_sync(context.run, advance, abandon_on_cancel=True)) is not _END:
            yield item  # type: ignore[misc]  # the only other thing is the end
    finally:
        asker.leave()
        with CancelScope(shield=True):
            await to_thread.run_sync(context.run, close)
