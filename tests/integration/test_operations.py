"""What whoever runs the server sees of it: readiness, measurements, logs, traces; and several workers as one server."""

from __future__ import annotations

import http.client
import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import NOT_FOUND, ROOT, copied, environment, free_port, local_client, wait_until
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from scripted_llm import Reply, ScriptedServer, Step, chunk, says

from bot.access.caller import Caller, Role
from bot.api.app import create_app
from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.writer import Writer
from bot.monitoring import watching
from bot.monitoring.audit import audit
from bot.monitoring.logs import JsonLines, TextLines
from bot.monitoring.probe import Probe
from ingest.removal import remove
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

QUESTION = "Wat is een MDO?"
WRITTEN = "Voor een MDO regelt de school de toestemming voor het overleg zelf. [1]"
INVENTED = "Een MDO duurt altijd precies 94 minuten en kost 3.000 euro. [1]"
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


def client_of(knowledge: LiveKnowledge, data: Path, writer: Writer | None = None, **settings: Any) -> TestClient:
    """Return a client of an application that is not opened: without the chat page, which takes seconds to make."""
    return local_client(create_app(knowledge, Settings(data_dir=data, **settings), writer))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log as it is written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("handwijzer")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(level)


def logged(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def ask(client: TestClient, question: str = QUESTION) -> Any:
    reply = client.post("/v1/vragen", json={"vraag": question})
    assert reply.status_code == 200, reply.text
    return reply.json()


def measured(text: str) -> dict[str, float]:
    """Return the samples of ``text`` by name, with the values of their labels behind it."""
    return {
        " ".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_measurements_and_log_lines_tell_of_an_answer_and_not_of_the_question(
    knowledge: LiveKnowledge, tmp_path: Path, lines: io.StringIO
) -> None:
    secret = "Mag de school van Fenna Wiersema-Hoekstra een MDO houden zonder toestemming?"
    client = client_of(knowledge, tmp_path)
    ask(client)
    ask(client, secret)
    ask(client, NOT_FOUND)
    client.get("/v1/documenten/geheim-1?sleutelwoord=geheim-2")
    client.get("/v1/geheim-3")
    numbers = measured(client.get("/metrics").text)
    assert numbers["handwijzer_request_seconds_count POST /v1/vragen 200"] == 3
    assert numbers["handwijzer_request_seconds_count GET /v1/documenten/{documentId} 404"] == 1
    assert numbers["handwijzer_request_seconds_count GET /v1/* 404"] == 1
    for phase in ("begrijpen", "zoeken", "kiezen"):
        assert numbers[f"handwijzer_phase_seconds_count {phase}"] == 3
    assert numbers["handwijzer_phase_seconds_count schrijven"] == 0
    answered = numbers["handwijzer_answers_total extractief beantwoord"]
    assert answered + numbers["handwijzer_answers_total extractief niet-gevonden"] == 3
    assert numbers["handwijzer_refusals_total"] == 3 - answered >= 1
    assert numbers["handwijzer_busy_slots"] == numbers["handwijzer_waiting_questions"] == 0
    assert numbers["handwijzer_release_age_seconds"] > 0

    told = logged(lines)
    requests = [line for line in told if line["logger"] == "handwijzer.verzoek"]
    assert [line["route"] for line in requests] == [
        *["/v1/vragen"] * 3, "/v1/documenten/{documentId}", "/v1/*", "/metrics",
    ]  # fmt: skip
    first = requests[0]
    assert set(first) == {
        "tijd", "niveau", "logger", "bericht", "methode", "route", "status", "duurMs", "beller", "antwoord", "verzoekId",
    }  # fmt: skip
    assert first["beller"] == "adres"
    assert first["antwoord"]["status"] == "beantwoord"
    for word in ("Fenna", "Wiersema", "btw", "snijbloemen", "geheim", "127.0.0.1"):
        assert word not in lines.getvalue()


def test_a_masked_question_is_logged_only_where_that_is_set(
    knowledge: LiveKnowledge, tmp_path: Path, lines: io.StringIO
) -> None:
    client = client_of(knowledge, tmp_path, log_questions=True)
    ask(client, "Krijgt mevrouw Wiersema-Hoekstra een uitnodiging voor het MDO?")
    noted = logged(lines)[-1]["antwoord"]["vraag"]
    assert "uitnodiging voor het MDO" in noted
    assert "Wiersema" not in noted


@pytest.mark.parametrize(
    ("shown", "kept"),
    [("intranet-7.a_B", True), ("", False), ("a b", False), ("é", False), ("x" * 65, False), ("<script>", False)],
)
def test_a_request_keeps_a_harmless_id_and_gets_one_otherwise(
    shown: str, kept: bool, knowledge: LiveKnowledge, tmp_path: Path, lines: io.StringIO
) -> None:
    app = create_app(knowledge, Settings(data_dir=tmp_path))
    client = local_client(app)
    replies = [client.get(path, headers={"X-Request-ID": shown.encode()}) for path in ("/healthz", "/v1/niets")]
    for reply, line in zip(replies, logged(lines), strict=True):
        given = reply.headers["X-Request-ID"]
        assert (given == shown) is kept
        assert kept or (len(given) == 32 and given.isalnum())
        assert line["verzoekId"] == given


def test_an_unexpected_error_is_a_problem_and_its_text_stays_out_of_the_log(
    knowledge: LiveKnowledge, tmp_path: Path, lines: io.StringIO
) -> None:
    app: FastAPI = create_app(knowledge, Settings(data_dir=tmp_path))

    def fail() -> None:
        raise KeyError("wat de gebruiker typte")

    app.router.add_api_route("/v1/stuk", fail)
    app.router.routes.insert(0, app.router.routes.pop())
    reply = local_client(app).get("/v1/stuk")
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["API-Version"]
    assert reply.headers["X-Request-ID"]
    assert "typte" not in reply.text + lines.getvalue()
    error = next(line for line in logged(lines) if line["niveau"] == "ERROR")
    assert error["spoor"].startswith("KeyError < ")
    assert "test_operations.py" in error["spoor"]


def test_an_audit_line_says_who_did_what_whatever_the_level_is(lines: io.StringIO) -> None:
    logging.getLogger("handwijzer").setLevel(logging.ERROR)
    audit("document-verwijderd", Caller("sleutel:7f3a", Role.MANAGE, 120), document="a\nb", name=3)
    (line,) = logged(lines)
    assert (line["logger"], line["bericht"], line["beller"]) == (
        "handwijzer.audit",
        "document-verwijderd",
        "sleutel:7f3a",
    )
    assert line["feiten"] == {"document": "a\nb", "name": 3}


def test_a_line_of_text_is_one_line() -> None:
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "een\ntwee", None, None)
    record.antwoord = {"vraag": "drie\nvier"}
    line = TextLines().format(record)
    assert line.endswith('ERROR uvicorn.error een twee antwoord={"vraag": "drie\\nvier"}')


def test_a_language_model_that_fails_is_measured_and_seen(
    knowledge: LiveKnowledge, encoder: Encoder, tmp_path: Path
) -> None:
    with ScriptedServer() as server:
        model = LanguageModel(ModelServer(server.url, timeout_s=5, backoff_s=0.001))
        client = client_of(knowledge, tmp_path, Writer(model, encoder, 4096), llm_url=server.url)
        server.replies(Reply(says(WRITTEN, " ", INVENTED)))
        assert ask(client)["methode"] == "generatief"
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "klaar")
        assert ready.json()["onderdelen"]["schrijfmodel"] == {"status": "goed", "tekst": "Het schrijfmodel werkt."}
        server.replies(Reply([Step.CUT]))
        for _ in range(3):
            assert ask(client)["methode"] == "extractief"
        limited = client.get("/readyz")
        numbers = measured(client.get("/metrics").text)
    # Degraded is not dead.
    assert (limited.status_code, limited.json()["status"]) == (200, "beperkt")
    assert "met rust gelaten" in limited.json()["reden"]
    assert numbers["handwijzer_llm_failures_total"] == 3
    assert numbers["handwijzer_dropped_sentences_total"] == 1
    assert numbers["handwijzer_answers_total generatief beantwoord"] == 1
    assert numbers["handwijzer_phase_seconds_count schrijven"] == 4


def test_readiness_names_every_part_and_what_is_wrong_with_it(
    knowledge: LiveKnowledge, corpus_data: Path, encoder: Encoder, tmp_path: Path
) -> None:
    (tmp_path / "handwijzer.sqlite").write_bytes(b"geen database" * 1000)
    nobody = free_port()
    writer = Writer(LanguageModel(ModelServer(f"http://127.0.0.1:{nobody}/v1")), encoder, 4096)
    app = create_app(knowledge, Settings(data_dir=tmp_path, llm_url=f"http://127.0.0.1:{nobody}/v1"), writer)
    ready = local_client(app).get("/readyz")
    parts = ready.json()["onderdelen"]
    assert ready.status_code == 200
    assert {name: part["status"] for name, part in parts.items()} == {
        "release": "goed", "taalmodel": "goed", "chroma": "goed", "schrijfmodel": "fout", "database": "fout",
    }  # fmt: skip
    assert ready.json()["reden"] == "Het schrijfmodel is niet bereikbaar. De database werkt niet."
    assert parts["release"]["documenten"] == len(knowledge.retriever().release.documents)
    assert parts["release"]["leeftijdS"] >= 0

    empty = LiveKnowledge(ReleaseStore(tmp_path / "leeg"), encoder)
    app = create_app(empty, Settings(data_dir=tmp_path / "leeg"))
    ready = local_client(app).get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "niet-klaar")
    assert "handwijzer ingest" in ready.json()["reden"]
    assert ready.json()["onderdelen"]["schrijfmodel"]["status"] == "uit"
    assert "NaN" in local_client(app).get("/metrics").text


def test_a_probe_never_keeps_anybody_waiting() -> None:
    answers = threading.Event()
    looked: list[int] = []

    def look() -> None:
        looked.append(1)
        answers.wait()

    probe = Probe(look, fresh_s=60, wait_s=0.01)
    with ThreadPoolExecutor(4) as askers:
        assert set(askers.map(lambda _: probe.fault(), range(8))) == {"geeft niet op tijd antwoord"}
    answers.set()
    wait_until(lambda: probe.fault() is None, "de uitkomst komt niet")
    assert probe.fault() is None
    assert looked == [1]


class Collector:
    """An OpenTelemetry collector that keeps what it gets."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.received.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.received]
        return [
            span for request in requests for resource in request.resource_spans
            for scope in resource.scope_spans for span in scope.spans
        ]  # fmt: skip


def test_a_collector_gets_the_spans_of_a_question_without_its_text(
    knowledge: LiveKnowledge, encoder: Encoder, tmp_path: Path
) -> None:
    with ScriptedServer() as server, closing(Collector()) as collector:
        server.replies(Reply(says(WRITTEN)))
        writer = Writer(LanguageModel(ModelServer(server.url, timeout_s=5)), encoder, 4096)
        with client_of(knowledge, tmp_path, writer, llm_url=server.url, otel_endpoint=collector.url) as client:
            ask(client)
        spans = {span.name: span for span in collector.spans()}
        sent = b"".join(collector.received)
    question = spans["vraag"]
    assert question.parent_span_id == b""
    for phase in ("begrijpen", "zoeken", "kiezen", "schrijven"):
        assert spans[phase].parent_span_id == question.span_id
        assert spans[phase].trace_id == question.trace_id
    # LlamaIndex's own span of the language model falls below the phase in which it writes.
    (model,) = (span for name, span in spans.items() if name.startswith("OpenAILike."))
    assert model.parent_span_id == spans["schrijven"].span_id
    said = {attribute.key: attribute.value.string_value for attribute in question.attributes}
    assert said["methode"] == "generatief"
    for word in (b"MDO", b"toestemming", b"school"):
        assert word not in sent


def test_traces_without_their_part_say_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bot.monitoring.tracing", None)
    with pytest.raises(UsageError, match=r"pip install 'handwijzer\[otel\]'"):
        watching.Monitoring(Settings(otel_endpoint="http://localhost:4318"))


@dataclass
class Workers:
    """A server of two processes, with its log."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def send(
        self, method: str, path: str, content: object = None, timeout_s: float = 60, **headers: str
    ) -> http.client.HTTPResponse:
        """Send one request over a connection of its own, so that either worker may get it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        body = None if content is None else json.dumps(content).encode()
        connection.request(method, path, body, {"Content-Type": "application/json", "Connection": "close", **headers})
        return connection.getresponse()

    def json(self, worker: int, method: str, path: str, content: object = None) -> Any:
        """Return what ``worker`` answers."""
        with alone(self, worker):
            return json.loads(self.send(method, path, content).read())


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        server.replies(Reply(says(WRITTEN)))
        yield server


@pytest.fixture(scope="module")
def workers(
    corpus_data: Path, model_dir: Path, model: ScriptedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    folder = tmp_path_factory.mktemp("workers")
    data, port = copied(corpus_data, folder), free_port()
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "handwijzer", "serve", "--port", str(port), "--workers", "2"],
            env=environment(data_dir=data, model_dir=model_dir, llm_url=model.url, llm_timeout=120),
            cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield Workers(process, port, folder / "log")
    finally:
        process.terminate()
        process.wait(timeout=60)


def ids_of(workers: Workers) -> list[int]:
    """Return the processes that answer."""
    children = Path(f"/proc/{workers.process.pid}/task/{workers.process.pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@contextmanager
def alone(workers: Workers, worker: int) -> Iterator[None]:
    """Let only ``worker`` answer. For one request: the server replaces a worker that stands still for long."""
    others = [process for process in ids_of(workers) if process != worker]
    for process in others:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in others:
            os.kill(process, signal.SIGCONT)


def is_ready(workers: Workers, worker: int) -> bool:
    assert workers.process.poll() is None, workers.log.read_text()
    try:
        with alone(workers, worker):
            return workers.send("GET", "/readyz", timeout_s=5).status == 200
    except OSError:
        return False


def each_ready(workers: Workers) -> list[int]:
    """Wait until both workers answer, each by itself, and return them."""
    wait_until(lambda: len(ids_of(workers)) == 2, "de processen starten niet")
    for worker in ids_of(workers):
        wait_until(lambda w=worker: is_ready(workers, w), "een proces start niet")
    return ids_of(workers)


def test_workers_are_one_server(workers: Workers) -> None:
    first, second = each_ready(workers)
    releases = [workers.json(worker, "GET", "/readyz")["release"] for worker in (first, second)]
    answers = [workers.json(worker, "POST", "/v1/vragen", {"vraag": QUESTION}) for worker in (first, second)]
    assert releases[0] == releases[1] == answers[0]["release"] == answers[1]["release"]
    # What one worker answered can be judged at the other.
    assert workers.json(first, "POST", "/v1/beoordelingen", {"antwoordId": answers[1]["id"], "oordeel": "goed"})["id"]
    text = workers.send("GET", "/metrics").read().decode()
    assert measured(text)["handwijzer_answers_total generatief beantwoord"] == 2
    # Each takes a new release over.
    folder, documents = workers.log.parent, workers.json(first, "GET", "/v1/documenten?aantal=100")
    report = next(row for row in documents["resultaten"] if row["soort"] == "sfeerverslag")
    remove(ReleaseStore(folder / "data"), folder / "corpus", report["id"])
    address = f"/v1/documenten/{report['id']}"
    for worker in (first, second):
        wait_until(lambda w=worker: workers.json(w, "GET", address).get("status") == 404, "geen nieuwe release")


def test_a_stop_lets_a_running_answer_finish_and_ends_every_worker(workers: Workers, model: ScriptedServer) -> None:
    each_ready(workers)
    stopped = threading.Event()

    def slow() -> Iterator[bytes | Step]:
        yield chunk(f"{WRITTEN} Ook ")
        stopped.wait(20)
        yield from says()

    model.replies(Reply(slow()))
    headers = {"Accept": "text/event-stream"}
    stream = workers.send("POST", "/v1/vragen", {"vraag": QUESTION}, **headers)
    while (line := stream.readline().strip()) != b"event: tekst":
        assert not stream.closed, line
    workers.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not accepts(workers.port), "de server neemt nog verzoeken aan")
    stopped.set()
    rest = stream.read()
    assert b"event: klaar" in rest
    assert b'"methode": "generatief"' in rest or b'"methode":"generatief"' in rest
    assert workers.process.wait(timeout=60) == 0
    log = workers.log.read_text()
    assert "Traceback" not in log
    assert {json.loads(line)["niveau"] for line in log.splitlines()[1:]} <= {"INFO"}


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_workers_that_can_not_start_stop_the_server_and_say_why(model_dir: Path, tmp_path: Path) -> None:
    settings = environment(data_dir=tmp_path, model_dir=model_dir, otel_endpoint="http://localhost:1")
    # As where that part was not installed.
    (tmp_path / "sitecustomize.py").write_text('import sys\nsys.modules["bot.monitoring.tracing"] = None\n')
    run = subprocess.run(
        [sys.executable, "-m", "handwijzer", "serve", "--port", str(free_port()), "--workers", "2"],
        env=settings | {"PYTHONPATH": str(tmp_path)}, cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == 1
    assert "pip install 'handwijzer[otel]'" in run.stderr
    assert "Traceback" not in run.stderr + run.stdout
