"""Small talk: answered kindly, kept out of a search, and never taken for a question."""

from __future__ import annotations

import pytest

from bot.small_talk import small_talk, without_courtesies
from eval.questions import SHIPPED, load_questions


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Hallo!", "Dag!"),
        ("Goedemorgen allemaal", "Dag!"),
        ("Goede middag,", "Dag!"),
        ("Bedankt voor de uitleg!", "Graag gedaan!"),
        ("Ok dank je wel", "Graag gedaan!"),
        ("Hartelijk dank.", "Graag gedaan!"),
        ("Prima, bedankt voor je hulp. Fijn weekend!", "Graag gedaan en tot ziens!"),
        ("Doei", "Graag gedaan en tot ziens!"),
        ("Top, duidelijk", "Goed."),
        ("oké 👍", "Goed."),
        ("Sorry!", "Geen probleem!"),
        ("Hoi, wie ben je?", "Ik ben Handwijzer"),
        ("Wat kun je allemaal?", "U kunt mij vragen stellen"),
        ("Hoe gaat het met je?", "Met mij gaat het goed"),
    ],
)
def test_small_talk_gets_a_reply_that_fits(said: str, reply: str) -> None:
    assert (small_talk(said) or "").startswith(reply)


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Bedankt! En wie doet dat?", "En wie doet dat?"),
        ("hoi wat is een mdo", "wat is een mdo"),
        ("Goedemiddag! Ik heb een vraag over verzuim", "Ik heb een vraag over verzuim"),
        ("Helder. En in het vo?", "En in het vo?"),
        ("Sorry, ik bedoel het mbo", "ik bedoel het mbo"),
        ("Wat is een MDO? Alvast bedankt!", "Wat is een MDO?"),
    ],
)
def test_what_is_asked_beside_a_courtesy_is_searched_without_it(said: str, question: str) -> None:
    assert small_talk(said) is None
    assert without_courtesies(said) == question


@pytest.mark.parametrize(
    "question",
    [
        "Wat kun je doen bij verzuim?",
        "Wie ben je als procesregisseur?",
        "Dag van de leerplicht",
        "Top 10 van onveilige wegen",
        "Goed onderwijs, wat is dat?",
        "Help, een kind is in gevaar",
        "Hoe werkt deze regeling?",
        "?",
        " ".join(["super"] * 400),
    ],
)
def test_a_question_that_begins_like_small_talk_stays_a_question(question: str) -> None:
    assert small_talk(question) is None
    assert without_courtesies(question) == question


def test_no_question_of_the_shipped_set_is_taken_for_small_talk() -> None:
    asked = [question.vraag for _, question in load_questions(SHIPPED).asked()]
    assert [question for question in asked if small_talk(question)] == []


def test_a_courtesy_alone_is_not_cut_to_nothing() -> None:
    assert without_courtesies("Dank je wel!") == "Dank je wel!"
