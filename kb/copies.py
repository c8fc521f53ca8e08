"""Which of several near-duplicate passages a search shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kb.documents import Document
from kb.releases import Release


class Copies:
    """The groups of near-duplicate passages of one release (`Release.duplicates`)."""

    def __init__(self, release: Release) -> None:
        self._release = release
        grouped = np.flatnonzero(release.duplicates >= 0)
        by_group = grouped[np.argsort(release.duplicates[grouped], kind="stable")]
        edges = np.flatnonzero(np.diff(release.duplicates[by_group])) + 1
        groups: list[list[int]] = [places.tolist() for places in np.split(by_group, edges) if len(places)]
        self._groups = {int(release.duplicates[places[0]]): places for places in groups}

    def firsts(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell of each passage whether no near-duplicate of it stands before it in ``places``."""
        groups = self._release.duplicates[places]
        first = groups < 0
        first[np.unique(groups, return_index=True)[1]] = True
        return first

    def without(self, places: NDArray[np.int64]) -> int:
        """Return how many of ``places`` are left when of near-duplicates only one counts."""
        return int(self.firsts(places).sum())

    def newest(self, place: int, vector: NDArray[np.float32], accept: Callable[[Document], bool], today: date) -> int:
        """Return which passage to show for the one at ``place``: of its group, as far as the filters ``accept`` the
        documents, that of the newest document that holds on ``today``; of equal ones, the one that was found, or else
        the nearest to ``vector``."""
        release = self._release

        def rank(other: int) -> tuple[bool, date, bool, float]:
            document = release.documents[release.passages[other].document_id]
            cosine = float(release.passage_vectors[other] @ vector)
            return not document.expired(today), document.date or date.min, other == place, cosine

        group = self._groups.get(int(release.duplicates[place]), [])
        accepted = [other for other in group if accept(release.documents[release.passages[other].document_id])]
        return max(accepted, key=rank, default=place)
