"""Train the reader: ``python -m eval.reader.train --hours 2.5`` writes adapters and a card; ``--resume`` goes on.

Runs on 2 CPU cores in the time given, or on a GPU (``--device cuda``). What was chosen, and what it takes:
docs/decisions/0024-reader-training.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import platformdirs
import torch

from eval.reader.candidates import CACHE, Candidates, candidates, data_digest
from eval.reader.data import ReaderQuestion, Split, chosen, held_out_passages, load_questions
from eval.reader.lessons import lessons
from eval.reader.loading import prepared, write_reader
from eval.reader.texts import Texts
from eval.reader.training import Budget, Progress, Recipe, Run
from kb.encoder import Encoder, load_encoder
from kb.errors import HandwijzerError
from kb.reader_model import Reader, Shape
from kb.settings import load_settings

# Of the answerable development questions every so many is read while training; of near misses all, at a pair each.
_DEV_STEP = 6
# Negatives are drawn from the best of these; with a share of the passages fewer are left.
_TRAINED_BESIDE, READ_BESIDE = 24, 8


def held_out(
    questions: Sequence[ReaderQuestion], split: Split, encoder: Encoder, cache: Path = CACHE
) -> list[tuple[ReaderQuestion, Candidates]]:
    """Return the questions of a held-out split with their candidates, among the passages of both held-out splits."""
    asked, passages = chosen(questions, split), held_out_passages(questions)
    return list(zip(asked, candidates(asked, passages, READ_BESIDE, encoder, cache, _say), strict=True))


def _trained_on(questions: Sequence[ReaderQuestion], encoder: Encoder) -> list[tuple[ReaderQuestion, Candidates]]:
    """Return the questions of the train split with their candidates, among the passages of that split."""
    asked = chosen(questions, Split.TRAIN)
    passages = list(dict.fromkeys(question.passage for question in asked))
    found: dict[ReaderQuestion, Candidates] = {}
    # Of a near miss only its own passage is read.
    for answerable, count in ((True, _TRAINED_BESIDE), (False, 1)):
        these = [question for question in asked if question.answerable is answerable]
        found |= zip(these, candidates(these, passages, count, encoder, CACHE, _say), strict=True)
    return [(question, found[question]) for question in asked]


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    recipe = Recipe()
    parser = argparse.ArgumentParser(prog="python -m eval.reader.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(platformdirs.user_data_dir("handwijzer")) / "reader")
    parser.add_argument("--hours", type=float, default=2.5, help="at most so long, preparation counted")
    parser.add_argument("--steps", type=int, help="so many steps, also when there is time for more")
    parser.add_argument("--share", type=float, default=1.0, help="of the passages to train on, for a learning curve")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=recipe.rate)
    parser.add_argument("--rank", type=int, default=recipe.shape.rank)
    parser.add_argument("--joined-from", type=int, default=recipe.shape.joined_from)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    return parser.parse_args(arguments)


def train(options: argparse.Namespace, began: float) -> Progress:
    """Train as the command line says. ``began``: when that was given, by the monotonic clock."""
    settings = load_settings()
    encoder = prepared(settings.encoder, settings.model_dir)
    served = load_encoder(settings.encoder, settings.model_dir)
    questions = load_questions()
    _say(f"{len(questions):,} questions; looking for passages to read them beside")
    asked = _trained_on(questions, served)
    dev = held_out(questions, Split.DEV, served)
    every = [one for one in dev if one[0].answerable][::_DEV_STEP]
    every += [one for one in dev if not one[0].answerable]

    torch.manual_seed(options.seed)
    recipe = Recipe(Shape(options.joined_from, options.rank), options.rate)
    reader = Reader(encoder.bert, recipe.shape).to(options.device)
    texts = Texts(reader, encoder.tokeniser, dict.fromkeys(question.passage for question in questions))
    learnt = lessons(asked, options.share)
    card = {
        "encoder": encoder.fingerprint,
        "encoder_name": encoder.name,
        "data": data_digest(questions),
        "seed": options.seed,
        "share": options.share,
        "questions": len(learnt),
        "recipe": asdict(recipe),
        "torch": torch.__version__,
    }

    def keep(progress: Progress) -> None:
        about = {
            "hours": options.hours,
            "step": progress.step,
            "planned_steps": progress.total,
            "ended_before": progress.ended,
        }
        write_reader(options.out, reader, card | about | {"development": progress.history})

    identity = sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()
    run = Run(
        reader, texts, learnt, every, recipe, options.seed, options.out, identity, keep, _say, time.monotonic, began
    )
    if options.resume:
        run.resume()
    sizes = sum(value.numel() for value in reader.learnt().values())
    _say(f"{len(learnt):,} questions to learn from, {sizes:,} weights to learn, from step {run.progress.step}")
    return run.go(Budget(options.hours, options.steps))


def main(arguments: Sequence[str]) -> int:
    """Train; progress on stdout."""
    began = time.monotonic()
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_num_threads(1)
    try:
        progress = train(_arguments(arguments), began)
    except HandwijzerError as error:
        print(error.message)
        return error.exit_code
    _say(f"{progress.step} steps of {progress.total} in {progress.seconds / 60:.0f} minutes; best {progress.best:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
