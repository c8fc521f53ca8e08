"""The page: what a template needs of a run, and the template filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval.ablation import COMPARED, WHOLE, Effect, effects, turned
from eval.figures import MAIN, Figures
from eval.gate import Change
from eval.report import numbers
from eval.report.failures import anchor, failures
from eval.report.headlines import compared, headlines, where_it_fails
from eval.report.labels import CAUSES, METRICS, SUBJECTS, TYPES, metric
from eval.report.plots import draw
from eval.runs import Run

_ALL = "all"
# Metrics in the order of their explanation: whether answers are right comes first.
_MAIN = [name for name in METRICS if name in MAIN]
# What tells types apart; the rest is the same for nearly all, or says what its neighbour says.
_PER_GROUP = [name for name in _MAIN if name not in ("follow_up_success", "ndcg_at_10")]
_GROUPINGS = {
    "type": ("Per type vraag", "Losse vragen, het slechtste type bovenaan."),
    "shared_words": (
        "Per deel van de woorden dat in het bewijs staat",
        "Losse vragen met antwoord, naar hoeveel van hun woorden ook in het bewijs staan. Woorden als “de” en “hoe” "
        "tellen niet mee. Staat hoogstens een derde erin, dan zegt het bewijs het met andere woorden dan de vraag.",
    ),
    "soort": (
        "Per soort document",
        "Losse vragen, naar de soort van de documenten met het bewijs. Staat bewijs in meer soorten, dan telt de vraag "
        "bij elke soort mee.",
    ),
    "follow_up": ("Per type vervolgvraag", "Vervolgvragen in een gesprek, naar wat ze lastig maakt."),
}
_PARTS = {
    "dense": "betekenis (vectoren)",
    "lexical": "woorden (BM25)",
    "late": "woord voor woord (MaxSim)",
    "reader": "lezer",
    "hints": "opgegeven vragen",
    "spelling": "spelling",
    "glossary": "afkortingen",
    "question_form": "vraagvorm",
    "follow_ups": "vervolgvragen",
}


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of several groups beside or below each other: the metrics that any of them has, in order."""

    key: str
    title: str
    note: str
    metrics: list[str]
    groups: dict[str, Figures]


@dataclass(frozen=True, slots=True)
class Turned:
    """A question that turned; ``link`` is its place in the page when it fails."""

    id: str
    question: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """What is left of the metrics with one part off, in a ``group`` of the questions (empty: in all of them)."""

    name: str
    effects: dict[str, Effect]
    group: str = ""


def rendered(run: Run, changes: Sequence[Change], compared_with: str | None, ablation: Mapping[str, Run]) -> str:
    """Return the report as HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["capital"] = _capital
    environment.filters["moment"] = numbers.moment
    environment.filters["percentage"] = numbers.percentage
    figures = run.figures.get("all", {}).get("all", {})
    changes = sorted(changes, key=lambda change: _MAIN.index(change.metric))
    failed = failures(run.rows)
    rows = [failure.row for found in failed.values() for failure in found]
    return environment.get_template("report.html").render(
        run=run,
        headlines=headlines(run),
        where=where_it_fails(run),
        compared=compared(changes),
        facts=_measured(run),
        splits=_beside_each_other(run),
        main=[name for name in _MAIN if name in figures],
        plots=draw(run, changes),
        tables=_tables(run),
        changes=changes,
        compared_with=compared_with,
        verdicts={change.metric: _verdict(change) for change in changes},
        turned={change.metric: _turned(run, change) for change in changes},
        views=_views(ablation),
        whole=WHOLE,
        measured=[name for name in METRICS if name in COMPARED],
        failed=failed,
        types=sorted({(bool(row.turn), row.type) for row in rows}),
        split_names=sorted({row.split for row in rows}),
        total=len(rows),
        metric=metric,
        shown=numbers.shown,
        interval=numbers.interval,
        difference=numbers.difference,
        causes=CAUSES,
        explained=TYPES,
        subjects=SUBJECTS,
        metrics=METRICS,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _measured(run: Run) -> dict[str, str]:
    """Return what was measured, by what it is called."""
    setting, rows = run.setting, run.rows
    single = [row for row in rows if not row.turn]
    answerable = sum(row.answerable for row in single)
    turns = len(rows) - len(single)
    conversations = len({row.id.rpartition("/")[0] for row in rows if row.turn})
    parts = setting.get("parts", {})
    off = [name for key, name in _PARTS.items() if not {**parts, **parts.get("legs", {})}.get(key, True)]
    found = {
        "Gemeten op": numbers.moment(run.created),
        "Vragen": f"{len(single)} losse vragen, {answerable} met en {len(single) - answerable} zonder antwoord",
        "Gesprekken": f"{conversations} gesprekken met samen {turns} beurten",
        "Documenten": f"{setting.get('documents', '?')} documenten, {setting.get('passages', '?')} passages",
        "Release": run.release,
        "Taalmodel": run.encoder,
        "Lezer": setting.get("reader") or "geen",
        "Onderdelen": f"zonder {', '.join(off)}" if off else "alles aan",
        "Drempel om te antwoorden": numbers.decimal(float(parts.get("threshold", 0)), 2),
        "Machine": str(setting.get("machine", "onbekend")),
        "Vragenset (kenmerk)": run.questions,
        "Meting": run.id,
    }
    if not turns:
        del found["Gesprekken"]
    return found


def _beside_each_other(run: Run) -> Table:
    """Return all questions and each split as the columns of one table."""
    groups = {"alle vragen": run.figures.get("all", {}).get("all", {})}
    groups |= run.figures.get("split", {})
    return _table("splitsing", "", "", groups, tuple(METRICS))


def _tables(run: Run) -> list[Table]:
    result = []
    for grouping, (title, note) in _GROUPINGS.items():
        groups = run.figures.get(grouping, {})
        ordered = sorted(groups, key=lambda group: groups[group]["success"].value if "success" in groups[group] else 0)
        if groups:
            result.append(_table(grouping, title, note, {group: groups[group] for group in ordered}, _PER_GROUP))
    return result


def _table(key: str, title: str, note: str, groups: dict[str, Figures], names: Sequence[str]) -> Table:
    return Table(key, title, note, [name for name in names if any(name in one for one in groups.values())], groups)


def _verdict(change: Change) -> tuple[str, str]:
    """Return what a change means, as a CSS class and in words."""
    low, high = change.difference.low, change.difference.high
    if change.failed:
        return "slecht", "slechter dan toegestaan"
    if low is not None and low > 0:
        return "goed", "duidelijk beter"
    if high is not None and high < 0:
        return "slecht", "duidelijk slechter"
    return "", "geen duidelijk verschil" if change.worse or change.better else "gelijk"


def _turned(run: Run, change: Change) -> dict[str, list[Turned]]:
    rows = {row.id: row for row in run.rows}
    return {
        name: [
            Turned(key, rows[key].asked[-1], anchor(key) if rows[key].cause else None) for key in keys if key in rows
        ]
        for name, keys in (("slechter", change.worse), ("beter", change.better))
    }


def _views(ablation: Mapping[str, Run]) -> dict[str, tuple[list[Part], list[Part]]]:
    """Return for all questions and per split every part, and the parts that make a difference to a group of them."""
    found = {name: effects(ablation[WHOLE], one) for name, one in ablation.items()}
    return {
        "Alle vragen" if view == _ALL else f"Deel van de set: {view}": (
            [Part(name, one[view][_ALL]) for name, one in found.items()],
            [
                Part(name, one[view][group], group)
                for group in groups
                for name, one in found.items()
                if group != _ALL and turned(one[view][group])
            ],
        )
        for view, groups in (found[WHOLE].items() if found else ())
    }
