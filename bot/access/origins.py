"""Origins of websites: how they are written, and the CORS headers that let one in (https://fetch.spec.whatwg.org)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from kb.errors import UsageError

_PORTS = {"http": 80, "https": 443}
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_SENT = (
    "Authorization, X-API-Key, Content-Type, Accept, Last-Event-ID, mcp-protocol-version, mcp-session-id, mcp-method, "
    "mcp-name"
)
_SHOWN = "API-Version, Retry-After, X-Request-ID, Content-Disposition, mcp-session-id"
_PREFLIGHT_S = 600


def origin_of(text: str) -> str:
    """Return an origin as browsers write it. Raises `UsageError` for anything but scheme, host and port."""
    try:
        parts = urlsplit(text.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
        rest = parts.path.strip("/") + parts.query + parts.fragment + (parts.username or "")
    except (UnicodeError, ValueError):
        host = ""
    if not host or "*" in host or rest or parts.scheme not in _PORTS:
        raise UsageError(f"'{text}' is geen website. Schrijf een adres als https://intranet.example.nl, zonder pad.")
    shown_host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown_host}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")


def is_own(headers: Headers) -> bool:
    """Tell whether a browser sent the request from a page of this server itself.

    The scheme does not count: behind a proxy that speaks https we do not know it. Browsers say it themselves too, in a
    header that no page can set.
    """
    if headers.get("sec-fetch-site") == "same-origin":
        return True
    told = headers.get("origin") or headers.get("referer") or ""
    try:
        site = urlsplit(told).netloc.lower()
    except ValueError:  # half an IPv6 address
        return False
    return site != "" and site == headers.get("host", "").lower()


def allow(headers: MutableHeaders, origin: str) -> None:
    """Let the page at ``origin`` read the response."""
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = _SHOWN


def preflight_response() -> Response:
    """Return the answer to a browser that asks what it may send; who may is said by `allow`."""
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _SENT,
            "Access-Control-Max-Age": str(_PREFLIGHT_S),
        },
    )
