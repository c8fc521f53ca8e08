"""Every failure the product reports, in one tree.

    HandwijzerError
    ├── UsageError               wrong settings or arguments (exit 2, HTTP 400)
    ├── NotFoundError            a document or release that does not exist (HTTP 404)
    ├── EncoderError             the embedding model is missing, damaged or cannot be prepared
    │   └── EncoderMismatchError the release was built with another encoder
    ├── ReleaseError             a release is missing or damaged
    │   └── NoReleaseError       nothing has been ingested yet
    ├── LanguageModelError       the model that writes answers is down, slow or not understood
    ├── StorageError             the database can not be reached, read or written
    ├── IngestError              an ingest run as a whole cannot go on
    │   └── IngestBusyError      another ingest holds the lock
    └── ReadError                one file cannot be read; the rest of the ingest continues

Each error carries a Dutch message for the person who sees it (what is wrong, what to do), an exit code for
the command line, and a status and type for problem+json. Library errors are translated where they arise.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class HandwijzerError(Exception):
    """Base of every expected failure. ``message`` is Dutch and safe to show."""

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    slug: ClassVar[str] = "interne-fout"
    title: ClassVar[str] = "Er ging iets mis"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(HandwijzerError):
    """A setting, argument or request that can not be used as given."""

    exit_code = 2
    status = 400
    slug = "ongeldige-invoer"
    title = "De invoer klopt niet"


class NotFoundError(HandwijzerError):
    """The document, file or release that was named does not exist."""

    status = 404
    slug = "niet-gevonden"
    title = "Niet gevonden"


class EncoderError(HandwijzerError):
    """The embedding model is missing, damaged or can not be prepared."""

    status = 503
    slug = "encoder"
    title = "Het taalmodel is niet klaar"


class EncoderMismatchError(EncoderError):
    """The live release was built with another encoder than the configured one."""


class ReleaseError(HandwijzerError):
    """A release is missing files, or its parts do not agree."""

    status = 503
    slug = "release"
    title = "De kennisbank is niet beschikbaar"


class NoReleaseError(ReleaseError):
    """No release has been published in this data folder."""


class LanguageModelError(HandwijzerError):
    """The server that writes answers is down, slow, silent or not understood. The extractive answer takes over."""

    status = 503
    slug = "schrijfmodel"
    title = "Het schrijfmodel is niet beschikbaar"


class StorageError(HandwijzerError):
    """The database, with keys, judgements and jobs, can not be reached, read or written."""

    status = 503
    slug = "database"
    title = "De database is niet beschikbaar"


class IngestError(HandwijzerError):
    """The ingest as a whole can not go on; the live release is untouched."""

    slug = "inlezen"
    title = "Het inlezen is gestopt"


class IngestBusyError(IngestError):
    """Another ingest is running on the same data folder."""

    status = 409


class Reason(StrEnum):
    """Why one file could not become a document. The values appear in ``ingest --json``."""

    UNKNOWN_FORMAT = "onbekend-formaat"
    UNREADABLE = "niet-leesbaar"
    DAMAGED = "beschadigd"
    PASSWORD = "wachtwoord"
    NO_TEXT = "geen-tekst"
    TOO_LARGE = "te-groot"
    TOO_SLOW = "te-langzaam"
    METADATA = "metadata"
    QUALITY = "slecht-leesbaar"
    PERSONAL_DATA = "persoonsgegevens"


class ReadError(HandwijzerError):
    """One file can not be read. Raised by readers, caught per file by the pipeline."""

    status = 400
    slug = "bestand"
    title = "Het bestand kan niet worden gelezen"

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[ReadError], tuple[Reason, str]]:
        """Travel from one process to another whole: an exception is made again from its message alone."""
        return type(self), (self.reason, self.message)
