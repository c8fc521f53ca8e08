"""Extractive answers: the few verbatim sentences that answer a question and can stand on their own.

Every statement is a contiguous slice of a passage, so it cannot say anything that its source does not say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.question import Asks
from kb.analysis import content, word_count
from kb.documents import Passage, Unit, UnitKind
from kb.lexical import LexicalIndex
from kb.releases import Release
from kb.retrieval import Found, Hit, scaled

MAX_STATEMENTS = 4
# A second voice is worth more than a third sentence of the first.
MAX_PER_PASSAGE = 2
MAX_WORDS = 80
MAX_LIST_WORDS = 140
_PASSAGES = 8
# A further statement must come this near to the best one.
_KEEP_RATIO = 0.8
_AS_GOOD = 0.9
_SAME_TEXT = 0.6
_SENTENCES_BACK = 2

# Fitted on the development questions by maximising the likelihood that an answering unit comes first.
_PASSAGE, _COSINE, _OWN_TERMS, _ALL_TERMS, _FORM, _OPENING = 0.25, 0.28, 0.16, 0.08, 0.13, 0.1

_LEANS_BACK = re.compile(
    r"^(?:dit|dat|die|deze|hij|zij|ze|hun|haar|daar\w*|hier\w*|zo|ook|toch|echter|dan|dus|bovendien|verder|"
    r"anders|ten (?:eerste|tweede|derde|slotte)|maar|want|"
    r"het (?:is|gaat|kan|moet|mag|helpt|heeft|betekent|blijft|werd|wordt))\b",
    re.IGNORECASE,
)
_ASKS_INDIRECTLY = re.compile(
    r"\b(?:wil(?:de|den|len)?(?: \w+){0,3} weten|vroeg(?:en)?(?: \w+){0,12}|(?:vraagt|vragen) zich af|de vraag is)"
    r",? of\b",
    re.I,
)
_LIMITS = re.compile(r"\b(?:niet|geen|alleen|tenzij|behalve|uitzondering|pas)\b", re.I)
# "3. De mentor …" taken out of its list loses its number; "3. Het college …" of an article is known by it.
_MARKER = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s+")
_NUMBERED_LAW = re.compile(r"artikel\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d|\b(?:één|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|half|honderd|duizend)\b", re.I
)
_TIME = re.compile(
    r"\b\d{4}\b|\b(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december)\b|"
    r"\b(?:dag|dagen|week|weken|maand|maanden|jaar|uur|direct|meteen|onverwijld|zodra|voordat|nadat|wanneer|als)\b",
    re.I,
)
_PERSON = re.compile(
    r"\b\w*(?:ambtenaar|coordinator|coördinator|directeur|mentor|ouders?|arts|beschermer|leraar|docent|begeleider|"
    r"voorzitter|regisseur|verlener|gemeente|school|college|samenwerkingsverband|team|leider|jongere|leerling|hoofd|"
    r"rechter|raad|functionaris|coach|verpleegkundige|wethouder|minister|bureau|organisatie|aanbieder)\b",
    re.I,
)
_PERMISSION = re.compile(
    r"\b(?:mag|mogen|moet|moeten|hoeft|hoeven|niet|geen|verplicht|nodig|toegestaan|toestemming|verboden|alleen|kan)\b",
    re.I,
)
_DEFINES = re.compile(r"\b(?:is|zijn|betekent|staat voor|noemen we|heet|houdt in|wordt bedoeld|gaat om)\b", re.I)
_STEPS = re.compile(r"\b(?:eerst|daarna|stap|vervolgens|belt|meldt|vraagt|bespreekt|maakt|nodigt|legt)\b", re.I)
_FORMS = {
    Asks.NUMBER: _NUMBER,
    Asks.TIME: _TIME,
    Asks.PERSON: _PERSON,
    Asks.PERMISSION: _PERMISSION,
    Asks.DEFINITION: _DEFINES,
    Asks.PROCEDURE: _STEPS,
}


@dataclass(frozen=True, slots=True)
class Quote:
    """A slice ``passage.text[start:end]`` that goes into the answer. ``score`` orders quotes of one answer."""

    hit: Hit
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The words quoted."""
        return self.hit.passage.text[self.start : self.end]

    @property
    def page(self) -> int | None:
        """The page on which the quoted words begin."""
        pages = (unit.page for unit in self.hit.passage.units if unit.end > self.start)
        return next(pages, self.hit.passage.page)


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit: Hit
    index: int
    score: float


def unit_cosines(release: Release, found: Found) -> list[NDArray[np.float32]]:
    """Return the cosine between the question and every unit, (units,) for each of the best passages in their order."""
    spans = [release.unit_starts[hit.place : hit.place + 2] for hit in found.hits[:_PASSAGES]]
    return [np.asarray(release.unit_vectors[start:end], np.float32) @ found.vector for start, end in spans]


def extract(release: Release, found: Found, asks: Asks, cosines: Sequence[NDArray[np.float32]]) -> list[Quote]:
    """Return one to four quotes that answer best, best first; none when nothing was found.

    ``asks`` is the form of answer that the question asks for. It is judged on the question itself: ``found.query`` may
    carry more (an earlier turn, an abbreviation spelled out). ``cosines`` come from `unit_cosines`.
    """
    candidates = sorted(_candidates(release, found, asks, cosines), key=lambda candidate: -candidate.score)
    chosen: list[Quote] = []
    used_words = 0
    for candidate in candidates:
        if chosen and (candidate.score < _KEEP_RATIO * candidates[0].score or len(chosen) == MAX_STATEMENTS):
            break
        quote = _quote(candidate, asks)
        length = word_count(quote.text)
        limit = MAX_LIST_WORDS if asks is Asks.LIST else MAX_WORDS
        siblings = sum(other.hit.passage.id == quote.hit.passage.id for other in chosen)
        if chosen and (used_words + length > limit or any(_overlaps(quote, other) for other in chosen)):
            continue
        if siblings >= MAX_PER_PASSAGE and candidate.score < _AS_GOOD * candidates[0].score:
            continue
        chosen.append(quote)
        used_words += length
    return _joined(chosen)


def _joined(quotes: Sequence[Quote]) -> list[Quote]:
    """Join two quotes of one passage when no more than a sentence lies between them: it belongs to what they say."""
    result: list[Quote] = []
    for quote in quotes:
        near = next((other for other in result if _nearly_touch(quote, other)), None)
        if near is None:
            result.append(quote)
        else:
            start, end = min(quote.start, near.start), max(quote.end, near.end)
            result[result.index(near)] = replace(near, start=start, end=end)
    return result


def _nearly_touch(quote: Quote, other: Quote) -> bool:
    if quote.hit.passage.id != other.hit.passage.id:
        return False
    first, last = sorted((quote, other), key=lambda one: one.start)
    units = [unit for unit in quote.hit.passage.units if first.start <= unit.start < last.end]
    between = [unit for unit in units if first.end <= unit.start and unit.end <= last.start]
    return len(between) <= 1 and all(unit.kind is UnitKind.SENTENCE for unit in units)


def term_weights(query_terms: Sequence[str], lexical: LexicalIndex) -> dict[str, float]:
    """Return the terms of a question with their rarity, scaled to a sum of 1."""
    weights = {term: lexical.rarity(term) for term in query_terms}
    total = sum(weights.values())
    return {term: weight / total for term, weight in weights.items()} if total else {}


def coverage(text_terms: Set[str], weights: Mapping[str, float]) -> float:
    """Return which share of the question's weighted terms ``text_terms`` holds (0–1)."""
    return sum(weight for term, weight in weights.items() if term in text_terms)


def _candidates(release: Release, found: Found, asks: Asks, cosines: Sequence[NDArray[np.float32]]) -> list[_Candidate]:
    """Score every unit of the best passages on what it says, what its passage says, and the form that is asked for."""
    rows: list[tuple[Hit, int, float, float]] = []
    weights = term_weights(found.terms, release.lexical)
    for hit, near in zip(found.hits, cosines, strict=False):
        around = content(" ".join([hit.document.title, *hit.passage.headings]))
        for index, unit in enumerate(hit.passage.units):
            text = hit.passage.text[unit.start : unit.end]
            if not _can_answer(text, unit, hit.passage, index):
                continue
            own = content(text)
            score = _PASSAGE * hit.score
            score += _OWN_TERMS * coverage(own, weights)
            score += _ALL_TERMS * coverage(own | around, weights)
            score += _FORM * _has_form(asks, text)
            score += _OPENING * (asks is Asks.DEFINITION and index == 0)
            rows.append((hit, index, float(near[index]), score))
    if not rows:
        return []
    cosine = scaled(np.array([row[2] for row in rows], np.float32))
    return [
        _Candidate(hit, index, score + _COSINE * near)
        for (hit, index, _, score), near in zip(rows, cosine.tolist(), strict=True)
    ]


@lru_cache(maxsize=65536)
def _has_form(asks: Asks, text: str) -> bool:
    """Tell whether a unit looks like the answer that is asked for: a number, a time, somebody."""
    return asks in _FORMS and _FORMS[asks].search(text) is not None


def _can_answer(text: str, unit: Unit, passage: Passage, index: int) -> bool:
    """Tell whether a unit says something: not a question, not a stray word, not a bare introduction."""
    if _asks_itself(text):
        return False
    if text.rstrip().endswith(":") and not _introduces(passage, index):
        return False
    return word_count(text) >= (2 if unit.kind is not UnitKind.SENTENCE else 4)


@lru_cache(maxsize=65536)
def _asks_itself(text: str) -> bool:
    return text.rstrip("\"'”’*_ ").endswith("?") or _ASKS_INDIRECTLY.search(text) is not None


def _introduces(passage: Passage, index: int) -> bool:
    return any(unit.lead == index for unit in passage.units)


def _quote(candidate: _Candidate, asks: Asks) -> Quote:
    """Widen a unit to what stands on its own: a list with its introduction, a sentence with the one before."""
    passage, index = candidate.hit.passage, candidate.index
    unit = passage.units[index]
    start, end = _list_around(passage, index, asks) or (unit.start, unit.end)
    if (start, end) == (unit.start, unit.end):
        if unit.kind is UnitKind.ITEM:
            start = _without_marker(passage, unit)
        elif unit.kind is UnitKind.SENTENCE:
            start, end = _start_of_thought(passage, index), _end_of_thought(passage, index)
    return Quote(candidate.hit, start, end, candidate.score)


def _list_around(passage: Passage, index: int, asks: Asks) -> tuple[int, int] | None:
    """Return the span of the list that a unit introduces or belongs to, None when the unit is better off alone."""
    unit = passage.units[index]
    lead = index if _introduces(passage, index) else unit.lead
    if lead is None:
        return None
    ends = [other.end for other in passage.units if other.lead == lead]
    start = passage.units[lead].start
    length = word_count(passage.text[start : ends[-1]])
    # A row says what its columns are and stands alone; an item needs its list.
    if unit.kind is UnitKind.ITEM and length <= MAX_WORDS:
        return start, ends[-1]
    if asks is Asks.LIST and length <= MAX_LIST_WORDS:
        return start, ends[-1]
    if lead == index:
        fitting = [end for end in ends if word_count(passage.text[start:end]) <= MAX_LIST_WORDS]
        return start, (fitting or ends[:1])[-1]
    return None


def _without_marker(passage: Passage, item: Unit) -> int:
    """Return where the words of a lone list item begin, behind its number unless that is the number of a lid."""
    marker = _MARKER.match(passage.text[item.start : item.end])
    if marker is None or any(_NUMBERED_LAW.match(heading) for heading in passage.headings):
        return item.start
    return item.start + marker.end()


def _start_of_thought(passage: Passage, index: int) -> int:
    """Return where to begin quoting a sentence: up to two sentences back while it leans on the one before."""
    first = index
    while first > max(0, index - _SENTENCES_BACK) and _needs_previous(passage, first):
        first -= 1
    return passage.units[first].start


def _end_of_thought(passage: Passage, index: int) -> int:
    """Return where to stop quoting a sentence: behind the next one when that says for whom or what it does not hold."""
    following = passage.units[index + 1] if index + 1 < len(passage.units) else None
    if following is not None and following.kind is UnitKind.SENTENCE:
        text = passage.text[following.start : following.end]
        if _LEANS_BACK.match(text) and _LIMITS.search(text):
            return following.end
    return passage.units[index].end


def _needs_previous(passage: Passage, index: int) -> bool:
    unit, previous = passage.units[index], passage.units[index - 1]
    return (
        previous.kind is UnitKind.SENTENCE
        and unit.kind is UnitKind.SENTENCE
        and _LEANS_BACK.match(passage.text[unit.start : unit.end]) is not None
        and not passage.text[previous.start : previous.end].endswith("?")
    )


def _overlaps(quote: Quote, other: Quote) -> bool:
    """Tell whether two quotes say the same: the same stretch, or mostly the same words."""
    if quote.hit.passage.id == other.hit.passage.id and quote.start < other.end and other.start < quote.end:
        return True
    mine, theirs = content(quote.text), content(other.text)
    return len(mine & theirs) > _SAME_TEXT * min(len(mine), len(theirs))
