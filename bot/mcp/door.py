"""The address /mcp: who may come in, and what of HTTP is no MCP. Importing the server behind it takes a while."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.access.caller import caller_of
from bot.api.problems import problem_response

PATHS = ("/mcp", "/mcp/")


class McpDoor:
    """Passes on to ``server`` what callers send it."""

    def __init__(self, server: ASGIApp) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises `UnknownCallerError`."""
        caller_of(HTTPConnection(scope))
        if refusal := _refusal(scope):
            await refusal(scope, receive, send)
        else:
            await self._server(scope, receive, send)


def _refusal(scope: Scope) -> Response | None:
    # Without sessions there is nothing to listen to (GET) or to end (DELETE).
    if scope["method"] != "POST":
        return problem_response(scope["path"], 405, headers={"Allow": "POST"})
    if not Headers(scope=scope).get("content-type", "").lower().startswith("application/json"):
        return problem_response(scope["path"], 415, "Stuur JSON met de header Content-Type: application/json.")
    return None
