"""Whatever arrives over the wire, the server answers with a status of its own choice, never with a failure."""

from __future__ import annotations

import json
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

few = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")
DOCUMENT = b"/v1/documenten/begrippen-en-afkortingen-f646c5/bestand"
PATHS = [b"/", b"/v1/vragen", b"/v1/documenten", DOCUMENT, b"/v1/openapi.json", b"/healthz", b"/widget.js"]

no_line_ends = st.binary(max_size=80).map(lambda value: re.sub(rb"[\r\n]", b"", value))
header_names = st.sampled_from(
    [b"Accept", b"Accept-Encoding", b"Authorization", b"Content-Encoding", b"Content-Type", b"Cookie", b"Expect",
     b"If-Modified-Since", b"If-None-Match", b"If-Range", b"Origin", b"Range", b"Sec-Fetch-Site", b"Upgrade",
     b"X-API-Key", b"X-Forwarded-For", b"X-Request-ID", b"traceparent"]
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["vraag", "rol", "tekst", "soorten", "vanaf", ""]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def statuses(url: str, raw: bytes, *, hang_up: bool = False) -> list[int]:
    """Send ``raw`` as it stands; return the statuses of what comes back until the server closes the connection.

    ``hang_up``: say that nothing more is coming, or the server would wait for it.
    """
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        try:
            connection.sendall(raw)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            reply = b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionError:  # hung up on before all was sent
            return []
    return [int(status) for status in STATUS.findall(reply)]


def request(path: bytes, *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    lines = [b"%s %s HTTP/1.1" % (method, path), b"Host: 127.0.0.1", b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def question(body: bytes, *headers: bytes) -> bytes:
    kind = b"Content-Type: application/json", b"Content-Length: %d" % len(body)
    return request(b"/v1/vragen", *kind, *headers, method=b"POST", body=body)


@few
@given(st.sampled_from(PATHS), st.lists(st.tuples(header_names, no_line_ends), max_size=4))
@example(DOCUMENT, [(b"Range", b"bytes=abc")])
@example(DOCUMENT, [(b"Range", b"bytes=99999999-")])
@example(DOCUMENT, [(b"Range", b"bytes=0-1,5-6"), (b"If-Range", b"\xff")])
@example(b"/v1/vragen", [(b"Authorization", b"Bearer \xe9\xff")])
@example(b"/v1/documenten", [(b"X-API-Key", b"hw_"), (b"Authorization", b"Basic !!!")])
def test_no_header_makes_the_server_fail(server_url: str, path: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    raw = request(path, *(b"%s: %s" % header for header in headers))
    found = statuses(server_url, raw, hang_up=any(name in (b"Upgrade", b"Expect") for name, _ in headers))
    assert all(status < 500 for status in found)


@few
@given(json_values, st.sampled_from(["vraag", "gesprek", "filters"]))
@example({"soorten": ["\ud800"]}, "filters")
@example([{"rol": "gebruiker", "tekst": "\x00"}], "gesprek")
@example("\ud83d", "vraag")
def test_no_json_makes_the_server_fail(server_url: str, value: Any, field: str) -> None:
    body = json.dumps({"vraag": "Wat is een MDO?", field: value}).encode()
    assert statuses(server_url, question(body)) in ([200], [400])


@pytest.mark.parametrize(
    "body",
    [
        b'{"vraag": "Wat is een MDO?", "vraag": "Wat is een MDO?"}',
        b'{"vraag": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}",
        b'{"vraag": "Wat?", "filters": {"vanaf": ' + b"9" * 10_000 + b"}}",
        b'{"vraag": "Wat?", "gesprek": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'\xef\xbb\xbf{"vraag": "Wat?"}',
        '{"vraag": "Wat?"}'.encode("utf-16"),
        b'{"vraag": "\xff\xfe"}',
        b'{"vraag": Infinity}',
        b'"vraag"',
    ],
    ids=["dubbel", "diep", "groot getal", "diepe lijst", "bom", "utf-16", "geen utf-8", "oneindig", "tekst"],
)
def test_odd_json_is_answered_or_refused(server_url: str, body: bytes) -> None:
    assert statuses(server_url, question(body)) in ([200], [400])


@pytest.mark.parametrize(
    "raw",
    [
        b"GET\r\n\r\n",
        b"\x00\x01\x02\x03",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /v1/documenten HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /v1/documenten HTTP/1.1\r\n\r\n",
        request(b"/v1/documenten", b"Host: nog.een.example"),
        request(b"/v1/documenten\x00"),
        request(b"/v1/documenten/%00%ff%c3%28"),
        request(b"/v1/documenten/" + b"%F0%9F" * 500),
        request(b"/v1/documenten?pagina=%ff&aantal=%00"),
        request(b"//v1//vragen"),
        request(b"http://elders.example/v1/documenten"),
        request(b"*", method=b"OPTIONS"),
        request(b"/" + b"a" * 100_000),
        request(b"/v1/documenten", b"X-Lang: " + b"a" * 100_000),
        request(b"/v1/documenten", b"Geen dubbele punt"),
        request(b"/v1/documenten", b" gevouwen"),
        request(b"/v1/vragen", b"Content-Length: -1", method=b"POST"),
        request(b"/v1/vragen", b"Content-Length: 99999999999999999999", method=b"POST"),
        request(b"/v1/vragen", b"Content-Length: 5", b"Content-Length: 6", method=b"POST", body=b"{}"),
        request(b"/v1/vragen", b"Content-Length: 500", method=b"POST", body=b"{}"),
        request(b"/v1/vragen", b"Transfer-Encoding: chunked", b"Content-Length: 2", method=b"POST", body=b"{}"),
        request(b"/v1/vragen", b"Transfer-Encoding: chunked", method=b"POST", body=b"zz\r\n{}\r\n"),
        request(b"/v1/vragen", b"Transfer-Encoding: chunked", method=b"POST", body=b"ffffffffffffffff\r\n{}"),
    ],
)
def test_malformed_http_is_refused_and_the_next_caller_is_served(server_url: str, raw: bytes) -> None:
    assert all(status < 500 for status in statuses(server_url, raw, hang_up=True))
    assert statuses(server_url, request(b"/healthz")) == [200]


@few
@given(st.binary(max_size=200))
def test_noise_is_no_reason_to_fail(server_url: str, noise: bytes) -> None:
    assert all(status < 500 for status in statuses(server_url, noise, hang_up=True))
    path = b"/v1/" + re.sub(rb"[\r\n ]", b"", noise)
    assert all(status < 500 for status in statuses(server_url, request(path), hang_up=True))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
@pytest.mark.parametrize("path", PATHS)
def test_every_method_has_an_answer(server_url: str, method: str, path: bytes) -> None:
    (status,) = statuses(server_url, request(path, b"Content-Length: 0", method=method.encode()))
    works = {"POST": 400} if path == b"/v1/vragen" else {"GET": 200, "HEAD": 200}
    if path == b"/v1/documenten":
        works["POST"] = 401
    assert status == works.get(method, 405)
