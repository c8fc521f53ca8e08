"""Reads PDF files, by where their text stands on the page rather than by its order in the file."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from pypdf import PageObject, PdfReader, apply_configuration
from pypdf.errors import FileNotDecryptedError, PdfReadError
from pypdf.generic import DictionaryObject

from ingest.readers.pdf_blocks import blocks_of
from ingest.readers.pdf_content import read_page
from ingest.readers.pdf_fonts import Typeface
from ingest.readers.pdf_pages import entries_of
from ingest.readers.pdf_properties import properties_of
from ingest.readers.pdf_runs import PageContent
from ingest.readers.pdf_structure import cut_loops, has_attachments
from ingest.reading import FileText
from kb.errors import ReadError, Reason

MOST_PAGES = 2_000
_TOKENS_PER_PAGE = 600_000
_UNREADABLE_SHARE = 0.3
_NAMED_PAGES = 8
_FEW_CHARACTERS = 30
_WHOLE_PAGE = 0.6
_ATTACHED = "In deze pdf zitten bijlagen. Die zijn niet gelezen; voeg ze los toe als ze nodig zijn."

# pypdf remarks on every oddity it repairs; what matters to the maintainer is said in notices
logging.getLogger("pypdf").addHandler(logging.NullHandler())


def read_pdf(path: Path) -> FileText:
    """Read the text of a PDF: headings, paragraphs, list items and table rows, each with its page.

    Pages that are a scan are named in ``scanned``; a file of nothing else has no blocks. Raises `ReadError`: PASSWORD
    when it does not open without one, NO_TEXT when it holds neither text nor images, TOO_LARGE over 2,000 pages,
    DAMAGED when the file or all of its pages can not be read, UNREADABLE when the file can not be opened at all.
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


def _without_text(attachments: bool) -> ReadError:
    advice = _ATTACHED if attachments else "Controleer of dit het goede bestand is."
    return ReadError(Reason.NO_TEXT, f"In deze pdf staat geen tekst. {advice}")


def _read(reader: PdfReader) -> FileText:
    if reader.is_encrypted and not reader.decrypt("") and not _only_attachments_locked(reader):
        raise _locked()
    count, notices = _counted(reader)
    if count > MOST_PAGES:
        raise ReadError(
            Reason.TOO_LARGE,
            f"Deze pdf heeft {count} pagina's; het maximum is {MOST_PAGES}. Splits het bestand in delen.",
        )
    if not count:
        raise _damaged()
    # Before the properties: asking for those locks the pages of a file again of which only the attachments are locked.
    attachments = has_attachments(reader)
    contents, broken, scanned = _contents(reader)
    if len(broken) == count:
        raise _damaged()
    properties = properties_of(reader)
    entries, body = entries_of(contents, properties.get("titel", ""))
    blocks = blocks_of(entries, body)
    if not blocks and not scanned:
        raise _without_text(attachments)
    if broken:
        notices.append(f"{_pages(broken)} beschadigd en overgeslagen.")
    if attachments:
        notices.append(_ATTACHED)
    return FileText(tuple(blocks), properties, count, tuple(notices), tuple(scanned))


def _counted(reader: PdfReader) -> tuple[int, list[str]]:
    """Return the number of pages, and a notice when their list had to be mended."""
    try:
        return len(reader.pages), []
    except PdfReadError:
        cut_loops(reader)
        return len(reader.pages), ["De lijst met pagina's in deze pdf is beschadigd. Controleer of alles er staat."]


def _only_attachments_locked(reader: PdfReader) -> bool:
    """Let the pages be read of a file of which only the attachments are encrypted, and tell whether it is one."""
    rules = cast(DictionaryObject, reader.trailer["/Encrypt"].get_object())
    if rules.get("/V", 0) < 4 or any(rules.get(key, "/Identity") != "/Identity" for key in ("/StmF", "/StrF")):
        return False
    reader._override_encryption = True
    return True


def _contents(reader: PdfReader) -> tuple[list[PageContent | None], list[int], list[int]]:
    """Read every page; give the contents and the numbers of broken pages and of those to recognise text on."""
    contents: list[PageContent | None] = []
    broken: list[int] = []
    scanned: list[int] = []
    faces: dict[int, Typeface | None] = {}
    for number, page in enumerate(reader.pages, 1):
        content = _content(page, faces)
        if content is None:
            broken.append(number)
            contents.append(None)
            continue
        illegible = _is_garbled(content)
        if illegible or _is_scan(content):
            scanned.append(number)
        contents.append(None if illegible else content)
    return contents, broken, scanned


def _content(page: PageObject, faces: dict[int, Typeface | None]) -> PageContent | None:
    try:
        return read_page(page, faces)
    except Exception:  # damaged pages raise from pypdf, zlib, struct, codecs and asserts alike
        return None


def _is_scan(content: PageContent) -> bool:
    """Whether a page is an image without text, or with no more than a stamp or a page number on it."""
    if not content.runs:
        return content.image_area > 0
    characters = sum(char.isalnum() for run in content.runs for char in run.text)
    return characters < _FEW_CHARACTERS and content.image_area >= _WHOLE_PAGE * content.width * content.height


def _is_garbled(content: PageContent) -> bool:
    """Whether the fonts of a page do not tell which letters its glyphs are."""
    chars = [char for run in content.runs for char in run.text if not char.isspace()]
    strange = sum(char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cn", "Co") for char in chars)
    return strange > _UNREADABLE_SHARE * len(chars)


def _pages(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Pagina {numbers[0]} is"
    named = ", ".join(map(str, numbers[:_NAMED_PAGES]))
    more = f" en nog {len(numbers) - _NAMED_PAGES}" if len(numbers) > _NAMED_PAGES else ""
    return f"Pagina's {named}{more} zijn"
