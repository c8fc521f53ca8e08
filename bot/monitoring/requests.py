"""One log line and one measurement for every request, and an id by which its caller can ask about it.

The line holds the template of the address and never its query, the kind of caller and never who it is.
"""

from __future__ import annotations

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.access.caller import Caller
from bot.api.problems import problem_response
from bot.monitoring.logs import RequestFacts, current_request, where
from bot.monitoring.metrics import Metrics

_HEADER = "X-Request-ID"
_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_INTERFACES = ("v1", "openai", "mcp")
# What nginx calls it when a client left before its answer.
_LEFT = 499
_REFUSALS = {401: "toegang", 403: "toegang", 408: "traag", 413: "te-groot", 429: "limiet"}
_log = logging.getLogger("handwijzer.verzoek")


class RequestLog:
    """Logs and measures every request, and answers 500 when it fails unexpectedly."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch its response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        facts = RequestFacts(_id(Headers(scope=scope).get(_HEADER, "")))
        current_request.set(facts)
        state = scope.setdefault("state", {})
        status = _LEFT

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_HEADER] = facts.id
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:  # whatever it is: the caller hears that it went wrong, and no more
            _log.error("onverwachte fout", extra={"spoor": where(error)})
            if status == _LEFT:
                await problem_response(scope["path"], 500)(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - began
            method = scope["method"] if scope["method"] in _METHODS else "ANDERS"
            route = _template(scope)
            refused = state.get("refused") or _REFUSALS.get(status)
            self._metrics.request(method, route, status, seconds, refused)
            caller = state.get("caller")
            told: dict[str, object] = {
                "methode": method,
                "route": route,
                "status": status,
                "duurMs": round(seconds * 1000, 1),
                "beller": caller.name.partition(":")[0] if isinstance(caller, Caller) else "onbekend",
            }
            told |= {"geweigerd": refused} if refused else {}
            told |= {"antwoord": facts.answer} if facts.answer else {}
            _log.info("verzoek", extra=told)


def _id(shown: str) -> str:
    return shown if _HARMLESS.fullmatch(shown) else uuid.uuid4().hex


def _template(scope: Scope) -> str:
    """Return the address as its route has it; of a request that reached none, only which interface it was for."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    first = scope["path"].split("/")[1:2]
    return f"/{first[0]}/*" if first and first[0] in _INTERFACES else "/*"
