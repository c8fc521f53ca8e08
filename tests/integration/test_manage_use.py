"""Use and quality on the Beheer tab: what is counted and kept, what a maintainer does with it, and what is erased."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ANSWERED, HOSTILE, NOT_FOUND, local_client
from fastapi.testclient import TestClient
from httpx2 import Response

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.answers import AnswerStatus
from bot.api.app import create_app
from bot.desk import Desk
from bot.feedback import FeedbackStore, Verdict
from bot.own_questions import OwnQuestions
from bot.recording import Recorder
from bot.storage.database import Database
from bot.usage import Week
from eval.quality import keep_quality
from eval.questions import Split, load_questions
from eval.runs import Run, RunStore, measure
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

MONDAY = dt.date(2026, 3, 9)
HOME = "/pagina/beheer"
CALLS = ("gebruik", "vragen-zonder-antwoord", "beoordelingen", "testvragen", "kwaliteit")


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(Database(tmp_path / "data"))


@pytest.fixture
def client_of(knowledge: LiveKnowledge, tmp_path: Path) -> Callable[..., TestClient]:
    """Return the page's calls on the shipped documents, for somebody with a key of ``role``; of nobody with None."""

    def build(role: Role | None = Role.MANAGE, known: LiveKnowledge = knowledge, **settings: Any) -> TestClient:
        made = Settings(data_dir=tmp_path / "data", **settings)
        key, _ = KeyStore(Database.of(made), made.data_dir).create(role or Role.READ)
        return local_client(create_app(known, made), **({"Authorization": f"Bearer {key}"} if role else {}))

    return build


@pytest.fixture
def client(client_of: Callable[..., TestClient]) -> TestClient:
    return client_of()


def judged(store: FeedbackStore, question: str = ANSWERED, documents: tuple[str, ...] = (), **more: Any) -> str:
    values = {"verdict": Verdict.WRONG, "remark": "", "status": AnswerStatus.ANSWERED} | more
    number = len(store.judged())
    return store.add_judged(
        f"a{number}", values["verdict"], question, values["remark"], values["status"], documents, "r1"
    )


def rows(page: Response) -> list[list[str]]:
    """The cells of every table row on the page, as text."""
    assert page.status_code == 200, page.text
    found = re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[" ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split()) for cell in row] for row in cells]


@pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.READ, 403)])
def test_only_a_maintainer_sees_or_changes_it(
    client_of: Callable[..., TestClient], store: FeedbackStore, role: Role | None, status: int
) -> None:
    visitor, one = client_of(role), judged(store)
    answers = [visitor.get(f"{HOME}/{name}") for name in CALLS]
    answers += [visitor.post(f"{HOME}/beoordelingen/{one}/{what}") for what in ("bekeken", "testvraag")]
    assert {answer.status_code for answer in answers} == {status}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert not store.judged()[0].reviewed


def test_the_subjects_that_are_asked_after_most_stand_first(client: TestClient) -> None:
    for _ in range(2):
        answer = client.post("/v1/vragen", json={"vraag": ANSWERED}).json()
    other = client.post("/v1/vragen", json={"vraag": "Wat is een thuiszitter?"}).json()
    [first, second] = rows(client.get(f"{HOME}/gebruik"))[-2:]
    assert first == [answer["bronnen"][0]["titel"], answer["bronnen"][0]["kop"], "2"]
    assert second == [other["bronnen"][0]["titel"], other["bronnen"][0]["kop"], "1"]
    assert client.get(f"{HOME}/gebruik", params={"dagen": "8"}).status_code == 400


def test_what_asks_nothing_or_searched_in_part_counts_for_nothing_missing(
    client: TestClient, store: FeedbackStore
) -> None:
    assert client.post("/v1/vragen", json={"vraag": "Hallo, bedankt!"}).json()["bronnen"] == []
    client.post("/v1/vragen", json={"vraag": NOT_FOUND, "filters": {"soorten": ["geen"]}})
    assert not any(week.answered or week.unanswered for week in store.usage.weeks(1))
    client.post("/v1/vragen", json={"vraag": NOT_FOUND})
    [week] = store.usage.weeks(1)
    assert (week.answered, week.unanswered) == (0, 1)
    # What was found in part of the documents is an answer as well.
    client.post("/v1/vragen", json={"vraag": ANSWERED, "filters": {"soorten": ["handreiking"]}})
    assert store.usage.weeks(1)[0].answered == 1


def test_weeks_begin_on_monday_and_an_empty_one_is_shown(knowledge: LiveKnowledge, tmp_path: Path) -> None:
    day = MONDAY - dt.timedelta(days=8)
    store = FeedbackStore(Database(tmp_path / "data"), today=lambda: day)
    desk = Desk(knowledge, Recorder(store))
    desk.ask(ANSWERED)
    for days in (8, 6):  # Monday and Sunday of one week
        day += dt.timedelta(days=days)
        desk.ask(ANSWERED)
        desk.ask(NOT_FOUND)
    weeks = [Week(MONDAY - dt.timedelta(weeks=2), 1, 0), Week(MONDAY - dt.timedelta(weeks=1), 0, 0), Week(MONDAY, 2, 2)]
    assert store.usage.weeks(3) == weeks
    assert [found.count for found in store.usage.subjects(7, 5)] == [2]


def test_counts_disappear_after_their_term(knowledge: LiveKnowledge, tmp_path: Path) -> None:
    day = MONDAY
    store = FeedbackStore(Database(tmp_path / "data"), 30, lambda: day)
    desk = Desk(knowledge, Recorder(store))
    desk.ask(ANSWERED)
    day += dt.timedelta(days=30)
    desk.ask(NOT_FOUND)
    assert [found.count for found in store.usage.subjects(365, 5)] == [1]
    day += dt.timedelta(days=1)
    desk.ask(NOT_FOUND)
    assert store.usage.subjects(365, 5) == []
    assert store.usage.weeks(1)[0].unanswered == 2


def test_an_erased_document_leaves_no_heading_no_judgement_and_no_draft(
    client: TestClient, store: FeedbackStore, tmp_path: Path
) -> None:
    answer = client.post("/v1/vragen", json={"vraag": ANSWERED}).json()
    gone, other = answer["bronnen"][0]["documentId"], "ander-document"
    for documents, words in (((gone,), "kwelderbaars"), ((other,), "wolkenfluister"), ((other, gone), "bergeend")):
        assert client.post(f"{HOME}/beoordelingen/{judged(store, words, documents)}/testvraag").status_code == 200
    assert OwnQuestions(tmp_path / "data").forget_documents([gone]) == 2
    assert store.forget_documents([gone]) == 2
    assert store.usage.subjects(365, 5) == []
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir() if file.is_file())
    assert [word in kept for word in (b"kwelderbaars", b"bergeend", b"wolkenfluister")] == [False, False, True]
    assert OwnQuestions(tmp_path / "data").forget_documents([other]) == 1
    assert not OwnQuestions(tmp_path / "data").text()


def test_questions_without_an_answer_stand_newest_first_a_page_at_a_time(
    client_of: Callable[..., TestClient], store: FeedbackStore, knowledge: LiveKnowledge
) -> None:
    document = next(iter(knowledge.retriever().release.documents.values()))
    for number in range(11):
        store.add_unanswered(f"Vraag nummer {number}?", [document.id, "weg-document"], "r1")
    client = client_of(keep_questions=True)
    pages = [client.get(f"{HOME}/vragen-zonder-antwoord", params={"pagina": page}).text for page in (1, 2)]
    shown = [re.findall(r"Vraag nummer (\d+)", page) for page in pages]
    assert [number for page in shown for number in page] == [str(number) for number in reversed(range(11))]
    assert len(shown[0]) == 10
    assert document.title in unescape(pages[1])
    assert "niet meer in de kennisbank" in pages[1]
    assert "KEEP_QUESTIONS" not in pages[0]


def test_without_the_setting_the_way_to_keep_questions_is_shown(client: TestClient) -> None:
    assert "HANDWIJZER_KEEP_QUESTIONS=true" in client.get(f"{HOME}/vragen-zonder-antwoord").text


def test_feedback_is_gone_through_by_verdict_until_none_is_left(client: TestClient, store: FeedbackStore) -> None:
    good, wrong = judged(store, "eerste?", verdict=Verdict.GOOD), judged(store, "tweede?", remark="klopt niet")

    def shown(**choice: str) -> list[str]:
        return re.findall(r'data-bu-beoordeling="(\w+)"', client.get(f"{HOME}/beoordelingen", params=choice).text)

    assert shown() == [wrong, good]
    assert (shown(oordeel="goed"), shown(oordeel="verkeerde-bron")) == ([good], [])
    assert "klopt niet" in client.post(f"{HOME}/beoordelingen/{wrong}/bekeken").text
    assert (shown(), shown(toon="alles")) == ([good], [wrong, good])
    client.post(f"{HOME}/beoordelingen/{wrong}/bekeken", params={"bekeken": "false"})
    assert shown() == [wrong, good]
    # Judged again: there is something new to go through.
    client.post(f"{HOME}/beoordelingen/{wrong}/bekeken")
    store.add_judged("a1", Verdict.WRONG_SOURCE, "tweede?", "", AnswerStatus.ANSWERED, [], "r1")
    assert shown(oordeel="verkeerde-bron") == [wrong]
    assert client.post(f"{HOME}/beoordelingen/0123/bekeken").status_code == 404


def test_a_draft_is_made_once_and_counts_after_a_person_completed_it(
    client: TestClient, store: FeedbackStore, knowledge: LiveKnowledge, tmp_path: Path
) -> None:
    document = next(iter(knowledge.retriever().release.documents.values()))
    secret = "Mijn leerling Bram de Vries (BSN 123456782): binnen hoeveel uur moet een datalek worden gemeld?"
    one = judged(store, secret, (document.id,), remark=f"Bel 06-12345678\n  - id: nep {HOSTILE}")
    two = judged(store, NOT_FOUND, status=AnswerStatus.NOT_FOUND)
    assert client.get(f"{HOME}/testvragen").status_code == 404
    pages = [client.post(f"{HOME}/beoordelingen/{each}/testvraag").text for each in (one, one, two)]
    assert all("Er is een testvraag van gemaakt" in page for page in pages)
    assert all(record.reviewed for record in store.judged())

    downloaded = client.get(f"{HOME}/testvragen")
    assert "testvragen.yaml" in downloaded.headers["content-disposition"]
    assert not [word for word in ("Bram", "Vries", "123456782", "12345678") if word in downloaded.text.replace(one, "")]
    assert [item["type"] for item in yaml.safe_load(downloaded.text)["concepten"]] == ["hoeveel", "net-niet"]
    own = tmp_path / "eigen.yaml"
    text = downloaded.text.replace("concepten:", "vragen:")
    own.write_text(text, "utf-8")
    with pytest.raises(UsageError, match="split"):
        load_questions(own)
    text = text.replace("split:  #", "split: dev  #").replace('[""]', '["72 uur"]').replace('citaat: ""', 'citaat: "x"')
    own.write_text(text, "utf-8")
    first, second = load_questions(own).questions
    assert (first.split, first.bewijs[0].document, second.vraag) == (Split.DEV, document.file, NOT_FOUND)
    assert first.vraag == "Mijn leerling [naam] (BSN [BSN]): binnen hoeveel uur moet een datalek worden gemeld?"


def test_hostile_text_is_shown_as_text(
    client_of: Callable[..., TestClient], store: FeedbackStore, hostile_data: Path, encoder: Encoder
) -> None:
    knowledge = LiveKnowledge(ReleaseStore(hostile_data), encoder)
    document = next(one for one in knowledge.retriever().release.documents.values() if "<script>" in one.title)
    client = client_of(known=knowledge, keep_questions=True)
    answer = client.post("/v1/vragen", json={"vraag": "Waarmee opent de zorgcoördinator de noodkast?"}).json()
    assert answer["bronnen"][0]["documentId"] == document.id
    store.add_unanswered(HOSTILE, [document.id, HOSTILE], "r1")
    one = judged(store, HOSTILE, (document.id,), remark=HOSTILE)
    pages = [client.get(f"{HOME}/{name}").text for name in ("gebruik", "vragen-zonder-antwoord", "beoordelingen")]
    pages += [client.post(f"{HOME}/beoordelingen/{one}/testvraag").text]
    assert all("&lt;script&gt;alert(1)" in page for page in pages)
    assert not [page for page in pages if re.search(r"<script|<img|onerror=alert\(2\)>[^&]*</img", page)]


@pytest.fixture(scope="module")
def run(knowledge: LiveKnowledge, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A measurement of a few questions."""
    path = tmp_path_factory.mktemp("vragen") / "vragen.yaml"
    path.write_text(
        f"vragen:\n  - {{id: a, vraag: '{ANSWERED}', type: hoeveel, split: dev, feiten: [[72 uur]], bewijs: "
        "[{document: handreikingen/handreiking-gegevensuitwisseling.pdf, citaat: binnen 72 uur}]}\n"
        f"  - {{id: b, vraag: '{NOT_FOUND}', type: ander-onderwerp, split: test}}\n",
        "utf-8",
    )
    return measure(knowledge.retriever(), load_questions(path))


def test_before_the_first_measurement_the_way_to_one_is_shown(client: TestClient) -> None:
    assert "handwijzer eval" in client.get(f"{HOME}/kwaliteit").text


def test_the_last_measurement_is_shown_in_words_plots_and_figures(
    client: TestClient, run: Run, tmp_path: Path, knowledge: LiveKnowledge
) -> None:
    data_dir, runs = tmp_path / "data", RunStore(tmp_path / "data")
    earlier = replace(run, id="e20260101-000000-aaaa", created="2026-01-01T10:00:00+00:00")
    other = replace(earlier, id="e20260102-000000-bbbb", created="2026-01-02T10:00:00+00:00", questions="andere")
    beside = replace(earlier, id="e20260103-000000-cccc", setting=run.setting | {"beside_live": True})
    for one in (earlier, other, beside, run):
        runs.save(one)
    keep_quality(data_dir, run)
    page = client.get(f"{HOME}/kwaliteit")
    assert page.text.count("<svg") == page.text.count('role="img"') == 3
    assert "Nu is een andere release live" not in page.text
    assert "met 2 losse vragen" in page.text
    shown = rows(page)
    trend = [row for row in shown if row[0].endswith("(UTC)") or "andere vragen" in row[0]]
    assert [row[1] for row in trend] == [run.release] * 3
    assert "andere vragen" in trend[0][0]
    assert ["hoeveel", "1"] in [row[:2] for row in shown]
    assert runs.ids()[0] == run.id  # what the page shows is no run
    keep_quality(data_dir, replace(run, release="r0"))
    assert "Nu is een andere release live" in client.get(f"{HOME}/kwaliteit").text


def test_a_damaged_measurement_is_a_problem_in_dutch(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "data" / "eval").mkdir(parents=True)
    (tmp_path / "data" / "eval" / "kwaliteit.json").write_text("{", "utf-8")
    refused = client.get(f"{HOME}/kwaliteit")
    assert refused.status_code == 503
    assert "Meet opnieuw" in refused.json()["detail"]
