"""The chat page when things go wrong: reloads, lost connections, restarts, new releases, many visitors."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ANSWERED, NOT_FOUND, free_port, running_server
from playwright.sync_api import Browser, Route, expect
from visitors import ASKING, Visit, visit, visiting

from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.releases import ReleaseStore


@pytest.fixture
def visitor(browser: Browser, server_url: str) -> Iterator[Visit]:
    with visiting(browser, server_url) as visitor:
        yield visitor


def held(_: Route) -> None:
    """Leave a request without an answer."""


def test_a_reload_keeps_the_conversation_in_this_tab_and_in_no_other(visitor: Visit, server_url: str) -> None:
    turn = visitor.ask(ANSWERED).inner_text()
    visitor.page.reload()
    expect(visitor.turns).to_have_count(1)
    assert turn.split("\n")[1] in visitor.turns.first.inner_text()
    visitor.turns.first.locator("a.citaat").first.click()
    expect(visitor.sources.first).to_be_focused()
    visitor.ask("En bij welke instantie?")
    other = visit(visitor.page.context, server_url)
    expect(other.turns).to_have_count(0)


def test_a_question_that_was_being_answered_is_asked_again_after_a_reload(visitor: Visit) -> None:
    visitor.page.route(ASKING, held)
    visitor.send(ANSWERED)
    expect(visitor.page.get_by_text("Bezig met zoeken").first).to_be_visible()
    visitor.page.unroute(ASKING)
    visitor.page.reload()
    expect(visitor.turns).to_have_count(1)
    expect(visitor.turns.first.locator("a.citaat").first).to_be_visible()


def test_an_answer_can_be_stopped_and_asked_again(visitor: Visit) -> None:
    visitor.page.route(ASKING, held)
    visitor.send(ANSWERED)
    visitor.button("Stop").click()
    expect(visitor.page.get_by_text("U hebt dit antwoord gestopt.").first).to_be_visible()
    expect(visitor.field).to_be_focused()
    visitor.page.unroute(ASKING)
    visitor.button("Probeer opnieuw").click()
    expect(visitor.turns).to_have_count(1)
    expect(visitor.button("Probeer opnieuw")).to_have_count(0)


def test_a_lost_connection_is_tried_again_in_words_and_keeps_everything(visitor: Visit) -> None:
    visitor.ask(ANSWERED)
    visitor.page.route(ASKING, lambda route: route.abort())
    visitor.page.clock.install()
    visitor.send(NOT_FOUND)
    for _ in range(2):
        expect(visitor.spoken).to_contain_text("Handwijzer probeert het opnieuw.")
        visitor.page.clock.run_for(5000)
    failure = visitor.page.locator(".niet-verstuurd")
    expect(failure).to_contain_text("Handwijzer is niet bereikbaar.")
    visitor.page.unroute(ASKING)
    failure.get_by_role("button", name="Probeer opnieuw").click()
    expect(visitor.turns).to_have_count(2)
    assert [text for text in visitor.complaints if "net::ERR_FAILED" not in text] == []
    visitor.complaints.clear()


def test_what_the_server_refuses_is_said_in_its_words(visitor: Visit) -> None:
    turn = visitor.ask("Wie helpt een leerling die thuis zit? " * 100)
    expect(turn).to_contain_text("te lang")
    turn.get_by_role("button", name="Probeer opnieuw").click()
    expect(visitor.turns).to_have_count(1)


def test_after_a_new_release_and_a_restart_the_conversation_goes_on_and_its_citations_still_open(
    browser: Browser, corpus: Path, tmp_path: Path, encoder: Encoder, model_dir: Path
) -> None:
    data, port = tmp_path / "data", free_port()
    store = ReleaseStore(data)
    assert ingest(store, corpus, encoder).published
    with browser.new_context() as context:
        with running_server(port, data_dir=data, model_dir=model_dir) as url:
            visitor = visit(context, url)
            visitor.ask("Wie meldt ongeoorloofd verzuim?")
            (corpus / "verzuim.md").write_text(
                "# Verzuim\n\nDe conciërge meldt ongeoorloofd verzuim.\n", encoding="utf-8"
            )
            assert ingest(store, corpus, encoder).published
            expect(visitor.ask("Wie meldt ongeoorloofd verzuim?")).to_contain_text("conciërge")
        with running_server(port, data_dir=data, model_dir=model_dir):
            expect(visitor.ask("Wanneer nodigt de zorgcoördinator ouders uit?")).to_be_visible()
            visitor.turns.first.locator("a.citaat").first.click()
            link = visitor.sources.first.get_by_role("link", name=re.compile("^Open origineel"))
            with urllib.request.urlopen(url + (link.get_attribute("href") or ""), timeout=10) as original:
                assert "De mentor meldt" in original.read().decode()
        assert visitor.complaints == []


def test_thirty_visitors_at_once_each_get_their_own_answer(visitor: Visit) -> None:
    answers = visitor.page.evaluate(
        """() => Promise.all([...Array(30).keys()].map(async number => {
            const response = await fetch("/pagina/vragen", {
                method: "POST", headers: {"Content-Type": "application/json"},
                body: JSON.stringify({vraag: `Vraag ${number} over verzuim?`})});
            return await response.text();
        }))"""
    )
    asked = [re.findall(r'"question": "Vraag (\d+) over verzuim', text) for text in answers]
    assert asked == [[str(number)] for number in range(30)]
