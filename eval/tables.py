"""Figures as tables on the terminal and as flat JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.ablation import COMPARED, WHOLE, Effect, effects, turned
from eval.figures import MAIN, Figures
from eval.gate import Change
from eval.question_check import MAX_OVERLAP, Checked
from eval.report.labels import CAUSES, METRICS
from eval.runs import Run
from eval.statistics import Figure

_PER_GROUP = ("hit_at_1", "hit_at_5", "success", "fact_recall", "exact_evidence_rate", "answer_rate",
              "refusal_recall")  # fmt: skip
_GROUPINGS = {
    "type": "type vraag",
    "shared_words": "woorden uit het bewijs",
    "soort": "soort document",
    "follow_up": "vervolgvraag",
}
_ALL = "all"


def flat_figures(figures: Figures) -> dict[str, Any]:
    """Return figures as ``{metric: value, …, "intervals": {metric: [low, high]}, "counts": {metric: n}}``."""
    values: dict[str, Any] = {name: figure.value for name, figure in figures.items()}
    values["intervals"] = {name: [figure.low, figure.high] for name, figure in figures.items()}
    values["counts"] = {name: figure.n for name, figure in figures.items()}
    return values


def flat(run: Run, changes: Sequence[Change] = (), ablation: Mapping[str, Run] | None = None) -> dict[str, Any]:
    """Return what ``handwijzer eval --json`` prints: the figures over all questions at the top, groups below."""
    content = run.as_json(rows=False)
    result = {key: content[key] for key in ("id", "created", "release", "encoder", "questions", "setting")}
    result |= flat_figures(run.figures["all"]["all"])
    for grouping, groups in run.figures.items():
        if grouping != "all":
            result[grouping] = {group: flat_figures(figures) for group, figures in groups.items()}
    result["calibration"] = content["calibration"]
    result["failed"] = {row.id: row.cause for row in run.rows if row.cause}
    if changes:
        result["changes"] = {change.metric: _as_json(change) for change in changes}
        result["passed"] = not any(change.failed for change in changes)
    if ablation:
        result["ablation"] = {
            name: flat_figures(one.figures["all"]["all"]) | {"effects": _flat_effects(ablation[WHOLE], one)}
            for name, one in ablation.items()
        }
    return result


def _flat_effects(whole: Run, run: Run) -> dict[str, Any]:
    """Return the effects by view, group and metric, without the groups in which no question scores otherwise."""
    return {
        view: {
            group: {name: asdict(effect) for name, effect in found.items()}
            for group, found in groups.items()
            if turned(found)
        }
        for view, groups in effects(whole, run).items()
    }


def _as_json(change: Change) -> dict[str, Any]:
    return {
        "before": change.before,
        "after": change.after,
        "difference": change.difference.value,
        "interval": [change.difference.low, change.difference.high],
        "tolerance": change.tolerance,
        "failed": change.failed,
        "worse": list(change.worse),
        "better": list(change.better),
    }


def print_run(run: Run, console: Console) -> None:
    """Print the figures over all questions and per split, then per group, then why answers were wrong."""
    splits = run.figures["split"]
    table = Table("maat", "alle vragen", *splits)
    whole = run.figures["all"]["all"]
    for name in dict.fromkeys([*(name for name in MAIN if name in whole), *whole]):
        figure = whole[name]
        table.add_row(METRICS[name][0], shown(figure), *(shown(group.get(name)) for group in splits.values()))
    console.print(table)
    for grouping, title in _GROUPINGS.items():
        groups = run.figures.get(grouping)
        if groups:
            _print_groups(title, groups, console)
    causes = Counter(row.cause for row in run.rows if row.cause)
    listed = ", ".join(f"{count} {CAUSES[cause][0]}" for cause, count in causes.most_common())
    console.print(f"{len(run.rows)} vragen en beurten, {sum(causes.values())} fout: {listed}.", markup=False)


def _print_groups(title: str, groups: Mapping[str, Figures], console: Console) -> None:
    names = [name for name in _PER_GROUP if any(name in figures for figures in groups.values())]
    table = Table(title, "aantal", *(METRICS[name][0] for name in names))
    for group, figures in groups.items():
        table.add_row(group, str(figures["success"].n), *(shown(figures.get(name), False) for name in names))
    console.print(table)


def print_changes(changes: Sequence[Change], against: str | None, console: Console) -> None:
    """Print per main metric what changed since another run, and which questions turned; nothing without changes."""
    if not changes:
        return
    table = Table("maat", str(against), "nu", "verschil", "oordeel", "slechter / beter")
    for change in changes:
        verdict = "slechter" if change.failed else "goed"
        turned = f"{len(change.worse)} / {len(change.better)}"
        table.add_row(
            METRICS[change.metric][0], f"{change.before:.3f}", f"{change.after:.3f}", shown(change.difference), verdict,
            turned, style="red" if change.failed else None,
        )  # fmt: skip
    console.print(table)
    turned_ids = sorted({key for change in changes for key in change.worse})
    if turned_ids:
        console.print(f"Slechter geworden: {', '.join(turned_ids)}", markup=False)


def print_ablation(ablation: Mapping[str, Run], console: Console) -> None:
    """Print the main metrics with every part off in turn, for all questions and per split, with below each how it
    differs from everything on; then the same for each group that a part makes a difference to. Nothing without runs."""
    if not ablation:
        return
    names = [METRICS[name][0] for name in COMPARED]
    found = {label: effects(ablation[WHOLE], run) for label, run in ablation.items()}
    for view, groups in found[WHOLE].items():
        title = "alle vragen" if view == _ALL else view
        table = Table(title, *names)
        for label, views in found.items():
            table.add_row(label, *_cells(views[view][_ALL], differ=label != WHOLE))
        console.print(table)
        table = Table(f"{title}, per groep", "", *names)
        for group in (group for group in groups if group != _ALL):
            for label, views in found.items():
                if turned(views[view][group]):
                    table.add_row(group, label, *_cells(views[view][group]))
        if table.row_count:
            console.print(table)


def _cells(found: Mapping[str, Effect], differ: bool = True) -> list[str]:
    """Return for each metric the figure, and when they ``differ`` by how much below it."""
    cells = []
    for effect in (found.get(name) for name in COMPARED):
        cells.append(shown(effect.figure if effect else None))
        if effect and differ:
            cells[-1] += f"\n{_signed(effect.difference) if effect.turned else 'gelijk'}"
    return cells


def _signed(difference: Figure) -> str:
    parts = [f"{part:+.3f}" for part in (difference.value, difference.low, difference.high) if part is not None]
    return parts[0] if len(parts) == 1 else f"{parts[0]} ({parts[1]} tot {parts[2]})"


def print_figures(figures: Figures, console: Console) -> None:
    """Print one figure a row."""
    table = Table("maat", "waarde")
    for name, figure in figures.items():
        table.add_row(METRICS[name][0], shown(figure))
    console.print(table)


def print_checked(outcome: Checked, console: Console) -> None:
    """Print the faults of a question set, its size per type, and how much of the questions its evidence repeats."""
    for fault in outcome.faults:
        console.print(fault, markup=False, style="red")
    table = Table("type", "dev", "test")
    for kind, (dev, test) in outcome.counts.items():
        table.add_row(kind, str(dev), str(test))
    console.print(table)
    spread = outcome.spread
    console.print(
        f"Overlap van vraag en bewijs (hoogstens {MAX_OVERLAP}): gemiddeld {spread['mean']}, "
        f"mediaan {spread['median']}, kwartielen {spread['quartile_1']} en {spread['quartile_3']}, "
        f"hoogste {spread['max']}. Boven 0,4: {spread['share_above_0_4']:.0%} van de vragen.",
        markup=False,
    )
    console.print("De set klopt." if not outcome.faults else f"{len(outcome.faults)} fouten.", markup=False)


def shown(figure: Figure | None, interval: bool = True) -> str:
    """Return a figure as text: two decimals for shares, whole numbers above ten, with its interval when asked."""
    if figure is None:
        return ""
    form = "{:.0f}" if abs(figure.value) > 10 else "{:.2f}"
    if not interval or figure.low is None or figure.high is None:
        return form.format(figure.value)
    return f"{form.format(figure.value)} ({form.format(figure.low)}–{form.format(figure.high)})"
