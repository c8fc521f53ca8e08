"""From streamed text to sentences with citations: the same sentences however the text is split."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.generative.stream import LONGEST_SENTENCE, Sentence, SentenceStream

Cited = list[tuple[str, tuple[int, ...]]]


def read(*deltas: str) -> Cited:
    stream = SentenceStream()
    found = [sentence for delta in deltas for sentence in stream.feed(delta)]
    return [(sentence.text, sentence.numbers) for sentence in [*found, *stream.close()]]


@pytest.mark.parametrize(
    ("mark", "numbers"),
    [
        ("[1]", (1,)),
        ("[1][2]", (1, 2)),
        ("[2] [1]", (2, 1)),
        ("[1, 2]", (1, 2)),
        ("[1; 3 en 4]", (1, 3, 4)),
        ("[1-3]", (1, 2, 3)),
        ("[2–900]", (2, 900)),
        ("【1】", (1,)),
        ("【1†source】", (1,)),
        ("【4:0†bron.pdf】", (4,)),
        ("(bron 1)", (1,)),
        ("(Bronnen 1 en 2)", (1, 2)),
        ("[bron 1, bron 2]", (1, 2)),
        ("[Bron: 3]", (3,)),
        ("[^1]", (1,)),
        (r"\[1\]", (1,)),
        ("**[1]**", (1,)),
        ("[1][1]", (1,)),
        ("¹", (1,)),
        ("[1]\u200b", (1,)),
        ("[2024]", ()),
        ("(1)", ()),
        ("[a]", ()),
    ],
)
def test_every_way_to_write_a_citation_names_its_sources(mark: str, numbers: tuple[int, ...]) -> None:
    assert [cited for _, cited in read(f"De mentor belt. {mark}")][-1] == numbers
    if numbers:
        assert read(f"De mentor belt.{mark} Daarna komt er een gesprek. [7]") == [
            ("De mentor belt.", numbers),
            ("Daarna komt er een gesprek.", (7,)),
        ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("De mentor belt [1]. Dan volgt een brief [2].", [("De mentor belt.", (1,)), ("Dan volgt een brief.", (2,))]),
        ("De mentor [1] belt, de coach schrijft. [2]", [("De mentor belt, de coach schrijft.", (1, 2))]),
        ("De mentor belt. [1]. Dan volgt een brief.", [("De mentor belt.", (1,)), ("Dan volgt een brief.", ())]),
        ("Zie art. 21a, bijv. lid 2. De mentor belt.", [("Zie art. 21a, bijv. lid 2.", ()), ("De mentor belt.", ())]),
        ("Mr. J. Jansen belt d.w.z. o.a. op 3.5. [1]", [("Mr. J. Jansen belt d.w.z. o.a. op 3.5.", (1,))]),
        ("Denk aan rust, tijd enz. [1] De mentor belt. [2]", [("Denk aan rust, tijd enz.", (1,)), ("De mentor belt.", (2,))]),
        ("De mentor belt.\n\n[1]\n\nDan volgt een brief.\n[2]", [("De mentor belt.", (1,)), ("Dan volgt een brief.", (2,))]),
        ("De mentor belt. [1]\n[2] Dan volgt een brief.", [("De mentor belt.", (1,)), ("Dan volgt een brief.", (2,))]),
        ("De mentor belt de\nouders op. [1]", [("De mentor belt de ouders op.", (1,))]),
        ("(De mentor belt. [1]) Klaar is \"alles\" [2].", [("(De mentor belt.)", (1,)), ('Klaar is "alles".', (2,))]),
        ("## Wie\n- **De mentor** belt [1]\n- de coach_naam schrijft. [2]\n\n1. _Eerst_ dit\n2) dan dat [3]", [
            ("Wie", ()), ("De mentor belt", (1,)), ("de coach_naam schrijft.", (2,)), ("Eerst dit", ()), ("dan dat", (3,)),
        ]),
        ("Stap:\n* [1] bellen\n> - schrijven [2]", [("Stap:", ()), ("bellen", (1,)), ("schrijven", (2,))]),
        ("<think>De mentor? [1]</think>\nDe mentor belt. [2]", [("De mentor belt.", (2,))]),
        ("De mentor belt.\n```\nprint('[1]')\n```\nDan volgt een brief. [2]", [("De mentor belt.", ()), ("Dan volgt een brief.", (2,))]),
        ("De mentor belt. `[1]` Dan `MDO` [2].", [("De mentor belt.", ()), ("Dan MDO.", (2,))]),
        ("De mentor belt. [1", [("De mentor belt.", ()), ("[1", ())]),
        ("<think>zonder eind [1]. De mentor", []),
        ("De mentor belt [[1]1].", [("De mentor belt .", (1,))]),
        ("De kosten zijn < 5 euro [1]", [("De kosten zijn < 5 euro", (1,))]),
        ("Een lokaal van 10 m² is genoeg. [1]", [("Een lokaal van 10 m² is genoeg.", (1,))]),
        ("", []),
        ("[1] ** --- [2]", []),
    ],
)  # fmt: skip
def test_sentences_and_their_sources(text: str, sentences: Cited) -> None:
    assert read(text) == sentences


def test_a_sentence_waits_for_its_citation_and_no_longer() -> None:
    stream = SentenceStream()
    assert stream.feed("De mentor belt. [") == []
    assert stream.feed("1") == []
    assert stream.feed("]") == []
    assert stream.feed("") == []
    assert stream.feed(" [2] D") == [Sentence("De mentor belt.", (1, 2))]
    assert stream.feed("e coach schrijft.") == []
    assert stream.close() == [Sentence("De coach schrijft.", ())]


def test_a_sentence_without_end_cites_nothing_and_takes_no_memory() -> None:
    stream = SentenceStream()
    for _ in range(2000):
        assert stream.feed("woord " * 20 + "[1] ") == []
    assert len(stream._rest) < 100
    (sentence,) = stream.close()
    assert len(sentence.text) <= LONGEST_SENTENCE
    assert sentence.numbers == ()


@pytest.mark.parametrize(
    "piece", ["[", "[1", "(bron ", "【1†", "<think", "`", "``` ", "_", "1. ", "\n", "¹", "bijv. A", "a.b "]
)
def test_time_grows_with_the_text_and_not_faster(piece: str) -> None:
    began = time.process_time()
    read(*(piece * 4000))
    assert time.process_time() - began < 5


FRAGMENTS = st.sampled_from([*"""[ ] [1] [1 1] [1,2] [^2] 【1】 【1†source】 【 † ( ) (bron 1) (bron ` ``` ~~~ ```py <think> </think> <THINKING>
    < > ** * _ # ## - 1. 2) • > . ! ? … ... , : ; " ” ' ¹ ² 12 3.5 bijv. art. d.w.z. enz. lid 21a De mentor belt school
    É een ß \\ \u200b \ufeff - –""".split(), " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", ""])  # fmt: skip
TEXTS = st.lists(FRAGMENTS, max_size=60).map("".join) | st.text(max_size=200)


@given(TEXTS, st.lists(st.integers(min_value=0, max_value=400), max_size=30))
@example("De mentor belt. [1][2] Dan 【3†bron】 volgt `[4]` iets. (bron 5)", list(range(70)))
def test_any_split_of_any_text_gives_the_same_sentences(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(text)]
    parts = [text[start:end] for start, end in pairwise(places)]
    whole = read(text)
    assert read(*parts) == whole
    assert read(*text) == whole


@given(TEXTS)
def test_a_sentence_is_one_line_without_citations(text: str) -> None:
    for sentence, numbers in read(text):
        assert sentence == " ".join(sentence.split())
        assert not re.search(r"\[[0-9]{1,3}\]|【[0-9]{1,3}】|\(bron [0-9]", sentence)
        assert len(set(numbers)) == len(numbers)
