"""The development questions that weights and thresholds are fitted on, each with what was found for it.

Asked are the development questions of the shipped set, of the live release, and those of the reader's data, among its
held-out passages. What the reader learnt from, and every test question, takes no part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.questions import SHIPPED, load_questions
from eval.questions import Split as AskedSplit
from eval.reader.candidates import CACHE, released
from eval.reader.data import PassageKind, ReaderQuestion, Split, chosen, held_out_passages
from eval.scoring import Place, places, relevant
from kb.documents import Passage, Unit
from kb.encoder import open_encoder
from kb.reader import Kind, open_reader
from kb.releases import ReleaseStore
from kb.retrieval import Found, Legs, Retriever
from kb.settings import load_settings

_SEARCHED = 20
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was ``found`` for it, not read yet. ``right`` holds the hits that answer, by their place in
    the release, and which of their units (u,) do. ``group`` names where the question comes from."""

    group: str
    question: str
    found: Found
    right: dict[int, NDArray[np.bool_]]
    answerable: bool


def live_retriever() -> Retriever:
    """Return a retriever on the live release of the settings, with the shipped reader where the encoder is its own."""
    settings = load_settings()
    encoder = open_encoder(settings.encoder, settings.model_dir, settings.thread_count)
    reader = open_reader(settings.reader, encoder, settings.model_dir)
    own = reader if reader is not None and reader.kind is Kind.OWN else None
    return Retriever(ReleaseStore(settings.data_dir).open(), encoder, own)


@contextmanager
def held_out(questions: Sequence[ReaderQuestion], live: Retriever) -> Iterator[Retriever]:
    """Yield a retriever like ``live`` over the passages that the reader did not learn from."""
    with released(held_out_passages(questions), live.encoder, CACHE, live.reader) as retriever:
        yield retriever


def asked_of_shipped(live: Retriever) -> Iterator[Asked]:
    """Yield the development questions of the shipped set."""
    for question in load_questions(SHIPPED).questions:
        if question.split is AskedSplit.DEV:
            evidence = places(question, live.release)
            found = _search(live, question.vraag)
            right = {
                hit.place: np.array([_holds(hit.passage, unit, evidence) for unit in hit.passage.units], bool)
                for hit in found.hits
                if relevant(hit.passage, evidence)
            }
            yield Asked("dev", question.vraag, found, right, question.answerable)


def asked_of_reader(questions: Sequence[ReaderQuestion], retriever: Retriever) -> Iterator[Asked]:
    """Yield the reader's development questions, asked of what `held_out` gives."""
    for question in chosen(questions, Split.DEV):
        found = _search(retriever, question.text)
        right = {
            hit.place: np.isin(np.arange(len(hit.passage.units)), question.sentences)
            for hit in found.hits
            if question.answerable and hit.document.file == question.passage.id
        }
        yield Asked("reader", question.text, found, right, question.answerable)


def other_subjects(questions: Sequence[ReaderQuestion], live: Retriever) -> Iterator[Asked]:
    """Yield questions about what Belgian ministers answered, asked of the ``live`` release."""
    for question in chosen(questions, Split.DEV, {PassageKind.PARLIAMENT}):
        yield Asked("other", question.text, _search(live, question.text), {}, answerable=False)


def _search(retriever: Retriever, question: str) -> Found:
    return retriever.search(question, _SEARCHED, legs=Legs(reader=False))


def _holds(passage: Passage, unit: Unit, evidence: Sequence[Place]) -> bool:
    """Tell whether a unit holds half of a piece of evidence, or lies half within one."""
    first, last = passage.start + unit.start, passage.start + unit.end
    return any(
        place.document_id == passage.document_id
        and min(last, place.end) - max(first, place.start) >= _HALF * min(last - first, place.end - place.start)
        for place in evidence
    )
