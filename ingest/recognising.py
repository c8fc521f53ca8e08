"""Telling whether a file from a stranger can be read at all, before it gets a place in the corpus folder.

In a process of its own, bounded in time and memory, as looking into an archive is enough for a hostile one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from kb.errors import ReadError, Reason

_SECONDS = 20
_MEMORY_MB = 500


def require_known_format(path: Path) -> None:
    """Return when ``path`` is of a format that the knowledge base takes; raises what `find_format` raises, else
    `ReadError` (DAMAGED)."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(path)], capture_output=True, timeout=_SECONDS, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise ReadError(
            Reason.DAMAGED,
            "Dit bestand kan niet worden herkend. Open het in het programma waarmee het is gemaakt, sla het opnieuw op "
            "en probeer het opnieuw.",
        ) from error
    if found := json.loads(done.stdout):
        raise ReadError(Reason(found["reden"]), found["melding"])


def _recognise(path: Path) -> None:
    from ingest.readers import find_format

    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_MB << 20, _MEMORY_MB << 20))
    try:
        find_format(path)
    except ReadError as error:
        print(json.dumps({"reden": error.reason, "melding": error.message}))
    else:
        print("null")


if __name__ == "__main__":
    _recognise(Path(sys.argv[1]))
