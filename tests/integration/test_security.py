"""What an attacker tries that is no door's own: odd addresses and headers, caches, requests that never end."""

from __future__ import annotations

import copy
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import local_client, served
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.answers import Turn
from bot.api import connections
from bot.api.app import create_app
from bot.api.guards import ResponseHeaders
from bot.desk import Desk
from bot.guard import Guarded, guard
from bot.storage.database import Database
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

QUESTION = {"vraag": "Wat is een MDO?"}
ORIGINAL = "/v1/documenten/begrippen-en-afkortingen-f646c5/bestand"


@pytest.fixture
def key(tmp_path: Path) -> str:
    return KeyStore(Database(tmp_path), tmp_path).create(Role.READ)[0]


@pytest.fixture
def app(knowledge: LiveKnowledge, tmp_path: Path) -> FastAPI:
    return create_app(knowledge, Settings(data_dir=tmp_path, open_access=True, rate_limit=1_000_000))


def guarded_addresses(visitor: TestClient) -> Iterator[tuple[str, str]]:
    yield from (("GET", "/metrics"), ("POST", "/mcp"), ("GET", "/openai/v1/models"))
    yield "POST", "/openai/v1/chat/completions"
    for path, calls in visitor.get("/v1/openapi.json").json()["paths"].items():
        address = "/v1" + re.sub(r"\{\w+\}", "begrippen-en-afkortingen-f646c5", path)
        yield from ((method.upper(), address) for method in calls if method != "parameters")


@pytest.mark.parametrize("ending", ["", "/", "%0a", "%0A", "%0a%0a", "/%0a", "%0d%0a", "%00", "%09", "%7f", "/%2e"])
def test_no_way_to_write_an_address_gets_past_the_guard(ending: str, app: FastAPI, key: str) -> None:
    # Open access leaves the page open to everybody, and nothing else once there is a key.
    visitor = TestClient(app, base_url="http://handwijzer.example", client=("192.0.2.7", 50_000))
    addresses = list(guarded_addresses(visitor))
    assert ("POST", "/v1/vragen") in addresses
    for method, path in addresses:
        answer = visitor.request(method, path + ending, json=QUESTION if method == "POST" else None)
        assert answer.status_code in (401, 404), (method, path, ending, answer.text)


@pytest.mark.parametrize(
    "origin",
    ["null", "http://[", "http://[x]", "http://127.0.0.1:8001", "http://127.0.0.1:8000.example.org",
     "http://127.0.0.1:8000@example.org", "http://x.127.0.0.1:8000", "http:127.0.0.1:8000", "127.0.0.1:8000"],
)  # fmt: skip
def test_an_origin_that_only_looks_like_this_server_is_refused(origin: str, app: FastAPI) -> None:
    client = local_client(app)
    answer = client.post("/v1/vragen", json=QUESTION, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("referer", ["http://[", "http://[x]/", "", "null", "http://127.0.0.1:8000.example.org/"])
def test_a_referer_that_only_looks_like_this_server_opens_no_original(referer: str, app: FastAPI, key: str) -> None:
    client = local_client(app)
    assert client.get(ORIGINAL, headers={"Referer": referer}).status_code == 401
    assert client.get(ORIGINAL, headers={"Referer": "http://127.0.0.1:8000/"}).status_code == 200


def test_no_cache_shows_one_reader_what_another_may_see(app: FastAPI, key: str) -> None:
    client = local_client(app, **{"X-API-Key": key})
    answers = [
        client.get("/v1/documenten"),
        client.get("/v1/documenten/bestaat-niet"),
        client.post("/v1/vragen", json=QUESTION),
        client.get("/openai/v1/models"),
        local_client(app).get("/v1/documenten"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 200, 200, 401]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    original = client.get(ORIGINAL)
    assert original.headers["cache-control"] == "private, no-cache"
    assert original.headers["cross-origin-resource-policy"] == "same-origin"


def test_readiness_tells_strangers_of_no_folder(corpus_data: Path, encoder: Encoder, tmp_path: Path) -> None:
    other = copy.copy(encoder)
    other.name, other.fingerprint = "/srv/modellen/e5-groot", "anders"
    app = create_app(LiveKnowledge(ReleaseStore(corpus_data), other), Settings(data_dir=tmp_path))
    ready = TestClient(app, client=("192.0.2.7", 50_000)).get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["onderdelen"]["taalmodel"]["naam"] == "e5-groot"
    assert "ander taalmodel" in ready.json()["reden"]
    for secret in ("/srv", str(tmp_path), str(corpus_data)):
        assert secret not in ready.text


def test_a_long_conversation_is_not_searched_for_personal_data_without_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(text: str, *rest: Any) -> Guarded:
        read.append(text)
        return guard(text, *rest)

    monkeypatch.setattr("bot.service.guard", noted)
    # The cut falls within the number: what is left of it would not be known as one.
    told = f"{'woord ' * 833}111222333 {'1 ' * 7000}"
    desk.ask("En wanneer dan?", [Turn(role="gebruiker", text=told)] * 40)
    assert sum(map(len, read)) < 50_000
    assert not [text for text in read if text.endswith("1")]


async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, whatever is still to come: as the guard does without a key."""
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.mark.parametrize(
    ("head", "rest"),
    [(b"Content-Length: 1000", b"x"), (b"Transfer-Encoding: chunked", b"5\r\nx")],
    ids=["lang", "delen"],
)
def test_a_body_that_nobody_waits_for_does_not_keep_the_connection(
    head: bytes, rest: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 0.3)
    with served(deaf) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"POST /v1/vragen HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401 ")
        began = time.monotonic()
        # What comes late takes away uvicorn's own limit, which is on the pause between two requests.
        connection.sendall(rest)
        assert connection.recv(1) == b""
        assert time.monotonic() - began < 3


def test_a_body_of_two_lengths_ends_the_connection() -> None:
    hidden = b"GET /verstopt HTTP/1.1\r\nHost: localhost\r\n\r\n"
    both = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(hidden))
    with (
        served(ResponseHeaders(deaf)) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
    ):
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + both + hidden)
        reply = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert reply.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in reply.lower()
