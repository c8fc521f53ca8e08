"""Text recognition (OCR) of scanned pages by Tesseract: an extra, for pages that hold a picture and no text.

Dutch, with English beside it where its data is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.readers.failures import damaged
from ingest.reading import Block, FileText
from kb.errors import ReadError, Reason

if TYPE_CHECKING:
    from PIL.Image import Image

    from ingest.ocr_layout import Recognised

_DUTCH, _ENGLISH, _ORIENTATION = "nld", "eng", "osd"
_LEAST_CONFIDENCE = 0.6
_CROOKED = 1.0
_AS_GOOD = 0.03
# The values of Tesseract's --psm.
_FIND_ORIENTATION, _AS_IT_STANDS, _ONE_COLUMN = 1, 3, 4


@dataclass(frozen=True, slots=True)
class OcrPage:
    """What was recognised on one page, and how sure that is (0-1). No blocks when it is no more than guesses."""

    page: int
    blocks: tuple[Block, ...]
    confidence: float


def available() -> bool:
    """Say whether text recognition is installed: the extra ``ocr``, Tesseract and its Dutch data."""
    return _packages() and _DUTCH in _languages()


def enabling() -> str:
    """Return the Dutch sentence that tells how to turn text recognition on here."""
    if available():
        return "Zet tekstherkenning aan (HANDWIJZER_OCR=true) en lees het bestand opnieuw in."
    commands = []
    if _DUTCH not in _languages():
        commands.append("apt-get install tesseract-ocr tesseract-ocr-nld")
    if not _packages():
        commands.append(".venv/bin/pip install -e '.[ocr]'")
    return f"Zet tekstherkenning aan en lees het bestand opnieuw in: {' && '.join(commands)}"


def scanned_without_ocr(kind: str) -> ReadError:
    """Return the error for a file of scans where text recognition is off or not installed. ``kind`` is the Dutch name
    of the format ("pdf-bestand")."""
    return ReadError(
        Reason.NO_TEXT,
        f"Gescand, geen tekst. Dit {kind} bevat alleen beeld, of letters die niet te herleiden zijn. {enabling()}",
    )


def ocr_page(path: Path, media_type: str, page: int) -> OcrPage:
    """Recognise the text on ``page`` (from 1) of a PDF or image file. To be run where it can be stopped.

    Raises `ReadError`: DAMAGED when the page can not be read, TOO_LARGE when it would take too much memory.
    """
    from PIL.Image import Resampling

    from ingest.ocr_images import page_image
    from ingest.ocr_marks import markers_missed
    from ingest.readers.pdf_blocks import blocks_of
    from ingest.readers.pdf_pages import entries_of

    image = page_image(path, media_type, page)
    installed = _languages()
    languages = "+".join(language for language in (_DUTCH, _ENGLISH) if language in installed)
    found = _recognised(image, languages, _FIND_ORIENTATION if _ORIENTATION in installed else _AS_IT_STANDS)
    if abs(found.skew) > _CROOKED:
        image = image.rotate(found.skew, Resampling.BICUBIC, expand=True, fillcolor="white")
        found = _recognised(image, languages, _AS_IT_STANDS)
    if found.confidence >= _LEAST_CONFIDENCE and markers_missed(image, found.lines):
        as_one = _recognised(image, languages, _ONE_COLUMN)
        if as_one.confidence > found.confidence - _AS_GOOD:
            found = as_one
    if found.confidence < _LEAST_CONFIDENCE:
        return OcrPage(page, (), found.confidence)
    blocks = blocks_of(*entries_of([found.content]))
    return OcrPage(page, tuple(replace(block, page=page) for block in blocks), found.confidence)


def merged(content: FileText, pages: Sequence[OcrPage]) -> FileText:
    """Return ``content`` with what was recognised on its scanned ``pages`` in their place, and a notice that says so.

    The little text that a scanned page had, as a stamp, gives way to what was recognised there.
    """
    read = {page.page for page in pages if page.blocks}
    blocks = [block for block in content.blocks if block.page not in read]
    for page in sorted(pages, key=lambda page: page.page):
        blocks += page.blocks
    blocks.sort(key=lambda block: block.page or 0)
    notices = list(content.notices)
    if read:
        verb = "is" if len(read) == 1 else "zijn"
        notices.append(f"{_named(read)} {verb} met tekstherkenning gelezen; controleer citaten met het origineel.")
    if unread := set(content.scanned) - read:
        notices.append(f"Op {_named(unread).lower()} is geen tekst herkend.")
    return replace(content, blocks=tuple(blocks), notices=tuple(notices), scanned=())


def scans_left_out(pages: Sequence[int]) -> str:
    """Return the notice for a document of which only some ``pages`` are scans, and were not read."""
    verbs = ("heeft", "is") if len(pages) == 1 else ("hebben", "zijn")
    return (
        f"{_named(pages)} {verbs[0]} geen leesbare tekst (een scan, of letters die niet te herleiden zijn) en "
        f"{verbs[1]} niet gelezen. {enabling()}"
    )


def _named(pages: Collection[int]) -> str:
    """Name pages in order, three or more neighbours as a range: "Pagina's 1, 3 t/m 6 en 9"."""
    names: list[str] = []
    for _, run in groupby(enumerate(sorted(pages)), lambda numbered: numbered[1] - numbered[0]):
        numbers = [str(number) for _, number in run]
        names += [f"{numbers[0]} t/m {numbers[-1]}"] if len(numbers) > 2 else numbers
    listed = " en ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"Pagina {listed}" if len(pages) == 1 else f"Pagina's {listed}"


def _recognised(image: Image, languages: str, layout: int) -> Recognised:
    import pytesseract

    from ingest.ocr_images import DPI
    from ingest.ocr_layout import recognised

    # Several threads for one page cost more than they bring, and the next page may have its own process.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "bladzijde.bmp"
        image.save(picture, dpi=(DPI, DPI))
        try:
            hocr = pytesseract.image_to_pdf_or_hocr(
                str(picture), lang=languages, config=f"--psm {layout} --dpi {DPI}", extension="hocr"
            )
        except pytesseract.TesseractError as error:
            raise damaged("bestand") from error
    return recognised(hocr, DPI)


def _packages() -> bool:
    return all(find_spec(package) for package in ("pytesseract", "pypdfium2"))


def _languages() -> frozenset[str]:
    program = shutil.which("tesseract")
    if program is None:
        return frozenset()
    # Not through pytesseract: importing it takes longer than the question.
    listed = subprocess.run([program, "--list-langs"], capture_output=True, encoding="utf-8", check=False, timeout=30)
    return frozenset(listed.stdout.splitlines()[1:])
