"""The plot of the main figures over the stored runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from matplotlib.ticker import FuncFormatter, MaxNLocator

from eval.report.drawing import Ink, Plot, canvas, inline
from eval.report.labels import metric
from eval.report.numbers import percentage
from eval.runs import Run
from eval.statistics import Figure

# What is drawn, with the sign and colour of each: no two of them may look alike without colour.
METRICS = {
    "success": ("o", "●", Ink.GOOD),
    "refusal_recall": ("s", "■", Ink.WRONGLY_REFUSED),
    "hit_at_5": ("D", "◆", Ink.RETRIEVAL_MISS),
}


def comparable(one: Run, other: Run) -> bool:
    """Tell whether the figures of two runs can be compared: the same questions, answered in the same way."""
    return one.questions == other.questions and one.setting.get("generative") == other.setting.get("generative")


def trend(runs: Sequence[Run]) -> Plot | None:
    """Draw the main figures of ``runs``, oldest first, a step each; None without a run to compare with."""
    if len(runs) < 2:
        return None
    title = "Wordt het beter?"
    figure, (axes,) = canvas(3.0)
    stretches = _stretches(runs)
    for name, (marker, _, ink) in METRICS.items():
        for begin, end in stretches:
            places = [place for place in range(begin, end) if name in _figures(runs[place])]
            values = [_figures(runs[place])[name].value for place in places]
            axes.plot(places, values, marker=marker, color=ink, linewidth=1.6, markersize=6, clip_on=False, zorder=3)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.set_xlim(-0.3, len(runs) - 0.7)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda place, _: _day(runs, place)))
    axes.set_xlabel("Meting, met de dag")
    first, last = (_figures(run).get("success") for run in (runs[stretches[-1][0]], runs[-1]))
    broken = len(stretches) > 1
    said = []
    if first and last and stretches[-1][0] < len(runs) - 1:
        since = "Sinds de vragen dezelfde zijn" if broken else "Sinds de oudste meting"
        said.append(f"{since} ging {metric('success')[0]} van {percentage(first.value)} naar {percentage(last.value)}.")
    if broken:
        said.append(
            "Waar de lijn ophoudt, werd met andere vragen of op een andere manier gemeten: dat is niet te vergelijken."
        )
    said.append("Of een verschil meer is dan toeval, zegt: handwijzer eval --compare METING")
    return Plot(
        "trend",
        title,
        inline(figure, "trend", title),
        " ".join(said),
        tuple((sign, ink, metric(name)[0]) for name, (_, sign, ink) in METRICS.items()),
    )


def _stretches(runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Return the begin and end of each row of runs that can be compared."""
    begins = [0, *(place for place in range(1, len(runs)) if not comparable(runs[place - 1], runs[place]))]
    return list(zip(begins, [*begins[1:], len(runs)], strict=True))


def _figures(run: Run) -> dict[str, Figure]:
    return run.figures.get("all", {}).get("all", {})


def _day(runs: Sequence[Run], place: float) -> str:
    if place != int(place) or not 0 <= place < len(runs):
        return ""
    when = datetime.fromisoformat(runs[int(place)].created)
    return f"{when.day}-{when.month}"
