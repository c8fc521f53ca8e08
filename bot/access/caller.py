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
    title = "Dit mag niet met deze sleutel"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. ``name`` is what limits count by and audit lines show: never a key, never a question.

    ``per_minute`` is how many requests are let through in a minute.
    """

    name: str
    role: Role
    per_minute: int


def caller_of(connection: HTTPConnection) -> Caller:
    """Return who makes the request, as `bot.access.guard` found. Raises `UnknownCallerError` when that is nobody."""
    caller = connection.scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise UnknownCallerError("Voor dit adres is een sleutel nodig. Stuur hem mee als Authorization: Bearer …")
    return caller


def manager_of(connection: HTTPConnection) -> Caller:
    """Return who makes the request. Raises `ForbiddenError` unless that is somebody with role beheer."""
    caller = caller_of(connection)
    if caller.role is not Role.MANAGE:
        raise ForbiddenError("Hiervoor is een sleutel met de rol beheer nodig. Vraag die aan de beheerder.")
    return caller
