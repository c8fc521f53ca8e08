"""What is kept of use: judgements of answers, questions without an answer, and counts. No personal data.

Text is masked here, on the way to the database, so that no caller can forget it. A record carries a day and no time,
and nothing about who asked. Records older than the term are removed when the store is opened, on every write, and at
the first answer of a day.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.answers import AnswerStatus
from bot.drafting import one_line
from bot.storage.database import Database
from bot.storage.tables import feedback, remembered, unanswered
from bot.usage import Usage, forget_counts, remove_old_counts
from kb.errors import NotFoundError, StorageError
from kb.privacy import mask

KEEP_DAYS = 365
# A bound on the tables, for whoever lets a program ask without end: the oldest records go first.
MOST_RECORDS = 100_000
_TABLES = (feedback, unanswered)


class Verdict(StrEnum):
    """What a user finds of an answer."""

    GOOD = "goed"
    WRONG = "fout"
    WRONG_SOURCE = "verkeerde-bron"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement of one answer. ``documents``: ids of those it cited, or that came near when it cited none.

    ``reviewed``: a maintainer went through it; ``drafted``: there is a draft question of it.
    """

    id: str
    answer_id: str
    verdict: Verdict
    question: str
    remark: str
    status: AnswerStatus
    documents: tuple[str, ...]
    release: str
    day: dt.date
    reviewed: bool
    drafted: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question without an answer. ``documents``: ids of those that came near."""

    question: str
    documents: tuple[str, ...]
    release: str
    day: dt.date


class FeedbackStore:
    """The records in ``database``. Safe to use from several threads and processes.

    Every method raises `StorageError` when the database can not be read or written.
    """

    def __init__(
        self, database: Database, keep_days: int = KEEP_DAYS, today: Callable[[], dt.date] = dt.date.today
    ) -> None:
        self.database = database
        self.usage = Usage(database, today)
        self._keep = dt.timedelta(days=keep_days)
        self._today = today
        self._cleaned: dt.date | None = None
        # A damaged file is for whoever uses it: nobody's answer depends on it.
        with suppress(StorageError):
            if database.exists:
                self.remove_old()

    def remove_old(self) -> None:
        """Remove records older than the term, once a day."""
        if self._cleaned != self._today():
            with self._writing():
                pass

    def add_judged(
        self,
        answer_id: str,
        verdict: Verdict,
        question: str,
        remark: str,
        status: AnswerStatus,
        documents: Sequence[str],
        release: str,
        number: int | None = None,
    ) -> str:
        """Keep a judgement and return its id. A second one of the same answer takes the place of the first.

        ``number``: that of the same question among the unanswered, which would count it twice.
        """
        with self._writing() as connection:
            if number is not None:
                connection.execute(delete(unanswered).where(unanswered.c.number == number))
            new = self.database.insert(feedback).values(
                id=secrets.token_hex(16),
                answer=answer_id,
                verdict=verdict,
                question=masked_line(question),
                remark=masked_line(remark),
                status=status,
                documents=list(documents),
                release=release,
                day=self._today(),
            )
            changed = {name: new.excluded[name] for name in ("verdict", "remark", "day")} | {"reviewed": false()}
            connection.execute(new.on_conflict_do_update(index_elements=["answer"], set_=changed))
            return str(connection.scalar(select(feedback.c.id).where(feedback.c.answer == answer_id)))

    def add_unanswered(self, question: str, documents: Sequence[str], release: str) -> int:
        """Keep a question without an answer and return its number."""
        with self._writing() as connection:
            new = insert(unanswered).values(
                question=masked_line(question), documents=list(documents), release=release, day=self._today()
            )
            number: int = connection.execute(new.returning(unanswered.c.number)).scalar_one()
            return number

    def forget_documents(self, documents: Collection[str]) -> int:
        """Erase what users said of answers from ``documents`` (ids), and the unanswered questions that came near them.

        Both may repeat what stands there, as the counts of its headings do. So may the answers that can still be
        judged, which nobody can search: they go all. Returns how many judgements and questions went.
        """
        if not self.database.exists:
            return 0
        count = 0
        with self._writing() as connection:
            for table in _TABLES:
                rows = connection.execute(select(table.c.number, table.c.documents))
                gone = [{"gone": number} for number, ids in rows if not set(documents).isdisjoint(ids)]
                if gone:
                    connection.execute(delete(table).where(table.c.number == bindparam("gone")), gone)
                count += len(gone)
            forget_counts(connection, documents)
            connection.execute(delete(remembered))
        self.database.scrub()
        return count

    def judged(self) -> list[Judged]:
        """Return the judgements, oldest first."""
        return [_judged(row) for row in self._rows(select(feedback).order_by(feedback.c.number))]

    def judgement(self, judged_id: str) -> Judged:
        """Return one judgement by its id. Raises `NotFoundError`."""
        for row in self._rows(select(feedback).where(feedback.c.id == judged_id)):
            return _judged(row)
        raise NotFoundError("Deze beoordeling is er niet (meer). Open het tabblad opnieuw.")

    def judged_page(
        self, start: int, count: int, verdict: Verdict | None = None, *, unreviewed: bool = False
    ) -> tuple[list[Judged], int]:
        """Return ``count`` judgements from ``start`` on, newest first, and how many there are.

        Only those with ``verdict`` where one is given, and with ``unreviewed`` those that nobody went through.
        """
        chosen = [feedback.c.verdict == verdict] if verdict else []
        chosen += [~feedback.c.reviewed] if unreviewed else []
        rows, total = self._page(feedback, start, count, chosen)
        return [_judged(row) for row in rows], total

    def mark(self, judged_id: str, *, reviewed: bool, drafted: bool = False) -> Judged:
        """Note that a judgement was gone through, or was not, and return it. Raises `NotFoundError`.

        ``drafted``: there is a draft question of it now, which it stays.
        """
        values = {"reviewed": reviewed} | ({"drafted": True} if drafted else {})
        with self._writing() as connection:
            connection.execute(update(feedback).where(feedback.c.id == judged_id).values(values))
        return self.judgement(judged_id)

    def unanswered(self) -> list[Unanswered]:
        """Return the questions without an answer, oldest first."""
        return [_unanswered(row) for row in self._rows(select(unanswered).order_by(unanswered.c.number))]

    def unanswered_page(self, start: int, count: int) -> tuple[list[Unanswered], int]:
        """Return ``count`` questions without an answer from ``start`` on, newest first, and how many there are."""
        rows, total = self._page(unanswered, start, count, [])
        return [_unanswered(row) for row in rows], total

    def _page(
        self, table: Table, start: int, count: int, chosen: Sequence[ColumnElement[bool]]
    ) -> tuple[Sequence[Row[Any]], int]:
        found = select(table).where(*chosen).order_by(table.c.number.desc()).offset(start).limit(count)
        total = self._rows(select(func.count()).select_from(table).where(*chosen))
        return self._rows(found), total[0][0] if total else 0

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        if not self.database.exists:
            return []
        with self.database.reading() as connection:
            return connection.execute(query).all()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Return a connection for one transaction, in which old records are removed first."""
        with self.database.begin() as connection:
            removed = self._removed_old(connection)
            yield connection
        self._cleaned = self._today()
        if removed:
            with suppress(StorageError):  # what was to be kept is
                self.database.scrub()

    def _removed_old(self, connection: Connection) -> bool:
        too_old = self._today() - self._keep
        removed = 0
        for table in _TABLES:
            newest = select(func.max(table.c.number)).scalar_subquery()
            old = or_(table.c.day < too_old, table.c.number <= newest - MOST_RECORDS)
            removed += connection.execute(delete(table).where(old)).rowcount
        return removed + remove_old_counts(connection, too_old, MOST_RECORDS) > 0


def _judged(row: Row[Any]) -> Judged:
    return Judged(
        row.id, row.answer, Verdict(row.verdict), row.question, row.remark, AnswerStatus(row.status),
        tuple(row.documents), row.release, row.day, row.reviewed, row.drafted,
    )  # fmt: skip


def _unanswered(row: Row[Any]) -> Unanswered:
    return Unanswered(row.question, tuple(row.documents), row.release, row.day)


def masked_line(text: str) -> str:
    """Return ``text`` masked, on one line, without characters that can not be printed."""
    return mask(one_line(text)).text
