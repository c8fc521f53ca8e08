"""The reader measured in the product: what is counted, and that leaving it out is measured as a product without it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.service import examine
from eval.reader.candidates import released
from eval.reader.data import Passage, PassageKind, QuestionKind, ReaderQuestion, Split
from eval.reader.outcomes import Outcome, plain, table
from eval.reader.product import METRICS, ask_all, measured
from kb.encoder import Encoder
from kb.reader import Reader
from kb.retrieval import Retriever

TEXTS = {
    "verzuim": (
        "De school houdt elke dag bij wie er is.",
        "Blijft een leerling weg zonder bericht, dan belt de mentor voor tien uur naar huis.",
        "Ouders melden ziekte voor acht uur.",
    ),
    "datalek": (
        "Een datalek is een inbreuk op de beveiliging.",
        "De school meldt een datalek binnen 72 uur bij de toezichthouder.",
    ),
    "vervoer": ("De gemeente betaalt leerlingenvervoer vanaf zes kilometer.", "Ouders vragen het aan voor 1 juni."),
}
PASSAGES = {
    key: Passage(key, "toets", PassageKind.GUIDANCE, key.capitalize(), sentences, "", Split.TEST)
    for key, sentences in TEXTS.items()
}


def asked(key: str, text: str, *sentences: int) -> ReaderQuestion:
    kind = QuestionKind.NATURAL if sentences else QuestionKind.NEAR_MISS
    return ReaderQuestion(PASSAGES[key], "toets", text, kind, sentences)


QUESTIONS = [
    asked("verzuim", "Wie belt er naar huis als een leerling wegblijft zonder bericht?", 1),
    asked("datalek", "Binnen hoeveel uur meldt de school een datalek?", 1),
    asked("vervoer", "Tot wanneer kan ik een taxi regelen voor mijn zoon?", 1),
    asked("vervoer", "Hallo", 1),
    asked("datalek", "Welke kleur heeft de vlag van Portugal?"),
]


@pytest.fixture(scope="module")
def retriever(encoder: Encoder, reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with released([*PASSAGES.values()], encoder, tmp_path_factory.mktemp("lezer"), reader) as retriever:
        yield retriever


@pytest.fixture(scope="module")
def outcomes(retriever: Retriever) -> list[Outcome]:
    return ask_all(retriever, QUESTIONS)


def test_every_question_is_asked_with_the_reader_and_without(outcomes: list[Outcome]) -> None:
    assert [row.question for row in outcomes] == QUESTIONS
    for row in outcomes[:2]:
        assert set(row.scores["without"].items()) >= {("found", 1.0), ("passage_hit_at_1", 1.0)}
        assert row.scores["without"]["sentence_in_quotes"] == 1.0
        assert row.scores["reader"].keys() == row.scores["without"].keys()
    greeting, near_miss = outcomes[3:]
    assert not any(value for name, value in greeting.scores["reader"].items() if name != "answered")
    assert near_miss.scores == {"reader": {"near_miss_refused": 1.0}, "without": {"near_miss_refused": 1.0}}


def test_leaving_the_reader_out_gives_what_a_product_without_one_gives(
    retriever: Retriever, outcomes: list[Outcome]
) -> None:
    bare = Retriever(retriever.release, retriever.encoder)
    assert [row.sureness["without"] for row in outcomes] == [
        examine(bare, question.text).probability for question in QUESTIONS
    ]


def test_figures_stand_by_group_with_what_the_reader_adds(outcomes: list[Outcome]) -> None:
    found = measured(outcomes)
    assert set(found) == {
        "all", "few shared words", "question: natural", "source: own files", "passage: handreiking",
    }  # fmt: skip
    for by_method in found.values():
        assert list(by_method) == ["reader", "without", "reader − without"]
    whole = found["all"]
    assert set(whole["reader"]) == set(METRICS)
    assert (whole["reader"]["passage_hit_at_1"].n, whole["reader"]["near_miss_refused"].n) == (4, 1)
    added = whole["reader"]["passage_hit_at_1"].value - whole["without"]["passage_hit_at_1"].value
    assert whole["reader − without"]["passage_hit_at_1"].value == pytest.approx(added, abs=1e-4)
    # Of these questions the one in other words, and the greeting.
    assert found["few shared words"]["reader"]["passage_hit_at_1"].n == 2
    lines = table(found, METRICS).splitlines()
    assert len(lines) == 2 + 3 * len(found)
    assert len({line.count("|") for line in lines}) == 1
    assert plain(found)["all"]["without"]["found"]["n"] == 4


def test_refusing_is_also_compared_where_both_wrongly_refuse_as_many() -> None:
    answerable = [
        Outcome(QUESTIONS[0], {"reader": {}, "without": {}}, {"reader": place / 100, "without": 0.5 + place / 100})
        for place in range(50)
    ]
    near_misses = [
        Outcome(QUESTIONS[4], {"reader": {}, "without": {}}, {"reader": place / 100, "without": 0.9 + place / 100})
        for place in range(6)
    ]
    whole = measured([*answerable, *near_misses])["all"]
    # Three of fifty lie below the fourth: 6%, as near to 8% as can be without passing it.
    assert whole["reader"]["near_miss_refused_at_8"].value == 0.5
    assert whole["without"]["near_miss_refused_at_8"].value == 0.0
    assert whole["reader − without"]["near_miss_refused_at_8"].value == 0.5
    assert whole["reader"]["near_miss_auc"].value > 0.5 > whole["without"]["near_miss_auc"].value
