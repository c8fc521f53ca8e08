"""The database of this installation: a SQLite file in the data folder, or a PostgreSQL server by its address.

Nothing is opened or made before it is used. The first use brings the tables up to date, in one transaction that one
process at a time can hold, and takes over what an earlier version kept.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, inspect, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.storage.earlier import EARLIER_FILE, erase, take_over
from kb.errors import StorageError, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

    from kb.settings import Settings

FILE = "handwijzer.sqlite"
# The newest version in migrations/versions: Alembic is loaded only for a database that is not there yet.
NEWEST = "0002"
_MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRES = "postgresql+psycopg"
_WAIT_S = 5
# Any number will do that no other program locks in the same PostgreSQL database.
_POSTGRES_LOCK = 0x48414E44
# Alembic keeps what it is working on in a module.
_migrating = threading.Lock()
_ONLY_READ = {"handwijzer_begin": "BEGIN"}
_log = logging.getLogger(__name__)


class Database:
    """The database for ``data_dir``: its own file, or the PostgreSQL server at ``url``.

    Safe to use from several threads and processes. `begin` and `reading` raise `StorageError` when the database can
    not be reached, read or written. Raises `UsageError` for an address that is not one of a PostgreSQL database.
    """

    def __init__(self, data_dir: Path, url: str | None = None) -> None:
        self.path = data_dir / FILE
        self._earlier = data_dir / EARLIER_FILE
        self._is_server = bool(url)
        self._engine = _server_engine(url) if url else _file_engine(self.path)
        self._up_to_date = False
        # SQLite lets threads that wait sleep ever longer, and lets others pass them.
        self._turn = nullcontext() if url else threading.RLock()
        weakref.finalize(self, self._engine.dispose)

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """Return the database that the settings name."""
        url = settings.database_url
        return cls(settings.data_dir, url.get_secret_value() if url else None)

    @property
    def exists(self) -> bool:
        """Whether anything may be kept: reading would make the file otherwise."""
        return self._is_server or self.path.exists() or self._earlier.exists()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Return a connection for one transaction that may write; kept when the block ends, undone when it raises."""
        with self._translated_errors(), self._turn, self._opened().begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Return a connection that only reads, and so waits for nobody who writes."""
        with self._translated_errors(), self._opened().execution_options(**_ONLY_READ).connect() as connection:
            yield connection

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Return an insert that knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
        return postgresql.insert(table) if self._is_server else sqlite.insert(table)

    def scrub(self) -> None:
        """Erase from the disk what was removed from the tables: SQLite keeps it in the write-ahead log for a while.

        Raises `StorageError` when others go on using the file; then call it again. PostgreSQL cleans up by itself.
        """
        if self._is_server:
            return
        with self._translated_errors(), self._opened().execution_options(handwijzer_begin=None).connect() as connection:
            busy, _, _ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        if busy:
            raise StorageError(f"De database {FILE} is te druk bezet om iets te wissen. Probeer het zo opnieuw.")

    def _opened(self) -> Engine:
        # Without a lock: what can not be reached would keep everybody waiting in a row.
        if not self._up_to_date:
            try:
                if not self._is_server:
                    self.path.parent.mkdir(parents=True, exist_ok=True)
                    self.path.touch(mode=0o600)
                self._bring_up_to_date()
            except (SQLAlchemyError, OSError) as error:
                raise self._failure(error) from error
            self._up_to_date = True
        return self._engine

    def _bring_up_to_date(self) -> None:
        with self._engine.execution_options(**_ONLY_READ).connect() as connection:
            if _version(connection) == NEWEST and not self._earlier.exists():
                return
        with _migrating:
            with self._alone() as connection:
                if _version(connection) != NEWEST:
                    _migrate(connection)
                if self._earlier.exists():
                    take_over(self._earlier, connection)
            # Only what is kept elsewhere may go, and nobody else may be reading it.
            with self._alone():
                if self._earlier.exists():
                    erase(self._earlier)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """Return a transaction that one process at a time can hold."""
        with self._engine.begin() as connection:
            if self._is_server:
                connection.execute(select(func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
            yield connection

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StorageError:
        # Only the first line: PostgreSQL goes on with what stands in the row.
        _log.warning("database: %s", str(error).partition("\n")[0])
        if self._is_server:
            return StorageError(
                "De database is niet bereikbaar of weigert. Probeer het opnieuw. Blijft het misgaan, controleer dan of "
                "de PostgreSQL-server draait en of HANDWIJZER_DATABASE_URL klopt."
            )
        return StorageError(
            f"De database {FILE} in de data-map kan niet worden gelezen of geschreven. Probeer het opnieuw. "
            "Blijft het misgaan, controleer dan de schijfruimte en de rechten van de data-map."
        )


def _server_engine(address: str) -> Engine:
    # The address may hold a password, so it is not repeated.
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in ("postgresql", _POSTGRES):
        raise UsageError(
            "HANDWIJZER_DATABASE_URL is geen adres van een PostgreSQL-database. Schrijf het als "
            f"{_POSTGRES}://gebruiker:wachtwoord@server/database"
        )
    try:
        return create_engine(
            url.set(drivername=_POSTGRES), hide_parameters=True, pool_pre_ping=True, pool_timeout=_WAIT_S,
            connect_args={"connect_timeout": _WAIT_S, "tcp_user_timeout": _WAIT_S * 1000},
        )  # fmt: skip
    except ImportError as error:
        raise UsageError(
            "Voor PostgreSQL is een onderdeel nodig. Installeer het met: pip install 'handwijzer[postgres]'"
        ) from error


def _file_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path.absolute())), hide_parameters=True, max_overflow=-1,
        connect_args={"timeout": _WAIT_S, "isolation_level": None},
    )  # fmt: skip
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, record: object) -> None:
    cursor = connection.cursor()
    # Removed text must be gone from the file, not only from the tables.
    for setting in ("secure_delete = ON", "journal_mode = WAL"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # Whoever reads first and writes later would find the file changed in between.
    statement = connection.get_execution_options().get("handwijzer_begin", "BEGIN IMMEDIATE")
    if statement:
        connection.exec_driver_sql(statement)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(
            "De database is van een nieuwere versie van Handwijzer. Installeer die versie, of zet een reservekopie van "
            "de database terug."
        ) from error
