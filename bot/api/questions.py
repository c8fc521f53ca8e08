"""Asking, searching and judging."""

from __future__ import annotations

from fastapi import APIRouter

from bot.answers import Answer
from bot.api.models import (
    FeedbackIn,
    FeedbackOut,
    PassageList,
    PassageOut,
    QuestionIn,
    SearchIn,
    as_filters,
)
from bot.api.problems import ERRORS
from bot.citing import file_url, heading_of
from bot.desk import Desk


def question_router(desk: Desk) -> APIRouter:
    """Return the calls that answer, search and judge."""
    router = APIRouter(prefix="/v1", tags=["vragen"], responses={status: ERRORS[status] for status in (400, 429, 503)})

    @router.post("/vragen", operation_id="stelVraag", summary="Stel een vraag")
    def post_question(body: QuestionIn) -> Answer:
        """Geef een antwoord met bronnen, of zeg dat de documenten geen antwoord geven."""
        return desk.ask(body.vraag, body.gesprek, as_filters(body.filters))

    @router.post(
        "/beoordelingen",
        operation_id="beoordeel",
        summary="Beoordeel een antwoord",
        status_code=201,
        response_description="De beoordeling is bewaard.",
        responses={404: ERRORS[404]},
    )
    def post_feedback(body: FeedbackIn) -> FeedbackOut:
        """Bewaar wat een gebruiker van een antwoord vindt, met de gemaskeerde vraag.

        Een tweede beoordeling van hetzelfde antwoord vervangt de eerste. Een antwoord dat de server niet meer
        onthoudt, bijvoorbeeld na opnieuw starten, geeft 404.
        """
        return FeedbackOut(id=desk.recorder.judge(body.antwoordId, body.oordeel, body.toelichting or ""))

    @router.post("/zoekopdrachten", operation_id="zoek", summary="Zoek passages")
    def post_search(body: SearchIn) -> PassageList:
        """Geef de passages die het best bij de zoekterm passen, de beste eerst."""
        release, hits = desk.search(body.zoekterm, body.aantal, as_filters(body.filters))
        found = [PassageOut.of(hit, heading_of(hit), file_url(hit.document, hit.passage.page)) for hit in hits]
        return PassageList(resultaten=found, totaal=len(found), release=release)

    return router
