"""`ask` and `search`: the two functions that every door calls, and `examine`, which measuring calls."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.abstention import THRESHOLD, answerable, signals
from bot.answers import Answer, AnswerStatus, Method, Source, Statement, Suggestion, Turn
from bot.extract import Quote, extract, unit_cosines
from bot.followup import standalone
from bot.question import Asks, what_it_asks
from kb.documents import Document
from kb.errors import UsageError
from kb.live import LiveKnowledge
from kb.retrieval import Filters, Found, Hit, Legs, Retriever

MAX_QUESTION_CHARACTERS = 2000
_HITS = 12
_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """What takes part in answering; everything, unless a measurement leaves something out.

    ``threshold`` is the probability under which a question is refused.
    """

    legs: Legs = field(default_factory=Legs)
    follow_ups: bool = True
    question_form: bool = True
    threshold: float = THRESHOLD


@dataclass(frozen=True, slots=True)
class Examined:
    """An answer with what it came from: the passages found, and the probability that they answer the question."""

    answer: Answer
    found: Found
    probability: float


def ask(
    knowledge: LiveKnowledge,
    question: str,
    conversation: Sequence[Turn] = (),
    filters: Filters | None = None,
) -> Answer:
    """Answer one question from the live release, with citations, or say that the documents do not hold the answer.

    Raises `UsageError` for an empty or over-long question, and `ReleaseError` when there is nothing to ask.
    """
    return examine(knowledge.retriever(), question, conversation, filters).answer


def examine(
    retriever: Retriever,
    question: str,
    conversation: Sequence[Turn] = (),
    filters: Filters | None = None,
    parts: Parts | None = None,
) -> Examined:
    """Answer one question as `ask` does, from the release of ``retriever``, and show how it came about."""
    began = time.monotonic()
    parts = parts or Parts()
    question = checked_question(question)
    release = retriever.release
    standing = standalone(question, conversation) if parts.follow_ups else question
    found = retriever.search(standing, _HITS, filters, parts.legs)
    cosines = unit_cosines(release, found)
    evidence = signals(release, found, cosines)
    asks = what_it_asks(question) if parts.question_form else Asks.OTHER
    quotes = extract(release, found, asks, cosines) if answerable(asks, evidence, parts.threshold) else []
    numbers = _numbered(quotes)
    statements = [Statement(text=quote.text, sources=[numbers[quote.hit.passage.id]]) for quote in _in_order(quotes)]
    answer = Answer(
        id=uuid.uuid4().hex,
        status=AnswerStatus.ANSWERED if quotes else AnswerStatus.NOT_FOUND,
        method=Method.EXTRACTIVE,
        text=_as_text(statements) if quotes else _refusal(found, filters),
        statements=statements,
        sources=[_source(number, passage_id, quotes) for passage_id, number in numbers.items()],
        query=found.query,
        suggestions=[] if quotes else _suggestions(found),
        notices=[],
        release=release.id,
        duration_ms=round((time.monotonic() - began) * 1000),
    )
    return Examined(answer, found, evidence.probability)


def search(
    knowledge: LiveKnowledge, query: str, count: int = 10, filters: Filters | None = None
) -> tuple[str, tuple[Hit, ...]]:
    """Return the id of the live release and its ``count`` best passages for ``query``, best first."""
    retriever = knowledge.retriever()
    return retriever.release.id, retriever.search(checked_question(query), count, filters).hits


def checked_question(question: str) -> str:
    """Return ``question`` on one line. Raises `UsageError` when it is empty or too long."""
    tidy = " ".join("".join(c if c.isprintable() else " " for c in question).split())
    if not tidy:
        raise UsageError("De vraag is leeg. Typ een vraag over de documenten.")
    if len(tidy) > MAX_QUESTION_CHARACTERS:
        raise UsageError(
            f"De vraag is te lang: {len(tidy)} tekens, het maximum is {MAX_QUESTION_CHARACTERS}. "
            "Houd alleen over wat nodig is om de vraag te begrijpen."
        )
    return tidy


def _in_order(quotes: Sequence[Quote]) -> list[Quote]:
    """The best quote first; the rest of the same passage follows in reading order, then the next passage."""
    passages = list(dict.fromkeys(quote.hit.passage.id for quote in quotes))
    return sorted(quotes, key=lambda quote: (passages.index(quote.hit.passage.id), quote.start))


def _numbered(quotes: Sequence[Quote]) -> dict[str, int]:
    """Give every passage one number, in the order in which the answer first cites it."""
    passages = dict.fromkeys(quote.hit.passage.id for quote in _in_order(quotes))
    return {passage_id: number for number, passage_id in enumerate(passages, 1)}


def _as_text(statements: Sequence[Statement]) -> str:
    parts = [f"{statement.text} {''.join(f'[{number}]' for number in statement.sources)}" for statement in statements]
    return "\n".join(parts) if any("\n" in part for part in parts) else " ".join(parts)


def _source(number: int, passage_id: str, quotes: Sequence[Quote]) -> Source:
    own = sorted((quote for quote in quotes if quote.hit.passage.id == passage_id), key=lambda quote: quote.start)
    hit = own[0].hit
    return Source(
        number=number,
        passage_id=passage_id,
        document_id=hit.document.id,
        title=hit.document.title,
        kind=hit.document.kind,
        date=hit.document.date,
        publisher=hit.document.publisher,
        heading=heading_of(hit),
        page=own[0].page,
        text=hit.passage.text,
        marks=[(quote.start, quote.end) for quote in own],
        url=file_url(hit.document, own[0].page),
        score=round(hit.score, 4),
    )


def heading_of(hit: Hit) -> str | None:
    """Return the headings above a passage as one line, None without any."""
    return " > ".join(hit.passage.headings) or None


def file_url(document: Document, page: int | None = None) -> str:
    """Return the address of the original, in the version that was read, opened at ``page`` where a browser can."""
    anchor = f"#page={page}" if page and document.media_type == "application/pdf" else ""
    return f"/v1/documenten/{document.id}/bestand?versie={document.sha256[:12]}{anchor}"


def _refusal(found: Found, filters: Filters | None) -> str:
    narrowed = " binnen de gekozen filters" if filters and filters != Filters() else ""
    nearby = " Onder dit bericht staan documenten die er het dichtst bij komen." if found.hits else ""
    return (
        f"In de documenten staat geen antwoord op deze vraag. Er is{narrowed} gezocht naar: \u201c{found.query}\u201d."
        f"{nearby} Stel de vraag anders, of vraag het aan een collega die het onderwerp kent."
    )


def _suggestions(found: Found) -> list[Suggestion]:
    nearest = {hit.document.id: hit.document for hit in found.hits}
    return [
        Suggestion(document_id=document.id, title=document.title, kind=document.kind, url=file_url(document))
        for document in list(nearest.values())[:_SUGGESTIONS]
    ]
