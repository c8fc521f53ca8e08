"""The words of a release: taken over from the release before it, they are those of a table made afresh."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kb.analysis import words
from kb.word_table import WordTable

SENTENCES = ["De mentor belt.", "Ouders en school", "", "Artikel 3, lid 2", "Eén coördinator; de mentor", "…"]
texts = st.lists(st.tuples(*[st.sampled_from(SENTENCES) | st.text(max_size=12)] * 2), max_size=6)


def listed(table: WordTable) -> list[tuple[list[str], list[str]]]:
    """The words of headings and body of every text."""
    spans = [table.span(place) for place in range(len(table))]
    named = [[table.vocabulary[number] for number in table.ids[start:end]] for start, _, end in spans]
    return [
        (found[: body - start], found[body - start :]) for found, (start, body, _) in zip(named, spans, strict=True)
    ]


@given(texts, texts, st.randoms(use_true_random=False))
def test_a_table_with_texts_taken_over_equals_one_made_afresh(
    before: list[tuple[str, str]], new: list[tuple[str, str]], chance: object
) -> None:
    order = [*((text, place) for place, text in enumerate(before)), *((text, -1) for text in new)]
    chance.shuffle(order)  # type: ignore[attr-defined]
    order = order[: len(order) * 3 // 4]
    after, carried = [text for text, _ in order], [place for _, place in order]
    table = WordTable.of(after, WordTable.of(before), carried)
    assert listed(table) == listed(WordTable.of(after)) == [(words(head), words(body)) for head, body in after]
    assert sorted(table.vocabulary) == sorted({word for text in after for part in text for word in words(part)})


@given(texts)
def test_a_table_is_read_back_as_it_was_written(tmp_path_factory: object, written: list[tuple[str, str]]) -> None:
    folder: Path = tmp_path_factory.mktemp("tabel")  # type: ignore[attr-defined]
    table = WordTable.of(written)
    table.save(folder)
    read = WordTable.load(folder)
    assert read is not None
    assert listed(read) == listed(table)
    assert read.vocabulary == table.vocabulary


def test_a_table_that_is_damaged_or_of_another_version_counts_as_none(tmp_path: Path) -> None:
    assert WordTable.load(tmp_path) is None
    WordTable.of([("", "De mentor belt.")]).save(tmp_path)
    file = tmp_path / "words.npz"
    whole = dict(np.load(file))
    for content in (file.read_bytes()[:100], b"", b"geen tabel"):
        file.write_bytes(content)
        assert WordTable.load(tmp_path) is None
    np.savez(file, **whole | {"version": 0})
    assert WordTable.load(tmp_path) is None
