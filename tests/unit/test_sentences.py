"""Where a Dutch sentence ends."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["Zie o.a. Bijlage 2 voor de stappen.", "Daarna volgt het gesprek."],
        ["Dit geldt i.v.m. Europese regels, bijv. De AVG.", "Vraag het na."],
        ["Volgens art. 16 mag dat, m.u.v. Groep 8.", "De school meldt het."],
        ["De heer drs. J.P. Jansen opent de dag.", "Mevr. Q. de Vries sluit af."],
        ["Er namen ca. 120 scholen deel, d.w.z. Alle scholen van de regio.", "Dat was veel."],
    ],
)
def test_an_abbreviation_or_initial_does_not_end_a_sentence(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts


@pytest.mark.parametrize(
    "parts",
    [
        ["Het kost 1.250,50 euro per jaar.", "Dat is 3.5 keer zoveel als in 2023."],
        ["Na 16 uur verzuim meldt de school.", "Dat is wettelijk zo."],
        ["De regeling geldt tot en met 2024.", "Daarna vervalt zij."],
        ["2. De school belt de ouders.", "3. De mentor maakt een verslag."],
        ["Zie paragraaf 7.3.11 van de leidraad.", "Die is verplicht."],
    ],
)
def test_a_number_keeps_its_points_and_may_close_a_sentence(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts


def test_closing_quotes_and_brackets_belong_to_the_sentence_they_close() -> None:
    parts = ["\u201cWe bellen altijd.\u201d", "(Dat staat in het protocol.)", "Echt waar?!", "Ja\u2026"]
    assert sentences(" ".join(parts)) == parts


def test_a_quoted_question_inside_a_sentence_does_not_end_it() -> None:
    text = "Vraag \u2018hoe gaat het?\u2019 en luister dan."
    assert sentences(text) == [text]


def test_a_text_without_a_full_stop_is_one_sentence_and_a_blank_one_none() -> None:
    assert sentences("  Alleen een regel zonder punt\n") == ["Alleen een regel zonder punt"]
    assert sentences(" \n\t ") == []


@given(st.text(alphabet="aB1 .!?\u2026\u201d)\n\u00e9'i.v.m. ", max_size=80) | st.text(max_size=60))
def test_sentences_come_in_order_never_overlap_and_cover_every_visible_character(text: str) -> None:
    spans = sentence_spans(text)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(start < end for start, end in spans)
    covered = {place for start, end in spans for place in range(start, end)}
    assert not [place for place, character in enumerate(text) if place not in covered and not character.isspace()]
    assert not [(start, end) for start, end in spans if text[start].isspace() or text[end - 1].isspace()]


@pytest.mark.parametrize(
    "piece", ["De school belt de ouders. ", "A. ", "1. ", '". ', "a" * 990 + ". De ", "." * 200_000 + "a "]
)
def test_a_book_in_one_paragraph_takes_no_longer_per_sentence_than_a_page(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.process_time()
    assert sentence_spans(text)
    assert time.process_time() - began < 15
