"""Spreadsheets and CSV: what a row says with the headings of its columns."""

from __future__ import annotations

import base64
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.readers import find_format
from ingest.readers.sheet_values import Value, written
from ingest.reading import BlockKind, FileText
from kb.errors import ReadError, Reason

HEADING, PARAGRAPH, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ROW

# A workbook of Excel 97: a merged title, "Gemeente, Aantal, Datum" and one row, written once with xlwt.
XLS = (
    "c-rk)O-NKx6#njW#`(ed(=pIM1|chR7Sg7TPRf|85exbys8Js!j-x!rMQ*ZeRuKfPiZ+5R+E{J+p&trbw1|va1VJ!Uv}zR;w9t8-bLPELGjN~;<$"
    "aHP?z!il^X_@~-gEAI@AZ77FmtD|h!yBW6-uTL)k|cGiqCF@LH(x5tX+Glm<~1+d|q0}YBwGRUV3;9dA*C!aNG5aDDaWWag3vHEUU-X5#8cLTCoo"
    "uL=~=+B!~v_s#fTr&^n>FMDvl*y&}0Jw1adD>KNt|eXV<}U3^4qmcAhPzW2oDy-3<oj~Bd)&t6t#T{pUn;dEw$bu_tZFbi7HUOlTD+z#Oe{6I1pP"
    "o?5V2?a!Hv1jq!i~-;5sD2uA<m)R}Ao-8wa?fAnURuPJ@++DPn1Xpyf+UXs;x6uSqdSuxYF|JPv5*o44(Z0^#PDcrTsLB;^if^U=5#M_lQK)u-<8"
    "hh(iu`urgIacw1p1l41Mr)&d<qTl0|q~vIs~J)es#*Ncf0^QkcA5xcT)>YM?)HLL^giK$MS>ZR|BnoMQ_z4oXkeFWM>=yM&&XyKWV}QD~GNhw7I8"
    "dW+dNEjkyZw}r;pEqI&QzJ%XFeE!S+`%U>ziJipH^%f_ibMF!}Xr^Ori0t{AMw@C=*RC=iB<xyQDd&UGhCkAeR|{Ldo7Pzw!XgJ8AtLmNw0L%Sep"
    "p|vqOU}sX}M+3X1S$NtI8TpTg6%vYo6K1;xAiYtmAa~>bXYk&(;VG4V_vo?y?Cb%-`_CfddB)95`^`z`-Vll2^g<OSjAVPT<#ikM&<?kxI$=O|of"
    "m0AqCJ=%ca+S*i`3sc8Rffm_-4Qfsua{}(b2)9409Fd%-6RJ?!bGe<3bo;4eW|6K@GI)14VKmYUiKLOcJ;T-"
)
ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">
<office:automatic-styles><style:style style:name="weg" style:family="table">
 <style:table-properties table:display="false"/></style:style></office:automatic-styles>
<office:body><office:spreadsheet>
<table:table table:name="Blad1">
<table:table-row><table:table-cell table:number-columns-spanned="3"><text:p>Verzuim</text:p></table:table-cell>
 <table:covered-table-cell table:number-columns-repeated="2"/></table:table-row>
<table:table-header-rows><table:table-row>
 <table:table-cell><text:p>Gemeente</text:p></table:table-cell><table:table-cell><text:p>Aandeel</text:p></table:table-cell>
 <table:table-cell><text:p>Datum</text:p></table:table-cell></table:table-row></table:table-header-rows>
<table:table-row>
 <table:table-cell table:number-rows-spanned="2"><text:p>Ut<text:span>recht</text:span></text:p></table:table-cell>
 <table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12,5%</text:p></table:table-cell>
 <table:table-cell office:value-type="date" office:date-value="2024-03-12"><office:annotation><text:p>notitie</text:p>
 </office:annotation><text:p>12-03-24</text:p></table:table-cell></table:table-row>
<table:table-row><table:covered-table-cell/>
 <table:table-cell table:number-columns-repeated="2"><text:p>0,3</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
<table:table-row><table:table-cell><text:p>Bron: eigen telling.</text:p></table:table-cell></table:table-row>
</table:table>
<table:table table:name="Oud" table:style-name="weg"><table:table-row>
 <table:table-cell><text:p>geheim</text:p></table:table-cell></table:table-row></table:table>
</office:spreadsheet></office:body></office:document-content>"""


def blocks(text: FileText) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in text.blocks]


def read(path: Path) -> FileText:
    return find_format(path).read(path)


def delimited(folder: Path, content: str | bytes, name: str = "x.csv") -> FileText:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path)


def workbook(path: Path, fill: Callable[[Any], None]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        fill(book)
    return path


def ods(path: Path, content: str, manifest: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def reason(path: Path) -> Reason:
    with pytest.raises(ReadError) as caught:
        read(path)
    return caught.value.reason


def _figures(book: Any) -> None:
    book.set_properties({"title": "Verzuim 2024", "company": "Gemeente X", "created": datetime(2024, 3, 1)})
    percent, day = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "dd-mm-yyyy"})
    euro = book.add_format({"num_format": "[$€-413] #,##0.00;-[$€-413] #,##0.00"})
    sheet, hidden, contact = (book.add_worksheet(name) for name in ("Cijfers", "Oud", "Contact"))
    hidden.hide()
    hidden.write(0, 0, "geheim")
    sheet.merge_range("A1:F1", "Verzuim per gemeente")
    sheet.write("A2", "Bron: eigen opgave")
    sheet.merge_range("B4:C4", "Leerlingen")
    sheet.write_row("A5", ["Gemeente", 2023, 2024, "Budget", "Aandeel", "Datum"])
    for at, name in enumerate(["Utrecht", "Zeist"], 5):
        sheet.write_row(at, 0, [name, 1200 * at, 0.1 + 0.2])
        sheet.write(at, 3, 1250.5 * at, euro)
        sheet.write_formula(at, 4, "=1/8", percent, 0.125)
        sheet.write_datetime(at, 5, datetime(2024, 3, at), day)
    sheet.write_row(8, 0, ["Totaal", 13200, 0.6])
    sheet.write("A10", "* voorlopig")
    sheet.write_comment("A6", "opmerking")
    contact.write_row("A1", ["Rol", "Wat", "Wanneer"], book.add_format({"bold": True}))
    contact.merge_range("A2:A3", "mentor")
    contact.write_row("B2", ["belt ouders", "op maandag"])
    contact.write_row("B3", ["schrijft\nop", "op dinsdag"])


def test_a_workbook_reads_sheet_by_sheet_as_rows_with_their_headings(tmp_path: Path) -> None:
    text = read(workbook(tmp_path / "x.xlsx", _figures))
    assert blocks(text) == [
        (HEADING, "Cijfers"),
        (PARAGRAPH, "Verzuim per gemeente"),
        (PARAGRAPH, "Bron: eigen opgave"),
        (
            ROW,
            "Gemeente: Utrecht; Leerlingen 2023: 6000; Leerlingen 2024: 0,3; Budget: € 6.252,50; Aandeel: 12,5%; Datum: 5 maart 2024.",
        ),
        (
            ROW,
            "Gemeente: Zeist; Leerlingen 2023: 7200; Leerlingen 2024: 0,3; Budget: € 7.503,00; Aandeel: 12,5%; Datum: 6 maart 2024.",
        ),
        (ROW, "Gemeente: Totaal; Leerlingen 2023: 13200; Leerlingen 2024: 0,6."),
        (BlockKind.ITEM, "voorlopig"),
        (HEADING, "Contact"),
        (ROW, "Rol: mentor; Wat: belt ouders; Wanneer: op maandag."),
        (ROW, "Rol: mentor; Wat: schrijft, op; Wanneer: op dinsdag."),
    ]
    assert text.metadata == {"titel": "Verzuim 2024", "uitgever": "Gemeente X"} | text.metadata
    assert text.notices == ("Het werkblad “Oud” is verborgen en daarom niet gelezen.",)


def test_the_only_sheet_needs_a_name_of_its_own_to_be_a_heading(tmp_path: Path) -> None:
    def one(name: str) -> list[tuple[BlockKind, str]]:
        return blocks(read(workbook(tmp_path / "x.xlsx", lambda book: book.add_worksheet(name).write("B3", "Tekst"))))

    assert one("Blad1") == one("Sheet2") == [(PARAGRAPH, "Tekst")]
    assert one("Blad met adressen") == [(HEADING, "Blad met adressen"), (PARAGRAPH, "Tekst")]


def test_empty_rows_part_tables_that_differ(tmp_path: Path) -> None:
    rows = "Dag;Uur\nmaandag;9\n\nWie;Rol;Kamer\nJansen;mentor;boven\n\nTelefoon:;030\nAdres:;Dorpsstraat\n\nLet op.\n"
    assert blocks(delimited(tmp_path, "sep=;\n" + rows)) == [
        (ROW, "Dag: maandag; Uur: 9."),
        (ROW, "Wie: Jansen; Rol: mentor; Kamer: boven."),
        (ROW, "Telefoon: 030."),
        (ROW, "Adres: Dorpsstraat."),
        (PARAGRAPH, "Let op."),
    ]


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (3.0, "", "3"), (612345678.0, "", "612345678"), (-1.25, "", "-1,25"), (0.1 + 0.2, "", "0,3"),
        (0.125, "0%", "12%"), (0.5, "0.00%", "50,00%"), (1234567.891, "#,##0.00", "1.234.567,89"),
        (12.5, '_ "€"\\ * #,##0.00_ ', "€ 12,50"), (2.5, '0.0 "uur % van"', "2,5"), (7, "@", "7"),
        (True, "", "ja"), ("tekst", "0%", "tekst"), (date(2024, 3, 2), "", "2 maart 2024"),
        (datetime(2024, 3, 2), "", "2 maart 2024"), (datetime(2024, 3, 2, 9, 5), "", "2 maart 2024 09:05"),
        (time(9, 30), "", "09:30"), (timedelta(days=1, hours=2, minutes=5), "", "26:05"),
    ],
)  # fmt: skip
def test_values_read_as_a_dutch_reader_writes_them(value: Value, code: str, expected: str) -> None:
    assert written(value, code) == expected


def test_an_old_workbook_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(zlib.decompress(base64.b85decode(XLS)))
    assert blocks(read(path)) == [
        (PARAGRAPH, "Verzuim per gemeente"),
        (ROW, "Gemeente: Utrecht; Aantal: 12,5; Datum: 12 maart 2024."),
    ]


def test_an_opendocument_workbook_keeps_its_merged_cells_and_shown_values(tmp_path: Path) -> None:
    text = read(ods(tmp_path / "x.zip", ODS))
    assert blocks(text) == [
        (PARAGRAPH, "Verzuim"),
        (ROW, "Gemeente: Utrecht; Aandeel: 12,5%; Datum: 12 maart 2024."),
        (ROW, "Gemeente: Utrecht; Aandeel: 0,3; Datum: 0,3."),
        (PARAGRAPH, "Bron: eigen telling."),
    ]
    assert text.notices == ("Het werkblad “Oud” is verborgen en daarom niet gelezen.",)


@pytest.mark.parametrize(
    "content",
    [
        'Gemeente;Budget\r\nDoniawerstal;1,50\r\n"Één, ""oud""";2,75\r\n'.encode("cp1252"),
        'Gemeente,Budget\nDoniawerstal,"1,50"\n"Één, ""oud""","2,75"\n'.encode("utf-8-sig"),
        'Gemeente\tBudget\nDoniawerstal\t1,50\n"Één, ""oud"""\t2,75\n'.encode("utf-16"),
        'sep=|\nGemeente|Budget\nDoniawerstal|1,50\n"Één, ""oud"""|2,75\n'.encode(),
    ],
)
def test_csv_is_read_whatever_program_wrote_it(tmp_path: Path, content: bytes) -> None:
    assert blocks(delimited(tmp_path, content)) == [
        (ROW, "Gemeente: Doniawerstal; Budget: 1,50."),
        (ROW, 'Gemeente: Één, "oud"; Budget: 2,75.'),
    ]


def test_rows_of_nothing_but_figures_have_no_headings_and_a_comma_does_not_part_them(tmp_path: Path) -> None:
    text = delimited(tmp_path, "1,5;2,5;3\n3,5;4,5;5\n")
    assert blocks(text) == [(ROW, "1,5; 2,5; 3."), (ROW, "3,5; 4,5; 5.")]


def test_an_export_has_its_questions_as_headings(tmp_path: Path) -> None:
    question = "Hoe tevreden bent u over de hulp die u in het afgelopen jaar van de school kreeg?"
    text = delimited(tmp_path, f"Naam\tGroep\t{question}\nAnna\trood\tzeer\nBas\tgeel\tniet\n", "x.tsv")
    assert blocks(text)[0] == (ROW, f"Naam: Anna; Groep: rood; {question} zeer.")


def test_a_csv_of_one_column_reads_as_lines_of_text(tmp_path: Path) -> None:
    text = delimited(tmp_path, "Eerste regel, met komma\nTweede regel\n\nDerde\n")
    assert blocks(text) == [(PARAGRAPH, "Eerste regel, met komma"), (PARAGRAPH, "Tweede regel"), (PARAGRAPH, "Derde")]


def test_what_can_not_be_taken_in_fails_for_the_right_reason(tmp_path: Path) -> None:
    def corners(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write(1_048_575, 16_383, 2)

    path = tmp_path / "x.csv"
    path.write_text("a;b\n" * 150_000, encoding="utf-8")
    assert reason(path) is Reason.TOO_LARGE
    assert reason(workbook(tmp_path / "x.xlsx", corners)) is Reason.TOO_LARGE
    source = "<table:table-row><table:table-cell><text:p>Bron"
    many = ODS.replace(source, source.replace("row>", 'row table:number-rows-repeated="999999">', 1))
    assert reason(ods(tmp_path / "x.ods", many)) is Reason.TOO_LARGE
    assert reason(ods(tmp_path / "y.ods", "x", "<manifest:encryption-data/>")) is Reason.PASSWORD
    assert reason(workbook(tmp_path / "leeg.xlsx", lambda book: book.add_worksheet())) is Reason.NO_TEXT
    whole = workbook(tmp_path / "z.xlsx", _figures).read_bytes()
    (tmp_path / "z.xlsx").write_bytes(whole[: len(whole) // 2])
    assert reason(tmp_path / "z.xlsx") is Reason.DAMAGED
    (tmp_path / "z.xls").write_bytes(zlib.decompress(base64.b85decode(XLS))[:3000])
    assert reason(tmp_path / "z.xls") is Reason.DAMAGED


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(*[st.sampled_from(["", "c", "9"])] * 4), min_size=1, max_size=8).filter(
        lambda g: any(map(any, g))
    )
)
def test_every_filled_cell_below_the_headings_is_in_one_block(tmp_path: Path, kinds: list[tuple[str, ...]]) -> None:
    grid = [[kind and f"{kind}{row}.{column}" for column, kind in enumerate(line)] for row, line in enumerate(kinds)]

    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        for at, line in enumerate(grid):
            sheet.write_row(at, 0, line)

    content = "sep=;\n" + "\n".join(map(";".join, grid))
    for text in (delimited(tmp_path, content), read(workbook(tmp_path / "x.xlsx", fill))):
        in_table = False
        for line in (list(filter(None, line)) for line in grid):
            if line and (in_table or len(line) == 1):
                assert [sum(cell in block.text for block in text.blocks) for cell in line] == [1] * len(line)
            in_table = bool(line) and (in_table or len(line) > 1)
