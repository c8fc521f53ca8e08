"""Fit what a reader counts for: ``python -m eval.fit_reading`` prints the weights for `kb.rereading` and
`bot.candidates`, and writes the model of `bot.abstention` that decides with a reader.

Asked are the development questions of the shipped set, of the live release, and those of the reader's data, among its
held-out passages; what the reader learnt from takes no part. How the weights follow: docs/decisions/0026-reading.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bot.abstention import signals
from bot.candidates import UNLIKELY, Candidate, candidates
from bot.extract import unit_cosines
from bot.question import what_it_asks
from eval.fit_abstention import Example, store
from eval.questions import SHIPPED, load_questions
from eval.questions import Split as AskedSplit
from eval.reader.candidates import released
from eval.reader.data import PassageKind, ReaderQuestion, Split, chosen
from eval.reader.data import load_questions as load_reader_questions
from eval.reader.loading import CACHE
from eval.scoring import Place, places, relevant
from kb.documents import Unit
from kb.encoder import open_encoder
from kb.late import LateScores
from kb.reader import Kind, open_reader
from kb.releases import ReleaseStore
from kb.rereading import READ, page
from kb.retrieval import Found, Legs, Retriever
from kb.settings import load_settings

_HITS, _SEARCHED = 12, 20
_LOGIT_WEIGHTS = np.arange(0, 0.41, 0.02)
_UNIT_WEIGHTS = np.arange(0, 2.01, 0.1)
_SHOWN = 6
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was found and read for it, best first before reading. ``right`` tells which hits answer,
    ``right_units`` for each hit which of its units do; none for a question that is not answered."""

    group: str
    question: str
    found: Found
    right: NDArray[np.bool_]
    right_units: tuple[NDArray[np.bool_], ...]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Row:
    """Weights, the mean log-likelihood that what is right comes first with them, and how often it does."""

    weights: tuple[float, ...]
    likelihood: float
    first: float


def asked_of_shipped(retriever: Retriever) -> Iterator[Asked]:
    """Yield the development questions of the shipped set, read in the release of ``retriever``."""
    release = retriever.release
    for question in load_questions(SHIPPED).questions:
        if question.split is AskedSplit.DEV:
            evidence = places(question, release)
            found = _read(retriever, question.vraag)
            right = np.array([relevant(hit.passage, evidence) for hit in found.hits], bool)
            units = tuple(
                np.array(
                    [_holds(hit.passage.document_id, hit.passage.start, unit, evidence) for unit in hit.passage.units],
                    bool,
                )
                for hit in found.hits
            )
            yield Asked("dev", question.vraag, found, right, units, question.answerable)


@contextmanager
def _held_out(questions: Sequence[ReaderQuestion], live: Retriever) -> Iterator[Retriever]:
    """Yield a retriever over the passages that the reader did not learn from."""
    passages = dict.fromkeys(one.passage for one in questions if one.passage.split is not Split.TRAIN)
    with released(list(passages), live.encoder, CACHE) as bare:
        yield Retriever(bare.release, live.encoder, live.reader)


def asked_of_reader(questions: Sequence[ReaderQuestion], retriever: Retriever) -> Iterator[Asked]:
    """Yield the reader's development questions, read among its held-out passages."""
    for question in chosen(questions, Split.DEV):
        found = _read(retriever, question.text)
        own = [hit.document.file == question.passage.id and question.answerable for hit in found.hits]
        units = tuple(
            np.isin(np.arange(len(hit.passage.units)), question.sentences) & right
            for hit, right in zip(found.hits, own, strict=True)
        )
        yield Asked("reader", question.text, found, np.array(own, bool), units, question.answerable)


def _read(retriever: Retriever, question: str) -> Found:
    """Search without the reader, and read what comes first."""
    assert retriever.reader is not None
    found = retriever.search(question, _SEARCHED, legs=Legs(reader=False))
    first = [*zip(found.hits, found.late, strict=True)][:READ]
    pages = [page(retriever.release, hit.place, found.vector, LateScores(hit.late, late)) for hit, late in first]
    readings = retriever.reader.read(question, pages)
    return replace(found, readings=(*readings, *[None] * (len(found.hits) - len(readings))))


def _holds(document_id: str, start: int, unit: Unit, evidence: Sequence[Place]) -> bool:
    first, last = start + unit.start, start + unit.end
    return any(
        place.document_id == document_id
        and min(last, place.end) - max(first, place.start) >= _HALF * min(last - first, place.end - place.start)
        for place in evidence
    )


def passage_table(asked: Sequence[Asked]) -> list[Row]:
    """Return for weights of a passage's logit, and of its best unit's, how likely the right passage comes first, and
    how often it does."""
    known = []
    for one in asked:
        if one.right[:READ].any():
            readings = [reading for reading in one.found.readings[:READ] if reading is not None]
            best = [float(reading.units.max(initial=UNLIKELY)) for reading in readings if reading.units is not None]
            scores = np.array([hit.score for hit in one.found.hits[:READ]])
            known.append((scores, np.array([one.passage for one in readings]), np.array(best), one.right[:READ]))
    rows = []
    for passage, unit in product(_LOGIT_WEIGHTS, _LOGIT_WEIGHTS):
        totals = [(scores + passage * logits + unit * best, right) for scores, logits, best, right in known]
        rows.append(_row((float(passage), float(unit)), totals))
    return rows


def unit_table(retriever: Retriever, asked: Sequence[Asked]) -> list[Row]:
    """Return for every weight of what is read in a unit how likely a right unit comes first, and how often it does."""
    parts = []
    for one in asked:
        found = one.found.only(range(min(_HITS, len(one.found.hits))))
        bare = replace(found, readings=(None,) * len(found.hits))
        units = candidates(retriever.release, bare, what_it_asks(one.question), unit_cosines(retriever.release, bare))
        at = {hit.place: number for number, hit in enumerate(found.hits)}
        right = np.array([one.right_units[at[unit.hit.place]][unit.index] for unit in units], bool)
        if right.any():
            parts.append(
                (np.array([unit.score for unit in units]), np.array([_logit(found, at, unit) for unit in units]), right)
            )
    rows = []
    for weight in _UNIT_WEIGHTS:
        rows.append(_row((float(weight),), [(scores + weight * _scaled(read), right) for scores, read, right in parts]))
    return rows


def _row(weights: tuple[float, ...], totals: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]]) -> Row:
    first = [bool(right[int(total.argmax())]) for total, right in totals]
    return Row(weights, float(np.mean([_log_share(*pair) for pair in totals])), float(np.mean(first)))


def _logit(found: Found, at: dict[int, int], unit: Candidate) -> float:
    reading = found.readings[at[unit.hit.place]]
    return 0.0 if reading is None or reading.units is None else max(0.0, float(reading.units[unit.index]) - UNLIKELY)


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    span = values.max() - values.min()
    return (values - values.min()) / span if span else values * 0


# Scores span 0–1; so steep are the likelihoods of the fits before (docs/decisions/0012-sentence-choice.md).
_STEEP = 10.0


def _log_share(total: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    shares = np.exp(_STEEP * (total - total.max()))
    return float(np.log(shares[right].sum() / shares.sum()))


def _examples(retriever: Retriever, asked: Sequence[Asked]) -> Iterator[Example]:
    for one in asked:
        left_in = range(min(_HITS, len(one.found.hits)))
        yield _example(retriever, one.group, one.found.only(left_in), one.answerable)
        if one.answerable:
            others = [at for at in range(len(one.found.hits)) if not one.right[at]][:_HITS]
            yield _example(retriever, f"{one.group}-without", one.found.only(others), False)


def _other_subjects(questions: Sequence[ReaderQuestion], live: Retriever) -> Iterator[Example]:
    """Yield questions about what Belgian ministers answered, asked of the ``live`` release."""
    for question in chosen(questions, Split.DEV, passage_kinds={PassageKind.PARLIAMENT}):
        yield _example(live, "other", _read(live, question.text).only(range(_HITS)), False)


def _example(retriever: Retriever, group: str, found: Found, answerable: bool) -> Example:
    return Example(group, signals(retriever.release, found, unit_cosines(retriever.release, found)), answerable)


def main() -> None:
    """Fit on the live release and the reader's development split, in the order in which the one counts in the next."""
    settings = load_settings()
    encoder = open_encoder(settings.encoder, settings.model_dir, settings.thread_count)
    reader = open_reader(settings.reader, encoder, settings.model_dir)
    if reader is None or reader.kind is not Kind.OWN:
        raise SystemExit("the weights are those of the shipped reader, on the encoder that it belongs to")
    live = Retriever(ReleaseStore(settings.data_dir).open(), encoder, reader)
    questions = load_reader_questions()
    shipped = list(asked_of_shipped(live))
    with _held_out(questions, live) as held:
        others = list(asked_of_reader(questions, held))
        for title, rows in (("shipped", shipped), ("reader", others)):
            _print(f"logit of the passage, {title}", passage_table(rows))
        for title, retriever, rows in (("shipped", live, shipped), ("reader", held, others)):
            _print(f"logit of the unit, {title}", unit_table(retriever, rows))
        examples = [*_examples(live, shipped), *_examples(held, others)]
    store("reading", [*examples, *_other_subjects(questions, live)])


def _print(title: str, rows: Sequence[Row]) -> None:
    """Print what nothing read gives, and the likeliest weights."""
    print(title)
    for row in [rows[0], *sorted(rows, key=lambda row: -row.likelihood)[:_SHOWN]]:
        weights = " ".join(f"{weight:.2f}" for weight in row.weights)
        print(f"  {weights}  log-likelihood {row.likelihood:.4f}  first {row.first:.3f}")


if __name__ == "__main__":
    main()
