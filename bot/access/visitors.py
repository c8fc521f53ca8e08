"""Where a request comes from, and whom a proxy in front of the server says it is.

A proxy may say so only from an address that is listed. What others put in those headers is taken out, so that nothing
behind this can believe it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

from kb.errors import UsageError
from kb.settings import Settings

_FORWARDED = {"forwarded", "x-forwarded-for", "x-real-ip"}
_UNKNOWN = "onbekend"
_MOST_USER_CHARACTERS = 200
_PORT = re.compile(r"(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from.

    ``address`` is what limits count by: of IPv6 the network, as one visitor has 2**64 addresses. ``local``: from this
    computer itself, with no proxy in between. ``user`` and ``groups`` are what a listed proxy says.
    """

    address: str
    local: bool
    user: str | None = None
    groups: frozenset[str] = frozenset()


class Proxies:
    """The proxies that may say who the user is. Raises `UsageError` for an address in the settings that is none."""

    def __init__(self, settings: Settings) -> None:
        self._user = settings.proxy_user_header.lower()
        self._groups = settings.proxy_groups_header.lower()
        self._own = {self._user, self._groups}
        try:
            self._networks = [ip_network(address, strict=False) for address in settings.proxy_addresses]
        except ValueError as error:
            raise UsageError(
                "HANDWIJZER_PROXY_ADDRESSES klopt niet. Schrijf IP-adressen of netwerken met komma's ertussen, "
                "bijvoorbeeld 10.0.0.5,10.1.0.0/16."
            ) from error

    def visitor(self, scope: Scope) -> Visitor:
        """Return who knocks. Changes ``scope``, so that all who see it see the client and scheme beyond the proxy."""
        peer = _parsed(scope["client"][0]) if scope.get("client") else None
        headers = Headers(scope=scope)
        if not self._listed(peer):
            scope["headers"] = [item for item in scope["headers"] if item[0].decode("latin-1") not in self._own]
            passed_on = any(name in headers for name in _FORWARDED)
            return Visitor(_counted(peer), bool(peer and peer.is_loopback and not passed_on))
        client = self._client(headers.getlist("x-forwarded-for")) or peer
        scope["client"] = (str(client), 0)
        if headers.get("x-forwarded-proto") in ("http", "https"):
            scope["scheme"] = headers["x-forwarded-proto"]
        users = [user for value in headers.getlist(self._user) if (user := _decoded(value))]
        groups = {part.strip() for value in headers.getlist(self._groups) for part in re.split("[,;]", _decoded(value))}
        # Two of them: one may be the visitor's own.
        return Visitor(_counted(client), False, users[0] if len(users) == 1 else None, frozenset(groups - {""}))

    def _client(self, forwarded_for: Sequence[str]) -> IPv4Address | IPv6Address | None:
        """Return the last address that is not a listed proxy's: what stands before it the visitor may have written."""
        for part in reversed(",".join(forwarded_for).split(",")):
            address = _parsed(part.strip())
            if address is None or not self._listed(address):
                return address
        return None

    def _listed(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def is_loopback_name(host: str) -> bool:
    """Tell whether a Host header names this computer: a foreign name that resolves to it is an attack (rebinding)."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").rstrip(".").lower()
    address = _parsed(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    with_port = _PORT.fullmatch(text)
    try:
        address = ip_address((with_port[1] or with_port[2]) if with_port else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _counted(address: IPv4Address | IPv6Address | None) -> str:
    if isinstance(address, IPv6Address) and not address.is_loopback:
        return str(ip_network((address, 64), strict=False))
    return str(address or _UNKNOWN)


def _decoded(value: str) -> str:
    """Return a header as its sender meant it: they are bytes, and proxies send UTF-8."""
    text = value.encode("latin-1").decode("utf-8", "replace").strip()
    return "".join(character for character in text if character.isprintable())[:_MOST_USER_CHARACTERS]
