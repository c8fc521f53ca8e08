"""When to say that the documents do not answer: one probability from raw signals, none of them fused or rank based.

A first model: logistic regression (scikit-learn, C=100, standardised signals, balanced classes) on the 134 answerable
and 35 off-topic questions of `tests/integration/vragen_{ontwikkeling,gewoon,moeilijk}.yaml`, see
docs/decisions/0005-abstention.md. It refuses questions on other subjects. Near misses within the subject are the
work of the calibrated model that replaces it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.extract import coverage, term_weights
from bot.question import Asks
from kb.analysis import content
from kb.releases import Release, indexed_text
from kb.retrieval import Found

THRESHOLD = 0.5
_INTERCEPT, _COSINE, _UNIT, _COVERAGE = -239.9, 228.7, 53.8, 13.2


@dataclass(frozen=True, slots=True)
class Signals:
    """What the decision rests on. ``cosine``: best passage; ``unit``: best single sentence; ``coverage``: share of
    the question's terms, weighted by rarity, that the best passages hold."""

    cosine: float
    unit: float
    coverage: float

    @property
    def probability(self) -> float:
        """The probability that the passages answer the question."""
        logit = _INTERCEPT + _COSINE * self.cosine + _UNIT * self.unit + _COVERAGE * self.coverage
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def signals(release: Release, found: Found, cosines: Sequence[NDArray[np.float32]]) -> Signals:
    """Return the signals of one search; all zero when nothing was found.

    ``cosines`` come from `bot.extract.unit_cosines`.
    """
    top = found.hits[:3]
    if not top:
        return Signals(0.0, 0.0, 0.0)
    weights = term_weights(found.terms, release.lexical)
    held = (coverage(content(indexed_text(hit.passage, hit.document)), weights) for hit in top)
    return Signals(
        max(hit.cosine for hit in found.hits),
        max((float(near.max(initial=0)) for near in cosines), default=0.0),
        max(held),
    )


def answerable(asks: Asks, evidence: Signals, threshold: float = THRESHOLD) -> bool:
    """Tell whether to answer. Asked what a word means, documents that never use any of its words can not say."""
    if asks is Asks.DEFINITION and evidence.coverage == 0:
        return False
    return evidence.probability >= threshold
