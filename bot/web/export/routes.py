"""Downloading a conversation. It comes from the browser, which keeps it, and goes back as a file; nothing stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.api.problems import json_body
from bot.web.conversation import KEPT_EXCHANGES, Exchange, Kept
from bot.web.export.exporting import Form, export
from kb.errors import UsageError

_CONVERSATION = TypeAdapter[list[Exchange]](list[Kept])
_UNREADABLE = "Dit gesprek kan niet worden gelezen. Laad de pagina opnieuw en probeer het nog een keer."


class ExportIn(BaseModel):
    """A conversation as the browser keeps it, and the form that it should get."""

    model_config = ConfigDict(extra="forbid")

    formaat: Form
    gesprek: Annotated[list[Any], Field(min_length=1, max_length=KEPT_EXCHANGES)]


def export_router(today: Callable[[], date], public_url: str | None = None) -> APIRouter:
    """Return the call that makes a file of a conversation.

    ``public_url`` is the address that visitors know this server by; None for the one that they asked at.
    """
    router = APIRouter(prefix="/pagina/export", include_in_schema=False, dependencies=[Depends(json_body)])

    # Not async: making a file takes a thread of its own, not the server's.
    @router.post("")
    def post_export(body: ExportIn, request: Request) -> Response:
        origin = (public_url or str(request.base_url)).rstrip("/")
        made = export(_read(body.gesprek), body.formaat, today(), origin)
        headers = {"Content-Disposition": f'attachment; filename="{made.file_name}"', "Cache-Control": "no-store"}
        return Response(made.content, media_type=made.media_type, headers=headers)

    return router


def _read(stored: list[Any]) -> list[Exchange]:
    try:
        return _CONVERSATION.validate_python(stored)
    except ValidationError:
        # Not from the error: it holds what the visitor typed.
        raise UsageError(_UNREADABLE) from None
