"""The same program over documents it was not made for: the five seed documents and a real 46-page ordinance."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from conftest import SHARED

from bot.service import ask
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore

ORDINANCE = next(iter((SHARED / "data" / "texts").glob("Verordening*.pdf")), None)

pytestmark = pytest.mark.skipif(ORDINANCE is None, reason="../shared met de voorbeelddocumenten is er niet")


@pytest.fixture(scope="module")
def seeds(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> LiveKnowledge:
    corpus = tmp_path_factory.mktemp("seeds")
    assert ORDINANCE is not None
    for file in [*(SHARED / "seeds").glob("*.txt"), ORDINANCE]:
        shutil.copy(file, corpus)
    store = ReleaseStore(tmp_path_factory.mktemp("seeds-data"))
    report = ingest(store, corpus, encoder)
    assert len(report.outcomes) == 6
    assert not [row for row in report.outcomes if row.reason]
    return LiveKnowledge(store, encoder)


# Page numbers read off the printed pages by hand.
@pytest.mark.parametrize(
    ("question", "words", "page"),
    [
        ("Binnen hoeveel weken neemt het college een besluit op een aanvraag jeugdhulp?", "acht weken", 4),
        ("Hoe handelt het college klachten over de afhandeling van hulpvragen af?", "klachten", 20),
        ("Wanneer treedt de verordening in werking?", "in werking", 21),
        ("Kan het college een voorziening terugvorderen?", "invordering", 40),
        ("Hoe wordt de hoogte van een pgb bepaald?", "op welke wijze de hoogte", 37),
    ],
)
def test_a_citation_of_the_ordinance_names_the_page_it_is_on(
    seeds: LiveKnowledge, question: str, words: str, page: int
) -> None:
    cited = [source for source in ask(seeds, question).sources if source.page == page]
    assert any(words in source.text[start:end] for source in cited for start, end in source.marks)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext ontbreekt")
def test_every_passage_of_the_ordinance_lies_on_its_page(seeds: LiveKnowledge) -> None:
    assert ORDINANCE is not None
    printed = subprocess.run(["pdftotext", str(ORDINANCE), "-"], capture_output=True, text=True, check=True).stdout
    pages = ["".join(filter(str.isalnum, page)) for page in printed.split("\f")]
    units = [
        (passage.text[unit.start : unit.end], unit.page)
        for passage in seeds.retriever().release.passages
        for unit in passage.units
        if unit.page is not None
    ]
    misplaced = [text for text, page in units if page and not _starts_on(pages, page, text)]
    assert len(units) > 500
    # pdftotext has its own order for list numbers; what is left must be a handful.
    assert len(misplaced) < 0.03 * len(units), misplaced[:10]


def _starts_on(pages: list[str], page: int, text: str) -> bool:
    start = "".join(filter(str.isalnum, text))[3:18]
    return start in pages[page - 1]


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("Wie is de contactpersoon op school voor de jeugdbeschermer?", "ondersteuningscoördinator"),
        ("Wat is een logline?", "pitch"),
        ("Hoeveel subsidie kreeg Entrea voor School als vindplaats?", "444.000"),
        ("Welke vier kernrollen zijn er in de regie?", "Ontwerper"),
    ],
)
def test_the_seed_documents_answer_questions(seeds: LiveKnowledge, question: str, fact: str) -> None:
    assert fact in ask(seeds, question).text
