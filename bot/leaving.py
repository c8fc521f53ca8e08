"""Whether whoever asked still waits: an answer is made piece by piece, and a language model can be silent for long.

A door makes an `Asker` part of the context in which an answer is made; what waits long there stops once it is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Asker:
    """Somebody who waits for an answer, until `leave`. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gone = False
        self._waiting: list[Callable[[], object]] = []

    def leave(self) -> None:
        """Tell all that wait on behalf of this asker, now and later."""
        with self._lock:
            self._gone = True
            for stop in self._waiting:
                stop()

    @contextmanager
    def waits(self, stop: Callable[[], object]) -> Iterator[None]:
        """Call ``stop`` (quick, from any thread) when the asker leaves meanwhile, or left already."""
        with self._lock:
            self._waiting.append(stop)
            if self._gone:
                stop()
        try:
            yield
        finally:
            with self._lock:
                self._waiting.remove(stop)


ASKER: ContextVar[Asker | None] = ContextVar("asker", default=None)
