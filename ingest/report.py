"""What one ingest did, file by file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kb.errors import Reason


class Status(StrEnum):
    """What happened to one file, in the words of the contract."""

    NEW = "nieuw"
    CHANGED = "gewijzigd"
    UNCHANGED = "ongewijzigd"
    REMOVED = "verwijderd"
    FAILED = "mislukt"


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One row of the report. ``reason`` and ``message`` say why a file failed, or what to know about it."""

    document_id: str
    file: str
    status: Status
    passages: int = 0
    reason: Reason | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The outcome of one run. ``release`` is the live release afterwards, None when there is none."""

    release: str | None
    published: bool
    duration_s: float
    outcomes: tuple[FileOutcome, ...]

    def count(self, status: Status) -> int:
        """Return how many files have ``status``."""
        return sum(outcome.status is status for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``handwijzer ingest --json`` prints."""
        return {
            "release": self.release,
            "gepubliceerd": self.published,
            "duurS": round(self.duration_s, 2),
            "documenten": [
                {
                    "id": outcome.document_id,
                    "bestand": outcome.file,
                    "status": outcome.status.value,
                    "reden": outcome.reason.value if outcome.reason else None,
                    "melding": outcome.message,
                    "passages": outcome.passages,
                }
                for outcome in self.outcomes
            ],
        }
