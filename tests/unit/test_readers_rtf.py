"""RTF as Word, WordPad, LibreOffice and pandoc write it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning import clean_line
from ingest.readers import find_format
from ingest.readers.rtf_content import read_content
from ingest.readers.rtf_parts import Paragraph
from ingest.reading import BlockKind, FileText
from kb.errors import ReadError, Reason

HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW
VARIOUS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "files" / "various.rtf"

FONTS = (
    r"{\fonttbl{\f0\fnil\fcharset0 Calibri;}{\f1\froman\fcharset204 Arial Cyr;}{\f2\fnil\fcharset2 Symbol;}"
    r"{\f3\fmodern\fcharset128 MS Mincho{\*\falt \'82\'6c};}}"
)

WORD = (
    r"{\rtf1\ansi\ansicpg1252\uc1\deff0" + FONTS + r"{\colortbl;\red0\green0\blue0;}"
    r"{\stylesheet{\ql \snext0 Normal;}{\s1\outlinelevel0\sbasedon0 {\*\keycode \shift\ctrl n}heading 1;}"
    r"{\s2\sbasedon1 Paragraafkop;}{\s3 Title;}{\s4 toc 1;}{\*\cs10 \additive Default Paragraph Font;}}"
    r"{\*\listtable{\list{\listlevel{\leveltext\'01\u-3913 ?;}}}}"
    r"{\info{\title Handreiking verzuim}{\author Redactie}{\company Gemeente X}"
    r"{\creatim\yr2024\mo3\dy1\hr9\min0}{\revtim\yr2024\mo3\dy12\hr10\min5}}"
    r"{\*\userprops{\propname soort}\proptype30{\staticval handreiking}}"
    "\n"
    r"{\header \pard Koptekst\par}{\footer \pard Pagina {\field{\*\fldinst PAGE}{\fldrslt 1}}\par}"
    r"\pard\plain\s3 Verzuim\par\pard\plain\s4 Wat is verzuim?\tab 2\par"
    r"\pard\plain\s1 {\listtext 1\tab}\b Wat is verzuim?\par"
    r"\pard\plain Een {\b leerling} die er niet is{\super\chftn{\footnote \pard\plain Zie de wet.}}, ook"
    "\r\n"
    r" als {\field{\*\fldinst { HYPERLINK \"https://example.org\" }}{\fldrslt {ziekte}}} meespeelt.{\v verborgen}"
    r"{\deleted weg}{\shp{\*\shpinst{\sp{\sn lTxid}{\sv 65536}}{\shptxt \pard Let op!\par}}{\shprslt{\*\do "
    r"{\dptxbxtext \pard Let op!\par}}}}{\*\shppict{\pict\pngblip 89504e470d0a}}"
    r"{\object\objemb{\*\objdata 0105}{\result{\pict\wmetafile8 0100}}}\par"
    r"\pard\plain\s2 De school doet\par"
    r"{\listtext\pard\plain\f2 \'b7\tab}\pard\plain\ls1\ilvl0\li720 belt ouders\par"
    r"{\listtext\pard\plain o\tab}\pard\ls1\ilvl1\li1440 elke week\par"
    r"{\listtext\pard\plain 1)\tab}\pard\ls2\li720 schrijft op\par"
    r"\pard\plain Slot.}"
)

TABLE = (
    r"{\rtf1\ansi\pard Vooraf.\par"
    r"\trowd\trhdr\cellx1000\cellx3000\cellx5000\pard\intbl\b Week\cell Wie\cell Wat\cell\row"
    r"\trowd\clvmgf\cellx1004\cellx3000\cellx5000\pard\plain\intbl 1\cell mentor\cell belt de ouders\par en de leerling"
    r"\cell\row\trowd\clvmrg\cellx1000\cellx3000\cellx5000\intbl\cell team\cell maakt een plan\cell\row"
    r"\trowd\cellx1000\cellx5000\intbl 2\cell vakantie\cell\row\pard Achteraf.\par}"
)


def blocks(text: FileText) -> list[tuple[BlockKind, int, str]]:
    return [(block.kind, block.level, block.text) for block in text.blocks]


def read(folder: Path, content: str | bytes, name: str = "x.rtf") -> FileText:
    path = folder / name
    path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
    return find_format(path).read(path)


def reason(folder: Path, content: str) -> Reason:
    with pytest.raises(ReadError) as caught:
        read(folder, content)
    return caught.value.reason


def test_a_document_of_word_reads_as_its_reader_sees_it(tmp_path: Path) -> None:
    text = read(tmp_path, WORD)
    assert blocks(text) == [
        (HEADING, 1, "Verzuim"),
        (HEADING, 1, "1 Wat is verzuim?"),
        (PARAGRAPH, 0, "Een leerling die er niet is, ook als ziekte meespeelt. [Zie de wet.]"),
        (PARAGRAPH, 0, "Let op!"),
        (HEADING, 1, "De school doet"),
        (ITEM, 1, "belt ouders"),
        (ITEM, 2, "elke week"),
        (ITEM, 1, "1) schrijft op"),
        (PARAGRAPH, 0, "Slot."),
    ]
    assert text.metadata == {
        "titel": "Verzuim", "datum": "2024-03-12", "uitgever": "Gemeente X", "soort": "handreiking",
    }  # fmt: skip
    assert not text.notices


def test_a_table_reads_as_rows_with_merged_cells_where_they_count(tmp_path: Path) -> None:
    assert blocks(read(tmp_path, TABLE)) == [
        (PARAGRAPH, 0, "Vooraf."),
        (ROW, 0, "Week: 1; Wie: mentor; Wat: belt de ouders, en de leerling."),
        (ROW, 0, "Week: 1; Wie: team; Wat: maakt een plan."),
        (ROW, 0, "Week: 2; Wie / Wat: vakantie."),
        (PARAGRAPH, 0, "Achteraf."),
    ]


def test_a_table_that_only_places_text_reads_as_that_text(tmp_path: Path) -> None:
    long = "Een zin over verzuim. " * 80
    text = read(tmp_path, rf"{{\rtf1\trowd\cellx900\cellx1800\intbl Links\par en verder\cell {long}\cell\row}}")
    assert [kind for kind, _, _ in blocks(text)] == [PARAGRAPH] * 3


def test_lists_without_numbers_of_their_own_go_by_marker_and_indent(tmp_path: Path) -> None:
    wordpad = r"{\pntext\f2\'B7\tab}{\*\pn\pnlvlblt\pnf2{\pntxtb\'B7}}\fi-360\li720 een\par{\pntext\f2\'B7\tab}\li1440 twee\par"
    pandoc = r"{\pard \li360 \fi-360 \bullet \tx360\tab drie\par}{\pard \li720 \endash \tab vier\par}{\pard \li360 2.\tab vijf\par}"
    assert blocks(read(tmp_path, rf"{{\rtf1\ansi{FONTS}\pard Vooraf:\par{wordpad}\pard Dus:\par{pandoc}}}")) == [
        (PARAGRAPH, 0, "Vooraf:"),
        (ITEM, 1, "een"),
        (ITEM, 2, "twee"),
        (PARAGRAPH, 0, "Dus:"),
        (ITEM, 1, "drie"),
        (ITEM, 2, "vier"),
        (ITEM, 1, "2. vijf"),
    ]


def test_without_heading_styles_short_bold_lines_are_the_headings(tmp_path: Path) -> None:
    text = read(
        tmp_path, r"{\rtf1 {\b Verzuim}\par Een zin.\par {\b Let op dit.}\par {\b Wie belt?}\par De mentor.\par}"
    )
    assert blocks(text) == [
        (HEADING, 1, "Verzuim"),
        (PARAGRAPH, 0, "Een zin."),
        (PARAGRAPH, 0, "Let op dit."),
        (HEADING, 2, "Wie belt?"),
        (PARAGRAPH, 0, "De mentor."),
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"\ansicpg1252 co\'f6rdinator \'80 5", "coördinator € 5"),
        (r"\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2", "Привет"),
        (rf"\ansicpg1252 {FONTS}\f1 \'cf\'f0\'e8\'e2\'e5\'f2 \f0 \'e9\'e9n", "Привет één"),
        (rf"\ansicpg1252 {FONTS}\f3 \'83\'5d\'83\'8b\'83Q", "ゾルゲ"),
        (r"\uc1 co\u246 ?rdinator \u8364\'80 5", "coördinator € 5"),
        (r"\uc2\u12478\'83\'5d\u12523\'83\'8b{\uc1\u233 ?}\uc0 \u233n", "ゾルéén"),
        (r"\u-10179 ?\u-8704 ? blij", "😀 blij"),
        (r"\ldblquote ja\rdblquote  \endash  5\~km", "“ja” – 5 km"),
        (r"\mac caf\'8e", "café"),
        ("\\ansicpg1252 ruw \xe9\xe9n", "ruw één"),
        (r"\ansicpg65001 co\'c3\'b6rdinator", "coördinator"),
        (r"\ansicpg99999 caf\'e9", "café"),
        (r"dubbel\-woord \{accolade\} \\ {\bin4 {{{{}klaar", r"dubbelwoord {accolade} \ klaar"),
    ],
)
def test_characters_come_out_whatever_way_they_are_written(tmp_path: Path, source: str, expected: str) -> None:
    assert [block.text for block in read(tmp_path, rf"{{\rtf1\ansi {source}\par}}").blocks] == [expected]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_written_as_unicode_is_read_back(text: str) -> None:
    units = text.encode("utf-16-le")
    numbers = [int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)]
    content = read_content((r"{\rtf1\ansi " + "".join(rf"\u{number}?" for number in numbers) + r"\par}").encode())
    found = [part.text for part in content.parts if isinstance(part, Paragraph)]
    assert [clean_line(line) for line in found] == ([clean_line(text)] if text.strip() else [])


def test_rtf_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf{\\rtf1 Tekst.\\par}", "x.doc").blocks[0].text == "Tekst."


def test_a_file_that_breaks_off_is_read_with_a_remark(tmp_path: Path) -> None:
    text = read(tmp_path, r"{\rtf1\ansi Eerste zin.\par{\b Tweede")
    assert [block.text for block in text.blocks] == ["Eerste zin.", "Tweede"]
    assert "einde" in text.notices[0]


def test_files_without_readable_text_fail_for_the_right_reason(tmp_path: Path) -> None:
    assert reason(tmp_path, r"{\rtf1\ansi{\pict 8950}\par}") is Reason.NO_TEXT
    assert reason(tmp_path, r"{\rtf1\ansi{\fonttbl{\f0 Arial") is Reason.DAMAGED
    assert reason(tmp_path, r"{\rtf1 tekst " + "{" * 20_000) is Reason.DAMAGED


@pytest.mark.skipif(not VARIOUS.is_file(), reason=f"het testbestand staat niet in {VARIOUS}")
def test_the_hard_file_keeps_its_structure() -> None:
    found = blocks(find_format(VARIOUS).read(VARIOUS))
    assert (PARAGRAPH, 0, "Footnote appears here [This is a footnote.]") in found
    assert [text for kind, _, text in found if kind is ITEM] == [
        "Bullet 1", "Bullet 2", "Bullet 3", "1) Number bullet 1", "2) Number bullet 2", "3) Number bullet 3",
    ]  # fmt: skip
    assert sum("Row 1 Col 1" in text and "Row 2 Col 3" in text for _, _, text in found) == 1
    assert {"ゾルゲと尾崎、淡々と最期", "（ＧＨＱ）", "𐌲𐌿𐍄𐌹𐍃𐌺"} <= {text for _, _, text in found}
    assert not any("header text" in text or "HYPERLINK" in text for _, _, text in found)
