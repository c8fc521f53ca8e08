"""Which files an ingest meets, and under which names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.sources import Scope, find_sources
from kb.errors import UsageError


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("tekst", encoding="utf-8")
    return folder


def names(scope: Scope) -> list[str]:
    return [str(source.name) for source in scope.files]


def test_documents_are_met_and_sidecars_hidden_and_lock_files_are_not(tmp_path: Path) -> None:
    fill(
        tmp_path, "a.pdf", "map/b.docx", "map/b.meta.yaml", ".verborgen.md", ".git/c.md", "map/.x/d.md", "~$b.docx",
        "map/~$b.docx", "zonder-punt",
    )  # fmt: skip
    assert names(find_sources(tmp_path, [])) == ["a.pdf", "map/b.docx", "zonder-punt"]


def test_the_ignore_file_leaves_out_what_it_names(tmp_path: Path) -> None:
    fill(tmp_path, "a.md", "_bron/b.md", "map/_bron/c.md", "README.md", "map/README.md", "oud/d.md", "oud/houd.md")
    (tmp_path / ".handwijzerignore").write_text("# uitleg\n_bron/\n/README.md\noud/*\n!oud/houd.md\n", encoding="utf-8")
    assert names(find_sources(tmp_path, [])) == ["a.md", "map/README.md", "oud/houd.md"]


def test_the_ignore_file_also_holds_for_a_folder_within_the_corpus(tmp_path: Path) -> None:
    fill(tmp_path, "map/a.md", "map/_bron/b.md")
    (tmp_path / ".handwijzerignore").write_text("_bron/\n/map/weg.md\n", encoding="utf-8")
    fill(tmp_path, "map/weg.md")
    assert names(find_sources(tmp_path, [tmp_path / "map"])) == ["map/a.md"]


def test_an_id_is_readable_stable_and_different_for_every_path(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "een/Verzuim melden (2024).pdf",
        "twee/Verzuim melden (2024).pdf",
        "twee/Verzuim melden (2024).docx",
        "é.md",
        "汉.md",
    )
    ids = [source.document_id for source in find_sources(tmp_path, []).files]
    assert len(set(ids)) == 5
    assert [known.rsplit("-", 1)[0] for known in ids] == [
        "verzuim-melden-2024", "verzuim-melden-2024", "verzuim-melden-2024", "e", "document",
    ]  # fmt: skip
    moved = tmp_path.rename(tmp_path.with_name("verhuisd"))
    assert [source.document_id for source in find_sources(moved, []).files] == ids


def test_a_single_file_keeps_the_name_it_has_in_the_corpus(tmp_path: Path) -> None:
    fill(tmp_path, "map/a.md", "map/b.md")
    one = find_sources(tmp_path, [tmp_path / "map" / "a.md"])
    assert names(one) == ["map/a.md"]
    assert one.files[0].document_id == find_sources(tmp_path, []).files[0].document_id
    assert one.covers("map/a.md")
    assert not one.covers("map/b.md")


def test_a_folder_covers_what_is_below_it_and_not_what_starts_alike(tmp_path: Path) -> None:
    fill(tmp_path, "map/a.md", "map2/b.md")
    scope = find_sources(tmp_path, [tmp_path / "map"])
    assert names(scope) == ["map/a.md"]
    assert scope.covers("map/verdwenen.md")
    assert not scope.covers("map2/b.md")
    assert find_sources(tmp_path, []).covers("map2/b.md")


def test_a_path_outside_the_corpus_goes_by_its_own_name(tmp_path: Path) -> None:
    corpus, other = fill(tmp_path / "corpus", "a.md"), fill(tmp_path / "elders", "b.md", "diep/c.md")
    found = names(find_sources(corpus, [other]))
    assert [name.split("/", 2)[2] for name in found] == ["elders/b.md", "elders/diep/c.md"]
    assert len({name.rsplit("elders", 1)[0] for name in found}) == 1
    assert found[0].startswith("extern/")
    assert names(find_sources(corpus, [other / "b.md"]))[0].endswith("/b.md")


def test_folders_of_the_same_name_are_kept_apart(tmp_path: Path) -> None:
    corpus = fill(tmp_path / "corpus", "map/a.md")
    one, two = fill(tmp_path / "een" / "map", "a.md"), fill(tmp_path / "twee" / "map", "a.md")
    assert len({*names(find_sources(corpus, [])), *names(find_sources(corpus, [one, two]))}) == 3
    assert not find_sources(corpus, [one]).covers("map/a.md")


def test_a_link_that_leads_out_of_the_corpus_is_not_read(tmp_path: Path) -> None:
    corpus, secret = fill(tmp_path / "corpus", "a.md"), fill(tmp_path / "elders", "geheim.md")
    (corpus / "link.md").symlink_to(secret / "geheim.md")
    assert names(find_sources(corpus, [])) == ["a.md"]


def test_a_file_name_that_is_no_utf8_can_still_be_met(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"fout\xffnaam.md")).write_text("Tekst.", encoding="utf-8")
    assert names(find_sources(tmp_path, [])) == ["fout\ufffdnaam.md"]


def test_a_file_with_the_longest_name_there_can_be_is_met_and_hashed(tmp_path: Path) -> None:
    source = find_sources(fill(tmp_path, f"{'n' * 252}.md"), []).files[0]
    assert len(source.hashes()[0]) == 64


def test_the_same_file_named_twice_is_met_once(tmp_path: Path) -> None:
    fill(tmp_path, "map/a.md")
    assert names(find_sources(tmp_path, [tmp_path / "map", tmp_path / "map" / "a.md"])) == ["map/a.md"]


def test_what_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="weg"):
        find_sources(tmp_path / "weg", [])
    with pytest.raises(UsageError, match=r"weg\.md bestaat niet"):
        find_sources(fill(tmp_path, "a.md"), [tmp_path / "weg.md"])


def test_a_changed_sidecar_changes_the_stamp_and_not_the_hash(tmp_path: Path) -> None:
    fill(tmp_path, "a.pdf")
    source = find_sources(tmp_path, []).files[0]
    content, stamp = source.hashes()
    (tmp_path / "a.meta.yaml").write_text("titel: Een\n", encoding="utf-8")
    assert source.hashes()[0] == content
    with_sidecar = source.hashes()[1]
    (tmp_path / "a.meta.yaml").write_text("titel: Twee\n", encoding="utf-8")
    assert len({stamp, with_sidecar, source.hashes()[1]}) == 3
