"""What is in the knowledge base, and the original files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from bot.api.models import DocumentList, DocumentOut, DocumentTextOut
from bot.api.problems import ERRORS, problem_response
from bot.originals import document_version
from kb.live import LiveKnowledge

# Shown by the browser itself; everything else is downloaded, so that a document's own scripts never run here.
_INLINE = {"application/pdf": "application/pdf", "text/plain": "text/plain", "text/markdown": "text/plain"}
DocumentId = Annotated[
    str,
    Path(
        alias="documentId",
        min_length=1,
        max_length=200,
        description="De id van het document, uit de lijst of uit een antwoord.",
        examples=["begrippen-en-afkortingen-f646c5"],
    ),
]
DocumentVersion = Annotated[
    str | None, Query(pattern="^[0-9a-f]{12}$", description="Versie uit een bron-url.", examples=["43d16c4a3506"])
]
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Welke bladzijde van de lijst.", examples=[1])]
PageSize = Annotated[int, Query(ge=1, le=100, description="Hoeveel er op een bladzijde staan.", examples=[1])]


_FILE = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}


class _OriginalFile(FileResponse):
    """A file, or the part of it that ``Range`` asks for. A range that it does not have is a problem like others."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def pass_on(message: Message) -> None:
            nonlocal refused
            refused = refused or message.get("status") in (400, 416)
            if not refused:
                await send(message)

        await super().__call__(scope, receive, pass_on)
        if refused:
            await problem_response(scope["path"], 416)(scope, receive, send)


def document_router(knowledge: LiveKnowledge) -> APIRouter:
    """Return the calls that list, describe and open documents."""
    router = APIRouter(prefix="/v1", tags=["documenten"])

    @router.get(
        "/documenten",
        operation_id="documenten",
        summary="Toon alle documenten",
        response_description="Eén bladzijde van de lijst.",
    )
    def get_documents(pagina: PageNumber = 1, aantal: PageSize = 20) -> DocumentList:
        """Geef één bladzijde van de documenten in de kennisbank, op titel."""
        documents = sorted(knowledge.retriever().release.documents.values(), key=lambda item: item.title.casefold())
        shown = documents[(pagina - 1) * aantal : pagina * aantal]
        today = knowledge.today()
        found = [DocumentOut.of(document, today) for document in shown]
        return DocumentList(resultaten=found, totaal=len(documents))

    @router.get(
        "/documenten/{documentId}",
        operation_id="document",
        summary="Toon één document",
        response_description="Het document.",
        responses={404: ERRORS[404]},
    )
    def get_document(document_id: DocumentId) -> DocumentTextOut:
        """Geef de gegevens en de tekst van één document."""
        release = knowledge.retriever().release
        text = release.text_of(document_id)
        document = release.documents[document_id]
        known = DocumentOut.of(document, knowledge.today())
        return DocumentTextOut(**known.model_dump(), tekst=text)

    @router.get(
        "/documenten/{documentId}/bestand",
        operation_id="bestand",
        summary="Open het originele bestand",
        response_class=_OriginalFile,
        response_description="Het bestand, met zijn eigen mediatype.",
        responses={
            200: _FILE,
            206: {"description": "Het deel van het bestand dat Range vraagt."} | _FILE,
            404: ERRORS[404],
            416: ERRORS[416],
        },
    )
    def get_file(document_id: DocumentId, versie: DocumentVersion = None) -> _OriginalFile:
        """Geef het bestand zoals het is ingelezen; met versie de versie die een antwoord heeft geciteerd."""
        document = document_version(knowledge, document_id, versie)
        shown_as = _INLINE.get(document.media_type)
        return _OriginalFile(
            knowledge.store.original(document),
            media_type=shown_as or document.media_type,
            filename=PurePosixPath(document.file).name,
            content_disposition_type="inline" if shown_as else "attachment",
            headers={"Cache-Control": "private, no-cache"},
        )

    return router
