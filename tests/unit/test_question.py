"""What kind of answer a question asks for."""

from __future__ import annotations

import pytest

from bot.question import Asks, what_it_asks


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Wat is een MDO?", Asks.DEFINITION),
        ("Waar staat TLV voor?", Asks.DEFINITION),
        ("Wat betekent thuiszitter", Asks.DEFINITION),
        ("Wat wordt bedoeld met passend onderwijs?", Asks.DEFINITION),
        ("Hoeveel uur ongeoorloofd verzuim moet de school melden?", Asks.NUMBER),
        ("Hoe lang mag een school gegevens bewaren?", Asks.NUMBER),
        ("Hoe vaak komt het netwerk bijeen?", Asks.NUMBER),
        ("Wanneer meldt de school een leerling?", Asks.TIME),
        ("Binnen welke termijn volgt een gesprek?", Asks.TIME),
        ("Op welke datum was de studiemiddag?", Asks.TIME),
        ("Wie is de contactpersoon op school?", Asks.PERSON),
        ("Met wie deelt de school het dossier?", Asks.PERSON),
        ("Mag de school gegevens delen zonder toestemming?", Asks.PERMISSION),
        ("Is toestemming van ouders nodig?", Asks.PERMISSION),
        ("Moeten ouders bij het overleg zijn?", Asks.PERMISSION),
        ("Welke partijen nemen deel aan het overleg?", Asks.LIST),
        ("Wat zijn de taken van de zorgcoördinator?", Asks.LIST),
        ("Noem drie signalen van schoolverzuim", Asks.LIST),
        ("Hoe organiseer ik een overleg?", Asks.PROCEDURE),
        ("Wat moet de mentor doen bij verzuim?", Asks.PROCEDURE),
        ("Waarom is er een convenant?", Asks.OTHER),
        ("verzuim", Asks.OTHER),
        ("", Asks.OTHER),
        ("Een leerling is ziek. De ouders zijn boos. Wie belt de school dan?", Asks.PERSON),
        ("Hoe zit dat? Ik zoek de termijn. Wanneer moet het gemeld zijn? Alvast dank.", Asks.TIME),
    ],
)
def test_the_form_of_the_answer_is_read_from_the_question(question: str, asks: Asks) -> None:
    assert what_it_asks(question) is asks
