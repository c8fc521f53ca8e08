"""How large a body may be and how long it may take to come: a slow or endless one must not keep others waiting.

Slow headers never get as far as an application: see `bot.api.connections`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.problems import problem_response

MAX_BODY_BYTES = 1_000_000
UPLOAD_PATHS = ("/v1/documenten", "/pagina/beheer/klaar")
_BODY_S = 20.0
_UPLOAD_S = 600.0
# What else stands in an upload: boundaries and fields.
_FORM_BYTES = 100_000
# A client that is still sending does not read: what is too large is read on for a while, so that it hears why.
_HEARD_OUT_BYTES = 10_000_000
_HEARD_OUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """A body is at most ``size`` bytes, takes at most ``whole_s`` and pauses at most ``pause_s`` seconds."""

    size: int
    whole_s: float = _BODY_S
    pause_s: float = _BODY_S


class _RefusedError(Exception):
    """The body went over its bounds."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(status)
        self.status, self.title, self.detail = status, title, detail


class BodyLimits:
    """Reads the whole body before it passes a request on; an upload is passed on as it comes.

    ``upload_megabytes`` bounds an upload, ``bounds`` everything else.
    """

    def __init__(self, app: ASGIApp, upload_megabytes: int, bounds: Bounds = Bounds(MAX_BODY_BYTES)) -> None:
        self.app = app
        self._bounds = bounds
        self._upload = Bounds(upload_megabytes * 1_000_000 + _FORM_BYTES, _UPLOAD_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 408 or 413 and close the connection."""
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        uploads = scope["method"] == "POST" and scope["path"] in UPLOAD_PATHS
        body = _Body(scope, receive, self._upload if uploads else self._bounds)
        try:
            if uploads:
                await self._pass_on(scope, body, send)
            elif whole := await body.whole():
                await self.app(scope, replay(whole, receive), send)
        except _RefusedError as error:
            refusal = problem_response(
                scope["path"], error.status, error.detail, title=error.title, headers={"Connection": "close"}
            )
            await refusal(scope, receive, send)

    async def _pass_on(self, scope: Scope, body: _Body, send: Send) -> None:
        """Run the application while its body comes in. What it makes of a body that was refused is not sent."""

        async def unless_refused(message: Message) -> None:
            if body.refused is None:
                await send(message)

        try:
            await self.app(scope, body.next, unless_refused)
        except Exception:
            if body.refused is None:
                raise
        if body.refused is not None:
            raise body.refused


def replay(message: Message, receive: Receive) -> Receive:
    """Return a ``receive`` that gives ``message`` first."""
    held = [message]

    async def again() -> Message:
        return held.pop() if held else await receive()

    return again


class _Body:
    """Reads one body within ``bounds``; ``refused`` once it went over them."""

    def __init__(self, scope: Scope, receive: Receive, bounds: Bounds) -> None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        self.refused: _RefusedError | None = None
        self._announced = int(length) if length.isdecimal() else 0
        self._hears_first = "expect" in headers
        self._receive = receive
        self._bounds = bounds
        self._size = 0
        self._complete = False
        self._end = asyncio.get_running_loop().time() + bounds.whole_s

    async def whole(self) -> Message | None:
        """Return the body as one message, None when the client left. Raises `_RefusedError`."""
        body = bytearray()
        while not self._complete:
            message = await self.next()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    async def next(self) -> Message:
        """Return the next message. Raises `_RefusedError`."""
        if self._complete:
            return await self._receive()
        if self._announced > self._bounds.size:
            raise await self._too_large()
        pause_over = asyncio.get_running_loop().time() + self._bounds.pause_s
        try:
            async with asyncio.timeout_at(min(self._end, pause_over)):
                message = await self._receive()
        except TimeoutError:
            raise self._over(408, "Het verzoek duurt te lang", "Het verzoek kwam te langzaam aan.") from None
        self._note(message)
        if self._size > self._bounds.size:
            raise await self._too_large()
        return message

    def _note(self, message: Message) -> None:
        self._size += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)

    async def _too_large(self) -> _RefusedError:
        if self._announced <= _HEARD_OUT_BYTES and not self._hears_first:
            with suppress(TimeoutError):
                async with asyncio.timeout(_HEARD_OUT_S):
                    await self._hear_out()
        size = f"{self._bounds.size // 1_000_000} MB"
        return self._over(413, "Het verzoek is te groot", f"Een verzoek mag hier maximaal {size} groot zijn.")

    async def _hear_out(self) -> None:
        while not self._complete and self._size <= _HEARD_OUT_BYTES:
            self._note(await self._receive())

    def _over(self, status: int, title: str, detail: str) -> _RefusedError:
        self.refused = _RefusedError(status, title, detail)
        return self.refused


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
