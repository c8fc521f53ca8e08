"""Looking after the documents: adding, removing and reading in, for callers with role beheer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError

from bot.access.caller import Caller, Role, caller_of, manager_of
from bot.api.documents import DocumentId, PageNumber, PageSize
from bot.api.manage_models import IndexingIn, JobList, JobOut, JobSummary, UploadIn, UploadOut
from bot.api.problems import ERRORS, json_body
from bot.api.uploading import FILE_FIELD, FORM, bring_in, checked, form_of
from bot.jobs.office import JobOffice
from bot.jobs.queue import Job, Kind
from bot.monitoring.audit import audit
from kb.documents import Document
from kb.errors import HandwijzerError, NotFoundError, ReleaseError
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

_JOBS = "/v1/indexeringen"
_JobId = Annotated[
    str,
    PathParameter(
        alias="indexeringId",
        pattern="^[0-9a-f]{24}$",
        description="De id van de taak.",
        examples=["5f0c1d3e9a7b4c2f8e6d1a0b"],
    ),
]
_LOCATION = {
    "Location": {
        "description": "Het adres van de taak.",
        "schema": {"type": "string", "examples": [f"{_JOBS}/5f0c1d3e9a7b4c2f8e6d1a0b"]},
    }
}
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"headers": _LOCATION}}
_EVERYTHING = IndexingIn()
_FILE = {"type": "string", "contentMediaType": "application/octet-stream", "description": "Het bestand."}


class AttachmentError(HandwijzerError):
    """The document is part of another, with which it comes and goes."""

    status = 409
    slug = "bijlage"
    title = "Dit document is een bijlage"


def managing(action: str) -> Callable[[Request], Iterator[Caller]]:
    """Return the dependency of a call for role beheer. Who is refused, and what fails, gets an audit line ``action``.

    What succeeds tells of itself: only the call knows to which document it happened.
    """

    def manager(request: Request) -> Iterator[Caller]:
        caller = Caller("onbekend", Role.READ, 0)
        try:
            with suppress(HandwijzerError):
                caller = caller_of(request)
            yield manager_of(request)
        except HandwijzerError as error:
            refused = error.status in (401, 403)
            if refused or request.method != "GET":
                audit(action, caller, uitkomst="geweigerd" if refused else "mislukt", status=error.status)
            raise

    return manager


def manage_router(knowledge: LiveKnowledge, settings: Settings, office: JobOffice) -> APIRouter:
    """Return the calls that add, remove and read in documents, and those that follow the jobs which do so."""
    router = APIRouter(prefix="/v1", tags=["beheer"])

    @router.post(
        "/documenten",
        operation_id="voegDocumentToe",
        summary="Voeg een document toe",
        status_code=202,
        response_description="Het bestand staat in de corpusmap; de taak leest het in.",
        responses=_ACCEPTED | {409: ERRORS[409]},
        openapi_extra={"requestBody": {"required": True, "content": {FORM: {"schema": _upload_schema()}}}},
    )
    async def post_document(
        request: Request, response: Response, caller: Annotated[Caller, Depends(managing("document-toevoegen"))]
    ) -> UploadOut:
        """Zet een bestand in de corpusmap en lees het in. De gegevens erbij komen in een `.meta.yaml`-bestand.

        Kan het bestand niet worden ingelezen, dan mislukt de taak en is de corpusmap weer zoals hij was; een vorige
        versie komt terug. Een naam die al bestaat, geeft 409, tenzij `vervangen` `true` is.
        """
        form = await form_of(request)
        try:
            brought = await run_in_threadpool(bring_in, *checked(form), settings, office, caller)
        finally:
            await form.close()
        job = brought.indexering
        audit("document-toevoegen", caller, document=brought.documentId, taak=job.id if job else None)
        if job:
            response.headers["Location"] = f"{_JOBS}/{job.id}"
        return brought

    @router.delete(
        "/documenten/{documentId}",
        operation_id="verwijderDocument",
        summary="Verwijder een document",
        status_code=202,
        response_description="De taak die het verwijdert.",
        responses=_ACCEPTED | {404: ERRORS[404], 409: ERRORS[409]},
    )
    def delete_document(
        document_id: DocumentId,
        response: Response,
        caller: Annotated[Caller, Depends(managing("document-verwijderen"))],
        overal: Annotated[bool, Query(description="Wis het ook uit oudere releases en caches (AVG).")] = False,
    ) -> JobOut:
        """Haal een document uit de kennisbank en zijn bestand uit de corpusmap. Bijlagen van een e-mail gaan mee."""
        document = _kept(knowledge.store, document_id, overal)
        if document.parent:
            raise AttachmentError("Dit is een bijlage van een e-mail. Verwijder de e-mail; de bijlagen gaan mee.")
        work = {"documentId": document_id, "bestand": document.file, "overal": overal}
        job = office.hand_in(Kind.REMOVAL, work, caller.name)
        audit("document-verwijderen", caller, document=document_id, overal=overal, taak=job.id)
        return _accepted(job, response)

    @router.post(
        "/indexeringen",
        operation_id="leesIn",
        summary="Lees de documenten in",
        status_code=202,
        response_description="De taak die inleest.",
        responses=_ACCEPTED,
        dependencies=[Depends(json_body)],
    )
    def post_indexing(
        response: Response,
        caller: Annotated[Caller, Depends(managing("inlezen"))],
        body: IndexingIn = _EVERYTHING,
    ) -> JobOut:
        """Maak de kennisbank gelijk aan de corpusmap, of lees alleen de genoemde paden in.

        Taken wachten op elkaar; hoogstens honderd mogen er wachten, daarna is het een 503.
        """
        wrong = [place for place, path in enumerate(body.paden) if not _is_inside(path, settings.corpus_dir)]
        if wrong:
            raise RequestValidationError([{"type": "path", "loc": ("body", "paden", place)} for place in wrong])
        job = office.hand_in(Kind.INDEXING, body.model_dump(), caller.name)
        audit("inlezen", caller, taak=job.id, volledig=body.volledig, proef=body.proef, paden=len(body.paden))
        return _accepted(job, response)

    @router.get(
        "/indexeringen",
        operation_id="indexeringen",
        summary="Toon alle taken",
        response_description="Eén bladzijde van de lijst.",
        dependencies=[Depends(managing("taken-bekijken"))],
    )
    def get_jobs(pagina: PageNumber = 1, aantal: PageSize = 20) -> JobList:
        """Geef één bladzijde van de taken, de nieuwste eerst, zonder hun verslagen."""
        found, total = office.page((pagina - 1) * aantal, aantal)
        return JobList(resultaten=[JobSummary.of(job) for job in found], totaal=total)

    @router.get(
        "/indexeringen/{indexeringId}",
        operation_id="indexering",
        summary="Toon één taak",
        response_description="De taak zoals zij nu is.",
        responses={404: ERRORS[404]},
        dependencies=[Depends(managing("taak-bekijken"))],
    )
    def get_job(job_id: _JobId) -> JobOut:
        """Geef hoe ver een taak is en, als zij klaar is, het verslag."""
        return JobOut.of(office.get(job_id))

    return router


def _accepted(job: Job, response: Response) -> JobOut:
    response.headers["Location"] = f"{_JOBS}/{job.id}"
    return JobOut.of(job)


def _kept(store: ReleaseStore, document_id: str, everywhere: bool) -> Document:
    """Return the document from the live release, or else from any when it is to go ``everywhere``."""
    live = store.live_id()
    for release_id in ([live] if live else []) + (store.ids() if everywhere else []):
        with suppress(*([ReleaseError] if release_id != live else [])):
            if found := store.documents(release_id).get(document_id):
                return found
    raise NotFoundError(f"Document '{document_id}' staat niet in de kennisbank.")


def _is_inside(path: str, corpus_dir: Path) -> bool:
    """Tell whether ``path`` names a file or folder in the corpus folder that an ingest would look at."""
    parts = PurePosixPath(path).parts
    if path.startswith("/") or "\0" in path or any(part.startswith((".", "~$")) for part in parts):
        return False
    try:
        return (corpus_dir / path).resolve(strict=True).is_relative_to(corpus_dir.resolve())
    except (OSError, RuntimeError):
        return False


def _upload_schema() -> dict[str, Any]:
    schema = UploadIn.model_json_schema()
    return schema | {"properties": {FILE_FIELD: _FILE, **schema["properties"]}, "required": [FILE_FIELD]}
