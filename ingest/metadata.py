"""What is known about a document: from a sidecar file, the file itself, its folder, and at last its text.

A sidecar ``handreiking.pdf.meta.yaml``, or else ``handreiking.meta.yaml``, beside ``handreiking.pdf`` wins over what
the file says about itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from os.path import isfile
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml

from ingest.cleaning import clean_line
from ingest.guessing import guess_date, guess_title
from ingest.readers.metadata import KEYS, allowances, iso_date, key_name
from ingest.readers.stated import QUESTIONS, stated_questions
from ingest.reading import FileText, StatedQuestion
from kb.errors import ReadError, Reason

SIDECAR_SUFFIX = ".meta.yaml"
# What a folder or file name begins with, as a pattern, and the kind that this makes of a document.
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
    "protocol": "protocol",
    "beleidsplan": "beleidsplan",
    "besluit(?!vorm)": "besluit",
    "brief(?!ing)": "brief",
    "brieven": "brief",
    "notulen": "notulen",
    "brochure": "brochure",
    "jaarverslag": "jaarverslag",
    "faq": "veelgestelde vragen",
    "veelgestelde": "veelgestelde vragen",
}
_DEFAULT_KIND = "document"
_Day = date  # within `Metadata`, "date" is a field
_MAX_TITLE = 200
# It is read here and not in a worker process, and YAML is slow to read.
_MOST_SIDECAR_BYTES = 100_000
# A file is hardly older than its text says, save for a plan of next year.
_FURTHEST_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Metadata:
    """The description of one document as it will be shown.

    ``valid_until`` is its last day. ``allowed`` names what its maintainer lets through: "kwaliteit",
    "persoonsgegevens". ``guessed`` names what nobody stated: "titel", "datum". ``questions`` are those that it says it
    answers, and ``notices`` Dutch remarks on what was left out of them.
    """

    title: str
    kind: str
    date: date | None
    publisher: str | None
    url: str | None
    valid_until: _Day | None = None
    allowed: frozenset[str] = frozenset()
    guessed: tuple[str, ...] = ()
    questions: tuple[StatedQuestion, ...] = ()
    notices: tuple[str, ...] = ()


def sidecar_of(path: Path) -> Path:
    """Return the sidecar of ``path``: the one that is there, rather ``naam.pdf.meta.yaml`` than ``naam.meta.yaml``."""
    precise = path.with_name(path.name + SIDECAR_SUFFIX)
    # Not `Path.is_file`: that raises for a name which the suffix makes longer than names can be.
    return precise if isfile(precise) else path.with_name(path.stem + SIDECAR_SUFFIX)


def describe(path: Path, relative: PurePosixPath, content: FileText) -> Metadata:
    """Put together the metadata of one file. Raises `ReadError` when sidecar or front matter can not be used.

    What nothing states is guessed from the text, the title at last from the file name.
    """
    known = {key: value for key, value in content.metadata.items() if key in KEYS and value}
    beside = _read_sidecar(sidecar_of(path))
    questions, notices = stated_questions(beside.pop(QUESTIONS, None))
    known |= beside
    title = known.get("titel", "").strip()
    day = _date(known["datum"], relative.name) if known.get("datum") else None
    guessed_day = guess_date(content.blocks, _latest(path)) if day is None else None
    return Metadata(
        title=(title or guess_title(content.blocks))[:_MAX_TITLE] or _title_from_name(relative),
        kind=known.get("soort", "").strip().lower() or _kind_from_path(relative),
        date=day or guessed_day,
        publisher=known.get("uitgever", "").strip() or None,
        url=_url(known["url"], relative.name) if known.get("url") else None,
        valid_until=_date(known["geldig_tot"], relative.name) if known.get("geldig_tot") else None,
        allowed=allowances(known.get("toestaan", "")),
        guessed=("titel",) * (not title) + ("datum",) * (guessed_day is not None),
        questions=questions or content.questions,
        notices=notices,
    )


def _latest(path: Path) -> date | None:
    try:
        return date.fromtimestamp(path.stat().st_mtime) + _FURTHEST_AHEAD
    except (OSError, OverflowError, ValueError):
        return None


def _read_sidecar(path: Path) -> dict[str, Any]:
    """Return what a sidecar says by its keys: text, save for the questions, which are as they were written."""
    if not isfile(path):
        return {}
    name = clean_line(path.name)
    if path.stat().st_size > _MOST_SIDECAR_BYTES:
        raise ReadError(Reason.METADATA, f"{name}: dit bestand is te groot. Zet er alleen korte gegevens in.")
    try:
        # BaseLoader keeps every value as it was typed: a date that does not exist is for `_date` to report.
        content: Any = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = f" (regel {line + 1})" if line is not None else ""
        fault = f"{name}: geen geldige YAML{place}. Verbeter het bestand of verwijder het."
        raise ReadError(Reason.METADATA, fault) from error
    if content is None or content == "":
        return {}
    if not isinstance(content, dict):
        raise ReadError(Reason.METADATA, f"{name}: verwacht regels als 'titel: Handreiking verzuim'.")
    content = {key_name(clean_line(str(key))): value for key, value in content.items()}
    known = (*KEYS, QUESTIONS)
    unknown = sorted(key for key in content if key not in known)
    if unknown:
        raise ReadError(
            Reason.METADATA,
            f"{name}: onbekend veld {', '.join(unknown)}. Toegestaan zijn: {', '.join(known)}.",
        )
    questions = content.pop(QUESTIONS, None)
    values = {key: ", ".join(value) if _is_list(value) else value for key, value in content.items()}
    wrong = sorted(key for key, value in values.items() if not isinstance(value, str))
    if wrong:
        raise ReadError(Reason.METADATA, f"{name}: bij {', '.join(wrong)} hoort één regel tekst.")
    return {QUESTIONS: questions, **{key: clean_line(value) for key, value in values.items() if value}}


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
    try:
        scheme = urlsplit(value.strip()).scheme
    except ValueError:  # half an IPv6 address
        scheme = ""
    if scheme not in ("http", "https"):
        raise ReadError(Reason.METADATA, f"{name}: het webadres '{value[:80]}' moet beginnen met https:// of http://.")
    return value.strip()


def _title_from_name(name: PurePosixPath) -> str:
    words = re.sub(r"[-_\s]+", " ", name.stem).strip()
    return words[:1].upper() + words[1:_MAX_TITLE] or name.name


def _kind_from_path(relative: PurePosixPath) -> str:
    """Take the kind from the folder name, else from the file name: ``sfeerverslagen/…`` is a sfeerverslag."""
    for part in (*reversed(relative.parts[:-1]), relative.stem):
        for beginning, kind in _KINDS.items():
            if re.search(rf"(?:^|[^a-z]){beginning}", part.lower()):
                return kind
    return _DEFAULT_KIND
