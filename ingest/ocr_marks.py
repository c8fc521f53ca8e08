"""Whether list markers were passed over: numbers and bullets that stand apart in the margin of their paragraphs.

Tesseract takes a row of them for a column too narrow to hold text. Read as a single column the page keeps them, but
then real columns run together, so that it is worth it only where ink was left unread.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from ingest.ocr_layout import Line

_MARGIN = 4.0
_CLOSE = 0.35
_LEAST_INK = 0.02
_MOST_INK = 0.8
_FEW = 2
_LETTERS_OF_COLUMN = 12


def markers_missed(image: Image, lines: Sequence[Line]) -> bool:
    """Say whether ``image`` has ink before two lines or more where nothing was recognised, and no columns of text."""
    if _in_columns(lines):
        return False
    pixels = np.asarray(image)
    paper, ink = np.percentile(pixels[::8, ::8], (90, 1))
    dark = pixels < (paper + ink) / 2
    return sum(_has_marker(dark, line, lines) for line in lines) >= _FEW


def _in_columns(lines: Sequence[Line]) -> bool:
    """Whether lines of running text stand side by side."""
    running = [line for line in lines if line.letters >= _LETTERS_OF_COLUMN]
    beside = sum(
        any(abs(line.base - other.base) < line.size and other.x0 > line.x1 for other in running) for line in running
    )
    return beside > len(running) // 8


def _has_marker(dark: NDArray[np.bool_], line: Line, lines: Sequence[Line]) -> bool:
    left, right = line.x0 - _MARGIN * line.size, line.x0 - _CLOSE * line.size
    base = line.base - line.slope * (line.x1 - line.x0) / 2
    if any(other.x0 < right and other.x1 > left and abs(other.base - base) < line.size for other in lines):
        return False
    top, bottom = max(0, round(base - line.size)), max(0, round(base))
    found = dark[top:bottom, max(0, round(left)) : max(0, round(right))]
    # A ruling line along the text is no marker: it fills the height of the line and runs on.
    upright = found.mean(axis=0) > _MOST_INK if found.size else np.zeros(0, np.bool_)
    return not upright.any() and bool(found.sum() >= _LEAST_INK * line.size**2)
