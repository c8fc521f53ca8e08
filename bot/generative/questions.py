"""Questions that a passage answers, written by a language model when documents are read in (`ingest.written`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bot.generative.llm import LanguageModel
from bot.generative.prompts import QUESTIONS_PROMPT, question_messages
from bot.orders import is_order
from kb.documents import Passage
from kb.errors import LanguageModelError

_TOKENS = 250


@dataclass(frozen=True, slots=True)
class QuestionWriter:
    """Writes with one model, of which ``model_name`` tells it from others."""

    model: LanguageModel
    model_name: str

    @property
    def name(self) -> str:
        """The name of the model with that of the prompt."""
        return f"{self.model_name} {QUESTIONS_PROMPT}"

    def write(self, heading: str, passage: Passage) -> list[str]:
        """Return what the model asks of ``passage``, which stands under ``heading``, unchecked.

        Raises `LanguageModelError`, also when the reply is no list of texts.
        """
        pieces = (passage.text[unit.start : unit.end] for unit in passage.units)
        text = "\n".join(piece for piece in pieces if not is_order(piece))
        return _listed(self.model.complete(question_messages(heading, text), _TOKENS))


def _listed(reply: str) -> list[str]:
    start, end = reply.find("["), reply.rfind("]")
    try:
        found: Any = json.loads(reply[start : end + 1])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(question, str) for question in found):
        raise LanguageModelError("Het schrijfmodel gaf geen lijst met vragen. Probeer een ander of groter model.")
    return found
