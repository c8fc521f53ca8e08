"""What most tests stand on: the real encoder, a real release of the shipped corpus, a real server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.api.connections import BoundedProtocol
from bot.desk import Desk
from bot.feedback import FeedbackStore
from bot.recording import Recorder
from bot.storage.database import Database
from bot.web.conversation import Exchange, replying
from ingest.pipeline import ingest
from kb.encoder import BUNDLED, Encoder, ensure_prepared, load_encoder
from kb.live import LiveKnowledge
from kb.reader import SHIPPED, Reader, ensure_reader, open_reader
from kb.releases import ReleaseStore
from kb.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
# One that the shipped documents answer, and one that they do not.
ANSWERED = "Binnen hoeveel uur moet een datalek worden gemeld?"
NOT_FOUND = "Wat is het btw-tarief op snijbloemen?"
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> {{value}} ${alert(3)}"
BROWSER_FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session", autouse=True)
def _own_settings() -> None:
    """Settings of whoever runs the tests must not change what is tested; the prepared model may be shared."""
    kept = {"HANDWIJZER_MODEL_DIR"}
    for name in [name for name in os.environ if name.startswith("HANDWIJZER_") and name not in kept]:
        del os.environ[name]


@pytest.fixture(scope="session")
def model_dir(_own_settings: None) -> Path:
    folder = Settings().model_dir
    ensure_prepared(BUNDLED, folder)
    ensure_reader(SHIPPED, BUNDLED, folder)
    return folder


@pytest.fixture(scope="session")
def encoder(model_dir: Path) -> Encoder:
    return load_encoder(BUNDLED, model_dir)


@pytest.fixture(scope="session")
def reader(encoder: Encoder, model_dir: Path) -> Reader:
    """The reader that is shipped, ready to be given to a `kb.retrieval.Retriever`."""
    reader = open_reader(SHIPPED, encoder, model_dir)
    assert reader is not None
    return reader


@pytest.fixture(scope="session")
def corpus_data(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a release of the shipped corpus. Read only: tests that change something make their own."""
    data = tmp_path_factory.mktemp("corpus-data")
    report = ingest(ReleaseStore(data), ROOT / "corpus", encoder)
    assert report.published
    return data


def copied(data: Path, folder: Path) -> Path:
    """Copy a data folder into ``folder``, without keys and what was kept of its use."""
    return shutil.copytree(data, folder / "data", ignore=shutil.ignore_patterns("handwijzer.sqlite*", "keys.pepper"))


@pytest.fixture(scope="session")
def knowledge(corpus_data: Path, encoder: Encoder) -> LiveKnowledge:
    return LiveKnowledge(ReleaseStore(corpus_data), encoder)


@pytest.fixture
def desk(knowledge: LiveKnowledge, tmp_path: Path) -> Desk:
    """A desk on the shipped corpus, with records of its own."""
    return Desk(knowledge, Recorder(FeedbackStore(Database(tmp_path / "records"))))


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "data")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A small corpus of two documents, to change at will."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "verzuim.md").write_text(
        "---\ntitel: Verzuim melden\nsoort: handreiking\ndatum: 2024-01-15\n---\n\n"
        "## Melden\n\nDe mentor meldt ongeoorloofd verzuim op de eerste dag bij de verzuimcoördinator.\n\n"
        "## Gesprek\n\nDe zorgcoördinator nodigt ouders binnen vijf schooldagen uit voor een gesprek.\n",
        encoding="utf-8",
    )
    (folder / "verslag.txt").write_text(
        "Verslag van de netwerkgroep\n\nDe netwerkgroep kwam op 3 maart bijeen in het gemeentehuis. "
        "Twaalf scholen namen deel aan de bijeenkomst.\n",
        encoding="utf-8",
    )
    return folder


def page_reply(desk: Desk, question: str, earlier: Sequence[Exchange] = ()) -> Exchange:
    """Return what the page shows once ``question`` is answered."""
    *_, exchange = replying(desk, question, earlier)
    assert isinstance(exchange, Exchange)
    return exchange


def local_client(app: FastAPI, **headers: str) -> TestClient:
    """Return a client of ``app`` that comes from this computer, as a visitor of ``handwijzer serve`` does."""
    return TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000), headers=headers)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: object) -> dict[str, str]:
    """Return the environment of a program with ``settings``."""
    return os.environ | {f"HANDWIJZER_{name.upper()}": str(value) for name, value in settings.items()}


@contextlib.contextmanager
def running_server(port: int | None = None, **settings: object) -> Iterator[str]:
    """Run ``handwijzer serve`` as its users do; yields its address once it is there."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "handwijzer", "serve", "--port", str(port)], env=environment(**settings), cwd=ROOT
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(f"{url}/healthz", process), "de server start niet")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """Serve ``app`` in this process, over real sockets, without what it does on starting; yields the port."""
    port = free_port()
    config = uvicorn.Config(app, port=port, http=BoundedProtocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        wait_until(lambda: server.started, "de server start niet")
        yield port
    finally:
        server.should_exit = True
        thread.join()


def wait_until(condition: Callable[[], bool], failure: str, limit_s: float = 60) -> None:
    """Poll ``condition`` until it holds; fail with ``failure`` after ``limit_s``."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, failure
        time.sleep(0.05)


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "de server is gestopt"
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def server_url(corpus_data: Path, model_dir: Path) -> Iterator[str]:
    """A server on the shipped corpus, shared by the tests that only read."""
    with running_server(data_dir=corpus_data, model_dir=model_dir) as url:
        yield url


@dataclass(frozen=True)
class KeyedServer:
    """A server that asks for a key, and a key with role lezen. ``data_dir`` is its own."""

    url: str
    key: str
    data_dir: Path


@pytest.fixture(scope="session")
def keyed_server(corpus_data: Path, model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyedServer]:
    """A server on the shipped corpus for which a key was made, shared by the tests of its clients."""
    data = copied(corpus_data, tmp_path_factory.mktemp("keyed"))
    settings = Settings(data_dir=data)
    key, _ = KeyStore(Database.of(settings), data).create(Role.READ, per_minute=100_000)
    with running_server(data_dir=data, model_dir=model_dir) as url:
        yield KeyedServer(url, key, data)


@pytest.fixture(scope="session")
def hostile_data(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a shipped PDF and Word file, a hostile document and one that has expired."""
    folder = tmp_path_factory.mktemp("hostile")
    corpus = folder / "corpus"
    corpus.mkdir()
    for name in ("handreiking-gegevensuitwisseling.pdf", "stappenplan-terugkeer.docx"):
        file = ROOT / "corpus" / "handreikingen" / name
        shutil.copy(file, corpus)
        shutil.copy(file.with_suffix(".meta.yaml"), corpus)
    (corpus / "kwaad.txt").write_text(
        f"Handreiking {HOSTILE}\n\n🔑🔑🔑 Let op. De zorgcoördinator opent de noodkast met de rode sleutel {HOSTILE}.\n",
        encoding="utf-8",
    )
    (corpus / "fietsen.md").write_text(
        "---\ntitel: Regels voor fietsen\nsoort: protocol\ndatum: 2019-08-01\ngeldig_tot: 2020-07-31\n---\n\n"
        "De conciërge bewaart gevonden fietsen dertig dagen.\n",
        encoding="utf-8",
    )
    assert ingest(ReleaseStore(folder / "data"), corpus, encoder).published
    return folder / "data"


@pytest.fixture(scope="session")
def hostile_url(hostile_data: Path, model_dir: Path) -> Iterator[str]:
    """A server on `hostile_data`, shared by the tests in a browser."""
    with running_server(data_dir=hostile_data, model_dir=model_dir) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser; one for each module, as nothing else can run an event loop while it is there."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # of two cores that others may be using too
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], Any]:
    """Return what names the rules that axe-core sees broken on a page, with where."""
    script = next(Path(sys.prefix).glob("axe-core-*/node_modules/axe-core/axe.min.js"), None)
    if script is None:
        pytest.skip("axe-core ontbreekt: make axe")
    axe = script.read_text("utf-8")

    def found(page: Page) -> Any:
        page.evaluate(axe)
        return page.evaluate(
            "axe.run().then(({violations}) => violations.map(({id, nodes}) => [id, nodes.map((node) => node.target)]))"
        )

    return found


def overhear(page: Page, unheard: str = "") -> tuple[list[str], list[str]]:
    """Return what ``page`` fetches from here on, and what it says on the console (but for the type ``unheard``), pops up
    or fails at."""
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda entry: complaints.append(entry.text) if entry.type != unheard else None)
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    return requests, complaints
