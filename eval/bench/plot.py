"""The cost of a growing knowledge base, as curves: time per question and memory against passages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator


def plot_scale(points: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw ``points`` of `eval.bench.product.measure_scale` as an SVG file."""
    sizes = [point["passages"] for point in points]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    curves = (
        ("Tijd per vraag (ms)", (("p50_ms", "helft van de vragen"), ("p95_ms", "95% van de vragen"))),
        ("Geheugen (MB)", (("peak_rss_mb", "alleen antwoorden"), ("serve_peak_rss_mb", "hele server"))),
    )
    for axes, (title, lines) in zip(figure.subplots(1, 2), curves, strict=True):
        for (key, label), style in zip(lines, ("o-", "s--"), strict=True):
            values = [point[key] for point in points]
            if None not in values:
                axes.plot(sizes, values, style, label=label)
        axes.set_xscale("log")
        axes.set_xticks(sizes)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", ".")))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_ylim(bottom=0)
        axes.set_xlabel("passages in de kennisbank")
        axes.set_title(title)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, format="svg")
