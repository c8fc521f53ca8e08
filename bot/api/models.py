"""Requests and lists of the API, with the Dutch names of the contract."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from bot.answers import Turn, described
from bot.citing import file_url, heading_of
from bot.feedback import Verdict
from bot.service import MAX_QUESTION_CHARACTERS
from kb.documents import Document
from kb.retrieval import Filters, Hit

MAX_REMARK_CHARACTERS = 2000
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_Name = Annotated[str, Field(min_length=1, max_length=200)]


def iso_date(value: object) -> object:
    """Let only dates as the contract has them through: not the numbers and times that pydantic takes for a date."""
    if value is not None and not (isinstance(value, str) and _DATE.fullmatch(value)):
        raise PydanticCustomError("date_type", "not a date")
    return value


def _number(value: object) -> object:
    """Let no text or truth through that pydantic would take for a number."""
    if isinstance(value, (str, bool)):
        raise PydanticCustomError("int_type", "not a number")
    return value


def _not_blank(value: str) -> str:
    if not any(c.isprintable() and not c.isspace() for c in value):
        raise PydanticCustomError("blank", "nothing to see")
    return value


_Date = Annotated[dt.date | None, BeforeValidator(iso_date)]
_Count = Annotated[int, Field(ge=1, le=100), BeforeValidator(_number)]
# The pattern says to others what `_not_blank` sees to, as far as it can.
_Text = Annotated[
    str,
    # The length comes first: measured behind a validator, a text that is too long is reported as a list.
    Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS, json_schema_extra={"pattern": r"\S"}),
    AfterValidator(_not_blank),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FiltersIn(_Request):
    """Which documents may be searched."""

    model_config = described("Filters", "Welke documenten meedoen. Wat leeg is, beperkt niets.")

    soorten: list[_Name] = Field([], max_length=50, description="Alleen deze soorten, bijvoorbeeld handreiking.")
    documenten: list[_Name] = Field([], max_length=200, description="Alleen deze documenten (id's).")
    vanaf: _Date = Field(None, description="Alleen documenten met een datum vanaf deze dag.")
    tot: _Date = Field(None, description="Alleen documenten met een datum tot en met deze dag.")

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

    model_config = described("Vraag", "Een vraag, met het gesprek waar zij bij hoort.")

    vraag: _Text = Field(description="De vraag, in gewone taal.")
    gesprek: list[Turn] = Field([], max_length=40, description="Eerdere berichten van dit gesprek, oudste eerst.")
    filters: FiltersIn | None = Field(None, description="Welke documenten meedoen; leeg is alle.")


class SearchIn(_Request):
    """A search for passages."""

    model_config = described("Zoekopdracht", "Wat er wordt gezocht, en hoeveel passages u wilt.")

    zoekterm: _Text = Field(description="Een of meer woorden, of een vraag.")
    aantal: _Count = Field(10, description="Hoeveel passages hoogstens.")
    filters: FiltersIn | None = Field(None, description="Welke documenten meedoen; leeg is alle.")


class FeedbackIn(_Request):
    """What a user finds of an answer."""

    model_config = described("Beoordeling", "Wat een gebruiker van een antwoord vindt.")

    antwoordId: _Name = Field(description="De id uit het antwoord.")  # noqa: N815
    oordeel: Verdict = Field(description="Klopt het antwoord, is het fout, of hoort de bron er niet bij?")
    toelichting: str | None = Field(
        None, max_length=MAX_REMARK_CHARACTERS, description="In eigen woorden. Persoonsgegevens worden gemaskeerd."
    )


class FeedbackOut(BaseModel):
    """The judgement as it was kept."""

    model_config = described("BewaardeBeoordeling", "De beoordeling zoals zij is bewaard.")

    id: str = Field(description="De id van de beoordeling.")


class PassageOut(BaseModel):
    """A passage that was found."""

    model_config = described("Passage", "Een gevonden passage.")

    passageId: str = Field(description="De id van de passage.")  # noqa: N815
    documentId: str = Field(description="De id van het document.")  # noqa: N815
    titel: str = Field(description="De titel van het document.")
    soort: str = Field(description="Bijvoorbeeld handreiking of sfeerverslag.")
    datum: dt.date | None = Field(description="De datum van het document; leeg als die niet bekend is.")
    uitgever: str | None = Field(description="Wie het document uitgaf; leeg als dat niet bekend is.")
    kop: str | None = Field(description="De koppen boven de passage.")
    pagina: int | None = Field(description="Bladzijde van de passage; leeg zonder pagina's.")
    tekst: str = Field(description="De hele passage.")
    url: str = Field(description="Het originele bestand, in deze versie.")
    score: float = Field(description="Hoe goed de passage bij de zoekterm past, van 0 tot 1.")

    @classmethod
    def of(cls, hit: Hit) -> PassageOut:
        """Describe ``hit``."""
        document, passage = hit.document, hit.passage
        return cls(
            passageId=passage.id,
            documentId=document.id,
            titel=document.title,
            soort=document.kind,
            datum=document.date,
            uitgever=document.publisher,
            kop=heading_of(hit),
            pagina=passage.page,
            tekst=passage.text,
            url=file_url(document, passage.page),
            score=round(hit.score, 4),
        )


class PassageList(BaseModel):
    """Search results, best first."""

    model_config = described("Passages", "De gevonden passages.")

    resultaten: list[PassageOut] = Field(description="De passages, de beste eerst.")
    totaal: int = Field(description="Hoeveel passages hier staan.")
    release: str = Field(description="De versie van de kennisbank die is doorzocht.")

    @classmethod
    def of(cls, release: str, hits: Sequence[Hit]) -> PassageList:
        """Describe what was found in ``release``."""
        return cls(resultaten=[PassageOut.of(hit) for hit in hits], totaal=len(hits), release=release)


class DocumentOut(BaseModel):
    """A document of the knowledge base."""

    model_config = described("Document", "Een document in de kennisbank.")

    id: str = Field(description="De id van het document.")
    titel: str = Field(description="De titel.")
    soort: str = Field(description="Bijvoorbeeld handreiking of sfeerverslag.")
    datum: dt.date | None = Field(description="De datum van het document; leeg als die niet bekend is.")
    uitgever: str | None = Field(description="Wie het document uitgaf; leeg als dat niet bekend is.")
    bronUrl: str | None = Field(description="Waar de uitgever het document aanbiedt.")  # noqa: N815
    bestand: str = Field(description="Het pad van het bestand in de map met documenten.")
    mediaType: str = Field(description="Het soort bestand, als mediatype.")  # noqa: N815
    grootte: int = Field(description="In bytes.")
    paginas: int | None = Field(description="Aantal bladzijden; leeg als het bestand die niet heeft.")
    passages: int = Field(description="In hoeveel passages het document is verdeeld.")
    geldigTot: dt.date | None = Field(  # noqa: N815
        description="Laatste dag waarop het document geldt; leeg als die niet bekend is."
    )
    verlopen: bool = Field(description="Of die dag voorbij is.")
    geraden: list[str] = Field(
        description="Welke gegevens niet bij het document stonden, maar uit de tekst zijn afgeleid: titel, datum."
    )
    url: str = Field(description="Het originele bestand.")

    @classmethod
    def of(cls, document: Document, today: dt.date) -> DocumentOut:
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
            url=file_url(document),
        )


class DocumentTextOut(DocumentOut):
    """A document with its whole cleaned text."""

    model_config = described("DocumentMetTekst", "Een document met zijn tekst.")

    tekst: str = Field(description="De hele tekst, zonder opmaak.")


class DocumentList(BaseModel):
    """One page of the documents, by title."""

    model_config = described("Documenten", "Een bladzijde van de lijst van documenten.")

    resultaten: list[DocumentOut] = Field(description="De documenten van deze bladzijde, op titel.")
    totaal: int = Field(description="Hoeveel documenten er zijn.")
