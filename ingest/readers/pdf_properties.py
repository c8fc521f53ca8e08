"""What a PDF says about itself: title, date and publisher, from its document information and XMP."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from pypdf import PdfReader

from ingest.cleaning import clean_line

_NO_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|naamloos.*|zonder titel.*|document ?\d*|titel|title"
    r"|(?:presentatie|dia|slide) ?\d*|.*\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?|odt|rtf|html?|tmp))",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"\b(?:gemeente|ministerie|provincie|stichting|vereniging|samenwerkingsverband|redactie|raad|school|college"
    r"|inspectie|instituut|universiteit|hogeschool|bureau|vng|ggd|rijksoverheid|b\.?v\.?)\b",
    re.IGNORECASE,
)
_FIRST_YEAR, _LAST_YEAR = 1985, 2100


def properties_of(reader: PdfReader) -> dict[str, str]:
    """Return titel, datum (yyyy-mm-dd) and uitgever where the file states something usable, never raising."""
    found: dict[str, str] = {}
    info = _quietly(lambda: dict(reader.metadata or {})) or {}
    xmp = _quietly(lambda: reader.xmp_metadata)
    title = _title(info.get("/Title")) or _title(_xmp_title(xmp))
    if title:
        found["titel"] = title
    created = _quietly(lambda: reader.metadata and reader.metadata.creation_date)
    created = created or _quietly(lambda: xmp and xmp.xmp_create_date)
    if isinstance(created, datetime) and _FIRST_YEAR <= created.year <= _LAST_YEAR:
        found["datum"] = date(created.year, created.month, created.day).isoformat()
    publisher = _publisher(info, xmp)
    if publisher:
        found["uitgever"] = publisher
    return found


def _quietly(ask: Any) -> Any:
    try:
        return ask()
    except Exception:  # properties are an extra: a fault in them is no reason to refuse the text
        return None


def _title(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    title = clean_line(value)
    if len(title) < 3 or len(title) > 300 or _NO_TITLE.fullmatch(title) or not re.search(r"[^\W\d_]{2}", title):
        return None
    return None if "\ufffd" in title else title


def _xmp_title(xmp: Any) -> str | None:
    titles = _quietly(lambda: xmp and xmp.dc_title)
    return next(iter(titles.values()), None) if isinstance(titles, dict) else None


def _publisher(info: dict[str, Any], xmp: Any) -> str | None:
    """The author is named only when it is an organisation: persons are not publishers."""
    stated = _quietly(lambda: xmp and xmp.dc_publisher)
    candidates = [*(stated if isinstance(stated, list) else []), info.get("/Publisher"), info.get("/Company")]
    author = info.get("/Author")
    if isinstance(author, str) and _ORGANISATION.search(author):
        candidates.append(author)
    for value in candidates:
        if isinstance(value, str) and 2 < len(clean_line(value)) <= 120:
            return clean_line(value)
    return None
