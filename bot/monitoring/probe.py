"""Looks whether something outside this process works, without ever keeping whoever asks waiting for long."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

_TIMEOUT_S = 2.0
_SILENT = "geeft niet op tijd antwoord"
_BROKEN = "werkt niet"


class Probe:
    """The outcome of ``look``, which returns what is wrong in Dutch, or None; what it raises is wrong too.

    An outcome is at most ``fresh_s`` old, and nobody waits longer than ``wait_s`` for one: a look that takes more goes
    on in the background, one at a time. Safe to use from several threads.
    """

    def __init__(self, look: Callable[[], str | None], fresh_s: float = 10.0, wait_s: float = 1.0) -> None:
        self._look = look
        self._fresh_s = fresh_s
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._done: threading.Event | None = None
        self._fault: str | None = None
        self._looked_at = float("-inf")

    def fault(self) -> str | None:
        """Return what is wrong, None when it works."""
        with self._lock:
            if self._done is None and time.monotonic() - self._looked_at >= self._fresh_s:
                self._done = threading.Event()
                threading.Thread(target=self._run, args=(self._done,), daemon=True).start()
            done = self._done
        return self._fault if done is None or done.wait(self._wait_s) else _SILENT

    def _run(self, done: threading.Event) -> None:
        try:
            self._fault = self._look()
        except Exception:  # what stands outside may fail in any way
            self._fault = _BROKEN
        with self._lock:
            self._looked_at = time.monotonic()
            self._done = None
        done.set()


def http_fault(url: str) -> str | None:
    """Return what is wrong with the server at ``url``; any answer will do, also that a key is needed."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S):
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except (OSError, HTTPException, ValueError):
        return "is niet bereikbaar"
