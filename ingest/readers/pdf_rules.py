"""Tables that are drawn: ruling lines put together into grids, and text put into their cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.readers.pdf_lines import Fragment
from ingest.readers.pdf_runs import Rule

_TOUCH = 3.5
_LEAST_LENGTH = 12.0
_SAME_ENDS = 4.0
_WHOLE_PAGE = 0.8
_UNSHADED = 90.0


@dataclass(slots=True)
class Grid:
    """Ruling lines that belong together. ``ys`` are the heights of its full-width lines, from the top;
    ``xs`` the places of its upright lines, empty when it has none; ``shaded`` when only some of its rows are drawn."""

    x0: float
    y0: float
    x1: float
    y1: float
    ys: list[float]
    xs: list[float]
    across: list[Rule] = field(default_factory=list)
    shaded: bool = False

    @property
    def runs_on(self) -> bool:
        """Whether the upright lines run on below the last row: the page ended within a row."""
        return bool(self.xs) and not self.shaded and self.y1 - max(rule.y0 for rule in self.across) > _TOUCH

    def holds(self, fragment: Fragment) -> bool:
        """Whether the middle of ``fragment`` lies inside."""
        middle = (fragment.x0 + fragment.x1) / 2
        height = fragment.y - 0.3 * fragment.size
        return self.x0 - 1 <= middle <= self.x1 + 1 and self.y0 - 1 <= height <= self.y1 + 1


def grids(rules: Iterable[Rule], width: float, height: float) -> list[Grid]:
    """Return groups of ruling lines that may be tables, from the top of the page."""
    rules = [rule for rule in rules if rule.x1 <= width + 50 and rule.y1 <= height + 50]
    across = _merged([rule for rule in rules if rule.horizontal])
    upright = _merged([_turned(rule) for rule in rules if not rule.horizontal])
    upright = [_turned(rule) for rule in upright]
    across = [rule for rule in across if not _frame(rule, rules, width, height)]
    found: list[Grid] = []
    loose: list[Rule] = []
    for group in _touching(across, upright):
        flat = [rule for rule in group if rule.horizontal]
        up = [rule for rule in group if not rule.horizontal]
        if len(flat) >= 2 and len(_distinct([r.x0 for r in up])) >= 3:
            found.append(_grid(flat, up))
        else:
            loose += flat
    found = _joined(found)
    found += _stacks([rule for rule in loose if not any(_inside(rule, grid) for grid in found)])
    return sorted(found, key=lambda grid: grid.y0)


def _frame(rule: Rule, rules: Sequence[Rule], width: float, height: float) -> bool:
    """The edge of a box around the whole page is no table."""
    if rule.x1 - rule.x0 < _WHOLE_PAGE * width:
        return False
    return any(
        not other.horizontal
        and other.y1 - other.y0 > _WHOLE_PAGE * height
        and min(abs(other.x0 - rule.x0), abs(other.x0 - rule.x1)) < _TOUCH
        for other in rules
    )


def _inside(rule: Rule, grid: Grid) -> bool:
    return grid.x0 - 2 <= rule.x0 and rule.x1 <= grid.x1 + 2 and grid.y0 - 2 <= rule.y0 <= grid.y1 + 2


def _turned(rule: Rule) -> Rule:
    return Rule(rule.y0, rule.x0, rule.y1, rule.x1)


def _merged(rules: list[Rule]) -> list[Rule]:
    """Lines that lie in each other's way become one; a table's borders are often drawn cell by cell."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda r: (round(r.y0 / 2), r.x0)):
        last = merged[-1] if merged else None
        if last and abs(last.y0 - rule.y0) < 2 and rule.x0 <= last.x1 + _TOUCH:
            merged[-1] = Rule(last.x0, last.y0, max(last.x1, rule.x1), max(last.y1, rule.y1))
        else:
            merged.append(rule)
    return [rule for rule in merged if rule.x1 - rule.x0 >= _LEAST_LENGTH]


def _touching(across: list[Rule], upright: list[Rule]) -> list[list[Rule]]:
    rules = across + upright
    group = list(range(len(rules)))

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for a, flat in enumerate(across):
        for b, up in enumerate(upright, len(across)):
            if flat.x0 - _TOUCH <= up.x0 <= flat.x1 + _TOUCH and up.y0 - _TOUCH <= flat.y0 <= up.y1 + _TOUCH:
                group[root(a)] = root(b)
    groups: dict[int, list[Rule]] = {}
    for at, rule in enumerate(rules):
        groups.setdefault(root(at), []).append(rule)
    return list(groups.values())


def _grid(flat: list[Rule], up: list[Rule]) -> Grid:
    x0, x1 = min(r.x0 for r in flat), max(r.x1 for r in flat)
    y0, y1 = min(r.y0 for r in flat), max(r.y0 for r in flat)
    y0, y1 = min([y0, *(r.y0 for r in up)]), max([y1, *(r.y1 for r in up)])
    return Grid(x0, y0, x1, y1, _distinct([y0, y1, *(r.y0 for r in flat)]), _distinct([r.x0 for r in up]), flat)


def _joined(found: list[Grid]) -> list[Grid]:
    """Shaded rows with the same columns below each other are one table, the rows between them unshaded."""
    whole: list[Grid] = []
    for grid in sorted(found, key=lambda g: g.y0):
        for n, other in enumerate(whole):
            near = 0 <= grid.y0 - other.y1 <= _UNSHADED
            if near and len(other.xs) == len(grid.xs) and all(
                abs(a - b) < _SAME_ENDS for a, b in zip(other.xs, grid.xs, strict=True)
            ):  # fmt: skip
                ys = _distinct([*other.ys, *grid.ys])
                across = other.across + grid.across
                whole[n] = Grid(other.x0, other.y0, other.x1, grid.y1, ys, other.xs, across, shaded=True)
                break
        else:
            whole.append(grid)
    return whole


def _stacks(flat: list[Rule]) -> list[Grid]:
    """Equally long lines below each other: a table with lines between its rows only."""
    stacks: list[list[Rule]] = []
    for rule in sorted(flat, key=lambda r: r.y0):
        for stack in stacks:
            last = stack[-1]
            if abs(last.x0 - rule.x0) < _SAME_ENDS and abs(last.x1 - rule.x1) < _SAME_ENDS:
                stack.append(rule)
                break
        else:
            stacks.append([rule])
    return [
        Grid(stack[0].x0, stack[0].y0, stack[0].x1, stack[-1].y0, _distinct([r.y0 for r in stack]), [], stack)
        for stack in stacks
        if len(_distinct([r.y0 for r in stack])) >= 2
    ]


def _distinct(values: Iterable[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _TOUCH:
            kept.append(value)
    return kept


def open_below(grid: Grid, column: tuple[float, float], y: float) -> bool:
    """Whether no line closes this column at height ``y``: the cell runs on into the next row."""
    middle = sum(column) / 2
    return not any(abs(rule.y0 - y) <= _TOUCH and rule.x0 <= middle <= rule.x1 for rule in grid.across)


def bands(grid: Grid) -> list[tuple[float, float]]:
    """The strips between its horizontal lines."""
    return list(pairwise(grid.ys))
