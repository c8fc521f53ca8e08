"""Written answers against a server that says the wrong things: only what the sources bear out comes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from scripted_llm import Reply, ScriptedServer, Step, chunk, letters, says, without_end

from bot.answers import Turn
from bot.generative.llm import LanguageModel, ModelServer
from bot.generative.writer import MAX_SENTENCES, Report, Writer
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.errors import LanguageModelError
from kb.releases import ReleaseStore
from kb.retrieval import Hit, Retriever

QUESTION = "Wat gebeurt er bij ongeoorloofd verzuim?"
MENTOR = "De mentor meldt ongeoorloofd verzuim op de eerste dag bij de verzuimcoördinator."
GESPREK = "De zorgcoördinator nodigt ouders binnen vijf schooldagen uit voor een gesprek."
LEERPLICHT = "De leerplichtambtenaar onderzoekt het verzuim en hoort de jongere."


@pytest.fixture(scope="module")
def retriever(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    folder = tmp_path_factory.mktemp("geschreven")
    for name, text in (("melden", MENTOR), ("gesprek", GESPREK), ("onderzoek", LEERPLICHT)):
        (folder / f"{name}.md").write_text(f"---\ntitel: {name.title()}\n---\n\n## Verzuim\n\n{text}\n", "utf-8")
    store = ReleaseStore(tmp_path_factory.mktemp("data"))
    ingest(store, folder, encoder)
    return Retriever(store.open(), encoder)


@pytest.fixture(scope="module")
def hits(retriever: Retriever) -> tuple[Hit, ...]:
    """The three passages, in the order mentor, gesprek, leerplicht: sources 1, 2 and 3."""
    found = {hit.passage.text.split("\n")[-1]: hit for hit in retriever.search(QUESTION, 3).hits}
    return found[MENTOR], found[GESPREK], found[LEERPLICHT]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def writer(server: ScriptedServer, encoder: Encoder) -> Writer:
    return Writer(_model(server), encoder, 4096)


def _model(server: ScriptedServer) -> LanguageModel:
    return LanguageModel(ModelServer(server.url, model="m", timeout_s=20, backoff_s=0.001))


Answered = tuple[list[tuple[str, tuple[int, ...]]], Report]


@pytest.fixture
def answer(server: ScriptedServer, writer: Writer, hits: tuple[Hit, ...]) -> Callable[[Reply], Answered]:
    """Return what is passed on of a reply, with the numbers of the sources, and the report."""

    def answered(reply: Reply) -> Answered:
        server.replies(reply)
        report = Report()
        written = list(writer.write(QUESTION, hits, report))
        return [(one.text, tuple(hits.index(hit) + 1 for hit in one.hits)) for one in written], report

    return answered


Answer = Callable[[Reply], Answered]


@pytest.mark.parametrize("cut", [letters, says], ids=["letter by letter", "at once"])
@pytest.mark.parametrize("marks", ["[1]", "【1】", "[1, 3]", "[3][1]", "【1†bron】"])
def test_a_citation_reaches_its_passage_however_it_is_written_and_cut(
    marks: str, cut: Callable[[str], list[bytes | Step]], answer: Answer
) -> None:
    written, report = answer(Reply(cut(f"{MENTOR} {marks} {GESPREK} [2]")))
    assert [text for text, _ in written] == [MENTOR, GESPREK]
    assert [sorted(numbers) for _, numbers in written] == [[1, 3] if "3" in marks else [1], [2]]
    assert not report.dropped


@pytest.mark.parametrize(
    "bad",
    [
        MENTOR,
        f"{MENTOR} [7]",
        f"{MENTOR} [0]",
        f"{GESPREK.replace('vijf', 'tien')} [2]",
        f"{MENTOR} [2]",
        "Ouders betalen een boete als zij niet naar het gesprek komen. [2]",
        "Parents are always allowed to take their child on holiday. [1]",
        f"```\n{MENTOR} [1]\n```",
    ],
    ids=["no source", "source 7", "source 0", "altered", "another source", "invented", "English", "in code"],
)  # fmt: skip
def test_a_sentence_that_its_source_does_not_bear_out_is_left_out(bad: str, answer: Answer) -> None:
    written, report = answer(Reply(letters(f"{bad}\n\n{LEERPLICHT} [3]")))
    assert written == [(LEERPLICHT, (3,))]
    assert sum(report.dropped.values()) == (0 if bad.startswith("```") else 1)


def test_what_was_said_is_not_said_again(answer: Answer) -> None:
    written, report = answer(Reply(says(f"{MENTOR} [1] {MENTOR.upper()} [1] {MENTOR} [1] {GESPREK} [2]")))
    assert written == [(MENTOR, (1,)), (GESPREK, (2,))]
    assert not report.dropped


@pytest.mark.parametrize(
    "refusal", ["GEEN ANTWOORD", "Dat staat niet in de bronnen.", "De bronnen geven daar geen antwoord op. [1][2]"]
)
def test_a_model_that_finds_no_answer_gives_none(refusal: str, answer: Answer) -> None:
    written, report = answer(Reply(says(refusal)))
    assert written == []
    assert report.refused


def test_a_sentence_comes_before_the_reply_is_over_and_closing_hangs_up(
    server: ScriptedServer, writer: Writer, hits: tuple[Hit, ...]
) -> None:
    server.replies(Reply([chunk(f"{MENTOR} [1] En "), Step.SILENCE]))
    with closing(writer.write(QUESTION, hits, Report())) as writing:
        assert next(writing).hits == (hits[0],)
    assert server.hung_up.wait(10)


@pytest.mark.parametrize(
    ("endless", "said"),
    [
        (without_end(chunk(f"{MENTOR} [1] ")), 1),
        (without_end(chunk("en nog ")), 0),
        ((chunk(f"{MENTOR[:-1]} {'ook ' * n}. [1] ") for n in range(10**6)), MAX_SENTENCES),
    ],
    ids=["the same", "no sentence", "always something new"],
)
def test_an_answer_without_end_is_broken_off(
    endless: Iterator[bytes | Step], said: int, server: ScriptedServer, answer: Answer
) -> None:
    written, _ = answer(Reply(endless))
    assert len(written) == said
    assert server.hung_up.wait(10)


def test_a_stream_that_breaks_gives_what_was_good_and_then_the_failure(
    server: ScriptedServer, writer: Writer, hits: tuple[Hit, ...]
) -> None:
    server.replies(Reply([chunk(f"{MENTOR} [1] {GESPREK[:20]}"), Step.CUT]))
    writing = writer.write(QUESTION, hits, Report())
    assert next(writing).text == MENTOR
    with pytest.raises(LanguageModelError):
        next(writing)


def test_passages_are_given_whole_and_the_best_first_as_far_as_the_model_can_hold_them(
    server: ScriptedServer, encoder: Encoder, tmp_path: Path
) -> None:
    folder = tmp_path / "lang"
    folder.mkdir()
    for number in range(6):
        text = f"Regel {number}: {MENTOR} {GESPREK} {LEERPLICHT} " * 3
        (folder / f"{number}.txt").write_text(f"Deel {number}\n\n{text}\n", "utf-8")
    store = ReleaseStore(tmp_path / "data")
    ingest(store, folder, encoder)
    found = Retriever(store.open(), encoder).search(QUESTION, 6)
    server.replies(Reply(says("ja")))
    given = []
    for tokens in (2048, 2400):
        list(Writer(_model(server), encoder, tokens).write(QUESTION, found.hits, Report()))
        request = server.chats()[-1].body
        prompt = "\n".join(message["content"] for message in request["messages"])
        assert len(prompt) / 2.5 + request["max_tokens"] <= tokens
        whole = [hit for hit in found.hits if hit.passage.text in prompt.replace("\\n", "\n")]
        assert whole == list(found.hits[: len(whole)])
        given.append(len(whole))
    assert 0 < given[0] < given[1] < 6


TURNS = [
    Turn(role="gebruiker", text="Wie meldt ongeoorloofd verzuim?"),
    Turn(role="assistent", text="De mentor meldt dat. [1]"),
]


@pytest.mark.parametrize(
    ("reply", "question"),
    [
        (Reply(says('"Wie meldt ongeoorloofd', ' verzuim van kleuters?"\n')), "Wie meldt ongeoorloofd verzuim van kleuters?"),
        (Reply(says("   ")), None),
        (Reply(says("verzuim " * 60)), None),
        (Reply(says("What a lovely day!")), None),
        (Reply(status=500), None),
        (Reply([chunk("Wie meldt "), Step.CUT]), None),
    ],
    ids=["good", "empty", "too long", "about nothing", "failure", "broken"],
)  # fmt: skip
def test_a_question_is_made_to_stand_alone_or_left_to_others(
    reply: Reply, question: str | None, server: ScriptedServer, writer: Writer
) -> None:
    server.replies(reply)
    assert writer.rewrite("En bij kleuters?", TURNS) == question
