"""What a sentence states to the letter: numbers with their unit, dates, articles, addresses of sites, and names.

However it is written ("zestien" and 16, "1.000" and 1000, 1-2-2024 and 1 februari 2024, "vierde lid" and lid 4), the
same fact comes out the same, so that what a model wrote can be held against its source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.generative.numerals import ORDINALS, counted
from kb.analysis import fold, stem, words
from kb.dutch import MONTHS
from kb.glossary import initials_match

# Year, month and day; None where the text does not say.
Date = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a text.

    ``numbers`` are pairs of a value in digits and its unit, "" without one. ``articles`` holds entries such as
    "artikel 21a", "lid 4" and "onder a". ``names`` are folded words; ``abbreviations`` those among them in capitals.
    """

    links: frozenset[str]
    dates: frozenset[Date]
    articles: frozenset[str]
    numbers: frozenset[tuple[str, str]]
    names: frozenset[str]
    abbreviations: frozenset[str]


_WEEKDAYS = frozenset("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split())
_SHORT_MONTHS = {month[:3]: number for number, month in enumerate(MONTHS, 1)} | {"mrt": 3, "sept": 9}

_LINK = re.compile(
    r"[\w.+-]+@[\w.-]+\w|(?:https?://|www\.)[^\s)>\]]*\w"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:nl|com|org|net|eu|be)\b(?:/[^\s)]*\w)?"
)
_ADDRESS_START = re.compile(r"(?:https?://)?(?:www\.)?")
_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|(?:{'|'.join(_SHORT_MONTHS)})(?=\.? \d{{4}}))\b\.?"
_DATES = (
    re.compile(rf"\b(?:(?P<day>\d{{1,2}}) )?{_MONTH}(?: (?P<year>\d{{4}})\b)?"),
    re.compile(r"\b(?P<day>\d{1,2})[-/](?P<month>0?[1-9]|1[0-2])[-/](?P<year>\d{4})\b"),
    re.compile(r"\b(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>\d{2})\b"),
)
_REFERENCE_KINDS = ("artikel", "lid", "onder")
_REFERENCE = r"\d+(?:[.:]\d+)*[a-z]{0,2}\b"
_AND = r"(?:\s*,\s*|\s*[-–]\s*|\s+(?:en|of|tot en met|t/m)\s+)"
_ARTICLES = re.compile(rf"\b(?:artikel(?:en)?|art\.?):?\s+({_REFERENCE}(?:{_AND}{_REFERENCE})*)")
# Without the word "artikel" before it this is still one: "BW 1:255", "Jeugdwet 7.3.11", "WPO 40c".
_BARE_ARTICLE = re.compile(r"\b(?:\d+(?:\.\d+){2,}[a-z]?|\d+:\d{3}[a-z]?|\d+[a-df-z])\b")
_PARAGRAPHS = re.compile(rf"\b(?:lid|leden)\s+(\d+(?:{_AND}\d+)*)\b")
_NTH_PARAGRAPH = re.compile(rf"\b({'|'.join(ORDINALS)})\s+lid\b")
_LETTER = re.compile(r"\bonder(?:deel)?\s+([a-z])\b")
_TIME = re.compile(r"\b([01]?\d|2[0-4])[.:](\d{2})\b(?![.:\d])")

_LONGEST_ABBREVIATION = 10
_LEAD_WORDS = 3
_NAME = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_OPENS_SENTENCE = re.compile(r"(?:^|[.:;!?…\"“‘«\n])[\W\d_]*\Z")
_ENDING = re.compile(r"['’]\w{1,3}\Z")
_BEFORE_NAME = 20
_OF_THE_READER = frozenset(("u", "uw"))


@lru_cache(maxsize=4096)
def facts(text: str) -> Facts:
    """Return the facts of ``text``."""
    plain = fold(re.sub(r"\b[éÉEe]én\b", "1", text)).replace("\u00a0", " ").replace("’", "'")
    links, plain = _taken(_LINK, plain)
    dates: set[Date] = set()
    for pattern in _DATES:
        dates.update(_date(match) for match in pattern.finditer(plain))
        plain = pattern.sub(" # ", plain)
    articles: set[str] = set()
    for kind, pattern in (("artikel", _ARTICLES), ("lid", _PARAGRAPHS)):
        found, plain = _taken(pattern, plain)
        articles.update(f"{kind} {reference}" for run in found for reference in re.findall(_REFERENCE, run))
    ordinals, plain = _taken(_NTH_PARAGRAPH, plain)
    letters, plain = _taken(_LETTER, plain)
    bare, plain = _taken(_BARE_ARTICLE, plain)
    articles.update(f"lid {ORDINALS[ordinal]}" for ordinal in ordinals)
    articles.update(f"onder {letter}" for letter in letters)
    articles.update(f"artikel {reference}" for reference in bare)
    times = [(str(int(hour)), minute) for hour, minute in _TIME.findall(plain)]
    clock = {(f"{hour}:{minute}", "") if int(minute) else (hour, "uur") for hour, minute in times}
    plain = _TIME.sub(" # ", plain)
    years = {(str(date[0]), "") for date in dates if date[0]}
    names, abbreviations = _names(text)
    return Facts(
        links=frozenset(_ADDRESS_START.sub("", link, count=1) for link in links),
        dates=frozenset(dates),
        articles=frozenset(articles),
        numbers=frozenset({*years, *clock, *counted(plain)}),
        names=names,
        abbreviations=abbreviations,
    )


def all_stated(text: str, source: str, asked: str = "") -> bool:
    """Tell whether every fact of ``text`` stands in ``source``.

    ``asked`` is the question. Only an abbreviation may come from there, where the source spells it out: who asks about
    an MDO may be answered so from a text on the "multidisciplinair overleg". Any other number or name of a question
    would, with a citation behind it, seem to come from the source.
    """
    said, known = facts(text), facts(source)
    return (
        all(any(other.startswith(link) for other in known.links) for link in said.links)
        and all(_date_stated(date, known) for date in said.dates)
        and all(_article_stated(article, known, source) for article in said.articles)
        and all(_number_stated(value, unit, known) for value, unit in said.numbers)
        and all(_name_stated(name, said, source, asked) for name in said.names)
    )


def swapped(text: str, sentence: str) -> bool:
    """Tell whether ``text`` has another number, date or lid where a source sentence on the same thing has its own."""
    said, stated = facts(text), facts(sentence)
    other_days = [date for date in said.dates if not any(_same_day(date, day) for day in stated.dates)]
    if other_days and not all(any(_same_day(date, day) for day in said.dates) for date in stated.dates):
        return True
    return any(
        _of_kind(said, kind) - _of_kind(stated, kind or None) and _of_kind(stated, kind) - _of_kind(said, kind or None)
        for kind in _kinds(said) & _kinds(stated)
    )


def _same_day(one: Date, other: Date) -> bool:
    return all(None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))


def _kinds(one: Facts) -> set[str]:
    return {unit for _, unit in one.numbers} | {article.split()[0] for article in one.articles}


def _of_kind(one: Facts, kind: str | None) -> set[str]:
    """Return the numbers of one unit, or the references of one kind; with None the numbers of every unit."""
    if kind in _REFERENCE_KINDS:
        return {article for article in one.articles if article.startswith(f"{kind} ")}
    return {value for value, unit in one.numbers if kind in (None, unit)}


def _taken(pattern: re.Pattern[str], text: str) -> tuple[list[str], str]:
    """Return what ``pattern`` finds (its group, if it has one), and the text without it."""
    return [match[match.re.groups] for match in pattern.finditer(text)], pattern.sub(" # ", text)


def _date(match: re.Match[str]) -> Date:
    month = match["month"]
    number = int(month) if month.isdecimal() else _SHORT_MONTHS.get(month) or _SHORT_MONTHS[month[:3]]
    return int(match["year"]) if match["year"] else None, number, int(match["day"]) if match["day"] else None


def _date_stated(date: Date, known: Facts) -> bool:
    year, month, day = date
    # "21 november" in a report of 2023 is 21 november 2023, unless the report gives that day another year.
    bare = (None, month, day) in known.dates and (str(year), "") in known.numbers
    return bare or any(
        all(mine in (None, theirs) for mine, theirs in zip(date, other, strict=True)) for other in known.dates
    )


def _article_stated(article: str, known: Facts, source: str) -> bool:
    kind, _, reference = article.partition(" ")
    if kind == "lid" and re.search(rf"^\s*{reference}[.)]?\s", source, re.MULTILINE):
        return True
    if kind == "onder" and re.search(rf"(?<![\w'’]){reference}(?![\w'’])", source):
        return True
    return article in known.articles


def _number_stated(value: str, unit: str, known: Facts) -> bool:
    if not unit:
        return any(value == other for other, _ in known.numbers)
    return (value, unit) in known.numbers or (unit == "jaar" and (value, "") in known.numbers)


def _names(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the folded names of ``text``, weekdays among them, and which of these are abbreviations."""
    names: set[str] = set()
    abbreviations: set[str] = set()
    for match in _NAME.finditer(text):
        word = _ENDING.sub("", match.group())
        folded = fold(word)
        if sum(character.isupper() for character in word) > 1:
            abbreviations.add(folded)
        elif folded in _WEEKDAYS:
            names.add(folded)
        elif word[0].isupper() and folded not in _OF_THE_READER:
            before = text[max(0, match.start() - _BEFORE_NAME) : match.start()]
            names.update(() if _OPENS_SENTENCE.search(before) else (folded,))
    return frozenset(names - frozenset(MONTHS) | abbreviations), frozenset(abbreviations)


def _name_stated(name: str, said: Facts, source: str, asked: str) -> bool:
    written = _words_of(source)
    if name in written or stem(name) in _stems_of(source):
        return True
    if name in said.abbreviations:
        return name in _words_of(asked) and _spelled_out(name, words(source))
    return any(word.startswith(name) for word in written)


def _spelled_out(abbreviation: str, written: Sequence[str]) -> bool:
    longest = len(abbreviation) + _LEAD_WORDS
    return len(abbreviation) <= _LONGEST_ABBREVIATION and any(
        written[start].startswith(abbreviation[0]) and initials_match(abbreviation, list(written[start:end]))
        for start in range(len(written))
        for end in range(start + 1, min(start + longest, len(written)) + 1)
    )


@lru_cache(maxsize=1024)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(_ENDING.sub("", word) for word in words(text))


@lru_cache(maxsize=1024)
def _stems_of(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _words_of(text))
