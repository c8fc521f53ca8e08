"""Fit what decides when to refuse: ``python -m eval.fit_abstention`` writes `bot/abstention.json`.

One model decides by similarity and one, where the shipped reader belongs to the encoder, by what it reads as well. Both
are fitted on the same questions (`eval.fitting`): as they stand, the answerable ones once more with every passage that
answers left out, which makes them questions that the documents do not answer, and some on other subjects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bot.abstention import MODEL_FILE, Model, Signals, signals
from bot.extract import unit_cosines
from eval.fitting import Asked, asked_of_reader, asked_of_shipped, held_out, live_retriever, other_subjects
from eval.reader.data import load_questions
from kb.reader import CARD
from kb.retrieval import Retriever

# What each model may weigh. Near misses look more like their passages than questions that are answered, so that beside
# what was read similarity tells only whether a question is on the subject (docs/decisions/0026-reading.md).
_WEIGHED = {
    "similarity": ("cosine", "unit", "late", "spread", "coverage"),
    "reading": ("unit", "read", "read_unit"),
}
# All but this share of the answerable questions are on the subject as surely as it can be told.
_SURELY_ON_SUBJECT = 0.1
# Of the answerable development questions so many may be refused.
WRONGLY_REFUSED = 0.03
# Of the answered ones so many get the warning that the answer may not be whole.
DOUBTED = 0.15
_HITS = 12
# Each group counts as a whole, so that no source outvotes another.
_WEIGHTS = {"dev": 2.0, "dev-without": 1.0, "reader": 1.0, "reader-without": 0.5, "other": 0.5}


@dataclass(frozen=True, slots=True)
class Example:
    """One search, and whether what was found answers."""

    group: str
    evidence: Signals
    answerable: bool


def examples(retriever: Retriever, asked: Iterable[Asked], *, reads: bool) -> Iterator[Example]:
    """Yield what each question found, read or not, and for the answerable ones what is left without the answer."""
    for one in asked:
        everything = range(len(one.found.hits))
        yield _example(retriever, one, one.group, everything, one.answerable, reads)
        if one.answerable:
            others = [at for at in everything if one.found.hits[at].place not in one.right]
            yield _example(retriever, one, f"{one.group}-without", others, False, reads)


def _example(
    retriever: Retriever, one: Asked, group: str, kept: Iterable[int], answerable: bool, reads: bool
) -> Example:
    found = one.found.only([*kept][:_HITS])
    if reads:
        assert retriever.reader is not None
        found = retriever.reread(found, retriever.reader)
    return Example(group, signals(retriever.release, found, unit_cosines(retriever.release, found)), answerable)


def fit(examples: list[Example], weighed: Sequence[str]) -> Model:
    """Return the model of ``examples`` on the signals ``weighed``. More similarity can not make an answer less likely:
    what gets a negative weight is left out. The probability is then brought to the scale of the development questions
    (Platt 1999)."""
    names = list(weighed)
    values = np.array([[asdict(example.evidence)[name] for name in names] for example in examples])
    answers = np.array([example.answerable for example in examples])
    enough = {}
    if "read" in weighed:
        column = names.index("unit")
        enough["unit"] = round(float(np.quantile(values[answers, column], _SURELY_ON_SUBJECT)), 3)
        values[:, column] = np.minimum(values[:, column], enough["unit"])
    weights = np.array([_WEIGHTS[example.group] for example in examples])
    sizes = {group: sum(example.group == group for example in examples) for group in _WEIGHTS}
    weights /= np.array([sizes[example.group] for example in examples])
    while True:
        columns = [weighed.index(name) for name in names]
        scaler = StandardScaler().fit(values[:, columns])
        model = LogisticRegression(C=len(examples), max_iter=10_000)
        model.fit(scaler.transform(values[:, columns]), answers, sample_weight=weights * len(examples))
        raw = model.coef_[0] / scaler.scale_
        if raw.min() >= 0:
            break
        names.pop(int(raw.argmin()))
    logits = model.decision_function(scaler.transform(values[:, columns]))
    dev = np.array([example.group == "dev" for example in examples])
    scale = LogisticRegression(C=len(examples)).fit(logits[dev, None], answers[dev])
    slope, shift = float(scale.coef_[0, 0]), float(scale.intercept_[0])
    raw *= slope
    intercept = float(slope * (model.intercept_[0]) + shift - raw @ scaler.mean_)
    fitted = Model(dict(zip(names, np.round(raw, 3).tolist(), strict=True)), round(intercept, 3), 0.0, 0.0, enough)
    right = [fitted.probability(one.evidence) for one in examples if one.group == "dev" and one.answerable]
    bounds = np.quantile(right, [WRONGLY_REFUSED, WRONGLY_REFUSED + DOUBTED])
    return replace(fitted, threshold=round(float(bounds[0]), 3), doubt=round(float(bounds[1]), 3))


def store(name: str, examples: list[Example], reader: str | None) -> None:
    """Fit on ``examples`` and write the model under ``name``, with how many of each group it would refuse. ``reader``
    is the hash of the reader that it rests on."""
    model = fit(examples, _WEIGHED[name])
    refused: dict[str, list[bool]] = {}
    for example in examples:
        key = f"{example.group}: {'answerable' if example.answerable else 'not answerable'}"
        refused.setdefault(key, []).append(model.probability(example.evidence) < model.threshold)
    content = asdict(model) | {
        "reader": reader,
        "fitted_on": {key: len(values) for key, values in refused.items()},
        "refused": {key: round(sum(values) / len(values), 3) for key, values in refused.items()},
    }
    stored = json.loads(MODEL_FILE.read_text("utf-8")) | {name: content}
    MODEL_FILE.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=2))


def main() -> None:
    """Fit on the live release and the reader's development split."""
    live = live_retriever()
    questions = load_questions()
    with held_out(questions, live) as held:
        sources = (
            (live, [*asked_of_shipped(live), *other_subjects(questions, live)]),
            (held, list(asked_of_reader(questions, held))),
        )
        for name, reads in {"similarity": False, "reading": True}.items():
            if live.reader is not None or not reads:
                found = [one for source in sources for one in examples(*source, reads=reads)]
                store(name, found, CARD["sha256"] if reads else None)


if __name__ == "__main__":
    main()
