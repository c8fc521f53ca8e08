"""Who wants to know how a question is answered, while it is: what measures and traces listens here."""

from __future__ import annotations

from enum import StrEnum
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from bot.service import Examined


class Phase(StrEnum):
    """What answering consists of, in this order. Each ends where the next begins, the last with the answer."""

    UNDERSTANDING = "begrijpen"
    RETRIEVAL = "zoeken"
    CHOICE = "kiezen"
    WRITING = "schrijven"


class Observer:
    """Hears how one question is answered, within a ``with`` that ends however the answering ends. This one ignores
    everything."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hear that nothing more comes."""

    def begins(self, phase: Phase) -> None:
        """Hear that ``phase`` begins; those that are not needed do not."""

    def answered(self, examined: Examined) -> None:
        """Hear of the whole answer."""
