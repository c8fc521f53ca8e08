"""Where a quote stands in a text, whether a text holds a fact, and how many words a question shares with it.

Comparing is done on letters and digits: typesetting changes hyphens, quotation marks and spaces.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from kb.analysis import content

# Half of a quote in a passage is enough to have found it: splitting may cut any sentence.
ENOUGH = 0.5
# Of the stems of a question at most so many stand in what answers it.
FEW_SHARED = 1 / 3


@dataclass(frozen=True, slots=True)
class Plain:
    """The letters and digits of a text, words separated by one space; ``places[i]`` is the place of character i
    in the text."""

    text: str
    places: tuple[int, ...]


@lru_cache(maxsize=4096)
def plain(text: str) -> Plain:
    """Return ``text`` in lower case, reduced to words of letters and digits."""
    characters: list[str] = []
    places: list[int] = []
    for place, original in enumerate(text):
        folded = unicodedata.normalize("NFKC", original).casefold()
        for character in folded:
            if character.isalnum():
                characters.append(character)
                places.append(place)
            elif characters and characters[-1] != " " and unicodedata.category(character) != "Cf":
                characters.append(" ")
                places.append(place)
    if characters and characters[-1] == " ":
        del characters[-1], places[-1]
    return Plain("".join(characters), tuple(places))


def located(quote: str, text: str) -> list[tuple[int, int]]:
    """Return every (start, end) in ``text`` where ``quote`` stands, as character offsets."""
    wanted, whole = plain(quote).text, plain(text)
    if not wanted:
        return []
    found = re.finditer(rf"\b{re.escape(wanted)}\b", whole.text)
    return [(whole.places[match.start()], whole.places[match.end() - 1] + 1) for match in found]


def covered(quote: tuple[int, int], stretches: list[tuple[int, int]]) -> float:
    """Return which share of ``quote`` lies in ``stretches`` (0–1). Stretches do not overlap each other."""
    shared = sum(max(0, min(quote[1], end) - max(quote[0], start)) for start, end in stretches)
    return shared / (quote[1] - quote[0])


def holds(text: str, variants: tuple[str, ...]) -> bool:
    """Tell whether ``text`` holds one of the ``variants`` of a fact.

    A variant begins at the beginning of a word and may be followed by an ending ("mentor": "mentoren"); a number
    stands alone ("16" is not in "2016" or "160").
    """
    return any(_pattern(variant).search(plain(text).text) for variant in variants)


def few_shared_words(question: str, answer: str) -> bool:
    """Tell whether at most a third of the content words of ``question`` stand in ``answer`` too, by their stems."""
    asked = content(question)
    return len(asked & content(answer)) <= FEW_SHARED * len(asked)


@lru_cache(maxsize=4096)
def _pattern(variant: str) -> re.Pattern[str]:
    wanted = plain(variant).text
    return re.compile(rf"\b{re.escape(wanted)}" + (r"\b" if wanted[-1:].isdigit() else ""))
