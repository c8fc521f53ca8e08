"""Tokens of an identity provider: JWTs as bearer tokens, by OpenID Connect discovery.

https://openid.net/specs/openid-connect-discovery-1_0.html and RFC 7519; joserfc checks signatures and claims. Needs the
extra ``oidc``.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import Key, KeySet, import_key
from joserfc.jws import JWSRegistry

from bot.access.caller import Caller, Role, UnknownCallerError
from bot.access.refreshed import Refreshed
from kb.errors import HandwijzerError

# Only signatures with a private key: anybody who knows the public key could make the others.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_LEEWAY_S = 30
_TIMEOUT_S = 5
_MOST_BYTES = 1_000_000
# The provider's keys are fetched again every ten minutes, and for a token that names another key; they are forgotten
# an hour after the provider was last reached.
_FRESH_S = 600.0
_KEEP_S = 3600.0
_RETRY_S = 5.0
_UNKNOWN_KEY_S = 30.0
_REFUSED = "Dit token is niet geldig: verlopen, voor een andere toepassing, of niet van de ingestelde provider."


class ProviderError(HandwijzerError):
    """The identity provider can not be reached, or does not answer as one."""

    status = 503
    slug = "identiteitsprovider"
    title = "Inloggen kan nu niet"


class _Registry(JWSRegistry):
    """The algorithms that are let through, EdDSA without the library's warning that it now has another name."""

    def __init__(self) -> None:
        super().__init__(algorithms=_ALGORITHMS)

    def get_alg(self, name: str) -> Any:
        if name == "EdDSA":
            return self.algorithms[name]
        return super().get_alg(name)


class Tokens:
    """Who shows a token of ``issuer`` meant for ``audience``; members of ``manage_group`` have role beheer."""

    def __init__(self, issuer: str, audience: str, groups_claim: str, manage_group: str, per_minute: int) -> None:
        self._issuer = issuer
        self._audience = audience
        self._groups_claim = groups_claim
        self._manage_group = manage_group
        self._per_minute = per_minute
        self._registry = _Registry()
        self._provider = Refreshed(self._fetched, _FRESH_S, _KEEP_S, _RETRY_S)

    async def caller(self, token: str) -> Caller:
        """Return whose token this is. Raises `UnknownCallerError`, and `ProviderError` when nobody can tell."""
        name, keys = await self._provider.get()
        try:
            try:
                claims = self._claims(token, keys)
            except InvalidKeyIdError:  # signed with a key that is new, or with none of the provider's
                name, keys = await self._provider.get(_UNKNOWN_KEY_S)
                claims = self._claims(token, keys)
            jwt.JWTClaimsRegistry(
                leeway=_LEEWAY_S,
                iss={"essential": True, "value": name},
                aud={"essential": True, "value": self._audience},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise UnknownCallerError(_REFUSED) from error
        groups = claims.get(self._groups_claim)
        managing = self._manage_group in (groups if isinstance(groups, list) else [groups])
        return Caller(f"gebruiker:{claims['sub']}", Role.MANAGE if managing else Role.READ, self._per_minute)

    def _claims(self, token: str, keys: KeySet) -> dict[str, Any]:
        return jwt.decode(token, keys, registry=self._registry).claims

    def _fetched(self) -> tuple[str, KeySet]:
        """Return how the provider calls itself in tokens, and its public keys."""
        try:
            description = _json(f"{self._issuer}/.well-known/openid-configuration")
            issuer, address = str(description["issuer"]), str(description["jwks_uri"])
            if issuer.rstrip("/") != self._issuer or urlsplit(address).scheme not in ("https", urlsplit(issuer).scheme):
                raise ValueError
            return issuer, KeySet(list(_understood(_json(address)["keys"])))
        except (OSError, HTTPException, JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderError(
                "De identiteitsprovider is niet bereikbaar, dus kan niemand uw token controleren. Probeer het later "
                "opnieuw. Blijft het misgaan, laat de beheerder dan HANDWIJZER_OIDC_ISSUER nakijken."
            ) from error


def _understood(keys: list[dict[str, Any]]) -> Iterator[Key]:
    for key in keys:
        with suppress(JoseError, KeyError, ValueError):  # RFC 7517, section 5: others may know what to do with it
            yield import_key(key)


def _json(address: str) -> Any:
    if urlsplit(address).scheme not in ("http", "https"):
        raise ValueError
    end = time.monotonic() + _TIMEOUT_S
    content = b""
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as response:
        while part := response.read1(_MOST_BYTES):
            content += part
            if len(content) > _MOST_BYTES or time.monotonic() > end:
                raise ValueError
    return json.loads(content)
