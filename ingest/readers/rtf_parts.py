"""What an RTF file is made of: paragraphs and table rows with what is known of each, styles, properties."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ingest.readers.docx_styles import Style

_MOST_PARENTS = 20


@dataclass(slots=True)
class Paragraph:
    """One paragraph. ``listed`` says that it is in a list, at ``depth`` (0 = outermost) or with ``indent`` twips."""

    text: str = ""
    style: Style = field(default_factory=Style)
    marker: str | None = None
    listed: bool = False
    depth: int | None = None
    indent: int = 0
    notes: list[str] = field(default_factory=list)
    boxes: list[Paragraph | Row] = field(default_factory=list)
    bold: int = 0
    plain: int = 0

    @property
    def is_bold(self) -> bool:
        """Whether all of the text is bold."""
        return self.bold > 0 and self.plain == 0


@dataclass(slots=True)
class Row:
    """One table row: its cells, the place (twips) where each ends, and which continue the one left or above."""

    left: int = 0
    is_head: bool = False
    edges: list[int] = field(default_factory=list)
    from_left: set[int] = field(default_factory=set)
    from_above: set[int] = field(default_factory=set)
    cells: list[list[Paragraph]] = field(default_factory=list)


@dataclass(slots=True)
class Content:
    """A whole RTF file. ``own`` are the properties made by hand; ``is_whole`` is False when its end is missing."""

    parts: list[Paragraph | Row] = field(default_factory=list)
    stated: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    moments: dict[str, datetime] = field(default_factory=dict)
    is_whole: bool = True

    def keep(self, place: str, text: str) -> None:
        """Note what a group of the document's properties said; a property made by hand has a group for its name."""
        if place == "propname":
            self.own[text] = ""
        elif place == "staticval":
            self.own[next(reversed(self.own), "")] = text
        else:
            self.stated[place] = text

    def keep_moment(self, place: str, numbers: Sequence[int]) -> None:
        """Note the moment (year, month, day, hour, minute) that the file was made or changed, if it can exist."""
        year, month, day, hour, minute = numbers
        with contextlib.suppress(ValueError, OverflowError):
            self.moments[place] = datetime(year, month, day, hour, minute)


class Stylesheet:
    """The paragraph styles of one file, by their number."""

    def __init__(self) -> None:
        self._styles: dict[int, tuple[Style, int | None]] = {}

    def add(self, number: int, style: Style, parent: int | None) -> None:
        """Note a style and the one that it is based on."""
        self._styles[number] = (style, parent)

    def get(self, number: int) -> Style:
        """Return a style, at the outline level of its parents where it has none itself."""
        style, parent = self._styles.get(number, (Style(), None))
        for _ in range(_MOST_PARENTS):
            if style.heading_level is not None or parent not in self._styles:
                break
            ancestor, parent = self._styles[parent]
            if not ancestor.is_title and ancestor.heading_level is not None:
                style = replace(style, outline=ancestor.heading_level - 1)
        return style
