"""A minute of more work than the machine can do, under two keys: nothing may break, grow, or push the other aside."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

from eval.bench.measures import Figures, latency
from eval.bench.server import Server
from eval.bench.subject import Subject

# How much of the beginning and of the end memory is averaged over.
_EDGE_S = 10.0


def put_load(
    subject: Subject, server: Server, questions: Sequence[str], keys: Sequence[str | None], seconds: float
) -> dict[str, Any]:
    """Let one client for each of ``keys`` ask for ``seconds``; see `eval.bench.client.put_load`."""
    return subject.workplace.run(
        "client", action="load", port=server.port, server=server.pid, questions=list(questions), keys=list(keys),
        seconds=seconds,
    ).result  # fmt: skip


def measure_soak(subject: Subject, server: Server, questions: Sequence[str]) -> Figures:
    """Let one key keep the server busy with all clients but one, and another key have that one.

    Memory is the mean over the first and over the last ten seconds. ``quiet_to_busy_p50`` is 1 when a question waits
    behind everything that came before it, and less when the keys take turns.
    """
    plan = subject.plan
    clients = max(plan.clients)
    busy, quiet = (_key(subject, name) for name in ("druk", "rustig"))
    subject.workplace.progress("Een minuut druk", 0, 1)
    load = put_load(subject, server, questions, [*[busy] * (clients - 1), quiet], plan.soak_seconds)
    subject.workplace.progress("Een minuut druk", 1, 1)
    *many, few = load["times_ms"]
    times = [value for row in many for value in row]
    memory = [(second, mb) for second, mb in load["memory_mb"] if mb is not None]
    return {
        "clients": clients,
        "seconds": round(load["seconds"], 1),
        "requests": len(times) + len(few),
        "statuses": load["statuses"],
        "server_errors": sum(count for status, count in load["statuses"].items() if not 200 <= int(status) < 500),
        "memory_first_mb": _mean([mb for second, mb in memory if second <= _EDGE_S]),
        "memory_last_mb": _mean([mb for second, mb in memory if second >= load["seconds"] - _EDGE_S]),
        "busy_key": latency(times),
        "quiet_key": latency(few),
        "quiet_to_busy_p50": round(median(few) / median(times), 2),
    }


def _key(subject: Subject, name: str) -> str:
    made, _ = subject.workplace.handwijzer(
        subject.data_dir, "keys", "create", "--role", "lezen", "--name", name, "--rate", "1000000"
    )
    return str(made["sleutel"])


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 1) if values else None
