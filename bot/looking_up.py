"""Questions that only name a heading: they are answered by what stands under it, which no likeness has to find."""

from __future__ import annotations

import re

from kb.analysis import words
from kb.retrieval import Found, Hit

_NUMBER = re.compile(
    r"^(?:(?:artikel|hoofdstuk|paragraaf|bijlage|deel|stap|thema)\s+)?\d+(?:\.\d+)*[.:)]?\s+(?=\D)", re.IGNORECASE
)
_LOOKS_UP = re.compile(
    r"wat (?:staat|staan|lees ik)(?: er)?(?: in (?:de|het|deze|dit|jullie) \w+)? (?:bij|in|onder|over) "
    r"[\"'‘“„«](.+)[\"'’”»][ ?.]*",
    re.IGNORECASE,
)


def looking_up(name: str) -> str:
    """Return the question what stands under the heading ``name``."""
    return f"Wat staat er over \u201c{name}\u201d?"


def without_number(heading: str) -> str:
    """Return ``heading`` on one line without its number ("Artikel 13", "2.1")."""
    return _NUMBER.sub("", " ".join(heading.split()))


def looked_up(question: str, found: Found) -> Found | None:
    """Return, of what was found, the passages under the heading that ``question`` asks for and nothing else; None when
    it asks something else, or there are none. Above the first heading stands the title."""
    asked = _LOOKS_UP.fullmatch(question)
    if asked is None:
        return None
    name = words(without_number(asked[1]))
    places = [at for at, hit in enumerate(found.hits) if any(words(without_number(one)) == name for one in _above(hit))]
    return found.only(places) if places else None


def _above(hit: Hit) -> tuple[str, ...]:
    return hit.passage.headings or (hit.document.title,)
