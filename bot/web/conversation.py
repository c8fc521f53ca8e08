"""The conversation of one visitor. It lives in the browser and travels with every question, so that the server
keeps no conversation, visitors can not see each other's questions, and any worker process can answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.answers import Answer, Turn
from bot.desk import Desk
from bot.service import MAX_QUESTION_CHARACTERS
from kb.errors import HandwijzerError

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


_STORED = TypeAdapter(list[Exchange])


def load(stored: str) -> list[Exchange]:
    """Read a conversation as the browser sent it. What can not be read is no conversation."""
    try:
        return _STORED.validate_json(stored)
    except ValidationError:
        return []


def dump(exchanges: Sequence[Exchange]) -> str:
    """Return the newest `KEPT_EXCHANGES` exchanges as JSON for the browser to keep."""
    return _STORED.dump_json(list(exchanges[-KEPT_EXCHANGES:])).decode()


def reply(desk: Desk, question: str, earlier: Sequence[Exchange]) -> Exchange:
    """Answer ``question``, given the ``earlier`` exchanges. Never raises: failures become a message."""
    try:
        answer = desk.ask(question, _turns(earlier))
        return Exchange(question=question, answer=answer)
    except HandwijzerError as error:
        message = error.message
    except Exception as error:
        # The class only: a message may hold what the visitor typed.
        _log.error("unexpected %s while answering on the page", type(error).__name__)
        message = _UNEXPECTED
    # What is over the limit can be anything: its beginning is enough to recognise it.
    shown = question if len(question) <= MAX_QUESTION_CHARACTERS else question[:_SHOWN_OF_TOO_LONG] + "…"
    return Exchange(question=shown, error=message)


def _turns(exchanges: Sequence[Exchange]) -> list[Turn]:
    turns: list[Turn] = []
    for exchange in exchanges[-_EXCHANGES_FOR_FOLLOW_UP:]:
        if exchange.answer:
            turns.append(Turn(role="gebruiker", text=exchange.question))
            turns.append(Turn(role="assistent", text=exchange.answer.text))
    return turns
