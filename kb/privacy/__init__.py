"""Personal data in text, replaced by its kind: "bel 06-12345678" becomes "bel [telefoonnummer]".

What can be recognised for certain without a model: numbers with a check digit or a plan, e-mail, addresses, a date
that is called a birth date, a name that is announced as one ("mijn leerling Bram"), and an ordinary full name. It
misses rare names that nothing announces, so text that was masked is still not for everyone's eyes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from kb.privacy.names import may_hold_name, names
from kb.privacy.numbers import citizen_numbers, emails, ibans, phones
from kb.privacy.places import addresses, birth_dates


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


_Finder = Callable[[str], Iterable[_Span]]

# In this order: the digits of an IBAN must not be taken for a telephone number.
_IN_NUMBERS: tuple[tuple[PersonalData, _Finder], ...] = (
    (PersonalData.IBAN, ibans),
    (PersonalData.PHONE, phones),
    (PersonalData.BSN, citizen_numbers),
    (PersonalData.BIRTH_DATE, birth_dates),
    (PersonalData.ADDRESS, addresses),
)
_DIGIT = re.compile(r"\d")


def _finders(text: str, names_known: Callable[[str], bool]) -> Iterator[tuple[PersonalData, _Finder]]:
    """Give what can find anything in ``text``: most questions hold no digit, and many no capital after the first."""
    if "@" in text:
        yield PersonalData.EMAIL, emails
    if _DIGIT.search(text):
        yield from _IN_NUMBERS
    if may_hold_name(text):
        yield PersonalData.NAME, partial(names, names_known=names_known)
