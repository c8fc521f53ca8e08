"""From loose runs to fragments of lines: what stands on one baseline and close together.

A fragment never spans a wide gap, because only the page as a whole tells whether such a gap is a stretched
space, the step from a list number to its text, a table column or the white between two columns.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ingest.cleaning import clean_line
from ingest.readers.pdf_runs import Run

WIDE_GAP = 0.7
_SAME_BASELINE = 0.22
_SCRIPT_SIZE = 0.95
_SCRIPT_SHIFT = 0.65
_SCRIPT_LEAST = 0.08
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_UNIT = re.compile(r"(?:^|[\s\d(/])[cdkm]?m$")
_ORDINAL = re.compile(r"(?:e|de|ste|st|nd|rd|th|er|ère|º|ª)\b", re.IGNORECASE)
_MARK = re.compile(r"[\d,\s]+")


@dataclass(frozen=True, slots=True)
class Fragment:
    """Text on one baseline without wide gaps. Places are in points; ``y`` is the baseline, downwards."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    runs: tuple[Run, ...]

    @property
    def top(self) -> float:
        """Where its capitals reach to."""
        return self.y - 0.75 * self.size

    @property
    def bottom(self) -> float:
        """Where its descenders reach to."""
        return self.y + 0.22 * self.size


def fragments_of(runs: Iterable[Run], gap: float = WIDE_GAP) -> list[Fragment]:
    """Group runs of one reading direction into fragments, cut at gaps over ``gap`` times the letter size."""
    found: list[Fragment] = []
    for row, scripts in _baselines(list(runs)):
        part: list[Run] = []
        for run in row:
            if part and run.x0 - max(r.x1 for r in part[-3:]) > gap * max(run.size, part[-1].size):
                found.append(make_fragment(part, scripts))
                part = []
            part.append(run)
        found.append(make_fragment(part, scripts))
    return [fragment for fragment in found if fragment.text]


def by_direction(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs apart by direction of reading, the direction with most text first."""
    groups: dict[int, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.angle, []).append(run)
    return sorted(groups.values(), key=lambda group: -sum(len(run.text) for run in group))


def make_fragment(runs: Sequence[Run], scripts: dict[int, int] | None = None) -> Fragment:
    """Put runs of one baseline together, left to right; ``scripts`` tells by ``id`` what is raised or lowered."""
    scripts = scripts or {}
    weight: Counter[float] = Counter()
    bold = letters = 0
    for run in runs:
        if id(run) in scripts:
            continue
        count = sum(char.isalnum() for char in run.text)
        weight[round(run.size, 1)] += count or 1
        letters += count
        bold += count if run.bold else 0
    size = weight.most_common(1)[0][0] if weight else runs[0].size
    base = [run for run in runs if id(run) not in scripts] or list(runs)
    all_bold = bold >= 0.9 * letters if letters else all(run.bold for run in base)
    text = _spaced(runs, scripts).rstrip()
    # a soft hyphen at the end says that the word goes on; cleaning would take it away unseen
    text = clean_line(text) + ("\u2010" if text.endswith("\u00ad") else "")
    return Fragment(
        text,
        min(run.x0 for run in runs),
        max(run.x1 for run in runs),
        median(run.y for run in base),
        size,
        all_bold,
        tuple(runs),
    )


def _baselines(runs: list[Run]) -> list[tuple[list[Run], dict[int, int]]]:
    """Runs per baseline, left to right, with the raised (1) and lowered (-1) ones among them by ``id``."""
    runs.sort(key=lambda run: (run.y, run.x0))
    rows: list[list[Run]] = []
    for run in runs:
        last = rows[-1] if rows else None
        if last and run.y - last[0].y <= _SAME_BASELINE * min(run.size, max(r.size for r in last)):
            last.append(run)
        else:
            rows.append([run])
    scripts: dict[int, int] = {}
    for at, row in enumerate(rows):
        for run in list(row):
            for other in (at + 1, at - 1, at + 2, at - 2):
                if not 0 <= other < len(rows):
                    continue
                host = _host(run, rows[other])
                if host is not None:
                    row.remove(run)
                    rows[other].append(run)
                    scripts[id(run)] = 1 if run.y < host.y else -1
                    break
    for row in rows:
        row.sort(key=lambda run: (run.x0, run.x1))
    return [(row, scripts) for row in rows if row]


def _host(run: Run, row: Sequence[Run]) -> Run | None:
    """The larger run that ``run`` is a sub- or superscript of."""
    for other in row:
        if run.size > _SCRIPT_SIZE * other.size or abs(run.y - other.y) > _SCRIPT_SHIFT * other.size:
            continue
        if abs(run.y - other.y) < _SCRIPT_LEAST * other.size or len(run.text.strip()) > 6:
            continue
        after, before = run.x0 - other.x1, other.x0 - run.x1
        if -0.3 * other.size <= after <= 0.3 * other.size or -0.1 * other.size <= before <= 0.3 * other.size:
            return other
        if other.x0 < run.x0 and run.x1 < other.x1 + 0.1 * other.size and after > -0.3 * other.size:
            return other
    return None


def _spaced(runs: Sequence[Run], scripts: dict[int, int]) -> str:
    gaps = [max(0.0, b.x0 - a.x1) / max(a.size, 1.0) for a, b in itertools.pairwise(runs)]
    spread = 0.0
    letters = [len(run.text.strip()) for run in runs]
    if len(runs) >= 5 and letters.count(1) >= 0.85 * len(runs) and max(letters) <= 3:
        # letter by letter: what separates words is more than what separates these letters
        spread = median(gaps)
        spread = spread if spread > 0.05 else 0.0
    text = runs[0].text if id(runs[0]) not in scripts else _script(runs[0].text, scripts[id(runs[0])], "")
    for before, run in itertools.pairwise(runs):
        size = max(before.size, run.size) if id(run) not in scripts else before.size
        gap = run.x0 - before.x1
        least = min(max(0.5 * min(before.space, run.space), 0.1 * size), 0.2 * size)
        if spread:
            least = max(least, (spread + 0.15) * size)
        shift = scripts.get(id(run), 0)
        if shift:
            if gap > least and not text.endswith(" "):
                text += " "
            text += _script(run.text, shift, text)
        elif (id(before) in scripts and scripts[id(before)] > 0 and run.text[:1].isalnum()) or (
            gap > least and not text.endswith(" ") and not run.text.startswith(" ")
        ):
            text += " " + run.text
        else:
            text += run.text
    return text


def _script(text: str, shift: int, before: str) -> str:
    """A footnote mark stands apart from its word; an exponent, index or ordinal ending does not."""
    plain = text.strip()
    if shift < 0:
        return plain.translate(_SUBSCRIPT)
    if not before or before.endswith(" "):
        return plain.translate(_SUPERSCRIPT) if before else plain
    if before[-1].isdigit() and _ORDINAL.fullmatch(plain):
        return plain
    if plain in {"2", "3"} and _UNIT.search(before):
        return plain.translate(_SUPERSCRIPT)
    if plain in {"®", "™", "©", "°"} or not any(char.isalnum() for char in plain):
        return plain
    return " " + (plain.translate(_SUPERSCRIPT) if _MARK.fullmatch(plain) else plain)


def rows_of(fragments: Iterable[Fragment]) -> list[list[Fragment]]:
    """Fragments per baseline from top to bottom, left to right within each."""
    rows: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda f: (f.y, f.x0)):
        last = rows[-1] if rows else None
        if last and fragment.y - median(f.y for f in last) <= 0.35 * min(fragment.size, max(f.size for f in last)):
            last.append(fragment)
        else:
            rows.append([fragment])
    for row in rows:
        row.sort(key=lambda f: f.x0)
    return rows


def joined(fragments: Sequence[Fragment]) -> Fragment:
    """One fragment out of several on the same baseline, with a blank at each gap."""
    if len(fragments) == 1:
        return fragments[0]
    letters = [sum(map(str.isalnum, f.text)) for f in fragments]
    total = sum(letters)
    bold = sum(n for n, f in zip(letters, fragments, strict=True) if f.bold) >= 0.9 * total
    if not total:
        bold = all(f.bold for f in fragments)
    biggest = max(range(len(fragments)), key=lambda at: letters[at])
    return Fragment(
        clean_line(" ".join(f.text for f in fragments)),
        min(f.x0 for f in fragments),
        max(f.x1 for f in fragments),
        fragments[biggest].y,
        fragments[biggest].size,
        bold,
        tuple(run for f in fragments for run in f.runs),
    )


def typical_size(fragments: Iterable[Fragment]) -> float:
    """The letter size that most characters have, in points; 10 for no text."""
    sizes: Counter[float] = Counter()
    for fragment in fragments:
        sizes[math.floor(fragment.size * 4 + 0.5) / 4] += len(fragment.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0
