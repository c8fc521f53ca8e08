"""The vector store: one Chroma collection per release, embedded by default or on a Chroma server.

Embeddings are always computed by our own encoder and passed in; Chroma's embedding functions and telemetry are
off. Its embedded folder belongs to one writing process, hence a new folder for every release.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
import weakref
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from kb.documents import Document, Passage
from kb.errors import ReleaseError

_FOLDER = "chroma"
_DATABASE = "chroma.sqlite3"
_BATCH = 1000
_MOST_HOLES = 0.2
# Recall matters more than the last millisecond: with these the graph search finds what exact search finds. The graph is
# written out after every batch: one that is not on disk in full is made up, and written, by whoever opens it.
_HNSW = {
    "space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32,
    "batch_size": 1, "sync_threshold": 1,
}  # fmt: skip


class VectorStore:
    """The passages' vectors of one release. Its files are closed when the last user lets go of it."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._collection = collection
        self._close = weakref.finalize(self, client.close)

    @classmethod
    def create(cls, folder: Path, release: str, url: str | None) -> VectorStore:
        """Make an empty store for ``release`` in ``folder``, or on the server at ``url``."""
        client = _client(folder, url)
        return cls(
            client,
            client.create_collection(
                release, embedding_function=None, configuration={"hnsw": _HNSW}, metadata={"release": release}
            ),
        )

    @classmethod
    def open(cls, folder: Path, release: str, url: str | None) -> VectorStore:
        """Open the store of ``release``. Raises `ReleaseError` when it is missing or damaged."""
        try:
            # Chroma would make an empty store where none is: look first.
            if not url and not (folder / _FOLDER / _DATABASE).is_file():
                raise FileNotFoundError(folder / _FOLDER)
            client = _client(folder, url)
            return cls(client, client.get_collection(release, embedding_function=None))
        except Exception as error:
            raise ReleaseError(
                f"De vectoren van release {release} zijn niet te openen. "
                "Voer uit: handwijzer ingest --full (of ga terug met: handwijzer rollback)"
            ) from error

    @classmethod
    def copy(
        cls,
        folder: Path,
        release: str,
        base: Path,
        held: Mapping[str, Mapping[str, str | int]],
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        documents: Mapping[str, Document],
    ) -> None:
        """Make the store of ``release`` in ``folder`` from that of the release in ``base``: only what differs is added
        and removed, for building the graph takes longer than all else.

        ``held`` is what `stored_with` gave for the passages of ``base`` whose vectors are still right, by id. A store
        from which much was removed is built anew, because Chroma keeps the place of what is gone.
        """
        stored = {passage.id: stored_with(documents[passage.document_id]) for passage in passages}
        with closing(cls.open(base, base.name, None)) as old:
            gone = [key for key in old.ids() if key not in held or held[key] != stored.get(key)]
            holes = len(gone) + int((old._collection.metadata or {}).get("holes", 0))
        if holes > _MOST_HOLES * len(passages):
            cls.create(folder, release, None).add(passages, vectors, documents)
            return
        shutil.copytree(base / _FOLDER, folder / _FOLDER)
        added = [place for place, passage in enumerate(passages) if held.get(passage.id) != stored[passage.id]]
        with closing(cls.open(folder, base.name, None)) as new:
            new._collection.modify(name=release, metadata={"release": release, "holes": holes})
            for start in range(0, len(gone), _BATCH):
                new._collection.delete(ids=gone[start : start + _BATCH])
            new.add([passages[place] for place in added], vectors[added], documents)
        with closing(sqlite3.connect(folder / _FOLDER / _DATABASE)) as database:
            # The names of removed documents would stay in the file.
            database.execute("VACUUM")

    def ids(self) -> list[str]:
        """Return the ids of the stored passages."""
        return list(self._collection.get(include=[])["ids"])

    def vectors_of(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the stored vectors (d,) of the passages ``ids``, without those that are not there."""
        found = self._collection.get(ids=list(ids), include=["embeddings"])
        return dict(zip(found["ids"], np.asarray(found["embeddings"], np.float32), strict=True))

    def close(self) -> None:
        """Close the files; the store can not be asked any more."""
        self._close()

    @staticmethod
    def drop(folder: Path, release: str, url: str) -> None:
        """Remove the collection of ``release`` from a Chroma server; a missing one is fine."""
        client = _client(folder, url)
        if release in {collection.name for collection in client.list_collections()}:
            client.delete_collection(release)

    def add(self, passages: Sequence[Passage], vectors: NDArray[np.float32], documents: Mapping[str, Document]) -> None:
        """Store ``passages`` with their (n, d) ``vectors`` and what filters need of their documents.

        Raises `OSError`.
        """
        for start in range(0, len(passages), _BATCH):
            part = passages[start : start + _BATCH]
            try:
                self._collection.add(
                    ids=[passage.id for passage in part],
                    embeddings=vectors[start : start + _BATCH],
                    metadatas=[stored_with(documents[passage.document_id]) for passage in part],
                )
            except Exception as error:  # Chroma has one kind of error for all that happens inside it
                raise OSError(errno.EIO, "Chroma kan de vectoren niet opslaan") from error

    def count(self) -> int:
        """Return the number of stored passages."""
        return int(self._collection.count())

    def nearest(
        self, vector: NDArray[np.float32], count: int, where: dict[str, Any] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to ``count`` passage ids with their cosine similarity, best first.

        Raises `ReleaseError` when a Chroma server does not answer.
        """
        try:
            found = self._collection.query(
                query_embeddings=[vector], n_results=count, where=where or None, include=["distances"]
            )
        except Exception as error:  # Chroma has one kind of error for all that happens inside it
            raise ReleaseError("De vectoren zijn nu niet te doorzoeken. Controleer de Chroma-server.") from error
        return [
            (passage_id, 1.0 - float(distance))
            for passage_id, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]


def day_number(day: date | None) -> int:
    """Return a date as yyyymmdd, 0 for none: Chroma compares numbers, not dates."""
    return day.year * 10000 + day.month * 100 + day.day if day else 0


def stored_with(document: Document) -> dict[str, str | int]:
    """Return what is stored with each passage of ``document``, for filters."""
    return {"document": document.id, "kind": document.kind, "day": day_number(document.date)}


def _client(folder: Path, url: str | None) -> Any:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if not url:
        return chromadb.PersistentClient(path=str(folder / _FOLDER), settings=settings)
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return chromadb.HttpClient(
        host=parts.hostname or "localhost",
        port=parts.port or (443 if secure else 8000),
        ssl=secure,
        settings=settings,
    )
