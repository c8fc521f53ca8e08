"""The language model of the settings."""

from __future__ import annotations

from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.writer import Writer
from kb.encoder import Encoder
from kb.settings import Settings


def configured_writer(settings: Settings, encoder: Encoder) -> Writer | None:
    """Return what words the answers, None where no language model is set."""
    if settings.llm_url is None:
        return None
    server = ModelServer(str(settings.llm_url), settings.llm_model, settings.llm_key, settings.llm_timeout)
    return Writer(LanguageModel(server), encoder, settings.llm_context)
