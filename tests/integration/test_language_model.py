"""The client of a language model, against a server that does all that servers do."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import free_port
from pydantic import SecretStr
from scripted_llm import END, Reply, ScriptedServer, Step, chunk, letters, says, without_end

from bot.generative.llm import LanguageModel, ModelServer
from kb.errors import LanguageModelError

KEY = "sk-geheim-1234"
ASK = [{"role": "user", "content": "Wie meldt verzuim?"}]
SENTENCE = "De mentor meldt het. [1]"
HTML = Reply([b"<html><body>welkom</body></html>"], headers={"Content-Type": "text/html"})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


def model(server: ScriptedServer, timeout_s: float = 20, key: str | None = KEY) -> LanguageModel:
    secret = SecretStr(key) if key else None
    return LanguageModel(ModelServer(server.url, key=secret, timeout_s=timeout_s, backoff_s=0.001))


def failure(asked: LanguageModel) -> str:
    with pytest.raises(LanguageModelError) as caught:
        asked.complete(ASK, 50)
    return caught.value.message


def test_the_pieces_come_as_they_were_sent_for_one_request_at_temperature_zero(server: ScriptedServer) -> None:
    server.replies(Reply(says("De men", "tor 【1", "】")))
    assert list(model(server).stream(ASK, 50)) == ["De men", "tor 【1", "】"]
    (request,) = server.chats()
    assert (request.body["messages"], request.body["temperature"], request.body["max_tokens"]) == (ASK, 0, 50)
    assert request.body["stream"] is True


def test_the_first_model_of_the_server_is_used_unless_one_is_set_and_asked_for_once(server: ScriptedServer) -> None:
    server.replies(Reply(says("ja")))
    unnamed = model(server)
    unnamed.complete(ASK, 5)
    unnamed.complete(ASK, 5)
    LanguageModel(ModelServer(server.url, model="tweede-model")).complete(ASK, 5)
    assert [request.body["model"] for request in server.chats()] == ["eerste-model", "eerste-model", "tweede-model"]
    assert len(server.received) == 4


def test_another_model_on_the_server_is_found_after_one_refusal(server: ScriptedServer) -> None:
    server.replies(Reply(says("ja")), Reply(status=404), Reply(says("ja")))
    asked = model(server)
    asked.complete(ASK, 5)
    server.models = ["derde-model"]
    assert "HTTP 404" in failure(asked)
    asked.complete(ASK, 5)
    assert server.chats()[-1].body["model"] == "derde-model"


def test_the_server_hears_the_key_and_nothing_of_the_environment(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_BASE", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/van-een-ander")
    server.replies(Reply(says("ja")))
    model(server).complete(ASK, 5)
    model(server, key=None).complete(ASK, 5)
    assert [request.headers.get("authorization") for request in server.chats()] == [f"Bearer {KEY}", None]
    assert "van-een-ander" not in str(server.received)
    assert not any(name.startswith(("openai", "x-stainless")) for got in server.received for name in got.headers)


@pytest.mark.parametrize(
    "failed",
    [
        Reply(status=500),
        Reply(status=503),
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply([chunk(None), Step.CUT]),
    ],
    ids=["500", "503", "429", "broken before a word"],
)
def test_a_server_that_stumbles_before_the_first_word_is_asked_again(server: ScriptedServer, failed: Reply) -> None:
    server.replies(failed, failed, Reply(says(SENTENCE)))
    assert model(server).complete(ASK, 50) == SENTENCE
    assert len(server.chats()) == 3


def test_three_attempts_are_enough(server: ScriptedServer) -> None:
    server.replies(Reply(status=500))
    assert "HTTP 500" in failure(model(server))
    assert len(server.chats()) == 3


def test_a_server_that_asks_for_more_time_than_there_is_is_not_waited_for(server: ScriptedServer) -> None:
    server.replies(Reply(status=429, headers={"Retry-After": "3600"}))
    assert "HTTP 429" in failure(model(server))
    assert len(server.chats()) == 1


def test_a_refused_key_is_not_tried_again_and_shows_nowhere(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = f'{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}'.encode()
    server.replies(Reply([body], status=401, headers={"Content-Type": "application/json"}))
    asked = model(server)
    with pytest.raises(LanguageModelError, match="HTTP 401") as caught:
        asked.complete(ASK, 5)
    logging.getLogger("test").error("mislukt", exc_info=caught.value)
    assert len(server.chats()) == 1
    assert "mislukt" in caplog.text
    assert KEY not in caplog.text + repr(vars(asked))


@pytest.mark.parametrize(
    "reply",
    [
        Reply([Step.SILENCE]),
        Reply([chunk(None, role="assistant"), Step.SILENCE]),
        Reply([chunk("De mentor "), Step.SILENCE]),
        Reply(without_end(b": nog bezig\n\n")),
        Reply(without_end(chunk("en nog "))),
    ],
    ids=["not a byte", "only a role", "half a sentence", "only signs of life", "no end"],
)
def test_no_server_keeps_a_visitor_waiting(server: ScriptedServer, reply: Reply) -> None:
    server.replies(reply)
    asked = model(server, timeout_s=0.6)
    began = time.monotonic()
    assert "antwoordt niet op tijd" in failure(asked)
    assert time.monotonic() - began < 10  # mostly the import of the client
    assert server.hung_up.wait(10)


def test_a_call_can_be_given_less_time(server: ScriptedServer) -> None:
    server.replies(Reply([Step.SILENCE]))
    with pytest.raises(LanguageModelError, match="niet op tijd"):
        model(server, timeout_s=200).complete(ASK, 5, timeout_s=0.3)


def test_a_stream_that_breaks_gives_what_came_and_then_the_failure(server: ScriptedServer) -> None:
    server.replies(Reply([chunk("De mentor "), chunk("meldt"), Step.CUT]))
    stream = model(server).stream(ASK, 50)
    assert [next(stream), next(stream)] == ["De mentor ", "meldt"]
    with pytest.raises(LanguageModelError, match="brak het antwoord af"):
        next(stream)
    assert len(server.chats()) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply([chunk("De "), b"data: {geen json\n\n", END]),
        Reply([chunk("De "), b'data: "zomaar tekst"\n\n', END]),
        Reply([chunk("De "), b'data: {"choices": null}\n\n', END]),
        Reply([chunk("De "), b'data: {"error": {"message": "geheugen vol"}}\n\n']),
        Reply([chunk("De "), b"data: \xff\xfe\n\n"]),
        HTML,
        Reply([b'{"choices": []}'], headers={"Content-Type": "application/json"}),
        Reply(says()),
        Reply([END]),
    ],
    ids=["no JSON", "a string", "no choices", "an error", "no UTF-8", "a web page", "no stream", "no words", "nothing"],
)  # fmt: skip
def test_what_cannot_be_understood_is_one_kind_of_failure(server: ScriptedServer, reply: Reply) -> None:
    server.replies(reply)
    assert "Controleer" in failure(model(server))


def test_a_server_that_is_not_there_is_a_failure_that_names_the_host_only() -> None:
    asked = LanguageModel(ModelServer(f"http://127.0.0.1:{free_port()}/v1", key=SecretStr(KEY), backoff_s=0.001))
    message = failure(asked)
    assert "127.0.0.1" in message
    assert "niet bereikbaar" in message


def test_closing_early_hangs_up(server: ScriptedServer) -> None:
    server.replies(Reply([*letters(SENTENCE)[:-1], Step.SILENCE]))
    stream = model(server).stream(ASK, 50)
    assert next(stream) == "D"
    stream.close()
    assert server.hung_up.wait(10)


def test_a_stream_that_is_forgotten_inside_a_running_loop_hangs_up(server: ScriptedServer) -> None:
    server.replies(Reply([chunk("De "), Step.SILENCE]))

    async def forget() -> None:
        stream = model(server).stream(ASK, 50)
        assert await asyncio.to_thread(next, stream) == "De "

    asyncio.run(forget())
    assert server.hung_up.wait(10)


def test_many_visitors_are_served_side_by_side(server: ScriptedServer) -> None:
    server.replies(Reply(letters(SENTENCE)))
    asked = model(server)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: asked.complete(ASK, 50), range(12)))
    assert answers == [SENTENCE] * 12


def test_a_stream_may_move_from_thread_to_thread(server: ScriptedServer) -> None:
    server.replies(Reply(letters(SENTENCE)))
    stream = model(server).stream(ASK, 50)
    got = []
    while not got or got[-1] is not None:
        with ThreadPoolExecutor(1) as pool:
            got.append(pool.submit(next, stream, None).result())
    assert "".join(filter(None, got)) == SENTENCE


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def broken(server: ScriptedServer, clock: _Clock) -> LanguageModel:
    """Return a model that has just failed three times."""
    server.replies(Reply(status=400))
    asked = LanguageModel(ModelServer(server.url, model="m"), clock)
    for _ in range(3):
        assert "HTTP 400" in failure(asked)
    return asked


def test_a_server_that_keeps_failing_is_left_alone_until_a_trial_succeeds(server: ScriptedServer) -> None:
    clock = _Clock()
    asked = broken(server, clock)
    assert "met rust gelaten" in failure(asked)
    clock.now = 31
    assert "HTTP 400" in failure(asked)
    assert "met rust gelaten" in failure(asked)
    assert len(server.chats()) == 4
    clock.now = 62
    server.replies(Reply(says(SENTENCE)))
    stream = asked.stream(ASK, 50)
    next(stream)
    stream.close()  # one word is enough to see that the server works
    assert asked.complete(ASK, 50) == SENTENCE


def test_only_one_visitor_tries_a_server_that_failed(server: ScriptedServer) -> None:
    clock = _Clock()
    asked = broken(server, clock)
    clock.now = 31
    server.replies(Reply([chunk("ja"), Step.SILENCE]))
    trial = asked.stream(ASK, 50)
    next(trial)
    gate = threading.Barrier(8)

    def knock(_: int) -> str:
        gate.wait()
        return failure(asked)

    with ThreadPoolExecutor(8) as pool:
        assert all("met rust gelaten" in message for message in pool.map(knock, range(8)))
    trial.close()
    assert len(server.chats()) == 4


def test_the_client_libraries_are_loaded_only_when_a_model_is_asked() -> None:
    code = (
        "import sys, bot.generative.llm\n"
        "print([name for name in ('llama_index', 'openai', 'httpx', 'tenacity') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
