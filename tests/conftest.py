"""What most tests stand on: the real encoder, a real release of the shipped corpus, a real server."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.desk import Desk
from bot.feedback import FeedbackStore
from bot.recording import Recorder
from bot.storage.database import Database
from ingest.pipeline import ingest
from kb.encoder import BUNDLED, Encoder, ensure_prepared, load_encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


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
    return folder


@pytest.fixture(scope="session")
def encoder(model_dir: Path) -> Encoder:
    return load_encoder(BUNDLED, model_dir)


@pytest.fixture(scope="session")
def corpus_data(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a release of the shipped corpus. Read only: tests that change something make their own."""
    data = tmp_path_factory.mktemp("corpus-data")
    report = ingest(ReleaseStore(data), ROOT / "corpus", encoder)
    assert report.published
    return data


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


def local_client(app: FastAPI, **headers: str) -> TestClient:
    """Return a client of ``app`` that comes from this computer, as a visitor of ``handwijzer serve`` does."""
    return TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000), headers=headers)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_server(environment: dict[str, str]) -> Iterator[str]:
    """Run ``handwijzer serve`` as its users do; yields its address once it is ready."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "handwijzer", "serve", "--port", str(port)], env=os.environ | environment, cwd=ROOT
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(f"{url}/healthz", process), "de server start niet")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


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
    with running_server({"HANDWIJZER_DATA_DIR": str(corpus_data), "HANDWIJZER_MODEL_DIR": str(model_dir)}) as url:
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
    data = tmp_path_factory.mktemp("keyed") / "data"
    shutil.copytree(corpus_data, data, ignore=shutil.ignore_patterns("handwijzer.sqlite*", "keys.pepper"))
    settings = Settings(data_dir=data)
    key, _ = KeyStore(Database.of(settings), data).create(Role.READ, per_minute=100_000)
    with running_server({"HANDWIJZER_DATA_DIR": str(data), "HANDWIJZER_MODEL_DIR": str(model_dir)}) as url:
        yield KeyedServer(url, key, data)
