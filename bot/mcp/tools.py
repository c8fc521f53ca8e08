"""The tools of the MCP server. They take what the calls of the API take, and give what those give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from mcp.types import CallToolResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.answers import Answer
from bot.api.models import DocumentOut, PassageList, PassageOut, QuestionIn, SearchIn, as_filters
from bot.desk import Desk
from bot.wording import inert, whole

# About 5,000 tokens: as much as a model takes in without losing its own instructions.
PART_CHARACTERS = 20_000


class DocumentIn(BaseModel):
    """A document to read."""

    model_config = ConfigDict(extra="forbid")

    documentId: str = Field(  # noqa: N815
        min_length=1, max_length=200, description="De documentId uit een antwoord of zoekresultaat."
    )
    vanaf: int = Field(0, ge=0, description="Bij hoeveel tekens het lezen begint: volgende uit het vorige deel.")


class DocumentPart(DocumentOut):
    """A document with a part of its text."""

    tekst: str = Field(description="De tekst, of een deel ervan.")
    lengte: int = Field(description="Hoeveel tekens de hele tekst heeft.")
    volgende: int | None = Field(description="Bij hoeveel tekens het volgende deel begint; leeg na het laatste deel.")


@dataclass(frozen=True, slots=True)
class ReadTool:
    """A tool that changes nothing. ``run`` gives a text and the same as data; ``origin`` is where addresses begin."""

    name: str
    title: str
    description: str
    takes: type[BaseModel]
    gives: type[BaseModel]
    run: Callable[[Desk, Any, str], tuple[str, BaseModel]]

    def definition(self) -> Tool:
        """Return the tool as clients see it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.takes.model_json_schema(),
            output_schema=self.gives.model_json_schema(mode="serialization"),
            annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
        )

    def call(self, desk: Desk, arguments: dict[str, Any], origin: str) -> CallToolResult:
        """Run the tool. Raises `RequestValidationError` for wrong arguments, and `HandwijzerError`."""
        try:
            given = self.takes.model_validate(arguments)
        except ValidationError as error:
            faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
            raise RequestValidationError(faults) from None
        text, data = self.run(desk, given, origin)
        content = TextContent(type="text", text=text)
        return CallToolResult(content=[content], structured_content=data.model_dump(mode="json"))


def _ask(desk: Desk, given: QuestionIn, origin: str) -> tuple[str, BaseModel]:
    answer = desk.ask(given.vraag, given.gesprek, as_filters(given.filters))
    return whole(answer, origin), answer


def _search(desk: Desk, given: SearchIn, origin: str) -> tuple[str, BaseModel]:
    found = PassageList.of(*desk.search(given.zoekterm, given.aantal, as_filters(given.filters)))
    text = "\n\n".join(_passage(number, passage, origin) for number, passage in enumerate(found.resultaten, 1))
    return text or "Geen passages gevonden.", found


def _passage(number: int, passage: PassageOut, origin: str) -> str:
    page = f", pagina {passage.pagina}" if passage.pagina else ""
    facts = f"documentId {passage.documentId}, {origin}{passage.url}"
    return f"{number}. {inert(passage.titel)}{page} ({facts})\n{inert(passage.tekst)}"


def _read(desk: Desk, given: DocumentIn, origin: str) -> tuple[str, BaseModel]:
    release = desk.knowledge.retriever().release
    text = release.text_of(given.documentId)
    document = release.documents[given.documentId]
    part = text[given.vanaf : given.vanaf + PART_CHARACTERS]
    end = given.vanaf + len(part)
    after = end if end < len(text) else None
    known = DocumentOut.of(document, desk.knowledge.today())
    rest = f"\n\n[Er is meer: lees verder met vanaf={after}.]" if after else ""
    data = DocumentPart(**known.model_dump(), tekst=part, lengte=len(text), volgende=after)
    return f"{inert(document.title)} ({origin}{known.url})\n\n{inert(part)}{rest}", data


TOOLS = (
    ReadTool(
        "stel_vraag",
        "Stel een vraag",
        "Beantwoordt een vraag over onderwijs en jeugdhulp uit de documenten van de kennisbank, met genummerde bronnen "
        "erbij. Zegt het ook als het antwoord er niet in staat (status niet-gevonden). Neem de bronnen over in wat u "
        "de gebruiker antwoordt, en toon meldingen altijd. Geef bij een vervolgvraag het gesprek mee.",
        QuestionIn,
        Answer,
        _ask,
    ),
    ReadTool(
        "zoek",
        "Zoek passages",
        "Zoekt de passages die het best bij een zoekterm passen, zonder antwoord. Elke passage noemt haar documentId.",
        SearchIn,
        PassageList,
        _search,
    ),
    ReadTool(
        "lees_document",
        "Lees een document",
        f"Geeft de tekst van één document, in delen van hoogstens {PART_CHARACTERS} tekens. Lees verder met vanaf "
        "zolang er een volgende is.",
        DocumentIn,
        DocumentPart,
        _read,
    ),
)
