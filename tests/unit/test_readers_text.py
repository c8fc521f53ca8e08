"""Markdown, plain text and web pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.readers import READERS, find_format
from ingest.reading import BlockKind, FileText
from kb.errors import ReadError, Reason

HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW


def blocks(text: FileText) -> list[tuple[BlockKind, int, str]]:
    return [(block.kind, block.level, block.text) for block in text.blocks]


def read(path: Path, content: str | bytes) -> FileText:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return find_format(path).read(path)


def failure(path: Path, content: str | bytes) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(path, content)
    return caught.value


def test_markdown_gives_text_without_markup_and_the_known_front_matter(tmp_path: Path) -> None:
    text = read(
        tmp_path / "x.md",
        """---
titel: "Overleg: wie doet mee"
soort: handreiking
datum: 3 mei 2024
uitvoer: pdf
---
Kop
===

Een **vet** [woord](https://example.org) en `code`,
op twee regels.[^n] <script>alert(1)</script>

[^n]: Zie *artikel* 2.

- een
    - [x] onder
- twee

  vervolg

3. drie.

   Meer over drie.
4. vier
   a. eerst
   b. dan

> citaat

```
code
```

| Kop | Kop2 |
|-----|------|
| cel | a\\|b |
|     | los  |

<div><p>Blok &amp; <b>html</b>.</p><script>alert(2)</script></div>

<!-- weg -->
""",
    )
    assert blocks(text) == [
        (HEADING, 1, "Kop"),
        (PARAGRAPH, 0, "Een vet woord en code, op twee regels. [Zie artikel 2.]"),
        (ITEM, 1, "een"),
        (ITEM, 2, "onder"),
        (ITEM, 1, "twee"),
        (PARAGRAPH, 0, "vervolg"),
        (ITEM, 1, "3. drie. Meer over drie."),
        (ITEM, 1, "4. vier"),
        (ITEM, 2, "a. eerst"),
        (ITEM, 2, "b. dan"),
        (PARAGRAPH, 0, "citaat"),
        (PARAGRAPH, 0, "code"),
        (ROW, 0, "Kop: cel; Kop2: a|b."),
        (ROW, 0, "Kop2: los."),
        (PARAGRAPH, 0, "Blok & html."),
    ]
    assert text.metadata == {"titel": "Overleg: wie doet mee", "soort": "handreiking", "datum": "2024-05-03"}


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("titel: Overleg: wie\nsoort: x\n---\n", "regel 2"),
        ('soort: x\ntitel: "Overleg\n---\n', "regel 3"),
        ("soort: x\n- los\n---\n", "regel 3"),
        ("titel: Overleg\n\n", "alleen ---"),
    ],
)
def test_broken_front_matter_is_reported_with_its_line(front: str, line: str, tmp_path: Path) -> None:
    error = failure(tmp_path / "x.md", f"---\n{front}# Kop\n\nTekst.\n")
    assert error.reason is Reason.METADATA
    assert line in error.message


def test_a_date_that_names_no_day_is_left_out_with_a_remark(tmp_path: Path) -> None:
    text = read(tmp_path / "x.md", "---\nsoort: verslag\ndatum: 2024-02-30\n---\nTekst.\n")
    assert text.metadata == {"soort": "verslag"}
    assert "2024-02-30" in text.notices[0]


def test_dashes_that_are_no_front_matter_lose_no_text(tmp_path: Path) -> None:
    assert [b.text for b in read(tmp_path / "x.md", "---\n\nEen.\n\n---\n\nTwee.\n").blocks] == [
        "Een.",
        "Twee.",
    ]


def test_plain_text_shows_its_structure_by_lines_alone(tmp_path: Path) -> None:
    text = read(
        tmp_path / "x.txt",
        """Verslag van de bijeenkomst

Datum: 3 mei 2024
Plaats: Utrecht

1. Inleiding

Deze alinea loopt over
twee regels, met een samen-
werking. De samenwerking gaat goed.

Wat wij doen:
- de mentor belt
  de ouders
- het team
    1) schrijft
    2) leest

Afspraken
---------

1. eerst
2. dan

De redactie
""",
    )
    assert blocks(text) == [
        (HEADING, 1, "Verslag van de bijeenkomst"),
        (PARAGRAPH, 0, "Datum: 3 mei 2024"),
        (PARAGRAPH, 0, "Plaats: Utrecht"),
        (HEADING, 2, "1. Inleiding"),
        (
            PARAGRAPH,
            0,
            "Deze alinea loopt over twee regels, met een samenwerking. De samenwerking gaat goed.",
        ),
        (PARAGRAPH, 0, "Wat wij doen:"),
        (ITEM, 1, "de mentor belt de ouders"),
        (ITEM, 1, "het team"),
        (ITEM, 2, "1) schrijft"),
        (ITEM, 2, "2) leest"),
        (HEADING, 2, "Afspraken"),
        (ITEM, 1, "1. eerst"),
        (ITEM, 1, "2. dan"),
        (PARAGRAPH, 0, "De redactie"),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac_roman"]
)
def test_text_is_read_whatever_encoding_it_was_saved_in(encoding: str, tmp_path: Path) -> None:
    said = "De coördinator is één van de beëdigde collega's in het café."
    assert read(tmp_path / "x.txt", said.encode(encoding)).blocks[0].text == said


def test_dutch_quotes_and_euro_signs_of_windows_survive(tmp_path: Path) -> None:
    said = "Zo’n traject – met “vrije” plekken – kost € 500 per week."
    assert read(tmp_path / "x.txt", said.encode("cp1252")).blocks[0].text == said


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    assert failure(tmp_path / "x.txt", bytes(range(256)) * 20).reason is Reason.UNREADABLE
    assert failure(tmp_path / "x.md", b"\x01\x02\x03\x04" * 50).reason is Reason.UNREADABLE


PAGE = """<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8">
<title>Toestemming | Gemeente Voorbeeld</title><meta name="DCTERMS.modified" content="2024-05-01T10:00">
<meta property="og:site_name" content="Gemeente Voorbeeld">
<link rel="canonical" href="https://voorbeeld.example/toestemming"></head><body>
<a class="skip-link" href="#m">Naar de inhoud</a><header><a href="/">LOGO</a><nav>MENU</nav></header>
<div id="cookie-banner">COOKIES <button>OK</button></div>
<main id="m"><h1>Toestemming</h1><p>Tekst met <b>vet</b>te letters<a href="#n1"><sup>1</sup></a> en
<a href="x">een link</a>.<br>Tweede regel.</p>losse tekst
<ul><li><p>Een.</p><ul><li>Onder</li></ul></li><li>Twee</li></ul><ol start=3 type=a><li>cee<li>dee</ol>
<table><tr><th>Rol</th><th>Taak</th></tr><tr><th>Mentor</th><td>belt<br>schrijft.</td></tr>
<tr><td rowspan=2>Team<td>a</tr><tr><td>b</tr></table>
<details><summary>Wie betaalt?</summary><p>De gemeente.</p></details>
<p>Neem mee:<br>- een pas<br>- een pen</p><p hidden>GEHEIM</p><form><label>MAIL</label><input></form>
<aside>ASIDE</aside><script>alert("SCRIPT")</script><ol><li id="n1">De noot.</li></ol></main>
<footer>FOOTER</footer></body></html>"""


def test_a_web_page_gives_its_running_text_and_nothing_of_the_site_around_it(tmp_path: Path) -> None:
    text = read(tmp_path / "x.html", PAGE)
    assert blocks(text) == [
        (HEADING, 1, "Toestemming"),
        (PARAGRAPH, 0, "Tekst met vette letters en een link. Tweede regel. [De noot.]"),
        (PARAGRAPH, 0, "losse tekst"),
        (ITEM, 1, "Een."),
        (ITEM, 2, "Onder"),
        (ITEM, 1, "Twee"),
        (ITEM, 1, "c. cee"),
        (ITEM, 1, "d. dee"),
        (ROW, 0, "Rol: Mentor; Taak: belt, schrijft."),
        (ROW, 0, "Rol: Team; Taak: a."),
        (ROW, 0, "Rol: Team; Taak: b."),
        (HEADING, 2, "Wie betaalt?"),
        (PARAGRAPH, 0, "De gemeente."),
        (PARAGRAPH, 0, "Neem mee:"),
        (ITEM, 1, "een pas"),
        (ITEM, 1, "een pen"),
    ]
    assert text.metadata == {
        "titel": "Toestemming",
        "datum": "2024-05-01",
        "uitgever": "Gemeente Voorbeeld",
        "url": "https://voorbeeld.example/toestemming",
        "taal": "nl",
    }


def test_a_page_laid_out_with_tables_reads_as_paragraphs(tmp_path: Path) -> None:
    page = (
        "<table><tr><td><a href=1>Een</a> <a href=2>Twee</a> <a href=3>Drie</a></td><td><font>"
        "<b>Het verslag</b><br><br>De eerste alinea.<br><br>De tweede<br>alinea."
        "<table><tr><td>Rol</td><td>Taak</td></tr><tr><td>Mentor</td><td>belt</td></tr></table></font></td></tr></table>"
    )
    assert blocks(read(tmp_path / "x.html", f"<html><body>{page}</body></html>")) == [
        (PARAGRAPH, 0, "Het verslag"),
        (PARAGRAPH, 0, "De eerste alinea."),
        (PARAGRAPH, 0, "De tweede alinea."),
        (ROW, 0, "Rol: Mentor; Taak: belt."),
    ]


def test_a_page_of_unclosed_tags_is_read_to_its_end_or_reported(tmp_path: Path) -> None:
    page = "".join(f"<p><font size=2><b>Alinea {at}" for at in range(1000))
    assert read(tmp_path / "x.html", f"<html><body>{page}").blocks[-1].text == "Alinea 999"
    deep = "<html><body>" + "<div>" * 5000 + "onderin"
    assert failure(tmp_path / "y.html", deep).reason is Reason.DAMAGED


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1251", "unicode", "bestaat-niet"])
def test_valid_utf8_wins_from_a_wrong_charset_declaration(declared: str, tmp_path: Path) -> None:
    page = f"<html><head><meta charset={declared}></head><body><p>Eén coördinator.</p></body></html>"
    assert read(tmp_path / "x.html", page).blocks[0].text == "Eén coördinator."


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.txt", b"", Reason.NO_TEXT),
        ("x.md", b" \n\n", Reason.NO_TEXT),
        ("x.html", b"<html><body><script>x</script><!-- y --></body></html>", Reason.NO_TEXT),
        ("x.doc", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), Reason.UNKNOWN_FORMAT),
        ("x.docx", b"\x89PNG\r\n\x1a\n" + bytes(100), Reason.DAMAGED),
        ("x.bin", bytes(range(256)), Reason.UNKNOWN_FORMAT),
        ("x.odt", b"This is not a zip file!", Reason.DAMAGED),
        ("x.docx", b"PK\x03\x04rommel", Reason.DAMAGED),
        ("x.zip", b"PK\x03\x04rommel", Reason.UNKNOWN_FORMAT),
    ],
)
def test_what_can_not_be_read_says_why_and_what_to_do(
    name: str, content: bytes, reason: Reason, tmp_path: Path
) -> None:
    error = failure(tmp_path / name, content)
    assert error.reason is reason
    assert len(error.message.split(". ")) >= 2 or "?" in error.message


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.txt", b"<!DOCTYPE html>\n<html><body>x</body></html>", "html"),
        ("x.dat", b"%PDF-1.4\n", "pdf"),
        ("x.txt", b"Een PDF begint met %PDF-1.4 en dan meer.", "text"),
        ("x.MD", b"# Kop", "markdown"),
        ("x.pdf", b"kapot", "pdf"),
    ],
)
def test_the_format_follows_from_the_content_first(name: str, content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert find_format(tmp_path / name) is READERS[expected]
