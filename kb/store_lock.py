"""One at a time: whoever changes a data folder holds its lock, and whoever comes second hears who does and since when.

The operating system lets go of the lock when its holder ends, however that happens. What a crashed process leaves
behind is a note that tells of it; it never stands in the way.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from kb.dutch import long_date
from kb.errors import IngestBusyError
from kb.releases import translated_disk_errors

_LOCK, _NOTE = "ingest.lock", "ingest.lock.json"
# Long enough to outlast `is_busy`, which takes the lock for a moment to see whether it is free.
_PATIENCE_S = 0.3


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, or held it last: a process id, and since when, in local time."""

    process: int
    since: datetime

    def __str__(self) -> str:
        """Say it in Dutch."""
        return f"sinds {long_date(self.since)} {self.since:%H:%M}, proces {self.process}"


@contextlib.contextmanager
def exclusive(data_dir: Path) -> Iterator[None]:
    """Hold the lock of ``data_dir``, which is made where needed.

    Raises `IngestBusyError` when another process holds it, and `ReleaseError` when the disk is full or read-only.
    """
    with translated_disk_errors(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(data_dir / _LOCK, timeout=_PATIENCE_S)
        try:
            lock.acquire()
        except Timeout as error:
            holder = last_holder(data_dir)
            raise IngestBusyError(
                f"Een ander commando is de kennisbank aan het bijwerken{f' ({holder})' if holder else ''}. "
                "Wacht tot dat klaar is en probeer het opnieuw."
            ) from error
    try:
        with translated_disk_errors(data_dir):
            _write_note(data_dir)
        yield
    finally:
        (data_dir / _NOTE).unlink(missing_ok=True)
        lock.release()


def is_busy(data_dir: Path) -> bool:
    """Tell whether a process holds the lock of ``data_dir`` now."""
    if not (data_dir / _LOCK).exists():
        return False
    try:
        with FileLock(data_dir / _LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # whoever may not write here does not know who else does
        return False


def last_holder(data_dir: Path) -> Holder | None:
    """Return who holds the lock or, when nobody does, whose run was cut off; None when the last run ended well."""
    try:
        note = json.loads((data_dir / _NOTE).read_text("utf-8"))
        return Holder(int(note["proces"]), datetime.fromisoformat(note["sinds"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write_note(data_dir: Path) -> None:
    note = {"proces": os.getpid(), "sinds": datetime.now().astimezone().isoformat(timespec="seconds")}
    (data_dir / _NOTE).write_text(json.dumps(note), encoding="utf-8")
