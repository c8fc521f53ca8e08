"""The calls under /openai/v1. OpenAI describes them, so that they are no part of our own contract."""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from bot.access.caller import caller_of
from bot.api.models import as_filters
from bot.api.problems import json_body
from bot.api.streaming import EventStream
from bot.desk import Desk
from bot.openai.completions import MODEL, PATH, Exchange, chunks, completion
from bot.openai.conversation import asked
from bot.openai.errors import UnknownModelError
from bot.openai.models import CompletionIn

# Clients want to know since when a model is there; ours is as old as its documents, so that this says nothing.
_MODEL = {"id": MODEL, "object": "model", "created": 1_767_225_600, "owned_by": MODEL}


def openai_router(desk: Desk, public_url: str | None = None) -> APIRouter:
    """Return the calls. ``public_url`` is where readers reach this server, by default as the request did."""
    router = APIRouter(dependencies=[Depends(caller_of), Depends(json_body)], include_in_schema=False)

    @router.get("/openai/v1/models")
    def get_models() -> dict[str, Any]:
        return {"object": "list", "data": [_MODEL]}

    @router.get("/openai/v1/models/{model}")
    def get_model(model: str) -> dict[str, Any]:
        _require_known(model)
        return _MODEL

    @router.post(PATH)
    async def post_completion(body: CompletionIn, request: Request) -> Response:
        _require_known(body.model)
        question, turns = asked(body.messages)
        origin = (public_url or str(request.base_url)).rstrip("/")
        exchange = Exchange(question, turns, origin, desk.knowledge.encoder)
        filters = as_filters(body.filters)
        if body.stream:
            pieces = await run_sync(desk.stream, question, turns, filters)
            with_usage = bool(body.stream_options and body.stream_options.include_usage)
            return EventStream(chunks(exchange, pieces, with_usage=with_usage))
        answer = await run_sync(desk.ask, question, turns, filters)
        return JSONResponse(await run_sync(completion, exchange, answer))

    return router


def _require_known(model: str) -> None:
    if model != MODEL:
        raise UnknownModelError(f"Er is één model: {MODEL}. Stel dat in als naam van het model.")
