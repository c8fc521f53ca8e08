"""What is in the knowledge base, and the original files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse

from bot.api.models import DocumentList, DocumentOut, DocumentTextOut
from bot.api.problems import ERRORS
from bot.citing import file_url
from kb.documents import Document
from kb.errors import NotFoundError, ReleaseError
from kb.live import LiveKnowledge

# Shown by the browser itself; everything else is downloaded, so that a document's own scripts never run here.
_INLINE = {"application/pdf": "application/pdf", "text/plain": "text/plain", "text/markdown": "text/plain"}
_DocumentId = Annotated[str, Path(alias="documentId", max_length=200)]


def document_router(knowledge: LiveKnowledge) -> APIRouter:
    """Return the calls that list, describe and open documents."""
    router = APIRouter(
        prefix="/v1", tags=["documenten"], responses={status: ERRORS[status] for status in (400, 429, 503)}
    )

    @router.get("/documenten", operation_id="documenten", summary="Toon alle documenten")
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
        responses={404: ERRORS[404]},
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
        response_class=FileResponse,
        responses={404: ERRORS[404]},
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
