"""The product's promise, measured on the shipped corpus: right sources, the fact in the answer, honest refusals.

`vragen_toets.yaml` is the acceptance set. `vragen_gewoon.yaml` (ordinary) and `vragen_moeilijk.yaml` (low word
overlap) guard against regression with floors a little under what was measured.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.answers import Answer, AnswerStatus
from bot.service import ask
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore

Question = dict[str, Any]


@cache
def questions(name: str) -> list[Question]:
    content: list[Question] = yaml.safe_load((Path(__file__).parent / f"vragen_{name}.yaml").read_text("utf-8"))
    return content


def plain(text: str) -> str:
    """Letters and digits only: typesetting changes hyphens and spaces."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def cites_evidence(answer: Answer, question: Question, files: dict[str, str]) -> bool:
    return any(
        source.document_id == files[evidence["document"]] and plain(evidence["citaat"]) in plain(source.text)
        for source in answer.sources
        for evidence in question["bewijs"]
    )


def holds_facts(answer: Answer, question: Question) -> bool:
    return all(any(plain(variant) in plain(answer.text) for variant in fact) for fact in question["feiten"])


@pytest.mark.parametrize(
    ("name", "least_cited", "least_facts"),
    [("toets", 28, 24), ("gewoon", 38, 34), ("moeilijk", 14, 11)],
)
def test_right_passage_is_cited_and_the_fact_is_in_the_answer(
    knowledge: LiveKnowledge, name: str, least_cited: int, least_facts: int
) -> None:
    files = {document.file: document.id for document in knowledge.retriever().release.documents.values()}
    asked = [question for question in questions(name) if "bewijs" in question]
    answers = [(question, ask(knowledge, question["vraag"])) for question in asked]
    not_cited = [question["vraag"] for question, answer in answers if not cites_evidence(answer, question, files)]
    without_fact = [question["vraag"] for question, answer in answers if not holds_facts(answer, question)]
    assert len(asked) - len(not_cited) >= least_cited, not_cited
    assert len(asked) - len(without_fact) >= least_facts, without_fact


@pytest.mark.parametrize("name", ["toets", "moeilijk"])
def test_every_off_topic_question_is_refused_without_sources(knowledge: LiveKnowledge, name: str) -> None:
    for question in questions(name):
        if question["soort"] == "off-topic":
            answer = ask(knowledge, question["vraag"])
            assert answer.status is AnswerStatus.NOT_FOUND, question["vraag"]
            assert not answer.statements
            assert not answer.sources
            assert "[1]" not in answer.text


def test_every_statement_stands_verbatim_at_its_marks(knowledge: LiveKnowledge) -> None:
    for question in questions("toets"):
        answer = ask(knowledge, question["vraag"])
        sources = {source.number: source for source in answer.sources}
        assert sorted(sources) == list(range(1, len(sources) + 1))
        quoted = {(source.number, source.text[start:end]) for source in answer.sources for start, end in source.marks}
        assert quoted == {(number, said.text) for said in answer.statements for number in said.sources}
        assert 1 <= len(answer.statements) <= 4 or answer.status is AnswerStatus.NOT_FOUND


def test_a_question_heading_is_never_the_answer(knowledge: LiveKnowledge) -> None:
    for name in ("toets", "gewoon"):
        for question in questions(name):
            for statement in ask(knowledge, question["vraag"]).statements:
                assert not statement.text.rstrip().endswith("?"), statement.text


def test_what_a_word_means_is_refused_when_no_document_uses_it(knowledge: LiveKnowledge) -> None:
    assert ask(knowledge, "Wat is een familiegroepsplan?").status is AnswerStatus.NOT_FOUND


def test_a_statement_brings_the_sentence_that_limits_it(store: ReleaseStore, corpus: Path, encoder: Encoder) -> None:
    (corpus / "bewaren.md").write_text(
        "## Bewaren\n\nHet dossier van de jeugdhulp wordt twintig jaar bewaard. "
        "Die termijn geldt niet voor het leerlingdossier van de school.\n",
        encoding="utf-8",
    )
    ingest(store, corpus, encoder)
    answer = ask(LiveKnowledge(store, encoder), "Hoe lang wordt het dossier van de jeugdhulp bewaard?")
    assert "niet voor het leerlingdossier" in answer.statements[0].text


def test_what_somebody_wanted_to_know_is_not_an_answer(knowledge: LiveKnowledge) -> None:
    answer = ask(knowledge, "Mag een jeugdhulpverlener zonder toestemming in de klas observeren?")
    assert answer.statements
    assert "wilden weten of" not in answer.text
