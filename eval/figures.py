"""From scored rows to figures: every metric over all questions, per split, per type and per soort of document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from eval.evidence import few_shared_words
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
# How much of its words an answerable question shares with its evidence.
FEW_WORDS, MORE_WORDS = "hoogstens een derde", "meer dan een derde"
_KEYS: dict[str, Callable[[Row], tuple[str, ...]]] = {
    "all": lambda row: ("all",),
    "split": lambda row: (row.split,),
    "type": lambda row: (row.type,),
    "soort": lambda row: row.kinds,
    "shared_words": lambda row: _shared_words(row),
}


def aggregate(rows: Sequence[Row]) -> dict[str, dict[str, Figures]]:
    """Return the figures by grouping and group: ``result["type"]["wie"]["fact_recall"]``.

    Groupings: ``all`` (one group, ``all``), ``split``, ``type``, ``soort`` and ``shared_words`` cover the single
    questions, to which ``all`` and ``split`` add the success of follow-up turns; ``follow_up`` covers later turns by
    what they lean on. A question whose evidence stands in documents of several soorten counts in each;
    ``shared_words`` parts the answerable ones by how many of their words stand in the evidence.
    """
    single = [row for row in rows if not row.turn]
    later = [row for row in rows if row.turn > 1]
    result = {name: {group: _figures(found) for group, found in grouped(single, name).items()} for name in _KEYS}
    result["all"].setdefault("all", {}).update(_follow_up(later))
    for split, figures in result["split"].items():
        figures |= _follow_up([row for row in later if row.split == split])
    result["follow_up"] = {kind: _figures(found) for kind, found in grouped(later, "type").items()}
    return {grouping: groups for grouping, groups in result.items() if groups}


def grouped(rows: Iterable[Row], grouping: str) -> dict[str, list[Row]]:
    """Return ``rows`` by group of a grouping of `aggregate`, for any rows."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        for group in _KEYS[grouping](row):
            groups.setdefault(group, []).append(row)
    return dict(sorted(groups.items()))


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


def _shared_words(row: Row) -> tuple[str, ...]:
    if not row.evidence:
        return ()
    few = few_shared_words(row.asked[-1], " ".join(quote for _, quote in row.evidence))
    return (FEW_WORDS if few else MORE_WORDS,)


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
