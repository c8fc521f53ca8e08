"""The order in which the eye meets the shapes of a slide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

_OVERLAP = 0.15
"""Two shapes still stand apart when they overlap by less than this share of their size."""


def placeholder(shape: Any) -> str:
    """Return the role of a placeholder ("TITLE", "BODY"…), "" for any other shape."""
    if not shape.is_placeholder:
        return ""
    kind = shape.placeholder_format.type
    return str(kind.name) if kind is not None else "OBJECT"


def is_title(shape: Any) -> bool:
    """Say whether a shape is the title of its slide."""
    return placeholder(shape) in ("TITLE", "CENTER_TITLE", "VERTICAL_TITLE")


def _across(shape: Any) -> tuple[int, int]:
    return shape.left or 0, shape.width or 0


def _down(shape: Any) -> tuple[int, int]:
    return shape.top or 0, shape.height or 0


def _cut(shapes: list[Any], extent: Callable[[Any], tuple[int, int]]) -> list[list[Any]]:
    """Split shapes into groups that do not overlap in one direction."""
    groups: list[list[Any]] = []
    end = 0.0
    for shape in sorted(shapes, key=lambda shape: extent(shape)[0]):
        start, size = extent(shape)
        if groups and start + _OVERLAP * size < end:
            groups[-1].append(shape)
        else:
            groups.append([shape])
            end = 0.0
        end = max(end, start + (1 - _OVERLAP) * size)
    return groups


def _ordered(shapes: list[Any]) -> list[Any]:
    if len(shapes) < 2:
        return shapes
    columns, rows = _cut(shapes, _across), _cut(shapes, _down)
    # The placeholders of a layout with two columns belong together by column, loose text boxes by row.
    by_column = len(columns) > 1 and (len(rows) == 1 or all(map(placeholder, shapes)))
    groups = columns if by_column else rows
    if len(groups) == 1:
        return sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    return [shape for group in groups for shape in _ordered(group)]


def in_visual_order(shapes: Iterable[Any]) -> list[Any]:
    """Return shapes in reading order: the title, then row by row from the top and from left to right."""
    everything = list(shapes)
    titles = [shape for shape in everything if is_title(shape)]
    return titles + _ordered([shape for shape in everything if not is_title(shape)])
