"""A follow-up question with what it leans on, for retrieval only: the answer is still to the question as asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers import Turn
from bot.small_talk import small_talk, without_courtesies
from kb.analysis import content, fold, terms
from kb.context import Context

_TURNS_BACK = 3
# Characters of a question with what it leans on: an encoder reads some 500 tokens and cuts off the end, where the
# question itself stands.
_LONGEST = 1800
_CITATION = re.compile(r"\s?\[\d+\]")
_CHANGES = re.compile(
    r"(?:laat (?:dat |het )?maar(?: zitten)?|los daarvan|terzijde|tussendoor|"
    r"(?:(?:en|maar|dan|nu|nog|even|weer|toch|over|ik|heb|heel|totaal|een) )*"
    r"(?:iets (?:heel |totaal )?anders|(?:andere|nieuwe) vraag|(?:ander|nieuw) onderwerp|"
    r"nog (?:wat|een vraag(?:je)?)(?: over iets anders)?))"
    r"(?: (?:dan|nog|even|nu|weer))?\s*[,.:;!-]\s*",
    re.IGNORECASE,
)
_PREPOSITION = (
    "(?:aan|achter|bij|binnen|buiten|door|in|langs|mee|na|naar|naast|om|onder|op|over|tegen|tijdens|tot|tussen|uit|van|"
    "volgens|voor|zonder)"
)
_PRONOUN = "(?:dat|dit|die|deze)"
# A conjunction or the beginning of a clause on a noun, not a pronoun, is followed by a subject.
_SUBJECT = "(?:de|het|een|er|ik|je|u|we|wij|hij|zij|ze|die|mijn|onze|ouders)"
# How a question leans back, and how many specific words it may then have: the clearer the sign, the more.
_SIGNS = tuple(
    (re.compile(pattern), most)
    for pattern, most in (
        (r"^(?:en|maar|of|ook|dus)\b", 12),
        (r"^(?:(?:wat )?als )?(?:hij|zij|ze)\b", 8),
        (rf"\b(?!eruit\b)(?:daar|hier|er){_PREPOSITION}\b", 5),
        (rf"\b{_PRONOUN}[.?! ]*$", 5),
        (rf"\b{_PRONOUN}\b(?! {_SUBJECT}\b)", 4),
        (r"\b(?:hij|zij|ze|hem|haar|hen|hun|diens)\b", 4),
        (r"\b(?:daar|hier|zo['’]?n|zulke|zo iemand|zoiets|dezelfde|hetzelfde)\b", 4),
        (r"\b(?:dan|ook)\b", 3),
        (rf"\ber\b(?: \w+){{0,2}} {_PREPOSITION}[.?! ]*$", 3),
        (rf"^(?:(?:wat )?als|{_PREPOSITION}) (?!wie|wat|wel|hoe|waar)", 3),
        (rf"\b(?!(?:is|zijn|{_PREPOSITION})\b)\w+ het(?: \w+en| \w*ge\w{{4,}}[dt])?[.?! ]*$", 2),
    )
)
# Words that ask for something of a subject without naming one.
_GENERAL = content(
    """
    lang vaak snel veel groot oud hoog laat vroeg duurt nodig verplicht mogelijk toegestaan gebeurt werkt betekent
    bedoel bedoelt kost kosten betaalt beslist bepaalt regelt verantwoordelijk reden redenen voorbeeld voorbeelden stap
    stappen voorwaarde voorwaarden uitzondering uitzonderingen gevolg gevolgen termijn doel noem noemen geef geven
    toelichten toelichting uitleggen uitleg vertel vertellen leg zeg zeggen meer alle altijd alleen eerst allemaal
    zelf anders andere mee echt begin beginnen stopt klopt zit staat komt gelden geldt kort eens concreet hoezo
    binnen buiten tussen tegen zonder volgens tijdens twee drie vier vijf paar enkele
    """
)
_DEFINES = re.compile(r"(?:en |maar |dus )?wat (?:is|zijn|betekent|doet) (?:een\b|(?-i:[A-Z]{2}))", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True, slots=True)
class Standing:
    """A question as it is searched: without courtesies, and with what it leans on, None when it leans on nothing."""

    question: str
    context: Context | None = None


def standing(question: str, conversation: Sequence[Turn]) -> Standing:
    """Return ``question`` with the questions it leans on, at most three back, and the answer to the last of them."""
    asked, changes = _parts(question)
    if changes or not _leans_back(asked):
        return Standing(asked)
    earlier: list[str] = []
    answered = ""
    for turn in reversed(conversation):
        if turn.role == "assistent":
            answered = answered or _quoted(turn.text)
        elif small_talk(turn.text) is None:
            before, changes = _parts(turn.text)
            earlier.insert(0, before)
            if changes or not _leans_back(before) or len(earlier) == _TURNS_BACK:
                break
    before = " ".join(earlier)
    room = max(_LONGEST - len(asked), 0)
    if len(before) > room:
        before = before[len(before) - room :].partition(" ")[2]
    return Standing(asked, Context(before, answered) if before else None)


def standalone(question: str, conversation: Sequence[Turn]) -> str:
    """Return ``question`` as it can be read on its own."""
    found = standing(question, conversation)
    return f"{found.context.asked} {found.question}" if found.context else found.question


def _parts(question: str) -> tuple[str, bool]:
    """Return a question without courtesies and without the words that announce another subject; were there any?"""
    asked = without_courtesies(question)
    change = _CHANGES.match(asked)
    rest = asked[change.end() :] if change else ""
    return (rest, True) if rest else (asked, False)


def _leans_back(question: str) -> bool:
    """Tell whether a question needs an earlier one: it names nothing, or its first sentence points back."""
    # Not `content`: that remembers, and what users type is long and of one use.
    specific = set(terms(question)) - _GENERAL
    if not specific:
        return True
    first = fold(_SENTENCE_END.split(question, maxsplit=1)[0])
    return _DEFINES.match(question) is None and any(
        len(specific) <= most and pattern.search(first) for pattern, most in _SIGNS
    )


def _quoted(answer: str) -> str:
    """Return an answer without its numbers; empty when it has none, as then it says nothing of the subject."""
    return _CITATION.sub("", answer) if _CITATION.search(answer) else ""
