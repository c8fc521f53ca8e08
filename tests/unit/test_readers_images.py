"""Image files: told apart by what they hold, counted in pages, and refused before they cost anything."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from ingest.ocr import OcrPage, enabling, merged, scanned_without_ocr, scans_left_out
from ingest.readers import find_format
from ingest.reading import Block, BlockKind, FileText
from kb.errors import ReadError, Reason


def refusal(path: Path) -> ReadError:
    with pytest.raises(ReadError) as caught:
        find_format(path).read(path)
    return caught.value


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"])
def test_an_image_is_a_page_to_recognise_whatever_its_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "brief.txt"
    Image.new("RGB", (40, 30), "white").save(path, kind)
    assert find_format(path).media_type == f"image/{kind.lower()}"
    assert find_format(path).read(path) == FileText((), pages=1, scanned=(1,))


def test_a_tiff_has_as_many_pages_as_were_scanned_and_an_animation_is_one(tmp_path: Path) -> None:
    frames = [Image.new("L", (40, 30), shade) for shade in (0, 120, 250)]
    for name in ("scan.tiff", "film.gif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    assert find_format(tmp_path / "scan.tiff").read(tmp_path / "scan.tiff").scanned == (1, 2, 3)
    assert find_format(tmp_path / "film.gif").read(tmp_path / "film.gif").scanned == (1,)


def png_of(width: int, height: int) -> bytes:
    """A PNG without pixels that claims a size."""
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), b"IDAT", b"IEND")
    packed = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_an_image_that_claims_too_many_pixels_is_too_large(tmp_path: Path, side: int) -> None:
    (tmp_path / "bom.png").write_bytes(png_of(side, side))
    assert refusal(tmp_path / "bom.png").reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\nrommel", b"\xff\xd8\xff\xe0" * 9, b"II*\0\xff\xff\xff\x7f", b"geen beeld"]
)
def test_an_image_that_does_not_open_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kapot.png").write_bytes(content)
    assert refusal(tmp_path / "kapot.png").reason is Reason.DAMAGED


def test_sound_and_text_are_not_taken_for_images(tmp_path: Path) -> None:
    (tmp_path / "lied.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    (tmp_path / "merk.txt").write_text("BM is een afkorting die in deze tekst voorkomt.", encoding="utf-8")
    assert refusal(tmp_path / "lied.wav").reason is Reason.UNKNOWN_FORMAT
    assert find_format(tmp_path / "merk.txt").name == "text"


def paragraph(text: str, page: int) -> Block:
    return Block(BlockKind.PARAGRAPH, text, page=page)


def test_what_was_recognised_takes_the_place_of_a_stamp_and_pages_without_text_are_named() -> None:
    content = FileText((paragraph("Tekst.", 1), paragraph("Stempel", 2), paragraph("Slot.", 6)), scanned=(2, 3, 4, 5))
    pages = [
        OcrPage(4, (paragraph("Vierde.", 4),), 0.9),
        OcrPage(2, (paragraph("Tweede.", 2), paragraph("Nog een.", 2)), 0.9),
        OcrPage(3, (paragraph("Derde.", 3),), 0.9),
        OcrPage(5, (), 0.2),
    ]
    result = merged(content, pages)
    assert [block.text for block in result.blocks] == ["Tekst.", "Tweede.", "Nog een.", "Derde.", "Vierde.", "Slot."]
    assert result.notices == (
        "Pagina's 2 t/m 4 zijn met tekstherkenning gelezen; controleer citaten met het origineel.",
        "Op pagina 5 is geen tekst herkend.",
    )
    assert result.scanned == ()


def test_a_scan_without_text_recognition_says_how_to_turn_it_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    error = scanned_without_ocr("pdf-bestand")
    assert error.reason is Reason.NO_TEXT
    assert error.message.startswith("Gescand, geen tekst.")
    assert error.message.endswith(enabling())
    assert "apt-get install tesseract-ocr tesseract-ocr-nld" in enabling()
    assert scans_left_out([3, 5]) == (
        "Pagina's 3 en 5 hebben geen leesbare tekst (een scan, of letters die niet te herleiden zijn) en zijn niet gelezen. "
        + enabling()
    )
