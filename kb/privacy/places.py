"""Where somebody lives and when somebody was born, as a Dutch text says it. Finds stretches; `kb.privacy` masks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.dutch import MONTHS

_MONTHS = "|".join([*MONTHS, "jan|febr?|mrt|apr|jun|jul|aug|sept?|okt|nov|dec"])
_YEAR = r"(?:\d{4}|['’]?\d{2})"
_DATE = re.compile(
    rf"""(?<![\w])(?:
        (?P<whole>
            \d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}
          | \d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?{_YEAR}
          | \d{{1,2}}\ \d{{1,2}}\ \d{{4}}
          | \d{{1,2}}(?:e|de|ste)?[\s-]+(?:{_MONTHS})\b\.?(?:[\s-]+{_YEAR})?
          | (?:{_MONTHS})\b\.?\s+\d{{4}}
        )
      | \d{{1,2}}[-/]\d{{1,2}} | \d{{8}} | \d{{6}}
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_BORN = r"(?:\bgeboren\b|\bgeboorte\w*|\bgeb\.?\s?dat(?:um)?\b|\bgebdatum\b|\bgeb\b\.?|(?<![\w-])jarig\b|\bverjaar\w*)"
_BORN_BEFORE = re.compile(rf"{_BORN}[^.?!\n]{{0,40}}$", re.IGNORECASE)
_BORN_JUST_BEFORE = re.compile(rf"{_BORN}\W{{0,3}}(?:(?:is|op|datum)\W{{1,2}}){{0,2}}$", re.IGNORECASE)
_BORN_AFTER = re.compile(r"\W{0,3}(?:\w+\W+){0,3}?geboren\b", re.IGNORECASE)
# A rule for everyone born before or after a day says nothing about one child.
_LIMIT_BEFORE = re.compile(r"\b(?:v[oó]{2}r|na|vanaf|tot|t/m|met|sinds|tussen(?:\s.{1,30}\sen)?)\s+$", re.IGNORECASE)


def birth_dates(text: str) -> Iterator[tuple[int, int]]:
    """Find the dates that the words around them call a birth date."""
    for date in _DATE.finditer(text):
        before = text[max(0, date.start() - 70) : date.start()]
        pattern = _BORN_BEFORE if date["whole"] else _BORN_JUST_BEFORE
        born = pattern.search(before) or (date["whole"] and _BORN_AFTER.match(text, date.end()))
        if born and not _LIMIT_BEFORE.search(before):
            yield date.span()


_SMALL = r"(?:van|de|der|den|het|'t|’t|ten|ter|te|aan|op|in|la|le)"
# Words that open a sentence with a capital and belong to no street.
_OPENING = (
    r"(?!(?:Aan|Adres|Bij|Dat|De|Die|Een|En|Het|Hij|Huis|Ik|In|Is|Kan|Mag|Maar|Mijn|Naar|Ons|Onze|Op|Te|Van|Waar|We|Wij"
    r"|Wie|Woont|Ze|Zij)\b)"
)
_CAPITAL = r"[^\W\d_a-zà-öø-ÿ][\w'’.-]*"
_HOUSE = (
    r"(?:nr\.?\s?|nummer\s|huisnummer\s)?\d{1,5}(?:[a-zA-Z]|\s[A-Ha-h]|\s?bis|\s?hs)?(?:-\w{1,4})?(?!\w)"
    r"(?!\s*(?:%|uur|minuten|dag|dagen|week|weken|maand|maanden|jaar|keer|leerlingen|kinderen|jongeren|gezinnen|ouders"
    r"|mensen|scholen|klassen|groepen|euro|procent|km|meter)\b)"
)
_POSTCODE = r"[1-9]\d{3}\s?(?!S[ADS]\b)[A-Z]{2}\b"
_THEN_POSTCODE = rf"(?:\s*[,;]?\s*{_POSTCODE})?"
# Kerkstraat, Burgemeester de Vlugtlaan, 2e Jan Steenstraat; Laan van Meerdervoort; kerkstraat
_STREET_AND_HOUSE = re.compile(
    rf"(?<!\w)(?:\d{{1,2}}e\s)?(?:{_OPENING}{_CAPITAL}\s(?:{_SMALL}\s)*){{0,3}}(?P<street>{_CAPITAL})"
    rf"\s{{1,2}}{_HOUSE}{_THEN_POSTCODE}"
)
_LANE_AND_HOUSE = re.compile(
    rf"\b(?:Laan|Weg|Plein|Park|Hof|Kade|Straat|Dreef|Pad)\s(?:{_SMALL}\s)+{_CAPITAL}(?:\s{_CAPITAL})?"
    rf"\s{{1,2}}{_HOUSE}{_THEN_POSTCODE}"
)
_SMALL_STREET_AND_HOUSE = re.compile(
    r"(?<!\w)[a-zà-ÿ-]{3,}(?:straat|laan|gracht|singel|kade|plantsoen|steeg|dreef)"
    rf"\s{{1,2}}{_HOUSE}{_THEN_POSTCODE}"
)
_STREET_ENDING = re.compile(
    r"..(?:straat|str\.|laan|weg|plein|kade|gracht|singel|dijk|hof|pad|plantsoen|steeg|dreef|markt|park|boulevard"
    r"|allee|wal)$",
    re.IGNORECASE,
)
_NO_STREET = re.compile(r"(?:onder|leer|snel|rechts|hulp)weg$|(?:zorg|leer|groei)pad$|gerechtshof$", re.IGNORECASE)
_LIVES_AT = re.compile(
    r"\b(?i:woon(?:t|de|den|achtig|adres)?|wonen(?:de)?|adres|verblijft|verhuisde?|verhuisd)\b"
    r"(?:\s(?i:is|nu|tijdelijk|sinds kort|samen)|:)*(?:\s(?i:op|aan|in|naar|te))?\s"
    rf"(?P<address>(?:{_SMALL}\s)*{_CAPITAL}(?:\s(?:{_SMALL}|{_CAPITAL}))*\s{_HOUSE}{_THEN_POSTCODE})"
)
_POSTCODE_AND_HOUSE = re.compile(rf"(?<!\w)(?P<postcode>{_POSTCODE})(?P<house>(?:\s*,)?\s*{_HOUSE})?")
_CALLED_ADDRESS = re.compile(r"\b(?:postcode|adres|woon\w*|wonen)\b[^.?!\n]{0,40}$", re.IGNORECASE)
# "2023 PO" and "1500 VO" are a year or a count with a sector, "1200 BW" an article with a law.
_YEAR_OR_SECTOR = re.compile(r"(?:19|20)\d\d\s|\d{4}\s(?:PO|VO|SO|BO|BW|EU|GI|MR|OR|IB|RT|SV|WO)\b")


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Find a street with a house number, and a postcode that comes with a house number or is called one."""
    for match in _STREET_AND_HOUSE.finditer(text):
        if _STREET_ENDING.search(match["street"]) and not _NO_STREET.search(match["street"]):
            yield match.span()
    for pattern in (_LANE_AND_HOUSE, _SMALL_STREET_AND_HOUSE):
        yield from (match.span() for match in pattern.finditer(text))
    yield from (match.span("address") for match in _LIVES_AT.finditer(text))
    for match in _POSTCODE_AND_HOUSE.finditer(text):
        called = bool(_CALLED_ADDRESS.search(text[max(0, match.start() - 60) : match.start()]))
        glued = match["postcode"][4:5].isalpha()
        if called or glued or (match["house"] and not _YEAR_OR_SECTOR.match(text, match.start())):
            yield match.span()
