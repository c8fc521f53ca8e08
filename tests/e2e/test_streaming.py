"""Streamed answers from a running server, read with the standard client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import NOT_FOUND, served, wait_until
from httpx_sse import connect_sse
from scripted_llm import Reply, ScriptedServer, Step, chunk, says

from bot.api.app import create_app
from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.writer import Writer
from bot.service import ask, examine
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.settings import Settings

QUESTION = "Wat is een MDO?"
OF_ONE_ANSWER = {"id", "duurMs"}


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server_url, timeout=60) as open_client:
        yield open_client


def events_of(client: httpx.Client, question: str) -> list[tuple[str, dict[str, Any]]]:
    with connect_sse(client, "POST", "/v1/vragen", json={"vraag": question}) as source:
        source.response.raise_for_status()
        return [(event.event, event.json()) for event in source.iter_sse()]


def test_sources_come_before_the_text_that_cites_them_and_the_whole_answer_last(client: httpx.Client) -> None:
    known: set[int] = set()
    text = ""
    *pieces, (last, whole) = events_of(client, QUESTION)
    assert pieces[0][0] == "bronnen"
    for name, data in pieces:
        if name == "bronnen":
            assert known < (known := {source["nummer"] for source in data["bronnen"]})
        else:
            assert name == "tekst"
            text += data["tekst"]
            assert all(f"[{number}]" not in data["tekst"] or number in known for number in range(1, 10))
    assert last == "klaar"
    assert text == whole["antwoord"]
    assert known == {source["nummer"] for source in whole["bronnen"]}
    assert len(known) > 1


@pytest.mark.parametrize("question", [QUESTION, NOT_FOUND, "Dank je wel!"])
def test_a_streamed_answer_is_the_answer_that_comes_whole(question: str, client: httpx.Client) -> None:
    events = events_of(client, question)
    whole = client.post("/v1/vragen", json={"vraag": question}).json()
    streamed = events[-1][1]
    assert streamed.keys() == whole.keys()
    assert {key: streamed[key] for key in whole.keys() - OF_ONE_ANSWER} == {
        key: whole[key] for key in whole.keys() - OF_ONE_ANSWER
    }
    assert "".join(data["tekst"] for name, data in events if name == "tekst") == whole["antwoord"]
    assert events[0] == ("bronnen", {"bronnen": whole["bronnen"][:1]})
    judged = {"antwoordId": streamed["id"], "oordeel": "goed"}
    assert client.post("/v1/beoordelingen", json=judged).status_code == 201


def test_proxies_are_told_to_pass_a_stream_on(client: httpx.Client) -> None:
    with connect_sse(client, "POST", "/v1/vragen", json={"vraag": QUESTION}) as source:
        headers = source.response.headers
        source.response.read()
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert "Accept" in headers["Vary"].split(", ")
    assert headers["API-Version"]
    assert "Content-Length" not in headers


@pytest.mark.parametrize(
    ("body", "status"), [({"vraag": ""}, 400), ({}, 400), ({"vraag": "Wat?", "filters": {"tot": "nu"}}, 400)]
)
def test_what_is_wrong_with_a_question_is_a_status_and_no_event(
    body: dict[str, Any], status: int, client: httpx.Client
) -> None:
    with connect_sse(client, "POST", "/v1/vragen", json=body) as source:
        problem = json.loads(source.response.read())
    assert source.response.status_code == problem["status"] == status
    assert source.response.headers["Content-Type"] == "application/problem+json"
    assert problem["fouten"]


def test_when_the_client_leaves_the_model_is_hung_up_on_and_the_next_question_has_its_place(
    knowledge: LiveKnowledge, encoder: Encoder, tmp_path: Path
) -> None:
    said = ask(knowledge, QUESTION).statements[0].text
    hits = examine(knowledge.retriever(), QUESTION).found.hits
    cited = f"{said} [{next(n for n, hit in enumerate(hits, 1) if said in hit.passage.text)}] "
    with ScriptedServer() as model:
        model.replies(Reply([chunk(f"{cited}En "), Step.SILENCE]))
        writer = Writer(LanguageModel(ModelServer(model.url, timeout_s=600)), encoder, 4096)
        settings = Settings(data_dir=tmp_path, concurrent_answers=1, waiting_answers=0)
        with (
            served(create_app(knowledge, settings, writer)) as port,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        ):
            with connect_sse(client, "POST", "/v1/vragen", json={"vraag": QUESTION}) as source:
                events = source.iter_sse()
                assert [next(events).event for _ in range(2)] == ["bronnen", "tekst"]
                busy = client.post("/v1/vragen", json={"vraag": QUESTION})
                assert (busy.status_code, busy.json()["status"]) == (503, 503)
                assert int(busy.headers["Retry-After"]) > 0
                assert not model.hung_up.is_set()
            assert model.hung_up.wait(10)
            model.replies(Reply(says(cited)))
            wait_until(
                lambda: client.post("/v1/vragen", json={"vraag": QUESTION}).is_success, "er is geen plaats vrij", 10
            )
