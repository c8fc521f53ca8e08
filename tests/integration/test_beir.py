"""Measuring retrieval on a set in BEIR layout."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from conftest import SHARED

from eval.beir import build, load_beir, measure, run
from kb.encoder import Encoder
from kb.errors import UsageError

DEFINITIONS = SHARED / "data" / "retrieval" / "ggm_definities"


def silent(phase: str, done: int, total: int) -> None:
    """Show no progress."""


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
    assert figures == {
        "hit_at_1": 1 / 4,
        "hit_at_5": 2 / 4,
        "mrr_at_10": round((1 + 1 / 3) / 4, 4),
        "ndcg_at_10": round(sum(ndcg) / 4, 4),
    }


def test_a_set_goes_through_the_retriever_that_users_meet(tmp_path: Path, encoder: Encoder) -> None:
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
    scores = run(beir, build(beir, encoder, tmp_path / "data", silent), silent)
    assert {query: max(found, key=found.__getitem__) for query, found in scores.items()} == {
        "q1": "verzuim", "q2": "jeugdarts", "q3": "datalek",
    }  # fmt: skip
    assert set(scores["q1"]) <= set(corpus)
    assert measure(beir, scores) == dict.fromkeys(("hit_at_1", "hit_at_5", "mrr_at_10", "ndcg_at_10"), 1.0)


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_folder_that_is_no_such_set_is_refused(missing: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", {"d": "tekst"}, {"q": "vraag"}, [("q", "d", 1)])
    assert load_beir(folder).queries == {"q": "vraag"}
    (folder / missing).unlink()
    with pytest.raises(UsageError, match="BEIR-indeling"):
        load_beir(folder)


@pytest.mark.skipif(not DEFINITIONS.is_dir(), reason=f"de zoekset {DEFINITIONS} is hier niet")
def test_short_definitions_are_found_at_least_as_well_as_the_reference(tmp_path: Path, encoder: Encoder) -> None:
    beir = load_beir(DEFINITIONS)
    figures = measure(beir, run(beir, build(beir, encoder, tmp_path, silent), silent))
    floor = {"hit_at_1": 0.393, "hit_at_5": 0.573, "mrr_at_10": 0.474, "ndcg_at_10": 0.515}
    assert {name: value for name, value in figures.items() if value < floor[name]} == {}, figures
