"""Word, OpenDocument and PowerPoint files made by people and by pandoc."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

from ingest.readers import READERS, find_format
from ingest.reading import BlockKind, FileText
from kb.errors import ReadError, Reason

pypandoc = pytest.importorskip("pypandoc", reason="pypandoc_binary is niet geïnstalleerd")

HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW

SOURCE = """
---
title: Handreiking overleg
soort: handreiking
uitgever: Redactie
datum: 2024-03-12
---

# Wat is een overleg?

Een *overleg* is een **gesprek** met [een link](https://example.org).[^1] Het duurt een uur.

[^1]: Zie de wet.

## Wie doen mee

De school doet drie dingen:

- de mentor
    - belt ouders
        - elke week
- de coördinator

1. Eerst bellen.
2. Dan schrijven.

    a) sub een
    b) sub twee
3. Klaar.

| Week | Wie    | Wat            |
|------|--------|----------------|
| 1    | mentor | belt de ouders |
| 2    | team   | maakt een plan |

# Tweede deel

> Een citaat.

Slot.
"""

EXPECTED = [
    (HEADING, 1, "Handreiking overleg"),
    (HEADING, 1, "Wat is een overleg?"),
    (PARAGRAPH, 0, "Een overleg is een gesprek met een link. Het duurt een uur. [Zie de wet.]"),
    (HEADING, 2, "Wie doen mee"),
    (PARAGRAPH, 0, "De school doet drie dingen:"),
    (ITEM, 1, "de mentor"),
    (ITEM, 2, "belt ouders"),
    (ITEM, 3, "elke week"),
    (ITEM, 1, "de coördinator"),
    (ITEM, 1, "1. Eerst bellen."),
    (ITEM, 1, "2. Dan schrijven."),
    (ITEM, 2, "a) sub een"),
    (ITEM, 2, "b) sub twee"),
    (ITEM, 1, "3. Klaar."),
    (ROW, 0, "Week: 1; Wie: mentor; Wat: belt de ouders."),
    (ROW, 0, "Week: 2; Wie: team; Wat: maakt een plan."),
    (HEADING, 1, "Tweede deel"),
    (PARAGRAPH, 0, "Een citaat."),
    (PARAGRAPH, 0, "Slot."),
]

SLIDES = """
% Workshop

## Doel van de workshop

- De school wil **minder** thuiszitters.
    - Elke week bellen.
- De gemeente helpt.

::: notes
Vertel eerst wie er zijn.

Vraag daarna wie er missen.
:::

## Cijfers

Zo gaat het nu:

1. eerst
2. dan

## Afspraken

| Wie    | Wat  |
|--------|------|
| mentor | belt |
"""


def blocks(text: FileText) -> list[tuple[BlockKind, int, str]]:
    return [(block.kind, block.level, block.text) for block in text.blocks]


def read(path: Path) -> FileText:
    return find_format(path).read(path)


def reason(path: Path) -> Reason:
    with pytest.raises(ReadError) as caught:
        read(path)
    return caught.value.reason


def pandoc(source: str, path: Path) -> Path:
    pypandoc.convert_text(source.strip(), path.suffix[1:], format="markdown", outputfile=str(path), extra_args=["-s"])
    return path


@pytest.fixture
def word(tmp_path: Path) -> Callable[[str], FileText]:
    """Read a Word document whose body is the given XML, on top of python-docx's own styles."""

    def reading(body: str) -> FileText:
        document = Document()
        for element in parse_xml(f"<w:body {nsdecls('w', 'wp', 'a')} {EXTRA}>{body}</w:body>"):
            document.element.body.insert(len(document.element.body) - 1, element)
        document.save(str(tmp_path / "x.docx"))
        return read(tmp_path / "x.docx")

    return reading


EXTRA = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


@pytest.mark.parametrize("suffix", ["docx", "odt"])
def test_a_pandoc_document_keeps_headings_lists_numbers_tables_and_notes(suffix: str, tmp_path: Path) -> None:
    text = read(pandoc(SOURCE, tmp_path / f"x.{suffix}"))
    assert blocks(text) == EXPECTED
    assert text.metadata == {
        "titel": "Handreiking overleg",
        "soort": "handreiking",
        "uitgever": "Redactie",
        "datum": "2024-03-12",
    }


def test_a_pandoc_page_reads_as_the_document_it_was_made_from(tmp_path: Path) -> None:
    text = read(pandoc(SOURCE, tmp_path / "x.html"))
    expected = [(kind, level, said.replace("a)", "a.").replace("b)", "b.")) for kind, level, said in EXPECTED]
    assert blocks(text) == expected
    assert text.metadata["titel"] == "Handreiking overleg"


def test_a_pandoc_presentation_has_a_page_for_each_slide_and_keeps_its_notes(tmp_path: Path) -> None:
    text = read(pandoc(SLIDES, tmp_path / "x.pptx"))
    assert [(b.page, b.kind, b.level, b.text) for b in text.blocks] == [
        (1, HEADING, 1, "Workshop"),
        (2, HEADING, 2, "Doel van de workshop"),
        (2, ITEM, 1, "De school wil minder thuiszitters."),
        (2, ITEM, 2, "Elke week bellen."),
        (2, ITEM, 1, "De gemeente helpt."),
        (2, PARAGRAPH, 0, "Notitie bij dia 2: Vertel eerst wie er zijn."),
        (2, PARAGRAPH, 0, "Vraag daarna wie er missen."),
        (3, HEADING, 2, "Cijfers"),
        (3, PARAGRAPH, 0, "Zo gaat het nu:"),
        (3, ITEM, 1, "1. eerst"),
        (3, ITEM, 1, "2. dan"),
        (4, HEADING, 2, "Afspraken"),
        (4, ROW, 0, "Wie: mentor; Wat: belt."),
    ]
    assert text.pages == 4


def test_deleted_words_stay_out_and_inserted_ones_in(word: Callable[[str], FileText]) -> None:
    text = word(
        '<w:p><w:r><w:t xml:space="preserve">De mentor </w:t></w:r>'
        '<w:del w:id="1" w:author="x"><w:r><w:delText>mailt</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="x"><w:r><w:t>belt</w:t></w:r></w:ins>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> stiekem</w:t></w:r><w:r><w:t>.</w:t></w:r></w:p>"
    )
    assert blocks(text) == [(PARAGRAPH, 0, "De mentor belt.")]


def test_a_text_box_that_word_writes_twice_is_read_once(word: Callable[[str], FileText]) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>In het kader.</w:t></w:r></w:p></w:txbxContent>"
    text = word(
        "<w:p><w:r><w:t>Buiten het kader.</w:t></w:r><w:r><mc:AlternateContent>"
        f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert [block.text for block in text.blocks] == ["Buiten het kader.", "In het kader."]


def test_dutch_style_names_and_outline_levels_make_headings_and_a_contents_list_is_left_out(
    tmp_path: Path,
) -> None:
    document = Document()
    for name in ("Titel", "Kop 1", "Kop 2", "Inhopg 1"):
        document.styles.add_style(name, 1)
    document.add_paragraph("Verslag", style="Titel")
    document.add_paragraph("Inleiding\t3", style="Inhopg 1")
    document.add_paragraph("Inleiding", style="Kop 1")
    document.add_paragraph("Doel", style="Kop 2")
    outlined: Any = document.add_paragraph("Diep")._p
    outlined.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="2"/>'))
    document.add_paragraph("De tekst.")
    document.save(str(tmp_path / "x.docx"))
    text = read(tmp_path / "x.docx")
    assert blocks(text) == [
        (HEADING, 1, "Verslag"),
        (HEADING, 1, "Inleiding"),
        (HEADING, 2, "Doel"),
        (HEADING, 3, "Diep"),
        (PARAGRAPH, 0, "De tekst."),
    ]
    assert text.metadata["titel"] == "Verslag"


def test_short_bold_lines_are_the_headings_of_a_document_without_heading_styles(tmp_path: Path) -> None:
    document = Document()
    for line, bold in (
        ("Verslag", True),
        ("Er waren veel mensen.", False),
        ("Afspraken", True),
        ("Wij bellen.", False),
    ):
        document.add_paragraph().add_run(line).bold = bold
    document.add_paragraph("Tot dan.")
    document.save(str(tmp_path / "x.docx"))
    levels = [(block.kind, block.level) for block in read(tmp_path / "x.docx").blocks]
    assert levels == [(HEADING, 1), (PARAGRAPH, 0), (HEADING, 2), (PARAGRAPH, 0), (PARAGRAPH, 0)]


def test_numbered_headings_carry_the_number_that_word_prints(tmp_path: Path) -> None:
    document = Document()
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="{mark}"/></w:lvl>'
        for at, mark in enumerate(("Artikel %1", "%1.%2"))
    )
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    lines = (("Doel", 0, "Heading 1"), ("Het doel.", 1, "Normal"), ("Taken", 0, "Heading 1"))
    for line, depth, style in (*lines, ("De taak.", 1, "Normal")):
        properties: Any = document.add_paragraph(line, style=style)._p.get_or_add_pPr()
        number = properties.get_or_add_numPr()
        number.get_or_add_ilvl().val = depth
        number.get_or_add_numId().val = 77
    document.save(str(tmp_path / "x.docx"))
    assert [block.text for block in read(tmp_path / "x.docx").blocks] == [
        "Artikel 1 Doel",
        "1.1 Het doel.",
        "Artikel 2 Taken",
        "2.1 De taak.",
    ]


def test_word_tables_read_as_sentences_also_with_merged_cells_and_without_headings(tmp_path: Path) -> None:
    document = Document()
    table = document.add_table(rows=3, cols=3)
    for at, words in enumerate(("Rol|Taak|Wanneer", "Mentor|belt|elke dag", "|schrijft|vrijdag")):
        for cell, word in zip(table.rows[at].cells, words.split("|"), strict=True):
            cell.text = word
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Mentor"
    pairs = document.add_table(rows=2, cols=2)
    for at, (left, right) in enumerate((("Datum", "25 oktober 2022"), ("Plaats", "Utrecht"))):
        pairs.cell(at, 0).text, pairs.cell(at, 1).text = left, right
    frame = document.add_table(rows=1, cols=1)
    frame.cell(0, 0).text = "Let op: bel altijd eerst."
    document.save(str(tmp_path / "x.docx"))
    assert blocks(read(tmp_path / "x.docx")) == [
        (ROW, 0, "Rol: Mentor; Taak: belt; Wanneer: elke dag."),
        (ROW, 0, "Rol: Mentor; Taak: schrijft; Wanneer: vrijdag."),
        (ROW, 0, "Datum: 25 oktober 2022."),
        (ROW, 0, "Plaats: Utrecht."),
        (PARAGRAPH, 0, "Let op: bel altijd eerst."),
    ]


def test_the_date_of_a_document_is_that_of_its_last_edit_and_not_that_of_a_conversion(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("Tekst.")
    document.core_properties.created = datetime(2023, 5, 1, 9)
    document.core_properties.modified = datetime(2023, 6, 2, 9)
    document.save(str(tmp_path / "a.docx"))
    document.core_properties.modified = datetime(2023, 5, 1, 9)
    document.save(str(tmp_path / "b.docx"))
    assert read(tmp_path / "a.docx").metadata == {"datum": "2023-06-02"}
    assert read(tmp_path / "b.docx").metadata == {}


@pytest.mark.parametrize("variant", ["macros", "strict"])
def test_word_files_with_macros_or_in_strict_form_are_read_too(variant: str, tmp_path: Path) -> None:
    document = Document()
    document.add_heading("Kop", 1)
    document.add_paragraph("Tekst.")
    document.save(str(tmp_path / "x.docx"))

    def change(name: str, data: bytes) -> bytes:
        if variant == "macros":
            return data.replace(
                b"vnd.openxmlformats-officedocument.wordprocessingml.document.main",
                b"vnd.ms-word.document.macroEnabled.main",
            )
        for part in (b"wordprocessingml", b"officeDocument"):
            data = data.replace(
                b"http://schemas.openxmlformats.org/" + part + b"/2006/",
                b"http://purl.oclc.org/ooxml/" + part + b"/",
            )
        return data

    changed = rewritten(tmp_path / "x.docx", tmp_path / "y.docm", change)
    assert blocks(read(changed)) == [(HEADING, 1, "Kop"), (PARAGRAPH, 0, "Tekst.")]


@pytest.mark.parametrize("name", ["docx", "odt", "pptx"])
def test_a_bomb_is_refused_before_it_is_unpacked(name: str, tmp_path: Path) -> None:
    path = pandoc(SLIDES, tmp_path / f"x.{name}")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("media/x.bin", "w") as file,
    ):
        for _ in range(301):
            file.write(bytes(2**20))
    assert reason(path) is Reason.TOO_LARGE


@pytest.mark.parametrize("name", ["docx", "odt", "pptx"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_office_file_is_reported_as_damaged(name: str, share: float, tmp_path: Path) -> None:
    path = pandoc(SLIDES, tmp_path / f"x.{name}")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert reason(path) is Reason.DAMAGED


@pytest.mark.parametrize(("name", "part"), [("docx", "word/document.xml"), ("odt", "content.xml")])
def test_entities_are_not_expanded_and_files_not_fetched(name: str, part: str, tmp_path: Path) -> None:
    secret = tmp_path / "geheim.txt"
    secret.write_text("GEHEIM")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}"><!ENTITY lol "{"lol" * 50}">]>'.encode()

    def change(member: str, data: bytes) -> bytes:
        if member != part:
            return data
        head, body = data.split(b"?>", 1)
        return head + b"?>" + doctype + body.replace(b"Slot.", b"Slot &e;&lol;&lol;.")

    path = rewritten(pandoc(SOURCE, tmp_path / f"a.{name}"), tmp_path / f"x.{name}", change)
    said = " ".join(block.text for block in read(path).blocks)
    assert "Slot" in said
    assert "GEHEIM" not in said
    assert "lol" not in said


def test_an_encrypted_open_document_asks_for_one_without_a_password(tmp_path: Path) -> None:
    path = rewritten(
        pandoc(SOURCE, tmp_path / "a.odt"),
        tmp_path / "x.odt",
        lambda name, data: b"<m><encryption-data/></m>" if name == "META-INF/manifest.xml" else data,
    )
    assert reason(path) is Reason.PASSWORD


def test_an_open_document_keeps_spaces_sections_and_boxes_and_loses_changes_and_comments(
    tmp_path: Path,
) -> None:
    body = """
      <text:tracked-changes><text:changed-region text:id="c"><text:deletion>
      <text:p>WEG</text:p></text:deletion></text:changed-region></text:tracked-changes>
      <text:table-of-content text:name="t"><text:index-body><text:p>Inhoud 3</text:p></text:index-body>
      </text:table-of-content>
      <text:h text:outline-level="2">Kop<text:line-break/>twee</text:h>
      <text:p>Een<text:s text:c="3"/>twee<text:tab/>drie<text:change text:change-id="c"/>
        vier.<office:annotation><text:p>OPMERKING</text:p></office:annotation></text:p>
      <text:section text:name="s"><text:p>In een sectie.<draw:frame><draw:text-box>
      <text:p>In een kader.</text:p></draw:text-box></draw:frame></text:p></text:section>
      <table:table><table:table-row table:number-rows-repeated="1000000">
        <table:table-cell table:number-columns-repeated="16384"><text:p>Rol</text:p></table:table-cell>
        <table:table-cell><text:p>Taak</text:p></table:table-cell></table:table-row>
        <table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>Mentor</text:p>
        </table:table-cell><table:table-cell><text:p>belt</text:p></table:table-cell></table:table-row>
        <table:table-row><table:covered-table-cell/><table:table-cell><text:p>schrijft</text:p>
      </table:table-cell></table:table-row></table:table>"""

    def change(name: str, data: bytes) -> bytes:
        if name != "content.xml":
            return data
        start, end = data.index(b"<office:text>") + len(b"<office:text>"), data.index(b"</office:text>")
        return data[:start] + body.encode() + data[end:]

    path = rewritten(pandoc(SOURCE, tmp_path / "a.odt"), tmp_path / "x.odt", change)
    assert blocks(read(path)) == [
        (HEADING, 2, "Kop twee"),
        (PARAGRAPH, 0, "Een twee drie vier."),
        (PARAGRAPH, 0, "In een sectie."),
        (PARAGRAPH, 0, "In een kader."),
        (ROW, 0, "Rol: Mentor; Taak: belt."),
        (ROW, 0, "Rol: Mentor; Taak: schrijft."),
    ]


def test_shapes_on_a_slide_are_read_as_the_eye_meets_them(tmp_path: Path) -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])

    def box(words: str, left: float, top: float, where: object = slide) -> None:
        shape = where.shapes.add_textbox(Cm(left), Cm(top), Cm(8), Cm(2))  # type: ignore[attr-defined]
        shape.text_frame.text = words

    box("Onderaan.", 1, 15)
    box("Rechts.", 12, 8.1)
    box("Links.", 1, 8)
    group = slide.shapes.add_group_shape()
    box("In een groep.", 1, 5, where=group)
    slide.shapes.title.text = "De titel"
    table = slide.shapes.add_table(2, 2, Cm(1), Cm(11), Cm(20), Cm(2)).table
    for at, words in enumerate(("Rol|Taak", "Mentor|belt")):
        for column, word in enumerate(words.split("|")):
            table.cell(at, column).text = word
    second = show.slides.add_slide(show.slide_layouts[1])
    second.shapes.title.text = "Tweede dia"
    second.placeholders[1].text = "punt een\npunt twee"
    second.placeholders[1].text_frame.paragraphs[1].level = 1
    chart_data: Any = CategoryChartData
    data = chart_data()
    data.categories = ["2022", "2023"]
    data.add_series("Thuiszitters", (12.5, 8))
    third = show.slides.add_slide(show.slide_layouts[6])
    third.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(1), Cm(1), Cm(9), Cm(9), data)
    show.save(str(tmp_path / "x.pptx"))
    text = read(tmp_path / "x.pptx")
    assert [(b.page, b.kind, b.level, b.text) for b in text.blocks] == [
        (1, HEADING, 1, "De titel"),
        (1, PARAGRAPH, 0, "In een groep."),
        (1, PARAGRAPH, 0, "Links."),
        (1, PARAGRAPH, 0, "Rechts."),
        (1, ROW, 0, "Rol: Mentor; Taak: belt."),
        (1, PARAGRAPH, 0, "Onderaan."),
        (2, HEADING, 2, "Tweede dia"),
        (2, ITEM, 1, "punt een"),
        (2, ITEM, 2, "punt twee"),
        (3, ROW, 0, "2022; Thuiszitters: 12,5."),
        (3, ROW, 0, "2023; Thuiszitters: 8."),
    ]
    assert text.pages == 3


def test_the_content_decides_on_the_format_and_the_name_only_after_it(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("Tekst.")
    stream = io.BytesIO()
    document.save(stream)
    misnamed = tmp_path / "x.pptx"
    misnamed.write_bytes(stream.getvalue())
    assert find_format(misnamed) is READERS["docx"]
