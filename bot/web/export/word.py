"""An exported conversation as a Word document: real headings, links that open, nothing that runs or is looked up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from bot.web.export.structure import Block, Run, Style

# The names of styles that Word knows, and shows in the language of its user.
_STYLES = {
    Style.TITLE: "Title",
    Style.QUESTION: "Heading 1",
    Style.SUBHEADING: "Heading 2",
    Style.TEXT: "Normal",
    Style.NOTICE: "Normal",
    Style.SOURCE: "List",
    Style.QUOTE: "Quote",
    Style.NEARBY: "List Bullet",
}
_LANGUAGE = "nl-NL"
_FONT = "Calibri"
_BLUE = RGBColor(0x0B, 0x5C, 0x7A)


def as_word(blocks: Iterable[Block], title: str, today: date) -> bytes:
    """Return ``blocks`` as a .docx file with ``title`` among its properties, made on ``today``."""
    document = Document()
    _set_up(document)
    _describe(document.core_properties, title, today)
    anchors = 0
    for block in blocks:
        paragraph = document.add_paragraph(style=_STYLES[block.style])
        anchors += bool(block.anchor)
        if block.anchor:
            paragraph._p.append(_element("w:bookmarkStart", id=str(anchors), name=block.anchor))
        for place, line in enumerate(block.lines):
            if place:
                paragraph.add_run().add_break()
            for run in line:
                _add(paragraph, run)
        if block.anchor:
            paragraph._p.append(_element("w:bookmarkEnd", id=str(anchors)))
        paragraph.paragraph_format.keep_with_next = block.style is Style.SOURCE or None
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _set_up(document: Any) -> None:
    """A4, Dutch for whoever reads it out or checks its spelling, and one font."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.5)
    styles = document.styles
    for language in [*styles.element.iter(qn("w:lang")), *document.settings.element.iter(qn("w:themeFontLang"))]:
        language.set(qn("w:val"), _LANGUAGE)
    for name in set(_STYLES.values()):
        font = styles[name].font
        font.name = _FONT
        fonts = styles[name].element.rPr.rFonts
        for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{kind}"), None)
        if name in ("Title", "Heading 1", "Heading 2"):
            font.color.rgb = _BLUE
    styles["Normal"].font.size = Pt(11)
    # Long stretches in italics are hard to read.
    styles["Quote"].font.italic = False
    styles["Quote"].paragraph_format.left_indent = Cm(0.75)
    link = styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb = _BLUE
    link.font.underline = True


def _describe(properties: Any, title: str, today: date) -> None:
    properties.title = title
    properties.author = properties.last_modified_by = "Handwijzer"
    properties.comments = ""
    properties.language = _LANGUAGE
    properties.created = properties.modified = datetime.combine(today, time())


def _add(paragraph: Any, run: Run) -> None:
    added = paragraph.add_run(run.text)
    added.bold = run.strong or None
    if not run.link:
        return
    added.style = "Hyperlink"
    if run.link.startswith("#"):
        link = _element("w:hyperlink", anchor=run.link[1:])
    else:
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), paragraph.part.relate_to(run.link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    link.append(added._r)
    paragraph._p.append(link)


def _element(tag: str, **attributes: str) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element
