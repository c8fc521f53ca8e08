"""Downloading a conversation from the page, with real answers from the shipped documents."""

from __future__ import annotations

import datetime as dt
import logging
from io import BytesIO
from typing import Any

import pytest
from conftest import ANSWERED, NOT_FOUND, local_client
from docx import Document
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pypdf import PdfReader

from bot.api.problems import install
from bot.desk import Desk
from bot.web.conversation import KEPT_EXCHANGES, Exchange
from bot.web.export.routes import export_router

DAY = dt.date(2026, 11, 22)


@pytest.fixture
def kept(desk: Desk) -> list[dict[str, Any]]:
    """A conversation as a browser keeps it."""
    asked = [Exchange(question=question, answer=desk.ask(question)) for question in (ANSWERED, NOT_FOUND)]
    return [exchange.model_dump(mode="json") for exchange in asked]


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install(app)
    app.include_router(export_router(lambda: DAY))
    return local_client(app)


def test_a_visitor_downloads_the_conversation_in_every_form(client: TestClient, kept: list[dict[str, Any]]) -> None:
    files = {
        form: client.post("/pagina/export", json={"formaat": form, "gesprek": kept})
        for form in ("markdown", "word", "pdf")
    }
    assert [(file.status_code, file.headers["content-disposition"]) for file in files.values()] == [
        (200, f'attachment; filename="handwijzer-gesprek-2026-11-22.{ending}"') for ending in ("md", "docx", "pdf")
    ]
    assert {file.headers["cache-control"] for file in files.values()} == {"no-store"}
    texts = [
        files["markdown"].text,
        "\n".join(paragraph.text for paragraph in Document(BytesIO(files["word"].content)).paragraphs),
        "".join(page.extract_text() for page in PdfReader(BytesIO(files["pdf"].content)).pages),
    ]
    first = kept[0]["answer"]["bronnen"][0]
    for text in texts:
        words = "".join(text.split())
        for part in (ANSWERED, NOT_FOUND, first["titel"], kept[1]["answer"]["suggesties"][0]["titel"]):
            assert "".join(part.split()) in words
    assert f"(<http://127.0.0.1:8000{first['url']}>)" in texts[0]


def test_an_address_that_was_set_for_this_server_stands_before_those_of_documents(kept: list[dict[str, Any]]) -> None:
    app = FastAPI()
    app.include_router(export_router(lambda: DAY, "https://handwijzer.example/"))
    file = local_client(app).post("/pagina/export", json={"formaat": "markdown", "gesprek": kept})
    assert f"(<https://handwijzer.example{kept[0]['answer']['bronnen'][0]['url']}>)" in file.text


@pytest.mark.parametrize(
    ("gesprek", "said"),
    [
        ([{"vraag": "Geheime naam"}], "Dit gesprek kan niet worden gelezen. Laad de pagina opnieuw"),
        (["Geheime naam"], "Dit gesprek kan niet worden gelezen. Laad de pagina opnieuw"),
        ([{"question": "Geheime naam" * 5000, "error": "x"}], "Dit gesprek is te lang"),
        ([{"question": "Geheime naam", "error": "x"}] * (KEPT_EXCHANGES + 1), "deze lijst is te lang"),
        ([], "gesprek"),
        ("Geheime naam", "hier hoort een lijst"),
    ],
)
def test_what_is_no_conversation_is_refused_in_dutch_and_named_nowhere(
    client: TestClient, caplog: pytest.LogCaptureFixture, gesprek: object, said: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        refused = client.post("/pagina/export", json={"formaat": "pdf", "gesprek": gesprek})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert said in refused.json()["detail"]
    assert "Geheime" not in refused.text + caplog.text
