"""How well a reader reads questions that it did not learn from, beside cosine and MaxSim on the same questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from eval.figures import Figures
from eval.reader.candidates import Candidates
from eval.reader.data import SHARED_NAME, ReaderQuestion
from eval.reader.model import Reader
from eval.reader.side_by_side import side_by_side
from eval.reader.texts import Texts
from eval.statistics import area_under_curve, mean, paired_difference
from kb.analysis import content

METHODS = ("reader", "late", "cosine")
METRICS = ("found", "passage_hit_at_1", "sentence_hit_at_1", "sentence_in_passage", "near_miss_auc")
# What decides which state of a run is kept: what the product needs of a reader.
CHOSEN_BY = ("passage_hit_at_1", "sentence_hit_at_1", "near_miss_auc")
# Of the stems of a question at most so many stand in the sentences that answer it.
FEW_SHARED = 1 / 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: by method the scores that apply to it (0 or 1), and how sure the method is that its
    own passage answers."""

    question: ReaderQuestion
    scores: dict[str, dict[str, float]]
    sureness: dict[str, float]


def read_all(reader: Reader, texts: Texts, asked: Sequence[tuple[ReaderQuestion, Candidates]]) -> list[Outcome]:
    """Read every question beside its candidates; a near miss beside its own passage only."""
    return side_by_side(lambda one: _outcome(reader, texts, *one), asked, reader.device)


def figures(outcomes: Iterable[Outcome], method: str) -> Figures:
    """Return the `METRICS` that ``outcomes`` allow: means over answerable questions, and how well answerable questions
    are told from near misses by the score of their own passage (0.5 is chance)."""
    rows = list(outcomes)
    result: Figures = {}
    for metric in METRICS:
        values = [row.scores[method][metric] for row in rows if metric in row.scores[method]]
        if values:
            result[metric] = mean(values)
    area = area_under_curve([row.question.answerable for row in rows], [row.sureness[method] for row in rows])
    return result | ({} if area is None else {"near_miss_auc": area})


def gain(outcomes: Iterable[Outcome], over: str) -> Figures:
    """Return by how much the reader's means exceed those of the method ``over``, question by question."""
    rows = [(row.scores[over], row.scores["reader"]) for row in outcomes if row.question.answerable]
    return {
        metric: paired_difference([before[metric] for before, _ in rows], [after[metric] for _, after in rows])
        for metric in METRICS
        if rows and metric in rows[0][0] and metric != "found"
    }


def few_shared_words(question: ReaderQuestion) -> bool:
    """Tell whether an answerable question borrows at most a third of its words from the sentences that answer it."""
    asked = content(question.text)
    answer = content(" ".join(question.passage.sentences[number] for number in question.sentences))
    return question.answerable and len(asked & answer) <= FEW_SHARED * len(asked)


def by_group(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return all outcomes, those of answerable questions with few shared words and of each kind, with all near misses
    to be told from, and those of our own files, of the shared folder and of each kind of passage."""
    near_misses = [row for row in outcomes if not row.question.answerable]
    found: dict[str, list[Outcome]] = defaultdict(list)
    found["all"] = list(outcomes)
    for row in outcomes:
        if row.question.answerable:
            found[f"question: {row.question.kind}"].append(row)
            if few_shared_words(row.question):
                found["few shared words"].append(row)
    groups = {name: rows if name == "all" else [*rows, *near_misses] for name, rows in sorted(found.items())}
    for name, is_shared in (("own files", False), (SHARED_NAME, True)):
        groups[f"source: {name}"] = [row for row in outcomes if (row.question.source == SHARED_NAME) is is_shared]
    for kind in sorted({row.question.passage.kind for row in outcomes}):
        groups[f"passage: {kind}"] = [row for row in outcomes if row.question.passage.kind is kind]
    return {name: rows for name, rows in groups.items() if rows}


def _outcome(reader: Reader, texts: Texts, question: ReaderQuestion, found: Candidates) -> Outcome:
    own = found.passages.index(question.passage.id)
    read_beside = range(len(found.passages)) if question.answerable else [own]
    with torch.no_grad():
        read = reader(texts.pairs(question, found, read_beside))
    # By method the score of each passage and of each sentence.
    by_method: dict[str, tuple[Sequence[float], Sequence[Sequence[float]]]] = {
        "reader": (read.passages.tolist(), [part.tolist() for part in read.sentences]),
        "late": _of(read_beside, found.late, found.sentence_late),
        "cosine": _of(read_beside, found.cosines, found.sentence_cosines),
    }
    place = own if question.answerable else 0
    return Outcome(
        question,
        {name: _scores(question, found.found, own, *by_method[name]) for name in METHODS},
        {name: by_method[name][0][place] for name in METHODS},
    )


def _of(
    places: Iterable[int], passages: Sequence[float], sentences: Sequence[Sequence[float]]
) -> tuple[list[float], list[Sequence[float]]]:
    chosen = list(places)
    return [passages[place] for place in chosen], [sentences[place] for place in chosen]


def _scores(
    question: ReaderQuestion, found: int, own: int, passages: Sequence[float], sentences: Sequence[Sequence[float]]
) -> dict[str, float]:
    """Score a ranking of the passages that the retriever ``found``, and of all their sentences: what it did not find is
    never right."""
    if not question.answerable:
        return {}
    in_passage = int(np.argmax(sentences[own])) in question.sentences
    best_passage = int(np.argmax(passages[:found]))
    best_sentence = max(range(found), key=lambda place: max(sentences[place]))
    return {
        "found": float(own < found),
        "passage_hit_at_1": float(best_passage == own),
        "sentence_hit_at_1": float(best_sentence == own and in_passage),
        "sentence_in_passage": float(in_passage),
    }
