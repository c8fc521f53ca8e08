"""Follow-up questions, made to stand on their own."""

from __future__ import annotations

import pytest

from bot.answers import Turn
from bot.followup import Standing, standalone, standing
from eval.questions import SHIPPED, load_questions
from kb.context import Context

FIRST = "Wat is een multidisciplinair overleg?"
ANSWER = "De mentor roept een overleg op school bijeen."


def conversation(*questions: str, answer: str = f"{ANSWER} [1]") -> list[Turn]:
    return [
        turn
        for question in questions
        for turn in (Turn(role="gebruiker", text=question), Turn(role="assistent", text=answer))
    ]


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (FIRST, "En wie is daarbij?"),
        (FIRST, "Hoe vaak is dat?"),
        (FIRST, "Wie zit het voor en hoe lang duurt dit?"),
        (FIRST, "Waarom?"),
        (FIRST, "en hoe lang?"),
        (FIRST, "wie doet dat dan?"),
        (FIRST, "Geef een voorbeeld"),
        (FIRST, "Noem drie voorbeelden."),
        (FIRST, "Kun je dat toelichten?"),
        (FIRST, "is dat verplicht?"),
        (FIRST, "en in het vo?"),
        (FIRST, "Wie nodigen we er allemaal voor uit?"),
        (FIRST, "Wat gebeurt er als ze er dan nog niet uitkomen?"),
        ("Wie geeft toestemming voor jeugdhulp?", "en bij kinderen onder de twaalf?"),
        ("Wie geeft toestemming voor jeugdhulp?", "En als de ouders gescheiden zijn?"),
        ("Wie geeft toestemming voor jeugdhulp?", "En bij een meisje van zeventien dat al op zichzelf woont, wie dan?"),
        ("Wat is kraamzorg?", "Wie vergoedt dat?"),
        ("Hoe werkt de huurtoeslag?", "Voor studenten?"),
        ("Wanneer moet ik mijn auto laten keuren?", "Wat gebeurt er als ik dat vergeet?"),
        ("Wat is een omgevingsvergunning?", "Heb ik die nodig voor een schuur?"),
        ("Wat is een omgevingsvergunning?", "Waar vraag ik hem aan?"),
        ("Mag een werkgever mij ontslaan als ik ziek ben?", "Geldt dat ook voor uitzendkrachten?"),
        ("Hoe dien ik een bezwaarschrift in?", "Binnen welke termijn?"),
        ("Welke vaccinaties krijgt een baby?", "Zijn ze verplicht?"),
        ("Welke vaccinaties krijgt een baby?", "Wat zijn de bijwerkingen daarvan?"),
        ("Hoe scheid ik plastic afval?", "Hoe vaak wordt het opgehaald?"),
        ("Wat is een mantelzorger?", "Krijgt zo iemand een vergoeding?"),
        ("Wat is een VOG?", "Hoe lang blijft hij geldig?"),
        ("Wie is verantwoordelijk voor brandveiligheid?", "Vertel daar eens wat meer over"),
    ],
)
def test_a_question_that_leans_back_is_searched_with_the_one_before(before: str, question: str) -> None:
    assert standing(question, conversation(before)) == Standing(question, Context(before, ANSWER))
    assert standalone(question, conversation(before)) == f"{before} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Hoe lang bewaart de school gegevens?",
        "Wie is de leerplichtambtenaar?",
        "Wat is een OTS?",
        "En wat is een OTS?",
        "leerplicht",
        "Mag de school het verzuim van een leerling melden die zijn ouders niet wil vertellen waar de leerling verblijft?",
        "Welke documenten heeft de gemeente Zaanstad nodig?",
        "Hoe weet ik dat de leerling verzuimt?",
        "Er belde iemand van de DJGB over een leerling. Wat voor club is dat?",
        "Wie is de baas over onze leerlingadministratie: de directeur of iemand boven hem?",
        "Welke niveaus zijn er voor het rekenexamen?",
        "Hoe zien de taalexamens eruit in het mbo?",
    ],
)
def test_a_question_on_something_else_does_not_drag_the_old_subject_along(question: str) -> None:
    assert standing(question, conversation(FIRST)) == Standing(question)


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Iets anders: mag dat ook bij een uitstapje?", "mag dat ook bij een uitstapje?"),
        ("Dank. Andere vraag, hoe meld ik verzuim?", "hoe meld ik verzuim?"),
        ("Laat maar. Hoe meld ik verzuim?", "Hoe meld ik verzuim?"),
        ("En dan nog wat: hoe meld ik verzuim?", "hoe meld ik verzuim?"),
        ("Nu iets heel anders. Hoe meld ik verzuim?", "Hoe meld ik verzuim?"),
        ("Ik heb nog een vraag: hoe meld ik verzuim?", "hoe meld ik verzuim?"),
    ],
)
def test_a_change_of_subject_that_is_announced_carries_nothing(said: str, question: str) -> None:
    assert standing(said, conversation(FIRST)) == Standing(question)


def test_a_row_of_follow_ups_goes_back_to_the_question_they_started_from() -> None:
    asked = [FIRST, "En wie is daarbij?"]
    assert standalone("Hoe vaak is dat?", conversation(*asked)) == " ".join([*asked, "Hoe vaak is dat?"])


@pytest.mark.parametrize("change", ["Hoe meldt de school verzuim?", "Iets anders: hoe meldt de school dat?"])
def test_a_new_subject_ends_what_came_before_it(change: str) -> None:
    found = standing("En binnen welke termijn?", conversation(FIRST, change))
    assert found.context is not None
    assert found.context.asked == change.removeprefix("Iets anders: ")


def test_thanks_in_between_do_not_end_the_subject() -> None:
    turns = [*conversation(FIRST), *conversation("Bedankt!", answer="Graag gedaan!")]
    assert standing("Bedankt! En wie doet dat?", turns) == Standing("En wie doet dat?", Context(FIRST, ANSWER))


def test_a_refusal_brings_no_subject_and_neither_does_an_answer_from_before_the_subject() -> None:
    turns = [*conversation(FIRST), *conversation("Hoe meldt de school verzuim?", answer="Dat staat er niet in.")]
    assert standing("En wanneer?", turns).context == Context("Hoe meldt de school verzuim?")


def test_a_long_conversation_does_not_make_an_endless_question() -> None:
    asked = [f"En hoe {number} dan?" for number in range(30)]
    assert standalone("En dat?", conversation(*asked)) == " ".join([*asked[-3:], "En dat?"])


def test_of_a_long_story_the_end_is_leant_on_in_whole_words() -> None:
    story = " ".join(f"woord{number}" for number in range(600)) + " hoe lang mag dat?"
    found = standing("En wie belt er dan?", conversation(story)).context
    assert found is not None
    assert f" {story}".endswith(f" {found.asked}")
    assert 1500 < len(found.asked) < 1800


def test_without_a_conversation_a_question_stays_as_it_is() -> None:
    assert standing("En wie is daarbij?", []) == Standing("En wie is daarbij?")
    only_answers = [Turn(role="assistent", text=f"{ANSWER} [1]")]
    assert standing("En wie is daarbij?", only_answers) == Standing("En wie is daarbij?")


def test_hardly_any_single_question_of_the_shipped_set_is_taken_for_a_follow_up() -> None:
    questions = load_questions(SHIPPED).questions
    dragged = [question.id for question in questions if standing(question.vraag, conversation(FIRST)).context]
    assert len(dragged) <= 0.04 * len(questions), dragged
