"""The chat page in a real browser, on the real server with the shipped documents."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from conftest import ANSWERED, HOSTILE, NOT_FOUND, overhear
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

PHONE = {"width": 390, "height": 844}


@dataclass
class Visit:
    """One visitor's page, with all it fetched, said on the console and popped up."""

    page: Page
    requests: list[str]
    complaints: list[str]

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="Stel uw vraag")

    @property
    def turns(self) -> Locator:
        return self.page.locator("#gesprek .beurt")

    @property
    def sources(self) -> Locator:
        return self.page.locator(".bronnen-van:not([hidden]) .bron")

    def ask(self, question: str) -> Locator:
        """Ask by Enter and return the new turn once it is answered."""
        before = self.turns.count()
        self.field.fill(question)
        self.field.press("Enter")
        expect(self.turns).to_have_count(before + 1)
        return self.turns.nth(before)


def visit(context: BrowserContext, url: str) -> Visit:
    page = context.new_page()
    visitor = Visit(page, *overhear(page, unheard="log"))
    page.goto(url)
    expect(visitor.field).to_be_visible(timeout=20_000)
    return visitor


@pytest.fixture
def visitor(browser: Browser, server_url: str) -> Iterator[Visit]:
    """A visitor on a wide screen; ends with the check that nothing went wrong behind the screen."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US") as context:
        visitor = visit(context, server_url)
        yield visitor
        assert visitor.complaints == []


def test_enter_asks_and_the_answer_cites_a_source_with_the_quoted_words_marked(visitor: Visit) -> None:
    turn = visitor.ask(ANSWERED)
    citation = turn.get_by_role("link", name=re.compile(r"^Bron 1: \S")).first
    expect(citation).to_have_text("[1]")
    quoted = visitor.sources.first.locator("mark").first.inner_text()
    assert quoted in turn.inner_text()
    expect(visitor.field).to_have_value("")


def test_shift_enter_breaks_the_line_and_an_empty_question_is_not_sent(visitor: Visit) -> None:
    visitor.field.fill("Eerste regel")
    visitor.field.press("Shift+Enter")
    visitor.field.press_sequentially("tweede")
    expect(visitor.field).to_have_value("Eerste regel\ntweede")
    visitor.field.fill("  ")
    visitor.field.press("Enter")
    expect(visitor.page.get_by_text("Typ eerst een vraag.")).to_have_count(1)
    expect(visitor.turns).to_have_count(0)


def test_a_question_outside_the_documents_gets_suggestions_and_no_citations(visitor: Visit) -> None:
    turn = visitor.ask(NOT_FOUND)
    suggestions = turn.get_by_role("listitem").get_by_role("link")
    assert suggestions.count() >= 1
    assert (suggestions.first.get_attribute("href") or "").startswith("/v1/documenten/")
    expect(turn.locator("a.citaat")).to_have_count(0)
    expect(visitor.sources).to_have_count(0)


def test_an_example_asks_with_one_click(visitor: Visit) -> None:
    example = visitor.page.locator("#voorbeelden").get_by_role("button").first
    question = example.inner_text()
    example.click()
    expect(visitor.turns).to_have_count(1)
    expect(visitor.turns.last).to_contain_text(question)
    expect(visitor.sources.first).to_be_visible()
    expect(example).to_be_hidden()
    expect(visitor.field).to_be_focused()


def test_a_new_conversation_starts_empty(visitor: Visit) -> None:
    visitor.ask(ANSWERED)
    visitor.page.get_by_role("button", name="Nieuw gesprek").click()
    expect(visitor.turns).to_have_count(0)
    expect(visitor.page.locator(".bron")).to_have_count(0)
    expect(visitor.page.locator("#voorbeelden")).to_be_visible()
    visitor.ask(NOT_FOUND)
    expect(visitor.turns).to_have_count(1)


def test_a_citation_in_an_earlier_answer_shows_the_sources_of_that_answer(visitor: Visit) -> None:
    citation = visitor.ask(ANSWERED).locator("a.citaat").first
    visitor.ask("Wanneer is een leerling een thuiszitter?")
    card = visitor.page.locator(citation.get_attribute("href") or "")
    expect(card).to_be_hidden()
    citation.click()
    expect(card).to_be_focused()
    visitor.ask(NOT_FOUND)
    citation.click()
    expect(card).to_be_visible()
    expect(visitor.page.get_by_text("Bij dit antwoord horen geen bronnen.")).to_be_hidden()


def test_the_keyboard_alone_leads_from_question_to_source_and_back(visitor: Visit) -> None:
    visitor.field.focus()
    visitor.page.keyboard.type(ANSWERED)
    visitor.page.keyboard.press("Enter")
    expect(visitor.turns).to_have_count(1)
    expect(visitor.field).to_be_focused()
    citation = visitor.turns.locator("a.citaat").last
    visitor.page.keyboard.press("Shift+Tab")
    visitor.page.keyboard.press("Shift+Tab")
    if not citation.evaluate("element => element === document.activeElement"):
        visitor.page.keyboard.press("Tab")
    expect(citation).to_be_focused()
    outline = citation.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline == "solid"
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(citation.get_attribute("href") or "")).to_be_focused()
    visitor.page.keyboard.press("Tab")
    expect(visitor.page.locator(":focus")).to_contain_text("Open origineel")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    expect(citation).to_be_focused()


def test_an_answer_is_announced_once_with_its_number_of_sources(visitor: Visit) -> None:
    visitor.ask(ANSWERED)
    status = visitor.page.locator("body > [role=status]").last
    expect(status).to_contain_text(re.compile(r"\d bron(nen)?\.$"))
    expect(visitor.page.locator("#gesprek")).not_to_have_attribute("aria-busy", "true")


def test_the_page_is_dutch_and_fetches_nothing_from_elsewhere(visitor: Visit, server_url: str) -> None:
    visitor.ask(ANSWERED)
    assert visitor.page.evaluate("document.documentElement.lang") == "nl"
    assert visitor.page.title() == "Handwijzer"
    assert [url for url in visitor.requests if not url.startswith((server_url, "data:"))] == []
    assert "Gradio" not in visitor.page.locator("body").inner_text()
    with urllib.request.urlopen(server_url, timeout=10) as response:
        html = response.read().decode()
    assert 'lang="nl"' in html
    assert not re.search(r'(?:src|href|content)="https?:', html)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(browser: Browser, server_url: str, scheme: str) -> None:
    with browser.new_context(viewport=PHONE, color_scheme=scheme, has_touch=True) as context:
        visitor = visit(context, server_url)
        width = "document.documentElement.scrollWidth"
        assert visitor.page.evaluate(width) <= PHONE["width"]
        visitor.ask(ANSWERED)
        visitor.ask("Onafgebroken" * 40)
        assert visitor.page.evaluate(width) <= PHONE["width"]
        visitor.page.locator("a.citaat").first.click()
        expect(visitor.sources.first).to_be_in_viewport()
        bright = visitor.page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0] > 127"
        )
        assert bright is (scheme == "light")


def test_without_connection_the_visitor_keeps_question_and_conversation(visitor: Visit) -> None:
    visitor.ask(ANSWERED)
    visitor.page.route("**/gradio_api/run/**", lambda route: route.abort())
    visitor.field.fill(NOT_FOUND)
    visitor.field.press("Enter")
    expect(visitor.page.get_by_text("Handwijzer is niet bereikbaar.").first).to_be_visible()
    expect(visitor.field).to_have_value(NOT_FOUND)
    expect(visitor.turns).to_have_count(1)
    visitor.page.unroute("**/gradio_api/run/**")
    visitor.field.press("Enter")
    expect(visitor.turns).to_have_count(2)
    assert [text for text in visitor.complaints if "net::ERR_FAILED" not in text] == []
    visitor.complaints.clear()


def test_thirty_visitors_at_once_each_get_their_own_answer(visitor: Visit) -> None:
    with visitor.page.expect_request("**/gradio_api/run/predict") as sent:
        visitor.ask(ANSWERED)
    answers = visitor.page.evaluate(
        """body => Promise.all([...Array(30).keys()].map(async number => {
            const own = {...body, data: [`Vraag ${number} over verzuim?`, "[]"], session_hash: `bezoeker${number}`};
            const response = await fetch("/gradio_api/run/predict", {
                method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(own)});
            return (await response.json()).data[0];
        }))""",
        sent.value.post_data_json,
    )
    assert [re.findall(r"Uw vraag: </span>Vraag (\d+) ", html) for html in answers] == [[str(n)] for n in range(30)]


def test_only_the_addresses_that_the_page_uses_exist(server_url: str) -> None:
    def status(path: str) -> int:
        try:
            with urllib.request.urlopen(server_url + path, timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert status("/") == 200
    closed = [
        "config",
        "monitoring",
        "gradio_api/info",
        "gradio_api/openapi.json",
        "gradio_api/upload",
        "login",
        "x",
        "v1/x",
    ]
    assert {path: status(f"/{path}") for path in closed} == dict.fromkeys(closed, 404)


def test_hostile_text_shows_as_text(browser: Browser, hostile_url: str) -> None:
    with browser.new_context() as context:
        visitor = visit(context, hostile_url)
        visitor.ask("Met welke sleutel opent de zorgcoördinator de noodkast?")
        turn = visitor.ask(f"Wat betekent {HOSTILE}?")
        expect(turn).to_contain_text(HOSTILE)
        visitor.turns.first.locator("a.citaat").first.click()
        expect(visitor.sources.first).to_contain_text(f"rode sleutel {HOSTILE}")
        assert visitor.page.locator("#vlak :is(img, script)").count() == 0
        assert visitor.complaints == []
