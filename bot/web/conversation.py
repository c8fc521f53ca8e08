"""The conversation of one visitor. It lives in the browser and travels with every question, so that the server
keeps no conversation, visitors can not see each other's questions, and any worker process can answer."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.answers import Answer, Turn
from bot.desk import Desk
from bot.guard import guard
from bot.service import MAX_QUESTION_CHARACTERS, SourcesFound, TextAdded
from kb.dutch import long_date
from kb.errors import HandwijzerError
from kb.retrieval import Filters

# The browser sends the whole conversation along: some 5 kB an exchange.
KEPT_EXCHANGES = 40
# A follow-up question leans on what was said just before it.
_EXCHANGES_FOR_FOLLOW_UP = 10
_SHOWN_OF_TOO_LONG = 200
# Far more than any answer has.
_MOST_PARTS = 100
_MOST_CITATIONS = 500
_MOST_CHARACTERS = 200_000
_UNEXPECTED = "Er ging iets mis. Stel de vraag opnieuw. Blijft het misgaan, meld het dan bij de beheerder."
_log = logging.getLogger(__name__)


class Exchange(BaseModel):
    """One question with its answer, or with the Dutch message that says why there is none.

    ``within`` says in Dutch to which documents the search was narrowed, empty for all.
    """

    model_config = ConfigDict(frozen=True)

    question: str
    answer: Answer | None = None
    error: str | None = None
    within: str = Field("", max_length=1000)


def _bounded(exchange: Exchange) -> Exchange:
    answer = exchange.answer
    if answer and (
        max(len(answer.statements), len(answer.sources), len(answer.suggestions), len(answer.notices)) > _MOST_PARTS
        or sum(len(one.sources) for one in answer.statements) > _MOST_CITATIONS
        or sum(len(one.text) for one in answer.statements) > _MOST_CHARACTERS
        or sum(len(source.text) for source in answer.sources) > _MOST_CHARACTERS
    ):
        raise ValueError("more than an answer holds")
    return exchange


# An exchange that comes back from a browser. One that was tampered with must not cost seconds to show.
Kept = Annotated[Exchange, AfterValidator(_bounded)]
# An answer as a visitor sees it come, with the whole exchange last.
Pieces = Generator[SourcesFound | TextAdded | Exchange, None, None]


def replying(desk: Desk, question: str, earlier: Sequence[Exchange], filters: Filters | None = None) -> Pieces:
    """Answer ``question``, given the ``earlier`` exchanges, in pieces. Never raises: failures become a message."""
    within = _described(filters) if filters else ""
    try:
        with closing(desk.stream(question, _turns(earlier), filters)) as events:
            for event in events:
                yield (Exchange(question=question, answer=event, within=within) if isinstance(event, Answer) else event)
        return
    except HandwijzerError as error:
        message = error.message
    except Exception as error:
        # The class only: a message may hold what the visitor typed.
        _log.error("unexpected %s while answering on the page", type(error).__name__)
        message = _UNEXPECTED
    # What is over the limit can be anything, names of children too: its beginning is enough to recognise it.
    if len(question) > MAX_QUESTION_CHARACTERS:
        question = guard(question[:_SHOWN_OF_TOO_LONG], lambda _: False).text + "…"
    yield Exchange(question=question, error=message)


def _described(filters: Filters) -> str:
    count = len(filters.documents)
    parts = [
        ", ".join(filters.kinds[:10]),
        "één gekozen document" if count == 1 else f"{count} gekozen documenten" if count else "",
        f"vanaf {long_date(filters.since)}" if filters.since else "",
        f"tot en met {long_date(filters.until)}" if filters.until else "",
    ]
    return " · ".join(part for part in parts if part)[:1000]


def _turns(exchanges: Sequence[Exchange]) -> list[Turn]:
    turns: list[Turn] = []
    for exchange in exchanges[-_EXCHANGES_FOR_FOLLOW_UP:]:
        if exchange.answer:
            turns.append(Turn(role="gebruiker", text=exchange.question))
            turns.append(Turn(role="assistent", text=exchange.answer.text))
    return turns
