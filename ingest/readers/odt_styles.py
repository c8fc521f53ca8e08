"""What the styles of an OpenDocument text say: which paragraphs are headings, and how lists are numbered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lxml import etree

from ingest.readers.numbers import written

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"

OUTLINE = "Outline"
"""The name under which the numbering of headings is kept."""

_HEADING = re.compile(r"^(?:heading|kop|überschrift|titre)(?:_20_|\s)*([1-9])\b", re.IGNORECASE)
_TITLE = re.compile(r"^(?:title|titel)$", re.IGNORECASE)
_CONTENTS = re.compile(r"^(?:contents|inhoud(?:sopgave)?)(?:_20_|\s)", re.IGNORECASE)
_NUMBERED = (f"{TEXT}list-level-style-number", f"{TEXT}outline-level-style")
_MOST_PARENTS = 20
_MOST_LEVELS = 10


def number(text: str | None) -> int | None:
    """Return a non-negative whole number, None for anything else."""
    return int(text) if text and text.isdigit() and len(text) < 9 else None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What matters of a paragraph style, with what it inherits; ``level`` is that of a heading."""

    level: int | None = None
    is_title: bool = False
    is_contents: bool = False
    bold: bool = False
    list_style: str | None = None


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    prefix: str
    suffix: str
    start: int
    shown: int
    bullet: bool


def _level(element: etree._Element) -> _Level:
    return _Level(
        element.get(f"{STYLE}num-format", ""),
        element.get(f"{STYLE}num-prefix", ""),
        element.get(f"{STYLE}num-suffix", ""),
        number(element.get(f"{TEXT}start-value")) or 1,
        number(element.get(f"{TEXT}display-levels")) or 1,
        element.tag not in _NUMBERED,
    )


class Styles:
    """The paragraph and list styles of one file, from its styles.xml and content.xml together."""

    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self._elements: dict[str, etree._Element] = {}
        self._lists: dict[str, dict[int, _Level]] = {}
        self._known: dict[str, Paragraph] = {}
        for root in roots:
            for style in root.iter(f"{STYLE}style"):
                if style.get(f"{STYLE}family") in ("paragraph", "text"):
                    self._elements[style.get(f"{STYLE}name", "")] = style
            for style in root.iter(f"{TEXT}list-style", f"{TEXT}outline-style"):
                levels = {number(item.get(f"{TEXT}level")) or 1: _level(item) for item in style}
                self._lists[style.get(f"{STYLE}name", OUTLINE)] = levels
                if style.tag == f"{TEXT}outline-style":
                    self._lists[OUTLINE] = levels

    def paragraph(self, name: str) -> Paragraph:
        """Return what the style with this name, or one it is derived from, says."""
        if name not in self._known:
            found, parent, own = Paragraph(), name, True
            for _ in range(_MOST_PARENTS):
                element = self._elements.get(parent)
                shown = parent if element is None else element.get(f"{STYLE}display-name", parent)
                heading = _HEADING.match(shown)
                outline = None if element is None else number(element.get(f"{STYLE}default-outline-level"))
                found = replace(
                    found,
                    level=found.level or outline or (int(heading[1]) if heading else None),
                    is_title=found.is_title or (own and bool(_TITLE.match(shown))),
                    is_contents=found.is_contents or bool(_CONTENTS.match(shown)),
                )
                if element is None:
                    break
                text = element.find(f"{STYLE}text-properties")
                found = replace(
                    found,
                    bold=found.bold or (text is not None and text.get(f"{FO}font-weight") == "bold"),
                    list_style=found.list_style or element.get(f"{STYLE}list-style-name"),
                )
                # Automatic styles are the writer's changes to one paragraph, not a style of their own.
                home = element.getparent()
                own = own and home is not None and etree.QName(home).localname == "automatic-styles"
                parent = element.get(f"{STYLE}parent-style-name", "")
                if not parent:
                    break
            self._known[name] = found
        return self._known[name]

    def level(self, list_style: str, depth: int) -> _Level | None:
        """Return how a list style marks items at ``depth`` (1 = outermost)."""
        return self._lists.get(list_style, {}).get(min(depth, _MOST_LEVELS))


class Counter:
    """Counts the items of lists and the headings as LibreOffice does."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._counts: dict[str, dict[int, int]] = {}

    def begin(self, list_style: str, depth: int) -> None:
        """A list begins that does not go on with the numbers of an earlier one."""
        counts = self._counts.setdefault(list_style, {})
        for at in [at for at in counts if at >= depth]:
            del counts[at]

    def marker(self, list_style: str, depth: int, value: int | None = None) -> str:
        """Count one item and return its number as printed, "" for a bullet or an unnumbered level.

        ``value`` is the number the item itself states.
        """
        level = self._styles.level(list_style, depth)
        if level is None:
            return ""
        counts = self._counts.setdefault(list_style, {})
        counts[depth] = value if value is not None else counts.get(depth, level.start - 1) + 1
        for at in [at for at in counts if at > depth]:
            del counts[at]
        if level.bullet or not level.form:
            return ""
        numbers = []
        for at in range(max(1, depth - level.shown + 1), depth + 1):
            upper = self._styles.level(list_style, at)
            if upper is not None and upper.form:
                numbers.append(written(counts.get(at, upper.start), upper.form))
        return f"{level.prefix}{'.'.join(numbers)}{level.suffix}".strip()
