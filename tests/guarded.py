"""An application that says who it thinks calls, behind the guard and the limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient

from bot.access.caller import Caller, caller_of, manager_of
from bot.access.configured import configured_tokens
from bot.access.guard import Access
from bot.access.key_ring import KeyRing
from bot.access.keys import KeyStore
from bot.api import problems
from bot.api.rate_limits import Quota, RateLimits
from bot.storage.database import Database
from kb.settings import Settings


def guarded(data_dir: Path, client: str = "127.0.0.1", host: str = "127.0.0.1:8000", **values: Any) -> TestClient:
    """Return a client that calls from the address ``client``, of a server with the settings ``values``."""
    settings = Settings(data_dir=data_dir, **values)
    keys = KeyRing(KeyStore(Database.of(settings), data_dir))
    guard = Access(RateLimits(_application(), Quota()), settings, keys, configured_tokens(settings))
    return TestClient(guard, base_url=f"http://{host}", client=(client, 50_000))


def _application() -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.api_route("/v1/beheer", methods=["GET", "POST"])
    def managed(caller: Caller = Depends(manager_of)) -> str:  # noqa: B008
        return caller.name

    @app.api_route("/{rest:path}", methods=["GET", "POST", "OPTIONS"])
    def told(request: Request, caller: Caller = Depends(caller_of)) -> dict[str, Any]:  # noqa: B008
        return {
            "name": caller.name,
            "role": caller.role,
            "client": request.client and request.client.host,
            "scheme": request.url.scheme,
            "headers": dict(request.headers),
        }

    return app
