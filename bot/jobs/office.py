"""Where the API hands in jobs and asks after them. Sees to it that there is a process that does them."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from filelock import Timeout
from pydantic import SecretStr

from bot.jobs.closing import Workshop, close_cut_off, job_lock, placed
from bot.jobs.queue import Job, Kind, State
from bot.storage.database import Database
from kb.errors import HandwijzerError
from kb.settings import Settings

_STOP_S = 20
_log = logging.getLogger(__name__)


class JobOffice:
    """The jobs of one data folder. Safe to use from several threads, and from several servers at once.

    Every method raises `StorageError` when the database can not be used.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._shop = Workshop(settings, database)
        self._queue = self._shop.queue
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()

    def hand_in(self, kind: Kind, work: dict[str, Any], caller: str, job_id: str | None = None) -> Job:
        """Queue a job and return it. Raises `QueueFullError`."""
        job = self._queue.add(kind, work, caller, job_id)
        self._see_to_it()
        return job

    def get(self, job_id: str) -> Job:
        """Return a job as it is now. Raises `NotFoundError`."""
        self._see_to_it()
        return self._queue.get(job_id)

    def page(self, start: int, count: int) -> tuple[list[Job], int]:
        """Return ``count`` jobs from ``start`` on, newest first, and how many there are."""
        self._see_to_it()
        return self._queue.page(start, count)

    def brings(self, file: str) -> bool:
        """Tell whether an upload of ``file`` waits or runs."""
        return any(job.kind is Kind.UPLOAD and placed(job).file == file for job in self._queue.opened())

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Go on with the jobs that an earlier server left, and stop with this one."""
        try:
            await to_thread(self._see_to_it)
        except HandwijzerError as error:  # a server starts without its database too
            _log.error("%s", error.message)
        try:
            yield
        finally:
            await to_thread(self._stop)

    def _stop(self) -> None:
        """Stop the process, if it is ours. The job that it does waits for the next server."""
        with self._starting:
            process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _see_to_it(self) -> None:
        """Close the jobs of a process that is gone, and start one when jobs wait and none is there."""
        if not self._queue.opened():
            return
        with self._starting:
            try:
                with job_lock(self._shop.settings.data_dir):
                    close_cut_off(self._shop)
            except Timeout:
                return
            if any(job.state is State.WAITING for job in self._queue.opened()):
                self._start_process()

    def _start_process(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(_STOP_S)  # it gave up the lock: there is nothing that it still does
        here, there = os.pipe()
        with open(here, "rb") as told:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.jobs", str(there)], stdin=subprocess.PIPE, pass_fds=[there],
                start_new_session=True,
            )  # fmt: skip
            os.close(there)
            self._process = process
            assert process.stdin
            # Not on the command line, where every user of the computer could read a password.
            process.stdin.write(json.dumps(_values(self._shop.settings)).encode() + b"\n")
            process.stdin.flush()
            told.read()  # until it has the lock, or leaves the jobs to another


def _values(settings: Settings) -> dict[str, Any]:
    secrets = {name: value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)}
    return settings.model_dump(mode="json") | secrets
