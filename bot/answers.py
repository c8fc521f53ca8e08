"""The one answer type behind every door. Field names in JSON are the Dutch ones of the contract."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class AnswerStatus(StrEnum):
    """Whether the documents hold an answer."""

    ANSWERED = "beantwoord"
    NOT_FOUND = "niet-gevonden"


class Method(StrEnum):
    """How the answer came about."""

    EXTRACTIVE = "extractief"
    GENERATIVE = "generatief"


class _Model(BaseModel):
    # A default is for conversations that a browser kept from before a field was there.
    model_config = ConfigDict(
        frozen=True, serialize_by_alias=True, validate_by_name=True, json_schema_serialization_defaults_required=True
    )


class Statement(_Model):
    """A verbatim piece of a source, or a sentence that a language model wrote and its sources bear out."""

    text: str = Field(
        alias="tekst", description="Letterlijk citaat; bij methode generatief een zin die de bronnen bevestigen."
    )
    sources: list[int] = Field(alias="bronnen", description="Nummers van de bronnen die dit zeggen.")


class Source(_Model):
    """A cited passage. ``marks`` are the quoted stretches as character offsets in ``text``."""

    number: int = Field(alias="nummer", description="Volgnummer, zoals in het antwoord tussen haken.")
    passage_id: str = Field(alias="passageId")
    document_id: str = Field(alias="documentId")
    title: str = Field(alias="titel")
    kind: str = Field(alias="soort", description="Bijvoorbeeld handreiking of sfeerverslag.")
    date: dt.date | None = Field(alias="datum")
    publisher: str | None = Field(alias="uitgever")
    valid_until: dt.date | None = Field(
        None, alias="geldigTot", description="Laatste dag waarop het document geldt; leeg als die niet bekend is."
    )
    expired: bool = Field(False, alias="verlopen", description="Of die dag voorbij is.")
    heading: str | None = Field(alias="kop", description="De koppen boven de passage.")
    page: int | None = Field(alias="pagina", description="Bladzijde van het citaat; leeg zonder pagina's.")
    text: str = Field(alias="tekst", description="De hele passage.")
    marks: list[tuple[int, int]] = Field(
        alias="markeringen", description="Begin en einde van de geciteerde woorden in tekst."
    )
    url: str = Field(description="Het originele bestand, in de versie die is geciteerd.")
    score: float = Field(description="Hoe goed de passage bij de vraag past, van 0 tot 1.")


class Suggestion(_Model):
    """A document that comes near to the question without answering it."""

    document_id: str = Field(alias="documentId")
    title: str = Field(alias="titel")
    kind: str = Field(alias="soort")
    url: str


class Answer(_Model):
    """What the bot says to one question."""

    id: str
    status: AnswerStatus
    method: Method = Field(alias="methode")
    text: str = Field(alias="antwoord", description="Het antwoord met bronnummers, klaar om te tonen.")
    statements: list[Statement] = Field(alias="uitspraken")
    sources: list[Source] = Field(alias="bronnen")
    query: str = Field(alias="zoekvraag", description="De vraag zoals er is gezocht.")
    suggestions: list[Suggestion] = Field(alias="suggesties")
    notices: list[str] = Field(alias="meldingen")
    release: str
    duration_ms: int = Field(alias="duurMs")


class Turn(_Model):
    """One earlier message of a conversation; the client keeps it."""

    role: str = Field(alias="rol", pattern="^(gebruiker|assistent)$")
    text: str = Field(alias="tekst", max_length=20_000)
