"""The resources of the API. Every answer comes from `bot.service`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse

from bot.answers import Answer
from bot.api.models import (
    DocumentList,
    DocumentOut,
    DocumentTextOut,
    FeedbackIn,
    FeedbackOut,
    Health,
    PassageList,
    PassageOut,
    QuestionIn,
    SearchIn,
    as_filters,
)
from bot.api.problems import MEDIA_TYPE, Problem
from bot.citing import file_url, heading_of
from bot.recording import Recorder
from bot.service import ask, search
from kb.documents import Document
from kb.errors import HandwijzerError, NotFoundError, ReleaseError
from kb.live import LiveKnowledge
from kb.retrieval import Filters

if TYPE_CHECKING:
    from bot.generative.writer import Writer

_ERRORS: dict[int | str, dict[str, object]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
    for status, text in {
        400: "De invoer klopt niet; alle fouten staan erbij.",
        404: "Bestaat niet.",
        429: "Te veel verzoeken; Retry-After zegt wanneer het weer kan.",
        503: "De kennisbank is nog niet beschikbaar.",
    }.items()
}
# Shown by the browser itself; everything else is downloaded, so that a document's own scripts never run here.
_INLINE = {"application/pdf": "application/pdf", "text/plain": "text/plain", "text/markdown": "text/plain"}
_DocumentId = Annotated[str, Path(alias="documentId", max_length=200)]


def api_router(knowledge: LiveKnowledge, recorder: Recorder, writer: Writer | None) -> APIRouter:
    """Return the routes under /v1."""
    router = APIRouter(prefix="/v1", responses={status: _ERRORS[status] for status in (400, 429, 503)})

    @router.post("/vragen", operation_id="stelVraag", summary="Stel een vraag", tags=["vragen"])
    def post_question(body: QuestionIn) -> Answer:
        """Geef een antwoord met bronnen, of zeg dat de documenten geen antwoord geven."""
        filters = as_filters(body.filters)
        answer = ask(knowledge, body.vraag, body.gesprek, filters, writer)
        recorder.answered(body.vraag, body.gesprek, answer, filtered=filters not in (None, Filters()))
        return answer

    @router.post(
        "/beoordelingen",
        operation_id="beoordeel",
        summary="Beoordeel een antwoord",
        tags=["vragen"],
        status_code=201,
        response_description="De beoordeling is bewaard.",
        responses={404: _ERRORS[404]},
    )
    def post_feedback(body: FeedbackIn) -> FeedbackOut:
        """Bewaar wat een gebruiker van een antwoord vindt, met de gemaskeerde vraag.

        Een tweede beoordeling van hetzelfde antwoord vervangt de eerste. Een antwoord dat de server niet meer
        onthoudt, bijvoorbeeld na opnieuw starten, geeft 404.
        """
        return FeedbackOut(id=recorder.judge(body.antwoordId, body.oordeel, body.toelichting or ""))

    @router.post("/zoekopdrachten", operation_id="zoek", summary="Zoek passages", tags=["vragen"])
    def post_search(body: SearchIn) -> PassageList:
        """Geef de passages die het best bij de zoekterm passen, de beste eerst."""
        release, hits = search(knowledge, body.zoekterm, body.aantal, as_filters(body.filters))
        found = [PassageOut.of(hit, heading_of(hit), file_url(hit.document, hit.passage.page)) for hit in hits]
        return PassageList(resultaten=found, totaal=len(found), release=release)

    @router.get("/documenten", operation_id="documenten", summary="Toon alle documenten", tags=["documenten"])
    def get_documents(
        pagina: Annotated[int, Query(ge=1, le=100_000)] = 1, aantal: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> DocumentList:
        """Geef één bladzijde van de documenten in de kennisbank, op titel."""
        documents = sorted(knowledge.retriever().release.documents.values(), key=lambda item: item.title.casefold())
        shown = documents[(pagina - 1) * aantal : pagina * aantal]
        today = knowledge.today()
        found = [DocumentOut.of(document, file_url(document), today) for document in shown]
        return DocumentList(resultaten=found, totaal=len(documents))

    @router.get(
        "/documenten/{documentId}",
        operation_id="document",
        summary="Toon één document",
        tags=["documenten"],
        responses={404: _ERRORS[404]},
    )
    def get_document(document_id: _DocumentId) -> DocumentTextOut:
        """Geef de gegevens en de tekst van één document."""
        release = knowledge.retriever().release
        text = release.text_of(document_id)
        document = release.documents[document_id]
        known = DocumentOut.of(document, file_url(document), knowledge.today())
        return DocumentTextOut(**known.model_dump(), tekst=text)

    @router.get(
        "/documenten/{documentId}/bestand",
        operation_id="bestand",
        summary="Open het originele bestand",
        tags=["documenten"],
        response_class=FileResponse,
        responses={404: _ERRORS[404]},
    )
    def get_file(
        document_id: _DocumentId,
        versie: Annotated[str | None, Query(pattern="^[0-9a-f]{12}$", description="Versie uit een bron-url.")] = None,
    ) -> FileResponse:
        """Geef het bestand zoals het is ingelezen; met versie de versie die een antwoord heeft geciteerd."""
        document = _version(knowledge, document_id, versie)
        shown_as = _INLINE.get(document.media_type)
        return FileResponse(
            knowledge.store.original(document),
            media_type=shown_as or document.media_type,
            filename=PurePosixPath(document.file).name,
            content_disposition_type="inline" if shown_as else "attachment",
        )

    return router


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


def _version(knowledge: LiveKnowledge, document_id: str, version: str | None) -> Document:
    """Find the document as it is now, or the version that an earlier release cited."""
    live = knowledge.retriever().release.documents.get(document_id)
    if live and (version is None or live.sha256.startswith(version)):
        return live
    if version:
        for release_id in knowledge.store.ids():
            with suppress(ReleaseError):  # a damaged older release does not stand in the way of the others
                document = knowledge.store.documents(release_id).get(document_id)
                if document and document.sha256.startswith(version):
                    return document
    raise NotFoundError(f"Document '{document_id}' staat niet (meer) in de kennisbank.")
