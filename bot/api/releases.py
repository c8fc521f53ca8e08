"""The kept releases, and going back to one, for callers with role beheer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from bot.access.caller import Caller
from bot.api.documents import PageNumber, PageSize
from bot.api.manage import managing
from bot.api.manage_models import ReleaseList, ReleaseOut
from bot.api.problems import ERRORS
from bot.monitoring.audit import audit
from bot.releases import kept_releases
from kb.errors import HandwijzerError, ReleaseError
from kb.live import LiveKnowledge
from kb.releases import translated_disk_errors
from kb.store_lock import exclusive

_ReleaseId = Annotated[
    str,
    Path(
        alias="releaseId",
        pattern=r"^r[0-9]{8}-[0-9]{9}-[0-9a-f]{4}$",
        description="De id van de release.",
        examples=["r20261122-091448120-3e0e"],
    ),
]


class UnusableReleaseError(HandwijzerError):
    """The release is damaged, or was made with another encoder; the live one stays."""

    status = 409
    slug = "release"
    title = "Deze release kan niet live worden"


def release_router(knowledge: LiveKnowledge) -> APIRouter:
    """Return the calls that list releases and make one live."""
    router = APIRouter(prefix="/v1", tags=["beheer"])
    store = knowledge.store

    @router.get(
        "/releases",
        operation_id="releases",
        summary="Toon alle releases",
        response_description="Eén bladzijde van de lijst.",
        dependencies=[Depends(managing("releases-bekijken"))],
    )
    def get_releases(pagina: PageNumber = 1, aantal: PageSize = 20) -> ReleaseList:
        """Geef één bladzijde van de bewaarde releases, de nieuwste eerst, met wat er veranderde."""
        ids = store.ids()
        shown = kept_releases(store, ids[(pagina - 1) * aantal : pagina * aantal])
        return ReleaseList(resultaten=[ReleaseOut.of(release) for release in shown], totaal=len(ids))

    @router.post(
        "/releases/{releaseId}/activering",
        operation_id="activeerRelease",
        summary="Maak een release live",
        response_description="De release, die nu live is.",
        responses={404: ERRORS[404], 409: ERRORS[409]},
    )
    def post_activation(
        release_id: _ReleaseId, caller: Annotated[Caller, Depends(managing("release-activeren"))]
    ) -> ReleaseOut:
        """Ga terug naar een eerdere release, of weer vooruit. Een draaiende server neemt haar vanzelf over.

        Het volgende inlezen maakt de kennisbank weer gelijk aan de corpusmap. Wordt er net ingelezen, dan is het een
        409; ook een beschadigde release, of een van een ander taalmodel, geeft 409 en dan blijft de oude live.
        """
        made_with = store.manifest(release_id).encoder
        if made_with != knowledge.encoder.fingerprint:
            raise UnusableReleaseError("Deze release is gemaakt met een ander taalmodel dan nu is ingesteld.")
        with exclusive(store.data_dir), translated_disk_errors(store.data_dir):
            try:
                store.rollback(release_id)
            except ReleaseError as error:
                raise UnusableReleaseError(error.message) from error
        audit("release-activeren", caller, release=release_id)
        return ReleaseOut.of(kept_releases(store, [release_id])[0])

    return router
