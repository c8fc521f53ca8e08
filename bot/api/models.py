"""Requests and lists of the API, with the Dutch names of the contract."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from bot.answers import Turn
from bot.feedback import Verdict
from bot.service import MAX_QUESTION_CHARACTERS
from kb.documents import Document
from kb.retrieval import Filters, Hit

MAX_REMARK_CHARACTERS = 2000
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class FiltersIn(_Request):
    """Which documents may be searched."""

    soorten: list[_Name] = Field([], max_length=50, description="Alleen deze soorten, bijvoorbeeld handreiking.")
    documenten: list[_Name] = Field([], max_length=200, description="Alleen deze documenten (id's).")
    vanaf: dt.date | None = Field(None, description="Alleen documenten met een datum vanaf deze dag.")
    tot: dt.date | None = Field(None, description="Alleen documenten met een datum tot en met deze dag.")

    @model_validator(mode="after")
    def _in_order(self) -> FiltersIn:
        if self.vanaf and self.tot and self.vanaf > self.tot:
            raise PydanticCustomError("reversed", "vanaf is after tot")
        return self


def as_filters(given: FiltersIn | None) -> Filters | None:
    """Return the filters of a request as the retriever takes them."""
    return (
        Filters(tuple(kind.lower() for kind in given.soorten), tuple(given.documenten), given.vanaf, given.tot)
        if given
        else None
    )


class QuestionIn(_Request):
    """A question, with the conversation it is part of."""

    vraag: str = Field(
        min_length=1,
        max_length=MAX_QUESTION_CHARACTERS,
        description="De vraag, in gewone taal.",
        examples=["Wie is de contactpersoon op school?"],
    )
    gesprek: list[Turn] = Field([], max_length=40, description="Eerdere berichten van dit gesprek, oudste eerst.")
    filters: FiltersIn | None = None


class SearchIn(_Request):
    """A search for passages."""

    zoekterm: str = Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS, examples=["doorbraakoverleg"])
    aantal: int = Field(10, ge=1, le=100, description="Hoeveel passages.")
    filters: FiltersIn | None = None


class FeedbackIn(_Request):
    """What a user finds of an answer."""

    antwoordId: _Name = Field(description="De id uit het antwoord.")  # noqa: N815
    oordeel: Verdict = Field(description="Klopt het antwoord, is het fout, of hoort de bron er niet bij?")
    toelichting: str | None = Field(
        None, max_length=MAX_REMARK_CHARACTERS, description="In eigen woorden. Persoonsgegevens worden gemaskeerd."
    )


class FeedbackOut(BaseModel):
    """The judgement as it was kept."""

    id: str = Field(description="De id van de beoordeling.")


class PassageOut(BaseModel):
    """A passage that was found."""

    passageId: str  # noqa: N815
    documentId: str  # noqa: N815
    titel: str
    soort: str
    datum: dt.date | None
    uitgever: str | None
    kop: str | None
    pagina: int | None
    tekst: str
    url: str
    score: float

    @classmethod
    def of(cls, hit: Hit, heading: str | None, url: str) -> PassageOut:
        """Describe ``hit``."""
        document, passage = hit.document, hit.passage
        return cls(
            passageId=passage.id,
            documentId=document.id,
            titel=document.title,
            soort=document.kind,
            datum=document.date,
            uitgever=document.publisher,
            kop=heading,
            pagina=passage.page,
            tekst=passage.text,
            url=url,
            score=round(hit.score, 4),
        )


class PassageList(BaseModel):
    """Search results, best first."""

    resultaten: list[PassageOut]
    totaal: int
    release: str


class DocumentOut(BaseModel):
    """A document of the knowledge base."""

    id: str
    titel: str
    soort: str
    datum: dt.date | None
    uitgever: str | None
    bronUrl: str | None = Field(description="Waar de uitgever het document aanbiedt.")  # noqa: N815
    bestand: str
    mediaType: str  # noqa: N815
    grootte: int = Field(description="In bytes.")
    paginas: int | None
    passages: int
    geldigTot: dt.date | None = Field(  # noqa: N815
        description="Laatste dag waarop het document geldt; leeg als die niet bekend is."
    )
    verlopen: bool = Field(description="Of die dag voorbij is.")
    geraden: list[str] = Field(
        description="Welke gegevens niet bij het document stonden, maar uit de tekst zijn afgeleid: titel, datum."
    )
    url: str = Field(description="Het originele bestand.")

    @classmethod
    def of(cls, document: Document, url: str, today: dt.date) -> DocumentOut:
        """Describe ``document`` as it is on ``today``."""
        return cls(
            id=document.id,
            titel=document.title,
            soort=document.kind,
            datum=document.date,
            uitgever=document.publisher,
            bronUrl=document.url,
            bestand=document.file,
            mediaType=document.media_type,
            grootte=document.size_bytes,
            paginas=document.pages,
            passages=document.passages,
            geldigTot=document.valid_until,
            verlopen=document.expired(today),
            geraden=list(document.guessed),
            url=url,
        )


class DocumentTextOut(DocumentOut):
    """A document with its whole cleaned text."""

    tekst: str


class DocumentList(BaseModel):
    """One page of the documents, by title."""

    resultaten: list[DocumentOut]
    totaal: int


class Health(BaseModel):
    """Whether the program runs, or is ready for questions; ``reden`` says why not."""

    status: str
    release: str | None = None
    reden: str | None = None
