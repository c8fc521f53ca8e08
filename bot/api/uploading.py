"""Taking in an upload: the form, the file on its way to the disk, and its place in the corpus folder."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from fastapi.exceptions import RequestValidationError
from filelock import FileLock
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.access.caller import Caller
from bot.api.manage_models import JobOut, UploadIn, UploadOut
from bot.api.problems import MediaTypeError
from bot.jobs.office import JobOffice
from bot.jobs.queue import Kind, new_id
from ingest.file_names import safe_file_name
from ingest.placing import FileExistsAlreadyError, Placed, incoming, place, settle, take_out
from ingest.recognising import require_known_format
from kb.errors import HandwijzerError, ReadError, Reason, UsageError
from kb.releases import translated_disk_errors
from kb.settings import Settings

FORM = "multipart/form-data"
FILE_FIELD = "bestand"
# The fields of `UploadIn`, and some that are not known and will be named.
_MOST_FIELDS = 20
_MOST_FIELD_BYTES = 8000
_PATIENCE_S = 60


class TooLargeError(HandwijzerError):
    """The file is larger than an upload may be."""

    status = 413
    slug = "te-groot"
    title = "Het bestand is te groot"


async def form_of(request: Request) -> FormData:
    """Read a form; a large file in it goes to the disk as it comes. The caller closes it.

    Raises `MediaTypeError` for a body that is no form, `UsageError` for one that can not be read.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise MediaTypeError(f"Stuur het bestand als {FORM}, in het veld '{FILE_FIELD}'.")
    try:
        return await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD_BYTES)
    except HTTPException as error:
        raise UsageError(
            f"Dit formulier kan niet worden gelezen. Stuur één bestand, in het veld '{FILE_FIELD}', als geldige {FORM}."
        ) from error


def checked(form: FormData) -> tuple[UploadFile, PurePosixPath, UploadIn]:
    """Return the file, its place in the corpus folder and the fields.

    Raises `RequestValidationError` naming every fault.
    """
    faults: list[Any] = []
    given = form.get(FILE_FIELD)
    name = safe_file_name(given.filename or "") if isinstance(given, UploadFile) else ""
    if not name:
        kind = "missing" if given is None else "file_name" if isinstance(given, UploadFile) else "file_type"
        faults.append({"type": kind, "loc": ("body", FILE_FIELD)})
    # A page sends what was left empty as empty text.
    filled = {key: value for key, value in form.items() if key != FILE_FIELD and value != ""}
    fields = UploadIn()
    try:
        fields = UploadIn.model_validate(filled)
    except ValidationError as error:
        faults += [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
    if faults or not isinstance(given, UploadFile):
        raise RequestValidationError(faults)
    return given, PurePosixPath(fields.map, name), fields


def bring_in(
    upload: UploadFile, file: PurePosixPath, fields: UploadIn, settings: Settings, office: JobOffice, caller: Caller
) -> UploadOut:
    """Put a file at its place in the corpus folder and ask for it to be read in, unless the fields say not to.

    Raises `TooLargeError`, `MediaTypeError`, `ReadError`, `FileExistsAlreadyError`, `ReleaseError` (disk full) and what
    `JobOffice.hand_in` raises; nothing is left behind then.
    """
    require_size(upload, settings)
    corpus_dir, token = settings.corpus_dir, new_id()
    try:
        fresh = incoming(corpus_dir, token, file.name)
        with translated_disk_errors(corpus_dir), fresh.open("wb") as stream:
            shutil.copyfileobj(upload.file, stream)
        require_readable(fresh)
        # Two uploads of one file at once: the second would take the first for what it replaces.
        with FileLock(settings.data_dir / "uploads.lock", timeout=_PATIENCE_S):
            if office.brings(str(file)):
                raise FileExistsAlreadyError(f"{file} wordt nog ingelezen. Wacht tot dat klaar is.")
            placed = place(corpus_dir, token, file, fields.described(), replace=fields.vervangen)
            return _handed_in(placed, fields, corpus_dir, office, caller)
    except BaseException:
        settle(corpus_dir, token)
        raise


def _handed_in(placed: Placed, fields: UploadIn, corpus_dir: Path, office: JobOffice, caller: Caller) -> UploadOut:
    job = None
    if fields.inlezen:
        work = {"documentId": placed.document_id, "geplaatst": asdict(placed)}
        try:
            job = office.hand_in(Kind.UPLOAD, work, caller.name, placed.token)
        except BaseException:
            take_out(corpus_dir, placed)
            raise
    else:
        settle(corpus_dir, placed.token)
    return UploadOut(
        documentId=placed.document_id, bestand=placed.file, vervangen=placed.replaced,
        indexering=JobOut.of(job) if job else None,
    )  # fmt: skip


def require_size(upload: UploadFile, settings: Settings) -> None:
    """Return when an upload is not too large. Raises `TooLargeError`."""
    if (upload.size or 0) > settings.upload_size * 1_000_000:
        raise TooLargeError(f"Een bestand mag maximaal {settings.upload_size} MB groot zijn.")


def require_readable(path: Path) -> None:
    """Return when a file is of a format that can be read. Raises `MediaTypeError` and `ReadError`."""
    try:
        require_known_format(path)
    except ReadError as error:
        if error.reason is Reason.UNKNOWN_FORMAT:
            raise MediaTypeError(error.message) from error
        raise
