"""The chat page for everybody: axe finds nothing in any state, the keyboard is enough, words are said once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ANSWERED, NOT_FOUND
from playwright.sync_api import Browser, Page, expect
from visitors import ASKING, PHONE, WIDE, Visit, visiting

# Everything that can be clicked is at least 24 pixels wide and high (WCAG 2.2, 2.5.8); links in a sentence may be less.
_SMALL = """() => [...document.querySelectorAll("#vlak button, #kop button, #vlak summary, #vlak .knoppen a, a.citaat")]
    .map((element) => [element.textContent, element.getBoundingClientRect()])
    .filter(([, {width, height}]) => width && (width < 24 || height < 24)).map(([text]) => text)"""


@pytest.fixture
def visitor(browser: Browser, server_url: str) -> Iterator[Visit]:
    with visiting(browser, server_url) as visitor:
        yield visitor


@pytest.mark.parametrize(
    ("screen", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["wide", "wide dark", "phone", "phone dark"],
)  # fmt: skip
def test_axe_finds_nothing_in_any_state_of_the_page(
    browser: Browser, server_url: str, violations: Callable[[Page], Any], screen: dict[str, int], scheme: str
) -> None:
    with visiting(browser, server_url, viewport=screen, color_scheme=scheme) as visitor:
        page = visitor.page
        expect(page.locator("#voorbeelden button").first).to_be_visible()
        page.get_by_text("Over Handwijzer").click()
        page.get_by_text("Zoek in: alle documenten").click()
        expect(page.get_by_label("Vanaf")).to_be_visible()
        found = {"empty": violations(page)}
        page.get_by_text("Zoek in: alle documenten").click()
        turn = visitor.ask(ANSWERED)
        expect(turn.get_by_role("group", name="Verder vragen")).to_be_visible()
        turn.locator("a.citaat").first.click()
        turn.get_by_role("button", name="Goed").click()
        page.get_by_text("Bewaar of print").click()
        found["answer"] = violations(page)
        assert page.evaluate(_SMALL) == []
        visitor.ask(NOT_FOUND)
        visitor.ask("Een kind wordt thuis geslagen. Wat doe ik?")
        visitor.ask("Wie helpt een leerling die thuis zit? " * 100)
        visitor.send("Wat doe ik als Sanne de Wit thuiszit?")
        expect(visitor.button("Verstuur zonder deze gegevens")).to_be_visible()
        found["not found, danger, error, personal data"] = violations(page)
        visitor.button("Verstuur zonder deze gegevens").click()
        expect(visitor.turns).to_have_count(5)
        page.route(ASKING, lambda route: route.fulfill(status=429, json={"detail": "Wacht even."}))
        visitor.send(ANSWERED)
        expect(page.get_by_text("Wacht even.").first).to_be_visible()
        found["refused"] = violations(page)
        assert {state: faults for state, faults in found.items() if faults} == {}
        assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
        visitor.complaints.clear()  # of the refusal


def _tab_to(page: Page, name: re.Pattern[str], most: int = 30) -> None:
    """Press Tab until the focus is on something with this name, with a visible outline."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focus = page.locator(":focus")
        label = focus.get_attribute("aria-label") or focus.inner_text()
        if name.search(label):
            assert focus.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
            return
    raise AssertionError(f"{name.pattern} is not reached by Tab")


def test_the_keyboard_alone_leads_from_asking_to_reading_judging_and_keeping(visitor: Visit) -> None:
    page = visitor.page
    visitor.field.focus()
    page.keyboard.type(ANSWERED)
    page.keyboard.press("Enter")
    expect(visitor.turns).to_have_count(1)
    expect(visitor.field).to_be_focused()
    page.evaluate("document.getElementById('gesprek').focus()")
    _tab_to(page, re.compile("^Bron 1: "))
    card = page.locator(page.locator(":focus").get_attribute("href") or "")
    page.keyboard.press("Enter")
    expect(card).to_be_focused()
    _tab_to(page, re.compile("^Open origineel"), 1)
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    assert "/pagina/pdf/" in opened.value.url or "/bestand" in opened.value.url
    opened.value.close()
    _tab_to(page, re.compile("^Terug naar het antwoord"))
    page.keyboard.press("Enter")
    expect(visitor.turns.first.locator("a.citaat").first).to_be_focused()
    _tab_to(page, re.compile("^Goed"))
    page.keyboard.press("Space")
    page.keyboard.type("Duidelijk")
    _tab_to(page, re.compile("^Bewaar mijn oordeel"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Uw oordeel is bewaard.")).to_be_focused()
    page.evaluate("document.getElementById('tab-vragen').focus()")
    _tab_to(page, re.compile("^Bewaar of print"))
    page.keyboard.press("Enter")
    _tab_to(page, re.compile("^Markdown"))
    with page.expect_download():
        page.keyboard.press("Enter")
    expect(page.get_by_text("Bewaar of print")).to_be_focused()


def test_tabs_follow_the_arrow_keys_and_the_address(visitor: Visit) -> None:
    page = visitor.page
    page.get_by_role("tab", name="Vragen").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Documenten")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Documenten")).to_be_visible()
    expect(visitor.field).to_be_hidden()
    page.go_back()
    expect(visitor.field).to_be_visible()
    expect(page.get_by_role("tab", name="Beheer")).to_be_hidden()


def test_an_answer_is_said_once_with_its_number_of_sources(visitor: Visit) -> None:
    visitor.page.evaluate(
        """() => { window.said = []; const live = document.querySelector("body > [role=status]");
            new MutationObserver(() => window.said.push(live.textContent)).observe(live, {childList: true}) }"""
    )
    visitor.ask(ANSWERED)
    expect(visitor.spoken).to_have_text(re.compile(r"72 uur.*\d bron(nen)?\.$"))
    waiting, answer = visitor.page.evaluate("window.said")
    assert waiting == "Bezig met zoeken in de documenten."
    assert "[1]" not in answer
    expect(visitor.page.locator("#gesprek")).not_to_have_attribute("aria-busy", "true")


def test_at_twice_the_size_everything_is_there_without_sideways_scrolling(browser: Browser, server_url: str) -> None:
    # 200% zoom of a screen of 1280 by 900 pixels leaves half of them.
    with visiting(browser, server_url, viewport={"width": 640, "height": 450}, device_scale_factor=2) as visitor:
        visitor.ask(ANSWERED)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 640
        visitor.page.locator("a.citaat").first.click()
        expect(visitor.sources.first).to_be_in_viewport()


def test_who_wants_less_motion_gets_none(browser: Browser, server_url: str) -> None:
    with visiting(browser, server_url, reduced_motion="reduce") as visitor:
        visitor.ask(ANSWERED)
        moving = visitor.page.evaluate("document.getAnimations().filter(one => one.playState === 'running').length")
        assert moving == 0
