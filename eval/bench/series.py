"""Texts and vectors for knowledge bases of any size: real ones as far as they go, made ones after that.

Made passages are sentences of real passages put together anew; made vectors are blends of real vectors with noise.
They behave like real ones in what is measured with them (search time, memory, size on disk). They say nothing about
how well passages are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.readers import find_format
from ingest.splitting import split
from kb.documents import Document, Passage, Unit, UnitKind
from kb.errors import ReadError
from kb.late import PassageTokens, TokenIndex, TokenWriter
from kb.releases import Release

SEED = 20260
_PASSAGES_PER_MADE_DOCUMENT = 50
# How near a made sentence vector is to that of its passage (cosine), about as in real passages.
_UNIT_TO_PASSAGE = 0.9
_CHUNK = 4096

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Series:
    """Documents and their passages in order; the first ``real`` passages stand as they are in a real document."""

    documents: list[Document]
    passages: list[Passage]
    texts: dict[str, str]
    real: int

    def first(self, count: int) -> Series:
        """Return the series cut off after ``count`` passages."""
        passages = self.passages[:count]
        held = {passage.document_id for passage in passages}
        documents = [document for document in self.documents if document.id in held]
        return Series(documents, passages, {document.id: self.texts[document.id] for document in documents},
                      min(self.real, count))  # fmt: skip


def make_series(count: int, release: Release, extra: Path | None, count_tokens: CountTokens) -> Series:
    """Return ``count`` passages: those of ``release``, then those of the files in ``extra``, then made ones."""
    documents = list(release.documents.values())
    passages = list(release.passages)
    texts = {document.id: release.text_of(document.id) for document in documents}
    for document, found, text in _read(extra, count_tokens):
        if len(passages) >= count:
            break
        documents.append(document)
        passages += found
        texts[document.id] = text
    real = len(passages)
    for document, made, text in _made(passages, max(0, count - real)):
        documents.append(document)
        passages += made
        texts[document.id] = text
    return Series(documents, passages, texts, real).first(count)


def _read(folder: Path | None, count_tokens: CountTokens) -> Iterator[tuple[Document, list[Passage], str]]:
    for path in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else ():
        try:
            format_ = find_format(path)
            content = format_.read(path)
        except ReadError:  # an incomplete download is no reason not to measure
            continue
        document_id = f"extra-{sha256(path.name.encode()).hexdigest()[:12]}"
        text, passages = split(document_id, content, count_tokens, path.stem)
        if passages:
            yield _document(document_id, path.stem, len(passages)), passages, text.text


def _made(real: Sequence[Passage], count: int) -> Iterator[tuple[Document, list[Passage], str]]:
    """Yield documents of made passages: each has the size of a real one, and its sentences come from anywhere."""
    random = np.random.default_rng(SEED)
    pool = [passage.text[unit.start : unit.end] for passage in real for unit in passage.units]
    for number, done in enumerate(range(0, count, _PASSAGES_PER_MADE_DOCUMENT)):
        document_id = f"gemaakt-{number:06d}"
        passages: list[Passage] = []
        position = 0
        for order in range(min(_PASSAGES_PER_MADE_DOCUMENT, count - done)):
            model = real[int(random.integers(len(real)))]
            pieces = [pool[int(place)] for place in random.integers(len(pool), size=len(model.units))]
            passages.append(_passage(document_id, order, position, pieces, model.tokens))
            position = passages[-1].end + 2
        yield (
            _document(document_id, f"Gemaakte tekst {number + 1}", len(passages)),
            passages,
            "\n\n".join(passage.text for passage in passages),
        )


def _passage(document_id: str, order: int, start: int, pieces: Sequence[str], tokens: int) -> Passage:
    units, position = [], 0
    for piece in pieces:
        units.append(Unit(position, position + len(piece), UnitKind.SENTENCE))
        position += len(piece) + 1
    text = " ".join(pieces)
    return Passage(
        f"{document_id}-{order}", document_id, order, start, start + len(text), text, (), None, 0, tokens, tuple(units)
    )


def _document(document_id: str, title: str, passages: int) -> Document:
    digest = sha256(document_id.encode()).hexdigest()
    return Document(document_id, title, "overig", None, None, None, f"{document_id}.md", digest, digest,
                    "text/markdown", 0, None, passages)  # fmt: skip


def with_made_vectors(
    series: Series, vectors: NDArray[np.float32], units: NDArray[np.float16]
) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
    """Complete the (k, d) passage vectors and (u, d) unit vectors of the first k passages for the whole series.

    A made passage vector is a blend of two real ones, brought to unit length by noise, so that it is on average as
    near to a question as those two are. Its unit vectors are the passage's own with noise.
    """
    random = np.random.default_rng(SEED)
    known, total = len(vectors), len(series.passages)
    made = np.empty((total - known, vectors.shape[1]), np.float32)
    for start in range(0, len(made), _CHUNK):
        size = min(_CHUNK, len(made) - start)
        share = random.uniform(0.3, 0.7, (size, 1)).astype(np.float32)
        one, other = (vectors[random.integers(known, size=size)] for _ in range(2))
        made[start : start + size] = _to_unit_length(share * one + (1 - share) * other, random)
    every = np.concatenate([vectors, made])
    counts = [len(passage.units) for passage in series.passages]
    owner = np.repeat(np.arange(total), counts)[len(units) :]
    made_units = np.empty((len(owner), vectors.shape[1]), np.float16)
    for start in range(0, len(owner), _CHUNK):
        near = np.float32(_UNIT_TO_PASSAGE) * every[owner[start : start + _CHUNK]]
        made_units[start : start + _CHUNK] = _to_unit_length(near, random)
    return every, np.concatenate([units, made_units])


def write_made_tokens(folder: Path, series: Series, tokens: TokenIndex, known: int) -> None:
    """Write the token vectors of the whole series into the ``folder`` of its release.

    Those of the first ``known`` passages are real; a made passage gets those of a real one, spread over its units.
    """
    with closing(TokenWriter(folder, len(series.passages))) as writer:
        for place, passage in enumerate(series.passages):
            real = tokens.of(place % known)
            spread = np.arange(len(real.units)) * len(passage.units) // max(1, len(real.units))
            units = real.units if place < known else spread.astype(np.int16)
            writer.add(place, PassageTokens(real.vectors, real.scales, units))


def _to_unit_length(inside: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Add just so much noise to vectors shorter than 1 that they become about 1, then make them exactly so."""
    noise = random.standard_normal(inside.shape, np.float32)
    missing = np.sqrt(np.maximum(0, 1 - (inside**2).sum(1, keepdims=True)))
    result = inside + noise * missing / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(result / np.linalg.norm(result, axis=1, keepdims=True), np.float32)
