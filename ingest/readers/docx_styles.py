"""What the styles and the numbering of a Word file say about a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from ingest.readers.numbers import written

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_HEADING = re.compile(r"^(?:heading|kop|koptekst niveau|überschrift|titre)\s*([1-9])\b", re.IGNORECASE)
_TITLE = re.compile(r"^(?:title|titel|documenttitel)$", re.IGNORECASE)
_CONTENTS = re.compile(r"^(?:toc|inhopg|inhoudsopgave|kop\s?van\s?inhoudsopgave|table of (?:figures|contents))", re.I)
_FORMS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}
_DEEPEST = 9
_MOST_PARENTS = 20


def val(element: etree._Element | None, path: str, attribute: str = "val") -> str | None:
    """Return an attribute of the element at ``path`` ("numPr/ilvl") below ``element``, None when absent."""
    for name in path.split("/"):
        element = None if element is None else element.find(f"{W}{name}")
    return None if element is None else element.get(f"{W}{attribute}")


def is_on(element: etree._Element | None, name: str) -> bool:
    """Say whether a switch such as <w:b/> is set below ``element``."""
    found = None if element is None else element.find(f"{W}{name}")
    return found is not None and found.get(f"{W}val") not in ("0", "false", "off", "none")


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,9}", text) else None


@dataclass(frozen=True, slots=True)
class Style:
    """What matters of a paragraph style, with what it inherits. ``outline`` counts from 0."""

    name: str = ""
    outline: int | None = None
    number_id: str | None = None
    depth: int | None = None
    bold: bool = False

    @property
    def is_title(self) -> bool:
        """Whether this is the style of a document's title."""
        return bool(_TITLE.match(self.name))

    @property
    def is_contents(self) -> bool:
        """Whether this is the style of a line in a table of contents."""
        return bool(_CONTENTS.match(self.name))

    @property
    def heading_level(self) -> int | None:
        """The level of a heading style, None for other styles."""
        named = _HEADING.match(self.name)
        if self.is_title:
            return 1
        if named:
            return int(named[1])
        return self.outline + 1 if self.outline is not None and self.outline < _DEEPEST else None


class Styles:
    """The paragraph styles of one file, by id."""

    def __init__(self, root: etree._Element | None) -> None:
        found = [] if root is None else root.findall(f"{W}style")
        self._elements = {style.get(f"{W}styleId", ""): style for style in found}
        self._known: dict[str | None, Style] = {}
        defaults = [
            key
            for key, style in self._elements.items()
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true")
        ]
        self._default = defaults[0] if defaults else None

    def _chain(self, style_id: str | None) -> Iterator[tuple[str, etree._Element]]:
        for _ in range(_MOST_PARENTS):
            if style_id is None or style_id not in self._elements:
                return
            element = self._elements[style_id]
            yield style_id, element
            style_id = val(element, "basedOn")

    def get(self, style_id: str | None) -> Style:
        """Return a style by id; an unknown id is taken for its own name, None for the default style."""
        style_id = style_id or self._default
        if style_id not in self._known:
            style = Style(name=style_id or "")
            for at, (_, element) in enumerate(self._chain(style_id)):
                if at == 0:
                    style = replace(style, name=val(element, "name") or style_id or "")
                ancestor = Style(name=val(element, "name") or "")
                outline = _number(val(element, "pPr/outlineLvl"))
                if style.outline is None:
                    # "Author" and "Date" are often derived from the title's style without being titles.
                    inherited = None if ancestor.is_title else ancestor.heading_level
                    style = replace(
                        style, outline=outline if outline is not None or inherited is None else inherited - 1
                    )
                if style.number_id is None:
                    style = replace(style, number_id=val(element, "pPr/numPr/numId"))
                if style.depth is None:
                    style = replace(style, depth=_number(val(element, "pPr/numPr/ilvl")))
                style = replace(style, bold=style.bold or is_on(element.find(f"{W}rPr"), "b"))
            self._known[style_id] = style
        return self._known[style_id]

    def list_number_id(self, style_id: str) -> str | None:
        """Return the numbering that a list style (as against a paragraph style) stands for."""
        return val(self._elements.get(style_id), "pPr/numPr/numId")


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1
    legal: bool = False
    style_id: str | None = None

    @classmethod
    def read(cls, element: etree._Element) -> _Level:
        return cls(
            val(element, "numFmt") or "decimal",
            val(element, "lvlText") or "",
            _number(val(element, "start")) or 0,
            is_on(element, "isLgl"),
            val(element, "pStyle"),
        )


@dataclass(slots=True)
class _List:
    abstract_id: str
    levels: dict[int, _Level] = field(default_factory=dict)
    restarts: dict[int, int] = field(default_factory=dict)


def _levels(parent: etree._Element) -> dict[int, _Level]:
    return {_number(level.get(f"{W}ilvl")) or 0: _Level.read(level) for level in parent.findall(f"{W}lvl")}


class Numbering:
    """Counts the lists of one file as Word does, so that every item gets the number its reader sees."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()
        if root is None:
            return
        abstracts = {item.get(f"{W}abstractNumId", ""): item for item in root.findall(f"{W}abstractNum")}
        targets = {item.get(f"{W}numId", ""): val(item, "abstractNumId") or "" for item in root.findall(f"{W}num")}
        for item in root.findall(f"{W}num"):
            abstract_id = val(item, "abstractNumId") or ""
            link = val(abstracts.get(abstract_id), "numStyleLink")
            if link:
                abstract_id = targets.get(styles.list_number_id(link) or "", abstract_id)
            abstract = abstracts.get(abstract_id)
            made = _List(abstract_id, _levels(abstract) if abstract is not None else {})
            for override in item.findall(f"{W}lvlOverride"):
                depth = _number(override.get(f"{W}ilvl")) or 0
                made.levels.update(_levels(override))
                start = _number(val(override, "startOverride"))
                if start is not None:
                    made.restarts[depth] = start
            self._lists[item.get(f"{W}numId", "")] = made

    def depth_of(self, number_id: str, style_id: str | None) -> int:
        """Return the depth (0 = outermost) that a list ties to a paragraph style."""
        levels = self._lists[number_id].levels if number_id in self._lists else {}
        return next((depth for depth, level in levels.items() if style_id and level.style_id == style_id), 0)

    def marker(self, number_id: str, depth: int) -> str | None:
        """Count one item; return its number as printed, "" for a bullet, None when it has no mark."""
        numbered = self._lists.get(number_id)
        level = numbered.levels.get(depth) if numbered else None
        if numbered is None or level is None:
            return None
        counts = self._counts.setdefault(numbered.abstract_id, {})
        if number_id not in self._begun:
            self._begun.add(number_id)
            for at, start in numbered.restarts.items():
                counts[at] = start - 1
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [at for at in counts if at > depth]:
            del counts[deeper]
        if level.form == "bullet":
            return "" if level.text.strip() else None
        if level.form == "none" and "%" not in level.text:
            return level.text.strip() or None

        def number(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            upper = numbered.levels.get(at, level)
            form = "1" if level.legal else _FORMS.get(upper.form, "1")
            count = counts.get(at, upper.start)
            return "" if upper.form in ("none", "bullet") else written(count, form)

        return re.sub(r"%([1-9])", number, level.text).strip() or None
