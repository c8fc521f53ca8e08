"""From a generator in threads to the events of the contract, and when a client wants them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing

import pytest
from sse_starlette import ServerSentEvent
from starlette.types import Message

from bot.api.streaming import EventStream, answer_events, from_thread, wants_stream
from bot.leaving import ASKER, Asker
from bot.service import Pieces, TextAdded
from kb.errors import ReleaseError


@pytest.mark.parametrize(
    ("accept", "streamed"),
    [
        ([], False),
        (["*/*"], False),
        (["application/json"], False),
        (["text/event-stream"], True),
        (["TEXT/Event-Stream; charset=utf-8"], True),
        (["text/event-stream, application/json"], False),
        (["text/event-stream, */*;q=0.1"], True),
        (["application/json;q=0.5", "text/event-stream;q=0.9"], True),
        (["text/event-stream;q=0.5, application/json"], False),
        (["text/event-stream;q=0, */*"], False),
        (["text/html"], False),
        ([";;q=x,,\x00"], False),
    ],
)
def test_only_who_likes_a_stream_better_gets_one(accept: list[str], streamed: bool) -> None:
    assert wants_stream(accept) is streamed


def test_a_generator_is_closed_after_the_item_that_it_was_making_when_its_reader_left() -> None:
    working, may_end = threading.Event(), threading.Event()
    told: list[str] = []

    def items() -> Generator[int, None, None]:
        asker = ASKER.get()
        assert isinstance(asker, Asker)
        try:
            yield 1
            with asker.waits(may_end.set):
                working.set()
                assert may_end.wait(10)
            told.append("made")
            yield 2
        finally:
            told.append("closed")

    async def read() -> None:
        async with aclosing(from_thread(items())) as stream:
            assert await anext(stream) == 1
            second = asyncio.ensure_future(anext(stream))
            assert await asyncio.to_thread(working.wait, 10)
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
            assert told == ["made", "closed"]
        assert ASKER.get() is None

    asyncio.run(read())


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (ReleaseError("De kennisbank is weg."), 503, "De kennisbank is weg."),
        (ValueError("geheim"), 500, "later opnieuw"),
    ],
)
def test_a_failure_after_the_first_words_is_the_last_event(failure: Exception, status: int, said: str) -> None:
    def pieces() -> Pieces:
        yield TextAdded("De mentor")
        raise failure

    async def read() -> list[tuple[str | None, object]]:
        return [(event.event, json.loads(event.data or "")) async for event in answer_events(pieces(), "/v1/vragen")]

    *before, (name, problem) = asyncio.run(read())
    assert before == [("bronnen", {"bronnen": []}), ("tekst", {"tekst": "De mentor"})]
    assert name == "fout"
    assert isinstance(problem, dict)
    assert (problem["status"], problem["instance"]) == (status, "/v1/vragen")
    assert said in problem["detail"]
    assert "geheim" not in json.dumps(problem)


def test_a_silent_answer_is_kept_alive_with_comments() -> None:
    sent: list[bytes] = []
    kept_alive = asyncio.Event()

    async def events() -> AsyncGenerator[ServerSentEvent, None]:
        await kept_alive.wait()
        yield ServerSentEvent("{}", event="klaar", sep="\n")

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))
        if message.get("body", b"").startswith(b":"):
            kept_alive.set()

    async def respond() -> None:
        response = EventStream(events())
        assert response.ping_interval <= 15
        response.ping_interval = 0.01
        await response({"type": "http", "method": "POST"}, receive, send)

    asyncio.run(respond())
    assert b": wacht\n\n" in sent
    assert b"event: klaar\ndata: {}\n\n" in sent
