"""``handwijzer eval`` as a maintainer types it, on a small corpus and a question set of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from bot.quality import load_quality
from eval.ablation import WHOLE, WITHOUT
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.releases import ReleaseStore

QUESTIONS = """
vragen:
  - id: eigen-1
    vraag: "Bij wie geeft de mentor een kind door dat spijbelt?"
    type: wie
    split: dev
    feiten: [["verzuimcoördinator"]]
    bewijs:
      - document: verzuim.md
        citaat: De mentor meldt ongeoorloofd verzuim op de eerste dag bij de verzuimcoördinator
  - id: eigen-2
    vraag: "Hoe snel moet ik de vader en moeder aan tafel hebben?"
    type: wanneer
    split: test
    feiten: [["vijf schooldagen", "5 schooldagen"]]
    bewijs:
      - document: verzuim.md
        citaat: De zorgcoördinator nodigt ouders binnen vijf schooldagen uit voor een gesprek
  - id: eigen-3
    vraag: "Hoe laat sluit de kantine van het zwembad op zondag?"
    type: ander-onderwerp
    split: test
gesprekken:
  - id: gesprek-1
    type: verwijzing
    split: test
    beurten:
      - vraag: "Wie geeft spijbelen door?"
        feiten: [["mentor"]]
        bewijs:
          - document: verzuim.md
            citaat: De mentor meldt ongeoorloofd verzuim op de eerste dag bij de verzuimcoördinator
      - vraag: "en op welke dag is dat?"
        feiten: [["eerste dag"]]
        bewijs:
          - document: verzuim.md
            citaat: De mentor meldt ongeoorloofd verzuim op de eerste dag bij de verzuimcoördinator
"""
Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "eigen.yaml"
    path.write_text(QUESTIONS, encoding="utf-8")
    return path


@pytest.fixture
def evaluate(store: ReleaseStore, corpus: Path, encoder: Encoder, model_dir: Path) -> Evaluate:
    ingest(store, corpus, encoder)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "HANDWIJZER_DATA_DIR": str(store.data_dir),
            "HANDWIJZER_CORPUS_DIR": str(corpus),
            "HANDWIJZER_MODEL_DIR": str(model_dir),
        }
        return subprocess.run(
            [sys.executable, "-m", "handwijzer", "eval", *words],
            cwd=ROOT, env=os.environ | environment, capture_output=True, encoding="utf-8", timeout=120,
        )  # fmt: skip

    return run


def test_own_questions_give_figures_a_report_and_a_comparison(
    evaluate: Evaluate, questions: Path, tmp_path: Path, store: ReleaseStore
) -> None:
    # In the words of the text, so that this small corpus answers it.
    wording = QUESTIONS.replace(
        "Bij wie geeft de mentor een kind door dat spijbelt?", "Bij wie meldt de mentor verzuim?"
    )
    questions.write_text(wording, encoding="utf-8")
    first = evaluate("--questions", str(questions), "--json", "--report", str(tmp_path / "rapport"))
    assert first.returncode == 0, first.stderr
    figures: dict[str, Any] = json.loads(first.stdout)
    for metric in ("hit_at_1", "hit_at_3", "hit_at_5", "mrr_at_10", "ndcg_at_10", "document_ndcg_at_10", "fact_recall",
                   "exact_evidence_rate", "citation_precision", "citation_recall", "answer_words", "refusal_recall",
                   "refusal_auc", "calibration_error", "follow_up_success", "latency_p50_ms", "latency_p95_ms"):  # fmt: skip
        assert isinstance(figures[metric], float), metric
        assert len(figures["intervals"][metric]) == 2
    assert set(figures["type"]) == {"wie", "wanneer", "ander-onderwerp"}
    assert set(figures["split"]) == {"dev", "test"}
    assert set(figures["soort"]) == {"handreiking"}
    assert Path(figures["file"]).is_file()
    assert "<html" in (tmp_path / "rapport" / "index.html").read_text("utf-8")
    again = evaluate("--questions", str(questions), "--compare", "laatste")
    assert again.returncode == 0, again.stderr
    assert figures["id"] in again.stdout
    assert "goed afgehandeld" in again.stdout
    assert len(list((store.data_dir / "eval").glob("e*.json"))) == 2
    kept = load_quality(store.data_dir)
    assert kept
    assert kept.run != figures["id"]
    assert [drawing.name for drawing in kept.drawings] == ["trend", "typen", "oorzaken"]


def test_a_folder_is_measured_beside_what_is_live(
    evaluate: Evaluate, questions: Path, corpus: Path, store: ReleaseStore, tmp_path: Path
) -> None:
    other = tmp_path / "ander"
    other.mkdir()
    (other / "verzuim.md").write_text((corpus / "verzuim.md").read_text("utf-8"), encoding="utf-8")
    live = store.live_id()
    outcome = evaluate("--questions", str(questions), "--corpus", str(other), "--json", "--ablate")
    assert outcome.returncode == 0, outcome.stderr
    figures = json.loads(outcome.stdout)
    assert figures["setting"]["documents"] == 1
    assert figures["setting"]["reader"] == "eigen"
    # No document here lists questions that it answers.
    assert {WHOLE, *WITHOUT} - figures["ablation"].keys() == {
        "zonder opgegeven vragen", "zonder lezer en opgegeven vragen",
    }  # fmt: skip
    assert figures["ablation"]["zonder lezer"]["effects"].keys() == {"all", "dev", "test"}
    assert store.live_id() == live
    assert load_quality(store.data_dir) is None  # the page tells of what is live


@pytest.mark.parametrize(("kind", "reader"), [("--beir", "eigen"), ("--squad", None)])
def test_a_public_set_is_measured_with_the_reader_of_the_settings(
    evaluate: Evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, reader: str | None
) -> None:
    text = "De jeugdarts nodigt een leerling uit die vaak ziek is."
    asked = "Wie nodigt een leerling uit die vaak ziek is?"
    answer = {"text": "jeugdarts", "answer_start": text.index("jeugdarts")}
    paragraph = {"context": text, "qas": [{"id": "q1", "question": asked, "answers": [answer]}]}
    (tmp_path / "set.json").write_text(json.dumps({"data": [{"title": "Arts", "paragraphs": [paragraph]}]}))
    for name, row in (("corpus", {"_id": "d", "title": "", "text": text}), ("queries", {"_id": "q", "text": asked})):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row))
    (tmp_path / "qrels.tsv").write_text("q\td\t1\n")
    if reader is None:
        monkeypatch.setenv("HANDWIJZER_READER", "")
    outcome = evaluate(kind, str(tmp_path / "set.json" if kind == "--squad" else tmp_path), "--json")
    assert outcome.returncode == 0, outcome.stderr
    figures = json.loads(outcome.stdout)
    assert (figures["hit_at_1"], figures["reader"]) == (1.0, reader)


def test_the_checker_passes_a_fair_set_and_names_an_unfair_question(evaluate: Evaluate, questions: Path) -> None:
    assert "hoogste" in evaluate("questions", str(questions)).stdout
    questions.write_text(QUESTIONS.replace("De mentor meldt", "De directeur meldt"), encoding="utf-8")
    outcome = evaluate("questions", str(questions))
    assert outcome.returncode == 1
    assert "eigen-1: dit citaat staat niet in verzuim.md" in outcome.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Deze vragen horen bij andere documenten"),
        (("--questions", "weg.yaml"), "weg.yaml bestaat niet"),
        (("--beir", "a", "--squad", "b"), "niet allebei"),
        (("--corpus", "weg"), "De map weg bestaat niet"),
        (("--release", "r1", "--corpus", "corpus"), "niet allebei"),
        (("--beir", "corpus"), "BEIR-indeling"),
    ],
)
def test_what_can_not_be_measured_is_said_in_dutch(evaluate: Evaluate, words: tuple[str, ...], said: str) -> None:
    outcome = evaluate(*words)
    assert outcome.returncode == 2, outcome.stderr
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_unknown_run_is_named_with_those_that_there_are(evaluate: Evaluate, questions: Path) -> None:
    outcome = evaluate("--questions", str(questions), "--compare", "e1")
    assert outcome.returncode == 1
    assert "De meting e1 bestaat niet" in outcome.stderr
