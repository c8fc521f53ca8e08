"""What is remembered of answers, so that a reader can judge one later, at any process of the server.

An answer is kept under a key that comes from its id, and encrypted with another. Only its reader has the id: who
holds the database can neither read a question nor find it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select

from bot.storage.database import Database
from bot.storage.tables import remembered

KEEP = timedelta(hours=24)
# A bound on the table, for whoever lets a program ask without end: the oldest answers go first.
MOST_ANSWERS = 100_000
_NONCE_BYTES = 12

# Made once: building a statement takes longer than running it.
_ADD = insert(remembered)
_FIND = select(remembered.c.payload).where(
    remembered.c.key == bindparam("place"), remembered.c.expires > bindparam("now")
)
_REMOVE = delete(remembered).where(
    or_(
        remembered.c.expires <= bindparam("now"),
        remembered.c.number <= select(func.max(remembered.c.number)).scalar_subquery() - bindparam("capacity"),
    )
)


def _now() -> datetime:
    return datetime.now(UTC)


class Memory:
    """The answers of the last 24 hours, at most ``capacity``. Safe to use from several threads and processes.

    Both methods raise `StorageError` when the database can not be read or written.
    """

    def __init__(self, database: Database, capacity: int = MOST_ANSWERS, now: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._capacity = capacity
        self._now = now

    def remember(self, answer_id: str, content: bytes, also: Callable[[Connection], object] | None = None) -> None:
        """Keep ``content`` of the answer; answers that are too old or too many go.

        What ``also`` writes is kept in the same transaction.
        """
        place, key = _keys(answer_id)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        payload = nonce + AESGCM(key).encrypt(nonce, content, None)
        now = self._now()
        with self._database.begin() as connection:
            connection.execute(_ADD, {"key": place, "payload": payload, "expires": now + KEEP})
            connection.execute(_REMOVE, {"now": now, "capacity": self._capacity})
            if also is not None:
                # Last: who counts the same subject waits for the end of this transaction.
                also(connection)

    def recall(self, answer_id: str) -> bytes | None:
        """Return what was kept of the answer, None when that is too long ago or never was."""
        place, key = _keys(answer_id)
        with self._database.reading() as connection:
            payload = connection.scalar(_FIND, {"place": place, "now": self._now()})
        if payload is None:
            return None
        return AESGCM(key).decrypt(payload[:_NONCE_BYTES], payload[_NONCE_BYTES:], None)


def _keys(answer_id: str) -> tuple[str, bytes]:
    """Return the place of the answer and the key of its content."""
    both = HKDF(SHA256(), 64, salt=None, info=b"handwijzer: remembered answer").derive(answer_id.encode())
    return both[:32].hex(), both[32:]
