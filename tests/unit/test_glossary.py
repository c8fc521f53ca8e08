"""Abbreviations as the documents explain them."""

from __future__ import annotations

import pytest

from kb.documents import Passage
from kb.glossary import Glossary


def passage(text: str, *headings: str) -> Passage:
    return Passage("p", "d", 0, 0, len(text), text, headings, None, 0, 0, ())


def found_in(text: str, *headings: str) -> dict[str, str]:
    return Glossary.found_in([passage(text, *headings)]).entries


@pytest.mark.parametrize(
    ("text", "headings", "pair"),
    [
        ("Dan volgt een multidisciplinair overleg (MDO) op school.", (), ("MDO", "multidisciplinair overleg")),
        ("Bespreek het in het MDO (multidisciplinair overleg).", (), ("MDO", "multidisciplinair overleg")),
        ("Het overleg is op school.", ("Begrippen", "MDO: multidisciplinair overleg"), ("MDO", "multidisciplinair overleg")),
        ("Vraag een toelaatbaarheidsverklaring (TLV) aan.", (), ("TLV", "toelaatbaarheidsverklaring")),
        ("De jeugdgezondheidszorg (JGZ) komt langs.", (), ("JGZ", "jeugdgezondheidszorg")),
        ("Dit regelt de Algemene verordening gegevensbescherming (AVG).", (), ("AVG", "Algemene verordening gegevensbescherming")),
        ("Het centrum voor jeugd en gezin (CJG) helpt.", (), ("CJG", "centrum voor jeugd en gezin")),
        ("Het geldt in het voortgezet onderwijs (vo).", (), ("vo", "voortgezet onderwijs")),
        ("Dit valt onder de Wet langdurige zorg (Wlz).", (), ("Wlz", "Wet langdurige zorg")),
        ("Bel het Advies- en Meldpunt Huiselijk geweld en Kindermishandeling (AMHK).", (),
         ("AMHK", "Advies- en Meldpunt Huiselijk geweld en Kindermishandeling")),
        ("Een kind met een burgerservicenummer (BSN) is bekend.", (), ("BSN", "burgerservicenummer")),
    ],
)  # fmt: skip
def test_an_abbreviation_is_learned_where_a_document_introduces_it(
    text: str, headings: tuple[str, ...], pair: tuple[str, str]
) -> None:
    assert found_in(text, *headings) == dict([pair])


@pytest.mark.parametrize(
    "text",
    [
        "De school belt de ouders (zie bijlage) en de mentor schrijft.",
        "Dat deed het samenwerkingsverband in Amsterdam (PO) al eerder.",
        "De leerling blijft thuis (ja of nee) en de school meldt dat.",
        "De ouders tekenen (AVG) het formulier.",
        "Twee keer per jaar (mei en juni) komt de groep bijeen.",
        "Het multidisciplinair overleg (4 keer per jaar) is nuttig.",
        "De MDO (in mei) was druk.",
        "Het voortgezet (voor) onderwijs en de ernstige (en) zaken.",
    ],
)
def test_brackets_that_explain_nothing_teach_nothing(text: str) -> None:
    assert found_in(text) == {}


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("Wie zit er in een MDO?", ["multidisciplinair overleg"]),
        ("wie zit er in het mdo", ["multidisciplinair overleg"]),
        ("Wie zit er in een Multidisciplinair Overleg?", ["MDO"]),
        ("Is een multidisciplinair overleg (MDO) verplicht?", []),
        ("Wat is een mdoverslag?", []),
        ("Hoe meld ik verzuim?", []),
    ],
)
def test_a_question_gets_the_form_that_it_lacks(question: str, added: list[str]) -> None:
    assert Glossary({"MDO": "multidisciplinair overleg"}).expansions(question) == added


def test_where_documents_differ_the_usual_meaning_wins() -> None:
    often = passage("Het integraal kindcentrum (IKC) is open.")
    once = passage("Het intern kwaliteitscentrum (IKC) is dicht.")
    assert Glossary.found_in([once, often, often]).entries == {"IKC": "integraal kindcentrum"}
