"""The commands as a maintainer types them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

import handwijzer as program
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.releases import ReleaseStore
from kb.settings import Settings

QUESTION = "Bij wie meldt de mentor verzuim?"


@dataclass(frozen=True)
class Outcome:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Handwijzer = Callable[..., Outcome]


@pytest.fixture
def handwijzer(store: ReleaseStore, corpus: Path, model_dir: Path) -> Handwijzer:
    """Runs ``handwijzer`` on a small corpus of its own."""

    def run(*words: str, **settings: str) -> Outcome:
        environment = {
            "HANDWIJZER_DATA_DIR": str(store.data_dir),
            "HANDWIJZER_CORPUS_DIR": str(corpus),
            "HANDWIJZER_MODEL_DIR": str(model_dir),
        }
        done = subprocess.run(
            [sys.executable, "-m", "handwijzer", *words],
            cwd=ROOT,
            env=os.environ | environment | settings,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def filled(store: ReleaseStore, corpus: Path, encoder: Encoder) -> str:
    """A release of the small corpus."""
    release = ingest(store, corpus, encoder).release
    assert release
    return release


def test_json_is_one_object_on_stdout_and_nothing_else(handwijzer: Handwijzer, store: ReleaseStore) -> None:
    first = handwijzer("ingest", "--json")
    assert first.code == 0, first.err
    assert set(first.json) >= {"release", "gepubliceerd", "duurS", "documenten"}
    release = first.json["release"]
    assert "Lezen" in first.err
    answer = handwijzer("ask", QUESTION, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["status"] == "beantwoord"
    assert answer.json["release"] == release
    assert {"antwoord", "bronnen", "zoekvraag", "duurMs"} <= set(answer.json)
    found = handwijzer("search", "netwerkgroep", "-n", "2", "--json").json
    assert found["totaal"] == 2
    assert "netwerkgroep" in found["resultaten"][0]["tekst"]
    assert handwijzer("status", "--json").json["release"] == release
    assert [(row["id"], row["live"]) for row in handwijzer("releases", "--json").json["resultaten"]] == [
        (release, True)
    ]
    assert store.live_id() == release


@pytest.mark.usefixtures("filled")
def test_an_answer_on_the_terminal_ends_with_its_numbered_sources(handwijzer: Handwijzer) -> None:
    shown = handwijzer("ask", QUESTION)
    assert shown.code == 0
    assert "De mentor meldt ongeoorloofd verzuim op de eerste dag bij de verzuimcoördinator. [1]" in shown.out
    assert "[1] Verzuim melden" in shown.out
    assert shown.err == ""
    nothing = handwijzer("ask", "Wat kost een kilo snijbloemen?")
    assert nothing.code == 0
    assert "[1]" not in nothing.out


@pytest.mark.usefixtures("filled")
def test_a_run_in_which_documents_failed_ends_in_three_and_names_them(handwijzer: Handwijzer, corpus: Path) -> None:
    (corpus / "kapot.pdf").write_bytes(b"%PDF-1.4 en verder niets")
    shown = handwijzer("ingest")
    assert shown.code == 3
    assert "kapot.pdf" in shown.out
    assert "beschadigd" in shown.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ask", QUESTION], 1, "handwijzer ingest"),
        (["status"], 1, "handwijzer ingest"),
        (["rollback"], 1, "geen oudere release"),
        (["rollback", "r2020"], 1, "handwijzer releases"),
        (["ask", "  "], 2, "De vraag is leeg"),
        (["ask", "x" * 3000], 2, "te lang"),
        (["ingest", "bestaat-niet.pdf"], 2, "bestaat-niet.pdf bestaat niet"),
        (["ask"], 2, "VRAAG"),
        (["vraag"], 2, "--help"),
        (["ask", QUESTION, "--jsn"], 2, "--jsn"),
        (["search", "verzuim", "-n", "0"], 2, "-n"),
        (["serve", "--port", "99999"], 2, "--port"),
        (["serve", "--host", "0.0.0.0", "--port", "8123"], 2, "HANDWIJZER_OPEN_ACCESS"),
        (["encoder", "wissen"], 2, "encoder prepare"),
        (["eval", "--beir", "bestaat-niet"], 2, "BEIR"),
    ],
)
def test_a_failure_is_one_dutch_line_with_its_exit_code(
    words: list[str], code: int, said: str, handwijzer: Handwijzer
) -> None:
    done = handwijzer(*words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err
    english = {"Usage", "Error", "Missing", "Invalid", "No such", "Got unexpected"}
    assert not [word for word in english if word in done.err]
    assert len(done.err.strip().splitlines()) == 1


def test_a_wrong_setting_is_refused_before_anything_is_done(handwijzer: Handwijzer, store: ReleaseStore) -> None:
    done = handwijzer("ingest", HANDWIJZER_CORPUSDIR="elders")
    assert done.code == 2
    assert "HANDWIJZER_CORPUSDIR" in done.err
    assert not store.data_dir.exists()


def test_serve_does_not_start_on_a_port_that_is_taken(handwijzer: Handwijzer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = handwijzer("serve", "--port", str(port))
    assert done.code == 2
    assert f"poort {port}" in done.err
    assert "andere poort" in done.err


def test_rollback_from_the_command_line_brings_the_old_answer_back(
    filled: str, handwijzer: Handwijzer, corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    (corpus / "verzuim.md").write_text("# Verzuim\n\nDe mentor meldt verzuim bij de conciërge.\n", encoding="utf-8")
    ingest(store, corpus, encoder)
    done = handwijzer("rollback")
    assert done.code == 0
    assert filled in done.out
    assert store.live_id() == filled


def test_help_is_dutch(handwijzer: Handwijzer) -> None:
    for words in ([], ["--help"], ["ingest", "--help"]):
        shown = handwijzer(*words)
        assert shown.code == 0
        assert "Opties" in shown.out
        assert not [word for word in ("Options", "Arguments", "Show this message", "default:") if word in shown.out]


def test_a_release_of_another_encoder_is_made_anew_at_the_first_start_after_an_update(
    store: ReleaseStore, corpus: Path, encoder: Encoder, model_dir: Path
) -> None:
    settings = Settings(data_dir=store.data_dir, corpus_dir=corpus, model_dir=model_dir)
    assert program._needs_ingest(settings)
    ingest(store, corpus, encoder)
    assert not program._needs_ingest(settings)
    manifest = store.folder(store.live_id() or "") / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(encoder.fingerprint, "0" * 16), encoding="utf-8")
    assert program._needs_ingest(settings)
