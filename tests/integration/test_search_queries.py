"""Asking what people really type: every query counts, whatever it holds, and what was judged stays judged."""

from __future__ import annotations

from pathlib import Path

import yaml

from eval.search_queries import ask_all, figures, load_queries, sample, write_sample
from kb.live import LiveKnowledge

ORDINARY = ["thuiszitter", "Wat is een toelaatbaarheidsverklaring?", "Wie zit het MDO voor?", "recept appeltaart"]
NASTY = [
    "",
    "   ",
    "verzuim " * 1000,
    "?!… --- ***",
    "🙂👩‍👩‍👧🏫",
    "'; DROP TABLE passages; -- \" OR 1=1",
    "ما هو الغياب \u202eloohcs\u202c שלום",
    "\x00\x1b[31m\x07",
    "[1] [[2]] <script>alert(1)</script> {{7*7}} %s %(a)s \\",
    "1.1.1.1.1,2:3 2024-02-31 € ½ ²",
    "leerplicht\tambtenaar",
]  # fmt: skip


def silent(phase: str, done: int, total: int) -> None:
    """Show no progress."""


def test_every_query_is_answered_refused_or_named_as_failed(tmp_path: Path, knowledge: LiveKnowledge) -> None:
    queries = [*ORDINARY, *NASTY]
    rows = "".join(f"{query}\t1\t20\n" for query in queries)
    (tmp_path / "vragen.tsv").write_text(f"query\tn\tresults\n{rows}", encoding="utf-8", newline="\n")
    assert load_queries(tmp_path / "vragen.tsv") == queries
    outcome = figures(ask_all(knowledge.retriever(), queries, silent))
    # The product says what is wrong with an empty or over-long question; nothing else may stop it.
    assert set(outcome["failed"]) == {"UsageError"}
    assert {"", "   ", "verzuim " * 1000} <= set(outcome["failed"]["UsageError"])
    assert outcome["answered"] >= 2
    assert outcome["answered"] + outcome["refused"] + len(outcome["failed"]["UsageError"]) == len(queries)
    assert 0 < outcome["latency"]["p50_ms"] <= outcome["latency"]["p95_ms"] <= outcome["latency"]["max_ms"]


def test_the_sample_is_drawn_alike_and_keeps_its_verdicts(tmp_path: Path, knowledge: LiveKnowledge) -> None:
    (tmp_path / "vragen.txt").write_text("\n".join(ORDINARY), encoding="utf-8")
    replies = ask_all(knowledge.retriever(), load_queries(tmp_path / "vragen.txt"), silent)
    kept = tmp_path / "steekproef.yaml"
    write_sample(sample(replies, 2), kept)
    judged = yaml.safe_load(kept.read_text("utf-8"))
    assert [list(row) for row in judged] == [["vraag", "antwoord", "bronnen", "oordeel"]] * 2
    judged[0]["oordeel"] = "raak"
    judged[1] |= {"oordeel": "mis", "antwoord": "wat het product eerder zei"}
    kept.write_text(yaml.safe_dump(judged, allow_unicode=True), encoding="utf-8")
    write_sample(sample(replies, 2), kept)
    again = yaml.safe_load(kept.read_text("utf-8"))
    assert [row["oordeel"] for row in again] == ["raak", ""]
    assert [row["vraag"] for row in again] == [row["vraag"] for row in judged]
