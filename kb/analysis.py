"""Dutch words as the lexical index sees them. One analyser for passages and questions.

A word is folded (lower case, no accents) and reduced to its Snowball stem, so that "instellingen" meets
"instelling" and "één" meets "een". Function words are left out: they would only blur the scores.
"""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

from kb.normal_form import normal_form

# The blocks of combining marks that letters of European languages decompose into.
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# A number may carry points and commas inside ("7.3.11", "444.000"); a word may carry an apostrophe ("IB'er").
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")

_STOPWORDS = frozenset(
    """
    aan al alle als bij dan dat de deze die dit door dus een en er ge haar heb hebben heeft hem het hij hoe hun ik
    in is je jij jouw kan kun kunnen kunt maar me men met mij mijn moet moeten mag mogen na naar niet nog nou nu of
    om onder ons ook op over te ten ter tot u uit uw van veel voor waar wanneer waren was wat we wel welk welke werd
    wie wij wil willen wordt worden zal ze zich zij zijn zo zou zouden waarom hier daar toch even eigenlijk graag
    bijvoorbeeld moest hoeveel hoelang precies ben bent had hadden gaat gaan doet doen iets iemand elke elk
    """.split()
)


@lru_cache(maxsize=65536)
def content(text: str) -> frozenset[str]:
    """Return the set of index terms of ``text``; remembered, as the same sentences are weighed for many questions."""
    return frozenset(terms(text))


@lru_cache(maxsize=65536)
def word_count(text: str) -> int:
    """Return the number of words in ``text``; remembered likewise."""
    return len(words(text))


def words(text: str) -> list[str]:
    """Return the folded words of ``text`` in order, function words included."""
    return [match.group().replace("’", "'") for match in _WORD.finditer(fold(text))]


def word_spans(text: str) -> list[tuple[int, int, str]]:
    """Return start, end and folded form of every word in ``text``, in order."""
    folded = fold(text).replace("’", "'")
    if len(folded) == len(text):
        return [(match.start(), match.end(), match.group()) for match in _WORD.finditer(folded)]
    return [(match.start(), match.end(), fold(match.group()).replace("’", "'")) for match in _WORD.finditer(text)]


def content_spans(text: str) -> list[tuple[int, int, str]]:
    """Return start, end and folded form of every content word in ``text``, in order."""
    return [span for span in word_spans(text) if span[2] not in _STOPWORDS]


def is_function_word(word: str) -> bool:
    """Tell whether a folded ``word`` is left out of the index."""
    return word in _STOPWORDS


def terms(text: str) -> list[str]:
    """Return the index terms of ``text`` in order: stems of its content words, numbers as they are."""
    return [stem(word) for word in words(text) if word not in _STOPWORDS]


def fold(text: str) -> str:
    """Return ``text`` in lower case without accents, character for character where possible."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", normal_form("NFD", text.casefold()))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the Snowball Dutch stem of one folded word; numbers and abbreviations come back unchanged."""
    found = str(_stemmer().stemWord(word))
    # Snowball makes "mentoor" of "mentoren" and leaves "mentor" alone; here both are "mentor" ("kantoor": "kantor").
    return f"{found[:-3]}or" if len(found) > 5 and found.endswith("oor") else found


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("dutch")
