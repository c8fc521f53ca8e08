"""Asking, searching and judging."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from bot.answers import Answer
from bot.api.models import FeedbackIn, FeedbackOut, PassageList, QuestionIn, SearchIn, as_filters
from bot.api.problems import ERRORS, json_body
from bot.api.streaming import STREAM_MEDIA_TYPE, EventStream, answer_events, wants_stream
from bot.desk import Desk


def question_router(desk: Desk) -> APIRouter:
    """Return the calls that answer, search and judge."""
    router = APIRouter(prefix="/v1", tags=["vragen"], dependencies=[Depends(json_body)])

    @router.post(
        "/vragen",
        operation_id="stelVraag",
        summary="Stel een vraag",
        response_model=Answer,
        response_description="Het antwoord: in één keer, of als stroom van gebeurtenissen.",
        responses={200: {"content": {STREAM_MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def post_question(body: QuestionIn, request: Request) -> Response:
        """Geef een antwoord met bronnen, of zeg dat de documenten geen antwoord geven.

        Met `Accept: text/event-stream` komt het antwoord als server-sent events: eerst `bronnen`, dan `tekst` zo vaak
        als nodig, en als laatste `klaar` met het hele antwoord. Gaat het onderweg mis, dan is `fout` de laatste.
        """
        asked = body.vraag, body.gesprek, as_filters(body.filters)
        if wants_stream(request.headers.getlist("accept")):
            pieces = await run_in_threadpool(desk.stream, *asked)
            return EventStream(answer_events(pieces, request.url.path))
        answer = await run_in_threadpool(desk.ask, *asked)
        return JSONResponse(answer.model_dump(mode="json"), headers={"Vary": "Accept"})

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
        onthoudt, 24 uur na de vraag, geeft 404.
        """
        return FeedbackOut(id=desk.recorder.judge(body.antwoordId, body.oordeel, body.toelichting or ""))

    @router.post(
        "/zoekopdrachten", operation_id="zoek", summary="Zoek passages", response_description="De gevonden passages."
    )
    def post_search(body: SearchIn) -> PassageList:
        """Geef de passages die het best bij de zoekterm passen, de beste eerst."""
        return PassageList.of(*desk.search(body.zoekterm, body.aantal, as_filters(body.filters)))

    return router
