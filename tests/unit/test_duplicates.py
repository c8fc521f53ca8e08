"""Which passages and documents are near-duplicates, and which differences make them say something else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.duplicates import document_pairs, passage_groups, signatures
from kb.analysis import words
from kb.documents import Document, Passage

PROTOCOL = (
    "De mentor spreekt de leerling aan op de eerste dag dat deze ongeoorloofd afwezig is. Daarna belt de mentor met de "
    "ouders en vraagt wat er aan de hand is. De zorgcoördinator nodigt de ouders uit voor een gesprek op school en legt "
    "de afspraken vast in het dossier. Het samenwerkingsverband krijgt binnen zes weken bericht over de voortgang. Als "
    "de leerling daarna niet terugkomt, meldt de school dit bij de leerplichtambtenaar van de gemeente Dronten. De school "
    "vergoedt de reiskosten tot € 45 per maand. De leerplichtambtenaar mag de ouders oproepen voor een verhoor. De "
    "afspraken gelden vanaf 1 maart en staan in artikel 3 van het convenant."
)
# Eighty words, all different, of which none decides anything.
PLAIN = ["".join(letters) for letters in product("bdgk", "aeiou", "lmnp")]
VOCABULARY = sorted({word for word in words(PROTOCOL) if word.isalpha()})

texts = st.lists(st.sampled_from(VOCABULARY), min_size=8, max_size=200).map(" ".join)


def passage(text: str, document: str, *headings: str) -> Passage:
    digest = hashlib.sha256(f"{document}{headings}{text}".encode()).hexdigest()
    return Passage(digest, document, 0, 0, len(text), text, headings, None, 0, 0, ())


def groups(passages: Sequence[Passage], **titles: str) -> set[frozenset[str]]:
    """The groups among ``passages``, as sets of their ids."""
    known = {one.document_id: titles.get(one.document_id, "Protocol verzuim") for one in passages}
    numbers = passage_groups(passages, known, signatures(one.text for one in passages))
    assert numbers.dtype == np.int32
    together = {number: frozenset(passages[i].id for i in np.flatnonzero(numbers == number)) for number in numbers}
    return {ids for number, ids in together.items() if number >= 0}


def are_one(first: Passage, second: Passage, **titles: str) -> bool:
    return groups([first, second], **titles) == {frozenset({first.id, second.id})}


def document(key: str, content: str) -> Document:
    return Document(key, key, "overig", None, None, None, f"{key}.md", content, "", "text/markdown", 1, None, 1)


@settings(deadline=None)
@given(texts)
def test_a_text_is_always_a_duplicate_of_itself(text: str) -> None:
    assert are_one(passage(text, "a"), passage(text, "b"))


@settings(max_examples=50, deadline=None)
@given(texts, st.data())
def test_a_text_with_one_other_number_never_is(text: str, data: st.DataObject) -> None:
    tokens = text.split()
    place = data.draw(st.integers(0, len(tokens)))
    numbers = st.integers(0, 3000).map(str) | st.sampled_from(
        ["twee", "drie", "vierde", "tien", "1.500", "2,5", "1:30"]
    )
    one, other = data.draw(st.lists(numbers, min_size=2, max_size=2, unique=True))
    first, second = (" ".join([*tokens[:place], number, *tokens[place:]]) for number in (one, other))
    assert not groups([passage(first, "a"), passage(second, "b")])


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_order_of_the_passages_does_not_matter(data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.tuples(st.integers(0, 12), st.integers(60, 80)), min_size=3, max_size=8))
    passages = [passage(" ".join(PLAIN[start:end]), f"d{number}") for number, (start, end) in enumerate(cuts)]
    assert groups(passages) == groups(data.draw(st.permutations(passages)))


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("zes weken", "acht weken"),
        ("zes weken", "zes maanden"),
        ("zes weken", "6 weken"),
        ("de eerste dag", "de derde dag"),
        ("1 maart", "1 april"),
        ("1 maart", "2 maart"),
        ("€ 45", "€ 54"),
        ("€ 45", "45 %"),
        ("artikel 3", "artikel 3a"),
        ("niet terugkomt", "terugkomt"),
        ("niet terugkomt, meldt de school", "terugkomt, meldt de school niet"),
        ("ongeoorloofd", "geoorloofd"),
        ("mag de ouders", "moet de ouders"),
        ("De school vergoedt", "De school vergoedt geen lunch en"),
        ("gemeente Dronten", "gemeente Almere"),
    ],
)
def test_a_difference_that_may_be_the_point_keeps_passages_apart(here: str, there: str) -> None:
    assert here in PROTOCOL
    other = PROTOCOL.replace(here, there)
    assert not groups([passage(PROTOCOL, "a"), passage(other, "b")])


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("gesprek op school", "gesprek"),
        ("legt de afspraken vast", "zet de afspraken"),
        ("zorgcoördinator", "zorg-\ncoördinator"),
        (". Daarna", ".\n\n• Daarna"),
    ],
)
def test_layout_and_wording_do_not_keep_passages_apart(here: str, there: str) -> None:
    assert here in PROTOCOL
    assert are_one(passage(PROTOCOL, "a"), passage(PROTOCOL.replace(here, there), "b"))


@pytest.mark.parametrize(
    ("here", "there", "one"),
    [
        (("Artikel 3", "Verzuim"), ("Artikel 4", "Verzuim"), False),
        (("Artikel 3",), ("Artikel 3",), True),
        (("Hoofdstuk 2", "2.1 Verzuim"), ("Hoofdstuk 4", "4.3 Verzuim"), True),
        (("Verzuim", "Schooljaar 2023-2024"), ("Verzuim", "Schooljaar 2024-2025"), False),
        (("Ook goed om te weten",), (), True),
    ],
)
def test_the_same_words_under_another_article_are_another_rule(
    here: tuple[str, ...], there: tuple[str, ...], one: bool
) -> None:
    assert are_one(passage(PROTOCOL, "a", *here), passage(PROTOCOL, "b", *there)) is one


def test_the_same_words_about_two_municipalities_are_not_one_even_with_a_third_that_names_none() -> None:
    text = PROTOCOL.replace(" van de gemeente Dronten", "")
    titles = {"a": "Convenant Almere", "b": "Convenant Urk", "c": "Het convenant"}
    almere, urk, neither = (passage(text, key) for key in titles)
    assert not groups([almere, urk], **titles)
    assert are_one(urk, neither, **titles)
    assert all(not {almere.id, urk.id} <= group for group in groups([almere, urk, neither], **titles))
    assert are_one(almere, urk, a="Nieuwsbrief Mei 2024", b="Nieuwsbrief Zomer 2024")


def test_a_group_does_not_chain() -> None:
    first, middle, last = (
        passage(" ".join(PLAIN[start : start + 60]), key) for start, key in ((0, "a"), (5, "b"), (10, "c"))
    )
    assert are_one(first, middle)
    assert are_one(middle, last)
    assert not groups([first, last])
    assert [len(group) for group in groups([first, middle, last])] == [2]


def test_what_is_said_in_a_few_words_depends_on_what_stands_around_it() -> None:
    assert not groups([passage("De pilot wordt voortgezet.", "a"), passage("De pilot wordt voortgezet.", "b")])


def test_documents_are_paired_by_what_they_share_numbers_aside() -> None:
    paragraphs = [f"{PROTOCOL} Zo gaat het bij {what}." for what in ("ziekte", "spijbelen", "schorsing", "verhuizing")]
    parts = {
        "oud": paragraphs,
        "nieuw": [text.replace("zes weken", "acht weken") for text in paragraphs],
        "kopie": paragraphs,
        "anders": ["De jeugdarts bezoekt elke dinsdag een school in de wijk en spreekt daar met kinderen en leraren."],
    }
    passages = [passage(text, key) for key, texts in parts.items() for text in texts]
    documents = [document(key, "oud" if key == "kopie" else key) for key in parts]
    copies, versions = document_pairs(documents, passages, signatures(one.text for one in passages))
    assert (copies.documents, copies.similarity) == (("oud", "kopie"), 1.0)
    assert versions.documents == ("oud", "nieuw")
    assert 0.8 < versions.similarity < 1


def test_of_many_documents_that_are_alike_each_is_reported_once_or_with_few() -> None:
    keys = [f"formulier{number}" for number in range(40)]
    passages = [passage(f"{PROTOCOL} Ingevuld door school {number}.", key) for number, key in enumerate(keys)]
    pairs = document_pairs([document(key, key) for key in keys], passages, signatures(one.text for one in passages))
    assert {key for pair in pairs for key in pair.documents} == set(keys)
    assert len(pairs) == len(keys) - 1


def test_nothing_has_no_duplicates() -> None:
    assert groups([]) == set()
    assert document_pairs([], [], signatures([])) == ()
