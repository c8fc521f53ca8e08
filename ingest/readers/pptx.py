"""Presentations: slide by slide, the shapes as the eye meets them, with the notes kept at their slide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from ingest.readers.blocks import BlockList, typed_marker
from ingest.readers.failures import reports_failures
from ingest.readers.numbers import written
from ingest.readers.ooxml_safety import open_package, safe_xml
from ingest.readers.slide_order import in_visual_order, is_title, placeholder
from ingest.readers.tables import EMPTY, Cell, row_sentences
from ingest.reading import FileText

_KIND = "PowerPoint-bestand"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FORMS = {"arabic": "1", "alphaLc": "a", "alphaUc": "A", "romanLc": "i", "romanUc": "I"}
_FORM = re.compile(r"^(arabic|alphaLc|alphaUc|romanLc|romanUc)(Period|ParenR|ParenBoth|Plain)?$")
_BULLETS = frozenset(f"{_A}{name}" for name in ("buNone", "buChar", "buAutoNum", "buBlip"))


def _text(paragraph: etree._Element) -> str:
    parts: list[str] = []
    for child in paragraph:
        if child.tag == f"{_A}br":
            parts.append("\n")
        elif child.tag == f"{_A}r" or (
            child.tag == f"{_A}fld" and not child.get("type", "").startswith(("slidenum", "datetime"))
        ):
            parts.append(child.findtext(f"{_A}t") or "")
    return "".join(parts)


class _Bullets:
    """Finds out whether a paragraph has a bullet or number, looking where PowerPoint looks."""

    def __init__(self, shape: Any, slide: Any) -> None:
        body = shape.text_frame._txBody
        self._sources: list[etree._Element | None] = [body.find(f"{_A}lstStyle")]
        if shape.is_placeholder:
            at = shape.placeholder_format.idx
            layout = slide.slide_layout
            for other in layout.placeholders:
                if other.placeholder_format.idx == at and other.has_text_frame:
                    self._sources.append(other.text_frame._txBody.find(f"{_A}lstStyle"))
            self._sources.append(layout.slide_master.element.find(f"{_P}txStyles/{_P}bodyStyle"))
        self._in_body = placeholder(shape) in ("BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT")
        self._counts: dict[int, tuple[str, int]] = {}

    def _stated(self, paragraph: etree._Element, level: int) -> etree._Element | None:
        styles = [None if source is None else source.find(f"{_A}lvl{level}pPr") for source in self._sources]
        for properties in [paragraph.find(f"{_A}pPr"), *styles]:
            for child in properties if properties is not None else ():
                if child.tag in _BULLETS:
                    return child
        return None

    def _is_list_paragraph(self, paragraph: etree._Element) -> bool:
        """Say whether a paragraph is meant as an item although its layout prints no bullet.

        Such a paragraph states a list level and, unlike its neighbours, does not switch the bullet off.
        """
        properties = paragraph.find(f"{_A}pPr")
        if not self._in_body or properties is None or properties.get("lvl") is None:
            return False
        return not any(child.tag in _BULLETS for child in properties)

    def marker(self, paragraph: etree._Element, level: int) -> str | None:
        """Return the number of the paragraph as printed, "" for a bullet, None for neither."""
        bullet = self._stated(paragraph, level)
        self._counts = {at: count for at, count in self._counts.items() if at <= level}
        if bullet is None or bullet.tag != f"{_A}buAutoNum":
            self._counts.pop(level, None)
            unmarked = bullet is None or bullet.tag == f"{_A}buNone"
            return None if unmarked and not self._is_list_paragraph(paragraph) else ""
        kind = bullet.get("type", "arabicPeriod")
        before, count = self._counts.get(level, (kind, int(bullet.get("startAt", "1")) - 1))
        count = count + 1 if before == kind else int(bullet.get("startAt", "1"))
        self._counts[level] = (kind, count)
        form = _FORM.match(kind)
        number = written(count, _FORMS[form[1]] if form else "1")
        ending = form[2] if form else "Period"
        return {"ParenR": f"{number})", "ParenBoth": f"({number})", "Plain": number}.get(ending or "", f"{number}.")


class _Slides:
    def __init__(self) -> None:
        self.out = BlockList()
        self.notices: list[str] = []

    def slide(self, slide: Any, number: int) -> None:
        """Add one slide and its notes; ``number`` counts from 1."""
        self.out.page = number
        before = len(self.out.blocks)
        self._shapes(slide.shapes, slide, number)
        pictures = any(child.tag == f"{_P}pic" for child in slide.element.iter())
        if len(self.out.blocks) == before and pictures:
            self.notices.append(f"Op dia {number} staat alleen een afbeelding; tekst daarop is niet gelezen.")
        self._notes(slide, number)

    def _shapes(self, shapes: Iterable[Any], slide: Any, number: int) -> None:
        for shape in in_visual_order(shapes):
            role = placeholder(shape)
            if role in ("DATE", "FOOTER", "HEADER", "SLIDE_NUMBER"):
                continue
            if hasattr(shape, "shapes"):
                self._shapes(shape.shapes, slide, number)
            elif getattr(shape, "has_table", False):
                self._table(shape.table)
            elif getattr(shape, "has_chart", False):
                self._chart(shape.chart, number)
            elif shape.element.tag == f"{_P}graphicFrame":
                self._diagram(shape, slide)
            elif is_title(shape):
                lines = [_text(p) for p in shape.text_frame._txBody.iter(f"{_A}p")]
                self.out.heading(" ".join(lines), 1 if number == 1 else 2)
            elif shape.has_text_frame:
                self._frame(shape, slide)

    def _frame(self, shape: Any, slide: Any) -> None:
        bullets = _Bullets(shape, slide)
        for paragraph in shape.text_frame._txBody.findall(f"{_A}p"):
            properties = paragraph.find(f"{_A}pPr")
            level = int(properties.get("lvl", "0")) + 1 if properties is not None else 1
            text = _text(paragraph)
            if not text.strip():
                continue
            marker = bullets.marker(paragraph, level)
            if marker is None:
                self.out.paragraphs(text)
                continue
            typed = typed_marker(text.strip()) if not marker else None
            self.out.item(typed[1] if typed else text, level, typed[0] if typed else marker)

    def _table(self, table: Any) -> None:
        grid: list[list[Cell]] = []
        for at, row in enumerate(table.rows):
            line: list[Cell] = []
            for column, cell in enumerate(row.cells):
                if cell.is_spanned:
                    line.append(_origin(table, grid, line, at, column))
                else:
                    line.append(Cell(tuple(_text(p) for p in cell._tc.iter(f"{_A}p"))))
            grid.append(line)
        self.out.rows(row_sentences(grid, 1 if table.first_row and len(grid) > 1 else None))

    def _chart(self, chart: Any, number: int) -> None:
        try:
            if chart.has_title and chart.chart_title.has_text_frame:
                self.out.paragraph(chart.chart_title.text_frame.text)
            for plot in chart.plots:
                names = [Cell(), *(Cell((str(series.name),)) for series in plot.series)]
                rows = [
                    [Cell((str(label),)), *(Cell((_value(series.values[at]),)) for series in plot.series)]
                    for at, label in enumerate(plot.categories)
                ]
                self.out.rows(row_sentences([names, *rows], 1))
        except (AttributeError, IndexError, KeyError, NotImplementedError, TypeError, ValueError):
            self.notices.append(f"De grafiek op dia {number} kon niet worden gelezen.")

    def _diagram(self, shape: Any, slide: Any) -> None:
        relations = next(shape.element.iter(f"{_DIAGRAM}relIds"), None)
        if relations is None:
            return
        data = safe_xml(slide.part.related_part(relations.get(f"{_RELATION}dm")).blob)
        for point in data.iter(f"{_DIAGRAM}pt"):
            if point.get("type", "node") == "node":
                self.out.item(" ".join(_text(paragraph) for paragraph in point.iter(f"{_A}p")), 1)

    def _notes(self, slide: Any, number: int) -> None:
        if not slide.has_notes_slide or slide.notes_slide.notes_text_frame is None:
            return
        texts = [_text(p) for p in slide.notes_slide.notes_text_frame._txBody.iter(f"{_A}p")]
        for at, text in enumerate(filter(str.strip, texts)):
            if at == 0:
                self.out.paragraph(f"Notitie bij dia {number}: {text}")
            else:
                self.out.paragraphs(text)


def _value(value: float | None) -> str:
    return "" if value is None else f"{value:g}".replace(".", ",")


def _origin(table: Any, grid: list[list[Cell]], line: list[Cell], at: int, column: int) -> Cell:
    """Return the merged cell that covers a place: from the left in its own row, else from above."""
    if column and table.cell(at, column)._tc.hMerge:
        return line[column - 1]
    return grid[at - 1][column] if at else EMPTY


def _package_parts(package: Any) -> Iterator[tuple[str, bytes]]:
    for relation in package.iter_rels():
        if not relation.is_external and relation.reltype.endswith(("-properties", "Properties")):
            yield relation.reltype, relation.target_part.blob


@reports_failures(_KIND)
def read_pptx(path: Path) -> FileText:
    """Read a presentation; a page is a slide. Raises `ReadError`: DAMAGED, PASSWORD, TOO_LARGE, NO_TEXT."""
    from pptx import Presentation

    from ingest.readers.office_metadata import ooxml_metadata

    presentation = Presentation(open_package(path, _KIND))
    slides = _Slides()
    count = 0
    for count, slide in enumerate(presentation.slides, 1):
        slides.slide(slide, count)
    parts = _package_parts(presentation.part.package)
    metadata = ooxml_metadata(presentation.core_properties, list(parts))
    return FileText(tuple(slides.out.blocks), metadata, pages=count, notices=tuple(slides.notices))
