"""The process that does the jobs: one for a data folder, with the encoder in it, gone soon after the last job."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from logging.config import dictConfig
from typing import NoReturn

from filelock import Timeout

from bot.jobs.closing import Outcome, Workshop, close, close_cut_off, job_lock, placed
from bot.jobs.queue import Job, JobQueue, Kind, State
from bot.jobs.work import do
from bot.monitoring.logs import log_config, where
from bot.storage.database import Database
from ingest.placing import settle, unsettled
from kb.errors import HandwijzerError, IngestBusyError, StorageError
from kb.settings import Settings

# Long enough to outlast whoever looks whether the lock is free.
_PATIENCE_S = 2.0
# Somebody who uploads file after file does not wait for the encoder each time.
_LINGER_S = 5.0
# Files that are dropped at once come one by one, and go together.
_QUIET, _QUIET_AT_MOST = timedelta(seconds=1), timedelta(seconds=10)
_LOOK_S = 0.2
_TOLD_S = 0.3
_BUSY_S = 15 * 60
_NICENESS = 10
_ABANDONED_S = 60 * 60
_log = logging.getLogger(__name__)


class Stopped(BaseException):
    """The server stops. Not an `Exception`: nothing that handles those may hold it up."""


def main(told: int) -> None:
    """Do the jobs of the settings on standard input, a line of JSON, until none is left or standard input ends.

    Closes ``told``, a file descriptor, as soon as this process is the one that does them.
    """
    # Raw: a thread that waits for a buffered one would trip the end of the process.
    given, waiting = io.FileIO(0, closefd=False), io.FileIO(told, "w")
    settings = Settings(**json.loads(given.readline()))
    dictConfig(log_config(settings))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server, which then stops us
    if os.name == "posix":
        os.nice(_NICENESS)  # answers go first
    shop = Workshop(settings, Database.of(settings))
    try:
        signal.signal(signal.SIGTERM, _stop)
        threading.Thread(target=_stop_after, args=(given,), daemon=True).start()
        while shop.queue.opened():
            with job_lock(settings.data_dir, _PATIENCE_S):
                waiting.close()
                close_cut_off(shop)
                _work_off(shop)
            # What came just before the lock was let go of is seen here; whoever comes later sees that it is free.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except (Stopped, Timeout):  # with a lock that somebody else holds, that one does the jobs
        return
    except HandwijzerError as error:
        _log.error("%s", error.message)


def _stop(signal_number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def _stop_after(given: io.FileIO) -> None:
    """Stop when the server does, also when it is killed: it holds the other end of ``given``."""
    while given.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _work_off(shop: Workshop) -> None:
    """Do job after job until none came for `_LINGER_S`."""
    _settle_abandoned(shop)
    until = time.monotonic() + _LINGER_S
    while time.monotonic() < until:
        opened = shop.queue.opened()
        if opened and opened[0].kind is not Kind.REMOVAL:
            with suppress(HandwijzerError):  # the job will say so
                _ = shop.encoder
        if opened and _has_rested(opened):
            _do(shop, shop.queue.take())
        if opened:
            until = time.monotonic() + _LINGER_S
        time.sleep(_LOOK_S)


def _has_rested(opened: Sequence[Job]) -> bool:
    """Tell whether the jobs can begin: with an upload, whether others that belong with it would have come by now."""
    if opened[0].kind is not Kind.UPLOAD:
        return True
    now = datetime.now(UTC)
    return now - opened[-1].asked > _QUIET or now - opened[0].asked > _QUIET_AT_MOST


def _settle_abandoned(shop: Workshop) -> None:
    """Let go of what came in for uploads whose server was killed before there was a job."""
    corpus_dir = shop.settings.corpus_dir
    busy = {placed(job).token for job in shop.queue.opened() if job.kind is Kind.UPLOAD}
    for token in unsettled(corpus_dir, _ABANDONED_S):
        if token not in busy:
            settle(corpus_dir, token)


def _do(shop: Workshop, jobs: Sequence[Job]) -> None:
    progress = _Progress(shop.queue, jobs)
    try:
        outcomes = _when_free(jobs, shop, progress)
    except Stopped:
        shop.queue.put_back(jobs)
        raise
    except HandwijzerError as error:
        outcomes = [Outcome(State.FAILED, None, error.message)] * len(jobs)
    except Exception as error:
        # The class and place only: the message may hold what stands in a document.
        _log.error("unexpected error in a job: %s", where(error))
        outcomes = [Outcome(State.FAILED, None, "Er ging iets mis dat niemand verwachtte. Meld het.")] * len(jobs)
    # What is done must be noted as done, also when the server stops now.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    for job, outcome in zip(jobs, outcomes, strict=True):
        close(job, outcome, shop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _when_free(jobs: Sequence[Job], shop: Workshop, progress: _Progress) -> list[Outcome]:
    """Do ``jobs`` as soon as no command on the command line is changing the knowledge base."""
    end = time.monotonic() + _BUSY_S
    while True:
        try:
            return do(jobs, shop, progress)
        except IngestBusyError:
            if time.monotonic() > end:
                raise
        progress("Wachten op een ander commando", 0, 0)
        time.sleep(1)


class _Progress:
    """Tells the database how far jobs are, a few times a second at most."""

    def __init__(self, queue: JobQueue, jobs: Sequence[Job]) -> None:
        self._queue, self._jobs = queue, jobs
        self._phase, self._told_at = "", 0.0

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if phase == self._phase and done < total and now - self._told_at < _TOLD_S:
            return
        self._phase, self._told_at = phase, now
        with suppress(StorageError):  # a database that is busy for a moment is no reason to stop
            self._queue.progress(self._jobs, phase, done, total)
