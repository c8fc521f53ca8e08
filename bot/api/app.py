"""The FastAPI app: API first, then the page, so that an unknown API path is a problem and never a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from typing import TYPE_CHECKING

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.routing import Route

from bot.access.configured import configured_tokens
from bot.access.guard import Access
from bot.access.key_ring import KeyRing
from bot.access.keys import KeyStore
from bot.api import problems
from bot.api.bodies import BodyLimits
from bot.api.docs_page import add_contract
from bot.api.documents import document_router
from bot.api.guards import API_VERSION, ResponseHeaders
from bot.api.health import health_router
from bot.api.manage import manage_router
from bot.api.methods import Elsewhere
from bot.api.questions import question_router
from bot.api.rate_limits import Quota, RateLimits
from bot.api.releases import release_router
from bot.api.slots import AnswerSlots
from bot.desk import Desk
from bot.feedback import FeedbackStore
from bot.jobs.office import JobOffice
from bot.mcp.door import PATHS as MCP_PATHS
from bot.mcp.door import McpDoor
from bot.monitoring.requests import RequestLog
from bot.monitoring.watching import Monitoring
from bot.openai.router import openai_router
from bot.recording import Recorder
from bot.storage.database import Database
from bot.web.assets import add_assets
from bot.web.calls import page_router
from bot.web.documents import documents_router
from bot.web.export.routes import export_router
from bot.web.known_questions import KnownQuestion
from bot.web.late import Built, LateApp
from bot.web.manage import manage_page_router
from bot.web.manage_use import use_router
from bot.web.page import build_page
from bot.web.suggesting import Suggesting
from bot.web.viewer import viewer_router
from bot.widget.routes import add_widget
from kb.errors import HandwijzerError
from kb.live import LiveKnowledge
from kb.settings import Settings

_OTHER_THREADS = 32

if TYPE_CHECKING:
    from bot.generative.writer import Writer


def create_app(
    knowledge: LiveKnowledge,
    settings: Settings,
    writer: Writer | None = None,
    questions: Callable[[], Sequence[KnownQuestion]] = tuple,
) -> FastAPI:
    """Return the whole web application on ``knowledge``. With a ``writer`` a language model words the answers.

    ``questions`` gives what the page may suggest to ask; it is called when that is first needed.
    """
    database = Database.of(settings)
    store = FeedbackStore(database, settings.keep_days)
    monitoring = Monitoring(settings)
    desk = Desk(knowledge, Recorder(store, keep_questions=settings.keep_questions), writer, monitoring.watch)
    public_url = str(settings.public_url) if settings.public_url else None
    mcp = LateApp(partial(_ready_then_mcp, desk, public_url), "De MCP-server")
    page = LateApp(partial(build_page, settings))
    office = JobOffice(settings, database)
    app = FastAPI(
        title="Handwijzer",
        version=API_VERSION,
        openapi_url=None,
        lifespan=partial(_open, mcp, page, office, monitoring, settings.concurrent_answers),
    )
    problems.install(app)
    app.include_router(question_router(desk))
    app.include_router(document_router(knowledge))
    app.include_router(manage_router(knowledge, settings, office))
    app.include_router(release_router(knowledge))
    app.include_router(health_router(desk, settings, database, monitoring.metrics))
    app.include_router(openai_router(desk, public_url))
    app.router.routes += [Route(path, McpDoor(mcp)) for path in MCP_PATHS]
    add_widget(app)
    add_assets(app)
    app.include_router(page_router(desk, settings, Suggesting(knowledge, questions)))
    app.include_router(documents_router(knowledge))
    app.include_router(export_router(knowledge.today, public_url))
    app.include_router(viewer_router(knowledge))
    app.include_router(use_router(knowledge, settings, store))
    app.include_router(manage_page_router(knowledge, settings, office))
    add_contract(app, settings)
    app.mount("/", Elsewhere(app, page))
    app.add_middleware(
        AnswerSlots, size=settings.concurrent_answers, waiting=settings.waiting_answers, told=monitoring.metrics.slots
    )
    app.add_middleware(BodyLimits, upload_megabytes=settings.upload_size)
    quota = Quota(settings.redis_url.get_secret_value() if settings.redis_url else None)
    app.add_middleware(RateLimits, quota=quota)
    app.add_middleware(
        Access, settings=settings, keys=KeyRing(KeyStore(database, settings.data_dir)),
        tokens=configured_tokens(settings),
    )  # fmt: skip
    app.add_middleware(RequestLog, metrics=monitoring.metrics)
    app.add_middleware(ResponseHeaders, frame_origins=settings.frame_origins)
    return app


@asynccontextmanager
async def _open(
    mcp: LateApp, page: LateApp, office: JobOffice, monitoring: Monitoring, answers: int, _app: FastAPI
) -> AsyncIterator[None]:
    """Begin with what is there soonest. While ``answers`` are being made, other calls still find a thread."""
    current_default_thread_limiter().total_tokens = answers + _OTHER_THREADS
    with closing(monitoring):
        async with mcp.lifespan(), page.lifespan(), office.lifespan():
            yield


def _ready_then_mcp(desk: Desk, public_url: str | None) -> Built:
    """Load the release, so that no visitor waits for it, and only then import what would slow that down."""
    with suppress(HandwijzerError):  # /readyz says what is wrong
        desk.knowledge.retriever().search("opwarmen")
    from bot.mcp.server import build_server

    return build_server(desk, public_url)
