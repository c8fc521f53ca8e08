"""Reads PDF files, by where their text stands on the page rather than by its order in the file."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from pypdf import PageObject, PdfReader, apply_configuration
from pypdf.errors import FileNotDecryptedError

from ingest.readers.pdf_blocks import blocks_of
from ingest.readers.pdf_content import read_page
from ingest.readers.pdf_fonts import Typeface
from ingest.readers.pdf_pages import entries_of
from ingest.readers.pdf_properties import properties_of
from ingest.readers.pdf_runs import PageContent
from ingest.reading import FileText
from kb.errors import ReadError, Reason

MOST_PAGES = 2_000
_TOKENS_PER_PAGE = 600_000
_UNREADABLE_SHARE = 0.3
_NAMED_PAGES = 8

# pypdf remarks on every oddity it repairs; what matters to the maintainer is said in notices
logging.getLogger("pypdf").addHandler(logging.NullHandler())


def read_pdf(path: Path) -> FileText:
    """Read the text of a PDF: headings, paragraphs, list items and table rows, each with its page.

    Raises `ReadError`: PASSWORD when it does not open without one, NO_TEXT for scans and empty files,
    TOO_LARGE over 2,000 pages, DAMAGED when the file or all of its pages can not be read, UNREADABLE when
    the file can not be opened at all.
    """
    try:
        with apply_configuration(stream_parsing_work_maximum_count=_TOKENS_PER_PAGE), path.open("rb") as file:
            return _read(PdfReader(file, strict=False))
    except ReadError:
        raise
    except OSError as error:
        raise ReadError(
            Reason.UNREADABLE, "Het bestand kan niet worden geopend. Controleer of het er staat en leesbaar is."
        ) from error
    except FileNotDecryptedError as error:
        raise _locked() from error
    except Exception as error:
        raise _damaged() from error


def _locked() -> ReadError:
    return ReadError(
        Reason.PASSWORD,
        "Deze pdf is beveiligd met een wachtwoord. Sla het bestand op zonder wachtwoord en probeer het opnieuw.",
    )


def _damaged() -> ReadError:
    return ReadError(
        Reason.DAMAGED,
        "Deze pdf is beschadigd en kan niet worden gelezen. Maak of download het bestand opnieuw.",
    )


def _read(reader: PdfReader) -> FileText:
    if reader.is_encrypted and not reader.decrypt(""):
        raise _locked()
    count = len(reader.pages)
    if count > MOST_PAGES:
        raise ReadError(
            Reason.TOO_LARGE,
            f"Deze pdf heeft {count} pagina's; het maximum is {MOST_PAGES}. Splits het bestand in delen.",
        )
    if not count:
        raise _damaged()
    contents, broken, garbled, images = _contents(reader)
    if len(broken) == count:
        raise _damaged()
    properties = properties_of(reader)
    entries, body = entries_of(contents, properties.get("titel", ""))
    blocks = blocks_of(entries, body)
    if not blocks:
        raise _no_text(bool(images), bool(garbled))
    notices = _notices(broken, garbled, images)
    if _has_attachments(reader):
        notices.append("In deze pdf zitten bijlagen. Die zijn niet gelezen; voeg ze los toe als ze nodig zijn.")
    return FileText(tuple(blocks), properties, count, tuple(notices))


def _contents(reader: PdfReader) -> tuple[list[PageContent | None], list[int], list[int], list[int]]:
    """Read every page; give the contents and the numbers of broken, illegible and image-only pages."""
    contents: list[PageContent | None] = []
    broken: list[int] = []
    garbled: list[int] = []
    images: list[int] = []
    faces: dict[int, Typeface | None] = {}
    for number, page in enumerate(reader.pages, 1):
        content = _content(page, faces)
        if content is None:
            broken.append(number)
        elif _is_garbled(content):
            garbled.append(number)
            content = None
        elif not content.runs and content.images:
            images.append(number)
        contents.append(content)
    return contents, broken, garbled, images


def _content(page: PageObject, faces: dict[int, Typeface | None]) -> PageContent | None:
    try:
        return read_page(page, faces)
    except Exception:  # damaged pages raise from pypdf, zlib, struct, codecs and asserts alike
        return None


def _is_garbled(content: PageContent) -> bool:
    """Whether the fonts of a page do not tell which letters its glyphs are."""
    chars = [char for run in content.runs for char in run.text if not char.isspace()]
    strange = sum(char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cn", "Co") for char in chars)
    return strange > _UNREADABLE_SHARE * len(chars)


def _no_text(images: bool, garbled: bool) -> ReadError:
    if garbled:
        return ReadError(
            Reason.NO_TEXT,
            "De letters in deze pdf zijn niet te herleiden tot tekst. Vraag om een andere versie van het bestand.",
        )
    if images:
        return ReadError(
            Reason.NO_TEXT,
            "Deze pdf is gescand: er zitten alleen afbeeldingen in, geen tekst. "
            "Maak er met tekstherkenning (OCR) een doorzoekbare pdf van.",
        )
    return ReadError(Reason.NO_TEXT, "In deze pdf staat geen tekst. Controleer of dit het goede bestand is.")


def _notices(broken: Sequence[int], garbled: Sequence[int], images: Sequence[int]) -> list[str]:
    notices = []
    if broken:
        notices.append(f"{_pages(broken)} beschadigd en overgeslagen.")
    if garbled:
        notices.append(f"{_pages(garbled)} overgeslagen: de letters zijn niet te herleiden tot tekst.")
    if images:
        notices.append(f"{_pages(images)} gescand: daar staat een afbeelding zonder tekst.")
    return notices


def _pages(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Pagina {numbers[0]} is"
    named = ", ".join(map(str, numbers[:_NAMED_PAGES]))
    more = f" en nog {len(numbers) - _NAMED_PAGES}" if len(numbers) > _NAMED_PAGES else ""
    return f"Pagina's {named}{more} zijn"


def _has_attachments(reader: PdfReader) -> bool:
    try:
        return any(True for _ in reader.attachment_list)
    except Exception:  # a fault in the attachments does not concern the text
        return False
