"""The description of the API is a contract: it follows the design rules, its examples are real, the server keeps it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ROOT, SHARED, copied, running_server, wait_until

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.api.contract import METHODS, resolved
from bot.api.docs_page import docs_page
from bot.storage.database import Database
from kb.settings import Settings

RULES = SHARED / "standards" / "nlgov-api-design-rules-linter.yaml"
# What differs from one answer to the next, and from one release to the next.
OWN = {"id", "release", "duurMs"}
ENGLISH = re.compile(r"\b(?:the|and|with its|which|that)\b")


@pytest.fixture(scope="module")
def client(server_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server_url, timeout=60) as open_client:
        yield open_client


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def calls(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every call by its name."""
    return {
        call["operationId"]: call
        for path in description["paths"].values()
        for method, call in path.items()
        if method in METHODS
    }


def test_the_description_follows_the_design_rules_of_the_government(
    description: dict[str, Any], tmp_path: Path
) -> None:
    spectral = next(Path(sys.prefix).glob("spectral-*/node_modules/.bin/spectral"), None)
    if not RULES.exists():
        pytest.skip("../shared met de regels staat niet naast deze map")
    if spectral is None:
        pytest.skip("Spectral ontbreekt: make spectral")
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(description), "utf-8")
    # Its rules also hold every example against its schema.
    lint = subprocess.run(
        [spectral, "lint", "--fail-severity", "hint", "--ruleset", RULES, file], capture_output=True, text=True
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr


def test_every_call_is_described_in_dutch_with_an_example_of_every_response(
    description: dict[str, Any], calls: dict[str, dict[str, Any]]
) -> None:
    assert description["openapi"].startswith("3.1.")
    assert description["servers"] == [{"url": "/v1", "description": "Deze server"}]
    for name, call in calls.items():
        assert call["summary"], name
        assert call["description"], name
        assert call["tags"][0] in {tag["name"] for tag in description["tags"]}
        for parameter in call.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])
        for media_type, content in call.get("requestBody", {}).get("content", {}).items():
            assert "example" in content, (name, media_type)
        assert {"401", "403", "429", "500", "503"} <= set(call["responses"])
        assert "422" not in call["responses"]
        for status, response in call["responses"].items():
            response = resolved(description, response)
            assert {"API-Version", "X-Request-ID"} <= set(response["headers"]), (name, status)
            for media_type, content in response.get("content", {}).items():
                assert "example" in content or media_type == "*/*", (name, status, media_type)
    for name, schema in description["components"]["schemas"].items():
        assert schema["description"], name
        for field, said in schema.get("properties", {}).items():
            assert said["description"], (name, field)
    said = json.dumps([description["components"]["schemas"], calls])
    assert not ENGLISH.findall(re.sub(r'"example[s]?": .*?(?="description"|$)', "", said))


def test_what_the_examples_show_is_what_the_server_says(client: httpx.Client, calls: dict[str, dict[str, Any]]) -> None:
    def asked(name: str) -> Any:
        return calls[name]["requestBody"]["content"]["application/json"]["example"]

    def shown(name: str, media_type: str = "application/json") -> Any:
        return calls[name]["responses"]["200"]["content"][media_type]["example"]

    answer = client.post("/v1/vragen", json=asked("stelVraag")).json()
    assert lasting(answer) == lasting(shown("stelVraag"))
    streamed = client.post("/v1/vragen", json=asked("stelVraag"), headers={"Accept": "text/event-stream"}).text
    assert lasting_events(streamed) == lasting_events(shown("stelVraag", "text/event-stream"))
    assert lasting(client.post("/v1/zoekopdrachten", json=asked("zoek")).json()) == lasting(shown("zoek"))
    judged = client.post("/v1/beoordelingen", json=asked("beoordeel") | {"antwoordId": answer["id"]})
    assert judged.status_code == 201
    listed = client.get("/v1/documenten", params={"pagina": 1, "aantal": 1}).json()
    assert listed == shown("documenten")
    document = client.get(f"/v1/documenten/{listed['resultaten'][0]['id']}").json()
    example = shown("document")
    assert document["tekst"].startswith(example["tekst"].removesuffix("…"))
    assert document | {"tekst": ""} == example | {"tekst": ""}


def lasting(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in OWN}


def lasting_events(stream: str) -> list[Any]:
    events = [event.split("\n") for event in stream.strip().split("\n\n") if not event.startswith(":")]
    return [(name, lasting(json.loads(data.removeprefix("data: ")))) for name, data in events]


def test_the_docs_page_shows_every_call_and_loads_nothing(
    client: httpx.Client, description: dict[str, Any], calls: dict[str, dict[str, Any]]
) -> None:
    page = client.get("/v1/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for name, call in calls.items():
        assert f'id="{name}"' in page.text
        assert call["summary"] in page.text
    assert all(f'id="schema-{name}"' in page.text for name in description["components"]["schemas"])
    # The empty icon keeps a browser from asking for one.
    loading = re.findall(r"<(?:script|link|img|iframe)[^>]*>|@import|url\(", page.text)
    assert loading == ['<link rel="icon" href="data:,">']
    assert page.text.count("<h1") == 1
    assert len(ids := re.findall(r'\bid="([^"]+)"', page.text)) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= set(ids)


def test_nothing_in_a_description_becomes_markup(description: dict[str, Any]) -> None:
    bold = "<b onclick=1>"
    told = json.loads(json.dumps(description).replace("Stel een vraag", bold).replace("De vraag, in gewone taal", bold))
    told["info"]["description"] = told["info"]["contact"]["name"] = bold
    told["components"]["schemas"]["Antwoord"]["properties"]["id"]["examples"] = [bold]
    page = docs_page(told)
    assert page.count("&lt;b onclick=1") > 4
    assert "<b " not in page


def test_a_server_does_what_it_describes_whatever_it_is_sent(
    corpus_data: Path, model_dir: Path, tmp_path: Path
) -> None:
    """All checks of Schemathesis but those in its settings, with a key of role beheer, on documents of its own."""
    data, corpus = copied(corpus_data, tmp_path), tmp_path / "corpus"
    shutil.copytree(ROOT / "corpus", corpus)
    key, _ = KeyStore(Database.of(Settings(data_dir=data)), data).create(Role.MANAGE)
    with running_server(data_dir=data, corpus_dir=corpus, model_dir=model_dir, rate_limit=1_000_000) as url:
        wait_until(lambda: httpx.get(f"{url}/readyz").is_success, "de server is niet klaar")
        run = subprocess.run(
            [Path(sys.executable).with_name("st"), "--config-file", ROOT / "tests" / "schemathesis.toml", "run",
             f"{url}/v1/openapi.json", "--max-examples", "20", "--generation-deterministic", "--continue-on-failure",
             # Some checks make up a value for the one that is not there.
             "--no-color", "--header", f"Authorization: Bearer {key}", "--header", f"X-API-Key: {key}"],
            cwd=tmp_path, capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "tests"), "SCHEMATHESIS_HOOKS": "contract_hooks"},
        )  # fmt: skip
        assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
        assert httpx.get(f"{url}/readyz").is_success
