"""`ask` and `stream`: the same answer whole and in pieces, with numbers that hold and without personal data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from answer_rules import assert_every_number_resolves, lasting
from hypothesis import given
from hypothesis import strategies as st
from scripted_llm import Reply, ScriptedServer, Step, chunk, says

from bot.answers import Answer, AnswerStatus, Turn
from bot.citing import Citations
from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.writer import Writer
from bot.service import SourcesFound, TextAdded, ask, examine, stream
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.retrieval import Hit

SMALL_TALK = ["Hallo!", "Dank je wel", "Wie ben jij?"]
QUESTIONS = [
    "Wat is een MDO?",
    "Wie meldt ongeoorloofd verzuim?",
    "Welke taken heeft de zorgcoördinator?",
    "Wat is het btw-tarief op snijbloemen?",
    *SMALL_TALK,
]
PERSONAL = re.compile(r"\bBram\b|\bVries\b|123456782")
DEFINITION = "Een multidisciplinair overleg (MDO) is een overleg waarin professionals uit verschillende vakgebieden"
MEANS_MDO = f"{DEFINITION} met ouders en leerling één plan maken."


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def writer(server: ScriptedServer, encoder: Encoder) -> Writer:
    model = LanguageModel(ModelServer(server.url, model="m", timeout_s=20, backoff_s=0.001))
    return Writer(model, encoder, 16384)


Learn = Callable[[dict[str, str]], LiveKnowledge]


@pytest.fixture
def learn(store: ReleaseStore, encoder: Encoder, corpus: Path) -> Learn:
    """Return what makes a knowledge base of the small corpus with some Markdown files more."""

    def learned(texts: dict[str, str]) -> LiveKnowledge:
        for name, text in texts.items():
            (corpus / name).write_text(text, encoding="utf-8")
        ingest(store, corpus, encoder)
        return LiveKnowledge(store, encoder)

    return learned


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_stream_gives_the_answer_in_pieces_and_then_whole(knowledge: LiveKnowledge, question: str) -> None:
    *pieces, last = stream(knowledge, question)
    assert isinstance(last, Answer)
    assert lasting(last) == lasting(ask(knowledge, question))
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextAdded)) == last.text
    assert_every_number_resolves(last)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_source_is_known_before_the_text_that_cites_it(knowledge: LiveKnowledge, question: str) -> None:
    known: list[str] = []
    for event in stream(knowledge, question):
        if isinstance(event, SourcesFound):
            passages = [source.passage_id for source in event.sources]
            assert passages[: len(known)] == known != passages
            known = passages
        elif isinstance(event, TextAdded):
            assert all(1 <= int(number) <= len(known) for number in re.findall(r"\[(\d+)\]", event.text))
        else:
            assert [source.passage_id for source in event.sources] == known


@pytest.fixture(scope="module")
def hits(knowledge: LiveKnowledge) -> tuple[Hit, ...]:
    return knowledge.retriever().search("verzuim", 12).hits


@given(cited=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 200), st.integers(1, 200))))
def test_a_number_never_points_at_another_passage(hits: tuple[Hit, ...], cited: list[tuple[int, int, int]]) -> None:
    citations = Citations(date(2026, 1, 1))
    given_to: dict[int, int] = {}
    marked: dict[int, set[tuple[int, int]]] = {}
    for place, start, length in cited:
        end = min(start + length, len(hits[place].passage.text))
        start = min(start, end - 1)
        assert citations.cite(hits[place], start, end) == given_to.setdefault(place, len(given_to) + 1)
        marked.setdefault(place, set()).add((start, end))
    sources = citations.sources()
    assert [source.number for source in sources] == list(range(1, len(given_to) + 1))
    for place, number in given_to.items():
        source, passage = sources[number - 1], hits[place].passage
        assert (source.passage_id, source.text, source.document_id) == (
            passage.id,
            passage.text,
            hits[place].document.id,
        )
        assert source.marks == sorted(marked[place])


@pytest.mark.parametrize("said", SMALL_TALK)
def test_small_talk_gets_a_reply_without_a_search(
    said: str, knowledge: LiveKnowledge, server: ScriptedServer, writer: Writer
) -> None:
    seen = examine(knowledge.retriever(), said, writer=writer)
    assert seen.found.hits == ()
    assert seen.answer.text
    assert not seen.answer.sources
    assert not seen.answer.suggestions
    assert not server.received


@pytest.mark.parametrize(
    "question",
    [
        "Bram de Vries (BSN 123456782) verzuimt ongeoorloofd. Wie meldt dat?",
        "Wat is het btw-tarief op snijbloemen voor Bram de Vries, BSN 123456782?",
    ],
    ids=["answered", "refused"],
)
def test_personal_data_of_a_question_are_nowhere_in_the_answer(question: str, knowledge: LiveKnowledge) -> None:
    answer = ask(knowledge, question)
    assert not PERSONAL.search(answer.model_dump_json())
    assert "een naam en een burgerservicenummer" in answer.notices[0]


def test_personal_data_of_a_conversation_never_reach_the_language_model(
    knowledge: LiveKnowledge, server: ScriptedServer, writer: Writer
) -> None:
    server.replies(Reply(says("Wie is aanwezig bij een MDO?")), Reply(says(f"{MEANS_MDO} [1]")))
    turns = [
        Turn(role="gebruiker", text="Wat is een MDO voor Bram de Vries met BSN 123456782?"),
        Turn(role="assistent", text="Een overleg over Bram de Vries. [1]"),
    ]
    answer = ask(knowledge, "En wie is daarbij als Bram de Vries komt?", turns, writer=writer)
    rewrite, write = server.chats()
    assert "MDO" in str(rewrite.body)
    assert "Wie is aanwezig bij een MDO?" in str(write.body)
    assert not PERSONAL.search(f"{rewrite.body}{write.body}{answer.model_dump_json()}")
    assert "een naam" in answer.notices[0]


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("Vader slaat haar nu. Wie meldt ongeoorloofd verzuim?", AnswerStatus.ANSWERED),
        ("Vader slaat haar nu. Wat is het btw-tarief op snijbloemen?", AnswerStatus.NOT_FOUND),
        ("Vader slaat haar nu. Wat is het btw-tarief op snijbloemen voor Bram de Vries?", AnswerStatus.NOT_FOUND),
    ],
)
def test_whoever_is_in_danger_reads_first_whom_to_call(
    question: str, status: AnswerStatus, knowledge: LiveKnowledge
) -> None:
    answer = ask(knowledge, question)
    assert answer.status is status
    assert "112" in answer.notices[0]
    assert sum("112" in notice for notice in answer.notices) == 1


def test_two_sources_that_disagree_are_shown_with_the_newest_first(learn: Learn) -> None:
    older = "---\ntitel: Oude regels\ndatum: 2019-05-01\n---\n\n## Bewaren\n\nHet incassodossier wordt zeven jaar bewaard.\n"
    newer = (
        "---\ntitel: Nieuwe regels\ndatum: 2024-02-01\n---\n\n## Bewaren\n\n"
        "Bewaar het incassodossier vijf jaar na het laatste contact.\n"
    )
    answer = ask(learn({"oud.md": older, "nieuw.md": newer}), "Hoe lang bewaren we het incassodossier?")
    assert [source.title for source in answer.sources[:2]] == ["Nieuwe regels", "Oude regels"]
    assert answer.text.index("vijf jaar") < answer.text.index("zeven jaar")
    (notice,) = [notice for notice in answer.notices if "niet eens" in notice]
    assert notice.index("1 februari 2024") < notice.index("1 mei 2019")
    assert_every_number_resolves(answer)


def test_a_number_in_brackets_of_a_document_does_not_pass_for_a_source(learn: Learn) -> None:
    text = "Het dossier van de jeugdhulp wordt twintig jaar bewaard [7], zo staat in de wet [1][12]."
    answer = ask(
        learn({"bewaren.md": f"## Bewaren\n\n{text}\n"}), "Hoe lang wordt het dossier van de jeugdhulp bewaard?"
    )
    assert answer.statements[0].text == text
    assert "bewaard (7), zo staat in de wet (1)(12). [1]" in answer.text
    assert_every_number_resolves(answer)


def test_a_number_in_brackets_of_a_question_does_not_pass_for_a_source(knowledge: LiveKnowledge) -> None:
    answer = ask(knowledge, "Wat is het btw-tarief op snijbloemen [1]?")
    assert answer.status is AnswerStatus.NOT_FOUND
    assert "snijbloemen (1)" in answer.text
    assert_every_number_resolves(answer)


def test_who_leaves_halfway_hangs_up_on_the_language_model(
    knowledge: LiveKnowledge, server: ScriptedServer, writer: Writer
) -> None:
    server.replies(Reply([chunk(f"{MEANS_MDO} [1] En "), Step.SILENCE]))
    with closing(stream(knowledge, "Wat is een MDO?", writer=writer)) as events:
        assert isinstance(next(events), SourcesFound)
        assert next(events) == TextAdded(f"{MEANS_MDO} [1]")
    assert server.hung_up.wait(10)


def test_an_empty_question_is_told_so_by_the_stream_too(knowledge: LiveKnowledge) -> None:
    with pytest.raises(UsageError, match="leeg"):
        next(stream(knowledge, " "))
