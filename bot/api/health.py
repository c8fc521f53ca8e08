"""Whether the program runs, whether it is ready for questions, and what it measured."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bot.desk import Desk
from bot.monitoring.metrics import CONTENT_TYPE, Metrics
from bot.monitoring.readiness import Checks, Readiness, release_age_s
from bot.storage.database import Database
from kb.settings import Settings


def health_router(desk: Desk, settings: Settings, database: Database, metrics: Metrics) -> APIRouter:
    """Return liveness, readiness and measurements: for those who run the server, so not in the contract."""
    router = APIRouter(include_in_schema=False)
    checks = Checks(desk, settings, database)

    @router.get("/healthz")
    async def get_health() -> dict[str, str]:  # not in a thread: those may all be busy
        """Say that the program runs."""
        return {"status": "ok"}

    @router.get("/readyz")
    def get_readiness(response: Response) -> Readiness:
        """Answer 200 when questions can be answered, else 503."""
        readiness = checks.readiness()
        if readiness.status == "niet-klaar":
            response.status_code = 503
        return readiness

    @router.get("/metrics")
    def get_metrics() -> Response:
        """Return the measurements as Prometheus reads them."""
        return Response(metrics.text(release_age_s(desk.knowledge)), media_type=CONTENT_TYPE)

    return router
