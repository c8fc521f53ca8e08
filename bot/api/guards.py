"""What every request passes: size and rate limits, and the headers of every response. Plain ASGI, so that a
stream is never held up."""

from __future__ import annotations

import time
from collections.abc import Sequence

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.problems import problem_response

API_VERSION = "1.0.0"
MAX_BODY_BYTES = 1_000_000
# What the page itself loads is not counted: one visit takes dozens of files. Its questions are.
LIMITED = ("/v1/", "/gradio_api/run/")


class ResponseHeaders:
    """Adds the API version and the security headers to every response."""

    def __init__(self, app: ASGIApp, frame_origins: Sequence[str] = ()) -> None:
        self.app = app
        self._frame_ancestors = " ".join(["frame-ancestors", "'self'", *frame_origins])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["API-Version"] = API_VERSION
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers.setdefault("Content-Security-Policy", self._frame_ancestors)
            await send(message)

        await self.app(scope, receive, complete)


class Limits:
    """Refuses bodies over `MAX_BODY_BYTES` and more than ``per_minute`` API requests from one address."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413 or 429."""
        if scope["type"] != "http" or not scope["path"].startswith(LIMITED):
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        address = client[0] if client else "onbekend"
        if not self._limiter.hit(self._limit, address):
            free_at = self._limiter.get_window_stats(self._limit, address).reset_time
            wait_s = max(1, round(free_at - time.time()))
            refusal = problem_response(
                scope["path"],
                429,
                f"Dit adres deed meer dan {self._limit.amount} verzoeken in een minuut. Wacht {wait_s} seconden.",
                headers={"Retry-After": str(wait_s)},
            )
            await refusal(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            await problem_response(
                scope["path"], 413, f"Een verzoek mag maximaal {MAX_BODY_BYTES // 1000} kB groot zijn."
            )(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body, None as soon as it is over the limit."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
