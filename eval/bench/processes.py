"""The outside of a measuring process: start it with the same settings for both sides, hear what it reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb.errors import HandwijzerError
from kb.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a process gave. Times are seconds since it was started: ``events`` by name, ``wall_s`` until its end."""

    result: dict[str, Any]
    events: dict[str, float]
    wall_s: float
    peak_rss_mb: float | None


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where the measuring happens: ``scratch`` is a folder to fill, ``settings`` name the corpus and the encoder."""

    scratch: Path
    settings: Settings
    progress: Progress = field(default=lambda phase, done, total: None)

    def environment(self, data_dir: Path) -> dict[str, str]:
        """Return the environment of a measured process: these settings and no others, nothing over the network."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        own = {
            "DATA_DIR": data_dir.absolute(),
            "CORPUS_DIR": self.settings.corpus_dir.absolute(),
            "MODEL_DIR": self.settings.model_dir.absolute(),
            "ENCODER": self.settings.encoder,
            "THREADS": self.settings.threads,
            "READER": self.settings.reader,
            # Not the limit is measured but what is behind it.
            "RATE_LIMIT": 1_000_000,
        }
        offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        return kept | offline | {
            "ANONYMIZED_TELEMETRY": "False",
            "PYTHONPATH": str(ROOT),
            **{PREFIX + name: str(value) for name, value in own.items()},
        }  # fmt: skip

    def encoder_task(self) -> dict[str, Any]:
        """Return what a worker needs to load the encoder."""
        settings = self.settings
        return {
            "encoder": settings.encoder,
            "model_dir": str(settings.model_dir.absolute()),
            "threads": settings.thread_count,
        }

    def run(self, module: str, **task: Any) -> Outcome:
        """Run ``eval.bench.<module>`` on one task. Raises `HandwijzerError` with its last words when it fails."""
        log = self.scratch / f"{module}.log"
        began = time.perf_counter()
        with log.open("a", encoding="utf-8") as errors:
            # Started in the scratch folder, where no handwijzer.toml or .env is found.
            process = subprocess.Popen(
                [sys.executable, "-m", f"eval.bench.{module}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=self.environment(self.scratch),
                cwd=self.scratch,
            )
            with process:
                try:
                    return self._listen(process, task, began, module, log)
                except BaseException:
                    process.kill()
                    raise

    def _listen(
        self, process: subprocess.Popen[str], task: dict[str, Any], began: float, module: str, log: Path
    ) -> Outcome:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(task))
        process.stdin.close()
        events: dict[str, float] = {}
        message: dict[str, Any] = {}
        for line in process.stdout:
            message = json.loads(line)
            if "event" in message:
                events.setdefault(message["event"], time.perf_counter() - began)
            elif "progress" in message:
                self.progress(*message["progress"])
        if process.wait() or "result" not in message:
            raise failed(f"het onderdeel {module}", log)
        return Outcome(message["result"], events, time.perf_counter() - began, message["peak_rss_mb"])

    def handwijzer(self, data_dir: Path, *arguments: str) -> tuple[dict[str, Any], float]:
        """Run the command line as its users do, with ``--json``; return what it printed and the seconds it took."""
        log = self.scratch / "handwijzer.log"
        began = time.perf_counter()
        with log.open("a", encoding="utf-8") as errors:
            done = subprocess.run(
                [sys.executable, "-m", "handwijzer", *arguments, "--json"],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=self.environment(data_dir),
                cwd=self.scratch,
                check=False,
            )
        wall_s = time.perf_counter() - began
        try:
            return json.loads(done.stdout), wall_s
        except ValueError as error:
            raise failed(f"handwijzer {' '.join(arguments)}", log) from error


def failed(what: str, log: Path) -> HandwijzerError:
    """Return the error that says what failed, with the last line it wrote."""
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    return HandwijzerError(f"Het meten is gestopt: {what} is mislukt. {lines[-1].strip() if lines else ''}".strip())
