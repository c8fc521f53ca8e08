"""When the reminder of where help is comes, and that it stays away from questions about procedures and figures."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.danger import reminder

QUESTIONS = Path(__file__).resolve().parents[2] / "eval"

DANGERS = """
Een leerling zegt dat hij zichzelf iets aan wil doen
Vader slaat haar nu
Ze durft niet naar huis omdat ze geslagen wordt
Er dreigt een steekpartij
Een meisje vertelt dat ze thuis wordt geslagen, wat moet ik doen?
Een jongen uit de brugklas laat los dat hij thuis wordt geslagen.
Een leerling wil niet meer leven. Wie bel ik?
Ze zegt dat ze dood wil.
Hij appt over zelfmoord, wat nu?
Mijn leerling heeft een mes bij zich in de klas
Een leerling dreigt met een mes
Vader dreigt moeder te vermoorden
Wat bel ik als een leerling nu meteen gevaar loopt?
Een kind is nu in gevaar, wat doe ik?
Het kind is thuis echt niet veilig. Wat nu?
Ze wordt misbruikt door haar stiefvader, wat moet ik doen?
Een meisje is vannacht verkracht
Een leerling is zojuist weggelopen en we kunnen hem niet vinden
Mijn dochter is vermist
Ze is van huis weggelopen en slaapt op straat
Een leerling heeft een afscheidsbrief geschreven
Mijn leerling heeft een overdosis genomen
Een jongen staat op het schoolplein met een wapen
Hij bedreigt een klasgenoot met een schroevendraaier
Ze wordt bedreigd door haar ex, en staat nu in mijn kamer
Moeder mishandelt haar zoontje
Een leerling vertelt dat zijn vader hem slaat
Mijn broer slaat mijn moeder, wat moet ik doen?
Ze snijdt zichzelf op het toilet
Een leerling is suïcidaal, wie kan ik bellen?
Hij heeft suïcidale gedachten
Een meisje overweegt zelfmoord
Een kind is bewusteloos in de gymzaal
Ze wil een einde aan haar leven maken
Hij wil van het dak springen
Ze is bang om naar huis te gaan
Een leerlinge wordt volgende week uitgehuwelijkt, ze heeft het mij verteld
Vader dreigt de kinderen te ontvoeren
Een leerling zit opgesloten en verkeert in levensgevaar
De leerling kreeg doodsbedreigingen van een klasgenoot
Zij zegt: ik was liever dood
Hij wordt nu op het plein in elkaar geslagen
EEN LEERLING WIL ZICHZELF IETS AANDOEN
wat moet ik doen, ze wil zelfmoord plegen
Er is een vechtpartij bij school en iemand heeft een mes
""".strip().splitlines()

NO_DANGERS = """
Wanneer meld ik bij Veilig Thuis?
Wat doet de meldcode?
gevaarlijk
Wat staat er in het protocol voor suïcide?
acute opvang
Wat is het nummer van Veilig Thuis?
Hoeveel kinderen worden mishandeld in Nederland?
Hoeveel jongeren denken aan zelfmoord?
Is slaan strafbaar?
Mag een leraar een leerling slaan?
Wat is kindermishandeling?
Welke stappen kent de meldcode huiselijk geweld?
Wie doet de kindcheck?
Wat is suïcidepreventie?
Wat betekent acuut gevaar in de meldcode?
Bij wie meld ik een vermoeden van mishandeling?
Een leerling dreigt thuis te komen zitten
Er dreigt schooluitval, wat kan het samenwerkingsverband doen?
De school dreigt met schorsing, mag dat?
Vader dreigt met een advocaat. Wat nu?
Een leerling dreigt blijven te zitten
Waar slaat artikel 1:247 BW op?
Waar slaat het cijfer op?
Slaat de Jeugdwet ook op kinderen van 18?
Een leerling slaat een klas over
Mag hij een groep overslaan?
Wie sluit het overleg af?
Wat doen we als een leerling vaak spijbelt?
Wat is een veilig schoolklimaat?
Hoe maken we de school veilig?
Wat is sociale veiligheid op school?
De leerling voelt zich niet gehoord
Ouders zijn bang voor een melding bij Veilig Thuis
Een kind durft niet naar school
Een leerling durft de klas niet meer in
Ze is bang voor toetsen
Hij wil niet meer naar school
Ze wil niet meer praten met de mentor
Hoe praat ik met een leerling over de dood van zijn opa?
Zijn moeder is dood, hoe gaan wij om met rouw?
Een leerling is overleden, wat doet de school?
Wat is een crisisinterventie?
Wie hoort er in het crisisteam?
Wat doet de crisisdienst van de ggz?
Wie belt de politie bij een misdrijf op school?
Wat is het verschil tussen 112 en de crisisdienst?
Mag de school kluisjes controleren op wapens?
Wat zegt het pestprotocol?
Een leerling wordt gepest, wat kan ik doen?
Hij wordt uitgescholden op school
Wordt verzuim gemeld als een leerling ziek is?
Wat als ouders het gesprek weigeren?
Hoe melden we ongeoorloofd verzuim?
Hoe ga je om met agressie van ouders?
Wat is het protocol bij een steekpartij?
Wie wordt er bedreigd in zijn voortbestaan, de kleine scholen?
Wat is zelfbeschadiging?
Welke training is er over suïcidaal gedrag?
De financiering is in gevaar, wat nu?
De samenwerking loopt gevaar te stranden
Mijn privacy is in gevaar als dit dossier wordt gedeeld
Is het dossier veilig?
De gegevens zijn niet veilig opgeslagen
Een e-mail is niet veilig
Het bestand is verdwenen
Een leerling verdwijnt uit beeld, wie houdt contact?
Wat is een afscheidsgesprek?
Steekt de gemeente geld in preventie?
Wanneer mag de jeugdbeschermer ingrijpen?
Wie beslist over een uithuisplaatsing?
Ze zit al zes weken thuis
Wie trapt het project af?
Wat is weglopen en wie meldt dat?
Waar vind ik de folder over zelfmoord?
De moeder sluit zich af voor hulp
Mag ik gegevens delen als een kind wordt mishandeld?
Hij steekt zijn hand niet op in de klas
Ze slaat haar lessen over
De school sluit hem uit van de schoolreis
Hij trekt zich iets aan van de kritiek
Zijn opa was dood toen hij naar school ging
Het dossier is vermist
Een leerling is sinds september uit beeld verdwenen
Iemand misbruikt mijn gegevens
Waardoor komt een leerling in gevaar van uitval?
""".strip().splitlines()


@pytest.mark.parametrize("question", DANGERS)
def test_somebody_in_danger_brings_the_numbers_to_call(question: str) -> None:
    said = reminder(question)
    assert said is not None
    assert "112" in said
    assert "0800-2000" in said


@pytest.mark.parametrize("question", NO_DANGERS)
def test_a_question_about_procedures_laws_figures_or_school_brings_none(question: str) -> None:
    assert reminder(question) is None


@pytest.mark.parametrize(
    "question", ["Ze zegt dat ze dood wil.", "Een leerling zegt dat hij zichzelf iets aan wil doen"]
)
def test_thoughts_of_suicide_bring_the_number_of_113_too(question: str) -> None:
    assert "0800-0113" in (reminder(question) or "")
    assert "0800-0113" not in (reminder("Vader slaat haar nu") or "")


def _asked(folder: str) -> list[str]:
    """Every question of the question sets in ``folder``."""
    texts: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "vraag":
                    texts.append(value)
                else:
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    for file in sorted((QUESTIONS / folder).glob("*.yaml")):
        walk(yaml.safe_load(file.read_text("utf-8")))
    return texts


def test_in_the_question_sets_only_the_two_that_tell_of_danger_bring_it() -> None:
    asked = _asked("questions") + _asked("questions-seeds")
    assert len(asked) > 450
    assert [question[:60] for question in asked if reminder(question)] == [
        "Heel wat anders: wat bel ik als een leerling nu meteen gevaa",
        "Een jongen uit de brugklas blijft na de les hangen en laat l",
    ]


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    assert reminder(text) is None or "112" in str(reminder(text))
