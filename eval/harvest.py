"""From use to question set: what users asked and judged, as drafts for a person to complete, and as a list of gaps.

The records are those of `bot.feedback`, masked already. Questions that are in the question set are left out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.answers import AnswerStatus
from bot.feedback import KEEP_DAYS, FeedbackStore, Judged, Unanswered, Verdict
from bot.service import examine
from bot.storage.database import Database
from eval.gaps import Group, by_missing, headline
from eval.grouping import group, subject
from eval.harvest_files import write_files
from eval.questions import SHIPPED, QuestionSet, load_questions
from kb.analysis import words
from kb.documents import Document
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.releases import Release
from kb.retrieval import Retriever

# Grouping compares every question with every other; the newest say most about what is missing now.
MOST_QUESTIONS = 4000

# The verdict on an answer, None for no answer.
Outcome = Verdict | None


@dataclass(slots=True)
class _Asked:
    """One question, however often it was asked."""

    text: str
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    disputed: int = 0
    remarks: list[str] = field(default_factory=list)
    documents: Counter[str] = field(default_factory=Counter)

    @property
    def missing(self) -> int:
        """How often there was no answer, or one that was judged wrong."""
        return self.outcomes.total() - self.outcomes[Verdict.GOOD]


@dataclass(frozen=True, slots=True)
class Harvest:
    """What came of the records. ``drafts`` and ``gaps`` are the files written, None when there was nothing to write.

    ``known`` counts the questions that the question set holds already, ``cut`` those left out because there are too
    many. Groups are in order of size; ``release`` is the one the documents are from.
    """

    groups: tuple[Group, ...]
    known: int
    cut: int
    release: str
    drafts: Path | None
    gaps: Path | None

    def gap_lines(self) -> list[str]:
        """Return one Dutch line per gap, the largest first."""
        return [headline(found) for found in by_missing(self.groups)]

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as a JSON object with the Dutch names of the command."""
        return {
            "concepten": str(self.drafts) if self.drafts else None,
            "lijst": str(self.gaps) if self.gaps else None,
            "release": self.release,
            "alInVragenset": self.known,
            "weggelaten": self.cut,
            "gaten": self.gap_lines(),
            "groepen": [_group_row(found) for found in self.groups],
        }


def harvest(
    database: Database,
    encoder: Encoder,
    retriever: Retriever,
    out: Path,
    keep_days: int = KEEP_DAYS,
    known: QuestionSet | None = None,
    today: Callable[[], dt.date] = dt.date.today,
) -> Harvest:
    """Write drafts and gaps from the records in ``database`` into the folder ``out``.

    Files that are there already are never touched: the new ones get another name. ``known`` is the question set that
    the drafts are for, the shipped one by default. Raises `UsageError` for a folder that can not hold the files, and
    `StorageError` when the records can not be read.
    """
    if out.resolve().is_relative_to(SHIPPED):
        raise UsageError(f"In {out} staan de vragen van de vragenset zelf. Kies een andere map met --out.")
    store = FeedbackStore(database, keep_days, today)
    asked = _collect(store.unanswered(), store.judged())
    in_set = {_plain(item.vraag) for _, item in (known or load_questions(SHIPPED)).asked()}
    fresh = [item for key, item in asked.items() if key not in in_set]
    kept = fresh[-MOST_QUESTIONS:]
    release = retriever.release
    groups = [
        _described([kept[place] for place in places], retriever)
        for places in group([item.text for item in kept], encoder, release.lexical)
    ]
    groups.sort(key=lambda found: (-found.count, found.subject))
    drafts, gaps = write_files(groups, out, release.id, today()) if groups else (None, None)
    return Harvest(tuple(groups), len(asked) - len(fresh), len(fresh) - len(kept), release.id, drafts, gaps)


def print_harvest(outcome: Harvest, console: Console) -> None:
    """Print what was found and where it is."""
    if outcome.known:
        console.print(f"{_questions(outcome.known)} overgeslagen: al in de vragenset.", markup=False, style="dim")
    if outcome.drafts is None:
        console.print(
            "Er is nog niets te oogsten. Beoordelingen komen binnen via POST /v1/beoordelingen; vragen zonder antwoord "
            "worden alleen bewaard met HANDWIJZER_KEEP_QUESTIONS=true.",
            markup=False,
        )
        return
    if outcome.cut:
        console.print(f"Alleen de nieuwste {MOST_QUESTIONS} vragen zijn gebruikt.", markup=False, style="dim")
    for line in outcome.gap_lines():
        console.print(f"- {line}", markup=False)
    console.print(f"Wat ontbreekt: {outcome.gaps}", markup=False)
    console.print(f"Om aan te vullen ({len(outcome.groups)} concepten): {outcome.drafts}", markup=False)


def _questions(count: int) -> str:
    return f"{count} vraag is" if count == 1 else f"{count} vragen zijn"


def _collect(unanswered: Iterable[Unanswered], judged: Iterable[Judged]) -> dict[tuple[str, ...], _Asked]:
    """Return what was asked by its plain text, the newest last."""
    asked: dict[tuple[str, ...], _Asked] = {}
    records: list[Unanswered | Judged] = [*unanswered, *judged]
    for record in sorted(records, key=lambda record: record.day):
        key = _plain(record.question)
        if not key:
            continue
        item = asked.pop(key, _Asked(record.question))
        asked[key] = item
        if isinstance(record, Unanswered):
            item.outcomes[None] += 1
            continue
        answered = record.status is AnswerStatus.ANSWERED
        item.outcomes[record.verdict if answered else None] += 1
        item.disputed += not answered and record.verdict is not Verdict.GOOD
        item.remarks += [record.remark] if record.remark else []
        if answered and record.verdict is not Verdict.GOOD:
            item.documents.update(record.documents)
    return asked


def _plain(question: str) -> tuple[str, ...]:
    return tuple(words(question))


def _described(items: list[_Asked], retriever: Retriever) -> Group:
    items = sorted(items, key=lambda item: (-item.missing, -item.outcomes.total()))
    outcomes: Counter[Outcome] = sum((item.outcomes for item in items), Counter())
    cited: Counter[str] = sum((item.documents for item in items), Counter())
    questions = {item.text: item.outcomes.total() for item in items}
    release = retriever.release
    answer = examine(retriever, items[0].text).answer
    near = [source.document_id for source in answer.sources] or [item.document_id for item in answer.suggestions]
    return Group(
        subject=subject(questions, release.lexical),
        questions=questions,
        unanswered=outcomes[None],
        disputed=sum(item.disputed for item in items),
        wrong=outcomes[Verdict.WRONG],
        wrong_source=outcomes[Verdict.WRONG_SOURCE],
        good=outcomes[Verdict.GOOD],
        remarks=tuple(dict.fromkeys(remark for item in items for remark in item.remarks)),
        cited=_documents([key for key, _ in cited.most_common()], release),
        near=_documents(near, release),
        answered_now=answer.status is AnswerStatus.ANSWERED,
    )


def _documents(ids: Iterable[str], release: Release) -> tuple[Document, ...]:
    return tuple(release.documents[key] for key in dict.fromkeys(ids) if key in release.documents)


def _group_row(found: Group) -> dict[str, Any]:
    counts = asdict(found)
    names = {
        "unanswered": "zonderAntwoord", "disputed": "betwist", "wrong": "fout", "wrong_source": "verkeerdeBron",
        "good": "goed", "answered_now": "nuBeantwoord",
    }  # fmt: skip
    return {
        "onderwerp": found.subject,
        "aantal": found.count,
        **{dutch: counts[name] for name, dutch in names.items()},
        "vragen": [{"vraag": text, "aantal": count} for text, count in found.questions.items()],
        "documenten": [document.id for document in (*found.cited, *found.near)],
    }
