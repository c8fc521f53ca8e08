"""What Prometheus is told: how long requests and the phases of an answer take, and what became of them.

Several workers add up what they measure through files in the folder that ``PROMETHEUS_MULTIPROC_DIR`` names;
`handwijzer serve` makes it, and it has to be set before the client library is imported. Labels have few values, and
none comes from what a user typed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from bot.answers import AnswerStatus, Method
from bot.observing import Phase

SHARED_DIR = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REFUSALS = ("toegang", "traag", "te-groot", "limiet", "aandeel", "vol", "wachttijd")
_REQUEST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_PHASE_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

disable_created_metrics()  # type: ignore[no-untyped-call]  # when counting began doubles every line, and says little


class Metrics:
    """The measurements of one process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self._requests = Histogram(
            "handwijzer_request_seconds", "Duur van een verzoek", ("method", "route", "status"),
            buckets=_REQUEST_S, registry=own,
        )  # fmt: skip
        self._phases = Histogram(
            "handwijzer_phase_seconds", "Duur van een fase van het antwoorden", ("phase",),
            buckets=_PHASE_S, registry=own,
        )  # fmt: skip
        self._answers = Counter("handwijzer_answers", "Gegeven antwoorden", ("status", "method"), registry=own)
        self._not_found = Counter("handwijzer_refusals", "Vragen zonder antwoord in de documenten", registry=own)
        self._failures = Counter("handwijzer_llm_failures", "Antwoorden waarbij het schrijfmodel uitviel", registry=own)
        self._dropped = Counter(
            "handwijzer_dropped_sentences", "Zinnen van het schrijfmodel die de bronnen niet bevestigden", registry=own
        )
        self._refused = Counter("handwijzer_refused_requests", "Geweigerde verzoeken", ("reason",), registry=own)
        self._busy = Gauge(
            "handwijzer_busy_slots", "Antwoorden die nu worden gemaakt", multiprocess_mode="livesum", registry=own
        )
        self._waiting = Gauge(
            "handwijzer_waiting_questions", "Vragen die op hun beurt wachten", multiprocess_mode="livesum", registry=own
        )
        self._age = Gauge(
            "handwijzer_release_age_seconds", "Leeftijd van de live release", multiprocess_mode="livemostrecent",
            registry=own,
        )  # fmt: skip
        # What did not happen yet counts zero, so that its first time is seen as a rise.
        for phase in Phase:
            self._phases.labels(phase.value)
        for status, method in ((s, m) for s in AnswerStatus for m in Method):
            self._answers.labels(status.value, method.value)
        for reason in REFUSALS:
            self._refused.labels(reason)
        _forget_the_dead()

    def request(self, method: str, route: str, status: int, seconds: float, refused: str | None) -> None:
        """Count a request that took ``seconds``; ``refused`` is one of `REFUSALS`."""
        self._requests.labels(method, route, str(status)).observe(seconds)
        if refused:
            self._refused.labels(refused).inc()

    def phase(self, phase: Phase, seconds: float) -> None:
        """Count a phase that took ``seconds``."""
        self._phases.labels(phase.value).observe(seconds)

    def answer(self, status: AnswerStatus, method: Method, *, searched: bool, dropped: int, failed: bool) -> None:
        """Count an answer; ``dropped`` and ``failed`` as in `bot.service.Examined`. Small talk was not ``searched``."""
        self._answers.labels(status.value, method.value).inc()
        self._not_found.inc(searched and status is AnswerStatus.NOT_FOUND)
        self._dropped.inc(dropped)
        self._failures.inc(failed)

    def slots(self, busy: int, waiting: int) -> None:
        """Tell how many answers are being made, and how many questions wait."""
        self._busy.set(busy)
        self._waiting.set(waiting)

    def text(self, release_age_s: float) -> bytes:
        """Return everything as Prometheus reads it, of all workers together; an age of NaN is none."""
        self._age.set(release_age_s)
        registry = self._registry
        if SHARED_DIR in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _forget_the_dead() -> None:
    """Take out what workers that are no more said about this moment; what they counted stays."""
    shared = os.environ.get(SHARED_DIR)
    for file in Path(shared).glob("gauge_live*.db") if shared else ():
        process = int(file.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):
                mark_process_dead(process)  # type: ignore[no-untyped-call]
        except PermissionError:  # another user's: the number was given out again
            pass
