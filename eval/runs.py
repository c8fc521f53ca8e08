"""A run: a question set asked to one release, with its figures and every row; stored under ``data/eval/<id>.json``."""

from __future__ import annotations

import json
import platform
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.abstention import model_of
from bot.answers import Turn
from bot.generative.writer import Writer
from bot.service import Examined, Parts, examine
from eval.figures import Figures, aggregate
from eval.questions import Asked, QuestionSet
from eval.scoring import Cited, Row, score
from eval.statistics import CalibrationBin, Figure, calibration
from kb.errors import NotFoundError, UsageError
from kb.retrieval import Retriever

Progress = Callable[[str, int, int], None]
_PHASE = "Vragen stellen"


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured. ``questions``: the digest of the set; ``setting``: what the figures depend on besides."""

    id: str
    created: str
    release: str
    encoder: str
    questions: str
    setting: dict[str, Any]
    figures: dict[str, dict[str, Figures]]
    calibration: list[CalibrationBin]
    rows: list[Row] = field(default_factory=list)

    def as_json(self, *, rows: bool = True) -> dict[str, Any]:
        """Return the run as plain values, keys in English snake_case; without its rows when asked."""
        content = asdict(self)
        if not rows:
            del content["rows"]
        return content


def measure(
    retriever: Retriever,
    questions: QuestionSet,
    parts: Parts | None = None,
    progress: Progress = lambda phase, done, total: None,
    phase: str = _PHASE,
    writer: Writer | None = None,
) -> Run:
    """Ask everything in ``questions`` and return the run. With a ``writer`` a language model words the answers."""
    parts = parts or Parts()
    rows = ask_all(retriever, questions, parts, progress, phase, writer)
    single = [row for row in rows if not row.turn]
    reader = retriever.reader_for(parts.legs)
    return Run(
        id=f"e{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        release=retriever.release.id,
        encoder=retriever.release.manifest.encoder_name,
        questions=questions.digest,
        setting={
            "passages": len(retriever.release.passages),
            "documents": len(retriever.release.documents),
            "single_questions": len(questions.questions),
            "conversations": len(questions.conversations),
            "parts": asdict(replace(parts, threshold=_threshold(retriever, parts))),
            "reader": reader.name if reader else None,
            "hints": len(retriever.release.hints.rows) if parts.legs.hints else 0,
            "generative": writer is not None,
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
        },
        figures=aggregate(rows),
        calibration=calibration([row.answerable for row in single], [row.probability for row in single]),
        rows=rows,
    )


def ask_all(
    retriever: Retriever,
    questions: QuestionSet,
    parts: Parts | None = None,
    progress: Progress = lambda phase, done, total: None,
    phase: str = _PHASE,
    writer: Writer | None = None,
) -> list[Row]:
    """Ask everything in ``questions`` and return the scored rows, without figures over them."""
    parts = parts or Parts()
    total = len(questions.questions) + len(questions.conversations)
    # Loading what is loaded once must not count as the latency of the first question.
    examine(retriever, "opwarmen", parts=parts)
    rows: list[Row] = []
    for done, found in enumerate(_rows(retriever, questions, parts, writer), 1):
        rows += found
        progress(phase, done, total)
    return rows


def _threshold(retriever: Retriever, parts: Parts) -> float:
    return model_of(reads=retriever.reads(parts.legs)).threshold if parts.threshold is None else parts.threshold


def _rows(retriever: Retriever, questions: QuestionSet, parts: Parts, writer: Writer | None) -> Iterator[list[Row]]:
    release = retriever.release
    for question in questions.questions:
        examined, latency_ms = _timed(retriever, question, (), parts, writer)
        yield [score(question.id, question, release, examined, latency_ms,
                     type_=question.type.value, split=question.split.value)]  # fmt: skip
    for conversation in questions.conversations:
        turns: list[Turn] = []
        rows: list[Row] = []
        for number, asked in enumerate(conversation.beurten, 1):
            examined, latency_ms = _timed(retriever, asked, tuple(turns), parts, writer)
            earlier = tuple(turn.text for turn in turns if turn.role == "gebruiker")
            rows.append(score(f"{conversation.id}/{number}", asked, release, examined, latency_ms,
                              type_=conversation.type.value, split=conversation.split.value,
                              earlier=earlier, turn=number))  # fmt: skip
            turns += [Turn(role="gebruiker", text=asked.vraag), Turn(role="assistent", text=examined.answer.text)]
        yield rows


def _timed(
    retriever: Retriever, asked: Asked, turns: tuple[Turn, ...], parts: Parts, writer: Writer | None
) -> tuple[Examined, float]:
    began = time.perf_counter()
    examined = examine(retriever, asked.vraag, turns, parts=parts, writer=writer)
    return examined, (time.perf_counter() - began) * 1000


class RunStore:
    """The runs of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "eval"

    def save(self, run: Run) -> Path:
        """Store a run and return its file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / f"{run.id}.json"
        fresh = target.with_suffix(".tmp")
        fresh.write_text(json.dumps(run.as_json(), ensure_ascii=False), encoding="utf-8")
        fresh.replace(target)
        return target

    def ids(self) -> list[str]:
        """Return the stored runs, newest first."""
        return sorted((path.stem for path in self._folder.glob("e*.json")), reverse=True)

    def load(self, name: str) -> Run:
        """Read a run by its id, by the path of its file, or the newest as "laatste". Raises `NotFoundError`."""
        if name == "laatste" and self.ids():
            name = self.ids()[0]
        path = Path(name) if Path(name).suffix == ".json" else self._folder / f"{name}.json"
        if not path.is_file():
            known = ", ".join(self.ids()[:5]) or "nog geen"
            raise NotFoundError(f"De meting {name} bestaat niet. Bewaarde metingen: {known}.")
        return load_run(path)


def load_run(path: Path) -> Run:
    """Read a stored run. Raises `UsageError` when the file is not one."""
    try:
        content = json.loads(path.read_text("utf-8"))
        content["figures"] = {
            grouping: {
                group: {name: Figure(**figure) for name, figure in found.items()} for group, found in groups.items()
            }
            for grouping, groups in content["figures"].items()
        }
        content["calibration"] = [CalibrationBin(**row) for row in content["calibration"]]
        content["rows"] = [_row(row) for row in content["rows"]]
        return Run(**content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{path} is geen bewaarde meting, of is beschadigd.") from error


def _row(content: dict[str, Any]) -> Row:
    for name in ("kinds", "asked", "missing_facts"):
        content[name] = tuple(content[name])
    for name in ("facts", "evidence"):
        content[name] = tuple(tuple(part) for part in content[name])
    content["sources"] = tuple(Cited(**source) for source in content["sources"])
    return Row(**content)
