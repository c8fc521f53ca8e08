"""OpenAI-compatible answers where a server of our own would be too much."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import local_client

from bot.api.app import create_app
from bot.openai.completions import Exchange, chunks
from bot.service import Pieces, TextAdded
from kb.encoder import Encoder
from kb.errors import ReleaseError
from kb.live import LiveKnowledge
from kb.settings import Settings


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ReleaseError("De release is beschadigd."), "De release is beschadigd."),
        (RuntimeError("geheim"), "later opnieuw"),
    ],
)
def test_a_failure_half_way_is_the_last_event_and_shows_nothing_of_itself(
    failure: Exception, said: str, encoder: Encoder
) -> None:
    closed = []

    def pieces() -> Pieces:
        try:
            yield TextAdded("Een begin.")
            raise failure
        finally:
            closed.append(True)

    async def events() -> list[Any]:
        exchange = Exchange("Wat?", [], "http://h", encoder)
        return [event.data async for event in chunks(exchange, pieces(), with_usage=True)]

    *_, begun, last = [json.loads(data) for data in asyncio.run(events())]
    assert begun["choices"][0]["delta"] == {"content": "Een begin."}
    assert said in last["error"]["message"]
    assert last["error"]["type"] == "server_error"
    assert "geheim" not in json.dumps(last)
    assert closed


def test_links_begin_with_the_address_that_readers_use(knowledge: LiveKnowledge, tmp_path: Path) -> None:
    app = create_app(knowledge, Settings(data_dir=tmp_path, public_url="https://wijzer.example.nl"))
    question = {"model": "handwijzer", "messages": [{"role": "user", "content": "Wat is een MDO?"}]}
    reply = local_client(app).post("/openai/v1/chat/completions", json=question)
    assert "](https://wijzer.example.nl/v1/documenten/" in reply.json()["choices"][0]["message"]["content"]
