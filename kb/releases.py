"""Releases: complete, immutable states of the knowledge base, one of which is live.

data/
  live                      the id of the live release, replaced atomically
  originals/<sha256>        every file as it was read, so that a citation opens the version it cites
  releases/<id>/
    manifest.json           written last: a folder without it is an unfinished build
    documents.json  passages.jsonl  texts/<document>.txt
    chroma/  lexical/  vectors.npy  units.npy  tokens.bin  tokens.index  glossary.json  spelling.json
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.documents import Document, Passage, Unit, UnitKind
from kb.errors import EncoderMismatchError, NoReleaseError, NotFoundError, ReleaseError
from kb.glossary import Glossary
from kb.late import TokenIndex
from kb.lexical import LexicalIndex
from kb.spelling import Spelling
from kb.vectors import VectorStore

KEEP = 5
_MANIFEST = "manifest.json"
_DOCUMENTS = "documents.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release holds and with what it was made. ``encoder`` and ``encoder_name`` identify the model."""

    id: str
    created: str
    encoder: str
    encoder_name: str
    recipe: str
    documents: int
    passages: int
    versions: dict[str, str] = field(default_factory=dict)


class ReleaseStore:
    """The releases in one data folder. Holds no open files; every call looks at the disk."""

    def __init__(self, data_dir: Path, chroma_url: str | None = None) -> None:
        self.data_dir = data_dir
        self.chroma_url = chroma_url
        self._releases = data_dir / "releases"
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

    def new_folder(self, now: datetime | None = None) -> Path:
        """Make the folder of a release to be built and return it; its name is the new id. Ids sort by age."""
        # To the millisecond: `rollback` and `clean_up` go by this order, also for releases of the same second.
        stamp = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S%f")[:-3]
        folder = self._releases / f"r{stamp}-{secrets.token_hex(2)}"
        folder.mkdir(parents=True)
        return folder

    def publish(self, release_id: str) -> None:
        """Make a finished release live, in one atomic step."""
        self.manifest(release_id)
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
        """Remove unfinished builds and all but the newest `KEEP` releases; the live one always stays."""
        kept = set(self.ids()[:KEEP]) | {self.live_id()}
        for folder in self._releases.glob("r*"):
            if folder.name not in kept:
                self._drop(folder)
        for stray in self.data_dir.glob(".live-*"):
            stray.unlink(missing_ok=True)

    def _drop(self, folder: Path) -> None:
        # The manifest goes first, so that a crash half-way leaves an unfinished build and not a damaged release.
        (folder / _MANIFEST).unlink(missing_ok=True)
        if self.chroma_url:
            VectorStore.drop(folder, folder.name, self.chroma_url)
        shutil.rmtree(folder, ignore_errors=True)

    def keep_original(self, source: Path, sha256: str) -> None:
        """Store the file under its hash, once."""
        target = self.data_dir / "originals" / sha256
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{sha256}-{secrets.token_hex(4)}")
            shutil.copyfile(source, fresh)
            fresh.replace(target)

    def original(self, document: Document) -> Path:
        """Return the stored original of ``document``. Raises `NotFoundError` when it is gone."""
        path = self.data_dir / "originals" / document.sha256
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
    they are read."""

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
        """Return the whole cleaned text of a document. Raises `NotFoundError`."""
        if document_id not in self.documents:
            raise NotFoundError(f"Document '{document_id}' staat niet in de kennisbank.")
        return (self.folder / "texts" / f"{document_id}.txt").read_text("utf-8")


def write_release(
    folder: Path,
    manifest: Manifest,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    texts: dict[str, str],
    vectors: NDArray[np.float32],
    unit_vectors: NDArray[np.float16],
    chroma_url: str | None,
) -> None:
    """Write every part of a release into ``folder``, the manifest last, and check it by loading it back.

    The tokens (`kb.late.TokenWriter`) are there already.
    """
    by_id = {document.id: document for document in documents}
    (folder / "texts").mkdir()
    for document_id, text in texts.items():
        (folder / "texts" / f"{document_id}.txt").write_text(text, encoding="utf-8", newline="\n")
    _write_json(folder / _DOCUMENTS, [_document_row(document) for document in documents])
    with (folder / "passages.jsonl").open("w", encoding="utf-8") as stream:
        for passage in passages:
            stream.write(json.dumps(asdict(passage), ensure_ascii=False, default=str) + "\n")
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "units.npy", unit_vectors)
    LexicalIndex.build([indexed_text(passage, by_id[passage.document_id]) for passage in passages]).save(folder)
    _write_json(folder / "glossary.json", Glossary.found_in(passages).entries)
    _write_json(folder / "spelling.json", Spelling.of(passage.text for passage in passages).counts)
    VectorStore.create(folder, manifest.id, chroma_url).add(passages, vectors, by_id)
    _write_json(folder / _MANIFEST, asdict(manifest))
    load_release(folder, chroma_url)


def load_release(folder: Path, chroma_url: str | None = None) -> Release:
    """Load the release in ``folder``. Raises `ReleaseError` when a part is missing or the counts disagree."""
    try:
        manifest = Manifest(**json.loads((folder / _MANIFEST).read_text("utf-8")))
        documents = {row["id"]: _document(row) for row in json.loads((folder / _DOCUMENTS).read_text("utf-8"))}
        with (folder / "passages.jsonl").open(encoding="utf-8") as stream:
            passages = [_passage(json.loads(line)) for line in stream]
        passage_vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        unit_vectors = np.load(folder / "units.npy", mmap_mode="r")
        tokens = TokenIndex.load(folder, passage_vectors.shape[1])
        glossary = Glossary(json.loads((folder / "glossary.json").read_text("utf-8")))
        spelling = Spelling(json.loads((folder / "spelling.json").read_text("utf-8")))
        texts = {path.stem for path in (folder / "texts").iterdir()}
    except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
        raise _damaged(folder.name) from error
    unit_starts = np.concatenate([[0], np.cumsum([len(passage.units) for passage in passages])]).astype(np.int64)
    vectors = VectorStore.open(folder, manifest.id, chroma_url)
    lexical = LexicalIndex.load(folder)
    counts = {manifest.passages, len(passages), vectors.count(), len(passage_vectors), lexical.size, len(tokens)}
    whole = len(counts) == 1 and texts >= documents.keys()
    if not whole or manifest.documents != len(documents) or unit_starts[-1] != len(unit_vectors):
        raise _damaged(folder.name)
    return Release(
        folder, manifest, documents, passages, {passage.id: place for place, passage in enumerate(passages)},
        lexical, vectors, glossary, spelling, passage_vectors, unit_vectors, unit_starts, tokens,
    )  # fmt: skip


def indexed_text(passage: Passage, document: Document) -> str:
    """Return what the encoder and the lexical index see of a passage: title, headings, text."""
    context = " > ".join(part for part in (document.title, *passage.headings) if part)
    return f"{context}\n{passage.text}" if context else passage.text


def _document_row(document: Document) -> dict[str, Any]:
    days = {name: day.isoformat() if day else None for name, day in _days(document).items()}
    return asdict(document) | days


def _days(document: Document) -> dict[str, date | None]:
    return {"date": document.date, "valid_until": document.valid_until}


def _document(row: dict[str, Any]) -> Document:
    days = {name: date.fromisoformat(row[name]) if row.get(name) else None for name in ("date", "valid_until")}
    return Document(**row | days | {"guessed": tuple(row.get("guessed", ()))})


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
def translated_disk_errors(folder: Path) -> Any:
    """Turn a full or read-only disk into a `ReleaseError` that says what to do."""
    try:
        yield
    except OSError as error:
        raise ReleaseError(
            f"Schrijven naar {folder} lukt niet: {error.strerror or error}. De oude release blijft live. "
            "Maak schijfruimte vrij of controleer de rechten van de map, en probeer het opnieuw."
        ) from error
