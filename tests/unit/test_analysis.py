"""Words as the lexical index sees them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.analysis import fold, terms, words


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("document", "documenten"),
        ("instelling", "instellingen"),
        ("leerling", "leerlingen"),
        ("gemeente", "gemeenten"),
        ("afspraak", "afspraken"),
        ("school", "scholen"),
        ("handreiking", "handreikingen"),
        ("zorgcoördinator", "zorgcoördinatoren"),
        ("mentor", "mentoren"),
        ("kantoor", "kantoren"),
    ],
)
def test_singular_and_plural_meet(singular: str, plural: str) -> None:
    assert terms(singular) == terms(plural) != []


def test_accents_and_capitals_make_no_difference() -> None:
    assert terms("Zorgcoördinator CAFÉ") == terms("zorgcoordinator café")
    assert fold("Eén Überblick") == "een uberblick"


def test_different_words_stay_different() -> None:
    assert terms("verzuim") != terms("verzoek")
    assert not set(terms("leerling leraar leerplicht school")) & set(terms("ouder jeugdarts gemeente"))


@pytest.mark.parametrize("number", ["7.3.11", "444.000", "16", "12,5", "2024"])
def test_a_number_is_one_word_and_stays_as_it_is(number: str) -> None:
    assert terms(f"Na {number} uur.") == [number, *terms("uur")]


def test_function_words_do_not_count_and_negations_of_words_do() -> None:
    assert terms("Wat is de en het van een") == []
    assert words("Wat is DE") == ["wat", "is", "de"]


def test_both_apostrophes_give_the_same_word() -> None:
    assert words("IB’er") == words("IB'er") == ["ib'er"]


def test_a_row_of_marks_as_in_no_language_is_folded_in_no_time() -> None:
    marks = "\u0300\u0327" * 100_000
    began = time.monotonic()
    assert terms(f"Één caf\u00e9{marks} 😀{'👍' * 100}") == ["cafe"]
    assert time.monotonic() - began < 5


@given(st.text(max_size=80))
def test_folding_folded_text_changes_nothing_in_its_terms(text: str) -> None:
    assert terms(fold(text)) == terms(text)
