"""Whether the program runs, and whether it is ready for questions."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bot.api.models import Health
from kb.errors import HandwijzerError
from kb.live import LiveKnowledge


def health_router(knowledge: LiveKnowledge) -> APIRouter:
    """Return liveness and readiness."""
    router = APIRouter()

    @router.get("/healthz", operation_id="healthz", summary="Draait het programma?", tags=["bewaking"])
    def healthz() -> Health:
        """Altijd 200 zolang het programma draait."""
        return Health(status="ok")

    @router.get("/readyz", operation_id="readyz", summary="Klaar voor vragen?", tags=["bewaking"])
    def readyz(response: Response) -> Health:
        """200 als er vragen kunnen worden beantwoord, anders 503 met de reden."""
        try:
            release = knowledge.retriever().release
        except HandwijzerError as error:
            response.status_code = 503
            return Health(status="niet-klaar", reden=error.message)
        return Health(status="klaar", release=release.id)

    return router
