"""What two nearly equal texts must have in common to say the same: numbers, dates, limits, negations and names.

"Binnen zes weken" and "binnen acht weken" differ in one word of two hundred, and that word is the whole point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kb.analysis import fold, words
from kb.documents import Passage
from kb.dutch import MONTHS, NUMERALS

# Beginnings of words, so that "twaalfjarige", "driemaal" and "vierde" count; "een" is mostly no number.
_NUMBERS = (
    *(numeral for numeral in NUMERALS if numeral != "een"),
    *"honderd duizend miljoen miljard half halve anderhalve dubbel eerste derde laatste".split(),
    *MONTHS,
    *"maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split(),
)
_WORDS = (
    "niet geen nooit niemand niets nergens noch evenmin geenszins zonder wel altijd alleen uitsluitend slechts behalve "
    "tenzij mits uitgezonderd mag mogen moet moeten hoeft hoeven verplicht verboden minimaal maximaal minimum maximum "
    "minstens hoogstens uiterlijk vooraf achteraf"
).split()
_FIXED = re.compile(
    rf"[\d€$%<>≤≥±]|{'|'.join(_NUMBERS)}|(?:{'|'.join(_WORDS)})$|"
    # "Ongeoorloofd" and "ontoelaatbaar", and not "onderwijs", "ontvangen", "online".
    r"on(?!der|t(?!oe|ev|er)|line)\w{4}"
)
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+|[€$%<>≤≥±]")
# A capital within a sentence, and any capital at the beginning of a word.
_NAME = re.compile(r"[A-ZÀ-ÖØ-Þ](?<=[^\W\d_A-Z] .|[,;:|(] .)[\w'’-]*")
_CAPITALISED = re.compile(r"[A-ZÀ-ÖØ-Þ](?<!\w.)[\w'’-]*")
# A title may name the issue: "Nieuwsbrief Mei 2024", "Nieuwsbrief Zomer".
_ISSUES = frozenset([*MONTHS, *"lente voorjaar zomer najaar herfst winter".split()])
_ENUMERATION = re.compile(
    r"(?:(?:hoofdstuk|paragraaf|deel|stap|§)\s*\d+(?:\.\d+)*|\d+(?:\.\d+)+|(?:\d+|[ivx]+)(?=[.):]))[.):]?\s+",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(?:art(?:ikel|\.)|lid|bijlage)\s+[\w.:]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claims:
    """The ``words`` of a passage; ``fixed``, what a passage that says the same has just so, in order; ``names``, the
    words with a capital in the passage and in the title of its document; and ``known``, all words of both."""

    words: tuple[str, ...]
    fixed: tuple[str, ...]
    names: frozenset[str]
    known: frozenset[str]


def claims_of(passage: Passage, title: str) -> Claims:
    """Return what ``passage`` of the document called ``title`` claims.

    Of the headings the last one counts, without its place in the order, and every article: the same words under
    another article are another rule.
    """
    tokens = tuple(words(passage.text))
    heading = _ENUMERATION.sub("", passage.headings[-1], count=1) if passage.headings else ""
    articles = _ARTICLE.findall(" | ".join(passage.headings))
    fixed = (*_fixed(passage.text), *_NAME.findall(passage.text), *_fixed(heading), *map(fold, articles))
    # Any title begins with a capital.
    capitalised = [*_CAPITALISED.findall(passage.text), *_CAPITALISED.findall(title.partition(" ")[2])]
    names = frozenset(words(" ".join(capitalised))) - _ISSUES
    return Claims(tokens, fixed, names, frozenset([*tokens, *words(title)]))


def may_be_one(first: Claims, second: Claims) -> bool:
    """Tell whether two texts with the same ``fixed`` are not about two names, say of municipalities."""
    return not (first.names - second.known and second.names - first.known)


def _fixed(text: str) -> Iterator[str]:
    """Give each word that decides, with its neighbours: a number with its unit, a negation with its verb."""
    tokens = ["", *_TOKEN.findall(fold(text)), ""]
    for place, token in enumerate(tokens):
        if _decides(token):
            yield " ".join(tokens[place - 1 : place + 2])


@lru_cache(maxsize=65536)
def _decides(token: str) -> bool:
    return _FIXED.match(token) is not None
