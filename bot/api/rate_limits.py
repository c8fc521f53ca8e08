"""How often each caller may ask: counted per key, user or address, so that one who asks much costs nobody else.

The windows slide (two counters a caller), so that what is kept does not grow with the number of requests.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from limits import RateLimitItemPerMinute
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.access.caller import Caller
from bot.api.problems import problem_response
from kb.errors import UsageError
from kb.settings import Settings

KEY_PER_MINUTE = 120
ADDRESS_PER_MINUTE = 1200
# What the page is made of is not counted: one visit fetches dozens of such files.
_COUNTED = re.compile(r"/(?:v1|openai)/.*|/mcp(?:/.*)?|/pagina/(?!static/|pdfjs/).*", re.DOTALL)
_REDIS_WAIT_S = 0.5
_REDIS_RETRY_S = 10.0
_log = logging.getLogger("handwijzer")
T = TypeVar("T")


class Quota:
    """Counts by name, in a Redis server that several processes share or in the memory of this one.

    While the server is away this process counts for itself. Raises `UsageError` for an address that can not be used.
    """

    def __init__(self, redis_url: str | None = None) -> None:
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = _shared_limiter(redis_url) if redis_url else None
        self._retry_at = 0.0

    async def hit(self, name: str, per_minute: int) -> int | None:
        """Count one request of ``name``. Returns None, or the seconds to wait when it is one too many."""
        return await self._counted(partial(_hit, item=RateLimitItemPerMinute(per_minute), name=name))

    async def full(self, name: str, per_minute: int) -> int | None:
        """Return what `hit` would, without counting."""
        return await self._counted(partial(_full, item=RateLimitItemPerMinute(per_minute), name=name))

    async def _counted(self, count: Callable[[SlidingWindowCounterRateLimiter], T]) -> T:
        if self._shared is not None and time.monotonic() >= self._retry_at:
            try:
                return await asyncio.to_thread(count, self._shared)
            except StorageError:
                self._retry_at = time.monotonic() + _REDIS_RETRY_S
                _log.warning("De Redis-server is niet bereikbaar. Elk proces telt de limieten zo lang zelf.")
        return count(self._own)


class RateLimits:
    """Answers 429 to a caller who asks more than `Caller.per_minute`; `bot.access.guard` says who calls."""

    def __init__(self, app: ASGIApp, quota: Quota) -> None:
        self.app = app
        self._quota = quota

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        if scope["type"] == "http" and _COUNTED.fullmatch(scope["path"]):
            caller: Caller = scope["state"]["caller"]
            wait_s = await self._quota.hit(caller.name, caller.per_minute)
            if wait_s is not None:
                detail = f"U deed meer dan {caller.per_minute} verzoeken in een minuut. Wacht {wait_s} seconden."
                headers = {"Retry-After": str(wait_s)}
                await problem_response(scope["path"], 429, detail, headers=headers)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def usual_rates(settings: Settings) -> tuple[int, int]:
    """Return the requests a minute for a key or user, and for an address without a key."""
    return settings.rate_limit or KEY_PER_MINUTE, settings.rate_limit or ADDRESS_PER_MINUTE


def _hit(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItemPerMinute, name: str) -> int | None:
    return None if limiter.hit(item, name) else _wait_s(limiter, item, name)


def _full(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItemPerMinute, name: str) -> int | None:
    return None if limiter.test(item, name) else _wait_s(limiter, item, name)


def _wait_s(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItemPerMinute, name: str) -> int:
    return max(1, round(limiter.get_window_stats(item, name).reset_time - time.time()))


def _shared_limiter(redis_url: str) -> SlidingWindowCounterRateLimiter:
    try:
        storage = RedisStorage(
            redis_url, wrap_exceptions=True, socket_timeout=_REDIS_WAIT_S, socket_connect_timeout=_REDIS_WAIT_S
        )
    except ConfigurationError as error:
        raise UsageError(
            "Voor HANDWIJZER_REDIS_URL is een onderdeel nodig. Installeer het met: pip install 'handwijzer[redis]'"
        ) from error
    except ValueError as error:
        # The address may hold a password, so it is not repeated.
        raise UsageError(
            "HANDWIJZER_REDIS_URL is geen adres van een Redis-server. Schrijf het als redis://server:6379"
        ) from error
    return SlidingWindowCounterRateLimiter(storage)
