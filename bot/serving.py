"""Runs the web application in one process or several, until it is told to stop."""

from __future__ import annotations

import os
from contextlib import suppress
from math import ceil
from tempfile import TemporaryDirectory

from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from bot.monitoring.logs import log_config
from bot.monitoring.metrics import SHARED_DIR
from kb.settings import Settings

# How long answers that are being made may go on when the server stops, beside what a language model may take.
_FINISH_S = 10
# A worker that says nothing for so long is replaced.
_HUNG_S = 30


def run_server(factory: str, host: str, port: int, workers: int, settings: Settings) -> bool:
    """Serve what ``factory`` (module:function) makes in ``workers`` processes; False when they can not start.

    The workers share nothing but the port, the data folder and a folder in which measurements add up.
    """
    config = Config(
        factory, factory=True, host=host, port=port, workers=workers,
        http="bot.api.connections:BoundedProtocol", ws="none",
        log_config=log_config(settings), log_level="warning", access_log=False,
        server_header=False, proxy_headers=False,
        timeout_worker_healthcheck=_HUNG_S,
        timeout_graceful_shutdown=_FINISH_S + (ceil(settings.llm_timeout) if settings.llm_url else 0),
    )  # fmt: skip
    if workers == 1:
        server = Server(config)
        with suppress(KeyboardInterrupt):
            server.run()
        return server.started
    with TemporaryDirectory(prefix="handwijzer-") as folder:
        os.environ[SHARED_DIR] = folder
        supervisor = _Supervisor(config, [config.bind_socket()])
        supervisor.run()
        return all(process.exitcode != STARTUP_FAILURE for process in supervisor.processes)


class _Supervisor(Multiprocess):
    def terminate_all(self) -> None:
        """Stop the workers, and first let go of the port: who comes now is refused at once instead of left waiting."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()
