"""From a unit to a quote that stands on its own: a list with its introduction, a sentence with the one before."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.candidates import Candidate, introduces
from bot.forms import is_outcome, leans_back, limits
from kb.analysis import word_count
from kb.documents import Passage, Unit, UnitKind
from kb.releases import Release
from kb.retrieval import Hit

MAX_LIST_WORDS = 140
# A list of at most this many words is given whole, also to a question that does not ask for one.
SHORT_LIST_WORDS = 40
_SENTENCES_BACK = 1
# "3. De mentor …" taken out of its list loses its number; "3. Het college …" of an article is known by it.
_MARKER = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s+")
_NUMBERED_LAW = re.compile(r"artikel\b", re.IGNORECASE)


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
    def words(self) -> int:
        """How many words that are."""
        return word_count(self.text)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one passage holds of a list: its units ``first`` up to and including ``last``."""

    hit: Hit
    first: int
    last: int


def in_list(passage: Passage, index: int) -> bool:
    """Tell whether a unit is part of a list or table, its introduction included."""
    return passage.units[index].kind is not UnitKind.SENTENCE or introduces(passage, index)


def alone(candidate: Candidate) -> Quote:
    """Return the quote of a unit outside its list: a sentence with what it leans on and what limits it."""
    passage, index = candidate.hit.passage, candidate.index
    unit = passage.units[index]
    if unit.kind is UnitKind.ITEM:
        return Quote(candidate.hit, _without_marker(passage, unit), unit.end, candidate.score)
    if unit.kind is UnitKind.ROW:
        return Quote(candidate.hit, unit.start, unit.end, candidate.score)
    return Quote(candidate.hit, _start_of_thought(passage, index), _end_of_thought(passage, index), candidate.score)


def whole_list(release: Release, candidate: Candidate, most_words: int) -> list[Quote]:
    """Return the list or table that a unit introduces or is part of, with its introduction, in reading order.

    Of a list that runs over the edge of a passage, every passage gives its part; what is more than
    ``most_words`` is left out at the end, by whole items.
    """
    parts = [_Part(candidate.hit, *_run(candidate.hit.passage, candidate.index))]
    while (before := _part_before(release, parts[0])) is not None:
        parts.insert(0, before)
    while (after := _part_after(release, parts[-1])) is not None:
        parts.append(after)
    quotes: list[Quote] = []
    left = most_words
    for part in parts:
        units, text = part.hit.passage.units, part.hit.passage.text
        start, last = units[part.first].start, part.last
        while last > part.first and word_count(text[start : units[last].end]) > left:
            last -= 1
        quote = Quote(part.hit, start, units[last].end, candidate.score)
        if quotes and quote.words > left:
            break
        quotes.append(quote)
        left -= quote.words
        if last < part.last:
            break
    return quotes


def _part_before(release: Release, part: _Part) -> _Part | None:
    """Return what the passage before holds of a list that does not begin where its part begins."""
    before = _beside(release, part.hit, -1) if part.first == 0 else None
    if before is None or not _goes_on(before.passage, part.hit.passage):
        return None
    return _Part(before, *_run(before.passage, len(before.passage.units) - 1))


def _part_after(release: Release, part: _Part) -> _Part | None:
    after = _beside(release, part.hit, 1) if part.last == len(part.hit.passage.units) - 1 else None
    if after is None or not _goes_on(part.hit.passage, after.passage):
        return None
    return _Part(after, *_run(after.passage, 0))


def _beside(release: Release, hit: Hit, step: int) -> Hit | None:
    """Return the passage before (-1) or behind (1) one, when it stands under the same headings."""
    place = hit.place + step
    if not 0 <= place < len(release.passages):
        return None
    passage = release.passages[place]
    if passage.document_id != hit.passage.document_id or passage.headings != hit.passage.headings:
        return None
    return replace(hit, passage=passage, place=place)


def _goes_on(before: Passage, after: Passage) -> bool:
    """Tell whether a list runs from one passage into the next."""
    last, first = before.units[-1], after.units[0]
    return first.lead is None and first.kind is last.kind and first.kind is not UnitKind.SENTENCE


def _run(passage: Passage, index: int) -> tuple[int, int]:
    """Return the first and last unit of the list around a unit, with the sentence that introduces it."""
    units = passage.units
    lead = index if introduces(passage, index) else units[index].lead
    if lead is not None:
        return lead, max(place for place, unit in enumerate(units) if unit.lead == lead)
    first = last = index
    kind = units[index].kind
    while first > 0 and units[first - 1].kind is kind and units[first - 1].lead is None:
        first -= 1
    while last + 1 < len(units) and units[last + 1].kind is kind and units[last + 1].lead is None:
        last += 1
    return first, last


def _without_marker(passage: Passage, item: Unit) -> int:
    """Return where the words of a lone list item begin, behind its number unless that is the number of a lid."""
    marker = _MARKER.match(passage.text[item.start : item.end])
    if marker is None or any(_NUMBERED_LAW.match(heading) for heading in passage.headings):
        return item.start
    return item.start + marker.end()


def _start_of_thought(passage: Passage, index: int) -> int:
    """Return where to begin quoting a sentence: at the one before while it leans on that."""
    first = index
    while first > max(0, index - _SENTENCES_BACK) and _needs_previous(passage, first):
        first -= 1
    return passage.units[first].start


def _end_of_thought(passage: Passage, index: int) -> int:
    """Return where to stop quoting a sentence: behind the next one when that says for whom or what it does not hold, or
    what came of it."""
    following = passage.units[index + 1] if index + 1 < len(passage.units) else None
    if (
        following is not None
        and following.kind is UnitKind.SENTENCE
        and (limits(said := passage.text[following.start : following.end]) or is_outcome(said))
    ):
        return following.end
    return passage.units[index].end


def _needs_previous(passage: Passage, index: int) -> bool:
    unit, previous = passage.units[index], passage.units[index - 1]
    return (
        previous.kind is UnitKind.SENTENCE
        and unit.kind is UnitKind.SENTENCE
        and leans_back(passage.text[unit.start : unit.end])
        and not passage.text[previous.start : previous.end].endswith("?")
    )
