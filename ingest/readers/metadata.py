"""What a file states about itself: front matter, and the shared rules for titles and dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ingest.cleaning import clean_line
from ingest.readers.stated import QUESTIONS, stated_questions
from ingest.reading import StatedQuestion
from kb.errors import ReadError, Reason

KEYS = ("titel", "soort", "datum", "uitgever", "url", "geldig_tot", "toestaan")
"""The metadata keys that mean something to the knowledge base."""

ALLOWANCES = ("kwaliteit", "persoonsgegevens")
"""What a maintainer may let through for one document, under the key "toestaan"."""

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])")
_DUTCH_NUMBERS = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$")
_DUTCH_WORDS = re.compile(r"^(?:[a-z]+dag,? )?(\d{1,2}) ([a-z]{3,9})\.? (\d{4})$")
_STALE_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint) - .*|document ?\d*|presentatie ?\d*|presentation ?\d*|dia ?1"
    r"|powerpoint[- ]presentati(?:e|on)|word document|untitled.*|naamloos.*|geen titel|title|titel"
    r"|.*\.(?:docx?|pptx?|odt|pdf|dotx?))$",
    re.IGNORECASE,
)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY_LINE = re.compile(r"\A---[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*[A-Za-z_][\w -]*:(?:[ \t]|\n|\Z)")
# As many questions as there may be, and the rest.
_MOST_FRONT_MATTER = 100_000


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The known keys of a file's front matter, what follows it, remarks about it, and the questions that it states."""

    metadata: dict[str, str]
    body: str
    notices: tuple[str, ...] = ()
    questions: tuple[StatedQuestion, ...] = ()


def iso_date(text: str) -> str | None:
    """Return the date that ``text`` begins with as YYYY-MM-DD; None when it names no whole, existing date.

    Understands 2024-03-12 (with or without a time), 12-3-2024 and 12 maart 2024.
    """
    text = clean_line(text).lower()
    found = _ISO.match(text)
    if found:
        year, month, day = (int(part) for part in found.groups())
    elif found := _DUTCH_NUMBERS.match(text):
        day, month, year = (int(part) for part in found.groups())
    elif found := _DUTCH_WORDS.match(text):
        names = [at for at, name in enumerate(_MONTHS, 1) if name.startswith(found[2])]
        day, month, year = int(found[1]), names[0] if names else 3 * (found[2] == "mrt"), int(found[3])
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def key_name(text: str) -> str:
    """Return the key that ``text`` spells: "Geldig tot" is "geldig_tot"."""
    return re.sub(r"\s+", "_", text.strip().lower())


def allowances(text: str) -> frozenset[str]:
    """Return what "toestaan: ``text``" lets through. Raises `ReadError` (METADATA) when it names something else."""
    named = {part.strip().lower() for part in text.split(",") if part.strip()}
    if not named <= set(ALLOWANCES):
        raise _unknown_allowance()
    return frozenset(named)


def _unknown_allowance() -> ReadError:
    return ReadError(
        Reason.METADATA,
        f"Bij 'toestaan' kan alleen {' en '.join(ALLOWANCES)} staan, met een komma ertussen. Verbeter dat veld.",
    )


def usable_title(text: str | None) -> str | None:
    """Return a stated title, None when it is empty or only what a program fills in by itself."""
    title = clean_line(text or "")
    return title if title and not _STALE_TITLE.match(title) else None


def known(values: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the entries under `KEYS`, the dates in ISO form, and a Dutch remark on a date left out.

    What to let through is for the maintainer to say, not for the properties of a file that came from elsewhere.
    """
    metadata: dict[str, str] = {}
    notices: list[str] = []
    for key, value in values.items():
        name, text = key_name(key), clean_line(value)
        if name not in KEYS or name == "toestaan" or not text:
            continue
        if name not in ("datum", "geldig_tot"):
            metadata[name] = text
        elif day := iso_date(text):
            metadata[name] = day
        else:
            notices.append(f"De datum “{text}” is niet begrepen en daarom weggelaten. Schrijf de datum als 2024-03-12.")
    return metadata, tuple(notices)


def _broken(line: int | None, hint: str) -> ReadError:
    where = f"Kijk naar regel {line}. " if line else ""
    return ReadError(
        Reason.METADATA,
        f"De gegevens bovenaan het bestand (tussen de regels met ---) zijn niet goed geschreven. {where}{hint}",
    )


def split_front_matter(text: str) -> FrontMatter:
    """Take the YAML front matter from the start of ``text``.

    Unknown keys are ignored, and with a notice questions in another shape. Text that only begins with a line of dashes
    has no front matter. Raises `ReadError` (METADATA): when the YAML is broken, naming the line, when its closing line
    is missing, and when "toestaan" names something that can not be let through.
    """
    if not _KEY_LINE.match(text):
        return FrontMatter({}, text)
    found = _FRONT_MATTER.match(text)
    if not found or len(found["yaml"]) > _MOST_FRONT_MATTER:
        raise _broken(None, "Sluit de gegevens af met een regel waarop alleen --- staat.")
    import yaml

    try:
        # BaseLoader keeps every value as the text that was typed and builds no objects.
        values = yaml.load(found["yaml"], Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        in_quotes = "quoted scalar" in (error.context or "")
        mark = error.context_mark if in_quotes and error.context_mark else error.problem_mark
        hint = (
            "Daar mist een aanhalingsteken."
            if in_quotes
            else "Schrijf elke regel als “sleutel: waarde” en zet een waarde met een dubbele punt of een "
            "ander leesteken erin tussen aanhalingstekens."
        )
        # The opening line of dashes is line 1 and marks count from 0.
        raise _broken(mark.line + 2 if mark else None, hint) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _broken(None, "Er staat een teken in dat daar niet mag staan.") from error
    if not isinstance(values, dict):
        raise _broken(2, "Schrijf elke regel als “sleutel: waarde”.")
    plain: dict[str, str] = {}
    questions, remarks = stated_questions(next((values[key] for key in values if _names_questions(key)), None))
    for key, value in values.items():
        if _names_questions(key):
            continue
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            value = ", ".join(value)
        if isinstance(key, str) and isinstance(value, str):
            plain[key] = value
        elif isinstance(key, str) and key_name(key) == "toestaan":
            raise _unknown_allowance()
    metadata, notices = known(plain)
    allowed = {part for key, value in plain.items() if key_name(key) == "toestaan" for part in allowances(value)}
    if allowed:
        metadata["toestaan"] = ", ".join(sorted(allowed))
    return FrontMatter(metadata, text[found.end() :], (*notices, *remarks), questions)


def _names_questions(key: object) -> bool:
    return isinstance(key, str) and key_name(key) == QUESTIONS
