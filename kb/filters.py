"""Which documents a search looks in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kb.documents import Document
from kb.vectors import day_number


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may be searched. Empty means all; ``since`` and ``until`` are inclusive and leave out
    documents without a date."""

    kinds: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def accept(self, document: Document) -> bool:
        """Tell whether ``document`` passes."""
        day = day_number(document.date)
        return (
            (not self.kinds or document.kind in self.kinds)
            and (not self.documents or document.id in self.documents)
            and (self.since is None or day >= day_number(self.since))
            and (self.until is None or 0 < day <= day_number(self.until))
        )

    def as_chroma(self) -> dict[str, Any] | None:
        """Return the same condition as a Chroma ``where``, None when everything passes."""
        conditions: list[dict[str, Any]] = []
        if self.kinds:
            conditions.append({"kind": {"$in": list(self.kinds)}})
        if self.documents:
            conditions.append({"document": {"$in": list(self.documents)}})
        if self.since:
            conditions.append({"day": {"$gte": day_number(self.since)}})
        if self.until:
            conditions += [{"day": {"$gt": 0}}, {"day": {"$lte": day_number(self.until)}}]
        return {"$and": conditions} if len(conditions) > 1 else conditions[0] if conditions else None
