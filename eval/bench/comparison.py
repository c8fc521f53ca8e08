"""This system and the plain LlamaIndex pipeline in turn: the same texts to ingest, the same questions to answer.

Both answer without a reader; how this system does with it is measured in the same turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eval.bench.measures import Figures, beside_without, hit_figures, ingest_figures, question_figures
from eval.bench.processes import Outcome
from eval.bench.subject import WARM, Subject
from eval.scoring import places

_PEER_MODULES = ("llama_index.embeddings.huggingface", "llama_index.vector_stores.chroma")


@dataclass(frozen=True, slots=True)
class Peer:
    """The plain pipeline: the folder of its weights, the prompts by role, the folder that holds its indexes."""

    weights: Path
    prompts: dict[str, str]
    indexes: Path

    def task(self, index: int) -> dict[str, Any]:
        """Return what its workers need; ``index`` numbers the index to make or to ask."""
        return {"weights": str(self.weights), "prompts": self.prompts, "target": str(self.indexes / str(index))}


def prepare_peer(subject: Subject) -> Peer | None:
    """Write the float weights for the plain pipeline; None when it is left out or the extra ``bench`` is missing."""
    if not subject.plan.peer or not _installed():
        return None
    workplace = subject.workplace
    workplace.progress("Gewichten voor LlamaIndex", 0, 1)
    name, weights = workplace.settings.encoder, workplace.scratch / "weights"
    exported = workplace.run(
        "weights",
        action="export",
        encoder=str(Path(name).absolute()) if Path(name).is_dir() else name,
        scratch=str(workplace.scratch / "unpacked"),
        target=str(weights),
    )
    workplace.progress("Gewichten voor LlamaIndex", 1, 1)
    return Peer(weights, exported.result, workplace.scratch / "peer")


def compare_ingest(subject: Subject, peer: Peer | None) -> Figures:
    """Let both sides index the texts of the corpus."""
    workplace, release = subject.workplace, subject.release
    rows = [{"id": key, "title": release.documents[key].title, "text": release.text_of(key)}
            for key in sorted(release.documents)]  # fmt: skip

    def own(number: int) -> Outcome:
        return workplace.run(
            "own",
            action="ingest",
            data_dir=str(subject.data_dir),
            corpus_dir=str(workplace.settings.corpus_dir.absolute()),
            target=str(workplace.scratch / "own" / str(number)),
            **workplace.encoder_task(),
        )

    def plain(number: int) -> Outcome:
        assert peer is not None
        return workplace.run("peer", action="ingest", documents=rows, **peer.task(number))

    mine, theirs = _in_turn(subject, "Inlezen vergelijken", own, plain if peer else None)
    return {"own": ingest_figures(mine), "peer": ingest_figures(theirs) if theirs else None}


def compare_questions(subject: Subject, peer: Peer | None) -> Figures:
    """Ask both sides every question, and this one also with its reader; the plain pipeline answers from its first
    index."""
    evidence = [places(question, subject.release) for question in subject.questions]

    def own(number: int) -> Outcome:
        return subject.ask(subject.data_dir, places=number == 0)

    def plain(number: int) -> Outcome:
        assert peer is not None
        asked = [question.vraag for question in subject.questions]
        return subject.workplace.run(
            "peer", action="ask", questions=asked, warm=WARM, places=number == 0, **peer.task(0)
        )

    def reading(number: int) -> Outcome:
        return subject.ask(subject.data_dir, places=number == 0, reader=subject.reader)

    def figures(runs: Sequence[Outcome]) -> Figures:
        return question_figures(runs) | hit_figures(runs[0].result["places"], evidence)

    def ours(runs: Sequence[Outcome]) -> Figures:
        return figures(runs) | {"answered": runs[0].result["answered"]}

    sides = own, plain if peer else None, reading if subject.reader else None
    mine, theirs, read = _in_turn(subject, "Vragen vergelijken", *sides)
    without = ours(mine)
    with_reader = ours(read) if read else None
    return {
        "own": without,
        "own_with_reader": with_reader and with_reader | beside_without(with_reader, without),
        "peer": figures(theirs) if theirs else None,
    }


def _in_turn(subject: Subject, phase: str, *sides: Callable[[int], Outcome] | None) -> list[list[Outcome]]:
    """Run every side that is there once per repetition, in turned order each time, so that none always has a warm
    disk; return what each gave."""
    outcomes: list[list[Outcome]] = [[] for _ in sides]
    there = [(found, run) for found, run in zip(outcomes, sides, strict=True) if run]
    total = subject.plan.repetitions * len(there)
    for number in range(subject.plan.repetitions):
        for found, run in there if number % 2 == 0 else reversed(there):
            subject.workplace.progress(phase, sum(map(len, outcomes)), total)
            found.append(run(number))
    subject.workplace.progress(phase, total, total)
    return outcomes


def _installed() -> bool:
    try:
        return all(find_spec(name) is not None for name in _PEER_MODULES)
    except ModuleNotFoundError:  # a parent package is missing
        return False
