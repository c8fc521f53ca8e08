"""Putting a document from elsewhere into the corpus folder, in such a way that it can be taken out again.

corpus/.handwijzer/<token>/     hidden, so that no ingest reads it
  <name>                        the file while it comes in
  vorige/<name>                 what it replaced, until the new version has been read
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from os.path import isfile, lexists
from pathlib import Path, PurePosixPath
from typing import Self

import yaml

from ingest.metadata import SIDECAR_SUFFIX, sidecar_of
from ingest.readers.metadata import key_name
from ingest.sources import SourceFile
from kb.errors import HandwijzerError
from kb.releases import translated_disk_errors

_WORK = ".handwijzer"
_EARLIER = "vorige"


class FileExistsAlreadyError(HandwijzerError):
    """A document of that name is in the corpus folder, or something stands where it should come."""

    status = 409
    slug = "bestaat-al"
    title = "Dit bestand is er al"


@dataclass(frozen=True, slots=True)
class Placed:
    """A file that was put at ``file`` in the corpus folder, and what that took: ``replaced`` another file, with a
    sidecar (``described``), which replaced another one (``redescribed``)."""

    token: str
    file: str
    replaced: bool
    described: bool
    redescribed: bool

    @property
    def document_id(self) -> str:
        """The id under which an ingest knows the file."""
        return SourceFile(Path(self.file), PurePosixPath(self.file)).document_id

    @classmethod
    def at(cls, corpus_dir: Path, token: str, file: PurePosixPath, described: bool) -> Self:
        """Tell what it takes to put a file at ``file``, as things stand now."""
        target = corpus_dir / file
        beside = lexists(_sidecar(target))
        return cls(token, str(file), lexists(target), described, described and beside)


def incoming(corpus_dir: Path, token: str, name: str) -> Path:
    """Return where a file called ``name`` may come in: on the disk of the corpus folder, out of sight."""
    folder = _work_folder(corpus_dir, token)
    with translated_disk_errors(corpus_dir):
        folder.mkdir(parents=True)
    return folder / name


def place(corpus_dir: Path, token: str, file: PurePosixPath, described: dict[str, str], *, replace: bool) -> Placed:
    """Put the file that came in at its place in the corpus folder, in one step, with a sidecar that says ``described``.

    What the earlier sidecar says besides stays. Raises `FileExistsAlreadyError` unless ``replace`` allows another file
    to go, and `ReleaseError` when the disk is full or may not be written; then all is as it was.
    """
    target = corpus_dir / file
    with translated_disk_errors(corpus_dir):
        _require_inside(corpus_dir, target)
        placed = Placed.at(corpus_dir, token, file, bool(described))
        if (placed.replaced and not replace) or (lexists(target) and not isfile(target)):
            raise FileExistsAlreadyError(
                f"{file} staat al in de corpusmap. Kies een andere naam, of stuur 'vervangen' mee met de waarde true."
            )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _put(corpus_dir, placed, described)
        except BaseException:
            take_out(corpus_dir, placed)
            raise
    return placed


def _put(corpus_dir: Path, placed: Placed, described: dict[str, str]) -> None:
    target = corpus_dir / placed.file
    fresh = _work_folder(corpus_dir, placed.token) / target.name
    earlier = fresh.parent / _EARLIER
    earlier.mkdir()
    if placed.replaced:
        shutil.copy2(target, earlier / target.name)
    if described:
        known = _values(sidecar_of(target)) | described
        sidecar = _sidecar(target)
        if placed.redescribed:
            shutil.copy2(sidecar, earlier / sidecar.name)
        draft = _sidecar(fresh)
        draft.write_text(yaml.safe_dump(known, allow_unicode=True, sort_keys=False), encoding="utf-8")
        draft.replace(sidecar)
    with fresh.open("rb") as stream:
        os.fsync(stream.fileno())
    fresh.replace(target)


def take_out(corpus_dir: Path, placed: Placed) -> None:
    """Make the corpus folder as it was before ``placed``; does nothing when that was done or settled already."""
    work = _work_folder(corpus_dir, placed.token)
    if not work.is_dir():
        return
    target = corpus_dir / placed.file
    done = {target: placed.replaced}
    if placed.described:
        done[_sidecar(target)] = placed.redescribed
    for path, replaced in done.items():
        kept = work / _EARLIER / path.name
        if not replaced:
            path.unlink(missing_ok=True)
        elif kept.exists():  # else it was not put aside yet, or is back already
            kept.replace(path)
    settle(corpus_dir, placed.token)
    _remove_empty(target.parent, corpus_dir)


def settle(corpus_dir: Path, token: str) -> None:
    """Let go of what ``token`` put aside."""
    work = _work_folder(corpus_dir, token)
    shutil.rmtree(work, ignore_errors=True)
    with suppress(OSError):
        work.parent.rmdir()


def unsettled(corpus_dir: Path, age_s: float) -> list[str]:
    """Return the tokens of what came in longer than ``age_s`` seconds ago and was not settled."""
    before = time.time() - age_s
    return sorted(path.name for path in (corpus_dir / _WORK).glob("*") if path.stat().st_mtime < before)


def discard_source(corpus_dir: Path, file: str) -> None:
    """Remove a document's file, if it is there, and its own sidecar from the corpus folder.

    A sidecar ``naam.meta.yaml`` stays while another file of that name is there, which it describes too.
    """
    target = corpus_dir / file
    with translated_disk_errors(corpus_dir):
        if not target.is_file() or not target.resolve().is_relative_to(corpus_dir.resolve()):
            return
        target.unlink()
        _sidecar(target).unlink(missing_ok=True)
        shared = target.with_name(target.stem + SIDECAR_SUFFIX)
        if not any(other.stem == target.stem for other in target.parent.glob("[!.]*")):
            shared.unlink(missing_ok=True)


def _work_folder(corpus_dir: Path, token: str) -> Path:
    return corpus_dir / _WORK / token


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR_SUFFIX)


def _values(sidecar: Path) -> dict[str, str]:
    """Return what a sidecar says now, nothing when it can not be read: it is replaced then."""
    try:
        known = yaml.load(sidecar.read_text("utf-8"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError):
        return {}
    return {key_name(str(key)): value for key, value in known.items()} if isinstance(known, dict) else {}


def _require_inside(corpus_dir: Path, target: Path) -> None:
    # A folder in the corpus may be a link to elsewhere: an ingest does not look there, so nothing is put there.
    if not target.parent.resolve().is_relative_to(corpus_dir.resolve()):
        raise FileExistsAlreadyError("Deze map is een verwijzing naar een map buiten de corpusmap. Kies een andere.")
    for folder in target.relative_to(corpus_dir).parents:
        if isfile(corpus_dir / folder):
            raise FileExistsAlreadyError(f"{folder} is een bestand in de corpusmap en geen map. Kies een andere map.")


def _remove_empty(folder: Path, corpus_dir: Path) -> None:
    with suppress(OSError):
        while folder != corpus_dir:
            folder.rmdir()
            folder = folder.parent
