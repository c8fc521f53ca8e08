"""Answers as HTML, for the page. Whatever a visitor typed or a document holds is escaped by the templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

from bot.answers import Answer, AnswerStatus, Method, Source
from bot.citing import unnumbered
from bot.web.conversation import Exchange
from bot.web.export.exporting import plain_copy
from bot.web.file_types import file_type
from bot.web.templates import long_date, render, size
from bot.web.viewer import viewer_url
from kb.documents import Document
from kb.live import LiveKnowledge

_CITED = re.compile(r"\s*\[(\d+)\]")
# While an answer is being made it has no id yet.
COMING = "nu"
# Finds the document of a source; None when the version that was cited is no longer live.
Find = Callable[[Source], Document | None]


def finder(knowledge: LiveKnowledge) -> Find:
    """Return what finds the documents of sources in the release that is live."""

    def find(source: Source) -> Document | None:
        document = knowledge.retriever().release.documents.get(source.document_id)
        return document if document and f"versie={document.sha256[:12]}" in source.url else None

    return find


def conversation_html(exchanges: Sequence[Exchange], public_url: str = "") -> Markup:
    """Return the questions and answers, oldest first; copies link to their sources at ``public_url``."""
    return Markup("").join(turn_html(exchange, public_url) for exchange in exchanges)


def turn_html(exchange: Exchange, public_url: str = "") -> Markup:
    """Return one question with its answer, or with what went wrong."""
    answer = exchange.answer
    return render(
        "turn.html",
        exchange=exchange,
        answer=answer,
        paragraphs=_paragraphs(answer) if answer else [],
        written=answer is not None and answer.method is Method.GENERATIVE,
        copied=plain_copy(exchange, public_url) if answer else "",
        found=answer is not None and answer.status is AnswerStatus.ANSWERED,
    )


def piece_html(text: str, sources: Sequence[Source]) -> Markup:
    """Return a piece of an answer that is still being made."""
    numbers = [int(number) for number in _CITED.findall(text)]
    return _statement(_CITED.sub("", text), numbers, sources, COMING)


def sources_html(exchanges: Sequence[Exchange], find: Find) -> Markup:
    """Return the sources of every answer; only those of the last exchange are visible until a citation is chosen."""
    return Markup("").join(
        source_group_html(exchange.question, exchange.answer.id, exchange.answer.sources, find)
        for exchange in exchanges
        if exchange.answer and exchange.answer.sources
    )


def source_group_html(question: str, answer_id: str, sources: Sequence[Source], find: Find) -> Markup:
    """Return the sources of one answer."""
    cards = [_Card.of(source, answer_id, find(source)) for source in sources]
    return render("sources.html", question=question, answer_id=answer_id, cards=cards)


def marked(text: str, marks: Iterable[tuple[int, int]]) -> Markup:
    """Return ``text`` escaped, with every stretch of ``marks`` in a mark element.

    Stretches may overlap or lie outside the text: the reader still sees every character of it once.
    """
    parts: list[Markup] = []
    shown = 0
    for start, end in sorted(marks):
        start, end = max(start, shown), min(end, len(text))
        if start < end:
            parts += [_text(text[shown:start]), Markup("<mark>"), _text(text[start:end]), Markup("</mark>")]
            shown = end
    return Markup("").join([*parts, _text(text[shown:])])


def citation_name(source: Source) -> str:
    """Return what a screen reader says for a citation, such as Bron 1: Handreiking X, pagina 12."""
    page = f", pagina {source.page}" if source.page else ""
    return f"Bron {source.number}: {source.title}{page}{', verlopen' if source.expired else ''}"


@dataclass(frozen=True, slots=True)
class _Citation:
    card: str
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class _Card:
    """What is shown of one source."""

    id: str
    source: Source
    facts: str
    place: str
    passage: Markup
    url: str
    opens: str

    @classmethod
    def of(cls, source: Source, answer_id: str, document: Document | None) -> _Card:
        facts = [source.kind[:1].upper() + source.kind[1:], long_date(source.date)]
        facts += [source.publisher] if source.publisher else []
        heading = (source.heading or "").removeprefix(source.title).removeprefix(" > ")
        place = [heading.replace(" > ", " › ")] if heading else []
        place += [f"pagina {source.page}"] if source.page else []
        return cls(
            id=_card_id(answer_id, source.number),
            source=source,
            facts=" · ".join(facts),
            place=" · ".join(place),
            passage=marked(source.text, source.marks),
            url=viewer_url(source) or source.url,
            opens=_what_opens(source, document),
        )


def _what_opens(source: Source, document: Document | None) -> str:
    """A link says what it opens: PDF, 340 kB, pagina 3. Only a PDF opens at a page."""
    known = [file_type(document.file), size(document.size_bytes)] if document else []
    page = [f"pagina {source.page}"] if "#page=" in source.url else []
    return ", ".join(known + page)


def _paragraphs(answer: Answer) -> list[list[Markup]]:
    """Statements from the same sources make one paragraph."""
    return [
        [_statement(unnumbered(one.text), one.sources, answer.sources, answer.id) for one in same]
        for _, same in groupby(answer.statements, key=lambda statement: statement.sources)
    ]


def _statement(text: str, numbers: Sequence[int], sources: Sequence[Source], answer_id: str) -> Markup:
    known = {source.number: source for source in sources}
    citations = [
        _Citation(_card_id(answer_id, number), number, citation_name(known[number]))
        for number in numbers
        if number in known
    ]
    return render("statement.html", text=text, citations=citations)


def _card_id(answer_id: str, number: int) -> str:
    return f"bron-{answer_id}-{number}"


def _text(text: str) -> Markup:
    # A carriage return in HTML source becomes a line feed; as a reference it survives.
    return Markup(escape(text).replace("\r", Markup("&#13;")))
