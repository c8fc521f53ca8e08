"""What a question leans on, as far as retrieval weighs it: the questions before it and the answer to the last one.

Talk mostly goes on where it was: the next passage tends to stand in the document that was quoted, near that quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.analysis import terms
from kb.releases import Release

# How much the question with the earlier ones in front weighs beside the question itself, as a vector.
ASKED_WEIGHT = 2.0
# A subject that the answer brings up is among the rarest terms of its beginning; they weigh this much of a term asked.
_INTRODUCED, _INTRODUCED_WEIGHT = 2, 0.25
# What a passage gains on its fused score (0–1) in the document that was quoted, and on top of it beside the quote.
_SAME_DOCUMENT, _BESIDE, _REACH = 0.1, 0.1, 4.0
_LEADING_SENTENCES = 2
_SHORTEST_QUOTE = 20
_SOURCES = 20
_SENTENCE_END = re.compile(r"\n+|(?<=[.!?;])\s+")


@dataclass(frozen=True, slots=True)
class Context:
    """``asked``: the earlier questions that a question leans on; ``answered``: the last answer, without numbers."""

    asked: str
    answered: str = ""

    @property
    def _sentences(self) -> list[str]:
        return [sentence for sentence in _SENTENCE_END.split(self.answered) if sentence.strip()]

    def lexical(self, release: Release, asked: Sequence[str]) -> NDArray[np.float32]:
        """Return what the subject that the answer introduces adds to the BM25 score of every passage."""
        fresh = dict.fromkeys(terms(" ".join(self._sentences[:_LEADING_SENTENCES])))
        introduced = sorted((term for term in fresh if term not in asked), key=release.lexical.rarity, reverse=True)
        return np.float32(_INTRODUCED_WEIGHT) * release.lexical.scores(introduced[:_INTRODUCED])

    def continuity(self, release: Release, documents: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what every passage gains by standing near a quote of the answer: zero in documents without one.

        ``documents`` holds the number of the document of every passage; passages follow their order in it.
        """
        places = np.arange(len(documents))
        gain = np.zeros(len(documents), np.float32)
        quotes = [sentence for sentence in self._sentences if len(sentence) >= _SHORTEST_QUOTE]
        scores = release.lexical.scores(terms(self.answered))
        for place in np.argsort(-scores, kind="stable")[:_SOURCES]:
            if any(quote in release.passages[place].text for quote in quotes):
                near = _SAME_DOCUMENT + _BESIDE * np.exp(-np.abs(places - place) / _REACH)
                gain = np.maximum(gain, np.where(documents == documents[place], near, 0)).astype(np.float32)
        return gain
