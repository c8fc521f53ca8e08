"""Searching as one types: the documents in which every word stands, or a word that begins with it.

Nothing is ranked or guessed. Words are compared as `kb.analysis.words` folds them: without case and accents.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.analysis import word_spans, words
from kb.documents import Document, Passage
from kb.releases import Release, heading_text
from kb.word_table import WordTable

_PLACES = 3
_LONGEST_SNIPPET = 240
_BEFORE_MARK = 80
# Comes after every character a word can hold.
_LAST = "\U0010ffff"

Marked = list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Place:
    """A passage that holds words of the search. Text comes in pieces: what is marked (True) and what is not."""

    passage: Passage
    heading: Marked
    snippet: Marked


@dataclass(frozen=True, slots=True)
class Match:
    """A document that holds every word. ``places`` are the numbers in the release of the passages that hold most of
    them; none when only the title holds any. ``together``: one passage, with the title above it, holds them all."""

    document: Document
    places: NDArray[np.int64]
    together: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for ``terms`` found. ``occurrences`` (n,) counts the words in each passage of the release."""

    terms: tuple[str, ...]
    matches: tuple[Match, ...]
    occurrences: NDArray[np.int64]


class DocumentSearch:
    """Searches releases; of the last one it keeps where each word stands. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[str, _WordPlaces] | None = None

    def prepare(self, release: Release) -> None:
        """Get ready for the first search of ``release``."""
        self._places(release)

    def find(self, release: Release, query: str) -> Found:
        """Return the documents that hold every word of ``query``; none when it holds no word."""
        return self._places(release).find(release, tuple(dict.fromkeys(words(query))))

    def _places(self, release: Release) -> _WordPlaces:
        with self._lock:
            if self._kept is None or self._kept[0] != release.id:
                self._kept = release.id, _WordPlaces(release)
            return self._kept[1]


class _WordPlaces:
    """The words of a release in order, and for each of them the passages in which it stands."""

    def __init__(self, release: Release) -> None:
        table = WordTable.load(release.folder)
        documents = release.documents
        if table is None or len(table) != len(release.passages):
            table = WordTable.of([(heading_text(p, documents[p.document_id]), p.text) for p in release.passages])
        numbers = {key: number for number, key in enumerate(documents)}
        self._titles = [words(document.title) for document in documents.values()]
        self._document = np.array([numbers[passage.document_id] for passage in release.passages], np.int32)
        order = sorted(range(len(table.vocabulary)), key=table.vocabulary.__getitem__)
        self._words = [table.vocabulary[number] for number in order]
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        # The title stands above every passage: it is looked at apart.
        sizes = np.diff(table.starts)
        titles = np.array([len(self._titles[number]) for number in self._document], np.int64)
        place = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        kept = np.arange(len(table.ids)) - table.starts[:-1][place] >= titles[place]
        ranks = rank[table.ids[kept]]
        self._passages = place[kept][np.argsort(ranks, kind="stable")]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(ranks, minlength=len(order)))])

    def find(self, release: Release, terms: tuple[str, ...]) -> Found:
        """Return the documents that hold a word beginning with each of ``terms``."""
        size, documents = len(self._document), len(self._titles)
        everywhere = np.full(documents, bool(terms))
        held, covered, occurrences = (np.zeros(size, np.int64) for _ in range(3))
        in_title = np.zeros(documents, np.int64)
        for term in terms:
            first, last = bisect_left(self._words, term), bisect_left(self._words, term + _LAST)
            counts = np.bincount(self._passages[self._starts[first] : self._starts[last]], minlength=size)
            titled = np.array([any(word.startswith(term) for word in title) for title in self._titles], bool)
            there = titled.copy()
            there[self._document[counts > 0]] = True
            everywhere &= there
            in_title += titled
            held += counts > 0
            covered += (counts > 0) | titled[self._document]
            occurrences += counts
        most = np.zeros(documents, np.int64)
        np.maximum.at(most, self._document, held)
        together = in_title == len(terms)
        together[self._document[covered == len(terms)]] = True
        best = (held > 0) & (held == most[self._document])
        matches = [
            Match(document, np.flatnonzero(best & (self._document == number)), bool(together[number]))
            for number, document in enumerate(release.documents.values())
            if everywhere[number]
        ]
        return Found(terms, tuple(matches), occurrences)


def best_places(release: Release, found: Found, match: Match) -> list[Place]:
    """Return the one to three places of ``match`` that hold the words most often, in reading order."""
    order = sorted(match.places.tolist(), key=lambda place: (-found.occurrences[place], place))[:_PLACES]
    return [_place(release.passages[number], found.terms) for number in sorted(order)]


def marked(text: str, terms: Sequence[str]) -> Marked:
    """Return ``text`` in pieces: the words that begin with one of ``terms``, and what stands between them."""
    pieces: Marked = []
    at = 0
    for start, end, word in word_spans(text):
        if word.startswith(tuple(terms)):
            pieces += [(text[at:start], False), (text[start:end], True)]
            at = end
    return [piece for piece in (*pieces, (text[at:], False)) if piece[0]]


def _place(passage: Passage, terms: Sequence[str]) -> Place:
    heading = passage.headings[-1] if passage.headings else ""
    return Place(passage, marked(heading, terms), marked(_snippet(passage, terms), terms))


def _snippet(passage: Passage, terms: Sequence[str]) -> str:
    """Return the sentence, item or row that holds most of the words; the stretch around the first when it is long."""
    wanted = tuple(terms)
    spans = [span for span in word_spans(passage.text) if span[2].startswith(wanted)]

    def held(index: int) -> int:
        unit = passage.units[index]
        inside = [word for start, _, word in spans if unit.start <= start < unit.end]
        return sum(any(word.startswith(term) for word in inside) for term in terms)

    unit = passage.units[max(range(len(passage.units)), key=held)]
    text = passage.text[unit.start : unit.end]
    if len(text) <= _LONGEST_SNIPPET:
        return text
    first = next((start - unit.start for start, _, _ in spans if unit.start <= start < unit.end), 0)
    start = text.rfind(" ", 0, max(0, first - _BEFORE_MARK)) + 1 if first > _BEFORE_MARK else 0
    cut = text[start : start + _LONGEST_SNIPPET]
    if start + _LONGEST_SNIPPET < len(text):
        cut = (cut.rpartition(" ")[0] or cut) + "…"
    return f"…{cut}" if start else cut
