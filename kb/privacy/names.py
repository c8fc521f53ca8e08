"""Names of persons: announced ones ("mijn leerling Bram de Vries", "mevrouw Jansen", "hij heet Sem") and full ones.

Without a model a capital alone says little: documents, schools and organisations have one too. So a name needs a word
before it that only a person's name follows, or the form of a full name (`kb.privacy.full_names`). What was found once
is then found everywhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from kb.analysis import fold, terms
from kb.privacy.full_names import full_names, is_first_name, is_heading, names_thing

PERSON = (
    r"(?:leerling|oud-leerling|kind|kindje|kleuter|puber|jongere|jongen|jongetje|meisje|meid|student|studente|pupil"
    r"|cli[eë]nt|zoon|zoontje|dochter|dochtertje|moeder|vader|mama|papa|stiefmoeder|stiefvader|pleegmoeder|pleegvader"
    r"|pleegkind|pleegzoon|pleegdochter|broer|broertje|zus|zusje|neef|neefje|nicht|nichtje|opa|oma|oom|tante|buurman"
    r"|buurvrouw|vriend|vriendin|mentor|docent|docente|leerkracht|leraar|lerares|collega|gezinsvoogd|voogd)"
)
_TITLE = (
    r"(?i:meneer|mijnheer|mevrouw|mevr\.?|mw\.?|dhr\.?|de heer|juf|juffrouw|meester|dokter|de familie|fam\.|het gezin)"
    r"\s+"
    r"(?:(?i:mr|drs|dr|ir|ing|prof|ds)\.\s*)*"
)
_FULL_NAME = r"[^\W\d_a-zà-öø-ÿ][\w'’.-]*(?:\s(?:van|de|der|den|el|[^\W\d_a-zà-öø-ÿ][\w'’.-]*)){1,4}"
# "MEVROUW JANSEN" is a name too; after other words capitals are an abbreviation.
_WITH_TITLE = re.compile(rf"(?<!\w)(?:{_TITLE})")
_ANNOUNCED = (
    _WITH_TITLE,
    *map(re.compile, (
        # mijn leerling Bram; Leerling: Bram; moeder (Sandra)
        rf"(?:(?<![\w-]){PERSON}|(?:^|(?<=[.?!]\s)|(?<=\n))(?i:{PERSON}))(?:[ \t]?:\s*|[ \t\u00a0]+)",
        rf"(?<![\w-]){PERSON}\s?\((?=[^(),;]{{2,40}}\))",
        # mijn zoon, Bram, komt
        rf"\b(?i:mijn|m'n|onze?|m’n)\s+(?:[a-zà-ÿ-]+\s+){{0,2}}{PERSON},\s+(?=[^,.?!]{{2,40}},)",
        # hij heet Bram; een leerling van mij heet Bram
        r"\b(?i:ik|hij|zij|ze)\s+heet(?:te)?\s+",
        rf"\b(?i:{PERSON})(?:\s+(?!hoe\b|die\b|dat\b|waar\b)[^\W\d_]+){{0,3}}\s+heet(?:te)?\s+",
        # een jongen van 12 genaamd Bram
        rf"\b(?i:{PERSON})(?:\s+\w+){{0,5}},?\s+(?:genaamd|met de naam)\s+",
        # zijn naam is Bram; voornaam: Bram; de naam van de leerling is Bram
        r"\b(?i:mijn|zijn|haar|z'n|d'r)\s+(?:voor|achter|roep)?naam\s+is\s+",
        r"\b(?i:(?:voor|achter|roep)?naam)\s*:\s*",
        rf"\b(?i:naam)\s+(?:van\s+)?(?:\w+\s+)?{PERSON}\s*(?:is\s|:)\s*",
        # met vriendelijke groet, Sandra
        r"\b(?i:groet|groeten|groetjes)\s*,?\s+(?:van\s+)?",
        # een leerling die Bram heet
        rf"\b(?i:{PERSON}),?\s+(?:die|dat)\s+(?=[^\W\d_][^.?!,]{{0,40}}\sheet(?:te)?\b)",
        # Bram de Vries, geboren 12-03-2010: the date is masked already
        rf"(?<!\S)(?={_FULL_NAME}\s?,?\s?\(?(?i:geb|bsn)[^.?!\[\n]{{0,30}}\.?[^.?!\[\n]{{0,10}}\[(?:geboortedatum|BSN)\])",
    )),
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|['’]t\b")
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.\s?)+")
_GAP = re.compile(r"[ \t\u00a0]{0,2}")
_PARTICLES = frozenset("van de der den het 't ’t ten ter te in la le el al von ben ibn bin da dos du op aan".split())
# "Een kind in Nederland": with these in small letters no name begins.
_PLACE_WORDS = frozenset("in op aan te ten ter".split())
# Capitals that follow a word for a person without being a name: what a teacher teaches, what a child speaks.
_NO_NAMES = frozenset(
    """
    nederlands nederlandse engels engelse frans franse duits duitse turks turkse marokkaans marokkaanse syrisch
    syrische pools poolse oekraiens oekraiense arabisch latijn grieks spaans wiskunde aardrijkskunde biologie
    passend jeugdzorg jeugdhulp leerplicht magister parnassys januari februari maart april juni juli augustus
    september oktober november december
    """.split()
)
_MOST_WORDS = 6


def may_hold_name(text: str) -> bool:
    """Tell quickly whether `names` is worth its time: ``text`` holds a capital inside, or a listed first name."""
    return not text[1:].islower() or any(is_first_name(match[0]) for match in _WORD.finditer(text))


def names(text: str, names_known: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Find every name that is announced or full, and the same words elsewhere in ``text``.

    ``names_known`` tells which names are no secret. A first name alone always is: many children share one.
    """
    found: list[tuple[int, int]] = []
    for pattern in _ANNOUNCED:
        for match in pattern.finditer(text):
            end = _name_end(text, match.end(), capitals=pattern is _WITH_TITLE)
            if end and not is_heading(text):
                found.append((match.end(), end))
    found += full_names(text)
    found = [(start, end) for start, end in found if is_first_name(text[start:end]) or not names_known(text[start:end])]
    yield from found
    parts = {word for start, end in found for word in _WORD.findall(text[start:end]) if _is_part(word)}
    for match in _WORD.finditer(text):
        if len(match[0]) > 2 and _without_genitive(match[0]) in parts:
            yield match.start(), match.start() + len(_without_genitive(match[0]))


def _is_part(word: str) -> bool:
    return _is_name(word, capitals=True) or is_first_name(word)


def _name_end(text: str, start: int, capitals: bool) -> int | None:
    """Return where the name that starts at ``start`` ends, None when there is no name there.

    ``capitals`` says whether a word wholly in capitals can be a name.
    """
    end, place = None, start
    for _ in range(_MOST_WORDS):
        if initials := _INITIALS.match(text, place):
            place = initials.end()
        else:
            word = _WORD.match(text, place)
            if not word:
                break
            bare = _without_genitive(word[0])
            if _is_name(bare, capitals):
                end = word.start() + len(bare)
                if bare != word[0]:
                    break
            elif _is_known(bare):
                return None
            elif fold(bare) not in _PARTICLES or (place == start and bare in _PLACE_WORDS):
                break
            place = word.end()
        place = _GAP.match(text, place).end()  # type: ignore[union-attr]  # an empty gap matches too
    return end


def _is_name(word: str, capitals: bool) -> bool:
    if not word[0].isupper() or fold(word) in _PARTICLES or _is_known(word) or not terms(word):
        return False
    return capitals or not word.isupper()


def _is_known(word: str) -> bool:
    return fold(word) in _NO_NAMES or names_thing(word) or fold(word).endswith("wetboek")


def _without_genitive(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s")
