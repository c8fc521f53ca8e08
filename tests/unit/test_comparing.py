"""What an ingest has to do follows from the files and the documents that are live, and from nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.comparing import compare
from ingest.sources import find_sources
from kb.documents import Document

NAMES = st.sampled_from(["a.md", "b.txt", "map/c.md", "map/d.md", "map/diep/e.txt"])
FOLDER = st.dictionaries(NAMES, st.sampled_from(["een", "twee", "drie"]), min_size=1)


def laid_out(root: Path, content: dict[str, str]) -> Path:
    for name, text in content.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def as_documents(corpus: Path) -> dict[str, Document]:
    documents = {}
    for source in find_sources(corpus, []).files:
        sha256, stamp = source.hashes()
        documents[source.document_id] = Document(
            source.document_id,
            "T",
            "document",
            None,
            None,
            None,
            str(source.name),
            sha256,
            stamp,
            "text/plain",
            1,
            None,
            1,
        )
    return documents


@given(content=FOLDER)
def test_a_folder_does_not_differ_from_itself(
    content: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    corpus = laid_out(tmp_path_factory.mktemp("zelf"), content)
    comparison = compare(find_sources(corpus, []), as_documents(corpus))
    assert all(met.unchanged for met in comparison.met)
    assert len(comparison.met) == len(content)
    assert [*comparison.gone, *comparison.left, *comparison.unreadable] == []


@given(old=FOLDER, new=FOLDER)
def test_every_file_is_met_and_every_document_without_one_is_gone(
    old: dict[str, str], new: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = as_documents(laid_out(tmp_path_factory.mktemp("oud"), old))
    corpus = laid_out(tmp_path_factory.mktemp("nieuw"), new)
    comparison = compare(find_sources(corpus, []), before)
    assert {str(met.source.name) for met in comparison.met} == set(new)
    assert {document.file for document in comparison.gone} == set(old) - set(new)
    assert {str(met.source.name) for met in comparison.met if met.unchanged} == {
        name for name in new if old.get(name) == new[name]
    }
    for met in comparison.met:
        if met.moved_from:
            assert met.moved_from not in new
            assert old[met.moved_from] == new[str(met.source.name)]
    moved = [met.moved_from for met in comparison.met if met.moved_from]
    assert len(moved) == len(set(moved))
