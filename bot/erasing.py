"""Forgetting documents that are erased, in all that is kept of them outside the releases."""

from __future__ import annotations

from collections.abc import Collection

from bot.drafts import forget_documents
from bot.feedback import FeedbackStore
from bot.jobs.queue import Job, JobQueue
from bot.own_questions import OwnQuestions
from bot.storage.database import Database
from kb.releases import ReleaseStore
from kb.settings import Settings


class Erasing:
    """What one removal forgets. ``drafts`` is how many files that waited to be published went; ``but`` is its job."""

    def __init__(self, settings: Settings, database: Database, store: ReleaseStore, but: Job | None = None) -> None:
        self.drafts = 0
        self._store = store
        self._but = but
        self._jobs = JobQueue(database, settings.keep_days)
        self._records = (FeedbackStore(database, settings.keep_days), OwnQuestions(settings.data_dir))

    def __call__(self, ids: Collection[str]) -> int:
        """Forget the documents ``ids``, which the store still holds. Returns how many records that were."""
        self.drafts += forget_documents(self._store, ids)
        jobs = self._jobs.forget_documents(ids, but=self._but)
        return jobs + sum(kept.forget_documents(ids) for kept in self._records)

    @property
    def told(self) -> str:
        """What went before it was published, in words; nothing when nothing did."""
        files = "1 klaargezet bestand" if self.drafts == 1 else f"{self.drafts} klaargezette bestanden"
        return f"Ook {files} van dit document {'is' if self.drafts == 1 else 'zijn'} gewist." if self.drafts else ""
