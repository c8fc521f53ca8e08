"""The real server, started as its users start it: how soon it is ready and how much memory it takes."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.bench.processes import Workplace, failed
from eval.bench.worker import peak_rss_mb

_HOST = "127.0.0.1"
_LIMIT_S = 120
_LOOK_EVERY_S = 0.01


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. ``ready_s``: seconds from the start of its process until /readyz said 200."""

    port: int
    pid: int
    ready_s: float

    def peak_rss_mb(self) -> float | None:
        """Return its highest resident memory so far, None where the system does not tell."""
        return peak_rss_mb(self.pid)

    def page(self) -> None:
        """Fetch the chat page, which is there some seconds after the API."""
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=_LIMIT_S)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()

    def ask(self, question: str) -> None:
        """Ask one question over HTTP."""
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=_LIMIT_S)
        body = json.dumps({"vraag": question})
        connection.request("POST", "/v1/vragen", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
        connection.close()


@contextlib.contextmanager
def serving(workplace: Workplace, data_dir: Path) -> Iterator[Server]:
    """Run ``handwijzer serve`` on ``data_dir``. Raises `HandwijzerError` when it stops or does not get ready."""
    port = _free_port()
    log = workplace.scratch / "serve.log"
    with log.open("a", encoding="utf-8") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "handwijzer", "serve", "--host", _HOST, "--port", str(port)],
            stdout=errors,
            stderr=errors,
            env=workplace.environment(data_dir),
            cwd=workplace.scratch,
        )
        try:
            while not _ready(port):
                if process.poll() is not None or time.perf_counter() - began > _LIMIT_S:
                    raise failed("handwijzer serve", log)
                time.sleep(_LOOK_EVERY_S)
            yield Server(port, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=_LIMIT_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
