"""Answers as HTML. Whatever a visitor typed or a document holds is escaped here, and nowhere else turned into HTML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from bot.answers import Answer, Source, Statement, Suggestion
from bot.citing import unnumbered
from bot.web.conversation import Exchange
from kb import dutch

_NEW_TAB = '<span class="vh"> (opent in een nieuw tabblad)</span>'
_NO_ANSWER_YET = "Stel een vraag. Hier leest u dan de passages waar het antwoord uit komt."
_NO_SOURCES = "Bij dit antwoord horen geen bronnen."


def conversation_html(exchanges: Sequence[Exchange]) -> str:
    """Return the questions and answers, oldest first."""
    return "".join(_exchange(exchange) for exchange in exchanges)


def sources_html(exchanges: Sequence[Exchange]) -> str:
    """Return the sources of every answer; only those of the last exchange are visible until a citation is chosen."""
    groups = [
        _source_group(exchange.question, exchange.answer, visible=exchange is exchanges[-1])
        for exchange in exchanges
        if exchange.answer and exchange.answer.sources
    ]
    if exchanges and exchanges[-1].answer and exchanges[-1].answer.sources:
        return "".join(groups)
    return f'<p class="leeg">{_NO_SOURCES if exchanges else _NO_ANSWER_YET}</p>' + "".join(groups)


def marked(text: str, marks: Iterable[tuple[int, int]]) -> str:
    """Return ``text`` escaped, with every stretch of ``marks`` in a mark element.

    Stretches may overlap or lie outside the text: the reader still sees every character of it once.
    """
    parts: list[str] = []
    shown = 0
    for start, end in sorted(marks):
        start, end = max(start, shown), min(end, len(text))
        if start < end:
            parts += [_text(text[shown:start]), "<mark>", _text(text[start:end]), "</mark>"]
            shown = end
    return "".join([*parts, _text(text[shown:])])


def long_date(date: dt.date | None) -> str:
    """Return a date as a Dutch reader writes it, such as 1 december 2023."""
    return dutch.long_date(date) if date else "zonder datum"


def citation_name(source: Source) -> str:
    """Return what a screen reader says for a citation, such as Bron 1: Handreiking X, pagina 12."""
    page = f", pagina {source.page}" if source.page else ""
    return f"Bron {source.number}: {source.title}{page}{', verlopen' if source.expired else ''}"


def _exchange(exchange: Exchange) -> str:
    reply = _answer(exchange.answer) if exchange.answer else _error(exchange.error or "")
    return (
        '<article class="beurt">'
        f'<h3 class="vraag"><span class="vh">Uw vraag: </span>{_text(exchange.question)}</h3>{reply}</article>'
    )


def _error(message: str) -> str:
    return f'<div class="antwoord fout"><p><strong>Dat lukte niet.</strong> {_text(message)}</p></div>'


def _answer(answer: Answer) -> str:
    notices = "".join(
        f'<p class="melding"><strong>Let op:</strong> {_text(notice.removeprefix("Let op: "))}</p>'
        for notice in answer.notices
    )
    body = _statements(answer) if answer.statements else f"<p>{_text(answer.text)}</p>" + _suggestions(answer)
    return f'<div class="antwoord">{body}{notices}</div>'


def _statements(answer: Answer) -> str:
    """Statements from the same sources make one paragraph."""
    sources = {source.number: source for source in answer.sources}
    paragraphs = groupby(answer.statements, key=lambda statement: statement.sources)
    return "".join(
        f"<p>{' '.join(_statement(statement, answer.id, sources) for statement in statements)}</p>"
        for _, statements in paragraphs
    )


def _statement(statement: Statement, answer_id: str, sources: dict[int, Source]) -> str:
    citations = "".join(_citation(answer_id, sources[number]) for number in statement.sources if number in sources)
    return f"{_text(unnumbered(statement.text))} {citations}"


def _citation(answer_id: str, source: Source) -> str:
    return (
        f'<a class="citaat" href="#{_source_id(answer_id, source)}" aria-label="{_text(citation_name(source))}">'
        f"[{source.number}]</a>"
    )


def _suggestions(answer: Answer) -> str:
    if not answer.suggestions:
        return ""
    return f'<ul class="suggesties">{"".join(_suggestion(item) for item in answer.suggestions)}</ul>'


def _suggestion(suggestion: Suggestion) -> str:
    return f"<li>{_link(suggestion.url, suggestion.title)} <span>({_text(suggestion.kind)})</span></li>"


def _source_group(question: str, answer: Answer, *, visible: bool) -> str:
    cards = "".join(_source(source, answer.id) for source in answer.sources)
    return (
        f'<section class="bronnen-van"{"" if visible else " hidden"}>'
        f'<p class="bij-vraag">Bij de vraag: {_text(question)}</p>{cards}</section>'
    )


def _source(source: Source, answer_id: str) -> str:
    card = _source_id(answer_id, source)
    facts = [source.kind[:1].upper() + source.kind[1:], long_date(source.date)]
    facts += [source.publisher] if source.publisher else []
    expired = f"verlopen: geldig tot en met {long_date(source.valid_until)}" if source.expired else ""
    ended = f'<p class="feiten"><strong>{_text(expired)}</strong></p>' if expired else ""
    heading = (source.heading or "").removeprefix(source.title).removeprefix(" > ")
    place = [heading.replace(" > ", " › ")] if heading else []
    place += [f"pagina {source.page}"] if source.page else []
    where = f'<p class="plaats">{_text(" · ".join(place))}</p>' if place else ""
    return (
        f'<article class="bron" id="{card}" tabindex="-1" aria-labelledby="{card}-titel">'
        f'<h3 id="{card}-titel"><span class="nummer"><span class="vh">Bron </span>{source.number}</span> '
        f"{_text(source.title)}</h3>"
        f'<p class="feiten">{_text(" · ".join(facts))}</p>{ended}{where}'
        f'<blockquote class="passage">{marked(source.text, source.marks)}</blockquote>'
        f'<p class="knoppen">{_link(source.url, f"Open origineel{_kind_and_page(source)}")} '
        f'<a class="terug" href="#gesprek">Terug naar het antwoord</a></p></article>'
    )


def _kind_and_page(source: Source) -> str:
    """A link says what it opens. Only a PDF opens at a page."""
    return f" (PDF, pagina {source.page})" if "#page=" in source.url else ""


def _source_id(answer_id: str, source: Source) -> str:
    return _text(f"bron-{answer_id}-{source.number}")


def _link(url: str, text: str) -> str:
    # Addresses are our own paths; anything else would come from a conversation that was tampered with.
    safe = url if url.startswith("/v1/") else "#"
    return f'<a href="{_text(safe)}" target="_blank" rel="noopener">{_text(text)}{_NEW_TAB}</a>'


def _text(text: str) -> str:
    # A carriage return in HTML source becomes a line feed; as a reference it survives.
    return escape(text, quote=True).replace("\r", "&#13;")
