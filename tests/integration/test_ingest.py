"""Bringing the knowledge base in line with the files, whatever the files are like."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from ingest.pipeline import ingest
from ingest.policy import PersonalDataRule, Policy
from ingest.report import IngestReport, Status
from kb.encoder import Encoder
from kb.errors import IngestBusyError, IngestError, Reason
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore

ROW_KEYS = {"id", "bestand", "status", "reden", "melding", "passages"}


def statuses(report: IngestReport) -> dict[str, str]:
    return {outcome.file: outcome.status.value for outcome in report.outcomes}


def best(store: ReleaseStore, encoder: Encoder, question: str) -> str:
    return LiveKnowledge(store, encoder).retriever().search(question, 1).hits[0].passage.text


def disk(folder: Path) -> dict[str, bytes]:
    """What stands on the disk; Chroma's own files also change when it is only opened and closed."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path): path.read_bytes() for path in files if "chroma" not in path.parts}


class CountingEncoder:
    """The real encoder, with a count of the texts it was given to embed."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.texts = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode_with_tokens(self, texts: Sequence[str], role: str = "passage") -> Any:
        self.texts += len(texts)
        return self._encoder.encode_with_tokens(texts, role)


def test_every_file_is_reported_with_what_happened_to_it(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    first = ingest(store, corpus, encoder)
    assert statuses(first) == {"verslag.txt": "nieuw", "verzuim.md": "nieuw"}
    (corpus / "verzuim.md").write_text("# Verzuim\n\nDe conciërge meldt verzuim per duif.\n", encoding="utf-8")
    (corpus / "verslag.txt").unlink()
    (corpus / "nieuw.html").write_text("<h1>Nieuw</h1><p>De jeugdarts komt op dinsdag.</p>", encoding="utf-8")
    (corpus / "stuk.pdf").write_bytes(b"%PDF-1.7 en dan niets")
    second = ingest(store, corpus, encoder)
    assert statuses(second) == {
        "nieuw.html": "nieuw", "stuk.pdf": "mislukt", "verslag.txt": "verwijderd", "verzuim.md": "gewijzigd",
    }  # fmt: skip
    assert "duif" in best(store, encoder, "Wie meldt verzuim?")
    assert {document.file for document in store.open().documents.values()} == {"nieuw.html", "verzuim.md"}


def test_the_report_has_the_keys_of_the_contract(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    (corpus / "foto.png").write_bytes(b"\x89PNG\r\n\x1a\n0000")
    shown = ingest(store, corpus, encoder).as_json()
    assert set(shown) >= {"release", "gepubliceerd", "duurS", "documenten"}
    assert shown["release"] == store.live_id()
    assert shown["gepubliceerd"] is True
    rows = {row["bestand"]: row for row in shown["documenten"]}
    assert all(set(row) == ROW_KEYS for row in rows.values())
    assert (rows["foto.png"]["status"], rows["foto.png"]["reden"]) == ("mislukt", "beschadigd")
    assert rows["foto.png"]["passages"] == 0
    assert rows["verzuim.md"]["reden"] is None
    assert rows["verzuim.md"]["passages"] == 2
    ids = {document.id: document.file for document in store.open().documents.values()}
    assert ids[rows["verzuim.md"]["id"]] == "verzuim.md"


def test_nothing_is_built_when_nothing_changed(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    live = ingest(store, corpus, encoder).release
    again = ingest(store, corpus, encoder)
    assert (again.published, again.release) == (False, live)
    assert set(statuses(again).values()) == {"ongewijzigd"}
    assert store.ids() == [live]
    os.utime(corpus / "verzuim.md", (1, 1))
    assert not ingest(store, corpus, encoder).published


def test_one_bad_file_does_not_stop_the_others(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    for name, content in {
        "leeg.md": b"",
        "nul.txt": bytes(2000),
        "geen-zip.docx": b"PK\x03\x04 maar verder niets",
        "kapot.meta.yaml": b"titel: [",
        "kapot.txt": b"Een gewone tekst met een kapotte sidecar.",
        "raar": b"\x00\x01\x02\x03",
    }.items():
        (corpus / name).write_bytes(content)
    report = ingest(store, corpus, encoder)
    failed = {outcome.file: outcome for outcome in report.outcomes if outcome.status is Status.FAILED}
    assert set(failed) == {"leeg.md", "nul.txt", "geen-zip.docx", "kapot.txt", "raar"}
    assert all(outcome.reason and outcome.message for outcome in failed.values())
    assert failed["kapot.txt"].reason is Reason.METADATA
    assert failed["raar"].reason is Reason.UNKNOWN_FORMAT
    assert {document.file for document in store.open().documents.values()} == {"verslag.txt", "verzuim.md"}


def test_a_document_that_became_unreadable_keeps_its_previous_version(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder)
    (corpus / "verzuim.md").write_bytes(b"")
    (corpus / "verslag.txt").write_text("Een nieuw verslag van de netwerkgroep.", encoding="utf-8")
    report = ingest(store, corpus, encoder)
    row = next(outcome for outcome in report.outcomes if outcome.file == "verzuim.md")
    assert row.status is Status.FAILED
    assert "vorige versie" in (row.message or "")
    assert row.passages == 2
    assert "verzuimcoördinator" in best(store, encoder, "Bij wie meldt de mentor verzuim?")
    # Mended as it was, it is simply there; the failure left no trace.
    assert not ingest(store, corpus, encoder).published


def test_an_empty_corpus_folder_is_a_mistake_and_not_an_empty_knowledge_base(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    live = ingest(store, corpus, encoder).release
    for path in corpus.iterdir():
        path.unlink()
    with pytest.raises(IngestError, match="geen documenten.*niet gewijzigd"):
        ingest(store, corpus, encoder)
    (corpus / "verzuim.meta.yaml").write_text("titel: alleen een sidecar\n", encoding="utf-8")
    with pytest.raises(IngestError):
        ingest(store, corpus, encoder)
    assert store.live_id() == live
    assert "verzuimcoördinator" in best(store, encoder, "Bij wie meldt de mentor verzuim?")


def test_a_first_run_without_one_readable_document_makes_no_release(
    store: ReleaseStore, tmp_path: Path, encoder: Encoder
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "foto.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    report = ingest(store, tmp_path / "corpus", encoder)
    assert (report.release, report.published) == (None, False)
    assert report.count(Status.FAILED) == 1


def test_a_dry_run_tells_all_and_changes_nothing(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    foreseen = ingest(store, corpus, encoder, dry_run=True)
    assert statuses(foreseen) == {"verslag.txt": "nieuw", "verzuim.md": "nieuw"}
    assert foreseen.release is None
    ingest(store, corpus, encoder)
    before = disk(store.data_dir)
    (corpus / "verzuim.md").write_text("Anders.", encoding="utf-8")
    (corpus / "verslag.txt").unlink()
    foreseen = ingest(store, corpus, encoder, dry_run=True)
    assert statuses(foreseen) == {"verslag.txt": "verwijderd", "verzuim.md": "gewijzigd"}
    assert not foreseen.published
    assert disk(store.data_dir) == before


def test_an_ingest_that_was_killed_leaves_the_old_release_and_is_cleaned_up(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    live = ingest(store, corpus, encoder).release
    # What a process that is killed half-way leaves: a folder without manifest, and a pointer not yet put in place.
    unfinished = store.new_folder()
    (unfinished / "passages.jsonl").write_text("half", encoding="utf-8")
    (store.data_dir / ".live-dood").write_text(unfinished.name, encoding="utf-8")
    assert store.live_id() == live
    assert unfinished.name not in store.ids()
    assert "verzuimcoördinator" in best(store, encoder, "Bij wie meldt de mentor verzuim?")
    ingest(store, corpus, encoder)
    assert not unfinished.exists()
    assert not list(store.data_dir.glob(".live-*"))


def test_two_ingests_never_run_at_once(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    store.data_dir.mkdir()
    with FileLock(str(store.data_dir / "ingest.lock")), pytest.raises(IngestBusyError, match="aan het bijwerken"):
        ingest(store, corpus, encoder)
    assert ingest(store, corpus, encoder).published


def test_the_lock_is_free_again_after_a_failure(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    empty = corpus.parent / "leeg"
    empty.mkdir()
    for _ in range(2):
        with pytest.raises(IngestError, match="geen documenten"):
            ingest(store, empty, encoder)


def test_ingesting_one_path_leaves_the_rest_alone(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    (corpus / "map").mkdir()
    (corpus / "map" / "weg.md").write_text("Dit verdwijnt straks.", encoding="utf-8")
    ingest(store, corpus, encoder)
    (corpus / "verzuim.md").write_text("# Verzuim\n\nDe conciërge meldt verzuim per duif.\n", encoding="utf-8")
    (corpus / "verslag.txt").write_text("Ook dit is anders nu.", encoding="utf-8")
    report = ingest(store, corpus, encoder, [corpus / "verzuim.md"])
    assert statuses(report) == {"verzuim.md": "gewijzigd"}
    assert "duif" in best(store, encoder, "Wie meldt verzuim?")
    assert "gemeentehuis" in best(store, encoder, "Waar kwam de netwerkgroep bijeen?")
    (corpus / "map" / "weg.md").unlink()
    report = ingest(store, corpus, encoder, [corpus / "map"])
    assert statuses(report) == {"map/weg.md": "verwijderd"}
    assert {document.file for document in store.open().documents.values()} == {"verslag.txt", "verzuim.md"}


def test_a_changed_sidecar_is_a_changed_document(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    ingest(store, corpus, encoder)
    (corpus / "verslag.meta.yaml").write_text("soort: sfeerverslag\nuitgever: Netwerkgroep\n", encoding="utf-8")
    report = ingest(store, corpus, encoder)
    assert statuses(report) == {"verslag.txt": "gewijzigd", "verzuim.md": "ongewijzigd"}
    document = next(known for known in store.open().documents.values() if known.file == "verslag.txt")
    assert (document.kind, document.publisher) == ("sfeerverslag", "Netwerkgroep")
    (corpus / "verslag.meta.yaml").unlink()
    assert statuses(ingest(store, corpus, encoder))["verslag.txt"] == "gewijzigd"


def test_only_what_is_new_is_embedded(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    counting: Any = CountingEncoder(encoder)
    ingest(store, corpus, counting)
    assert counting.texts == 3
    counting.texts = 0
    assert ingest(store, corpus, counting, full=True).published
    assert counting.texts == 0
    with (corpus / "verzuim.md").open("a", encoding="utf-8") as stream:
        stream.write("\n## Nazorg\n\nDe mentor belt na een maand nog eens met de ouders.\n")
    ingest(store, corpus, counting)
    assert counting.texts == 1
    assert "na een maand" in best(store, encoder, "Wanneer belt de mentor nog eens?")


def test_a_damaged_cache_costs_time_and_nothing_else(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    ingest(store, corpus, encoder)
    for path in (store.data_dir / "cache").iterdir():
        path.write_bytes(b"geen database" * 1000)
    assert ingest(store, corpus, encoder, full=True).published
    assert "verzuimcoördinator" in best(store, encoder, "Bij wie meldt de mentor verzuim?")


def test_a_damaged_live_release_is_repaired_by_an_ordinary_ingest(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    broken = ingest(store, corpus, encoder).release
    assert broken
    (store.folder(broken) / "passages.jsonl").write_text("{", encoding="utf-8")
    report = ingest(store, corpus, encoder)
    assert report.published
    assert report.release != broken
    assert "verzuimcoördinator" in best(store, encoder, "Bij wie meldt de mentor verzuim?")


def test_stricter_rules_also_hold_for_what_came_in_before(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    (corpus / "casus.md").write_text("# Casus\n\nDe leerling heeft BSN 111222333 en is vaak ziek.\n", "utf-8")
    ingest(store, corpus, encoder)
    report = ingest(store, corpus, encoder, policy=Policy(personal_data=PersonalDataRule.REFUSE))
    row = next(outcome for outcome in report.outcomes if outcome.file == "casus.md")
    assert (row.status, row.reason, row.passages) == (Status.FAILED, Reason.PERSONAL_DATA, 0)
    assert "uit de kennisbank gehaald" in (row.message or "")
    assert {document.file for document in store.open().documents.values()} == {"verslag.txt", "verzuim.md"}
    assert len([outcome for outcome in report.outcomes if outcome.file == "casus.md"]) == 1


def test_a_moved_document_that_fails_at_its_new_place_is_not_lost(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder)
    (corpus / "verzuim.md").rename(corpus / "verzuim.onbekend")
    for _ in range(2):
        report = ingest(store, corpus, encoder)
        assert statuses(report) == {"verslag.txt": "ongewijzigd", "verzuim.onbekend": "mislukt"}
        assert {document.file for document in store.open().documents.values()} == {"verslag.txt", "verzuim.md"}
    (corpus / "verzuim.onbekend").unlink()
    assert statuses(ingest(store, corpus, encoder))["verzuim.md"] == "verwijderd"
