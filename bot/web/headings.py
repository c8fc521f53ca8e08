"""The headings of a document as questions: what stands under a heading can be asked for by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from bot.looking_up import looking_up, without_number
from kb.analysis import terms
from kb.documents import Document, Passage

_LONGEST = 80
_MOST_WORDS = 9
# A word, then words with what joins them. Anything else is a formula, an address or mark-up.
_READABLE = re.compile(r"[^\W_](?:[\w ,.:&/'’()–-]*[\w)])?\??")
# Headings of what is about the text, that point at something beside them, or that stand above an answer.
_NO_SUBJECT = re.compile(
    r"\b(?:deze|dit|hieronder|inleiding|voorwoord|leeswijzer|colofon|inhoud\w*|bronnen|bronvermelding|literatuur\w*|"
    r"samenvatting|bijlagen?|toelichting|verantwoording|overige?|contact\w*|disclaimer|tabel|slot|voorbeeld\w*|"
    r"achtergrond\w*|in het kort|meer (?:lezen|informatie|weten)|u|uw)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """Passages in a row under the same headings. ``name`` is the lowest of these, or the title of a document without
    headings; empty for what stands above the first heading."""

    headings: tuple[str, ...]
    name: str
    passages: tuple[Passage, ...]

    def covers(self, passage: Passage) -> bool:
        """Tell whether ``passage``, of the same document, stands under this heading or one below it."""
        return passage.headings[: len(self.headings)] == self.headings


def sections(document: Document, passages: Iterable[Passage]) -> list[Section]:
    """Return the sections of ``document``, of which ``passages`` are all passages in order."""
    groups = [(headings, tuple(group)) for headings, group in groupby(passages, key=lambda passage: passage.headings)]
    loose = document.title if len(groups) == 1 else ""
    return [Section(headings, headings[-1] if headings else loose, group) for headings, group in groups]


def as_question(name: str) -> str | None:
    """Return the question that asks for what stands under the heading ``name``, None when it names no subject."""
    name = without_number(name)
    if len(name) > _LONGEST or len(name.split()) > _MOST_WORDS or not _READABLE.fullmatch(name):
        return None
    if _NO_SUBJECT.search(name) or not any(term.isalpha() for term in terms(name)):
        return None
    name = name[0].upper() + name[1:]
    return name if name.endswith("?") else looking_up(name)
