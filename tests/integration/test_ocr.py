"""Scans read by the real Tesseract: the words, what kind of text they are, and their page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.ocr import OcrPage, available, merged, ocr_page
from ingest.readers import find_format
from ingest.reading import Block, BlockKind
from kb.errors import ReadError, Reason

pytestmark = pytest.mark.skipif(
    not available(), reason="tekstherkenning ontbreekt: apt-get install tesseract-ocr tesseract-ocr-nld, extra 'ocr'"
)
FILES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "files"
needs_files = pytest.mark.skipif(not FILES.is_dir(), reason=f"de testbestanden staan niet in {FILES}")
HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW

Line = tuple[float, float, str, float]
"""x and y in points from the top left, text and letter size."""

MELDEN = [
    "De mentor bespreekt het verzuim met de leerling en met de ouders, en legt de",
    "afspraken vast in het dossier. Als het verzuim aanhoudt, betrekt de mentor de onder-",
    "steuningscoördinator van de school bij het gesprek.",
]
BEZWAAR = [
    "Ouders kunnen binnen zes weken bezwaar maken tegen het besluit. Het college",
    "beslist binnen twaalf weken, zoals bepaald in artikel 7:10 van de Algemene wet",
    "bestuursrecht.",
]
STAPPEN = ["1. de mentor belt de ouders", "2. de school nodigt de ouders uit", "3. de directeur meldt het verzuim"]


def lines(texts: Sequence[str], x: float, y: float, size: float = 11, step: float = 15) -> list[Line]:
    return [(x, y + at * step, text, size) for at, text in enumerate(texts)]


def paper(
    tmp_path: Path, content: Sequence[Line], rules: Sequence[tuple[float, float, float, float]] = ()
) -> Image.Image:
    """The printed upper half of an A4 page at 300 dpi."""
    canvas = Canvas(str(tmp_path / "papier.pdf"), pagesize=(595, 842))
    for x, y, text, size in content:
        canvas.setFont("Times-Roman", size)
        canvas.drawString(x, 842 - y, text)
    for x0, y0, x1, y1 in rules:
        canvas.line(x0, 842 - y0, x1, 842 - y1)
    canvas.save()
    with pypdfium2.PdfDocument(tmp_path / "papier.pdf") as document:
        image: Image.Image = document[0].render(scale=300 / 72, grayscale=True).to_pil().convert("L")
    return image.crop((0, 0, image.width, image.height // 2 + 100))


def scan(page: Image.Image, angle: float = 0.7) -> Image.Image:
    """The page as it comes out of a worn scanner."""
    askew = np.asarray(page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)).astype(float)
    grainy = askew + np.random.default_rng(1).normal(0, 15, askew.shape)
    return Image.fromarray(np.clip(grainy, 0, 255).astype(np.uint8))


def read(tmp_path: Path, image: Image.Image) -> OcrPage:
    image.save(tmp_path / "scan.png", compress_level=1)
    return ocr_page(tmp_path / "scan.png", "image/png", 1)


def words(texts: Sequence[str]) -> Counter[str]:
    return Counter(re.findall(r"\w+", " ".join(texts).replace("- ", "")))


def outline(blocks: Sequence[Block]) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in blocks]


HANDREIKING = [
    (72.0, 80.0, "Handreiking verzuim", 20.0),
    *lines(MELDEN, 72, 120),
    *lines(STAPPEN, 72, 180),
    *lines(BEZWAAR, 72, 240),
]


@pytest.mark.parametrize(
    ("angle", "width"), [(0.7, 2480), (-2.4, 2480), (0.5, 827)], ids=["300 dpi", "scheef", "100 dpi"]
)
def test_a_grainy_crooked_scan_is_read_with_its_headings_lists_and_broken_words(
    tmp_path: Path, angle: float, width: int
) -> None:
    image = scan(paper(tmp_path, HANDREIKING), angle)
    page = read(tmp_path, image.resize((width, width * image.height // image.width)))
    expected = words([text for _, _, text, _ in HANDREIKING])
    found = words([block.text for block in page.blocks])
    assert (expected & found).total() >= 0.98 * expected.total()
    assert found.total() <= 1.02 * expected.total()
    assert page.confidence > 0.9
    assert [block.kind for block in page.blocks] == [HEADING, PARAGRAPH, ITEM, ITEM, ITEM, PARAGRAPH]
    assert page.blocks[1].text.endswith("de ondersteuningscoördinator van de school bij het gesprek.")
    assert {block.page for block in page.blocks} == {1}


@pytest.mark.parametrize("turn", [90, 180], ids=["op zijn kant", "ondersteboven"])
def test_a_page_on_its_side_or_upside_down_is_read_as_if_upright(tmp_path: Path, turn: int) -> None:
    image = scan(paper(tmp_path, HANDREIKING)).rotate(turn, expand=True)
    page = read(tmp_path, image)
    assert page.blocks[0].text == "Handreiking verzuim"
    assert [block.text for block in page.blocks if block.kind is ITEM] == STAPPEN


def test_numbers_that_stand_apart_make_the_items_of_a_list(tmp_path: Path) -> None:
    content = [(72.0, 60.0, "Artikel 3. Bezwaar", 14.0)]
    for at in range(6):
        content += [(80.0, 90.0 + 48 * at, f"{at + 1}.", 11.0), *lines(BEZWAAR, 112, 90 + 48 * at)]
    items = [block.text for block in read(tmp_path, scan(paper(tmp_path, content))).blocks if block.kind is ITEM]
    assert [text.removeprefix(f"{n}. ") for n, text in enumerate(items, 1)] == [" ".join(BEZWAAR)] * 6


@needs_files
def test_the_numbers_in_the_margin_of_an_ordinance_are_not_passed_over() -> None:
    page = ocr_page(FILES / "nl_verordening_jeugdhulp_46p.pdf", "application/pdf", 4)
    numbers = [block.text.split()[0] for block in page.blocks if block.kind is ITEM]
    assert numbers == "6. 7. 7. 1. 2. 1. 2. 3. 4. 5. 6. 7. 8. 9.".split()


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = ["De gemeente en de scholen maken", "elk jaar afspraken over jeugdhulp", "op school en leggen die vast."]
    right = [
        "Een leerling die meer dan zestien uur",
        "afwezig is, wordt gemeld bij de",
        "leerplichtambtenaar van de stad.",
    ]
    content = [*lines(left * 4, 72, 100), *lines(right * 4, 315, 107)]
    text = " ".join(block.text for block in read(tmp_path, scan(paper(tmp_path, content))).blocks)
    assert text == " ".join(left * 4 + right * 4)


@pytest.mark.parametrize("ruled", [True, False])
def test_rows_of_a_scanned_table_carry_its_column_names(tmp_path: Path, ruled: bool) -> None:
    table = [("Week", "Wie", "Wat"), ("1", "mentor", "belt de ouders"), ("2", "directeur", "meldt het verzuim")]
    table.append(("3", "wijkteam", "voert een gesprek"))
    content = lines(BEZWAAR, 72, 80)
    content += [
        (x, 160 + 24 * at, cell, 11)
        for at, row in enumerate(table)
        for x, cell in zip((80, 150, 300), row, strict=True)
    ]
    bottom = 144 + 24 * len(table)
    rules = [(70, 144 + 24 * at, 500, 144 + 24 * at) for at in range(len(table) + 1)]
    rules += [(x, 144, x, bottom) for x in (70, 140, 290, 500)]
    page = read(tmp_path, scan(paper(tmp_path, content, rules if ruled else ())))
    assert [block.text for block in page.blocks if block.kind is ROW] == [
        "Week: 1; Wie: mentor; Wat: belt de ouders.",
        "Week: 2; Wie: directeur; Wat: meldt het verzuim.",
        "Week: 3; Wie: wijkteam; Wat: voert een gesprek.",
    ]


def test_a_picture_without_text_gives_no_blocks(tmp_path: Path) -> None:
    clouds = np.random.default_rng(2).normal(128, 60, (40, 30)).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(clouds).resize((1200, 1600), Image.Resampling.BICUBIC)
    assert read(tmp_path, picture).blocks == ()


def test_dark_letters_on_a_transparent_ground_are_read(tmp_path: Path) -> None:
    page = paper(tmp_path, lines(MELDEN, 72, 100)).crop((250, 300, 2300, 700))
    ink = Image.new("RGBA", page.size, (0, 0, 0, 0))
    ink.putalpha(page.point(lambda grey: 255 - grey))
    assert read(tmp_path, ink).blocks[0].text.startswith("De mentor bespreekt het verzuim")


def put_in_pdf(path: Path, pages: Sequence[Image.Image | str]) -> Path:
    """A PDF of scans, some with a stamp, and of a page of text for every string."""
    canvas = Canvas(str(path), pagesize=(595, 842))
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        else:
            canvas.drawImage(ImageReader(page), 0, 200, 595, 642)
            canvas.drawString(450, 180, "Ontvangen 3 mei")
        canvas.showPage()
    canvas.save()
    return path


def test_scanned_pages_come_in_page_order_among_the_others_and_the_notice_names_them(tmp_path: Path) -> None:
    scans = [scan(paper(tmp_path, lines(text, 72, 100))).resize((1240, 927)) for text in (MELDEN, BEZWAAR)]
    path = put_in_pdf(tmp_path / "deels.pdf", ["Dit is de eerste bladzijde.", *scans, "Dit is de laatste bladzijde."])
    content = find_format(path).read(path)
    assert content.scanned == (2, 3)
    result = merged(content, [ocr_page(path, "application/pdf", page) for page in (3, 2)])
    assert [block.page for block in result.blocks if "Ontvangen" not in block.text] == [1, 2, 3, 4]
    assert sum("Ontvangen" in block.text for block in result.blocks) == 2
    assert result.scanned == ()
    assert result.notices == (
        "Pagina's 2 en 3 zijn met tekstherkenning gelezen; controleer citaten met het origineel.",
    )


def test_a_page_as_large_as_a_wall_is_read_at_a_lower_resolution(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "muur.pdf"), pagesize=(14_000, 14_000))
    canvas.setFont("Times-Roman", 400)
    canvas.drawString(500, 8000, "De mentor belt de ouders van de leerling")
    canvas.save()
    page = ocr_page(tmp_path / "muur.pdf", "application/pdf", 1)
    assert outline(page.blocks) == [(PARAGRAPH, "De mentor belt de ouders van de leerling")]


def test_a_pdf_around_a_giant_picture_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    giant = Image.new("1", (30_000, 30_000))
    giant.save(tmp_path / "reus.pdf")
    with pytest.raises(ReadError) as caught:
        ocr_page(tmp_path / "reus.pdf", "application/pdf", 1)
    assert caught.value.reason is Reason.TOO_LARGE


def test_a_picture_cut_short_or_a_page_that_is_not_there_is_damaged(tmp_path: Path) -> None:
    Image.effect_noise((400, 400), 50).save(tmp_path / "half.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "half.png").read_bytes()[:9000])
    put_in_pdf(tmp_path / "kort.pdf", ["Een bladzijde."])
    for name, media_type, page in (("half.png", "image/png", 1), ("kort.pdf", "application/pdf", 2)):
        with pytest.raises(ReadError) as caught:
            ocr_page(tmp_path / name, media_type, page)
        assert caught.value.reason is Reason.DAMAGED


@needs_files
@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("scanned_ccitt_fax", []),
        ("scanned_no_textlayer_1", ["Happy New Year 2003!"]),
    ],
)
def test_the_scans_among_the_hard_files_are_read(name: str, texts: list[str]) -> None:
    path = FILES / f"{name}.pdf"
    content = find_format(path).read(path)
    read_pages = [ocr_page(path, "application/pdf", page) for page in content.scanned]
    assert [block.text for block in merged(content, read_pages).blocks] == texts
