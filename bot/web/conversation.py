"""The conversation of one visitor. It lives in the browser and travels with every question, so that the server
keeps no conversation, visitors can not see each other's questions, and any worker process can answer."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import closing

from pydantic import BaseModel, ConfigDict

from bot.answers import Answer, Turn
from bot.desk import Desk
from bot.service import MAX_QUESTION_CHARACTERS, SourcesFound, TextAdded
from kb.errors import HandwijzerError
from kb.retrieval import Filters

# The browser sends the whole conversation along: some 5 kB an exchange.
KEPT_EXCHANGES = 40
# A follow-up question leans on what was said just before it.
_EXCHANGES_FOR_FOLLOW_UP = 10
_SHOWN_OF_TOO_LONG = 200
_UNEXPECTED = "Er ging iets mis. Stel de vraag opnieuw. Blijft het misgaan, meld het dan bij de beheerder."
_log = logging.getLogger(__name__)


class Exchange(BaseModel):
    """One question with its answer, or with the Dutch message that says why there is none."""

    model_config = ConfigDict(frozen=True)

    question: str
    answer: Answer | None = None
    error: str | None = None


# An answer as a visitor sees it come, with the whole exchange last.
Pieces = Generator[SourcesFound | TextAdded | Exchange, None, None]


def replying(desk: Desk, question: str, earlier: Sequence[Exchange], filters: Filters | None = None) -> Pieces:
    """Answer ``question``, given the ``earlier`` exchanges, in pieces. Never raises: failures become a message."""
    try:
        with closing(desk.stream(question, _turns(earlier), filters)) as events:
            for event in events:
                yield Exchange(question=question, answer=event) if isinstance(event, Answer) else event
        return
    except HandwijzerError as error:
        message = error.message
    except Exception as error:
        # The class only: a message may hold what the visitor typed.
        _log.error("unexpected %s while answering on the page", type(error).__name__)
        message = _UNEXPECTED
    # What is over the limit can be anything: its beginning is enough to recognise it.
    shown = question if len(question) <= MAX_QUESTION_CHARACTERS else question[:_SHOWN_OF_TOO_LONG] + "…"
    yield Exchange(question=shown, error=message)


def _turns(exchanges: Sequence[Exchange]) -> list[Turn]:
    turns: list[Turn] = []
    for exchange in exchanges[-_EXCHANGES_FOR_FOLLOW_UP:]:
        if exchange.answer:
            turns.append(Turn(role="gebruiker", text=exchange.question))
            turns.append(Turn(role="assistent", text=exchange.answer.text))
    return turns
