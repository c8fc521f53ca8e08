"""The plots of a report; each is None where the run has nothing to draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter
from scipy.stats import binomtest

from eval.figures import RIGHT, endings
from eval.gate import Change
from eval.report.drawing import Ink, Plot, canvas, inline, settings
from eval.report.labels import CAUSES, metric
from eval.report.numbers import decimal, difference, percentage, shown
from eval.runs import Run
from eval.scoring import Row
from eval.statistics import Figure

_PERCENT = FuncFormatter(lambda value, _: f"{value:.0%}")
_BIN_WIDTH = 0.05
# Longer names would leave no room for what they name.
_LONGEST_NAME = 22
_BEHIND_TEXT = {"facecolor": str(Ink.SURFACE), "edgecolor": "none", "pad": 1}


def draw(run: Run, changes: Sequence[Change] = ()) -> list[Plot]:
    """Return every plot that the run, and what it is compared with, gives."""
    with settings():
        plots = (
            scores_per_type(run),
            causes_per_type(run.rows),
            probabilities(run),
            calibration(run),
            comparison(changes),
            latency(run),
        )
    return [plot for plot in plots if plot]


def scores_per_type(run: Run) -> Plot | None:
    """Draw per type of question how much was right, and for how many the evidence was found: worst at the bottom."""
    found = {kind: figures for kind, figures in run.figures.get("type", {}).items() if "success" in figures}
    if not found:
        return None
    order = sorted(found, key=lambda kind: found[kind]["success"].value)
    title = "Hoe goed gaat het per type vraag?"
    figure, (axes,) = canvas(0.75 + 0.27 * len(order))
    for place, kind in enumerate(order):
        evidence = found[kind].get("hit_at_5")
        if evidence:
            axes.plot(
                evidence.value, place, "D", markersize=6.5, markerfacecolor=Ink.SURFACE,
                markeredgecolor=Ink.RETRIEVAL_MISS, markeredgewidth=1.6, clip_on=False, zorder=3,
            )  # fmt: skip
        _dot(axes, found[kind]["success"], place)
    _name_rows(axes, [f"{kind} ({found[kind]['success'].n})" for kind in order])
    _shares(axes, "Aandeel van de vragen")
    worst, best = order[0], order[-1]
    return Plot(
        "typen",
        title,
        inline(figure, "typen", title),
        f"Het best gaat {best} ({percentage(found[best]['success'].value)}), het slechtst gaat {worst} "
        f"({percentage(found[worst]['success'].value)}). De streep is het 95%-interval. Staat de ruit veel verder naar "
        "rechts dan de stip, dan is het bewijs wel gevonden, maar komt het niet in het antwoord. Tussen haken: het "
        "aantal vragen.",
        (("●", Ink.GOOD, "goed afgehandeld"), ("◇", Ink.RETRIEVAL_MISS, "bewijs bij de eerste 5 passages")),
    )


def causes_per_type(rows: Sequence[Row]) -> Plot | None:
    """Draw per type how the questions and follow-ups ended: right, or which cause."""
    counts = endings(rows)
    if not counts:
        return None
    order = list(counts)
    title = "Waar gaat het mis?"
    figure, (axes,) = canvas(0.75 + 0.27 * len(order))
    ways = [RIGHT, *CAUSES]
    for place, kind in enumerate(order):
        begin, total = 0.0, counts[kind].total()
        for ending in ways:
            share = counts[kind][ending] / total
            if share:
                axes.barh(place, share, left=begin, height=0.78, color=_ink(ending), edgecolor=Ink.SURFACE, zorder=2)
            if share >= 0.07:
                axes.text(
                    begin + share / 2, place, str(counts[kind][ending]), color=_ink(ending, on=True),
                    ha="center", va="center_baseline", fontsize=9.5,
                )  # fmt: skip
            begin += share
    _name_rows(axes, order)
    _shares(axes, "Aandeel van de vragen en beurten")
    failed = Counter(row.cause for row in rows if row.cause)
    most = failed.most_common(1)
    reading = (
        f"Van de {len(rows)} vragen en beurten ging het bij {failed.total()} mis, het vaakst: {CAUSES[most[0][0]][0]} "
        f"({most[0][1]})." if most else "Alle vragen en beurten zijn goed afgehandeld."
    )  # fmt: skip
    present = [ending for ending in ways if any(found[ending] for found in counts.values())]
    return Plot(
        "oorzaken", title, inline(figure, "oorzaken", title), f"{reading} De getallen zijn aantallen vragen.",
        tuple(("■", _ink(ending), CAUSES[ending][0] if ending in CAUSES else ending) for ending in present),
    )  # fmt: skip


def probabilities(run: Run) -> Plot | None:
    """Draw how the probability is spread, for questions that the documents answer and each sort that they do not."""
    single = [row for row in run.rows if not row.turn]
    kinds = sorted({row.type for row in single if not row.answerable})
    groups = {"staat er wel in": [row for row in single if row.answerable]}
    groups |= {kind: [row for row in single if row.type == kind] for kind in kinds}
    groups = {name: rows for name, rows in groups.items() if rows}
    if not groups:
        return None
    title = "Herkent Handwijzer vragen zonder antwoord?"
    figure, panels = canvas(0.5 + 1.15 * len(groups), len(groups))
    edges = np.arange(0, 1 + _BIN_WIDTH, _BIN_WIDTH)
    threshold = run.setting.get("parts", {}).get("threshold")
    for axes, (name, rows) in zip(panels, groups.items(), strict=True):
        spread = [[row.probability for row in rows if row.refused is refused] for refused in (False, True)]
        axes.hist(
            spread, bins=list(edges), stacked=True, weights=[[1 / len(rows)] * len(part) for part in spread],
            color=[Ink.GOOD, Ink.WRONGLY_REFUSED], edgecolor=Ink.SURFACE, linewidth=0.6,
        )  # fmt: skip
        answered = sum(not row.refused for row in rows)
        axes.set_title(f"{_short(name)}: {answered} van {len(rows)} beantwoord", loc="left", color=Ink.TEXT)
        axes.set_ylim(0, 1)
        axes.set_yticks([0, 0.5, 1])
        axes.yaxis.set_major_formatter(_PERCENT)
        axes.grid(visible=False, axis="x")
        if isinstance(threshold, float) and 0 < threshold < 1:
            axes.axvline(threshold, color=Ink.TEXT, linewidth=1.1, linestyle=(0, (4, 3)))
            if axes is panels[0]:
                axes.text(threshold - 0.015, 0.82, f"drempel {decimal(threshold, 2)}", color=Ink.TEXT, ha="right")
    panels[-1].set_xlim(0, 1)
    panels[-1].xaxis.set_major_formatter(_PERCENT)
    panels[-1].set_xlabel("Berekende kans op een antwoord in de documenten")
    return Plot(
        "kansen",
        title,
        inline(figure, "kansen", title),
        "Welk deel van de vragen welke kans kreeg: boven de vragen die de documenten beantwoorden, daaronder per type "
        "de vragen zonder antwoord. Goed is: boven alles rechts, daaronder alles links. Wat op dezelfde plek "
        "ligt, kan geen drempel uit elkaar houden.",
        (("■", Ink.GOOD, "kreeg antwoord"), ("■", Ink.WRONGLY_REFUSED, "geweigerd")),
    )


def calibration(run: Run) -> Plot | None:
    """Draw what was true against the probability that was said, with 95% Wilson intervals."""
    if not run.calibration:
        return None
    title = "Klopt de berekende kans?"
    figure, (axes,) = canvas(3.9)
    axes.plot([0, 1], [0, 1], color=Ink.MUTED, linewidth=1.1, linestyle=(0, (4, 3)))
    axes.text(0.46, 0.49, "zo hoort het", color=Ink.MUTED, rotation=45, rotation_mode="anchor",
              transform_rotates_text=True, ha="center")  # fmt: skip
    total = max(one.n for one in run.calibration)
    for one in run.calibration:
        right = round(one.answerable_share * one.n)
        bounds = binomtest(right, one.n).proportion_ci(method="wilson")
        low, high = float(bounds.low), float(bounds.high)
        axes.plot([one.mean_probability] * 2, [low, high], color=Ink.GOOD, linewidth=1.6, clip_on=False)
        size = 5 + 9 * (one.n / total) ** 0.5
        axes.plot(one.mean_probability, one.answerable_share, "o", color=Ink.GOOD, markersize=size, clip_on=False)
        left = one.mean_probability > 0.9
        beside = 3 + size / 2
        axes.annotate(
            str(one.n), (one.mean_probability, one.answerable_share), xytext=(-beside if left else beside, 0),
            textcoords="offset points", ha="right" if left else "left", va="center_baseline", color=Ink.TEXT,
        )  # fmt: skip
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter(_PERCENT)
    axes.set_ylabel("Aandeel dat de documenten beantwoorden")
    _shares(axes, "Berekende kans")
    error = run.figures.get("all", {}).get("all", {}).get("calibration_error")
    gap = f"Gemiddeld wijkt de kans {decimal(error.value * 100, 0)} procentpunt af. " if error else ""
    return Plot(
        "kalibratie",
        title,
        inline(figure, "kalibratie", title),
        f"{gap}Onder de lijn is Handwijzer te zeker, erboven te voorzichtig. Het getal bij een stip is het aantal "
        "vragen, de streep is het 95%-interval.",
    )


def latency(run: Run) -> Plot | None:
    """Draw how long single questions took; the slowest together in the last bar."""
    values = [value for row in run.rows if not row.turn and (value := row.scores.get("latency_ms")) is not None]
    if not values:
        return None
    title = "Hoe snel komt het antwoord?"
    half, most = float(np.percentile(values, 50)), float(np.percentile(values, 95))
    limit = min(max(values), 2 * most)
    slower = sum(value > limit for value in values)
    figure, (axes,) = canvas(3.2)
    axes.hist(
        np.minimum(values, limit), bins=30, range=(0, limit), color=Ink.GOOD, edgecolor=Ink.SURFACE, linewidth=0.6
    )
    top = axes.get_ylim()[1] * 1.12
    axes.set_ylim(0, top)
    for value, height, text in ((half, 0.97, "de helft"), (most, 0.8, "95%")):
        axes.axvline(value, color=Ink.TEXT, linewidth=1.1, linestyle=(0, (4, 3)), zorder=2)
        left = value > 0.55 * limit
        axes.annotate(
            f"{text} binnen {shown('latency_ms', value)} ms", (value, top * height), xytext=(-5 if left else 5, 0),
            textcoords="offset points", ha="right" if left else "left", va="top", color=Ink.TEXT, bbox=_BEHIND_TEXT,
        )  # fmt: skip
    axes.grid(visible=False, axis="x")
    axes.set_xlim(0, limit)
    axes.set_xlabel("Milliseconden per vraag")
    axes.set_ylabel("Aantal vragen")
    tail = f" {slower} nog tragere staan in de laatste balk." if slower else ""
    return Plot(
        "snelheid",
        title,
        inline(figure, "snelheid", title),
        f"De {len(values)} losse vragen een voor een gesteld, zonder netwerk. De traagste duurde "
        f"{shown('latency_ms', max(values))} ms.{tail}",
    )


def comparison(changes: Sequence[Change]) -> Plot | None:
    """Draw per main metric the difference with what the run is compared with, and its 95% interval."""
    if not changes:
        return None
    title = "Is het beter geworden?"
    figure, (axes,) = canvas(0.8 + 0.43 * len(changes))
    rows = list(reversed(changes))
    bounds = [0.01]
    for place, change in enumerate(rows):
        one = change.difference
        low = one.value if one.low is None else one.low
        high = one.value if one.high is None else one.high
        ink = Ink.GOOD if low > 0 else Ink.RETRIEVAL_MISS if high < 0 else Ink.WRONGLY_ANSWERED
        axes.plot([low, high], [place, place], color=ink, linewidth=2)
        axes.plot(one.value, place, "o" if low > 0 else "X" if high < 0 else "D", color=ink, markersize=7, zorder=3)
        bounds += [abs(low), abs(high)]
        show = partial(shown, change.metric)
        label = f"{metric(change.metric)[0]}: {show(change.before)} werd {show(change.after)}"
        axes.text(
            0.01, place + 0.27, f"{label} ({difference(change.metric, one.value)})", color=Ink.TEXT,
            transform=axes.get_yaxis_transform(), va="bottom", bbox=_BEHIND_TEXT,
        )  # fmt: skip
    axes.axvline(0, color=Ink.MUTED, linewidth=1.1)
    axes.set_yticks([])
    axes.set_ylim(-0.5, len(rows) - 0.1)
    limit = 1.1 * max(bounds)
    axes.set_xlim(-limit, limit)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: difference("success", value).removesuffix(",0")))
    axes.set_xlabel("Verschil in honderdsten: rechts van 0 is beter")
    return Plot(
        "vergelijking",
        title,
        inline(figure, "vergelijking", title),
        "Dezelfde vragen, een voor een vergeleken. De streep is het 95%-interval: raakt die de 0, dan kan het verschil "
        "toeval zijn.",
        (("●", Ink.GOOD, "duidelijk beter"), ("✖", Ink.RETRIEVAL_MISS, "duidelijk slechter"),
         ("◆", Ink.WRONGLY_ANSWERED, "geen duidelijk verschil")),
    )  # fmt: skip


def _dot(axes: Axes, figure: Figure, place: int) -> None:
    if figure.low is not None and figure.high is not None:
        axes.plot([figure.low, figure.high], [place, place], color=Ink.GOOD, linewidth=2, clip_on=False, zorder=2)
    axes.plot(figure.value, place, "o", color=Ink.GOOD, markersize=7.5, clip_on=False, zorder=4)


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_short(name) for name in names], color=Ink.TEXT)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.tick_params(axis="y", pad=9)
    axes.grid(visible=False, axis="y")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _shares(axes: Axes, label: str) -> None:
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(_PERCENT)
    axes.set_xlabel(label)


def _ink(ending: str, on: bool = False) -> Ink:
    """Return the colour of a cause, or of being right; ``on``: of text on it."""
    name = "GOOD" if ending == RIGHT else ending.upper()
    return Ink[f"ON_{name}" if on else name]
