"""Requests as OpenAI's API has them; what Handwijzer has no use for (temperature, user, metadata) is not read.

Source: https://platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from bot.api.models import FiltersIn


def _parts(content: Any) -> Any:
    """Return ``content`` as a list of parts: it may be just a text, and null where an assistant called a tool."""
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class Part(BaseModel):
    """A piece of a message. Only pieces of type text have a text."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[list[Part], BeforeValidator(_parts)] = []


class StreamOptions(BaseModel):
    """How an answer is streamed."""

    include_usage: bool | None = False


class ResponseFormat(BaseModel):
    """The form of the answer."""

    type: Literal["text"]


class CompletionIn(BaseModel):
    """A conversation whose last message of the user is the question. ``filters`` is ours: see `FiltersIn`."""

    model: str
    messages: list[Message]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, ge=1, le=1)
    tool_choice: Literal["none", "auto"] | None = None
    response_format: ResponseFormat | None = None
    filters: FiltersIn | None = None
