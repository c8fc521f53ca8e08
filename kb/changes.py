"""What differs between two states of the knowledge base, by document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb.documents import Document


@dataclass(frozen=True, slots=True)
class Difference:
    """The ids of the documents that are ``new``, ``changed`` (the file or its sidecar is another) or ``removed``."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in three numbers: "+2 ~1 -0"."""
        return f"+{len(self.new)} ~{len(self.changed)} -{len(self.removed)}"


def difference(older: Mapping[str, Document], newer: Mapping[str, Document]) -> Difference:
    """Return what became of the documents of ``older``, by id, on the way to ``newer``."""
    return Difference(
        new=tuple(sorted(newer.keys() - older.keys())),
        changed=tuple(sorted(key for key in newer.keys() & older.keys() if newer[key].stamp != older[key].stamp)),
        removed=tuple(sorted(older.keys() - newer.keys())),
    )
