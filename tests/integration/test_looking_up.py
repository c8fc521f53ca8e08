"""Questions that only name a heading are answered from under it, however little it looks like the question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.answers import AnswerStatus
from bot.looking_up import looked_up
from bot.service import examine
from bot.web.headings import as_question
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.reader import Reader
from kb.releases import ReleaseStore
from kb.retrieval import Found, Retriever

TODAY = date(2026, 9, 1)


@pytest.fixture(scope="module", params=["with reader", "without reader"])
def retriever(corpus_data: Path, encoder: Encoder, reader: Reader, request: pytest.FixtureRequest) -> Retriever:
    read = reader if request.param == "with reader" else None
    return LiveKnowledge(ReleaseStore(corpus_data), encoder, reader=read).retriever()


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("Wat staat er over “Besluitvorming in het MDO”?", "Besluitvorming in het MDO"),
        ("wat staat er in jullie documenten over 'vakantieverlof wegens het beroep van een ouder'", "Vakantieverlof wegens het beroep van een ouder"),
        ('Wat staat er onder "Artikel 11 Organisatie van het overleg"?', "Artikel 11 Organisatie van het overleg"),
        ("Wat lees ik bij «Organisatie van het overleg»?", "Artikel 11 Organisatie van het overleg"),
    ],
)  # fmt: skip
def test_a_question_that_only_names_a_heading_is_answered_from_under_it(
    retriever: Retriever, question: str, heading: str
) -> None:
    answer = examine(retriever, question, today=TODAY).answer
    assert answer.status is AnswerStatus.ANSWERED
    assert not answer.notices
    assert {(source.heading or "").split(" > ")[-1] for source in answer.sources} == {heading}


@pytest.mark.parametrize(
    "question",
    [
        "Hoe hoog is de boete bij “Vakantieverlof”?",
        "Wat staat er over “Vakantieverlof” en hoe hoog is de boete?",
        "Wat staat er over “De hoogte van de boete”?",
        "Wat staat er over vakantieverlof?",
    ],
)
def test_what_asks_more_than_a_heading_or_names_none_is_a_question_like_any_other(
    retriever: Retriever, question: str
) -> None:
    examined = examine(retriever, question, today=TODAY)
    assert examined.probability < 1
    assert looked_up(question, retriever.search(question)) is None


@pytest.fixture(scope="module")
def found(corpus_data: Path, encoder: Encoder) -> Found:
    return LiveKnowledge(ReleaseStore(corpus_data), encoder).retriever().search("Wie zit het MDO voor?", 3)


@given(name=st.from_regex(r"(?:Artikel )?[0-9]{0,2}[.]? ?[A-Za-zé'’(][A-Za-zé '’()&/-]{1,60}", fullmatch=True))
def test_every_heading_that_makes_a_question_is_looked_up_by_it(found: Found, name: str) -> None:
    question = as_question(name)
    assume(question is not None)
    first, *others = found.hits
    named = replace(first, passage=replace(first.passage, headings=("Erboven", name)))
    under = looked_up(str(question), replace(found, hits=(*others, named)))
    assert under is not None
    assert under.hits == (named,)
