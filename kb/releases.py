"""Releases: complete, immutable states of the knowledge base, one of which is live.

data/
  live                      the id of the live release, replaced atomically
  originals/<sha256>        every file as it was read, so that a citation opens the version it cites
  releases/<id>/
    manifest.json           written last: a folder without it is an unfinished build
    documents.json  passages.jsonl  texts/<document>.txt
    chroma/  lexical/  vectors.npy  units.npy  tokens.bin  tokens.index  glossary.json  spelling.json
    duplicates.npy          groups of near-duplicate passages; a release without it has none
    signatures.npy          what they were found by, for the next ingest
    hints/                  questions that passages answer (`kb.hints`); a release without it has none
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.documents import Document, Passage, Unit, UnitKind
from kb.errors import EncoderMismatchError, NoReleaseError, NotFoundError, ReleaseError
from kb.glossary import Glossary
from kb.graph_files import seal
from kb.hints import EncodedHint, Hints, save_hints
from kb.late import TokenIndex
from kb.lexical import LexicalIndex
from kb.spelling import Spelling
from kb.vectors import VectorStore, stored_with
from kb.word_table import WordTable

KEEP = 5
_PASSAGE_FIELDS = tuple(field.name for field in fields(Passage))
_UNIT_FIELDS = tuple(field.name for field in fields(Unit))
_MANIFEST = "manifest.json"
_DOCUMENTS = "documents.json"
_PASSAGES = "passages.jsonl"
PUBLISHED = "published"
DUPLICATES = "duplicates.npy"
_DISK_FAULTS = {
    errno.ENOSPC: "de schijf is vol",
    errno.EDQUOT: "de ruimte die u op deze schijf mag gebruiken is op",
    errno.EROFS: "de schijf is alleen-lezen",
    errno.EACCES: "u mag hier niet schrijven",
    errno.EPERM: "u mag hier niet schrijven",
    errno.ENOTDIR: "een deel van dit pad is een bestand en geen map",
    errno.EEXIST: "dit is een bestand en geen map",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release holds, when (see `this_moment`) and with what it was made.

    ``encoder`` and ``encoder_name`` identify the model.
    """

    id: str
    created: str
    encoder: str
    encoder_name: str
    recipe: str
    documents: int
    passages: int
    versions: dict[str, str] = field(default_factory=dict)


def this_moment() -> str:
    """Return the present moment as a manifest has it, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class ReleaseStore:
    """The releases in one data folder. Holds no open files; every call looks at the disk."""

    def __init__(self, data_dir: Path, chroma_url: str | None = None) -> None:
        self.data_dir = data_dir
        self.chroma_url = chroma_url
        self.staging = data_dir / "staging"
        self._releases = data_dir / "releases"
        self._originals = data_dir / "originals"
        self._pointer = data_dir / "live"

    def live_id(self) -> str | None:
        """Return the id of the live release, None when nothing was published."""
        try:
            return self._pointer.read_text("utf-8").strip() or None
        except FileNotFoundError:
            return None

    def ids(self) -> list[str]:
        """Return the finished releases, newest first."""
        return sorted((path.parent.name for path in self._releases.glob(f"*/{_MANIFEST}")), reverse=True)

    def folder(self, release_id: str) -> Path:
        """Return the folder of a release, existing or not."""
        return self._releases / release_id

    def manifest(self, release_id: str) -> Manifest:
        """Read one manifest. Raises `NotFoundError` for an unknown id, `ReleaseError` when it is damaged."""
        path = self.folder(release_id) / _MANIFEST
        if release_id not in self.ids():
            raise NotFoundError(f"Release {release_id} bestaat niet. Bekijk de lijst met: handwijzer releases")
        try:
            return Manifest(**json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise _damaged(release_id) from error

    def documents(self, release_id: str) -> dict[str, Document]:
        """Read the documents of one release by id, without loading the rest of it."""
        try:
            rows = json.loads((self.folder(release_id) / _DOCUMENTS).read_text("utf-8"))
            return {row["id"]: _document(row) for row in rows}
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _damaged(release_id) from error

    def passages(self, release_id: str) -> Iterator[Passage]:
        """Yield the passages of one release, without loading the rest of it."""
        try:
            yield from _passages_in(self.folder(release_id))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _damaged(release_id) from error

    def new_folder(self, now: datetime | None = None) -> Path:
        """Make the folder of a release to be built and return it; its name is the new id. Ids sort by age."""
        # To the millisecond: `rollback` and `clean_up` go by this order, also for releases of the same second.
        stamp = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S%f")[:-3]
        return self._made(f"r{stamp}")

    def folder_instead_of(self, release_id: str) -> Path:
        """Make the folder of a release that is to replace ``release_id``: the age in the new id is that of the old."""
        return self._made(release_id.rpartition("-")[0])

    def _made(self, aged: str) -> Path:
        folder = self._releases / f"{aged}-{secrets.token_hex(2)}"
        folder.mkdir(parents=True)
        return folder

    def publish(self, release_id: str) -> None:
        """Make a finished release live, in one atomic step."""
        self.manifest(release_id)
        (self.folder(release_id) / PUBLISHED).touch()
        self._point_at(release_id)

    def unpublish(self) -> None:
        """Leave no release live. The pointer stays, empty: whoever reads it knows that this is meant."""
        self._point_at("")

    def unpublished(self) -> bool:
        """Tell whether it is meant that no release is live."""
        return self._pointer.exists() and self.live_id() is None

    def _point_at(self, release_id: str) -> None:
        fresh = self._pointer.with_name(f".live-{secrets.token_hex(4)}")
        with fresh.open("w", encoding="utf-8") as stream:
            stream.write(release_id + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self._pointer)

    def rollback(self, release_id: str | None = None) -> str:
        """Make ``release_id`` live, or the one before the live release, and return its id."""
        live = self.live_id()
        if release_id is None:
            older = [known for known in self.ids() if live is None or known < live]
            if not older:
                raise NotFoundError("Er is geen oudere release om naar terug te gaan.")
            release_id = older[0]
        self.manifest(release_id)
        load_release(self.folder(release_id), self.chroma_url)
        self.publish(release_id)
        return release_id

    def clean_up(self) -> None:
        """Remove all but the newest `KEEP` releases (the live one always stays) and what a run that was cut off left.

        Originals that no release refers to any more go too.
        """
        for folder in self.unfinished():
            self.discard(folder)
        kept = set(self.ids()[:KEEP]) | {self.live_id()}
        for release_id in set(self.ids()) - kept:
            self.discard(self.folder(release_id))
        for stray in (*self.leftovers(), *self.unused_originals()):
            shutil.rmtree(stray, ignore_errors=True) if stray.is_dir() else stray.unlink(missing_ok=True)

    def unfinished(self) -> list[Path]:
        """Return the folders of builds that were never finished, or finished and never published."""
        live = self.live_id()
        published = (key for key in self.ids() if not live or key < live or (self.folder(key) / PUBLISHED).exists())
        finished = {*published, live}
        return [folder for folder in sorted(self._releases.glob("r*")) if folder.name not in finished]

    def leftovers(self) -> list[Path]:
        """Return the temporary files and folders of runs that were cut off, or of one that is busy now."""
        found = (self.data_dir.glob(".live-*"), self._originals.glob(".*"), self.staging.glob("*"))
        return sorted(path for paths in found for path in paths)

    def unused_originals(self) -> list[Path]:
        """Return the originals that no release refers to; none while a release can not tell what it refers to."""
        known = {key for key in (*self.ids(), self.live_id()) if key}
        try:
            used = {document.sha256 for key in known for document in self.documents(key).values()}
        except ReleaseError:
            return []
        return sorted(path for path in self._originals.glob("[!.]*") if path.name not in used)

    def discard(self, folder: Path) -> None:
        """Remove a release or an unfinished build."""
        # The manifest goes first, so that a crash half-way leaves an unfinished build and not a damaged release.
        (folder / _MANIFEST).unlink(missing_ok=True)
        if self.chroma_url:
            VectorStore.drop(folder, folder.name, self.chroma_url)
        shutil.rmtree(folder, ignore_errors=True)

    def keep_original(self, source: Path, sha256: str) -> None:
        """Store the file under its hash, once."""
        target = self._originals / sha256
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{sha256}-{secrets.token_hex(4)}")
            shutil.copyfile(source, fresh)
            fresh.replace(target)

    def original(self, document: Document) -> Path:
        """Return the stored original of ``document``. Raises `NotFoundError` when it is gone."""
        path = self._originals / document.sha256
        if not path.is_file():
            raise NotFoundError(f"Het originele bestand van '{document.title}' is niet meer aanwezig.")
        return path

    def open(self, release_id: str | None = None) -> Release:
        """Load a release, the live one by default. Raises `NoReleaseError` or `ReleaseError`."""
        release_id = release_id or self.live_id()
        if release_id is None:
            raise NoReleaseError(
                "Er zijn nog geen documenten ingelezen. Zet documenten in de corpusmap en voer uit: handwijzer ingest"
            )
        return load_release(self.folder(release_id), self.chroma_url)


@dataclass(frozen=True, slots=True)
class Release:
    """A release in memory. ``passage_vectors`` (n, d) float32 are those that Chroma searches, to score passages that
    only words found. ``unit_vectors`` (u, d) float16 holds the units of all passages in order; those of passage i are
    the rows ``unit_starts[i]`` up to ``unit_starts[i + 1]``. These and the vectors of ``tokens`` stay on disk until
    they are read. ``duplicates`` (n,) int32 holds the number of each passage's group of near-duplicates, -1 for none.
    """

    folder: Path
    manifest: Manifest
    documents: dict[str, Document]
    passages: list[Passage]
    places: dict[str, int]
    lexical: LexicalIndex
    vectors: VectorStore
    glossary: Glossary
    spelling: Spelling
    passage_vectors: NDArray[np.float32]
    unit_vectors: NDArray[np.float16]
    unit_starts: NDArray[np.int64]
    tokens: TokenIndex
    duplicates: NDArray[np.int32]
    hints: Hints

    @property
    def id(self) -> str:
        """The release id."""
        return self.manifest.id

    def require_encoder(self, fingerprint: str, name: str) -> None:
        """Raise `EncoderMismatchError` unless the release was built with the encoder of ``fingerprint``."""
        if self.manifest.encoder != fingerprint:
            raise EncoderMismatchError(
                f"Release {self.id} is gemaakt met het taalmodel '{self.manifest.encoder_name}', maar nu is '{name}' "
                "ingesteld. Zet HANDWIJZER_ENCODER terug, of lees de documenten opnieuw in met: handwijzer ingest"
            )

    def text_of(self, document_id: str) -> str:
        """Return the whole cleaned text of a document.

        Raises `NotFoundError`, and `ReleaseError` when the release was erased while it is still in use here.
        """
        if document_id not in self.documents:
            raise NotFoundError("Dit document staat niet in de kennisbank.")
        try:
            return (self.folder / "texts" / f"{document_id}.txt").read_text("utf-8")
        except FileNotFoundError as error:
            raise ReleaseError("De kennisbank wordt net vervangen. Probeer het nog een keer.") from error


def carried_from(
    base: Release | None, encoder: str, documents: Sequence[Document], passages: Sequence[Passage]
) -> list[int]:
    """Return for each passage its place in ``base`` when it stands there unchanged, under the same title, embedded by
    the same ``encoder`` (a fingerprint); -1 for the others."""
    if base is None or base.manifest.encoder != encoder:
        return [-1] * len(passages)
    titles = {document.id: document.title for document in documents}
    result = []
    for passage in passages:
        place = base.places.get(passage.id, -1)
        same = place >= 0 and base.passages[place] == passage
        result.append(
            place if same and base.documents[passage.document_id].title == titles[passage.document_id] else -1
        )
    return result


def write_release(
    folder: Path,
    manifest: Manifest,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    texts: dict[str, str],
    vectors: NDArray[np.float32],
    unit_vectors: NDArray[np.float16],
    chroma_url: str | None,
    base: Release | None = None,
    carried: Sequence[int] = (),
    hints: Sequence[EncodedHint] = (),
) -> Release:
    """Write every part of a release into ``folder``, the manifest last, and return it as it loads.

    The tokens (`kb.late.TokenWriter`) are there already. What was worked out for passages that are ``carried`` over
    from a release ``base`` (`carried_from`) is not worked out again.
    """
    by_id = {document.id: document for document in documents}
    (folder / "texts").mkdir()
    for document_id, text in texts.items():
        (folder / "texts" / f"{document_id}.txt").write_text(text, encoding="utf-8", newline="\n")
    _write_json(folder / _DOCUMENTS, [_document_row(document) for document in documents])
    known = (base.folder / _PASSAGES).read_text("utf-8").split("\n") if base else []
    with (folder / _PASSAGES).open("w", encoding="utf-8") as stream:
        for place, passage in zip(carried or repeat(-1), passages, strict=False):
            line = known[place] if place >= 0 else json.dumps(_passage_row(passage), ensure_ascii=False)
            stream.write(line + "\n")
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "units.npy", unit_vectors)
    save_hints(folder, hints, vectors.shape[1])
    parts = [(heading_text(passage, by_id[passage.document_id]), passage.text) for passage in passages]
    table = WordTable.of(parts, WordTable.load(base.folder) if base else None, carried)
    table.save(folder)
    LexicalIndex.build(table).save(folder)
    _write_json(folder / "glossary.json", Glossary.found_in(passages).entries)
    _write_json(folder / "spelling.json", Spelling.of(table).counts)
    if base and not chroma_url:
        held = {
            passage.id: stored_with(base.documents[passage.document_id])
            for passage, place in zip(passages, carried, strict=True)
            if place >= 0
        }
        VectorStore.copy(folder, manifest.id, base.folder, held, passages, vectors, by_id)
    else:
        VectorStore.create(folder, manifest.id, chroma_url).add(passages, vectors, by_id)
    seal(folder)
    _write_json(folder / _MANIFEST, asdict(manifest))
    return load_release(folder, chroma_url)


def load_release(folder: Path, chroma_url: str | None = None) -> Release:
    """Load the release in ``folder``. Raises `ReleaseError` when a part is missing or the counts disagree."""
    try:
        manifest = Manifest(**json.loads((folder / _MANIFEST).read_text("utf-8")))
        documents = {row["id"]: _document(row) for row in json.loads((folder / _DOCUMENTS).read_text("utf-8"))}
        passages = list(_passages_in(folder))
        passage_vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        unit_vectors = np.load(folder / "units.npy", mmap_mode="r")
        tokens = TokenIndex.load(folder, passage_vectors.shape[1])
        glossary = Glossary(json.loads((folder / "glossary.json").read_text("utf-8")))
        spelling = Spelling(json.loads((folder / "spelling.json").read_text("utf-8")))
        texts = {path.stem for path in (folder / "texts").iterdir()}
        known = (folder / DUPLICATES).exists()
        duplicates = np.load(folder / DUPLICATES) if known else np.full(len(passages), -1, np.int32)
        places = {passage.id: place for place, passage in enumerate(passages)}
        hints = Hints.load(folder, places, passage_vectors.shape[1])
    except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
        raise _damaged(folder.name) from error
    unit_starts = np.concatenate([[0], np.cumsum([len(passage.units) for passage in passages])]).astype(np.int64)
    vectors = VectorStore.open(folder, manifest.id, chroma_url)
    lexical = LexicalIndex.load(folder)
    counts = {manifest.passages, len(passages), vectors.count(), len(passage_vectors), lexical.size, len(tokens)}
    whole = counts == {len(duplicates)} and texts >= documents.keys()
    if not whole or manifest.documents != len(documents) or unit_starts[-1] != len(unit_vectors):
        raise _damaged(folder.name)
    return Release(
        folder, manifest, documents, passages, places, lexical, vectors, glossary, spelling, passage_vectors,
        unit_vectors, unit_starts, tokens, duplicates, hints,
    )  # fmt: skip


def indexed_text(passage: Passage, document: Document) -> str:
    """Return what the encoder and the lexical index see of a passage: title, headings, text."""
    context = heading_text(passage, document)
    return f"{context}\n{passage.text}" if context else passage.text


def heading_text(passage: Passage, document: Document) -> str:
    """Return the title and headings above a passage as one line."""
    return " > ".join(part for part in (document.title, *passage.headings) if part)


def _document_row(document: Document) -> dict[str, Any]:
    days = {name: day.isoformat() if day else None for name, day in _days(document).items()}
    return asdict(document) | days


def _days(document: Document) -> dict[str, date | None]:
    return {"date": document.date, "valid_until": document.valid_until}


def _document(row: dict[str, Any]) -> Document:
    days = {name: date.fromisoformat(row[name]) if row.get(name) else None for name in ("date", "valid_until")}
    return Document(**row | days | {"guessed": tuple(row.get("guessed", ()))})


def _passages_in(folder: Path) -> Iterator[Passage]:
    with (folder / _PASSAGES).open(encoding="utf-8") as stream:
        for line in stream:
            yield _passage(json.loads(line))


def _passage_row(passage: Passage) -> dict[str, Any]:
    # What `asdict` gives, at a quarter of its time.
    units = [{name: getattr(unit, name) for name in _UNIT_FIELDS} for unit in passage.units]
    return {name: getattr(passage, name) for name in _PASSAGE_FIELDS} | {"units": units}


def _passage(row: dict[str, Any]) -> Passage:
    units = tuple(Unit(**unit | {"kind": UnitKind(unit["kind"])}) for unit in row["units"])
    return Passage(**row | {"headings": tuple(row["headings"]), "units": units})


def _write_json(path: Path, content: Any) -> None:
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def _damaged(release_id: str) -> ReleaseError:
    return ReleaseError(
        f"Release {release_id} is beschadigd of niet compleet. Ga terug naar een eerdere met: handwijzer rollback, "
        "of bouw een nieuwe met: handwijzer ingest --full"
    )


@contextlib.contextmanager
def translated_disk_errors(folder: Path) -> Iterator[None]:
    """Turn a full or read-only disk into a `ReleaseError` that says what to do."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        number, told = (error.errno or 0, error.strerror) if isinstance(error, OSError) else (0, None)
        fault = _DISK_FAULTS.get(number) or told or error
        raise ReleaseError(
            f"Schrijven naar {folder} lukt niet: {fault}. De oude release blijft live. "
            "Maak schijfruimte vrij of controleer de rechten van de map, en probeer het opnieuw."
        ) from error
