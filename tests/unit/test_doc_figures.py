"""Figures in README and docs are those of the stored runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval import doc_figures


def test_every_figure_in_the_docs_is_that_of_a_stored_run() -> None:
    assert doc_figures.stale() == [], "make figures"


def test_a_bench_with_a_reader_stands_beside_the_one_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stored = json.loads((doc_figures._STORED / "bench.json").read_text("utf-8"))
    stored["questions"]["own_with_reader"] = stored["questions"]["own"] | {"p50_ms": 123.4}
    for point in stored["scale"]["points"]:
        point["with_reader"] = {"p50_ms": 234.5, "p95_ms": 250, "rss_growth_mb": 99.9}
    (tmp_path / "bench.json").write_text(json.dumps(stored), encoding="utf-8")
    monkeypatch.setattr(doc_figures, "_STORED", tmp_path)
    block = "<!-- figures: {} -->\n<!-- /figures -->"
    bench, scale = (doc_figures.rewritten(block.format(name)).splitlines() for name in ("bench", "scale"))
    assert bench[1].split(" | ")[1:3] == ["Handwijzer without reader", "with reader"]
    assert bench[3].split(" | ")[2] == "123.4"
    assert bench[-2].split(" | ")[2] == ""  # reading has no part in ingesting
    assert all(row.endswith("| 234.5 | 250 | 99.9 |") for row in scale[3:-1])


def test_a_changed_figure_is_noticed_and_an_unknown_block_refused() -> None:
    readme = next(path for path in doc_figures.documents() if path.name == "README.md").read_text("utf-8")
    assert "<!-- figures: answers -->" in readme
    tampered = readme.replace("| `success` | 0", "| `success` | 9")
    assert tampered != readme
    assert doc_figures.rewritten(tampered) == readme
    with pytest.raises(KeyError):
        doc_figures.rewritten("<!-- figures: verzonnen -->\n\n<!-- /figures -->")
