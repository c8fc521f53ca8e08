"""The page, and the MCP server, are still being built while the API already answers.

Importing Gradio takes seconds. The server starts without it; whoever asks for the page meanwhile waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from fastapi import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

_log = logging.getLogger("handwijzer")
# One after another: two threads that import the same modules can meet a module that is half there.
_building = threading.Lock()


@dataclass(frozen=True, slots=True)
class Built:
    """A finished application and what has to be open while it is used."""

    app: ASGIApp
    lifespan: Callable[[], AbstractAsyncContextManager[object]]


class LateApp:
    """Passes requests on to what ``build`` returns; ``build`` runs in a thread of its own, once if it succeeds.

    ``name`` is what the log says when it fails; who asks after that makes it try again.
    """

    def __init__(self, build: Callable[[], Built], name: str = "De chatpagina") -> None:
        self._build = build
        self._name = name
        self._app: asyncio.Future[ASGIApp] | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Begin building when the server starts, and close what was built when it stops."""
        self._begin()
        try:
            yield
        finally:
            self._closing.set()
            if self._task is not None:
                await self._task

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as soon as it can be done. Raises `HTTPException` 503 when building failed."""
        app = await asyncio.shield(self._begin())
        await app(scope, receive, send)

    def _begin(self) -> asyncio.Future[ASGIApp]:
        if self._app is None:
            self._app = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._run(self._app))
        return self._app

    async def _run(self, app: asyncio.Future[ASGIApp]) -> None:
        try:
            built = await asyncio.to_thread(self._build_alone)
            async with built.lifespan():
                app.set_result(built.app)
                await self._closing.wait()
        except Exception:
            _log.exception("%s kan niet worden gemaakt", self._name)
            if not app.done():
                app.set_result(_unavailable)
            self._app = None

    def _build_alone(self) -> Built:
        with _building:
            return self._build()


async def _unavailable(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(503)
