"""The reading order of a page: whole-width parts and columns, top to bottom and left to right.

The method is a recursive cut along the gutters between columns; whatever crosses a gutter (a title, a table over
both columns) cuts the columns in bands above and below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.readers.pdf_gutters import (
    Box,
    ColumnStyle,
    Piece,
    bands_at,
    candidates,
    crosses,
    extent,
    pieces_of,
    sides_of,
    splits,
)
from ingest.readers.pdf_lines import Fragment

_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page with one flow of text, from top to bottom. ``left`` and ``right`` bound its text."""

    left: float
    right: float
    fragments: tuple[Fragment, ...] = ()
    box: Box | None = None


def regions(
    fragments: Iterable[Fragment],
    boxes: Iterable[Box] = (),
    style: ColumnStyle | None = None,
    bounds: tuple[float, float] | None = None,
) -> list[Region]:
    """Return the parts of a page in reading order.

    ``style`` is that of the whole file, ``bounds`` the left and right of its text area.
    """
    pieces = pieces_of(fragments, boxes)
    if not pieces:
        return []
    return _cut(pieces, style or ColumnStyle(), bounds or extent(pieces), _DEPTH)


def _cut(pieces: list[Piece], style: ColumnStyle, bounds: tuple[float, float], depth: int) -> list[Region]:
    if not pieces:
        return []
    if depth and len(pieces) > 3:
        for x in candidates(pieces):
            bands = bands_at(pieces, x, style)
            sided = [
                not crosses(band[0], x) and splits(*sides_of(band, x), style.near(x) is not None) for band in bands
            ]
            if not any(sided):
                continue
            parts: list[Region] = []
            waiting: list[Piece] = []
            columns = [band for band, two in zip(bands, sided, strict=True) if two]
            ends = [piece.x1 for band in columns for piece in sides_of(band, x)[0]]
            starts = [piece.x0 for band in columns for piece in sides_of(band, x)[1]]
            if gutter := style.near(x):
                ends, starts = [*ends, gutter.left_end], [*starts, gutter.right_start]
            middle = (max(ends), min(starts))
            for band, two in zip(bands, sided, strict=True):
                if not two:
                    waiting += band
                    continue
                parts += _cut(waiting, style, bounds, depth - 1)
                waiting = []
                left, right = sides_of(band, x)
                parts += _cut(left, style, (min(bounds[0], middle[0]), middle[0]), depth - 1)
                parts += _cut(right, style, (middle[1], max(bounds[1], middle[1])), depth - 1)
            return parts + _cut(waiting, style, bounds, depth - 1)
    return _flow(pieces, bounds)


def _flow(pieces: list[Piece], bounds: tuple[float, float]) -> list[Region]:
    left, right = bounds
    parts: list[Region] = []
    waiting: list[Fragment] = []
    for piece in pieces:
        if piece.box is None:
            if piece.fragment is not None:
                waiting.append(piece.fragment)
            continue
        # text may sit beside a table: what ends above its bottom and began above its top comes first
        if waiting:
            parts.append(Region(left, right, tuple(waiting)))
            waiting = []
        parts.append(Region(left, right, (), piece.box))
    if waiting:
        parts.append(Region(left, right, tuple(waiting)))
    return parts
