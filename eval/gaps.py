"""Questions on one subject and what became of them, and how a gap in the knowledge base is said in one Dutch line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.drafting import one_line
from kb.documents import Document

MOST_DOCUMENTS = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Questions on one subject and what became of them.

    ``questions``: how often each was asked, those that show a gap first. ``unanswered`` to ``good`` count the questions
    without an answer and the judged answers; ``disputed`` counts those without an answer of which a user said that
    this was wrong. ``cited``: documents of the answers that were judged wrong; ``near``: what the release of now
    cites or suggests for the first question; ``answered_now``: whether it answers that one, rightly or not.
    """

    subject: str
    questions: dict[str, int]
    unanswered: int
    disputed: int
    wrong: int
    wrong_source: int
    good: int
    remarks: tuple[str, ...]
    cited: tuple[Document, ...]
    near: tuple[Document, ...]
    answered_now: bool

    @property
    def count(self) -> int:
        """How many questions the group holds."""
        return sum(self.questions.values())

    @property
    def missing(self) -> int:
        """How many of them had no answer, or one that was judged wrong."""
        return self.unanswered + self.wrong + self.wrong_source

    @property
    def example(self) -> str:
        """The question that stands for the group."""
        return next(iter(self.questions))


def by_missing(groups: Iterable[Group]) -> list[Group]:
    """Return the groups that show a gap, the largest gap first."""
    return sorted((found for found in groups if found.missing), key=lambda found: (-found.missing, found.subject))


def headline(group: Group) -> str:
    """Say in one line what is missing, such as "12 vragen over vrijstelling, geen document"."""
    about = f"{counted(group.missing)} over {one_line(group.subject)}"
    documents = f"wel documenten ({named(group.cited)})" if group.cited else "wel een antwoord"
    if group.missing == group.unanswered:
        return f"{about}, geen document"
    if group.missing == group.wrong:
        return f"{about}: {documents}, maar het antwoord werd als fout beoordeeld"
    if group.missing == group.wrong_source:
        return f"{about}: {documents}, maar de bron werd als verkeerd beoordeeld"
    parts = [
        f"{number} {what}"
        for number, what in (
            (group.unanswered, "zonder document"),
            (group.wrong, "met een antwoord dat als fout werd beoordeeld"),
            (group.wrong_source, "met een bron die als verkeerd werd beoordeeld"),
        )
        if number
    ]
    cited = f" (bronnen: {named(group.cited)})" if group.cited else ""
    return f"{about}: {', '.join(parts)}{cited}"


def counted(count: int) -> str:
    """Return "1 vraag" or "12 vragen"."""
    return "1 vraag" if count == 1 else f"{count} vragen"


def named(documents: Sequence[Document], *, files: bool = False) -> str:
    """Return the titles of the first documents, with their ``files`` where asked, and how many there are more."""
    names = [one_line(f"{document.title} ({document.file})" if files else document.title) for document in documents]
    more = len(names) - MOST_DOCUMENTS
    return ", ".join(names[:MOST_DOCUMENTS]) + (f" en nog {more}" if more > 0 else "")
