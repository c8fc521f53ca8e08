"""Follow-up questions, made to stand on their own."""

from __future__ import annotations

import pytest

from bot.answers import Turn
from bot.followup import standalone

FIRST = "Wat is een multidisciplinair overleg?"


def conversation(*questions: str) -> list[Turn]:
    return [
        turn
        for question in questions
        for turn in (Turn(role="gebruiker", text=question), Turn(role="assistent", text="Een overleg op school. [1]"))
    ]


@pytest.mark.parametrize(
    "question",
    [
        "En wie is daarbij?",
        "Hoe vaak is dat?",
        "Wie zit het voor en hoe lang duurt dit?",
        "Waarom?",
        "En wie dan?",
        "Geldt dat ook voor het mbo?",
        "Wie organiseert hem?",
        "Wat moeten zij doen?",
    ],
)
def test_a_question_that_leans_back_is_searched_with_the_one_before(question: str) -> None:
    assert standalone(question, conversation(FIRST)) == f"{FIRST} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Hoe lang bewaart de school gegevens?",
        "Wie is de leerplichtambtenaar?",
        "Mag de school het verzuim van een leerling melden die zijn ouders niet wil vertellen waar de leerling verblijft?",
        "Welke documenten heeft de gemeente Zaanstad nodig?",
        "Hoe weet ik dat de leerling verzuimt?",
    ],
)
def test_a_question_on_something_else_does_not_drag_the_old_subject_along(question: str) -> None:
    assert standalone(question, conversation(FIRST)) == question


def test_a_row_of_follow_ups_goes_back_to_the_question_they_started_from() -> None:
    asked = [FIRST, "En wie is daarbij?"]
    assert standalone("Hoe vaak is dat?", conversation(*asked)) == " ".join([*asked, "Hoe vaak is dat?"])


def test_a_new_subject_ends_what_came_before_it() -> None:
    asked = [FIRST, "Hoe meldt de school verzuim?"]
    assert standalone("En binnen welke termijn?", conversation(*asked)) == f"{asked[1]} En binnen welke termijn?"


def test_a_long_conversation_does_not_make_an_endless_question() -> None:
    asked = [f"En hoe {number} dan?" for number in range(30)]
    assert standalone("En dat?", conversation(*asked)) == " ".join([*asked[-3:], "En dat?"])


def test_without_a_conversation_a_question_stays_as_it_is() -> None:
    assert standalone("En wie is daarbij?", []) == "En wie is daarbij?"
    only_answers = [Turn(role="assistent", text=FIRST)]
    assert standalone("En wie is daarbij?", only_answers) == "En wie is daarbij?"
