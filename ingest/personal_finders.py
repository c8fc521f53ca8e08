"""What counts as personal data in a document, kind by kind: stricter on chance than `kb.privacy` is with questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from ingest.contacts import is_contact_address, is_contact_number, is_role_mailbox
from kb.dutch import MONTHS
from kb.privacy import PersonalData
from kb.privacy.numbers import citizen_numbers, emails, ibans, is_called_citizen_number, phones
from kb.privacy.places import addresses, birth_dates

_Span = tuple[int, int]
_Finder = Callable[[str], Iterable[_Span]]


def finders(above: str, row: bool) -> Iterator[tuple[PersonalData, _Finder]]:
    """Give each kind but names, and what finds its stretches in a text.

    ``above`` is what stands before the text in the document; ``row`` says that it is a row of a table.
    """
    # In this order: the digits of an IBAN must not be taken for a telephone number.
    yield PersonalData.EMAIL, partial(_where, _AT, _emails)
    yield PersonalData.IBAN, partial(_where, _SEVEN_DIGITS, ibans)
    yield PersonalData.PHONE, partial(_where, _SEVEN_DIGITS, partial(_phones, above=above, row=row))
    yield PersonalData.BSN, partial(_where, _SEVEN_DIGITS, _citizen_numbers)
    yield PersonalData.BIRTH_DATE, partial(_where, _DIGIT, _birth_dates)
    yield PersonalData.ADDRESS, partial(_where, _DIGIT, partial(_addresses, above=above, row=row))


def _where(needed: re.Pattern[str], find: _Finder, text: str) -> Iterable[_Span]:
    """Look only in a ``text`` that holds what is ``needed``: most hold no digit."""
    return find(text) if needed.search(text) else ()


_AT = re.compile(r"@|\((?:at|a|apenstaartje)\)|\[at\]|\{at\}", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_SEVEN_DIGITS = re.compile(r"(?:\d\D{0,4}){7}")
_DOT = r"(?:\.|\s?(?:\((?:dot|punt)\)|\[(?:dot|punt)\])\s?)"
# "naam (at) school.nl", "naam @ school.nl"
_SPELLED_EMAIL = re.compile(
    rf"(?<![\w.+%'-])(?P<local>[\w.+%'-]+)\s?(?:{_AT.pattern})\s?(?P<domain>(?:[\w-]+{_DOT})+[^\W\d_]{{2,}})",
    re.IGNORECASE,
)
_DOT_SPELLED = re.compile(r"\W*\b(?:dot|punt)\b\W*", re.IGNORECASE)


def _emails(text: str) -> Iterator[_Span]:
    for match in _SPELLED_EMAIL.finditer(text):
        if not is_role_mailbox(f"{match['local']}@{_DOT_SPELLED.sub('.', match['domain'])}"):
            yield match.span()
    yield from (span for span in emails(text) if not is_role_mailbox(text[slice(*span)]))


def _phones(text: str, above: str, row: bool) -> Iterator[_Span]:
    for start, end in phones(text):
        if not is_contact_number(text[start:end], text, start, above, row):
            yield start, end


# "Paleis Soestdijk 30 mei 1968", "wonen. Artikel 9"
_MONTH_AFTER = re.compile(rf"\s+(?:{'|'.join(MONTHS)})\b", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:artikel|hoofdstuk|paragraaf|afdeling|titel|bijlage|tabel|figuur|stap|fase|groep|klas|week|jaar|versie)\b",
    re.IGNORECASE,
)


def _addresses(text: str, above: str, row: bool) -> Iterator[_Span]:
    for start, end in addresses(text):
        if _MONTH_AFTER.match(text, end) or _NUMBERED.match(text, start):
            continue
        if not is_contact_address(text[start:end], text, start, above, row):
            yield start, end


# A number passes the eleven test by chance one time in eleven. Then it counts only when it is written as a BSN is,
# stands on its own, and is not called something else.
_LAYOUTS = {(9,), (4, 2, 3), (3, 3, 3)}
_CALLED_OTHERWISE = re.compile(
    r"(?:isbn|issn|\bean|\bdoi|ecli|k\.?v\.?k|handelsregister|rsin|fiscaal|\bbtw|\brekening|\bgiro|\bbank|\bagb|\bbrin"
    r"|\bfax|\btel|kenmerk|dossier|referentie|registratie|factuur|versie|artikel|\bstb|\bstcrt|kamerstuk\w*|bedrag"
    r"|totaal|budget|€|\beuro?"
    r"|(?<![\w-])(?!bsn|burger|sofi|persoon|leerling|cli[eë]nt|kind|onderwijs|pgn)[\w-]+(?:nummer|nr|code|id))"
    r"[^\d\n;]{0,15}$",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(r"(?:[^\W\d]|[_/=#&?$£€~:.,@-])$")
_CODE_AFTER = re.compile(r"[\w/=#&@%-]|[.,:]\w")
_DIGIT_BEFORE = re.compile(r"\d[^\S\n]?\W?[^\S\n]?$")
_DIGIT_AFTER = re.compile(r"[^\S\n]?\W?[^\S\n]?\d")
_COUNTED = re.compile(
    r"\s?(?:euro?|inwoners|leerlingen|jeugdigen|jongeren|kinderen|mensen|personen|huishoudens|keer|stuks|km|m2|m²)\b",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\d+")
_DATE_LAYOUTS = {(1, 1, 4), (1, 2, 4), (2, 1, 4), (2, 2, 4), (4, 2, 2), (4, 1, 2), (4, 2, 1), (4, 1, 1)}
_SOLID_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def _citizen_numbers(text: str) -> Iterator[_Span]:
    for start, end in citizen_numbers(text):
        groups = _GROUP.findall(text, start, end)
        if len(set("".join(groups))) == 1:
            continue
        called = is_called_citizen_number(text, start)
        if not _is_date(groups) if called else _stands_alone(text, start, end, groups):
            yield start, end


def _is_date(groups: Sequence[str]) -> bool:
    return tuple(map(len, groups)) in _DATE_LAYOUTS or bool(_SOLID_DATE.fullmatch("".join(groups)))


def _stands_alone(text: str, start: int, end: int, groups: Sequence[str]) -> bool:
    before = text[max(0, start - 50) : start]
    layout = tuple(map(len, groups))
    if layout not in _LAYOUTS or (layout == (3, 3, 3) and "." in text[start:end]):
        return False
    if layout != (9,) and (_DIGIT_BEFORE.search(before) or _DIGIT_AFTER.match(text, end)):
        return False
    if _CODE_BEFORE.search(before) or _CODE_AFTER.match(text, end) or _COUNTED.match(text, end):
        return False
    return not _CALLED_OTHERWISE.search(before)


# A rule for everyone born before or after a day, and a claim that lapses on one.
_LIMIT_AFTER = re.compile(r"\s(?:of|en)\s(?:later|eerder|daarna|daarvoor|ervoor|erna)\b", re.IGNORECASE)
_LAPSES = re.compile(r"\bverjaar(?:t|d|de|den)?\b[^.?!\n]{0,45}$", re.IGNORECASE)


def _birth_dates(text: str) -> Iterator[_Span]:
    for start, end in birth_dates(text):
        if not _LIMIT_AFTER.match(text, end) and not _LAPSES.search(text[max(0, start - 70) : start]):
            yield start, end
