"""The two things a page is read as: runs of text and ruling lines, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Run:
    """Text set in one go. ``x0``, ``x1`` and ``y`` (baseline, downwards) are in points.

    ``angle`` is the direction of reading in whole degrees; for other angles than 0 the coordinates are those
    of the page turned so that the text runs to the right.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    space: float
    angle: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal or vertical ruling line, or the edge of a box or a shaded cell, in points."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def horizontal(self) -> bool:
        """True for a line from left to right."""
        return self.x1 - self.x0 >= self.y1 - self.y0


@dataclass(slots=True)
class PageContent:
    """All runs and rules of one page, in the order of the file. ``image_area`` is what images cover of it, in square
    points; what two images cover counts twice."""

    width: float
    height: float
    runs: list[Run] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    image_area: float = 0.0
