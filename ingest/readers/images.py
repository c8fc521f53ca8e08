"""Image files: pictures of pages, that only text recognition can read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from ingest.readers.failures import damaged, reports_failures, too_large
from ingest.reading import FileText
from kb.errors import ReadError

KIND = "beeldbestand"
MOST_PIXELS = 90_000_000
"""Of one picture: an A3 page scanned at 600 dpi is 70 million."""

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP")
_MOST_PAGES = 2_000


@reports_failures(KIND)
def read_image(path: Path) -> FileText:
    """Count the pages of an image file: those of a TIFF; an animation or a photo is one page.

    Nothing is decoded. Raises `ReadError`: UNREADABLE, DAMAGED, TOO_LARGE over `MOST_PIXELS` or 2,000 pages.
    """
    with opened(path) as image:
        pages = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    if pages > _MOST_PAGES:
        raise too_large(KIND)
    return FileText((), pages=pages, scanned=tuple(range(1, pages + 1)))


@contextmanager
def opened(path: Path, page: int = 1) -> Iterator[Image.Image]:
    """Open an image file at a page (from 1), not yet decoded, and make what goes wrong inside the block a `ReadError`.

    TOO_LARGE when the picture claims more than `MOST_PIXELS`, and DAMAGED for everything else.
    """
    try:
        # Pillow warns of sizes that are allowed here, and of odd tags that do not concern the picture.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as image:
            if page > 1:
                image.seek(page - 1)
            refuse_giant(*image.size)
            yield image
    except ReadError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise too_large(KIND) from error
    except Exception as error:  # a damaged picture fails in as many ways as there are formats
        raise damaged(KIND) from error


def refuse_giant(width: int, height: int) -> None:
    """Raise `ReadError` (TOO_LARGE) for a picture that would take too much memory."""
    if width * height > MOST_PIXELS:
        raise too_large(KIND)
