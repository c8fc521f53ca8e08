"""Measure the reader in the product on its held-out questions: ``python -m eval.reader.product [dev] [FILE]``.

Every question of the test split (or ``dev``) is asked of a release of the passages of both held-out splits, as
`bot.service` answers it, with the reader that the settings name and without. Prints a table in Markdown and writes the
figures to FILE, by default ``eval/stored/reader-SPLIT.json``. `eval.reader.evaluate` measures the model by itself.

A near miss is one of its own passage only: now and then another passage of the release answers it, and refusing is
then wrong. That holds with the reader as without.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.answers import AnswerStatus
from bot.extract import Quote, extract, unit_cosines
from bot.question import what_it_asks
from bot.service import Parts, examine
from eval.reader.candidates import CACHE, data_digest, released
from eval.reader.data import ReaderQuestion, Split, chosen, held_out_passages, load_questions
from eval.reader.outcomes import Measured, Outcome, asked_about, by_group, figures, gain, plain, table
from eval.statistics import mean, paired_difference
from kb.encoder import default_threads, open_encoder
from kb.errors import HandwijzerError, UsageError
from kb.reader import CARD, SHIPPED, open_reader
from kb.retrieval import Legs, Retriever
from kb.settings import load_settings

# In quotes: of what would be quoted, refused or not. At 8: under the probability that refuses 8% of the answerable
# questions of a group; the interval takes that probability as given.
METRICS = (
    "found", "passage_hit_at_1", "sentence_in_quotes", "sentence_in_answer", "answered", "near_miss_refused",
    "near_miss_refused_at_8", "near_miss_auc",
)  # fmt: skip
_PARTS = {"reader": Parts(), "without": replace(Parts(), legs=Legs(reader=False))}
_WRONGLY_REFUSED = 0.08
_STORED = Path(__file__).resolve().parents[1] / "stored"


def ask_all(retriever: Retriever, questions: Sequence[ReaderQuestion]) -> list[Outcome]:
    """Ask every question with the reader and without; the passages of ``retriever`` come from
    `eval.reader.candidates.released`."""
    with ThreadPoolExecutor(default_threads()) as pool:
        return list(pool.map(lambda question: _outcome(retriever, question), questions))


def measured(outcomes: Sequence[Outcome]) -> Measured:
    """Return the `METRICS` by group of questions, with the reader, without, and what the reader adds."""
    result = {}
    for name, rows in by_group(outcomes).items():
        refused = {method: _refused(rows, method) for method in _PARTS}
        found = {method: figures(rows, method) for method in _PARTS} | {"reader − without": gain(rows, "without")}
        if refused["reader"]:
            about = asked_about(row for row in rows if not row.question.answerable)
            for method, values in refused.items():
                found[method]["near_miss_refused_at_8"] = mean(values, about)
            added = paired_difference(refused["without"], refused["reader"], about)
            found["reader − without"]["near_miss_refused_at_8"] = added
        result[name] = found
    return result


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write."""
    split = Split.DEV if "dev" in arguments else Split.TEST
    file = next((Path(name) for name in arguments if name not in {*Split}), _STORED / f"reader-{split}.json")
    settings = load_settings()
    try:
        encoder = open_encoder(settings.encoder, settings.model_dir, settings.thread_count)
        reader = open_reader(settings.reader, encoder, settings.model_dir)
        if reader is None:
            raise UsageError(f"there is no reader '{settings.reader}' for encoder {settings.encoder} to measure")
        questions = load_questions()
        asked, held = chosen(questions, split), held_out_passages(questions)
        with released(held, encoder, CACHE, reader) as retriever:
            found = measured(ask_all(retriever, asked))
    except HandwijzerError as error:
        print(error.message)
        return error.exit_code
    about = {
        "split": split,
        "reader": reader.name,
        "sha256": CARD["sha256"] if reader.name == SHIPPED else None,
        "encoder": encoder.name,
        "data": data_digest(questions),
        "passages": len(held),
        "questions": len(asked),
    }
    file.write_text(json.dumps(about | {"figures": plain(found)}, indent=1) + "\n", encoding="utf-8")
    print(table(found, METRICS))
    return 0


def _outcome(retriever: Retriever, question: ReaderQuestion) -> Outcome:
    scores, sureness = {}, {}
    for method, parts in _PARTS.items():
        examined = examine(retriever, question.text, parts=parts)
        refused, found = examined.answer.status is AnswerStatus.NOT_FOUND, examined.found
        sureness[method] = examined.probability
        if question.answerable:
            cosines = unit_cosines(retriever.release, found)
            quotes = extract(retriever.release, found, what_it_asks(question.text), cosines)
            quoted = any(_holds_answer(quote, question) for quote in quotes)
            files = [hit.document.file for hit in found.hits]
            marks = {
                "found": question.passage.id in files,
                "passage_hit_at_1": files[:1] == [question.passage.id],
                "sentence_in_quotes": quoted,
                "sentence_in_answer": quoted and not refused,
                "answered": not refused,
            }
        else:
            marks = {"near_miss_refused": refused}
        scores[method] = {name: float(mark) for name, mark in marks.items()}
    return Outcome(question, scores, sureness)


def _holds_answer(quote: Quote, question: ReaderQuestion) -> bool:
    """Tell whether a quote holds a sentence that answers; the units of a passage here are its sentences."""
    if quote.hit.document.file != question.passage.id:
        return False
    units = [quote.hit.passage.units[number] for number in question.sentences]
    return any(quote.start <= unit.start and unit.end <= quote.end for unit in units)


def _refused(rows: Sequence[Outcome], method: str) -> list[float]:
    """Return for each near miss whether it is refused where `_WRONGLY_REFUSED` of the answerable questions are."""
    sure = [row.sureness[method] for row in rows if row.question.answerable]
    if not sure:
        return []
    edge = np.quantile(sure, _WRONGLY_REFUSED, method="lower")
    return [float(row.sureness[method] < edge) for row in rows if not row.question.answerable]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
