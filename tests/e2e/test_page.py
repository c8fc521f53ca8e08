"""Asking and reading on the chat page in a real browser, on the real server with the shipped documents."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from conftest import ANSWERED, HOSTILE, NOT_FOUND
from playwright.sync_api import Browser, expect
from visitors import ASKING, PHONE, Visit, visiting

OTHER = "Wanneer is een leerling een thuiszitter?"


@pytest.fixture
def visitor(browser: Browser, server_url: str) -> Iterator[Visit]:
    with visiting(browser, server_url) as visitor:
        yield visitor


def test_enter_asks_and_the_answer_cites_a_source_with_the_quoted_words_marked(visitor: Visit) -> None:
    turn = visitor.ask(ANSWERED)
    citation = turn.get_by_role("link", name=re.compile(r"^Bron 1: \S")).first
    expect(citation).to_have_text("[1]")
    quoted = visitor.sources.first.locator("mark").first.inner_text()
    assert quoted in turn.inner_text()
    expect(visitor.field).to_have_value("")


def test_a_source_says_what_it_is_and_what_its_link_opens(visitor: Visit) -> None:
    visitor.ask(ANSWERED)
    card = visitor.sources.first
    expect(card.get_by_role("heading", name=re.compile(r"^Bron 1 \S"))).to_be_visible()
    expect(card.locator(".feiten")).to_have_text(re.compile(r"^Handreiking · \d{1,2} \w+ \d{4} · \S"))
    expect(card.get_by_role("link", name=re.compile(r"^Open origineel \(PDF, \d+ kB, pagina \d+\)"))).to_be_visible()


def test_shift_enter_breaks_the_line_and_an_empty_question_is_not_sent(visitor: Visit) -> None:
    visitor.field.fill("Eerste regel")
    visitor.field.press("Shift+Enter")
    visitor.field.press_sequentially("tweede")
    expect(visitor.field).to_have_value("Eerste regel\ntweede")
    visitor.field.fill("  ")
    visitor.field.press("Enter")
    expect(visitor.page.locator("#invoer-melding span")).to_have_text("Typ eerst een vraag.")
    expect(visitor.spoken).to_have_text("Typ eerst een vraag.")
    expect(visitor.turns).to_have_count(0)


def test_a_question_outside_the_documents_gets_near_documents_to_read_and_no_citations(visitor: Visit) -> None:
    turn = visitor.ask(NOT_FOUND)
    near = turn.get_by_role("listitem").get_by_role("link").first
    expect(turn.locator("a.citaat")).to_have_count(0)
    expect(visitor.sources).to_have_count(0)
    title = near.inner_text()
    near.click()
    expect(visitor.page.get_by_role("tab", name="Documenten")).to_have_attribute("aria-selected", "true")
    expect(visitor.page.locator("#documenten").get_by_role("heading", name=title)).to_be_visible()


def test_examples_by_subject_ask_with_one_click(visitor: Visit) -> None:
    examples = visitor.page.locator("#voorbeelden")
    expect(examples.get_by_role("heading", level=3).nth(1)).to_be_visible()
    example = examples.get_by_role("button").first
    question = example.inner_text()
    example.click()
    expect(visitor.turns).to_have_count(1)
    expect(visitor.turns.last).to_contain_text(question)
    expect(visitor.sources.first).to_be_visible()
    expect(example).to_be_hidden()
    expect(visitor.field).to_be_focused()


def test_an_answer_is_followed_by_questions_that_go_on_from_it(visitor: Visit) -> None:
    turn = visitor.ask(ANSWERED)
    following = turn.get_by_role("group", name="Verder vragen").get_by_role("button").first
    question = following.inner_text()
    following.click()
    expect(visitor.turns).to_have_count(2)
    expect(visitor.turns.last).to_contain_text(question)
    expect(visitor.turns.last.locator("a.citaat").first).to_be_visible()


def test_filters_narrow_the_documents_and_say_so(visitor: Visit) -> None:
    visitor.page.get_by_text("Zoek in: alle documenten").click()
    visitor.page.get_by_role("checkbox", name=re.compile("^Convenant")).check()
    visitor.page.get_by_label("Vanaf").fill("2020-01-01")
    expect(visitor.page.locator("#filters-nu")).to_have_text("convenant · vanaf 1 januari 2020")
    visitor.ask(ANSWERED)
    expect(visitor.page.get_by_text("Alleen gezocht in: convenant · vanaf 1 januari 2020.")).to_be_visible()
    expect(visitor.page.get_by_label("Vanaf")).to_be_hidden()
    kinds = visitor.sources.locator(".feiten").all_inner_texts()
    assert kinds
    assert all(kind.startswith("Convenant") for kind in kinds)
    visitor.page.get_by_text("Zoek in: convenant").click()
    visitor.page.get_by_label("Tot en met").fill("2019-01-01")
    expect(visitor.page.get_by_text("Draai de dagen om.")).to_be_visible()
    visitor.button("Wis de filters").click()
    expect(visitor.page.locator("#filters-nu")).to_have_text("alle documenten")


def test_an_edited_question_takes_the_place_of_the_old_one_and_what_came_after(visitor: Visit) -> None:
    visitor.ask(NOT_FOUND)
    visitor.ask(OTHER)
    visitor.turns.first.get_by_role("button", name="Bewerk").click()
    expect(visitor.field).to_have_value(NOT_FOUND)
    visitor.button("Toch niet bewerken").click()
    expect(visitor.field).to_have_value("")
    visitor.turns.first.get_by_role("button", name="Bewerk").click()
    expect(visitor.page.get_by_text("U bewerkt een eerdere vraag.").first).to_be_visible()
    visitor.send(ANSWERED)
    expect(visitor.turns).to_have_count(1)
    expect(visitor.turns.first).to_contain_text(ANSWERED)
    assert len(visitor.page.evaluate("JSON.parse(sessionStorage.getItem('handwijzer-gesprek'))")) == 1


def test_a_new_conversation_starts_empty_and_wipes_the_old_one(visitor: Visit) -> None:
    visitor.ask(ANSWERED)
    visitor.button("Nieuw gesprek").click()
    expect(visitor.turns).to_have_count(0)
    expect(visitor.page.locator(".bron")).to_have_count(0)
    expect(visitor.page.locator("#voorbeelden")).to_be_visible()
    assert visitor.page.evaluate("sessionStorage.length") == 0
    visitor.ask(NOT_FOUND)
    expect(visitor.turns).to_have_count(1)


def test_a_citation_in_an_earlier_answer_shows_the_sources_of_that_answer(visitor: Visit) -> None:
    citation = visitor.ask(ANSWERED).locator("a.citaat").first
    visitor.ask(OTHER)
    card = visitor.page.locator(citation.get_attribute("href") or "")
    expect(card).to_be_hidden()
    citation.click()
    expect(card).to_be_focused()
    visitor.ask(NOT_FOUND)
    citation.click()
    expect(card).to_be_visible()
    expect(visitor.page.get_by_text("Bij dit antwoord horen geen bronnen.")).to_be_hidden()


def test_a_citation_that_is_pointed_at_marks_its_source_and_back(visitor: Visit) -> None:
    turn = visitor.ask(ANSWERED)
    citation, card = turn.locator("a.citaat").first, visitor.sources.first
    citation.hover()
    expect(card).to_have_class(re.compile("aangewezen"))
    visitor.field.hover()
    expect(card).not_to_have_class(re.compile("aangewezen"))
    card.hover()
    expect(citation).to_have_class(re.compile("aangewezen"))
    citation.focus()
    expect(card).to_have_class(re.compile("aangewezen"))


def test_the_sentences_of_an_answer_show_as_they_come(visitor: Visit) -> None:
    with visitor.page.expect_response(ASKING) as asked:
        visitor.ask(ANSWERED)
    names = re.findall(r"^event: (\w+)", asked.value.text(), re.MULTILINE)
    assert names[:2] == ["bronnen", "tekst"]
    assert names[-1] == "klaar"
    assert names.count("tekst") >= 2


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
    with visiting(browser, server_url, viewport=PHONE, color_scheme=scheme, has_touch=True) as visitor:
        width = "document.documentElement.scrollWidth"
        assert visitor.page.evaluate(width) <= PHONE["width"]
        visitor.page.get_by_text("Zoek in: alle documenten").click()
        expect(visitor.page.get_by_label("Vanaf")).to_be_visible()
        assert visitor.page.evaluate(width) <= PHONE["width"]
        visitor.page.get_by_text("Zoek in: alle documenten").click()
        visitor.ask(ANSWERED)
        visitor.ask("Onafgebroken" * 40)
        assert visitor.page.evaluate(width) <= PHONE["width"]
        visitor.page.locator("a.citaat").first.click()
        expect(visitor.sources.first).to_be_in_viewport()
        bright = visitor.page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0] > 127"
        )
        assert bright is (scheme == "light")


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
        "gradio_api/run/predict",
        "gradio_api/queue/join",
        "login",
        "pagina",
        "pagina/static/../page.py",
        "x",
        "v1/x",
    ]
    assert {path: status(f"/{path}") for path in closed} == dict.fromkeys(closed, 404)


def test_hostile_text_shows_as_text(browser: Browser, hostile_url: str) -> None:
    with visiting(browser, hostile_url) as visitor:
        visitor.ask("Met welke sleutel opent de zorgcoördinator de noodkast?")
        turn = visitor.ask(f"Wat betekent {HOSTILE}?")
        expect(turn).to_contain_text(HOSTILE)
        visitor.turns.first.locator("a.citaat").first.click()
        expect(visitor.sources.first).to_contain_text(f"rode sleutel {HOSTILE}")
        visitor.page.reload()
        expect(visitor.turns.first).to_contain_text(f"rode sleutel {HOSTILE}")
        assert visitor.page.locator("#vlak :is(img, script)").count() == 0
