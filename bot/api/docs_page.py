"""The description of the API as it is served: for programs at /v1/openapi.json, for people at /v1/docs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.api.contract import METHODS, PREFIX, describe, resolved
from kb.settings import Settings

_TYPES = {
    "string": "tekst",
    "integer": "geheel getal",
    "number": "getal",
    "boolean": "true of false",
    "object": "object",
    "null": "leeg (null)",
}
_FORMATS = {"date": "datum", "date-time": "datum en tijd", "binary": "bestand"}
# Bounds as (least, most, what is counted).
_BOUNDS = (
    ("minLength", "maxLength", " tekens"),
    ("minItems", "maxItems", " stuks"),
    ("minimum", "maximum", ""),
)


def add_contract(app: FastAPI, settings: Settings) -> None:
    """Add both to ``app``; they describe what ``app`` can do when they are first asked for."""

    @cache
    def description() -> dict[str, Any]:
        return describe(app, settings)

    @cache
    def page() -> str:
        return docs_page(description())

    @app.get(f"{PREFIX}/openapi.json", include_in_schema=False)
    def get_description() -> JSONResponse:
        return JSONResponse(description(), headers={"Access-Control-Allow-Origin": "*"})

    @app.get(f"{PREFIX}/docs", include_in_schema=False)
    def get_docs() -> HTMLResponse:
        return HTMLResponse(page())


def docs_page(description: Mapping[str, Any]) -> str:
    """Return ``description`` as one page of HTML that needs nothing else; what stands in it is never markup."""
    own = files("bot.api")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "resolved": partial(resolved, description),
        "kind": _kind,
        "bounds": _bounds,
        "prose": _prose,
        "name": _name,
        "as_json": partial(json.dumps, ensure_ascii=False, indent=2),
    }
    template = environment.from_string(own.joinpath("docs.html").read_text("utf-8"))
    groups = [(tag, list(_calls_of(description, tag["name"]))) for tag in description["tags"]]
    return template.render(api=description, groups=groups, style=Markup(own.joinpath("docs.css").read_text("utf-8")))


def _calls_of(description: Mapping[str, Any], tag: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, calls in description["paths"].items():
        for method in METHODS:
            if method in calls and tag in calls[method]["tags"]:
                yield method.upper(), f"{PREFIX}{path}", calls[method]


def _name(schema: Mapping[str, Any]) -> str:
    """Return the name of the schema that ``schema`` refers to, empty when it is no reference."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _kind(schema: Mapping[str, Any]) -> Markup:
    """Say in words what kind of value ``schema`` describes, with a link where it has a name."""
    if name := _name(schema):
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if choices := schema.get("anyOf"):
        return Markup(" of ").join(_kind(choice) for choice in choices)
    if "const" in schema or "enum" in schema:
        values = schema.get("enum") or [schema["const"]]
        return Markup(" of ").join(Markup("<code>{}</code>").format(value) for value in values)
    kinds = schema.get("type", "string")
    if isinstance(kinds, list):
        return Markup(" of ").join(_kind({**schema, "type": kind}) for kind in kinds)
    if kinds == "array":
        items = schema.get("items", {"type": "array"} if "prefixItems" in schema else {})
        return Markup("lijst") if not items else Markup("lijst van {}").format(_kind(items))
    if "contentMediaType" in schema:
        return Markup("bestand")
    return Markup("{}").format(_FORMATS.get(schema.get("format", ""), _TYPES[kinds]))


def _bounds(schema: Mapping[str, Any]) -> str:
    """Say between which bounds a value must be, empty when there are none."""
    said = []
    for least, most, counted in _BOUNDS:
        low, high = schema.get(least), schema.get(most)
        if low is not None and high is not None:
            said.append(f"{low} tot {high}{counted}")
        elif high is not None:
            said.append(f"hoogstens {high}{counted}")
        elif low is not None:
            said.append(f"minstens {low}{counted}")
    if "default" in schema and schema["default"] not in (None, [], ""):
        said.append(f"standaard {json.dumps(schema['default'], ensure_ascii=False)}")
    return ", ".join(said)


def _prose(text: str) -> Markup:
    """Return Markdown as HTML; HTML within it stays text."""
    return Markup(MarkdownIt("commonmark", {"html": False}).render(text))
