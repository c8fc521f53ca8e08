"""From what the processes report to the figures of the bench: medians, percentiles, hits, ratios, targets.

Ratios and targets are taken over the rounded figures, so that a reader can check them on what is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

import numpy as np

from eval.bench.processes import Outcome
from eval.scoring import Place

Figures = dict[str, Any]
Stretch = Sequence[Any]
"""A stretch of a document that a side found: ``[document id, start, end, words]``."""


def latency(times_ms: Sequence[float]) -> Figures:
    """Return percentiles and mean, in ms."""
    p50, p95 = np.percentile(times_ms, [50, 95])
    figures = {"p50_ms": p50, "p95_ms": p95, "mean_ms": fmean(times_ms)}
    return {name: round(float(value), 2) for name, value in figures.items()}


def medians(runs: Sequence[Mapping[str, Any]]) -> Figures:
    """Return the median of every figure over repetitions; None where a repetition has none."""
    result: Figures = {}
    for name in runs[0]:
        values = [run[name] for run in runs]
        result[name] = None if None in values else median(values)
    return result


def rounded(figures: Mapping[str, Any]) -> Figures:
    """Return the figures with two decimals; counts stay counts."""
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}


def ingest_figures(runs: Sequence[Outcome]) -> Figures:
    """Return the speed of ingesting, medians over ``runs``."""
    found = medians([
        {
            "seconds": run.result["seconds"],
            "words_per_s": run.result["words"] / run.result["seconds"],
            "passages_per_s": run.result["passages"] / run.result["seconds"],
            "peak_rss_mb": run.peak_rss_mb,
        }
        for run in runs
    ])  # fmt: skip
    fixed = {name: runs[0].result[name] for name in ("words", "passages", "tokens", "tokens_truncated_share")}
    every = [round(run.result["seconds"], 2) for run in runs]
    return fixed | rounded(found) | {"all_seconds": every}


def question_figures(runs: Sequence[Outcome]) -> Figures:
    """Return the speed of answering, medians over ``runs``."""
    figures = medians([
        latency(run.result["times_ms"])
        | {"load_s": run.result["load_s"], "start_to_first_answer_s": run.events["answered"]}
        | {"peak_rss_mb": run.peak_rss_mb}
        for run in runs
    ])  # fmt: skip
    every = [latency(run.result["times_ms"])["p50_ms"] for run in runs]
    return {"questions": len(runs[0].result["times_ms"])} | rounded(figures) | {"all_p50_ms": every}


def hit_figures(found: Sequence[Sequence[Stretch]], evidence: Sequence[Sequence[Place]]) -> Figures:
    """Return how often one of the best 1 and 5 stretches holds at least half of a piece of evidence.

    Questions without evidence in these documents do not count. ``words_in_top_5`` is how much text those five hold on
    average: a longer stretch finds more easily and says less precisely where.
    """
    judged = [(stretches, places) for stretches, places in zip(found, evidence, strict=True) if places]
    if not judged:
        return {"judged_questions": 0, "hit_at_1": None, "hit_at_5": None, "words_in_top_5": None}
    ranks = [
        [any(place.is_in(document, [(start, end)]) for place in places) for document, start, end, _ in stretches]
        for stretches, places in judged
    ]
    return {
        "judged_questions": len(judged),
        "hit_at_1": round(fmean(any(rank[:1]) for rank in ranks), 4),
        "hit_at_5": round(fmean(any(rank[:5]) for rank in ranks), 4),
        "words_in_top_5": round(fmean(sum(stretch[3] for stretch in stretches[:5]) for stretches, _ in judged)),
    }


def beside_without(read: Figures, without: Figures) -> Figures:
    """Return how many times as long a question takes ``read`` with the reader, and how much memory it adds, in MB; None
    where the system does not tell."""
    grown = None
    if read["peak_rss_mb"] is not None and without["peak_rss_mb"] is not None:
        grown = round(read["peak_rss_mb"] - without["peak_rss_mb"], 1)
    times = {f"{name}_ratio": round(read[f"{name}_ms"] / without[f"{name}_ms"], 2) for name in ("p50", "p95")}
    return times | {"rss_growth_mb": grown}


def ratios(figures: Figures) -> Figures | None:
    """Return how many times as fast as the plain pipeline this system is, None when that was not measured."""
    ingest, questions = figures["ingest"], figures["questions"]
    if ingest["peer"] is None:
        return None
    own, peer = questions["own"], questions["peer"]
    return {
        "questions_p50": round(peer["p50_ms"] / own["p50_ms"], 2),
        "questions_p95": round(peer["p95_ms"] / own["p95_ms"], 2),
        "ingest_words_per_s": round(ingest["own"]["words_per_s"] / ingest["peer"]["words_per_s"], 2),
        "start_to_first_answer": round(peer["start_to_first_answer_s"] / own["start_to_first_answer_s"], 2),
    }


def targets(figures: Figures) -> list[Figures]:
    """Return every target that this run could check: ``{"name", "value", "limit", "at_least", "met"}``."""
    found: list[tuple[str, float | None, float, bool]] = []
    if figures["ratios"]:
        found += [
            ("questions_ratio", figures["ratios"]["questions_p50"], 4.0, True),
            ("ingest_ratio", figures["ratios"]["ingest_words_per_s"], 2.5, True),
        ]
    found += [
        ("ingest_truncated_share", figures["ingest"]["own"]["tokens_truncated_share"], 0.0, False),
        ("serve_ready_s", figures["start"]["serve_ready_s"], 4.0, False),
    ]
    soak = figures["load"]["soak"]
    found += [
        ("soak_server_errors", soak["server_errors"], 0, False),
        ("soak_quiet_to_busy_p50", soak["quiet_to_busy_p50"], 0.5, False),
    ]
    if soak["memory_first_mb"] and soak["memory_last_mb"]:
        found += [("soak_memory_growth", round(soak["memory_last_mb"] / soak["memory_first_mb"], 3), 1.05, False)]
    many = figures["reingest"]["many"]
    if many["documents"] >= 1_000:
        found += [
            ("reingest_unchanged_share_of_1000", many["unchanged_share"], 0.05, False),
            ("reingest_changed_extra_s_of_1000", many["changed_extra_s"], 3.0, False),
        ]
    points = {point["passages"]: point for point in figures["scale"]["points"]}
    if point := points.get(10_000):
        found += [("p95_ms_at_10000", point["p95_ms"], 80.0, False)]
        found += [("serve_peak_rss_mb_at_10000", point["serve_peak_rss_mb"], 900.0, False)]
        if read := point.get("with_reader"):
            found += [("p95_ms_at_10000_with_reader", read["p95_ms"], 300.0, False)]
            found += [("reader_rss_growth_mb_at_10000", read["rss_growth_mb"], 150.0, False)]
    if point := points.get(100_000):
        found += [("p95_ms_at_100000", point["p95_ms"], 200.0, False)]
    return [
        {"name": name, "value": value, "limit": limit, "at_least": at_least,
         "met": value >= limit if at_least else value <= limit}
        for name, value, limit, at_least in found
        if value is not None
    ]  # fmt: skip
