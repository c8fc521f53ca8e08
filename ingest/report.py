"""What one ingest did, file by file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from ingest.duplicates import DuplicatePair
from ingest.inspection import Inspected
from kb.documents import Document
from kb.errors import Reason

# What only helps whoever is at a command line: the page leaves it out, as it has buttons for it.
HOW_TO_SHRINK = "Klopt het, voer het dan opnieuw uit met --yes (in de API: magKrimpen)."
HOW_TO_ERASE = "Wis het overal met: handwijzer remove {} --everywhere"


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
    """The outcome of one run. ``release`` is the live release afterwards and ``previous`` the one before it, None when
    there is none; ``details`` are rows about the documents in it (see `details_of`), ``phases`` seconds by phase;
    ``page`` is the report as a web page."""

    release: str | None
    published: bool
    duration_s: float
    outcomes: tuple[FileOutcome, ...]
    previous: str | None = None
    created: str | None = None
    encoder: str | None = None
    details: tuple[dict[str, Any], ...] = ()
    duplicates: tuple[DuplicatePair, ...] = ()
    duplicate_passages: int = 0
    phases: Mapping[str, float] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    page: Path | None = None

    def count(self, status: Status) -> int:
        """Return how many files have ``status``."""
        return sum(outcome.status is status for outcome in self.outcomes)

    @property
    def stated_questions(self) -> int:
        """How many questions the documents say they answer."""
        return sum(row["vragen"] for row in self.details)

    @property
    def written_questions(self) -> int:
        """How many questions a language model wrote for their passages."""
        return sum(row["vragenGemaakt"] for row in self.details)

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``handwijzer ingest --json`` prints, and that a release keeps."""
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
            "vragen": {"opgegeven": self.stated_questions, "gemaakt": self.written_questions},
            "vorige": self.previous,
            "gemaakt": self.created,
            "taalmodel": self.encoder,
            "details": list(self.details),
            "dubbel": [
                {"documenten": list(pair.documents), "gelijkenis": round(pair.similarity, 2)}
                for pair in self.duplicates
            ],
            "dubbelePassages": self.duplicate_passages,
            "fasen": [{"naam": name, "duurS": round(seconds, 2)} for name, seconds in self.phases.items()],
            "meldingen": list(self.notices),
            "verslag": str(self.page) if self.page else None,
        }


def details_of(document: Document, inspected: Inspected | None, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report tells of one document. What only reading shows comes from ``inspected``, or else from the
    row in the report ``before``."""
    return {
        "id": document.id,
        "bestand": document.file,
        "titel": document.title,
        "soort": document.kind,
        "datum": _iso(document.date),
        "geldigTot": _iso(document.valid_until),
        "paginas": document.pages,
        "score": None if document.score is None else round(document.score, 2),
        "taal": document.language,
        "geraden": list(document.guessed),
        "slechtePaginas": _poor_pages(inspected) if inspected else before.get("slechtePaginas", []),
        "persoonsgegevens": _personal_data(inspected) if inspected else before.get("persoonsgegevens", []),
    }


def _poor_pages(inspected: Inspected) -> list[dict[str, Any]]:
    return [
        {"pagina": page.page, "score": round(page.score, 2), "redenen": list(page.reasons)}
        for page in inspected.poor_pages
    ]


def _personal_data(inspected: Inspected) -> list[dict[str, Any]]:
    counts = Counter(finding.kind for finding in inspected.findings)
    pages = {kind: {found.page for found in inspected.findings if found.kind is kind and found.page} for kind in counts}
    return [
        {"soort": kind.value, "aantal": count, "paginas": sorted(pages[kind]), "gemaskeerd": inspected.masked}
        for kind, count in sorted(counts.items())
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def named_pages(pages: Sequence[int]) -> str:
    """Return "pagina 3" or "pagina's 3, 4 en 7"; nothing for no pages."""
    if len(pages) < 2:
        return f"pagina {pages[0]}" if pages else ""
    return f"pagina's {', '.join(map(str, pages[:-1]))} en {pages[-1]}"


class Stopwatch:
    """Seconds by phase, in the order in which the phases began."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._began = time.monotonic()

    @property
    def total(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time inside to the phase called ``name``."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - began
