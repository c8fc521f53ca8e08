"""Errors as problem+json (RFC 9457), in Dutch, with every fault of a request listed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from kb.errors import HandwijzerError

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)


class Fault(BaseModel):
    """One thing wrong with a request."""

    veld: str = Field(description="Pad van het veld, bijvoorbeeld filters.vanaf.")
    melding: str


class Problem(BaseModel):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    fouten: list[Fault] = []


_TITLES = {
    400: "De invoer klopt niet",
    404: "Niet gevonden",
    405: "Deze methode kan hier niet",
    413: "Het verzoek is te groot",
    415: "Dit formaat kan niet worden gelezen",
    429: "Te veel verzoeken",
    503: "Tijdelijk niet beschikbaar",
}
_DETAILS = {
    400: "De inhoud van het verzoek kan niet worden gelezen. Stuur geldige JSON in UTF-8.",
    404: "Dit adres bestaat niet. Bekijk /v1/openapi.json voor alle adressen.",
    405: "Dit adres bestaat, maar niet voor deze HTTP-methode.",
}
_MESSAGES = {
    "missing": "dit veld is verplicht",
    "extra_forbidden": "dit veld bestaat niet",
    "json_invalid": "dit is geen geldige JSON",
    "string_type": "hier hoort tekst",
    "string_too_short": "dit is te kort (minimaal {min_length} teken)",
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
    "reversed": "vanaf moet vóór tot liggen",
    "date_type": "hier hoort een datum als 2024-01-31",
    "date_parsing": "hier hoort een datum als 2024-01-31",
    "date_from_datetime_parsing": "hier hoort een datum als 2024-01-31",
    "date_from_datetime_inexact": "hier hoort een datum als 2024-01-31",
}

# How each error stands in the contract.
ERRORS: dict[int | str, dict[str, object]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
    for status, text in {
        400: "De invoer klopt niet; alle fouten staan erbij.",
        404: "Bestaat niet.",
        429: "Te veel verzoeken; Retry-After zegt wanneer het weer kan.",
        503: "De kennisbank is nog niet beschikbaar.",
    }.items()
}


def problem_response(
    request_path: str,
    status: int,
    detail: str | None = None,
    *,
    slug: str | None = None,
    title: str | None = None,
    faults: list[Fault] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem+json response. Without ``title`` and ``detail`` the usual ones of ``status`` are used."""
    title = title or _TITLES.get(status, "Er ging iets mis")
    body: dict[str, Any] = {
        "type": f"urn:handwijzer:probleem:{slug or status}",
        "title": title,
        "status": status,
        "detail": detail or _DETAILS.get(status, title + "."),
        "instance": request_path,
    }
    if faults:
        body["fouten"] = [fault.model_dump() for fault in faults]
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def install(app: FastAPI) -> None:
    """Give every error of ``app`` the form of a problem; nothing of an unexpected error leaks out."""

    @app.exception_handler(HandwijzerError)
    async def _expected(request: Request, error: HandwijzerError) -> JSONResponse:
        return problem_response(request.url.path, error.status, error.message, slug=error.slug, title=error.title)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [_fault(item) for item in error.errors()]
        detail = "Verbeter dit en probeer het opnieuw: " + "; ".join(
            f"{fault.veld}: {fault.melding}" if fault.veld else fault.melding for fault in faults
        )
        return problem_response(request.url.path, 400, detail, slug="ongeldige-invoer", faults=faults)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        # Raised by the framework, which explains itself in English: its detail stays here.
        return problem_response(request.url.path, error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        # The class and place only: the message may hold what a user typed.
        _log.error("unexpected %s at %s", type(error).__name__, request.url.path)
        return problem_response(
            request.url.path, 500, "Probeer het later opnieuw. Blijft het misgaan, meld het dan bij de beheerder."
        )


def _fault(item: Mapping[str, Any]) -> Fault:
    location = [str(part) for part in item["loc"]]
    path = ".".join(part for part in location[1:]) if location[:1] in (["body"], ["query"], ["path"]) else ""
    if item["type"] == "json_invalid":
        path = ""
    template = _MESSAGES.get(item["type"], "deze waarde klopt niet")
    try:
        message = template.format(**item.get("ctx", {})).replace("' or '", "' of '")
    except (KeyError, IndexError):
        message = "deze waarde klopt niet"
    if item["type"] == "string_too_short" and item.get("ctx", {}).get("min_length") == 1:
        message = "dit mag niet leeg zijn"
    return Fault(veld=path, melding=message)
