"""The headers of every response. Plain ASGI, so that a stream is never held up."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_VERSION = "1.0.0"


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
