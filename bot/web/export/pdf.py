"""An exported conversation as a PDF that is tagged: what reads it aloud finds headings, lists, quotes and links."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import matplotlib
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate

from bot.web.export.structure import Block, Run, Style
from bot.web.export.tagging import Element, MarkingCanvas, tagged
from kb.dutch import long_date

_FONT, _STRONG = "DejaVuSans", "DejaVuSans-Bold"
_BLUE, _GREY = HexColor("#0b5c7a"), HexColor("#4a4a4a")
_MARGIN = 2.2 * cm
# How far from the margin reportlab begins its text, in points.
_PADDING = 6
_TAGS = {Style.TITLE: "H1", Style.QUESTION: "H2", Style.SUBHEADING: "H3", Style.QUOTE: "BlockQuote"}
_OUTLINE_CHARACTERS = 90
_UNKNOWN = "\ufffd"
_NOTE = f"Op elke plaats van {_UNKNOWN} staat een teken dat deze PDF niet kan tonen. Word en Markdown tonen het wel."
_OTHER_DIRECTION = ("R", "AL", "AN")


class _Part(Paragraph):  # type: ignore[misc]  # reportlab is not type-checked here
    """A paragraph that is drawn as ``element``, and can be linked to by ``anchor`` and found in the outline."""

    element: Element
    anchor = ""
    outline = ""

    def split(self, width: float, height: float) -> list[Any]:
        """Return the parts that fit on this page and on the next."""
        parts = super().split(width, height)
        for part in parts:
            part.element = self.element
        if parts:
            parts[0].anchor, parts[0].outline = self.anchor, self.outline
        return list(parts)

    def draw(self) -> None:
        """Draw on the page."""
        if self.anchor:
            self.canv.bookmarkHorizontal(self.anchor, 0, self.height)
        if self.outline:
            self.canv.addOutlineEntry(self.outline, self.anchor, 0)
        with self.canv.drawing(self.element):
            super().draw()


def as_pdf(blocks: Sequence[Block], title: str, today: date) -> bytes:
    """Return ``blocks`` as a PDF called ``title``, made on ``today``."""
    _register_fonts()
    unknown = {
        ord(character): _UNKNOWN for character in set("".join(block.text for block in blocks)) if not _known(character)
    }
    shown = [*blocks, Block(Style.TEXT, ((Run(_NOTE),),))] if unknown else blocks
    document = Element("Document")
    footer = f"{title}, {long_date(today)}"

    def close_page(canvas: MarkingCanvas, _template: SimpleDocTemplate) -> None:
        with canvas.decorating():
            canvas.setFont(_FONT, 8)
            canvas.setFillColor(_GREY)
            canvas.drawString(_MARGIN + _PADDING, 1.2 * cm, footer)
            canvas.drawRightString(A4[0] - _MARGIN - _PADDING, 1.2 * cm, f"pagina {canvas.getPageNumber()}")

    file = BytesIO()
    SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        author="Handwijzer",
        creator="Handwijzer",
        subject="Vragen en antwoorden met bronnen",
        lang="nl-NL",
        displayDocTitle=1,
    ).build(
        list(_parts(shown, unknown, document)),
        onFirstPage=close_page,
        onLaterPages=close_page,
        canvasmaker=partial(MarkingCanvas, links=_destinations(blocks)),
    )
    return tagged(file.getvalue(), document)


def _parts(blocks: Iterable[Block], unknown: dict[int, str], document: Element) -> Iterator[_Part]:
    styles = _styles()
    parent = document
    questions = 0
    for block in blocks:
        # A source or document nearby is an item of a list; its quote belongs to it.
        if block.style in (Style.SOURCE, Style.NEARBY):
            items = document.children[-1] if document.children[-1].tag == "L" else document.add("L")
            parent = items.add("LI").add("LBody")
        elif block.style is not Style.QUOTE:
            parent = document
        part = _Part(
            "<br/>".join("".join(_run(run, unknown) for run in line) for line in block.lines), styles[block.style]
        )
        part.element = parent.add(_TAGS.get(block.style, "P"))
        part.anchor = block.anchor
        if block.style is Style.QUESTION:
            questions += 1
            part.anchor = f"vraag-{questions}"
            part.outline = _outline(block.text)
        yield part


def _run(run: Run, unknown: dict[int, str]) -> str:
    text = escape(run.text.translate(unknown))
    if run.strong:
        text = f"<b>{text}</b>"
    if not run.link:
        return text
    link = f'<a href={quoteattr(run.link)} color="{_BLUE.hexval()}">{text}</a>'
    return link if run.link.startswith("#") else f"<u>{link}</u>"


def _outline(heading: str) -> str:
    return heading if len(heading) <= _OUTLINE_CHARACTERS else f"{heading[:_OUTLINE_CHARACTERS].rstrip()}…"


def _destinations(blocks: Iterable[Block]) -> dict[str, str]:
    """Return where every link leads, in words."""
    words = {run.link: run.text for block in blocks for line in block.lines for run in line if run.link}
    return words | {f"#{block.anchor}": f"Bron {block.text.partition(chr(10))[0]}" for block in blocks if block.anchor}


def _known(character: str) -> bool:
    # Letters that are written from right to left would come out in the wrong order and not joined.
    return ord(character) in _register_fonts() and unicodedata.bidirectional(character) not in _OTHER_DIRECTION


@cache
def _register_fonts() -> frozenset[int]:
    """Make the fonts known to reportlab; return the code points that both have and that a reader can copy again."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fonts = [TTFont(name, folder / f"{name}.ttf") for name in (_FONT, _STRONG)]
    for font in fonts:
        pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(_FONT, normal=_FONT, bold=_STRONG, italic=_FONT, boldItalic=_STRONG)
    regular, strong = (frozenset(font.face.charToGlyph) for font in fonts)
    # reportlab has no way to say which text belongs to glyphs beyond these.
    return frozenset(code for code in regular & strong if code <= 0xFFFF) | {ord("\n")}


@cache
def _styles() -> dict[Style, ParagraphStyle]:
    text = ParagraphStyle("tekst", fontName=_FONT, fontSize=10, leading=15, spaceAfter=7)

    def like(name: str, **changes: Any) -> ParagraphStyle:
        return ParagraphStyle(name, parent=text, **changes)

    return {
        Style.TITLE: like("titel", fontName=_STRONG, fontSize=20, leading=26, textColor=_BLUE, spaceAfter=10),
        Style.QUESTION: like(
            "vraag", fontName=_STRONG, fontSize=13, leading=18, textColor=_BLUE, spaceBefore=16, keepWithNext=1
        ),
        Style.SUBHEADING: like("kopje", fontName=_STRONG, fontSize=11, leading=16, spaceBefore=6, keepWithNext=1),
        Style.TEXT: text,
        Style.NOTICE: like(
            "melding",
            backColor=HexColor("#fff4d6"),
            borderPadding=(5, 7, 6, 7),
            leftIndent=7,
            rightIndent=7,
            spaceBefore=10,
            spaceAfter=12,
        ),
        Style.SOURCE: like("bron", fontSize=9, leading=13.5, spaceBefore=5, spaceAfter=4, keepWithNext=1),
        Style.QUOTE: like("citaat", fontSize=9, leading=13.5, leftIndent=14, textColor=_GREY, spaceAfter=9),
        Style.NEARBY: like("suggestie", leftIndent=12, bulletIndent=0, spaceAfter=4),
    }
