"""The jobs in the database: what was asked for, in which order, and what became of it. Any process can look."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from bot.storage.database import Database
from bot.storage.tables import jobs
from kb.errors import HandwijzerError, NotFoundError

MOST_WAITING = 100
MOST_FINISHED = 100


class Kind(StrEnum):
    """What a job does."""

    UPLOAD = "toevoegen"
    REMOVAL = "verwijderen"
    INDEXING = "inlezen"


class State(StrEnum):
    """How far a job is."""

    WAITING = "wacht"
    RUNNING = "bezig"
    DONE = "klaar"
    FAILED = "mislukt"


_OPEN = (State.WAITING, State.RUNNING)
_QUEUED = {"state": State.WAITING, "phase": "In de wachtrij", "done": 0, "total": 0}


class QueueFullError(HandwijzerError):
    """So many jobs wait that no other can be taken."""

    status = 503
    slug = "wachtrij-vol"
    title = "De wachtrij is vol"


@dataclass(frozen=True, slots=True)
class Job:
    """One job. ``work`` is what to do, as the module of its ``kind`` reads it; ``caller`` is who asked for it.

    ``done`` of ``total`` things are done in ``phase``, a Dutch name. ``message`` says what went wrong, or what to know.
    """

    id: str
    kind: Kind
    state: State
    work: dict[str, Any]
    caller: str
    asked: datetime
    started: datetime | None
    ended: datetime | None
    phase: str
    done: int
    total: int
    report: dict[str, Any] | None
    message: str | None

    @property
    def open(self) -> bool:
        """Whether it is still to be done, or being done."""
        return self.state in _OPEN


class JobQueue:
    """The jobs in ``database``. Safe to use from several threads and processes.

    Finished jobs are kept for ``keep_days``, and at most `MOST_FINISHED` of them. Every method raises `StorageError`.
    """

    def __init__(self, database: Database, keep_days: int) -> None:
        self._database = database
        self._keep = timedelta(days=keep_days)

    def add(self, kind: Kind, work: dict[str, Any], caller: str, job_id: str | None = None) -> Job:
        """Queue a job and return it. Raises `QueueFullError`."""
        with self._database.begin() as connection:
            waiting = connection.scalar(select(func.count()).where(jobs.c.state == State.WAITING)) or 0
            if waiting >= MOST_WAITING:
                raise QueueFullError(
                    f"Er wachten al {waiting} taken. Wacht tot er een paar klaar zijn en probeer het opnieuw."
                )
            new = insert(jobs).values(
                id=job_id or new_id(), kind=kind, work=work, caller=caller, asked=datetime.now(UTC), **_QUEUED
            )
            return _job(connection.execute(new.returning(jobs)).one())

    def get(self, job_id: str) -> Job:
        """Return one job. Raises `NotFoundError`."""
        found = self._found(jobs.c.id == job_id)
        if not found:
            raise NotFoundError("Deze taak bestaat niet (meer). De laatste honderd taken blijven bewaard.")
        return found[0]

    def page(self, start: int, count: int) -> tuple[list[Job], int]:
        """Return ``count`` jobs from ``start`` on, newest first, and how many there are."""
        if not self._database.exists:
            return [], 0
        with self._database.reading() as connection:
            total = connection.scalar(select(func.count()).select_from(jobs)) or 0
            rows = connection.execute(select(jobs).order_by(jobs.c.number.desc()).offset(start).limit(count))
            return [_job(row) for row in rows], total

    def opened(self) -> list[Job]:
        """Return the jobs that run or wait, in the order in which they are done."""
        return self._found(jobs.c.state.in_(_OPEN))

    def take(self) -> list[Job]:
        """Start the first job that waits and return it, none when none waits.

        Uploads that wait right behind one another go together: ten files dropped at once become one release, and do
        not push every older one out.
        """
        with self._database.begin() as connection:
            waiting = select(jobs).where(jobs.c.state == State.WAITING).order_by(jobs.c.number)
            taken: list[Job] = []
            for job in map(_job, connection.execute(waiting)):
                if taken and not (taken[0].kind is job.kind is Kind.UPLOAD):
                    break
                taken.append(job)
            mine = jobs.c.id.in_([job.id for job in taken])
            started = update(jobs).where(mine).values(state=State.RUNNING, started=datetime.now(UTC), phase="Starten")
            connection.execute(started)
        return taken

    def progress(self, taken: Sequence[Job], phase: str, done: int, total: int) -> None:
        """Tell how far the jobs are."""
        self._change(taken, phase=phase, done=done, total=total)

    def put_back(self, taken: Sequence[Job]) -> None:
        """Let the jobs wait again, as if they had not been started."""
        self._change(taken, started=None, **_QUEUED)

    def finish(self, job: Job, state: State, report: dict[str, Any] | None, message: str | None) -> None:
        """Note what came of a job, and let go of the oldest ones."""
        self._change([job], state=state, report=report, message=message, ended=datetime.now(UTC))
        finished = jobs.c.state.not_in(_OPEN)
        kept = select(jobs.c.number).where(finished).order_by(jobs.c.number.desc()).limit(MOST_FINISHED)
        old = jobs.c.number.not_in(kept) | (jobs.c.ended < datetime.now(UTC) - self._keep)
        with self._database.begin() as connection:
            connection.execute(delete(jobs).where(finished, old))

    def forget_documents(self, documents: Collection[str], but: Job | None = None) -> int:
        """Erase the finished jobs that name one of ``documents`` (ids), except ``but``. Returns how many went."""
        named = [json.dumps(document) for document in documents]
        gone = [
            job.id
            for job in self._found(jobs.c.state.not_in(_OPEN))
            if job != but and any(name in json.dumps([job.work, job.report]) for name in named)
        ]
        if gone:
            with self._database.begin() as connection:
                connection.execute(delete(jobs).where(jobs.c.id.in_(gone)))
        return len(gone)

    def _found(self, *conditions: ColumnElement[bool]) -> list[Job]:
        if not self._database.exists:
            return []
        with self._database.reading() as connection:
            return [_job(row) for row in connection.execute(select(jobs).where(*conditions).order_by(jobs.c.number))]

    def _change(self, taken: Sequence[Job], **values: Any) -> None:
        with self._database.begin() as connection:
            connection.execute(update(jobs).where(jobs.c.id.in_([job.id for job in taken])).values(**values))


def new_id() -> str:
    """Return an id for a job."""
    return secrets.token_hex(12)


def _job(row: Row[Any]) -> Job:
    values = {name: value for name, value in row._mapping.items() if name != "number"}
    return Job(**values | {"kind": Kind(row.kind), "state": State(row.state)})
