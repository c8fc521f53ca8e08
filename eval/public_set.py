"""What runs over public sets share: a release of the set's own texts, the order in which these are found, figures.

Every text goes through the product's own splitter, encoder and release, so that the figures are those of what a user
meets. The release goes when the run ends; the vectors stay in ``cache/embeddings.sqlite`` of the data folder given,
so that a second run on the same set computes none of them again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import ir_measures

from eval.figures import Figures
from eval.statistics import mean
from ingest.building import Progress, embed_passages
from ingest.reading import Block, BlockKind, FileText
from ingest.splitting import split
from kb.documents import Document, Passage
from kb.encoder import Encoder
from kb.reader import Reader
from kb.releases import Manifest, ReleaseStore, load_release, this_moment, write_release
from kb.retrieval import Hit, Retriever

ASKING = "Vragen stellen"
# Told apart by single-precision floats, which trec_eval works with, and far below any difference that means something.
_HAIR = 1e-6


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a set. ``key`` is its own within the set and becomes the ``file`` of its document."""

    key: str
    title: str
    text: str


@contextmanager
def released(
    texts: Sequence[Text], encoder: Encoder, data_dir: Path, progress: Progress, reader: Reader | None = None
) -> Iterator[Retriever]:
    """Yield a retriever, with a ``reader`` if given, on a release of ``texts`` that lasts as long as the context;
    vectors stay in ``data_dir``."""
    documents: list[Document] = []
    passages: list[Passage] = []
    cleaned: dict[str, str] = {}
    for number, text in enumerate(texts, 1):
        document, found, whole = _as_document(text, encoder)
        documents.append(document)
        passages += found
        cleaned[document.id] = whole
        progress("Splitsen", number, len(texts))
    with published("set", documents, passages, cleaned, encoder, data_dir, progress, reader) as retriever:
        yield retriever


@contextmanager
def published(
    name: str,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    texts: dict[str, str],
    encoder: Encoder,
    data_dir: Path,
    progress: Progress = lambda *_: None,
    reader: Reader | None = None,
) -> Iterator[Retriever]:
    """Yield a retriever on a release of ``passages`` that lasts as long as the context; ``texts`` holds the whole text
    of each document by its id."""
    with tempfile.TemporaryDirectory(prefix=f"handwijzer-{name}-") as scratch:
        folder = ReleaseStore(Path(scratch)).new_folder()
        vectors, units = embed_passages(folder, documents, passages, encoder, data_dir, progress)
        manifest = Manifest(
            folder.name, this_moment(), encoder.fingerprint, encoder.name, name, len(documents), len(passages)
        )
        write_release(folder, manifest, documents, passages, texts, vectors, units, None)
        yield Retriever(load_release(folder), encoder, reader)


def ranked(hits: Iterable[Hit]) -> dict[str, float]:
    """Return the score of every document among ``hits`` (best first), by key: that of its best passage.

    No two scores are equal: the providers in ir-measures each break ties in a way of their own (by name forwards, by
    name backwards), so a document that ties with the one before it gets a hair less. What remains is the order in
    which the product shows them.
    """
    result: dict[str, float] = {}
    last = float("inf")
    for hit in hits:
        if hit.document.file not in result:
            last = min(hit.score, last - _HAIR)
            result[hit.document.file] = last
    return result


def ranking_figures(
    measures: Mapping[str, Any], judged: Mapping[str, Mapping[str, int]], scores: Mapping[str, Mapping[str, float]]
) -> Figures:
    """Return ``measures`` (ir-measures by name) over the questions in ``judged``.

    A question for which nothing was found, or that has no relevant document, scores zero.
    """
    values: dict[Any, dict[str, float]] = {measure: {} for measure in measures.values()}
    for row in ir_measures.iter_calc(measures.values(), judged, scores):
        values[row.measure][row.query_id] = float(row.value)
    # In the order of the questions: the providers give theirs, and the bootstrap draws by place.
    return {name: mean([values[measure][key] for key in judged]) for name, measure in measures.items()}


def document_of(text: Text, kind: str) -> Document:
    """Return the document of one passage that a bare ``text`` is."""
    digest = sha256(text.text.encode()).hexdigest()
    return Document(
        id=f"d-{sha256(text.key.encode()).hexdigest()[:16]}",
        title=text.title,
        kind=kind,
        date=None,
        publisher=None,
        url=None,
        file=text.key,
        sha256=digest,
        stamp=digest,
        media_type="text/plain",
        size_bytes=len(text.text),
        pages=None,
        passages=1,
    )


def _as_document(text: Text, encoder: Encoder) -> tuple[Document, list[Passage], str]:
    parts = [part for part in text.text.split("\n\n") if part.strip()] or ["-"]
    blocks = tuple(Block(BlockKind.PARAGRAPH, part) for part in parts)
    document = document_of(text, "set")
    cleaned, passages = split(document.id, FileText(blocks), encoder.count_tokens)
    return replace(document, passages=len(passages)), passages, cleaned.text
