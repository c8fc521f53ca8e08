"""Whether two sentences are about the same thing, when all that counts is that they may not be about two things.

Judged on words alone: who does what, at which step, for whom and where, in which kind of school. A sentence may be
silent about any of these, but two sentences may not differ in one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from bot.quantities import DAYS, Quantity, labels, quantities, unit_named
from kb.analysis import content, fold, words

_ENOUGH_SUBJECTS = 2
# Long sentences are about more than one thing.
_MOST_EXTRA = 5
_SHORTEST_PART = 4
# "Dit besluit" is another thing in another document.
_POINTS = re.compile(r"(?:\d+\. )?(?:deze|dit)\b", re.IGNORECASE)


def _patterns(*alternatives: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"\b(?:{pattern})\b") for pattern in alternatives)


# Compared with the ends of index terms, so that "procesregisseur" and "regisseur" are one.
_ACTORS = tuple(
    tuple(content(group))
    for group in (
        "leerling leerlingen kind kinderen jongere jongeren jeugdige student studenten scholier",
        "ouder ouders vader moeder verzorger verzorgers",
        "school scholen schoolleider bestuur directeur",
        "gemeente gemeenten",
        "samenwerkingsverband swv",
        "arts verpleegkundige",
        "mentor leraar leerkracht docent",
        "regisseur regiehouder",
        "coördinator begeleider begeleiders",
        "ambtenaar",
        "rechter",
        "beschermer",
        "klager aanvrager cliënt cliënten patiënt bewoner werknemer",
        "medewerker medewerkers professional",
        "werkgever verzekeraar inspectie politie agent",
        "voorzitter notulist",
        "partij partijen",
    )
)
_DEEDS = _patterns(
    r"be(?:slis|slui|slot)\w*",
    r"(?:ver)?stuur\w*|verzend\w*|toegestuurd",
    r"(?:ge)?meld\w*",
    r"\w*bevestig\w*",
    r"reage\w+|reactie|(?:be)?antwoord\w*",
    r"bewaa?r\w*",
    r"verleng\w*",
    r"uitnodig\w*|nodigt|oproep\w*",
    r"(?:ge)?evalu\w+",
    r"aanvragen|aanvraagt|aangevraagd|vraag(?=\b.* aan\b)|vraagt(?=\b.* aan\b)",
    r"bezwaar maken|maakt bezwaar",
    r"start(?:en|t)?|begint?|beginnen|gestart|begonnen",
    r"eindigt?|eindigen|stopt",
    r"betaal\w*|betal\w*|kost(?:en)?",
    r"verwijder\w*|vernietig\w*|gewist",
    r"waarschuw\w*",
    r"plaatsen|plaatst|geplaatst",
    r"bellen|belt|gebeld",
    r"rekende\w*|verwacht\w*",
    r"kwam\w*|bezocht\w*",
)
_ANY_DEED = re.compile("|".join(pattern.pattern for pattern in _DEEDS))
_SCHOOLS = _patterns(
    r"primair|basisschool\w*|basisonderwijs|po",
    r"voortgezet?|middelbare|vo|brugklas\w*",
    r"mbo|hbo",
    r"v?so|speciaal",
)
_STEPS = tuple(
    _patterns(*group)
    for group in (
        (r"eerste", r"tweede", r"derde", r"vierde", r"laatste"),
        (r"vooraf|van tevoren|voorafgaand|voordat|voorbereid\w*", r"achteraf|na afloop|nazorg\w*|nadat"),
        (r"begin\w*|start\w*", r"eind\w*|afsluit\w*"),
        (r"mondeling\w*|telefonisch\w*", r"schriftelijk\w*"),
        (r"ongeoorloofd\w*", r"geoorloofd\w*"),
        (r"ochtend\w*", r"middag\w*", r"avond\w*", r"nacht\w*"),
    )
)
# One of these on one side only is another case already.
_SPECIAL = (
    *_patterns(
        r"\w*spoed\w*|crisis\w*|acuut|acute",
        r"concept\w*|voorlopig\w*|tijdelijk\w*",
        r"\w*verleng\w*",
        r"uitzonder\w*|tenzij|behalve",
        r"gemiddeld\w*|meestal|vaak|soms",
        r"opnieuw|nogmaals|her(?:benoem|haal|hal|keur)\w*",
        r"(?:van|vanaf|onder de|boven de|ouder dan|jonger dan) \w+ jaar|jaar (?:of|en) (?:ouder|jonger)",
    ),
    *_SCHOOLS,
)
_PHASE = re.compile(r"(?:^|[,;] |\ben )(?:in|na|tijdens|gedurende) de (?:eerste|tweede|derde|laatste)\b[^,.;]{0,12}")
_DETERMINERS = frozenset("de het een geen deze dit die dat".split())
_PREPOSITIONS = frozenset("voor bij over aan in op met tot tijdens na uit door".split())
_BEFORE_NOUN = _DETERMINERS | _PREPOSITIONS
_SETTING = re.compile(rf"\b(?:{'|'.join(_PREPOSITIONS)}|van)(?: (?:{'|'.join(_DETERMINERS)}))? ([a-z]+(?: [a-z]+)?)")
# Words of asking and measuring, and verbs that any subject can have.
_LIGHT = content(
    "lang duur duurt duren duurde termijn tijd snel oud leeftijd vaak keer moment datum binnen uiterlijk maximaal "
    "minimaal hooguit hoogste hoogstens minste minstens minimum maximum ongeveer circa eens per tussen vanaf langer "
    "meer minder later aantal groot hoog dik liefst mogelijk toegestaan verplicht nodig geldt gelden komt komen krijgt "
    "krijgen ontvangt ligt staat staan zit zitten maakt maken schrijft schrijven geeft geven blijft blijven bestaat "
    "bestaan volgt loopt telt bedraagt kent stelt vast heeft houdt moeten gaan gedaan doen aanwezig vindt plaats laat "
    "laten weten wil eerste tweede een twee drie vier vijf zes zeven acht negen tien elf twaalf twintig iedere elke "
    "enkele jaarlijks halfjaarlijks maandelijks wekelijks dagelijks "
    "ieder wel geen zonder vastgesteld definitief nieuw nieuwe huidig huidige daarna daarvoor januari februari maart "
    "april mei juni juli augustus september oktober november december"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the value that is compared, the index terms of the headings above it, and of these with the
    text around it."""

    text: str
    value: Quantity
    headings: frozenset[str]
    around: frozenset[str]


def about_the_same(first: Sentence, second: Sentence, subject: Set[str]) -> bool:
    """Tell whether two sentences that differ in their value are alike in the rest.

    They are when one adds nothing to the other, or when they share several subjects of the question and what each adds
    does not set it apart. ``subject`` is what the question is about.
    """
    terms = content(first.text), content(second.text)
    focus = [term for term in subject if has(term, terms[0]) and has(term, terms[1])]
    owners = specific([sentence.value.of for sentence in (first, second) if sentence.value.of])
    if not focus or not all(has(owner, terms[0]) and has(owner, terms[1]) for owner in owners):
        return False
    if _other_case(first, second):
        return False
    extra = _added(first.text, second.around), _added(second.text, first.around)
    if _conditions(first, focus) & extra[0] or _conditions(second, focus) & extra[1]:
        return False
    if max(map(len, extra)) > _MOST_EXTRA or _POINTS.match(first.text) or _POINTS.match(second.text):
        return False
    if not extra[0] or not extra[1]:
        return True
    in_both = [term for term in subject if has(term, first.around) and has(term, second.around)]
    set_apart = _settings(first.text) & extra[0] and _settings(second.text) & extra[1]
    return first.value.unit not in DAYS and len(in_both) >= _ENOUGH_SUBJECTS and not set_apart


def subject_of(question_terms: Collection[str]) -> frozenset[str]:
    """Return the terms of a question that say what it is about; who acts only when nothing else does."""
    terms = specific(question_terms)
    return frozenset(term for term in terms if not _is_actor(term)) or terms


def specific(terms: Collection[str]) -> frozenset[str]:
    """Return the terms that say what something is about: no numbers, units, months or verbs that say nothing."""
    return frozenset(
        term for term in terms if term not in _LIGHT and not term[0].isdigit() and unit_named(term) is None
    )


def has(term: str, terms: Set[str]) -> bool:
    """Tell whether ``terms`` names what ``term`` does, as itself or in a compound ("onderwijs", "onderwijsactiviteit").

    The first part of a compound makes it another thing ("conceptverslag" is not just any "verslag"), unless the other
    side names that part too.
    """
    return term in terms or any(_one_in_other(term, other, terms) for other in terms)


def _one_in_other(term: str, other: str, terms: Set[str]) -> bool:
    # The stemmer leaves "verstuurt" and "verstuurd" apart.
    short, long = sorted((term.rstrip("dt"), other.rstrip("dt")), key=len)
    if short == long:
        return True
    if len(short) < _SHORTEST_PART:
        return False
    first_part = long.removesuffix(short)
    return long.startswith(short) or (
        long.endswith(short) and any(one.startswith(first_part) for one in terms - {long})
    )


def _added(text: str, others: Set[str]) -> frozenset[str]:
    """Return what ``text`` names and ``others`` do not, leaving out what is done: that has been compared."""
    return frozenset(term for term in specific(content(_ANY_DEED.sub(" ", fold(text)))) if not has(term, others))


def _conditions(sentence: Sentence, focus: Sequence[str]) -> frozenset[str]:
    """Return the terms that narrow down for what the value holds: "het vervroegd pensioen", "de wachttijd voor een
    intake", and what comes before the value, as in "voor kleine bedrijven geldt drie jaar"."""
    tokens = words(sentence.text)
    found: list[str] = []
    for place, word in enumerate(tokens):
        if not any(has(term, content(word)) for term in focus):
            continue
        if place > 1 and tokens[place - 2] in _BEFORE_NOUN:
            found.append(tokens[place - 1])
        if place + 1 < len(tokens) and tokens[place + 1] in _PREPOSITIONS:
            found += [other for other in tokens[place + 2 : place + 4] if other not in _DETERMINERS][:1]
    narrowing = content(" ".join(found)) | _settings(sentence.text.partition(sentence.value.text)[0])
    return frozenset(term for term in narrowing if not _is_actor(term))


def _settings(text: str) -> frozenset[str]:
    """Return the terms that tell where, with whom or for whom something holds."""
    return content(" ".join(_SETTING.findall(fold(text))))


def _other_case(first: Sentence, second: Sentence) -> bool:
    """Tell whether two sentences name different actors, deeds, steps, years or kinds of school."""
    for told in (_actors, _deeds):
        one, other = told(first.text), told(second.text)
        if one - other and other - one:
            return True
    steps: list[tuple[Set[object], Set[object]]] = [(labels(first.text), labels(second.text))]
    steps += [(_found(patterns, first.text), _found(patterns, second.text)) for patterns in _STEPS]
    if any(one and other and not one & other for one, other in steps):
        return True
    if first.value.unit != "jaartal" and _years(first.text) != _years(second.text):
        return True
    return _phases(first.text) != _phases(second.text) or _special(first) != _special(second)


@lru_cache(maxsize=16384)
def _actors(text: str) -> frozenset[int]:
    terms = content(text)
    return frozenset(place for place, ends in enumerate(_ACTORS) if any(term.endswith(ends) for term in terms))


def _is_actor(term: str) -> bool:
    return any(term.endswith(ends) for ends in _ACTORS)


@lru_cache(maxsize=16384)
def _deeds(text: str) -> frozenset[int]:
    return _found(_DEEDS, text)


def _special(sentence: Sentence) -> frozenset[int]:
    return _found(_SPECIAL, f"{sentence.text} {' '.join(sentence.headings)}")


def _found(patterns: Sequence[re.Pattern[str]], text: str) -> frozenset[int]:
    folded = fold(text)
    return frozenset(place for place, pattern in enumerate(patterns) if pattern.search(folded))


def _phases(text: str) -> frozenset[str]:
    return frozenset(_PHASE.findall(fold(text)))


def _years(text: str) -> frozenset[float]:
    return frozenset(value.low for value in quantities(text) if value.unit == "jaartal")
