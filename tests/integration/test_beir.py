"""Measuring retrieval on a set in BEIR layout."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import SHARED

from eval.beir import export_judgements, export_run, judgements_beside, load_beir, measure, run, run_beir
from eval.public_set import ranked, released
from eval.statistics import Figure
from kb.documents import Document, Passage
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.reader import Reader
from kb.retrieval import Hit

DEFINITIONS = SHARED / "data" / "retrieval" / "ggm_definities"


def silent(phase: str, done: int, total: int) -> None:
    """Show no progress."""


def values(figures: Mapping[str, Figure]) -> dict[str, float]:
    return {name: figure.value for name, figure in figures.items()}


def reference(run_file: Path) -> dict[str, float]:
    """What the program `ir_measures` says about an exported run and its judgements, to four decimals."""
    command = [sys.executable, "-m", "ir_measures", str(judgements_beside(run_file)), str(run_file)]
    done = subprocess.run([*command, "Success@1 Success@5 RR@10 nDCG@10"], capture_output=True, text=True, check=True)
    numbers = [float(line.split("\t")[1]) for line in done.stdout.splitlines()]
    return dict(zip(("hit_at_1", "hit_at_5", "mrr_at_10", "ndcg_at_10"), numbers, strict=True))


def write_set(folder: Path, corpus: dict[str, str], queries: dict[str, str], qrels: list[tuple[str, str, int]]) -> Path:
    folder.mkdir(exist_ok=True)
    rows = [{"_id": key, "title": "", "text": text} for key, text in corpus.items()]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    rows = [{"_id": key, "text": text} for key, text in queries.items()]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    lines = ["query-id\tcorpus-id\tscore", *(f"{query}\t{document}\t{grade}" for query, document, grade in qrels)]
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_the_metrics_are_those_of_the_textbook(tmp_path: Path) -> None:
    """Four questions whose right documents end up first, third, twelfth and nowhere; one has two right documents."""
    beir = load_beir(
        write_set(
            tmp_path / "set",
            {f"d{number}": "tekst" for number in range(20)},
            {"q1": "een", "q2": "twee", "q3": "drie", "q4": "vier", "zonder-oordeel": "vijf"},
            [("q1", "d0", 1), ("q1", "d3", 1), ("q2", "d2", 1), ("q3", "d11", 1), ("q4", "d19", 1), ("q4", "d0", 0)],
        )
    )
    assert "zonder-oordeel" not in beir.queries
    ranking = {f"d{number}": 1 - number / 100 for number in range(15)}
    figures = measure(beir, dict.fromkeys(beir.queries, ranking))
    gain = [1 / math.log2(rank + 1) for rank in range(1, 11)]
    ndcg = [(gain[0] + gain[3]) / (gain[0] + gain[1]), gain[2], 0, 0]
    assert values(figures) == {
        "hit_at_1": 1 / 4,
        "hit_at_5": 2 / 4,
        "mrr_at_10": round((1 + 1 / 3) / 4, 4),
        "ndcg_at_10": round(sum(ndcg) / 4, 4),
    }
    assert figures["hit_at_5"] == Figure(0.5, 0.0, 1.0, 4)


def test_a_set_goes_through_the_retriever_that_users_meet(tmp_path: Path, encoder: Encoder, reader: Reader) -> None:
    corpus = {
        "verzuim": "De mentor meldt ongeoorloofd verzuim bij de verzuimcoördinator.",
        "jeugdarts": "De jeugdarts onderzoekt of een leerling ziek is.",
        "datalek": "Een datalek wordt binnen 72 uur gemeld bij de toezichthouder.\n\nDat doet de functionaris.",
        "lang": "\n\n".join(
            f"Alinea {n} gaat over de inrichting van het schoolgebouw en het plein." for n in range(60)
        ),
        "leeg": "",
    }
    queries = {"q1": "Wie meldt verzuim?", "q2": "Welke arts komt op school?", "q3": "Hoe snel meld je een datalek?"}
    qrels = [("q1", "verzuim", 1), ("q2", "jeugdarts", 1), ("q3", "datalek", 1)]
    beir = load_beir(write_set(tmp_path / "set", corpus, queries, qrels))
    with released(beir.texts, encoder, tmp_path / "data", silent) as retriever:
        scores = run(beir, retriever, silent)
    assert {query: max(found, key=found.__getitem__) for query, found in scores.items()} == {
        "q1": "verzuim", "q2": "jeugdarts", "q3": "datalek",
    }  # fmt: skip
    assert set(scores["q1"]) <= set(corpus)
    assert values(measure(beir, scores)) == dict.fromkeys(("hit_at_1", "hit_at_5", "mrr_at_10", "ndcg_at_10"), 1.0)
    # Now every vector comes from the cache, also those of the text without a word.
    with released(beir.texts, encoder, tmp_path / "data", silent, reader) as retriever:
        assert any(retriever.search(queries["q1"]).readings)


def test_graded_judgements_empty_rankings_and_odd_ids_measure_as_ir_measures_does_on_the_export(tmp_path: Path) -> None:
    beir = load_beir(
        write_set(
            tmp_path / "set",
            dict.fromkeys(("d1", "d 2", "d\xa03", "d4"), "tekst"),
            {"q1": "een", "q 2": "twee", "niets": "drie", "onwaar": "vier"},
            [("q1", "d1", 1), ("q1", "d 2", 3), ("q1", "d4", 0), ("q 2", "d\u00a03", 2), ("niets", "d1", 1),
             ("onwaar", "d1", 0), ("onwaar", "d4", -1), ("ongevraagd", "d1", 1)],
        )
    )  # fmt: skip
    scores = {
        "q1": {"d4": 0.9, "d1": 0.8, "d 2": 0.25},
        "q 2": {"d1": 1.0, "d\u00a03": 1 / 3},
        "niets": {},
        "onwaar": {"d1": 0.5},
    }
    export_run(scores, tmp_path / "uit.run")
    export_judgements(beir.relevance, judgements_beside(tmp_path / "uit.run"))
    assert (tmp_path / "uit.run").read_text("utf-8").splitlines()[:3] == [
        "q1 Q0 d4 1 0.9 handwijzer",
        "q1 Q0 d1 2 0.8 handwijzer",
        "q1 Q0 d%202 3 0.25 handwijzer",
    ]
    figures = values(measure(beir, scores))
    assert figures == reference(tmp_path / "uit.run")
    gain = [1 / math.log2(rank + 1) for rank in (1, 2, 3)]
    graded = (gain[1] + 3 * gain[2]) / (3 * gain[0] + gain[1])
    assert figures == {
        "hit_at_1": 0.0, "hit_at_5": 0.5, "mrr_at_10": 0.25, "ndcg_at_10": round((graded + gain[1]) / 4, 4),
    }  # fmt: skip


def test_documents_that_tie_keep_the_order_in_which_they_are_shown() -> None:
    document = Document("", "", "", date(2024, 1, 1), None, None, "", "", "", "", 0, None, 1)
    passage = Passage("", "", 0, 0, 0, "", (), None, 0, 0, ())
    shown = [("b", 0.5), ("b", 0.5), ("a", 0.5), ("c", 0.5), ("b", 0.4), ("d", 0.4999999), ("e", 0.0), ("f", 0.0)]
    scores = ranked(Hit(passage, replace(document, file=key), 0, score, 0.0, 0.0, 0.0) for key, score in shown)
    assert sorted(scores, key=lambda key: -scores[key]) == list(scores) == ["b", "a", "c", "d", "e", "f"]
    assert len(set(scores.values())) == len(scores)
    assert all(abs(scores[key] - score) < 1e-5 for key, score in dict(reversed(shown)).items())


def test_an_exported_run_gives_the_figures_that_were_shown(tmp_path: Path, encoder: Encoder) -> None:
    """Texts that are word for word the same tie; each provider in ir-measures would break that tie its own way."""
    folder = write_set(
        tmp_path / "set",
        {
            **{f"zelfde{number}": "De mentor meldt verzuim bij de coördinator." for number in range(6)},
            "datalek": "Een datalek wordt binnen 72 uur gemeld.",
            "arts": "De jeugdarts onderzoekt een leerling die vaak ziek is.",
        },
        {"q1": "Wie meldt verzuim?", "q2": "Wie meldt verzuim aan de coördinator?", "q3": "Hoe snel meld je een datalek?"},
        [("q1", "zelfde3", 1), ("q2", "zelfde0", 2), ("q2", "zelfde5", 1), ("q3", "datalek", 1), ("q3", "arts", 1)],
    )  # fmt: skip
    export = tmp_path / "uit" / "lijst.run"
    with pytest.raises(UsageError, match="kan geen bestand worden"):
        run_beir(folder, encoder, tmp_path / "data", silent, export)
    export.parent.mkdir()
    figures = values(run_beir(folder, encoder, tmp_path / "data", silent, export))
    assert figures == reference(export)
    assert 0 < figures["mrr_at_10"] < 1
    lines = [line.split() for line in export.read_text("utf-8").splitlines()]
    order = [line[2] for line in lines if line[0] == "q1" and line[2].startswith("zelfde")]
    assert order == sorted(order)
    assert len({(line[0], line[4]) for line in lines}) == len(lines)
    # The vectors stay for a next time, the release does not.
    assert {path.name for path in (tmp_path / "data").rglob("*") if path.is_file()} == {"embeddings.sqlite"}
    assert values(run_beir(folder, encoder, tmp_path / "data", silent)) == figures


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_folder_that_is_no_such_set_is_refused(missing: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"d": "tekst"}, {"q": "vraag"}, [("q", "d", 1)])
    assert load_beir(folder).queries == {"q": "vraag"}
    (folder / missing).unlink()
    with pytest.raises(UsageError, match="BEIR-indeling"):
        load_beir(folder)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("corpus.jsonl", "[1, 2]"),
        ("corpus.jsonl", '{"_id": "e", "text": null}'),
        ("queries.jsonl", '{"_id": "q2"}'),
        ("qrels.tsv", "5"),
    ],
)
def test_a_line_that_does_not_belong_in_such_a_set_is_refused(file: str, line: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"d": "tekst"}, {"q": "vraag"}, [("q", "d", 1)])
    with (folder / file).open("a", encoding="utf-8") as stream:
        stream.write(f"\n\n{line}\n")
    with pytest.raises(UsageError, match="BEIR-indeling"):
        load_beir(folder)


def test_a_set_of_which_nothing_was_judged_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"d": "tekst"}, {"q": "vraag"}, [("andere", "d", 1)])
    with pytest.raises(UsageError, match="niets te meten"):
        load_beir(folder)


@pytest.mark.skipif(not DEFINITIONS.is_dir(), reason=f"de zoekset {DEFINITIONS} is hier niet")
def test_short_definitions_are_found_at_least_as_well_as_the_reference(tmp_path: Path, encoder: Encoder) -> None:
    figures = values(run_beir(DEFINITIONS, encoder, tmp_path, silent))
    floor = {"hit_at_1": 0.393, "hit_at_5": 0.573, "mrr_at_10": 0.474, "ndcg_at_10": 0.515}
    assert {name: value for name, value in figures.items() if value < floor[name]} == {}, figures
