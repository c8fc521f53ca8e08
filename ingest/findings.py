"""What a look at the knowledge base brings to light."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is: something does not work, something may go wrong, or good to know."""

    ERROR = "fout"
    WARNING = "waarschuwing"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, in Dutch: what it is and what to do. ``code`` is stable; ``fixable`` by ``doctor --fix``."""

    severity: Severity
    code: str
    message: str
    remedy: str
    fixable: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return one row of ``handwijzer doctor --json``."""
        return {
            "ernst": self.severity.value,
            "code": self.code,
            "melding": self.message,
            "oplossing": self.remedy,
            "herstelbaar": self.fixable,
        }
