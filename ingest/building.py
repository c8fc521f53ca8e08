"""A release from documents: their vectors, everything else that is stored with them, a check, and a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.duplicates import write_duplicates
from ingest.hinting import placed_hints
from ingest.html_report import write_report
from ingest.reading import StatedQuestion
from ingest.report import IngestReport, Status, Stopwatch
from ingest.written import forget_written
from kb.cache_pruning import prune_cache
from kb.documents import Document, Passage
from kb.embedding_cache import EmbeddingCache, cache_path, spans_in
from kb.encoder import Encoder
from kb.errors import ReleaseError
from kb.late import TokenIndex, TokenWriter
from kb.releases import Manifest, Release, ReleaseStore, carried_from, indexed_text, this_moment, write_release

_ASKED = 50
_SAME = 0.999

Progress = Callable[[str, int, int], None]
"""Called with a Dutch phase name, how much is done and how much there is to do."""


@dataclass(slots=True)
class Content:
    """The documents of the release being made, with their passages, cleaned texts and questions by document id, and
    what a language model asked (``written``) by passage id."""

    documents: list[Document] = field(default_factory=list)
    passages: dict[str, list[Passage]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    questions: dict[str, Sequence[StatedQuestion]] = field(default_factory=dict)
    written: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def put(
        self, document: Document, passages: list[Passage], text: str, questions: Sequence[StatedQuestion] = ()
    ) -> None:
        """Add a document, with the ``questions`` that it says it answers."""
        self.documents.append(document)
        self.passages[document.id] = passages
        self.texts[document.id] = text
        self.questions[document.id] = questions


def embed_passages(
    folder: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    encoder: Encoder,
    data_dir: Path,
    progress: Progress,
    base: Release | None = None,
    carried: Sequence[int] = (),
) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
    """Return the (n, d) vectors of ``passages`` and the (u, d) vectors of all their units, in order, and write those
    of their tokens, too many to hold, into the ``folder`` of the release being made.

    Those of passages ``carried`` over come from the release ``base``. What else the cache in ``data_dir`` knows is not
    computed again.
    """
    by_id = {document.id: document for document in documents}
    vectors = np.zeros((len(passages), encoder.dimensions), np.float32)
    units: list[NDArray[np.float16]] = [np.zeros((0, encoder.dimensions), np.float16)] * len(passages)
    cache = EmbeddingCache(cache_path(data_dir))
    with closing(cache), closing(TokenWriter(folder, len(passages))) as tokens:
        new = []
        for index in range(len(passages)):
            place = carried[index] if base else -1
            if base is None or place < 0:
                new.append(index)
                continue
            vectors[index] = base.passage_vectors[place]
            units[index] = base.unit_vectors[base.unit_starts[place] : base.unit_starts[place + 1]]
            tokens.add(index, base.tokens.of(place))
        texts, spans = [], []
        for index in new:
            passage = passages[index]
            texts.append(indexed_text(passage, by_id[passage.document_id]))
            spans.append(spans_in(texts[-1], passage))
        for done, (place, embedded) in enumerate(cache.embed(encoder, texts, spans), 1):
            vectors[new[place]], units[new[place]] = embedded.pooled, embedded.units
            tokens.add(new[place], embedded.tokens)
            progress("Vectoren berekenen", done, len(new))
    return vectors, np.concatenate(units)


def build(
    store: ReleaseStore,
    content: Content,
    encoder: Encoder,
    recipe: str,
    live: Release | None,
    report: IngestReport,
    watch: Stopwatch,
    progress: Progress,
) -> IngestReport:
    """Embed, write, check and publish ``content``; return ``report`` with what came of it.

    On failure the unfinished folder is removed and the live release stays.
    """
    documents = sorted(content.documents, key=lambda document: document.file)
    passages = [passage for document in documents for passage in content.passages[document.id]]
    folder = store.new_folder()
    try:
        with watch.phase("Vectoren berekenen"):
            carried = carried_from(live, encoder.fingerprint, documents, passages)
            vectors, units = embed_passages(
                folder, documents, passages, encoder, store.data_dir, progress, live, carried
            )
            tokens = TokenIndex.load(folder, encoder.dimensions)
            hints = placed_hints(content, documents, vectors, tokens, encoder, live, carried)
        with watch.phase("Dubbelen zoeken"):
            duplicates = write_duplicates(folder, documents, passages, live)
        progress("Release maken", 0, 1)
        manifest = Manifest(
            id=folder.name,
            created=this_moment(),
            encoder=encoder.fingerprint,
            encoder_name=encoder.name,
            recipe=recipe,
            documents=len(documents),
            passages=len(passages),
            versions={package: version(package) for package in ("chromadb", "bm25s", "onnxruntime")},
        )
        with watch.phase("Release maken"):
            release = write_release(
                folder, manifest, documents, passages, content.texts, vectors, units, store.chroma_url, live, carried,
                hints,
            )  # fmt: skip
        with watch.phase("Controleren"):
            _check(release, report)
        report = replace(
            report,
            release=folder.name,
            previous=store.live_id(),
            published=True,
            created=manifest.created,
            duplicates=duplicates.pairs,
            duplicate_passages=duplicates.passages,
            duration_s=watch.total,
        )
        report = replace(report, page=write_report(folder, report.as_json()))
        store.publish(folder.name)
    except BaseException:
        store.discard(folder)
        raise
    store.clean_up()
    prune_cache(store)
    forget_written(store, store.ids())
    progress("Release maken", 1, 1)
    return report


def _check(release: Release, report: IngestReport) -> None:
    """Ask the vector store for the vectors of passages. Raises `ReleaseError` when one is not there or another.

    By id, as a search in its graph may pass over one of many passages that are the same.
    """
    new = {outcome.document_id for outcome in report.outcomes if outcome.status in (Status.NEW, Status.CHANGED)}
    first = {passage.document_id: place for place, passage in reversed(list(enumerate(release.passages)))}
    asked = dict.fromkeys([*(place for key, place in first.items() if key in new), *first.values()])
    places = {release.passages[place].id: place for place in list(asked)[:_ASKED]}
    stored = release.vectors.vectors_of(list(places))
    for key, place in places.items():
        if key not in stored or float(stored[key] @ release.passage_vectors[place]) < _SAME:
            raise ReleaseError(
                "De nieuwe release is niet in orde: een passage is niet terug te vinden. De oude release blijft live. "
                "Probeer het opnieuw met: handwijzer ingest --full"
            )
