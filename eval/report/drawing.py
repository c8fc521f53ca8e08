"""From a matplotlib figure to SVG inside the page, in the fonts and colours of the page.

A plot is drawn in the colours of `Ink`; in the SVG each becomes the CSS variable of its role, so that one drawing
serves light, dark and paper. Drawn at the width of a phone; a wide screen shows it larger.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import matplotlib
from lxml import etree
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_WIDTH_INCHES = 4.2
_SVG = "{http://www.w3.org/2000/svg}"
_SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10.5,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "svg.fonttype": "none",
    # The same run must give the same page.
    "svg.hashsalt": "handwijzer",
    # Text of question sets is not mathematics, whatever signs are in it.
    "text.parse_math": False,
}


class Ink(StrEnum):
    """The role of a colour, as the value of the light scheme; no two may be equal. ``ON_…`` is for text on it."""

    TEXT = "#1b2530"
    MUTED = "#52606d"
    LINE = "#cfd7de"
    SURFACE = "#fefefe"
    GOOD = "#0b6aa2"
    ON_GOOD = "#ffffff"
    RETRIEVAL_MISS = "#b93a0a"
    ON_RETRIEVAL_MISS = "#fffffe"
    SENTENCE_MISS = "#bd8210"
    ON_SENTENCE_MISS = "#1b2531"
    WRONGLY_REFUSED = "#8250a8"
    ON_WRONGLY_REFUSED = "#fffeff"
    WRONGLY_ANSWERED = "#4a5560"
    ON_WRONGLY_ANSWERED = "#fffefe"

    @property
    def variable(self) -> str:
        """The CSS variable of this role."""
        return f"--{self.name.lower().replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with its title, what it says in words, and the keys of its legend: a sign, a colour and a text."""

    name: str
    title: str
    svg: Markup
    reading: str
    legend: tuple[tuple[str, Ink, str], ...] = ()


@contextmanager
def settings() -> Iterator[None]:
    """Draw with the settings of the page, whatever the settings of the machine are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def canvas(height_inches: float, panels: int = 1) -> tuple[Figure, list[Axes]]:
    """Return an empty figure with ``panels`` plots below each other on one x axis, with only the lines that help."""
    figure = Figure(figsize=(_WIDTH_INCHES, height_inches), layout="constrained")
    axes = list(figure.subplots(panels, 1, sharex=True, squeeze=False)[:, 0])
    for one in axes:
        one.set_facecolor("none")
        one.spines[["top", "right", "left"]].set_visible(False)
        one.spines["bottom"].set_color(Ink.LINE)
        one.tick_params(colors=Ink.MUTED, length=0, pad=5)
        one.xaxis.label.set_color(Ink.TEXT)
        one.yaxis.label.set_color(Ink.TEXT)
        one.grid(color=Ink.LINE, linewidth=0.6)
        one.set_axisbelow(True)
    return figure, axes


def inline(figure: Figure, name: str, title: str) -> Markup:
    """Return a figure as an ``svg`` element for HTML. ``name`` keeps its ids apart from those of other figures."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    root = etree.fromstring(buffer.getvalue())
    for element in [*root.iter(f"{_SVG}metadata"), *root.iter(f"{_SVG}style"), *root.iter(etree.Comment)]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    text = etree.tostring(root, encoding="unicode")
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    for element in root.iter():
        key = str(element.attrib.pop("id", ""))
        if key in used:
            element.set("id", f"{name}-{key}")
        for attribute, value in element.attrib.items():
            element.set(attribute, _restyled(str(value), name) if attribute != "d" else value)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, "")
    root.set("role", "img")
    root.set("aria-label", title)
    etree.cleanup_namespaces(root)
    plain = re.sub(r' xmlns(:\w+)?="[^"]*"', "", etree.tostring(root, encoding="unicode"))
    # Text was escaped by matplotlib, and by lxml's serialiser again; nothing raw comes in after that.
    return Markup(plain.replace(" xlink:href=", " href="))


def _restyled(value: str, name: str) -> str:
    value = re.sub(r"(url\(#|^#)(?=[\w-]+\)?$)", lambda found: f"{found[1]}{name}-", value) if "#" in value else value
    for ink in Ink:
        value = value.replace(str(ink), f"var({ink.variable})")
    # The page has fonts of its own.
    return re.sub(r"font-family: [^;]*;? ?", "", value)
