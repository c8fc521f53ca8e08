"""Opening zipped office files from strangers: bounds before unpacking, odd variants made ordinary."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

from lxml import etree

from ingest.readers.failures import damaged, password, too_large

MAX_UNPACKED_BYTES = 300 * 2**20
"""Everything in the file together, as declared; zipfile refuses members that unpack to more than declared."""

MAX_XML_BYTES = 100 * 2**20
"""The XML parts together: a parsed tree takes up to ten times as much memory."""

MAX_MEMBERS = 20_000

_CONTENT_TYPES = "[Content_Types].xml"
_FLAT = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_MACROS = re.compile(
    rb"application/vnd\.(?:ms-word\.(?:document|template)\.macroEnabled(?:Template)?\.main|"
    rb"openxmlformats-officedocument\.wordprocessingml\.template\.main)\+xml"
)
_DOCX_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def safe_xml(data: bytes) -> etree._Element:
    """Parse XML without expanding entities, loading a DTD or touching the network."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    return etree.fromstring(data, parser)


def check_zip(archive: zipfile.ZipFile, kind: str) -> None:
    """Raise `ReadError` (TOO_LARGE, PASSWORD) before a bomb or a locked file is unpacked."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    xml = sum(m.file_size for m in members if m.filename.lower().endswith((".xml", ".rels", ".vml")))
    if unpacked > MAX_UNPACKED_BYTES or xml > MAX_XML_BYTES or len(members) > MAX_MEMBERS:
        raise too_large(kind)
    if any(member.flag_bits & 1 for member in members):
        raise password(kind)


def _from_flat(data: bytes, kind: str) -> dict[str, bytes]:
    """Return the parts of a package saved as one XML file (Flat OPC)."""
    parts: dict[str, bytes] = {}
    overrides: list[str] = []
    for part in safe_xml(data).iter(f"{_FLAT}part"):
        name, media_type = part.get(f"{_FLAT}name", ""), part.get(f"{_FLAT}contentType", "")
        content = next(iter(part), None)
        if content is None or not re.fullmatch(r"/[^\s<>\"&]+", name) or re.search(r"[<>\"&]", media_type):
            continue
        if content.tag == f"{_FLAT}xmlData" and len(content):
            parts[name[1:]] = etree.tostring(content[0], encoding="UTF-8", xml_declaration=True)
        elif content.tag == f"{_FLAT}binaryData":
            parts[name[1:]] = base64.b64decode(content.text or "")
        overrides.append(f'<Override PartName="{name}" ContentType="{media_type}"/>')
    if not parts:
        raise damaged(kind)
    parts[_CONTENT_TYPES] = (
        '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types">{"".join(overrides)}</Types>'
    ).encode()
    return parts


def _from_zip(path: Path, kind: str) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        check_zip(archive, kind)
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def _ordinary(name: str, data: bytes) -> bytes:
    if name == _CONTENT_TYPES:
        data = _MACROS.sub(_DOCX_MAIN, data)
    if name.endswith((".xml", ".rels")):
        data = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", data)
    return data


def open_package(path: Path, kind: str) -> io.BytesIO:
    """Return an Office Open XML file as the ordinary zip that python-docx and python-pptx accept.

    Files with macros, templates, "strict" files and files saved as flat XML are rewritten in memory; macros
    are never run. Raises `ReadError`: TOO_LARGE, PASSWORD, DAMAGED.
    """
    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    if not zipped and path.stat().st_size > MAX_XML_BYTES:
        raise too_large(kind)
    try:
        parts = _from_zip(path, kind) if zipped else _from_flat(path.read_bytes(), kind)
    except (zipfile.BadZipFile, etree.XMLSyntaxError, ValueError, EOFError, OSError) as error:
        raise damaged(kind) from error
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, _ordinary(name, data))
    package.seek(0)
    return package
