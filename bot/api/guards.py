"""The headers of every response. Plain ASGI, so that a stream is never held up."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_VERSION = "1.1.0"


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

        sent = Headers(scope=scope)
        two_lengths = "content-length" in sent and "transfer-encoding" in sent

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if two_lengths:  # a proxy may see another end of it than we do (RFC 9112, section 6.1)
                    headers["Connection"] = "close"
                headers["API-Version"] = API_VERSION
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers.setdefault("Content-Security-Policy", self._frame_ancestors)
                headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                # What one reader may see, no cache may show to another: keys do not only travel in Authorization.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, complete)
