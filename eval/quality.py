"""The last measurement for the page (`bot.quality`): headlines, the plots that say most, and the trend over the runs.

Made while measuring, as drawing takes more memory than a server should give to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from bot.quality import Drawing, Figures, Headline, Key, Quality, save_quality
from eval.figures import RIGHT, endings
from eval.report.drawing import Plot, settings
from eval.report.headlines import headlines, where_it_fails
from eval.report.labels import CAUSES, metric
from eval.report.numbers import interval, moment, shown
from eval.report.plots import causes_per_type, scores_per_type
from eval.report.trend import METRICS, comparable, trend
from eval.runs import Run, RunStore
from eval.statistics import Figure
from kb.errors import UsageError

# As many as a plot for a phone can hold.
MOST_RUNS = 30
_SUCCESS, _FOUND = "success", "hit_at_5"


def quality_of(run: Run, earlier: Sequence[Run]) -> Quality:
    """Return what the page shows of ``run``; ``earlier`` are the runs before it, in any order, for the trend."""
    runs = sorted([*earlier, run], key=lambda one: one.created)
    with settings():
        drawn = [
            (trend(runs), _trend_figures(runs)),
            (scores_per_type(run), _type_figures(run)),
            (causes_per_type(run.rows), _cause_figures(run)),
        ]
    turns = sum(row.turn > 0 for row in run.rows)
    return Quality(
        run=run.id,
        moment=moment(run.created),
        release=run.release,
        single=len(run.rows) - turns,
        turns=turns,
        headlines=tuple(Headline(**asdict(one)) for one in headlines(run)),
        summary=where_it_fails(run),
        drawings=tuple(_drawing(plot, figures) for plot, figures in drawn if plot),
    )


def keep_quality(data_dir: Path, run: Run) -> None:
    """Keep what the page shows of ``run``, with the stored runs of the same knowledge base as its past."""
    store, earlier = RunStore(data_dir), []
    for name in store.ids()[: MOST_RUNS + 1]:
        with suppress(UsageError):  # a damaged file has no place in a trend
            found = store.load(name)
            if found.id != run.id and not found.setting.get("beside_live"):
                earlier.append(found)
    save_quality(data_dir, quality_of(run, earlier))


def _drawing(plot: Plot, figures: Figures) -> Drawing:
    legend = tuple(Key(sign=sign, colour=ink.variable, text=text) for sign, ink, text in plot.legend)
    return Drawing(
        name=plot.name, title=plot.title, svg=str(plot.svg), reading=plot.reading, legend=legend, figures=figures
    )


def _trend_figures(runs: Sequence[Run]) -> Figures:
    rows = []
    for place, run in enumerate(runs):
        figures = run.figures.get("all", {}).get("all", {})
        alone = place > 0 and not comparable(runs[place - 1], run)
        rows.append((
            f"{moment(run.created)}{', andere vragen of manier van antwoorden' if alone else ''}",
            run.release, str(sum(not row.turn for row in run.rows)),
            *(_cell(name, figures.get(name)) for name in METRICS),
        ))  # fmt: skip
    columns = ("Release", "Losse vragen", *(_capital(metric(name)[0]) for name in METRICS))
    return Figures(first="Gemeten op", columns=columns, rows=tuple(reversed(rows)))


def _type_figures(run: Run) -> Figures:
    found = {kind: one for kind, one in run.figures.get("type", {}).items() if _SUCCESS in one}
    rows = tuple(
        (kind, str(one[_SUCCESS].n), _cell(_SUCCESS, one[_SUCCESS]), _cell(_FOUND, one.get(_FOUND)))
        for kind, one in sorted(found.items(), key=lambda item: -item[1][_SUCCESS].value)
    )
    columns = ("Vragen", *(_capital(metric(name)[0]) for name in (_SUCCESS, _FOUND)))
    return Figures(first="Type", columns=columns, rows=rows)


def _cause_figures(run: Run) -> Figures:
    ways = (RIGHT, *CAUSES)
    rows = tuple((kind, *(str(found[way]) for way in ways)) for kind, found in endings(run.rows).items())
    columns = tuple(_capital(CAUSES[way][0] if way in CAUSES else way) for way in ways)
    return Figures(first="Type", columns=columns, rows=tuple(reversed(rows)))


def _cell(name: str, figure: Figure | None) -> str:
    if figure is None:
        return "–"
    between = interval(name, figure)
    return f"{shown(name, figure.value)}{f' ({between})' if between else ''}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
