"""The description of the API (OpenAPI 3.1, NLGov API Design Rules), made from the routes themselves.

What every call has (its errors, the headers of its responses, keys) is added here, so that a route says only what is
its own. Examples stand in `voorbeelden.json`, by operation: the request, and what the server answered to it with the
shipped documents. They give the fields of every schema their examples too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from bot.api.guards import API_VERSION
from bot.api.problems import ERRORS, MEDIA_TYPE, Fault, Problem, problem_body
from bot.api.streaming import STREAM_MEDIA_TYPE, example_stream
from kb.settings import Settings

PREFIX = "/v1"
METHODS = ("get", "post", "put", "patch", "delete")
_DESCRIPTION = """
Stel vragen over de documenten van de kennisbank en krijg een antwoord met bronnen. Elk antwoord bestaat uit
letterlijke citaten, of uit zinnen die de bronnen bevestigen. Staat het antwoord niet in de documenten, dan is de
status `niet-gevonden`.

Invoer en uitvoer zijn JSON in UTF-8. Fouten zijn `application/problem+json` (RFC 9457) met Nederlandse tekst die u
mag tonen; bij een 400 staan alle fouten erin. Een bestaand adres met een verkeerde methode geeft 405 met `Allow`.
"""
_TAGS = [
    {"name": "vragen", "description": "Vragen stellen, zoeken, en zeggen of een antwoord goed is."},
    {"name": "documenten", "description": "Wat er in de kennisbank staat, en de originele bestanden."},
    {"name": "beheer", "description": "Documenten toevoegen en verwijderen, inlezen, releases. Vraagt de rol beheer."},
]
_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "Een sleutel van `handwijzer keys create`, of een token van de identiteitsprovider.",
    },
    "sleutel": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "Dezelfde sleutel, voor wie de header Authorization niet kan zetten.",
    },
}
_WITH_KEY: list[dict[str, list[str]]] = [{"bearer": []}, {"sleutel": []}]
_HEADERS: dict[str, dict[str, Any]] = {
    "API-Version": {
        "description": "De volledige versie van de API.",
        "schema": {"type": "string", "examples": [API_VERSION]},
    },
    "X-Request-ID": {
        "description": "De id van dit verzoek; noem hem als u iets meldt.",
        "schema": {"type": "string", "examples": ["0f5c1d3e9a7b4c2f8e6d1a0b9c8d7e6f"]},
    },
    "Retry-After": {
        "description": "Na hoeveel seconden u het opnieuw kunt proberen.",
        "schema": {"type": "integer", "minimum": 1, "examples": [10]},
    },
    "WWW-Authenticate": {
        "description": "Hoe u een sleutel of token meestuurt.",
        "schema": {"type": "string", "examples": ["Bearer"]},
    },
    "Vary": {"description": "Het antwoord hangt af van Accept.", "schema": {"type": "string", "examples": ["Accept"]}},
}
_ALWAYS = ("API-Version", "X-Request-ID")
_OWN_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
_TYPES = ("object", "array", "string", "integer", "number", "boolean")
# Names and descriptions of choices, whose classes have English ones.
_CHOICES = {
    "AnswerStatus": ("AntwoordStatus", "Of de documenten een antwoord geven."),
    "Method": ("Methode", "Letterlijke citaten, of zinnen van een schrijfmodel."),
    "Verdict": ("Oordeel", "Klopt het antwoord, is het fout, of hoort de bron er niet bij?"),
    "Kind": ("TaakSoort", "Een document toevoegen of verwijderen, of de corpusmap inlezen."),
    "State": ("TaakStatus", "De taak wacht, is bezig, is klaar of is mislukt."),
}


def describe(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI description of the calls of ``app`` under `PREFIX`."""
    made = get_openapi(
        title="Handwijzer",
        version=API_VERSION,
        summary="Antwoorden met bronnen uit de documenten over onderwijs en jeugdhulp.",
        description=_DESCRIPTION.strip(),
        routes=app.routes,
        tags=_TAGS,
        servers=[{"url": PREFIX, "description": "Deze server"}],
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    )
    paths = {path.removeprefix(PREFIX): calls for path, calls in made["paths"].items() if path.startswith(f"{PREFIX}/")}
    examples = json.loads(files("bot.api").joinpath("voorbeelden.json").read_text("utf-8"))
    schemas = made["components"]["schemas"] | _problem_schemas()
    for path, calls in paths.items():
        for method in calls.keys() & set(METHODS):
            _complete(calls[method], path, examples.get(calls[method]["operationId"], {}), schemas)
    contact = {"name": settings.contact_name, "email": settings.contact_email, "url": str(settings.contact_url)}
    description = made | {
        "info": made["info"] | {"contact": contact},
        "security": [*_WITH_KEY, {}],
        "paths": paths,
        "components": {
            "securitySchemes": _SECURITY,
            "headers": _HEADERS,
            "responses": {_name(status): _error(status) for status in _used_errors(paths)},
            "schemas": _reachable(paths, schemas),
        },
    }
    description["tags"] = [tag for tag in _TAGS if any(tag["name"] in call["tags"] for call in _calls(paths))]
    return _in_dutch(description)


def resolved(description: Mapping[str, Any], item: Any) -> Any:
    """Return what ``item`` refers to, or ``item`` itself when that is no reference."""
    while isinstance(item, dict) and "$ref" in item:
        target: Any = description
        for part in item["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        item = target
    return item


def _calls(paths: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for calls in paths.values():
        for method in METHODS:
            if method in calls:
                yield calls[method]


def _complete(call: dict[str, Any], path: str, examples: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    """Add to ``call`` what every call has, and its examples."""
    statuses = {401, 403, 429, 500, 503}
    statuses |= {400} if "parameters" in call or "requestBody" in call else set()
    statuses |= {408, 413, 415} if "requestBody" in call else set()
    own = {int(status): said for status, said in call["responses"].items() if status != "422"}
    for status, said in own.items():
        if status < 400:
            said["headers"] = {name: _ref("headers", name) for name in _ALWAYS} | said.get("headers", {})
            _exemplify_answer(said, examples, schemas)
    statuses |= {status for status in own if status >= 400}
    answered = {str(status): own[status] for status in sorted(own) if status < 400}
    call["responses"] = answered | {str(status): _ref("responses", _name(status)) for status in sorted(statuses)}
    if "beheer" in call["tags"]:
        call["security"] = _WITH_KEY
    for content in call.get("requestBody", {}).get("content", {}).values():
        if "verzoek" in examples:
            content["example"] = examples["verzoek"]
            _exemplify(content["schema"], examples["verzoek"], schemas)


def _exemplify_answer(said: dict[str, Any], examples: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    for media_type, content in said.get("content", {}).items():
        if "antwoord" not in examples:
            continue
        if media_type == STREAM_MEDIA_TYPE:
            content["example"] = example_stream(examples["antwoord"])
        elif media_type == "application/json":
            content["example"] = examples["antwoord"]
            _exemplify(content["schema"], examples["antwoord"], schemas)


def _exemplify(schema: dict[str, Any], value: Any, schemas: dict[str, Any]) -> None:
    """Give ``schema`` and what is in it the parts of ``value`` as examples, where they have none yet."""
    if value is None:
        return
    for choice in schema.get("anyOf", []):
        if choice.get("type") != "null":
            _exemplify(choice, value, schemas)
    if "$ref" in schema:
        _exemplify(schemas[schema["$ref"].rpartition("/")[2]], value, schemas)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name in schema.get("properties", {}):
                _exemplify(schema["properties"][name], part, schemas)
    elif isinstance(value, list) and "$ref" in schema.get("items", {}):
        for part in value:
            _exemplify(schema["items"], part, schemas)
    elif "enum" not in schema and "anyOf" not in schema:
        schema.setdefault("examples", [value])


def _problem_schemas() -> dict[str, Any]:
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**made.pop("$defs"), "Problem": made}


def _used_errors(paths: Mapping[str, Any]) -> list[int]:
    used = {int(status) for call in _calls(paths) for status in call["responses"]}
    return sorted(status for status in used if status >= 400)


def _name(status: int) -> str:
    return f"Fout{status}"


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _error(status: int) -> dict[str, Any]:
    faults = [Fault(veld="vraag", melding="dit veld is verplicht")] if status == 400 else []
    detail = "Verbeter dit en probeer het opnieuw: vraag: dit veld is verplicht" if status == 400 else None
    example = problem_body("/v1/vragen", status, detail, faults=faults)
    return {
        "description": ERRORS[status]["description"],
        "headers": {name: _ref("headers", name) for name in (*_ALWAYS, *_OWN_HEADERS.get(status, ()))},
        "content": {MEDIA_TYPE: {"schema": _ref("schemas", "Problem"), "example": example}},
    }


def _reachable(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = ["Problem", *_named_in(paths)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting += _named_in(schemas[name])
    return found


def _named_in(item: Any) -> Iterator[str]:
    if isinstance(item, dict):
        if str(item.get("$ref", "")).startswith("#/components/schemas/"):
            yield item["$ref"].rpartition("/")[2]
        item = list(item.values())
    if isinstance(item, list):
        for part in item:
            yield from _named_in(part)


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Write a simple type or null as one type, so that its format is where the design rules look for it."""
    match schema.get("anyOf"):
        case [{"type": str(kind)} as simple, {"type": "null"}]:
            rest = {key: part for key, part in schema.items() if key != "anyOf"}
            return {**simple, **rest, "type": [kind, "null"]}
    return schema


def _in_dutch(description: dict[str, Any]) -> dict[str, Any]:
    """Give the schemas the names that their models have for users, and leave out the titles that pydantic makes up."""
    schemas = description["components"]["schemas"]
    for name, (title, said) in _CHOICES.items():
        if name in schemas:
            schemas[name] |= {"title": title, "description": said}
    names = {name: schema["title"] for name, schema in schemas.items()}
    description["components"]["schemas"] = dict(sorted((names[name], schema) for name, schema in schemas.items()))

    def renamed(item: Any) -> Any:
        if isinstance(item, list):
            return [renamed(part) for part in item]
        if not isinstance(item, dict):
            return item
        if str(item.get("$ref", "")).startswith("#/components/schemas/"):
            return item | _ref("schemas", names[item["$ref"].rpartition("/")[2]])
        item = _with_null(item)
        is_schema = item.get("type") in _TYPES or "anyOf" in item or isinstance(item.get("type"), list)
        return {key: renamed(part) for key, part in item.items() if not (is_schema and key == "title")}

    renamed_all: dict[str, Any] = renamed(description)
    return renamed_all
