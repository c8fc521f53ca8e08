"""From an answer to what is kept of it: over the API and from the page, into the database, masked; and out again."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ANSWERED, NOT_FOUND, ROOT, environment, local_client, page_reply
from fastapi.testclient import TestClient
from httpx import Response

from bot.answers import AnswerStatus
from bot.api.app import create_app
from bot.desk import Desk
from bot.feedback import FeedbackStore, Verdict
from bot.recording import Recorder
from bot.storage.database import FILE, Database
from kb.live import LiveKnowledge
from kb.settings import Settings

PERSONAL = (
    "Mijn leerling Bram de Vries, BSN 123456782, geboren op 3 maart 2012: binnen hoeveel uur meld ik een datalek?"
)
REMARK = "Bel mij op 06-12345678 of mail j.jansen@school.example.nl, groet, Sandra Jansen"
SECRETS = ("Bram", "Vries", "123456782", "3 maart 2012", "12345678", "jansen", "Sandra", "Jansen")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def client_of(knowledge: LiveKnowledge, data_dir: Path) -> Callable[..., TestClient]:
    """Return the API on the shipped documents with a data folder of its own; without the page, which needs a start."""

    def build(**settings: Any) -> TestClient:
        return local_client(create_app(knowledge, Settings(data_dir=data_dir, **settings)))

    return build


@pytest.fixture
def client(client_of: Callable[..., TestClient]) -> TestClient:
    return client_of()


def question(client: TestClient, text: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/vragen", json={"vraag": text} | more).json()
    return answer


def judge(client: TestClient, answer: dict[str, Any], verdict: str, remark: str | None = None) -> Response:
    return client.post(
        "/v1/beoordelingen", json={"antwoordId": answer["id"], "oordeel": verdict, "toelichting": remark}
    )


def on_disk(data_dir: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(data_dir.glob(f"{FILE}*")))


def test_a_judgement_is_kept_with_the_masked_question_and_what_was_cited(client: TestClient, data_dir: Path) -> None:
    answer = question(client, PERSONAL)
    kept = judge(client, answer, "verkeerde-bron", REMARK)
    assert kept.status_code == 201
    [record] = FeedbackStore(Database(data_dir)).judged()
    assert kept.json() == {"id": record.id}
    assert (record.answer_id, record.verdict, record.release) == (answer["id"], "verkeerde-bron", answer["release"])
    assert record.status == answer["status"]
    assert record.documents == tuple(dict.fromkeys(source["documentId"] for source in answer["bronnen"]))
    assert record.day == dt.date.today()
    assert record.question == (
        "Mijn leerling [naam], BSN [BSN], geboren op [geboortedatum]: binnen hoeveel uur meld ik een datalek?"
    )
    assert record.remark == "Bel mij op [telefoonnummer] of mail [e-mailadres], groet, [naam]"


def test_nothing_personal_reaches_the_disk(client_of: Callable[..., TestClient], data_dir: Path) -> None:
    client = client_of(keep_questions=True)
    judge(client, question(client, PERSONAL), "fout", REMARK)
    unanswered = question(client, f"Wat is het btw-tarief op snijbloemen? {REMARK}")
    assert unanswered["status"] == "niet-gevonden"
    judge(client, unanswered, "goed")
    content = on_disk(data_dir)
    assert b"snijbloemen" in content
    assert [secret for secret in SECRETS if secret.encode() in content] == []


def test_an_unknown_answer_is_a_problem_in_dutch(client: TestClient) -> None:
    refused = judge(client, {"id": "0" * 32}, "goed")
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"
    assert "niet (meer) bekend" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"antwoordId": "x", "oordeel": "matig"}, "oordeel", "'goed', 'fout' of 'verkeerde-bron'"),
        ({"antwoordId": "x"}, "oordeel", "verplicht"),
        ({"oordeel": "goed"}, "antwoordId", "verplicht"),
        ({"antwoordId": "x", "oordeel": "goed", "toelichting": "x" * 2001}, "toelichting", "2000"),
        ({"antwoordId": "x", "oordeel": "goed", "vraag": "x"}, "vraag", "bestaat niet"),
    ],
)
def test_a_wrong_judgement_is_refused_by_field(body: dict[str, str], field: str, said: str, client: TestClient) -> None:
    refused = client.post("/v1/beoordelingen", json=body)
    assert refused.status_code == 400
    assert [fault["veld"] for fault in refused.json()["fouten"]] == [field]
    assert said in refused.json()["fouten"][0]["melding"]


def test_characters_that_are_none_do_no_harm(client: TestClient, data_dir: Path) -> None:
    answer = question(client, ANSWERED)
    assert judge(client, answer, "fout", "nul \x00, regel\neinde \u202e").status_code == 201
    assert FeedbackStore(Database(data_dir)).judged()[0].remark == "nul , regel einde"
    half = f'{{"antwoordId": "{answer["id"]}", "oordeel": "fout", "toelichting": "half \\ud800"}}'
    headers = {"Content-Type": "application/json"}
    assert client.post("/v1/beoordelingen", content=half.encode(), headers=headers).status_code == 400


def test_a_second_judgement_takes_the_place_of_the_first(client: TestClient, data_dir: Path) -> None:
    answer = question(client, ANSWERED)
    first, second = judge(client, answer, "goed", "prima"), judge(client, answer, "fout")
    assert first.json() == second.json()
    [record] = FeedbackStore(Database(data_dir)).judged()
    assert (record.verdict, record.remark) == (Verdict.WRONG, "")


def test_a_follow_up_question_is_kept_with_the_one_it_leans_on(client: TestClient, data_dir: Path) -> None:
    answer = question(client, "En bij wie dan?", gesprek=[{"rol": "gebruiker", "tekst": ANSWERED}])
    judge(client, answer, "fout")
    assert FeedbackStore(Database(data_dir)).judged()[0].question == f"{ANSWERED} En bij wie dan?"


def test_questions_are_not_kept_unless_the_setting_says_so(client: TestClient, data_dir: Path) -> None:
    assert question(client, NOT_FOUND)["status"] == "niet-gevonden"
    question(client, ANSWERED)
    store = FeedbackStore(Database(data_dir))
    assert (store.unanswered(), store.judged()) == ([], [])
    assert not [word for word in (b"snijbloemen", b"datalek") if word in on_disk(data_dir)]


def test_with_the_setting_only_questions_without_an_answer_are_kept(
    client_of: Callable[..., TestClient], data_dir: Path
) -> None:
    client = client_of(keep_questions=True)
    answer = question(client, NOT_FOUND)
    question(client, ANSWERED)
    # Searched in nothing: that no document answers says nothing.
    assert question(client, "Wat is een MDO?", filters={"soorten": ["geen"]})["status"] == "niet-gevonden"
    [record] = FeedbackStore(Database(data_dir)).unanswered()
    assert (record.question, record.release) == (NOT_FOUND, answer["release"])
    assert list(record.documents) == [suggestion["documentId"] for suggestion in answer["suggesties"]]


def test_an_answer_on_the_page_can_be_judged_over_the_api(knowledge: LiveKnowledge, data_dir: Path) -> None:
    desk = Desk(knowledge, Recorder(FeedbackStore(Database(data_dir)), keep_questions=True))
    turn = page_reply(desk, ANSWERED)
    assert turn.answer
    desk.recorder.judge(turn.answer.id, Verdict.GOOD)
    page_reply(desk, NOT_FOUND, [turn])
    store = FeedbackStore(Database(data_dir))
    assert [record.question for record in store.judged()] == [ANSWERED]
    assert [record.question for record in store.unanswered()] == [NOT_FOUND]


def test_a_damaged_file_costs_no_answers(client_of: Callable[..., TestClient], data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / FILE).write_bytes(b"dit is geen database" * 100)
    client = client_of(keep_questions=True)
    assert question(client, NOT_FOUND)["status"] == "niet-gevonden"
    refused = judge(client, question(client, ANSWERED), "goed")
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert FILE in refused.json()["detail"]


def _keep(store: FeedbackStore, number: int) -> None:
    store.add_judged(f"{number}", Verdict.WRONG, f"vraag {number}", "", AnswerStatus.ANSWERED, ["d"], "r1")
    store.add_unanswered(f"open {number}", [], "r1")


def test_records_disappear_after_their_term_and_from_the_file(data_dir: Path) -> None:
    first = dt.date(2026, 1, 1)
    _keep(FeedbackStore(Database(data_dir), 30, lambda: first), 1)
    on_last_day = FeedbackStore(Database(data_dir), 30, lambda: first + dt.timedelta(days=30))
    assert len(on_last_day.judged()) == len(on_last_day.unanswered()) == 1
    FeedbackStore(Database(data_dir), 30, lambda: first + dt.timedelta(days=31))
    content = on_disk(data_dir)
    assert b"vraag 1" not in content
    assert b"open 1" not in content
    assert b"CREATE TABLE" in content


def test_a_server_that_nobody_judges_at_keeps_the_term_too(knowledge: LiveKnowledge, data_dir: Path) -> None:
    day = dt.date(2026, 1, 1)
    store = FeedbackStore(Database(data_dir), 30, lambda: day)
    _keep(store, 1)
    day += dt.timedelta(days=31)
    Desk(knowledge, Recorder(store)).ask(ANSWERED)
    assert (store.judged(), store.unanswered()) == ([], [])
    assert b"vraag 1" not in on_disk(data_dir)


def exported(data_dir: Path, *arguments: str) -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "handwijzer", "feedback", "export", *arguments],
        env=environment(data_dir=data_dir), cwd=ROOT, check=True, stdout=subprocess.PIPE,
    ).stdout  # fmt: skip


def test_a_spreadsheet_shows_what_was_exported_and_runs_none_of_it(data_dir: Path) -> None:
    store = FeedbackStore(Database(data_dir))
    for number, text in enumerate(('=HYPERLINK("http://example.nl")', "@SUM(A1)", 'een; "twee"', "é, drie")):
        store.add_judged(f"{number}", Verdict.WRONG, text, f"-{number}", AnswerStatus.ANSWERED, ["d1", "d2"], "r1")
    content = exported(data_dir)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert content.startswith(b"\xef\xbb\xbf")
    assert [row["vraag"] for row in rows] == [
        "'=HYPERLINK(\"http://example.nl\")", "'@SUM(A1)", 'een; "twee"', "é, drie",
    ]  # fmt: skip
    assert [row["toelichting"] for row in rows] == ["'-0", "'-1", "'-2", "'-3"]
    assert (rows[0]["oordeel"], rows[0]["documenten"], rows[0]["antwoordId"]) == ("fout", "d1, d2", "0")


def test_a_program_gets_questions_without_an_answer_a_line_each(data_dir: Path) -> None:
    store = FeedbackStore(Database(data_dir))
    for text in ("=1+1?", PERSONAL):
        store.add_unanswered(text, ["d1"], "r1")
    lines = [json.loads(line) for line in exported(data_dir, "--format", "jsonl", "--unanswered").splitlines()]
    today = dt.date.today().isoformat()
    assert lines[0] == {"datum": today, "vraag": "=1+1?", "documenten": ["d1"], "release": "r1"}
    assert lines[1]["vraag"].startswith("Mijn leerling [naam], BSN [BSN]")
