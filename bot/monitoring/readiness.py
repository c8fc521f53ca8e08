"""Whether questions can be answered, part by part: without some parts the program still does."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import text

from bot.desk import Desk
from bot.monitoring.probe import Probe, http_fault
from bot.storage.database import Database
from kb.errors import EncoderMismatchError, HandwijzerError
from kb.live import LiveKnowledge
from kb.releases import Release
from kb.retrieval import EXACT_UP_TO
from kb.settings import Settings

# Loading a release is the one thing worth waiting for.
_LOADING_S = 10.0
_OTHER_ENCODER = "De live release is met een ander taalmodel gemaakt."


class Part(BaseModel):
    """One part: whether it works (``uit``: it is not used), and the same in words."""

    status: Literal["goed", "uit", "fout"]
    tekst: str


class ReleasePart(Part):
    """The live release; ``leeftijdS`` in seconds."""

    id: str | None = None
    leeftijdS: int | None = None  # noqa: N815  # as it is called in JSON
    documenten: int | None = None


class EncoderPart(Part):
    """The embedding model by name."""

    naam: str


class Parts(BaseModel):
    """Every part."""

    release: ReleasePart
    taalmodel: EncoderPart
    chroma: Part
    schrijfmodel: Part
    database: Part


class Readiness(BaseModel):
    """Whether questions can be answered; ``reden`` says what is wrong."""

    status: Literal["klaar", "beperkt", "niet-klaar"]
    release: str | None
    reden: str | None
    onderdelen: Parts


class Checks:
    """Looks at the parts of what stands behind ``desk``."""

    def __init__(self, desk: Desk, settings: Settings, database: Database) -> None:
        self._knowledge = desk.knowledge
        self._writer = desk.writer
        self._database = database
        self._chroma_url = settings.chroma_url
        self._loading = Probe(self._release_fault, fresh_s=0, wait_s=_LOADING_S)
        self._chroma = Probe(self._look_at_chroma)
        self._storage = Probe(self._look_at_database)
        self._model = Probe(lambda: http_fault(f"{str(settings.llm_url).rstrip('/')}/models"))

    def readiness(self) -> Readiness:
        """Look at every part. Takes as long as the probes wait."""
        fault = self._loading.fault()
        release = None if fault else self._knowledge.retriever().release
        parts = Parts(
            release=_release_part(release, fault),
            taalmodel=self._encoder_part(),
            chroma=self._chroma_part(),
            schrijfmodel=self._model_part(),
            database=_part("De database", self._storage.fault()),
        )
        wrong = [part for _, part in parts if part.status == "fout"]
        needs_chroma = release is not None and len(release.passages) > EXACT_UP_TO
        unable = release is None or (needs_chroma and parts.chroma in wrong)
        return Readiness(
            status="niet-klaar" if unable else "beperkt" if wrong else "klaar",
            release=release.id if release else None,
            reden=" ".join(part.tekst for part in wrong) or None,
            onderdelen=parts,
        )

    def _release_fault(self) -> str | None:
        try:
            self._knowledge.retriever()
        except EncoderMismatchError:  # its message names the model, which may be a folder
            return _OTHER_ENCODER
        except HandwijzerError as error:
            return error.message
        return None

    def _encoder_part(self) -> EncoderPart:
        store, encoder = self._knowledge.store, self._knowledge.encoder
        fits = True
        with suppress(HandwijzerError):  # what is wrong with a release is said there
            live = store.live_id()
            fits = live is None or store.manifest(live).encoder == encoder.fingerprint
        said = "Staat klaar." if fits else _OTHER_ENCODER
        # Of a folder only its name: whoever asks this may be anybody.
        return EncoderPart(status="goed" if fits else "fout", tekst=said, naam=PurePath(encoder.name).name)

    def _chroma_part(self) -> Part:
        if not self._chroma_url:
            return Part(status="goed", tekst="Chroma is ingebouwd.")
        return _part("De Chroma-server", self._chroma.fault())

    def _look_at_chroma(self) -> None:
        self._knowledge.retriever().release.vectors.count()

    def _model_part(self) -> Part:
        if self._writer is None:
            return Part(status="uit", tekst="Er is geen schrijfmodel ingesteld.")
        if self._writer.rests:
            return Part(status="fout", tekst="Het schrijfmodel gaf steeds een fout en wordt even met rust gelaten.")
        return _part("Het schrijfmodel", self._model.fault())

    def _look_at_database(self) -> None:
        if self._database.exists:
            with self._database.reading() as connection:
                connection.execute(text("SELECT 1"))


def release_age_s(knowledge: LiveKnowledge) -> float:
    """Return how old the live release is in seconds, NaN when there is none."""
    try:
        return _age_s(knowledge.retriever().release)
    except HandwijzerError:
        return float("nan")


def _release_part(release: Release | None, fault: str | None) -> ReleasePart:
    if release is None:
        return ReleasePart(status="fout", tekst=fault or "")
    return ReleasePart(
        status="goed",
        tekst="De release is geladen.",
        id=release.id,
        leeftijdS=round(_age_s(release)),
        documenten=len(release.documents),
    )


def _part(name: str, fault: str | None) -> Part:
    return Part(status="fout" if fault else "goed", tekst=f"{name} {fault or 'werkt'}.")


def _age_s(release: Release) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(release.manifest.created)).total_seconds()
