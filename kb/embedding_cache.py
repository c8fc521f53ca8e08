"""Vectors of texts that were embedded before, so that a new release costs only what is new.

One SQLite file; the key is the encoder's fingerprint with a hash of the text and its units. Losing the file costs
time, nothing else: a damaged one is thrown away.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.documents import Passage
from kb.encoder import Encoded, Encoder
from kb.late import PassageTokens, passage_tokens

_SCHEMA = """
CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, pooled BLOB, units BLOB, tokens BLOB);
DROP TABLE IF EXISTS vectors;
"""
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of one passage: its own (d,), those of its units (u, d), and those of its tokens."""

    pooled: NDArray[np.float32]
    units: NDArray[np.float16]
    tokens: PassageTokens


class EmbeddingCache:
    """The vectors of passages by content."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = _connect(path)
        except sqlite3.DatabaseError:
            drop_cache(path)
            self._database = _connect(path)

    def __len__(self) -> int:
        """The number of texts whose vectors are known."""
        return int(self._database.execute("SELECT count(*) FROM embeddings").fetchone()[0])

    def embed(
        self, encoder: Encoder, texts: Sequence[str], unit_spans: Sequence[Sequence[tuple[int, int]]]
    ) -> Iterable[tuple[int, Embedded]]:
        """Yield ``(index, vectors)`` for every text, cached ones first.

        A unit's vector is the mean of the token vectors under its span, computed in the context of the whole
        passage; a span without a token (beyond the encoder's limit) gets the passage's own vector.
        """
        keys = [cache_key(encoder.fingerprint, text, spans) for text, spans in zip(texts, unit_spans, strict=True)]
        missing = []
        for index, key in enumerate(keys):
            row = self._database.execute(
                "SELECT pooled, units, tokens FROM embeddings WHERE key = ?", (key,)
            ).fetchone()
            if row is None:
                missing.append(index)
                continue
            pooled = np.frombuffer(row[0], np.float32)
            units = np.frombuffer(row[1], np.float16).reshape(-1, len(pooled))
            yield index, Embedded(pooled, units, PassageTokens.from_bytes(row[2]))
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            with self._database:
                for place, encoded in encoder.encode_with_tokens([texts[index] for index in chunk]):
                    index = chunk[place]
                    spans = unit_spans[index]
                    units = unit_vectors(encoded, spans)
                    tokens = passage_tokens(encoded, texts[index], spans, encoder.centres["passage"])
                    pooled = np.asarray(encoded.pooled, np.float32)
                    self._database.execute(
                        "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)",
                        (keys[index], pooled.tobytes(), units.tobytes(), tokens.as_bytes()),
                    )
                    yield index, Embedded(pooled, units, tokens)

    def keep_only(self, keys: Iterable[bytes]) -> int:
        """Forget all vectors but those under ``keys`` (`cache_key`), leave no trace of them in the file, and return
        how many went."""
        self._database.execute("PRAGMA secure_delete = ON")
        with self._database:
            self._database.execute("CREATE TEMP TABLE used (key BLOB PRIMARY KEY)")
            self._database.executemany("INSERT OR IGNORE INTO used VALUES (?)", ((key,) for key in keys))
            gone = self._database.execute("DELETE FROM embeddings WHERE key NOT IN (SELECT key FROM used)").rowcount
            self._database.execute("DROP TABLE used")
        if gone:
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return gone

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def unit_vectors(encoded: Encoded, spans: Sequence[tuple[int, int]]) -> NDArray[np.float16]:
    """Return the unit-length mean of the token vectors under each span, (len(spans), d) float16."""
    result = np.empty((len(spans), len(encoded.pooled)), np.float16)
    starts, ends = encoded.offsets[:, 0], encoded.offsets[:, 1]
    for row, (start, end) in enumerate(spans):
        under = (starts < end) & (ends > start)
        mean = encoded.tokens[under].mean(axis=0) if under.any() else encoded.pooled
        result[row] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return result


def spans_in(text: str, passage: Passage) -> list[tuple[int, int]]:
    """Return where the units of ``passage`` stand in ``text``, which ends with the passage."""
    shift = len(text) - len(passage.text)
    return [(unit.start + shift, unit.end + shift) for unit in passage.units]


def cache_path(data_dir: Path) -> Path:
    """Return where the vectors of a data folder are kept."""
    return data_dir / "cache" / "embeddings.sqlite"


def drop_cache(path: Path) -> None:
    """Throw the vectors away, with what SQLite keeps beside the file."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def cache_key(fingerprint: str, text: str, spans: Sequence[tuple[int, int]]) -> bytes:
    """Return the key of ``text`` with units at ``spans``, as the encoder of ``fingerprint`` sees it."""
    return blake2b(f"{fingerprint}\0{text}\0{list(spans)}".encode(), digest_size=16).digest()


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(_SCHEMA)
    with closing(database.execute("SELECT count(*) FROM embeddings")) as cursor:
        cursor.fetchone()
    return database
