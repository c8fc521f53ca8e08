"""A document from elsewhere comes into the corpus folder, and goes out again without a trace."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

import pytest

from ingest import placing
from ingest.placing import FileExistsAlreadyError, Placed, discard_source, incoming, place, settle, take_out
from ingest.sources import find_sources
from kb.errors import ReleaseError

FILE = PurePosixPath("protocollen/verzuim.md")


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def bring(corpus: Path, text: str, described: dict[str, str] | None = None, token: str = "t1") -> Placed:
    incoming(corpus, token, FILE.name).write_text(text)
    return place(corpus, token, FILE, described or {}, replace=True)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


def test_a_new_file_comes_with_its_sidecar_and_goes_without_a_trace(corpus: Path) -> None:
    corpus.mkdir()
    placed = bring(corpus, "nieuw", {"titel": "Het: 'verzuim'", "datum": "2024-01-02"})
    files = contents(corpus)
    assert files["protocollen/verzuim.md"] == "nieuw"
    assert "Het: ''verzuim''" in files["protocollen/verzuim.md.meta.yaml"]
    assert [str(source.name) for source in find_sources(corpus, ()).files] == [str(FILE)]
    assert find_sources(corpus, ()).files[0].document_id == placed.document_id
    take_out(corpus, placed)
    assert list(corpus.iterdir()) == []


def test_what_was_replaced_comes_back_once(corpus: Path) -> None:
    settle(corpus, bring(corpus, "oud", {"titel": "Oud", "toestaan": "kwaliteit"}).token)
    before = contents(corpus)
    placed = bring(corpus, "nieuw", {"titel": "Nieuw"}, "t2")
    assert contents(corpus)["protocollen/verzuim.md"] == "nieuw"
    # What the form does not ask for stays as its maintainer wrote it.
    assert contents(corpus)["protocollen/verzuim.md.meta.yaml"] == "titel: Nieuw\ntoestaan: kwaliteit\n"
    take_out(corpus, placed)
    assert contents(corpus) == before
    take_out(corpus, placed)
    assert contents(corpus) == before


def test_taking_out_that_was_cut_off_half_way_can_be_done_again(corpus: Path) -> None:
    settle(corpus, bring(corpus, "oud").token)
    placed = bring(corpus, "nieuw", token="t2")
    earlier = corpus / ".handwijzer" / "t2" / "vorige" / FILE.name
    earlier.replace(corpus / FILE)  # and there the power went out
    take_out(corpus, placed)
    assert contents(corpus) == {str(FILE): "oud"}


def test_an_existing_file_stays_unless_it_may_be_replaced(corpus: Path) -> None:
    settle(corpus, bring(corpus, "oud").token)
    incoming(corpus, "t2", FILE.name).write_text("nieuw")
    with pytest.raises(FileExistsAlreadyError, match="vervangen"):
        place(corpus, "t2", FILE, {}, replace=False)
    (corpus / "protocollen" / "map.md").mkdir()
    with pytest.raises(FileExistsAlreadyError):
        place(corpus, "t2", PurePosixPath("protocollen/map.md"), {}, replace=True)
    assert (corpus / FILE).read_text() == "oud"


def test_a_folder_that_leads_out_of_the_corpus_takes_no_files(corpus: Path, tmp_path: Path) -> None:
    corpus.mkdir()
    (tmp_path / "elders").mkdir()
    (corpus / "protocollen").symlink_to(tmp_path / "elders")
    with pytest.raises(FileExistsAlreadyError, match="verwijzing"):
        bring(corpus, "nieuw")
    assert list((tmp_path / "elders").iterdir()) == []


def test_a_full_disk_leaves_everything_as_it_was(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(corpus, bring(corpus, "oud", {"titel": "Oud"}).token)
    before = contents(corpus)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(placing.os, "fsync", full)
    with pytest.raises(ReleaseError, match="schijf is vol"):
        bring(corpus, "nieuw", {"titel": "Nieuw"}, "t2")
    assert contents(corpus) == before


def test_a_source_goes_with_its_own_sidecar_but_not_with_one_that_is_shared(corpus: Path, tmp_path: Path) -> None:
    corpus.mkdir()
    for name in ("a.md", "a.txt", "a.meta.yaml", "a.md.meta.yaml"):
        (corpus / name).write_text(name)
    discard_source(corpus, "a.md")
    assert set(contents(corpus)) == {"a.txt", "a.meta.yaml"}
    discard_source(corpus, "a.txt")
    assert contents(corpus) == {}
    (tmp_path / "buiten.md").write_text("blijft")
    discard_source(corpus, "../buiten.md")
    discard_source(corpus, "extern/1234/b.md")
    assert (tmp_path / "buiten.md").exists()
