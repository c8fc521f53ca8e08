"""This system by itself: starting, serving many at once, growing."""

from __future__ import annotations

from pathlib import Path

from eval.bench.measures import Figures, beside_without, latency, medians, rounded
from eval.bench.processes import ROOT
from eval.bench.server import Server, serving
from eval.bench.soak import measure_soak, put_load
from eval.bench.subject import WARM, Subject

# Real Dutch text in quantity, where it is there: laws that the shipped corpus does not hold.
_EXTRA_TEXTS = ROOT.parent / "shared" / "data" / "texts" / "laws-2015"
_SIZES = (1_000, 10_000, 100_000)
_SERVER_QUESTIONS = 50


def measure_server(subject: Subject) -> tuple[Figures, Figures]:
    """Start the server on the corpus once per repetition, and let the last one answer more and more clients at once.

    Return the figures of starting and those of the load. The clients run on the same machine and take their share.
    """
    runs: list[Figures] = []
    load: Figures = {}
    phase, total = "Server starten", subject.plan.repetitions
    for done in range(total):
        subject.workplace.progress(phase, done, total)
        with serving(subject.workplace, subject.data_dir) as server:
            runs.append(_started(subject, server, 1))
            subject.workplace.progress(phase, done + 1, total)
            if done + 1 == total:
                load = _loaded(subject, server)
    return rounded(medians(runs)), load


def _loaded(subject: Subject, server: Server) -> Figures:
    phase, plan = "Verzoeken per seconde", subject.plan
    questions = [question.vraag for question in subject.questions]
    rows = []
    # Building the page takes the server's attention for some seconds after it is ready.
    server.page()
    for question in questions[:WARM]:
        server.ask(question)
    for done, clients in enumerate(plan.clients):
        subject.workplace.progress(phase, done, len(plan.clients))
        load = put_load(subject, server, questions, [None] * clients, plan.load_seconds)
        times = [value for row in load["times_ms"] for value in row]
        failed = sum(count for status, count in load["statuses"].items() if status != "200")
        counts = {"clients": clients, "requests": len(times), "failures": failed}
        rows.append(counts | {"requests_per_s": round(len(times) / load["seconds"], 1)} | latency(times))
    subject.workplace.progress(phase, len(plan.clients), len(plan.clients))
    soak = measure_soak(subject, server, questions)
    return {"runs": rows, "soak": soak, "serve_peak_rss_mb": server.peak_rss_mb()}


def _started(subject: Subject, server: Server, questions: int) -> Figures:
    """Ask a server that just started some questions, one after the other; return how it started and its memory."""
    for question in subject.questions[:questions]:
        server.ask(question.vraag)
    return {"serve_ready_s": server.ready_s, "serve_peak_rss_mb": server.peak_rss_mb()}


def measure_scale(subject: Subject, largest: int) -> Figures:
    """Build knowledge bases of growing size and ask each the same questions.

    The figures of answering are without the reader, those ``with_reader`` with it; the server is that of the settings.
    Only the first ``vectors_real`` passages are embedded: a hundred thousand would take an hour. The others get a
    blend of real vectors with noise; passages beyond ``texts_real`` are real sentences put together anew.
    """
    workplace, phase = subject.workplace, "Grotere kennisbanken vragen"
    built = workplace.run(
        "scale",
        action="build",
        sizes=sizes(largest),
        encoded=subject.plan.encoded,
        data_dir=str(subject.data_dir),
        extra=str(_EXTRA_TEXTS) if _EXTRA_TEXTS.is_dir() else None,
        target=str(workplace.scratch / "scale"),
        **workplace.encoder_task(),
    ).result["points"]
    points = []
    for done, point in enumerate(built):
        workplace.progress(phase, done, len(built))
        data_dir = Path(point.pop("data_dir"))
        without = _answered(subject, data_dir)
        read = _answered(subject, data_dir, subject.reader) if subject.reader else None
        with serving(workplace, data_dir) as server:
            served = _started(subject, server, _SERVER_QUESTIONS)
        points.append(
            point | without | rounded(served) | {"with_reader": read and read | beside_without(read, without)}
        )
    workplace.progress(phase, len(built), len(built))
    return {"points": points}


def _answered(subject: Subject, data_dir: Path, reader: str = "") -> Figures:
    asked = subject.ask(data_dir, reader=reader)
    inside = {"answered": asked.result["answered"], "load_s": asked.result["load_s"]}
    return rounded(inside | latency(asked.result["times_ms"]) | {"peak_rss_mb": asked.peak_rss_mb})


def sizes(largest: int) -> list[int]:
    """Return the sizes to measure, in passages: powers of ten from a thousand below ``largest``, and ``largest``."""
    return [*(size for size in _SIZES if size < largest), largest]
