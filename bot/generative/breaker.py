"""A circuit breaker: a server that keeps failing is left alone for a while, so that nobody waits for it in vain.

The kept libraries hold a lock during the call itself (pybreaker), which would make visitors wait for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Breaker:
    """Opens after ``failures`` failed calls in a row; every ``rest_s`` seconds one call may try again.

    Safe to use from several threads. ``clock`` gives seconds that only go up.
    """

    def __init__(self, failures: int, rest_s: float, clock: Callable[[], float]) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._retry_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are refused: the server failed too often in a row, and its rest is not over."""
        with self._lock:
            return self._failed >= self._limit and self._clock() < self._retry_at

    def admits(self) -> bool:
        """Tell whether a call may be made now. A yes to an open breaker is for one caller: the trial."""
        with self._lock:
            if self._failed < self._limit:
                return True
            now = self._clock()
            if now < self._retry_at:
                return False
            self._retry_at = now + self._rest_s
            return True

    def failed(self) -> None:
        """Note that an admitted call failed."""
        with self._lock:
            self._failed += 1
            self._retry_at = self._clock() + self._rest_s

    def succeeded(self) -> None:
        """Note that an admitted call did what it should: the breaker closes."""
        with self._lock:
            self._failed = 0
