"""Requests and responses of the calls that look after documents, with the Dutch names of the contract."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bot.answers import described
from bot.api.models import iso_date
from bot.jobs.queue import Job, Kind, State
from bot.releases import KeptRelease
from ingest.file_names import safe_folder

# What one phase is of the whole, for who shows one bar: reading takes long, and so do the vectors.
_PHASES = {
    "Lezen": (0.0, 0.5),
    "Vectoren berekenen": (0.5, 0.4),
    "Release maken": (0.9, 0.1),
    "Verwijderen": (0.0, 1.0),
}


def _folder(value: str) -> str:
    folder = safe_folder(value)
    if folder is None:
        raise PydanticCustomError("folder", "no folder within the corpus")
    return "" if str(folder) == "." else str(folder)


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:  # half an IPv6 address
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise PydanticCustomError("web_address", "no web address")
    return value


def _truth(value: object) -> object:
    if not isinstance(value, bool) and value not in ("true", "false"):
        raise PydanticCustomError("truth", "neither true nor false")
    return value


_Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Day = Annotated[dt.date | None, BeforeValidator(iso_date)]
_Truth = Annotated[bool, BeforeValidator(_truth)]


class UploadIn(BaseModel):
    """The fields beside the file in an upload."""

    model_config = described("Upload", "Een document om toe te voegen, met wat u ervan weet.") | ConfigDict(
        extra="forbid"
    )

    map: Annotated[str, AfterValidator(_folder)] = Field(
        "", max_length=500, description="Map binnen de corpusmap; leeg is de corpusmap zelf.", examples=["protocollen"]
    )
    titel: _Line | None = Field(None, description="Titel bij citaten; leeg is wat het bestand zelf zegt.")
    soort: _Line | None = Field(None, description="Bijvoorbeeld handreiking; leeg is wat de naam of de map zegt.")
    datum: _Day = Field(None, description="Datum van het document.")
    uitgever: _Line | None = Field(None, description="Wie het document uitgaf.")
    url: Annotated[_Line, AfterValidator(_web_address)] | None = Field(
        None, description="Waar het document vandaan komt."
    )
    geldigTot: _Day = Field(None, description="Laatste dag waarop het document geldt.")  # noqa: N815
    vervangen: _Truth = Field(False, description="Of een bestand met dezelfde naam mag worden vervangen.")
    inlezen: _Truth = Field(True, description="Of het document meteen wordt ingelezen.")

    def described(self) -> dict[str, str]:
        """Return what a sidecar is to say, by its keys."""
        values = {
            "titel": self.titel, "soort": self.soort, "datum": self.datum, "uitgever": self.uitgever, "url": self.url,
            "geldig_tot": self.geldigTot,
        }  # fmt: skip
        return {key: str(value) for key, value in values.items() if value is not None}


class IndexingIn(BaseModel):
    """How the corpus folder is to be read in."""

    model_config = described("IndexeringVraag", "Wat er moet worden ingelezen.") | ConfigDict(extra="forbid")

    volledig: bool = Field(False, strict=True, description="Lees ook ongewijzigde bestanden opnieuw in.")
    proef: bool = Field(False, strict=True, description="Laat zien wat er zou gebeuren, verander niets.")
    magKrimpen: bool = Field(  # noqa: N815
        False, strict=True, description="Ga ook door als er veel documenten verdwijnen."
    )
    paden: list[Annotated[str, Field(min_length=1, max_length=1000)]] = Field(
        [], max_length=200, description="Alleen deze bestanden of mappen binnen de corpusmap; leeg is alles."
    )


class JobSummary(BaseModel):
    """A job, as far as a list shows it."""

    model_config = described("Taak", "Werk aan de documenten, en hoe ver het is.")

    id: str = Field(description="De id van de taak.")
    soort: Kind = Field(description="Een document toevoegen of verwijderen, of de corpusmap inlezen.")
    status: State = Field(description="Hoe het ermee staat.")
    fase: str = Field(description="Waar de taak mee bezig is, in woorden.", examples=["Lezen"])
    gedaan: int = Field(description="Hoeveel er in deze fase is gedaan.")
    totaal: int = Field(description="Hoeveel er in deze fase te doen is; 0 als dat niet bekend is.")
    voortgang: float = Field(ge=0, le=1, description="Hoe ver de hele taak is, van 0 tot 1.")
    documentId: str | None = Field(description="Om welk document het gaat; leeg bij inlezen.")  # noqa: N815
    gevraagd: dt.datetime = Field(description="Wanneer de taak is gevraagd.")
    gestart: dt.datetime | None = Field(description="Wanneer de taak begon.")
    beeindigd: dt.datetime | None = Field(description="Wanneer de taak klaar was of mislukte.")
    melding: str | None = Field(description="Wat er misging, of wat u verder moet weten.")

    @classmethod
    def of(cls, job: Job) -> Self:
        """Describe ``job``."""
        return cls.model_validate(
            {
                "id": job.id, "soort": job.kind, "status": job.state, "fase": job.phase, "gedaan": job.done,
                "totaal": job.total, "voortgang": _share(job), "documentId": job.work.get("documentId"),
                "gevraagd": job.asked, "gestart": job.started, "beeindigd": job.ended, "melding": job.message,
                "verslag": job.report,
            }
        )  # fmt: skip


def _share(job: Job) -> float:
    if not job.open:
        return 1.0
    start, size = _PHASES.get(job.phase, (0.0, 0.0))
    return round(start + size * job.done / job.total, 3) if job.total else start


class JobOut(JobSummary):
    """A job with its report."""

    model_config = described("TaakMetVerslag", "Werk aan de documenten, met het verslag als het klaar is.")

    verslag: dict[str, Any] | None = Field(
        description="Het verslag: van inlezen en toevoegen wat `handwijzer ingest --json` geeft, van verwijderen wat "
        "`handwijzer remove --json` geeft, zonder de gegevens van alle andere documenten. Leeg zolang het er niet is.",
        examples=[
            {
                "release": "r20261122-091448120-3e0e", "gepubliceerd": True, "duurS": 1.2,
                "documenten": [
                    {
                        "id": "verzuim-1a2b3c", "bestand": "protocollen/verzuim.pdf", "status": "nieuw", "reden": None,
                        "melding": None, "passages": 14,
                    }
                ],
            }
        ],
    )  # fmt: skip


class JobList(BaseModel):
    """One page of the jobs, newest first."""

    model_config = described("Taken", "Een bladzijde van de lijst van taken.")

    resultaten: list[JobSummary] = Field(description="De taken van deze bladzijde, de nieuwste eerst.")
    totaal: int = Field(description="Hoeveel taken er zijn.")


class UploadOut(BaseModel):
    """What was put into the corpus folder, and the job that reads it in."""

    model_config = described("ToegevoegdBestand", "Het bestand in de corpusmap, en de taak die het inleest.")

    documentId: str = Field(description="De id die het document krijgt.")  # noqa: N815
    bestand: str = Field(description="Het bestand binnen de corpusmap.", examples=["protocollen/verzuim.pdf"])
    vervangen: bool = Field(description="Of er al een bestand met die naam stond.")
    indexering: JobOut | None = Field(description="De taak die het inleest; leeg met `inlezen=false`.")


class ChangeOut(BaseModel):
    """What a release changed."""

    model_config = described("Verschil", "Wat er veranderde tegenover de release ervoor, als id's van documenten.")

    nieuw: list[str] = Field(description="Documenten die erbij kwamen.")
    gewijzigd: list[str] = Field(description="Documenten die veranderden.")
    verwijderd: list[str] = Field(description="Documenten die verdwenen.")


class ReleaseOut(BaseModel):
    """One kept state of the knowledge base."""

    model_config = described("Release", "Een bewaarde toestand van de kennisbank.")

    id: str = Field(description="De id van de release.", examples=["r20261122-091448120-3e0e"])
    gemaakt: str = Field(description="Wanneer de release is gemaakt.", examples=["2026-11-22T09:14:48+00:00"])
    documenten: int = Field(description="Hoeveel documenten erin zitten.")
    passages: int = Field(description="Hoeveel passages erin zitten.")
    live: bool = Field(description="Of dit de release is waaruit nu wordt geantwoord.")
    verschil: ChangeOut | None = Field(description="Wat er veranderde; leeg bij de oudste.")

    @classmethod
    def of(cls, kept: KeptRelease) -> ReleaseOut:
        """Describe ``kept``."""
        row, change = kept.manifest, kept.change
        return cls(
            id=row.id,
            gemaakt=row.created,
            documenten=row.documents,
            passages=row.passages,
            live=kept.live,
            verschil=change
            and ChangeOut(nieuw=list(change.new), gewijzigd=list(change.changed), verwijderd=list(change.removed)),
        )


class ReleaseList(BaseModel):
    """One page of the releases, newest first."""

    model_config = described("Releases", "Een bladzijde van de lijst van releases.")

    resultaten: list[ReleaseOut] = Field(description="De releases van deze bladzijde, de nieuwste eerst.")
    totaal: int = Field(description="Hoeveel releases er bewaard zijn.")
