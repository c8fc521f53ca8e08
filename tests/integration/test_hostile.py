"""Names, sidecars and texts made to trip an ingest cost at most their own file, and the report tells of each."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from test_ingest import best, statuses

from bot.maintenance import print_report
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.errors import Reason
from kb.releases import ReleaseStore

TEXT = "De mentor belt de ouders op de eerste dag van het verzuim en bespreekt wat er aan de hand is."


class StumblingEncoder:
    """The real encoder, which trips over one word."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if any("struikelblok" in text for text in texts):
            raise ValueError("een fout die niemand verwachtte")
        return self._encoder.count_tokens(texts)


def test_odd_names_are_read_and_told_as_they_are(
    corpus: Path, store: ReleaseStore, encoder: Encoder, tmp_path: Path
) -> None:
    odd = ["nieuwe\nregel.md", "map[/red].md", "<script>.md", f"{'n' * 251}.md", "%s{0}.md", "\x1b[31m.md"]
    (corpus / "map[").mkdir()
    for number, name in enumerate(odd):
        (corpus / name).write_text(f"{TEXT} Nummer {number}.", encoding="utf-8")
    (corpus / os.fsdecode(b"geen\xffutf8.txt")).write_text(f"{TEXT} Zonder kop.", encoding="utf-8")
    (corpus / "lus.md").symlink_to("lus.md")
    os.mkfifo(corpus / "pijp.md")
    (tmp_path / "geheim.md").write_text("Buiten de map.", encoding="utf-8")
    (corpus / "uit.md").symlink_to(tmp_path / "geheim.md")
    report = ingest(store, corpus, encoder)
    assert report.published
    assert statuses(report) == dict.fromkeys([*odd, "geen\ufffdutf8.txt", "verslag.txt", "verzuim.md"], "nieuw")
    json.dumps(report.as_json(), ensure_ascii=False).encode()
    print_report(report, dry_run=False)


def test_what_a_file_says_about_itself_stops_no_other_file(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    (corpus / "adres.md").write_text(f"---\nurl: http://[::1\n---\n{TEXT}\n", encoding="utf-8")
    (corpus / "half.md").write_text(f"{TEXT} Half.", encoding="utf-8")
    (corpus / "half.meta.yaml").write_text('titel: "Half \\uD83D teken"\n', encoding="utf-8")
    (corpus / "onverwacht.md").write_text("Hier ligt een struikelblok.", encoding="utf-8")
    stumbling: Any = StumblingEncoder(encoder)
    report = ingest(store, corpus, stumbling)
    failed = {outcome.file: outcome.reason for outcome in report.outcomes if outcome.reason}
    assert failed == {"adres.md": Reason.METADATA, "onverwacht.md": Reason.DAMAGED}
    assert {details["titel"] for details in report.details} >= {"Half \ufffd teken"}
    assert "mentor" in best(store, encoder, "Wie belt de ouders?")
