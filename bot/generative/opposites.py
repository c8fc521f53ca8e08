"""Sentences that say the reverse of their source in its own words: "mag niet" for "mag", "hoogstens" for "minstens".

Only a sentence that repeats most words of a source sentence is judged: of a free rendering nobody can tell by its
words, and a false alarm takes a good sentence away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kb.analysis import content, fold, stem, words
from kb.sentences import sentence_spans

# The part of its content words that a sentence must share with a source sentence to be held against it.
_SAME_WORDS = 0.6
_NEARLY_BEST = 0.1

# Ways to say a limit or a permission with "niet" that have one without.
_REWORDED = (
    (re.compile(r"\bniet (?:meer|langer|later|ouder|hoger) dan\b"), "hoogstens"),
    (re.compile(r"\bniet (?:minder|korter|eerder|jonger|lager) dan\b"), "minstens"),
    (re.compile(r"\b(?:ten hoogste|hooguit|maximaal|maximum)\b"), "hoogstens"),
    (re.compile(r"\b(?:ten ?minste|op zijn minst|minimaal|minimum)\b"), "minstens"),
    (re.compile(r"\bniet (?:alleen|zonder|altijd|alle|iedere?|elke?)\b|\bniets? anders\b"), "deels"),
)
_NEGATIONS = frozenset("niet geen nooit niemand nergens niets noch zonder verboden".split())
# Beside one of these, what is denied depends on more than the number of negations.
_LIMITS = frozenset("alleen tenzij behalve slechts uitsluitend deels pas mits".split())
_MUST = frozenset("moet moeten verplicht dient dienen".split())
_MAY = frozenset("mag mogen kan kunnen".split())
_PAIRS = tuple(
    pair.split("/")
    for pair in (
        "meer/minder ouder/jonger langer/korter hoogstens/minstens hoger/lager groter/kleiner eerder/later "
        "verplicht/vrijwillig toegestaan/verboden begin/einde"
    ).split()
)
_OPPOSITE = {one: other for first, second in _PAIRS for one, other in ((first, second), (second, first))}
_PLACED = {"voor": "na", "na": "voor", "met": "zonder", "zonder": "met", "binnen": "buiten", "buiten": "binnen"}
_ARTICLES = frozenset("de het een".split())


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a sentence is about, and the words that turn it round."""

    terms: frozenset[str]
    words: frozenset[str]
    placed: frozenset[tuple[str, str]]
    denies: bool


def resembled(text: str, source: str) -> list[str]:
    """Return the sentences of ``source`` whose words ``text`` repeats most, none when it is a free rendering."""
    terms = _claim(text).terms
    shares = [(len(terms & _claim(sentence).terms) / max(1, len(terms)), sentence) for sentence in _sentences(source)]
    least = max(_SAME_WORDS, max((share for share, _ in shares), default=0.0) - _NEARLY_BEST)
    return [sentence for share, sentence in shares if share >= least]


def reverses(text: str, sentence: str) -> bool:
    """Tell whether ``text`` says the reverse of ``sentence``, which it resembles."""
    said, claim = _claim(text), _claim(sentence)
    if (said.words | claim.words) & _LIMITS:
        return False
    turns = int(said.denies != claim.denies)
    turns += sum(_swapped(said, claim, one, other) for one, other in _OPPOSITE.items())
    turns += sum((_PLACED[place], what) in claim.placed - said.placed for place, what in said.placed - claim.placed)
    turns += sum(f"on{term}" in claim.terms - said.terms for term in said.terms - claim.terms)
    turns += sum(f"on{term}" in said.terms - claim.terms for term in claim.terms - said.terms)
    return turns % 2 == 1 or _binds_otherwise(said, claim)


def _swapped(said: _Claim, claim: _Claim, one: str, other: str) -> bool:
    return one in said.words - claim.words and other in claim.words - said.words


def _binds_otherwise(said: _Claim, claim: _Claim) -> bool:
    """Tell whether the one allows what the other requires."""
    if said.denies or claim.denies:
        return False
    return any(
        (one.words - other.words) & _MUST and (other.words - one.words) & _MAY and not other.words & _MUST
        for one, other in ((said, claim), (claim, said))
    )


@lru_cache(maxsize=256)
def _sentences(source: str) -> tuple[str, ...]:
    return tuple(line[start:end] for line in source.splitlines() for start, end in sentence_spans(line))


@lru_cache(maxsize=4096)
def _claim(text: str) -> _Claim:
    plain = fold(text)
    for pattern, replacement in _REWORDED:
        plain = pattern.sub(replacement, plain)
    written = words(plain)
    places = [(word, _noun_after(written, index)) for index, word in enumerate(written) if word in _PLACED]
    turning = frozenset(map(stem, _NEGATIONS | _LIMITS | _MUST | _MAY | _OPPOSITE.keys()))
    return _Claim(
        terms=content(plain) - turning,
        words=frozenset(written),
        placed=frozenset(places),
        # "zonder" beside "met" is a place of its own, counted there.
        denies=any(word in _NEGATIONS - _PLACED.keys() for word in written),
    )


def _noun_after(written: list[str], index: int) -> str:
    following = [word for word in written[index + 1 : index + 4] if word not in _ARTICLES]
    return stem(following[0]) if following else ""
