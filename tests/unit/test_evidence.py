"""Finding a quote back in a text, and a fact in an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.evidence import covered, holds, located, plain

TEXT = "De school – “snel” – meldt\nhet verzuim. Na 16 uur belt de coör\u00addinator; in 2016 niet."


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("De school – “snel” – meldt het verzuim", True),
        ("de school 'snel' meldt HET VERZUIM", True),
        ("belt de coördinator", True),
        ("chool snel meldt", False),
        ("de school meldt", False),
        ("…", False),
    ],
)
def test_a_quote_is_found_whatever_the_typesetting_but_only_as_whole_words(quote: str, found: bool) -> None:
    assert bool(located(quote, TEXT)) is found


def test_a_quote_is_found_at_every_place_where_it_stands() -> None:
    text = "Bel de school. Of mail. Bel de   school!"
    assert [text[start:end] for start, end in located("bel de school", text)] == ["Bel de school", "Bel de   school"]


@given(st.text(max_size=40), st.text(alphabet="abc dé-1'", min_size=3, max_size=20), st.text(max_size=40))
def test_what_stands_between_word_boundaries_is_found_at_its_place(before: str, quote: str, after: str) -> None:
    text = f"{before} | {quote} | {after}"
    if plain(quote).text:
        assert any(plain(text[start:end]).text == plain(quote).text for start, end in located(quote, text))


def test_half_of_a_quote_counts_as_half() -> None:
    assert covered((10, 20), [(0, 15)]) == 0.5
    assert covered((10, 20), [(0, 12), (18, 40)]) == 0.4
    assert covered((10, 20), []) == 0


@pytest.mark.parametrize(
    ("variants", "held"),
    [
        (("16",), True),
        (("6",), False),
        (("201",), False),
        (("coördinator",), True),
        (("coördina",), True),
        (("ordinator",), False),
        (("vijf", "16 uur"), True),
        (("vijf", "zes"), False),
    ],
)
def test_a_fact_is_held_as_a_word_with_its_ending_and_a_number_alone(variants: tuple[str, ...], held: bool) -> None:
    assert holds(TEXT, variants) is held
