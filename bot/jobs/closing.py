"""Jobs that have ended, well or not: what is noted of them, and what an upload that failed leaves behind.

Whoever holds the lock does the jobs. The operating system lets go of the lock when its holder ends, however that
happens: a job that runs while nobody holds the lock was cut off.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock

from bot.access.caller import Caller, Role
from bot.jobs.queue import Job, JobQueue, Kind, State
from bot.monitoring.audit import audit
from bot.storage.database import Database
from ingest.placing import Placed, settle, take_out
from ingest.sources import hashes_of
from kb.encoder import Encoder, open_encoder
from kb.errors import ReleaseError
from kb.releases import ReleaseStore
from kb.settings import Settings

_CUT_OFF = "Het proces dat dit deed, is onverwacht gestopt. Probeer het opnieuw."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job."""

    state: State
    report: dict[str, Any] | None = None
    message: str | None = None


class Workshop:
    """What jobs are done with, by the settings. The encoder is loaded by the first job that needs it."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.queue = JobQueue(database, settings.keep_days)
        self.store = ReleaseStore(settings.data_dir, settings.chroma_url)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder of the settings."""
        return open_encoder(self.settings.encoder, self.settings.model_dir, self.settings.thread_count)


def close(job: Job, outcome: Outcome, shop: Workshop) -> None:
    """Note what came of a job. An upload that is no document now leaves the corpus folder as it was before."""
    message = outcome.message
    if job.kind is Kind.UPLOAD:
        file = placed(job)
        if outcome.state is State.DONE:
            settle(shop.settings.corpus_dir, file.token)
        else:
            take_out(shop.settings.corpus_dir, file)
            back = "de vorige versie staat er weer" if file.replaced else "het bestand staat er niet meer"
            message = f"{message} In de corpusmap is niets veranderd: {back}."
    shop.queue.finish(job, outcome.state, outcome.report, message)
    audit(
        f"taak-{outcome.state}", Caller(job.caller, Role.MANAGE, 0), taak=job.id, soort=job.kind.value,
        document=job.work.get("documentId"), release=(outcome.report or {}).get("release"),
    )  # fmt: skip


def came_in(job: Job, shop: Workshop) -> bool:
    """Tell whether an upload is in the live release: a job can be cut off between its work and the note of it."""
    live = shop.store.live_id()
    if job.kind is not Kind.UPLOAD or live is None:
        return False
    path = shop.settings.corpus_dir / placed(job).file
    with suppress(OSError, ReleaseError):
        document = shop.store.documents(live).get(job.work["documentId"])
        return document is not None and document.stamp == hashes_of(path, path)[1]
    return False


def placed(job: Job) -> Placed:
    """Return which file an upload brought."""
    return Placed(**job.work["geplaatst"])


def job_lock(data_dir: Path, patience_s: float = 0) -> FileLock:
    """Return the lock that the process which does the jobs holds."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return FileLock(data_dir / "jobs.lock", timeout=patience_s)


def close_cut_off(shop: Workshop) -> None:
    """Close the jobs of a process that is gone. Only for whoever holds the lock."""
    for job in shop.queue.opened():
        if job.state is State.RUNNING:
            close(job, Outcome(State.DONE) if came_in(job, shop) else Outcome(State.FAILED, None, _CUT_OFF), shop)
