"""Draft questions: what users asked, in the form of the question set (`eval.questions`), for a person to complete.

The comments that say what to fill in are Dutch, and nothing that a user typed or a document holds can end one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.question import Asks, what_it_asks


class QuestionType(StrEnum):
    """How a single question asks, or why the documents do not answer it."""

    FACT = "feit"
    DEFINITION = "definitie"
    WHO = "wie"
    WHEN = "wanneer"
    HOW_MANY = "hoeveel"
    MAY = "mag"
    PROCEDURE = "procedure"
    LIST = "lijst"
    COMPARISON = "vergelijking"
    ABBREVIATION = "afkorting"
    COLLOQUIAL = "spreektaal"
    TYPOS = "typefouten"
    CASE = "casus"
    NEAR_MISS = "net-niet"
    OFF_TOPIC = "ander-onderwerp"


_TYPES = {
    Asks.DEFINITION: QuestionType.DEFINITION,
    Asks.NUMBER: QuestionType.HOW_MANY,
    **dict.fromkeys((Asks.PERIOD, Asks.AGE, Asks.FREQUENCY, Asks.MONEY), QuestionType.HOW_MANY),
    Asks.TIME: QuestionType.WHEN,
    Asks.PERSON: QuestionType.WHO,
    Asks.PERMISSION: QuestionType.MAY,
    Asks.LIST: QuestionType.LIST,
    Asks.COMPARISON: QuestionType.COMPARISON,
    Asks.PROCEDURE: QuestionType.PROCEDURE,
    Asks.OTHER: QuestionType.FACT,
}
_MOST_DOCUMENTS = 3

HOW_TO = """\
# Zo maakt u er een vraag van:
#   1. Lees de vraag. Staan er toch namen of andere persoonsgegevens in? Haal ze weg.
#   2. Kies split: dev (om mee te verbeteren) of test (alleen om te meten). Controleer het type.
#   3. Staat het antwoord in de documenten? Vul feiten en bewijs in; het citaat staat letterlijk in het document.
#      Staat het er niet? Haal feiten en bewijs weg en kies type net-niet of ander-onderwerp.
#   4. Zet de vraag in een bestand van eval/questions, onder 'vragen:', en voer uit: handwijzer eval questions
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft question. ``files``: of the documents in which the evidence may stand; ``comments`` go above it.

    ``answered``: whether users got an answer, so that the documents may well hold one.
    """

    key: str
    question: str
    answered: bool
    note: str
    files: Sequence[str]
    comments: Sequence[str]


def draft_lines(draft: Draft) -> Iterator[str]:
    """Return the draft as lines of YAML. It is not finished: ``split`` is left open."""
    yield from (f"  # {one_line(comment)}" for comment in draft.comments)
    yield f"  - id: {draft.key}"
    yield f"    vraag: {_quoted(draft.question)}"
    if draft.answered:
        yield f"    type: {_TYPES[what_it_asks(draft.question)]}  # voorstel"
    else:
        yield f"    type: {QuestionType.NEAR_MISS}  # voorstel; anders ander-onderwerp, of een type met antwoord"
    yield "    split:  # dev of test"
    yield f"    opmerking: {_quoted(draft.note)}"
    placeholders = [
        "feiten:",
        '  - [""]  # wat een goed antwoord noemt; meer schrijfwijzen mogen, met komma\'s ertussen',
        "bewijs:",
    ]
    for file in draft.files[:_MOST_DOCUMENTS] or [""]:
        placeholders += [f"  - document: {_quoted(file)}", '    citaat: ""']
    if not draft.answered:
        yield "    # Staat het antwoord toch in de documenten? Haal dan hier de hekjes weg en kies een ander type."
    yield from (f"    {line}" if draft.answered else f"    # {line}" for line in placeholders)


def one_line(text: str) -> str:
    """Return ``text`` on one line: what stands in a comment or a list item must not begin a line of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _quoted(text: str) -> str:
    """A JSON string is a YAML string too."""
    return json.dumps(one_line(text), ensure_ascii=False)
