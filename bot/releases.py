"""The kept releases as whoever looks after the documents sees them: newest first, with what each of them changed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from kb.changes import Difference, difference
from kb.errors import NotFoundError, ReleaseError
from kb.releases import Manifest, ReleaseStore


@dataclass(frozen=True, slots=True)
class KeptRelease:
    """One release, whether it is ``live``, and what it changed; None for the oldest and beside a damaged one."""

    manifest: Manifest
    live: bool
    change: Difference | None


def kept_releases(store: ReleaseStore, chosen: Sequence[str] | None = None) -> list[KeptRelease]:
    """Return the releases of the ids ``chosen``, all of them by default, newest first.

    One whose manifest can not be read is passed over: `handwijzer doctor` tells of it.
    """
    live, ids = store.live_id(), store.ids()
    older = dict(pairwise(ids))
    kept = []
    for release_id in ids:
        if chosen is not None and release_id not in chosen:
            continue
        with suppress(ReleaseError, NotFoundError):  # it may be tidied away meanwhile
            manifest, change = store.manifest(release_id), None
            if release_id in older:
                with suppress(ReleaseError):
                    change = difference(store.documents(older[release_id]), store.documents(release_id))
            kept.append(KeptRelease(manifest, release_id == live, change))
    return kept
