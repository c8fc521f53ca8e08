"""What kind of answer a question asks for."""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import StrEnum

from kb.analysis import fold


class Asks(StrEnum):
    """The form of the expected answer. `PERMISSION` stands for every question that yes or no would answer,
    `COMPARISON` for every question about two things."""

    DEFINITION = "definition"
    NUMBER = "number"
    PERIOD = "period"
    AGE = "age"
    FREQUENCY = "frequency"
    MONEY = "money"
    TIME = "time"
    PERSON = "person"
    PERMISSION = "permission"
    LIST = "list"
    COMPARISON = "comparison"
    PROCEDURE = "procedure"
    OTHER = "other"


_TIME_UNITS = r"\w*(?:tijd|minu(?:ut|ten)|uur|uren|dag|dagen|week|weken|maand|maanden|jaar|jaren)"
_ONE = r"(?:ik|je|jij|we|wij|u|men|iemand|school|ouders)"

# Anywhere in what is asked: these decide whatever the question word is.
_COMPARES = re.compile(
    r"\bverschil(?:t|len)?\b|\b(?:de|een|het)zelfde\b.* als\b|\bop dezelfde\b|\bevenveel\b|\beven \w+ als\b"
    r"|\bnet zo\b|\bin vergelijking\b|\bmaakt het uit\b|\bvergelij\w+\b|\bin tegenstelling\b|\bten opzichte van\b"
)
_ENUMERATES = re.compile(
    r"\b(?:noem(?! (?:je|we|jij|u|ik|men)\b)|som|opsomming|lijstje?|op een rij|graag alle|alle \w+en noemen)\b"
)

# On the clause that asks, from its question word; the first that fits decides.
_PATTERNS = (
    (Asks.FREQUENCY, r"hoe ?vaak|hoe ?veel (?:keer|maal)|om de hoe ?veel"),
    (Asks.AGE, r"hoe oud|(?:welke|wat is de) \w*leeftijd"),
    (Asks.MONEY, r"hoe ?(?:hoog|groot|veel)(?: \w+){0,2} (?:boete|vergoeding|subsidie|bijdrage|tarief|"
                 r"toeslag|uitkering|bedrag)\b"
                 r"|hoe ?veel (?:geld|euro|subsidie|budget)|hoe duur|wat kost|welk (?:\w+ )?(?:bedrag|budget)"
                 r"|wat is het \w*(?:bedrag|budget|tarief)"),
    (Asks.PERIOD, rf"hoe ?lang|hoe (?:snel|vlug|gauw)|hoe (?:ver|lang) (?:van tevoren|vooraf)|hoe ?veel {_TIME_UNITS}\b"
                  r"|wat is de \w*(?:termijn|duur)|(?:binnen )?welke \w*termijn|termijn"),
    (Asks.DEFINITION, r"wanneer (?:noem|spreek|heet|is er sprake)"),
    (Asks.LIST, r"welke (?:\w+ )?(?:data|dagen|momenten)\b"),
    (Asks.TIME, r"wanneer|hoe laat|welke? (?:\w+ )?(?:datum|dag|week|maand|jaar|moment|tijdstip|periode)\b"
                r"|wat is de \w*datum"),
    (Asks.NUMBER, r"hoe ?veel|hoe (?:groot|hoog|ver|dik)|welk (?:aantal|percentage)"
                  r"|wat is het (?:\w+ )?(?:aantal|maximum|minimum|percentage)"),
    (Asks.DEFINITION, r"waar sta(?:at|an) .+ voor\b|wat voor (?:\w+ ){1,2}(?:is|zijn) (?:dat|dit|het)\b|wat beteken"
                      r"|wat wordt .*(?:bedoeld|verstaan)|wat (?:bedoel|versta|houd)"
                      r"|wat moet \w+ (?:me |mij )?(?:\w+ )?voorstell"
                      r"|wat (?:is|zijn) (?:dat|een|nou|nu|eigenlijk|precies)\b|waar he(?:b|eft)\w* .*\bover$"
                      r"|wat (?:een |de |het )?(?:[\w'-]+ ){1,3}(?:is|betekent|inhoudt)$"
                      r"|wat is (?:de|het) (?:betekenis|definitie)"),
    (Asks.LIST, r"wat zijn (?:de|het|alle|mogelijk|voorbeelden|signalen)"
                r"|waar(?:uit|aan|op) .*\b(?:besta|voldo|let|merk|zie|herken)"
                r"|wat (?:staat|hoort|zit|valt|komt) er (?:\w+ )?(?:in|op|bij|onder)\b|wie zitten"),
    (Asks.OTHER, r"wat is (?:de|het) [\w' -]+ (?:van|voor|bij|in)\b"),
    (Asks.DEFINITION, r"wat (?:is|zijn)\b|(?:de )?(?:betekenis|definitie)"),
    (Asks.PERSON, r"wie|welke? (?:\w+ )?(?:functionaris|persoon|organisatie|instantie|partner|partij|medewerker|"
                  r"professional)\b"),
    (Asks.LIST, r"welke (?:twee|drie|vier|vijf|zes|zeven)\b"
                r"|welke (?:\w+[^\Wi]e )*(?!(?:plaats|cursus|adres|basis)\b)\w{3,}(?:en|s)\b"),
    (Asks.OTHER, r"hoe (?:noem|heet|heten)"),
    (Asks.PROCEDURE, rf"hoe|wat no?u$|wat (?:moet|moeten)\b|wat te doen"
                     rf"|wat (?:doe|doen|kan|kunnen|zet|regel|zeg) (?:er|{_ONE})\b"),
    (Asks.OTHER, r"wat|waar\w*|welke?"),
)  # fmt: skip
_COMPILED = tuple((asks, re.compile(pattern)) for asks, pattern in _PATTERNS)
_QUESTION_WORDS = ("wanneer", "hoeveel", "hoelang", "welke", "waarom", "waarvoor")
_PREPOSITION = (
    r"(?:(?:aan|bij|binnen|door|in|met|na|naar|om|onder|op|over|per|sinds|tot|tegen|uit|van|vanaf|volgens|voor)"
    r"(?: de)? )"
)
# A clause that opens with one of these asks.
ASKING = rf"{_PREPOSITION}?(?:(?:wie|wat|wanneer|welke?|hoe\w*|waar\w*)\b)"
_WITHOUT_PREPOSITION = re.compile(rf"{_PREPOSITION}(?=(?:wie|wat|wanneer|welke?|hoe)\b|hoe)")
# "Hoe zit dat?" asks nothing that the rest of the question does not ask.
_EMPTY = re.compile(r"hoe zit (?:dat|het|'t)\b.{0,10}$")
_LEADS_IN = re.compile(
    r"^(?:.*\b(?:ik|we|wij) (?:wil\w*|zou|had|vraag|vragen|ben|zoek\w*)\b|mijn vraag"
    r"|.*\b(?:kun|kunt|kan|weet|wil) (?:je|jij|u|iemand)\b)"
    r"(?:.{0,30}?\b(?:weten|weet|af|benieuwd|uitleggen|vertellen|zeggen|aangeven|is|naar|uit)[:,]?)? "
    rf"(?=(?:{ASKING}|of ))"
)
_CLAUSE = re.compile(rf"[,;:–] (?:en |maar |dus |of )?|\b(?:en|maar|dus|of|dan) (?={ASKING})")
_TWO_QUESTIONS = re.compile(rf"\ben {ASKING}")
_YES_OR_NO = re.compile(
    r"(?:mag|mogen|moet|moeten|kan|kun|kunnen|is|zijn|heeft|heb|hebben|geldt|gelden|ben|bent|hoef|hoeft|hoeven|telt|"
    rf"klopt|valt|vallen|wordt|worden|gaat|gaan|bepaalt|of)\b|\w+ {_ONE}\b"
)
_ANYWHERE = re.compile(r"\b(?:mag|mogen|moet|moeten|kan|kunnen|nodig|verplicht|toegestaan)\b")
_ASKS_ON = re.compile(r"(?:en )?(?:is|zijn|geldt|mag|moet|kan|klopt|telt|valt|hoort) (?:dat|dit|die|daar\w*|hier\w*)\b")


def what_it_asks(question: str) -> Asks:
    """Return the form of answer that ``question`` asks for.

    It is judged on the last sentence that asks something; on the one before when the last only asks on ("Is daar een
    richtgetal voor?").
    """
    sentences = [part for part in re.split(r"(?<=[.!?])\s+", fold(question).strip()) if part]
    asking = [part for part in sentences if part.endswith("?")] or sentences[-1:]
    if not asking:
        return Asks.OTHER
    if _ENUMERATES.search(asking[-1]) or _ENUMERATES.search(sentences[-1]):
        return Asks.LIST
    asks_on = len(asking) > 1 and _ASKS_ON.match(asking[-1]) is not None
    if any(_COMPARES.search(part) for part in asking[-2:]):
        return Asks.COMPARISON
    return _of_sentence(asking[-2] if asks_on else asking[-1])


def _of_sentence(sentence: str) -> Asks:
    text = _LEADS_IN.sub("", sentence.rstrip("?.! "))
    text = re.sub(r"^(?:en|maar|dus|oke|hoi|hallo|beste|dag)\b,? ", "", text)
    clauses = [_corrected(part.strip()) for part in _CLAUSE.split(text) if part.strip()]
    by_word = [part for part in clauses if re.match(ASKING, part) and not _EMPTY.match(part)]
    if len(by_word) > 1 and _TWO_QUESTIONS.search(text):
        return Asks.COMPARISON
    if by_word:
        return Asks.LIST if re.search(r"\ballemaal\b", text) else _by_question_word(by_word[0])
    if any(_YES_OR_NO.match(part) for part in clauses):
        return Asks.PERMISSION
    inside = re.search(rf"\b{ASKING}", text)
    if inside:
        return _by_question_word(text[inside.start() :])
    return Asks.PERMISSION if sentence.endswith("?") or _ANYWHERE.search(text) else _by_question_word(text)


def _by_question_word(clause: str) -> Asks:
    bare = _WITHOUT_PREPOSITION.sub("", clause, count=1)
    return next((asks for asks, pattern in _COMPILED if pattern.match(bare)), Asks.OTHER)


def _corrected(clause: str) -> str:
    """Return ``clause`` with a mistyped long question word at its beginning put right."""
    first, _, rest = clause.partition(" ")
    near = get_close_matches(first, _QUESTION_WORDS, 1, 0.85) if len(first) > 5 else []
    return f"{near[0]} {rest}" if near else clause
