"""Which words of the passages found make up an answer."""

from __future__ import annotations

import string
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from types import SimpleNamespace
from typing import cast

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.candidates import Candidate, can_answer
from bot.compose import ENOUGH_WORDS, MAX_STATEMENTS, compose
from bot.forms import about_the_text, has_form
from bot.question import Asks
from bot.quotes import MAX_LIST_WORDS, Quote
from bot.sides import two_sides
from ingest.reading import Block, BlockKind, FileText
from ingest.splitting import split
from kb.documents import Document, Passage
from kb.lexical import LexicalIndex
from kb.releases import Release
from kb.retrieval import Found, Hit
from kb.word_table import WordTable

HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW


def document(name: str) -> Document:
    return Document(name, name, "overig", None, None, None, f"{name}.md", "", "", "text/markdown", 0, None, 0)


class Library:
    """A release of documents as `split` cuts them. Composing reads its passages and words and nothing else."""

    def __init__(self, **documents: Sequence[Block]) -> None:
        self.hits: list[Hit] = []
        for name, blocks in documents.items():
            _, passages = split(name, FileText(tuple(blocks)), lambda texts: [len(text.split()) for text in texts])
            for passage in passages:
                self.hits.append(Hit(passage, document(name), len(self.hits), 1.0, 0.9, 1.0, 0.5))
        self.passages: list[Passage] = [hit.passage for hit in self.hits]
        words = LexicalIndex.build(WordTable.of([("", passage.text) for passage in self.passages]))
        self.release = cast(Release, SimpleNamespace(passages=self.passages, lexical=words))

    def answer(self, asks: Asks, question: str, **scores: float) -> list[Quote]:
        """Compose from all units; those that hold a word of ``scores`` score that much, the others nothing."""
        found = [
            Candidate(hit, index, 0.0)
            for hit in self.hits
            for index in range(len(hit.passage.units))
            if can_answer(hit.passage, index)
        ]
        scored = [
            Candidate(one.hit, one.index, max((score for word, score in scores.items() if word in one.text), default=0))
            for one in found
        ]
        ordered = sorted(scored, key=lambda one: -one.score)
        return compose(self.release, Found(question, np.zeros(1, np.float32), ()), ordered, asks)

    def texts(self, asks: Asks, question: str, **scores: float) -> list[str]:
        return [quote.text for quote in self.answer(asks, question, **scores)]


def text(words: str) -> Block:
    return Block(PARAGRAPH, words)


FILLER = text("De kantine is open tot drie uur. De fietsen staan achter het gebouw. Het plein is net geveegd.")


def test_a_list_is_given_whole_with_its_introduction() -> None:
    steps = [
        Block(ITEM, f"- {words}.") for words in ("bel de ouders thuis", "noteer het gesprek", "vraag de arts om advies")
    ]
    library = Library(gids=[FILLER, text("De mentor doet drie dingen:"), *steps, FILLER])
    (listed, *_) = library.texts(Asks.LIST, "Wat doet de mentor allemaal?", noteer=1.0)
    assert listed.startswith("De mentor doet drie dingen:")
    assert listed.endswith("vraag de arts om advies.")


def test_a_list_over_a_passage_boundary_is_given_from_both_passages() -> None:
    before = [text("De kantine is open. " * 30)]
    items = [Block(ITEM, f"- taak{number} van de mentor op deze school.") for number in range(16)]
    library = Library(gids=[*before, text("De taken zijn de volgende:"), *items, *[FILLER] * 12])
    (first, second, *_) = library.answer(Asks.LIST, "Welke taken zijn er?", taak15=1.0)
    assert first.text.startswith("De taken zijn de volgende:")
    assert first.text.count("\n- ") + second.text.count("- taak") == 16
    assert second.hit.place == first.hit.place + 1
    assert first.words + second.words <= MAX_LIST_WORDS


def test_pieces_of_a_list_that_were_chosen_before_it_become_part_of_it() -> None:
    items = [f"- punt{number} met nog een hele zin uitleg en daarna nog wat meer uitleg" for number in range(3)]
    library = Library(gids=[FILLER, text("Let op de volgende punten:"), *(Block(ITEM, item) for item in items)])
    texts = library.texts(Asks.OTHER, "Waarom?", punt2=1.0, punt0=0.9, Let=0.8)
    assert [one for one in texts if "punt" in one] == ["\n".join(["Let op de volgende punten:\n", *items])]


def test_a_row_comes_alone_and_a_table_when_a_list_is_asked_for() -> None:
    rows = [
        Block(ROW, f"Soort: {kind}; Termijn: {years} jaar.")
        for kind, years in (("dossier", 20), ("verslag", 2), ("brief", 5))
    ]
    library = Library(gids=[FILLER, *rows, FILLER])
    assert library.texts(Asks.PERIOD, "Hoe lang?", verslag=1.0)[0] == "Soort: verslag; Termijn: 2 jaar."
    assert library.texts(Asks.LIST, "Welke termijnen?", verslag=1.0)[0].count("\n") == 2


def test_a_long_list_does_not_crowd_an_answer_that_asks_for_no_list() -> None:
    items = [Block(ITEM, f"- punt{number} " + "met nog een hele zin vol uitleg erbij " * 2) for number in range(8)]
    library = Library(gids=[FILLER, text("Let op de volgende punten:"), *items])
    assert library.texts(Asks.OTHER, "Waarom punt drie?", punt3=1.0)[0].startswith("- punt3")


def test_a_statement_with_the_value_asked_for_beats_one_that_is_as_similar() -> None:
    library = Library(
        gids=[FILLER, text("De school bewaart dossiers zorgvuldig."), text("De school bewaart dossiers twee jaar.")]
    )
    assert "twee jaar" in library.texts(Asks.PERIOD, "Hoe lang?", dossiers=1.0)[0]


def test_a_comparison_says_something_of_both_sides() -> None:
    library = Library(
        a=[FILLER, text("De netwerkgroep komt vijf keer bijeen. De netwerkgroep kiest een voorzitter.")],
        b=[FILLER, text("De leeromgeving komt vier keer bijeen.")],
    )
    texts = library.texts(
        Asks.COMPARISON,
        "Komt de netwerkgroep net zo vaak bijeen als de leeromgeving?",
        netwerkgroep=1.0,
        leeromgeving=0.8,
    )
    assert any("vijf" in one for one in texts)
    assert any("vier" in one for one in texts)


def test_yes_or_no_begins_with_the_sentence_that_settles_it() -> None:
    library = Library(
        gids=[FILLER, text("Een mentor vraagt om een verklaring. De mentor mag die verklaring niet geven.")]
    )
    texts = library.texts(Asks.PERMISSION, "Mag dat?", verklaring=0.9, mag=1.0)
    assert "mag die verklaring niet" in texts[0]


def test_what_documents_say_alike_is_said_once() -> None:
    library = Library(
        a=[FILLER, text("De leerplicht begint in de maand na de vijfde verjaardag.")],
        b=[text("De leerplicht begint in de maand na de vijfde verjaardag van het kind.")],
    )
    assert sum("leerplicht" in one for one in library.texts(Asks.TIME, "Wanneer?", leerplicht=1.0)) == 1


def test_asked_what_several_documents_say_each_has_one_statement() -> None:
    library = Library(
        a=[FILLER, text("Toestemming geldt een jaar. Bij twijfel is toestemming de veilige weg.")],
        b=[text("Zonder toestemming deelt niemand iets.")],
    )
    quotes = library.answer(Asks.OTHER, "Wat zeggen beide documenten over toestemming?", oestemming=1.0)
    assert sorted(quote.hit.document.id for quote in quotes) == ["a", "b"]


def test_a_sentence_brings_the_one_that_it_points_at_and_the_one_that_limits_it() -> None:
    library = Library(
        gids=[
            FILLER,
            text("Het dossier blijft bewaard. Die termijn is twintig jaar. Dat geldt niet voor het leerlingdossier."),
        ]
    )
    (first, *_) = library.texts(Asks.PERIOD, "Hoe lang?", twintig=1.0)
    assert first == "Het dossier blijft bewaard. Die termijn is twintig jaar. Dat geldt niet voor het leerlingdossier."


def test_a_case_brings_its_outcome() -> None:
    library = Library(gids=[FILLER, text("Een agent vraagt om het rooster. Uitkomst: de school geeft niets.")])
    assert library.texts(Asks.PERMISSION, "Mag dat?", agent=1.0)[0].endswith("de school geeft niets.")


def test_what_only_announces_gives_way() -> None:
    assert about_the_text("Hieronder leest u wat de school doet.")
    assert about_the_text("Dit hoofdstuk gaat over verlof.")
    assert not about_the_text("Deze handreiking raadt een gesprek aan binnen een week.")
    library = Library(gids=[FILLER, text("Dit hoofdstuk gaat over verlof."), text("Verlof vraagt u schriftelijk aan.")])
    assert library.texts(Asks.OTHER, "Hoe zit het met verlof?", erlof=1.0)[0] == "Verlof vraagt u schriftelijk aan."


def test_the_form_of_a_value_is_seen() -> None:
    assert has_form(Asks.PERIOD, "Dat duurt zes tot acht weken.")
    assert not has_form(Asks.PERIOD, "Er komen acht mensen.")
    assert has_form(Asks.AGE, "Leerlingen vanaf 12 jaar tekenen mee.")
    assert has_form(Asks.MONEY, "De kosten zijn € 45.")
    assert has_form(Asks.TIME, "De school meldt dat vóór 1 oktober.")
    assert has_form(Asks.FREQUENCY, "De groep komt twee keer per jaar bijeen.")
    assert has_form(Asks.LIST, "Aan tafel zitten de mentor, de ouders en de leerling.")


def test_the_sides_of_a_comparison_are_told_apart() -> None:
    sides = two_sides("Wat is het verschil tussen een MDO en een casusoverleg?")
    assert sides is not None
    assert "mdo" in sides[0]
    assert "casusoverleg" in sides[1]
    assert two_sides("verzuim") is None


WORD = st.sampled_from(["school", "ouder", "Die", "niet", "meldt", "16", "weken", "mag", *string.ascii_lowercase])
SENTENCE = st.lists(WORD, min_size=4, max_size=30).map(lambda words: " ".join(words).capitalize() + ".")
BLOCK = st.one_of(
    st.builds(text, st.lists(SENTENCE, min_size=1, max_size=5).map(" ".join)),
    st.builds(lambda words: text(words[:-1] + ":"), SENTENCE),
    st.builds(Block, st.sampled_from([ITEM, ROW]), SENTENCE),
    st.builds(lambda words: Block(HEADING, words, 1), SENTENCE),
)


@settings(max_examples=60)
@given(st.lists(BLOCK, min_size=1, max_size=14), st.sampled_from(list(Asks)), st.randoms(use_true_random=False))
def test_quotes_are_slices_that_do_not_overlap_and_stay_within_bounds(
    blocks: list[Block], asks: Asks, random: Random
) -> None:
    library = Library(a=[FILLER, *blocks], b=blocks[::-1])
    candidates = [
        Candidate(hit, index, random.random())
        for hit in library.hits
        for index in range(len(hit.passage.units))
        if can_answer(hit.passage, index)
    ]
    candidates.sort(key=lambda one: -one.score)
    question = Found("Is de school net zo streng als de ouder?", np.zeros(1, np.float32), ())
    quotes = compose(library.release, question, candidates, asks)
    assert bool(quotes) == bool(candidates)
    assert len(quotes) <= MAX_STATEMENTS
    for quote in quotes:
        assert quote.hit.passage.text[quote.start : quote.end] == quote.text == quote.text.strip() != ""
        assert library.passages[quote.hit.place] is quote.hit.passage
    spans = sorted((quote.hit.place, quote.start, quote.end) for quote in quotes)
    assert all(one[0] != other[0] or one[2] <= other[1] for one, other in pairwise(spans))
    words = sum(quote.words for quote in quotes)
    assert words <= MAX_LIST_WORDS or len(quotes) == 1
    assert words <= ENOUGH_WORDS or asks is Asks.LIST or len(quotes) == 1 or any("\n" in quote.text for quote in quotes)
