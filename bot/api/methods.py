"""What no call takes: HEAD where GET exists, other methods of a known address, and unknown addresses of our own."""

from __future__ import annotations

import re

from fastapi import FastAPI
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.problems import problem_response

# Prefixes of this program's own interfaces: whatever is unknown below them is a 404, not the chat page.
_OWN = re.compile(r"/(?:v1|openai|mcp|metrics|pagina)(?:/.*)?")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Elsewhere:
    """Stands behind the routes of ``app``, in front of the ``page``: nothing of our own is answered by the page."""

    def __init__(self, app: FastAPI, page: ASGIApp) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer HEAD as GET without its body, 405 with ``Allow``, 404, or pass the request on to the page."""
        path = scope["path"]
        allowed = self._allowed(scope) if scope["type"] == "http" else []
        if scope.get("method") == "HEAD" and "GET" in allowed:
            await self._app.router({**scope, "method": "GET"}, receive, _without_body(send))
        elif allowed:
            listed = ", ".join(allowed + ["HEAD"] * ("GET" in allowed))
            await problem_response(path, 405, headers={"Allow": listed})(scope, receive, send)
        elif scope["type"] == "http" and _OWN.fullmatch(path):
            await problem_response(path, 404)(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    def _allowed(self, scope: Scope) -> list[str]:
        """Return the methods with which this address is one of our own."""
        own = [route for route in self._app.routes if getattr(route, "app", None) is not self]
        return [
            method
            for method in _METHODS
            if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in own)
        ]


def _without_body(send: Send) -> Send:
    async def bodyless(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return bodyless
