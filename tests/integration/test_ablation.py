"""Leaving out one part at a time: what can be left out, and how the outcome is compared question by question."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval.ablation import COMPARED, WHOLE, WITHOUT, ablate, effects, turned
from eval.figures import FEW_WORDS, MORE_WORDS, aggregate
from eval.questions import QuestionSet, load_questions
from eval.runs import Run, measure
from eval.tables import flat, print_ablation, print_run
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.reader import Reader
from kb.releases import ReleaseStore
from kb.retrieval import Retriever

QUESTIONS = """
vragen:
  - id: woordelijk
    vraag: "Meldt de mentor ongeoorloofd verzuim?"
    type: mag
    split: dev
    feiten: [["mentor"]]
    bewijs: [{document: verzuim.md, citaat: De mentor meldt ongeoorloofd verzuim op de eerste dag}]
  - id: anders
    vraag: "Hoe snel moet ik de vader en moeder aan tafel hebben?"
    type: wanneer
    split: test
    feiten: [["vijf schooldagen"]]
    bewijs: [{document: verzuim.md, citaat: nodigt ouders binnen vijf schooldagen uit voor een gesprek}]
  - {id: nergens, vraag: "Hoe laat sluit het zwembad?", type: ander-onderwerp, split: test}
"""
HINT = "---\ntitel: Verzuim melden\nvragen:\n  - Wanneer komen vader en moeder praten?\n"
OPTIONAL = {name for name, parts in WITHOUT.items() if not (parts.legs.reader and parts.legs.hints)}


@pytest.fixture
def questions(tmp_path: Path) -> QuestionSet:
    path = tmp_path / "vragen.yaml"
    path.write_text(QUESTIONS, encoding="utf-8")
    return load_questions(path)


@pytest.fixture
def run(store: ReleaseStore, corpus: Path, encoder: Encoder, questions: QuestionSet) -> Run:
    ingest(store, corpus, encoder)
    return measure(Retriever(store.open(), encoder), questions)


def changed(run: Run, key: str, **scores: float) -> Run:
    """Return a run in which one question scores otherwise."""
    rows = [replace(row, scores=row.scores | scores) if row.id == key else row for row in run.rows]
    return replace(run, rows=rows, figures=aggregate(rows))


def printed(show: Callable[..., None], *arguments: Any) -> str:
    text = io.StringIO()
    show(*arguments, Console(file=text, width=260))
    return text.getvalue()


def test_what_is_not_there_is_not_left_out(
    store: ReleaseStore, corpus: Path, encoder: Encoder, reader: Reader, questions: QuestionSet
) -> None:
    ingest(store, corpus, encoder)
    bare = ablate(Retriever(store.open(), encoder), questions)
    assert bare.keys() == {WHOLE, *WITHOUT} - OPTIONAL
    assert {run.setting["reader"] for run in bare.values()} == {None}
    verzuim = corpus / "verzuim.md"
    verzuim.write_text(verzuim.read_text("utf-8").replace("---\ntitel: Verzuim melden\n", HINT, 1), encoding="utf-8")
    ingest(store, corpus, encoder)
    hinted = ablate(Retriever(store.open(), encoder), questions)
    assert hinted.keys() == {*bare, "zonder opgegeven vragen"}
    both = ablate(Retriever(store.open(), encoder, reader), questions)
    assert both.keys() == {WHOLE, *WITHOUT}
    read = {name for name, run in both.items() if run.setting["reader"] == reader.name}
    assert {WHOLE, *WITHOUT} - read == {
        "zonder lezer", "zonder lezer en opgegeven vragen", "zonder woord voor woord (MaxSim)",
    }  # fmt: skip
    assert {name for name, run in both.items() if not run.setting["hints"]} == {
        "zonder opgegeven vragen", "zonder lezer en opgegeven vragen",
    }  # fmt: skip


def test_questions_are_compared_one_by_one_for_all_per_split_and_per_group(run: Run) -> None:
    whole = changed(changed(run, "woordelijk", hit_at_1=1.0), "anders", hit_at_1=0.0)
    other = changed(changed(run, "woordelijk", hit_at_1=0.0), "anders", hit_at_1=1.0)
    found = effects(whole, other)
    assert found.keys() == {"all", "dev", "test"}
    assert found["all"].keys() == {"all", "mag", "wanneer", "ander-onderwerp", FEW_WORDS, MORE_WORDS}
    assert found["test"].keys() == {"all", "wanneer", "ander-onderwerp", FEW_WORDS}
    for view, group, before, after in (("dev", "mag", 1, 0), ("test", "wanneer", 0, 1), ("all", MORE_WORDS, 1, 0)):
        effect = found[view][group]["hit_at_1"]
        assert (effect.figure.value, effect.difference.value, effect.difference.n) == (after, after - before, 1)
    # What one wins the other loses: no difference on the whole, and yet not the same.
    both = found["all"]["all"]["hit_at_1"]
    assert (both.difference.value, both.difference.low, both.difference.high) == (0, -1, 1)
    assert both.turned
    assert not found["all"]["all"]["success"].turned
    assert not turned(found["test"]["ander-onderwerp"])
    assert "follow_up_success" in COMPARED
    assert not any(turned(group) for groups in effects(whole, whole).values() for group in groups.values())


def test_an_ablation_says_as_text_and_json_where_a_part_makes_a_difference(run: Run) -> None:
    other = changed(run, "anders", refusal_recall=0.0, success=1 - (run.rows[1].scores["success"] or 0))
    ablation = {WHOLE: run, "zonder lezer": other}
    text = printed(print_ablation, ablation)
    views = [line for line in text.splitlines() if line.startswith("┃")]
    assert [line.split("┃")[1].strip() for line in views] == [
        "alle vragen", "alle vragen, per groep", "dev", "test", "test, per groep",
    ]  # fmt: skip
    assert "gelijk" in text
    groups = [line.split("│")[1].strip() for line in text.splitlines() if "│ zonder lezer │" in line]
    assert [group for group in groups if group not in ("", "zonder lezer")] == ["wanneer", FEW_WORDS] * 2
    effect = flat(run, (), ablation)["ablation"]["zonder lezer"]["effects"]
    assert effect["dev"] == {}
    assert effect["test"].keys() == {"all", "wanneer", FEW_WORDS}
    assert abs(effect["test"]["wanneer"]["success"]["difference"]["value"]) == 1
    assert printed(print_ablation, {}) == ""


def test_questions_in_other_words_than_the_evidence_have_figures_of_their_own(run: Run) -> None:
    groups = run.figures["shared_words"]
    assert {name: figures["hit_at_1"].n for name, figures in groups.items()} == {FEW_WORDS: 1, MORE_WORDS: 1}
    assert {"hit_at_1", "evidence_cited", "exact_evidence_rate", "answer_rate"} <= groups[FEW_WORDS].keys()
    assert "woorden uit het bewijs" in printed(print_run, run)
    assert flat(run)["shared_words"].keys() == {FEW_WORDS, MORE_WORDS}
