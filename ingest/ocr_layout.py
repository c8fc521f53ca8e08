"""From what Tesseract recognised to a page like any other: words and ruling lines with their places.

Tesseract's answer is hOCR (http://kba.github.io/hocr-spec/1.2/): boxes in pixels, for each line its slope, and for
each word how sure it is. The modules that put pages of a PDF in order do the rest.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from ingest.readers.pdf_runs import PageContent, Rule, Run

_POINTS_PER_INCH = 72
_LEAST_LINE_CONFIDENCE = 0.4
_LEAST_MARK_CONFIDENCE = 0.8
_SURE = 0.9
_SURE_OF_TWO = 0.5
_MARKER_GAP = 0.4
_SAME_SIZE = 0.13
_SPACE = 0.25
# What a bullet is taken for, where it stands alone at the beginning of a line.
_BULLET = re.compile(r"[•●▪■◦*+«»¢©®°~>¥¤–—-]{1,2}|[eo]")
_PERHAPS_BULLET = re.compile(r"[^\d.,:;!/\\|()\[\]{}'\"‘’‚“”„_]{1,2}")
_NUMBER = re.compile(r"\d{1,2}[,:;]")
_XHTML = "{http://www.w3.org/1999/xhtml}"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was recognised, between two places on its line, in pixels."""

    text: str
    x0: float
    x1: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was recognised, in pixels. ``base`` is the height of its baseline in the middle between its ends,
    ``slope`` how much that goes down for each pixel to the right."""

    words: tuple[Word, ...]
    x0: float
    x1: float
    base: float
    slope: float
    size: float
    turn: int

    @property
    def letters(self) -> int:
        """How many letters and digits it holds."""
        return sum(map(_letters, self.words))

    @property
    def confidence(self) -> float:
        """How sure its letters are, 0-1."""
        return sum(word.confidence * _letters(word) for word in self.words) / (self.letters or 1)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page as it was recognised. ``confidence`` (0-1) is that of its letters, ``skew`` the turn to the left, in
    degrees, that would put its text upright. ``lines`` have their places in pixels, ``content`` in points."""

    content: PageContent
    confidence: float
    skew: float
    lines: tuple[Line, ...]


def recognised(hocr: bytes, dpi: float) -> Recognised:
    """Return the page that Tesseract's ``hocr`` describes, whose picture has ``dpi`` pixels an inch.

    Lines that are no more than a guess, as of a logo or a stain, are left out.
    """
    tree = etree.fromstring(hocr, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    lines = [line for line in _lines(tree) if line.letters and line.confidence >= _LEAST_LINE_CONFIDENCE]
    letters = sum(line.letters for line in lines)
    confidence = sum(line.confidence * line.letters for line in lines) / (letters or 1)
    turns: Counter[int] = Counter()
    for line in lines:
        turns[line.turn] += line.letters
    turn = turns.most_common(1)[0][0] if turns else 0
    slope = _median((line.slope, line.letters) for line in lines)
    sizes = _letter_sizes(lines)
    scale = _POINTS_PER_INCH / dpi
    _, _, width, height = next(_numbers(page, "bbox") for page in tree.iterfind(f".//{_XHTML}div[@class='ocr_page']"))
    content = PageContent(width * scale, height * scale)
    for line in lines:
        size = sizes[line.size] * scale
        y = (line.base - slope * (line.x0 + line.x1) / 2) * scale
        shift = slope * line.base
        content.runs += (
            Run(f"{w.text} ", (w.x0 + shift) * scale, (w.x1 + shift) * scale, y, size, False, _SPACE * size)
            for w in line.words
        )
    content.rules += _rules(tree, slope, scale)
    return Recognised(content, confidence, math.degrees(math.atan(slope)) - turn, tuple(lines))


def _letter_sizes(lines: Sequence[Line]) -> dict[float, float]:
    """Return the size that each measured size stands for: it varies with the letters that a line happens to hold."""
    body = _median((line.size, line.letters) for line in lines)
    sizes: dict[float, float] = {}
    step = 0.0
    for size in sorted({line.size for line in lines}):
        if size > (1 + _SAME_SIZE) * step:
            step = size
        sizes[size] = body if abs(size - body) <= _SAME_SIZE * body else step
    return sizes


def _lines(tree: etree._Element) -> Iterator[Line]:
    for element in tree.iterfind(f".//{_XHTML}p/{_XHTML}span"):
        x0, y0, x1, y1 = _numbers(element, "bbox")
        slope, offset = _numbers(element, "baseline") or (0.0, 0.0)
        words = [_word(child) for child in element.iterfind(f"{_XHTML}span")]
        size = (_numbers(element, "x_size") or [y1 - y0])[0]
        if len(words) > 1:
            words[0] = _as_marker(words[0], words[1].x0 - words[0].x1, size)
        yield Line(
            tuple(word for word in words if _letters(word) or word.confidence >= _LEAST_MARK_CONFIDENCE),
            x0,
            x1,
            y1 + offset + slope * (x1 - x0) / 2,
            slope,
            size,
            round((_numbers(element, "textangle") or [0])[0]) % 360,
        )


def _as_marker(first: Word, gap: float, size: float) -> Word:
    """Return the first word of a line as the list marker that it must be; or else as it is.

    There is no letter for a bullet, so that it comes out as any of many. ``gap`` is the white after it.
    """
    if _BULLET.fullmatch(first.text):
        return replace(first, text="•", confidence=1.0)
    if gap < _MARKER_GAP * size:
        return first
    if _NUMBER.fullmatch(first.text):
        return replace(first, text=f"{first.text[:-1]}.")
    doubtful = first.confidence < (_SURE if len(first.text) == 1 else _SURE_OF_TWO)
    return replace(first, text="•", confidence=1.0) if doubtful and _PERHAPS_BULLET.fullmatch(first.text) else first


def _word(element: etree._Element) -> Word:
    x0, _, x1, _ = _numbers(element, "bbox")
    # Underscores and upright bars at the ends of a word are what is left of a ruling line.
    return Word("".join(map(str, element.itertext())).strip(" _|"), x0, x1, _numbers(element, "x_wconf")[0] / 100)


def _letters(word: Word) -> int:
    return sum(map(str.isalnum, word.text))


def _rules(tree: etree._Element, slope: float, scale: float) -> Iterator[Rule]:
    for element in tree.iterfind(f".//{_XHTML}div[@class='ocr_separator']"):
        x0, y0, x1, y1 = _numbers(element, "bbox")
        # The box of a sloping line is as high as the line rises; the line itself runs through its middle.
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        if x1 - x0 > y1 - y0:
            level = (y - slope * x) * scale
            yield Rule((x0 + slope * y) * scale, level, (x1 + slope * y) * scale, level)
        else:
            upright = (x + slope * y) * scale
            yield Rule(upright, (y0 - slope * x) * scale, upright, (y1 - slope * x) * scale)


def _numbers(element: etree._Element, name: str) -> list[float]:
    """Return the numbers of one property in the title of ``element``, none when it has no such property."""
    for part in (element.get("title") or "").split(";"):
        if part.split(None, 1)[:1] == [name]:
            return [float(number) for number in part.split()[1:]]
    return []


def _median(weighted: Iterable[tuple[float, int]]) -> float:
    """Return the value that half of the weight lies below; 0 for none."""
    ordered = sorted(weighted)
    left = sum(weight for _, weight in ordered) / 2
    for value, weight in ordered:
        left -= weight
        if left <= 0:
            return value
    return 0.0
