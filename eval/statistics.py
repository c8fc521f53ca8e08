"""Figures with what they are worth: the mean of a metric, and its 95% interval by bootstrap.

Percentile bootstrap (scipy), 1,000 resamples, fixed seed: the same rows give the same interval. Rows that hang together
(the questions about one passage succeed and fail together) are drawn together where their ``groups`` are given: a key
for each row. As if they stood alone the interval would be too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import bootstrap, rankdata

CONFIDENCE = 0.95
RESAMPLES = 1000
BINS = 10
_SEED = 20240101
# Resamples held in memory at a time.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """A value over ``n`` rows with its interval; the bounds are None when there are too few rows to tell."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The questions whose probability lies between ``low`` and ``high``: how many, what was said, what was true."""

    low: float
    high: float
    n: int
    mean_probability: float
    answerable_share: float


def mean(values: ArrayLike, groups: Sequence[Hashable] | None = None) -> Figure:
    """Return the mean of one metric over its rows."""
    if groups is not None:
        known = np.asarray(values, float)
        return _grouped(known, lambda weights: weights @ known / weights.sum(axis=1), groups)
    return _figure([np.asarray(values, float)], lambda sample, axis=-1: np.mean(sample, axis=axis), vectorised=True)


def percentile(values: ArrayLike, rank: float) -> Figure:
    """Return the ``rank``-th percentile (0–100) of one metric over its rows."""
    return _figure(
        [np.asarray(values, float)], lambda sample, axis=-1: np.percentile(sample, rank, axis=axis), vectorised=True
    )


def precision(chosen: ArrayLike, right: ArrayLike) -> Figure | None:
    """Return which share of the rows that were ``chosen`` is ``right``; None when none was chosen."""
    kept = np.asarray(right, float)[np.asarray(chosen, bool)]
    return mean(kept) if len(kept) else None


def area_under_curve(
    answerable: Sequence[bool], probabilities: Sequence[float], groups: Sequence[Hashable] | None = None
) -> Figure | None:
    """Return how well the probability tells answerable questions from others; None when one sort is missing."""
    if len(set(answerable)) < 2:
        return None
    if groups is not None:
        truth, said = np.asarray(answerable, float), np.asarray(probabilities, float)
        return _grouped(said, lambda weights: _weighted_area(truth, said, weights), groups)

    def area(truth: NDArray[np.float64], said: NDArray[np.float64], axis: int = -1) -> Any:
        # The Mann-Whitney form of the area under the ROC curve, over many resamples at once.
        positive = truth.sum(axis=axis)
        pairs = positive * (truth.shape[axis] - positive)
        above = (rankdata(said, axis=axis) * truth).sum(axis=axis) - positive * (positive + 1) / 2
        # A resample may lack one of the two sorts; it then says nothing, which is what a half says.
        return np.where(pairs > 0, above / np.maximum(pairs, 1), 0.5)

    return _figure([np.asarray(answerable, float), np.asarray(probabilities, float)], area, vectorised=True)


def calibration_error(answerable: Sequence[bool], probabilities: Sequence[float]) -> Figure:
    """Return the expected calibration error: the mean gap between probability and truth over ten bins, weighted."""
    return _figure([np.asarray(answerable, float), np.asarray(probabilities, float)], _expected_error)


def brier_score(answerable: Sequence[bool], probabilities: Sequence[float]) -> Figure:
    """Return the mean squared distance between probability and truth."""
    return mean((np.asarray(answerable, float) - np.asarray(probabilities, float)) ** 2)


def calibration(answerable: Sequence[bool], probabilities: Sequence[float]) -> list[CalibrationBin]:
    """Return the reliability curve in ten bins; empty bins are left out."""
    truth, said = np.asarray(answerable, float), np.asarray(probabilities, float)
    places = _bins(said)
    return [
        CalibrationBin(
            place / BINS, (place + 1) / BINS, int((inside := places == place).sum()),
            round(float(said[inside].mean()), 4), round(float(truth[inside].mean()), 4),
        )
        for place in np.unique(places).tolist()
    ]  # fmt: skip


def paired_difference(before: ArrayLike, after: ArrayLike, groups: Sequence[Hashable] | None = None) -> Figure:
    """Return the mean of ``after − before`` over the same rows."""
    return mean(np.asarray(after, float) - np.asarray(before, float), groups)


def _expected_error(truth: NDArray[np.float64], said: NDArray[np.float64]) -> float:
    gaps = np.abs(np.bincount(_bins(said), said - truth, minlength=BINS))
    return float(gaps.sum() / len(said))


def _bins(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((probabilities * BINS).astype(np.int64), BINS - 1)


def _figure(samples: list[NDArray[np.float64]], statistic: Callable[..., Any], vectorised: bool = False) -> Figure:
    value, count = float(statistic(*samples)), len(samples[0])
    if count < 2 or all((sample == sample[0]).all() for sample in samples):
        spread = (None, None) if count < 2 else (value, value)
    else:
        result = bootstrap(
            samples, statistic, n_resamples=RESAMPLES, confidence_level=CONFIDENCE, method="percentile",
            paired=len(samples) > 1, vectorized=vectorised, batch=_BATCH, rng=np.random.default_rng(_SEED),
        )  # fmt: skip
        spread = (float(result.confidence_interval.low), float(result.confidence_interval.high))
    low, high = (None if bound is None else round(bound, 4) for bound in spread)
    return Figure(round(value, 4), low, high, count)


def _grouped(
    values: NDArray[np.float64],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    groups: Sequence[Hashable],
) -> Figure:
    """Return a figure whose rows are drawn by whole groups. ``statistic`` gives it for weights (resamples, rows)."""
    keys = {key: number for number, key in enumerate(dict.fromkeys(groups))}
    group_of = np.array([keys[key] for key in groups])
    value = float(statistic(np.ones((1, len(values))))[0])
    spread: tuple[float | None, float | None] = (None, None)
    if len(keys) > 1:
        rng = np.random.default_rng(_SEED)
        drawn = rng.multinomial(len(keys), np.full(len(keys), 1 / len(keys)), RESAMPLES)[:, group_of].astype(float)
        tails = (1 - CONFIDENCE) / 2
        low, high = np.quantile(statistic(drawn), [tails, 1 - tails])
        spread = (round(float(low), 4), round(float(high), 4))
    return Figure(round(value, 4), *spread, len(values))


def _weighted_area(
    truth: NDArray[np.float64], said: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the area under the ROC curve (resamples,) of rows that count ``weights`` (resamples, rows) times."""
    order = np.argsort(said)
    starts = np.unique(said[order], return_index=True)[1]
    right, wrong = (np.add.reduceat(weights[:, order] * sort[order], starts, axis=1) for sort in (truth, 1 - truth))
    # Of equals one half counts as above.
    above = (right * (np.cumsum(wrong, axis=1) - wrong / 2)).sum(axis=1)
    pairs = right.sum(axis=1) * wrong.sum(axis=1)
    return np.where(pairs > 0, above / np.maximum(pairs, 1), 0.5)
