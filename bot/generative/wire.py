"""The wire to an OpenAI-compatible server: LlamaIndex speaks, this module keeps the time and translates failures.

Slow to import: it brings the client libraries along. Only `bot.generative.llm` imports it, once a model is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike
from openai import APIConnectionError, APIStatusError, AsyncOpenAI
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from kb.errors import LanguageModelError

if TYPE_CHECKING:
    from bot.generative.llm import Message, ModelServer

_CONNECT_S = 5.0
_ATTEMPTS = 3
# Shares of the time for a whole reply: reading a long prompt takes a server without a GPU most of it.
_FIRST, _BETWEEN = 2 / 3, 1 / 3
# The client refuses to go without a key, and would look for one in OPENAI_API_KEY.
_NO_KEY = "geen"


class Wire:
    """Speaks with one server; remembers the name of its model. Safe to use from several threads."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self._host = urlsplit(server.url).hostname or ""
        self._model = server.model
        self._certificates = httpx.create_ssl_context()
        self._back_off = wait_exponential(server.backoff_s, exp_base=3) + wait_random(0, server.backoff_s)

    async def deltas(self, messages: Sequence[Message], max_tokens: int, timeout_s: float) -> AsyncGenerator[str, None]:
        """Yield the pieces of text of one reply within ``timeout_s``. Raises `LanguageModelError`."""
        chat = [ChatMessage(role=message["role"], content=message["content"]) for message in messages]
        now = asyncio.get_running_loop().time
        end = now() + timeout_s
        try:
            async with self._http() as http:
                async with asyncio.timeout(_FIRST * timeout_s):
                    first, rest = await self._first(http, chat, max_tokens, _FIRST * timeout_s)
                delta: str | None = first
                while delta is not None:
                    yield delta
                    async with asyncio.timeout_at(min(end, now() + _BETWEEN * timeout_s)):
                        delta = await _text(rest)
        except LanguageModelError:
            raise
        except Exception as error:  # whatever a server sends, and whatever its libraries make of that
            # Their messages may quote the key or the sources: only the kind of failure goes on.
            raise LanguageModelError(self._complaint(error)) from None

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._certificates,
            timeout=httpx.Timeout(None, connect=_CONNECT_S),
            event_hooks={"request": [self._bare]},
        )

    async def _bare(self, request: httpx.Request) -> None:
        """Take out what the client library adds on its own: an organisation from the environment, facts about this
        machine, and the stand-in for a key."""
        for name in list(request.headers):
            if name.startswith(("openai-", "x-stainless-")) or (name == "authorization" and self._server.key is None):
                del request.headers[name]

    async def _first(
        self, http: httpx.AsyncClient, messages: Sequence[ChatMessage], max_tokens: int, within_s: float
    ) -> tuple[str, AsyncIterator[Any]]:
        """Return the first text of a reply and the rest of it; a server that fails before that is asked again."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(_passes),
            stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(within_s),
            wait=self._wait,
            reraise=True,
        ):
            with attempt:
                replies = await self._ask(http, messages, max_tokens)
                first = await _text(replies)
                if first is not None:
                    return first, replies
        raise LanguageModelError(self._said("gaf een leeg antwoord"))

    async def _ask(
        self, http: httpx.AsyncClient, messages: Sequence[ChatMessage], max_tokens: int
    ) -> AsyncIterator[Any]:
        server = self._server
        key = server.key.get_secret_value() if server.key else _NO_KEY
        client = AsyncOpenAI(
            api_key=key, base_url=server.url, http_client=http, timeout=http.timeout, max_retries=0
        )  # fmt: skip
        if self._model is None:
            self._model = (await client.models.list()).data[0].id
        llm = OpenAILike(
            model=self._model,
            temperature=0,
            api_key=key,
            api_base=server.url,
            max_retries=0,
            is_chat_model=True,
            async_openai_client=client,
        )
        replies: AsyncIterator[Any] = await llm.astream_chat(messages, max_tokens=max_tokens)
        return replies

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds to the next attempt: what the server asks for, or longer after every failure."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, APIStatusError):
            asked = error.response.headers.get("retry-after", "")
            if asked.isdecimal():
                return float(asked)
        return self._back_off(state)

    def _complaint(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return self._said("antwoordt niet op tijd")
        if isinstance(error, APIStatusError):
            if error.status_code == httpx.codes.NOT_FOUND:
                self._model = self._server.model  # the server may have another one by now
            return self._said(f"weigert het verzoek (HTTP {error.status_code})")
        if isinstance(error, (APIConnectionError, httpx.TransportError)):
            return self._said("is niet bereikbaar of brak het antwoord af")
        return self._said("geeft een antwoord dat niet te begrijpen is")

    def _said(self, what: str) -> str:
        return f"Het schrijfmodel op {self._host} {what}. Controleer de server en de instellingen HANDWIJZER_LLM_*."


async def _text(replies: AsyncIterator[Any]) -> str | None:
    """Return the next piece of text, None at the end; pieces without text (a role, a thought) are passed over."""
    async for reply in replies:
        if reply.delta:
            return str(reply.delta)
    return None


def _passes(error: BaseException) -> bool:
    """Tell whether a failure may be over in a moment."""
    if isinstance(error, APIStatusError):
        return error.status_code == httpx.codes.TOO_MANY_REQUESTS or error.status_code >= 500
    return isinstance(error, (APIConnectionError, httpx.TransportError))
