"""The bench: what it reports, and that it counts right. How fast anything is depends on the machine."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from rich.console import Console

from eval.bench import print_bench, run_bench
from eval.bench.measures import hit_figures, ratios, targets
from eval.bench.series import make_series, with_made_vectors
from eval.bench.subject import Plan
from eval.bench.truncation import truncated_share
from eval.scoring import Place
from ingest.pipeline import ingest
from kb.encoder import BUNDLED, Encoder, encoder_folder
from kb.errors import UsageError
from kb.reader import SHIPPED
from kb.releases import ReleaseStore
from kb.settings import Settings

SMALL = Plan(repetitions=1, questions=3, clients=(2,), load_seconds=0.2, soak_seconds=1, encoded=3, peer=False)
PEER = find_spec("llama_index.vector_stores") is not None
LONG = "De mentor belt de ouders en spreekt een dag af. " * 200


def silent(phase: str, done: int, total: int) -> None:
    """Show no progress."""


PLAIN_PIPELINE = """
import json, sys
from eval.bench.peer import answer_questions, ingest_texts
from eval.bench.worker import Channel
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
tokenizer_file, folder, long = sys.argv[1:]
sizes = dict(vocab_size=250037, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)
BertModel(BertConfig(**sizes), add_pooling_layer=False).save_pretrained(folder + "/bert")
PreTrainedTokenizerFast(
    tokenizer_file=tokenizer_file, pad_token="<pad>", model_max_length=512
).save_pretrained(folder + "/bert")
SentenceTransformer(modules=[Transformer(folder + "/bert"), Pooling(16)], device="cpu").save(folder + "/model")
task = {
    "weights": folder + "/model", "prompts": {"query": "query: ", "passage": "passage: "}, "target": folder + "/index",
    "documents": [{"id": "lang", "title": "Bellen", "text": long}, {"id": "kort", "title": "", "text": "Eén zin."}],
    "questions": ["Wie belt?", "Wanneer?"], "warm": 1, "places": True,
}
heard = open(folder + "/heard", "w")
print(json.dumps([ingest_texts(task, Channel(heard)), answer_questions(task, Channel(heard))]))
"""


@pytest.fixture(scope="module")
def plain_pipeline(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str] | None]:
    """The pipeline beside us, with a model of two small random layers and the real tokenizer: what is counted does
    not depend on the weights. It loads torch while another test waits for its own processes."""
    if not PEER:
        yield None
        return
    tokenizer = encoder_folder(BUNDLED, model_dir) / "tokenizer.json"
    arguments = [str(tokenizer), str(tmp_path_factory.mktemp("llama-index")), LONG]
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PLAIN_PIPELINE, *arguments],
        cwd=ROOT, env=os.environ | {"HF_HUB_OFFLINE": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield process
        process.kill()


@pytest.mark.usefixtures("plain_pipeline")
def test_a_run_reports_every_documented_figure(corpus: Path, model_dir: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", corpus_dir=corpus, model_dir=model_dir)
    phases: dict[str, tuple[int, int]] = {}

    def progress(phase: str, done: int, total: int) -> None:
        phases[phase] = (done, total)

    report = tmp_path / "rapport"
    figures = run_bench(settings, passages=8, report=report, progress=progress, plan=SMALL)

    assert set(figures) == {
        "created", "machine", "corpus", "repetitions", "ingest", "questions", "reingest", "start", "load", "scale",
        "ratios", "targets", "duration_s",
    }  # fmt: skip
    speed = {"words_per_s", "passages_per_s", "tokens_truncated_share", "peak_rss_mb"}
    assert speed <= set(figures["ingest"]["own"])
    answers = {"p50_ms", "p95_ms", "mean_ms", "hit_at_1", "hit_at_5", "start_to_first_answer_s", "peak_rss_mb"}
    assert answers <= set(figures["questions"]["own"])
    read = figures["questions"]["own_with_reader"]
    assert {*answers, "answered", "p50_ratio", "p95_ratio", "rss_growth_mb"} <= set(read)
    assert read["p95_ratio"] == round(read["p95_ms"] / figures["questions"]["own"]["p95_ms"], 2)
    assert figures["corpus"]["reader"] == SHIPPED
    assert figures["ingest"]["peer"] is figures["questions"]["peer"] is figures["ratios"] is None
    assert {"serve_ready_s", "serve_peak_rss_mb"} == set(figures["start"])
    assert {"first_wall_s", "unchanged_wall_s", "unchanged_inside_s"} <= set(figures["reingest"])
    many = figures["reingest"]["many"]
    assert many["documents"] == 2
    assert many["unchanged_share"] == round(many["unchanged_wall_s"] / many["first_wall_s"], 4)
    assert {"passages", "changed_wall_s", "changed_extra_s"} <= set(many)
    assert [(run["clients"], run["failures"]) for run in figures["load"]["runs"]] == [(2, 0)]
    assert all(run["requests"] >= run["clients"] for run in figures["load"]["runs"])

    soak = figures["load"]["soak"]
    assert (soak["clients"], set(soak["statuses"]), soak["server_errors"]) == (2, {"200"}, 0)
    assert soak["requests"] == soak["statuses"]["200"]
    assert soak["memory_last_mb"] >= soak["memory_first_mb"] > 100

    (point,) = figures["scale"]["points"]
    assert (point["passages"], point["vectors_real"]) == (8, 3)
    assert {"build_s", "disk_mb", "load_s", "p50_ms", "p95_ms", "peak_rss_mb", "serve_peak_rss_mb"} <= set(point)
    read = point["with_reader"]
    assert {"answered", "load_s", "p50_ms", "p95_ms", "mean_ms", "p50_ratio", "p95_ratio"} <= set(read)
    assert read["rss_growth_mb"] == round(read["peak_rss_mb"] - point["peak_rss_mb"], 1) > 0

    assert all(done == total for done, total in phases.values()), phases
    assert not (tmp_path / "data").exists(), "meten laat de eigen kennisbank met rust"
    assert json.loads((report / "bench.json").read_text("utf-8")) == figures
    assert ET.parse(report / "bench.svg").getroot().tag.endswith("svg")
    shown = io.StringIO()
    print_bench(figures, Console(file=shown, width=240))
    assert "onderdeel bench" in shown.getvalue()
    for value in (figures["questions"]["own"]["p50_ms"], figures["ingest"]["own"]["words_per_s"], point["disk_mb"],
                  read["rss_growth_mb"]):  # fmt: skip
        assert f"{value}".replace(".", ",") in shown.getvalue()


def test_tokens_beyond_the_limit_are_counted_per_text(encoder: Encoder) -> None:
    short, long = encoder.count_tokens(["Een korte zin.", LONG])
    assert short < 512 < long
    assert truncated_share([short, long], 512) == round((long - 512) / (short + long), 4)
    assert truncated_share([short, 512], 512) == 0
    assert truncated_share([], 512) == 0


@pytest.mark.skipif(not PEER, reason="het onderdeel bench is hier niet")
def test_the_plain_pipeline_answers_and_its_truncation_is_counted(plain_pipeline: subprocess.Popen[str]) -> None:
    output, errors = plain_pipeline.communicate(timeout=200)
    assert plain_pipeline.returncode == 0, errors
    ingested, asked = json.loads(output.splitlines()[-1])
    assert ingested["words"] == len(LONG.split()) + 2
    # Its chunks of 1024 tokens by another tokenizer run past 512: what lies beyond is never seen.
    assert 0.1 < ingested["tokens_truncated_share"] < 0.6
    assert len(asked["times_ms"]) == 2
    assert all(len(places) == min(5, ingested["passages"]) for places in asked["places"])
    for document, start, end, words in asked["places"][0]:
        text = {"lang": LONG, "kort": "Eén zin."}[document]
        assert 0 <= start < end <= len(text)
        assert words == len(text[start:end].split())


def test_a_stretch_is_a_hit_when_it_holds_half_of_the_evidence() -> None:
    evidence = [[Place("a", 100, 200)], [Place("a", 100, 200), Place("b", 0, 10)], []]
    found = [
        [("a", 0, 140, 7), ("a", 150, 300, 9)],
        [("b", 0, 10, 2)],
        [("a", 0, 1000, 200)],
    ]
    assert hit_figures(found, evidence) == {
        "judged_questions": 2, "hit_at_1": 0.5, "hit_at_5": 1.0, "words_in_top_5": 9,
    }  # fmt: skip


def test_ratios_and_targets_follow_from_the_figures_shown() -> None:
    figures = {
        "ingest": {
            "own": {"words_per_s": 3000.0, "tokens_truncated_share": 0.0},
            "peer": {"words_per_s": 1000.0, "tokens_truncated_share": 0.3},
        },
        "questions": {
            "own": {"p50_ms": 8.0, "p95_ms": 20.0, "start_to_first_answer_s": 2.0},
            "peer": {"p50_ms": 30.0, "p95_ms": 90.0, "start_to_first_answer_s": 9.0},
        },
        "start": {"serve_ready_s": 4.0},
        "load": {
            "soak": {
                "server_errors": 0,
                "quiet_to_busy_p50": 0.7,
                "memory_first_mb": 700.0,
                "memory_last_mb": 714.0,
            }
        },
        "reingest": {"many": {"documents": 1_000, "unchanged_share": 0.031, "changed_extra_s": 3.2}},
        "scale": {
            "points": [
                {
                    "passages": 10_000,
                    "p95_ms": 81.0,
                    "serve_peak_rss_mb": None,
                    "with_reader": {"p95_ms": 290.0, "rss_growth_mb": 151.0},
                }
            ]
        },
    }
    figures["ratios"] = ratios(figures)
    assert figures["ratios"] == {
        "questions_p50": 3.75, "questions_p95": 4.5, "ingest_words_per_s": 3.0, "start_to_first_answer": 4.5,
    }  # fmt: skip
    assert {row["name"]: row["met"] for row in targets(figures)} == {
        "questions_ratio": False, "ingest_ratio": True, "ingest_truncated_share": True, "serve_ready_s": True,
        "reingest_unchanged_share_of_1000": True, "reingest_changed_extra_s_of_1000": False, "p95_ms_at_10000": False,
        "p95_ms_at_10000_with_reader": True, "reader_rss_growth_mb_at_10000": False,
        "soak_server_errors": True, "soak_memory_growth": True, "soak_quiet_to_busy_p50": False,
    }  # fmt: skip


def test_larger_knowledge_bases_are_real_first_and_the_same_every_time(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder)
    release = store.open()
    size = len(release.passages)
    series = make_series(size + 70, release, None, encoder.count_tokens)
    assert series.passages[:size] == release.passages
    assert (series.real, len(series.passages)) == (size, size + 70)
    assert len({passage.id for passage in series.passages}) == size + 70
    sentences = {passage.text[unit.start : unit.end] for passage in release.passages for unit in passage.units}
    for passage in series.passages[size:]:
        assert series.texts[passage.document_id][passage.start : passage.end] == passage.text
        assert {passage.text[unit.start : unit.end] for unit in passage.units} <= sentences

    real = np.stack([encoder.encode_query(passage.text) for passage in release.passages])
    units = np.repeat(real, [len(passage.units) for passage in release.passages], axis=0).astype(np.float16)
    vectors, unit_vectors = with_made_vectors(series, real, units)
    again, _ = with_made_vectors(series, real, units)
    assert np.array_equal(vectors, again)
    assert np.array_equal(vectors[:size], real)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len(unit_vectors) == sum(len(passage.units) for passage in series.passages)
    assert np.allclose(np.linalg.norm(unit_vectors.astype(np.float32), axis=1), 1, atol=1e-2)


def test_less_than_one_passage_cannot_be_measured() -> None:
    with pytest.raises(UsageError, match="vanaf 1 passage"):
        run_bench(Settings(), passages=0, report=None, progress=silent)
