"""A page as the grey picture that text recognition reads: rendered from a PDF, or taken from an image file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageOps

from ingest.readers.failures import damaged
from ingest.readers.images import opened, refuse_giant

DPI = 300
_MOST_PIXELS = 25_000_000
_FEW_PIXELS = 3_000_000
_POINTS_PER_INCH = 72
_DEEPEST_FORM = 8


def page_image(path: Path, media_type: str, page: int) -> Image.Image:
    """Return ``page`` (from 1) in grey, in at most 25 megapixels; a page of a PDF at `DPI`, or less when it is large.

    Raises `ReadError`: DAMAGED, and TOO_LARGE for a picture that would take too much memory.
    """
    if media_type == "application/pdf":
        return _rendered(path, page)
    with opened(path, page) as image:
        return _sized(_grey(image))


def _rendered(path: Path, page: int) -> Image.Image:
    try:
        with pypdfium2.PdfDocument(path) as document:
            sheet = document[page - 1]
            for picture in sheet.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST_FORM):
                refuse_giant(*picture.get_px_size())
            width, height = sheet.get_size()
            scale = min(DPI / _POINTS_PER_INCH, math.sqrt(_MOST_PIXELS / (width * height)))
            bitmap = sheet.render(scale=scale, grayscale=True, may_draw_forms=False)
            image: Image.Image = bitmap.to_pil().convert("L")
            return image
    except (pypdfium2.PdfiumError, IndexError, ZeroDivisionError) as error:
        raise damaged("pdf-bestand") from error


def _grey(image: Image.Image) -> Image.Image:
    """Decode a picture, in grey and upright as the camera was held, on white where it is transparent."""
    # A JPEG can be decoded at half its size, or a quarter.
    shrink = max(1.0, math.sqrt(image.width * image.height / _MOST_PIXELS))
    image.draft("L", (math.ceil(image.width / shrink), math.ceil(image.height / shrink)))
    factor = math.ceil(math.sqrt(image.width * image.height / _MOST_PIXELS))
    picture: Image.Image = image
    if "transparency" in image.info or image.mode in ("LA", "PA"):
        picture = image.convert("RGBA")
    elif image.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode not in ("RGB", "RGBA"):
        picture = image.convert("L")
    picture = picture.reduce(factor)
    if picture.mode == "RGBA":
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture)
        picture = paper
    return ImageOps.exif_transpose(picture.convert("L"))


def _sized(image: Image.Image) -> Image.Image:
    """Enlarge a picture whose letters are likely to be too small to recognise: of a screen, or scanned at 100 dpi."""
    if image.width * image.height >= _FEW_PIXELS:
        return image
    return image.resize((2 * image.width, 2 * image.height), Image.Resampling.BICUBIC)
