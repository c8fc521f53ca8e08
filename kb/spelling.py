"""Typing errors in a question: a word that no document uses and that is one slip from a word many passages use.

"ovreleg" becomes "overleg". Short words and rare ones are left alone: there the nearest word is often another word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kb.analysis import content_spans
from kb.word_table import WordTable

_SHORTEST = 6
_PASSAGES = 5


@dataclass(frozen=True)
class Spelling:
    """The words that questions are corrected to, with the number of passages that use them."""

    counts: dict[str, int]

    @classmethod
    def of(cls, table: WordTable) -> Spelling:
        """Collect the words of `_SHORTEST` letters or more that at least `_PASSAGES` texts of ``table`` use."""
        counts = np.zeros(len(table.vocabulary), np.int64)
        for place in range(len(table)):
            _, start, end = table.span(place)
            counts[np.unique(table.ids[start:end])] += 1
        used = sorted((table.vocabulary[number], int(counts[number])) for number in np.flatnonzero(counts >= _PASSAGES))
        return cls({word: count for word, count in used if len(word) >= _SHORTEST and word.isalpha()})

    def corrected(self, question: str, unknown: Iterable[str], pieces: Callable[[str], int]) -> str:
        """Return ``question`` with those of its ``unknown`` words corrected that are one slip from a common word.

        ``pieces`` tells into how many tokens the encoder breaks a word: more for a slip than for the word that was
        meant, so that "contract", a word of its own, is not taken for "contact".
        """
        unknown = set(unknown)
        for start, end, word in reversed(content_spans(question)):
            meant = self._nearest(word) if word in unknown else None
            if meant and pieces(word) > pieces(meant):
                question = question[:start] + meant + question[end:]
        return question

    def _nearest(self, word: str) -> str | None:
        near = (known for known in self._by_letter.get(word[0], ()) if _one_slip(word, known))
        return max(near, key=lambda known: self.counts[known], default=None)

    @cached_property
    def _by_letter(self) -> dict[str, list[str]]:
        result: dict[str, list[str]] = {}
        for word in self.counts:
            result.setdefault(word[0], []).append(word)
        return result


def _one_slip(word: str, known: str) -> bool:
    """Tell whether one letter more, less or other, or two neighbours swapped, make ``word`` into ``known``."""
    if abs(len(word) - len(known)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    mine, theirs = word[start:], known[start:]
    return (
        mine[1:] == theirs[1:]
        or mine[1:] == theirs
        or mine == theirs[1:]
        or (mine[:2] == theirs[1::-1] and mine[2:] == theirs[2:])
    )
