"""What the Beheer tab asks its server, for callers with role beheer: HTML, and the files that wait to be published."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse

from bot.access.caller import Caller
from bot.api.manage import managing
from bot.api.manage_models import UploadIn
from bot.api.problems import json_body
from bot.api.uploading import bring_in, checked, form_of, require_readable, require_size
from bot.checkup import examined
from bot.drafts import Draft, Drafts
from bot.jobs.office import JobOffice
from bot.jobs.queue import Job, Kind
from bot.monitoring.audit import audit
from bot.releases import kept_releases
from bot.web.manage_view import diff_of, found_documents, release_rows, shown_jobs
from bot.web.templates import render
from ingest.html_report import PAGE
from ingest.report import Status
from kb.errors import HandwijzerError, NotFoundError, ReleaseError, UsageError
from kb.live import LiveKnowledge
from kb.releases import translated_disk_errors
from kb.settings import Settings

_SHOWN_JOBS = 100
_Token = Annotated[str, Path(pattern="^[0-9a-f]{24}$")]


class PlaceIn(BaseModel):
    """Which file of the corpus folder a file that waits replaces; empty when it is a document of its own."""

    model_config = ConfigDict(extra="forbid")

    vervangt: str = Field("", max_length=1000)


class PublishIn(BaseModel):
    """The job that showed what would change."""

    model_config = ConfigDict(extra="forbid")

    taak: str = Field(pattern="^[0-9a-f]{24}$")


def manage_page_router(knowledge: LiveKnowledge, settings: Settings, office: JobOffice) -> APIRouter:
    """Return the calls of the tab. They are no part of the public contract."""
    router = APIRouter(prefix="/pagina/beheer", include_in_schema=False)
    store = knowledge.store
    sees = [Depends(managing("beheer-bekijken"))]

    def drafts_of(caller: Caller) -> Drafts:
        return Drafts(settings.data_dir, settings.corpus_dir, caller.name)

    def known_files() -> list[str]:
        live = store.live_id()
        try:
            documents = store.documents(live) if live else {}
        except ReleaseError:
            documents = {}
        return [document.file for document in documents.values() if document.parent is None]

    def waiting(caller: Caller, faults: dict[str, str] | None = None) -> HTMLResponse:
        known, drafts = known_files(), drafts_of(caller)
        rows = [
            (draft, drafts.rivals(draft.name, known) if draft.file is None else [], (faults or {}).get(draft.token))
            for draft in drafts.all()
        ]
        free = {draft.name for draft, rivals, _ in rows if draft.name not in rivals}
        return HTMLResponse(render("beheer_klaar.html", rows=rows, free=free))

    @router.get("", dependencies=sees)
    def frame() -> HTMLResponse:
        """Return the frame of the tab. Whoever gets it has role beheer."""
        return HTMLResponse(render("beheer.html", largest=settings.upload_size))

    @router.get("/documenten", dependencies=sees)
    def documents(zoek: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
        """Return the documents that can be removed."""
        live = store.live_id()
        found, total = found_documents(store.documents(live) if live else {}, zoek)
        return HTMLResponse(render("beheer_documenten.html", documents=found, total=total, searched=zoek.strip()))

    @router.get("/klaar")
    def drafts(caller: Annotated[Caller, Depends(managing("klaargezet-bekijken"))]) -> HTMLResponse:
        """Return the files that wait."""
        return waiting(caller)

    @router.post("/klaar")
    async def add(
        request: Request,
        caller: Annotated[Caller, Depends(managing("bestand-klaarzetten"))],
        vervangt: Annotated[str, Query(max_length=1000)] = "",
    ) -> HTMLResponse:
        """Let a file wait, to go for the file ``vervangt`` if given. It is no document before it is published."""
        form = await form_of(request)
        try:
            upload, file, _ = checked(form)
            await run_in_threadpool(_take_in, drafts_of(caller), upload, file.name, settings, known_files, vervangt)
        finally:
            await form.close()
        return await run_in_threadpool(waiting, caller)

    @router.put("/klaar/{token}/plaats", dependencies=[Depends(json_body)])
    def put_place(
        token: _Token, body: PlaceIn, caller: Annotated[Caller, Depends(managing("bestand-klaarzetten"))]
    ) -> HTMLResponse:
        """Note what a file that waits replaces, if anything."""
        kept = drafts_of(caller)
        draft = kept.get(token)
        rivals = kept.rivals(draft.name, known_files())
        if body.vervangt and body.vervangt not in rivals:
            raise NotFoundError("Het bestand dat u wilt vervangen, is er niet meer. Kies opnieuw.")
        if not body.vervangt and draft.name in rivals:
            raise UsageError("Er is al een bestand met deze naam op deze plaats. Geef het nieuwe een andere naam.")
        kept.send_to(draft, body.vervangt or draft.name, bool(body.vervangt))
        return waiting(caller)

    @router.put("/klaar/{token}/gegevens", dependencies=[Depends(json_body)])
    def put_fields(
        token: _Token, body: UploadIn, caller: Annotated[Caller, Depends(managing("bestand-klaarzetten"))]
    ) -> HTMLResponse:
        """Note what is known of a file that waits."""
        kept = drafts_of(caller)
        kept.describe(kept.get(token), body.described())
        return waiting(caller)

    @router.delete("/klaar/{token}")
    def drop(token: _Token, caller: Annotated[Caller, Depends(managing("bestand-weghalen"))]) -> HTMLResponse:
        """Let go of one file that waits."""
        kept = drafts_of(caller)
        kept.drop([kept.get(token)])
        return waiting(caller)

    @router.delete("/klaar")
    def drop_all(caller: Annotated[Caller, Depends(managing("bestand-weghalen"))]) -> HTMLResponse:
        """Let go of all that waits; nothing else knows of it."""
        kept = drafts_of(caller)
        kept.drop(kept.all())
        return waiting(caller)

    @router.post("/klaar/proef", status_code=202)
    def try_out(caller: Annotated[Caller, Depends(managing("proef"))]) -> dict[str, str]:
        """Ask what would change if the files that wait were published."""
        ready = _chosen(drafts_of(caller).all())
        job = office.hand_in(Kind.INDEXING, {"klaargezet": [draft.token for draft in ready]}, caller.name)
        audit("proef", caller, taak=job.id, bestanden=len(ready))
        return {"taak": job.id}

    @router.post("/klaar/publicatie", dependencies=[Depends(json_body)])
    def publish(body: PublishIn, caller: Annotated[Caller, Depends(managing("document-toevoegen"))]) -> HTMLResponse:
        """Bring the files that ``taak`` could read into the corpus folder and have them read in; the rest waits on."""
        job, kept = office.get(body.taak), drafts_of(caller)
        tried = [draft for draft in kept.all() if draft.token in job.work.get("klaargezet", [])]
        return waiting(caller, _published(job, tried, kept, settings, office, caller))

    @router.get("/proef/{taak}")
    def diff(taak: _Token, caller: Annotated[Caller, Depends(managing("proef-bekijken"))]) -> HTMLResponse:
        """Return what a job that only looked found."""
        job = office.get(taak)
        return HTMLResponse(render("beheer_verschil.html", job=job, diff=diff_of(job, drafts_of(caller), store)))

    @router.get("/taken")
    def jobs(caller: Annotated[Caller, Depends(managing("taken-bekijken"))]) -> HTMLResponse:
        """Return what is being done, and what was done last."""
        found, _ = office.page(0, _SHOWN_JOBS)
        busy, ended = shown_jobs(found, caller.name)
        return HTMLResponse(render("beheer_taken.html", busy=busy, ended=ended))

    @router.get("/releases", dependencies=sees)
    def releases() -> HTMLResponse:
        """Return the kept releases."""
        rows = release_rows(store, kept_releases(store), knowledge.encoder.fingerprint)
        return HTMLResponse(render("beheer_releases.html", rows=rows))

    @router.get("/verslag/{release}", dependencies=sees)
    def report(release: Annotated[str, Path(pattern=r"^r[0-9]{8}-[0-9]{9}-[0-9a-f]{4}$")]) -> HTMLResponse:
        """Return the report that an ingest wrote with its release: a page of its own."""
        try:
            return HTMLResponse((store.folder(release) / PAGE).read_text("utf-8"))
        except OSError as error:
            raise NotFoundError("Van deze release is geen verslag bewaard.") from error

    @router.get("/controle", dependencies=sees)
    def check() -> HTMLResponse:
        """Return what `handwijzer doctor` finds."""
        findings = examined(store, settings, knowledge.encoder.fingerprint)
        return HTMLResponse(render("beheer_controle.html", findings=findings))

    return router


def _chosen(drafts: list[Draft]) -> list[Draft]:
    """Return the files that wait. Raises `UsageError` when there are none, or one of them has no place yet."""
    if not drafts:
        raise UsageError("Er staan geen bestanden klaar. Kies eerst een bestand.")
    if any(draft.file is None for draft in drafts):
        raise UsageError("Kies eerst bij elk bestand of het een ander vervangt.")
    return drafts


def _take_in(
    drafts: Drafts, upload: UploadFile, name: str, settings: Settings, known: Callable[[], Iterable[str]], replaced: str
) -> None:
    """Let a file wait under ``name``. Nothing is left behind when it can not be read, or is too large."""
    require_size(upload, settings)
    if replaced:
        _require_same_kind(PurePosixPath(name), replaced, known())
    token, target = drafts.incoming(name)
    try:
        with translated_disk_errors(settings.data_dir), target.open("wb") as stream:
            shutil.copyfileobj(upload.file, stream)
        require_readable(target)
        drafts.keep(token, known(), replaced)
    except BaseException:
        drafts.erase(token)
        raise


def _require_same_kind(name: PurePosixPath, replaced: str, known: Iterable[str]) -> None:
    if replaced not in known:
        raise NotFoundError("Het bestand dat u wilt vervangen, is er niet meer. Kies opnieuw.")
    old, new = PurePosixPath(replaced).suffix.lower(), name.suffix.lower()
    if old != new:
        raise UsageError(
            f"Dit is een {new or 'bestand zonder uitgang'}, en het document is een {old or 'bestand zonder uitgang'}. "
            "Voeg het nieuwe toe met ‘Kies bestanden’, en verwijder daarna het oude."
        )


def _published(
    job: Job, tried: Sequence[Draft], drafts: Drafts, settings: Settings, office: JobOffice, caller: Caller
) -> dict[str, str]:
    """Hand in those of ``tried`` that ``job`` could read. They wait no more; why another does, by token."""
    rows = {row["bestand"]: row for row in (job.report or {}).get("documenten", ())}
    faults = {}
    for draft in tried:
        row = rows.get(draft.file or "")
        if draft.file is None or row is None or row["status"] == Status.FAILED:
            if row and row["melding"]:
                faults[draft.token] = row["melding"]
            continue
        file = PurePosixPath(draft.file)
        fields = {"geldigTot" if key == "geldig_tot" else key: value for key, value in draft.fields.items()}
        given = UploadIn.model_validate(fields | {"vervangen": draft.replaces})
        try:
            with draft.path.open("rb") as stream:
                upload = UploadFile(stream, size=draft.size_bytes, filename=file.name)
                brought = bring_in(upload, file, given, settings, office, caller)
        except HandwijzerError as error:
            faults[draft.token] = error.message
            continue
        taken = brought.indexering
        audit("document-toevoegen", caller, document=brought.documentId, taak=taken.id if taken else None)
        drafts.drop([draft])
    return faults
