"""A look at the whole knowledge base tells what is wrong with it and what to do."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ingest.doctor import examine, fix
from ingest.findings import Finding, Severity
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.errors import IngestBusyError
from kb.releases import ReleaseStore
from kb.store_lock import exclusive

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def sound(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus and a knowledge base of two releases with nothing wrong."""
    folder = tmp_path_factory.mktemp("gezond")
    (folder / "corpus").mkdir()
    store = ReleaseStore(folder / "data")
    for who in ("coördinator", "verzuimcoördinator"):
        text = f"---\ntitel: Verzuim melden\n---\n\nDe mentor meldt ongeoorloofd verzuim op de eerste dag bij de {who} van de school.\n"
        (folder / "corpus" / "verzuim.md").write_text(text, encoding="utf-8")
        ingest(store, folder / "corpus", encoder)
    store.data_dir.chmod(0o750)
    return folder


@pytest.fixture
def store(sound: Path, tmp_path: Path) -> ReleaseStore:
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    return ReleaseStore(tmp_path / "data")


Look = Callable[..., list[Finding]]


@pytest.fixture
def look(store: ReleaseStore, encoder: Encoder, tmp_path: Path) -> Look:
    """Examines the store as it is now, as an ingest by the rules of the live release would see it."""
    recipe = store.manifest(store.live_id() or "").recipe

    def run(fingerprint: str = encoder.fingerprint, recipe: str = recipe, today: date = TODAY) -> list[Finding]:
        return examine(store, fingerprint, encoder.name, recipe, tmp_path / "corpus", today)

    return run


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def live_folder(store: ReleaseStore) -> Path:
    return store.folder(store.live_id() or "")


def test_nothing_is_said_of_a_knowledge_base_with_nothing_wrong(look: Look, store: ReleaseStore) -> None:
    assert look() == []
    assert fix(store) == []


Damage = Callable[[ReleaseStore], object]
DAMAGE: dict[str, tuple[Damage, str]] = {
    "the pointer is gone": (lambda store: (store.data_dir / "live").unlink(), "wijzer"),
    "the pointer names nothing": (lambda store: (store.data_dir / "live").write_text("r2020\n"), "wijzer"),
    "a part is gone": (lambda store: (live_folder(store) / "units.npy").unlink(), "onderdeel-weg"),
    "the vectors are gone": (lambda store: shutil.rmtree(live_folder(store) / "chroma"), "beschadigd"),
    "a text is gone": (lambda store: next((live_folder(store) / "texts").iterdir()).unlink(), "tekst-weg"),
    "the manifest is no json": (lambda store: (live_folder(store) / "manifest.json").write_text("{"), "beschadigd"),
    "the passages are cut off": (lambda store: (live_folder(store) / "passages.jsonl").write_text(""), "beschadigd"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_live_and_broken_is_an_error_that_a_fix_takes_away(what: str, look: Look, store: ReleaseStore) -> None:
    damage, code = DAMAGE[what]
    older = store.ids()[-1]
    damage(store)
    first = look()[0]
    assert (first.severity, first.code, first.fixable) == (Severity.ERROR, code, True)
    assert "handwijzer" in first.remedy
    assert any("is nu live" in line for line in fix(store))
    assert Severity.ERROR not in {finding.severity for finding in look()}
    assert store.open().id in (older, store.ids()[0])


def test_passages_that_chroma_does_not_know_are_counted(look: Look, store: ReleaseStore) -> None:
    import chromadb

    client = chromadb.PersistentClient(str(live_folder(store) / "chroma"))
    collection = client.get_collection(store.live_id() or "", embedding_function=None)
    collection.delete(collection.get()["ids"][:1])
    client.close()
    finding = look()[0]
    assert (finding.severity, finding.code) == (Severity.ERROR, "chroma")
    assert "Chroma kent 0 passages en de release heeft er 1" in finding.message


def test_an_older_release_that_is_broken_is_a_warning(look: Look, store: ReleaseStore) -> None:
    (store.folder(store.ids()[-1]) / "vectors.npy").write_bytes(b"")
    assert [(finding.severity, finding.code) for finding in look()] == [(Severity.WARNING, "beschadigd")]


def leave_behind(store: ReleaseStore) -> None:
    (store.new_folder() / "passages.jsonl").write_text("half", encoding="utf-8")
    store.staging.mkdir(exist_ok=True)
    (store.staging / "kopie").mkdir()
    (store.data_dir / "originals" / ("0" * 64)).write_text("wees", encoding="utf-8")
    (store.data_dir / "originals" / ".half").write_text("half", encoding="utf-8")
    (store.data_dir / "ingest.lock.json").write_text(
        '{"proces": 1, "sinds": "2026-05-31T12:00:00+02:00"}', encoding="utf-8"
    )
    (store.data_dir / "cache" / "embeddings.sqlite").write_bytes(b"geen database" * 1000)


def test_what_a_crash_left_is_told_and_cleared_away_without_touching_the_rest(look: Look, store: ReleaseStore) -> None:
    before = {path.name for path in (store.data_dir / "originals").iterdir()}, store.ids(), store.live_id()
    leave_behind(store)
    found = look()
    assert set(codes(found)) == {"onaf", "tijdelijk", "origineel-ongebruikt", "afgebroken", "cache"}
    assert all(finding.fixable and finding.severity is not Severity.ERROR for finding in found)
    assert any("31 mei 2026" in finding.message for finding in found)
    assert len(fix(store)) == 3
    assert look() == []
    assert before == ({path.name for path in (store.data_dir / "originals").iterdir()}, store.ids(), store.live_id())


def test_what_a_running_ingest_made_is_not_taken_for_rubbish(look: Look, store: ReleaseStore) -> None:
    leave_behind(store)
    with exclusive(store.data_dir):
        assert codes(look()) == ["bezig"]
        with pytest.raises(IngestBusyError):
            fix(store)


def test_originals_that_are_gone_or_changed_are_told(look: Look, store: ReleaseStore) -> None:
    first, second = sorted((store.data_dir / "originals").iterdir())
    first.unlink()
    second.write_text("iets anders", encoding="utf-8")
    assert sorted(codes(look())) == ["origineel-beschadigd", "origineel-weg"]
    assert all("--full" in finding.remedy for finding in look())


def test_a_file_that_does_not_belong_in_a_release_is_told(look: Look, store: ReleaseStore) -> None:
    (live_folder(store) / "texts" / "ander.txt").write_text("Wie weet wat.", encoding="utf-8")
    (live_folder(store) / "aantekeningen.docx").write_bytes(b"")
    (finding,) = look()
    assert finding.code == "vreemd-bestand"
    assert "aantekeningen.docx, texts/ander.txt" in finding.message


def test_another_encoder_is_an_error_and_other_rules_a_warning(look: Look) -> None:
    assert [(found.severity, found.code) for found in look(fingerprint="0" * 16)] == [(Severity.ERROR, "taalmodel")]
    assert [(found.severity, found.code) for found in look(recipe="1-1")] == [(Severity.WARNING, "verouderd")]


@pytest.mark.skipif(os.name != "posix", reason="rechten van Unix")
def test_a_data_folder_that_everybody_may_read_is_told(look: Look, store: ReleaseStore) -> None:
    store.data_dir.chmod(0o755)
    (finding,) = look()
    assert finding.code == "rechten"
    assert f"chmod -R o-rwx {store.data_dir}" in finding.remedy


def test_documents_are_told_that_expired_are_double_guessed_or_hard_to_read(
    look: Look, store: ReleaseStore, encoder: Encoder, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    shutil.copy(corpus / "verzuim.md", corpus / "kopie.md")
    ingest(store, corpus, encoder)
    facts = {
        "verzuim.md": {"valid_until": "2026-05-31", "language": "en"},
        "kopie.md": {"valid_until": "2026-07-31", "score": 0.3, "guessed": ["datum"]},
    }
    path = live_folder(store) / "documents.json"
    rows = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps([row | facts[row["file"]] for row in rows]), encoding="utf-8")
    (corpus / "kopie.md").unlink()
    found = {finding.code: finding for finding in look()}
    assert set(found) == {
        "verlopen", "andere-taal", "dubbel", "verloopt-binnenkort", "slecht-leesbaar", "geraden", "geen-bronbestand",
    }  # fmt: skip
    assert "'Verzuim melden' (verzuim.md) is verlopen: geldig tot en met 31 mei 2026." in found["verlopen"].message
    assert "(kopie.md)" in found["verloopt-binnenkort"].message
    assert "is hetzelfde bestand als" in found["dubbel"].message
    assert not {finding.code for finding in look(today=date(2026, 5, 31))} & {"verlopen"}
    assert not {finding.code for finding in look(today=date(2026, 5, 1))} & {"verloopt-binnenkort"} - set(found)


def test_an_empty_data_folder_is_told_what_to_do(tmp_path: Path, encoder: Encoder) -> None:
    empty = ReleaseStore(tmp_path / "leeg")
    (finding,) = examine(empty, encoder.fingerprint, encoder.name, "", tmp_path, TODAY)
    assert (finding.severity, finding.code) == (Severity.WARNING, "geen-release")
    assert "handwijzer ingest" in finding.remedy
    assert not empty.data_dir.exists()


def test_a_fix_does_not_bring_back_what_was_left_empty_on_purpose(look: Look, store: ReleaseStore) -> None:
    store.unpublish()
    assert codes(look()) == ["geen-release"]
    assert fix(store) == []
    assert store.live_id() is None


def test_findings_have_the_keys_of_the_contract(look: Look, store: ReleaseStore) -> None:
    (live_folder(store) / "units.npy").unlink()
    assert set(look()[0].as_json()) == {"ernst", "code", "melding", "oplossing", "herstelbaar"}
