"""Fit what a reader counts for: ``python -m eval.fit_reading`` prints the weights for `kb.rereading` and
`bot.candidates`.

The weight in `kb.rereading` decides which passages come first, with what score, and so counts in that of sentences:
after a change of the first, run again for the second. Then `eval.fit_abstention`, in which both count. How the weights
follow: docs/decisions/0026-reading.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bot.candidates import candidates, read_scores
from bot.extract import unit_cosines
from bot.question import what_it_asks
from eval.fitting import Asked, asked_of_reader, asked_of_shipped, held_out, live_retriever
from eval.reader.data import load_questions
from kb.reader import ABSENT
from kb.rereading import READ
from kb.retrieval import Found, Retriever

_HITS = 12
_LOGIT_WEIGHTS = np.round(np.arange(0, 0.41, 0.01), 2)
_UNIT_WEIGHTS = np.round(np.arange(0, 2.01, 0.1), 1)
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Row:
    """Weights, the mean log-likelihood that what is right comes first with them, and how often it does."""

    weights: tuple[float, ...]
    likelihood: float
    first: float


def passage_table(asked: Sequence[Asked], read: Sequence[Found]) -> list[Row]:
    """Return for weights of a passage's logit, and of its best unit's, how likely the right passage comes first, and
    how often it does. ``read`` holds what was found for each question once it was read."""
    known = []
    for one, found in zip(asked, read, strict=True):
        before = {hit.place: hit.score for hit in one.found.hits[:READ]}
        right = np.array([hit.place in one.right for hit in found.hits[:READ]], bool)
        if right.any():
            readings = [reading for reading in found.readings[:READ] if reading is not None]
            best = [float(reading.units.max(initial=ABSENT)) for reading in readings if reading.units is not None]
            scores = np.array([before[hit.place] for hit in found.hits[:READ]])
            known.append((scores, np.array([reading.passage for reading in readings]), np.array(best), right))
    rows = []
    for passage, unit in product(_LOGIT_WEIGHTS.tolist(), repeat=2):
        totals = [(scores + passage * logits + unit * best, right) for scores, logits, best, right in known]
        rows.append(_row((passage, unit), totals))
    return rows


def unit_table(retriever: Retriever, asked: Sequence[Asked], read: Sequence[Found]) -> list[Row]:
    """Return for every weight of what is read in a unit how likely a right unit comes first, and how often it does."""
    parts = []
    for one, whole in zip(asked, read, strict=True):
        found = whole.only(range(min(_HITS, len(whole.hits))))
        bare = replace(found, readings=(None,) * len(found.hits))
        units = candidates(retriever.release, bare, what_it_asks(one.question), unit_cosines(retriever.release, bare))
        readings = {hit.place: reading for hit, reading in zip(found.hits, found.readings, strict=True)}
        right = np.array([unit.hit.place in one.right and one.right[unit.hit.place][unit.index] for unit in units])
        if right.any():
            scores = np.array([unit.score for unit in units])
            parts.append((scores, read_scores([(readings[unit.hit.place], unit.index) for unit in units]), right))
    rows = []
    for weight in _UNIT_WEIGHTS.tolist():
        rows.append(_row((weight,), [(scores + weight * logits, right) for scores, logits, right in parts]))
    return rows


# Scores span 0–1; so steep are the likelihoods of the fits before (docs/decisions/0012-sentence-choice.md).
_STEEP = 10.0


def _row(weights: tuple[float, ...], totals: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]]) -> Row:
    first = [bool(right[int(total.argmax())]) for total, right in totals]
    return Row(weights, float(np.mean([_log_share(*pair) for pair in totals])), float(np.mean(first)))


def _log_share(total: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    shares = np.exp(_STEEP * (total - total.max()))
    return float(np.log(shares[right].sum() / shares.sum()))


def main() -> None:
    """Fit on the live release and on the reader's development split."""
    live = live_retriever()
    if live.reader is None:
        raise SystemExit("the weights are those of the shipped reader, on the encoder that it belongs to")
    questions = load_questions()
    with held_out(questions, live) as held:
        for title, retriever, asked in (
            ("shipped", live, list(asked_of_shipped(live))),
            ("reader", held, list(asked_of_reader(questions, held))),
        ):
            read = [retriever.reread(one.found, live.reader) for one in asked]
            _print(f"logit of the passage, of its best unit; {title}", passage_table(asked, read))
            _print(f"logit of the unit, {title}", unit_table(retriever, asked, read))


def _print(title: str, rows: Sequence[Row]) -> None:
    """Print what nothing read gives, and the likeliest weights."""
    print(title)
    for row in [rows[0], *sorted(rows, key=lambda row: -row.likelihood)[:_SHOWN]]:
        weights = " ".join(f"{weight:.2f}" for weight in row.weights)
        print(f"  {weights}  log-likelihood {row.likelihood:.4f}  first {row.first:.3f}")


if __name__ == "__main__":
    main()
