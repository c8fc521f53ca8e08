"""Dutch words for masked personal data, so that a question keeps its sense: "een leerling van 12 jaar".

What explains the masked word is used ("moeder [naam]" is the mother), what only carried it is left out ("([naam])",
"heet [naam]"). The words put in hold no name and no number but an age.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence

from kb.privacy.names import PERSON

_Say = str | Callable[[re.Match[str]], str]

_N = r"\[naam\]"
_OWNER = r"(?:mijn|m'n|ons|onze|zijn|haar|hun|uw|je|jouw|de|het|een|die|dat|deze|dit|elke?|geen)"
_NEUTER = re.compile(r"(?:kind|je)$", re.IGNORECASE)
_WITHOUT_ARTICLE = frozenset({"mama", "papa", "opa", "oma"})
_ADULT_YEARS = 18
_SCHOOL = re.compile(
    r"\b(?:\w*leerling|schol|school|klas|groep\s\d|les|lessen|toets|thuis|verzui|spijbel|leerplicht|gepest|pest|schors"
    r"|mentor|juf|meester|mbo|havo|vwo|vmbo|onderwijs)",
    re.IGNORECASE,
)
_PARENT_BEFORE = re.compile(r"(?:ouders?|moeder|vader|gezin|voogd|familie|thuissituatie)\svan\s$", re.IGNORECASE)
_OWNER_BEFORE = re.compile(rf"(?<!\w){_OWNER}\s(?:[a-zà-ÿ-]+\s)?$", re.IGNORECASE)
_ONLY_OWNER_BEFORE = re.compile(rf"(?<!\w){_OWNER}\s$", re.IGNORECASE)
_IS_BEFORE = re.compile(r"(?:^|[,(:;]|\b(?:is|ben|bent|was|werd|en))\s*$", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?:^|[.?!\n])\W*$")
_BIRTH_DATE = re.compile(
    r"(?P<label>\b(?:geboortedatum|geb\.?\s?datum|gebdatum)(?P<is>\s+is)?[\s:,]*)?"
    r"(?P<born>\b(?:geboren|geb\.?)(?:\s+op)?[\s:,]*)?(?P<on>\bop\s+)?\[geboortedatum\]"
    r"(?P<later>(?=[^.?!]{0,40}\bgeboren\b))?",
    re.IGNORECASE,
)
_LEFT_OVER = ((re.compile(r"[ \t]{2,}"), " "), (re.compile(r"[ \t]+(?=[,.?!;])"), ""), (re.compile(r",(?=[,.?!])"), ""))


def reworded(masked: str, ages: Sequence[int | None]) -> str:
    """Return ``masked`` with words for its placeholders. ``ages``: in years, of each birth date, None if unknown."""
    text = _with_ages(masked, iter(ages))
    for pattern, say in _RULES:
        text = pattern.sub(_at_its_place(say), text)
    for pattern, left in _LEFT_OVER:
        text = pattern.sub(left, text)
    return text.strip()


def _at_its_place(say: _Say) -> Callable[[re.Match[str]], str]:
    """Begin with a capital where the sentence begins."""

    def place(match: re.Match[str]) -> str:
        words = match.expand(say) if isinstance(say, str) else say(match)
        starts = _SENTENCE_START.search(match.string[: match.start()])
        return words[:1].upper() + words[1:] if starts else words

    return place


def _with_ages(text: str, ages: Iterator[int | None]) -> str:
    def say(match: re.Match[str]) -> str:
        years = next(ages, None)
        if years is None:
            return f"{match['label'] or ''}{match['born'] or ''}{match['on'] or ''}een bepaalde dag"
        if match["label"]:
            return f"leeftijd {'is ' if match['is'] else ''}{years} jaar"
        if match["born"]:
            return f"{'' if _IS_BEFORE.search(text[: match.start()]) else 'van '}{years} jaar"
        return f"{years} jaar geleden" if match["later"] is not None else f"({years} jaar)"

    return _BIRTH_DATE.sub(_at_its_place(say), text)


def _announced(match: re.Match[str]) -> str:
    noun = match["noun"].lower()
    if noun in _WITHOUT_ARTICLE or _OWNER_BEFORE.search(match.string[: match.start()]):
        return match["noun"]
    return f"{'het' if _NEUTER.search(noun) else 'de'} {noun}"


def _titled(match: re.Match[str]) -> str:
    title = match["title"].lower().rstrip(".")
    if title in ("mevrouw", "mevr", "mw"):
        said = "mevrouw"
    elif title in ("de familie", "fam", "het gezin"):
        return "dit gezin"
    else:
        said = title if title in ("juf", "juffrouw", "meester", "dokter") else "meneer"
    return said if _ONLY_OWNER_BEFORE.search(match.string[: match.start()]) else f"deze {said}"


def _with_age(match: re.Match[str]) -> str:
    return "een leerling" if int(match["years"]) < _ADULT_YEARS else "een persoon"


def _somebody(match: re.Match[str]) -> str:
    before = match.string[: match.start()]
    if _PARENT_BEFORE.search(before):
        return "het kind"
    school = _SCHOOL.search(match.string)
    if _ONLY_OWNER_BEFORE.search(before):
        return "leerling" if school else "persoon"
    return "de leerling" if school else "deze persoon"


def _several(match: re.Match[str]) -> str:
    return "de leerlingen" if _SCHOOL.search(match.string) else "deze personen"


def _number(kind: str, label: str, said: str) -> Iterator[tuple[re.Pattern[str], _Say]]:
    """Leave a number out where a word already says what it is, or where it stands apart."""
    masked = rf"\[{kind}\]"
    masked = rf"{masked}(?:\s?(?:,|en|of)\s{masked})*"
    yield re.compile(rf"(?<!\w)(?P<label>{label})(?:\s(?:is|op|naar))?\s?:?\s*{masked}", re.IGNORECASE), r"\g<label>"
    yield re.compile(rf"\s?\({masked}\)|,\s{masked}(?=[,.?!]|\s*$)"), ""
    yield re.compile(rf"(?:\b(?:de|het|een|dit|dat)\s)?{masked}", re.IGNORECASE), said


_RULES: tuple[tuple[re.Pattern[str], _Say], ...] = (
    (re.compile(rf"{_N}['’]s(?=\s)"), "[naam] zijn"),
    (re.compile(rf"\s?\({_N}\)"), ""),
    # He is called so and is something: only the something matters.
    (re.compile(rf"\b(?:hij|zij|ze|ik)\sheet(?:te)?\s{_N}[.!,]?\s+(?=\S)(?!en\b)", re.IGNORECASE), ""),
    (re.compile(rf"\b(?:mijn|zijn|haar)\snaam\sis\s{_N}[.,]?\s+(?=\S)(?:en\s)?", re.IGNORECASE), ""),
    (re.compile(rf"\b(?P<am>ik ben)\s{_N}(?:,|\sen)(?=\s)", re.IGNORECASE), r"\g<am>"),
    (re.compile(rf"\s(?P<who>die|dat)\s{_N}\sheet(?:te)?\sen\b"), r" \g<who>"),
    (re.compile(rf",?\s(?:die|dat)\s{_N}\sheet(?:te)?\b"), ""),
    (re.compile(rf"\s(?:en\s)?heet(?:te)?\s{_N}(?:\sen\b)?"), ""),
    (re.compile(rf",?\s(?:genaamd|met de naam)\s{_N}"), ""),
    (re.compile(rf"\b(?:voor|achter|roep)?naam\s?:\s*{_N}[.,;]?\s*(?=\S)", re.IGNORECASE), ""),
    (re.compile(rf"\b(?P<greeting>groet|groeten|groetjes),?\s+(?:van\s+)?{_N}", re.IGNORECASE), r"\g<greeting>"),
    (
        re.compile(
            r"(?<!\w)(?P<title>meneer|mijnheer|mevrouw|mevr\.?|mw\.?|dhr\.?|de heer|juf|juffrouw|meester|dokter"
            rf"|de familie|fam\.|het gezin)\s+(?:(?:mr|drs|dr|ir|ing|prof|ds)\.\s*)*{_N}",
            re.IGNORECASE,
        ),
        _titled,
    ),
    (re.compile(rf"(?<![\w-])(?P<noun>{PERSON})(?:,\s+{_N},|(?:\s?:)?\s*{_N})", re.IGNORECASE), _announced),
    (re.compile(rf"{_N}(?:\s?,\s{_N})*\s(?:en|of)\s{_N}"), _several),
    (re.compile(rf"{_N}(?=,?\s\(?(?:van\s)?(?P<years>\d{{1,2}})(?:\s?(?:jaar|jr)\b|\)|\b(?!\s\w)))"), _with_age),
    (re.compile(_N), _somebody),
    *_number(
        "BSN", r"bsn(?:-?nummer)?|burgerservicenummer|sofi-?nummer|onderwijsnummer|pgn", "een burgerservicenummer"
    ),
    *_number("telefoonnummer", r"telefoon(?:nummer)?|tel\.?|mobiel|nummer|bel(?:len|t)?", "een telefoonnummer"),
    *_number("e-mailadres", r"e?-?mail(?:adres|en|t)?", "een e-mailadres"),
    *_number("IBAN", r"iban|(?:bank)?rekening(?:nummer)?", "een rekeningnummer"),
    (re.compile(r",?\s(?:(?:met|en)\s)?(?:bsn(?:-?nummer)?|burgerservicenummer)(?=[?.!,]|$)", re.IGNORECASE), ""),
    (re.compile(r"\[adres\],?\s(?=[A-Z])"), "een adres in "),
    *_number("adres", r"(?:woon)?adres|postcode", "een adres"),
)


_MONTHS = ("jan", "feb", "maa|mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")


def age(written: str, today: dt.date) -> int | None:
    """Return the years since a birth date as a Dutch text writes it, None when it names no year or no possible day."""
    day, month, year = _day_month_year(written)
    if 0 < year < 100:
        year += 2000 if year <= today.year % 100 else 1900
    try:
        born = dt.date(year, month, day)
    except ValueError:
        return None
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years if 0 <= years < 120 else None


def _day_month_year(written: str) -> tuple[int, int, int]:
    """Read a date, zeros for what it does not say."""
    numbers = re.findall(r"\d+", written)
    month = next((place for place, names in enumerate(_MONTHS, 1) if re.search(names, written.lower())), 0)
    if month:
        whole = len(numbers) > 1
        return int(numbers[0]) if whole else 1, month, int(numbers[-1]) if whole or len(numbers[0]) == 4 else 0
    if len(numbers) == 1:
        digits = numbers[0]
        cuts = (4, 6) if len(digits) == 8 and digits[:2] in ("19", "20") else (2, 4)
        numbers = [digits[: cuts[0]], digits[cuts[0] : cuts[1]], digits[cuts[1] :]]
    if len(numbers[0]) == 4:
        numbers.reverse()
    first, second, third = [*map(int, numbers), 0, 0][:3]
    return first, second, third
