"""What the page asks its server: HTML for what changes, made for its visitor. The public interface is /v1."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from bot.access.caller import Caller, caller_of
from bot.api.models import FeedbackIn, FiltersIn, as_filters
from bot.api.problems import json_body
from bot.api.streaming import EventStream
from bot.desk import Desk
from bot.web.answering import answer_events
from bot.web.conversation import KEPT_EXCHANGES, Kept
from bot.web.render import conversation_html, finder, sources_html
from bot.web.suggesting import Suggesting
from bot.web.templates import dutch_number, long_date, render
from kb.errors import HandwijzerError
from kb.settings import Settings

_Caller = Annotated[Caller, Depends(caller_of)]


class ConversationIn(BaseModel):
    """A conversation as a browser kept it."""

    model_config = ConfigDict(extra="forbid")

    gesprek: list[Kept] = Field([], max_length=KEPT_EXCHANGES)


class AskedIn(ConversationIn):
    """A question of a visitor, with the conversation before it."""

    vraag: str = Field(max_length=100_000)
    filters: FiltersIn | None = None


def page_router(desk: Desk, settings: Settings, suggesting: Suggesting) -> APIRouter:
    """Return the calls with which a visitor asks and reads. They are no part of the public contract."""
    router = APIRouter(prefix="/pagina", include_in_schema=False)
    find = finder(desk.knowledge)
    public_url = str(settings.public_url).rstrip("/") if settings.public_url else ""

    @router.get("/begin")
    def begin(caller: _Caller) -> dict[str, str]:
        """Return what the page shows before anything is asked, and the role of its visitor."""
        shown = {"rol": caller.role.value, "stand": ""}
        try:
            release = desk.knowledge.retriever().release
        except HandwijzerError as error:
            return shown | {"uitleg": render("notice.html", notice=error.message)}
        made = long_date(datetime.fromisoformat(release.manifest.created).astimezone().date())
        documents = dutch_number(release.manifest.documents)
        about = render(
            "about.html", documents=documents, made=made, written=desk.writer is not None,
            kinds=Counter(document.kind for document in release.documents.values()).most_common(),
            keep_days=settings.keep_days, keep_questions=settings.keep_questions,
        )  # fmt: skip
        return shown | {"uitleg": about, "stand": f"– {documents} documenten, bijgewerkt op {made}"}

    @router.get("/filters")
    def filters() -> Response:
        """Return the form in which a visitor chooses which documents take part."""
        documents = sorted(
            desk.knowledge.retriever().release.documents.values(), key=lambda document: document.title.casefold()
        )
        kinds = sorted(Counter(document.kind for document in documents).items())
        return HTMLResponse(render("filters.html", documents=documents, kinds=kinds))

    @router.post("/gesprek", dependencies=[Depends(json_body)])
    def restore(body: ConversationIn) -> dict[str, str]:
        """Return a conversation that the browser kept as HTML again."""
        return {"gesprek": conversation_html(body.gesprek, public_url), "bronnen": sources_html(body.gesprek, find)}

    @router.post("/vragen", dependencies=[Depends(json_body)])
    async def ask(body: AskedIn) -> Response:
        """Answer in server-sent events.

        ``gegevens`` and nothing more when the question holds personal data; else ``melding``, ``bronnen`` and ``tekst``
        as often as needed, and ``klaar`` with the whole exchange. All but the last carry HTML.
        """
        filters = as_filters(body.filters)
        return EventStream(answer_events(desk, body.vraag, body.gesprek, filters, public_url))

    @router.get("/voorbeelden")
    def examples() -> Response:
        """Return questions to begin with, by subject."""
        return HTMLResponse(render("examples.html", groups=suggesting.examples()))

    @router.post("/vervolgvragen", dependencies=[Depends(json_body)])
    def next_questions(body: ConversationIn) -> Response:
        """Return questions that can follow on the last answer of a conversation."""
        answers = [exchange.answer for exchange in body.gesprek if exchange.answer]
        asked = [exchange.question for exchange in body.gesprek]
        questions = suggesting.next_questions(answers[-1], asked, answers[:-1]) if answers else []
        return HTMLResponse(render("next_questions.html", questions=questions))

    @router.post("/beoordelingen", dependencies=[Depends(json_body)], status_code=204)
    def judge(body: FeedbackIn) -> None:
        """Keep what a visitor thinks of an answer."""
        desk.recorder.judge(body.antwoordId, body.oordeel, body.toelichting or "")

    return router
