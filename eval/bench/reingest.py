"""Ingesting again what did not change, or hardly: the shipped corpus, and many short documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from eval.bench.measures import Figures, medians, rounded
from eval.bench.processes import Workplace
from eval.bench.subject import Plan
from kb.releases import Release

_SEED = 20261
_MOST_DOCUMENTS = 1_000
_PASSAGES_PER_DOCUMENT = 10
_FEWEST_WORDS, _MOST_WORDS = 300, 600
_SENTENCES_PER_PARAGRAPH = 5


def measure_reingest(workplace: Workplace, plan: Plan, data_dir: Path) -> Figures:
    """Ingest the corpus into ``data_dir`` with the command, then again without a change."""
    phase, total = "Corpus inlezen", plan.repetitions + 1
    workplace.progress(phase, 0, total)
    first, first_wall_s = workplace.handwijzer(data_dir, "ingest")
    runs = []
    for done in range(1, total):
        workplace.progress(phase, done, total)
        again, wall_s = workplace.handwijzer(data_dir, "ingest")
        runs.append({"unchanged_wall_s": wall_s, "unchanged_inside_s": again["duurS"]})
    workplace.progress(phase, total, total)
    return rounded({"first_wall_s": first_wall_s, "first_inside_s": first["duurS"]} | medians(runs))


def measure_many(workplace: Workplace, plan: Plan, release: Release, largest: int) -> Figures:
    """Ingest a folder of short documents, then again without a change and with one changed document.

    There are a tenth as many as ``largest``, the passages of the largest knowledge base, and at most 1,000. Every
    document is put together from sentences of ``release`` and no two are alike: nothing is known beforehand.
    """
    phase, steps = "Veel documenten inlezen", 1 + 2 * plan.repetitions
    folder, data_dir = workplace.scratch / "many-files", workplace.scratch / "many"
    place = replace(workplace, settings=workplace.settings.model_copy(update={"corpus_dir": folder}))
    paths = list(_write(folder, release, _number(largest)))
    workplace.progress(phase, 0, steps)
    first, first_wall_s = place.handwijzer(data_dir, "ingest")
    runs: list[Figures] = []
    for path in paths[: plan.repetitions]:
        workplace.progress(phase, 1 + 2 * len(runs), steps)
        _, unchanged_wall_s = place.handwijzer(data_dir, "ingest")
        workplace.progress(phase, 2 + 2 * len(runs), steps)
        path.write_text(path.read_text("utf-8") + f"\nDeze tekst is gewijzigd: {path.stem}.\n", encoding="utf-8")
        _, changed_wall_s = place.handwijzer(data_dir, "ingest")
        runs.append({"unchanged_wall_s": unchanged_wall_s, "changed_wall_s": changed_wall_s})
    workplace.progress(phase, steps, steps)
    figures = rounded({"first_wall_s": first_wall_s} | medians(runs))
    counts = {"documents": len(paths), "passages": sum(row["passages"] for row in first["documenten"])}
    return counts | figures | {
        "unchanged_share": round(figures["unchanged_wall_s"] / figures["first_wall_s"], 4),
        "changed_extra_s": round(figures["changed_wall_s"] - figures["unchanged_wall_s"], 2),
    }  # fmt: skip


def _number(largest: int) -> int:
    return min(_MOST_DOCUMENTS, max(2, largest // _PASSAGES_PER_DOCUMENT))


def _write(folder: Path, release: Release, count: int) -> Iterator[Path]:
    random = np.random.default_rng(_SEED)
    pool = [passage.text[unit.start : unit.end] for passage in release.passages for unit in passage.units]
    folder.mkdir()
    for number in range(1, count + 1):
        wanted = int(random.integers(_FEWEST_WORDS, _MOST_WORDS))
        sentences: list[str] = []
        words = 0
        while words < wanted:
            sentences.append(pool[int(random.integers(len(pool)))])
            words += len(sentences[-1].split())
        starts = range(0, len(sentences), _SENTENCES_PER_PARAGRAPH)
        paragraphs = [" ".join(sentences[start : start + _SENTENCES_PER_PARAGRAPH]) for start in starts]
        path = folder / f"{number:04d}.md"
        path.write_text("\n\n".join([f"# Tekst {number}", *paragraphs]) + "\n", encoding="utf-8")
        yield path
