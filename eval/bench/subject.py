"""What one run of the bench is about: how much to measure, on which corpus, with which questions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eval.bench.processes import Outcome, Workplace
from eval.questions import Question
from kb.releases import Release

# Asked before anything is timed.
WARM = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure. ``questions``: at most so many, None for all; ``encoded``: how many passages of the
    growing knowledge bases get a real vector; ``peer``: whether to measure the plain LlamaIndex pipeline."""

    repetitions: int = 3
    questions: int | None = None
    clients: tuple[int, ...] = (1, 8, 32)
    load_seconds: float = 5.0
    soak_seconds: float = 60.0
    encoded: int = 2_000
    peer: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """The ingested corpus in ``data_dir``, its release, the questions to ask, and the name of the reader that the
    server reads with (empty: none)."""

    workplace: Workplace
    plan: Plan
    data_dir: Path
    release: Release
    questions: list[Question]
    reader: str

    def ask(self, data_dir: Path, *, places: bool = False, reader: str = "") -> Outcome:
        """Ask this system every question in a process of its own, see `eval.bench.own.answer_questions`."""
        return self.workplace.run(
            "own",
            action="ask",
            questions=[question.vraag for question in self.questions],
            warm=WARM,
            places=places,
            reader=reader,
            data_dir=str(data_dir),
            **self.workplace.encoder_task(),
        )
