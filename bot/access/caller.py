"""Who makes a request, as every door sees it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import HTTPConnection

from kb.errors import HandwijzerError


class Role(StrEnum):
    """What a caller may do."""

    READ = "lezen"
    MANAGE = "beheer"


class UnknownCallerError(HandwijzerError):
    """No key where one is needed, or one that is wrong, revoked or expired."""

    status = 401
    slug = "geen-toegang"
    title = "Inloggen is nodig"


class ForbiddenError(HandwijzerError):
    """The caller is known, but may not do this, or not from there."""

    status = 403
    slug = "niet-toegestaan"
    title = "Dit is niet toegestaan"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. ``name`` is what limits count by and audit lines show: never a key, never a question.

    It begins with its kind: ``sleutel:<id>``, for a key for websites followed by the address behind it,
    ``gebruiker:<name>`` as the proxy or the identity provider knows it, or ``adres:<address>``. As it may name a
    person, it belongs in audit lines and not in the log of ordinary requests.
    ``per_minute`` is how many requests are let through in a minute.
    """

    name: str
    role: Role
    per_minute: int
    anonymous: bool = False


def caller_of(connection: HTTPConnection) -> Caller:
    """Return who makes the request, as `bot.access.guard` found. Raises `UnknownCallerError` when that is nobody."""
    caller = connection.scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise UnknownCallerError("Voor dit adres is een sleutel nodig. Stuur hem mee als Authorization: Bearer …")
    return caller


def manager_of(connection: HTTPConnection) -> Caller:
    """Return who makes the request, when that is somebody with role beheer.

    Raises `ForbiddenError` for somebody else and `UnknownCallerError` for a caller without a key.
    """
    caller = caller_of(connection)
    if caller.anonymous:
        raise UnknownCallerError(
            "Hiervoor is een sleutel met de rol beheer nodig. Maak er een met: handwijzer keys create --role beheer. "
            "Stuur hem mee als Authorization: Bearer …"
        )
    if caller.role is not Role.MANAGE:
        raise ForbiddenError("Hiervoor is een sleutel met de rol beheer nodig. Vraag die aan de beheerder.")
    return caller
