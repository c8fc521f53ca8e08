"""The same text in several documents: reported at ingest, and found once."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from numpy.typing import NDArray

from ingest.duplicates import document_pairs, write_duplicates
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.releases import Release, ReleaseStore
from kb.retrieval import Filters, Found, Legs, Retriever

DAY = date(2025, 6, 1)
QUESTION = "Wie nodigt de ouders uit voor een verzuimgesprek?"
VERSIONS = "Binnen hoeveel weken volgt de terugkoppeling na een melding?"
ITEM = (
    "De zorgcoördinator nodigt de ouders schriftelijk uit voor een verzuimgesprek op school en vraagt de jeugdarts om "
    "daarbij aan te schuiven, zodat iedereen dezelfde informatie heeft."
)
TERM = "Na een melding bij het loket ontvangt de school de terugkoppeling van het team binnen {} weken, met een advies."
# The shipped documents of which the source is Markdown, made into another format.
CONVERTED = ["overig/interview-projectleider-zaanstad.pdf", "handreikingen/stappenkaart-verzuim.docx"]


def write(folder: Path, name: str, day: str, *items: tuple[str, str]) -> None:
    front = f"---\ntitel: {name.replace('-', ' ').capitalize()}\nsoort: {name.split('-')[0]}\ndatum: {day}\n---\n\n"
    sections = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in items)
    (folder / f"{name}.md").write_text(f"{front}{sections}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def release(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Sixty newsletters and a protocol that repeat one item, three versions of a rule, and documents in two formats."""
    folder = tmp_path_factory.mktemp("dubbel")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number in range(60):
        own = f"In deze uitgave leest u meer over onderwerp {number} uit de regio.", f"Onderwerp {number}"
        write(corpus, f"nieuwsbrief-{number:02}", f"2023-01-{number % 28 + 1:02}", ("Verzuimgesprek", ITEM), own[::-1])
    write(corpus, "protocol-verzuim", "2024-05-01", ("Verzuimgesprek", ITEM), ("Melden", TERM.format("zes")))
    write(corpus, "protocol-herzien", "2025-05-01", ("Melden", TERM.format("acht")))
    write(corpus, "protocol-herdruk", "2025-05-20", ("Melden", TERM.format("acht")))
    for name in CONVERTED:
        source = (ROOT / "corpus" / name).with_suffix(".md").name
        shutil.copyfile(ROOT / "corpus" / name, corpus / Path(name).name)
        shutil.copyfile(ROOT / "corpus" / "_bron" / source, corpus / source)
    store = ReleaseStore(folder / "data")
    ingest(store, corpus, encoder)
    return store.open()


@pytest.fixture(scope="module")
def retriever(release: Release, encoder: Encoder) -> Retriever:
    return Retriever(release, encoder)


def files(found: Found, text: str) -> list[str]:
    """The files of the hits that hold ``text``."""
    return [hit.document.file for hit in found.hits if text in hit.passage.text]


def with_last_day(release: Release, file: str, day: date) -> Release:
    documents = {
        key: replace(known, valid_until=day) if known.file == file else known
        for key, known in release.documents.items()
    }
    return replace(release, documents=documents)


def test_of_many_copies_the_newest_is_found_once_and_leaves_room_for_others(retriever: Retriever) -> None:
    found = retriever.search(QUESTION, 20, today=DAY)
    assert files(found, ITEM) == ["protocol-verzuim.md"]
    assert found.hits[0].passage.text == ITEM
    assert len(found.hits) == 20
    assert len({hit.passage.text for hit in found.hits}) == 20
    assert [len(units) for units in found.late] == [len(hit.passage.units) for hit in found.hits]
    assert all(hit.late >= units.max(initial=0) - 1e-6 for hit, units in zip(found.hits, found.late, strict=True))
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)


def test_what_is_shown_has_the_scores_of_its_own_passage(retriever: Retriever, release: Release) -> None:
    best = retriever.search(QUESTION, 1, today=DAY).hits[0]
    only = Filters(documents=(best.document.id,))
    alone = next(hit for hit in retriever.search(QUESTION, 5, only, today=DAY).hits if hit.place == best.place)
    assert (best.cosine, best.bm25, best.late) == pytest.approx((alone.cosine, alone.bm25, alone.late), abs=1e-5)


@pytest.mark.parametrize("legs", [Legs(late=False), Legs(dense=False), Legs(lexical=False)])
def test_every_leg_finds_a_text_once(legs: Legs, retriever: Retriever) -> None:
    assert files(retriever.search(QUESTION, 20, legs=legs, today=DAY), ITEM) == ["protocol-verzuim.md"]


def test_a_document_that_expired_gives_way_to_one_that_holds(release: Release, encoder: Encoder) -> None:
    retriever = Retriever(with_last_day(release, "protocol-verzuim.md", DAY), encoder)
    assert files(retriever.search(QUESTION, today=DAY), ITEM) == ["protocol-verzuim.md"]
    newest = retriever.search(QUESTION, today=date(2025, 6, 2)).hits[0]
    assert (newest.passage.text, newest.document.date) == (ITEM, date(2023, 1, 28))
    assert retriever.search(QUESTION).hits[0].document == newest.document


def test_a_copy_that_the_filters_leave_out_does_not_stand_in_the_way(retriever: Retriever) -> None:
    found = retriever.search(QUESTION, 10, Filters(until=date(2023, 1, 5)), today=DAY)
    (shown,) = (hit.document for hit in found.hits if hit.passage.text == ITEM)
    assert shown.date == date(2023, 1, 5)
    (older,) = files(retriever.search(QUESTION, 10, Filters(kinds=("nieuwsbrief",)), today=DAY), ITEM)
    assert older.startswith("nieuwsbrief-")


def test_two_versions_that_differ_in_a_number_are_both_found_and_a_reprint_once(retriever: Retriever) -> None:
    found = retriever.search(VERSIONS, 10, today=DAY)
    assert files(found, TERM.format("zes")) == ["protocol-verzuim.md"]
    assert files(found, TERM.format("acht")) == ["protocol-herdruk.md"]


def test_a_text_in_two_formats_is_one_document_twice(release: Release, retriever: Retriever) -> None:
    stored = np.load(release.folder / "signatures.npy")
    pairs = document_pairs([*release.documents.values()], release.passages, stored)
    found = {frozenset(release.documents[key].file for key in pair.documents): pair.similarity for pair in pairs}
    for name in CONVERTED:
        converted, source = Path(name).name, Path(name).with_suffix(".md").name
        assert found[frozenset({converted, source})] > 0.98
        places = [i for i, one in enumerate(release.passages) if release.documents[one.document_id].file == converted]
        assert np.mean(release.duplicates[places] >= 0) > 0.9


def test_without_the_groups_every_copy_is_found(release: Release, encoder: Encoder) -> None:
    alone = replace(release, duplicates=np.full(len(release.passages), -1, np.int32))
    assert len(files(Retriever(alone, encoder).search(QUESTION, 20), ITEM)) > 10


def signatures_after(release: Release, texts: Sequence[str], folder: Path) -> NDArray[np.uint32]:
    """The signatures that an ingest after ``release`` stores for passages with its ids and these ``texts``."""
    passages = [replace(one, text=text) for one, text in zip(release.passages, texts, strict=True)]
    write_duplicates(folder, [*release.documents.values()], passages, release)
    return np.asarray(np.load(folder / "signatures.npy"))


def test_signatures_of_passages_that_were_there_are_taken_over(release: Release, tmp_path: Path) -> None:
    texts = [passage.text for passage in release.passages]
    before = np.load(release.folder / "signatures.npy")
    # An id stands for a text, so one that has another text shows whether it was read.
    texts[1] = "Een heel andere tekst."
    assert (signatures_after(release, texts, tmp_path) == before).all()


def test_signatures_of_another_version_are_not_taken_over(release: Release, tmp_path: Path) -> None:
    (tmp_path / "oud").mkdir()
    before = np.load(release.folder / "signatures.npy")
    np.save(tmp_path / "oud" / "signatures.npy", before ^ np.uint32(1))
    old = replace(release, folder=tmp_path / "oud")
    assert (signatures_after(old, [passage.text for passage in release.passages], tmp_path) == before).all()
