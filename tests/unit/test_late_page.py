"""A page that is still being built: requests wait for it, and a failure is a 503."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from bot.web.late import Built, LateApp


def app_with(page: LateApp) -> FastAPI:
    app = FastAPI(lifespan=lambda _app: page.lifespan())

    @app.get("/v1/iets")
    def something() -> str:
        return "er"

    app.mount("/", page)
    return app


def test_the_api_answers_before_the_page_is_there_and_the_page_when_it_is() -> None:
    allowed, closed = threading.Event(), []

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        yield
        closed.append(True)

    def build() -> Built:
        assert allowed.wait(20)
        return Built(PlainTextResponse("pagina"), lifespan)

    with TestClient(app_with(LateApp(build))) as client:
        assert client.get("/v1/iets").json() == "er"
        allowed.set()
        assert client.get("/").text == "pagina"
        assert not closed
    assert closed


def test_a_page_that_can_not_be_built_is_unavailable_and_built_anew_for_who_asks_again() -> None:
    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        yield

    mended = threading.Event()

    def build() -> Built:
        if not mended.is_set():
            raise RuntimeError("kapot")
        return Built(PlainTextResponse("pagina"), lifespan)

    with TestClient(app_with(LateApp(build))) as client:
        assert client.get("/").status_code == 503
        assert client.get("/v1/iets").json() == "er"
        mended.set()
        assert client.get("/").text == "pagina"
