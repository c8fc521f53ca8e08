"""The viewer of PDF files without a browser: its addresses, its files, and what it says when it can not show one."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import HOSTILE, local_client
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Source
from bot.api import problems
from bot.web.pdfjs import installed
from bot.web.viewer import viewer_router, viewer_url
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore

NEEDED = ("pdf.min.mjs", "pdf.worker.min.mjs", "pdf_viewer.mjs", "pdf_viewer.css")
FILE = "/v1/documenten/verzuim-1a2b3c/bestand?versie=0123456789ab"
UNUSED = "cmaps/../package.json legacy/build/pdf.min.mjs wasm/quickjs-eval.wasm pdf.sandbox.min.mjs images/ x".split()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where pdf.js seems to be installed."""
    home = tmp_path_factory.mktemp("share")
    package = home / "pdfjs-9.9.9" / "node_modules" / "pdfjs-dist"
    for name in NEEDED:
        folder = package / "legacy" / ("web" if "viewer" in name else "build")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"// {name}")
    for name in ("cmaps/H.bcmap", "wasm/openjpeg.wasm", "wasm/quickjs-eval.wasm", "package.json"):
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_bytes(b"iets")
    return home


def client(knowledge: LiveKnowledge, home: Path) -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.include_router(viewer_router(knowledge, home))
    return local_client(app)


def document_id(knowledge: LiveKnowledge, file: str) -> str:
    documents = knowledge.retriever().release.documents.values()
    return next(document.id for document in documents if document.file.endswith(file))


def source(text: str, marks: list[tuple[int, int]], url: str = f"{FILE}#page=3") -> Source:
    return Source(
        number=1, passage_id="p", document_id="verzuim-1a2b3c", title="T", kind="protocol", date=dt.date(2024, 1, 1),
        publisher=None, heading=None, page=3, text=text, marks=marks, url=url, score=1,
    )  # fmt: skip


def test_page_and_words_stand_in_the_fragment_which_no_server_sees(home: Path) -> None:
    text = "Eerst bellen\n& dan = mailen. Daarna 50% rust."
    address = urlsplit(viewer_url(source(text, [(0, 28), (29, 45), (0, 28)]), home) or "")
    assert (address.path, address.query) == ("/pagina/pdf/verzuim-1a2b3c", "versie=0123456789ab")
    words = ["Eerst bellen & dan = mailen.", "Daarna 50% rust."]
    assert parse_qs(address.fragment) == {"pagina": ["3"], "woorden": words}


@given(st.lists(st.text(min_size=1, max_size=900), min_size=1, max_size=40))
def test_however_much_is_quoted_the_fragment_stays_short(home: Path, quotes: list[str]) -> None:
    text, marks = "", []
    for quote in quotes:
        marks.append((len(text), len(text) + len(quote)))
        text += quote
    fragment = urlsplit(viewer_url(source(text, marks), home) or "").fragment
    assert fragment.startswith("pagina=3")
    assert len(fragment) <= 1500


def test_only_the_longest_words_are_cut_at_the_end_of_one(home: Path) -> None:
    long, short = "Ouders en leerling weten wat er wordt besproken. " * 60, "Bel binnen 72 uur."
    fragment = urlsplit(viewer_url(source(long + short, [(0, len(long)), (len(long), len(long + short))]), home) or "")
    cut, kept = parse_qs(fragment.fragment)["woorden"]
    assert kept == short
    assert long.startswith(f"{cut} ")
    assert len(cut) > 1000


def test_other_files_and_places_without_pdfjs_have_no_viewer(home: Path, tmp_path: Path) -> None:
    assert viewer_url(source("Tekst", [(0, 5)], FILE), home) is None
    assert viewer_url(source("Tekst", [(0, 5)]), tmp_path) is None
    half = shutil.copytree(home, tmp_path / "half")
    next(half.rglob("pdf_viewer.css")).unlink()
    assert installed(half) is None


def test_only_what_the_viewer_uses_is_served_to_be_kept_and_run(knowledge: LiveKnowledge, home: Path) -> None:
    visitor = client(knowledge, home)
    worker = visitor.get("/pagina/pdfjs/9.9.9/pdf.worker.min.mjs")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert worker.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert worker.headers["Content-Encoding"] == "gzip"
    assert worker.text == "// pdf.worker.min.mjs"
    plain = visitor.get("/pagina/pdfjs/9.9.9/pdf.worker.min.mjs", headers={"Accept-Encoding": "identity"})
    assert (plain.content, "Content-Encoding" in plain.headers) == (worker.content, False)
    assert visitor.get("/pagina/pdfjs/9.9.9/wasm/openjpeg.wasm").headers["Content-Type"] == "application/wasm"
    assert visitor.get("/pagina/pdfjs/9.9.9/cmaps/H.bcmap").content == b"iets"
    refused = [visitor.get(f"/pagina/pdfjs/9.9.9/{name}").status_code for name in UNUSED]
    refused.append(visitor.get("/pagina/pdfjs/9.9.8/pdf.min.mjs").status_code)
    assert refused == [404] * len(refused)


def test_what_can_not_be_shown_is_said_with_a_way_on(
    knowledge: LiveKnowledge, encoder: Encoder, home: Path, tmp_path: Path
) -> None:
    pdf, word = (document_id(knowledge, name) for name in ("gegevensuitwisseling.pdf", "stappenplan-terugkeer.docx"))
    visitor = client(knowledge, home)
    gone = visitor.get("/pagina/pdf/weg-123456")
    assert (gone.status_code, "staat niet (meer) in de kennisbank" in gone.text) == (404, True)
    assert visitor.get(f"/pagina/pdf/{pdf}?versie=000000000000").status_code == 404
    other = visitor.get(f"/pagina/pdf/{word}")
    assert "Dit document is geen pdf." in other.text
    assert f'href="/v1/documenten/{word}/bestand?versie=' in other.text
    missing = client(knowledge, tmp_path).get(f"/pagina/pdf/{pdf}")
    assert "De pdf-lezer van Handwijzer is niet geïnstalleerd." in missing.text
    empty = client(LiveKnowledge(ReleaseStore(tmp_path), encoder), home).get(f"/pagina/pdf/{pdf}")
    assert (empty.status_code, "nog geen documenten ingelezen" in empty.text) == (503, True)
    for response in (gone, other, missing, empty):
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert '<html lang="nl">' in response.text


def test_a_document_gets_no_say_over_the_page_around_it(knowledge: LiveKnowledge, home: Path) -> None:
    pdf = document_id(knowledge, "gegevensuitwisseling.pdf")
    shown = client(knowledge, home).get(f"/pagina/pdf/{pdf}", headers={"Accept-Encoding": "identity"})
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<title>Handreiking gegevensuitwisseling onderwijs en jeugdhulp</title>" in shown.text
    asked = client(knowledge, home).get(f"/pagina/pdf/{HOSTILE}")
    assert "<script>" not in asked.text
