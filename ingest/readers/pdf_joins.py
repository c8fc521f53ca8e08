"""Whether a line goes on with the block before it: within a column, to the next column and over a page end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers.pdf_headings import LARGER
from ingest.readers.pdf_lists import Marker
from ingest.readers.pdf_pages import Line

CONTENTS_LINE = re.compile(r"(?:(?:\. ?){4,}|…{2,}|_{6,})\s*\d{1,4}$")
"""The end of a line in a table of contents: dots and a page number."""

_LOOSE = 0.25
_INDENT = 0.7
_SAME_PLACE = 6.0
_TERMINAL = re.compile(r"[.!?:;…][\"'’”»)\]¹²³⁴⁵⁶⁷⁸⁹⁰ ]*$")
_SENTENCE_END = re.compile(r"[.!?…][\"'’”»)\]¹²³⁴⁵⁶⁷⁸⁹⁰ ]*$")


@dataclass(slots=True)
class Open:
    """A block in the making: its lines so far."""

    lines: list[Line]
    marker: Marker | None
    apart_above: bool
    apart_below: bool = True

    @property
    def text_x(self) -> float:
        """The indent that further lines of this block are expected at."""
        first = self.lines[0]
        if len(self.lines) > 1:
            return self.lines[-1].x
        return first.text_x if first.text_x is not None else first.x


@dataclass(frozen=True, slots=True)
class Setting:
    """How a document is set: its ordinary letter size, whether that is bold, and its line distances."""

    body: float
    bold_body: bool
    pitches: dict[float, float]

    def pitch(self, line: Line) -> float:
        """The usual distance to the next baseline, in points."""
        return self.pitches.get(round(line.size), 1.25 * line.size)

    def is_apart(self, last: Line, line: Line) -> bool:
        """Whether more white than usual stands between two lines of one column."""
        return last.flow != line.flow or line.y - last.y > self.pitch(line) + _LOOSE * line.size


def goes_on(opened: Open, line: Line, setting: Setting) -> bool:
    """Return whether ``line`` belongs to the block that is open."""
    last = opened.lines[-1]
    if max(line.size, last.size) > 1.1 * min(line.size, last.size):
        return False
    if line.flow != last.flow:
        return _goes_on_elsewhere(opened, last, line, setting)
    if opened.marker is not None and last.text == opened.marker.text:
        return line.marker is None and line.x > last.x
    gap = line.y - last.y
    raised = 0.3 if any(char in "¹²³⁴⁵⁶⁷⁸⁹⁰" for char in line.text + last.text) else 0.0
    if gap < -0.5 * line.size or gap > setting.pitch(line) + (_LOOSE + raised) * line.size:
        return False
    if line.marker is not None and _is_item(opened, last, line):
        return False
    if CONTENTS_LINE.search(last.text):
        return False
    if line.bold != last.bold and not _same_sentence(last, line, setting):
        return False
    if _is_broken(last, line):
        return True
    if _would_fit(last, line) and not _centred(last, line):
        return False
    return _in_place(opened, last, line)


def _is_item(opened: Open, last: Line, line: Line) -> bool:
    marker = line.marker
    assert marker is not None
    if marker.kind.endswith(")") and marker.kind[0] != "(" and _in_brackets(opened):
        return False
    if marker.sure or _would_fit(last, line) or last.text.endswith((":", ";")):
        return True
    before, start = opened.marker, opened.lines[0]
    if line.flow != last.flow:
        follows = before is not None and before.kind == marker.kind and marker.value == before.value + 1
        return follows or marker.value == 1 or marker.kind in "-*" or _TERMINAL.search(last.text) is not None
    if before is not None and before.kind == marker.kind and abs(line.x - start.x) <= 3:
        return marker.value == 0 or marker.value == before.value + 1
    if marker.value == 0:
        return _TERMINAL.search(last.text) is not None
    return abs(line.x - last.x) > 3


def _same_sentence(last: Line, line: Line, setting: Setting) -> bool:
    """A change of weight within a sentence: bold words at a line's end or start, not a heading."""
    if setting.bold_body or line.size > LARGER * setting.body:
        return True
    if _TERMINAL.search(last.text):
        return False
    return line.text[:1].islower() or (last.room < _first_word(line) + 0.5 * line.size and not last.bold)


def _in_place(opened: Open, last: Line, line: Line) -> bool:
    em = line.size
    if opened.marker is not None:
        start = opened.lines[0]
        hanging = start.text_x is not None and start.text_x > start.x + 0.3 * em
        if line.x < start.x - 2:
            return False
        if hanging and start.text_x is not None and line.x < start.text_x - _INDENT * em:
            return False
        return len(opened.lines) == 1 or line.x <= last.x + _INDENT * em or _centred(last, line)
    if line.x > last.x + _INDENT * em:
        return _centred(last, line)
    if line.x < last.x - _INDENT * em:
        return len(opened.lines) == 1 or _centred(last, line)
    return True


def _goes_on_elsewhere(opened: Open, last: Line, line: Line, setting: Setting) -> bool:
    """Whether a block runs on in the next column or on the next page."""
    if line.marker is not None and _is_item(opened, last, line):
        return False
    if line.bold and not setting.bold_body and not line.text[:1].islower():
        return False
    if line.bold != last.bold and not _same_sentence(last, line, setting):
        return False
    if line.size > LARGER * setting.body:
        return False
    start = opened.lines[0]
    place = opened.text_x
    if opened.marker is not None and len(opened.lines) == 1 and start.text_x == start.x:
        # a marker close to its text: where the text began is not known, only that it was further in
        if not start.x - 2 <= line.x <= start.x + 4 * line.size:
            return False
    elif len(opened.lines) == 1 and opened.marker is None:
        if not place - 3 * line.size <= line.x <= place + _SAME_PLACE:
            return False
    elif abs(line.x - place) > _SAME_PLACE:
        return False
    if _is_broken(last, line):
        return True
    if not _TERMINAL.search(last.text):
        return line.text[:1].islower() or not _would_fit(last, line)
    if not _SENTENCE_END.search(last.text):
        return False
    # a sentence ended with the line: either the paragraph goes on, or it ended just there
    return last.room < _first_word(line) and line.followed and not line.text[:1].isdigit()


def pitches_of(lines: Sequence[Line]) -> dict[float, float]:
    """Return the usual distance between baselines for each letter size, in points."""
    steps: dict[int, Counter[float]] = {}
    for a, b in pairwise(lines):
        if a.flow == b.flow and abs(a.size - b.size) < 0.3 and 0.8 * a.size < b.y - a.y < 2.4 * a.size:
            steps.setdefault(round(a.size), Counter())[round((b.y - a.y) * 2) / 2] += 1
    pitches: dict[float, float] = {}
    for size, counts in steps.items():
        total = sum(counts.values())
        # the smallest distance that is common: larger ones may be those between short paragraphs
        pitches[size] = min(step for step, n in counts.items() if n >= 0.2 * total or n == max(counts.values()))
        near = [step for step in counts if pitches[size] < step <= pitches[size] + 1.0 and counts[step] > 0.1 * total]
        pitches[size] = max([pitches[size], *near])
    return pitches


def _first_word(line: Line) -> float:
    """The width of the first word of a line, with the blank before it, in points."""
    word = line.text.split(" ", 1)[0]
    return (len(word) + 1) / max(len(line.text), 1) * (line.x1 - line.x)


def _would_fit(last: Line, line: Line) -> bool:
    """Whether the line before was ended on purpose: the next word would have fitted there easily."""
    spare = last.room - _first_word(line)
    if _TERMINAL.search(last.text):
        return spare > 1.2 * line.size
    return spare > max(0.3 * last.width, 6 * line.size)


def _is_broken(last: Line, line: Line) -> bool:
    """Whether a word runs over the line end."""
    return last.text[-2:-1].isalnum() and last.text[-1] in "-\u2010\u2011\u00ad" and line.text[:1].islower()


def _centred(last: Line, line: Line) -> bool:
    middles = abs((last.x + last.x1) - (line.x + line.x1)) / 2
    return middles < 2.0 and abs(last.x - line.x) > 2.0


def _in_brackets(opened: Open) -> bool:
    text = " ".join(line.text for line in opened.lines)
    return text.count("(") > text.count(")")
