"""Slow and endless requests over real sockets: they are bounded, and nobody else waits for them."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest
from conftest import served
from starlette.types import Receive, Scope, Send

from bot.api import bodies, connections
from bot.api.bodies import BodyLimits, Bounds

POST = b"POST /v1/vragen HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LARGE = 5_000_000


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the size of the body, or with much when /veel is asked."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = b"x" * LARGE if scope["path"] == "/veel" else str(size).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], socket.socket]]:
    """Connections to a server with the same limits as ever, in shorter times."""
    monkeypatch.setattr(connections, "HEADERS_S", 0.3)
    monkeypatch.setattr(connections, "UNREAD_S", 0.3)
    monkeypatch.setattr(bodies, "_UPLOAD_S", 0.6)
    with served(BodyLimits(echo, 1, Bounds(1000, whole_s=0.6, pause_s=0.3))) as port, ExitStack() as opened:
        yield lambda: opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))


def rest(connection: socket.socket) -> bytes:
    """Return what still comes until the server ends the connection."""
    received = b""
    with suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            received += piece
    return received


def until(connection: socket.socket, end: bytes) -> bytes:
    """Return what comes, up to ``end``."""
    received = b""
    while not received.endswith(end):
        received += connection.recv(65536)
    return received


def refused(reply: bytes, status: int) -> None:
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    assert json.loads(body)["status"] == status


def trickle(connection: socket.socket, data: bytes, pause_s: float) -> None:
    """Send ``data`` byte by byte until the server has had enough of it."""
    try:
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])
            time.sleep(pause_s)
    except OSError:
        return


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Een: "])
def test_headers_that_do_not_come_end_the_connection(beginning: bytes, hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    connection.sendall(beginning)
    assert rest(connection) == b""


def test_headers_that_trickle_in_end_the_connection(hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    began = time.monotonic()
    sender = threading.Thread(target=trickle, args=(connection, b"GET / HTTP/1.1\r\nX-Een: " + b"a" * 200, 0.02))
    sender.start()
    assert rest(connection) == b""
    assert time.monotonic() - began < 3
    sender.join()


def test_half_a_second_request_ends_the_connection_too(hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert until(connection, b"\r\n\r\n0")
    connection.sendall(b"GET / HT")
    assert rest(connection) == b""


@pytest.mark.parametrize("upload", [False, True])
def test_a_body_that_stalls_is_told_that_it_is_too_slow(upload: bool, hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    head = POST.replace(b"/v1/vragen", b"/v1/documenten") if upload else POST
    connection.sendall(head + b'Content-Length: 100\r\n\r\n{"vraag": ')
    refused(rest(connection), 408)


def test_a_body_that_trickles_in_is_told_that_it_is_too_slow(hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    connection.sendall(POST + b"Content-Length: 900\r\n\r\n")
    sender = threading.Thread(target=trickle, args=(connection, b" " * 900, 0.02))
    sender.start()
    with connection.makefile("rb") as reply:
        assert reply.readline().startswith(b"HTTP/1.1 408 ")
    sender.join()


def test_a_response_that_nobody_reads_ends_the_connection(hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    connection.sendall(b"GET /veel HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(0.6)
    # What was under way still comes, and then it is over.
    assert len(rest(connection)) < LARGE


@pytest.mark.parametrize("upload", [False, True])
@pytest.mark.parametrize("announced", [False, True])
def test_a_body_that_is_too_large_is_refused_with_a_reason(
    announced: bool, upload: bool, hasty: Callable[[], socket.socket]
) -> None:
    connection = hasty()
    head = POST.replace(b"/v1/vragen", b"/v1/documenten") if upload else POST
    body = b"x" * (1_200_000 if upload else 2000)
    if announced:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    else:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
    refused(rest(connection), 413)


def test_whoever_asks_first_does_not_have_to_send_what_is_too_large(hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    connection.sendall(POST + b"Content-Length: 2000\r\nExpect: 100-continue\r\n\r\n")
    refused(rest(connection), 413)


def test_an_upload_may_be_larger_and_passes_as_it_comes(hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    body = b"x" * 900_000
    connection.sendall(
        POST.replace(b"/v1/vragen", b"/v1/documenten") + b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    assert until(connection, b"\r\n\r\n900000")


def test_headers_without_end_are_refused(hasty: Callable[[], socket.socket]) -> None:
    connection = hasty()
    connection.sendall(b"GET / HTTP/1.1\r\nX-Lang: " + b"a" * 100_000)
    with connection.makefile("rb") as reply:
        assert reply.readline().startswith(b"HTTP/1.1 400 ")


def test_two_hundred_half_open_connections_keep_nobody_waiting(server_url: str) -> None:
    address = urlsplit(server_url)
    with ExitStack() as opened:
        for number in range(200):
            half_open = opened.enter_context(socket.create_connection((address.hostname, address.port), timeout=10))
            half_open.sendall(b"GET / HTTP/1.1\r\nHost:" if number % 2 else POST + b"Content-Length: 100\r\n\r\n{")
        began = time.monotonic()
        with urllib.request.urlopen(f"{server_url}/healthz", timeout=5) as reply:
            assert reply.status == 200
        asked = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
        asked.request("POST", "/v1/vragen", b'{"vraag": "Wat is een MDO?"}', {"Content-Type": "application/json"})
        assert asked.getresponse().status == 200
        assert time.monotonic() - began < 5
        asked.close()
