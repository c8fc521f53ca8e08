"""Language models ask, search and read through MCP: the official client against the running server."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from conftest import KeyedServer
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import TextContent

# The version of today, in which every request stands alone, and the one before it, which begins with initialize.
both_versions = pytest.mark.parametrize("mode", ["auto", "legacy"])


@asynccontextmanager
async def connected(server: KeyedServer, mode: str = "auto", path: str = "/mcp") -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {server.key}"}, timeout=30) as http_client,
        Client(streamable_http_client(server.url + path, http_client=http_client), mode=mode) as client,
    ):
        yield client


def run(server: KeyedServer, use: Callable[[Client], Coroutine[Any, Any, Any]], mode: str = "auto") -> Any:
    async def session() -> Any:
        async with connected(server, mode) as client:
            return await use(client)

    return asyncio.run(session())


def text(result: Any) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@both_versions
def test_the_server_says_who_it_is_and_what_it_can_do(mode: str, keyed_server: KeyedServer) -> None:
    async def use(client: Client) -> Any:
        return client.server_info, client.instructions, (await client.list_tools()).tools

    info, instructions, tools = run(keyed_server, use, mode)
    assert (info.name, info.version.count(".")) == ("handwijzer", 2)
    assert "stel_vraag" in instructions
    assert [tool.name for tool in tools] == ["stel_vraag", "zoek", "lees_document"]
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert tool.output_schema["type"] == "object"
    assert [set(tool.input_schema["required"]) for tool in tools] == [{"vraag"}, {"zoekterm"}, {"documentId"}]


@both_versions
def test_a_question_gets_the_answer_of_the_api_and_a_text_to_read(mode: str, keyed_server: KeyedServer) -> None:
    async def use(client: Client) -> Any:
        first = await client.call_tool("stel_vraag", {"vraag": "Wat is een MDO?"})
        earlier = [
            {"rol": "gebruiker", "tekst": "Wat is een MDO?"},
            {"rol": "assistent", "tekst": first.structured_content["antwoord"]},
        ]
        return await client.call_tool("stel_vraag", {"vraag": "En wie leidt dat?", "gesprek": earlier})

    result = run(keyed_server, use, mode)
    answer = result.structured_content
    assert not result.is_error
    assert answer["status"] == "beantwoord"
    assert "MDO" in answer["zoekvraag"]
    assert {"nummer", "titel", "markeringen", "pagina"} <= set(answer["bronnen"][0])
    assert text(result).startswith(answer["antwoord"])
    assert f"1. [{answer['bronnen'][0]['titel']}" in text(result)
    assert keyed_server.url + answer["bronnen"][0]["url"] in text(result)


@both_versions
def test_a_document_that_was_found_is_read_to_its_end(mode: str, keyed_server: KeyedServer) -> None:
    async def use(client: Client) -> Any:
        found = await client.call_tool("zoek", {"zoekterm": "doorbraakoverleg", "aantal": 2})
        document = found.structured_content["resultaten"][0]["documentId"]
        parts = [await client.call_tool("lees_document", {"documentId": document})]
        while (after := parts[-1].structured_content["volgende"]) is not None:
            parts.append(await client.call_tool("lees_document", {"documentId": document, "vanaf": after}))
        return found, document, parts, await client.read_resource(f"handwijzer://documenten/{document}")

    found, document, parts, resource = run(keyed_server, use, mode)
    assert found.structured_content["totaal"] == 2
    assert document in text(found)
    assert "doorbraakoverleg" in text(found).lower()
    assert len(parts) > 1
    assert "vanaf=20000" in text(parts[0])
    assert "Er is meer" not in text(parts[-1])
    whole = "".join(part.structured_content["tekst"] for part in parts)
    assert [part.structured_content["lengte"] for part in parts] == [len(whole)] * len(parts)
    assert resource.contents[0].text == whole


@both_versions
def test_every_document_is_a_resource(mode: str, keyed_server: KeyedServer) -> None:
    async def use(client: Client) -> Any:
        return await client.list_resources(), await client.list_resource_templates()

    listed, templates = run(keyed_server, use, mode)
    assert len(listed.resources) > 10
    assert all(item.uri == f"handwijzer://documenten/{item.name}" and item.title for item in listed.resources)
    assert [item.uri_template for item in templates.resource_templates] == ["handwijzer://documenten/{documentId}"]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("stel_vraag", {"vraag": "x" * 2001}, "vraag: dit is te lang"),
        ("stel_vraag", {"vraag": " "}, "leeg"),
        ("stel_vraag", {}, "vraag: dit veld is verplicht"),
        ("zoek", {"zoekterm": "verzuim", "aantal": 0, "kleur": "rood"}, "aantal: dit moet minimaal 1 zijn; kleur"),
        ("lees_document", {"documentId": "../../etc/passwd"}, "staat niet in de kennisbank"),
    ],
)
def test_a_tool_that_can_not_do_it_says_why_in_dutch(
    tool: str, arguments: dict[str, Any], said: str, keyed_server: KeyedServer
) -> None:
    result = run(keyed_server, lambda client: client.call_tool(tool, arguments))
    assert result.is_error
    assert said in text(result)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda client: client.call_tool("verwijder", {}), "Dit hulpmiddel bestaat niet"),
        (lambda client: client.read_resource("handwijzer://documenten/geen"), "staat niet in de kennisbank"),
        (lambda client: client.read_resource("file:///etc/passwd"), "Deze bron bestaat niet"),
    ],
)
def test_what_does_not_exist_is_an_error_of_the_protocol(
    use: Callable[[Client], Coroutine[Any, Any, Any]], said: str, keyed_server: KeyedServer
) -> None:
    async def caught(client: Client) -> str:
        with pytest.raises(MCPError) as raised:
            await use(client)
        return raised.value.message

    assert said in run(keyed_server, caught)


def send(server: KeyedServer, body: bytes, method: str = "POST", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """A request that no client would make."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    usual = {"Content-Type": "application/json", "Accept": "application/json", "Authorization": f"Bearer {server.key}"}
    sent = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, "/mcp", body, {name: value for name, value in sent.items() if value})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("key", ["", "Bearer onjuist"])
def test_nobody_comes_in_without_a_key(key: str, keyed_server: KeyedServer) -> None:
    status, headers, body = send(keyed_server, b"{}", Authorization=key)
    assert (status, headers["content-type"]) == (401, "application/problem+json")
    assert headers["www-authenticate"].startswith("Bearer")
    assert "sleutel" in json.loads(body)["detail"]


def test_a_slash_behind_the_address_makes_no_difference(keyed_server: KeyedServer) -> None:
    async def use() -> list[str]:
        async with connected(keyed_server, path="/mcp/") as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert "zoek" in asyncio.run(use())


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_are_no_sessions_to_listen_to_or_to_end(method: str, keyed_server: KeyedServer) -> None:
    status, headers, body = send(keyed_server, b"", method, Accept="text/event-stream")
    assert (status, headers["allow"]) == (405, "POST")
    assert json.loads(body)["status"] == 405


CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "zoek", "arguments": {"zoekterm": "mdo"}}}


@pytest.mark.parametrize("version", ["", "2025-06-18", "2026-07-28", "1999-01-01", "\xff"])
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"jsonrpc": "2.0", "id": NaN}',
        json.dumps([CALL, CALL]).encode(),
        json.dumps(CALL | {"method": "tools/none"}).encode(),
        json.dumps(CALL | {"id": {"a": 1}}).encode(),
        json.dumps(CALL | {"id": "x" * 10_000}).encode(),
        json.dumps(CALL | {"params": []}).encode(),
        json.dumps(CALL | {"params": {"name": "zoek", "arguments": {"zoekterm": "\ud800\u0000"}}}).encode(),
        json.dumps(CALL | {"params": {"name": "zoek", "arguments": [1]}}).encode(),
        json.dumps(CALL | {"method": "resources/list", "params": {"cursor": "\udfff"}}).encode(),
        json.dumps(CALL | {"method": "resources/read", "params": {"uri": "handwijzer://documenten/\ud800"}}).encode(),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}).encode(),
        json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}).encode(),
        json.dumps(CALL | {"method": "initialize", "params": {"protocolVersion": ["x"]}}).encode(),
        json.dumps(CALL | {"method": "subscriptions/listen"}).encode(),
    ],
)  # fmt: skip
def test_hostile_messages_are_answered_and_never_an_internal_error(
    body: bytes, version: str, keyed_server: KeyedServer
) -> None:
    status, headers, reply = send(keyed_server, body, MCP_Protocol_Version=version)
    assert status < 500, reply
    if status != 202 and reply:
        assert headers["content-type"] == "application/json"
        assert json.loads(reply)["jsonrpc"] == "2.0"


def test_what_is_no_json_or_too_large_is_a_problem(keyed_server: KeyedServer) -> None:
    for status, answered in (
        (415, send(keyed_server, b"{}", Content_Type="text/plain")),
        (413, send(keyed_server, b" " * 1_100_000)),
    ):
        assert (answered[0], answered[1]["content-type"]) == (status, "application/problem+json")


def test_a_foreign_website_does_not_get_in(server_url: str) -> None:
    anonymous = KeyedServer(server_url, "", None)  # type: ignore[arg-type]
    body = json.dumps(CALL).encode()
    assert send(anonymous, body, Authorization="")[0] == 200
    assert send(anonymous, body, Authorization="", Origin="https://kwaad.example")[0] == 403
    assert send(anonymous, body, Authorization="", Host="kwaad.example")[0] == 403
