"""A statement of another document that contradicts the answer, shown beside it with the dates, the newest first and
what expired last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.candidates import context_terms
from bot.compose import MAX_STATEMENTS
from bot.disagreement import Claim, Voice, conflict, notice, rank
from bot.question import Asks
from bot.quotes import Quote
from kb.retrieval import Found, Hit

_HEARD = 8
_OF_VALUES = frozenset({Asks.NUMBER, Asks.PERIOD, Asks.AGE, Asks.FREQUENCY, Asks.MONEY, Asks.TIME, Asks.PERMISSION,
                        Asks.COMPARISON})  # fmt: skip


def with_other_voice(quotes: Sequence[Quote], found: Found, asks: Asks, today: date) -> tuple[list[Quote], str | None]:
    """Return ``quotes``, and what to tell the reader when a document among those found says otherwise.

    Then the two sides stand in front, the newest first and one that expired before ``today`` last; a side that was not
    quoted yet is. Only where a value is asked for, and never within a list or table, whose rows differ by design.
    """
    for quote in quotes if asks in _OF_VALUES else ():
        if "\n" in quote.text:
            continue
        mine = _claim(quote.hit, quote.text)
        for hit in found.hits[:_HEARD]:
            for unit in hit.passage.units:
                theirs = _claim(hit, hit.passage.text[unit.start : unit.end])
                if words := conflict(mine, theirs, found.terms):
                    other = next(
                        (one for one in quotes if one.hit.passage.id == hit.passage.id and one.start <= unit.start
                         and unit.end <= one.end),
                        Quote(hit, unit.start, unit.end, quote.score),
                    )  # fmt: skip
                    sides = sorted((quote, other), key=lambda side: _rank(side, today))
                    voices = [_voice(quote, words[0], today), _voice(other, words[1], today)]
                    rest = [one for one in quotes if one not in sides]
                    return [*sides, *rest][:MAX_STATEMENTS], notice(voices)
    return list(quotes), None


def _claim(hit: Hit, text: str) -> Claim:
    return Claim(text, hit.document.id, hit.document.date, context_terms(hit))


def _rank(quote: Quote, today: date) -> tuple[bool, int]:
    return rank(quote.hit.document.date, quote.hit.document.expired(today))


def _voice(quote: Quote, words: str, today: date) -> Voice:
    document = quote.hit.document
    return Voice(document.title, document.date, words, document.expired(today))
