"""Taking over ``feedback.sqlite``, in which version 0.1 kept judgements and unanswered questions."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, insert, select

from bot.storage.tables import feedback, unanswered
from kb.errors import StorageError

EARLIER_FILE = "feedback.sqlite"
_JUDGED = "id, answer, verdict, question, remark, status, documents, release, day"
_UNANSWERED = "question, documents, release, day"


def take_over(path: Path, connection: Connection) -> None:
    """Copy the records of the file ``path`` into the tables, but for those that an earlier try copied.

    Raises `StorageError` when the file can not be read: it holds records that nobody may lose without knowing.
    """
    judged = _rows(path, "feedback", _JUDGED)
    there = set(connection.scalars(select(feedback.c.answer)))
    fresh = [_record(_JUDGED, row) for row in judged if row[1] not in there]
    if fresh:
        connection.execute(insert(feedback), fresh)
    columns = (unanswered.c.question, unanswered.c.documents, unanswered.c.release, unanswered.c.day)
    kept: Counter[tuple[str, ...]] = Counter(
        (question, json.dumps(documents), release, day.isoformat())
        for question, documents, release, day in connection.execute(select(*columns))
    )
    missing = Counter(_rows(path, "unanswered", _UNANSWERED)) - kept
    if missing:
        connection.execute(insert(unanswered), [_record(_UNANSWERED, row) for row in missing.elements()])


def erase(path: Path) -> None:
    """Remove the file ``path`` with what stands in it. Raises `StorageError` when that can not be done."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete = ON")
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                database.execute(f'DELETE FROM "{table}"')
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path.unlink()
    except (sqlite3.Error, OSError) as error:
        raise _unusable(path) from error


def _rows(path: Path, table: str, columns: str) -> list[tuple[str, ...]]:
    try:
        with closing(sqlite3.connect(path)) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            # Whoever opened the file and wrote nothing left it without tables.
            query = f"SELECT {columns} FROM {table} ORDER BY number"
            return database.execute(query).fetchall() if table in tables else []
    except sqlite3.Error as error:
        raise _unusable(path) from error


def _record(columns: str, row: tuple[str, ...]) -> dict[str, object]:
    record: dict[str, object] = dict(zip(columns.split(", "), row, strict=True))
    record["documents"] = json.loads(str(record["documents"]))
    record["day"] = date.fromisoformat(str(record["day"]))
    return record


def _unusable(path: Path) -> StorageError:
    return StorageError(
        f"Het bestand {path.name} van een eerdere versie kan niet worden overgenomen. Zet het terug uit een "
        "reservekopie, of haal het uit de data-map als de beoordelingen erin niet meer nodig zijn."
    )
