"""Fit what decides when to refuse by similarity: ``python -m eval.fit_abstention [READER]``, in `bot/abstention.json`.

Asked of the live release: the development questions as they stand, and once more with every passage that holds their
evidence left out, which makes them questions that the documents do not answer. With ``READER``, a folder of
`passages.jsonl` and `questions.jsonl` over other documents, its questions count too: those that share words with their
passage as they stand, and all of them, asked of the live release, as questions on other subjects.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bot.abstention import MODEL_FILE, Model, Signals, signals
from bot.extract import unit_cosines
from eval.public_set import Text, released
from eval.questions import SHIPPED, Split, load_questions
from eval.scoring import places, relevant
from kb.encoder import open_encoder
from kb.releases import ReleaseStore
from kb.retrieval import Found, Retriever
from kb.settings import load_settings

# Of the answerable development questions so many may be refused.
WRONGLY_REFUSED = 0.03
# Of the answered ones so many get the warning that the answer may not be whole.
DOUBTED = 0.15
_HITS, _SEARCHED = 12, 30
# Each group counts as a whole, so that no source outvotes another.
_WEIGHTS = {"dev": 2.0, "dev-without": 1.0, "reader": 1.0, "reader-without": 0.5, "other": 0.5}
_READER_STEP = 4


@dataclass(frozen=True, slots=True)
class Example:
    """One search, and whether what was found answers."""

    group: str
    evidence: Signals
    answerable: bool


def examples_of_dev(retriever: Retriever) -> Iterator[Example]:
    """Yield the development questions of the shipped set, as asked and without their evidence."""
    release = retriever.release
    for question in load_questions(SHIPPED).questions:
        if question.split is Split.DEV:
            evidence = places(question, release)
            gold = {place for place, passage in enumerate(release.passages) if relevant(passage, evidence)}
            yield from _both(retriever, "dev", question.vraag, gold, question.answerable)


def examples_of_reader(folder: Path, live: Retriever, data_dir: Path) -> Iterator[Example]:
    """Yield questions over the passages in ``folder``, and some of them asked of the ``live`` release."""
    rows = [json.loads(line) for line in (folder / "passages.jsonl").read_text("utf-8").splitlines()]
    texts = [Text(row["id"], row["title"], " ".join(row["sentences"])) for row in rows]
    asked = [json.loads(line) for line in (folder / "questions.jsonl").read_text("utf-8").splitlines()]
    with released(texts, live.encoder, data_dir, lambda *_: None) as retriever:
        files = {document.id: document.file for document in retriever.release.documents.values()}
        owners = [files[passage.document_id] for passage in retriever.release.passages]
        for row in asked:
            if row["kind"] in ("natural", "near-miss"):
                gold = {place for place, owner in enumerate(owners) if owner == row["passage"]}
                yield from _both(retriever, "reader", row["q"], gold, row["kind"] == "natural")
    for row in asked[::_READER_STEP]:
        if row["passage"].startswith("kd"):  # not the law articles: these are the subject of any such knowledge base
            yield Example("other", _signals(live, live.search(row["q"], _HITS)), answerable=False)


def fit(examples: list[Example]) -> Model:
    """Return the model of ``examples``. More similarity can not make an answer less likely: what gets a negative
    weight is left out. The probability is then brought to the scale of the development questions (Platt 1999)."""
    names = [name for name, value in asdict(examples[0].evidence).items() if value is not None]
    values = np.array([[asdict(example.evidence)[name] for name in names] for example in examples])
    known = list(names)
    answers = np.array([example.answerable for example in examples])
    weights = np.array([_WEIGHTS[example.group] for example in examples])
    sizes = {group: sum(example.group == group for example in examples) for group in _WEIGHTS}
    weights /= np.array([sizes[example.group] for example in examples])
    while True:
        columns = [known.index(name) for name in names]
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
    fitted = Model(dict(zip(names, np.round(raw, 3).tolist(), strict=True)), round(intercept, 3), 0.0, 0.0)
    right = [fitted.probability(one.evidence) for one in examples if one.group == "dev" and one.answerable]
    bounds = np.quantile(right, [WRONGLY_REFUSED, WRONGLY_REFUSED + DOUBTED])
    return replace(fitted, threshold=round(float(bounds[0]), 3), doubt=round(float(bounds[1]), 3))


def store(name: str, examples: list[Example]) -> None:
    """Fit on ``examples`` and write the model under ``name``, with how many of each group it would refuse."""
    model = fit(examples)
    refused: dict[str, list[bool]] = {}
    for example in examples:
        key = f"{example.group}: {'answerable' if example.answerable else 'not answerable'}"
        refused.setdefault(key, []).append(model.probability(example.evidence) < model.threshold)
    content = asdict(model) | {
        "fitted_on": {key: len(values) for key, values in refused.items()},
        "refused": {key: round(sum(values) / len(values), 3) for key, values in refused.items()},
    }
    stored = json.loads(MODEL_FILE.read_text("utf-8")) | {name: content}
    MODEL_FILE.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=2))


def _both(retriever: Retriever, group: str, question: str, gold: set[int], answerable: bool) -> Iterator[Example]:
    found = retriever.search(question, _SEARCHED)
    yield Example(group, _signals(retriever, _kept(found, set())), answerable)
    if answerable:
        yield Example(f"{group}-without", _signals(retriever, _kept(found, gold)), answerable=False)


def _kept(found: Found, left_out: set[int]) -> Found:
    kept = [index for index, hit in enumerate(found.hits) if hit.place not in left_out][:_HITS]
    return found.only(kept)


def _signals(retriever: Retriever, found: Found) -> Signals:
    return signals(retriever.release, found, unit_cosines(retriever.release, found))


def main(arguments: list[str]) -> None:
    """Fit the model that decides without a reader; that with one is fitted by `eval.fit_reading`."""
    settings = load_settings()
    encoder = open_encoder(settings.encoder, settings.model_dir, settings.thread_count)
    live = Retriever(ReleaseStore(settings.data_dir).open(), encoder)
    examples = list(examples_of_dev(live))
    if arguments:
        with tempfile.TemporaryDirectory() as scratch:
            examples += examples_of_reader(Path(arguments[0]), live, Path(scratch))
    store("similarity", examples)


if __name__ == "__main__":
    main(sys.argv[1:])
