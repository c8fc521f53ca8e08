"""Errors as problem+json (RFC 9457), in Dutch, with every fault of a request listed."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from bot.answers import described
from bot.openai.errors import error_member
from kb.errors import HandwijzerError

MEDIA_TYPE = "application/problem+json"
_JSON = re.compile(r"application/(?:json|[^/]+\+json)")
_log = logging.getLogger(__name__)


class Fault(BaseModel):
    """One thing wrong with a request."""

    model_config = described("Fout", "Iets wat niet klopt in een verzoek.")

    veld: str = Field(description="Pad van het veld, bijvoorbeeld filters.vanaf; leeg als het om het geheel gaat.")
    melding: str = Field(description="Wat er niet klopt.")


class Problem(BaseModel):
    """The body of every error."""

    model_config = described("Problem", "Wat er misging, volgens RFC 9457.")

    type: str = Field(description="Het soort probleem, als vaste naam voor programma's.")
    title: str = Field(description="Het soort probleem, in woorden.")
    status: int = Field(description="De HTTP-status.")
    detail: str = Field(description="Wat er aan de hand is en wat u kunt doen; dit mag u tonen.")
    instance: str = Field(description="Het adres waar het gebeurde.")
    fouten: list[Fault] = Field([], description="Bij een 400: alles wat niet klopt.")


class MediaTypeError(HandwijzerError):
    """The body of a request is not in the format of the call."""

    status = 415
    slug = "formaat"
    title = "Dit formaat kan niet worden gelezen"


_TITLES = {
    400: "De invoer klopt niet",
    401: "Inloggen is nodig",
    403: "Dit mag niet met deze sleutel",
    404: "Niet gevonden",
    405: "Deze methode kan hier niet",
    408: "Het verzoek duurde te lang",
    409: "Dit kan nu niet",
    413: "Het verzoek is te groot",
    415: "Dit formaat kan niet worden gelezen",
    416: "Dit deel van het bestand bestaat niet",
    429: "Te veel verzoeken",
    500: "Er ging iets mis",
    503: "Tijdelijk niet beschikbaar",
}
_DETAILS = {
    400: "De inhoud van het verzoek kan niet worden gelezen. Stuur geldige JSON in UTF-8.",
    404: "Dit adres bestaat niet. Bekijk /v1/openapi.json voor alle adressen.",
    405: "Dit adres bestaat, maar niet voor deze HTTP-methode. De header Allow noemt de methoden die wel kunnen.",
    500: "Probeer het later opnieuw. Blijft het misgaan, meld het dan bij de beheerder.",
}
# What these errors say in a header, unless whoever raises them knows better.
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "10"}}
_MESSAGES = {
    "missing": "dit veld is verplicht",
    "extra_forbidden": "dit veld bestaat niet",
    "json_invalid": "dit is geen geldige JSON",
    "string_type": "hier hoort tekst",
    "string_too_short": "dit mag niet leeg zijn",
    "string_too_long": "dit is te lang (maximaal {max_length} tekens)",
    "string_pattern_mismatch": "deze waarde is niet toegestaan",
    "literal_error": "deze waarde is niet toegestaan; kies uit {expected}",
    "enum": "deze waarde is niet toegestaan; kies uit {expected}",
    "int_type": "hier hoort een geheel getal",
    "int_parsing": "hier hoort een geheel getal",
    "int_from_float": "hier hoort een geheel getal",
    "greater_than_equal": "dit moet minimaal {ge} zijn",
    "less_than_equal": "dit mag maximaal {le} zijn",
    "list_type": "hier hoort een lijst",
    "too_long": "deze lijst is te lang (maximaal {max_length})",
    "dict_type": "hier hoort een object",
    "model_attributes_type": "hier hoort een JSON-object",
    "model_type": "hier hoort een JSON-object",
    "bool_type": "hier hoort true of false",
    "truth": "hier hoort true of false",
    "folder": "dit is geen map binnen de corpusmap; schrijf hem als protocollen/verzuim",
    "path": "dit is geen bestand of map binnen de corpusmap",
    "web_address": "dit moet beginnen met https:// of http://",
    "file_type": "hier hoort een bestand",
    "file_name": "dit bestand heeft geen bruikbare naam",
    "blank": "dit mag niet leeg zijn",
    "reversed": "vanaf moet vóór tot liggen",
    "date_type": "hier hoort een datum als 2024-01-31",
    "date_parsing": "hier hoort een datum als 2024-01-31",
    "date_from_datetime_parsing": "hier hoort een datum als 2024-01-31",
    "date_from_datetime_inexact": "hier hoort een datum als 2024-01-31",
}

# What each error means. `bot.api.contract` completes it, and adds to every call the errors that all calls have.
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"description": "De invoer klopt niet; alle fouten staan erbij."},
    401: {"description": "Een sleutel of token ontbreekt, of is niet geldig."},
    403: {"description": "Deze sleutel mag dit niet, of niet vanaf dit adres."},
    404: {"description": "Bestaat niet (meer)."},
    408: {"description": "Het verzoek kwam niet op tijd helemaal binnen."},
    409: {"description": "Dit kan nu niet; de uitleg zegt waarom."},
    413: {"description": "Het verzoek is te groot."},
    415: {"description": "De inhoud heeft een ander formaat dan deze aanroep leest."},
    416: {"description": "Het deel van het bestand dat Range vraagt, bestaat niet."},
    429: {"description": "Te veel verzoeken; Retry-After zegt wanneer het weer kan."},
    500: {"description": "Er ging iets mis op de server."},
    503: {"description": "De kennisbank is nog niet beschikbaar, of het is te druk."},
}


async def json_body(request: Request) -> None:
    """Require a body that says it is JSON. Raises `MediaTypeError`; for calls that take JSON and nothing else."""
    # As FastAPI sees it: anything else is not parsed, and would be reported as a wrong value.
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_plain = request.headers.get("content-encoding", "identity").strip().lower() == "identity"
    if await request.body() and not (is_plain and _JSON.fullmatch(media_type)):
        raise MediaTypeError("Stuur JSON in UTF-8, niet ingepakt, met de header Content-Type: application/json.")


def problem_body(
    request_path: str,
    status: int,
    detail: str | None = None,
    *,
    slug: str | None = None,
    title: str | None = None,
    faults: Sequence[Fault] = (),
) -> dict[str, Any]:
    """Return the body of a problem. Without ``title`` and ``detail`` the usual ones of ``status`` are used."""
    title = title or _TITLES.get(status, "Er ging iets mis")
    body: dict[str, Any] = {
        "type": f"urn:handwijzer:probleem:{slug or status}",
        "title": title,
        "status": status,
        "detail": detail or _DETAILS.get(status, title + "."),
        # As an address is written, and so that nothing in it is taken for markup.
        "instance": quote(request_path, safe="/:@!$&'()*+,;=~"),
    }
    if faults:
        body["fouten"] = [fault.model_dump() for fault in faults]
    if request_path.startswith("/openai/"):
        field = faults[0].veld if faults else None
        body["error"] = error_member(status, slug or str(status), body["detail"], field)
    return body


def problem_of(error: Exception, request_path: str) -> dict[str, Any]:
    """Return the body of the problem that ``error`` is. Of an unexpected one nothing leaks out."""
    if isinstance(error, HandwijzerError):
        return problem_body(request_path, error.status, error.message, slug=error.slug, title=error.title)
    if isinstance(error, RequestValidationError):
        faults = [_fault(item) for item in error.errors()]
        detail = "Verbeter dit en probeer het opnieuw: " + "; ".join(
            f"{fault.veld}: {fault.melding}" if fault.veld else fault.melding for fault in faults
        )
        return problem_body(request_path, 400, detail, slug="ongeldige-invoer", faults=faults)
    # The class and place only: the message may hold what a user typed.
    _log.error("unexpected %s at %s", type(error).__name__, request_path)
    return problem_body(request_path, 500)


def problem_response(
    request_path: str,
    status: int,
    detail: str | None = None,
    *,
    slug: str | None = None,
    title: str | None = None,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem+json response; see `problem_body`."""
    return _response(problem_body(request_path, status, detail, slug=slug, title=title, faults=faults), headers)


def _response(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    response = JSONResponse(body, body["status"], headers, MEDIA_TYPE)
    for name, value in _HEADERS.get(body["status"], {}).items():
        response.headers.setdefault(name, value)
    return response


def install(app: FastAPI) -> None:
    """Give every expected error of ``app`` the form of a problem; `bot.monitoring.requests` does so with others."""

    @app.exception_handler(HandwijzerError)
    @app.exception_handler(RequestValidationError)
    async def _error(request: Request, error: Exception) -> JSONResponse:
        return _response(problem_of(error, request.url.path))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        # Raised by the framework, which explains itself in English: its detail stays here.
        return problem_response(request.url.path, error.status_code, headers=error.headers)


def _fault(item: Mapping[str, Any]) -> Fault:
    # Of a body that is no JSON the place is a number of characters; of all else it begins with body, query or path.
    path = "" if item["type"] == "json_invalid" else ".".join(str(part) for part in item["loc"][1:])
    template = _MESSAGES.get(item["type"], "deze waarde klopt niet")
    return Fault(veld=path, melding=template.format(**item.get("ctx", {})).replace("' or '", "' of '"))
