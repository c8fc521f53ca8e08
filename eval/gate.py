"""The gate: did answers get worse than the committed baseline, more than chance and tolerance allow?

The same questions are compared one by one (paired bootstrap). A metric fails when even the favourable end of the 95%
interval of its mean difference lies below minus its tolerance: a drop that chance does not explain. Reruns of the
same program differ in nothing but latency, which the gate does not watch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.figures import MAIN, metric_of
from eval.runs import Run
from eval.scoring import Row
from eval.statistics import Figure, paired_difference
from kb.errors import HandwijzerError, UsageError

BASELINE = Path(__file__).parent / "baseline.json"
_TOLERANCE = 0.01
# A citation that does not hold its statement is a broken promise, not a matter of quality.
TOLERANCES = dict.fromkeys(MAIN, _TOLERANCE) | {"citation_precision": 0.0}


class GateError(HandwijzerError):
    """Answers got worse than the baseline allows."""


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of two runs over the same questions. ``difference`` is after minus before.

    ``worse`` and ``better`` name the questions that turned.
    """

    metric: str
    before: float
    after: float
    difference: Figure
    tolerance: float
    worse: tuple[str, ...]
    better: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether the metric dropped by more than its tolerance, chance allowed for."""
        best_case = self.difference.high if self.difference.high is not None else self.difference.value
        return best_case < -self.tolerance


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the gate compares with: the scores of every question, by metric, and the figures that docs quote."""

    questions: str
    created: str
    scores: dict[str, dict[str, float]]
    figures: dict[str, Any]
    setting: dict[str, Any]


def scores_of(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return the score of every row that has one, by metric and row id."""
    return {metric: {row.id: value for row in rows if (value := metric_of(row, metric)) is not None} for metric in MAIN}


def baseline_of(run: Run) -> Baseline:
    """Return what is kept of a run to compare later ones with."""
    content = run.as_json(rows=False)
    return Baseline(run.questions, run.created, scores_of(run.rows), content["figures"], content["setting"])


def save_baseline(run: Run, path: Path = BASELINE) -> None:
    """Write the baseline, a metric's scores on one line, so that a change of it can be read."""
    content = asdict(baseline_of(run))
    lines = [f' "{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in content.items() if key != "scores"]
    scores = [f'  "{metric}": {json.dumps(rows)}' for metric, rows in content["scores"].items()]
    path.write_text("{\n" + ",\n".join(lines) + ',\n "scores": {\n' + ",\n".join(scores) + "\n }\n}\n", "utf-8")


def load_baseline(path: Path = BASELINE) -> Baseline:
    """Read a baseline. Raises `UsageError` when there is none."""
    try:
        return Baseline(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"{path} is er niet of is geen nulmeting. Maak hem met: handwijzer eval --save-baseline"
        ) from error


def compare(before: dict[str, dict[str, float]], after: dict[str, dict[str, float]]) -> list[Change]:
    """Return per metric how ``after`` differs from ``before``, over the rows that both have."""
    changes = []
    for metric in MAIN:
        old, new = before.get(metric, {}), after.get(metric, {})
        shared = sorted(old.keys() & new.keys())
        if shared:
            first, second = [old[key] for key in shared], [new[key] for key in shared]
            changes.append(
                Change(
                    metric=metric,
                    before=round(sum(first) / len(shared), 4),
                    after=round(sum(second) / len(shared), 4),
                    difference=paired_difference(first, second),
                    tolerance=TOLERANCES[metric],
                    worse=tuple(key for key in shared if new[key] < old[key]),
                    better=tuple(key for key in shared if new[key] > old[key]),
                )
            )
    return changes


def check(run: Run, baseline: Baseline) -> list[Change]:
    """Compare a run with the baseline. Raises `UsageError` when they asked other questions."""
    if run.questions != baseline.questions:
        raise UsageError(
            "De vragenset is veranderd sinds de nulmeting, dus de cijfers zijn niet te vergelijken. Bekijk de nieuwe "
            "cijfers en maak de nulmeting opnieuw met: handwijzer eval --save-baseline"
        )
    return compare(baseline.scores, scores_of(run.rows))


def require(changes: list[Change]) -> None:
    """Raise `GateError` naming what failed and which questions turned."""
    failed = [change for change in changes if change.failed]
    if failed:
        lines = [
            f"{change.metric}: {change.before:.3f} werd {change.after:.3f} (toegestaan verschil {change.tolerance}); "
            f"slechter: {', '.join(change.worse)}"
            for change in failed
        ]
        raise GateError("De antwoorden zijn slechter dan de nulmeting. " + "; ".join(lines))
