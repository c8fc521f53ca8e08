"""What `handwijzer doctor` finds, for everybody who shows it."""

from __future__ import annotations

from datetime import date

from ingest.findings import Finding
from kb.releases import ReleaseStore
from kb.settings import Settings


def examined(store: ReleaseStore, settings: Settings, encoder_fingerprint: str) -> list[Finding]:
    """Return what there is to say about the knowledge base by the settings of now, the worst first."""
    # They bring the readers of all formats, which a server does not wait for when it starts.
    from ingest.doctor import examine
    from ingest.pipeline import recipe
    from ingest.policy import Policy

    rules = recipe(Policy.of(settings))
    return examine(store, encoder_fingerprint, settings.encoder, rules, settings.corpus_dir, date.today())
