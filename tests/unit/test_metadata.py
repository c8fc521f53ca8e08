"""What is known about a document, and who says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path, PurePosixPath

import pytest

from ingest.metadata import Metadata, describe
from ingest.reading import Block, BlockKind, FileText
from kb.errors import ReadError, Reason

HEADING, PARAGRAPH = BlockKind.HEADING, BlockKind.PARAGRAPH


def described(
    path: Path, sidecar: str | None = None, stated: dict[str, str] | None = None, blocks: tuple[Block, ...] = ()
) -> Metadata:
    if sidecar is not None:
        path.with_name(path.stem + ".meta.yaml").write_text(sidecar, encoding="utf-8")
    return describe(path, PurePosixPath(path.name), FileText(blocks, stated or {}))


def refusal(path: Path, sidecar: str) -> str:
    with pytest.raises(ReadError) as caught:
        described(path, sidecar)
    assert caught.value.reason is Reason.METADATA
    return caught.value.message


def test_the_sidecar_wins_over_the_file_for_each_field_it_names(tmp_path: Path) -> None:
    known = described(
        tmp_path / "a.pdf",
        "titel: Uit de sidecar\nsoort: Convenant\ndatum: 2024-03-12\nurl: https://example.org/a\n",
        {"titel": "Uit het bestand", "uitgever": "Gemeente Voorbeeld", "datum": "2020-01-01"},
    )
    assert known == Metadata(
        "Uit de sidecar", "convenant", date(2024, 3, 12), "Gemeente Voorbeeld", "https://example.org/a"
    )


def test_an_empty_field_in_the_sidecar_leaves_what_the_file_says(tmp_path: Path) -> None:
    assert described(tmp_path / "a.pdf", "titel:\n", {"titel": "Uit het bestand"}).title == "Uit het bestand"


@pytest.mark.parametrize(
    ("stated", "blocks", "title"),
    [
        ({"titel": "Genoemd"}, (Block(HEADING, "Kop", 1),), "Genoemd"),
        ({}, (Block(PARAGRAPH, "Vooraf."), Block(HEADING, "Kop", 1)), "Kop"),
        ({}, (Block(HEADING, "Tussenkop", 2),), "Stappenkaart verzuim 2024"),
        ({}, (), "Stappenkaart verzuim 2024"),
    ],
)
def test_a_title_comes_from_the_file_its_first_heading_or_its_name(
    stated: dict[str, str], blocks: tuple[Block, ...], title: str, tmp_path: Path
) -> None:
    assert described(tmp_path / "stappenkaart_verzuim-2024.docx", None, stated, blocks).title == title


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("handreikingen/map/iets.pdf", "handreiking"),
        ("Convenanten/handreiking-bij-convenant.pdf", "convenant"),
        ("overig/sfeerverslag-2023.docx", "sfeerverslag"),
        ("verslagen/iets.txt", "sfeerverslag"),
        ("overig/wetten-op-een-rij.pdf", "wet"),
        ("overig/uitwetenschap.pdf", "document"),
        ("iets.pdf", "document"),
    ],
)
def test_the_kind_comes_from_the_nearest_folder_or_the_name(name: str, kind: str, tmp_path: Path) -> None:
    assert describe(tmp_path / "x.pdf", PurePosixPath(name), FileText(())).kind == kind


@pytest.mark.parametrize(
    "written", ["2024-03-12", "12-03-2024", "'2024-03-12'", "2024-03-12T10:00:00", "12 maart 2024"]
)
def test_a_date_may_be_written_in_more_than_one_way(written: str, tmp_path: Path) -> None:
    assert described(tmp_path / "a.pdf", f"datum: {written}\n").date == date(2024, 3, 12)


@pytest.mark.parametrize("written", ["2024-13-01", "31-02-2024", "vorig jaar", "2024"])
def test_a_date_that_does_not_exist_is_refused(written: str, tmp_path: Path) -> None:
    message = refusal(tmp_path / "a.pdf", f"datum: {written}\n")
    assert "datum" in message
    assert "2024-01-31" in message


def test_broken_yaml_is_reported_with_the_file_and_its_line(tmp_path: Path) -> None:
    message = refusal(tmp_path / "a.pdf", 'titel: Goed\nsoort: "open\n')
    assert "a.meta.yaml" in message
    assert "regel 3" in message or "regel 2" in message
    assert "regel 2" in refusal(tmp_path / "a.pdf", "titel: Goed\nsoort: a: b\n")


def test_an_unknown_field_is_named_with_those_that_exist(tmp_path: Path) -> None:
    message = refusal(tmp_path / "a.pdf", "title: Fout\n")
    assert "title" in message
    assert "titel, soort, datum, uitgever, url" in message


def test_a_field_with_more_than_a_line_of_text_is_refused_by_name(tmp_path: Path) -> None:
    assert "uitgever" in refusal(tmp_path / "a.pdf", "uitgever:\n  naam: Gemeente\n")
    assert described(tmp_path / "a.pdf", "uitgever: [Gemeente, Rijk]\n").publisher == "Gemeente, Rijk"


def test_a_title_that_looks_like_a_number_or_a_yes_stays_as_typed(tmp_path: Path) -> None:
    assert described(tmp_path / "a.pdf", "titel: 2024\nuitgever: nee\n").title == "2024"
    assert described(tmp_path / "a.pdf", "titel: 010\nuitgever: yes\n").publisher == "yes"


@pytest.mark.parametrize("content", ["gewoon een regel tekst\n", "- a\n- b\n", "\x00\x01"])
def test_a_sidecar_that_is_no_list_of_fields_is_refused(content: str, tmp_path: Path) -> None:
    assert "a.meta.yaml" in refusal(tmp_path / "a.pdf", content)


def test_an_empty_sidecar_says_nothing(tmp_path: Path) -> None:
    assert described(tmp_path / "a.pdf", "").title == "A"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "example.org/a", "http"]
)
def test_an_address_that_is_not_of_the_web_is_refused(url: str, tmp_path: Path) -> None:
    assert "https://" in refusal(tmp_path / "a.pdf", f"url: '{url}'\n")
