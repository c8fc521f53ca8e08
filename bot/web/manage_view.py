"""What the Beheer tab shows, made from jobs, reports and releases; its templates only put it into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from bot.api.manage_models import JobSummary
from bot.drafts import Drafts
from bot.jobs.closing import placed
from bot.jobs.queue import Job, Kind, State
from bot.releases import KeptRelease
from ingest.html_report import PAGE
from ingest.report import HOW_TO_ERASE, HOW_TO_SHRINK, Status
from kb.documents import Document
from kb.errors import ReleaseError
from kb.releases import ReleaseStore

MOST_DOCUMENTS = 50
_MOST_ENDED = 8


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a diff. ``title``, ``kind`` and ``day`` will stand with a quote, where that is known, else
    ``title`` is that of now; ``guessed`` names which of them are read from the text or the file name."""

    file: str
    title: str
    passages: int
    note: str
    kind: str = ""
    day: date | None = None
    guessed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """What would change, by status. ``waiting`` tells whether it is about files that wait, ``same`` which of those are
    in the knowledge base already, ``notices`` what to ask."""

    groups: Mapping[str, Sequence[Change]]
    unchanged: int
    waiting: bool
    same: Sequence[str]
    notices: Sequence[str]

    @property
    def changes(self) -> int:
        """How many documents would be other than now."""
        return sum(len(rows) for status, rows in self.groups.items() if status != Status.FAILED)


@dataclass(frozen=True, slots=True)
class JobRow:
    """Jobs that are done together, in words: ``what`` they do, and ``share`` (0 to 1) of it that is done."""

    job: Job
    ids: Sequence[str]
    what: str
    own: bool
    share: float
    message: str

    @property
    def kept_elsewhere(self) -> bool:
        """Whether it removed a document that older releases may hold still."""
        return self.job.kind is Kind.REMOVAL and self.job.state is State.DONE and not self.job.work["overal"]

    @property
    def state(self) -> str:
        """How far it is, in words."""
        if self.job.state is State.WAITING:
            return "Staat in de rij"
        if self.job.state is State.RUNNING:
            count = f" ({self.job.done} van {self.job.total})" if self.job.total > 1 else ""
            return f"{self.job.phase}{count}"
        return "Mislukt" if self.job.state is State.FAILED else "Klaar"


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One release. ``change`` names documents by what happened to them; None where that is not known."""

    kept: KeptRelease
    made: datetime
    change: Mapping[str, Sequence[str]] | None
    usable: bool
    report: bool


def is_trial(job: Job) -> bool:
    """Tell whether a job changes nothing."""
    return job.kind is Kind.INDEXING and ("klaargezet" in job.work or bool(job.work.get("proef")))


def found_documents(documents: Mapping[str, Document], words: str) -> tuple[list[Document], int]:
    """Return the documents with all of ``words`` in title, kind or file, at most `MOST_DOCUMENTS`, and how many are
    found. Attachments come and go with their message."""
    asked = words.casefold().split()
    found = [
        document
        for document in documents.values()
        if document.parent is None
        and all(word in f"{document.title} {document.kind} {document.file}".casefold() for word in asked)
    ]
    found.sort(key=lambda document: document.title.casefold())
    return found[:MOST_DOCUMENTS], len(found)


def diff_of(job: Job, drafts: Drafts, store: ReleaseStore) -> Diff | None:
    """Return what ``job`` found, None when it failed or is not ready."""
    if job.report is None:
        return None
    rows: list[dict[str, Any]] = job.report["documenten"]
    titles = _titles(store, store.live_id())
    details = {row["id"]: row for row in job.report.get("details", ())}
    groups: dict[str, list[Change]] = {status: [] for status in Status if status is not Status.UNCHANGED}
    for row in rows:
        if row["status"] in groups:
            groups[row["status"]].append(_change(row, titles.get(row["id"], ""), details.get(row["id"])))
    tokens = job.work.get("klaargezet", [])
    met = {row["bestand"] for row in rows}
    for draft in drafts.all():
        if draft.token in tokens and draft.file and draft.file not in met:
            why = "Het bestand .handwijzerignore in de corpusmap sluit dit bestand uit."
            groups[Status.FAILED].append(Change(draft.file, "", 0, why))
    same = [row["bestand"] for row in rows if row["status"] == Status.UNCHANGED]
    waiting = bool(tokens)
    return Diff(
        groups,
        len(same),
        waiting,
        same if waiting else (),
        [_without_commands(told, job) for told in job.report["meldingen"]],
    )


def _change(row: Mapping[str, Any], title: str, detail: Mapping[str, Any] | None) -> Change:
    note = row["melding"] or ""
    if detail is None:
        return Change(row["bestand"], title, row["passages"], note)
    day = date.fromisoformat(detail["datum"]) if detail["datum"] else None
    return Change(row["bestand"], detail["titel"], row["passages"], note, detail["soort"], day, detail["geraden"])


def _without_commands(told: str, job: Job) -> str:
    """Leave out what the page has buttons for."""
    for command in (HOW_TO_SHRINK, HOW_TO_ERASE.format(job.work.get("documentId", ""))):
        told = told.replace(f" {command}", "")
    return told


def shown_jobs(jobs: Sequence[Job], name: str) -> tuple[list[JobRow], list[JobRow]]:
    """Return the jobs that run or wait, in their order, and those that ended last, newest first. ``name`` looks.

    Of what only looked, its diff tells how it ended.
    """
    busy = _together([job for job in reversed(jobs) if job.open], name)
    done = [job for job in jobs if not (job.open or is_trial(job))]
    ended = _together(sorted(done, key=_ended, reverse=True), name)
    return busy, ended[:_MOST_ENDED]


def _ended(job: Job) -> datetime:
    return job.ended or job.asked


def _together(jobs: Sequence[Job], name: str) -> list[JobRow]:
    """Take uploads that are done as one, and went the same way, together."""
    rows = []
    for _, group in groupby(jobs, lambda job: (job.kind, job.state, job.message, job.caller, *_apart(job))):
        found = list(group)
        first, ids = found[0], [job.id for job in found]
        message = _without_commands(first.message or "", first)
        share = JobSummary.of(first).voortgang
        rows.append(JobRow(first, ids, _what(first, len(ids)), first.caller == name, share, message))
    return rows


def _apart(job: Job) -> tuple[object, ...]:
    return (job.started,) if job.kind is Kind.UPLOAD and job.state is not State.FAILED else (job.id,)


def _what(job: Job, count: int) -> str:
    if job.kind is Kind.UPLOAD:
        return f"{count} bestanden publiceren" if count > 1 else f"{placed(job).file} publiceren"
    if job.kind is Kind.REMOVAL:
        return f"{job.work['bestand']} verwijderen"
    return "Nagaan wat er verandert" if is_trial(job) else "De corpusmap inlezen"


def release_rows(store: ReleaseStore, kept: Sequence[KeptRelease], encoder_fingerprint: str) -> list[ReleaseRow]:
    """Return the releases with the titles of what they changed."""
    rows = []
    for place, release in enumerate(kept):
        titles = _titles(store, release.manifest.id)
        before = _titles(store, kept[place + 1].manifest.id) if place + 1 < len(kept) else {}
        change = None
        if release.change:
            change = {
                "erbij": [titles.get(key, key) for key in release.change.new],
                "gewijzigd": [titles.get(key, key) for key in release.change.changed],
                "weg": [before.get(key, key) for key in release.change.removed],
            }
        made = datetime.fromisoformat(release.manifest.created).astimezone()
        usable = release.manifest.encoder == encoder_fingerprint
        report = (store.folder(release.manifest.id) / PAGE).is_file()
        rows.append(ReleaseRow(release, made, change, usable, report))
    return rows


def _titles(store: ReleaseStore, release_id: str | None) -> dict[str, str]:
    with suppress(ReleaseError):
        return {key: row.title for key, row in store.documents(release_id).items()} if release_id else {}
    return {}
