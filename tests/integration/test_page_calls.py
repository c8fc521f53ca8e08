"""The calls of the page: what they give, and to whom."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ANSWERED, HOSTILE, NOT_FOUND, local_client
from fastapi.testclient import TestClient

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.api.app import create_app
from bot.storage.database import Database
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def client(knowledge: LiveKnowledge, settings: Settings) -> Iterator[TestClient]:
    with local_client(create_app(knowledge, settings)) as client:
        yield client


def events(client: TestClient, question: str, **body: object) -> dict[str, list[Any]]:
    """Ask as the page does and return what came, by the name of the event."""
    response = client.post("/pagina/vragen", json={"vraag": question, **body})
    assert response.status_code == 200
    came: dict[str, list[Any]] = {}
    for block in response.text.split("\n\n"):
        lines = block.splitlines()
        if lines and lines[0].startswith("event: "):
            came.setdefault(lines[0].removeprefix("event: "), []).append(json.loads(lines[1].removeprefix("data: ")))
    return came


def test_an_answer_comes_in_pieces_that_the_whole_repeats(client: TestClient) -> None:
    came = events(client, ANSWERED)
    assert list(came) == ["bronnen", "tekst", "klaar"]
    (whole,) = came["klaar"]
    assert 'href="#bron-nu-1"' in came["tekst"][0]["html"]
    answer = whole["gesprek"]["answer"]
    assert f'id="bron-{answer["id"]}-1"' in whole["bronnen"]
    assert whole["gesprek"]["question"] == ANSWERED


def test_what_holds_personal_data_is_given_back_without_it_and_not_answered(client: TestClient) -> None:
    came = events(client, "Wat doe ik als Sanne de Wit, geboren op 3-4-2012, thuiszit?")
    assert list(came) == ["gegevens"]
    (held,) = came["gegevens"]
    assert "Sanne" not in json.dumps(held)
    assert "een naam en een geboortedatum" in held["html"]
    assert list(events(client, held["vraag"]))[-1] == "klaar"


def test_whom_to_call_comes_before_anything_else(client: TestClient) -> None:
    assert next(iter(events(client, "Een kind wordt thuis geslagen. Wat doe ik?"))) == "melding"


def test_a_follow_up_question_leans_on_the_conversation_that_the_browser_sends(client: TestClient) -> None:
    first = events(client, "Wat is een multidisciplinair overleg?")["klaar"][0]["gesprek"]
    second = events(client, "En wie is daarbij?", gesprek=[first])["klaar"][0]["gesprek"]
    assert "multidisciplinair" in second["answer"]["zoekvraag"]


def test_a_kept_conversation_comes_back_as_it_was(client: TestClient) -> None:
    turns = [events(client, question)["klaar"][0] for question in (ANSWERED, NOT_FOUND)]
    kept = client.post("/pagina/gesprek", json={"gesprek": [turn["gesprek"] for turn in turns]}).json()
    assert kept == {
        "gesprek": "".join(turn["beurt"] for turn in turns),
        "bronnen": "".join(turn["bronnen"] for turn in turns),
    }


@pytest.mark.parametrize("damaged", [[{"vraag": 1}], "geen gesprek", [{}] * 50, [{"question": "x", "answer": {}}]])
def test_a_damaged_conversation_is_refused_in_dutch(client: TestClient, damaged: object) -> None:
    for path in ("/pagina/gesprek", "/pagina/vervolgvragen", "/pagina/export"):
        body = {"gesprek": damaged} | ({"formaat": "pdf"} if path.endswith("export") else {})
        response = client.post(path, json=body)
        assert response.status_code == 400
        assert response.json()["title"]


MARKS = "a" + "\u0300\u0327" * 40_000


@pytest.mark.parametrize("part", ["question", "uitspraken", "bronnen"])
@pytest.mark.parametrize("path", ["gesprek", "vervolgvragen", "export"])
def test_marks_that_no_language_writes_keep_nobody_waiting(client: TestClient, path: str, part: str) -> None:
    kept = events(client, ANSWERED)["klaar"][0]["gesprek"]
    if part == "question":
        kept["question"] = MARKS
    else:
        kept["answer"][part][0] |= {"tekst": MARKS, "markeringen": [[0, len(MARKS)]]}
    began = time.monotonic()
    client.post(f"/pagina/{path}", json={"gesprek": [kept], **({"formaat": "markdown"} if path == "export" else {})})
    assert time.monotonic() - began < 5  # in one piece: more than ten


@pytest.mark.parametrize(
    "grown",
    [
        {"uitspraken": [{"tekst": "", "bronnen": [1]}] * 101},
        {"uitspraken": [{"tekst": "", "bronnen": [1] * 501}]},
        {"uitspraken": [{"tekst": "x" * 200_001, "bronnen": [1]}]},
    ],
    ids=["statements", "citations", "characters"],
)
def test_an_answer_that_a_browser_made_huge_is_refused(client: TestClient, grown: dict[str, object]) -> None:
    kept = events(client, ANSWERED)["klaar"][0]["gesprek"]
    kept["answer"] |= grown
    for path, more in (
        ("gesprek", {}),
        ("vervolgvragen", {}),
        ("vragen", {"vraag": "x"}),
        ("export", {"formaat": "pdf"}),
    ):
        assert client.post(f"/pagina/{path}", json={"gesprek": [kept], **more}).status_code == 400


def test_a_question_is_looked_at_for_personal_data_as_it_is_asked_on_one_line(client: TestClient) -> None:
    assert list(events(client, "Wat doe ik als de leerling Sanne\nde Wit thuiszit?")) == ["gegevens"]


def test_of_a_question_that_is_too_long_no_names_stay_and_it_keeps_nobody_waiting(client: TestClient) -> None:
    began = time.monotonic()
    came = events(client, "Mijn leerling Sanne de Wit zit thuis. " * 2000)
    assert time.monotonic() - began < 5
    assert "te lang" in came["klaar"][0]["gesprek"]["error"]
    assert "Sanne" not in json.dumps(came)
    assert next(iter(events(client, "Een kind wordt thuis geslagen. " + "Wat doe ik? " * 500))) == "melding"


def test_filters_are_offered_as_the_documents_have_them_and_hold(client: TestClient) -> None:
    form = client.get("/pagina/filters").text
    assert 'value="convenant"' in form
    came = events(client, ANSWERED, filters={"soorten": ["convenant"]})
    assert {source["soort"] for source in came["klaar"][0]["gesprek"]["answer"]["bronnen"]} == {"convenant"}


def test_only_a_maintainer_hears_that_there_is_more(client: TestClient, settings: Settings) -> None:
    store = KeyStore(Database.of(settings), settings.data_dir)
    reader, manager = (store.create(role)[0] for role in (Role.READ, Role.MANAGE))
    roles = [
        client.get("/pagina/begin", headers={"Authorization": f"Bearer {key}"} if key else {}).json()["rol"]
        for key in ("", reader, manager)
    ]
    assert roles == ["lezen", "lezen", "beheer"]


def test_another_website_can_not_ask_through_a_visitor(client: TestClient) -> None:
    response = client.post("/pagina/vragen", json={"vraag": ANSWERED}, headers={"Origin": "https://elders.example"})
    assert response.status_code == 403


def test_without_documents_the_page_says_so_and_a_maintainer_can_still_begin(
    store: ReleaseStore, encoder: Encoder
) -> None:
    with local_client(create_app(LiveKnowledge(store, encoder), Settings(data_dir=store.data_dir))) as client:
        begin = client.get("/pagina/begin").json()
        assert "nog geen documenten" in begin["uitleg"]
        assert begin["rol"] == "lezen"
        assert "nog geen documenten" in events(client, HOSTILE)["klaar"][0]["gesprek"]["error"]
        assert client.get("/pagina/voorbeelden").status_code == 200
