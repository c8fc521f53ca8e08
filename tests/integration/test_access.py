"""Who gets in: keys, websites, proxies and visitors of this computer, with the guard before a small application."""

from __future__ import annotations

import hmac
import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import wait_until
from fastapi.testclient import TestClient
from guarded import guarded
from httpx import Response
from sqlalchemy import Engine, event

import handwijzer as program
from bot.access.caller import Role
from bot.access.configured import is_guarded
from bot.access.keys import PEPPER_FILE, KeyStore, holds_key, id_in, without_keys
from bot.api.app import create_app
from bot.storage.database import FILE, Database
from kb.errors import UsageError
from kb.live import LiveKnowledge
from kb.settings import Settings

INTRANET = "https://intranet.example.nl"
FOREIGN = "https://ergens-anders.example"
WRONG = "hw_00000000_" + "0" * 48
Door = Callable[..., TestClient]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def keys(data_dir: Path) -> KeyStore:
    return KeyStore(Database(data_dir), data_dir)


@pytest.fixture
def door(data_dir: Path) -> Door:
    return partial(guarded, data_dir)


def bearer(key: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} | more


def refused(response: Response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert not holds_key(response.text)
    return str(response.json()["detail"])


def test_without_keys_this_computer_reads_and_does_not_manage(door: Door) -> None:
    client = door()
    assert client.post("/v1/vragen").json()["role"] == "lezen"
    assert client.get("/").status_code == 200
    for method in ("GET", "POST"):
        response = client.request(method, "/v1/beheer")
        assert "handwijzer keys create --role beheer" in refused(response, 401)
        assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/v1/vragen", "/openai/v1/models", "/mcp", "/mcp/x", "/metrics", "/", "/assets/a.js"])
def test_without_keys_other_computers_get_nothing(path: str, door: Door) -> None:
    assert "sleutel" in refused(door(client="10.1.2.3").get(path), 401)


def test_a_visitor_of_the_page_from_elsewhere_gets_plain_words(door: Door) -> None:
    response = door(client="10.1.2.3").get("/", headers={"Accept": "text/html,*/*"})
    assert (response.status_code, response.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    assert "beheerder" in response.text


def test_open_access_lets_everybody_read_until_there_is_a_key(door: Door, keys: KeyStore) -> None:
    client = door(client="10.1.2.3", host="handwijzer.example.nl", open_access=True)
    assert client.get("/v1/documenten").json()["role"] == "lezen"
    refused(client.get("/metrics"), 401)
    keys.create(Role.READ)
    wait_until(lambda: client.get("/v1/documenten").status_code == 401, "de sleutel telt niet mee", 2)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/widget.js", "/v1/openapi.json", "/v1/docs", "/v1/docs/x.css"]
)
def test_what_monitors_and_developers_need_is_always_open(path: str, door: Door, keys: KeyStore) -> None:
    keys.create(Role.READ)
    assert door(client="10.1.2.3", host="handwijzer.example.nl").get(path).status_code == 200


def test_with_a_key_made_the_page_stays_open_here_and_the_api_does_not(door: Door, keys: KeyStore) -> None:
    keys.create(Role.READ)
    client = door()
    for path in ("/v1/documenten", "/v1/documenten/a/bestand", "/v1", "/openai/v1/models", "/mcp"):
        assert "Authorization: Bearer" in refused(client.get(path), 401)
    for path in ("/", "/assets/a.js", "/pagina/vragen", "/metrics"):
        assert client.get(path).status_code == 200
    from_page = {"Sec-Fetch-Site": "same-origin"}
    assert client.get("/v1/documenten/a/bestand", headers=from_page).status_code == 200
    assert client.get("/v1/documenten/a/bestand", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 401
    assert client.get("/v1/documenten/a", headers=from_page).status_code == 401


@pytest.mark.parametrize("role", list(Role))
def test_a_key_opens_what_its_role_may(role: Role, door: Door, keys: KeyStore) -> None:
    key, kept = keys.create(role, "Proef")
    client = door(client="10.1.2.3", host="handwijzer.example.nl")
    for headers in (bearer(key), {"X-API-Key": key}, {"authorization": f"bearer {key}"}):
        assert client.get("/v1/documenten", headers=headers).json()["name"] == f"sleutel:{kept.id}"
    managed = client.post("/v1/beheer", headers=bearer(key))
    metrics = client.get("/metrics", headers=bearer(key))
    if role is Role.MANAGE:
        assert (managed.status_code, metrics.status_code) == (200, 200)
    else:
        assert "rol beheer" in refused(managed, 403)
        refused(metrics, 403)


def test_every_key_that_is_not_right_gets_the_same_answer(
    door: Door, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, _ = keys.create(Role.READ)
    revoked, _ = keys.create(Role.READ)
    keys.revoke(revoked)
    expired, _ = keys.create(Role.READ, expires=datetime.now(UTC) + timedelta(milliseconds=50))
    wait_until(lambda: len(keys.live()) == 1, "de sleutel verloopt niet")
    compared: list[tuple[int, int]] = []
    original = hmac.compare_digest

    def compare(first: str, second: str) -> bool:
        compared.append((len(first), len(second)))
        return original(first, second)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    client = door()
    wrong_secret = right[:-1] + ("0" if right[-1] != "0" else "1")
    shown = [
        revoked,
        expired,
        wrong_secret,
        WRONG,
        right[:-1],
        right.upper(),
        "geen-sleutel",
        "é",
        "x" * 5000,
        "a.b.c",
        "",
    ]
    answers = [
        client.get("/v1/documenten", headers={b"Authorization": f"Bearer {key}".encode("latin-1")}) for key in shown
    ]
    assert {refused(answer, 401) for answer in answers} == {answers[0].json()["detail"]}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    # One hash and one comparison of the same length for each, so that time tells nothing either.
    assert compared == [(64, 64)] * len(shown)
    assert client.get("/v1/documenten", headers=bearer(right)).status_code == 200


def test_a_wrong_key_counts_where_none_would_be_needed(door: Door) -> None:
    refused(door().get("/v1/documenten", headers=bearer(WRONG)), 401)
    refused(door().get("/", headers=bearer(WRONG)), 401)
    # What a proxy used to let the visitor in is not for us.
    assert door().get("/", headers={"Authorization": "Basic YTpi"}).status_code == 200


def test_what_openai_clients_send_where_no_key_was_ever_made_is_no_key(door: Door, keys: KeyStore) -> None:
    models, filler = "/openai/v1/models", bearer("sk-maakt-niet-uit")
    assert door().get(models, headers=filler).json()["role"] == "lezen"
    refused(door().get(models, headers=bearer(WRONG)), 401)
    refused(door(client="192.0.2.7").get(models, headers=filler), 401)
    keys.create(Role.READ)
    refused(door().get(models, headers=filler), 401)


def test_two_different_keys_are_refused(door: Door, keys: KeyStore) -> None:
    one, other = keys.create(Role.READ)[0], keys.create(Role.MANAGE)[0]
    refused(door().get("/v1/documenten", headers=bearer(one) | {"X-API-Key": other}), 400)
    assert door().get("/v1/documenten", headers=bearer(one) | {"X-API-Key": one}).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/v1/documenten?key={}", "/v1/documenten?a={}", "/v1/documenten?{}", "/{}", "/?Access_Token=iets", "/v1/docs?a=x{}y",
     "/v1/documenten?api_key=abc", "/v1/documenten/%7B{}"],
)  # fmt: skip
def test_a_key_in_the_address_is_refused_even_when_it_is_right(address: str, door: Door, keys: KeyStore) -> None:
    key, kept = keys.create(Role.READ)
    response = door().get(address.format(key), headers=bearer(key))
    assert "adres" in refused(response, 400)
    assert key not in response.text
    assert without_keys(f"GET /?a={key}&b") == f"GET /?a=hw_{kept.id}_…&b"


def test_a_key_stands_nowhere_once_it_is_made(
    door: Door, keys: KeyStore, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, _ = keys.create(Role.READ)
    secret = key.rpartition("_")[2]
    client = door()
    for headers in (bearer(key), bearer(key[:-1] + "x")):
        client.get("/v1/documenten", headers=headers)
    client.get(f"/v1/documenten?key={key}")
    assert key not in caplog.text.replace(f"?key={key}", "")  # httpx, the client, logs what it sends
    assert all(secret.encode() not in path.read_bytes() for path in data_dir.iterdir())
    assert secret not in repr(keys.all())
    assert {path.stat().st_mode & 0o077 for path in (data_dir / PEPPER_FILE, data_dir / FILE)} == {0}


def test_running_servers_honour_a_new_and_a_revoked_key_within_two_seconds(door: Door, keys: KeyStore) -> None:
    workers = [door(), door()]
    first, _ = keys.create(Role.READ)
    for worker in workers:
        assert worker.get("/v1/documenten", headers=bearer(first)).status_code == 200
    second, _ = keys.create(Role.MANAGE)
    keys.revoke(first)
    began = time.monotonic()
    for worker in workers:
        wait_until(lambda w=worker: w.get("/v1/beheer", headers=bearer(second)).status_code == 200, "nieuw", 2)
        wait_until(lambda w=worker: w.get("/v1/documenten", headers=bearer(first)).status_code == 401, "ingetrokken", 2)
    assert time.monotonic() - began < 2


def test_most_requests_ask_the_database_nothing(door: Door, keys: KeyStore) -> None:
    key, _ = keys.create(Role.READ)
    client = door()
    client.get("/v1/documenten", headers=bearer(key))
    queries: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        queries.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        began = time.monotonic()
        for shown in (key, WRONG) * 25:
            client.get("/v1/documenten", headers=bearer(shown))
        loads = time.monotonic() - began + 1
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert sum("FROM keys" in query for query in queries) <= 2 * loads


def test_a_server_goes_on_while_its_database_is_away_but_does_not_start_without(
    door: Door, keys: KeyStore, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key, _ = keys.create(Role.READ)
    client = door()
    assert client.get("/v1/documenten", headers=bearer(key)).status_code == 200
    for path in data_dir.glob(f"{FILE}*"):
        path.write_bytes(b"geen database" * 500)
    wait_until(lambda: not client.get("/v1/documenten", headers=bearer(key)) or FILE in caplog.text, "niets gemeld")
    assert client.get("/v1/documenten", headers=bearer(key)).status_code == 200
    started_now = door()
    assert FILE in refused(started_now.get("/v1/documenten", headers=bearer(key)), 503)
    assert FILE in refused(started_now.get("/v1/documenten"), 503)
    assert started_now.get("/healthz").status_code == 200


def test_without_its_pepper_no_key_works_and_the_answer_says_why(door: Door, keys: KeyStore, data_dir: Path) -> None:
    key, _ = keys.create(Role.READ)
    (data_dir / PEPPER_FILE).unlink()
    assert PEPPER_FILE in refused(door().get("/v1/documenten", headers=bearer(key)), 503)


@pytest.mark.parametrize(
    "host", ["aanvaller.example", "aanvaller.example:8000", "127.0.0.1.aanvaller.example", "10.0.0.1", ""]
)
def test_a_foreign_name_for_this_computer_is_refused(host: str, door: Door, keys: KeyStore) -> None:
    for path in ("/", "/v1/documenten", "/metrics"):
        assert "localhost" in refused(door().get(path, headers={"Host": host}), 403)
    key, _ = keys.create(Role.READ)
    assert door().get("/v1/documenten", headers=bearer(key, Host=host)).status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.8.0.1:9", "[::1]:8000", "a.localhost"]
)
def test_this_computer_has_several_names(host: str, door: Door) -> None:
    assert door().get("/v1/documenten", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_who_comes_through_a_proxy_is_not_this_computer(header: str, door: Door) -> None:
    for path in ("/", "/v1/documenten", "/metrics"):
        refused(door().get(path, headers={header: "127.0.0.1"}), 401)


PROXY = {"proxy_addresses": ("10.0.0.0/24", "::1"), "manage_group": "beheerders"}
SPOOFED = {"X-Forwarded-User": "directeur", "X-Forwarded-Groups": "beheerders"}


def test_only_a_listed_proxy_says_who_the_user_is(door: Door) -> None:
    through = door(client="10.0.0.7", host="handwijzer.example.nl", **PROXY)
    told = through.get("/v1/x", headers=SPOOFED | {"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}).json()
    assert (told["name"], told["role"]) == ("gebruiker:directeur", "beheer")
    assert (told["client"], told["scheme"]) == ("192.0.2.9", "https")
    for client in ("10.0.1.7", "192.0.2.9"):
        refused(door(client=client, **PROXY).get("/v1/x", headers=SPOOFED), 401)
    seen = door(**PROXY).get("/v1/x", headers=SPOOFED).json()
    assert (seen["name"], seen["role"]) == ("adres:127.0.0.1", "lezen")
    assert not {name for name in seen["headers"] if name.startswith("x-forwarded")}


def test_who_did_not_log_in_at_the_proxy_is_nobody(door: Door) -> None:
    # Not even when the proxy runs on this computer and does not say for whom it asks.
    through = door(client="::1", **PROXY)
    for headers in ({}, {"X-Forwarded-User": " "}, {"X-Forwarded-For": "127.0.0.1"}):
        refused(through.get("/v1/x", headers=headers), 401)
    twice = [("X-Forwarded-User", "piet"), ("X-Forwarded-User", "directeur")]
    refused(through.get("/v1/x", headers=twice), 401)
    assert (
        through.get("/v1/x", headers={"X-Forwarded-User": "piet", "X-Forwarded-Groups": "a; b"}).json()["role"]
        == "lezen"
    )


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("198.51.100.1, 192.0.2.9", "192.0.2.9"), ("192.0.2.9, 10.0.0.8", "192.0.2.9"), ("192.0.2.9:4711", "192.0.2.9"),
        ("[2001:db8::1]:443", "2001:db8::1"), ("10.0.0.8", "10.0.0.7"), ("onzin", "10.0.0.7"), ("1.1.1.1, onzin", "10.0.0.7"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
    ],
)  # fmt: skip
def test_the_address_of_a_visitor_is_what_the_proxy_itself_saw(forwarded: str, client: str, door: Door) -> None:
    headers = {"X-Forwarded-User": "piet", "X-Forwarded-For": forwarded}
    assert door(client="10.0.0.7", **PROXY).get("/v1/x", headers=headers).json()["client"] == client


def preflight(client: TestClient, origin: str, path: str = "/v1/vragen") -> Response:
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )


def test_a_browser_may_ask_first_from_listed_websites_and_those_of_keys(door: Door, keys: KeyStore) -> None:
    keys.create(Role.READ, origins=[INTRANET])
    client = door(client="10.1.2.3", host="handwijzer.example.nl", origins=("https://portaal.example.nl",))
    for origin in (INTRANET, "https://portaal.example.nl"):
        allowed = preflight(client, origin)
        assert allowed.status_code == 204
        assert allowed.headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in allowed.headers["Vary"]
        named = {name.strip().lower() for name in allowed.headers["Access-Control-Allow-Headers"].split(",")}
        assert {
            "authorization",
            "x-api-key",
            "content-type",
            "accept",
            "last-event-id",
            "mcp-protocol-version",
        } <= named
        assert "DELETE" in allowed.headers["Access-Control-Allow-Methods"]
    for origin in (FOREIGN, "null", f"{INTRANET}.aanvaller.example", "http://intranet.example.nl", "*"):
        response = preflight(client, origin)
        refused(response, 403)
        assert "Access-Control-Allow-Origin" not in response.headers


def test_a_key_for_a_website_works_on_that_website_only(door: Door, keys: KeyStore) -> None:
    key, _ = keys.create(Role.READ, origins=[f"{INTRANET}/"])
    keys.create(Role.READ, origins=["https://ander.example.nl"])
    client = door(client="10.1.2.3", host="handwijzer.example.nl")
    good = client.post("/v1/vragen", headers=bearer(key, Origin=INTRANET))
    assert good.status_code == 200
    assert good.headers["Access-Control-Allow-Origin"] == INTRANET
    shown = good.headers["Access-Control-Expose-Headers"]
    assert all(name in shown for name in ("API-Version", "Retry-After", "X-Request-ID", "Content-Disposition"))
    for origin in (FOREIGN, "null", "https://ander.example.nl", "http://intranet.example.nl", f"{INTRANET}:8443"):
        response = client.post("/v1/vragen", headers=bearer(key, Origin=origin))
        assert origin in refused(response, 403)
    assert "webpagina" in refused(client.get("/v1/documenten", headers=bearer(key)), 403)
    own = bearer(key, **{"Sec-Fetch-Site": "same-origin"})
    assert client.get("/v1/documenten", headers=own).status_code == 200


def test_a_widget_can_read_why_it_is_refused(door: Door, keys: KeyStore) -> None:
    key, kept = keys.create(Role.READ, origins=[INTRANET])
    client = door(client="10.1.2.3", host="handwijzer.example.nl")
    answers = [
        client.post("/v1/vragen", headers={"Origin": INTRANET}),
        client.post("/v1/vragen?key=a", headers={"Origin": INTRANET}),
        client.post("/v1/beheer", headers=bearer(key, Origin=INTRANET)),
    ]
    assert [answer.status_code for answer in answers] == [403, 400, 403]
    assert {answer.headers.get("Access-Control-Allow-Origin") for answer in answers} == {INTRANET}
    wrong = client.post("/v1/vragen", headers=bearer(WRONG, Origin=INTRANET))
    assert (wrong.status_code, wrong.headers["Access-Control-Allow-Origin"]) == (401, INTRANET)
    assert kept.origins == (INTRANET,)


def test_a_key_of_a_program_opens_no_foreign_website(door: Door, keys: KeyStore) -> None:
    keys.create(Role.READ, origins=[INTRANET])
    key, _ = keys.create(Role.READ)
    client = door(client="10.1.2.3", host="handwijzer.example.nl")
    for origin in (FOREIGN, INTRANET):
        answer = client.get("/v1/documenten", headers=bearer(key, Origin=origin))
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


def test_a_foreign_website_can_not_let_a_visitor_of_this_computer_or_a_user_do_things(door: Door) -> None:
    through = door(client="10.0.0.7", host="handwijzer.example.nl", **PROXY)
    for client, headers in ((door(), {}), (through, SPOOFED)):
        for origin in (FOREIGN, "null"):
            response = client.post("/v1/vragen", headers=headers | {"Origin": origin})
            refused(response, 403)
            assert "Access-Control-Allow-Origin" not in response.headers
            assert (
                "Access-Control-Allow-Origin" not in client.get("/v1/x", headers=headers | {"Origin": origin}).headers
            )
    own = {"Origin": "http://127.0.0.1:8000"}
    assert door().post("/pagina/vragen", headers=own).status_code == 200
    listed = door(origins=(INTRANET,)).post("/v1/vragen", headers={"Origin": INTRANET})
    assert (listed.status_code, listed.headers["Access-Control-Allow-Origin"]) == (200, INTRANET)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example.nl",
        "intranet.example.nl",
        "https://a.nl/pad",
        "ftp://a.nl",
        "null",
        "https://",
        "https://a:b",
    ],
)
def test_what_is_no_website_is_refused_as_origin(origin: str, keys: KeyStore, door: Door) -> None:
    with pytest.raises(UsageError):
        keys.create(Role.READ, origins=[origin])
    with pytest.raises(UsageError):
        door(origins=(origin,))


def test_a_caller_who_asks_much_costs_the_others_nothing(door: Door, keys: KeyStore) -> None:
    busy, _ = keys.create(Role.READ, per_minute=5)
    calm, _ = keys.create(Role.READ, per_minute=5)
    client = door(rate_limit=3)
    usual, _ = keys.create(Role.READ)
    codes = [client.get("/v1/x", headers=bearer(busy)).status_code for _ in range(40)]
    assert codes == [200] * 5 + [429] * 35
    over = client.get("/v1/x", headers=bearer(busy))
    assert 1 <= int(over.headers["Retry-After"]) <= 60
    assert f"Wacht {over.headers['Retry-After']} seconden" in refused(over, 429)
    assert [client.get("/v1/x", headers=bearer(calm)).status_code for _ in range(5)] == [200] * 5
    assert [door(rate_limit=3).get("/v1/x", headers=bearer(usual)).status_code] == [200]
    for path in ("/assets/a.js", "/", "/healthz"):
        assert client.get(path, headers=bearer(busy)).status_code == 200
    assert client.get("/mcp", headers=bearer(busy)).status_code == 429
    assert client.get("/openai/v1/models", headers=bearer(busy)).status_code == 429


def test_visitors_of_one_website_do_not_use_up_each_others_requests(door: Door, keys: KeyStore) -> None:
    public = bearer(keys.create(Role.READ, origins=[INTRANET], per_minute=2)[0], Origin=INTRANET)
    guarded = door(proxy_addresses=("127.0.0.1",))
    for visitor in ("192.0.2.7", "192.0.2.8"):
        seen = [guarded.get("/v1/x", headers=public | {"X-Forwarded-For": visitor}).status_code for _ in range(3)]
        assert seen == [200, 200, 429]


def test_visitors_without_a_key_are_counted_by_address(door: Door) -> None:
    client = door(rate_limit=3)
    paths = ("/pagina/vragen", "/v1/x", "/v1/openapi.json", "/mcp")
    assert [client.get(path).status_code for path in paths] == [200, 200, 200, 429]


def test_guessing_is_slow_and_costs_right_keys_nothing(door: Door, keys: KeyStore) -> None:
    right, _ = keys.create(Role.READ)
    guessed, kept = keys.create(Role.READ)
    client = door()
    for wrong in (WRONG, f"hw_{kept.id}_{'0' * 48}"):
        codes = [client.get("/v1/x", headers=bearer(wrong)).status_code for _ in range(33)]
        assert codes == [401] * 30 + [429] * 3
    assert client.get("/v1/x", headers=bearer(right)).status_code == 200
    # The key that was guessed at is shut for that address, or the thirty-first guess could be the right one.
    assert int(client.get("/v1/x", headers=bearer(guessed)).headers["Retry-After"]) >= 1
    assert door(client="10.1.2.3").get("/v1/x", headers=bearer(guessed)).status_code == 200


def test_the_whole_application_stands_behind_the_guard(
    knowledge: LiveKnowledge, keys: KeyStore, data_dir: Path
) -> None:
    key, _ = keys.create(Role.READ, origins=[INTRANET])
    app = create_app(knowledge, Settings(data_dir=data_dir))
    client = TestClient(app, base_url="http://handwijzer.example.nl", client=("10.1.2.3", 50_000))
    answer = client.post(
        "/v1/vragen",
        json={"vraag": "Binnen hoeveel uur moet een datalek worden gemeld?"},
        headers=bearer(key, Origin=INTRANET),
    )
    assert "72" in answer.json()["antwoord"]
    assert answer.headers["Access-Control-Allow-Origin"] == INTRANET
    for path in ("/v1/documenten", "/openai/v1/models", "/mcp", "/metrics", "/", "/pagina/vragen"):
        response = client.get(path)
        assert response.status_code == 401
        assert response.headers["API-Version"]
    assert client.get("/healthz").status_code == 200


Handwijzer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def handwijzer(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Handwijzer:
    """Runs ``handwijzer keys`` as its users do; returns exit code, stdout and stderr."""
    monkeypatch.setenv("HANDWIJZER_DATA_DIR", str(data_dir))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["handwijzer", "keys", *words])
        with pytest.raises(SystemExit) as ended:
            program.main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    return run


def test_the_commands_make_list_and_revoke_a_key(handwijzer: Handwijzer, door: Door, keys: KeyStore) -> None:
    code, made, _ = handwijzer(
        "create", "--role", "lezen", "--name", "Team intranet", "--origin", INTRANET, "--origin",
        "https://b.example.nl", "--expires", "90d", "--rate", "10", "--json",
    )  # fmt: skip
    facts = json.loads(made)
    key = facts.pop("sleutel")
    assert code == 0
    assert id_in(key) == facts["id"]
    assert (facts["rol"], facts["naam"], facts["perMinuut"]) == ("lezen", "Team intranet", 10)
    assert facts["origins"] == [INTRANET, "https://b.example.nl"]
    client = door()
    assert client.get("/v1/x", headers=bearer(key, Origin=INTRANET)).status_code == 200
    _, listed, _ = handwijzer("list", "--json")
    assert json.loads(listed) == {"sleutels": [facts]}
    assert key.rpartition("_")[2] not in listed
    assert "ingetrokken" in handwijzer("revoke", facts["id"])[1]
    wait_until(lambda: client.get("/v1/x", headers=bearer(key, Origin=INTRANET)).status_code == 401, "werkt nog", 2)
    assert keys.all()[0].revoked is not None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["create"], 2, "--role"),
        (["create", "--role", "alles"], 2, "--role"),
        (["create", "--role", "beheer", "--origin", INTRANET], 2, "alleen lezen"),
        (["create", "--role", "lezen", "--origin", "*"], 2, "geen website"),
        (["create", "--role", "lezen", "--expires", "morgen"], 2, "geen datum"),
        (["create", "--role", "lezen", "--expires", "2020-01-31"], 2, "voorbij"),
        (["create", "--role", "lezen", "--rate", "0"], 2, "--rate"),
        (["create", "--role", "lezen", "--name", "x" * 101], 2, "te lang"),
        (["revoke", "abc"], 1, "handwijzer keys list"),
    ],
)
def test_wrong_use_is_one_dutch_line(words: list[str], code: int, said: str, handwijzer: Handwijzer) -> None:
    ended, shown, complaint = handwijzer(*words)
    assert (ended, shown, complaint.count("\n")) == (code, "", 1)
    assert said in complaint


def test_a_server_may_listen_elsewhere_once_visitors_must_show_who_they_are(keys: KeyStore, data_dir: Path) -> None:
    assert not is_guarded(Settings(data_dir=data_dir))
    assert is_guarded(Settings(data_dir=data_dir, proxy_addresses=("10.0.0.5",)))
    assert is_guarded(Settings(data_dir=data_dir, oidc_issuer="https://login.example.nl"))
    keys.create(Role.READ)
    assert is_guarded(Settings(data_dir=data_dir))
