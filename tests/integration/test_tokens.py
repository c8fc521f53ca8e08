"""Tokens of an identity provider, against a provider on this computer that serves its description and its keys."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from guarded import guarded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from bot.access import configured, tokens
from bot.access.configured import configured_tokens
from kb.errors import UsageError
from kb.settings import Settings

AUDIENCE = "handwijzer"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1"})
NEWER = ECKey.generate_key("P-384", {"kid": "ec-2"})


class Provider(ThreadingHTTPServer):
    """An identity provider; ``keys`` are the public ones, ``asked`` the addresses that were fetched."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}/realms/gemeente"
        self.keys: list[Key] = [RSA, EC, ED]
        self.changes: dict[str, Any] = {}
        self.asked: list[str] = []

    def token(self, key: Key = RSA, alg: str = "RS256", header: dict[str, Any] | None = None, **claims: Any) -> str:
        now = int(time.time())
        facts = {"iss": self.issuer, "aud": AUDIENCE, "sub": "u-123", "exp": now + 60, "iat": now} | claims
        kept = {name: value for name, value in facts.items() if value is not None}
        named = {"alg": alg, "kid": key.kid} | (header or {})
        return jwt.encode({name: value for name, value in named.items() if value is not None}, kept, key, [alg])


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path.endswith("/.well-known/openid-configuration"):
            content: Any = {"issuer": self.server.issuer, "jwks_uri": f"{self.server.issuer}/certs"}
            content |= self.server.changes
        else:
            unknown = {"kty": "AKP", "alg": "ML-DSA-44", "kid": "rsa-1", "pub": "AAAA"}
            content = {"keys": [unknown, *(key.as_dict(private=False) for key in self.server.keys)]}
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(provider: Provider, tmp_path: Path) -> TestClient:
    return guarded(tmp_path, oidc_issuer=provider.issuer, oidc_audience=AUDIENCE)


def shown(client: TestClient, token: str) -> tuple[int, str]:
    response = client.get("/v1/x", headers={"Authorization": f"Bearer {token}"})
    told = response.json()
    return response.status_code, told.get("role") or told["detail"]


@pytest.mark.parametrize(
    ("key", "alg"), [(RSA, "RS256"), (RSA, "PS512"), (EC, "ES256"), (ED, "EdDSA"), (ED, "Ed25519")]
)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # said while the test signs
def test_a_token_of_the_provider_opens_what_its_groups_may(
    key: Key, alg: str, client: TestClient, provider: Provider
) -> None:
    assert shown(client, provider.token(key, alg)) == (200, "lezen")
    assert shown(client, provider.token(key, alg, groups=["a", "handwijzer-beheer"])) == (200, "beheer")
    assert shown(client, provider.token(key, alg, groups="handwijzer-beheer", aud=["x", AUDIENCE])) == (200, "beheer")
    assert shown(client, provider.token(key, alg, groups={"handwijzer-beheer": 1})) == (200, "lezen")
    # The description and the keys were fetched once.
    assert len(provider.asked) == 2


def _none(provider: Provider) -> str:
    payload = provider.token().split(".")[1]
    return _encoded(b'{"alg": "none", "kid": "rsa-1"}') + f".{payload}."


def _other_payload(provider: Provider) -> str:
    _, payload, _ = provider.token(groups=["handwijzer-beheer"]).split(".")
    head, _, signature = provider.token().split(".")
    return f"{head}.{payload}.{signature}"


def _with_public_key_as_secret(provider: Provider) -> str:
    signed = _encoded(b'{"alg": "HS256", "kid": "rsa-1"}') + "." + provider.token().split(".")[1]
    return f"{signed}." + _encoded(hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256"))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "make",
    [
        lambda provider: provider.token(STRANGER),
        lambda provider: provider.token(STRANGER, header={"jwk": STRANGER.as_dict(private=False)}),
        lambda provider: provider.token(header={"kid": "ec-1"}),
        lambda provider: provider.token(NEWER, "ES384"),
        lambda provider: provider.token(exp=int(time.time()) - 31),
        lambda provider: provider.token(exp=None),
        lambda provider: provider.token(exp="9999999999"),
        lambda provider: provider.token(nbf=int(time.time()) + 90),
        lambda provider: provider.token(aud="iets-anders"),
        lambda provider: provider.token(aud=None),
        lambda provider: provider.token(aud=[]),
        lambda provider: provider.token(iss="https://aanvaller.example"),
        lambda provider: provider.token(iss=provider.issuer + "/"),
        lambda provider: provider.token(iss=None),
        lambda provider: provider.token(sub=None),
        lambda provider: provider.token() + "x",
        lambda provider: provider.token()[:-8],
        _none,
        _other_payload,
        _with_public_key_as_secret,
    ],
)  # fmt: skip
def test_any_other_token_is_refused(make: Any, client: TestClient, provider: Provider) -> None:
    status, detail = shown(client, make(provider))
    assert status == 401
    assert "token" in detail
    assert shown(client, provider.token(exp=int(time.time()) - 5))[0] == 200  # clocks differ a little


def test_new_keys_of_the_provider_are_found_without_asking_for_every_token(
    client: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(client, provider.token())[0] == 200
    assert [shown(client, provider.token(NEWER, "ES384"))[0] for _ in range(20)] == [401] * 20
    assert len(provider.asked) == 2
    monkeypatch.setattr(tokens, "_UNKNOWN_KEY_S", 0.0)
    provider.keys = [NEWER]
    assert shown(client, provider.token(NEWER, "ES384"))[0] == 200
    assert shown(client, provider.token())[0] == 401


def test_a_provider_that_is_away_gives_access_to_nobody(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = provider.token()
    provider.changes = {"issuer": "https://aanvaller.example"}
    client = guarded(tmp_path, oidc_issuer=provider.issuer, oidc_audience=AUDIENCE)
    status, detail = shown(client, token)
    assert status == 503
    assert "identiteitsprovider is niet bereikbaar" in detail
    provider.changes = {}
    # It is not asked again for every token.
    asked = len(provider.asked)
    assert shown(client, token)[0] == 503
    assert len(provider.asked) == asked
    monkeypatch.setattr(tokens, "_RETRY_S", 0.0)
    again = guarded(tmp_path, oidc_issuer=provider.issuer, oidc_audience=AUDIENCE)
    assert shown(again, token)[0] == 200


@pytest.mark.parametrize(
    "change", [{"jwks_uri": "file:///etc/passwd"}, {"jwks_uri": 3}, {"jwks_uri": ""}, {"issuer": None}]
)
def test_a_strange_description_is_not_followed(change: dict[str, Any], client: TestClient, provider: Provider) -> None:
    provider.changes = change
    assert shown(client, provider.token())[0] == 503


def test_with_a_provider_the_api_needs_a_token_also_from_this_computer(client: TestClient) -> None:
    assert client.get("/v1/documenten").status_code == 401
    assert client.get("/").status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.text(st.characters(codec="latin-1", categories=["L", "N", "P"]), max_size=40), max_size=5))
def test_no_text_at_all_breaks_the_guard(parts: list[str], client: TestClient, provider: Provider) -> None:
    head = provider.token().split(".")[0]
    for text in (".".join(parts), ".".join([head, *parts])):
        reply = client.get("/v1/x", headers={b"Authorization": f"Bearer {text}".encode("latin-1")})
        assert reply.status_code in (400, 401, 429)


def test_what_is_missing_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured_tokens(Settings()) is None
    with pytest.raises(UsageError, match="HANDWIJZER_OIDC_AUDIENCE"):
        configured_tokens(Settings(oidc_issuer="https://login.example.nl"))
    monkeypatch.setattr(configured, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'handwijzer\[oidc\]'"):
        configured_tokens(Settings(oidc_issuer="https://login.example.nl", oidc_audience=AUDIENCE))
