"""Is a question set fair? Quotes that occur, questions in words of their own, splits in balance.

The schema (`eval.questions`) refuses what can not be read; this finds what can be read and should not be measured
with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from eval.evidence import holds, located, plain
from eval.questions import Asked, QuestionSet, Split
from kb.analysis import terms

MAX_OVERLAP = 0.5
MIN_QUOTE_WORDS = 4


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome. ``faults`` are Dutch lines; ``overlaps`` is per answerable question the share of its content
    words that its evidence uses too (0–1); ``counts`` per type the questions in dev and in test."""

    faults: list[str]
    overlaps: dict[str, float]
    counts: dict[str, tuple[int, int]]

    @property
    def spread(self) -> dict[str, float]:
        """The spread of the overlap: quartiles, mean, highest, and the share above 0.4."""
        values = np.array(list(self.overlaps.values()) or [0.0])
        low, middle, high = np.percentile(values, [25, 50, 75])
        figures = {
            "quartile_1": low, "median": middle, "quartile_3": high, "mean": values.mean(), "max": values.max(),
            "share_above_0_4": (values > 0.4).mean(),
        }  # fmt: skip
        return {name: round(float(value), 3) for name, value in figures.items()}


def check(questions: QuestionSet, texts: Mapping[str, str]) -> Checked:
    """Check a set against the documents. ``texts``: the cleaned text of every document by its file."""
    faults = [*_quotes_not_found(questions, texts), *_facts_not_in_evidence(questions), *_asked_twice(questions)]
    overlaps = {key: overlap(asked) for key, asked in questions.asked() if asked.answerable}
    faults += [
        f"{key}: {share:.0%} van de inhoudswoorden staat ook in het bewijs (hoogstens {MAX_OVERLAP:.0%}). "
        "Stel de vraag in andere woorden."
        for key, share in overlaps.items()
        if share > MAX_OVERLAP
    ]
    counts = _counts(questions)
    faults += [
        f"type {kind}: {dev} vragen in dev en {test} in test. Verdeel ze gelijk."
        for kind, (dev, test) in counts.items()
        if abs(dev - test) > 1
    ]
    return Checked(faults, overlaps, counts)


def overlap(asked: Asked) -> float:
    """Return the largest share of the question's content words (stems) that one piece of its evidence uses (0–1)."""
    mine = set(terms(asked.vraag))
    if not mine:
        return 0.0
    return max((len(mine & set(terms(piece.citaat))) / len(mine) for piece in asked.bewijs), default=0.0)


def _quotes_not_found(questions: QuestionSet, texts: Mapping[str, str]) -> Iterator[str]:
    for key, asked in questions.asked():
        for piece in asked.bewijs:
            short = f"{piece.citaat[:60]}…" if len(piece.citaat) > 60 else piece.citaat
            if piece.document not in texts:
                yield f"{key}: het document {piece.document} staat niet in de kennisbank."
            elif not located(piece.citaat, texts[piece.document]):
                yield f"{key}: dit citaat staat niet in {piece.document}: \u201c{short}\u201d"
            if len(plain(piece.citaat).text.split()) < MIN_QUOTE_WORDS:
                yield f"{key}: het citaat \u201c{short}\u201d is te kort (minstens {MIN_QUOTE_WORDS} woorden)."


def _facts_not_in_evidence(questions: QuestionSet) -> Iterator[str]:
    """A fact that no quote holds in any of its wordings can not be found in a verbatim answer."""
    for key, asked in questions.asked():
        quotes = " … ".join(piece.citaat for piece in asked.bewijs)
        for fact in asked.feiten:
            if not all(plain(variant).text for variant in fact):
                yield f"{key}: een feit zonder letters of cijfers kan niet worden vergeleken."
            elif not holds(quotes, fact):
                yield f"{key}: het feit \u201c{fact[0]}\u201d staat in geen van de citaten."


def _asked_twice(questions: QuestionSet) -> Iterator[str]:
    seen: dict[str, str] = {}
    for question in questions.questions:
        text = plain(question.vraag).text
        if text in seen:
            yield f"{question.id}: deze vraag is dezelfde als {seen[text]}."
        seen[text] = question.id


def _counts(questions: QuestionSet) -> dict[str, tuple[int, int]]:
    found = Counter((question.type.value, question.split) for question in questions.questions)
    found.update((conversation.type.value, conversation.split) for conversation in questions.conversations)
    kinds = sorted({kind for kind, _ in found})
    return {kind: (found[kind, Split.DEV], found[kind, Split.TEST]) for kind in kinds}
