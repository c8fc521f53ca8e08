"""The FastAPI app: API first, then the page, so that an unknown API path is a problem and never a page."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.routing import compile_path

from bot.api import problems
from bot.api.documents import document_router
from bot.api.guards import API_VERSION, Limits, ResponseHeaders
from bot.api.health import health_router
from bot.api.questions import question_router
from bot.desk import Desk
from bot.feedback import FeedbackStore
from bot.recording import Recorder
from bot.web.late import Built, LatePage
from bot.web.page import build_page
from kb.errors import HandwijzerError
from kb.live import LiveKnowledge
from kb.settings import Settings

if TYPE_CHECKING:
    from bot.generative.writer import Writer

_DESCRIPTION = """
Stel vragen over de documenten van de kennisbank en krijg een antwoord met bronnen. Elk antwoord bestaat uit
letterlijke citaten, of uit zinnen die de bronnen bevestigen. Staat het antwoord niet in de documenten, dan is de
status `niet-gevonden`.
"""
# Prefixes of this program's own interfaces: whatever is unknown below them is a 404, not the chat page.
_OWN_PREFIXES = ("v1", "openai", "mcp", "metrics")


def create_app(knowledge: LiveKnowledge, settings: Settings, writer: Writer | None = None) -> FastAPI:
    """Return the whole web application on ``knowledge``. With a ``writer`` a language model words the answers."""
    store = FeedbackStore(settings.data_dir, settings.keep_days)
    desk = Desk(knowledge, Recorder(store, keep_questions=settings.keep_questions), writer)
    page = LatePage(partial(_ready_then_page, desk))
    app = FastAPI(
        title="Handwijzer",
        version=API_VERSION,
        description=_DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": "/", "description": "Deze server"}],
        lifespan=lambda _app: page.lifespan(),
    )
    problems.install(app)
    app.include_router(question_router(desk))
    app.include_router(document_router(knowledge))
    app.include_router(health_router(knowledge))
    for prefix in _OWN_PREFIXES:
        for path in (f"/{prefix}", f"/{prefix}/{{rest:path}}"):
            app.add_route(path, _unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    app.mount("/", page)
    app.add_middleware(Limits, per_minute=settings.rate_limit or 1200)
    app.add_middleware(ResponseHeaders, frame_origins=settings.frame_origins)
    return app


def _ready_then_page(desk: Desk) -> Built:
    """Load the release, so that no visitor waits for it, and only then build the page, which would slow that down."""
    with suppress(HandwijzerError):  # /readyz says what is wrong
        desk.knowledge.retriever().search("opwarmen")
    return build_page(desk)


async def _unknown(request: Request) -> JSONResponse:
    """Answer 405 where the address exists for another method, else 404."""
    allowed = {
        method.upper()
        for path, methods in request.app.openapi()["paths"].items()
        if compile_path(path)[0].match(request.url.path)
        for method in methods
    }
    if allowed:
        return problems.problem_response(request.url.path, 405, headers={"Allow": ", ".join(sorted(allowed))})
    return problems.problem_response(request.url.path, 404)
