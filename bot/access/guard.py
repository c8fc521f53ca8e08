"""The guard at every door: who calls, from which website, and whether that may be.

The rules and their reasons are in docs/decisions/0019-access.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from bot.access.caller import Caller, ForbiddenError, Role, UnknownCallerError
from bot.access.key_ring import KeyRing
from bot.access.keys import PREFIX, Key, holds_key, without_keys
from bot.access.origins import allow, is_own, origin_of, preflight_response
from bot.access.visitors import Proxies, Visitor, is_loopback_name
from bot.api.problems import problem_response
from bot.api.rate_limits import Quota, usual_rates
from kb.errors import HandwijzerError, NotFoundError, StorageError, UsageError
from kb.settings import Settings

if TYPE_CHECKING:
    from bot.access.tokens import Tokens

_OPEN = re.compile(r"/healthz|/readyz|/widget\.js|/v1/openapi\.json|/v1/docs(?:/.*)?")
_API = re.compile(r"/(?:v1|openai|mcp)(?:/.*)?")
_ORIGINAL = re.compile(r"/v1/documenten/[^/]+/bestand")
# To a route "/v1/documenten\n" is "/v1/documenten" ("$" matches before a line end), to the patterns above it is not.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_METRICS = "/metrics"
_CHANGES_NOTHING = ("GET", "HEAD", "OPTIONS")
_SECRET_PARAMETERS = ("access_token", "api_key", "apikey", "api-key", "x-api-key", "key", "sleutel", "token")
_WRONG_PER_MINUTE = 30
_NO_WAY_IN = "Handwijzer vraagt hier om een sleutel of om inloggen. Vraag de beheerder om toegang."
_KEY_NEEDED = (
    "Hiervoor is een sleutel nodig. Stuur hem mee als Authorization: Bearer … of X-API-Key. De beheerder maakt er een "
    "met: handwijzer keys create"
)


class _TooManyWrongError(HandwijzerError):
    """An address showed too many wrong keys or tokens."""

    status = 429
    slug = "429"
    title = "Te veel verzoeken"

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Te vaak een sleutel of token gestuurd dat niet geldig is. Wacht {wait_s} seconden.")
        self.wait_s = wait_s


class Access:
    """Puts a `Caller` in ``scope["state"]["caller"]``, or answers 400, 401, 403, 429 or 503 itself.

    Raises `UsageError` for origins or addresses in the settings that are none.
    """

    def __init__(self, app: ASGIApp, settings: Settings, keys: KeyRing, tokens: Tokens | None = None) -> None:
        self.app = app
        self._open_access = settings.open_access
        self._manage_group = settings.manage_group
        self._origins = frozenset(origin_of(origin) for origin in settings.origins)
        self._proxies = Proxies(settings)
        self._per_key, self._per_address = usual_rates(settings)
        self._keys = keys
        self._wrong = Quota()
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request of a known caller on, or refuse it in words that its web page can read."""
        if scope["type"] == "websocket":  # nothing here speaks it
            await WebSocketClose()(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visitor = self._proxies.visitor(scope)
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        key: Key | None = None
        refusal: Response | None = None
        readers = self._origins | (await self._key_origins() if origin else frozenset())
        if origin and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            refusal = preflight_response() if origin in readers else _refusal(scope, _foreign(origin))
        else:
            try:
                caller, key = await self._admitted(scope, headers, visitor)
                scope.setdefault("state", {})["caller"] = caller
            except HandwijzerError as error:
                refusal = _refusal(scope, error)
        if key is not None:
            readers = self._origins | set(key.origins)

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if origin in readers:
                    allow(answer, origin)
                if message["status"] == 401:
                    answer.setdefault("WWW-Authenticate", "Bearer")
            await send(message)

        await (refusal or self.app)(scope, receive, complete)

    async def _admitted(self, scope: Scope, headers: Headers, visitor: Visitor) -> tuple[Caller, Key | None]:
        """Return who calls, and the key that was shown. Raises what is to be answered otherwise."""
        path = scope["path"]
        if _CONTROL.search(path):
            raise NotFoundError("Dit adres bestaat niet: er staat een teken in dat niet in een adres hoort.")
        if _in_address(scope):
            raise UsageError(
                "Een sleutel mag niet in het adres staan: adressen komen in logboeken terecht. Trek deze sleutel in en "
                "stuur een nieuwe mee als Authorization: Bearer … of X-API-Key."
            )
        if _OPEN.fullmatch(path):
            return self._anonymous(visitor), None
        shown = _shown(headers)
        if shown is not None and not await self._fills_a_field(shown, path):
            caller, key = await self._known(shown, visitor.address)
            if key is not None and key.origins:
                _require_origin(key, headers)
        else:
            caller, key = await self._without_key(scope, headers, visitor), None
        if path == _METRICS and not visitor.local and caller.role is not Role.MANAGE:
            error = UnknownCallerError if caller.anonymous else ForbiddenError
            raise error("Metingen zijn alleen te zien op de server zelf, of met een sleutel met de rol beheer.")
        return caller, key

    async def _fills_a_field(self, shown: str, path: str) -> bool:
        """Tell whether a key stands for none: OpenAI's clients always send one, where no key was ever made too."""
        if not path.startswith("/openai/") or shown.startswith(PREFIX) or self._tokens is not None:
            return False
        return not await self._keys.ever_made()

    async def _known(self, shown: str, address: str) -> tuple[Caller, Key | None]:
        """Return whose key or token was shown. Guessing is slow for each key, and wrong keys hinder no right one."""
        claimed = await self._keys.live_id(shown) if shown.startswith(PREFIX) else None
        counted = f"{address} {claimed or ''}"
        wait_s = await self._wrong.full(counted, _WRONG_PER_MINUTE) if claimed else None
        try:
            if wait_s is None:
                if self._tokens is not None and not shown.startswith(PREFIX):
                    return await self._tokens.caller(shown), None
                key = await self._keys.find(shown)
                # A key in a web page is everybody's: each address has its own requests, so that one can not use up all.
                name = f"sleutel:{key.id}@{address}" if key.origins else f"sleutel:{key.id}"
                return Caller(name, key.role, key.per_minute or self._per_key), key
        except UnknownCallerError:
            wait_s = await self._wrong.hit(counted, _WRONG_PER_MINUTE)
            if wait_s is None:
                raise
        raise _TooManyWrongError(wait_s)

    async def _without_key(self, scope: Scope, headers: Headers, visitor: Visitor) -> Caller:
        """Return the user whom the proxy named, or an anonymous caller where that may be."""
        origin = headers.get("origin")
        if scope["method"] not in _CHANGES_NOTHING and origin and origin not in self._origins and not is_own(headers):
            raise _foreign(origin)
        if visitor.user is not None:
            role = Role.MANAGE if self._manage_group in visitor.groups else Role.READ
            return Caller(f"gebruiker:{visitor.user}", role, self._per_key)
        if not (visitor.local or self._open_access):
            raise UnknownCallerError(_KEY_NEEDED if _API.fullmatch(scope["path"]) else _NO_WAY_IN)
        if not self._open_access and not is_loopback_name(headers.get("host", "")):
            raise ForbiddenError(
                "Zonder sleutel is Handwijzer op deze computer alleen te bereiken als localhost of 127.0.0.1, niet "
                "onder een andere naam."
            )
        needs_key = _API.fullmatch(scope["path"]) and not _from_own_page(scope, headers)
        if needs_key and (self._tokens is not None or await self._keys.ever_made()):
            raise UnknownCallerError(_KEY_NEEDED)
        return self._anonymous(visitor)

    def _anonymous(self, visitor: Visitor) -> Caller:
        return Caller(f"adres:{visitor.address}", Role.READ, self._per_address, anonymous=True)

    async def _key_origins(self) -> frozenset[str]:
        try:
            return await self._keys.origins()
        except StorageError:  # whoever needs a key hears it; the rest goes on
            return frozenset()


def _shown(headers: Headers) -> str | None:
    """Return the key or token that a request carries. Raises `UsageError` when it carries two."""
    texts = set(headers.getlist("x-api-key"))
    for value in headers.getlist("authorization"):
        scheme, _, text = value.partition(" ")
        if scheme.lower() == "bearer":  # a proxy may have used another scheme for itself
            texts.add(text)
    if len(texts) > 1:
        raise UsageError("Dit verzoek heeft twee verschillende sleutels. Stuur er één mee.")
    return texts.pop().strip() if texts else None


def _in_address(scope: Scope) -> bool:
    query = QueryParams(scope["query_string"])
    return (
        any(name.lower() in _SECRET_PARAMETERS for name in query)
        or holds_key(scope["path"])
        or any(holds_key(part) for item in query.multi_items() for part in item)
    )


def _from_own_page(scope: Scope, headers: Headers) -> bool:
    """Tell whether a visitor opens a source on our own page, where links can not carry a key."""
    return scope["method"] in ("GET", "HEAD") and bool(_ORIGINAL.fullmatch(scope["path"])) and is_own(headers)


def _require_origin(key: Key, headers: Headers) -> None:
    """Raise `ForbiddenError` when a key for websites is used elsewhere: in another site, or outside a browser."""
    origin = headers.get("origin")
    if origin in key.origins or is_own(headers):
        return
    if origin:
        raise _foreign(origin)
    raise ForbiddenError(
        "Deze sleutel is alleen voor webpagina's. Een programma heeft een eigen sleutel nodig, zonder --origin."
    )


def _foreign(origin: str) -> ForbiddenError:
    return ForbiddenError(
        f"De website {origin[:200]} mag dit hier niet. De beheerder laat een website toe met een sleutel (handwijzer "
        "keys create --role lezen --origin …) of met HANDWIJZER_ORIGINS."
    )


def _refusal(scope: Scope, error: HandwijzerError) -> Response:
    accepted = Headers(scope=scope).get("accept", "")
    if error.status == 401 and "text/html" in accepted and not _API.fullmatch(scope["path"]):
        return PlainTextResponse(error.message, error.status)
    headers = {"Retry-After": str(error.wait_s)} if isinstance(error, _TooManyWrongError) else {}
    return problem_response(
        without_keys(scope["path"]), error.status, error.message, slug=error.slug, title=error.title, headers=headers
    )
