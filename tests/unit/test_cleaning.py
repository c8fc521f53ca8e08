"""Characters as a reader expects them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning import clean_line, clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("o\ufb03ci\u00eble a\ufb02oop \ufb01le\u00ebn en \u0133s", "offici\u00eble afloop file\u00ebn en ijs"),
        ("leer\u00adplicht\u200bambtenaar\ufeff", "leerplichtambtenaar"),
        ("co\u0308o\u0308rdinator", "c\u00f6\u00f6rdinator"),
        ("drie\u00a0\u00a0 \tspaties\u2009samen", "drie spaties samen"),
        ("een , twee ; drie", "een, twee; drie"),
        ("regel een \r\nregel twee\rregel drie", "regel een\nregel twee\nregel drie"),
        ("zachte\x0bregel\u2028en\x0cblad", "zachte\nregel\nen\nblad"),
        ("\x00nul\x1b en \x7fdel", "nul en del"),
        ("\u201cgekruld\u201d blijft \u2019t", "\u201cgekruld\u201d blijft \u2019t"),
        ("tekst\u202eomgekeerd\u202c", "tekstomgekeerd"),
    ],
)
def test_text_comes_out_as_a_reader_expects_it(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_one_line_is_one_line() -> None:
    assert clean_line("over twee\nregels en\r\neen\x0bderde") == "over twee regels en een derde"


AWKWARD = st.text(
    alphabet=" ,;a\u0308e\u0301\u00ad\u200b\ufb01\u0132\u00a0\r\n\tx\u1100\u1161\u11a8\u2028", max_size=40
)


@given(AWKWARD | st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(AWKWARD | st.text(max_size=60))
def test_a_line_never_keeps_a_line_end(text: str) -> None:
    assert "\n" not in clean_line(text)
    assert clean_line(clean_line(text)) == clean_line(text)
