"""On what was measured: figures from another machine, another version or a busy hour can not be compared."""

from __future__ import annotations

import os
import platform
import resource
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kb.encoder import default_threads

_PACKAGES = (
    "handwijzer", "onnxruntime", "chromadb", "bm25s", "torch", "sentence-transformers", "llama-index-core",
)  # fmt: skip


def describe_machine() -> dict[str, Any]:
    """Return processor, cores, memory (MB of 10^6 bytes), Python and the versions of what was measured."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "encoder_threads": default_threads(),
        "memory_mb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }


@dataclass(frozen=True, slots=True)
class Busyness:
    """A moment: CPU seconds spent by the machine, by this process with its finished children, and all there were."""

    machine_s: float
    own_s: float
    available_s: float

    @classmethod
    def now(cls) -> Busyness | None:
        """Read the clocks; None where the system has no /proc/stat."""
        try:
            fields = Path("/proc/stat").read_text("utf-8").splitlines()[0].split()[1:9]
        except OSError:
            return None
        ticks = [int(field) / os.sysconf("SC_CLK_TCK") for field in fields]
        idle = ticks[3] + ticks[4]
        times = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(sum(ticks) - idle, sum(used.ru_utime + used.ru_stime for used in times), sum(ticks))

    def others_share(self) -> float | None:
        """Return which share of the machine other programs took since this moment (0–1)."""
        now = Busyness.now()
        if now is None or now.available_s <= self.available_s:
            return None
        others = (now.machine_s - self.machine_s) - (now.own_s - self.own_s)
        return round(max(0.0, others / (now.available_s - self.available_s)), 3)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
