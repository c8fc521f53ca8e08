"""What stands where on one PDF page: runs of text and ruling lines, whatever the order in the file.

Instructions come in any order and say where ink goes, not what belongs together. Order and meaning are for the
modules after this one.
"""

from __future__ import annotations

import math
from dataclasses import replace

from pypdf import PageObject
from pypdf.generic import ArrayObject, ContentStream, DecodedStreamObject, PdfObject

from ingest.readers.pdf_fonts import Typeface
from ingest.readers.pdf_matrices import Matrix
from ingest.readers.pdf_painter import Painter
from ingest.readers.pdf_resources import resources_of
from ingest.readers.pdf_runs import PageContent, Run

_HIDDEN_ANNOTATION = 0b100010
_SHOWN_ANNOTATIONS = {"/Widget", "/FreeText"}
_TWICE = 0.12


def read_page(page: PageObject, faces: dict[int, Typeface | None]) -> PageContent:
    """Return the text and rules of ``page``. ``faces`` keeps fonts between pages, by object number.

    Raises whatever pypdf raises on a damaged page.
    """
    box = page.cropbox
    left, bottom, right, top = (float(side) for side in (box.left, box.bottom, box.right, box.top))
    turn = page.rotation % 360
    ctm: Matrix
    if turn == 90:
        ctm, width, height = (0, 1, 1, 0, -bottom, -left), top - bottom, right - left
    elif turn == 180:
        ctm, width, height = (-1, 0, 0, 1, right, -bottom), right - left, top - bottom
    elif turn == 270:
        ctm, width, height = (0, -1, -1, 0, top, right), top - bottom, right - left
    else:
        ctm, width, height = (1, 0, 0, -1, -left, top), right - left, top - bottom
    content = PageContent(abs(width), abs(height))
    painter = Painter(content, faces)
    stream = page.get("/Contents")
    if stream is not None:
        painter.paint(ContentStream(_decoded(stream.get_object()), page.pdf, "bytes"), resources_of(page), ctm, 0)
    _paint_annotations(page, painter, ctm)
    content.runs = _on_page(_without_doubles(content.runs), content)
    return content


def _decoded(contents: PdfObject) -> PdfObject:
    """Return what a page draws without the parts of it that can not be decoded, unless none of it can."""
    if not isinstance(contents, ArrayObject):
        return contents
    parts = []
    failure: Exception | None = None
    for part in contents:
        try:
            parts.append(part.get_object().get_data())
        except Exception as error:  # see `read_page`
            failure = error
    if failure and not parts:
        raise failure
    whole = DecodedStreamObject()
    whole.set_data(b"\n".join(parts))
    return whole


def _paint_annotations(page: PageObject, painter: Painter, ctm: Matrix) -> None:
    """Filled-in form fields and typed remarks keep their visible text outside the page's own instructions."""
    annotations = page.get("/Annots")
    for reference in annotations.get_object() if annotations is not None else []:
        try:
            annotation = reference.get_object()
            if annotation.get("/Subtype") not in _SHOWN_ANNOTATIONS:
                continue
            if int(annotation.get("/F", 0)) & _HIDDEN_ANNOTATION:
                continue
            box = [float(side) for side in annotation["/Rect"].get_object()]
            painter.paint_annotation(annotation, (min(box[::2]), min(box[1::2]), max(box[::2]), max(box[1::2])), ctm)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue


def _without_doubles(runs: list[Run]) -> list[Run]:
    """Text drawn twice at almost the same spot is how some programs make bold or shadow: keep it once, bold."""
    kept: list[Run] = []
    seen: dict[tuple[str, int, int], int] = {}
    for run in runs:
        if not run.text.strip():
            continue
        spot = (run.text, round(run.y / 2), run.angle)
        before = seen.get(spot)
        if before is not None:
            other = kept[before]
            if abs(other.x0 - run.x0) < _TWICE * run.size and abs(other.y - run.y) < _TWICE * run.size:
                kept[before] = replace(other, bold=True)
                continue
        seen[spot] = len(kept)
        kept.append(run)
    return kept


def _on_page(runs: list[Run], content: PageContent) -> list[Run]:
    """Leave out text outside the page, which no reader sees, and let turned text count from its own top left."""
    width, height = content.width, content.height
    kept: list[Run] = []
    for run in runs:
        left = top = 0.0
        wide, tall = width, height
        if run.angle:
            turn = math.radians(run.angle)
            cos, sin = math.cos(turn), math.sin(turn)
            corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
            xs = [x * cos + y * sin for x, y in corners]
            ys = [y * cos - x * sin for x, y in corners]
            left, top, wide, tall = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
            run = replace(run, x0=run.x0 - left, x1=run.x1 - left, y=run.y - top)
        if run.x1 > 0 and run.x0 < wide and 0 < run.y <= tall + 0.2 * run.size:
            kept.append(run)
    return kept
