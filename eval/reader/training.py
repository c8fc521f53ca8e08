"""One training run: steps until its time or number is used up, kept in checkpoints, the best state on the side.

The learning rate warms up, stays, and falls to nothing over the last fifth. Where that begins is the only thing that
depends on the clock: the card of a run says at how many steps it ended, and with that number of steps the same seed
gives the same weights (on the same kind of machine). A run that ended and was given more time says where it ended
before, too: to repeat it takes as many calls.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from eval.reader.candidates import Candidates, Say
from eval.reader.data import ReaderQuestion
from eval.reader.figures import CHOSEN_BY, METHODS, read_all
from eval.reader.lessons import Lesson, of_step
from eval.reader.objective import loss
from eval.reader.outcomes import figures
from eval.reader.side_by_side import side_by_side
from eval.reader.texts import Texts
from kb.errors import UsageError
from kb.reader_model import Reader, Shape

CHECKPOINT = "checkpoint.pt"
_SAVED_EVERY_S = 180
_SAID_EVERY = 10
# What is left of the time for a last stretch that goes slower than the ones before.
_SLACK = 0.03
_WEIGHT_DECAY = 0.01
_LONGEST_GRADIENT = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How is trained. A step reads ``questions``, each beside ``negatives`` passages of its ``hardest``; ``rate`` is
    reached after ``warm_up`` steps; ``cooled`` is the share of the steps over which it falls to zero."""

    shape: Shape = field(default_factory=Shape)
    rate: float = 5e-4
    questions: int = 8
    negatives: int = 3
    hardest: int = 16
    warm_up: int = 100
    cooled: float = 0.2
    dropout: float = 0.1
    evaluated_every: int = 300


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a run lasts: at most ``hours``, and ``steps`` when that is given."""

    hours: float
    steps: int | None = None


@dataclass(slots=True)
class Progress:
    """How far a run is: ``step`` steps done in ``seconds``, of ``total`` (None as long as the clock has not decided);
    ``ended`` tells at which steps it had ended before it was given more time. ``history`` holds the development figures
    by step, ``best`` the highest score among them; ``evaluation_s`` is what the last of them took."""

    step: int = 0
    seconds: float = 0.0
    total: int | None = None
    ended: list[int] = field(default_factory=list)
    best: float = -math.inf
    evaluation_s: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


class Run:
    """Trains a reader. ``identity`` is what a checkpoint must have been made with; ``keep`` is called when a state is
    the best so far; ``clock`` gives seconds, which count from ``began``."""

    def __init__(
        self,
        reader: Reader,
        texts: Texts,
        learnt: Sequence[Lesson],
        dev: Sequence[tuple[ReaderQuestion, Candidates]],
        recipe: Recipe,
        seed: int,
        folder: Path,
        identity: str,
        keep: Callable[[Progress], None],
        say: Say,
        clock: Callable[[], float] = time.monotonic,
        began: float | None = None,
    ) -> None:
        self.reader = reader
        self.progress = Progress()
        self._texts, self._learnt, self._dev, self._recipe, self._seed = texts, learnt, dev, recipe, seed
        self._folder, self._identity, self._keep, self._say, self._clock = folder, identity, keep, say, clock
        self._began = clock() if began is None else began
        self._optimizer = torch.optim.AdamW(reader.learnt().values(), lr=recipe.rate, weight_decay=_WEIGHT_DECAY)

    def resume(self) -> None:
        """Go back to the last checkpoint; after that of a finished run the rate rises again, for as long as `go` gets.

        Raises `UsageError` when there is none, or one of another run.
        """
        file = self._folder / CHECKPOINT
        if not file.is_file():
            raise UsageError(f"{self._folder} holds no checkpoint to resume from")
        stored = torch.load(file, map_location=self.reader.best_sentence.device, weights_only=True)
        if stored["identity"] != self._identity:
            raise UsageError(f"{file} belongs to another run: other data, seed, share, encoder or recipe")
        self.reader.learn(stored["learnt"])
        self._optimizer.load_state_dict(stored["optimizer"])
        self.progress = Progress(**stored["progress"])
        if self.progress.step == self.progress.total:
            self.progress.ended.append(self.progress.step)
            self.progress.total = None
        self._began -= self.progress.seconds

    def go(self, budget: Budget) -> Progress:
        """Train until ``budget`` is used up, and return how far that was."""
        progress = self.progress
        progress.total = budget.steps or progress.total
        saved, losses, pairs, since = self._clock(), [], 0, self._clock()
        if not progress.step:
            self._evaluate()
        while not self._done(budget):
            value, read = self._step()
            losses.append(value)
            pairs += read
            progress.step += 1
            if progress.step % _SAID_EVERY == 0:
                self._say_how_far(losses, pairs / max(self._clock() - since, 1e-6))
                losses, pairs, since = [], 0, self._clock()
            if progress.step % self._recipe.evaluated_every == 0:
                self._evaluate()
                since = self._clock()
            if self._clock() - saved > _SAVED_EVERY_S:
                self.save()
                saved = self._clock()
        progress.total = progress.step
        if progress.history[-1]["step"] != progress.step:
            self._evaluate()
        self.save()
        return progress

    def save(self) -> None:
        """Write a checkpoint, whole or not at all."""
        self.progress.seconds = self._clock() - self._began
        self._folder.mkdir(parents=True, exist_ok=True)
        scratch = self._folder / f"{CHECKPOINT}.part"
        content = {
            "identity": self._identity,
            "learnt": {name: value.detach() for name, value in self.reader.learnt().items()},
            "optimizer": self._optimizer.state_dict(),
            "progress": asdict(self.progress),
        }
        torch.save(content, scratch)
        scratch.replace(self._folder / CHECKPOINT)

    def _done(self, budget: Budget) -> bool:
        progress = self.progress
        seconds = progress.seconds = self._clock() - self._began
        # The last evaluation is within the time as well.
        available = budget.hours * 3600 - progress.evaluation_s
        kept = 1 - self._recipe.cooled
        if progress.total is None and seconds >= kept * (1 - _SLACK) * available:
            progress.total = math.ceil(progress.step / kept)
        return progress.step == progress.total or seconds >= available

    def _step(self) -> tuple[float, int]:
        """Take one step; return its mean loss per question and how many pairs were read."""
        recipe, step = self._recipe, self.progress.step
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.rate * warmth(step, self.progress.total, recipe)
        drawn = of_step(self._learnt, step, recipe.questions, recipe.negatives, recipe.hardest, self._seed)
        # The longest first, so that no thread is left alone with one; added up in the order drawn.
        order = sorted(range(len(drawn)), key=lambda place: -len(drawn[place][1]))
        found = side_by_side(lambda place: self._gradients(*drawn[place], place), order, self.reader.device)
        gradients = dict(zip(order, found, strict=True))
        for number, value in enumerate(self.reader.learnt().values()):
            value.grad = sum(gradients[place][1][number] for place in range(len(drawn))) / len(drawn)
        torch.nn.utils.clip_grad_norm_(self.reader.learnt().values(), _LONGEST_GRADIENT)
        self._optimizer.step()
        pairs = sum(1 + len(beside) for _, beside in drawn)
        return sum(value for value, _ in found) / len(drawn), pairs

    def _gradients(self, lesson: Lesson, beside: Sequence[int], place: int) -> tuple[float, Sequence[Any]]:
        """Return the loss of the question at ``place`` in this step, and what it asks of everything that is learnt."""
        noise = torch.Generator(self.reader.device)
        noise.manual_seed((self._seed * 1_000_003 + self.progress.step) * self._recipe.questions + place)
        pairs = self._texts.pairs(lesson.question, lesson.found, (lesson.own, *beside))
        value = loss(self.reader(pairs, self._recipe.dropout, noise), lesson.question)
        return float(value.detach()), torch.autograd.grad(value, list(self.reader.learnt().values()))

    def _evaluate(self) -> None:
        progress, began = self.progress, self._clock()
        outcomes = read_all(self.reader, self._texts, self._dev)
        found = {
            method: {name: figure.value for name, figure in figures(outcomes, method).items()} for method in METHODS
        }
        progress.evaluation_s = self._clock() - began
        progress.seconds = self._clock() - self._began
        progress.history.append({"step": progress.step, "seconds": round(progress.seconds), **found})
        score = sum(found["reader"].get(name, 0.0) for name in CHOSEN_BY) / len(CHOSEN_BY)
        self._say(f"development, step {progress.step} (chosen by the mean of {', '.join(CHOSEN_BY)}: {score:.3f})")
        for method, values in found.items():
            self._say(f"  {method:<6} " + "  ".join(f"{name} {value:.3f}" for name, value in values.items()))
        if score > progress.best:
            progress.best = score
            self._keep(progress)

    def _say_how_far(self, losses: Sequence[float], speed: float) -> None:
        progress = self.progress
        rate = self._optimizer.param_groups[0]["lr"]
        turns = progress.step * self._recipe.questions / len(self._learnt)
        self._say(
            f"step {progress.step} of {progress.total or '?'}  round {turns:.2f}  {progress.seconds / 60:.1f} min  "
            f"loss {sum(losses) / len(losses):.4f}  rate {rate:.1e}  {speed:.1f} pairs/s"
        )


def warmth(step: int, total: int | None, recipe: Recipe) -> float:
    """Return which share of the learning rate holds at ``step`` of ``total`` (None: not known yet, and not near)."""
    warm = min(1.0, (step + 1) / recipe.warm_up)
    if total is None:
        return warm
    start = math.floor((1 - recipe.cooled) * total + 1e-9)
    return warm if step < start else warm * (total - step) / (total - start)
