"""Two documents that give a different number, period or date for the same thing, and how the reader is told.

A false alarm costs more than a difference that is missed: it makes a reader doubt what is right. So only values that
exclude each other count, of the unit that is asked for, in sentences that are alike in everything else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product

from bot.quantities import DAYS, Bound, Quantity, quantities, unit_named
from bot.sameness import Sentence, about_the_same, has, subject_of
from kb.analysis import content, fold
from kb.dutch import long_date
from kb.sentences import sentence_spans

# Of more values of one unit nobody can tell which one answers.
_MAX_VALUES = 2
_ENOUGH_ASKED = 0.5
_PAST = re.compile(r"\b(?:was|waren|vroeger|voorheen|destijds|toen|tot (?:en met )?(?:19|20)\d\d)\b")
_EXAMPLE = re.compile(
    r"\b(?:bijvoorbeeld|stel)\b|^voorbeeld:|"
    r"\been (?:leerling|jongen|meisje|kind|jongere|man|vrouw|client) (?:van|uit)\b"
)
_TIME_UNITS = ("minuut", "dag", "week", "maand", "uur")
_ASKS_TIME = content("lang duur duurt duren termijn tijd snel geldig oud leeftijd")
_ASKS_RATE = content("vaak keer regelmatig")


@dataclass(frozen=True, slots=True)
class Claim:
    """A verbatim statement of one document. ``date`` is the document's; ``context`` holds the index terms of its title
    and of the headings above the statement (`kb.analysis.content`)."""

    text: str
    document_id: str
    date: date | None
    context: frozenset[str]


def disagree(first: Claim, second: Claim, question_terms: Collection[str]) -> bool:
    """Tell whether two claims of different documents answer the question with values that exclude each other.

    ``question_terms`` are the index terms of the question (`kb.analysis.terms`); they tell which unit is asked for and
    what the values must belong to.
    """
    return conflict(first, second, question_terms) is not None


def conflict(first: Claim, second: Claim, question_terms: Collection[str]) -> tuple[str, str] | None:
    """Return the words in which two claims disagree, as `disagree` tells it ("maximaal twee pagina's", "één
    bladzijde"), None when they do not."""
    if first.document_id == second.document_id or not (quantities(first.text) and quantities(second.text)):
        return None
    subject = subject_of(question_terms)
    for one, other in product(_answering(first, question_terms), _answering(second, question_terms)):
        if (
            one.value.unit == other.value.unit
            and _exclude(one.value, other.value)
            and not _agree_elsewhere(one.value.unit, first, second)
            and min(_asked_share(subject, sentence.around) for sentence in (one, other)) >= _ENOUGH_ASKED
            and about_the_same(one, other, subject)
        ):
            return one.value.text, other.value.text
    return None


@dataclass(frozen=True, slots=True)
class Voice:
    """One side of a disagreement: a document, and the words it uses."""

    title: str
    date: date | None
    words: str
    expired: bool = False


def rank(day: date | None, expired: bool) -> tuple[bool, int]:
    """Return a key that sorts the newest document first, those without a date last, and behind all what expired."""
    return expired, -day.toordinal() if day else 0


def notice(voices: Collection[Voice]) -> str:
    """Return what a reader is told when two or more documents disagree, in the order of `rank`."""
    ordered = sorted(voices, key=lambda voice: rank(voice.date, voice.expired))
    says = " en ".join(f"‘{voice.title}’ ({_known(voice)}) zegt ‘{voice.words}’" for voice in ordered)
    dates = {voice.date for voice in ordered}
    if ordered[0].expired != ordered[-1].expired:
        advice = "De bron die nog geldig is, staat bovenaan."
    elif None in dates:
        advice = "Niet van elke bron is de datum bekend. Vraag na wat nu geldt."
    elif len(dates) == 1:
        advice = "De bronnen zijn even oud. Vraag na wat nu geldt."
    else:
        advice = "De nieuwste bron staat bovenaan."
    return f"De bronnen zijn het niet eens. {says}. {advice}"


def _known(voice: Voice) -> str:
    return (long_date(voice.date) if voice.date else "zonder datum") + (", verlopen" if voice.expired else "")


@lru_cache(maxsize=16384)
def _sentences(text: str) -> tuple[str, ...]:
    """Return the sentences, list items and rows of ``text`` that state how things are."""
    lines = [line for line in text.split("\n") if line.strip()]
    parts = [line[start:end] for line in lines for start, end in sentence_spans(line)]
    return tuple(part for part in parts if not _PAST.search(fold(part)) and not _EXAMPLE.search(fold(part)))


def _answering(claim: Claim, question_terms: Collection[str]) -> list[Sentence]:
    """Return the quantities of the unit that is asked for, unless the claim gives so many of one unit that none is
    *the* value."""
    around = content(claim.text) | claim.context
    in_claim = Counter(quantity.unit for quantity in quantities(claim.text))
    result: list[Sentence] = []
    for sentence in _sentences(claim.text):
        in_sentence = Counter(quantity.unit for quantity in quantities(sentence))
        asked = [quantity for quantity in quantities(sentence) if _is_asked(quantity.unit, question_terms)]
        # A date beside another answer says when that was so.
        for quantity in [one for one in asked if one.unit not in DAYS] or asked:
            if in_sentence[quantity.unit] == 1 and in_claim[quantity.unit] <= _MAX_VALUES:
                result.append(Sentence(sentence, quantity, claim.context, around))
    return result


def _is_asked(unit: str, question_terms: Collection[str]) -> bool:
    measure = unit.split("/")[0]
    named = {name for term in question_terms if (name := unit_named(term))}
    if unit == "keer/jaar":
        return not named or "maand" in named or bool(_ASKS_RATE.intersection(question_terms))
    if unit in DAYS:
        return named <= {"dag", "maand"}
    if unit_named(measure) is None:
        return measure in question_terms
    if named:
        return any(measure.endswith(name) for name in named)
    return not _ASKS_TIME.intersection(question_terms) or measure.endswith(_TIME_UNITS)


def _exclude(one: Quantity, other: Quantity) -> bool:
    """Tell whether no value can satisfy both; a limit and a moment say nothing about each other."""
    above, below = one.low > other.high, one.high < other.low
    match (one.bound, other.bound):
        case (Bound.AT_MOST, Bound.EXACT) | (Bound.EXACT, Bound.AT_LEAST):
            return below
        case (Bound.EXACT, Bound.AT_MOST) | (Bound.AT_LEAST, Bound.EXACT):
            return above
        case (Bound.AFTER, Bound.AT_LEAST) | (Bound.AT_LEAST, Bound.AFTER):
            return above or below
        case (mine, theirs):
            return mine is theirs and (above or below)


def _agree_elsewhere(unit: str, first: Claim, second: Claim) -> bool:
    mine, theirs = ([value for value in quantities(claim.text) if value.unit == unit] for claim in (first, second))
    return any(one.low <= other.high and other.low <= one.high for one, other in product(mine, theirs))


def _asked_share(subject: frozenset[str], terms: frozenset[str]) -> float:
    return sum(has(term, terms) for term in subject) / len(subject) if subject else 0
