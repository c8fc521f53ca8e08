"""The inside of a measuring process: one task on stdin, events and a result as JSON lines on stdout.

Only the standard library, because every measured process begins here.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

Task = dict[str, Any]
Result = dict[str, Any]


class Channel:
    """What a measuring process tells the one that started it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def progress(self, phase: str, done: int, total: int) -> None:
        """Report how far a Dutch-named phase is."""
        self.send({"progress": [phase, done, total]})

    def event(self, name: str) -> None:
        """Report that something happened; the other side notes when."""
        self.send({"event": name})

    def send(self, message: dict[str, Any]) -> None:
        """Write one line."""
        self._stream.write(json.dumps(message, ensure_ascii=False) + "\n")
        self._stream.flush()


Action = Callable[[Task, Channel], Result]


def work(actions: Mapping[str, Action]) -> None:
    """Do the task on stdin (``{"action": name, …}``) and write its result and this process' peak memory."""
    # Libraries print remarks; what stdout carries is a protocol.
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    channel = Channel(stream)
    task = json.load(sys.stdin)
    result = actions[task["action"]](task, channel)
    channel.send({"result": result, "peak_rss_mb": peak_rss_mb()})


def peak_rss_mb(pid: int | None = None) -> float | None:
    """Return the highest resident memory of a process so far, in MB of 10^6 bytes; this process by default.

    Of another process it is known on Linux only. There ``ru_maxrss`` is passed over: a child starts with the peak of
    the process that started it.
    """
    peak = _memory_mb("VmHWM:", pid)
    if peak is not None or pid is not None:
        return peak
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


def rss_mb(pid: int) -> float | None:
    """Return the resident memory of a process now, in MB of 10^6 bytes; None where the system does not tell."""
    return _memory_mb("VmRSS:", pid)


def _memory_mb(name: str, pid: int | None) -> float | None:
    with suppress(OSError):
        for line in Path(f"/proc/{pid or 'self'}/status").read_text("utf-8").splitlines():
            if line.startswith(name):
                return round(int(line.split()[1]) * 1024 / 1e6, 1)
    return None
