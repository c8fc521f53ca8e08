"""What an office file states about itself, wherever its program put it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from lxml import etree

from ingest.readers.metadata import known, usable_title
from ingest.readers.ooxml_safety import safe_xml

# The dates inside the empty documents that python-docx and python-pptx start from.
_TEMPLATE_YEAR = 2013


class CoreProperties(Protocol):
    """What python-docx and python-pptx have in common."""

    @property
    def title(self) -> str: ...
    @property
    def created(self) -> datetime | None: ...
    @property
    def modified(self) -> datetime | None: ...


def edited_on(created: datetime | None, modified: datetime | None) -> str | None:
    """Return the day a file was last worked on, in ISO form.

    A file whose two moments are equal was written by a program in one go (an export, a conversion): that
    moment says nothing about the age of the text, so the answer is None.
    """
    moments = [moment for moment in (created, modified) if moment]
    if len(moments) == 2 and created == modified:
        return None
    usable = [moment for moment in moments if moment.year > _TEMPLATE_YEAR]
    return max(usable, key=lambda moment: moment.replace(tzinfo=None)).date().isoformat() if usable else None


def stated(title: str | None, day: str | None, publisher: str | None, own: Mapping[str, str]) -> dict[str, str]:
    """Return metadata from the properties every program fills in, overruled by ``own`` ones made by hand."""
    found = {"titel": usable_title(title), "datum": day, "uitgever": publisher}
    by_hand, _ = known(own)
    metadata, _ = known({key: value for key, value in found.items() if value})
    return {**metadata, **by_hand}


def _texts(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext())


def ooxml_metadata(core: CoreProperties, parts: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Return the metadata of a Word or PowerPoint file.

    ``parts`` are (relationship type, content) of the package's own relations: the custom properties (soort,
    uitgever… as pandoc and people write them) and the extended ones (the company) are taken from there.
    """
    own: dict[str, str] = {}
    company = None
    for kind, data in parts:
        if kind.endswith("/custom-properties"):
            for entry in safe_xml(data):
                own[entry.get("name", "")] = _texts(entry)
        elif kind.endswith(("/extended-properties", "/extendedProperties")):
            names = (entry for entry in safe_xml(data) if etree.QName(entry).localname == "Company")
            company = next(map(_texts, names), None)
    try:
        day = edited_on(core.created, core.modified)
    except (ValueError, TypeError):
        day = None
    return stated(core.title, day, company, own)
