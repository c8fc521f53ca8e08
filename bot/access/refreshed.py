"""A value that is loaded elsewhere, at most so old, without a load for every request."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from kb.errors import HandwijzerError

T = TypeVar("T")
_log = logging.getLogger("handwijzer")


class Refreshed(Generic[T]):
    """What ``load`` returns, loaded again in a thread once it is older than ``fresh_s``: one load for all who wait.

    While loading fails, the last value is good for ``keep_s`` (both in seconds); a failure is not tried again within
    ``retry_s``. For one event loop.
    """

    def __init__(self, load: Callable[[], T], fresh_s: float, keep_s: float, retry_s: float) -> None:
        self._load = load
        self._fresh_s = fresh_s
        self._keep_s = keep_s
        self._retry_s = retry_s
        self._value: tuple[T, float] | None = None
        self._failed: tuple[HandwijzerError, float] | None = None
        self._loading: asyncio.Task[None] | None = None

    async def get(self, max_age_s: float | None = None) -> T:
        """Return the value, no older than ``max_age_s`` when the source works. Raises what ``load`` raised."""
        if self._age(self._value) > (self._fresh_s if max_age_s is None else max_age_s):
            if self._age(self._failed) > self._retry_s:
                if self._loading is None or self._loading.done():
                    self._loading = asyncio.create_task(self._reload())
                # Who asked may leave; the others still wait for it.
                await asyncio.shield(self._loading)
            if self._failed is not None and (max_age_s is not None or self._age(self._value) > self._keep_s):
                error = self._failed[0]
                raise type(error)(error.message)
        assert self._value is not None
        return self._value[0]

    async def _reload(self) -> None:
        began = time.monotonic()
        try:
            self._value = (await asyncio.to_thread(self._load), began)
            self._failed = None
        except HandwijzerError as error:
            _log.warning("%s", error.message)
            self._failed = (error, time.monotonic())

    @staticmethod
    def _age(dated: tuple[object, float] | None) -> float:
        return float("inf") if dated is None else time.monotonic() - dated[1]
