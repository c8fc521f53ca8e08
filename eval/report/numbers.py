"""Figures as a Dutch reader writes them: a comma for decimals, shares as percentages."""

from __future__ import annotations

from datetime import datetime

from eval.statistics import Figure
from kb.dutch import MONTHS

# Scores between 0 and 1 that are no share of anything, so a percentage would say something else.
_SCORES = ("mrr", "ndcg", "auc", "calibration_error", "brier_score", "f1")
_AMOUNTS = ("answer_words", "latency_p50_ms", "latency_p95_ms", "latency_ms")


def is_share(metric: str) -> bool:
    """Tell whether a metric is a share of questions or facts, shown as a percentage."""
    return metric not in _AMOUNTS and not any(part in metric for part in _SCORES)


def shown(metric: str, value: float | None) -> str:
    """Return a value of a metric as text; a dash when there is none."""
    if value is None:
        return "–"
    if metric in _AMOUNTS:
        return decimal(value, 0 if value >= 10 else 1)
    return percentage(value) if is_share(metric) else decimal(value, 2)


def interval(metric: str, figure: Figure) -> str:
    """Return the 95% interval of a figure as text; empty when the rows are too few, or too much alike, for one."""
    if figure.low is None or figure.high is None:
        return ""
    low, high = shown(metric, figure.low), shown(metric, figure.high)
    # Rows that all score the same have an interval of no width, which says nothing.
    return "" if low == high == shown(metric, figure.value) else f"{low.removesuffix('%')}–{high}"


def difference(metric: str, value: float | None) -> str:
    """Return a difference with its sign: percentage points for shares, else in the metric's own unit."""
    if value is None:
        return "–"
    text = decimal(abs(value * 100), 1) if is_share(metric) else decimal(abs(value), 0 if metric in _AMOUNTS else 3)
    if not text.strip("0,"):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def percentage(value: float) -> str:
    """Return a share as a percentage; rounding never makes it all or nothing."""
    if 0 < value < 0.0005:
        return "<0,1%"
    if 0.9995 <= value < 1:
        return ">99,9%"
    almost = 0 < value < 0.005 or 0.995 <= value < 1
    return f"{decimal(value * 100, 1 if almost else 0)}%"


def decimal(value: float, digits: int) -> str:
    """Return a number with a decimal comma, and a dot between thousands."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def moment(stamp: str) -> str:
    """Return an ISO date and time as a Dutch one; what can not be read stays as it is."""
    try:
        when = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    zone = f" ({when.tzname()})" if when.tzinfo else ""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}, {when:%H:%M} uur{zone}"
