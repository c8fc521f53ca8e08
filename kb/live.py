"""The live release of a data folder, taken over as soon as a new one is published.

Whoever is busy with the old release keeps it until done: a `Retriever` is handed out per question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date

from kb.encoder import Encoder
from kb.reader import Reader
from kb.releases import ReleaseStore
from kb.retrieval import Retriever

_LOOK_EVERY_S = 0.5


class LiveKnowledge:
    """Hands out a retriever on the live release. Safe to use from several threads.

    ``today`` tells the day on which documents must hold.
    """

    def __init__(
        self,
        store: ReleaseStore,
        encoder: Encoder,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = date.today,
        reader: Reader | None = None,
    ) -> None:
        self.store = store
        self.encoder = encoder
        self.reader = reader
        self.today = today
        self._clock = clock
        self._lock = threading.Lock()
        self._retriever: Retriever | None = None
        self._looked_at = float("-inf")

    def retriever(self) -> Retriever:
        """Return a retriever on the live release.

        Raises `ReleaseError` or `EncoderMismatchError` when there is none that can be used. A new release that
        cannot be opened does not replace one that works.
        """
        current = self._retriever
        # What is erased everywhere is gone from the disk at once: nobody waits for the next look then.
        there = current is not None and current.release.folder.is_dir()
        if current is not None and there and self._clock() - self._looked_at < _LOOK_EVERY_S:
            return current
        # One thread looks for news; the others go on with what they have, or wait when that is nothing.
        if not self._lock.acquire(blocking=not there):
            return current  # type: ignore[return-value]  # not blocking only when current is set
        try:
            return self._refresh()
        finally:
            self._lock.release()

    def _refresh(self) -> Retriever:
        current = self._retriever
        live = self.store.live_id()
        if current is None or live != current.release.id:
            try:
                self._retriever = current = Retriever(self.store.open(live), self.encoder, self.reader)
            except Exception:
                # What was taken out on purpose must not be told from memory.
                if self.store.unpublished():
                    self._retriever = current = None
                if current is None:
                    raise
        self._looked_at = self._clock()
        return current
