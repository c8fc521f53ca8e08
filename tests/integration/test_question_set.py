"""The shipped question sets: large enough, fair, and true to the documents."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from conftest import SHARED

from eval.question_check import check
from eval.questions import SHIPPED, QuestionType, Split, load_questions
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import Release, ReleaseStore

SEED_QUESTIONS = SHIPPED.parent / "questions-seeds"


def texts(release: Release) -> dict[str, str]:
    return {document.file: release.text_of(document.id) for document in release.documents.values()}


def test_every_question_is_fair_and_every_quote_stands_in_the_corpus(knowledge: LiveKnowledge) -> None:
    outcome = check(load_questions(SHIPPED), texts(knowledge.retriever().release))
    assert outcome.faults == []
    assert outcome.spread["max"] <= 0.5


def test_the_set_covers_every_type_and_is_split_in_half() -> None:
    questions = load_questions(SHIPPED)
    kinds = Counter(question.type for question in questions.questions)
    assert set(kinds) == set(QuestionType)
    assert len(questions.questions) >= 260
    assert kinds[QuestionType.NEAR_MISS] >= 40
    assert kinds[QuestionType.OFF_TOPIC] >= 20
    assert len(questions.conversations) >= 30
    assert sum(question.split is Split.DEV for question in questions.questions) * 2 == len(questions.questions)


def test_no_question_names_a_private_person_or_gives_a_number_or_address() -> None:
    for folder in (SHIPPED, SEED_QUESTIONS):
        for file in folder.glob("*.yaml"):
            content = file.read_text("utf-8")
            assert not re.search(r"\S@\S+\.\w|\b0\d[\d -]{8,}\b|\b(?:dhr|mevr)\b\.?", content), file


def test_the_seed_questions_are_fair(encoder: Encoder, tmp_path: Path) -> None:
    if not (SHARED / "seeds").is_dir():
        pytest.skip("../shared/seeds is er niet")
    store = ReleaseStore(tmp_path)
    ingest(store, SHARED / "seeds", encoder)
    questions = load_questions(SEED_QUESTIONS)
    assert len(questions.questions) >= 60
    assert check(questions, texts(store.open())).faults == []
