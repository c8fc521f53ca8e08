"""How often a subject is asked after: counts per day, without the questions and without who asked.

A subject is the heading of a document from which an answer comes first. What had no answer is counted too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, desc, func, or_, select

from bot.answers import Answer, AnswerStatus
from bot.drafting import one_line
from bot.storage.database import Database
from bot.storage.tables import asked

# A heading is part of a key, which PostgreSQL wants short.
_MOST_CHARACTERS = 200
_NO_ANSWER = ("", "")


@dataclass(frozen=True, slots=True)
class Subject:
    """A heading (empty: the document has none there) and how many answers came from it first."""

    document: str
    heading: str
    count: int


@dataclass(frozen=True, slots=True)
class Week:
    """How many questions were answered and not answered in the week that begins on Monday ``start``."""

    start: dt.date
    answered: int
    unanswered: int


class Usage:
    """The counts in ``database``. Safe to use from several threads and processes.

    Methods raise `StorageError` when the database can not be read or written.
    """

    def __init__(self, database: Database, today: Callable[[], dt.date] = dt.date.today) -> None:
        self._database = database
        self._today = today
        # Made once: building a statement takes longer than running it.
        new = database.insert(asked)
        self._add = new.on_conflict_do_update(
            index_elements=["day", "document", "heading"], set_={"count": asked.c.count + new.excluded["count"]}
        )

    def count(self, connection: Connection, answer: Answer, *, filtered: bool = False) -> None:
        """Count an answer to a question. ``filtered``: not having one then says nothing about what is missing."""
        if answer.sources:
            first = answer.sources[0]
            subject = (first.document_id, one_line(first.heading or "")[:_MOST_CHARACTERS])
        elif answer.status is AnswerStatus.NOT_FOUND and not filtered:
            subject = _NO_ANSWER
        else:
            return
        document, heading = subject
        connection.execute(self._add, {"day": self._today(), "document": document, "heading": heading, "count": 1})

    def subjects(self, days: int, most: int) -> list[Subject]:
        """Return what was asked after most in the last ``days`` days, at most ``most`` subjects."""
        if not self._database.exists:
            return []
        total = func.sum(asked.c.count)
        found = (
            select(asked.c.document, asked.c.heading, total)
            .where(asked.c.day > self._today() - dt.timedelta(days=days), asked.c.document != "")
            .group_by(asked.c.document, asked.c.heading)
            .order_by(desc(total), asked.c.document, asked.c.heading)
            .limit(most)
        )
        with self._database.reading() as connection:
            return [Subject(document, heading, int(count)) for document, heading, count in connection.execute(found)]

    def weeks(self, number: int) -> list[Week]:
        """Return the last ``number`` weeks up to this one, oldest first, those without a question included."""
        today = self._today()
        this = today - dt.timedelta(days=today.weekday())
        starts = [this - dt.timedelta(weeks=back) for back in reversed(range(number))]
        counts = dict.fromkeys(starts, (0, 0))
        if self._database.exists:
            total, missing = func.sum(asked.c.count), func.sum(asked.c.count).filter(asked.c.document == "")
            found = select(asked.c.day, total, missing).where(asked.c.day >= starts[0]).group_by(asked.c.day)
            with self._database.reading() as connection:
                for day, asked_then, unanswered in connection.execute(found):
                    start, without = day - dt.timedelta(days=day.weekday()), int(unanswered or 0)
                    if start in counts:  # a clock can have been wrong
                        before = counts[start]
                        counts[start] = before[0] + int(asked_then) - without, before[1] + without
        return [Week(start, *counts[start]) for start in starts]


def forget_counts(connection: Connection, documents: Collection[str]) -> None:
    """Remove the counts of ``documents`` (ids): a heading is their text."""
    connection.execute(delete(asked).where(asked.c.document.in_(documents)))


def remove_old_counts(connection: Connection, too_old: dt.date, most: int) -> int:
    """Remove what is older than the day ``too_old``, and whole days beyond the newest ``most`` counts."""
    last = select(asked.c.day).order_by(asked.c.day.desc()).offset(most).limit(1).scalar_subquery()
    removed: int = connection.execute(delete(asked).where(or_(asked.c.day < too_old, asked.c.day < last))).rowcount
    return removed
