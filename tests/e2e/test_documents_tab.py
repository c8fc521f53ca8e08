"""The Documents tab in a real browser: finding as one types, reading in place, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import HOSTILE
from playwright.sync_api import Browser, Page, Route, expect
from visitors import PHONE, Visit, visiting

CALL = "**/pagina/documenten"
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"
SMALL = """[...document.querySelectorAll("#documenten :is(a, button, input, select, summary)")]
    .filter((one) => getComputedStyle(one).display !== "inline").map((one) => one.getBoundingClientRect())
    .filter(({width, height}) => width && (width < 24 || height < 24))"""


@pytest.fixture
def visitor(browser: Browser, server_url: str) -> Iterator[Visit]:
    with visiting(browser, server_url) as visitor:
        open_tab(visitor)
        yield visitor
        assert [url for url in visitor.requests if not url.startswith((server_url, "data:"))] == []


def open_tab(visitor: Visit) -> None:
    visitor.page.get_by_role("tab", name="Documenten").click()
    expect(visitor.page.locator("#documenten .documentenlijst")).to_be_visible()


def test_by_keyboard_from_a_word_to_its_place_in_a_document_and_back(visitor: Visit) -> None:
    page, keyboard = visitor.page, visitor.page.keyboard
    page.get_by_role("searchbox", name="Zoek in titels en tekst").focus()
    keyboard.type("kwalificatiepl", delay=20)
    expect(page.locator("#documenten .aantal")).to_contain_text("gevonden voor ‘kwalificatiepl’")
    expect(visitor.spoken).to_contain_text(re.compile(r"^\d+ documenten gevonden voor ‘kwalificatiepl’"))
    assert {word.casefold()[:14] for word in page.locator("#documenten mark").all_inner_texts()} == {"kwalificatiepl"}
    place = page.locator(".plaatsen a").nth(1)
    while not place.evaluate("link => link === document.activeElement"):
        keyboard.press("Tab")
    keyboard.press("Enter")
    passage = page.locator("#document .gekozen").first
    expect(passage).to_be_in_viewport()
    expect(passage).to_be_focused()
    expect(page.locator("#document .gekozen", has_text=re.compile("kwalificatiepl", re.IGNORECASE))).not_to_have_count(
        0
    )
    address = page.url
    page.go_back()
    expect(place).to_be_focused()
    expect(place).to_be_in_viewport()
    expect(page.get_by_role("searchbox")).to_have_value("kwalificatiepl")
    page.go_forward()
    expect(page.locator("#document h2")).to_be_visible()
    assert page.url == address
    assert "kwalificatiepl" not in " ".join(visitor.requests)


def test_a_link_to_a_place_opens_it_and_one_that_is_gone_says_so(visitor: Visit, server_url: str) -> None:
    page = visitor.page
    href = page.locator(".documentenlijst h3 a", has_text="thuiszitters").first.get_attribute("href") or ""
    page.goto(f"{server_url}/{href}")
    expect(page.locator("#document-titel")).to_be_focused()
    last = page.locator("#document [id^=passage-]").last
    key = (last.get_attribute("id") or "").removeprefix("passage-")
    page.goto(f"{server_url}/{href}/{key}")
    page.reload()
    expect(last).to_have_class("gekozen")
    expect(last).to_be_in_viewport()
    page.get_by_role("navigation", name="Inhoud").get_by_role("link").nth(2).click()
    expect(page.locator("#document-kop-3")).to_be_in_viewport()
    page.goto(f"{server_url}/{href}/p-weg")
    expect(page.get_by_text("De plaats waar deze link naar verwijst, staat niet meer in dit document.")).to_be_visible()


def test_nothing_found_a_kind_and_an_order(visitor: Visit) -> None:
    page = visitor.page
    page.get_by_label("Zoek in titels en tekst").fill("xqz")
    expect(page.locator("#documenten .aantal")).to_have_text("Niets gevonden voor ‘xqz’. Probeer een ander woord.")
    page.get_by_label("Zoek in titels en tekst").fill("")
    page.get_by_label("Soort").select_option("sfeerverslag")
    expect(page.locator("#documenten .aantal")).to_contain_text("6 documenten")
    page.get_by_label("Volgorde").select_option("datum")
    expect(page.locator("#documenten .datum").first).to_have_text("21 november 2023")


def test_a_late_answer_to_what_was_typed_before_does_not_show(visitor: Visit) -> None:
    page, held = visitor.page, list[Route]()

    def hold(route: Route) -> None:
        if '"verzuim"' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route(CALL, hold)
    with page.expect_request(CALL):
        page.get_by_label("Zoek in titels en tekst").fill("verzuim")
    page.get_by_label("Zoek in titels en tekst").fill("datalek")
    expect(page.locator("#documenten .aantal")).to_contain_text("‘datalek’")
    assert len(held) == 1
    held[0].abort()
    expect(page.locator("#documenten .aantal")).to_contain_text("‘datalek’")


def test_without_connection_or_document_there_is_a_way_on(visitor: Visit, server_url: str) -> None:
    page = visitor.page
    page.route(CALL, lambda route: route.abort())
    page.get_by_label("Zoek in titels en tekst").fill("datalek")
    expect(page.locator("#documenten .mislukt")).to_have_text(
        "Handwijzer is niet bereikbaar. Controleer uw verbinding."
    )
    page.unroute(CALL)
    visitor.button("Probeer opnieuw").click()
    expect(page.locator("#documenten .aantal")).to_contain_text("‘datalek’")
    page.goto(f"{server_url}/#documenten/weg-123456")
    expect(page.locator("#document .mislukt")).to_have_text("Dit document staat niet in de kennisbank.")
    page.locator("#document").get_by_role("link", name="Terug naar alle documenten").click()
    expect(page.locator("#documenten .documentenlijst")).to_be_visible()
    assert all("Failed to load resource" in text for text in visitor.complaints)
    visitor.complaints.clear()


def test_on_paper_there_is_the_document_only(visitor: Visit) -> None:
    page = visitor.page
    page.locator(".documentenlijst h3 a", has_text="Wetten op een rij").click()
    expect(page.locator("#document table").first).to_be_attached()
    page.emulate_media(media="print")
    expect(page.locator("#document-titel")).to_be_visible()
    for hidden in ("#kop", "#document nav", "#document .terug >> nth=0", "#documenten-zoeken"):
        expect(page.locator(hidden)).to_be_hidden()


@pytest.mark.parametrize(
    ("screen", "scheme"), [("wide", "light"), ("wide", "dark"), ("phone", "light"), ("phone", "dark")]
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, hostile_url: str, violations: Callable[[Page], Any], screen: str, scheme: str
) -> None:
    settings = {"viewport": PHONE, "has_touch": True} if screen == "phone" else {}
    with visiting(browser, hostile_url, color_scheme=scheme, **settings) as visitor:
        page = visitor.page
        open_tab(visitor)

        def check() -> None:
            assert violations(page) == []
            assert page.evaluate(SIDEWAYS) <= 0
            assert page.evaluate(SMALL) == []

        check()
        expect(page.locator(".documentenlijst .verlopen")).to_have_text("Verlopen: gold tot en met 31 juli 2020")
        page.get_by_label("Zoek in titels en tekst").fill("sleutel")
        expect(page.locator(".plaatsen")).to_contain_text(HOSTILE)
        check()
        page.locator(".plaatsen a").first.click()
        expect(page.locator("#document .gekozen").first).to_contain_text(HOSTILE)
        assert page.locator("#documenten :is(img, script)").count() == 0
        check()
        page.go_back()
        page.get_by_label("Zoek in titels en tekst").fill("")
        page.locator(".documentenlijst h3 a", has_text="gegevensuitwisseling").click()
        expect(page.locator("#document table").first).to_be_attached()
        check()
        page.get_by_role("tab", name="Documenten").click()
        page.get_by_label("Zoek in titels en tekst").fill("onvindbaar" * 19)
        expect(page.locator("#documenten .aantal")).to_contain_text("Niets gevonden")
        check()
