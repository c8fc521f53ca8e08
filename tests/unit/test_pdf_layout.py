"""From places on a page to reading order, tables, furniture and joined words."""

from __future__ import annotations

import pytest

from ingest.readers.pdf_aligned import aligned_tables
from ingest.readers.pdf_furniture import without_furniture
from ingest.readers.pdf_headings import Style, heading_style, levels
from ingest.readers.pdf_layout import regions
from ingest.readers.pdf_lines import Fragment, fragments_of
from ingest.readers.pdf_lists import Nesting, marker_of
from ingest.readers.pdf_runs import Rule, Run
from ingest.readers.pdf_tables import drawn_tables
from ingest.readers.pdf_words import join_lines, vocabulary

PROSE = "De mentor overlegt met de ouders over hulp"


def run(text: str, x: float, y: float, *, size: float = 10, bold: bool = False) -> Run:
    return Run(text, x, x + 0.5 * size * len(text), y, size, bold, 0.28 * size)


def fragment(text: str, x: float, y: float, *, size: float = 10, bold: bool = False) -> Fragment:
    return fragments_of([run(text, x, y, size=size, bold=bold)])[0]


def test_a_gap_is_a_blank_and_touching_runs_are_one_word() -> None:
    runs = [run("samen", 0, 10), run("werking", 25.2, 10), run("met", 63.5, 10)]
    assert [f.text for f in fragments_of(runs)] == ["samenwerking met"]


def test_letters_set_apart_make_one_word() -> None:
    runs = [run(letter, at * 8.0, 10) for at, letter in enumerate("VERZUIM")]
    runs += [run(letter, 70 + at * 8.0, 10) for at, letter in enumerate("MELDEN")]
    assert " ".join(f.text for f in fragments_of(runs, gap=3)) == "VERZUIM MELDEN"


def test_columns_are_read_left_to_right_and_a_wide_line_cuts_them() -> None:
    page = [fragment("Een titel over beide kolommen heen, van links tot rechts op het blad", 50, 40)]
    page += [fragment(f"{PROSE} {side}{n}", x, 60 + 12 * n) for n in range(9) for side, x in (("L", 50), ("R", 310))]
    order = [f.text for region in regions(page) for f in region.fragments]
    assert order == [page[0].text, *(f"{PROSE} {side}{n}" for side in "LR" for n in range(9))]


def test_numbers_of_a_list_are_no_column() -> None:
    page = [fragment(f"{n}.", 50, 60 + 12 * n) for n in range(9)]
    page += [fragment(f"{PROSE} {n}", 75, 60 + 12 * n) for n in range(9)]
    assert len(regions(page)) == 1
    assert aligned_tables(page) == []


def test_cells_of_a_table_are_no_columns() -> None:
    page = [fragment(text, x, 60 + 14 * n) for n in range(8) for x, text in ((50, "mentor"), (300, "belt de ouders"))]
    assert len(regions(page)) == 1
    [(first, end, table)] = aligned_tables(page)
    assert (first, end, len(table.rows)) == (0, 8, 8)


def test_a_drawn_table_keeps_cells_of_several_lines_together() -> None:
    cells = [("Wie", 55, 112), ("Wat", 205, 112), ("mentor", 55, 132), ("belt de", 205, 132), ("ouders", 205, 144)]
    rules = [Rule(50, y, 400, y) for y in (100, 120, 150)] + [Rule(x, 100, x, 150) for x in (50, 200, 400)]
    tables, rest = drawn_tables([fragment(*cell) for cell in cells] + [fragment(PROSE, 50, 200)], rules, 595, 842)
    assert [f.text for f in rest] == [PROSE]
    assert [[" ".join(f.text for f in cell) for cell in row] for row in tables[0].rows] == [
        ["Wie", "Wat"],
        ["mentor", "belt de ouders"],
    ]


def test_a_box_around_text_is_no_table() -> None:
    rules = [Rule(40, 90, 500, 90), Rule(40, 160, 500, 160), Rule(40, 90, 40, 160), Rule(500, 90, 500, 160)]
    lines = [fragment(PROSE, 50, 110), fragment(PROSE, 50, 122)]
    assert drawn_tables(lines, rules, 595, 842) == ([], lines)


def test_only_numbers_that_count_the_pages_are_page_numbers() -> None:
    pages = [[fragment(PROSE, 50, 400), fragment(str(n + 4), 290, 810), fragment("7.", 50, 80)] for n in range(4)]
    kept = without_furniture(pages, [842.0] * 4)
    assert [[f.text for f in page] for page in kept] == [[PROSE, "7."]] * 4


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("• de mentor", ""),
        ("2. de mentor", "2."),
        ("b) de mentor", "b)"),
        ("(iv) de mentor", "(iv)"),
        ("- de mentor", ""),
    ],
)
def test_markers_that_mean_something_are_kept(text: str, kept: str) -> None:
    marker = marker_of(text)
    assert marker is not None
    assert marker.text == kept


@pytest.mark.parametrize("text", ["2026 was een jaar", "De mentor", "3.400 leerlingen", "e-mail", "A. Jansen belt"])
def test_ordinary_beginnings_are_no_markers(text: str) -> None:
    assert marker_of(text) is None


def test_nesting_follows_the_indents() -> None:
    nesting = Nesting()
    assert [nesting.level(x) for x in (10, 30, 30, 50, 30, 10, 30)] == [1, 2, 2, 3, 2, 1, 2]


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["samen-", "werking"], "samenwerking"),
        (["jeugd-", "en gezinszorg"], "jeugd- en gezinszorg"),
        (["niet-", "/gebruik"], "niet-/gebruik"),
        (["niet-", "gebruik"], "niet-gebruik"),
        (["MDO-", "verslag"], "MDO-verslag"),
        (["16-", "jarige"], "16-jarige"),
        (["2025-", "2026"], "2025-2026"),
        (["mee-", "eten"], "mee-eten"),
        (["school en/", "of gemeente"], "school en/of gemeente"),
        (["zie https://voorbeeld.nl/", "melden"], "zie https://voorbeeld.nl/melden"),
        (["leer\u2010", "plicht"], "leerplicht"),
        (["als bedoeld in artikel 2.", "3, eerste lid"], "als bedoeld in artikel 2.3, eerste lid"),
    ],
)
def test_lines_are_joined_as_they_were_meant(lines: list[str], joined: str) -> None:
    assert join_lines(lines, vocabulary(lines))[0] == joined


def test_what_the_document_writes_elsewhere_decides_about_a_hyphen() -> None:
    words = vocabulary(["De onderwijs-zorggroep komt bijeen.", "De zorggroep ook."])
    assert join_lines(["De onderwijs-", "zorggroep"], words)[0] == "De onderwijs-zorggroep"


def test_the_place_where_a_line_begins_survives_joining_and_cleaning() -> None:
    text, offsets = join_lines(["Eerst dit , en", "artikel 2. 9 dat,", "dan samen-", "hang"], vocabulary([]))
    assert text == "Eerst dit, en artikel 2.9 dat, dan samenhang"
    assert [text[offset:].split()[0] for offset in offsets] == ["artikel", "dan", "hang"]


def test_bigger_is_higher_and_numbering_orders_what_looks_alike() -> None:
    large, bold = Style(16, True), Style(11, True)
    headings = [("Verordening", large), ("Hoofdstuk 1", bold), ("Artikel 1", bold), ("1.1 Doel", bold)]
    assert levels(headings) == [1, 2, 4, 3]


@pytest.mark.parametrize(
    ("text", "is_heading"),
    [
        ("Artikel 2.3 Toegang", True),
        ("Hoofdstuk 1", True),
        ("1.2 Naam van het onderdeel", True),
        ("Artikel 5 is niet van toepassing op deze hulp.", False),
        ("1.2 Naam van het onderdeel ........ 12", False),
    ],
)
def test_plain_headings_are_known_by_their_number(text: str, is_heading: bool) -> None:
    style = heading_style(text, size=10, bold=False, body=10, lines=1, apart=True, item=False)
    assert (style is not None) == is_heading
