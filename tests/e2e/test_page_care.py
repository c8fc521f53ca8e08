"""What the page does for trust: no pupil's name on record, honest about itself, judged, copied and kept by its reader."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ANSWERED, NOT_FOUND
from playwright.sync_api import Browser, expect
from visitors import Visit, visiting

NAMED = "Wat doet de school als Sanne de Wit, geboren op 3-4-2012, thuiszit?"


@pytest.fixture
def visitor(browser: Browser, server_url: str) -> Iterator[Visit]:
    with visiting(browser, server_url) as visitor:
        yield visitor


def test_a_question_with_a_name_is_held_back_and_sent_without_it_by_one_click(visitor: Visit) -> None:
    visitor.send(NAMED)
    warning = visitor.page.get_by_role("group", name="Persoonsgegevens in uw vraag")
    expect(warning).to_contain_text("Er is nog niet gezocht.")
    expect(warning).to_contain_text("een naam en een geboortedatum")
    expect(visitor.turns).to_have_count(0)
    visitor.button("Verstuur zonder deze gegevens").click()
    expect(visitor.turns).to_have_count(1)
    for place in (visitor.page.locator("body").inner_text(), visitor.page.evaluate("JSON.stringify(sessionStorage)")):
        assert "Sanne" not in place
        assert "een leerling, 14 jaar" in place


def test_a_question_with_a_name_can_be_changed_by_hand(visitor: Visit) -> None:
    visitor.send(NAMED)
    visitor.button("Pas mijn vraag zelf aan").click()
    expect(visitor.field).to_have_value(NAMED)
    visitor.send(ANSWERED)
    expect(visitor.turns).to_have_count(1)
    expect(visitor.page.get_by_text("Sanne")).to_have_count(0)


def test_who_fears_for_a_child_reads_whom_to_call_above_the_answer(visitor: Visit) -> None:
    turn = visitor.ask("Een kind wordt thuis geslagen. Wat doe ik?")
    first = turn.locator(".antwoord > *").first
    expect(first).to_contain_text("Veilig Thuis")
    expect(first.get_by_role("link", name="0800-2000")).to_have_attribute("href", "tel:0800-2000")


def test_the_page_says_what_it_is_from_when_its_documents_are_and_what_is_kept(visitor: Visit) -> None:
    visitor.page.get_by_text("Over Handwijzer").click()
    about = visitor.page.locator("#uitleg")
    for words in (
        "computerprogramma (AI)",
        "Geen advies",
        "20 documenten",
        "De kennisbank is van",
        "alleen in dit tabblad",
    ):
        expect(about).to_contain_text(words)
    expect(visitor.page.get_by_text("Typ geen namen of andere gegevens van leerlingen of ouders.")).to_be_visible()


def test_a_judgement_says_what_is_kept_and_keeps_it(visitor: Visit, corpus_data: Path) -> None:
    turn = visitor.ask(ANSWERED)
    turn.get_by_role("button", name="Verkeerde bron").click()
    expect(turn.get_by_text("Handwijzer bewaart uw oordeel")).to_be_visible()
    turn.get_by_role("textbox", name=re.compile("toelichten")).fill("Bron van de pagina, <b>vet</b>")
    turn.get_by_role("button", name="Bewaar mijn oordeel").click()
    expect(turn.get_by_text("Uw oordeel is bewaard.")).to_be_focused()
    turn.get_by_role("button", name="Goed").click()
    turn.get_by_role("button", name="Toch niet").click()
    expect(turn.get_by_text("Uw oordeel is bewaard.")).to_be_visible()
    expect(turn.get_by_role("button", name="Verkeerde bron")).to_have_attribute("aria-pressed", "true")
    with sqlite3.connect(corpus_data / "handwijzer.sqlite") as database:
        rows = database.execute("SELECT verdict, question FROM feedback WHERE remark LIKE 'Bron van de pagina, <b>%'")
        assert ("verkeerde-bron", ANSWERED) in rows.fetchall()


def test_an_answer_is_copied_with_its_sources(browser: Browser, server_url: str) -> None:
    with visiting(browser, server_url, permissions=["clipboard-read", "clipboard-write"]) as visitor:
        turn = visitor.ask(ANSWERED)
        turn.get_by_role("button", name="Kopieer met bronnen").click()
        expect(turn.get_by_role("button", name="Gekopieerd")).to_be_visible()
        copied = visitor.page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(f"Vraag: {ANSWERED}")
        assert "72 uur" in copied
        assert visitor.sources.first.get_by_role("heading").inner_text().split("1", 1)[1].strip() in copied


@pytest.mark.parametrize(
    ("button", "ending"), [("Word-bestand", "docx"), ("PDF-bestand", "pdf"), ("Markdown-bestand", "md")]
)
def test_a_conversation_is_kept_as_a_file(visitor: Visit, button: str, ending: str) -> None:
    visitor.ask(ANSWERED)
    visitor.page.get_by_text("Bewaar of print").click()
    with visitor.page.expect_download() as kept:
        visitor.button(button).click()
    assert re.fullmatch(rf"handwijzer-gesprek-\d{{4}}-\d\d-\d\d\.{ending}", kept.value.suggested_filename)
    content = Path(kept.value.path()).read_bytes()
    assert content.startswith({"docx": b"PK", "pdf": b"%PDF", "md": b"# "}[ending])


def test_on_paper_there_are_the_questions_answers_and_all_sources_only(visitor: Visit) -> None:
    visitor.ask(ANSWERED)
    visitor.ask(NOT_FOUND)
    visitor.page.emulate_media(media="print")
    expect(visitor.page.locator(".bron").first).to_be_visible()
    visitor.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(visitor.turns.first.locator(".bron").first).to_be_visible()
    visitor.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(visitor.turns.first.locator(".bron")).to_have_count(0)
    for name in ("Nieuw gesprek", "Verstuur", "Bewerk"):
        expect(visitor.button(name).first).to_be_hidden()
