"""What an ingest lets through, and how much one file may cost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the workers need none of it, and it takes long to import
    from kb.settings import Settings


class PersonalDataRule(StrEnum):
    """What happens to a document with personal data."""

    REPORT = "melden"
    MASK = "maskeren"
    REFUSE = "weigeren"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one ingest. ``seconds`` and ``memory_mb`` bound the reading of one file, ``min_page_score`` (0–1)
    is the readability a page needs, ``max_removed`` the share of the documents that may go without being asked for.
    """

    seconds: float = 60
    memory_mb: int = 1000
    min_page_score: float = 0.4
    personal_data: PersonalDataRule = PersonalDataRule.REPORT
    names: bool = False
    ocr: bool = True
    max_removed: float = 0.5

    @classmethod
    def of(cls, settings: Settings) -> Policy:
        """Take the rules from the settings."""
        return cls(
            seconds=settings.file_seconds,
            memory_mb=settings.file_memory,
            min_page_score=settings.min_page_score,
            personal_data=PersonalDataRule(settings.personal_data),
            names=settings.person_names,
            ocr=settings.ocr,
            max_removed=settings.max_removed,
        )


DEFAULT = Policy()
"""The rules without any setting."""
