"""Full names that nothing announces ("Sanne de Wit zit al zes weken thuis"), known by a first name and a surname.

Real questions must pass untouched, so capitals are never enough: one half of the name is on a list of ordinary names,
or an age, a class or "zit thuis" follows. What bears a person's name (a school, a law, a motion) stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.analysis import fold, terms
from kb.privacy.name_lists import FIRST_NAMES, SURNAMES

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|['’]t\b")
_GAP = re.compile(r"[ \t\u00a0]{1,2}")
_AFTER_INITIAL = re.compile(r"\.[ \t\u00a0]?")
# Letters that do not come apart into a letter and a mark.
_PLAIN = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "’": "'"})
_PARTICLES = frozenset("van de der den het 't ten ter te in la le el al von ben ibn bin da dos du di op ait".split())
_ARABIC = frozenset("el ait ibn bin".split())
_SURNAME_SHAPE = re.compile(r"[^\W\d_]{2,}(?:stra|sma|[iou]nga|ema|[oe]wski|[oe]wska|inski|inska|wicz|oglu)$")
_BARE_SURNAMES = frozenset(name.rpartition(" ")[2] for name in SURNAMES)
# Surnames that say too little beside a word that is on no list.
_WORDS_TOO = frozenset(
    """
    bakker visser smit bos mulder vos dekker brouwer kok prins blom koster schipper kramer huisman bouwman koopman kroon
    vink groen evers jonker martina kara kurt peters molenaar kuiper hulst maduro singh mazur tran croes wagenaar
    hoogland kaya pinas
    """.split()
)
# What follows one of these is the name of a thing, or of somebody who is in the news.
_NOT_AFTER = frozenset(
    """
    de het een sint st the school basisschool college lyceum gymnasium stichting vereniging methode fonds hogeschool
    universiteit ziekenhuis museum uitgeverij wet motie amendement commissie arrest zaak rapport minister ministers
    minister-president premier staatssecretaris kamerlid kamerleden wethouder burgemeester commissaris koning koningin
    prins prinses president paus professor prof hoogleraar schrijver schrijfster groep partij platform werkgroep
    initiatiefwet wetsvoorstel voorstel gemeente provincie regio lid leden
    """.split()
)
_THING = re.compile(
    r"(?:school|scholen|college|lyceum|gymnasium|stichting|centrum|instituut|straat|laan|plein|zorg|hulp|wet|onderwijs"
    r"|academie|academy|fonds|prijs|akkoord|methode|kliniek|universiteit|groep|raad|kamer|gemeente|museum|vereniging"
    r"|bibliotheek|opvang|plan|les|lessen|vakanties?|examens?|mavo|havo|vwo|mbo|hbo)$"
    r"|^(?:(?:zieken)?huis|ouders?|leerling(?:en)?|kind(?:eren)?|alert)$"
)
# Borne by schools, institutions and places, or found in every schoolbook.
_NO_PERSONS = frozenset(
    name.strip()
    for name in """
    anna paulowna, anne frank, maria montessori, celestin freinet, johan cruijff, max havelaar, jan ligthart,
    leo kanner, william schrikker, peter petersen, rudolf steiner, albert schweitzer, willem de kooning, johan de witt,
    marie curie, albert einstein, helen parkhurst, kees boeke, michiel de ruyter, anton de kom, maria hoop
    """.split(",")
)
_AGE_OR_CLASS = re.compile(
    r"(?:\svan\s|,\s|\s\()\d{1,2}\s?(?:jaar|jr)\b(?!\sgeleden)|,?\s\(?(?:uit\s)?(?:groep|klas)\s\d\b"
    r"|\szit\s(?:[^\W\d_]+\s){0,4}thuis\b",
    re.IGNORECASE,
)
_BARE_AGE = re.compile(r"\s(?:\(\d{1,2}\)|van\s\d{1,2}\b(?!\s?(?:uur|dag|we|maand|tot|en|-)))", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?:^|[.?!:\n])\W*$")
# From so many words on, capitals on all of them are a heading's.
_HEADING_WORDS = 5
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    key: str
    joined: bool

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() and len(self.text) > 1 and bool(terms(self.text))

    @property
    def proper(self) -> bool:
        return self.capital and not self.text.isupper()


def is_first_name(word: str) -> bool:
    """Tell whether ``word``, or what comes before its first hyphen, is a listed first name, in whatever case."""
    key = _key(word)
    return key in FIRST_NAMES or key.partition("-")[0] in FIRST_NAMES


def names_thing(word: str) -> bool:
    """Tell whether ``word`` ends the name of a school, a law or another thing."""
    return bool(_THING.search(_key(word)))


def full_names(text: str) -> Iterator[tuple[int, int]]:
    """Find every full name, and every first name that an age, a class or "zit thuis" follows."""
    words = _words(text)
    heading: bool | None = None
    place = 0
    while place < len(words):
        size = 0
        if words[place].text[0].isupper() or is_first_name(words[place].text):
            heading = is_heading(text) if heading is None else heading
            size = _name_size(text, words, place, heading)
        if size:
            yield words[place].start, words[place + size - 1].end
        place += size or 1


def is_heading(text: str) -> bool:
    """Tell whether every word of a longer text has a capital, so that none says anything."""
    said = [match[0][0].isupper() for match in _WORD.finditer(text) if terms(match[0])]
    return len(said) >= _HEADING_WORDS and all(said)


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    for match in _WORD.finditer(text):
        word = match[0].removesuffix("'s").removesuffix("’s")
        gap = text[found[-1].end : match.start()] if found else ""
        joined = bool(_GAP.fullmatch(gap) or (found and _is_initial(found[-1]) and _AFTER_INITIAL.fullmatch(gap)))
        found.append(_Word(word, match.start(), match.start() + len(word), _key(word), joined))
    return found


def _is_initial(word: _Word) -> bool:
    return len(word.text) == 1 and word.text.isupper()


def _key(word: str) -> str:
    return fold(word).translate(_PLAIN)


def _name_size(text: str, words: Sequence[_Word], place: int, heading: bool) -> int:
    """Return of how many words the name that starts at ``place`` is made, 0 when none starts there."""
    first = words[place]
    if first.key in _NOT_AFTER or (first.joined and words[place - 1].key in _NOT_AFTER):
        return 0
    stop = place + 1
    while stop < min(len(words), place + _MOST_WORDS) and words[stop].joined:
        stop += 1
    run = words[place:stop]
    given = next((count for count, word in enumerate(run) if not is_first_name(word.text)), len(run))
    size = _with_surname(text, run, given, heading) or _without_surname(text, run, given, heading)
    if not size or " ".join(word.key for word in run[:size]) in _NO_PERSONS:
        return 0
    after = run[size : size + 1]
    return 0 if after and names_thing(after[0].text) else size


def _with_surname(text: str, run: Sequence[_Word], given: int, heading: bool) -> int:
    start = max(given, 1)
    while start < len(run) and _is_initial(run[start]):
        start += 1
    end = start
    while end < len(run) and run[end].key in _PARTICLES:
        end += 1
    if end == len(run):
        return 0
    first, last, particles = run[0], run[end], run[start:end]
    surname = " ".join(word.key for word in run[start : end + 1])
    if names_thing(last.text):
        return 0
    proper = first.proper and last.proper and not heading
    if given:
        found = proper or surname in SURNAMES
    else:
        found = proper and (_tells(text, first, surname, particles) or _has_age(text, last))
    while found and end + 1 < len(run) and _goes_on(run[end + 1]):
        end += 1
    return end + 1 if found else 0


def _without_surname(text: str, run: Sequence[_Word], given: int, heading: bool) -> int:
    """Take "Ali Hassan", whose surname is a first name too, "Bram V." and "Youssef van 12 jaar"."""
    if not given or heading or not all(word.proper for word in run[:given]):
        return 0
    if given < len(run) and _is_initial(run[given]) and text[run[given].end :].startswith("."):
        return given + 1
    end = run[given - 1].end
    return given if given > 1 or _AGE_OR_CLASS.match(text, end) or _BARE_AGE.match(text, end) else 0


def _tells(text: str, first: _Word, surname: str, particles: Sequence[_Word]) -> bool:
    """Tell whether ``surname`` makes a name of a first word that is on no list."""
    if particles and all(particle.text.islower() for particle in particles):
        return surname in SURNAMES or surname.startswith(("van der ", "van den "))
    if _SENTENCE_START.search(text[max(0, first.start - 9) : first.start]):
        return False
    if particles:
        return particles[0].key in _ARABIC
    return (surname in SURNAMES and surname not in _WORDS_TOO) or bool(_SURNAME_SHAPE.fullmatch(surname))


def _has_age(text: str, last: _Word) -> bool:
    return not is_first_name(last.text) and bool(_AGE_OR_CLASS.match(text, last.end))


def _goes_on(word: _Word) -> bool:
    return word.proper and (is_first_name(word.text) or word.key in _BARE_SURNAMES)
