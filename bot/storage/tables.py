"""The tables of the database, as the migrations make them. A change here needs a migration beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
)


class Moment(TypeDecorator[datetime]):
    """A moment with its time zone, which SQLite would lose."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC, whatever the driver made of it."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

# ``number`` is never given out twice: what is remembered of an answer names an unanswered question by it.
feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("answer", Text, nullable=False, unique=True),
    Column("verdict", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("remark", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("documents", JSON, nullable=False),
    Column("release", Text, nullable=False),
    Column("day", Date, nullable=False, index=True),
    Column("reviewed", Boolean, nullable=False, server_default=false()),
    Column("drafted", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)

unanswered = Table(
    "unanswered",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("documents", JSON, nullable=False),
    Column("release", Text, nullable=False),
    Column("day", Date, nullable=False, index=True),
    sqlite_autoincrement=True,
)

# How often a day a heading of a document was the first source of an answer; without a document there was no answer.
asked = Table(
    "asked",
    metadata,
    Column("day", Date, primary_key=True),
    Column("document", Text, primary_key=True),
    Column("heading", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

# ``key`` and ``payload`` come from the id of an answer, which only its reader has: see `bot.remembering`.
remembered = Table(
    "remembered",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("payload", LargeBinary, nullable=False),
    Column("expires", Moment, nullable=False, index=True),
    sqlite_autoincrement=True,
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("per_minute", Integer),
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    Column("revoked", Moment),
)

# ``number`` is the order in which jobs were asked for and are done; ``work`` says what is to be done.
jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("work", JSON, nullable=False),
    Column("caller", Text, nullable=False),
    Column("asked", Moment, nullable=False),
    Column("started", Moment),
    Column("ended", Moment),
    Column("phase", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    # ``none_as_null``: no report is NULL, and not a JSON null.
    Column("report", JSON(none_as_null=True)),
    Column("message", Text),
    sqlite_autoincrement=True,
)
