"""Personal data in what a user types, replaced by its kind: "bel 06-12345678" becomes "bel [telefoonnummer]".

What can be recognised for certain without a model: numbers with a check digit or a plan, e-mail, addresses, a date
that is called a birth date, a name that is announced as one ("mijn leerling Bram"), and an ordinary full name. It
misses rare names that nothing announces, so text that was masked is still not for everyone's eyes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType, number_type
from stdnum import iban
from stdnum.nl import bsn, onderwijsnummer

from bot.privacy_names import may_hold_name, names
from bot.privacy_places import addresses, birth_dates


class PersonalData(StrEnum):
    """A kind of personal data. The value, in brackets, takes the place of what was found."""

    EMAIL = "e-mailadres"
    IBAN = "IBAN"
    PHONE = "telefoonnummer"
    BSN = "BSN"
    BIRTH_DATE = "geboortedatum"
    ADDRESS = "adres"
    NAME = "naam"


@dataclass(frozen=True, slots=True)
class Masked:
    """Text without the personal data that was recognised, and how often each kind was."""

    text: str
    found: Mapping[PersonalData, int]


PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PersonalData)})\]")

# A stretch of text, as the offsets of its first character and of the one after its last.
_Span = tuple[int, int]


def no_names_known(name: str) -> bool:
    """Say of every name that it is personal data."""
    return False


def mask(text: str, names_known: Callable[[str], bool] = no_names_known) -> Masked:
    """Replace the personal data in ``text``. What is masked already stays as it is; other text does not change.

    ``names_known`` tells which names may stay, say because documents for everyone hold them.
    """
    found: Counter[PersonalData] = Counter()
    # What was replaced can bring a number and the word that explains it together, so until nothing more is found.
    while True:
        before = text
        for kind, find in _finders(text, names_known):
            text, count = _replace(text, find(text), kind)
            if count:
                found[kind] += count
        if text == before:
            return Masked(text, dict(found))


def _replace(text: str, spans: Iterable[_Span], kind: PersonalData) -> tuple[str, int]:
    kept = [match.span() for match in PLACEHOLDER.finditer(text)]
    parts: list[str] = []
    done = count = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start < done or any(start < taken_end and taken_start < end for taken_start, taken_end in kept):
            continue
        parts += [text[done:start], f"[{kind}]"]
        done, count = end, count + 1
    return "".join([*parts, text[done:]]), count


_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")


def _emails(text: str) -> Iterator[_Span]:
    return (match.span() for match in _EMAIL.finditer(text))


_IBAN_START = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}")
_IBAN_CHARACTER = re.compile(r"[ .\u00a0-]?[A-Za-z0-9]")
_IBAN_LENGTHS = range(15, 35)


def _ibans(text: str) -> Iterator[_Span]:
    for start in _IBAN_START.finditer(text):
        ends = [start.end()]
        while len(ends) < _IBAN_LENGTHS[-1] - 3 and (character := _IBAN_CHARACTER.match(text, ends[-1])):
            ends.append(character.end())
        for end in reversed(ends[_IBAN_LENGTHS[0] - 4 :]):
            if not text[end : end + 1].isalnum() and iban.is_valid(text[start.start() : end]):
                yield start.start(), end
                break


# 0800 and 0900 numbers are an organisation's, and a question may well be about one.
_OF_NOBODY = {PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}
_LETTER_BESIDE_NUMBER = re.compile(r"(?<=\d)[^\W\d_]|[^\W\d_](?=[\d+])")


def _phones(text: str) -> Iterator[_Span]:
    # The matcher takes a number that touches a letter ("tel0612345678") for a code.
    apart = _LETTER_BESIDE_NUMBER.sub(" ", text)
    for match in PhoneNumberMatcher(apart, "NL", leniency=Leniency.VALID):
        if number_type(match.number) not in _OF_NOBODY:
            # "(06-12345678)": the first bracket belongs to the second, not to the number.
            yield match.start + (match.raw_string.startswith("(") and ")" not in match.raw_string), match.end


_SEPARATOR = r"(?:\s?[.\-\u2010-\u2015/·]\s?|[\s\u00ad\u200b-\u200d\u2060\ufeff])"
_DIGITS = re.compile(rf"(?<!\d)\d+(?:{_SEPARATOR}\d+)*")
_GROUP = re.compile(r"\d+")
_DASH = re.compile(r"[\u2010-\u2015]")
_BLANK = re.compile(r"[^./·-]")
_CALLED_BSN = re.compile(
    r"(?:\bbsn|burger-?service-?nummer|\bsofi|onderwijsnummer|\bpgn)[^\d.?!\n]{0,25}$", re.IGNORECASE
)


def _citizen_numbers(text: str) -> Iterator[_Span]:
    """Find what passes the eleven test of a BSN or an onderwijsnummer, and 8 or 9 digits that are called one."""
    for run in _DIGITS.finditer(text):
        groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
        called = bool(_CALLED_BSN.search(text[max(0, run.start() - 60) : run.start()]))
        place = 0
        while place < len(groups):
            size = _citizen_number_at(text, groups[place:], called and place == 0)
            if size:
                yield groups[place][0], groups[place + size - 1][1]
            place += size or 1


def _citizen_number_at(text: str, groups: list[_Span], called: bool) -> int:
    """Return of how many of the first ``groups`` of digits a citizen number is made, 0 for none."""
    digits = ""
    separators: set[str] = set()
    for size, (start, end) in enumerate(groups, 1):
        digits += "".join(str(unicodedata.decimal(character)) for character in text[start:end])
        if size > 1:
            separators.add(_BLANK.sub("", _DASH.sub("-", text[groups[size - 2][1] : start])))
        # A number is written one way: "21-11-2023 5" is a date and a five.
        if len(digits) > 9 or len(separators) > 1:
            return 0
        if len(digits) == 9 and (called or bsn.is_valid(digits) or onderwijsnummer.is_valid(digits)):
            return size
        if len(digits) == 8 and called and size == len(groups):
            return size
    return 0


_Finder = Callable[[str], Iterable[_Span]]

# In this order: the digits of an IBAN must not be taken for a telephone number.
_IN_NUMBERS: tuple[tuple[PersonalData, _Finder], ...] = (
    (PersonalData.IBAN, _ibans),
    (PersonalData.PHONE, _phones),
    (PersonalData.BSN, _citizen_numbers),
    (PersonalData.BIRTH_DATE, birth_dates),
    (PersonalData.ADDRESS, addresses),
)
_DIGIT = re.compile(r"\d")


def _finders(text: str, names_known: Callable[[str], bool]) -> Iterator[tuple[PersonalData, _Finder]]:
    """Give what can find anything in ``text``: most questions hold no digit, and many no capital after the first."""
    if "@" in text:
        yield PersonalData.EMAIL, _emails
    if _DIGIT.search(text):
        yield from _IN_NUMBERS
    if may_hold_name(text):
        yield PersonalData.NAME, partial(names, names_known=names_known)
