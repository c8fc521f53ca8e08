"""What the words of one sentence, list item or table row show: a value of the kind asked, a rule, or nothing at all."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.question import Asks
from kb.analysis import word_count
from kb.dutch import MONTHS

_NUMERAL = (
    r"(?:\d+|een|één|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|dertien|veertien|vijftien|zestien|"
    r"achttien|twintig|dertig|veertig|vijftig|zestig|honderd|duizend|half|halve|anderhalve?|enkele|meerdere)"
)
_UNIT = (
    r"(?:\w*(?:minuut|minuten|kwartier|uur|uren|dag|dagen|week|weken|maand|maanden|kwartaal|jaar|jaren|lesuren?|"
    r"dagdeel|dagdelen))"
)
_MONTHS = rf"(?:{'|'.join(MONTHS)})"
_FORMS = {
    Asks.NUMBER: rf"\d|\b(?!een\b){_NUMERAL}\b",
    Asks.PERIOD: rf"\b{_NUMERAL}(?:[ -]\w+){{0,2}}[ -]{_UNIT}\b|\b(?:week|maand|dag|jaar|uren)(?: \w+)?:? ?\d"
                 r"|\b(?:direct|meteen|onmiddellijk|onverwijld|dezelfde dag|einde van het|per schooljaar|onbeperkt)\b",
    Asks.AGE: rf"\b{_NUMERAL} jaar\b|\b{_NUMERAL}-?jarigen?\b|\b(?:leeftijd|ouder|jonger|vanaf) .{{0,20}}\b{_NUMERAL}\b"
              r"|verjaardag",
    Asks.FREQUENCY: rf"\b(?:{_NUMERAL} (?:keer|maal)|elke|iedere?|om de|eens|per|(?:half)?jaarlijks|maandelijks|"
                    r"wekelijks|dagelijks|regelmatig)\b",
    Asks.MONEY: r"€|\beuro\b|\d\.\d{3}",
    Asks.TIME: rf"\b\d{{1,2}} {_MONTHS}\b|\b{_MONTHS}\b|\b(?:19|20)\d\d\b|\b\d{{1,2}}[.:]\d\d uur\b"
               rf"|\b(?:vanaf|tot|na|binnen|uiterlijk|sinds|tijdens|eerste|laatste|einde|begin) (?:\w+ ){{0,4}}?{_UNIT}"
               rf"|\b{_NUMERAL} {_UNIT}\b|\b(?:direct|meteen|onverwijld|zodra|totdat|voordat|nadat|wanneer|als|pas|"
               r"tijdens|vakantie\w*|verjaardag)\b",
    Asks.PERSON: r"\b\w*(?:ambtenaar|co[oö]rdinator|directeur|mentor|ouders?|arts|beschermer|leraar|docent|begeleider|"
                 r"voorzitter|regisseur|verlener|gemeenten?|school|college|samenwerkingsverband|team|leider|jongere|"
                 r"leerling|hoofd|rechter|raad|functionaris|coach|verpleegkundige|wethouder|minister|ministerie|bureau|"
                 r"organisatie|aanbieder|bestuur|bestuurder|werker|voogd|instelling|inspectie|deskundige|medewerker|"
                 r"partner|stichting|politie|psycholoog|therapeut|adviseur|houder|manager)\b",
    Asks.PERMISSION: r"\b(?:mag|mogen|moet|moeten|hoeft|hoeven|verplicht|verboden|toegestaan|toestemming|nodig|vereist|"
                     r"alleen (?:als|met|na|wanneer)|pas (?:als|na|wanneer)|niet zonder|vraagt .*\bgeen|"
                     r"geeft (?:niets|geen)|hoort (?:\w+ )?niet|kan (?:niet|pas|alleen|ook))\b"
                     r"|^(?:uitkomst|antwoord|conclusie): ",
    Asks.DEFINITION: r"\b(?:is|zijn|betekent|staat voor|noemen we|heet|heten|houdt in|wordt bedoeld|gaat om|genoemd|"
                     r"beschrijft|omvat|verstaan|afkorting)\b|^[^:]{3,60}: [a-z]",
    Asks.LIST: r"\w, [^,;.]+(?:, [^,;.]+)* (?:en|of) \w",
    Asks.PROCEDURE: r"\b(?:eerst|daarna|stap|vervolgens|begint|start|belt|meldt|vraagt|bespreekt|maakt|nodigt|legt|"
                    r"schrijft|spreekt|overlegt|kiest|informeert|stuurt|zorg|leg|maak|vraag|bespreek|noteer|schrijf)\b",
}  # fmt: skip
_COMPILED = {asks: re.compile(pattern, re.IGNORECASE) for asks, pattern in _FORMS.items()}
# An answer to these is a value: without one, a sentence is about the subject and does not answer.
WITH_VALUE = frozenset(
    {Asks.NUMBER, Asks.PERIOD, Asks.AGE, Asks.FREQUENCY, Asks.MONEY, Asks.TIME, Asks.PERSON, Asks.PERMISSION}
)
# An example case tells what somebody wanted before it tells what came of it.
_OUTCOME = re.compile(r"(?:uitkomst|antwoord|conclusie|oplossing|advies|besluit):", re.IGNORECASE)

_LEANS_BACK = re.compile(
    r"^(?:dit|dat|die|deze|hij|zij|ze|hun|haar|daar\w*|hier\w*|zo|ook|toch|echter|dan|dus|bovendien|verder|"
    r"anders|ten (?:eerste|tweede|derde|slotte)|maar|want|"
    r"het (?:is|gaat|kan|moet|mag|helpt|heeft|betekent|blijft|werd|wordt))\b"
    r"|^(?:[\w-]+ ){1,2}(?:die|dat|deze|dit) (?!de\b|het\b|een\b|niet\b|is\b|wordt\b)\w+",
    re.IGNORECASE,
)
_LIMITS = re.compile(r"\b(?:niet|geen|alleen|tenzij|behalve|uitzondering|pas)\b", re.IGNORECASE)
_ASKS_INDIRECTLY = re.compile(
    r"\b(?:wil(?:de|den|len)?(?: \w+){0,3} weten|vroeg(?:en)?(?: \w+){0,12}|(?:vraagt|vragen) zich af|de vraag is)"
    r",? of\b",
    re.IGNORECASE,
)
# Who wrote it when: "Redactie, 15 januari 2024".
_BY_LINE = re.compile(rf"^[^.:;!]{{0,50}}[·|,–-] ?(?:\d{{1,2}} )?{_MONTHS} \d{{4}}\W*$", re.IGNORECASE)
# What tells about the text and not about its subject.
_PART = (
    r"(?:hoofdstuk|paragraaf|bijlage|deel|folder|brochure|nieuwsbrief|handreiking|document|tekst|tabel|overzicht|kaart|"
    r"stappenplan|verslag|bundel|factsheet|pagina|schema)"
)
_ABOUT_THE_TEXT = re.compile(
    r"^(?:hieronder|hierna|hiernaast|onderstaande?)\b"
    rf"|^(?:daarom )?(?:in )?(?:dit|deze|het volgende|de volgende) {_PART} (?:is (?:bedoeld|geschreven|gemaakt|kort)|"
    r"bevat|gaat over|beschrijft|staat|staan|vindt|leest|bestaat uit|hoort bij)\b"
    rf"|^daarom beschrijft dit {_PART}|^de (?:tabel|figuur|bijlage) (?:hieronder|hierna)\b"
    r"|^(?:lees (?:meer|verder|ook)|klik|bekijk|download|zie (?:ook|verder|pagina|bladzijde)|foto:|colofon|"
    r"©|meer (?:lezen|weten|informatie)|versie \d|isbn|inhoud(?:sopgave)?$)"
    r"|https?://|\bwww\.|\b(?:leest|vindt|ziet) u (?:hier|hieronder|hierna)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def has_form(asks: Asks, text: str) -> bool:
    """Tell whether ``text`` looks like the answer that is asked for: a period, a date, somebody, a rule."""
    return asks in _COMPILED and _COMPILED[asks].search(text) is not None


@lru_cache(maxsize=65536)
def says_something(text: str, *, whole_sentence: bool) -> bool:
    """Tell whether ``text`` states a thing: it is no question and no stray word."""
    if text.rstrip("\"'”’*_ ").endswith("?") or _ASKS_INDIRECTLY.search(text) or _BY_LINE.match(text):
        return False
    return word_count(text) >= (4 if whole_sentence else 2)


@lru_cache(maxsize=65536)
def about_the_text(text: str) -> bool:
    """Tell whether a sentence announces, refers or links ("Hieronder leest u …") and so says little by itself."""
    return _ABOUT_THE_TEXT.search(text) is not None


def leans_back(text: str) -> bool:
    """Tell whether a sentence points at the one before it ("Die termijn …", "Daarvoor geldt …")."""
    return _LEANS_BACK.match(text) is not None


def limits(text: str) -> bool:
    """Tell whether a sentence takes back part of the one before: for whom or when that does not hold."""
    return leans_back(text) and _LIMITS.search(text) is not None


def is_outcome(text: str) -> bool:
    """Tell whether a sentence says what came of the case that the sentences before it describe."""
    return _OUTCOME.match(text) is not None
