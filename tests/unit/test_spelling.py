"""Slips of the keys in a question are put right, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.analysis import words
from kb.spelling import Spelling
from kb.word_table import WordTable

TEXTS = ["De leerling komt bij het overleg over verzuim.", "Een zeldzaam woord: oorlog."] * 4 + [
    "Het overleg met de leerling gaat over het verzuim."
]  # fmt: skip
SPELLING = Spelling.of(WordTable.of([("", text) for text in TEXTS]))


def broken(word: str) -> int:
    """As an encoder does: known words in one piece, others letter by letter."""
    return 1 if word in SPELLING.counts else len(word)


def test_a_word_that_the_encoder_knows_as_a_whole_is_no_slip() -> None:
    assert SPELLING.corrected("Is hij een heerling?", ["heerling"], lambda _: 1) == "Is hij een heerling?"
    assert SPELLING.corrected("Wie is de leeling?", ["leeling"], lambda _: 1) == "Wie is de leeling?"


@pytest.mark.parametrize("typed", ["leeling", "leerlng", "leerlinng", "leerlimg", "leerlign"])
def test_one_slip_is_put_right(typed: str) -> None:
    assert SPELLING.corrected(f"Mag de {typed} mee?", [typed], broken) == "Mag de leerling mee?"


def test_several_words_of_one_question_are_put_right() -> None:
    asked = "Wie zit bij het ovreleg over verzium?"
    assert SPELLING.corrected(asked, ["ovreleg", "verzium"], broken) == "Wie zit bij het overleg over verzuim?"


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("leerlingen", "three letters away"),
        ("oorlgo", "a word that few passages use is no reason"),
        ("verzin", "two slips away"),
        ("heerling", "a first letter is seldom missed"),
        ("leerl", "a short word is soon like another"),
    ],
)
def test_other_words_stay(word: str, why: str) -> None:
    assert SPELLING.corrected(f"Wat is {word}?", [word], broken) == f"Wat is {word}?", why


def test_a_word_that_documents_use_is_never_touched() -> None:
    assert SPELLING.corrected("Wat is leeling?", [], broken) == "Wat is leeling?"


@given(st.text())
def test_any_question_keeps_everything_but_its_unknown_words(question: str) -> None:
    corrected = SPELLING.corrected(question, words(question), broken)
    assert len(words(corrected)) == len(words(question))
