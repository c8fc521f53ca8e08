"""PDF files read as a person reads them, or refused with the right reason."""

from __future__ import annotations

import contextlib
import re
import time
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from pdf_files import draw, paragraph, typeset
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

from ingest.cleaning import clean_line
from ingest.readers.pdf import MOST_PAGES, read_pdf
from ingest.reading import Block, BlockKind, FileText
from kb.errors import ReadError, Reason

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
FILES = SHARED / "data" / "files"
HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW

needs_files = pytest.mark.skipif(not FILES.is_dir(), reason=f"{FILES} ontbreekt: geen moeilijke bestanden om te lezen")

SENTENCES = (
    "De mentor bespreekt het verzuim met de leerling en met de ouders, en legt de afspraken vast in het dossier. "
    "Als het verzuim aanhoudt, betrekt de mentor de ondersteuningscoördinator van de school bij het gesprek. "
)


def texts(result: FileText, kind: BlockKind | None = None) -> list[str]:
    return [block.text for block in result.blocks if kind is None or block.kind is kind]


def outline(result: FileText) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for block in result.blocks]


@pytest.fixture(scope="module")
def handreiking(tmp_path_factory: pytest.TempPathFactory) -> FileText:
    body = (
        "<h1>Handreiking samenwerken</h1><h2>Melden</h2>"
        f"<p>Eerste alinea. {SENTENCES * 2}</p><p>Wie iets merkt, doet <b>drie dingen</b>:</p>"
        "<ol><li>overleggen met de ondersteuningscoördinator van de school of met een collega die het gezin goed kent"
        "<ul><li>eerst zonder naam</li></ul></li><li>de ouders bellen</li></ol>"
        "<h3>Wie doet wat</h3><table><thead><tr><th>Week</th><th>Wie</th><th>Wat</th></tr></thead>"
        + "".join(f"<tr><td>{n}</td><td>mentor</td><td>belt de ouders, keer {n}</td></tr>" for n in range(1, 40))
        + f"</table><h2>Daarna</h2><p>{SENTENCES * 30}Slot.</p>"
    )
    return read_pdf(typeset(tmp_path_factory.mktemp("pdf") / "handreiking.pdf", body))


def test_headings_paragraphs_and_lists_keep_their_kind_level_and_text(handreiking: FileText) -> None:
    assert outline(handreiking)[:8] == [
        ("heading", 1, "Handreiking samenwerken"),
        ("heading", 2, "Melden"),
        ("paragraph", 0, f"Eerste alinea. {SENTENCES * 2}".strip()),
        ("paragraph", 0, "Wie iets merkt, doet drie dingen:"),
        (
            "item",
            1,
            "1. overleggen met de ondersteuningscoördinator van de school of met een collega die het gezin goed kent",
        ),
        ("item", 2, "eerst zonder naam"),
        ("item", 1, "2. de ouders bellen"),
        ("heading", 3, "Wie doet wat"),
    ]


def test_table_rows_carry_the_column_names_over_a_page_end(handreiking: FileText) -> None:
    rows = [block for block in handreiking.blocks if block.kind is ROW]
    assert [row.text for row in rows] == [
        f"Week: {n}; Wie: mentor; Wat: belt de ouders, keer {n}." for n in range(1, 40)
    ]
    assert {row.page for row in rows} == {1, 2}


def test_paragraph_over_a_page_end_is_one_block_that_knows_where_the_page_begins(handreiking: FileText) -> None:
    block = handreiking.blocks[-1]
    assert block.text == f"{SENTENCES * 30}Slot."
    assert block.page is not None
    assert len(block.page_breaks) >= 1
    assert handreiking.pages == block.page + len(block.page_breaks)
    for offset in block.page_breaks:
        assert block.text[offset - 1 : offset] == " " or block.text[offset - 1 : offset + 1].isalpha()


def test_running_headers_and_page_numbers_are_left_out(handreiking: FileText) -> None:
    assert texts(handreiking).count("Handreiking samenwerken") == 1
    assert not any(re.search(r"\d / \d", text) for text in texts(handreiking))


def test_properties_give_title_date_and_publisher(handreiking: FileText) -> None:
    assert handreiking.metadata == {
        "titel": "Handreiking samenwerken",
        "datum": "2023-06-01",
        "uitgever": "Redactie Handwijzer",
    }


@pytest.mark.parametrize("title", ["Microsoft Word - brief.doc", "untitled", "rapport_def.docx", "Document1"])
def test_a_title_left_by_a_program_is_no_title(tmp_path: Path, title: str) -> None:
    path = draw(tmp_path / "brief.pdf", [[(72, 700, "Een gewone zin in een brief.")]])
    writer = PdfWriter(clone_from=path)
    writer.add_metadata({"/Title": title, "/Author": "J. de Vries"})
    writer.write(path)
    assert "titel" not in read_pdf(path).metadata
    assert "uitgever" not in read_pdf(path).metadata


def test_two_columns_are_read_one_after_the_other_under_a_title_over_both(tmp_path: Path) -> None:
    left, right = ([f"{side} {SENTENCES}" for _ in range(3)] for side in ("Links.", "Rechts."))
    body = (
        "<h1>Een titel die over beide kolommen van deze bladzijde staat</h1><main>"
        f"{''.join(f'<p>{text}</p>' for text in left)}<p class=volgende>{right[0]}</p>"
        f"{''.join(f'<p>{text}</p>' for text in right[1:])}</main>"
    )
    style = "main { columns: 2; column-gap: 8mm } .volgende { break-before: column } p { margin: 0 0 2mm }"
    result = read_pdf(typeset(tmp_path / "kolommen.pdf", body, style))
    assert texts(result) == [
        "Een titel die over beide kolommen van deze bladzijde staat",
        *(text.strip() for text in left),
        *(text.strip() for text in right),
    ]


def test_broken_words_are_joined_and_real_hyphens_kept(tmp_path: Path) -> None:
    lines = [
        "In deze regio is er voor elke leerling veel samen-",
        "werking tussen de scholen en de hulp voor jeugd-",
        "en ouderenzorg. Er is een apart beleid voor niet-",
        "/gebruik, en voor een toe- of afwijzing van AVG-",
        "verzoeken. De organisatie van alle jeugd\u00ad",
        "hulp ligt bij een bureau in de provincie Noord-",
        "Holland.",
    ]
    result = read_pdf(draw(tmp_path / "woorden.pdf", [paragraph(lines)]))
    assert texts(result) == [
        "In deze regio is er voor elke leerling veel samenwerking tussen de scholen en de hulp voor jeugd- en "
        "ouderenzorg. Er is een apart beleid voor niet-/gebruik, en voor een toe- of afwijzing van AVG-verzoeken. "
        "De organisatie van alle jeugdhulp ligt bij een bureau in de provincie Noord-Holland."
    ]


def test_a_heading_or_list_item_on_the_next_page_never_continues_the_paragraph_before(tmp_path: Path) -> None:
    full = "De school overlegt met de ouders en met de gemeente over de hulp die dit kind nodig heeft en"
    pages = [
        [*paragraph([full, full]), (72, 60, "1")],
        [(72, 760, "*Afspraken"), *paragraph([full, full], top=735), (72, 60, "2")],
        [*paragraph(["- de mentor belt", "- de school schrijft op"]), (72, 60, "3")],
    ]
    result = read_pdf(draw(tmp_path / "pagina.pdf", pages))
    assert [(block.kind, block.page, block.page_breaks) for block in result.blocks] == [
        (PARAGRAPH, 1, ()),
        (HEADING, 2, ()),
        (PARAGRAPH, 2, ()),
        (ITEM, 3, ()),
        (ITEM, 3, ()),
    ]


def test_footnote_marks_do_not_glue_to_words_and_exponents_do(tmp_path: Path) -> None:
    body = f"<p>De meldcode<sup>1</sup> geldt op 25 m<sup>2</sup> en in het 2<sup>e</sup> lid. {SENTENCES}</p>"
    result = read_pdf(typeset(tmp_path / "noten.pdf", body))
    assert "De meldcode ¹ geldt op 25 m² en in het 2e lid." in result.blocks[0].text


def test_text_is_ordered_by_place_and_not_by_its_order_in_the_file(tmp_path: Path) -> None:
    page = [
        (100, 700, "Het college beslist binnen acht weken."),
        (72, 740, "*1."),
        (100, 740, "De ouder vraagt hulp aan bij"),
        (230, 740, "*het college."),
        (72, 700, "*2."),
    ]
    result = read_pdf(draw(tmp_path / "volgorde.pdf", [page]))
    assert texts(result, ITEM) == [
        "1. De ouder vraagt hulp aan bij het college.",
        "2. Het college beslist binnen acht weken.",
    ]


def test_a_table_without_lines_is_read_by_its_columns(tmp_path: Path) -> None:
    rows = [("*Gemeente", "*Scholen", "*Leerlingen"), ("Dronten", "12", "3.400"), ("Nijmegen", "48", "21.900")]
    page = [(x, 700 - 16 * n, cell) for n, row in enumerate(rows) for x, cell in zip((72, 200, 300), row, strict=True)]
    result = read_pdf(draw(tmp_path / "tabel.pdf", [[(72, 760, "Een zin boven de tabel."), *page]]))
    assert texts(result, ROW) == [
        "Gemeente: Dronten; Scholen: 12; Leerlingen: 3.400.",
        "Gemeente: Nijmegen; Scholen: 48; Leerlingen: 21.900.",
    ]


def test_browser_lines_above_and_below_a_single_page_are_left_out(tmp_path: Path) -> None:
    page = [
        (24, 822, "07-01-2026, 12:56"),
        (200, 822, "Verordening | Lokale wetgeving"),
        *paragraph(["De tekst van de verordening staat hier."]),
        (24, 18, "https://voorbeeld.nl/verordening/1"),
        (560, 18, "1/1"),
    ]
    assert texts(read_pdf(draw(tmp_path / "print.pdf", [page]))) == ["De tekst van de verordening staat hier."]


def test_a_heading_that_stands_at_the_top_of_some_pages_is_kept(tmp_path: Path) -> None:
    words = ("Aanmelden", "Beoordelen", "Bespreken", "Toestemming", "Vastleggen", "Afsluiten", "Nazorg", "Bezwaar")
    pages = [
        [
            (
                72,
                770,
                "*Uitleg van deze stap" if number in (2, 3, 4) else f"{word} is een stap die de school zelf zet.",
            ),
            *paragraph([f"{word} kost tijd, en daarom begint de school er vroeg mee."], top=740),
        ]
        for number, word in enumerate(words)
    ]
    result = read_pdf(draw(tmp_path / "uitleg.pdf", pages))
    assert texts(result, HEADING) == ["Uitleg van deze stap"] * 3


def locked(path: Path, password: str) -> Path:
    draw(path, [[(72, 700, "Vertrouwelijke afspraken over de samenwerking.")]])
    writer = PdfWriter(clone_from=path)
    writer.encrypt(user_password=password, owner_password="eigenaar", algorithm="AES-256")
    writer.write(path)
    return path


def test_a_file_with_an_empty_user_password_opens(tmp_path: Path) -> None:
    result = read_pdf(locked(tmp_path / "open.pdf", ""))
    assert texts(result) == ["Vertrouwelijke afspraken over de samenwerking."]


def refusal(path: Path) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read_pdf(path)
    return caught.value


def test_a_file_with_a_real_password_is_refused(tmp_path: Path) -> None:
    assert refusal(locked(tmp_path / "dicht.pdf", "geheim")).reason is Reason.PASSWORD


def test_pages_that_are_a_picture_are_named_as_scans_even_with_a_stamp_on_them(tmp_path: Path) -> None:
    canvas_module = pytest.importorskip("reportlab.pdfgen.canvas", reason="reportlab maakt de voorbeeldbestanden")
    picture = pytest.importorskip("PIL.Image").new("L", (60, 80), 200)
    sizes = [(595, 842, "Ontvangen 3 mei"), (595, 842, ""), (100, 50, "Ontvangen 3 mei"), (595, 842, f"{SENTENCES}")]
    canvas = canvas_module.Canvas(str(tmp_path / "scan.pdf"), pagesize=(595, 842))
    for width, height, text in sizes:
        canvas.drawInlineImage(picture, 0, 0, width, height)
        canvas.drawString(20, 700, text)
        canvas.showPage()
    canvas.save()
    result = read_pdf(tmp_path / "scan.pdf")
    assert result.scanned == (1, 2)
    assert {block.page for block in result.blocks} >= {3, 4}


def test_one_scanned_or_broken_page_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    path = draw(tmp_path / "deels.pdf", [[(72, 700, f"De tekst van bladzijde {n} is goed.")] for n in (1, 2, 3)])
    writer = PdfWriter(clone_from=path)
    broken = DecodedStreamObject()
    broken.set_data(b"BT /F1 10 Tf (niet te lezen) Tj " + b"[" * 5000)
    writer.pages[1][NameObject("/Contents")] = writer._add_object(broken)
    writer.write(path)
    result = read_pdf(path)
    assert texts(result) == ["De tekst van bladzijde 1 is goed.", "De tekst van bladzijde 3 is goed."]
    assert [block.page for block in result.blocks] == [1, 3]
    assert result.notices == ("Pagina 2 is beschadigd en overgeslagen.",)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\nniets", b"\0" * 4096, b"%PDF-1.4\n" + b"<<" * 20000])
def test_a_file_that_is_no_pdf_inside_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kapot.pdf"
    path.write_bytes(content)
    assert refusal(path).reason is Reason.DAMAGED


def test_a_file_cut_short_anywhere_is_read_or_refused_but_never_fails_otherwise(tmp_path: Path) -> None:
    whole = draw(tmp_path / "heel.pdf", [[(72, 700, "Een zin.")], [(72, 700, "Nog een zin.")]]).read_bytes()
    path = tmp_path / "half.pdf"
    for end in range(0, len(whole), 37):
        path.write_bytes(whole[:end])
        with contextlib.suppress(ReadError):
            read_pdf(path)


def test_pages_are_read_when_the_list_of_pages_leads_back_to_itself(tmp_path: Path) -> None:
    path = draw(tmp_path / "kring.pdf", [[(72, 700, f"De tekst van bladzijde {n} is goed.")] for n in (1, 2)])
    writer = PdfWriter(clone_from=path)
    tree = cast(DictionaryObject, writer.root_object["/Pages"])
    cast(ArrayObject, tree["/Kids"]).insert(1, tree.indirect_reference)
    writer.write(path)
    result = read_pdf(path)
    assert texts(result) == ["De tekst van bladzijde 1 is goed.", "De tekst van bladzijde 2 is goed."]
    assert result.notices == ("De lijst met pagina's in deze pdf is beschadigd. Controleer of alles er staat.",)


def test_attachments_are_left_alone_and_reported_wherever_they_hang(tmp_path: Path) -> None:
    path = draw(tmp_path / "bijlagen.pdf", [[(72, 700, "Zie de bijlagen bij deze brief.")]])
    reported = ("In deze pdf zitten bijlagen. Die zijn niet gelezen; voeg ze los toe als ze nodig zijn.",)
    attached = PdfWriter(clone_from=path)
    attached.add_attachment("rooster.txt", b"maandag")
    names = cast(DictionaryObject, attached.root_object["/Names"])
    leaf = attached._add_object(names["/EmbeddedFiles"])
    branch = attached._add_object(DictionaryObject({NameObject("/Kids"): ArrayObject([leaf])}))
    names[NameObject("/EmbeddedFiles")] = DictionaryObject({NameObject("/Kids"): ArrayObject([branch])})
    attached.write(tmp_path / "diep.pdf")
    pinned = PdfWriter(clone_from=path)
    pinned.add_annotation(0, DictionaryObject({NameObject("/Subtype"): NameObject("/FileAttachment")}))
    pinned.write(tmp_path / "geprikt.pdf")
    for name in ("diep.pdf", "geprikt.pdf"):
        assert read_pdf(tmp_path / name).notices == reported


def test_more_than_the_greatest_number_of_pages_is_too_large(tmp_path: Path) -> None:
    writer = PdfWriter()
    for _ in range(MOST_PAGES + 1):
        writer.add_blank_page(100, 100)
    writer.write(tmp_path / "dik.pdf")
    assert refusal(tmp_path / "dik.pdf").reason is Reason.TOO_LARGE


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    assert refusal(tmp_path / "weg.pdf").reason is Reason.UNREADABLE


def test_filled_in_fields_are_read_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "formulier.pdf"
    canvas_module = pytest.importorskip("reportlab.pdfgen.canvas")
    canvas = canvas_module.Canvas(str(path))
    canvas.drawString(72, 700, "Naam van de school:")
    canvas.acroForm.textfield(name="school", value="De Regenboog", x=190, y=694, width=200, height=20)
    canvas.save()
    assert texts(read_pdf(path)) == ["Naam van de school: De Regenboog"]


@needs_files
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("corrupt_fuzzed_redhat", Reason.DAMAGED),
        ("corrupt_huge_page_count_claim", Reason.DAMAGED),
        ("corrupt_pdfbox_3148_fuzzed", Reason.DAMAGED),
        ("empty_page", Reason.NO_TEXT),
        ("encrypted_noextract_owner_user", Reason.PASSWORD),
        ("javascript_page_action", Reason.NO_TEXT),
    ],
)
def test_hard_files_are_refused_for_the_right_reason(name: str, reason: Reason) -> None:
    assert refusal(FILES / f"{name}.pdf").reason is reason


@needs_files
@pytest.mark.parametrize("name", ["scanned_ccitt_fax", "scanned_no_textlayer_1"])
def test_hard_files_of_scans_have_no_text_of_their_own(name: str) -> None:
    assert read_pdf(FILES / f"{name}.pdf").blocks == ()
    assert read_pdf(FILES / f"{name}.pdf").scanned == (1,)


@needs_files
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("accent_seac", "accent ã"),
        ("corrupt_bad_xref", "Hello, world!"),
        ("corrupt_pages_tree_cycle", "Testcase: ’Pages loop’"),
        ("diacritics_fr", "àÀâÂäÄçÇéÉèÈêÊëËîÎïÏôÔùÙûÛüÜ"),
        ("encrypted_tika_protected", "RETHINKING THE FINANCIAL NETWORK"),
        ("extra_spaces", "Here is some formatted text"),
        ("form_libreoffice", "First Name Alice"),
        ("ligatures", "abcdeffffiflffifflststghijklmno"),
        ("multicolumn_tamreview", "Overview of the Technology Acceptance Model: Origins, Developments and Future"),
        ("nl_wcag_48p", "Niveau A: 9 / 9; Niveau AA: 9 / 11; Totaal: 18 / 20."),
        ("rotated_hello", "Hello world"),
        ("soft_hyphens", "optionalhyphen"),
        ("text_many_angles", "From diamonds to gold to bauxite, Earth is chock-full of valuable resources."),
    ],
)
def test_hard_files_are_read(name: str, words: str) -> None:
    assert words in " ".join(texts(read_pdf(FILES / f"{name}.pdf")))


@needs_files
def test_pages_whose_letters_can_not_be_told_are_reported_instead_of_read() -> None:
    result = read_pdf(FILES / "multicolumn_tamreview.pdf")
    assert not any("/g1" in text or "\ufffd" in text for text in texts(result))
    assert len(result.scanned) == 21


@pytest.fixture(scope="module")
def ordinance() -> FileText:
    found = sorted((SHARED / "data" / "texts").glob("Verordening*.pdf"))
    if not found:
        pytest.skip(f"{SHARED}/data/texts ontbreekt: geen verordening om te lezen")
    begin = time.process_time()
    result = read_pdf(found[0])
    assert result.pages is not None
    assert result.pages / (time.process_time() - begin) > 10
    return result


def test_each_paragraph_of_an_article_starts_with_its_own_number(ordinance: FileText) -> None:
    assert any(
        text == "3. Een aanvraag voor een individuele voorziening wordt schriftelijk ingediend bij het college."
        for text in texts(ordinance, ITEM)
    )
    numbers: list[int] = []
    runs = []
    for block in ordinance.blocks[: [block.text for block in ordinance.blocks].index("Toelichting")]:
        if block.kind is HEADING:
            runs.append(numbers)
            numbers = []
        elif block.kind is ITEM and block.level == 1 and (match := re.match(r"(\d+)\. ", block.text)):
            numbers.append(int(match[1]))
    broken = [run for run in runs if any(b != a + 1 for a, b in pairwise(run)) or run[:1] not in ([], [1])]
    # article 2 has two paragraphs 7 in the original
    assert broken == [[1, 2, 3, 4, 5, 6, 7, 7]]


def test_terms_stay_in_the_sentence_that_defines_them(ordinance: FileText) -> None:
    assert "e. college: het college van burgemeester en wethouders van de gemeente Groningen;" in texts(ordinance, ITEM)
    assert any(text.startswith("o. triage: een eerste en beperkte toegangsbeoordeling") for text in texts(ordinance))
    assert "gelet op de artikelen 2.9, 2.10, 2.12 en 8.1.1, derde lid, van de Jeugdwet;" in texts(ordinance)


def test_no_page_of_the_ordinance_cuts_a_sentence(ordinance: FileText) -> None:
    assert sum(len(block.page_breaks) for block in ordinance.blocks) >= 12
    joined = next(block for block in ordinance.blocks if block.text.startswith("a. algemene voorziening:"))
    assert joined.page == 1
    assert joined.text[joined.page_breaks[0] :].startswith("persoonskenmerken van de jeugdige of zijn ouders")
    for before, after in pairwise(ordinance.blocks):
        if before.page != after.page and after.kind is PARAGRAPH and before.kind is not HEADING:
            assert before.text[-1] in ".:;" or after.text[0].isupper() or before.text[-1] == after.text[-1]


def test_the_browser_left_nothing_in_the_ordinance(ordinance: FileText) -> None:
    everything = "\n".join(texts(ordinance))
    assert "12:56" not in everything
    assert "CVDR752928" not in everything
    assert not re.search(r"\d/46", everything)


def test_no_word_of_the_ordinance_is_lost(ordinance: FileText) -> None:
    path = next((SHARED / "data" / "texts").glob("Verordening*.pdf"))
    plain = " ".join(page.extract_text() for page in PdfReader(path).pages[3:12])
    words = set(re.findall(r"[a-zé]{6,}", plain))
    read = set(re.findall(r"[a-zé]{6,}", " ".join(texts(ordinance))))
    assert len(words - read) <= 0.01 * len(words)


def test_all_text_is_clean(handreiking: FileText, ordinance: FileText) -> None:
    blocks: list[Block] = [*handreiking.blocks, *ordinance.blocks]
    assert all(clean_line(block.text) == block.text for block in blocks)
    assert all(0 < offset < len(block.text) for block in blocks for offset in block.page_breaks)
