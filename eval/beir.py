"""Run a retrieval set in BEIR layout (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`) against the product's retriever.

The figures are those that ir-measures gives for the exported ranking: `handwijzer eval --beir MAP --export RUN` writes
the run in TREC form with its judgements beside it, after which
`ir_measures RUN.qrels RUN 'Success@1 Success@5 RR@10 nDCG@10'` says the same to the last decimal shown.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from eval.figures import Figures
from eval.public_set import ASKING, Text, ranked, ranking_figures, released
from eval.scoring import RANKING
from ingest.building import Progress
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.reader import Reader
from kb.retrieval import Retriever

_PASSAGES_PER_QUESTION = 50
# Graded judgements: from 1 a document is relevant; nDCG takes the grade itself for its gain.
METRICS = {name: RANKING[name] for name in ("hit_at_1", "hit_at_5", "mrr_at_10", "ndcg_at_10")}
_BLANK = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A retrieval set: its texts, the questions that were judged by id, and the grade of every (question, text)."""

    texts: list[Text]
    queries: dict[str, str]
    relevance: dict[str, dict[str, int]]


def load_beir(folder: Path) -> BeirSet:
    """Read a set. Raises `UsageError` when files are missing or not in BEIR layout."""
    try:
        corpus = {str(row["_id"]): row for row in _lines(folder / "corpus.jsonl")}
        texts = [Text(key, row.get("title") or "", _text(row)) for key, row in corpus.items()]
        queries = {str(row["_id"]): _text(row) for row in _lines(folder / "queries.jsonl")}
        relevance = _judgements(folder)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, StopIteration, csv.Error) as error:
        raise UsageError(
            f"{folder} is geen map in BEIR-indeling: verwacht corpus.jsonl, queries.jsonl en qrels.tsv."
        ) from error
    # A set may hold questions that this qrels file does not judge, and the reverse.
    judged = {key: grades for key, grades in relevance.items() if key in queries}
    if not texts or not judged:
        raise UsageError(f"In {folder} is niets te meten: er zijn geen teksten, of geen vragen met een oordeel.")
    return BeirSet(texts, {key: text for key, text in queries.items() if key in judged}, judged)


def run_beir(
    folder: Path,
    encoder: Encoder,
    data_dir: Path,
    progress: Progress,
    export: Path | None = None,
    *,
    reader: Reader | None = None,
) -> Figures:
    """Measure the set in ``folder``; vectors are kept in ``data_dir``. ``export`` is where the ranking goes, if
    anywhere, with the judgements beside it (`judgements_beside`). Raises `UsageError`."""
    beir = load_beir(folder)
    if export is not None and (export.is_dir() or not export.resolve().parent.is_dir()):
        raise UsageError(f"{export} kan geen bestand worden. Noem een bestand in een map die er al is.")
    with released(beir.texts, encoder, data_dir, progress, reader) as retriever:
        scores = run(beir, retriever, progress)
    if export is not None:
        export_run(scores, export)
        export_judgements(beir.relevance, judgements_beside(export))
    return measure(beir, scores)


def run(beir: BeirSet, retriever: Retriever, progress: Progress) -> dict[str, dict[str, float]]:
    """Return the score of every text found per question, without ties: see `ranked`."""
    result = {}
    for number, (key, question) in enumerate(beir.queries.items(), 1):
        result[key] = ranked(retriever.search(question, _PASSAGES_PER_QUESTION).hits)
        progress(ASKING, number, len(beir.queries))
    return result


def measure(beir: BeirSet, scores: Mapping[str, Mapping[str, float]]) -> Figures:
    """Return the `METRICS` over all questions that were judged."""
    return ranking_figures(METRICS, beir.relevance, scores)


def export_run(scores: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Write a TREC run: ``question Q0 document rank score handwijzer``. Blanks in ids become ``%20``: the format
    cannot hold them. A question for which nothing was found has no lines, which every reader scores as zero."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for question, found in scores.items():
            best_first = sorted(found.items(), key=lambda item: -item[1])
            for rank, (document, score) in enumerate(best_first, 1):
                stream.write(f"{_written(question)} Q0 {_written(document)} {rank} {score!r} handwijzer\n")


def export_judgements(relevance: Mapping[str, Mapping[str, int]], path: Path) -> None:
    """Write TREC qrels: ``question 0 document grade``."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for question, grades in relevance.items():
            for document, grade in grades.items():
                stream.write(f"{_written(question)} 0 {_written(document)} {grade}\n")


def judgements_beside(run_file: Path) -> Path:
    """Return where the judgements of an exported run are written."""
    return run_file.with_name(f"{run_file.name}.qrels")


def _judgements(folder: Path) -> dict[str, dict[str, int]]:
    """Read ``qrels.tsv`` (or ``qrels/test.tsv``): question, document, grade; a heading is passed over."""
    path = next(path for path in (folder / "qrels.tsv", folder / "qrels" / "test.tsv") if path.is_file())
    relevance: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream, delimiter="\t"):
            if row and row[-1].strip().lstrip("-").isdigit():
                relevance.setdefault(row[0], {})[row[-2]] = int(row[-1])
    return relevance


def _text(row: dict[str, Any]) -> str:
    if not isinstance(row["text"], str):
        raise TypeError(row["text"])
    return row["text"]


def _written(key: str) -> str:
    return _BLANK.sub(lambda blank: quote(blank.group()), key)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.strip():
                yield json.loads(line)
