"""What is known about a document, and who says so."""

from __future__ import annotations

import os
import time
from datetime import date, datetime
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.metadata import Metadata, describe, sidecar_of
from ingest.readers import find_format
from ingest.readers.metadata import known, split_front_matter
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


def test_a_sidecar_far_larger_than_its_fields_is_refused_unread(tmp_path: Path) -> None:
    assert "te groot" in refusal(tmp_path / "a.pdf", f"titel: {'x' * 50_000_000}\n")


def test_a_name_too_long_for_a_sidecar_has_none(tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 251}.pdf"
    path.write_bytes(b"%PDF-")
    assert described(path).title.startswith("Nnn")


def test_half_a_character_in_a_name_or_a_sidecar_becomes_a_replacement_mark(tmp_path: Path) -> None:
    half = '"Half \\uD83D teken"'
    assert described(tmp_path / "a.pdf", f"titel: {half}\nuitgever: {half}\n").title == "Half \ufffd teken"
    refusal(tmp_path / "b.pdf", f"{half}: ja\n").encode()
    odd = tmp_path / os.fsdecode(b"verslag\xff.pdf")
    refusal(odd, "onbekend: ja\n").encode()
    odd.with_name(odd.stem + ".meta.yaml").unlink()
    assert describe(odd, PurePosixPath("verslag\ufffd.pdf"), FileText(())).title == "Verslag\ufffd"


def test_guessing_looks_no_further_than_a_page_into_an_endless_line(tmp_path: Path) -> None:
    endless = tuple(Block(kind, "versie van de wet 1 " * 400_000, 1) for kind in [HEADING, PARAGRAPH] * 8)
    began = time.process_time()
    assert described(tmp_path / "a.pdf", blocks=endless).date is None
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("stated", "blocks", "title", "guessed"),
    [
        ({"titel": "Genoemd"}, (Block(HEADING, "Kop", 1),), "Genoemd", ()),
        ({}, (Block(PARAGRAPH, "Vooraf."), Block(HEADING, "Kop", 1)), "Kop", ("titel",)),
        ({}, (Block(HEADING, "Tussenkop", 2),), "Stappenkaart verzuim 2024", ("titel",)),
        ({}, (), "Stappenkaart verzuim 2024", ("titel",)),
    ],
)
def test_a_title_comes_from_the_file_its_first_heading_or_its_name(
    stated: dict[str, str], blocks: tuple[Block, ...], title: str, guessed: tuple[str, ...], tmp_path: Path
) -> None:
    found = described(tmp_path / "stappenkaart_verzuim-2024.docx", None, stated, blocks)
    assert (found.title, found.guessed) == (title, guessed)


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
        ("protocollen/iets.pdf", "protocol"),
        ("overig/brieven/iets.pdf", "brief"),
        ("besluitvorming/iets.pdf", "document"),
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
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "example.org/a", "http", "http://[::1"]
)
def test_an_address_that_is_not_of_the_web_is_refused(url: str, tmp_path: Path) -> None:
    assert "https://" in refusal(tmp_path / "a.pdf", f"url: '{url}'\n")


def test_the_last_day_of_a_document_is_only_ever_stated(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    until = (Block(PARAGRAPH, "Geldig tot: 31 december 2025"), Block(PARAGRAPH, "Geldig vanaf: 1 januari 2024"))
    assert described(path, None, {}, until).valid_until is None
    assert described(path, None, {}, until).date is None
    assert described(path, None, {"geldig_tot": "2025-12-31"}).valid_until == date(2025, 12, 31)
    assert described(path, "Geldig tot: 30 juni 2026\n", {"geldig_tot": "2025-12-31"}).valid_until == date(2026, 6, 30)
    assert "2024-01-31" in refusal(path, "geldig_tot: volgend jaar\n")


def test_front_matter_states_the_last_day_and_what_to_let_through(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "---\ngeldig tot: 31-12-2025\ntoestaan: [Kwaliteit, persoonsgegevens]\n---\nTekst.\n", encoding="utf-8"
    )
    found = describe(path, PurePosixPath("a.md"), find_format(path).read(path))
    assert found.valid_until == date(2025, 12, 31)
    assert found.allowed == {"kwaliteit", "persoonsgegevens"}


def test_nothing_else_can_be_let_through(tmp_path: Path) -> None:
    for value in ("alles", "kwaliteit, bsn", "[kwaliteit, bsn]"):
        message = refusal(tmp_path / "a.pdf", f"toestaan: {value}\n")
        assert "kwaliteit en persoonsgegevens" in message
        with pytest.raises(ReadError, match="kwaliteit en persoonsgegevens"):
            split_front_matter(f"---\ntoestaan: {value}\n---\nTekst.")
    assert described(tmp_path / "a.pdf", "toestaan: kwaliteit\n").allowed == {"kwaliteit"}
    assert described(tmp_path / "a.pdf", "toestaan:\n").allowed == frozenset()


def test_the_properties_of_a_file_from_elsewhere_let_nothing_through() -> None:
    assert known({"Toestaan": "persoonsgegevens", "Geldig tot": "31-12-2025"}) == ({"geldig_tot": "2025-12-31"}, ())


@given(
    st.text(max_size=40)
    | st.sampled_from(["kwaliteit", "{a: b}", "[[kwaliteit]]", "!!python/name:os", "*a", "&a [*a]"])
)
@settings(deadline=None)
def test_front_matter_with_any_allowance_reads_or_is_refused_as_metadata(value: str) -> None:
    reason = None
    try:
        found = split_front_matter(f"---\ntoestaan: {value}\n---\nTekst.")
    except ReadError as error:
        reason = error.reason
    if reason is not None:
        assert reason is Reason.METADATA
    else:
        assert set(found.metadata.get("toestaan", "kwaliteit").split(", ")) <= {"kwaliteit", "persoonsgegevens"}


def test_front_matter_that_is_nested_without_end_is_refused_as_metadata() -> None:
    with pytest.raises(ReadError) as caught:
        split_front_matter(f"---\ntoestaan: {'[' * 2_000}\n---\nTekst.")
    assert caught.value.reason is Reason.METADATA


def test_a_sidecar_with_the_full_file_name_belongs_to_that_file_alone(tmp_path: Path) -> None:
    shared, precise = tmp_path / "a.meta.yaml", tmp_path / "a.pdf.meta.yaml"
    assert sidecar_of(tmp_path / "a.pdf") == shared
    shared.write_text("titel: Van beide\n", encoding="utf-8")
    precise.write_text("titel: Van de pdf\n", encoding="utf-8")
    assert (sidecar_of(tmp_path / "a.pdf"), sidecar_of(tmp_path / "a.docx")) == (precise, shared)
    assert described(tmp_path / "a.pdf").title == "Van de pdf"
    assert described(tmp_path / "a.docx").title == "Van beide"


BODY = (
    "Op 4 februari 2021 is hierover gesproken met de scholen. In deze tekst leest u wat er is afgesproken en wat dat "
    "voor u betekent."
)


@pytest.mark.parametrize(
    ("opening", "title", "day"),
    [
        (
            "Gemeente Voorbeeld|Postbus 12, 1234 AB Voorbeeld|Voorbeeld, 12 maart 2024|Betreft: Overgang naar de brugklas|Geachte ouders,",
            "Overgang naar de brugklas",
            "2024-03-12",
        ),
        (
            "MEMO|Aan: directie|Datum: 2 februari 2024|Onderwerp: Voortgang van de pilot",
            "Voortgang van de pilot",
            "2024-02-02",
        ),
        (
            "Ministerie van Onderwijs|Datum 21 juni 2023|Betreft: Voortgang passend onderwijs",
            "Voortgang passend onderwijs",
            "2023-06-21",
        ),
        (
            "Notulen teamoverleg 14 november 2022|Aanwezig: mentor en directeur",
            "Notulen teamoverleg 14 november 2022",
            "2022-11-14",
        ),
        ("Besluitenlijst regiegroep|d.d. 05-09-2023", "Besluitenlijst regiegroep", "2023-09-05"),
        ("Nieuwsbrief 12 maart 2024|Jeugdhulp op school", "Nieuwsbrief 12 maart 2024", "2024-03-12"),
        ("Laatst bijgewerkt op 11-10-2023|Verzuim melden: zo werkt het", "Verzuim melden: zo werkt het", "2023-10-11"),
        (
            "Protocol medisch handelen|Versie 2.0, 15 juni 2023|Geldig vanaf 1 augustus 2023",
            "Protocol medisch handelen",
            "2023-06-15",
        ),
        (
            "Regeling leerlingenvervoer|Vastgesteld door het college op 12 maart 2024",
            "Regeling leerlingenvervoer",
            "2024-03-12",
        ),
        (
            "##Besluit van 29 juni 1983, houdende regels over het loon",
            "Besluit van 29 juni 1983, houdende regels over het loon",
            "1983-06-29",
        ),
        ("21 november 2023|Sfeerverslag themabijeenkomst", "Sfeerverslag themabijeenkomst", "2023-11-21"),
        ("Hulp bij u in de buurt|Informatie voor ouders", "Hulp bij u in de buurt", None),
        ("Beleidsnotitie verzuim|Versie 1.2, maart 2024", "Beleidsnotitie verzuim", None),
        ("Beschrijving van een leerling|Geboortedatum: 12 maart 2012", "Beschrijving van een leerling", None),
        ("Uitnodiging studiemiddag|Datum: 23 mei 2024", "Uitnodiging studiemiddag", None),
        (
            "Verslag conferentie 12 en 13 maart 2024|Provinciehuis Utrecht",
            "Verslag conferentie 12 en 13 maart 2024",
            None,
        ),
        ("Agenda van het voorjaar|Datum: 8 maart 2024|Datum: 23 maart 2024", "Agenda van het voorjaar", None),
        ("Verslag werkgroep|Het verslag van de vorige keer is vastgesteld op 3 mei 2023", "Verslag werkgroep", None),
        ("Jaarplan van de scholen|Datum: 1 januari 2090", "Jaarplan van de scholen", None),
        ("12|Pagina 1 van 3|Datum:|www.voorbeeld.nl", "Bestand 7", None),
    ],
)
def test_the_opening_of_a_document_gives_title_and_date_or_nothing(
    opening: str, title: str, day: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "bestand-7.pdf"
    path.touch()
    lines = tuple(Block(PARAGRAPH, line, page=1) for line in [*opening.split("|"), BODY])
    found = described(path, None, {}, lines)
    assert found.title == title
    assert found.date == (date.fromisoformat(day) if day else None)
    assert found.guessed == (("titel", "datum") if day else ("titel",))


def test_a_stated_date_wins_over_one_in_the_text(tmp_path: Path) -> None:
    lines = (Block(HEADING, "Verslag", 1), Block(PARAGRAPH, "Datum: 12 maart 2024"), Block(PARAGRAPH, BODY))
    found = described(tmp_path / "a.pdf", None, {"datum": "2020-01-01"}, lines)
    assert (found.date, found.guessed) == (date(2020, 1, 1), ("titel",))


def test_a_date_long_after_the_file_was_written_is_not_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.touch()
    os.utime(path, (datetime(2022, 6, 1, 12).timestamp(),) * 2)
    lines = (Block(PARAGRAPH, "Datum: 12 maart 2023"), Block(PARAGRAPH, BODY))
    assert described(path, None, {}, lines).date == date(2023, 3, 12)
    os.utime(path, (datetime(2020, 6, 1, 12).timestamp(),) * 2)
    assert described(path, None, {}, lines).date is None


def test_dates_in_a_table_or_after_the_first_page_are_those_of_events(tmp_path: Path) -> None:
    table = (Block(HEADING, "Agenda", 1), Block(BlockKind.ROW, "Datum: 8 maart 2024; Wat: college tour."))
    assert described(tmp_path / "a.pdf", None, {}, table).date is None
    later = (Block(HEADING, "Bundel", 1, page=1), Block(PARAGRAPH, "Datum: 8 maart 2024", page=2))
    assert described(tmp_path / "a.pdf", None, {}, later).date is None
