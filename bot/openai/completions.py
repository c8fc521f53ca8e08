"""Answers as OpenAI's API has them, whole and in chunks. What is ours is in ``bronnen`` and ``handwijzer``."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from anyio.to_thread import run_sync
from sse_starlette import ServerSentEvent

from bot.answers import Answer, Turn
from bot.api.problems import problem_of
from bot.api.streaming import from_thread
from bot.service import Pieces, TextAdded
from bot.wording import ending, inert, whole
from kb.encoder import Encoder

MODEL = "handwijzer"
PATH = "/openai/v1/chat/completions"


@dataclass(frozen=True)
class Exchange:
    """A question with its conversation, and what every part of the reply to it repeats.

    ``origin`` is where the addresses of documents begin; ``encoder`` counts tokens.
    """

    question: str
    turns: Sequence[Turn]
    origin: str
    encoder: Encoder
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def head(self, kind: str) -> dict[str, Any]:
        """Return the members that a reply of ``kind`` begins with."""
        return {"id": self.id, "object": kind, "created": self.created, "model": MODEL}


def completion(exchange: Exchange, answer: Answer) -> dict[str, Any]:
    """Return the whole reply."""
    message = {"role": "assistant", "content": whole(answer, exchange.origin), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    head = exchange.head("chat.completion")
    return head | {"choices": [choice], "usage": _usage(exchange, answer)} | _ours(answer)


async def chunks(exchange: Exchange, pieces: Pieces, *, with_usage: bool) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield the reply as server-sent events, while the answer is made. ``pieces`` are closed when this ends."""
    head = exchange.head("chat.completion.chunk") | ({"usage": None} if with_usage else {})

    def chunk(delta: dict[str, str], finish: str | None = None, **more: Any) -> ServerSentEvent:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _event(head | {"choices": [choice]} | more)

    try:
        async with aclosing(from_thread(pieces)) as events:
            yield chunk({"role": "assistant", "content": ""})
            async for event in events:
                if isinstance(event, TextAdded):
                    yield chunk({"content": inert(event.text)})
                elif isinstance(event, Answer):
                    if rest := ending(event, exchange.origin):
                        yield chunk({"content": rest})
                    yield chunk({}, "stop", **_ours(event))
                    if with_usage:
                        usage = await run_sync(_usage, exchange, event)
                        yield _event(head | {"choices": [], "usage": usage})
    except Exception as error:  # the response has begun, so its status can not tell
        yield _event({"error": problem_of(error, PATH)["error"]})
        return
    yield ServerSentEvent("[DONE]", sep="\n")


def _ours(answer: Answer) -> dict[str, Any]:
    """Return the sources and the facts of an answer; its ``id`` is what a judgement names."""
    facts = answer.model_dump(mode="json")
    kept = ("id", "status", "methode", "suggesties", "meldingen", "release")
    return {"bronnen": facts["bronnen"], "handwijzer": {name: facts[name] for name in kept}}


def _usage(exchange: Exchange, answer: Answer) -> dict[str, int]:
    """Count the tokens of what was asked and answered as the encoder does; what was left unread does not count."""
    prompt = "\n".join([*(turn.text for turn in exchange.turns), exchange.question])
    empty, asked, answered = exchange.encoder.count_tokens(["", prompt, whole(answer, exchange.origin)])
    return {
        "prompt_tokens": asked - empty,
        "completion_tokens": answered - empty,
        "total_tokens": asked + answered - 2 * empty,
    }


def _event(content: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(content, ensure_ascii=False, separators=(",", ":")), sep="\n")
