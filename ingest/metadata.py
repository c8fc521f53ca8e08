"""What is known about a document: from a sidecar file, the file itself, its folder, and at last its text.

A sidecar ``handreiking.meta.yaml`` beside ``handreiking.pdf`` wins over what the file says about itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml

from ingest.readers.metadata import KEYS, iso_date
from ingest.reading import BlockKind, FileText
from kb.errors import ReadError, Reason

SIDECAR_SUFFIX = ".meta.yaml"
_KINDS = {
    "handreiking": "handreiking",
    "convenant": "convenant",
    "sfeerverslag": "sfeerverslag",
    "verslag": "sfeerverslag",
    "nieuwsbrief": "nieuwsbrief",
    "nieuws": "nieuwsbrief",
    "interview": "interview",
    "begrippen": "begrippenlijst",
    "verordening": "verordening",
    "wet": "wet",
}
_DEFAULT_KIND = "document"
_MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class Metadata:
    """The description of one document as it will be shown."""

    title: str
    kind: str
    date: date | None
    publisher: str | None
    url: str | None


def sidecar_of(path: Path) -> Path:
    """Return where the sidecar of ``path`` would be."""
    return path.with_name(path.stem + SIDECAR_SUFFIX)


def describe(path: Path, relative: PurePosixPath, content: FileText) -> Metadata:
    """Put together the metadata of one file. Raises `ReadError` when sidecar or front matter can not be used."""
    known = {key: value for key, value in content.metadata.items() if key in KEYS and value}
    known |= _read_sidecar(sidecar_of(path))
    return Metadata(
        title=known.get("titel", "").strip()[:_MAX_TITLE] or _first_heading(content) or _title_from_name(path),
        kind=known.get("soort", "").strip().lower() or _kind_from_path(relative),
        date=_date(known["datum"], path.name) if known.get("datum") else None,
        publisher=known.get("uitgever", "").strip() or None,
        url=_url(known["url"], path.name) if known.get("url") else None,
    )


def _read_sidecar(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        # BaseLoader keeps every value as it was typed: a date that does not exist is for `_date` to report.
        content: Any = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = f" (regel {line + 1})" if line is not None else ""
        raise ReadError(
            Reason.METADATA, f"{path.name}: geen geldige YAML{place}. Verbeter het bestand of verwijder het."
        ) from error
    if content is None or content == "":
        return {}
    if not isinstance(content, dict):
        raise ReadError(Reason.METADATA, f"{path.name}: verwacht regels als 'titel: Handreiking verzuim'.")
    unknown = sorted(str(key) for key in content if key not in KEYS)
    if unknown:
        raise ReadError(
            Reason.METADATA,
            f"{path.name}: onbekend veld {', '.join(unknown)}. Toegestaan zijn: {', '.join(KEYS)}.",
        )
    values = {key: ", ".join(value) if _is_list(value) else value for key, value in content.items()}
    wrong = sorted(key for key, value in values.items() if not isinstance(value, str))
    if wrong:
        raise ReadError(Reason.METADATA, f"{path.name}: bij {', '.join(wrong)} hoort één regel tekst.")
    return {key: value for key, value in values.items() if value}


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _date(value: str, name: str) -> date:
    found = iso_date(value)
    if found is None:
        raise ReadError(
            Reason.METADATA, f"{name}: de datum '{value[:40]}' klopt niet. Schrijf de datum als 2024-01-31."
        )
    return date.fromisoformat(found)


def _url(value: str, name: str) -> str:
    if urlsplit(value.strip()).scheme not in ("http", "https"):
        raise ReadError(Reason.METADATA, f"{name}: het webadres '{value[:80]}' moet beginnen met https:// of http://.")
    return value.strip()


def _first_heading(content: FileText) -> str:
    headings = (block for block in content.blocks[:10] if block.kind is BlockKind.HEADING)
    return next((block.text[:_MAX_TITLE] for block in headings if block.level == 1), "")


def _title_from_name(path: Path) -> str:
    words = re.sub(r"[-_\s]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:_MAX_TITLE] or path.name


def _kind_from_path(relative: PurePosixPath) -> str:
    """Take the kind from the folder name, else from the file name: ``sfeerverslagen/…`` is a sfeerverslag."""
    for part in (*reversed(relative.parts[:-1]), relative.stem):
        for beginning, kind in _KINDS.items():
            if re.search(rf"(?:^|[^a-z]){beginning}", part.lower()):
                return kind
    return _DEFAULT_KIND
