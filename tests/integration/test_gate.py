"""The gate on the shipped corpus: it passes as committed, fails when answering is crippled, and chance never fails it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.service import Parts
from eval import gate
from eval.questions import SHIPPED, QuestionSet, load_questions
from eval.runs import ask_all
from eval.scoring import Row
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.late import TokenWriter
from kb.live import LiveKnowledge
from kb.reader import Reader
from kb.releases import ReleaseStore, load_release, write_release
from kb.retrieval import Legs, Retriever


@pytest.fixture(scope="module")
def questions() -> QuestionSet:
    return load_questions(SHIPPED)


@pytest.fixture(scope="module")
def rows(knowledge: LiveKnowledge, questions: QuestionSet) -> list[Row]:
    return ask_all(knowledge.retriever(), questions)


@pytest.fixture(scope="module")
def few(questions: QuestionSet) -> QuestionSet:
    return replace(questions, questions=questions.questions[::8], conversations=questions.conversations[::8])


def failed(before: list[Row], after: list[Row]) -> set[str]:
    changes = gate.compare(gate.scores_of(before), gate.scores_of(after))
    return {change.metric for change in changes if change.failed}


def test_answers_are_no_worse_than_the_committed_baseline(
    knowledge: LiveKnowledge, reader: Reader, rows: list[Row], questions: QuestionSet
) -> None:
    baseline = gate.load_baseline()
    assert baseline.questions == questions.digest, "de vragenset is veranderd: handwijzer eval --save-baseline"
    if baseline.setting.get("reader"):
        rows = ask_all(Retriever(knowledge.retriever().release, knowledge.encoder, reader), questions)
    gate.require(gate.compare(baseline.scores, gate.scores_of(rows)))


def test_every_citation_holds_its_statement(rows: list[Row]) -> None:
    assert {row.scores.get("citation_precision", 1.0) for row in rows} == {1.0}


def test_ten_reruns_never_fail_it(knowledge: LiveKnowledge, few: QuestionSet) -> None:
    first = ask_all(knowledge.retriever(), few)
    for _ in range(10):
        assert not failed(first, ask_all(knowledge.retriever(), few))


def test_without_word_search_it_fails(knowledge: LiveKnowledge, questions: QuestionSet, rows: list[Row]) -> None:
    crippled = ask_all(knowledge.retriever(), questions, Parts(legs=Legs(lexical=False)))
    assert "hit_at_5" in failed(rows, crippled)


def test_with_a_threshold_that_refuses_too_much_or_nothing_it_fails(
    knowledge: LiveKnowledge, questions: QuestionSet, rows: list[Row]
) -> None:
    single = replace(questions, conversations=())
    assert "answer_rate" in failed(rows, ask_all(knowledge.retriever(), single, Parts(threshold=0.995)))
    assert "refusal_recall" in failed(rows, ask_all(knowledge.retriever(), single, Parts(threshold=0.0)))


def test_with_shuffled_vectors_it_fails_and_says_which_questions_turned(
    knowledge: LiveKnowledge, encoder: Encoder, questions: QuestionSet, rows: list[Row], tmp_path: Path
) -> None:
    release = knowledge.retriever().release
    order = np.random.default_rng(0).permutation(len(release.passages))
    folder = ReleaseStore(tmp_path).new_folder()
    with closing(TokenWriter(folder, len(order))) as tokens:
        for place in range(len(order)):
            known = release.tokens.of(place)
            tokens.add(place, replace(known, vectors=np.random.default_rng(place).permutation(known.vectors, axis=1)))
    write_release(
        folder, replace(release.manifest, id=folder.name), list(release.documents.values()), release.passages,
        {key: release.text_of(key) for key in release.documents}, np.asarray(release.passage_vectors)[order],
        np.asarray(release.unit_vectors), None,
    )  # fmt: skip
    single = replace(questions, conversations=())
    shuffled = ask_all(Retriever(load_release(folder), encoder), single)
    changes = gate.compare(gate.scores_of(rows), gate.scores_of(shuffled))
    with pytest.raises(gate.GateError) as error:
        gate.require(changes)
    turned = next(change for change in changes if change.metric == "hit_at_1").worse
    assert turned
    assert turned[0] in error.value.message


def test_another_question_set_is_not_compared(knowledge: LiveKnowledge, few: QuestionSet, tmp_path: Path) -> None:
    from eval.runs import measure

    run = measure(knowledge.retriever(), replace(few, questions=few.questions[:5], conversations=()))
    gate.save_baseline(run, tmp_path / "nul.json")
    baseline = gate.load_baseline(tmp_path / "nul.json")
    assert not [change for change in gate.check(run, baseline) if change.failed]
    with pytest.raises(UsageError, match="vragenset is veranderd"):
        gate.check(replace(run, questions="anders"), baseline)
    with pytest.raises(UsageError, match="save-baseline"):
        gate.load_baseline(tmp_path / "weg.json")
