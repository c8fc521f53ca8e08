"""The language model of the settings."""

from __future__ import annotations

from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.questions import QuestionWriter
from bot.generative.writer import Writer
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.settings import Settings


def configured_writer(settings: Settings, encoder: Encoder) -> Writer | None:
    """Return what words the answers, None where no language model is set."""
    if settings.llm_url is None:
        return None
    return Writer(_model(settings), encoder, settings.llm_context)


def configured_question_writer(settings: Settings) -> QuestionWriter:
    """Return what writes questions about passages. Raises `UsageError` where no language model is set."""
    if settings.llm_url is None:
        raise UsageError(
            "Voor --vragen is een schrijfmodel nodig. Zet het adres ervan in HANDWIJZER_LLM_URL en probeer het opnieuw."
        )
    return QuestionWriter(_model(settings), settings.llm_model or str(settings.llm_url))


def _model(settings: Settings) -> LanguageModel:
    server = ModelServer(str(settings.llm_url), settings.llm_model, settings.llm_key, settings.llm_timeout)
    return LanguageModel(server)
