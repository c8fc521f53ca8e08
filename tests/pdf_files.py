"""Small PDF files for tests: pages drawn with reportlab, documents set with WeasyPrint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

STYLE = """
@page { size: A4; margin: 2.5cm 2cm;
  @top-left { content: "Handreiking samenwerken"; font-size: 8pt }
  @bottom-center { content: counter(page) " / " counter(pages); font-size: 8pt } }
body { font-family: "DejaVu Sans", sans-serif; font-size: 10pt; line-height: 1.4; hyphens: auto }
table { border-collapse: collapse; width: 100% }
td, th { border: 0.5pt solid #888; padding: 3pt 5pt; text-align: left; vertical-align: top }
"""


def typeset(path: Path, body: str, style: str = "", title: str = "Handreiking samenwerken") -> Path:
    """Write ``body`` (HTML) as a PDF the way the shipped corpus is made."""
    weasyprint = pytest.importorskip("weasyprint", reason="WeasyPrint is nodig om de voorbeeldbestanden te maken")
    head = (
        f"<title>{title}</title><meta name='dcterms.created' content='2023-06-01'>"
        "<meta name='author' content='Redactie Handwijzer'>"
    )
    page = f"<html lang='nl'><head>{head}<style>{STYLE}{style}</style></head><body>{body}</body></html>"
    weasyprint.HTML(string=page).write_pdf(path)
    return path


Line = tuple[float, float, str]
"""x and y in points from the bottom left, and text; a text that starts with ``*`` is set bold."""


def draw(path: Path, pages: Sequence[Sequence[Line]], size: float = 10, **options: object) -> Path:
    """Write pages with each line of text at its place."""
    canvas_module = pytest.importorskip("reportlab.pdfgen.canvas", reason="reportlab maakt de voorbeeldbestanden")
    canvas = canvas_module.Canvas(str(path), pagesize=(595, 842), invariant=1, **options)
    for page in pages:
        for x, y, text in page:
            canvas.setFont("Helvetica-Bold" if text.startswith("*") else "Helvetica", size)
            canvas.drawString(x, y, text.removeprefix("*"))
        canvas.showPage()
    canvas.save()
    return path


def paragraph(lines: Sequence[str], x: float = 72, top: float = 760, step: float = 13) -> list[Line]:
    """The lines of a paragraph below each other."""
    return [(x, top - at * step, text) for at, text in enumerate(lines)]
