"""Which of the scored candidates make up the answer, and in what order they are read.

Nothing here depends on how candidates were scored: a score only counts as the share of the way from the middling
candidate of its question to the best one, its worth.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from statistics import median

from bot.candidates import Candidate, context_terms, coverage, term_weights
from bot.forms import WITH_VALUE, about_the_text, has_form
from bot.question import Asks
from bot.quotes import MAX_LIST_WORDS, SHORT_LIST_WORDS, Quote, alone, in_list, whole_list
from bot.sides import asks_several_sources, two_sides
from kb.analysis import content
from kb.documents import UnitKind
from kb.lexical import LexicalIndex
from kb.releases import Release
from kb.retrieval import Found

MAX_STATEMENTS = 4
MAX_WORDS = 80
# A further statement does not make an answer longer than this, unless it is a list that was asked for.
ENOUGH_WORDS = 64
# A second voice is worth more than a third sentence of the first.
MAX_PER_PASSAGE = 2
# Measured on the development questions, with two ways of scoring; the figures hardly move around these values.
_KEEP = 0.35
_AS_GOOD = 0.75
_FORM, _LIST, _ANNOUNCES = 0.1, 0.15, -0.7
_SIDE = 0.5
_PER_WORD = 0.02
_SAME_TEXT = 0.6
# Values of other kinds (a number, somebody, a date) stand in nearly every text, so that missing one tells little.
_TELLING_VALUES = frozenset({Asks.PERIOD, Asks.AGE, Asks.FREQUENCY, Asks.MONEY})


@dataclass(frozen=True, slots=True)
class _Rated:
    candidate: Candidate
    worth: float


def compose(release: Release, found: Found, candidates: Sequence[Candidate], asks: Asks) -> list[Quote]:
    """Return one to four quotes, in the order in which they are read; none without ``candidates`` (best first)."""
    chosen: list[Quote] = []
    spread = asks_several_sources(found.query)
    for rated in _ranked(candidates, asks, found.query, release.lexical):
        if chosen and rated.worth < _KEEP:
            continue
        more = _quotes(release, rated.candidate, asks)
        if asks is Asks.PERMISSION and chosen and _comes_before(more[0], chosen[0]):
            continue
        if spread and any(quote.hit.document.id == more[0].hit.document.id for quote in chosen):
            continue
        listed = asks is Asks.LIST and in_list(rated.candidate.hit.passage, rated.candidate.index)
        chosen = _with(chosen, more, rated.worth, MAX_LIST_WORDS if listed else ENOUGH_WORDS)
    return _in_reading_order(chosen)


def lacks_value(candidates: Sequence[Candidate], asks: Asks) -> bool:
    """Tell whether an amount, age, period or frequency is asked for and none of the better ``candidates`` gives one."""
    return asks in _TELLING_VALUES and not any(
        rated.worth >= _KEEP and has_form(asks, rated.candidate.text) for rated in _rated(candidates, asks)
    )


def _ranked(candidates: Sequence[Candidate], asks: Asks, query: str, lexical: LexicalIndex) -> list[_Rated]:
    """Return the candidates in the order in which they may join: of a comparison one for each side, then by worth."""
    rated = _rated(candidates, asks)
    if not rated:
        return []
    sides = two_sides(query) if asks is Asks.COMPARISON else None
    if sides is None:
        first = [max(rated, key=lambda one: one.worth)]
    else:
        first = [_for_side(rated, side, lexical) for side in sides]
    # Of two that are nearly as good the shorter one leaves room for another.
    rest = sorted(rated, key=lambda one: _PER_WORD * len(one.candidate.text.split()) - one.worth)
    return [*first, *(one for one in rest if one not in first)]


def _rated(candidates: Sequence[Candidate], asks: Asks) -> list[_Rated]:
    if not candidates:
        return []
    middle = median(candidate.score for candidate in candidates)
    span = candidates[0].score - middle or 1.0
    return [_Rated(one, (one.score - middle) / span + _bonus(one, asks)) for one in candidates]


def _bonus(candidate: Candidate, asks: Asks) -> float:
    """Return what the form of a candidate is worth beside its score."""
    listed = in_list(candidate.hit.passage, candidate.index)
    if asks is Asks.LIST:
        return _LIST if listed or has_form(asks, candidate.text) else 0.0
    if not listed and about_the_text(candidate.text):
        return _ANNOUNCES
    return _FORM if asks in WITH_VALUE and has_form(asks, candidate.text) else 0.0


def _for_side(rated: Sequence[_Rated], side: Set[str], lexical: LexicalIndex) -> _Rated:
    """Return the candidate that says most about one side of a comparison, worth the most: it has to be said."""
    weights = term_weights(sorted(side), lexical)
    best = max(
        rated,
        key=lambda one: (
            one.worth + _SIDE * coverage(content(one.candidate.text) | context_terms(one.candidate.hit), weights)
        ),
    )
    return replace(best, worth=max(best.worth, 1.0))


def _quotes(release: Release, candidate: Candidate, asks: Asks) -> list[Quote]:
    """Return a candidate as it is quoted: with its list when that is asked for or short, else by itself."""
    unit = candidate.hit.passage.units[candidate.index]
    # A row says what its columns are and stands alone; an item needs its list.
    row_alone = unit.kind is UnitKind.ROW and asks is not Asks.LIST
    if row_alone or not in_list(candidate.hit.passage, candidate.index):
        return [alone(candidate)]
    if asks is Asks.LIST:
        return whole_list(release, candidate, MAX_LIST_WORDS)
    listed = whole_list(release, candidate, MAX_WORDS)
    fits = unit.kind is UnitKind.SENTENCE or sum(quote.words for quote in listed) <= SHORT_LIST_WORDS
    return listed if fits else [alone(candidate)]


def _with(chosen: list[Quote], more: Sequence[Quote], worth: float, limit: int) -> list[Quote]:
    """Return ``chosen`` with the quotes of one more candidate, or as it was when they do not fit or say nothing new."""
    if not chosen:
        return list(more)
    result = list(chosen)
    for quote in more:
        near = [other for other in result if _touch(quote, other)]
        if near:
            start, end = min(one.start for one in [quote, *near]), max(one.end for one in [quote, *near])
            result[result.index(near[0])] = replace(near[0], start=start, end=end)
            result = [other for other in result if other not in near[1:]]
        elif any(says_the_same(quote, other) for other in result):
            return chosen
        else:
            siblings = sum(other.hit.passage.id == quote.hit.passage.id for other in result)
            if siblings >= MAX_PER_PASSAGE and worth < _AS_GOOD:
                return chosen
            result.append(quote)
    too_long = sum(quote.words for quote in result) > limit
    return chosen if too_long or len(result) > MAX_STATEMENTS else result


def _comes_before(quote: Quote, first: Quote) -> bool:
    """Tell whether a quote would be read before the one that settles the question."""
    return quote.hit.passage.id == first.hit.passage.id and quote.start < first.start


def _touch(quote: Quote, other: Quote) -> bool:
    """Tell whether two quotes are one stretch: they overlap, or follow each other in one paragraph."""
    if quote.hit.passage.id != other.hit.passage.id:
        return False
    first, last = sorted((quote, other), key=lambda one: one.start)
    between = quote.hit.passage.text[first.end : last.start]
    return not between.strip() and "\n\n" not in between


def says_the_same(quote: Quote, other: Quote) -> bool:
    """Tell whether two quotes say mostly the same words."""
    mine, theirs = content(quote.text), content(other.text)
    return len(mine & theirs) > _SAME_TEXT * min(len(mine), len(theirs))


def _in_reading_order(quotes: Sequence[Quote]) -> list[Quote]:
    """The best quote first; the rest of the same passage follows in reading order, then the next passage."""
    passages = list(dict.fromkeys(quote.hit.passage.id for quote in quotes))
    return sorted(quotes, key=lambda quote: (passages.index(quote.hit.passage.id), quote.start))
