"""When to say that the documents do not answer: one probability from raw signals, none of them fused or rank based.

The models are logistic regressions in `abstention.json`, fitted on the development questions by ``python -m
eval.fit_abstention``: one for what similarity tells (docs/decisions/0005-abstention.md), and one for what the shipped
reader tells beside it (docs/decisions/0026-reading.md). They belong to the default encoder: cosines of another lie
elsewhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.extract import coverage, term_weights
from bot.question import Asks
from kb.analysis import content
from kb.reader import ABSENT
from kb.releases import Release, indexed_text
from kb.retrieval import Found

MODEL_FILE = Path(__file__).with_name("abstention.json")
_READ = 3


@dataclass(frozen=True, slots=True)
class Signals:
    """What the decision rests on.

    ``cosine``: best passage; ``unit``: best single sentence; ``late``: best passage token by token; ``spread``: how far
    that one stands above the middle of those found; ``coverage``: share of the question's terms, weighted by rarity,
    that the best passages hold. What a reader says (logits, None without one): ``read``, of the passage that it thinks
    most of, and ``read_unit``, of the sentence.
    """

    cosine: float
    unit: float
    late: float
    spread: float
    coverage: float
    read: float | None = None
    read_unit: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A weight for each signal that counts. Of a signal in ``enough`` more than that tells nothing. Under ``threshold``
    a question is refused, under ``doubt`` it is answered with a warning."""

    weights: dict[str, float]
    intercept: float
    threshold: float
    doubt: float
    enough: dict[str, float]

    def probability(self, evidence: Signals) -> float:
        """Return the probability that the passages answer the question."""
        values = asdict(evidence)
        logit = self.intercept + sum(
            weight * min(values[name], self.enough.get(name, math.inf)) for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))


def _load(name: str) -> Model:
    stored = json.loads(MODEL_FILE.read_text("utf-8"))[name]
    return Model(stored["weights"], stored["intercept"], stored["threshold"], stored["doubt"], stored["enough"])


BY_SIMILARITY, BY_READING = _load("similarity"), _load("reading")


def model_of(*, reads: bool) -> Model:
    """Return the model that decides, for signals that hold what a reader says or not."""
    return BY_READING if reads else BY_SIMILARITY


def signals(release: Release, found: Found, cosines: Sequence[NDArray[np.float32]]) -> Signals:
    """Return the signals of one search; all zero when nothing was found.

    ``cosines`` come from `bot.extract.unit_cosines`.
    """
    top = found.hits[:_READ]
    if not top:
        return Signals(0.0, 0.0, 0.0, 0.0, 0.0)
    weights = term_weights(found.terms, release.lexical)
    held = (coverage(content(indexed_text(hit.passage, hit.document)), weights) for hit in top)
    late = [hit.late for hit in found.hits]
    read = [(one, one.units) for one in found.readings if one is not None and one.units is not None]
    return Signals(
        cosine=max(hit.cosine for hit in found.hits),
        unit=max((float(near.max(initial=0)) for near in cosines), default=0.0),
        late=max(late),
        spread=max(late) - float(np.median(late)),
        coverage=max(held),
        read=max((reading.passage for reading, _ in read), default=None),
        read_unit=max((float(units.max(initial=ABSENT)) for _, units in read), default=None),
    )


def answerable(asks: Asks, evidence: Signals, probability: float, threshold: float) -> bool:
    """Tell whether to answer. Asked what a word means, documents that never use any of its words can not say."""
    if asks is Asks.DEFINITION and evidence.coverage == 0:
        return False
    return probability >= threshold
