"""Whatever the folder was in between, the same files make the same release; what is gone leaves no holes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.pipeline import ingest
from kb.analysis import stem
from kb.documents import Document, Passage
from kb.encoder import Encoder
from kb.releases import Release, ReleaseStore
from kb.vectors import VectorStore, stored_with
from kb.word_table import WordTable


def state(release: Release) -> dict[str, Any]:
    """Everything that questions are answered from, but the vectors."""
    table = WordTable.load(release.folder)
    assert table
    groups = [release.duplicates == group if group >= 0 else np.zeros(0) for group in release.duplicates]
    return {
        "documents": {key: asdict(document) for key, document in release.documents.items()},
        "passages": release.passages,
        "texts": {key: release.text_of(key) for key in release.documents},
        "scores": {word: release.lexical.scores([stem(word)]).tolist() for word in sorted(table.vocabulary)},
        "glossary": release.glossary.entries,
        "spelling": sorted(release.spelling.counts.items()),
        "duplicates": [group.tolist() for group in groups],
        "hints": release.hints.rows,
    }


def assert_right(store: VectorStore, passages: Sequence[Passage], vectors: NDArray[np.float32]) -> None:
    """The store holds each passage once, and finds for each what lies nearest to it."""
    assert sorted(store.ids()) == sorted(passage.id for passage in passages)
    assert store.count() == len(passages)
    places = {passage.id: place for place, passage in enumerate(passages)}
    for cosines, vector in zip(vectors @ vectors.T, vectors, strict=True):
        found = store.nearest(vector, min(4, len(passages)))
        np.testing.assert_allclose([cosine for _, cosine in found], np.sort(cosines)[::-1][: len(found)], atol=1e-4)
        np.testing.assert_allclose(
            [cosines[places[key]] for key, _ in found], [cosine for _, cosine in found], atol=1e-4
        )


PARTS = (
    "De mentor belt de ouders op de eerste dag. De coördinator noteert het verzuim in het systeem.",
    "Het Samenwerkingsverband (SWV) betaalt de begeleiding. Het SWV beslist binnen zes weken.",
    "- de school meldt\n- de gemeente handhaaft\n- de jeugdarts adviseert",
    "De leerplichtambtenaar nodigt het gezin uit voor een gesprek op het gemeentehuis over het verzuim van het kind.",
)


def fill(corpus: Path, chance: random.Random | None) -> None:
    """Put five documents into the folder; with ``chance`` some are another, moved, or not there."""
    for path in corpus.iterdir():
        path.unlink()
    for number in range(5):
        parts = [PARTS[(number + place) % 4] + f"\n\nDit is afspraak {number * 4 + place}." for place in range(4)]
        turn = chance.randrange(5) if chance else 4
        if turn == 0:
            continue
        if chance and turn == 1:
            parts[chance.randrange(4)] = f"Nieuw is de regel over afspraak {chance.randrange(900)}."
        sections = "\n\n".join(f"## Deel {place}\n\n{part}" for place, part in enumerate(parts))
        title = f"Stuk {number}{' (nieuw)' * (turn == 2)}"
        name = f"stuk-{number}{'-verplaatst' * (turn == 3)}.md"
        asked = f"vragen:\n- Hoe lang duurt afspraak {number * 4}?\n- vraag: Wie belt er?\n  kop: deel {turn % 4}"
        text = f"---\ntitel: {title}\n{asked}\n---\n\n{sections}\n"
        (corpus / name).write_text(text, encoding="utf-8")


def test_whatever_came_between_the_same_folder_gives_the_same_release(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    chance = random.Random(20261122)
    fill(corpus, None)
    ingest(store, corpus, encoder)
    fresh = store.open()
    expected, vectors, units = state(fresh), np.array(fresh.passage_vectors), np.array(fresh.unit_vectors)
    asked = np.array(fresh.hints.vectors)
    assert len(asked) == 10
    for _ in range(6):
        fill(corpus, chance)
        ingest(store, corpus, encoder, may_shrink=True)
        fill(corpus, None)
        ingest(store, corpus, encoder, may_shrink=True)
        release = store.open()
        assert state(release) == expected
        np.testing.assert_allclose(release.passage_vectors, vectors, atol=1e-6)
        np.testing.assert_allclose(release.unit_vectors, units, atol=1e-3)
        np.testing.assert_allclose(release.hints.vectors, asked, atol=1e-6)
        assert_right(release.vectors, release.passages, np.array(release.passage_vectors))


def test_twenty_changes_in_a_row_leave_the_vectors_that_are_there_and_no_others(tmp_path: Path) -> None:
    chance, drawn = random.Random(20261122), np.random.default_rng(20261122)

    def passage(number: int) -> Passage:
        return Passage(f"p-{number}", "d", number, 0, 1, "x", (), None, 0, 1, ())

    document = Document("d", "Stuk", "document", None, None, None, "d.txt", "", "", "text/plain", 1, None, 1)
    made = drawn.normal(size=(300, 16)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    here = list(range(100))
    (tmp_path / "r-0").mkdir()
    with closing(VectorStore.create(tmp_path / "r-0", "r-0", None)) as first:
        first.add([passage(number) for number in here], made[here], {"d": document})
    for turn in range(1, 21):
        held = sorted(chance.sample(here, len(here) * chance.choice((7, 19, 20)) // 20))
        here = sorted([*held, *range(100 + turn * 9, 100 + turn * 9 + chance.randrange(9))])
        passages = [passage(number) for number in here]
        folder = tmp_path / f"r-{turn}"
        folder.mkdir()
        known = {f"p-{number}": stored_with(document) for number in held}
        VectorStore.copy(folder, folder.name, tmp_path / f"r-{turn - 1}", known, passages, made[here], {"d": document})
        with closing(VectorStore.open(folder, folder.name, None)) as store:
            assert_right(store, passages, made[here])
