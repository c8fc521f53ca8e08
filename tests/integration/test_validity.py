"""Documents with a last day: marked at every door from the day after, and behind one that still holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from answer_rules import assert_every_number_resolves, lasting
from conftest import local_client, page_reply
from scripted_llm import Reply, ScriptedServer, says

from bot.api.app import create_app
from bot.desk import Desk
from bot.feedback import FeedbackStore
from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.writer import Writer
from bot.recording import Recorder
from bot.service import SourcesFound, ask, search, stream
from bot.storage.database import Database
from bot.web.render import conversation_html, sources_html
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

LAST_DAY, DAY_AFTER = date(2024, 12, 31), date(2025, 1, 1)
QUESTION = "Hoe lang bewaren we het incassodossier?"
SENTENCE = "Het incassodossier wordt zeven jaar bewaard."
NOTICE = "Let op: bron 1, ‘Handreiking incasso’, was geldig tot en met 31 december 2024. Controleer of er een nieuwere versie is."

Learn = Callable[..., LiveKnowledge]


def document(title: str, sentence: str = SENTENCE, *, written: str = "2023-05-01", until: str | None = None) -> str:
    last = f"geldig_tot: {until}\n" if until else ""
    return f"---\ntitel: {title}\ndatum: {written}\n{last}---\n\n## Bewaren\n\n{sentence}\n"


@pytest.fixture
def learn(store: ReleaseStore, encoder: Encoder, corpus: Path) -> Learn:
    """Return what makes a knowledge base of the small corpus with some documents more, as it is on a day."""

    def learned(today: date, *documents: str) -> LiveKnowledge:
        for number, text in enumerate(documents):
            (corpus / f"{number}.md").write_text(text, encoding="utf-8")
        ingest(store, corpus, encoder)
        return LiveKnowledge(store, encoder, today=lambda: today)

    return learned


@pytest.mark.parametrize(("today", "expired"), [(LAST_DAY, False), (DAY_AFTER, True)])
def test_a_source_is_expired_from_the_day_after_its_last(learn: Learn, today: date, expired: bool) -> None:
    knowledge = learn(today, document("Handreiking incasso", until="2024-12-31"))
    *pieces, last = stream(knowledge, QUESTION)
    answer = ask(knowledge, QUESTION)
    assert (answer.sources[0].valid_until, answer.sources[0].expired) == (LAST_DAY, expired)
    assert answer.notices.count(NOTICE) == expired
    assert lasting(last) == lasting(answer)  # type: ignore[arg-type]
    assert [piece.sources[0].expired for piece in pieces if isinstance(piece, SourcesFound)] == [expired]


def test_one_notice_names_every_expired_document_with_its_numbers(learn: Learn) -> None:
    knowledge = learn(
        DAY_AFTER,
        document("Handreiking incasso", "De dossierbeheerder bewaart het incassodossier.", until="2024-12-31"),
        document("Werkwijzer incasso", "De archivaris vernietigt het incassodossier.", until="2023-03-01"),
        document("Regels incasso", "De directeur ondertekent het incassodossier."),
    )
    answer = ask(knowledge, "Wie bewaart, vernietigt en ondertekent het incassodossier?")
    numbers = {source.title: source.number for source in answer.sources}
    assert len(numbers) == 3
    (notice,) = [notice for notice in answer.notices if "geldig" in notice]
    assert (
        f"bron {numbers['Handreiking incasso']}, ‘Handreiking incasso’, was geldig tot en met 31 december 2024"
        in notice
    )
    assert f"bron {numbers['Werkwijzer incasso']}, ‘Werkwijzer incasso’, was geldig tot en met 1 maart 2023" in notice
    assert "Regels incasso" not in notice
    assert notice.endswith("Controleer of er nieuwere versies zijn.")


def test_the_same_words_are_cited_from_the_document_that_holds(learn: Learn, encoder: Encoder) -> None:
    """Also where the expired one fits the question better."""
    knowledge = learn(
        DAY_AFTER,
        document("Hoe lang bewaren we het incassodossier?", until="2024-12-31"),
        document("Handboek financiën"),
    )
    with ScriptedServer() as server:
        server.replies(Reply(says(f"{SENTENCE} [1]")))
        writer = Writer(LanguageModel(ModelServer(server.url, model="m", timeout_s=20)), encoder, 16384)
        for answer in (ask(knowledge, QUESTION), ask(knowledge, QUESTION, writer=writer)):
            assert [source.title for source in answer.sources] == ["Handboek financiën"]
            assert not [notice for notice in answer.notices if "geldig" in notice]
            assert_every_number_resolves(answer)


def test_of_passages_that_fit_alike_the_one_that_holds_is_found_first(learn: Learn) -> None:
    knowledge = learn(
        DAY_AFTER,
        document("Handreiking incasso", until="2024-12-31"),
        document("Handreiking incasso", until="2025-12-31"),
    )
    _, hits = search(knowledge, QUESTION)
    assert [hit.document.valid_until for hit in hits[:2]] == [date(2025, 12, 31), LAST_DAY]


def test_of_two_that_disagree_the_one_that_holds_stands_first_though_it_is_older(learn: Learn) -> None:
    knowledge = learn(
        DAY_AFTER,
        document("Nieuwe regels", written="2024-06-01", until="2024-12-31"),
        document("Oude regels", "Het incassodossier wordt vijf jaar bewaard.", written="2019-02-01"),
    )
    answer = ask(knowledge, QUESTION)
    assert [source.title for source in answer.sources[:2]] == ["Oude regels", "Nieuwe regels"]
    disagreement, validity = answer.notices[-2:]
    assert "‘Oude regels’ (1 februari 2019) zegt ‘vijf jaar’" in disagreement
    assert "‘Nieuwe regels’ (1 juni 2024, verlopen) zegt ‘zeven jaar’" in disagreement
    assert disagreement.endswith("De bron die nog geldig is, staat bovenaan.")
    assert validity.startswith("Let op: bron 2, ‘Nieuwe regels’, was geldig")


def test_a_written_answer_gets_the_same_notice(learn: Learn, encoder: Encoder) -> None:
    knowledge = learn(DAY_AFTER, document("Handreiking incasso", until="2024-12-31"))
    with ScriptedServer() as server:
        server.replies(Reply(says(f"{SENTENCE} [1]")))
        writer = Writer(LanguageModel(ModelServer(server.url, model="m", timeout_s=20)), encoder, 16384)
        answer = ask(knowledge, QUESTION, writer=writer)
    assert answer.method.value == "generatief"
    assert NOTICE in answer.notices


def test_the_page_says_in_words_that_a_source_expired(learn: Learn, tmp_path: Path) -> None:
    knowledge = learn(DAY_AFTER, document("Handreiking incasso", until="2024-12-31"))
    exchange = page_reply(Desk(knowledge, Recorder(FeedbackStore(Database(tmp_path / "records")))), QUESTION)
    assert "verlopen: geldig tot en met 31 december 2024" in sources_html([exchange], lambda source: None)
    page = conversation_html([exchange])
    assert 'aria-label="Bron 1: Handreiking incasso, verlopen"' in page
    assert "<strong>Let op:</strong> bron 1, ‘Handreiking incasso’, was geldig" in page


def test_the_api_tells_until_when_a_document_holds_and_what_was_guessed(learn: Learn, tmp_path: Path) -> None:
    knowledge = learn(DAY_AFTER, document("Handreiking incasso", until="2024-12-31"))
    with local_client(create_app(knowledge, Settings(data_dir=tmp_path / "data"))) as client:
        source = client.post("/v1/vragen", json={"vraag": QUESTION}).json()["bronnen"][0]
        found = {row["titel"]: row for row in client.get("/v1/documenten").json()["resultaten"]}
        schemas = client.get("/v1/openapi.json").json()["components"]["schemas"]
    assert (source["geldigTot"], source["verlopen"]) == ("2024-12-31", True)
    expired, other = found["Handreiking incasso"], found["Verzuim melden"]
    assert (expired["geldigTot"], expired["verlopen"], expired["geraden"]) == ("2024-12-31", True, [])
    assert (other["geldigTot"], other["verlopen"]) == (None, False)
    (guessed,) = [row for row in found.values() if row["bestand"] == "verslag.txt"]
    assert "titel" in guessed["geraden"]
    for name, fields in {
        "Bron": ("geldigTot", "verlopen"),
        "Document": ("geldigTot", "verlopen", "geraden"),
    }.items():
        assert all(schemas[name]["properties"][field]["description"] for field in fields)
        assert set(fields) <= set(schemas[name]["required"])
