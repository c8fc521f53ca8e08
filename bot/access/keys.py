"""Keys: how they look, how they are kept, and making, listing and revoking them.

A key is ``hw_<id>_<secret>``: the prefix tells people and scanners of leaked secrets what it is, the id is public and
tells keys apart, the secret has 192 random bits. Kept is only an HMAC of the whole, under a pepper that stands beside
the database and not in it (docs/decisions/0019-access.md).
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Row, Select, func, insert, or_, select, update

from bot.access.caller import Role
from bot.access.origins import origin_of
from bot.storage.database import Database
from bot.storage.tables import keys
from kb.errors import NotFoundError, StorageError, UsageError

PREFIX = "hw_"
PEPPER_FILE = "keys.pepper"
# All live keys are held in memory by every process.
MOST_LIVE_KEYS = 1000
_PEPPER_BYTES = 32
_KEY = re.compile(r"hw_([0-9a-f]{8})_[0-9a-f]{48}")


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key. ``origins``: the websites it is meant for, none for a key that programs keep secret.

    ``per_minute`` is None for the usual number of requests. Moments carry their time zone.
    """

    id: str
    hash: str
    name: str
    role: Role
    origins: tuple[str, ...]
    per_minute: int | None
    created: datetime
    expires: datetime | None
    revoked: datetime | None

    def live(self, now: datetime) -> bool:
        """Tell whether the key opens anything at ``now``."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class KeyStore:
    """The keys of one installation. Every method raises `StorageError` when the database can not be used."""

    def __init__(self, database: Database, data_dir: Path) -> None:
        self._database = database
        self._pepper = data_dir / PEPPER_FILE

    def create(
        self,
        role: Role,
        name: str = "",
        origins: Sequence[str] = (),
        expires: datetime | None = None,
        per_minute: int | None = None,
    ) -> tuple[str, Key]:
        """Make a key and return its text, which is kept nowhere, with what is kept.

        Raises `UsageError` for an origin that is none, for origins with role beheer (such a key is public), for a
        moment that has passed, and when there are `MOST_LIVE_KEYS`.
        """
        now = datetime.now(UTC)
        if origins and role is not Role.READ:
            raise UsageError("Een sleutel met --origin staat open en bloot in een webpagina en mag alleen lezen.")
        if expires is not None and expires <= now:
            raise UsageError("De datum waarop de sleutel verloopt, is al voorbij.")
        if len(self.live()) >= MOST_LIVE_KEYS:
            raise UsageError(f"Er zijn al {MOST_LIVE_KEYS} geldige sleutels. Trek er eerst een in.")
        id = secrets.token_hex(4)
        text = f"{PREFIX}{id}_{secrets.token_hex(24)}"
        sites = tuple(dict.fromkeys(map(origin_of, origins)))
        key = Key(id, hashed(text, self._made_pepper()), name, role, sites, per_minute, now, expires, None)
        with self._database.begin() as connection:
            connection.execute(
                insert(keys).values(
                    id=key.id, hash=key.hash, name=key.name, role=key.role.value, origins=list(key.origins),
                    per_minute=key.per_minute, created=key.created, expires=key.expires,
                )
            )  # fmt: skip
        return text, key

    def all(self) -> list[Key]:
        """Return every key that was ever made, oldest first."""
        return self._found(select(keys).order_by(keys.c.created, keys.c.id))

    def live(self) -> list[Key]:
        """Return the keys that open something now."""
        expires = or_(keys.c.expires.is_(None), keys.c.expires > datetime.now(UTC))
        return self._found(select(keys).where(keys.c.revoked.is_(None), expires))

    def counts(self) -> tuple[int, int]:
        """Return how many keys were ever made and how many of them revoked: the same means that nothing changed."""
        if not self._database.exists:
            return 0, 0
        with self._database.reading() as connection:
            made, revoked = connection.execute(select(func.count(), func.count(keys.c.revoked)).select_from(keys)).one()
        return made, revoked

    def revoke(self, id: str) -> Key:
        """End a key by its id or whole text and return it. Raises `NotFoundError`; a second time changes nothing."""
        whole = _KEY.fullmatch(id)
        id = whole[1] if whole else id
        if self._database.exists:
            with self._database.begin() as connection:
                connection.execute(
                    update(keys).where(keys.c.id == id, keys.c.revoked.is_(None)).values(revoked=datetime.now(UTC))
                )
                row = connection.execute(select(keys).where(keys.c.id == id)).one_or_none()
                if row is not None:
                    return _key(row)
        raise NotFoundError(f"Sleutel {id} bestaat niet. Bekijk alle sleutels met: handwijzer keys list")

    def pepper(self) -> bytes | None:
        """Return what hashes are keyed with, None when no key was ever made here."""
        try:
            return self._pepper.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"Het bestand {PEPPER_FILE} in de data-map kan niet worden gelezen.") from error

    def _found(self, query: Select[tuple[object, ...]]) -> list[Key]:
        if not self._database.exists:
            return []
        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(query)]

    def _made_pepper(self) -> bytes:
        """Return the pepper, made whole before anybody can read it: two commands at once agree on one."""
        own = self._pepper.with_name(f"{PEPPER_FILE}.{os.getpid()}")
        try:
            if not self._pepper.exists():
                self._pepper.parent.mkdir(parents=True, exist_ok=True)
                own.touch(mode=0o600)
                own.write_bytes(secrets.token_bytes(_PEPPER_BYTES))
                try:
                    with suppress(FileExistsError):
                        os.link(own, self._pepper)
                finally:
                    own.unlink()
            return self._pepper.read_bytes()
        except OSError as error:
            raise StorageError(f"Het bestand {PEPPER_FILE} in de data-map kan niet worden gemaakt.") from error


def hashed(text: str, pepper: bytes) -> str:
    """Return what is kept of the key ``text``."""
    return hmac.digest(pepper, text.encode(), "sha256").hex()


def id_in(text: str) -> str | None:
    """Return the public id of a key, None for a text that does not look like one."""
    found = _KEY.fullmatch(text)
    return found[1] if found else None


def holds_key(text: str) -> bool:
    """Tell whether a key stands somewhere in ``text``."""
    return _KEY.search(text) is not None


def without_keys(text: str) -> str:
    """Return ``text`` with every key cut down to its public id: for logs and messages."""
    return _KEY.sub(rf"{PREFIX}\1_…", text)


def _key(row: Row[tuple[object, ...]]) -> Key:
    values = dict(row._mapping)
    return Key(**values | {"role": Role(values["role"]), "origins": tuple(values["origins"])})
