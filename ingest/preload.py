"""What every worker needs, loaded once in the process that workers are forked from. See `ingest.workers`."""

from __future__ import annotations

import ingest.inspection  # noqa: F401
from ingest.language import language_of

language_of("Deze zin laat het model van de talen laden voordat er een bestand wordt gelezen.")
