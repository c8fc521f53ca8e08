"""One run of the bench: both sides in turn, then this system's server, then knowledge bases of growing size."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.bench.comparison import compare_ingest, compare_questions, prepare_peer
from eval.bench.machine import Busyness, describe_machine
from eval.bench.measures import Figures, ratios, targets
from eval.bench.processes import Progress, Workplace
from eval.bench.product import measure_scale, measure_server
from eval.bench.reingest import measure_many, measure_reingest
from eval.bench.subject import Plan, Subject
from eval.questions import SHIPPED, load_questions
from kb.encoder import prepared_fingerprint
from kb.errors import UsageError
from kb.reader import belongs, ensure_reader
from kb.releases import ReleaseStore
from kb.settings import Settings


def run_bench(
    settings: Settings,
    *,
    passages: int,
    report: Path | None,
    progress: Progress,
    plan: Plan | None = None,
) -> dict[str, Any]:
    """Measure and return the figures; ``passages`` is the size of the largest knowledge base.

    The corpus is that of ``settings``; hits count for the shipped questions whose evidence it holds. Nothing is
    written into the data folder of ``settings``. With ``report`` the figures (`bench.json`) and the curves
    (`bench.svg`) are written there. Raises `UsageError` when ``passages`` is less than 1, `HandwijzerError` when a
    measured process fails.
    """
    if passages < 1:
        raise UsageError("Meten kan vanaf 1 passage. Voer bijvoorbeeld uit: handwijzer bench --passages 10000")
    began, before = time.monotonic(), Busyness.now()
    plan = plan or Plan()
    questions = [question for question in load_questions(SHIPPED).questions if question.answerable]
    reader = _reader(settings)
    with tempfile.TemporaryDirectory(prefix="handwijzer-bench-") as folder:
        workplace = Workplace(Path(folder), settings, progress)
        data_dir = workplace.scratch / "data"
        reingest = measure_reingest(workplace, plan, data_dir)
        subject = Subject(workplace, plan, data_dir, ReleaseStore(data_dir).open(), questions[: plan.questions], reader)
        peer = prepare_peer(subject)
        release = subject.release
        figures: Figures = {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": describe_machine(),
            "corpus": {
                "documents": len(release.documents),
                "passages": len(release.passages),
                "encoder": release.manifest.encoder_name,
                "reader": reader or None,
            },
            "repetitions": plan.repetitions,
            "ingest": compare_ingest(subject, peer),
            "questions": compare_questions(subject, peer),
            "reingest": reingest | {"many": measure_many(workplace, plan, release, passages)},
        }
        figures["start"], figures["load"] = measure_server(subject)
        figures["scale"] = measure_scale(subject, passages)
    figures["ratios"] = ratios(figures)
    figures["targets"] = targets(figures)
    figures["machine"]["busy_with_others_share"] = before.others_share() if before else None
    figures["duration_s"] = round(time.monotonic() - began, 1)
    if report is not None:
        from eval.bench.plot import plot_scale

        report.mkdir(parents=True, exist_ok=True)
        plot_scale(figures["scale"]["points"], report / "bench.svg")
        content = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
        (report / "bench.json").write_text(content, encoding="utf-8")
    return figures


def _reader(settings: Settings) -> str:
    """Return the name of the reader that the server reads with, empty when there is none. It and the encoder are made
    ready here: what is done once is not what is measured."""
    fingerprint = prepared_fingerprint(settings.encoder, settings.model_dir)
    if not belongs(settings.reader, fingerprint):
        return ""
    ensure_reader(settings.reader, settings.encoder, settings.model_dir)
    return settings.reader
