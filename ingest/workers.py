"""Worker processes in which files from strangers are read: what hangs or swells is killed and costs one file.

A worker is forked from a small server process that holds our readers and nothing else, so that a new one is there
within a tenth of a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from ingest.policy import Policy
from ingest.readers.failures import too_large
from kb.errors import ReadError, Reason

T = TypeVar("T")
MOST_WORKERS = 2
_PRELOADED = ("__main__", "ingest.preload")
_PR_SET_PDEATHSIG = 1
# The lists of names take this long to load, and this much memory.
_NAMES_S, _NAMES_MB = 30, 400


class Workers:
    """A few processes that run one task at a time, within ``seconds`` and ``memory_mb`` for each.

    Threads may share it. The server process starts at once, on another core than the caller's; workers come with the
    first task. What a killed worker leaves unfinished stays in ``scratch``.
    """

    def __init__(self, scratch: Path, seconds: float, memory_mb: int, count: int = MOST_WORKERS) -> None:
        self.seconds = seconds
        self.count = max(1, min(count, os.cpu_count() or 1))
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(_PRELOADED))
        forkserver.ensure_running()
        self._pool = ProcessPool(self.count, initializer=_bound, initargs=(scratch, memory_mb), context=context)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end: Callable[[], None] = self._pool.stop if kind else self._pool.close
        end()
        self._pool.join()

    def run(self, task: Callable[..., T], *values: object) -> T:
        """Return ``task(*values)``, computed in a worker.

        Raises what the task raises, and `ReadError` when it takes too long (TOO_SLOW), takes too much memory
        (TOO_LARGE) or takes its process down (DAMAGED).
        """
        try:
            return self._pool.schedule(task, args=values, timeout=self.seconds).result()
        except TimeoutError as error:
            raise ReadError(
                Reason.TOO_SLOW,
                f"Het lezen van dit bestand duurde langer dan {self.seconds:.0f} seconden en is gestopt. Splits het "
                "bestand, of geef het meer tijd met HANDWIJZER_FILE_SECONDS.",
            ) from error
        except MemoryError as error:
            raise too_large("bestand") from error
        except ProcessExpired as error:
            raise ReadError(
                Reason.DAMAGED,
                "Het lezen van dit bestand liep vast. Open het in het programma waarmee het is gemaakt, sla het "
                "opnieuw op en lees het opnieuw in.",
            ) from error


def workers_for(policy: Policy, scratch: Path) -> Workers:
    """Return workers with the bounds of ``policy``, and with room for the lists of names where those are asked for."""
    if policy.names:
        return Workers(scratch, policy.seconds + _NAMES_S, policy.memory_mb + _NAMES_MB)
    return Workers(scratch, policy.seconds, policy.memory_mb)


def _bound(scratch: Path, memory_mb: int) -> None:
    """Bound the memory of this worker, and let it end with the server that it was forked from."""
    tempfile.tempdir = str(scratch)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the process that waits for us
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.name == "posix":
        import resource

        # The data segment and not the address space: libraries map files far larger than what they use.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))
