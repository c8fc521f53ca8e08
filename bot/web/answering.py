"""One answer as the page shows it come: server-sent events that carry HTML.

``gegevens``, and nothing more, when the question holds personal data: the visitor reads which, and how the question
is without them. Otherwise ``melding`` where somebody may be in danger, ``bronnen`` and ``tekst`` as often as needed,
and ``klaar`` with the whole exchange, which the browser keeps.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing, closing
from typing import Any

from sse_starlette import ServerSentEvent

from bot.answers import Source
from bot.api.streaming import from_thread
from bot.danger import reminder
from bot.desk import Desk
from bot.drafting import one_line
from bot.guard import Guarded, guard, names_in
from bot.service import MAX_QUESTION_CHARACTERS, SourcesFound
from bot.web.conversation import Exchange, replying
from bot.web.render import COMING, finder, piece_html, source_group_html, sources_html, turn_html
from bot.web.templates import render
from kb.errors import HandwijzerError
from kb.retrieval import Filters

_Event = tuple[str, dict[str, Any]]


async def answer_events(
    desk: Desk, question: str, earlier: Sequence[Exchange], filters: Filters | None, public_url: str
) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield the events of one answer."""
    async with aclosing(from_thread(_events(desk, question, earlier, filters, public_url))) as events:
        async for name, data in events:
            yield ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name, sep="\n")


def _events(
    desk: Desk, question: str, earlier: Sequence[Exchange], filters: Filters | None, public_url: str
) -> Generator[_Event, None, None]:
    # On one line, as `bot.service` reads it. In what is too long for that, looking would take minutes.
    asked = one_line(question)
    guarded = _guarded(desk, asked) if len(asked) <= MAX_QUESTION_CHARACTERS else Guarded("", None)
    if guarded.notice:
        yield "gegevens", {"html": render("personal.html", guarded=guarded), "vraag": guarded.text}
        return
    if danger := reminder(asked[:MAX_QUESTION_CHARACTERS]):
        yield "melding", {"html": render("notice.html", notice=danger)}
    find, sources = finder(desk.knowledge), tuple[Source, ...]()
    with closing(replying(desk, question, earlier, filters)) as pieces:
        for piece in pieces:
            if isinstance(piece, SourcesFound):
                sources = piece.sources
                yield "bronnen", {"html": source_group_html(question, COMING, sources, find)}
            elif isinstance(piece, Exchange):
                kept = piece.model_dump(mode="json")
                yield (
                    "klaar",
                    {"beurt": turn_html(piece, public_url), "bronnen": sources_html([piece], find), "gesprek": kept},
                )
            else:
                yield "tekst", {"html": piece_html(piece.text, sources)}


def _guarded(desk: Desk, question: str) -> Guarded:
    try:
        return guard(question, names_in(desk.knowledge.retriever().release))
    except HandwijzerError:  # there is nothing to ask, which the answer says
        return Guarded(question, None)
