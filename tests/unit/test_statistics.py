"""Figures and their intervals, compared with the libraries that define them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from eval import statistics as figures

TRUTH = [True, True, False, True, False, False, True, True, False, True]
SAID = [0.9, 0.7, 0.6, 0.7, 0.1, 0.7, 0.4, 1.0, 0.0, 0.55]


def test_area_and_brier_score_are_those_of_scikit_learn() -> None:
    area = figures.area_under_curve(TRUTH, SAID)
    assert area is not None
    assert area.value == pytest.approx(roc_auc_score(TRUTH, SAID), abs=1e-4)
    assert figures.brier_score(TRUTH, SAID).value == pytest.approx(brier_score_loss(TRUTH, SAID), abs=1e-4)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=30).filter(
        lambda rows: len({truth for truth, _ in rows}) == 2
    )
)
def test_area_agrees_with_scikit_learn_on_any_ties(rows: list[tuple[bool, int]]) -> None:
    truth, said = [row[0] for row in rows], [row[1] / 10 for row in rows]
    area = figures.area_under_curve(truth, said)
    assert area is not None
    assert area.value == pytest.approx(roc_auc_score(truth, said), abs=1e-4)


def test_area_needs_both_sorts() -> None:
    assert figures.area_under_curve([True, True], [0.1, 0.9]) is None


def test_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    bins = figures.calibration(TRUTH, SAID)
    gap = sum(one.n * abs(one.mean_probability - one.answerable_share) for one in bins) / len(TRUTH)
    assert figures.calibration_error(TRUTH, SAID).value == pytest.approx(gap, abs=1e-3)
    assert sum(one.n for one in bins) == len(TRUTH)
    assert (bins[-1].low, bins[-1].high) == (0.9, 1.0)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_an_interval_holds_the_mean_and_is_the_same_again(values: list[float]) -> None:
    figure = figures.mean(values)
    assert figure == figures.mean(values)
    assert figure.value == pytest.approx(np.mean(values), abs=1e-4)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low - 1e-4 <= figure.value <= figure.high + 1e-4


def test_the_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(1).normal(size=400)
    figure = figures.mean(values)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.high - figure.low == pytest.approx(4 * values.std() / 20, rel=0.15)


def test_one_row_has_no_interval_and_equal_rows_a_narrow_one() -> None:
    assert (figures.mean([0.5]).low, figures.mean([0.5]).high) == (None, None)
    assert (figures.mean([0.5, 0.5]).low, figures.mean([0.5, 0.5]).high) == (0.5, 0.5)


def test_a_paired_difference_sees_what_two_separate_intervals_hide() -> None:
    before = np.random.default_rng(2).random(200)
    worse = figures.paired_difference(before, before - 0.02)
    assert worse.high is not None
    assert worse.high < -0.01
    assert figures.mean(before).high > figures.mean(before - 0.02).low  # type: ignore[operator]


def test_precision_counts_only_what_was_chosen() -> None:
    found = figures.precision([True, False, True], [True, True, False])
    assert found is not None
    assert (found.value, found.n) == (0.5, 2)
    assert figures.precision([False], [True]) is None


def test_rows_that_hang_together_make_the_interval_wider_and_the_value_no_other() -> None:
    values = np.repeat(np.random.default_rng(2).random(40), 5)
    alone, together = figures.mean(values), figures.mean(values, np.repeat(np.arange(40), 5).tolist())
    assert together.value == alone.value
    assert width(together) == pytest.approx(5**0.5 * width(alone), rel=0.15)
    assert figures.mean(values, ["one"] * 200).low is None


def test_every_row_a_group_of_its_own_is_the_ordinary_interval() -> None:
    rng = np.random.default_rng(3)
    truth = (rng.random(300) < 0.6).tolist()
    said = (rng.random(300) + 0.3 * np.array(truth)).tolist()
    for make in (
        lambda groups: figures.mean(said, groups),
        lambda groups: figures.area_under_curve(truth, said, groups),
    ):
        grouped, plain = make(list(range(300))), make(None)
        assert grouped.value == plain.value
        assert (grouped.low, grouped.high) == pytest.approx((plain.low, plain.high), abs=0.02)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=20))
def test_the_area_of_weighted_rows_is_that_of_rows_that_stand_there_as_often(rows: list[tuple[bool, int, int]]) -> None:
    truth, said, weights = (np.array(column, float) for column in zip(*rows, strict=True))
    area = figures._weighted_area(truth, said, weights[None])[0]
    often = [(sort, value) for sort, value, times in rows for _ in range(times)]
    if len({sort for sort, _ in often}) < 2:
        assert area == 0.5
    else:
        assert area == pytest.approx(roc_auc_score(*zip(*often, strict=True)))


def width(figure: figures.Figure) -> float:
    assert figure.low is not None
    assert figure.high is not None
    return figure.high - figure.low
