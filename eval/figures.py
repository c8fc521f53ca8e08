"""From scored rows to figures: every metric over all questions, per split, per type and per soort of document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from eval.scoring import RANKING, Row
from eval.statistics import Figure, area_under_curve, brier_score, calibration_error, mean, percentile, precision

Figures = dict[str, Figure]

# Metrics that are plain means of a score per row, in the order in which they are shown.
MEANS = (
    *RANKING,
    *(f"document_{name}" for name in RANKING),
    "success",
    "fact_recall",
    "evidence_cited",
    "exact_evidence_rate",
    "answer_rate",
    "citation_precision",
    "citation_recall",
    "answer_words",
    "refusal_recall",
    "supported_sentence_rate",
    "sentences_dropped",
)
# What the gate watches and what a table on the terminal begins with.
MAIN = (
    "hit_at_1",
    "hit_at_5",
    "ndcg_at_10",
    "success",
    "fact_recall",
    "exact_evidence_rate",
    "citation_precision",
    "answer_rate",
    "refusal_recall",
    "follow_up_success",
)


# How a question ended that has no cause of being wrong.
RIGHT = "goed"


def aggregate(rows: Sequence[Row]) -> dict[str, dict[str, Figures]]:
    """Return the figures by grouping and group: ``result["type"]["wie"]["fact_recall"]``.

    Groupings: ``all`` (one group, ``all``), ``split``, ``type`` and ``soort`` cover the single questions, to which
    ``all`` and ``split`` add the success of follow-up turns; ``follow_up`` covers later turns by what they lean on.
    A question whose evidence stands in documents of several soorten counts in each.
    """
    single = [row for row in rows if not row.turn]
    later = [row for row in rows if row.turn > 1]
    splits = _grouped(single, lambda row: (row.split,))
    result = {
        "all": {"all": _figures(single) | _follow_up(later)},
        "split": {
            split: _figures(group) | _follow_up([row for row in later if row.split == split])
            for split, group in splits.items()
        },
        "type": {kind: _figures(group) for kind, group in _grouped(single, lambda row: (row.type,)).items()},
        "soort": {kind: _figures(group) for kind, group in _grouped(single, lambda row: row.kinds).items()},
        "follow_up": {kind: _figures(group) for kind, group in _grouped(later, lambda row: (row.type,)).items()},
    }
    return {grouping: groups for grouping, groups in result.items() if groups}


def endings(rows: Sequence[Row]) -> dict[str, Counter[str]]:
    """Return per type how the questions and turns ended, `RIGHT` or a cause: the type with most wrong first."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        kind = f"gesprek: {row.type}" if row.turn else row.type
        counts.setdefault(kind, Counter())[row.cause or RIGHT] += 1
    return dict(sorted(counts.items(), key=lambda item: item[1][RIGHT] / item[1].total()))


def metric_of(row: Row, metric: str) -> float | None:
    """Return what one row adds to a metric of `MAIN`; None when it has no part in it."""
    if metric == "follow_up_success":
        return row.scores["success"] if row.turn > 1 else None
    return None if row.turn else row.scores.get(metric)


def _grouped(rows: Iterable[Row], keys: Callable[[Row], tuple[str, ...]]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        for key in keys(row):
            groups.setdefault(key, []).append(row)
    return dict(sorted(groups.items()))


def _figures(rows: Sequence[Row]) -> Figures:
    result: Figures = {}
    for name in MEANS:
        values = [value for row in rows if (value := row.scores.get(name)) is not None]
        if values:
            result[name] = mean(values)
    answerable, probabilities = [row.answerable for row in rows], [row.probability for row in rows]
    result |= refusals(answerable, [row.refused for row in rows], probabilities)
    if 0 < sum(answerable) < len(rows):
        result["brier_score"] = brier_score(answerable, probabilities)
    return result | latencies([value for row in rows if (value := row.scores.get("latency_ms")) is not None])


def refusals(answerable: Sequence[bool], refused: Sequence[bool], probabilities: Sequence[float]) -> Figures:
    """Return whether refusing was right, and how well the probability tells; what the questions allow of it."""
    result: Figures = {}
    unanswerable = [not value for value in answerable]
    if any(unanswerable) and (found := precision(refused, unanswerable)):
        result["refusal_precision"] = found
    if area := area_under_curve(answerable, probabilities):
        result["refusal_auc"] = area
        result["calibration_error"] = calibration_error(answerable, probabilities)
    return result


def latencies(times_ms: Sequence[float]) -> Figures:
    """Return the percentiles of the time per question; nothing without times."""
    if not times_ms:
        return {}
    return {"latency_p50_ms": percentile(times_ms, 50), "latency_p95_ms": percentile(times_ms, 95)}


def _follow_up(rows: Sequence[Row]) -> Figures:
    values = [value for row in rows if (value := row.scores["success"]) is not None]
    return {"follow_up_success": mean(values)} if values else {}
