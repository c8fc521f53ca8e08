"""The one answer type behind every door. Field names in JSON are the Dutch ones of the contract."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Literal

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


def described(title: str, description: str) -> ConfigDict:
    """Return the configuration of a model that users meet as ``title`` in the description of the API."""
    return ConfigDict(title=title, json_schema_extra={"description": description})


class Statement(_Model):
    """A verbatim piece of a source, or a sentence that a language model wrote and its sources bear out."""

    model_config = described("Uitspraak", "Een stuk van het antwoord met de bronnen die het zeggen.")

    text: str = Field(
        alias="tekst", description="Letterlijk citaat; bij methode generatief een zin die de bronnen bevestigen."
    )
    sources: list[int] = Field(alias="bronnen", description="Nummers van de bronnen die dit zeggen.")


class Source(_Model):
    """A cited passage. ``marks`` are the quoted stretches as character offsets in ``text``."""

    model_config = described("Bron", "Een passage die het antwoord citeert.")

    number: int = Field(alias="nummer", description="Volgnummer, zoals in het antwoord tussen haken.")
    passage_id: str = Field(alias="passageId", description="De id van de passage.")
    document_id: str = Field(alias="documentId", description="De id van het document.")
    title: str = Field(alias="titel", description="De titel van het document.")
    kind: str = Field(alias="soort", description="Bijvoorbeeld handreiking of sfeerverslag.")
    date: dt.date | None = Field(alias="datum", description="De datum van het document; leeg als die niet bekend is.")
    publisher: str | None = Field(alias="uitgever", description="Wie het document uitgaf; leeg als dat niet bekend is.")
    valid_until: dt.date | None = Field(
        None, alias="geldigTot", description="Laatste dag waarop het document geldt; leeg als die niet bekend is."
    )
    expired: bool = Field(False, alias="verlopen", description="Of die dag voorbij is.")
    heading: str | None = Field(alias="kop", description="De koppen boven de passage.")
    page: int | None = Field(alias="pagina", description="Bladzijde van het citaat; leeg zonder pagina's.")
    text: str = Field(alias="tekst", description="De hele passage.")
    marks: list[tuple[int, int]] = Field(
        alias="markeringen", description="Begin en einde van de geciteerde woorden in tekst, geteld in Unicode-tekens."
    )
    url: str = Field(description="Het originele bestand, in de versie die is geciteerd.")
    score: float = Field(description="Hoe goed de passage bij de vraag past, van 0 tot 1.")


class Suggestion(_Model):
    """A document that comes near to the question without answering it."""

    model_config = described("Suggestie", "Een document dat dicht bij de vraag komt, maar geen antwoord geeft.")

    document_id: str = Field(alias="documentId", description="De id van het document.")
    title: str = Field(alias="titel", description="De titel van het document.")
    kind: str = Field(alias="soort", description="Bijvoorbeeld handreiking of sfeerverslag.")
    url: str = Field(description="Het originele bestand.")


class Answer(_Model):
    """What the bot says to one question."""

    model_config = described("Antwoord", "Het antwoord op één vraag.")

    id: str = Field(description="De id van het antwoord; daarmee kan een gebruiker het beoordelen.")
    status: AnswerStatus = Field(description="Of de documenten een antwoord geven.")
    method: Method = Field(alias="methode", description="Letterlijke citaten, of zinnen van een schrijfmodel.")
    text: str = Field(alias="antwoord", description="Het antwoord met bronnummers, klaar om te tonen.")
    statements: list[Statement] = Field(alias="uitspraken", description="Het antwoord in stukken, elk met bronnen.")
    sources: list[Source] = Field(alias="bronnen", description="De geciteerde passages, op nummer.")
    query: str = Field(alias="zoekvraag", description="De vraag zoals er is gezocht.")
    suggestions: list[Suggestion] = Field(
        alias="suggesties", description="Hoogstens drie documenten om zelf in te kijken, als er geen antwoord is."
    )
    notices: list[str] = Field(alias="meldingen", description="Zinnen om altijd bij het antwoord te tonen.")
    release: str = Field(description="De versie van de kennisbank die is gevraagd.")
    duration_ms: int = Field(alias="duurMs", description="Hoe lang het maken duurde, in milliseconden.")


class Turn(_Model):
    """One earlier message of a conversation; the client keeps it."""

    model_config = described("Bericht", "Een eerder bericht van het gesprek.")

    role: Literal["gebruiker", "assistent"] = Field(alias="rol", description="Wie het bericht schreef.")
    text: str = Field(alias="tekst", max_length=20_000, description="Het bericht; van de assistent met de bronnummers.")
