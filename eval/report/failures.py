"""Every question that failed, with all that someone needs to see why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.report.labels import CAUSES
from eval.scoring import Cited, Row

# What the ranking measures look at; evidence further down counts as not found.
_LOOKED_AT = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """One earlier turn of a conversation; the answer is empty when the run does not hold it."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Fact:
    """An expected fact in its accepted wordings, and whether the answer lacks it."""

    wordings: tuple[str, ...]
    missing: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A cited passage, and whether it comes from a document that holds the evidence."""

    cited: Cited
    expected: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that failed. ``why`` is one Dutch sentence, ``earlier`` the conversation before the question."""

    row: Row
    anchor: str
    why: str
    earlier: tuple[Heard, ...]
    facts: tuple[Fact, ...]
    sources: tuple[Source, ...]

    @property
    def question(self) -> str:
        """What was asked, without the conversation before it."""
        return self.row.asked[-1]


def failures(rows: Sequence[Row]) -> dict[str, list[Failure]]:
    """Return the rows that failed by cause, in the order of `CAUSES`; causes without rows are left out."""
    by_id = {row.id: row for row in rows}
    result: dict[str, list[Failure]] = {cause: [] for cause in CAUSES}
    for row in rows:
        if row.cause:
            result.setdefault(row.cause, []).append(_failure(row, by_id))
    return {cause: found for cause, found in result.items() if found}


def anchor(row_id: str) -> str:
    """Return the id of a failed question in the page."""
    return f"vraag-{'_'.join(row_id.split())}"


def _failure(row: Row, by_id: dict[str, Row]) -> Failure:
    expected = {document for document, _ in row.evidence}
    return Failure(
        row=row,
        anchor=anchor(row.id),
        why=_why(row),
        earlier=tuple(Heard(asked, _answer(row, turn, by_id)) for turn, asked in enumerate(row.asked[:-1], 1)),
        facts=tuple(Fact(wordings, wordings[0] in row.missing_facts) for wordings in row.facts),
        sources=tuple(Source(cited, cited.file in expected) for cited in row.sources),
    )


def _answer(row: Row, turn: int, by_id: dict[str, Row]) -> str:
    earlier = by_id.get(f"{row.id.rpartition('/')[0]}/{turn}")
    return earlier.answer if earlier else ""


def _why(row: Row) -> str:
    if row.cause == "wrongly_answered":
        return "De documenten beantwoorden deze vraag niet, maar er kwam toch een antwoord."
    if row.cause == "wrongly_refused":
        return f"De documenten beantwoorden deze vraag, maar Handwijzer weigerde. {_place(row)}"
    total, missing = len(row.facts), len(row.missing_facts)
    if not missing:
        said = "De feiten staan in het antwoord, maar geen genoemde bron bevat het bewijs."
    elif total == 1:
        said = "Het verwachte feit staat niet in het antwoord."
    elif missing == total:
        said = f"Geen van de {total} verwachte feiten staat in het antwoord."
    else:
        verb = "ontbreekt er 1" if missing == 1 else f"ontbreken er {missing}"
        said = f"Van de {total} verwachte feiten {verb}."
    if missing and row.scores.get("evidence_cited"):
        said += " Een genoemde bron bevat het bewijs wel."
    return f"{said} {_place(row)}"


def _place(row: Row) -> str:
    reciprocal = row.scores.get("mrr_at_10")
    if reciprocal:
        return f"De eerste passage met bewijs stond bij het zoeken op plaats {round(1 / reciprocal)}."
    return f"Bij de eerste {_LOOKED_AT} gevonden passages was er geen met bewijs."
