"""Making a model ready to be served, once, in a process of its own: that takes torch, which serving never imports."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock

from kb.errors import EncoderError, HandwijzerError

REFUSED = 3
"""How a preparation ends whose last line says why it could not be done. A process that breaks off never ends so."""

Say = Callable[[str], None]
"""Receives one Dutch line for each step."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """``python -m module *arguments FOLDER`` makes the folder of what users know as ``title``.

    It calls `run`. When all that it needs is ``local``, no hub is asked for anything.
    """

    module: str
    arguments: tuple[str, ...]
    title: str
    local: bool


def made(folder: Path, preparation: Preparation, say: Say = lambda line: None) -> Path:
    """Return ``folder``, made first where that was not done yet; of several processes one does so.

    Raises `EncoderError` when it fails.
    """
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder) + ".lock"):
            if not folder.is_dir():
                _make(folder, preparation, say)
    except OSError as error:
        raise EncoderError(
            f"{preparation.title} kan niet worden klaargezet in {folder.parent}: {error.strerror or error}. "
            "Maak schijfruimte vrij of kies een andere map met HANDWIJZER_MODEL_DIR."
        ) from error
    return folder


def run(folder: Path, prepare: Callable[[Path, Path, Say], None]) -> int:
    """Have ``prepare(work, scratch, say)`` write a model into the folder ``work``, put that in the place of ``folder``
    when all is well, and return the exit code.

    Progress goes to stdout, and so does, last, what a `HandwijzerError` says.
    """
    stdout = sys.stdout

    def say(line: str) -> None:
        print(line, file=stdout, flush=True)

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".voorbereiden-") as scratch:
        work = Path(scratch) / "klaar"
        work.mkdir()
        say("Gewichten laden")
        try:
            with redirect_stdout(sys.stderr):  # what an exporter remarks belongs in the log
                prepare(work, Path(scratch), say)
        except HandwijzerError as error:
            say(error.message)
            return REFUSED
        if folder.exists():
            shutil.rmtree(folder)
        work.replace(folder)
    return 0


def describe(file: Path, about: dict[str, Any]) -> None:
    """Write ``about``, with the digests of everything that stands beside ``file``."""
    files = {part.name: file_digest(part) for part in sorted(file.parent.iterdir()) if part != file}
    file.write_text(json.dumps(about | {"files": files}, indent=2) + "\n", encoding="utf-8")


def described(file: Path, damaged: EncoderError, *, whole: bool = True) -> dict[str, Any]:
    """Return what `describe` wrote. Raises ``damaged`` when it can not be read, or, asked whether all is ``whole``,
    when a file is not the one described."""
    try:
        about: dict[str, Any] = json.loads(file.read_text("utf-8"))
        same = not whole or all(file_digest(file.with_name(name)) == digest for name, digest in about["files"].items())
    except (OSError, ValueError, KeyError) as error:
        raise damaged from error
    if not same:
        raise damaged
    return about


def file_digest(path: Path) -> str:
    """Return the BLAKE2b digest of a file (fast enough to check at every start)."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _make(folder: Path, preparation: Preparation, say: Say) -> None:
    say(f"{preparation.title} klaarzetten (eenmalig, ongeveer een minuut)")
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    if preparation.local:
        environment |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    log = folder.with_suffix(".log")
    lines: list[str] = []
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", preparation.module, *preparation.arguments, str(folder)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        with process:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                say(lines[-1])
    if process.returncode:
        broke_off = "Het klaarzetten brak onverwacht af. Kijk of er genoeg geheugen en schijfruimte is."
        reason = lines[-1] if process.returncode == REFUSED else broke_off
        raise EncoderError(f"{preparation.title} kon niet worden klaargezet. {reason} (details: {log})")
    log.unlink()
