"""Questions that a language model writes about passages: asked once, checked, kept, and never in the way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_llm import Reply, ScriptedServer, says
from typer.testing import CliRunner

from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.questions import QuestionWriter
from handwijzer import app
from ingest.pipeline import ingest
from ingest.removal import remove
from ingest.report import IngestReport
from ingest.written import usable
from kb.encoder import Encoder
from kb.errors import NotFoundError
from kb.hints import Origin
from kb.releases import KEEP, ReleaseStore

ABSENT = "Bij wie komt de afwezigheid van een leerling binnen?"
INVITED = "Hoe snel worden ouders op school uitgenodigd?"
MET = "Waar kwam de netwerkgroep bij elkaar?"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def corpus(corpus: Path) -> Path:
    """The small corpus, with passages that say enough to be asked about: three, by file and place."""
    (corpus / "verzuim.md").write_text(
        "# Verzuim melden\n\n## Melden\n\nDe mentor meldt ongeoorloofd verzuim van een leerling op de eerste dag bij de "
        "verzuimcoördinator.\n\n## Gesprek\n\nDe zorgcoördinator nodigt ouders binnen vijf schooldagen uit voor een "
        "gesprek op school.\n\n## Tot slot\n\nVragen? Bel de school.\n",
        encoding="utf-8",
    )
    return corpus


def asker(server: ScriptedServer, name: str = "model-a", timeout_s: float = 20) -> QuestionWriter:
    return QuestionWriter(LanguageModel(ModelServer(server.url, "m", timeout_s=timeout_s, backoff_s=0.001)), name)


def lists(*questions: str) -> Reply:
    return Reply(says(json.dumps(questions, ensure_ascii=False)))


def written(store: ReleaseStore) -> list[str]:
    rows = store.open().hints.rows
    assert {hint.origin for hint in rows} <= {Origin.WRITTEN}
    return [hint.question for hint in rows]


def kept(store: ReleaseStore) -> list[Path]:
    return sorted((store.data_dir / "cache" / "vragen").iterdir())


def counts(report: IngestReport) -> tuple[int, int]:
    asked = report.as_json()["vragen"]
    return asked["opgegeven"], asked["gemaakt"]


def test_a_model_is_asked_once_about_a_text_and_what_it_wrote_stays_in_use(
    server: ScriptedServer, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder)
    server.replies(Reply(says("Zeker! ", json.dumps([MET]))), lists(ABSENT, "Wie?"), lists(INVITED))
    report = ingest(store, corpus, encoder, ask_questions=asker(server))
    assert (report.published, counts(report)) == (True, (0, 3))
    assert written(store) == [MET, ABSENT, INVITED]
    assert len(server.chats()) == 3
    prompt = server.chats()[1].body["messages"][-1]["content"]
    assert "verzuimcoördinator" in prompt
    assert '"kop":"Verzuim melden ' in prompt
    # Nothing is asked again, and nothing is built for nothing; without the model it stays as it is.
    assert not ingest(store, corpus, encoder, ask_questions=asker(server)).published
    assert not ingest(store, corpus, encoder).published
    text = (corpus / "verzuim.md").read_text("utf-8").replace("vijf schooldagen", "zes schooldagen")
    (corpus / "verzuim.md").write_text(text, encoding="utf-8")
    assert counts(ingest(store, corpus, encoder)) == (0, 2)
    assert written(store) == [MET, ABSENT]
    assert len(server.chats()) == 3
    # Another model is asked about everything, and has the last word.
    server.replies(lists(INVITED))
    ingest(store, corpus, encoder, ask_questions=asker(server, "model-b"))
    assert set(written(store)) == {INVITED}
    assert len(server.chats()) == 6


def test_who_names_a_file_has_questions_written_for_that_file_only(
    server: ScriptedServer, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder)
    server.replies(lists(ABSENT), lists(INVITED))
    ingest(store, corpus, encoder, [corpus / "verzuim.md"], ask_questions=asker(server))
    assert written(store) == [ABSENT, INVITED]
    assert len(server.chats()) == 2
    # What was written for another file stays.
    server.replies(lists(MET))
    ingest(store, corpus, encoder, [corpus / "verslag.txt"], ask_questions=asker(server))
    assert written(store) == [MET, ABSENT, INVITED]
    assert len(server.chats()) == 3


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(status=500), "HTTP 500"),
        (Reply(says("Ik kan geen vragen bedenken.")), "geen lijst met vragen"),
        (Reply(says('["Wie belt er?", {"vraag": 1}]')), "geen lijst met vragen"),
    ],
    ids=["no server", "no list", "no texts"],
)
def test_a_model_that_fails_costs_its_questions_and_nothing_else(
    reply: Reply, told: str, server: ScriptedServer, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    server.replies(lists(MET), reply)
    report = ingest(store, corpus, encoder, ask_questions=asker(server))
    assert (report.published, counts(report)) == (True, (0, 1))
    (notice,) = report.notices
    assert notice.startswith("Bij 2 passages zijn geen vragen gemaakt.")
    assert told in notice
    assert "handwijzer ingest --vragen" in notice
    assert report.page
    assert "Bij 2 passages" in report.page.read_text("utf-8")
    # The next time only they are asked about.
    before = len(server.chats())
    server.replies(lists(ABSENT))
    assert counts(ingest(store, corpus, encoder, ask_questions=asker(server))) == (0, 3)
    assert len(server.chats()) == before + 2


def test_a_trial_asks_nothing_and_a_document_that_is_erased_takes_its_questions_along(
    server: ScriptedServer, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    server.replies(lists(MET), lists(ABSENT), lists(INVITED))
    ingest(store, corpus, encoder, dry_run=True, ask_questions=asker(server))
    assert server.chats() == []
    ingest(store, corpus, encoder, ask_questions=asker(server))
    remove(store, corpus, "verzuim.md", everywhere=True)
    assert written(store) == [MET]
    everything = b"".join(path.read_bytes() for path in store.data_dir.rglob("*") if path.is_file())
    assert MET.encode() in everything
    assert ABSENT.encode() not in everything


def test_questions_go_with_the_last_release_that_holds_their_document(
    server: ScriptedServer, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    server.replies(lists(MET), lists(ABSENT), lists(INVITED))
    ingest(store, corpus, encoder, ask_questions=asker(server))
    (corpus / "verslag.txt").unlink()
    for _ in range(KEEP):
        assert len(kept(store)) == 3
        ingest(store, corpus, encoder, full=True, may_shrink=True)
    assert not any(MET in path.read_text("utf-8") for path in kept(store))
    assert written(store) == [ABSENT, INVITED]


def test_erasing_a_document_that_is_in_no_release_any_more_erases_its_questions(
    server: ScriptedServer, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    server.replies(lists(MET), lists(ABSENT), lists(INVITED))
    ingest(store, corpus, encoder, ask_questions=asker(server))
    (of_met,) = (path for path in kept(store) if MET in path.read_text("utf-8"))
    # As an earlier version left them: without the release that held their document.
    held = store.open().folder
    remove(store, corpus, "verzuim.md")
    shutil.rmtree(held)
    for everywhere, left in ((False, 3), (True, 1)):
        with pytest.raises(NotFoundError):
            remove(store, corpus, "verzuim.md", everywhere=everywhere)
        assert len(kept(store)) == left
    assert kept(store) == [of_met]


def test_only_a_dutch_question_about_the_passage_without_personal_data_is_kept() -> None:
    text = "Verzuim melden\nDe mentor meldt verzuim van een leerling bij de leerplichtambtenaar."
    assert usable(["Wie meldt verzuim?", "Wie  meldt\nverzuim?", "Bij wie meldt de mentor?"], text) == (
        "Bij wie meldt de mentor?",
    )
    good = [f"Wie meldt het verzuim van een leerling op {day}?" for day in ("maandag", "dinsdag", "vrijdag", "zondag")]
    assert usable(good, text) == tuple(good[:3])
    for bad in (
        "Who reports the absence of a leerling to the authorities?",
        "De mentor meldt het verzuim van de leerling.",
        "Hoe laat begint de gymles op woensdag?",
        "Meldt u het verzuim van de leerling op 06-12345678?",
        f"Wie meldt verzuim {'heel erg ' * 20}snel?",
    ):
        assert usable([bad], text) == ()


def test_the_command_says_what_is_missing_before_it_reads_anything(
    store: ReleaseStore, corpus: Path, model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDWIJZER_DATA_DIR", str(store.data_dir))
    monkeypatch.setenv("HANDWIJZER_CORPUS_DIR", str(corpus))
    for options, wanted in (
        (["--vragen"], "HANDWIJZER_LLM_URL"),
        (["--vragen", "--dry-run"], "--dry-run"),
        (["--vragen", "--watch"], "--vragen"),
    ):
        result = CliRunner().invoke(app, ["ingest", *options])
        assert wanted in str(getattr(result.exception, "message", ""))
    assert not store.ids()


def test_the_command_asks_the_model_of_the_settings(
    server: ScriptedServer, store: ReleaseStore, corpus: Path, model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDWIJZER_DATA_DIR", str(store.data_dir))
    monkeypatch.setenv("HANDWIJZER_CORPUS_DIR", str(corpus))
    monkeypatch.setenv("HANDWIJZER_LLM_URL", server.url)
    server.replies(lists(ABSENT, MET, INVITED))
    told = CliRunner().invoke(app, ["ingest", "--vragen"]).stdout
    assert "Vragen om op te zoeken: 0 opgegeven, " in told
    assert written(store)
