"""Texts as tokens that know which sentence they belong to: what a reader is trained with and serves with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# No part: special tokens, prompts, titles, blanks.
AROUND = -1


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as ``ids`` (n,) of tokens. ``owners`` (n,) holds for each the number of its part, `AROUND` for none. A
    question has one part; those of a passage are its sentences. ``parts``: how many there are, also where the last
    ones were cut off."""

    ids: NDArray[np.int64]
    owners: NDArray[np.int64]
    parts: int


def owners(offsets: NDArray[np.int64], length: int, spans: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Return the number of the span that each token ends in, `AROUND` for none.

    ``offsets`` (n, 2) and ``spans`` are characters of one text of ``length``. The end decides, as a token starts with
    the blank before its word.
    """
    owner_of = np.full(length + 1, AROUND, np.int64)
    for number, (start, end) in enumerate(spans):
        owner_of[start:end] = number
    starts, ends = offsets[:, 0], offsets[:, 1]
    return np.where(ends > starts, owner_of[ends - 1], AROUND)


def members(question: NDArray[np.int64], passage: NDArray[np.int64], parts: int) -> NDArray[np.float32]:
    """Return which tokens of a question and a passage behind each other belong to what, as (2 + parts, n) of 0 and 1:
    a row for the question, one for the passage and one for each of its parts. Both are given by their `owners`."""
    rows = np.zeros((2 + parts, len(question) + len(passage)), np.float32)
    rows[0, : len(question)] = question >= 0
    rows[1, len(question) :] = passage >= 0
    rows[2:, len(question) :] = passage[None] == np.arange(parts)[:, None]
    return rows
