"""The question and the conversation in the messages of a chat program."""

from __future__ import annotations

from collections.abc import Sequence

from bot.answers import Turn
from bot.openai.models import Message
from bot.wording import without_ending
from kb.errors import UsageError

# Chat programs send everything that was ever said; follow-up questions lean on what was said just before.
_MOST_TURNS = 20
_MOST_CHARACTERS = 20_000
_ROLES = {"user": "gebruiker", "assistant": "assistent"}


def asked(messages: Sequence[Message]) -> tuple[str, list[Turn]]:
    """Return the question (the last message of the user) and the turns before it, the newest when there are many.

    Instructions to a model and results of tools take no part: the documents are what answers rest on. Raises
    `UsageError` when there is no question, or it is more than text.
    """
    last = max((place for place, message in enumerate(messages) if message.role == "user"), default=None)
    if last is None:
        raise UsageError("Er is geen vraag. Stuur als laatste een bericht met de rol user.")
    if any(part.type != "text" for part in messages[last].content):
        raise UsageError("Handwijzer leest alleen tekst. Stuur de vraag zonder afbeelding, geluid of bestand.")
    turns = [_turn(message) for message in messages[:last] if message.role in _ROLES]
    return _text(messages[last]), [turn for turn in turns if turn.text.strip()][-_MOST_TURNS:]


def _turn(message: Message) -> Turn:
    text = _text(message)
    if message.role == "assistant":
        text = without_ending(text)
    return Turn(role=_ROLES[message.role], text=text[:_MOST_CHARACTERS])


def _text(message: Message) -> str:
    return "\n".join(part.text for part in message.content if part.type == "text")
