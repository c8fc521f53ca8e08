"""White strips between columns of prose, told from those in tables and behind list numbers.

Beside a gutter many lines end and begin, and the text fills its side; beside the white in a table it does not.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ingest.readers.pdf_lines import Fragment, joined, rows_of

_SIDE = 0.15
_GUTTER = 0.65
_FILLED = 0.6
_HEADING = 1.1
_WORDY = 14
_STRONG = 8
_FEW = 4
_SAME_GUTTER = 8.0


@dataclass(frozen=True, slots=True)
class Box:
    """Something read as a whole, such as a table: its place on the page, and its number for the caller."""

    x0: float
    top: float
    x1: float
    bottom: float
    number: int


@dataclass(frozen=True, slots=True)
class Gutter:
    """The white between two columns: its middle, the right edge of the left and left edge of the right column."""

    x: float
    left_end: float
    right_start: float


@dataclass(frozen=True, slots=True)
class ColumnStyle:
    """How a file sets its columns. ``sizes`` are the letter sizes met inside right-hand columns, so that a
    heading in another size is known to stand over all columns."""

    gutters: tuple[Gutter, ...] = ()
    sizes: frozenset[float] = frozenset()

    def near(self, x: float) -> Gutter | None:
        """The gutter of this file at ``x``, if there is one."""
        return next((gutter for gutter in self.gutters if abs(gutter.x - x) <= _SAME_GUTTER), None)


@dataclass(frozen=True, slots=True)
class Piece:
    """A fragment or a box, with the room it takes."""

    x0: float
    x1: float
    top: float
    bottom: float
    fragment: Fragment | None
    box: Box | None


def column_style(pages: Iterable[tuple[Sequence[Fragment], Sequence[Box]]]) -> ColumnStyle:
    """Return the gutters that the pages of a file show beyond doubt, and what stands in its columns."""
    found: list[Gutter] = []
    sizes: set[float] = set()
    for fragments, boxes in pages:
        pieces = pieces_of(fragments, boxes)
        for gutter in _clear_gutters(pieces):
            sizes.update(_rounded(p.fragment.size) for p in pieces if p.fragment and p.x0 >= gutter.right_start - 1)
            same = next((n for n, other in enumerate(found) if abs(other.x - gutter.x) <= _SAME_GUTTER), None)
            if same is None:
                found.append(gutter)
            else:
                other = found[same]
                found[same] = Gutter(
                    other.x, max(other.left_end, gutter.left_end), min(other.right_start, gutter.right_start)
                )
    return ColumnStyle(tuple(found), frozenset(sizes))


def _clear_gutters(pieces: list[Piece]) -> list[Gutter]:
    found: list[Gutter] = []
    for x in candidates(pieces):
        left, right = extent(pieces)
        if any(abs(x - other.x) < _SIDE * (right - left) for other in found):
            continue
        for band in bands_at(pieces, x, ColumnStyle()):
            sides = sides_of(band, x)
            if not crosses(band[0], x) and min(map(_lines, sides)) >= _STRONG and _is_prose(*sides):
                found.append(Gutter(x, max(p.x1 for p in sides[0]), min(p.x0 for p in sides[1])))
                break
    return found


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def candidates(pieces: list[Piece]) -> list[float]:
    """Middles of white strips between neighbours, the most frequent first."""
    if len(pieces) < 4:
        return []
    left, right = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    margin = _SIDE * (right - left)
    votes: Counter[int] = Counter()
    for at, piece in enumerate(pieces):
        nearest: float | None = None
        height = piece.bottom - piece.top
        for other in pieces[max(0, at - 12) : at + 13]:
            if other is piece or other.x0 < piece.x1:
                continue
            shared = min(piece.bottom, other.bottom) - max(piece.top, other.top)
            if shared > 0.3 * height and (nearest is None or other.x0 < nearest):
                nearest = other.x0
        if nearest is None:
            continue
        size = piece.fragment.size if piece.fragment else 10.0
        if nearest - piece.x1 < _GUTTER * size:
            continue
        low, high = max(piece.x1, left + margin), min(nearest, right - margin)
        for x in range(int(low) + 1, int(high) + 1):
            votes[x] += 1
    found: list[float] = []
    while votes and len(found) < 4:
        best = max(votes.values())
        if best < 2:
            break
        peak = sorted(x for x, count in votes.items() if count == best)
        run = [peak[0]]
        for x in peak[1:]:
            if x - run[-1] > 1:
                break
            run.append(x)
        found.append(median(run))
        for x in range(int(run[0]) - 10, int(run[-1]) + 11):
            votes.pop(x, None)
    return found


def crosses(piece: Piece, x: float) -> bool:
    """Return whether ``piece`` stands over the gutter at ``x``."""
    return piece.x0 < x - 0.5 and piece.x1 > x + 0.5


def bands_at(pieces: list[Piece], x: float, style: ColumnStyle) -> list[list[Piece]]:
    """Pieces from top to bottom, cut wherever crossing and not crossing the gutter change over.

    The last, short line of a whole-width title or paragraph belongs to it, though it does not reach the gutter.
    """
    crossing = [crosses(piece, x) for piece in pieces]
    for at, piece in enumerate(pieces[1:], 1):
        above, below = pieces[at - 1], pieces[at + 1] if at + 1 < len(pieces) else None
        beside = below is not None and below.top < piece.bottom
        if crossing[at - 1] and not beside and above.fragment and piece.fragment and _continues(above, piece):
            crossing[at] = True
    if style.sizes:
        for at in _spanning(pieces, crossing, x, style):
            crossing[at] = True
    bands: list[list[Piece]] = []
    for at, piece in enumerate(pieces):
        if bands and crossing[at] == crossing[at - 1]:
            bands[-1].append(piece)
        else:
            bands.append([piece])
    return bands


def _spanning(pieces: list[Piece], crossing: Sequence[bool], x: float, style: ColumnStyle) -> list[int]:
    """Headings over both columns that are too short to reach the gutter.

    The other column is empty beside them, and below them both columns begin at the same height.
    """
    found: list[int] = []
    sizes = [piece.fragment.size for piece in pieces if piece.fragment]
    usual = median(sizes) if sizes else 0.0
    for at, piece in enumerate(pieces):
        if crossing[at] or piece.x1 > x or not piece.fragment or piece.fragment.size < _HEADING * usual:
            continue
        if _rounded(piece.fragment.size) in style.sizes:
            continue
        height = piece.bottom - piece.top
        beside = [p for n, p in enumerate(pieces) if p.x1 > x and not crossing[n]]
        if any(p.bottom > piece.top - 0.2 * height and p.top < piece.bottom + 0.2 * height for p in beside):
            continue
        right = min((p.top for p in beside if p.top > piece.bottom), default=None)
        own = (p for n, p in enumerate(pieces) if p.x1 <= x and not crossing[n])
        left = min((p.top for p in own if p.top > piece.bottom), default=None)
        if right is not None and left is not None and abs(right - left) < 2 * piece.fragment.size:
            found.append(at)
    return found


def _continues(above: Piece, piece: Piece) -> bool:
    size = piece.bottom - piece.top
    same = abs(size - (above.bottom - above.top)) < 0.05 * size
    return same and abs(piece.x0 - above.x0) < 3 and 0 <= piece.top - above.bottom < 0.6 * size


def sides_of(band: list[Piece], x: float) -> tuple[list[Piece], list[Piece]]:
    """Return what stands left and right of the gutter at ``x``."""
    return [p for p in band if p.x1 <= x + 0.5], [p for p in band if p.x1 > x + 0.5]


def _lines(side: list[Piece]) -> int:
    return len(rows_of(p.fragment for p in side if p.fragment))


def splits(left: list[Piece], right: list[Piece], known: bool) -> bool:
    """Return whether two sides are columns; at a gutter ``known`` from other pages they are."""
    if not left or not right:
        return False
    if known:
        return True
    return min(_lines(left), _lines(right)) >= _FEW and _is_prose(left, right)


def _is_prose(left: list[Piece], right: list[Piece]) -> bool:
    """Both sides are columns of running text rather than cells."""
    for side in (left, right):
        lines = [joined(row) for row in rows_of(p.fragment for p in side if p.fragment)]
        if not lines:
            return False
        width = max(p.x1 for p in side) - min(p.x0 for p in side)
        if sum(line.x1 - line.x0 >= _FILLED * width for line in lines) < 0.5 * len(lines):
            return False
        if median(len(line.text) for line in lines) < _WORDY:
            return False
    return not _like_rows(left, right)


def _like_rows(left: list[Piece], right: list[Piece]) -> bool:
    """Paragraphs of a table row begin at the same height on both sides, those of columns do not."""
    starts = [_starts(left), _starts(right)]
    fewer, more = sorted(starts, key=len)
    if len(fewer) < 4:
        return False
    both = sum(any(abs(a - b) < 2 for b in more) for a in fewer)
    return both >= 0.85 * len(more)


def _starts(side: list[Piece]) -> list[float]:
    rows = [row[0].y for row in rows_of(p.fragment for p in side if p.fragment)]
    steps = [b - a for a, b in itertools.pairwise(rows)]
    if not steps:
        return rows
    pitch = sorted(steps)[len(steps) // 4]
    return rows[:1] + [y for y, step in zip(rows[1:], steps, strict=True) if step > 1.15 * pitch]


def extent(pieces: Sequence[Piece]) -> tuple[float, float]:
    """Return the left and right of all pieces."""
    return min(piece.x0 for piece in pieces), max(piece.x1 for piece in pieces)


def pieces_of(fragments: Iterable[Fragment], boxes: Iterable[Box]) -> list[Piece]:
    """Return fragments and boxes alike, from the top of the page."""
    pieces = [Piece(f.x0, f.x1, f.top, f.bottom, f, None) for f in fragments]
    pieces += [Piece(b.x0, b.x1, b.top, b.bottom, None, b) for b in boxes]
    return sorted(pieces, key=lambda piece: (piece.top, piece.x0))
