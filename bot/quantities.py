"""The numbers of a Dutch sentence with their unit: "binnen zes weken", "€ 45", "2 tot 3 uur per week", "1 mei 2024"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache

from kb.analysis import fold, stem
from kb.dutch import MONTHS, NUMERALS


class Bound(Enum):
    """What a number does: be the value itself, limit it, or say after how long something comes."""

    EXACT = auto()
    AT_MOST = auto()
    AT_LEAST = auto()
    AFTER = auto()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, or a range of numbers, of one unit: "werkdag", "euro/maand", "leerl" (a stem), "datum", "jaartal".

    ``text`` holds the words as written, with those that limit it: "maximaal twee pagina's".
    ``of`` is the stem of the noun it belongs to where the sentence says so: "stap" in "in stappen van twee weken".
    """

    unit: str
    low: float
    high: float
    bound: Bound = Bound.EXACT
    text: str = ""
    of: str | None = None


_NUMERALS: dict[str, float] = {
    **NUMERALS,
    **{"honderd": 100, "half": 0.5, "halve": 0.5, "anderhalf": 1.5, "anderhalve": 1.5},
}
_PER_YEAR = {"jaar": 1, "schooljaar": 1, "half jaar": 2, "kwartaal": 4, "maand": 12, "week": 52, "dag": 365,
             "maanden": 12, "weken": 52, "dagen": 365}  # fmt: skip
_ADVERBS = {"jaarlijks": 1, "halfjaarlijks": 2, "maandelijks": 12, "wekelijks": 52, "dagelijks": 365}
# Of each written unit the one name it goes by, and how many of these it is; "lesuren" ends like "uren" and is itself.
_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("week", "weken"), ("week", 1)),
    **dict.fromkeys(("dag", "dagen"), ("dag", 1)),
    **dict.fromkeys(("maand", "maanden"), ("maand", 1)),
    **dict.fromkeys(("jaar", "jaren"), ("jaar", 12)),
    **dict.fromkeys(("uur", "uren"), ("uur", 60)),
    **dict.fromkeys(("minuut", "minuten"), ("minuut", 1)),
    "kwartier": ("minuut", 15),
    **dict.fromkeys(("bladzijde", "bladzijden", "bladzijdes", "pagina", "pagina's", "a4", "a4'tje"), ("bladzijde", 1)),
    **dict.fromkeys(("keer", "maal"), ("keer", 1)),
    **dict.fromkeys(("procent", "%"), ("procent", 1)),
    **dict.fromkeys(("kilometer", "km"), ("kilometer", 1)),
    "meter": ("meter", 1),
    "euro": ("euro", 1),
}
# "Werkdag" and "lesuur" measure; "terugkeer" and "bestuur" only end like a unit.
_KIND = r"(?:werk|school|les|kalender|klok|praktijk|onderwijs|vakantie|verlof|studie|leer|levens|zorg)?"
# What is left of a unit once it is an index term.
_STEMS = {"daag": "dag", "bladzijd": "bladzijde"}
_WHOLE = {"jaar": "maand", "uur": "minuut"}
_PAGE = "bladzijde"
# The units of a date, with or without a year, and of a year alone.
DAYS = ("datum", "datum met jaar", "jaartal")
# How many characters beside a number can say what it does.
_NEAR = 40


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_NUMBER = rf"(?:\d+(?:[.,]\d+)*|(?:{_any(_NUMERALS)})\b)"
_DAY = rf"(\d{{1,2}}) ({'|'.join(MONTHS)})(?: (\d{{4}}))?\b"
_UNIT_WORD = re.compile(rf"({_KIND})({_any(_UNITS)}|{'|'.join(_STEMS)})")
# What a number behind one of these says is where something stands, not how much there is of it.
_LABEL = re.compile(
    r"\b(?:artikel(?:en)?|art\.|lid|leden|week|dag|stap|fase|klas|groep|leerjaar|blz\.?|bladzijde|pagina|hoofdstuk|"
    r"bijlage|paragraaf|tabel|punt|onderdeel|versie|nummer|nr\.?|deel|scenario|niveau|boek|vraag):? "
    rf"{_NUMBER}\w?(?:(?:[-–,:]| tot en met| t/m| en| of) ?{_NUMBER}\w?)*"
)
_NOT_COUNTED = re.compile(
    r"\([^()]*\bart(?:ikel|\.)[^()]*\)"
    rf"|\b(?:stand|gold(?:en)?|peildatum|geraadpleegd|versie)(?: (?:van|op|per))? {_DAY}"
    r"|\b\d+(?:[.:]\d+){2,}|\b\d{1,2}[.:]\d{2}\b(?: uur)?|\bom \d{1,2} uur"
    rf"|\b(?:leerling|jongen|meisje|kind|jongere|peuter|kleuter|zoon|dochter|client|man|vrouw) van {_NUMBER} jaar"
)
_DATE = re.compile(rf"\b{_DAY}")
_YEAR = re.compile(r"\b(?:in|sinds|vanaf|per|uit|tot|na|voor) ((?:19|20)\d{2})\b(?! (?:euro|uur))")
_TIMES = re.compile(rf"\b(?:({_NUMBER}) ?(?:keer|maal)|eens) (?:per|in de) ({_NUMBER} )?({_any(_PER_YEAR)})\b")
_EVERY = re.compile(rf"\b(?:elke?|iedere?|om de) ({_NUMBER} )?({_any(_PER_YEAR)})\b")
_ADVERB = re.compile(rf"\b({_any(_ADVERBS)})\b")
# A cell of a table row: "Minuten: 5; …".
_CELL = re.compile(
    rf"\b({_KIND})(weken|dagen|maanden|uren|minuten)\b[^:;\n]{{0,20}}: ({_NUMBER})(?:[-–]({_NUMBER}))?(?=\W*[;\n]|\W*$)"
)
_COUNTED = re.compile(
    rf"(?P<euro>€ ?)?(?<![\d.,:])\b(?P<low>{_NUMBER})"
    rf"(?:(?: ?[-–] ?|, | (?:tot(?: en met)?|t/m|a|of|en)(?: (?:na|op|in|met))? )(?P<high>{_NUMBER}))?"
    rf"(?:(?:[ -]|(?=%))(?:\w+e ){{0,2}}?"
    rf"(?:(?P<prefix>{_KIND})(?P<unit>(?:{_any(_UNITS)}))(?!\w)|(?P<noun>[a-z]{{3,}}(?:en|s)\b)))?"
)
_ABOUT = r"(?: (?:de|ongeveer|circa|ca\.))? $"
_MOST = re.compile(
    r"\b(?:maximaal|max\.?|ten hoogste|hoogstens|hooguit|uiterlijk|binnen|tot|t/m|onder|"
    rf"niet (?:meer|langer|later|ouder) dan|jonger dan|minder dan|korter dan){_ABOUT}"
)
_LEAST = re.compile(
    rf"\b(?:minimaal|min\.?|ten ?minste|minstens|vanaf|meer dan|langer dan|later dan|ouder dan|boven){_ABOUT}"
)
_LIMIT = re.compile(f"{_MOST.pattern}|{_LEAST.pattern}")
_OR_MORE = re.compile(r" (?:of|en) (?:langer|meer|ouder|vaker)\b")
_AFTER = re.compile(r"\bna(?: (?:ongeveer|circa))? $")
_FROM = re.compile(r" (?:na|nadat|nadien|later)\b")
_ON_PAPER = re.compile(r"\bop $")
# "Een week" is a number only where something is measured: "binnen een week", not "1 januari van een jaar".
_ARTICLE = re.compile(r"een(?! (?:half|of|tot)\b)\b", re.IGNORECASE)
_COUNTS_ONE = re.compile(rf"(?:{_LIMIT.pattern}|\b(?:na|duurt|duren|voor|is|bedraagt|ongeveer|termijn van|duur van) $)")
_OF = re.compile(r"([a-z]{3,}) van (?:[a-z]+ ){0,3}?$")
_PER = re.compile(r"(?: [\w-]+){0,2}? per (jaar|maand|week|dag)\b")


@lru_cache(maxsize=65536)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the numbers of ``text`` that count something, in no order.

    Article numbers, labels ("week 5"), times of day and somebody's age are none. Years are counted in months, hours in
    minutes, how often something happens in times a year.
    """
    plain = fold(text.replace("\u00a0", " ").replace("’", "'"))
    written = text if len(text) == len(plain) else plain
    found: list[Quantity] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(plain):
            if (quantity := read(match)) is not None:
                found.append(replace(quantity, text=written[match.start() : match.end()].strip()))
        plain = pattern.sub(lambda match: "#" * len(match.group()), plain)
    return (*found, *_counted(plain, written))


@lru_cache(maxsize=65536)
def labels(text: str) -> frozenset[str]:
    """Return the places that ``text`` names with a number: "week 5", "groep 8"."""
    return frozenset(match.group().replace(":", "") for match in _LABEL.finditer(fold(text)))


@lru_cache(maxsize=16384)
def unit_named(word: str) -> str | None:
    """Return the unit of measure that a word or stem names, None when it names none."""
    match = _UNIT_WORD.fullmatch(word)
    return None if match is None else _unit(match[1], _STEMS.get(match[2], match[2]))[0]


def _nothing(match: re.Match[str]) -> None:
    return None


def _date(match: re.Match[str]) -> Quantity:
    place = 31 * MONTHS.index(match[2]) + int(match[1]) + 372 * int(match[3] or 0)
    return Quantity("datum met jaar" if match[3] else "datum", place, place)


def _year(match: re.Match[str]) -> Quantity:
    return Quantity("jaartal", int(match[1]), int(match[1]))


def _times(match: re.Match[str]) -> Quantity:
    rate = _number(match[1] or "een") * _PER_YEAR[match[3]] / _number(match[2] or "een")
    return Quantity("keer/jaar", rate, rate)


def _every(match: re.Match[str]) -> Quantity:
    rate = _PER_YEAR[match[2]] / _number(match[1] or "een")
    return Quantity("keer/jaar", rate, rate)


def _adverb(match: re.Match[str]) -> Quantity:
    return Quantity("keer/jaar", _ADVERBS[match[1]], _ADVERBS[match[1]])


def _cell(match: re.Match[str]) -> Quantity:
    unit, factor = _unit(match[1], match[2])
    return Quantity(unit, factor * _number(match[3]), factor * _number(match[4] or match[3]))


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Quantity | None]], ...] = (
    (_CELL, _cell),
    (_NOT_COUNTED, _nothing),
    (_LABEL, _nothing),
    (_DATE, _date),
    (_YEAR, _year),
    (_TIMES, _times),
    (_EVERY, _every),
    (_ADVERB, _adverb),
)


def _counted(text: str, written: str) -> Iterator[Quantity]:
    for match in _COUNTED.finditer(text):
        if match["unit"] or match["euro"]:
            unit, factor = _unit(match["prefix"] or "", match["unit"] or "euro")
        elif match["noun"] and (match["low"] != "een" or match["high"]):
            unit, factor = stem(match["noun"]), 1
        else:
            continue
        if _ARTICLE.match(written, match.start()) and not _COUNTS_ONE.search(text[: match.start()]):
            continue
        before, after = text[: match.start()][-_NEAR:], text[match.end() :][:_NEAR]
        low, high = sorted((_number(match["low"]), _number(match["high"] or match["low"])))
        per, owner, limit = _PER.match(after), _OF.search(before), _LIMIT.search(before)
        start = match.start() - (len(limit.group()) if limit else 0)
        yield Quantity(
            unit=f"{unit}/{per[1]}" if per else unit,
            low=low * factor,
            high=high * factor,
            bound=_bound(unit, before, after),
            text=written[start : match.end() + (per.end() if per else 0)],
            of=stem(owner[1]) if owner else None,
        )


def _bound(unit: str, before: str, after: str) -> Bound:
    if (_LEAST.search(before) and not _MOST.search(before)) or _OR_MORE.match(after):
        return Bound.AT_LEAST
    if _MOST.search(before) or (unit == _PAGE and _ON_PAPER.search(before)):
        return Bound.AT_MOST
    begins = not before.strip()
    return Bound.AFTER if _AFTER.search(before) or (begins and _FROM.match(after)) else Bound.EXACT


def _unit(prefix: str, written: str) -> tuple[str, float]:
    name, factor = _UNITS[written]
    return (f"{prefix}{name}", 1) if prefix else (_WHOLE.get(name, name), factor)


def _number(text: str) -> float:
    text = text.strip()
    if text in _NUMERALS:
        return _NUMERALS[text]
    return float(re.sub(r"\.(?=\d{3}\b)|,(?=\d+,)", "", text).replace(",", "."))
