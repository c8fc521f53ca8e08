"""Which file goes to which reader: by what the file holds, and only then by its name.

A reader's module and the libraries it needs are imported when it first reads.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from ingest.readers.encoding import marked_encoding, utf16_without_mark
from ingest.readers.failures import no_text, password
from ingest.reading import FileText, Reader
from kb.errors import ReadError, Reason

_HEAD_BYTES = 8192
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_MOST_OLE_BYTES = 200 * 2**20
_MOST_LISTING_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Format:
    """A file format the knowledge base takes: its name, media type, file name endings and reader."""

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    read: Reader


def _markdown(path: Path) -> FileText:
    from ingest.readers.markdown import read_markdown

    return read_markdown(path)


def _text(path: Path) -> FileText:
    from ingest.readers.text import read_text

    return read_text(path)


def _html(path: Path) -> FileText:
    from ingest.readers.html import read_html

    return read_html(path)


def _docx(path: Path) -> FileText:
    from ingest.readers.docx import read_docx

    return read_docx(path)


def _odt(path: Path) -> FileText:
    from ingest.readers.odt import read_odt

    return read_odt(path)


def _pptx(path: Path) -> FileText:
    from ingest.readers.pptx import read_pptx

    return read_pptx(path)


def _pdf(path: Path) -> FileText:
    from ingest.readers.pdf import read_pdf

    return read_pdf(path)


_OPENXML = "application/vnd.openxmlformats-officedocument"

READERS: Mapping[str, Format] = {
    format.name: format
    for format in (
        Format("markdown", "text/markdown", (".md", ".markdown"), _markdown),
        Format("text", "text/plain", (".txt", ".text"), _text),
        Format("html", "text/html", (".html", ".htm", ".xhtml"), _html),
        Format("pdf", "application/pdf", (".pdf",), _pdf),
        Format("docx", f"{_OPENXML}.wordprocessingml.document", (".docx", ".docm", ".dotx", ".dotm"), _docx),
        Format("odt", "application/vnd.oasis.opendocument.text", (".odt", ".ott"), _odt),
        Format("pptx", f"{_OPENXML}.presentationml.presentation", (".pptx", ".pptm", ".ppsx", ".potx"), _pptx),
    )
}
"""Every format by its name."""

_BY_SUFFIX = {suffix: format for format in READERS.values() for suffix in format.suffixes}

_FOREIGN = (
    (b"{\\rtf", "een RTF-bestand", "Open het in Word of LibreOffice en sla het op als .docx of .odt."),
    (b"\x89PNG\r\n", "een afbeelding", ""),
    (b"\xff\xd8\xff", "een afbeelding", ""),
    (b"GIF8", "een afbeelding", ""),
    (b"II*\0", "een afbeelding", ""),
    (b"MM\0*", "een afbeelding", ""),
    (b"RIFF", "een afbeelding of een geluidsbestand", ""),
    (b"7z\xbc\xaf\x27\x1c", "een ingepakt bestand", "Pak het uit en lees de bestanden los in."),
    (b"Rar!\x1a\x07", "een ingepakt bestand", "Pak het uit en lees de bestanden los in."),
    (b"\x1f\x8b", "een ingepakt bestand", "Pak het uit en lees de bestanden los in."),
    (b"MZ\x90\0", "een programma", ""),
    (b"\x7fELF", "een programma", ""),
    (b"SQLite format 3\0", "een database", ""),
)
_WORD_PARTS = re.compile(rb"wordprocessingml\.(?:document|template)\.main|ms-word\.\w+\.macroEnabled")
_SLIDE_PARTS = re.compile(rb"presentationml\.\w+\.main|ms-powerpoint\.\w+\.macroEnabled")
_HTML_START = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html[\s>])", re.I | re.DOTALL)
_READABLE_AS_IS = frozenset({"markdown", "text"})


def _unknown(what: str, advice: str = "") -> ReadError:
    return ReadError(
        Reason.UNKNOWN_FORMAT,
        f"Dit is {what}; dat kan Handwijzer niet lezen. {advice or 'Sla de tekst op in een ander formaat.'} "
        "Wel leesbaar zijn PDF, Word (.docx), OpenDocument (.odt), PowerPoint (.pptx), webpagina's (.html), "
        "Markdown (.md) en platte tekst (.txt).",
    )


def _compound(path: Path) -> ReadError:
    """Tell an encrypted Office file from an old one; both are OLE containers."""
    with path.open("rb") as file:
        content = file.read(_MOST_OLE_BYTES)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return password("Office-bestand")
    return _unknown(
        "een bestand uit een oude versie van Office (.doc, .xls of .ppt)",
        "Open het in Word of PowerPoint en sla het op als .docx of .pptx.",
    )


def _zipped(path: Path) -> Format | None:
    """Return the format of a zip file by its own listing, None when it is damaged and its name must tell."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            listing = next((name for name in ("mimetype", "[Content_Types].xml") if name in names), None)
            kinds = b""
            if listing:
                with archive.open(listing) as file:
                    kinds = file.read(_MOST_LISTING_BYTES)
    except Exception:
        # A damaged zip fails in many ways; the reader that its name points at reports it.
        return None
    if kinds.startswith(READERS["odt"].media_type.encode()):
        return READERS["odt"]
    if _WORD_PARTS.search(kinds):
        return READERS["docx"]
    if _SLIDE_PARTS.search(kinds):
        return READERS["pptx"]
    if b"spreadsheet" in kinds:
        raise _unknown("een rekenblad", "Zet de tekst in een Word-document of sla het rekenblad op als PDF.")
    if b"presentation" in kinds:
        raise _unknown("een LibreOffice-presentatie", "Sla de presentatie op als .pptx of PDF.")
    if listing:
        raise _unknown("een bestand van een ander programma")
    return None


def _is_pdf(head: bytes, by_name: Format | None) -> bool:
    if head.lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"%PDF-"):
        return True
    # Readers accept rubbish before the header; text that merely mentions it is no PDF.
    return b"%PDF-" in head[:1024] and (by_name is None or by_name.name not in _READABLE_AS_IS)


def _opening(head: bytes) -> str:
    encoding = marked_encoding(head) or utf16_without_mark(head) or "latin-1"
    return head.decode(encoding, "replace").lstrip("\ufeff")


def find_format(path: Path) -> Format:
    """Return the format of the file at ``path``, by its first bytes and then by its name.

    Raises `ReadError`: NO_TEXT for an empty file, PASSWORD for an encrypted Office file, UNREADABLE when the
    file can not be opened, UNKNOWN_FORMAT for everything the knowledge base does not take.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise ReadError(
            Reason.UNREADABLE,
            "Dit bestand kan niet worden geopend. Controleer of het bestaat en of u erbij mag.",
        ) from error
    if not head:
        raise no_text()
    by_name = _BY_SUFFIX.get(PurePath(path).suffix.lower())
    if head.startswith(_OLE):
        raise _compound(path)
    for start, what, advice in _FOREIGN:
        if head.startswith(start):
            raise _unknown(what, advice)
    if _is_pdf(head, by_name):
        return READERS["pdf"]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        found = _zipped(path) or (by_name if by_name and by_name.name in ("docx", "odt", "pptx") else None)
        if found is None:
            raise _unknown("een ingepakt bestand", "Pak het uit en lees de bestanden los in.")
        return found
    opening = _opening(head)
    if "http://schemas.microsoft.com/office/2006/xmlPackage" in opening and "Word.Document" in opening:
        return READERS["docx"]
    if _HTML_START.match(opening):
        return READERS["html"]
    if by_name is None:
        raise _unknown("een onbekend soort bestand")
    return by_name
