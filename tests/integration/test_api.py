"""The HTTP API as an intranet developer meets it, on a running server with the shipped documents."""

from __future__ import annotations

import gc
import hashlib
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import ANSWERED, NOT_FOUND, ROOT, local_client
from fastapi.testclient import TestClient

from bot.api.app import create_app
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

ANSWER_KEYS = {
    "id", "status", "methode", "antwoord", "uitspraken", "bronnen", "zoekvraag", "suggesties", "meldingen", "release",
    "duurMs",
}  # fmt: skip
SOURCE_KEYS = {
    "nummer", "passageId", "documentId", "titel", "soort", "datum", "uitgever", "kop", "pagina", "tekst", "markeringen",
    "url", "score", "geldigTot", "verlopen",
}  # fmt: skip
PASSAGE_KEYS = SOURCE_KEYS - {"nummer", "markeringen", "geldigTot", "verlopen"}
DOCUMENT_KEYS = {
    "id", "titel", "soort", "datum", "uitgever", "bronUrl", "bestand", "mediaType", "grootte", "paginas", "passages",
    "geldigTot", "verlopen", "geraden", "url",
}  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """One response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """The server, asked as any HTTP client would; what is sent is not tidied up first."""

    def __init__(self, url: str) -> None:
        self._netloc = urlsplit(url).netloc

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection(self._netloc, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} | headers)
            response = connection.getresponse()
            return Reply(
                response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
            )
        finally:
            connection.close()

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(self, path: str, content: object) -> Reply:
        return self.send("POST", path, json.dumps(content).encode())


@pytest.fixture(scope="module")
def api(server_url: str) -> Api:
    return Api(server_url)


def problem(reply: Reply, status: int) -> dict[str, Any]:
    assert reply.status == status, reply.body[:300]
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json
    assert {"type", "title", "status", "detail", "instance"} <= set(body)
    assert body["status"] == status
    return body


def faults(reply: Reply) -> dict[str, str]:
    return {fault["veld"]: fault["melding"] for fault in problem(reply, 400)["fouten"]}


def test_an_answer_has_the_keys_of_the_contract(api: Api) -> None:
    reply = api.post("/v1/vragen", {"vraag": ANSWERED})
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    answer = reply.json
    assert set(answer) == ANSWER_KEYS
    assert (answer["status"], answer["methode"]) == ("beantwoord", "extractief")
    assert all(set(statement) == {"tekst", "bronnen"} for statement in answer["uitspraken"])
    assert all(set(source) == SOURCE_KEYS for source in answer["bronnen"])
    assert answer["suggesties"] == answer["meldingen"] == []
    assert isinstance(answer["duurMs"], int)
    assert "72" in answer["antwoord"]


@pytest.mark.parametrize("question", [ANSWERED, "Wat is een MDO?", "Welke taken heeft de zorgcoördinator?"])
def test_every_number_resolves_and_every_mark_is_a_verbatim_quotation(question: str, api: Api) -> None:
    answer = api.post("/v1/vragen", {"vraag": question}).json
    assert answer["status"] == "beantwoord"
    sources = {source["nummer"]: source for source in answer["bronnen"]}
    assert list(sources) == list(range(1, len(sources) + 1))
    assert {number for statement in answer["uitspraken"] for number in statement["bronnen"]} == set(sources)
    marked = {
        (number, source["tekst"][start:end])
        for number, source in sources.items()
        for start, end in source["markeringen"]
    }
    assert marked == {(number, said["tekst"]) for said in answer["uitspraken"] for number in said["bronnen"]}
    for statement in answer["uitspraken"]:
        assert (
            statement["tekst"] + " " + "".join(f"[{number}]" for number in statement["bronnen"]) in answer["antwoord"]
        )
    for source in sources.values():
        document = api.get(f"/v1/documenten/{source['documentId']}").json
        assert source["tekst"] in document["tekst"]
        assert source["titel"] == document["titel"]
        assert 0 <= source["score"] <= 1
        assert api.get(source["url"].split("#")[0]).status == 200


def test_what_the_documents_do_not_hold_is_said_and_not_made_up(api: Api) -> None:
    answer = api.post("/v1/vragen", {"vraag": NOT_FOUND}).json
    assert set(answer) == ANSWER_KEYS
    assert answer["status"] == "niet-gevonden"
    assert answer["uitspraken"] == answer["bronnen"] == []
    assert "[1]" not in answer["antwoord"]
    assert all(set(near) == {"documentId", "titel", "soort", "url"} for near in answer["suggesties"])
    assert all(api.get(near["url"]).status == 200 for near in answer["suggesties"])


def test_a_conversation_completes_a_follow_up_question(api: Api) -> None:
    earlier = [{"rol": "gebruiker", "tekst": "Wat is een MDO?"}, {"rol": "assistent", "tekst": "Een overleg. [1]"}]
    assert "MDO" in api.post("/v1/vragen", {"vraag": "En wie is daarbij?", "gesprek": earlier}).json["zoekvraag"]
    assert "MDO" not in api.post("/v1/vragen", {"vraag": "En wie is daarbij?"}).json["zoekvraag"]


def test_filters_hold_for_questions_and_searches(api: Api) -> None:
    filters = {"soorten": ["convenant"], "vanaf": "2000-01-01", "tot": "2100-01-01"}
    answer = api.post("/v1/vragen", {"vraag": ANSWERED, "filters": filters}).json
    assert {source["soort"] for source in answer["bronnen"]} <= {"convenant"}
    found = api.post("/v1/zoekopdrachten", {"zoekterm": "verzuim", "aantal": 50, "filters": filters}).json
    assert {passage["soort"] for passage in found["resultaten"]} == {"convenant"}
    nothing = api.post("/v1/zoekopdrachten", {"zoekterm": "verzuim", "filters": {"soorten": ["recept"]}}).json
    assert (nothing["resultaten"], nothing["totaal"]) == ([], 0)


def test_a_search_gives_as_many_passages_as_asked(api: Api) -> None:
    found = api.post("/v1/zoekopdrachten", {"zoekterm": "verzuim", "aantal": 3}).json
    assert set(found) == {"resultaten", "totaal", "release"}
    assert len(found["resultaten"]) == found["totaal"] == 3
    assert all(set(passage) == PASSAGE_KEYS for passage in found["resultaten"])
    assert len(api.post("/v1/zoekopdrachten", {"zoekterm": "verzuim"}).json["resultaten"]) == 10


def test_the_list_of_documents_comes_in_pages(api: Api) -> None:
    whole = api.get("/v1/documenten?aantal=100").json
    assert set(whole) == {"resultaten", "totaal"}
    assert len(whole["resultaten"]) == whole["totaal"] > 10
    assert all(set(document) == DOCUMENT_KEYS for document in whole["resultaten"])
    ids = [document["id"] for document in whole["resultaten"]]
    pages = [api.get(f"/v1/documenten?pagina={page}&aantal=7").json for page in range(1, 5)]
    assert [document["id"] for page in pages for document in page["resultaten"]] == ids[:28]
    assert {page["totaal"] for page in pages} == {whole["totaal"]}
    assert api.get("/v1/documenten?pagina=999").json["resultaten"] == []
    one = api.get(f"/v1/documenten/{ids[0]}").json
    assert set(one) == DOCUMENT_KEYS | {"tekst"}
    assert {key: value for key, value in one.items() if key != "tekst"} == whole["resultaten"][0]


@pytest.mark.parametrize(
    ("suffix", "media_type", "shown"),
    [
        (".pdf", "application/pdf", "inline"),
        (".html", "text/html; charset=utf-8", "attachment"),
        (".md", "text/plain; charset=utf-8", "inline"),
        (".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"),
    ],
)
def test_the_original_file_comes_byte_for_byte(suffix: str, media_type: str, shown: str, api: Api) -> None:
    document = next(
        item for item in api.get("/v1/documenten?aantal=100").json["resultaten"] if item["bestand"].endswith(suffix)
    )
    reply = api.get(document["url"])
    assert reply.status == 200
    assert reply.body == (ROOT / "corpus" / document["bestand"]).read_bytes()
    assert len(reply.body) == document["grootte"]
    assert reply.headers["content-type"] == media_type
    # A page of a document is not run by the browser as if it were ours.
    assert reply.headers["content-disposition"].split(";")[0] == shown
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert f"versie={hashlib.sha256(reply.body).hexdigest()[:12]}" in document["url"]
    problem(api.get(f"/v1/documenten/{document['id']}/bestand?versie={'0' * 12}"), 404)


@pytest.mark.parametrize(
    ("path", "content", "wrong"),
    [
        ("/v1/vragen", {"vraag": ""}, {"vraag": "leeg"}),
        ("/v1/vragen", {"vraag": "x" * 10_000}, {"vraag": "maximaal 2000"}),
        ("/v1/vragen", {}, {"vraag": "verplicht"}),
        ("/v1/vragen", {"vraag": "Wat?", "kleur": "rood"}, {"kleur": "bestaat niet"}),
        (
            "/v1/vragen",
            {
                "vraag": 12,
                "gesprek": [{"rol": "systeem", "tekst": "x"}],
                "filters": {"vanaf": "gisteren", "soorten": "wet", "x": 1},
            },
            {
                "vraag": "tekst", "gesprek.0.rol": "niet toegestaan", "filters.vanaf": "datum", "filters.soorten": "lijst",
                "filters.x": "bestaat niet",
            },
        ),
        ("/v1/vragen", ["Wat?"], {"": "object"}),
        ("/v1/vragen", {"vraag": "Wat?", "gesprek": [{"rol": "gebruiker"}]}, {"gesprek.0.tekst": "verplicht"}),
        ("/v1/zoekopdrachten", {"zoekterm": "", "aantal": 0}, {"zoekterm": "leeg", "aantal": "minimaal 1"}),
        ("/v1/zoekopdrachten", {"zoekterm": "a", "aantal": 101}, {"aantal": "maximaal 100"}),
        ("/v1/zoekopdrachten", {"zoekterm": "a", "aantal": "veel"}, {"aantal": "geheel getal"}),
    ],
)  # fmt: skip
def test_every_fault_of_a_request_is_named_in_dutch(
    path: str, content: object, wrong: dict[str, str], api: Api
) -> None:
    named = faults(api.post(path, content))
    assert set(named) == set(wrong)
    assert {field: part for field, part in wrong.items() if part not in named[field]} == {}


def test_a_question_of_blanks_is_empty_too(api: Api) -> None:
    assert "leeg" in problem(api.post("/v1/vragen", {"vraag": " \n\t\u200b "}), 400)["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"geen json", b"\xff\xfe\x00", b'{"vraag": "Wat?"', b"null"])
def test_a_body_that_is_no_json_object_is_a_problem_in_dutch(body: bytes, api: Api) -> None:
    detail = problem(api.send("POST", "/v1/vragen", body), 400)["detail"]
    assert "JSON" in detail or "verplicht" in detail
    assert "error" not in detail.lower()


def test_a_wrong_parameter_of_the_address_is_named(api: Api) -> None:
    assert set(faults(api.get("/v1/documenten?pagina=0&aantal=duizend"))) == {"pagina", "aantal"}


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/", "/v1/onbekend", "/v1/vragen/1", "/v1/documenten/x/y/z", "/v1/documenten/bestaat-niet",
     "/v1/documenten/bestaat-niet/bestand", "/v1/documenten/..%2F..%2Fetc%2Fpasswd", "/openai/v1/onbekend", "/mcp/onbekend"],
)  # fmt: skip
def test_an_unknown_address_of_the_api_is_a_problem_and_not_the_page(path: str, api: Api) -> None:
    assert problem(api.get(path), 404)["instance"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/vragen", "POST"), ("HEAD", "/v1/vragen", "POST"), ("DELETE", "/v1/zoekopdrachten", "POST"),
        ("POST", "/v1/documenten/x", "GET, DELETE, HEAD"), ("TRACE", "/healthz", "GET, HEAD"), ("POST", "/", "GET, HEAD"),
    ],
)  # fmt: skip
def test_a_wrong_method_says_which_one_is_right(method: str, path: str, allowed: str, api: Api) -> None:
    reply = api.send(method, path, b"{}")
    assert reply.status == 405
    assert method == "HEAD" or problem(reply, 405)["instance"] == path
    assert reply.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/v1/documenten", "/v1/openapi.json", "/v1/docs", "/healthz", "/readyz"])
def test_head_gives_the_headers_of_get(path: str, api: Api) -> None:
    head, whole = api.send("HEAD", path), api.get(path)
    assert (head.status, head.body) == (whole.status, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": ""}, {"Content-Encoding": "gzip"},
     {"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Type": "text/json"}],
)  # fmt: skip
def test_a_body_in_another_format_is_refused(headers: dict[str, str], api: Api) -> None:
    body = json.dumps({"vraag": ANSWERED}).encode()
    assert "application/json" in problem(api.send("POST", "/v1/vragen", body, **headers), 415)["detail"]
    good = {"Content-Type": "application/json; charset=utf-8", "Content-Encoding": "identity"}
    assert api.send("POST", "/v1/vragen", body, **good).status == 200


@pytest.mark.parametrize("path", ["/v1/documenten/%3Cscript%3E", "/v1/documenten/%3Cscript%3E/bestand", "/v1/%3Cb%3E"])
def test_a_wrong_address_is_never_echoed_as_markup(path: str, api: Api) -> None:
    reply = api.get(path)
    assert problem(reply, 404)["instance"] == path
    assert b"<" not in reply.body


def test_a_part_of_a_file_can_be_asked_for(api: Api) -> None:
    url = api.get("/v1/documenten?aantal=1").json["resultaten"][0]["url"]
    assert api.send("GET", url, Range="bytes=0-9").body == api.get(url).body[:10]
    problem(api.send("GET", url, Range="bytes=999999999-"), 416)


def test_personal_data_in_a_search_are_left_out_before_it(api: Api) -> None:
    def found(query: str) -> list[str]:
        hits = api.post("/v1/zoekopdrachten", {"zoekterm": query, "aantal": 5}).json["resultaten"]
        return [hit["passageId"] for hit in hits]

    assert found("verzuim melden 111222333") == found("verzuim melden 123456782") != []


def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    problem(api.send("POST", "/v1/vragen", json.dumps({"vraag": "x" * 1_100_000}).encode()), 413)


@pytest.mark.parametrize(
    "path", ["/v1/documenten", "/v1/openapi.json", "/v1/onbekend", "/v1/vragen", "/healthz", "/readyz", "/"]
)
def test_every_response_carries_the_version_and_the_security_headers(path: str, api: Api) -> None:
    headers = api.get(path).headers
    assert headers["api-version"].count(".") == 2
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "server" not in headers


def test_the_contract_that_is_served_holds_every_call(api: Api) -> None:
    contract = api.get("/v1/openapi.json").json
    calls = {(method, path) for path, methods in contract["paths"].items() for method in methods}
    assert calls >= {
        ("post", "/vragen"), ("post", "/beoordelingen"), ("post", "/zoekopdrachten"), ("get", "/documenten"),
        ("get", "/documenten/{documentId}"), ("get", "/documenten/{documentId}/bestand"), ("post", "/documenten"),
        ("delete", "/documenten/{documentId}"), ("post", "/indexeringen"), ("get", "/indexeringen/{indexeringId}"),
        ("get", "/releases"), ("post", "/releases/{releaseId}/activering"),
    }  # fmt: skip
    assert set(contract["components"]["schemas"]["Antwoord"]["properties"]) == ANSWER_KEYS
    assert set(contract["components"]["schemas"]["Bron"]["properties"]) == SOURCE_KEYS


def test_a_server_with_documents_is_alive_and_ready(api: Api) -> None:
    assert api.get("/healthz").json["status"] == "ok"
    ready = api.get("/readyz")
    assert (ready.status, ready.json["status"]) == (200, "klaar")
    assert ready.json["release"] == api.post("/v1/vragen", {"vraag": ANSWERED}).json["release"]


_GRADIO_LEAVES_LOOPS_OPEN = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@contextmanager
def in_process(store: ReleaseStore, encoder: Encoder, rate_limit: int = 1000) -> Iterator[TestClient]:
    """The application in this process, for what would need a server of its own."""
    app = create_app(LiveKnowledge(store, encoder), Settings(rate_limit=rate_limit, data_dir=store.data_dir))
    with local_client(app) as client:
        yield client
    del app
    # What it leaves open must be found here, where that is allowed, and not in some later test.
    gc.collect()


@pytest.fixture
def small(store: ReleaseStore, encoder: Encoder) -> Iterator[tuple[TestClient, ReleaseStore]]:
    """An app of our own on an empty data folder, that lets through three requests a minute."""
    with in_process(store, encoder, rate_limit=3) as client:
        yield client, store


@_GRADIO_LEAVES_LOOPS_OPEN
def test_more_requests_than_the_limit_are_told_when_to_come_back(small: tuple[TestClient, ReleaseStore]) -> None:
    client, _ = small
    assert [client.get("/v1/openapi.json").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/v1/documenten")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["status"] == 429
    assert refused.headers["API-Version"]
    # Whoever watches the server still sees it.
    assert client.get("/healthz").status_code == 200


@_GRADIO_LEAVES_LOOPS_OPEN
def test_a_server_without_documents_is_alive_but_not_ready_until_they_are_there(
    small: tuple[TestClient, ReleaseStore], corpus: Path, encoder: Encoder
) -> None:
    client, store = small
    assert client.get("/healthz").status_code == 200
    waiting = client.get("/readyz")
    assert waiting.status_code == 503
    assert "handwijzer ingest" in waiting.json()["reden"]
    refused = client.post("/v1/vragen", json={"vraag": ANSWERED})
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert "handwijzer ingest" in refused.json()["detail"]
    ingest(store, corpus, encoder)
    assert client.get("/readyz").status_code == 200
    assert client.post("/v1/vragen", json={"vraag": "Bij wie meldt de mentor verzuim?"}).status_code == 200


@_GRADIO_LEAVES_LOOPS_OPEN
def test_a_cited_file_stays_open_in_its_version_after_it_changed(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder)
    old = (corpus / "verzuim.md").read_bytes()
    with in_process(store, encoder) as client:
        cited = client.get("/v1/documenten").json()["resultaten"][1]
        assert cited["bestand"] == "verzuim.md"
        (corpus / "verzuim.md").write_text("# Anders\n\nDit is een andere tekst.\n", encoding="utf-8")
        ingest(store, corpus, encoder)
        assert client.get(cited["url"]).content == old
        (corpus / "verzuim.md").unlink()
        ingest(store, corpus, encoder)
        assert client.get(cited["url"]).content == old


@pytest.mark.parametrize(
    "body",
    [
        b'{"vraag": "Wat is een MDO?", "gesprek": [{"rol": "gebruiker", "tekst": "half \\ud800 teken"}]}',
        b'{"vraag": "En dat?", "gesprek": [{"rol": "gebruiker", "tekst": "half \\ud800 teken"}]}',
        b'{"vraag": "half \\ud800 teken"}',
        b'{"vraag": "nul \\u0000 teken \\u202e"}',
        b'{"vraag": "Wat?", "filters": {"documenten": ["\\ud800"], "soorten": ["\\u0000"]}}',
        b'{"vraag": ' + b"[" * 50_000,
        b'{"vraag": NaN}',
        b'{"vraag": "Wat?", "filters": {"vanaf": 1e400}}',
        b'{"vraag": "Wat?", "filters": {"vanaf": "9999-12-31", "tot": "0001-01-01"}}',
        b'{"vraag": "Wat?", "filters": {"vanaf": 99999999999999999999}}',
    ],
    ids=["half-teken", "half-teken-vervolg", "half-teken-vraag", "nul", "half-teken-filter", "diep", "nan", "oneindig", "omgekeerd", "groot"],
)  # fmt: skip
def test_hostile_json_never_becomes_an_internal_error(body: bytes, api: Api) -> None:
    reply = api.send("POST", "/v1/vragen", body)
    assert reply.status in (200, 400), reply.body
    if reply.status == 400:
        assert "error" not in problem(reply, 400)["detail"].lower()
