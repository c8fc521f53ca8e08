"""What weights and thresholds are fitted with: a fit finds what the product does, and refuses what it was told to."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from bot.abstention import Signals
from eval import fit_abstention
from eval.fit_abstention import WRONGLY_REFUSED, Example, fit
from eval.fit_reading import passage_table
from eval.fitting import Asked
from kb import rereading
from kb.reader import Reading
from kb.rereading import READ, rescored
from kb.retrieval import Found, Hit

SCORES = tuple(1.0 - 0.1 * place for place in range(READ))


def asked_and_read(logits: list[float], right: int) -> tuple[Asked, Found]:
    """A question for which the best unit of each hit reads as ``logits`` say, and whose hit ``right`` answers."""
    hits = tuple(cast(Hit, SimpleNamespace(place=place, score=score)) for place, score in enumerate(SCORES))
    readings = [Reading(0.0, np.array([logit], np.float32)) for logit in logits]
    order = np.argsort(-rescored(np.array(SCORES, np.float32), readings), kind="stable")
    bare = Found("", np.zeros(1, np.float32), (), hits, (), (None,) * READ)
    asked = Asked("dev", "", bare, {right: np.ones(1, bool)}, answerable=True)
    return asked, Found("", bare.vector, (), tuple(hits[i] for i in order), (), tuple(readings[i] for i in order))


def test_the_weight_that_is_found_is_the_one_that_the_product_applies(monkeypatch: pytest.MonkeyPatch) -> None:
    # To come first the third of the one takes a weight of .04; the second of the other must stay under .1.
    cases = [([0.0, 0, 5.1, 0, 0, 0, 0, 0], 2), ([0.0, 1, 0, 0, 0, 0, 0, 0], 0)]
    rows = [asked_and_read(*case) for case in cases]
    table = passage_table(*zip(*rows, strict=True))
    assert table[0].weights == (0.0, 0.0)
    assert table[0].first == 0.5
    best = max(table, key=lambda row: row.likelihood)
    assert best.weights[0] == 0.0
    assert best.first == 1.0
    monkeypatch.setattr(rereading, "_UNIT", best.weights[1])
    assert [asked_and_read(*case)[1].hits[0].place for case in cases] == [2, 0]


def examples() -> list[Example]:
    """Questions whose cosine tells, and whose spread tells the wrong way round. What a reader says of them tells too;
    their best unit is nearest where nothing answers, and far only on other subjects."""
    rng = np.random.default_rng(4)
    found = []
    for group in fit_abstention._WEIGHTS:
        for _ in range(200):
            answerable = group in ("dev", "reader") and bool(rng.random() < 0.7)
            cosine, spread = rng.normal(0.6 + 0.2 * answerable, 0.1), rng.normal(0.3 - 0.1 * answerable, 0.1)
            read, near = rng.normal(2.0 * answerable, 1.0), 0.5 if group == "other" else 0.9 - 0.05 * answerable
            evidence = Signals(cosine, rng.normal(near, 0.05), 0.0, spread, 0.0, read, rng.normal(read, 1.0))
            found.append(Example(group, evidence, answerable))
    return found


def test_a_model_refuses_as_much_as_it_may_and_no_signal_counts_the_wrong_way() -> None:
    found = examples()
    model = fit(found, ("cosine", "unit", "spread"))
    assert "spread" not in model.weights
    assert model.weights["cosine"] > 0
    right = [model.probability(one.evidence) for one in found if one.group == "dev" and one.answerable]
    assert np.mean([value < model.threshold for value in right]) == pytest.approx(WRONGLY_REFUSED, abs=0.01)
    assert model.threshold < model.doubt
    # A probability is one: of the development questions said to be so sure, so many can be answered.
    dev = [(model.probability(one.evidence), one.answerable) for one in found if one.group == "dev"]
    assert np.mean([said for said, _ in dev]) == pytest.approx(np.mean([answerable for _, answerable in dev]), abs=0.02)


def test_beside_what_was_read_likeness_tells_the_subject_and_no_more() -> None:
    found = examples()
    model = fit(found, ("unit", "read", "read_unit"))
    assert min(model.weights.values()) > 0
    near = [one.evidence.unit for one in found if one.answerable]
    assert np.mean([unit < model.enough["unit"] for unit in near]) == pytest.approx(0.1, abs=0.01)
    sure, surer, elsewhere = (
        model.probability(replace(found[0].evidence, unit=unit)) for unit in (model.enough["unit"], 1.0, 0.5)
    )
    assert sure == surer
    assert elsewhere < sure / 2
