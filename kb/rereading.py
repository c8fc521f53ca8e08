"""What reading makes of a ranking: the best passages are read together with the question and put in order again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kb.late import LateScores
from kb.reader import ABSENT, Page, Reading
from kb.releases import Release, indexed_text

# How many passages are read. Each takes some 30 ms of one core.
READ = 8
# How the logit of a passage's best unit weighs against the score before reading, which spans 0–1: fitted by
# `eval.fit_reading` on development questions. The logit of the passage adds nothing to it
# (docs/decisions/0026-reading.md).
_UNIT = 0.07


def page(release: Release, place: int, vector: NDArray[np.float32], late: LateScores) -> Page:
    """Return a passage as it is read. ``vector`` (d,) is that of the question, ``late`` what the two have in common."""
    passage = release.passages[place]
    text = indexed_text(passage, release.documents[passage.document_id])
    start = len(text) - len(passage.text)
    first, last = release.unit_starts[place : place + 2]
    units = np.asarray(release.unit_vectors[first:last], np.float32) @ vector
    return Page(
        text=text,
        spans=tuple((start + unit.start, start + unit.end) for unit in passage.units),
        similar=np.array([release.passage_vectors[place] @ vector, late.passage], np.float32),
        similar_units=np.stack([units, late.units], axis=1).astype(np.float32),
    )


def rescored(scores: NDArray[np.float32], readings: Sequence[Reading]) -> NDArray[np.float32]:
    """Return the scores of passages, best first, once they were read: as far from the rest as they were together.

    A reader that does not tell units apart decides by itself: how its logits compare with scores is not known.
    """
    fresh = np.array([reading.passage for reading in readings], np.float32)
    units = [reading.units for reading in readings if reading.units is not None]
    if len(units) == len(readings):
        best = np.array([of_passage.max(initial=ABSENT) for of_passage in units], np.float32)
        fresh = scores + _UNIT * best
    low, high = float(fresh.min()), float(fresh.max())
    if high == low:
        return scores
    return np.asarray(scores.min() + (fresh - low) / (high - low) * (scores.max() - scores.min()), np.float32)
