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
        ("Hoeveel uur ongeoorloofd verzuim moet de school melden?", Asks.PERIOD),
        ("Hoe lang mag een school gegevens bewaren?", Asks.PERIOD),
        ("Hoe vaak komt het netwerk bijeen?", Asks.FREQUENCY),
        ("Wanneer meldt de school een leerling?", Asks.TIME),
        ("Binnen welke termijn volgt een gesprek?", Asks.PERIOD),
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
        ("Hoeveel scholen doen mee?", Asks.NUMBER),
        ("Hoe oud moet een leerling zijn om zelf te tekenen?", Asks.AGE),
        ("Welk budget kreeg de gemeente?", Asks.MONEY),
        ("Vanaf welk moment is school verplicht voor een kleuter?", Asks.TIME),
        ("Wanneer noemen we een leerling een thuiszitter?", Asks.DEFINITION),
        ("Ze vragen mij om een logline, wat houdt zo'n ding in?", Asks.DEFINITION),
        ("De gemeente wil een escalatietafel. Wat voor bijeenkomst is dat?", Asks.DEFINITION),
        ("Wie is de voorzitter van het MDO?", Asks.PERSON),
        ("Welke organisatie kreeg het geld?", Asks.PERSON),
        ("Waar moet ik het verslag opbergen als het is goedgekeurd?", Asks.OTHER),
        ("In welke plaats staat de boerderij?", Asks.OTHER),
        ("Hoe zoek ik uit wie het gezag heeft?", Asks.PROCEDURE),
        ("Die ouders willen niet tekenen, wat kan ik dan zelf doen?", Asks.PROCEDURE),
        ("Wie moet ik allemaal uitnodigen?", Asks.LIST),
        ("Wanneer mag een leerling wegblijven? Graag alle redenen op een rij.", Asks.LIST),
        ("Mag ik dat allemaal met alle leerlingen delen?", Asks.PERMISSION),
        ("Wat is het verschil tussen een MDO en een casusoverleg?", Asks.COMPARISON),
        ("Komt de netwerkgroep net zo vaak bijeen als de leeromgeving?", Asks.COMPARISON),
        ("Wie helpt het team, en hoe lang duurt dat?", Asks.COMPARISON),
        ("Ik wil weten of ik gegevens mag delen", Asks.PERMISSION),
        ("Kun je uitleggen wat een MDO is", Asks.DEFINITION),
        ("kunt u mij vertellen hoe lang een dossier bewaard wordt?", Asks.PERIOD),
        ("weet jij wanneer de school moet melden", Asks.TIME),
        ("Kan de therapeut dan vertellen wat er speelt?", Asks.PERMISSION),
        ("kan een leeling eigelijk onder de wlz valen", Asks.PERMISSION),
        ("wannneer moet school melden", Asks.TIME),
        ("ouders gescheiden vader tekent nt mag het overleg dan doorgaan", Asks.PERMISSION),
        ("Hoeveel tijd moet ik vrijmaken? Is daar een richtgetal voor?", Asks.PERIOD),
        ("Hoe zit dat? Ik zoek de termijn. Wanneer moet het gemeld zijn? Alvast dank.", Asks.TIME),
    ],
)
def test_the_form_of_the_answer_is_read_from_the_question(question: str, asks: Asks) -> None:
    assert what_it_asks(question) is asks
