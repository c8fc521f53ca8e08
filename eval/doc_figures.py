"""Figures in README and docs, written from stored runs: ``python -m eval.doc_figures`` (``--check`` only compares).

A block in a Markdown file begins with ``<!-- figures: NAME -->`` and ends with ``<!-- /figures -->``; what stands
between is made here. The stored runs are the gate's baseline and the ``--json`` output of other commands in
``eval/stored``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from eval.figures import MAIN
from eval.gate import BASELINE

_ROOT = Path(__file__).resolve().parents[1]
_STORED = Path(__file__).parent / "stored"
_BLOCK = re.compile(r"(<!-- figures: (?P<name>[\w-]+) -->\n).*?(<!-- /figures -->)", re.DOTALL)
_REFUSAL = ("refusal_precision", "refusal_auc", "calibration_error", "answer_words")
_RETRIEVAL = ("hit_at_1", "hit_at_5", "mrr_at_10", "ndcg_at_10")


def documents() -> list[Path]:
    """Return the files whose figures are kept up to date."""
    return [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]


def rewritten(content: str) -> str:
    """Return a document with every block made anew. Raises `KeyError` for a block that is not known."""

    def made(match: re.Match[str]) -> str:
        return f"{match[1]}{_BLOCKS[match['name']]()}\n{match[3]}"

    return _BLOCK.sub(made, content)


def stale() -> list[Path]:
    """Return the documents whose figures differ from the stored runs."""
    return [path for path in documents() if rewritten(text := path.read_text("utf-8")) != text]


def main(arguments: Sequence[str]) -> int:
    """Rewrite the documents, or with ``--check`` name those that are stale."""
    found = stale()
    for path in found:
        if "--check" not in arguments:
            path.write_text(rewritten(path.read_text("utf-8")), "utf-8")
        print(path.relative_to(_ROOT))
    return 1 if found and "--check" in arguments else 0


def _answers() -> str:
    figures = _read(BASELINE)["figures"]
    whole, splits = figures["all"]["all"], figures["split"]
    rows = [
        [f"`{name}`", _interval(whole[name]), *(_interval(group[name]) for group in splits.values())]
        for name in (*MAIN, *_REFUSAL)
    ]
    return _table(["", "all", *splits], rows)


def _types() -> str:
    groups = _read(BASELINE)["figures"]["type"]
    names = ("hit_at_1", "hit_at_5", "fact_recall", "success")
    rows = [
        [kind, str(figures["success"]["n"]), *(_value(figures.get(name)) for name in names)]
        for kind, figures in groups.items()
    ]
    return _table(["type", "questions", *(f"`{name}`" for name in names)], rows)


def _ablation() -> str:
    runs = _read(_STORED / "ablation.json")["ablation"]
    names = [name for name in MAIN if name != "citation_precision"]
    rows = [[label, *(f"{figures[name]:.3f}" for name in names)] for label, figures in runs.items()]
    return _table(["", *(f"`{name}`" for name in names)], rows)


def _reader_and_hints() -> str:
    """What the whole has more than without a part, so the other way round than it was measured."""
    parts = {
        "reader, beside hints": "zonder lezer",
        "hints, beside the reader": "zonder opgegeven vragen",
        "both": "zonder lezer en opgegeven vragen",
    }
    runs = _read(_STORED / "ablation.json")["ablation"]
    rows = []
    for label, name in parts.items():
        views = runs[name]["effects"]
        for metric in ("hit_at_1", "success", "answer_rate", "refusal_recall", "follow_up_success"):
            found = [views[view]["all"][metric]["difference"] for view in ("all", "dev", "test")]
            rows.append([f"{label}: `{metric}`", *(_difference(figure, -1) for figure in found)])
    return _table(["what it adds", "all", "dev", "test"], rows)


def _reader_in_product() -> str:
    metrics = (
        "passage_hit_at_1",
        "sentence_in_answer",
        "answered",
        "near_miss_refused",
        "near_miss_refused_at_8",
        "near_miss_auc",
    )
    return _compared("reader-test.json", ("without", "reader"), "reader − without", metrics)


def _reader_by_itself() -> str:
    metrics = ("passage_hit_at_1", "sentence_hit_at_1", "sentence_in_passage", "near_miss_auc")
    return _compared("reader-model-test.json", ("cosine", "late", "reader"), "reader − late", metrics)


def _compared(file: str, methods: Sequence[str], difference: str, metrics: Sequence[str]) -> str:
    """Return a table of held-out questions: all, those that share few words, those of our own files."""
    groups = _read(_STORED / file)["figures"]
    rows = []
    for group in ("all", "few shared words", "source: own files"):
        found = groups[group]
        for metric in metrics:
            added = found[difference].get(metric)
            values = [f"{found[method][metric]['value']:.3f}" for method in methods]
            rows.append([group, f"`{metric}`", *values, _difference(added) if added else ""])
    return _table(["questions", "", *methods, difference], rows)


def _public_sets() -> str:
    rows = [
        [path.stem.removeprefix("beir-"), *(_with_interval(figures, name) for name in _RETRIEVAL)]
        for path in sorted(_STORED.glob("beir-*.json"))
        if (figures := _read(path))
    ]
    return _table(["set", *(f"`{name}`" for name in _RETRIEVAL)], rows)


def _bench() -> str:
    figures = _read(_STORED / "bench.json")
    own, peer = figures["questions"]["own"], figures["questions"]["peer"]
    read = figures["questions"].get("own_with_reader")
    ours, theirs = figures["ingest"]["own"], figures["ingest"]["peer"]
    pairs = (
        ("question, p50 ms", own, peer, "p50_ms"),
        ("question, p95 ms", own, peer, "p95_ms"),
        ("hit@1", own, peer, "hit_at_1"),
        ("hit@5", own, peer, "hit_at_5"),
        ("start to first answer, s", own, peer, "start_to_first_answer_s"),
        ("ingest, words/s", ours, theirs, "words_per_s"),
        ("share of tokens truncated", ours, theirs, "tokens_truncated_share"),
        ("memory while ingesting, MB", ours, theirs, "peak_rss_mb"),
    )
    rows = [[label, *(f"{side[key]:,.4g}" for side in (mine, other))] for label, mine, other, key in pairs]
    if read is None:
        return _table(["", "Handwijzer", "LlamaIndex on torch"], rows)
    reading = [f"{read[key]:,.4g}" if mine is own else "" for _, mine, _, key in pairs]
    rows = [[*row[:2], with_reader, row[2]] for row, with_reader in zip(rows, reading, strict=True)]
    return _table(["", "Handwijzer without reader", "with reader", "LlamaIndex on torch"], rows)


def _scale() -> str:
    points = _read(_STORED / "bench.json")["scale"]["points"]
    keys = ("p50_ms", "p95_ms", "serve_peak_rss_mb")
    rows = [[f"{point['passages']:,}", *(f"{point[key]:,.4g}" for key in keys)] for point in points]
    heads = ["passages", "question p50 ms", "p95 ms", "server memory MB"]
    if points[0].get("with_reader"):
        heads += ["with reader: p50 ms", "p95 ms", "memory for it MB"]
        keys = ("p50_ms", "p95_ms", "rss_growth_mb")
        rows = [
            [*row, *(f"{point['with_reader'][key]:,.4g}" for key in keys)]
            for row, point in zip(rows, points, strict=True)
        ]
    return _table(heads, rows)


def _load() -> str:
    load = _read(_STORED / "bench.json")["load"]
    soak = load["soak"]
    rows = [
        [*(f"{run[key]:,.4g}" for key in ("clients", "requests_per_s", "p50_ms", "p95_ms", "failures")), ""]
        for run in load["runs"]
    ]
    for key in ("busy_key", "quiet_key"):
        clients = soak["clients"] - 1 if key == "busy_key" else 1
        memory = f"{soak['memory_first_mb']:,.4g} → {soak['memory_last_mb']:,.4g}"
        figures = [f"{soak[key][name]:,.4g}" for name in ("p50_ms", "p95_ms")]
        rows.append(
            [f"{clients}, key of their own, {soak['seconds']:.0f} s", "", *figures, str(soak["server_errors"]), memory]
        )
    return _table(
        ["clients", "requests/s", "p50 ms", "p95 ms", "failed", "server memory MB, first and last 10 s"], rows
    )


def _targets() -> str:
    rows = [
        [
            f"`{target['name']}`",
            f"{target['value']:,.4g}",
            f"{'at least' if target['at_least'] else 'at most'} {target['limit']:,g}",
            "yes" if target["met"] else "no",
        ]
        for target in _read(_STORED / "bench.json")["targets"]
    ]
    return _table(["", "measured", "wanted", "met"], rows)


_BLOCKS: dict[str, Callable[[], str]] = {
    "answers": _answers,
    "types": _types,
    "ablation": _ablation,
    "reader-and-hints": _reader_and_hints,
    "reader-in-product": _reader_in_product,
    "reader-by-itself": _reader_by_itself,
    "public-sets": _public_sets,
    "bench": _bench,
    "scale": _scale,
    "load": _load,
    "targets": _targets,
}


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def _value(figure: dict[str, Any] | None) -> str:
    return f"{figure['value']:.2f}" if figure else ""


def _interval(figure: dict[str, Any]) -> str:
    form = "{:.1f}" if figure["value"] > 10 else "{:.3f}"
    value, low, high = (form.format(figure[key]) for key in ("value", "low", "high"))
    return f"{value} ({low}–{high})"


def _difference(figure: dict[str, Any], sign: int = 1) -> str:
    low, value, high = sorted(sign * figure[key] + 0.0 for key in ("low", "value", "high"))
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def _with_interval(figures: dict[str, Any], name: str) -> str:
    low, high = figures["intervals"][name]
    return f"{figures[name]:.3f} ({low:.3f}–{high:.3f})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
