"""The live keys in the memory of a running server: who shows a key, without a query for every request."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.access.caller import UnknownCallerError
from bot.access.keys import PEPPER_FILE, Key, KeyStore, hashed, id_in
from bot.access.refreshed import Refreshed
from kb.errors import StorageError

# A new or revoked key counts within two seconds: this, and the time that loading takes.
_FRESH_S = 1.0
# As long the server goes on with the keys that it knows while the database is away.
_KEEP_S = 60.0
_RETRY_S = 1.0
# For a key that does not exist: the same work is done, and nothing has this hash.
_NOBODY = "0" * 64
_NO_PEPPER = bytes(32)
_REFUSED = (
    "Deze sleutel is niet geldig: onbekend, ingetrokken of verlopen. Vraag de beheerder om een nieuwe; die maakt hem "
    "met: handwijzer keys create"
)


@dataclass(frozen=True, slots=True)
class _Known:
    """The keys at one moment: at most `MOST_LIVE_KEYS` of them."""

    pepper: bytes = _NO_PEPPER
    ever_made: bool = False
    live: dict[str, Key] = field(default_factory=dict)
    origins: frozenset[str] = frozenset()


class KeyRing:
    """The keys of ``store``. Every method raises `StorageError` when they have been out of reach for too long."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._counts = (0, 0)
        self._loaded: list[Key] = []
        self._known = Refreshed(self._load, _FRESH_S, _KEEP_S, _RETRY_S)

    async def ever_made(self) -> bool:
        """Tell whether a key was ever made: from then on the API needs one, also when none is live any more."""
        return (await self._known.get()).ever_made

    async def origins(self) -> frozenset[str]:
        """Return the origins of all live keys."""
        return (await self._known.get()).origins

    async def live_id(self, text: str) -> str | None:
        """Return the id of the live key that ``text`` claims to be."""
        id = id_in(text)
        return id if id in (await self._known.get()).live else None

    async def find(self, text: str) -> Key:
        """Return the key whose text this is. Raises `UnknownCallerError`; what is wrong with it is not told."""
        known = await self._known.get()
        key = known.live.get(id_in(text) or "")
        right = hmac.compare_digest(hashed(text, known.pepper), key.hash if key else _NOBODY)
        if key is None or not right or not key.live(datetime.now(UTC)):
            raise UnknownCallerError(_REFUSED)
        return key

    def _load(self) -> _Known:
        pepper = self._store.pepper()
        try:
            counts = self._store.counts()
            if counts != self._counts:
                self._loaded, self._counts = self._store.live(), counts
        except StorageError:
            if pepper is None:  # no key was ever made here: nobody's answer depends on the database
                return _Known()
            raise
        now = datetime.now(UTC)
        live = {key.id: key for key in self._loaded if key.live(now)}
        if live and pepper is None:
            raise StorageError(
                f"Het bestand {PEPPER_FILE} ontbreekt in de data-map, en zonder dat werkt geen enkele sleutel. Zet het "
                "terug uit een reservekopie, of maak nieuwe sleutels met: handwijzer keys create"
            )
        origins = frozenset(origin for key in live.values() for origin in key.origins)
        return _Known(pepper or _NO_PEPPER, counts[0] > 0, live, origins)
