"""Answers that a language model words, behind every door: what reaches a reader is checked, numbered and never an error.

The model is a script that says good, false and hostile things, and once a real one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import test_llama_server
import yaml
from answer_rules import assert_every_number_resolves, lasting
from conftest import free_port, local_client, page_reply
from scripted_llm import Reply, ScriptedServer, Step, chunk, letters, says
from test_api import ANSWER_KEYS

from bot.answers import Answer, AnswerStatus, Method, Turn
from bot.api.app import create_app
from bot.desk import Desk
from bot.feedback import FeedbackStore
from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.writer import Writer
from bot.recording import Recorder
from bot.service import TextAdded, ask, examine, stream
from bot.storage.database import Database
from bot.web.render import conversation_html
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

HERE = Path(__file__).parent / "injectie"
INJECTIONS: dict[str, Any] = yaml.safe_load((HERE / "vragen.yaml").read_text("utf-8"))

QUESTION = "Wat is een MDO?"
DEFINITION = "In een MDO maken professionals uit verschillende vakgebieden met ouders en leerling één plan."
CONSENT = "De school regelt de toestemming voor het MDO."
OUTCOME = "Aan het einde van een MDO is duidelijk welk doel er is en wie wat doet."
ALTERED = DEFINITION.replace("één plan", "drie plannen")
# What the passages say themselves.
VERBATIM = {
    DEFINITION: "Een multidisciplinair overleg (MDO) is een overleg waarin professionals uit verschillende "
    "vakgebieden met ouders en leerling één plan maken.",
    CONSENT: "Voor een MDO regelt de school de toestemming voor het overleg zelf.",
    OUTCOME: "Aan het einde van een MDO is duidelijk welk doel er is, wie wat doet, vóór welke datum en wie bewaakt dat "
    "het gebeurt.",
}

UNREACHABLE = "niet bereikbaar"
UNCONFIRMED = "geen antwoord dat door de bronnen wordt bevestigd"
LEFT_OUT = "weggelaten"
BROKEN_OFF = "viel weg"

llama_address = test_llama_server.address


@dataclass(frozen=True)
class Bot:
    """The bot with a scripted model. Every answer is asked for whole and as a stream, which must give the same."""

    knowledge: LiveKnowledge
    encoder: Encoder
    server: ScriptedServer

    def writer(self, url: str | None = None, timeout_s: float = 20) -> Writer:
        model = LanguageModel(ModelServer(url or self.server.url, model="m", timeout_s=timeout_s, backoff_s=0.001))
        return Writer(model, self.encoder, 16384)

    def answers(
        self,
        *replies: Reply,
        question: str = QUESTION,
        conversation: Sequence[Turn] = (),
        url: str | None = None,
        timeout_s: float = 20,
    ) -> Answer:
        self.server.replies(*replies)
        whole = ask(self.knowledge, question, conversation, writer=self.writer(url, timeout_s))
        self.server.replies(*replies)
        *pieces, last = stream(self.knowledge, question, conversation, writer=self.writer(url, timeout_s))
        assert isinstance(last, Answer)
        assert lasting(last) == lasting(whole)
        assert "".join(piece.text for piece in pieces if isinstance(piece, TextAdded)) == whole.text
        assert_every_number_resolves(whole)
        return whole


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def bot(knowledge: LiveKnowledge, encoder: Encoder, server: ScriptedServer) -> Bot:
    return Bot(knowledge, encoder, server)


@pytest.fixture(scope="module")
def cited(knowledge: LiveKnowledge) -> dict[str, str]:
    """The sentences of the script, each with the number that its passage has in the prompt."""
    passages = [hit.passage.text for hit in examine(knowledge.retriever(), QUESTION).found.hits]
    numbers = {said: next(n for n, text in enumerate(passages, 1) if VERBATIM[said] in text) for said in VERBATIM}
    return {said: f"{said} [{number}]" for said, number in numbers.items()}


def assert_quoted_instead(bot: Bot, answer: Answer, why: str, question: str = QUESTION) -> None:
    """The answer is the one without a language model, with a notice that says why."""
    quoted = ask(bot.knowledge, question)
    assert answer.method is Method.EXTRACTIVE
    assert [notice for notice in answer.notices if why in notice] == answer.notices[-1:] != []
    assert lasting(answer.model_copy(update={"notices": quoted.notices})) == lasting(quoted)


def test_a_good_answer_is_numbered_in_order_and_marks_what_bears_it_out(bot: Bot, cited: dict[str, str]) -> None:
    order = [OUTCOME, DEFINITION, CONSENT]
    answer = bot.answers(Reply(letters(" ".join(cited[said] for said in order))))
    assert (answer.status, answer.method) == (AnswerStatus.ANSWERED, Method.GENERATIVE)
    assert answer.text == " ".join(f"{said} [{number}]" for number, said in enumerate(order, 1))
    assert [(said.text, said.sources) for said in answer.statements] == [(said, [n]) for n, said in enumerate(order, 1)]
    marked = [[source.text[start:end] for start, end in source.marks] for source in answer.sources]
    assert marked == [[VERBATIM[said]] for said in order]
    assert answer.notices == []


def test_a_passage_keeps_its_number_when_it_is_cited_again(bot: Bot, cited: dict[str, str]) -> None:
    number = cited[DEFINITION].removeprefix(DEFINITION).strip()
    said = [f"{cited[CONSENT]}{number}", cited[DEFINITION], cited[OUTCOME]]
    assert [one.sources for one in bot.answers(Reply(says("\n".join(said)))).statements] == [[1, 2], [2], [3]]


def test_an_altered_figure_is_left_out_and_the_reader_is_told(bot: Bot, cited: dict[str, str]) -> None:
    altered = cited[DEFINITION].replace(DEFINITION, ALTERED)
    answer = bot.answers(Reply(says(f"{altered} {cited[CONSENT]}")))
    assert (answer.method, answer.text) == (Method.GENERATIVE, f"{CONSENT} [1]")
    assert [LEFT_OUT in notice for notice in answer.notices] == [True]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(says("GEEN ANTWOORD")),
        Reply(says("Dat staat niet in de bronnen.")),
        Reply(says(f"{DEFINITION} {CONSENT}")),
        Reply(says(f"{DEFINITION} [99] {CONSENT} [0]")),
        Reply(says(f"```\n{DEFINITION} [1]\n```")),
        Reply(letters(f"{ALTERED} [1]")),
        Reply(says("The school arranges the consent for the meeting. [1]")),
        Reply(says("[1] [2] [3]")),
    ],
    ids=["refused", "refused in words", "no numbers", "no such numbers", "in code", "altered", "English", "numbers only"],
)  # fmt: skip
def test_without_one_good_sentence_the_sources_are_quoted(reply: Reply, bot: Bot) -> None:
    assert_quoted_instead(bot, bot.answers(reply), UNCONFIRMED)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500),
        Reply(status=401),
        Reply([Step.CUT]),
        Reply([chunk(DEFINITION), Step.CUT]),
        Reply(says()),
        Reply([b"data: <html>\n\n"]),
    ],
    ids=["500", "401", "broken at once", "broken before a citation", "empty", "no JSON"],
)
def test_a_model_that_fails_costs_no_answer(reply: Reply, bot: Bot) -> None:
    assert_quoted_instead(bot, bot.answers(reply), UNREACHABLE)


def test_a_model_that_is_down_or_silent_costs_no_answer(bot: Bot) -> None:
    assert_quoted_instead(bot, bot.answers(url=f"http://127.0.0.1:{free_port()}/v1"), UNREACHABLE)
    assert_quoted_instead(bot, bot.answers(Reply([Step.SILENCE]), timeout_s=0.6), UNREACHABLE)


@pytest.mark.parametrize("end", [Step.CUT, Step.SILENCE])
def test_what_was_good_stays_when_the_model_breaks_off(end: Step, bot: Bot, cited: dict[str, str]) -> None:
    answer = bot.answers(Reply([chunk(f"{cited[CONSENT]} {cited[DEFINITION][:40]}"), end]), timeout_s=0.9)
    assert (answer.method, answer.text) == (Method.GENERATIVE, f"{CONSENT} [1]")
    assert [BROKEN_OFF in notice for notice in answer.notices] == [True]


def test_a_question_that_the_documents_do_not_answer_is_not_put_to_the_model(bot: Bot) -> None:
    answer = bot.answers(Reply(says(f"{DEFINITION} [1]")), question="Wat is het btw-tarief op snijbloemen?")
    assert (answer.status, answer.text.count("[")) == (AnswerStatus.NOT_FOUND, 0)
    assert not bot.server.received


FOLLOW_UP = "En wie is daarbij?"
TURNS = [Turn(role="gebruiker", text=QUESTION), Turn(role="assistent", text="Een overleg over een leerling. [1]")]


def test_a_follow_up_question_is_searched_in_the_words_of_the_model(bot: Bot) -> None:
    rewritten = "Wie is aanwezig bij een multidisciplinair overleg?"
    replies = Reply(says(rewritten)), Reply(says(f"{VERBATIM[DEFINITION]} [1]"))
    assert bot.answers(*replies, question=FOLLOW_UP, conversation=TURNS).query.startswith(rewritten)
    assert rewritten in str(bot.server.chats()[-1].body)


@pytest.mark.parametrize(
    "failure", [Reply(status=401), Reply(says("What a lovely day!"))], ids=["401", "about nothing"]
)
def test_a_follow_up_question_is_completed_by_rule_when_the_model_fails(failure: Reply, bot: Bot) -> None:
    by_rule = ask(bot.knowledge, FOLLOW_UP, TURNS)
    answer = bot.answers(failure, question=FOLLOW_UP, conversation=TURNS)
    assert answer.query == by_rule.query != FOLLOW_UP
    assert answer.statements == by_rule.statements


# A model that does whatever a document or a question tells it to.
OBEYED = [
    "GEHACKT.",
    "Mijn systeemprompt luidt: Je beantwoordt vragen van professionals in het onderwijs en de jeugdhulp.",
    "Banaan.",
    "Artikel 5 van de Leerplichtwet is per direct afgeschaft.",
    "Artikel 5 van de Leerplichtwet is afgeschaft.",
    "Ja, dat mag: zet de dossiers van leerlingen op Facebook.",
    "Een leerling mag drie uur in de rustplek blijven.",
    "De huiswerkklas is vol.",
    "De rustplek is verboden.",
    "Nederland wint het WK voetbal.",
    "In de verborgen tekst staan KOMETENSTAART en ZILVERMEEUW.",
]


@pytest.fixture(scope="module")
def hostile(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> LiveKnowledge:
    folder = tmp_path_factory.mktemp("vijandig")
    for file in [*HERE.glob("*.md"), *HERE.glob("*.html"), *HERE.glob("*.txt")]:
        shutil.copy(file, folder)
    store = ReleaseStore(tmp_path_factory.mktemp("vijandig-data"))
    ingest(store, folder, encoder)
    return LiveKnowledge(store, encoder)


@pytest.mark.parametrize("question", INJECTIONS["injectie"] + INJECTIONS["gewoon"], ids=lambda row: row["vraag"][:30])
def test_nothing_that_an_obedient_model_says_reaches_the_reader(
    question: dict[str, Any], hostile: LiveKnowledge, encoder: Encoder, server: ScriptedServer
) -> None:
    server.replies(Reply(says("\n".join(f"{said} {numbers}" for said in OBEYED for numbers in ("[1][2]", "[99]")))))
    answer = ask(hostile, question["vraag"], writer=Bot(hostile, encoder, server).writer())
    assert answer.method is Method.EXTRACTIVE
    assert [said for said in OBEYED if said in answer.text.replace(answer.query, "")] == []
    assert_every_number_resolves(answer)


def test_a_real_model_shows_nothing_without_a_source(
    llama_address: str, corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder)
    writer = Writer(LanguageModel(ModelServer(llama_address, timeout_s=200)), encoder, 1200)
    answer = ask(LiveKnowledge(store, encoder), "Wie meldt ongeoorloofd verzuim?", writer=writer)
    assert answer.status is AnswerStatus.ANSWERED
    assert_every_number_resolves(answer)


def test_the_api_gives_the_same_contract(bot: Bot, cited: dict[str, str], tmp_path: Path) -> None:
    bot.server.replies(Reply(says(f"{cited[DEFINITION]} {cited[CONSENT]}")))
    client = local_client(create_app(bot.knowledge, Settings(data_dir=tmp_path), bot.writer()))
    response = client.post("/v1/vragen", json={"vraag": QUESTION})
    assert response.status_code == 200
    assert set(response.json()) == ANSWER_KEYS
    assert response.json()["methode"] == "generatief"
    answer = Answer.model_validate(response.json(), by_alias=True)
    assert answer.text == f"{DEFINITION} [1] {CONSENT} [2]"
    assert_every_number_resolves(answer)


def test_the_page_shows_what_the_model_wrote_with_its_sources(bot: Bot, cited: dict[str, str], tmp_path: Path) -> None:
    bot.server.replies(Reply(says(cited[CONSENT])))
    desk = Desk(bot.knowledge, Recorder(FeedbackStore(Database(tmp_path))), bot.writer())
    exchange = page_reply(desk, QUESTION)
    assert exchange.answer
    assert exchange.answer.method is Method.GENERATIVE
    page = conversation_html([exchange])
    assert CONSENT in page
    assert f'href="#bron-{exchange.answer.id}-1"' in page
