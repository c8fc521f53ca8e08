"""Read in again whenever documents in a folder change and have come to rest.

The system tells of changes on a disk of this computer. Of a network drive it does not see what other computers do
there: with ``WATCHFILES_FORCE_POLLING=true`` in the environment the folders are compared time and again instead, every
300 ms or every ``WATCHFILES_POLL_DELAY_MS``.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import watchfiles

from ingest.sources import IGNORE_FILE
from kb.errors import HandwijzerError, IngestBusyError, IngestError, UsageError

_TICK_MS = 200
_HIDDEN = (".", "~$")
_UNFINISHED = (".part", ".crdownload", ".tmp")


def watch(
    folders: Sequence[Path],
    run: Callable[[], None],
    stop: threading.Event | None = None,
    quiet_ms: int = 1500,
    tell: Callable[[str], None] = lambda line: None,
) -> None:
    """Call ``run`` once, and again after every change in ``folders``, as soon as nothing has changed for ``quiet_ms``.

    Goes on until ``stop`` is set or Ctrl+C is pressed. What goes wrong in a run is passed to ``tell``, in Dutch, as is
    a folder that is not there: then nothing runs until it is back. Raises `UsageError` for a path that is a file, and
    `IngestError` when the system can not watch the folders.
    """
    roots = [folder.resolve() for folder in folders]
    for root in roots:
        if root.is_file():
            raise UsageError(
                f"{root} is een bestand. Alleen mappen kunnen worden gevolgd: noem de map waar het in staat."
            )
    with suppress(KeyboardInterrupt):
        _Watch(roots, run, stop or threading.Event(), quiet_ms / 1000, tell).go()


class _Watch:
    """What is watched, and since when something waits to be read in."""

    def __init__(
        self,
        roots: Sequence[Path],
        run: Callable[[], None],
        stop: threading.Event,
        quiet_s: float,
        tell: Callable[[str], None],
    ) -> None:
        self._roots, self._ingest, self._stop, self._quiet_s, self._tell = roots, run, stop, quiet_s, tell
        self._mounted: set[Path] = set()
        self._missing: set[Path] = set()
        # The first run needs no rest before it.
        self._changed_at: float | None = float("-inf")
        # The files that changed, as they were when last looked at.
        self._waiting: dict[Path, tuple[int, int] | None] = {}
        self._busy = False

    def go(self) -> None:
        while not self._stop.is_set():
            if self._all_there():
                self._follow()
            else:
                self._stop.wait(_TICK_MS / 1000)

    def _all_there(self) -> bool:
        """Tell whether every folder is there, and say once of each when it is gone and when it is back."""
        missing = {root for root in self._roots if not self._is_there(root)}
        for root in sorted(missing - self._missing):
            self._tell(f"De map {root} is er niet. Handwijzer wacht tot de map er weer is; tot dan verandert er niets.")
        for root in sorted(self._missing - missing):
            self._tell(f"De map {root} is er weer.")
        self._missing = missing
        return not missing

    def _is_there(self, root: Path) -> bool:
        # Where a share was taken away its empty folder stays behind. `os.path` takes any error for "no".
        if os.path.ismount(root):
            self._mounted.add(root)
        return os.path.isdir(root) and (root not in self._mounted or os.path.ismount(root))

    def _follow(self) -> None:
        """Run after changes until a folder is gone or another one stands in its place."""
        followed = self._identities()
        with closing(self._batches()) as batches:
            for changes in batches:
                if not self._all_there() or self._identities() != followed:
                    break
                paths = {Path(path) for change, path in changes if self._matters(change, Path(path))}
                if paths or self._grown():
                    self._changed_at = time.monotonic()
                    self._waiting |= {path: _state(path) for path in paths}
                elif self._rested():
                    self._run()
        # Nobody saw what changed until this begins anew.
        self._changed_at = time.monotonic()

    def _batches(self) -> Generator[set[watchfiles.main.FileChange], None, None]:
        """Give what changed as it does, and every tick without changes an empty set; end when watching breaks off."""
        began = False
        watching = watchfiles.watch(
            *self._roots, watch_filter=None, step=50, debounce=_TICK_MS, rust_timeout=_TICK_MS, yield_on_timeout=True,
            stop_event=self._stop, ignore_permission_denied=True,
        )  # fmt: skip
        try:
            with closing(watching):
                for changes in watching:
                    began = True
                    yield changes
        except (OSError, RuntimeError) as error:  # the library's own error is a RuntimeError
            if not began and self._all_there():
                raise IngestError(
                    f"De mappen kunnen niet worden gevolgd: {error}. Zet WATCHFILES_FORCE_POLLING=true en probeer het "
                    "opnieuw."
                ) from error

    def _identities(self) -> list[tuple[int, int] | None]:
        """Return what tells each folder from another of the same name."""
        states = [_stat(root) for root in self._roots]
        return [state and (state.st_dev, state.st_ino) for state in states]

    def _matters(self, change: watchfiles.Change, path: Path) -> bool:
        """Tell whether a change can concern a document: hidden files and copies in the making do not count."""
        root = next((root for root in self._roots if path.is_relative_to(root)), None)
        if root is None or (change is watchfiles.Change.modified and os.path.isdir(path)):
            return False
        if path.name == IGNORE_FILE:
            return True
        hidden = any(part.startswith(_HIDDEN) for part in path.relative_to(root).parts)
        return not hidden and not path.name.lower().endswith(_UNFINISHED)

    def _rested(self) -> bool:
        return self._changed_at is not None and time.monotonic() - self._changed_at >= self._quiet_s

    def _grown(self) -> bool:
        """Tell whether a file that waits is another size or age than when it was last looked at: a disk that has to be
        asked does not tell of changes within one second."""
        if not self._rested():
            return False
        before, self._waiting = self._waiting, {path: _state(path) for path in self._waiting}
        return before != self._waiting

    def _run(self) -> None:
        self._changed_at = None
        self._waiting = {}
        busy = False
        try:
            self._ingest()
        except IngestBusyError as error:
            # Whether the other ingest saw these changes is not known.
            self._changed_at = time.monotonic()
            busy = True
            if not self._busy:
                self._tell(f"{error.message} Handwijzer probeert het vanzelf opnieuw.")
        except HandwijzerError as error:
            self._tell(error.message)
        except OSError as error:
            self._tell(f"Er ging iets mis met {error.filename or 'een bestand'}: {error.strerror or error}.")
        self._busy = busy


def _state(path: Path) -> tuple[int, int] | None:
    """Return what changes while a file is written."""
    state = _stat(path)
    return state and (state.st_size, state.st_mtime_ns)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
