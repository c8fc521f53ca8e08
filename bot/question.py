"""What kind of answer a question asks for, and what it leans on."""

from __future__ import annotations

import re
from enum import StrEnum

from kb.analysis import fold


class Asks(StrEnum):
    """The form of the expected answer."""

    DEFINITION = "definition"
    NUMBER = "number"
    TIME = "time"
    PERSON = "person"
    PERMISSION = "permission"
    LIST = "list"
    PROCEDURE = "procedure"
    OTHER = "other"


# The first pattern that fits decides; the order matters ("wat zijn de taken" is a list, "wat is een MDO" is not).
_PATTERNS = (
    (Asks.TIME, r"\bwat is de \w*(?:termijn|duur|datum)\b"),
    (Asks.NUMBER, r"\bwat is (?:de|het) \w*(?:bedrag|leeftijd|leeftijdsgrens|aantal|maximum|minimum)\b"),
    (Asks.OTHER, r"\bwat is (?:de|het) (?!verschil|betekenis|definitie)[\w' -]+ (?:van|voor|bij|in)\b"),
    (Asks.NUMBER, r"\bhoe ?(?:veel|groot|hoog|vaak|oud|lang|duur)\b|\bhoelang\b|\bwelk (?:aantal|bedrag|percentage)\b"),
    (Asks.TIME, r"\bwanneer\b|\b(?:op )?welke? (?:datum|dag|week|maand|jaar|termijn)\b|\bbinnen (?:hoeveel|welke)\b"),
    (Asks.LIST, r"\b(?:noem|som)\b|\bwelke\b|\bwat zijn (?!jullie)(?:de|het|alle|voorbeelden|signalen|mogelijk)"
                r"|\bwat (?:staat|hoort|zit) er (?:allemaal )?(?:in|op|bij)\b"
                r"|\bwaar(?:uit|aan|op) .*\b(?:bestaat|voldo|let)"),
    (Asks.DEFINITION, r"\bwat (?:is|zijn|betekent|houdt|bedoel|verstaa|wordt (?:er )?(?:bedoeld|verstaan))"
                      r"|\bwaar staat .+ voor\b|\bwat is het verschil\b"
                      r"|\bbetekenis\b|\bdefinitie\b|\bbetekent\b"),
    (Asks.PERSON, r"\b(?:wie|door wie|met wie|bij wie|aan wie|welke functionaris)\b"),
    (Asks.PROCEDURE, r"\bhoe\b|\bwat moet\b|\bwat doe\b|\bwelke stappen\b"),
    (Asks.PERMISSION, r"\b(?:mag|mogen|moet|moeten|kan|kunnen|is .* (?:nodig|verplicht|toegestaan)|heb .* nodig"
                      r"|ben .* verplicht|geldt)\b"),
)  # fmt: skip
_STARTS_WITH_VERB = re.compile(
    r"^(?:en |maar |dus )?(?:mag|mogen|moet|moeten|kan|kunnen|is|zijn|heeft|hebben|geldt|ben)\b"
)
_COMPILED = tuple((asks, re.compile(pattern)) for asks, pattern in _PATTERNS)


def what_it_asks(question: str) -> Asks:
    """Return the form of answer that ``question`` asks for, judged on its last sentence that asks something."""
    asking = [part for part in re.split(r"(?<=[.!?])\s+", fold(question).strip()) if part]
    text = next((part for part in reversed(asking) if part.endswith("?")), asking[-1] if asking else "")
    if _STARTS_WITH_VERB.search(text):
        return Asks.PERMISSION
    return next((asks for asks, pattern in _COMPILED if pattern.search(text)), Asks.OTHER)
