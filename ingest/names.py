"""Names of persons in documents, found by deduce (the extra "namen") and judged by what stands around them.

Deduce was made for medical files: everything with a capital that is somewhere a name. Guidance documents are full of
organisations, laws and headings, so a word alone counts only as a listed first name, after a title, or as part of a
full name elsewhere in the same document.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kb.errors import UsageError
from kb.privacy import no_names_known
from kb.privacy.full_names import is_first_name, names_thing
from kb.privacy.names import names

_Span = tuple[int, int]

_MISSING = (
    "Namen van personen zoeken kan nog niet: het onderdeel 'namen' is niet geïnstalleerd. Installeer het met "
    "'.venv/bin/pip install --no-deps deduce==3.0.6 docdeid==1.0.1 frozendict rapidfuzz', of zet "
    "HANDWIJZER_PERSON_NAMES=false."
)
# Of its tables the streets and the institutions cost a minute and a gigabyte, and name no person.
_LEFT_OUT = ("locations/lst_street", "institutions/lst_healthcare_institution", "institutions/lst_hospital")
_OTHER_KINDS = {
    "institutions", "identifiers", "phone_numbers", "email_addresses", "urls", "dates", "ages", "redactor",
}  # fmt: skip


def find_names(texts: Sequence[str]) -> list[list[_Span]]:
    """Return for each of ``texts`` the stretches that name a person, without title, in order and apart.

    ``texts`` are the parts of one document: what is a full name in one part is known by its parts in the others.
    The first call in a process takes 3 s and 90 MB, after that 1,000 words take some 40 ms. Raises `UsageError` when
    the extra is not installed.
    """
    tables = _tables()
    ordinary = {match[0] for text in texts for match in _SMALL_WORD.finditer(text)}
    ordinary |= {match["name"].lower() for text in texts for match in _ORGANISATION_NAME.finditer(text)}
    found = [list(_candidates(text, tables, ordinary)) for text in texts]
    announced = [list(names(text, no_names_known)) for text in texts]
    parts = {
        part
        for text, candidates, spans in zip(texts, found, announced, strict=True)
        for start, end in [*(candidate.span for candidate in candidates if candidate.sure), *spans]
        for part in _CAPITAL_WORD.findall(text[start:end])
        if part.lower() not in ordinary
    }
    return [
        _apart([*(candidate.span for candidate in candidates if candidate.sure), *spans, *_words_in(text, parts)])
        for text, candidates, spans in zip(texts, found, announced, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Tables:
    deduce: Any
    first_names: frozenset[str]
    surnames: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    span: _Span
    sure: bool


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    if importlib.util.find_spec("deduce") is None:
        raise UsageError(_MISSING)
    module = _imported_quietly("deduce")
    with tempfile.TemporaryDirectory(prefix="handwijzer-") as folder:
        source = Path(folder) / "src"
        shutil.copytree(Path(module.__file__).parent / "data" / "lookup" / "src", source)
        for name in _LEFT_OUT:
            shutil.rmtree(source / name)
            (source / name).mkdir()
            (source / name / "items.txt").write_text("-\n", "utf-8")
        deduce = module.Deduce(lookup_data_path=folder, cache_path=folder, build_lookup_structs=True)
        return _Tables(deduce, _listed(source, "lst_first_name"), _listed(source, "lst_surname"))


def _imported_quietly(name: str) -> Any:
    """Import deduce without the handler that it puts on standard output for everybody's debug messages."""
    root = logging.getLogger()
    # With a handler there already, `logging.basicConfig` does nothing.
    quiet = logging.NullHandler()
    root.addHandler(quiet)
    try:
        return importlib.import_module(name)
    finally:
        root.removeHandler(quiet)


def _listed(source: Path, name: str) -> frozenset[str]:
    return frozenset((source / "names" / name / "items.txt").read_text("utf-8").split("\n"))


_CAPITAL_WORD = re.compile(r"[^\W\d_a-zà-öø-ÿ][^\W\d_]+(?:[-'’][^\W\d_]+)*")
# Not the parts of an e-mail or web address.
_SMALL_WORD = re.compile(r"(?<![\w'’.@/-])[a-zà-öø-ÿ]{2,}(?![\w'’@-]|\.\w)")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|['’]t\b")
_TITLES = re.compile(
    r"(?:(?:de\sheer|dhr|de\s(?:hoog|wel)\w+|mevrouw|mevr|mw|mej|juffrouw|juf|meneer|mijnheer|meester|dokter|dr|drs|mr|ir"
    r"|ing|prof|ds|familie|fam|collega)\b\.?\s*)+",
    re.IGNORECASE,
)
_TITLE_BEFORE = re.compile(rf"(?<!\w){_TITLES.pattern}$", re.IGNORECASE)
# "Daan. Fatima", "te Zeist"
_BREAK = re.compile(r"(?<=[^\W\d_]{3})(?<!prof)(?<!Prof)[.!?;:]\s+(?![^\W\d_]\.)|\n|(?:^|\s)te\s")
_PARTICLES = frozenset("van de der den het 't ’t ten ter te in la le el al von ben ibn bin da dos du op aan".split())
_ORGANISATION = re.compile(
    r"Veilig Thuis|Passend Onderwijs|Burgerlijk Wetboek|Wetboek|Bureau Jeugdzorg|Raad voor de Kinderbescherming"
)
_FUNCTION = re.compile(
    r"(?:begeleider|beschermer|ambtenaar|coördinator|hulpverlener|medewerker|werker|docente?|leraar|mentor|directeur"
    r"|bestuurder|voogd|arts|psycholoog|pedagoog|consulent|regisseur|adviseur|agent|wethouder|burgemeester|minister"
    r"|voorzitter|secretaris|onderzoeker|projectleider|leider|notulist|rector|decaan|leerling)$",
    re.IGNORECASE,
)
_SALUTATION = frozenset("Aan Beste Dag Geachte Groet Groeten Groetjes Hallo Hoi Lieve Namens Volgens".split())
_THING = re.compile(
    r"(?:bureau|besluit|rijk|boek|methode|model|syndroom|toets|team|loket|punt|bank|gegevens|commissie|arrest)$",
    re.IGNORECASE,
)
_THING_BEFORE = re.compile(
    r"(?:\b(?:de|het|een|wet|motie|amendement|commissie|arrest|zaak|locatie)|[’']s)\s+$", re.IGNORECASE
)
_THING_AFTER = re.compile(r"-[a-zà-öø-ÿ]")
# "onderzoeksbureau Oberon": no person elsewhere in the document either.
_ORGANISATION_NAME = re.compile(
    r"(?i:bureau|stichting|organisatie|uitgeverij|instituut|vereniging|methode|platform|project|programma)"
    r"\s(?P<name>[^\W\d_a-zà-öø-ÿ][^\W\d_]+)"
)


def _candidates(text: str, tables: _Tables, ordinary: set[str]) -> Iterator[_Candidate]:
    seen = _ORGANISATION.sub(lambda match: match[0].lower(), text)
    for annotation in tables.deduce.deidentify(seen, disabled=_OTHER_KINDS).annotations:
        if annotation.tag == "persoon":
            for start, end in _pieces(text, annotation.start_char, annotation.end_char):
                if candidate := _judged(text, start, end, tables, ordinary):
                    yield candidate


def _pieces(text: str, start: int, end: int) -> Iterator[_Span]:
    if title := _TITLES.match(text, start, end):
        start = title.end()
    for stop in _BREAK.finditer(text, start, end):
        yield start, stop.start()
        start = stop.end()
    yield start, end


def _judged(text: str, start: int, end: int, tables: _Tables, ordinary: set[str]) -> _Candidate | None:
    """Judge one piece of what deduce takes for a person; None when it is none."""
    if title := _TITLES.match(text, start, end):
        start = title.end()
    titled = bool(_TITLE_BEFORE.search(text[max(0, start - 40) : start]))
    found = list(_WORD.finditer(text, start, end))

    def listed(word: str) -> bool:
        return word in tables.first_names or word in tables.surnames or is_first_name(word)

    def plain(word: str) -> bool:
        return word.lower() in ordinary and not listed(word)

    while len(found) > 1 and (found[0][0] in _SALUTATION or _FUNCTION.search(found[0][0]) or plain(found[0][0])):
        found = found[1:]
    while len(found) > 1 and (found[-1][0].lower() in _PARTICLES or plain(found[-1][0])):
        found = found[:-1]
    capitals = [match[0] for match in found if match[0].lower() not in _PARTICLES]
    if not capitals or not capitals[-1][0].isupper() or any(names_thing(w) or _THING.search(w) for w in capitals):
        return None
    after = _WORD.match(text, found[-1].end() + 1)
    if _THING_AFTER.match(text, found[-1].end()) or (after and after[0][0].isupper() and names_thing(after[0])):
        return None
    span = (found[0].start(), found[-1].end())
    if titled:
        return _Candidate(span, True)
    if _THING_BEFORE.search(text[max(0, span[0] - 20) : span[0]]) or plain(capitals[-1]):
        return None
    if len(capitals) > 1:
        return _Candidate(span, True)
    first = capitals[0]
    if len(found) > 1:  # "Van Dijk", but not "van Dijk", "De Linde" and "te Vries"
        return _Candidate(span, found[0][0] == "Van" and first in tables.surnames)
    known = first in tables.first_names or is_first_name(first)
    return _Candidate(span, known and first.lower() not in ordinary)


def _words_in(text: str, parts: set[str]) -> Iterator[_Span]:
    return (match.span() for match in _CAPITAL_WORD.finditer(text) if match[0] in parts)


def _apart(spans: Iterable[_Span]) -> list[_Span]:
    """Join the spans that overlap."""
    apart: list[_Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
