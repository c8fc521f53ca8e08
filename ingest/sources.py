"""Which files an ingest meets, under which names they are known."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from os.path import isfile
from pathlib import Path, PurePosixPath

import pathspec

from ingest.metadata import SIDECAR_SUFFIX, sidecar_of
from kb.errors import IngestError, UsageError

IGNORE_FILE = ".handwijzerignore"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to ingest. ``name`` is its path within the corpus, with forward slashes."""

    path: Path
    name: PurePosixPath

    @property
    def document_id(self) -> str:
        """A stable, readable id: the file name, and a hash of the whole path to keep it unique."""
        plain = unicodedata.normalize("NFKD", self.name.stem).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
        return f"{slug or 'document'}-{blake2b(str(self.name).encode(), digest_size=3).hexdigest()}"

    def hashes(self) -> tuple[str, str]:
        """Return the SHA-256 of the file, and a stamp over the file with its sidecar. Raises `OSError`."""
        return hashes_of(self.path, self.path)


def hashes_of(content: Path, described: Path) -> tuple[str, str]:
    """Return the SHA-256 of the file ``content``, and a stamp over it with the sidecar of ``described``.

    Raises `OSError`.
    """
    digest = sha256()
    _hash(content, digest.update)
    stamp = digest.copy()
    sidecar = sidecar_of(described)
    if isfile(sidecar):
        stamp.update(b"\0sidecar\0")
        _hash(sidecar, stamp.update)
    return digest.hexdigest(), stamp.hexdigest()[:32]


def _hash(path: Path, update: Callable[[bytes], None]) -> None:
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            update(chunk)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one run looks at: the files, and the name prefixes under which a missing file counts as removed."""

    files: list[SourceFile]
    prefixes: list[str]

    def covers(self, name: str) -> bool:
        """Tell whether a document called ``name`` would have been met in this run if its file still existed."""
        return any(prefix == "" or name == prefix or name.startswith(prefix + "/") for prefix in self.prefixes)


def find_sources(corpus_dir: Path, paths: Sequence[Path]) -> Scope:
    """Return the files under ``paths``, or under the whole corpus folder when none are given.

    Hidden files, sidecars and what `.handwijzerignore` (gitignore syntax) names are passed over. Raises
    `UsageError` for a path that does not exist.
    """
    if not corpus_dir.is_dir() and not paths:
        fault = "is geen map" if corpus_dir.exists() else "bestaat niet"
        raise UsageError(
            f"De corpusmap {corpus_dir} {fault}. Maak de map en zet er documenten in, "
            "of kies een andere map met HANDWIJZER_CORPUS_DIR."
        )
    files: dict[str, SourceFile] = {}
    prefixes = []
    for path in paths or [corpus_dir]:
        if not path.exists():
            raise UsageError(f"{path} bestaat niet. Controleer de naam.")
        prefix, inside = _name_of(path, corpus_dir)
        prefixes.append("" if prefix == PurePosixPath(".") else str(prefix))
        # The corpus has one ignore file; it also holds for a folder within the corpus that is ingested by itself.
        ignored, place = (_ignored(corpus_dir), prefix) if inside else (_ignored(path), PurePosixPath("."))
        for found, relative in _walk(path, ignored, place):
            source = SourceFile(found, prefix / relative)
            files.setdefault(str(source.name), source)
    return Scope(sorted(files.values(), key=lambda source: str(source.name)), prefixes)


def _name_of(path: Path, corpus_dir: Path) -> tuple[PurePosixPath, bool]:
    """A path inside the corpus keeps its place there; one from elsewhere goes by its own name. Tells which it is."""
    resolved, corpus = path.resolve(), corpus_dir.resolve()
    if resolved.is_relative_to(corpus):
        return _readable(resolved.relative_to(corpus)), True
    # The hash keeps two folders of the same name apart, and a folder from elsewhere apart from one in the corpus.
    mark = blake2b(os.fsencode(resolved), digest_size=3).hexdigest()
    return PurePosixPath("extern", mark) / _readable(Path(resolved.name)), False


def _walk(path: Path, ignored: pathspec.GitIgnoreSpec, place: PurePosixPath) -> Iterator[tuple[Path, PurePosixPath]]:
    """Yield the documents at or under ``path``, which lies at ``place`` as seen from the ignore file."""
    root = path.resolve()
    for found in [path] if path.is_file() else _files(path):
        relative = _readable(found.relative_to(path))
        hidden = any(part.startswith((".", "~$")) for part in relative.parts)
        if hidden or found.name.endswith(SIDECAR_SUFFIX) or ignored.match_file(str(place / relative)):
            continue
        # A link that leads out of the folder is not part of it.
        if found.is_file() and found.resolve().is_relative_to(root):
            yield found, relative


def _files(folder: Path) -> list[Path]:
    return sorted(Path(parent, name) for parent, _, names in os.walk(folder, onerror=_unlisted) for name in names)


def _unlisted(error: OSError) -> None:
    # A folder that can not be listed would read as one whose documents were all removed.
    raise IngestError(
        f"De map {error.filename} kan niet worden gelezen ({error.strerror}). Controleer de rechten en de verbinding. "
        "Er is niets gewijzigd."
    ) from error


def _readable(relative: Path) -> PurePosixPath:
    """Return a path as text that can be shown and stored; bytes that are no UTF-8 become a replacement mark."""
    return PurePosixPath(os.fsencode(relative.as_posix()).decode("utf-8", "replace"))


def _ignored(folder: Path) -> pathspec.GitIgnoreSpec:
    file = folder / IGNORE_FILE
    lines = file.read_text("utf-8", errors="replace").splitlines() if file.is_file() else []
    return pathspec.GitIgnoreSpec.from_lines(lines)
