"""The part of the Beheer tab about use and quality: what was asked, what users thought of it, the last measurement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from bot.access.caller import Caller
from bot.answers import AnswerStatus
from bot.api.documents import PageNumber
from bot.api.manage import managing
from bot.feedback import FeedbackStore, Judged, Verdict
from bot.monitoring.audit import audit
from bot.own_questions import FILE, OwnQuestions
from bot.quality import load_quality
from bot.web.templates import render
from kb.documents import Document
from kb.errors import EncoderError, NotFoundError, ReleaseError
from kb.live import LiveKnowledge
from kb.settings import Settings

_ON_A_PAGE = 10
_WEEKS = 12
_MOST_SUBJECTS = 25
_JudgedId = Annotated[str, Path(alias="id", pattern="^[0-9a-zA-Z-]{1,64}$")]


@dataclass(frozen=True, slots=True)
class Named:
    """A document as a list shows it. ``known``: it is in the live release, and can be opened."""

    id: str
    title: str
    known: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of a list is shown, and of how many rows it is."""

    page: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, 1 for an empty list."""
        return max(1, -(-self.total // _ON_A_PAGE))

    @property
    def start(self) -> int:
        """How many rows come before the page."""
        return (self.page - 1) * _ON_A_PAGE


def use_router(knowledge: LiveKnowledge, settings: Settings, store: FeedbackStore) -> APIRouter:
    """Return the calls of the page about use and quality, all for role beheer. They answer with HTML."""
    router = APIRouter(prefix="/pagina/beheer", include_in_schema=False, default_response_class=HTMLResponse)
    questions = OwnQuestions(settings.data_dir)

    @router.get("/gebruik", dependencies=[Depends(managing("gebruik-bekijken"))])
    def get_use(dagen: Literal["7", "30", "90", "365"] = "30") -> str:
        documents = _documents(knowledge)
        subjects = store.usage.subjects(int(dagen), _MOST_SUBJECTS)
        weeks = store.usage.weeks(_WEEKS)
        return render(
            "beheer_gebruik.html",
            days=dagen,
            subjects=[(_named([found.document], documents)[0], found.heading, found.count) for found in subjects],
            weeks=list(reversed(weeks)),
            most=max(week.answered + week.unanswered for week in weeks),
            keep_days=settings.keep_days,
        )

    @router.get("/vragen-zonder-antwoord", dependencies=[Depends(managing("vragen-bekijken"))])
    def get_unanswered(pagina: PageNumber = 1) -> str:
        documents = _documents(knowledge)
        found, total = store.unanswered_page((pagina - 1) * _ON_A_PAGE, _ON_A_PAGE)
        return render(
            "beheer_onbeantwoord.html",
            on=settings.keep_questions,
            pages=Pages(pagina, total),
            rows=[(record, _named(record.documents, documents)) for record in found],
        )

    @router.get("/beoordelingen", dependencies=[Depends(managing("beoordelingen-bekijken"))])
    def get_judged(
        oordeel: Verdict | Literal[""] = "", toon: Literal["nieuw", "alles"] = "nieuw", pagina: PageNumber = 1
    ) -> str:
        documents = _documents(knowledge)
        found, total = store.judged_page(
            (pagina - 1) * _ON_A_PAGE, _ON_A_PAGE, oordeel or None, unreviewed=toon == "nieuw"
        )
        return render(
            "beheer_beoordelingen.html",
            verdict=oordeel,
            shown=toon,
            verdicts=list(Verdict),
            pages=Pages(pagina, total),
            rows=[_row(record, documents) for record in found],
            drafts=bool(questions.text()),
        )

    @router.post("/beoordelingen/{id}/bekeken")
    def post_reviewed(
        judged_id: _JudgedId,
        caller: Annotated[Caller, Depends(managing("beoordeling-bekeken"))],
        bekeken: Annotated[bool, Query()] = True,
    ) -> str:
        record = store.mark(judged_id, reviewed=bekeken)
        audit("beoordeling-bekeken", caller, beoordeling=judged_id, bekeken=bekeken)
        return render("beheer_beoordeling.html", **_row(record, _documents(knowledge)))

    @router.post("/beoordelingen/{id}/testvraag")
    def post_question(judged_id: _JudgedId, caller: Annotated[Caller, Depends(managing("testvraag-maken"))]) -> str:
        record = store.judgement(judged_id)
        documents = _documents(knowledge)
        if not record.drafted:
            questions.add(record, [documents[key] for key in record.documents if key in documents])
            record = store.mark(judged_id, reviewed=True, drafted=True)
            audit("testvraag-maken", caller, beoordeling=judged_id)
        return render("beheer_beoordeling.html", **_row(record, documents))

    @router.get("/testvragen", dependencies=[Depends(managing("testvragen-ophalen"))])
    def get_questions() -> Response:
        text = questions.text()
        if not text:
            raise NotFoundError("Er zijn nog geen testvragen. Maak er een van een beoordeling.")
        headers = {"Content-Disposition": f'attachment; filename="{FILE}"'}
        return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)

    @router.get("/kwaliteit", dependencies=[Depends(managing("kwaliteit-bekijken"))])
    def get_quality() -> str:
        quality = load_quality(settings.data_dir)
        # Drawn by `handwijzer eval`, which escapes what stands in a plot.
        drawings = {one.name: Markup(one.svg) for one in quality.drawings} if quality else {}
        return render("beheer_kwaliteit.html", quality=quality, drawings=drawings, live=knowledge.store.live_id())

    return router


def _documents(knowledge: LiveKnowledge) -> dict[str, Document]:
    """Return the documents of now by id; none where no release can be used: records can be read without it."""
    try:
        return knowledge.retriever().release.documents
    except (ReleaseError, EncoderError):
        return {}


def _named(ids: Iterable[str], documents: dict[str, Document]) -> list[Named]:
    return [Named(key, documents[key].title if key in documents else key, key in documents) for key in ids]


def _row(record: Judged, documents: dict[str, Document]) -> dict[str, object]:
    """Return what the template of one judgement needs."""
    return {
        "record": record,
        "documents": _named(record.documents, documents),
        "answered": record.status is AnswerStatus.ANSWERED,
    }
