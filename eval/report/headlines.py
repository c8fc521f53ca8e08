"""The figures that answer "is it any good?", in words that need no explanation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.figures import Figures
from eval.gate import Change
from eval.report.labels import CAUSES, metric
from eval.report.numbers import interval, percentage, shown
from eval.runs import Run
from eval.statistics import Figure, mean


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure with its interval and the sentence that says what it means."""

    value: str
    interval: str
    sentence: str


def headlines(run: Run) -> list[Headline]:
    """Return the headlines that the run has figures for, most important first."""
    figures = run.figures.get("all", {}).get("all", {})
    answerable = [row for row in run.rows if row.answerable and not row.turn]
    right = mean([row.scores["success"] or 0.0 for row in answerable]) if answerable else None
    sayings: list[tuple[str, Figure | None, Callable[[int, int], str]]] = [
        ("success", right, lambda part, n: (
            f"Van de {n} vragen die de documenten beantwoorden, kregen er {part} een goed antwoord: alle feiten, met "
            "de juiste bron.")),
        ("refusal_recall", figures.get("refusal_recall"), lambda part, n: (
            f"Van de {n} vragen die de documenten niet beantwoorden, zei Handwijzer dat bij {part} ook.")),
        ("hit_at_5", figures.get("hit_at_5"), lambda part, n: (
            f"Bij {part} van de {n} vragen stond het bewijs bij de eerste 5 gevonden passages.")),
        ("answer_rate", figures.get("answer_rate"), lambda part, n: (
            f"Van de {n} vragen die de documenten beantwoorden, kregen er {part} een antwoord, goed of fout. "
            f"Bij {n - part} zei Handwijzer ten onrechte dat het er niet in staat.")),
        ("follow_up_success", figures.get("follow_up_success"), lambda part, n: (
            f"Van de {n} vervolgvragen in gesprekken kregen er {part} een goed antwoord.")),
        ("citation_precision", figures.get("citation_precision"), lambda part, n: (
            f"In de {n} antwoorden klopt gemiddeld zoveel van de bronvermeldingen: de zin staat letterlijk in de "
            "genoemde bron.")),
    ]  # fmt: skip
    result = [
        Headline(shown(name, one.value), interval(name, one), say(round(one.value * one.n), one.n))
        for name, one, say in sayings if one
    ]  # fmt: skip
    return result + _speed(figures)


def where_it_fails(run: Run) -> str:
    """Return in a sentence or two how much failed, why most often, and which types of question do worst."""
    causes = Counter(row.cause for row in run.rows if row.cause)
    if not causes:
        return f"Alle {len(run.rows)} vragen en beurten zijn goed afgehandeld."
    listed = ", ".join(f"{CAUSES[cause][0] if cause in CAUSES else cause} ({n})" for cause, n in causes.most_common())
    said = f"Van alle {len(run.rows)} vragen en beurten ging het bij {causes.total()} mis: {listed}."
    types = {kind: found["success"].value for kind, found in run.figures.get("type", {}).items() if "success" in found}
    if len(types) > 3:
        worst = sorted(types, key=lambda kind: types[kind])[:3]
        said += f" Het slechtst gaan de typen {', '.join(f'{kind} ({percentage(types[kind])})' for kind in worst)}."
    return said


def compared(changes: Sequence[Change]) -> str:
    """Return in a sentence which main metrics are clearly better or worse; empty without changes."""
    if not changes:
        return ""
    better = [metric(one.metric)[0] for one in changes if one.difference.low is not None and one.difference.low > 0]
    worse = [metric(one.metric)[0] for one in changes if one.difference.high is not None and one.difference.high < 0]
    if not better and not worse:
        return "Geen enkel cijfer is duidelijk beter of slechter."
    parts = [f"duidelijk {way}: {', '.join(names)}" for way, names in (("beter", better), ("slechter", worse)) if names]
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}. De andere cijfers verschillen niet duidelijk."


def _speed(figures: Figures) -> list[Headline]:
    half, most = figures.get("latency_p50_ms"), figures.get("latency_p95_ms")
    if not half or not most:
        return []
    sentence = (
        f"De helft van de antwoorden is binnen {shown('latency_ms', half.value)} milliseconden klaar, 95% binnen "
        f"{shown('latency_ms', most.value)}."
    )
    return [Headline(f"{shown('latency_ms', half.value)} ms", interval("latency_ms", half), sentence)]
