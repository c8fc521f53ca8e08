"""What is kept of use: judgements of answers, and questions without an answer. One SQLite file, no personal data.

Text is masked here, on the way to the disk, so that no caller can forget it. A record carries a day and no time, and
nothing about who asked. Records older than the term are removed whenever the store is opened or written to.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.answers import AnswerStatus
from kb.errors import FeedbackError
from kb.privacy import mask

FILE = "feedback.sqlite"
KEEP_DAYS = 365
# A bound on the file, for whoever lets a program ask without end: the oldest records go first.
MOST_RECORDS = 100_000
_BUSY_S = 10.0
_TABLES = ("feedback", "unanswered")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, answer TEXT NOT NULL UNIQUE, verdict TEXT NOT NULL,
    question TEXT NOT NULL, remark TEXT NOT NULL, status TEXT NOT NULL, documents TEXT NOT NULL,
    release TEXT NOT NULL, day TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS unanswered (
    number INTEGER PRIMARY KEY, question TEXT NOT NULL, documents TEXT NOT NULL, release TEXT NOT NULL,
    day TEXT NOT NULL
);
"""


class Verdict(StrEnum):
    """What a user finds of an answer."""

    GOOD = "goed"
    WRONG = "fout"
    WRONG_SOURCE = "verkeerde-bron"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement of one answer. ``documents``: ids of those it cited, or that came near when it cited none."""

    id: str
    answer_id: str
    verdict: Verdict
    question: str
    remark: str
    status: AnswerStatus
    documents: tuple[str, ...]
    release: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question without an answer. ``documents``: ids of those that came near."""

    question: str
    documents: tuple[str, ...]
    release: str
    day: dt.date


class FeedbackStore:
    """The records in ``data_dir``. Safe to use from several threads and processes: every call opens the file anew.

    The file comes with the first record. Every method raises `FeedbackError` when it can not be read or written.
    """

    def __init__(
        self, data_dir: Path, keep_days: int = KEEP_DAYS, today: Callable[[], dt.date] = dt.date.today
    ) -> None:
        self.path = data_dir / FILE
        self._keep = dt.timedelta(days=keep_days)
        self._today = today
        # A damaged file is for whoever uses it: nobody's answer depends on it.
        with suppress(FeedbackError):
            self._rows("SELECT number FROM feedback LIMIT 0")

    def add_judged(
        self,
        answer_id: str,
        verdict: Verdict,
        question: str,
        remark: str,
        status: AnswerStatus,
        documents: Sequence[str],
        release: str,
        unanswered: int | None = None,
    ) -> str:
        """Keep a judgement and return its id. A second one of the same answer takes the place of the first.

        ``unanswered``: the number of the same question in the other table, which would count it twice.
        """
        with self._writing() as database:
            if unanswered is not None:
                database.execute("DELETE FROM unanswered WHERE number = ?", (unanswered,))
            database.execute(
                "INSERT INTO feedback (id, answer, verdict, question, remark, status, documents, release, day) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (answer) DO UPDATE SET "
                "verdict = excluded.verdict, remark = excluded.remark, day = excluded.day",
                (
                    secrets.token_hex(16), answer_id, verdict, masked_line(question), masked_line(remark), status,
                    json.dumps(list(documents)), release, self._today().isoformat(),
                ),
            )  # fmt: skip
            row = database.execute("SELECT id FROM feedback WHERE answer = ?", (answer_id,)).fetchone()
            return str(row[0])

    def add_unanswered(self, question: str, documents: Sequence[str], release: str) -> int:
        """Keep a question without an answer and return its number."""
        with self._writing() as database:
            cursor = database.execute(
                "INSERT INTO unanswered (question, documents, release, day) VALUES (?, ?, ?, ?)",
                (masked_line(question), json.dumps(list(documents)), release, self._today().isoformat()),
            )
            return int(cursor.lastrowid or 0)

    def forget_documents(self, documents: Collection[str]) -> int:
        """Erase what users said of answers from ``documents`` (ids), and the unanswered questions that came near them.

        Both may repeat what stands there. Returns how many records went.
        """
        if not self.path.exists():
            return 0
        marks = ", ".join("?" * len(documents))
        with self._writing() as database:
            return sum(
                database.execute(
                    f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM json_each(documents) WHERE value IN ({marks}))",
                    tuple(documents),
                ).rowcount
                for table in _TABLES
            )

    def judged(self) -> list[Judged]:
        """Return the judgements, oldest first."""
        rows = self._rows(
            "SELECT id, answer, verdict, question, remark, status, documents, release, day "
            "FROM feedback ORDER BY number"
        )
        return [
            Judged(
                id, answer, Verdict(verdict), question, remark, AnswerStatus(status), tuple(json.loads(documents)),
                release, dt.date.fromisoformat(day),
            )
            for id, answer, verdict, question, remark, status, documents, release, day in rows
        ]  # fmt: skip

    def unanswered(self) -> list[Unanswered]:
        """Return the questions without an answer, oldest first."""
        rows = self._rows("SELECT question, documents, release, day FROM unanswered ORDER BY number")
        return [
            Unanswered(question, tuple(json.loads(documents)), release, dt.date.fromisoformat(day))
            for question, documents, release, day in rows
        ]

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        if not self.path.exists():
            return []
        with self._writing() as database:
            return database.execute(query).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, in which old records are removed first."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            with closing(sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)) as database:
                # Removed text must be gone from the file, not only from the tables.
                database.execute("PRAGMA secure_delete = ON")
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("BEGIN IMMEDIATE")
                try:
                    self._prepare(database)
                    yield database
                    database.execute("COMMIT")
                except BaseException:
                    database.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            raise FeedbackError(
                f"Het bestand {FILE} in de data-map kan niet worden gelezen of geschreven. Probeer het opnieuw. "
                "Blijft het misgaan, controleer dan de schijfruimte en de rechten van de data-map."
            ) from error

    def _prepare(self, database: sqlite3.Connection) -> None:
        for statement in _SCHEMA.split(";"):
            database.execute(statement)
        too_old = (self._today() - self._keep).isoformat()
        for table in _TABLES:
            database.execute(f"DELETE FROM {table} WHERE day < ?", (too_old,))
            database.execute(
                f"DELETE FROM {table} WHERE number <= (SELECT max(number) FROM {table}) - ?", (MOST_RECORDS,)
            )


def masked_line(text: str) -> str:
    """Return ``text`` masked, on one line, without characters that can not be printed."""
    return mask(" ".join("".join(c if c.isprintable() else " " for c in text).split())).text
