"""Is the reader's data sound? ``python -m eval.reader.check`` names the faults, counts, and shows what form gives away.

Exit status 1 when there are faults. Of the shared folder only what is wrong between it and our own files counts.
"""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eval.questions import SHIPPED
from eval.reader.cues import baseline, shares
from eval.reader.data import OWN, SHARED, SHARED_NAME, ReaderQuestion, Split, chosen, is_kept_out, load_questions
from kb.analysis import stem, words
from kb.errors import UsageError
from kb.privacy import mask

# Questions with this share of their words in common are the same question.
SAME = 0.8
_ROOT = SHIPPED.parents[1]
MEASURED_WITH = (SHIPPED, _ROOT / "eval" / "questions-seeds", _ROOT / "tests" / "integration")


@dataclass(frozen=True, slots=True)
class Wording:
    """A question, and where it stands."""

    place: str
    text: str


def check(questions: Sequence[ReaderQuestion], measured_with: Sequence[Wording]) -> list[str]:
    """Return the faults. ``measured_with``: questions that the product is tested with, which must not be trained on."""
    return [*_kept_out(questions), *_personal_data(questions), *_asked_twice(questions, measured_with)]


def wordings(folders: Sequence[Path]) -> list[Wording]:
    """Return every ``vraag`` in the YAML files below ``folders``; a folder that is not there holds none."""
    return [
        Wording(file.name, text)
        for folder in folders
        for file in sorted(folder.rglob("*.yaml"))
        for text in _asked_in(yaml.safe_load(file.read_text("utf-8")))
    ]


def same(texts: Sequence[str], least: float = SAME) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs of places whose texts share at least ``least`` of their stems (0–1, of the union), and how much.

    Two sets that share that much must share one of the few rarest members of each, so only those are looked up.
    """
    stems = [frozenset(map(stem, words(text))) for text in texts]
    spread = Counter(one for found in stems for one in found)
    holding: dict[str, list[int]] = defaultdict(list)
    for place, mine in enumerate(stems):
        rarest = sorted(mine, key=lambda one: (spread[one], one))[: len(mine) - math.ceil(least * len(mine)) + 1]
        for other in sorted({other for one in rarest for other in holding[one]}):
            share = len(mine & stems[other]) / len(mine | stems[other])
            if share >= least:
                yield other, place, share
        for one in rarest:
            holding[one].append(place)


def _kept_out(questions: Sequence[ReaderQuestion]) -> Iterator[str]:
    for passage in dict.fromkeys(question.passage for question in questions):
        if passage.document and is_kept_out(passage.document):
            yield f"{passage.id}: {passage.document} is kept out for testing"


def _personal_data(questions: Sequence[ReaderQuestion]) -> Iterator[str]:
    """Look in our own files; those of the shared folder are public records."""
    own = [question for question in questions if question.source != SHARED_NAME]
    passages = dict.fromkeys(question.passage for question in own if question.passage.source != SHARED_NAME)
    texts = [(passage.id, text) for passage in passages for text in (passage.title, *passage.sentences)]
    for key, text in (*texts, *((question.passage.id, question.text) for question in own)):
        if found := mask(text).found:
            yield f"{key}: {', '.join(found)} in: {text}"


def _asked_twice(questions: Sequence[ReaderQuestion], measured_with: Sequence[Wording]) -> Iterator[str]:
    asked = [Wording(f"{one.source} {one.passage.id}", one.text) for one in questions]
    everything = [*asked, *measured_with]
    own = {place for place, question in enumerate(questions) if question.source != SHARED_NAME}
    for first, second, share in same([one.text for one in everything]):
        if own & {first, second}:
            one, other = everything[first], everything[second]
            yield f"{share:.2f} the same: {one.place}: {one.text} | {other.place}: {other.text}"


def _asked_in(content: Any) -> Iterator[str]:
    if isinstance(content, Mapping):
        for key, value in content.items():
            if key == "vraag" and isinstance(value, str):
                yield value
            else:
                yield from _asked_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from _asked_in(value)


def _print_counts(questions: Sequence[ReaderQuestion]) -> None:
    groupings: dict[str, Callable[[ReaderQuestion], str]] = {
        "file": lambda one: one.source,
        "question kind": lambda one: one.kind,
        "passage kind": lambda one: one.passage.kind,
    }
    for name, grouping in groupings.items():
        print(f"\n| {name} | passages | questions | near misses | {' | '.join(Split)} |\n| --- |{' ---: |' * 6}")
        groups: dict[str, list[ReaderQuestion]] = defaultdict(list)
        for question in questions:
            groups[grouping(question)].append(question)
        for value, group in (*sorted(groups.items()), ("all", questions)):
            passages = len({one.passage.id for one in group})
            splits = (sum(one.passage.split is split for one in group) for split in Split)
            cells = (passages, len(group), sum(not one.answerable for one in group), *splits)
            print(f"| {value} | {' | '.join(f'{cell:,}' for cell in cells)} |")


def _print_cues(questions: Sequence[ReaderQuestion]) -> None:
    own = [question for question in questions if question.source != SHARED_NAME]
    print("\nShare of near misses by form, own files (number of questions):")
    for name, found in shares(own).items():
        print(f"{name}: " + ", ".join(f"{one.trait} {one.near_misses:.2f} ({one.asked})" for one in found))
    print("\nNear misses told apart by a model that sees the question only (AUC; 0.5 is chance):")
    groups: dict[str, list[ReaderQuestion]] = defaultdict(list)
    for question in questions:
        groups[question.source].append(question)
    learnt, held = chosen(questions, Split.TRAIN), chosen(own, Split.TEST)
    seen_by = {source: baseline(group) for source, group in (*sorted(groups.items()), ("own files", own))}
    for source, seen in (seen_by | {"own test questions, by the whole train split": baseline(learnt, held)}).items():
        print(f"{source}: {seen.auc:.3f}")
        print(f"  near miss: {' '.join(seen.near_miss_words)}\n  answerable: {' '.join(seen.answerable_words)}")


def main() -> int:
    """Check what stands in the repository and beside it."""
    try:
        questions = load_questions(OWN, SHARED)
    except UsageError as error:
        print(error.message)
        return 1
    faults = check(questions, wordings(MEASURED_WITH))
    print("\n".join([*faults, f"{len(faults)} faults in {len(questions):,} questions"]))
    _print_counts(questions)
    _print_cues(questions)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
