"""Queries of a few loose words ("vrijstelling leerplicht"). They come near to any text on the subject, so that a
probability fitted on questions trusts them too much: they are answered only where the words stand together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.candidates import context_terms
from bot.quotes import Quote
from kb.analysis import content, fold, word_count
from kb.glossary import Glossary

_MOST_WORDS = 8
_ASKS = re.compile(
    r"\?|\b(?:wie|wat|waar\w*|wanneer|waarom|hoe\w*|welke?|mag|mogen|moet\w*|kan|kun\w*|wil|is|zijn|heb\w*|heeft|word\w*|"
    r"ik|we|wij|je|jij|u|ze|mijn|onze|noem|geef|leg)\b"
)
# Measured on 316 judged search queries, and on the questions of which none may be lost (0005-abstention.md).
_SURE = 0.78
_IN_HEADING = 0.6
_SHORTEST_PART = 5


def is_keywords(query: str) -> bool:
    """Tell whether ``query`` is a few words and no question."""
    return word_count(query) <= _MOST_WORDS and _ASKS.search(fold(query)) is None


def stand_together(query: str, quotes: Sequence[Quote], probability: float, glossary: Glossary) -> bool:
    """Tell whether ``quotes`` answer the keywords of ``query``: one of them, with its title and headings, holds every
    word, and either they are likely an answer or a heading names most of the words."""
    asked = content(query)
    if not asked:
        return False
    if len(asked) == 1 and glossary.expansions(query):
        return True
    for quote in quotes:
        heading = context_terms(quote.hit)
        held = heading | content(quote.text)
        if all(_in(term, held) for term in asked):
            named = sum(_in(term, heading) for term in asked) / len(asked)
            if probability >= _SURE or named >= _IN_HEADING:
                return True
    return False


def _in(term: str, held: frozenset[str]) -> bool:
    """Tell whether ``held`` has a term, by itself or as part of a compound."""
    return term in held or (len(term) >= _SHORTEST_PART and any(term in other for other in held))
