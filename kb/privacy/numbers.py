"""Numbers that a check digit or a plan gives away (IBAN, telephone, BSN), and e-mail addresses. Finds stretches."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType, number_type
from stdnum import iban
from stdnum.nl import bsn, onderwijsnummer

# A stretch of text, as the offsets of its first character and of the one after its last.
_Span = tuple[int, int]

_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")


def emails(text: str) -> Iterator[_Span]:
    """Find the e-mail addresses."""
    return (match.span() for match in _EMAIL.finditer(text))


_IBAN_START = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}")
_IBAN_CHARACTER = re.compile(r"[ .\u00a0-]?[A-Za-z0-9]")
_IBAN_LENGTHS = range(15, 35)


def ibans(text: str) -> Iterator[_Span]:
    """Find the account numbers of which the check digits are right."""
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


def phones(text: str) -> Iterator[_Span]:
    """Find the valid telephone numbers that are not free or paid information numbers."""
    # The matcher takes a number that touches a letter ("tel0612345678") for a code.
    apart = _LETTER_BESIDE_NUMBER.sub(" ", text)
    for match in PhoneNumberMatcher(apart, "NL", leniency=Leniency.VALID):
        if number_type(match.number) not in _OF_NOBODY:
            # "(06-12345678)": the first bracket belongs to the second, not to the number.
            yield match.start + (match.raw_string.startswith("(") and ")" not in match.raw_string), match.end


_SEPARATOR = r"(?:\s?[.\-\u2010-\u2015/·]\s?|[\s\u00ad\u200b-\u200d\u2060\ufeff])"
_DIGITS = re.compile(rf"(?<!\d)\d+(?:{_SEPARATOR}\d+)*")
_GROUP = re.compile(r"\d+")
# Nine digits, and one more to see that the number goes on.
_MOST_GROUPS = 10
_DASH = re.compile(r"[\u2010-\u2015]")
_BLANK = re.compile(r"[^./·-]")
_CALLED_BSN = re.compile(
    r"(?:\bbsn|burger-?service-?nummer|\bsofi|onderwijsnummer|\bpgn)[^\d.?!\n]{0,25}$", re.IGNORECASE
)


def citizen_numbers(text: str) -> Iterator[_Span]:
    """Find what passes the eleven test of a BSN or an onderwijsnummer, and 8 or 9 digits that are called one."""
    for run in _DIGITS.finditer(text):
        groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
        called = is_called_citizen_number(text, run.start())
        place = 0
        while place < len(groups):
            size = _citizen_number_at(text, groups[place : place + _MOST_GROUPS], called and place == 0)
            if size:
                yield groups[place][0], groups[place + size - 1][1]
            place += size or 1


def is_called_citizen_number(text: str, start: int) -> bool:
    """Tell whether the words right before ``start`` announce a citizen number."""
    return bool(_CALLED_BSN.search(text[max(0, start - 60) : start]))


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
