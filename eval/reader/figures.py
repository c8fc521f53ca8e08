"""How well a reader reads questions that it did not learn from, beside cosine and MaxSim on the same questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch

from eval.reader.candidates import Candidates
from eval.reader.data import ReaderQuestion
from eval.reader.outcomes import Outcome
from eval.reader.side_by_side import side_by_side
from eval.reader.texts import Texts
from kb.reader_model import Reader

METHODS = ("reader", "late", "cosine")
METRICS = ("found", "passage_hit_at_1", "sentence_hit_at_1", "sentence_in_passage", "near_miss_auc")
# What decides which state of a run is kept: what the product needs of a reader.
CHOSEN_BY = ("passage_hit_at_1", "sentence_hit_at_1", "near_miss_auc")


def read_all(reader: Reader, texts: Texts, asked: Sequence[tuple[ReaderQuestion, Candidates]]) -> list[Outcome]:
    """Read every question beside its candidates; a near miss beside its own passage only."""
    return side_by_side(lambda one: _outcome(reader, texts, *one), asked, reader.device)


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
    never right, but for the sentence within the passage."""
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
