"""What a reader is given, tokens that know their sentence, and what its logits make of a ranking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.reader import ABSENT, CARD, SHIPPED, Reading, belongs
from kb.reader_tokens import AROUND, members, owners
from kb.rereading import rescored

OWNERS = st.lists(st.integers(AROUND, 3), max_size=12).map(lambda row: np.array(row, np.int64))
TEXT = "Wie meldt? Dat doet de school."
SPANS = [(0, 10), (11, 30)]


def test_a_token_belongs_to_the_sentence_it_ends_in() -> None:
    # A special token, one that starts with the blank before its word, and what stands between two sentences.
    offsets = np.array([(0, 0), (0, 3), (3, 10), (10, 14), (10, 11), (14, 30), (0, 0)])
    assert owners(offsets, len(TEXT), SPANS).tolist() == [AROUND, 0, 0, 1, AROUND, 1, AROUND]
    assert owners(offsets, len(TEXT), []).tolist() == [AROUND] * 7
    assert owners(np.zeros((0, 2), np.int64), 0, [(0, 0)]).tolist() == []


@given(asked=OWNERS, said=OWNERS)
def test_every_token_counts_once_for_its_text_and_once_for_its_sentence(
    asked: np.ndarray[tuple[int], np.dtype[np.int64]], said: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> None:
    rows = members(asked, said, parts=4)
    assert rows.shape == (6, len(asked) + len(said))
    assert rows.dtype == np.float32
    assert rows[0].tolist() == [*(asked >= 0), *[False] * len(said)]
    assert rows[1].tolist() == [*[False] * len(asked), *(said >= 0)]
    assert (rows[2:].sum(axis=0) == rows[1]).all()
    assert [row.sum() for row in rows[2:]] == [(said == number).sum() for number in range(4)]


@given(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(-20, 20, width=32)), min_size=1, max_size=8),
    st.sampled_from([1.0, 0.25]),
    st.booleans(),
)
def test_what_was_read_puts_passages_in_order_within_the_scores_they_had(
    passages: list[tuple[float, float]], share: float, tells_units: bool
) -> None:
    scores = np.sort(np.array([score * share for score, _ in passages], np.float32))[::-1]
    logits = np.array([logit for _, logit in passages], np.float32)
    # Where units are told apart the best of them decides, whatever is said of the passage.
    readings = [
        Reading(-logit, np.array([logit, ABSENT], np.float32)) if tells_units else Reading(logit, None)
        for logit in logits.tolist()
    ]
    logits = np.maximum(logits, ABSENT) if tells_units else logits
    fresh = rescored(scores, readings)
    assert fresh.dtype == np.float32
    assert fresh.min() == scores.min()
    assert fresh.max() == pytest.approx(scores.max())
    # A higher logit never loses places, nor does a higher score.
    for i, one in enumerate(logits):
        for j, other in enumerate(logits):
            if scores[i] >= scores[j] and one >= other:
                assert fresh[i] >= fresh[j] - 1e-6


def test_a_passage_that_reads_much_better_comes_first() -> None:
    scores = np.array([0.9, 0.8, 0.2], np.float32)
    assert rescored(scores, [Reading(-5, None), Reading(5, None), Reading(-9, None)]).argmax() == 1
    units = [np.array(row, np.float32) for row in ([-9, -8], [-9, 6], [-9])]
    assert rescored(scores, [Reading(0, row) for row in units]).argmax() == 1
    assert rescored(scores, [Reading(2, None)] * 3).tolist() == pytest.approx(scores.tolist())


def test_the_shipped_reader_is_of_one_encoder_and_no_name_is_none() -> None:
    assert belongs(SHIPPED, CARD["encoder"])
    assert not belongs(SHIPPED, "0" * 16)
    assert belongs("mijn/lezer", "0" * 16)
    assert not belongs("", CARD["encoder"])
