"""What a conversation says when it leaves the page: every answer with its warnings above it and its sources below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from urllib.parse import quote

from bot.answers import Answer, Method, Source, Statement
from bot.citing import unnumbered
from bot.web.conversation import Exchange
from bot.web.export.structure import Block, Run, Style, tidy, tidy_lines
from bot.web.templates import own
from kb.dutch import long_date

TITLE = "Gesprek met Handwijzer"
_WHAT = "Handwijzer zoekt automatisch in documenten over onderwijs en jeugdhulp. De antwoorden zijn letterlijke citaten"
_QUOTED = f"{_WHAT} uit die documenten."
_WRITTEN = f"{_WHAT}, of zinnen van een schrijfmodel die de bronnen bevestigen."
CARE = "Dit antwoord komt van Handwijzer. Het is geen advies en geen besluit: lees de bron na."
_NUMBERS = (
    "Ze zijn geen advies en geen besluit: lees de bron na. Het nummer achter een zin hoort bij de bron met dat nummer "
    "onder hetzelfde antwoord."
)
_PRIVATE = "Deelt u dit gesprek? Kijk dan eerst of er geen namen of andere persoonsgegevens in de vragen staan."
_NOTICE = "Let op: "
_SOURCES, _NEARBY = "Bronnen", "Documenten in de buurt"
# What an address may hold besides letters and digits; everything else is written as %xx.
_IN_ADDRESS = "/?=&#%-._~:[]"


def conversation(exchanges: Sequence[Exchange], today: date, origin: str) -> list[Block]:
    """Return the whole conversation, with what it is above it. ``origin`` is where the addresses of documents begin
    (``https://host``); without it there are no links to them."""
    answers = [exchange.answer for exchange in exchanges if exchange.answer]
    written = any(answer.method is Method.GENERATIVE for answer in answers)
    releases = tidy(", ".join(dict.fromkeys(answer.release for answer in answers)))
    version = f"\nVersie van de documenten: {releases}." if releases else ""
    blocks = [
        _block(Style.TITLE, TITLE),
        _block(Style.TEXT, f"Gemaakt op {long_date(today)}.{version}"),
        _block(Style.TEXT, f"{_WRITTEN if written else _QUOTED} {_NUMBERS}"),
        _block(Style.TEXT, _PRIVATE),
    ]
    for number, exchange in enumerate(exchanges, 1):
        blocks.append(_block(Style.QUESTION, f"Vraag {number}: {tidy(exchange.question)}"))
        blocks += reply(exchange, origin, number)
    return blocks


def reply(exchange: Exchange, origin: str, number: int = 1) -> list[Block]:
    """Return what was said to the question of ``exchange``, the ``number``-th of its conversation."""
    return [block for block in _reply(exchange, origin, number) if block.text]


def _reply(exchange: Exchange, origin: str, number: int) -> Iterator[Block]:
    if not exchange.answer:
        yield Block(Style.NOTICE, ((Run("Dat lukte niet. ", strong=True), Run(tidy(exchange.error or ""))),))
        return
    answer = exchange.answer
    if exchange.within:
        yield _block(Style.TEXT, f"Alleen gezocht in: {tidy(exchange.within)}.")
    for notice in answer.notices:
        yield Block(Style.NOTICE, ((Run(_NOTICE, strong=True), Run(tidy(notice.removeprefix(_NOTICE)))),))
    if answer.statements:
        yield from _statements(answer, number)
    else:
        yield _block(Style.TEXT, unnumbered(answer.text))
    if answer.sources:
        yield _block(Style.SUBHEADING, _SOURCES)
        for source in answer.sources:
            yield _source(source, origin, _anchor(number, source.number))
            yield from _quotes(source)
    if answer.suggestions:
        yield _block(Style.SUBHEADING, _NEARBY)
        for item in answer.suggestions:
            named = Run(f"{tidy(item.title)} ({tidy(item.kind)})", link=_address(origin, item.url))
            yield Block(Style.NEARBY, ((named,),))


def _block(style: Style, text: str) -> Block:
    return Block(style, tuple((Run(line),) for line in tidy_lines(text)))


def _statements(answer: Answer, number: int) -> Iterator[Block]:
    """Statements from the same sources make one paragraph."""
    known = {source.number for source in answer.sources}
    for cited, statements in groupby(answer.statements, key=lambda statement: statement.sources):
        citations = [Run(f"[{source}]", link=f"#{_anchor(number, source)}") for source in cited if source in known]
        yield Block(Style.TEXT, _paragraph(statements, citations))


def _paragraph(statements: Iterable[Statement], citations: Sequence[Run]) -> tuple[tuple[Run, ...], ...]:
    lines: list[list[Run]] = [[]]
    for statement in statements:
        for place, line in enumerate(tidy_lines(unnumbered(statement.text))):
            if place:
                lines.append([])
            lines[-1].append(Run(f" {line}" if lines[-1] else line))
        if citations and lines[-1]:
            lines[-1] += [Run(" "), *citations]
    return tuple(map(tuple, lines))


def _source(source: Source, origin: str, anchor: str) -> Block:
    heading = (source.heading or "").removeprefix(source.title).removeprefix(" > ").replace(" > ", " › ")
    named = source.kind[:1].upper() + source.kind[1:]
    facts = [named, long_date(source.date) if source.date else "zonder datum", source.publisher or ""]
    place = [heading, f"pagina {source.page}" if source.page else ""]
    until = f": geldig tot en met {long_date(source.valid_until)}" if source.valid_until else ""
    lines = [
        Run(f"[{source.number}] {tidy(source.title)}", strong=True),
        Run(_together(facts)),
        Run(f"Verlopen{until}" if source.expired else "", strong=True),
        Run(_together(place)),
    ]
    if address := _address(origin, source.url):
        # Only a PDF opens at a page.
        opened = f" (PDF, pagina {source.page})" if "#page=" in address else ""
        lines.append(Run(f"Open het origineel{opened}", link=address))
    return Block(Style.SOURCE, tuple((run,) for run in lines if run.text), anchor)


def _quotes(source: Source) -> Iterator[Block]:
    """The quoted words of a passage. Stretches may overlap or lie outside it: every word comes once."""
    words: list[str] = []
    shown = 0
    for start, end in sorted(source.marks):
        start, end = max(start, shown), min(end, len(source.text))
        if start < end:
            words.append("\n".join(tidy_lines(source.text[start:end])))
            shown = end
    if quoted := " […] ".join(filter(None, words)):
        yield _block(Style.QUOTE, f"“{quoted}”")


def _together(facts: Iterable[str]) -> str:
    return " · ".join(filter(None, map(tidy, facts)))


def _anchor(number: int, source: int) -> str:
    return f"bron_{number}_{source}"


def _address(origin: str, path: str) -> str:
    """Only our own paths: anything else would come from a conversation that was tampered with."""
    return quote(origin + path, safe=_IN_ADDRESS) if origin and own(path) == path else ""
