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
from ingest.readers.mail_headers import looks_like_mail
from ingest.reading import FileText, Reader
from kb.errors import ReadError, Reason

_HEAD_BYTES = 8192
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLD_WORKBOOK = frozenset({"Workbook", "Book"})
_OLE_STREAMS = _OLD_WORKBOOK | {"WordDocument", "PowerPoint Document"}
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


def _eml(path: Path) -> FileText:
    from ingest.readers.eml import read_eml

    return read_eml(path)


def _msg(path: Path) -> FileText:
    from ingest.readers.msg import read_msg

    return read_msg(path)


def _image(path: Path) -> FileText:
    from ingest.readers.images import read_image

    return read_image(path)


def _rtf(path: Path) -> FileText:
    from ingest.readers.rtf import read_rtf

    return read_rtf(path)


def _sheets(path: Path) -> FileText:
    from ingest.readers.sheets import read_sheets

    return read_sheets(path)


def _delimited(path: Path) -> FileText:
    from ingest.readers.delimited import read_delimited

    return read_delimited(path)


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
        Format("rtf", "application/rtf", (".rtf",), _rtf),
        Format("xlsx", f"{_OPENXML}.spreadsheetml.sheet", (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb"), _sheets),
        Format("xls", "application/vnd.ms-excel", (".xls", ".xlt"), _sheets),
        Format("ods", "application/vnd.oasis.opendocument.spreadsheet", (".ods", ".ots"), _sheets),
        Format("csv", "text/csv", (".csv",), _delimited),
        Format("tsv", "text/tab-separated-values", (".tsv", ".tab"), _delimited),
        Format("eml", "message/rfc822", (".eml",), _eml),
        Format("msg", "application/vnd.ms-outlook", (".msg",), _msg),
        Format("png", "image/png", (".png",), _image),
        Format("jpeg", "image/jpeg", (".jpg", ".jpeg"), _image),
        Format("tiff", "image/tiff", (".tif", ".tiff"), _image),
        Format("webp", "image/webp", (".webp",), _image),
        Format("gif", "image/gif", (".gif",), _image),
        Format("bmp", "image/bmp", (".bmp",), _image),
    )
}
"""Every format by its name."""

_BY_SUFFIX = {suffix: format for format in READERS.values() for suffix in format.suffixes}

_FOREIGN = (
    (b"RIFF", "een geluidsbestand of een film", ""),
    (b"7z\xbc\xaf\x27\x1c", "een ingepakt bestand", "Pak het uit en lees de bestanden los in."),
    (b"Rar!\x1a\x07", "een ingepakt bestand", "Pak het uit en lees de bestanden los in."),
    (b"\x1f\x8b", "een ingepakt bestand", "Pak het uit en lees de bestanden los in."),
    (b"MZ\x90\0", "een programma", ""),
    (b"\x7fELF", "een programma", ""),
    (b"SQLite format 3\0", "een database", ""),
)
_IMAGE_START = re.compile(
    rb"(?P<png>\x89PNG\r\n)|(?P<jpeg>\xff\xd8\xff)|(?P<gif>GIF8)|(?P<webp>RIFF.{4}WEBP)"
    rb"|(?P<tiff>II[*+]\0|MM\0[*+])|(?P<bmp>BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3})",
    re.DOTALL,
)
_WORD_PARTS = re.compile(rb"wordprocessingml\.(?:document|template)\.main|ms-word\.\w+\.macroEnabled")
_SLIDE_PARTS = re.compile(rb"presentationml\.\w+\.main|ms-powerpoint\.\w+\.macroEnabled")
_SHEET_PARTS = re.compile(rb"spreadsheetml\.(?:sheet|template)\.main|ms-excel\.\w+(?:\.binary)?\.macroEnabled")
_HTML_START = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html[\s>])", re.I | re.DOTALL)
_ZIPPED = frozenset({"docx", "odt", "ods", "pptx", "xlsx"})
_READABLE_AS_IS = frozenset({"csv", "eml", "markdown", "text", "tsv"})


def _unknown(what: str, advice: str = "") -> ReadError:
    return ReadError(
        Reason.UNKNOWN_FORMAT,
        f"Dit is {what}; dat kan Handwijzer niet lezen. {advice or 'Sla de tekst op in een ander formaat.'} "
        "Wel leesbaar zijn PDF, Word (.docx), OpenDocument (.odt en .ods), PowerPoint (.pptx), Excel (.xlsx en .xls), "
        "RTF, CSV, webpagina's (.html), Markdown (.md), e-mail (.eml en .msg), platte tekst (.txt) en, met "
        "tekstherkenning, afbeeldingen.",
    )


def _outlook(path: Path) -> bool:
    from ingest.readers.msg import is_message

    return is_message(path)


def _compound(path: Path) -> Format:
    """Tell an old workbook from encrypted Office files and other old ones, which raise; all are OLE containers."""
    with path.open("rb") as file:
        # A read of more than there is asks for the memory all the same.
        content = file.read(min(path.stat().st_size, _MOST_OLE_BYTES))
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise password("Office-bestand")
    streams = {name for name in _OLE_STREAMS if f"{name}\0".encode("utf-16-le") in content}
    # A Word file can hold a workbook as a part of it.
    if streams <= _OLD_WORKBOOK and (streams or path.suffix.lower() in READERS["xls"].suffixes):
        return READERS["xls"]
    raise _unknown(
        "een bestand uit een oude versie van Office (.doc of .ppt)",
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
    if kinds.startswith(READERS["ods"].media_type.encode()):
        return READERS["ods"]
    if _SHEET_PARTS.search(kinds):
        return READERS["xlsx"]
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
        if _outlook(path):
            return READERS["msg"]
        return _compound(path)
    if image := _IMAGE_START.match(head):
        return READERS[str(image.lastgroup)]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        return READERS["rtf"]
    for start, what, advice in _FOREIGN:
        if head.startswith(start):
            raise _unknown(what, advice)
    if _is_pdf(head, by_name):
        return READERS["pdf"]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        found = _zipped(path) or (by_name if by_name and by_name.name in _ZIPPED else None)
        if found is None:
            raise _unknown("een ingepakt bestand", "Pak het uit en lees de bestanden los in.")
        return found
    opening = _opening(head)
    if "http://schemas.microsoft.com/office/2006/xmlPackage" in opening and "Word.Document" in opening:
        return READERS["docx"]
    if _HTML_START.match(opening):
        return READERS["html"]
    if looks_like_mail(opening):
        return READERS["eml"]
    if by_name is None:
        raise _unknown("een onbekend soort bestand")
    return by_name
