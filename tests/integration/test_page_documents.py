"""The Documents tab: what is listed and found, and the text of a document, whole and in order."""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import HOSTILE, local_client
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from bot.api import problems
from bot.api.app import create_app
from bot.web.document_tables import table_of
from bot.web.document_text import BlockKind, TextBlock, blocks_of
from bot.web.documents import documents_router
from ingest.pipeline import ingest
from ingest.reading import Block, FileText
from ingest.reading import BlockKind as Read
from ingest.splitting import split
from kb.analysis import word_spans, words
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

CALL = "/pagina/documenten"


def client_of(knowledge: LiveKnowledge) -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.include_router(documents_router(knowledge))
    return local_client(app)


@pytest.fixture(scope="module")
def tab(knowledge: LiveKnowledge) -> TestClient:
    return client_of(knowledge)


@pytest.fixture
def made(store: ReleaseStore, encoder: Encoder, tmp_path: Path) -> Callable[..., TestClient]:
    """Ingests files by name and text, and returns a client of the tab on them."""

    def make(**files: str) -> TestClient:
        folder = tmp_path / "stukken"
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
        assert ingest(store, folder, encoder).published
        return client_of(LiveKnowledge(store, encoder))

    return make


def listed(tab: TestClient, **wanted: Any) -> html.HtmlElement:
    response = tab.post(CALL, json=wanted)
    assert response.status_code == 200, response.text
    return html.fragment_fromstring(response.text, create_parent="div")


def read(tab: TestClient, document_id: str) -> html.HtmlElement:
    response = tab.get(f"{CALL}/{document_id}")
    assert response.status_code == 200, response.text
    return html.fragment_fromstring(response.text, create_parent="div")


def seen(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def titles(found: html.HtmlElement) -> list[str]:
    return [seen(title) for title in found.cssselect("h3")]


def text_in(article: html.HtmlElement) -> str:
    """The text of the document, without what was put into it: page numbers, and headings of columns."""
    for added in article.cssselect(".bladzijde, thead"):
        added.drop_tree()
    return seen(article.cssselect(".tekst")[0])


def test_every_document_shows_its_whole_text_once_with_every_passage_to_link_to(
    tab: TestClient, knowledge: LiveKnowledge
) -> None:
    release = knowledge.retriever().release
    for document in release.documents.values():
        article = read(tab, document.id)
        title, text = seen(article.cssselect("h2")[0]), " ".join(release.text_of(document.id).split())
        assert title == document.title
        assert text_in(article) in (text, text.removeprefix(f"{title} "))
        ids = [passage.id for passage in release.passages if passage.document_id == document.id]
        assert [element.get("id") for element in article.cssselect("[id^=passage-]")] == [
            f"passage-{key}" for key in ids
        ]
        every_id = article.xpath("//@id")
        assert len(every_id) == len(set(every_id))


LINE = st.lists(st.sampled_from(["school", "De", "3.", "a)", "meldt:", "art.", "Wie: ik;", "einde."]), min_size=1).map(
    " ".join
)
LONG = st.lists(LINE, min_size=1, max_size=40).map(" ".join)


@st.composite
def paged_blocks(draw: st.DrawFn) -> list[Block]:
    blocks, page = [], draw(st.sampled_from([None, 1]))
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(list(Read)))
        text = draw(LINE if kind is Read.HEADING else LONG)
        spaces = [match.end() for match in re.finditer(" ", text)]
        breaks = (
            tuple(draw(st.lists(st.sampled_from(spaces), max_size=2, unique=True).map(sorted)))
            if page and spaces
            else ()
        )
        blocks.append(
            Block(kind, text, draw(st.integers(1, 3)) if kind in (Read.HEADING, Read.ITEM) else 0, page, breaks)
        )
        page = page + len(breaks) + draw(st.integers(0, 1)) if page else None
    return blocks


@given(paged_blocks())
def test_whatever_a_reader_gives_nothing_is_left_out_or_shown_twice(read_blocks: list[Block]) -> None:
    document, passages = split("d", FileText(tuple(read_blocks)), lambda texts: [len(text.split()) for text in texts])
    blocks = blocks_of(document.text, passages)
    assert " ".join(chain.from_iterable(block.text.split() for block in blocks)) == " ".join(document.text.split())
    assert [run.passage for block in blocks for run in block.runs if run.first] == [passage.id for passage in passages]
    pages = [block.number for block in blocks if block.kind is BlockKind.PAGE]
    told = sorted([*pages, *(run.page for block in blocks for run in block.runs if run.page)])
    assert told == sorted({unit.page for passage in passages for unit in passage.units} - {None})


def kinds(blocks: Sequence[TextBlock]) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in blocks]


def test_headings_lists_rows_and_pages_are_told_apart() -> None:
    blocks = (
        Block(Read.HEADING, "Verzuim", 1, 1),
        Block(Read.HEADING, "Melden", 2, 1),
        Block(Read.PARAGRAPH, "De school doet dit:", 0, 1),
        Block(Read.ITEM, "1. bellen", 1, 1),
        Block(Read.ITEM, "melden", 1, 2),
        Block(Read.HEADING, "Leeg", 2, 2),
        Block(Read.HEADING, "Wie", 2, 2),
        Block(Read.ROW, "Week: 1; Wie: mentor.", 0, 2),
        Block(Read.PARAGRAPH, "Het begin. Het vervolg.", 0, 2, (11,)),
    )
    document, passages = split("d", FileText(blocks), lambda texts: [len(text.split()) for text in texts])
    shown = blocks_of(document.text, passages, "Verzuim")
    assert kinds(shown) == [
        ("pagina", ""), ("kop", "Melden"), ("alinea", "De school doet dit:"), ("item", "1. bellen"), ("pagina", ""),
        ("item", "melden"), ("kop", "Leeg"), ("kop", "Wie"), ("rij", "Week: 1; Wie: mentor."),
        ("alinea", "Het begin. Het vervolg."),
    ]  # fmt: skip
    assert [block.number for block in shown if block.kind is BlockKind.PAGE] == [1, 2]
    assert [block.numbered for block in shown if block.kind is BlockKind.ITEM] == [True, False]
    assert [(block.number, block.level) for block in shown if block.kind is BlockKind.HEADING] == [
        (1, 4),
        (2, 4),
        (3, 4),
    ]
    assert [run.page for run in shown[-1].runs] == [None, 3]


ROWS = [
    "Week: 1; Wie: mentor; Wat: belt; let op: ook de ouders.",
    "Week: 2; Wat: praat: kort.",
    "Vakantie.",
    "Week: 4; Wie: wij.",
]


def test_rows_become_a_table_when_they_show_their_columns() -> None:
    table = table_of(ROWS)
    assert table
    assert table.columns == ("Week", "Wie", "Wat")
    assert [[cell.text if cell else None for cell in row] for row in table.rows] == [
        ["1", "mentor", "belt; let op: ook de ouders."], ["2", None, "praat: kort."], ["Vakantie."], ["4", "wij.", None],
    ]  # fmt: skip
    named = table_of(["Mentor; Taak: bellen; Termijn: 1 dag.", "IB’er; Taak: praten; Termijn: 2 dagen."])
    assert named
    assert named.columns == ("", "Taak", "Termijn")
    for rows in (["Eén rij: x; Twee: y."], ["MDO: overleg.", "AVG: wet."], ["a; b; c", "d; e; f"], []):
        assert table_of(rows) is None
    assert table_of([f"A: {n}; B: {n}." if n % 2 else f"B: {n}; A: {n}." for n in range(4)]) is None


@given(
    st.lists(st.lists(st.sampled_from(["A: x", "B: y", "C: ", "z", "A: B: 1"]), min_size=1, max_size=4).map("; ".join))
)
def test_a_table_says_what_its_rows_say(rows: list[str]) -> None:
    if table := table_of(rows):
        assert ["".join(cell.label + cell.text + cell.end for cell in row if cell) for row in table.rows] == rows
        assert all(len(row) == len(table.columns) or (row[0] and row[0].wide) for row in table.rows)


def test_the_list_says_of_every_document_what_it_is(tab: TestClient) -> None:
    found = listed(tab)
    assert seen(found.cssselect(".aantal")[0]) == "20 documenten, 692 passages."
    assert titles(found) == sorted(titles(found), key=str.casefold)
    row = next(
        row for row in found.cssselect(".documentenlijst > li") if "thuiszitters" in seen(row.cssselect("h3")[0])
    )
    for part in ("Handreiking", "15 januari 2024", "Handwijzer-redactie", "75 passages, 15 pagina’s", "PDF, 101 kB"):
        assert part in seen(row)
    assert "Handreiking (8)" in [seen(option) for option in found.cssselect("template option")]
    newest = [seen(date) for date in listed(tab, sorteer="datum").cssselect(".datum")]
    assert newest[0] == "1 juni 2024"
    assert newest[-1] == "zonder datum"
    assert seen(listed(tab, soort="convenant").cssselect(".aantal")[0]) == "1 document, 44 passages."


def test_every_word_has_to_be_there_at_its_beginning_without_case_or_accents(made: Callable[..., TestClient]) -> None:
    tab = made(
        een="---\ntitel: Één plan\n---\n\n## Melden\n\nDe zorgcoördinator meldt verzuim.\n\n## Later\n\nDe ouders bellen.\n",
        twee="---\ntitel: Twee plannen\n---\n\nHet schoolverzuim is hoog. Zie artikel 7.3.11 van de wet.\n",
        drie="---\ntitel: Drie\n---\n\n## Verzuim\n\nIedereen belt de ouders van de leerling.\n",
    )  # fmt: skip
    for query, expected in {
        "verzu": ["Drie", "Één plan"],
        "VERZUIM, zorgcoordinator!": ["Één plan"],
        "zorgcoördinator": ["Één plan"],
        "plan": ["Één plan", "Twee plannen"],
        "een plan": ["Één plan"],
        "plan verzuim": ["Één plan"],
        "verzuim ouders": ["Drie", "Één plan"],
        "schoolverz hoog 7.3": ["Twee plannen"],
        "school verzuim": [],
        "erzuim": [],
        "verzuim verzuimt": [],
        "7.3.1 8": [],
        "!?": [],
    }.items():
        assert titles(listed(tab, zoek=query)) == expected, query
    both = listed(tab, zoek="verzuim ouders").cssselect(".documentenlijst > li")
    assert ["staan in dit document niet bij elkaar" in seen(row) for row in both] == [False, True]
    assert [seen(mark) for mark in both[0].cssselect("mark")] == ["Verzuim", "ouders"]
    assert listed(tab, zoek="drie").cssselect(".plaatsen") == []


def test_a_result_shows_the_best_places_in_reading_order_and_counts_the_others(
    tab: TestClient, knowledge: LiveKnowledge
) -> None:
    release = knowledge.retriever().release
    row = listed(tab, zoek="verzu", soort="begrippenlijst").cssselect(".documentenlijst > li")[0]
    document_id = row.cssselect("h3 a")[0].get("href").partition("/")[2]
    holding = [
        passage.id
        for passage in release.passages
        if passage.document_id == document_id
        and any(word.startswith("verzu") for word in words(" ".join((*passage.headings, passage.text))))
    ]
    links = [link.get("href") for link in row.cssselect(".plaatsen a")]
    places = [link.removeprefix(f"#documenten/{document_id}/") for link in links]
    assert len(places) == 3
    assert places == [key for key in holding if key in places]
    assert seen(row.cssselect(".plaatsen > li")[-1]) == f"en {len(holding) - 3} andere plaatsen"
    assert all(seen(mark).casefold().startswith("verzu") for mark in row.cssselect("mark"))
    article = read(tab, document_id)
    assert all(article.cssselect(f"#passage-{key}") for key in places)


@given(st.text(alphabet="aAéßİ’'1.- \u0301x"))
def test_words_are_found_where_they_stand(text: str) -> None:
    spans = word_spans(text)
    assert all(0 <= start < end <= len(text) for start, end, _ in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_a_long_list_comes_in_pieces(made: Callable[..., TestClient]) -> None:
    tab = made(
        **{f"stuk{n:02}": f"---\ntitel: Stuk {n:02}\n---\n\nDit gaat over fietsen en nummer {n}.\n" for n in range(53)}
    )
    first = listed(tab)
    assert len(titles(first)) == 50
    assert seen(first.cssselect(".meer")[0]) == "Toon nog 3 documenten"
    rest = listed(tab, vanaf=int(first.cssselect(".meer button")[0].get("data-vanaf")))
    assert titles(first) + titles(rest) == [f"Stuk {n:02}" for n in range(53)]
    assert not rest.cssselect(".meer")
    assert seen(listed(tab, zoek="fiets", vanaf=40).cssselect(".aantal")[0]).startswith("53 documenten gevonden")
    assert len(titles(listed(tab, zoek="fiets", vanaf=40))) == 13


def test_a_document_says_what_is_known_of_it_and_opens_its_original(made: Callable[..., TestClient]) -> None:
    tab = made(
        oud="---\ntitel: Oude regels\nsoort: protocol\ndatum: 2019-08-01\ngeldig_tot: 2020-07-31\nuitgever: De school\n"
        "url: https://voorbeeld.example/regels\n---\n\nDe conciërge bewaart gevonden fietsen dertig dagen.\n",
        verslag="# Verslag van de netwerkgroep\n\nGroningen, 3 maart 2021\n\nDe groep sprak over fietsen en over de brug.\n",
    )  # fmt: skip
    keys = {seen(link): link.get("href").partition("/")[2] for link in listed(tab).cssselect("h3 a")}
    article = read(tab, keys["Oude regels"])
    facts = {seen(term): seen(term.getnext()) for term in article.cssselect("dt")}
    assert facts == {
        "Soort": "Protocol", "Datum": "1 augustus 2019", "Uitgever": "De school", "Geldig tot en met": "31 juli 2020",
        "Bron": "https://voorbeeld.example/regels",
    }  # fmt: skip
    assert "verlopen" in seen(article.cssselect("header .verlopen")[0])
    link = article.cssselect("dd a")[0]
    assert (link.get("href"), link.get("rel")) == ("https://voorbeeld.example/regels", "noopener noreferrer")
    original = article.cssselect(".origineel a")[0]
    assert seen(original).startswith("Open origineel (tekst, 1 kB)")
    assert re.fullmatch(rf"/v1/documenten/{keys['Oude regels']}/bestand\?versie=[0-9a-f]{{12}}", original.get("href"))
    assert "Verlopen: gold tot en met 31 juli 2020" in seen(listed(tab, zoek="oude"))
    guessed = "3 maart 2021 (uit de tekst afgeleid)"
    assert seen(listed(tab, zoek="netwerkgroep").cssselect(".datum")[0]) == guessed
    assert guessed in seen(read(tab, keys["Verslag van de netwerkgroep"]).cssselect("dl")[0])


def test_hostile_text_in_title_text_file_name_and_search_shows_as_text(
    store: ReleaseStore, encoder: Encoder, tmp_path: Path
) -> None:
    (tmp_path / "stukken").mkdir()
    name = "<img src=x onerror=alert(1)>.txt"
    (tmp_path / "stukken" / name).write_text(
        f"Regels {HOSTILE}\n\nDe noodkast gaat open {HOSTILE}.\n", encoding="utf-8"
    )
    assert ingest(store, tmp_path / "stukken", encoder).published
    # No ingest takes such an address; what is on the disk may come from elsewhere.
    documents = store.folder(store.live_id() or "") / "documents.json"
    documents.write_text(documents.read_text("utf-8").replace('"url": null', '"url": "javascript:alert(1)"'), "utf-8")
    tab = client_of(LiveKnowledge(store, encoder))
    found = listed(tab, zoek="script alert")
    assert HOSTILE in titles(found)[0]
    assert HOSTILE in seen(listed(tab, zoek=HOSTILE, soort=HOSTILE))
    article = read(tab, found.cssselect("h3 a")[0].get("href").partition("/")[2].partition("/")[0])
    assert "javascript:alert(1)" in seen(article.cssselect("dl")[0])
    assert all(link.get("href").startswith(("#documenten", "/v1/")) for link in article.cssselect("a"))
    assert HOSTILE in text_in(article)
    for part in (found, article):
        assert not part.cssselect("img, script, [onerror]")


def test_empty_knowledge_nothing_found_and_a_document_that_is_gone_are_said_in_dutch(
    tab: TestClient, store: ReleaseStore, encoder: Encoder
) -> None:
    assert "Er zijn nog geen documenten." in seen(listed(client_of(LiveKnowledge(store, encoder))))
    assert (
        seen(listed(tab, zoek=" xqz ").cssselect(".aantal")[0]) == "Niets gevonden voor ‘xqz’. Probeer een ander woord."
    )
    assert "kies alle soorten" in seen(listed(tab, zoek="xqz", soort="convenant"))
    gone = tab.get(f"{CALL}/weg-123456")
    assert (gone.status_code, gone.json()["detail"]) == (404, "Dit document staat niet in de kennisbank.")
    assert tab.post(CALL, json={"zoek": "x" * 201}).status_code == 400


def test_a_new_release_is_searched_at_once(encoder: Encoder, store: ReleaseStore, corpus: Path) -> None:
    assert ingest(store, corpus, encoder).published
    now = [0.0]
    tab = client_of(LiveKnowledge(store, encoder, clock=lambda: now[0]))
    assert titles(listed(tab, zoek="netwerkgroep")) == ["Verslag van de netwerkgroep"]
    (corpus / "verslag.txt").unlink()
    shutil.copy(corpus / "verzuim.md", corpus / "kopie.md")
    assert ingest(store, corpus, encoder).published
    now[0] = 60
    assert titles(listed(tab, zoek="netwerkgroep")) == []
    assert len(titles(listed(tab, zoek="zorgco"))) == 2


def test_what_is_searched_for_stands_in_no_address_and_no_log(
    knowledge: LiveKnowledge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = local_client(create_app(knowledge, Settings(data_dir=tmp_path)))
    with caplog.at_level(logging.DEBUG, logger="handwijzer"):
        assert "Niets gevonden" in app.post(CALL, json={"zoek": "Zwaluwstaart"}).text
        assert app.get(CALL, params={"zoek": "Zwaluwstaart"}).status_code == 405
    assert caplog.records
    assert "waluwstaart" not in "".join(
        str(vars(record)) for record in caplog.records if record.name.startswith("handwijzer")
    )


def test_searching_while_typing_costs_a_few_milliseconds(tab: TestClient) -> None:
    listed(tab, zoek="v")
    spent = []
    for query in ("v", "ve", "ver", "verz", "verzu"):
        began = time.process_time()
        listed(tab, zoek=query)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.05
