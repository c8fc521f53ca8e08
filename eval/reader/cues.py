"""What gives a near miss away by the form of the question alone. A reader that learns such cues has not read.

In the best data a model that sees no passage does not beat chance: an AUC of 0.5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.reader.data import ReaderQuestion
from kb.analysis import words

# A share over fewer questions says nothing.
MIN_ASKED = 25
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Share:
    """How many questions have a trait, and which share of them (0–1) are near misses."""

    trait: str
    asked: int
    near_misses: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """A model that sees the question and no passage. ``auc``: how well it tells near misses apart on passages that it
    did not learn from; ``near_miss_words`` and ``answerable_words``: what it goes by, most telling first."""

    auc: float
    near_miss_words: tuple[str, ...]
    answerable_words: tuple[str, ...]


def shares(questions: Sequence[ReaderQuestion]) -> Mapping[str, list[Share]]:
    """Return the share of near misses by first word, casing, question mark, length and joined parts."""
    traits: dict[str, Callable[[str], str]] = {
        "first word": lambda text: words(text)[0],
        "starts with": lambda text: "small letter" if text[0].islower() else "capital or figure",
        "question mark": lambda text: "at the end" if text.endswith("?") else "not at the end",
        "words": _length,
        "asks": lambda text: "two things (en)" if "en" in words(text) else "one thing",
    }
    return {name: sorted(_shares(questions, trait), key=lambda one: -one.near_misses) for name, trait in traits.items()}


def baseline(
    questions: Sequence[ReaderQuestion], held_out: Sequence[ReaderQuestion] = (), telling: int = 12
) -> Baseline:
    """Fit logistic regression on the words of the questions and tell near misses apart among those ``held_out``, or
    without these by cross-validation over passages; name ``telling`` words."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    texts = [question.text for question in questions]
    near_miss = np.array([not question.answerable for question in questions])
    # Capitals and punctuation are form too.
    vectorizer: Any = CountVectorizer(lowercase=False, binary=True, token_pattern=r"\w+|[^\w\s]")
    model = make_pipeline(vectorizer, LogisticRegression(C=0.3, max_iter=2000))
    if not held_out:
        passages = [question.passage.id for question in questions]
        scores = cross_val_predict(
            model, texts, near_miss, groups=passages, cv=GroupKFold(_FOLDS), method="decision_function"
        )
    model.fit(texts, near_miss)
    if held_out:
        scores = model.decision_function([question.text for question in held_out])
    told = held_out or questions
    order = np.argsort(model[-1].coef_[0])
    named = vectorizer.get_feature_names_out()
    return Baseline(
        float(roc_auc_score([not question.answerable for question in told], scores)),
        tuple(str(named[place]) for place in order[::-1][:telling]),
        tuple(str(named[place]) for place in order[:telling]),
    )


def _shares(questions: Sequence[ReaderQuestion], trait: Callable[[str], str]) -> Iterator[Share]:
    found: dict[str, list[bool]] = defaultdict(list)
    for question in questions:
        found[trait(question.text)].append(not question.answerable)
    for value, near_misses in found.items():
        if len(near_misses) >= MIN_ASKED:
            yield Share(value, len(near_misses), float(np.mean(near_misses)))


def _length(text: str) -> str:
    count = len(words(text))
    return next((label for most, label in ((7, "1–7"), (11, "8–11"), (15, "12–15")) if count <= most), "16 or more")
