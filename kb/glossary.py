"""Abbreviations as the documents themselves explain them, to widen a question that uses only one of the forms.

Three ways in which guidance texts introduce an abbreviation are read: "multidisciplinair overleg (MDO)",
"MDO (multidisciplinair overleg)" and a heading "MDO: multidisciplinair overleg".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from kb.analysis import fold, terms, words
from kb.documents import Passage

_ABBREVIATION = r"[A-Z][A-Za-z&-]{0,8}[A-Z](?:'er)?|[a-z]{0,2}[A-Z]{2,8}|[A-Z]?[a-z]{2,4}"
# Brackets first, and only then what stands before them: few texts have many, and all have many words.
_SHORT_IN_BRACKETS = re.compile(r" \((" + _ABBREVIATION + r")\)")
_WORDS_BEFORE = re.compile(r"(?:[\w'’-]+ ){0,8}[\w'’-]+\Z")
_FULL_IN_BRACKETS = re.compile(r" \(((?:[\w'’-]+,? ){0,8}[\w'’-]+)\)")
_SHORT_BEFORE = re.compile(r"\b(" + _ABBREVIATION + r")\Z")
_WIDEST = 400
_HEADING = re.compile(r"^(" + _ABBREVIATION + r"|IB'er): (.{3,80})$")
_LEAD_WORDS = frozenset(
    """
    de het een van voor in en of bij met door aan op te is der den
    """.split()
)


@dataclass(frozen=True)
class Glossary:
    """Abbreviation → full form, as found in one release. ``entries`` keeps the spelling of the documents."""

    entries: dict[str, str] = field(default_factory=dict)

    @classmethod
    def found_in(cls, passages: Iterable[Passage]) -> Glossary:
        """Collect the abbreviations that ``passages`` explain; where they differ, the most frequent form wins."""
        votes: dict[str, Counter[str]] = {}
        for passage in passages:
            for short, full in _explained(passage):
                votes.setdefault(short, Counter())[full] += 1
        return cls({short: forms.most_common(1)[0][0] for short, forms in sorted(votes.items())})

    def expansions(self, question: str) -> list[str]:
        """Return the other form of every abbreviation, or spelled-out abbreviation, that ``question`` holds."""
        asked = words(question)
        joined = f" {' '.join(asked)} "
        present = set(asked)
        found = []
        for short, full, folded_short, folded_full in self._folded:
            if folded_short in present and folded_full not in joined:
                found.append(full)
            elif folded_full in joined and folded_short not in present:
                found.append(short)
        return found

    @cached_property
    def _folded(self) -> list[tuple[str, str, str, str]]:
        return [(short, full, fold(short), f" {' '.join(words(full))} ") for short, full in self.entries.items()]


def _explained(passage: Passage) -> Iterable[tuple[str, str]]:
    for heading in passage.headings[-1:]:
        if match := _HEADING.match(heading):
            yield match[1], match[2].strip()
    text = passage.text
    for match in _SHORT_IN_BRACKETS.finditer(text):
        before = _WORDS_BEFORE.search(text, max(0, match.start() - _WIDEST), match.start())
        if before and (full := _matching_tail(match[1], before[0].split())):
            yield match[1], full
    for match in _FULL_IN_BRACKETS.finditer(text):
        before = _SHORT_BEFORE.search(text, max(0, match.start() - _WIDEST), match.start())
        if before and initials_match(before[1], match[1].split()):
            yield before[1], match[1]


def _matching_tail(short: str, preceding: list[str]) -> str | None:
    """Return the shortest run of words before the brackets whose letters spell ``short``."""
    for start in range(len(preceding) - 1, -1, -1):
        tail = preceding[start:]
        if tail[0].lower() not in _LEAD_WORDS and initials_match(short, tail):
            return " ".join(tail)
    return None


def initials_match(short: str, full: list[str]) -> bool:
    """Tell whether ``full`` spells ``short``: each content word gives its first letter, and letters from inside.

    Schwartz and Hearst (2003), "A simple algorithm for identifying abbreviation definitions", asks that the letters
    occur in order and the first ones agree; here also that every content word contributes, so that a stretch of
    text never passes by chance. Dutch compounds give letters from inside ("jeugdgezondheidszorg", JGZ). A content
    word may be passed over only when every letter is the first of a word of its own (AMHK passes over "geweld" in
    "Advies- en Meldpunt Huiselijk geweld en Kindermishandeling").
    """
    letters = "".join(character for character in fold(short.replace("'er", "")) if character.isalpha())
    spelled = fold(" ".join(full)).split()
    if len(letters) < 2 or len(full) > len(letters) + 3 or fold(short) in spelled or not terms(short):
        return False
    if not spelled or spelled[0][0] != letters[0]:
        return False
    return _spells(letters, spelled, first_letters_only=False) or _spells(letters, spelled, first_letters_only=True)


def _spells(letters: str, full: list[str], *, first_letters_only: bool) -> bool:
    if not full:
        return not letters
    word, rest = full[0], full[1:]
    if word[:1] == letters[:1]:
        for taken in range(1, 2 if first_letters_only else len(letters) + 1):
            if _occurs_in_order(letters[1:taken], word[1:]) and _spells(
                letters[taken:], rest, first_letters_only=first_letters_only
            ):
                return True
    may_be_silent = first_letters_only or word in _LEAD_WORDS
    return may_be_silent and _spells(letters, rest, first_letters_only=first_letters_only)


def _occurs_in_order(letters: str, word: str) -> bool:
    rest = iter(word)
    return all(letter in rest for letter in letters)
