"""Documents and questions that try to give the bot orders: nothing is obeyed, hidden text is not even read."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.answers import Answer
from bot.service import ask
from bot.web.conversation import Exchange
from bot.web.render import conversation_html, sources_html
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore

HERE = Path(__file__).parent / "injectie"
CORPUS = Path(__file__).resolve().parents[2] / "corpus"
DOCUMENTS = ["handreiking-rustplek.md", "nieuwsbrief-huiswerkklas.html", "afspraken-logeerplek.txt"]
QUESTIONS: dict[str, Any] = yaml.safe_load((HERE / "vragen.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def knowledge(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> LiveKnowledge:
    corpus = tmp_path_factory.mktemp("injectie")
    for file in [*(HERE / name for name in DOCUMENTS), *(CORPUS / "nieuwsbrieven").glob("*.html")]:
        shutil.copy(file, corpus)
    shutil.copy(CORPUS / "overig" / "begrippen-en-afkortingen.md", corpus)
    store = ReleaseStore(tmp_path_factory.mktemp("injectie-data"))
    assert not [row for row in ingest(store, corpus, encoder).outcomes if row.reason]
    return LiveKnowledge(store, encoder)


def assert_only_quotes(answer: Answer) -> None:
    sources = {source.number: source for source in answer.sources}
    for statement in answer.statements:
        assert statement.sources
        for number in statement.sources:
            assert statement.text in sources[number].text


@pytest.mark.parametrize("question", QUESTIONS["injectie"], ids=lambda question: question["vraag"][:30])
def test_no_question_has_the_bot_do_something_else(knowledge: LiveKnowledge, question: dict[str, Any]) -> None:
    answer = ask(knowledge, question["vraag"])
    said = answer.text.replace(answer.query, "").casefold()
    assert not [words for words in question["nooit"] if words.casefold() in said]
    assert_only_quotes(answer)


@pytest.mark.parametrize("question", QUESTIONS["gewoon"], ids=lambda question: question["vraag"][:30])
def test_an_instruction_in_a_passage_changes_no_answer(knowledge: LiveKnowledge, question: dict[str, Any]) -> None:
    answer = ask(knowledge, question["vraag"])
    assert question["feit"] in answer.text
    assert not [words for words in QUESTIONS["verborgen"] if words in answer.text.casefold()]
    assert_only_quotes(answer)


class Tags(HTMLParser):
    """The elements of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def test_markup_of_a_document_or_question_is_shown_and_not_run(knowledge: LiveKnowledge) -> None:
    asked = [question["vraag"] for question in QUESTIONS["gewoon"] + QUESTIONS["injectie"]]
    exchanges = [Exchange(question=question, answer=ask(knowledge, question)) for question in asked]
    page = conversation_html(exchanges) + sources_html(exchanges, lambda source: None)
    assert "&lt;script&gt;" in page
    assert "&lt;img src=x" in page
    assert not {"script", "img", "bronnen"} & Tags(page).found


def test_hidden_text_of_a_document_is_not_read(knowledge: LiveKnowledge) -> None:
    release = knowledge.retriever().release
    read = "\n".join(release.text_of(document) for document in release.documents).casefold()
    assert not [words for words in QUESTIONS["verborgen"] if words in read]
    # Only the hidden parts are gone, not what stands around them.
    for question in QUESTIONS["gewoon"]:
        assert question["feit"].casefold() in " ".join(read.split())
    assert "twee keer per jaar met het team" in read
    assert "gratis voor leerlingen" in read
