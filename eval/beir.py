"""Run a retrieval set in BEIR layout (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`) against the product's retriever.

Every document of the set goes through the product's own splitter and a release of its own, so that the figures
are those of the retriever a user meets.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, Success, nDCG

from ingest.pipeline import embed_passages
from ingest.reading import Block, BlockKind, FileText
from ingest.splitting import split
from kb.documents import Document, Passage
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.releases import Manifest, ReleaseStore, load_release, write_release
from kb.retrieval import Retriever

_PASSAGES_PER_QUESTION = 50
METRICS = {
    "hit_at_1": Success @ 1,
    "hit_at_5": Success @ 5,
    "mrr_at_10": RR @ 10,
    "ndcg_at_10": nDCG @ 10,
}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A retrieval set: texts and questions by id, and the relevance of (question, document) pairs."""

    corpus: dict[str, str]
    titles: dict[str, str]
    queries: dict[str, str]
    relevance: dict[str, dict[str, int]]


def load_beir(folder: Path) -> BeirSet:
    """Read a set. Raises `UsageError` when files are missing or not in BEIR layout."""
    try:
        corpus = {row["_id"]: row for row in _lines(folder / "corpus.jsonl")}
        queries = {row["_id"]: row["text"] for row in _lines(folder / "queries.jsonl")}
        relevance: dict[str, dict[str, int]] = {}
        qrels = next(path for path in (folder / "qrels.tsv", folder / "qrels" / "test.tsv") if path.is_file())
        with qrels.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream, delimiter="\t"):
                if row[-1].lstrip("-").isdigit():
                    relevance.setdefault(row[0], {})[row[-2]] = int(row[-1])
    except (OSError, ValueError, KeyError, StopIteration) as error:
        raise UsageError(
            f"{folder} is geen map in BEIR-indeling: verwacht corpus.jsonl, queries.jsonl en qrels.tsv."
        ) from error
    return BeirSet(
        {key: row["text"] for key, row in corpus.items()},
        {key: row.get("title") or "" for key, row in corpus.items()},
        {key: text for key, text in queries.items() if key in relevance},
        relevance,
    )


def build(beir: BeirSet, encoder: Encoder, data_dir: Path, progress: Progress) -> Retriever:
    """Make a release of the set's texts in ``data_dir`` and return a retriever on it."""
    store = ReleaseStore(data_dir)
    documents, passages, texts = [], [], {}
    for number, (key, text) in enumerate(beir.corpus.items()):
        document, found, cleaned = _as_document(key, beir.titles[key], text, encoder)
        documents.append(document)
        passages += found
        texts[document.id] = cleaned
        progress("Splitsen", number + 1, len(beir.corpus))
    vectors, units = embed_passages(documents, passages, encoder, data_dir, progress)
    folder = store.new_folder()
    manifest = Manifest(folder.name, "", encoder.fingerprint, encoder.name, "beir", len(documents), len(passages))
    write_release(folder, manifest, documents, passages, texts, vectors, units, None)
    return Retriever(load_release(folder), encoder)


def run(beir: BeirSet, retriever: Retriever, progress: Progress) -> dict[str, dict[str, float]]:
    """Return the score of every document found per question: the best of its passages."""
    result = {}
    for number, (key, question) in enumerate(beir.queries.items()):
        scores: dict[str, float] = {}
        for hit in retriever.search(question, _PASSAGES_PER_QUESTION).hits:
            name = hit.document.file
            scores[name] = max(scores.get(name, -np.inf), hit.score)
        result[key] = scores
        progress("Vragen stellen", number + 1, len(beir.queries))
    return result


def measure(beir: BeirSet, scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return the `METRICS` over all questions."""
    figures = ir_measures.calc_aggregate(METRICS.values(), beir.relevance, scores)
    return {name: round(float(figures[metric]), 4) for name, metric in METRICS.items()}


def _as_document(key: str, title: str, text: str, encoder: Encoder) -> tuple[Document, list[Passage], str]:
    digest = sha256(text.encode()).hexdigest()
    document_id = f"d-{sha256(key.encode()).hexdigest()[:16]}"
    parts = [part for part in text.split("\n\n") if part.strip()] or [text or "-"]
    blocks = tuple(Block(BlockKind.PARAGRAPH, part) for part in parts)
    cleaned, passages = split(document_id, FileText(blocks), encoder.count_tokens)
    document = Document(
        document_id, title, "beir", None, None, None, key, digest, digest, "text/plain", len(text), None, len(passages)
    )
    return document, passages, cleaned.text


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.strip():
                yield json.loads(line)
