"""Training the reader: it learns, the same seed gives the same weights, a stop costs nothing, adapters merge away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel

from eval.reader.candidates import Candidates
from eval.reader.data import Passage, PassageKind, QuestionKind, ReaderQuestion, Split
from eval.reader.figures import METHODS, read_all
from eval.reader.lessons import Lesson, lessons, of_step
from eval.reader.loading import Prepared, read_reader, write_reader
from eval.reader.outcomes import by_group, figures, gain
from eval.reader.texts import Texts
from eval.reader.tokens import Tokeniser, sentence_spans
from eval.reader.training import Budget, Progress, Recipe, Run, warmth
from kb.errors import EncoderError, UsageError
from kb.reader_model import LowRank, Reader, Shape
from kb.reader_tokens import AROUND

WORDS = "school leerling melding verzuim brief gemeente ouder gesprek dossier klas rooster toets".split()
PROMPTS = {"query": "query: ", "passage": "passage: "}
RECIPE = Recipe(Shape(joined_from=1, rank=4), rate=1e-2, questions=5, negatives=2, warm_up=2, evaluated_every=100)


def asked(number: int) -> ReaderQuestion:
    word = WORDS[number]
    sentences = (f"De {word} komt eerst.", "Daarna volgt de toets.", "Meer is er niet.")
    passage = Passage(f"p{number}", "toets", PassageKind.FORUM, "Plan", sentences, "", Split.TRAIN)
    if number % 5 == 0:
        return ReaderQuestion(passage, "toets", f"wat kost de {word}?", QuestionKind.NEAR_MISS, ())
    return ReaderQuestion(passage, "toets", f"komt de {word} eerst?", QuestionKind.NATURAL, (0,))


QUESTIONS = [asked(number) for number in range(10)]
PASSAGES = [question.passage for question in QUESTIONS]


def beside(question: ReaderQuestion, best: float = 1.0, fall: float = 0.1, count: int = 4) -> Candidates:
    """As the retriever would give them; this one finds every passage, and scores each ``fall`` below the one before."""
    keys = [passage.id for passage in PASSAGES]
    place = keys.index(question.passage.id)
    found = tuple((keys[place:] + keys[:place])[:count])
    scores = tuple(best - rank * fall for rank in range(count))
    sentences = tuple((score, score - fall, score - fall) for score in scores)
    return Candidates(found, count, scores, scores, sentences, sentences)


def unordered(question: ReaderQuestion) -> Candidates:
    """The same in another order and without a difference: whoever wants to know must read."""
    found = beside(question, best=0.5, fall=0.0)
    return replace(found, passages=found.passages[::-1])


HELD = [(question, unordered(question)) for question in QUESTIONS]
LESSONS = lessons(HELD, share=1.0)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other on a busy machine take longer than so small a model."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def tokeniser(tmp_path_factory: pytest.TempPathFactory) -> Tokeniser:
    """Pieces of the encoder's kind: the blank before a word is part of its first piece."""
    letters = sorted({letter for word in WORDS for letter in word} | set("abcdefghijklmnopqrstuvwxyzDM.?:,▁"))
    pieces = [("<unk>", 0.0), *((f"▁{word}", -1.0) for word in WORDS), *((letter, -3.0) for letter in letters)]
    tokenizer = Tokenizer(models.Unigram(pieces, 0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    file = tmp_path_factory.mktemp("tokeniser") / "tokenizer.json"
    tokenizer.save(str(file))
    return Tokeniser(file, PROMPTS, 400)


def bert() -> BertModel:
    torch.manual_seed(5)
    return BertModel(
        BertConfig(
            vocab_size=80, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
            max_position_embeddings=400, initializer_range=0.2,
        )
    )  # fmt: skip


def run(tokeniser: Tokeniser, folder: Path, seed: int = 3, recipe: Recipe = RECIPE) -> Run:
    torch.manual_seed(seed)
    reader = Reader(bert(), recipe.shape)
    texts = Texts(reader, tokeniser, PASSAGES)
    return Run(reader, texts, LESSONS, HELD, recipe, seed, folder, "a", lambda _: None, lambda _: None)


def weights(one: Run) -> dict[str, list[float]]:
    return {name: value.flatten().tolist() for name, value in one.reader.learnt().items()}


def trained(one: Run, steps: int) -> Progress:
    return one.go(Budget(1.0, steps))


def logits(reader: Reader, texts: Texts) -> list[float]:
    with torch.no_grad():
        read = reader([pair for question, found in HELD for pair in texts.pairs(question, found, [3])])
    return [*read.passages.tolist(), *(value for part in read.sentences for value in part.tolist())]


def test_ten_examples_are_learnt_and_told_from_near_misses(tokeniser: Tokeniser, tmp_path: Path) -> None:
    said: list[str] = []
    learning = run(tokeniser, tmp_path, recipe=replace(RECIPE, shape=Shape(joined_from=0, rank=8), dropout=0.0))
    learning._say = said.append
    history = trained(learning, 60).history
    losses = [float(line.split("loss ")[1].split()[0]) for line in said if "loss" in line]
    assert losses[-1] < 0.6 * losses[0]
    assert history[-1]["reader"]["passage_hit_at_1"] > 0.8 > history[0]["reader"]["passage_hit_at_1"]
    assert history[-1]["reader"]["near_miss_auc"] == 1.0
    assert history[-1]["reader"]["sentence_in_passage"] == 1.0
    assert [row["step"] for row in history] == [0, 60]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tokeniser: Tokeniser, tmp_path: Path) -> None:
    first, again, other = (run(tokeniser, tmp_path / str(place), seed) for place, seed in enumerate((3, 3, 4)))
    for one in (first, again, other):
        trained(one, 4)
    assert weights(first) == weights(again)
    assert weights(first) != weights(other)


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(tokeniser: Tokeniser, tmp_path: Path) -> None:
    through = run(tokeniser, tmp_path / "through")
    trained(through, 8)
    stopped = run(tokeniser, tmp_path / "stopped")
    steps = stopped._step
    stopped._step = lambda: (_ for _ in ()).throw(KeyboardInterrupt) if stopped.progress.step == 5 else steps()
    with pytest.raises(KeyboardInterrupt):
        trained(stopped, 8)
    stopped.save()
    later = run(tokeniser, tmp_path / "stopped", seed=3)
    later.resume()
    assert later.progress.step == 5
    trained(later, 8)
    assert weights(later) == weights(through)
    assert [row["step"] for row in later.progress.history] == [0, 8]


def test_a_finished_run_goes_on_at_the_full_rate(tokeniser: Tokeniser, tmp_path: Path) -> None:
    first = run(tokeniser, tmp_path)
    trained(first, 10)
    seconds = iter(range(10**6))
    later = run(tokeniser, tmp_path)
    later._clock, later._began = lambda: float(next(seconds)), 0.0
    later.resume()
    said: list[str] = []
    later._say = said.append
    progress = later.go(Budget((first.progress.seconds + 200) / 3600))
    assert progress.ended == [10]
    assert progress.step == progress.total
    assert progress.total > 20
    assert f"rate {RECIPE.rate:.1e}" in next(line for line in said if line.startswith("step 20 "))


def test_a_checkpoint_of_another_run_is_refused(tokeniser: Tokeniser, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no checkpoint"):
        run(tokeniser, tmp_path).resume()
    one = run(tokeniser, tmp_path)
    one.save()
    one._identity = "b"
    with pytest.raises(UsageError, match="another run"):
        one.resume()


def test_time_decides_the_number_of_steps_and_that_number_gives_the_same_weights(
    tokeniser: Tokeniser, tmp_path: Path
) -> None:
    seconds = iter(range(10**6))
    timed = run(tokeniser, tmp_path / "timed")
    timed._clock, timed._began = lambda: float(next(seconds)), 0.0
    progress = timed.go(Budget(hours=60 / 3600))
    assert progress.total == progress.step
    counted = run(tokeniser, tmp_path / "counted")
    trained(counted, progress.step)
    assert weights(counted) == weights(timed)


def test_the_rate_warms_up_stays_and_falls_to_nothing() -> None:
    rates = [warmth(step, 20, RECIPE) for step in range(20)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates[16] == 1.0
    assert all(later < earlier for earlier, later in pairwise(rates[16:]))
    assert rates[-1] == pytest.approx(0.25)
    assert warmth(500, None, RECIPE) == 1.0


def test_adapters_in_the_weights_read_as_adapters_beside_them(tokeniser: Tokeniser, tmp_path: Path) -> None:
    one = run(tokeniser, tmp_path)
    before = logits(one.reader, one._texts)
    trained(one, 5)
    beside_them = logits(one.reader, one._texts)
    one.reader.merge()
    assert not any(isinstance(module, LowRank) for module in one.reader.modules())
    assert logits(one.reader, one._texts) == pytest.approx(beside_them, abs=1e-4)
    assert beside_them != pytest.approx(before, abs=1e-2)


def test_a_reader_comes_back_from_its_folder_and_only_on_its_encoder(tokeniser: Tokeniser, tmp_path: Path) -> None:
    one = run(tokeniser, tmp_path)
    trained(one, 5)
    write_reader(tmp_path, one.reader, {"encoder": "abc"})
    back, card = read_reader(tmp_path, Prepared("klein", bert(), tokeniser, "abc"))
    assert card["encoder"] == "abc"
    assert logits(back, Texts(back, tokeniser, PASSAGES)) == pytest.approx(logits(one.reader, one._texts), abs=0.05)
    with pytest.raises(UsageError, match="belongs to encoder abc"):
        read_reader(tmp_path, Prepared("klein", bert(), tokeniser, "def"))
    (tmp_path / "adapter.safetensors").write_bytes(b"")
    with pytest.raises(EncoderError, match="adapter.safetensors is niet het bestand dat card.json beschrijft"):
        read_reader(tmp_path, Prepared("klein", bert(), tokeniser, "abc"))


def test_a_pair_is_read_the_same_in_any_company(tokeniser: Tokeniser, tmp_path: Path) -> None:
    one = run(tokeniser, tmp_path)
    together = logits(one.reader, one._texts)[: len(QUESTIONS)]
    with torch.no_grad():
        alone = [float(one.reader(one._texts.pairs(question, found, [3])).passages) for question, found in HELD]
    assert together == pytest.approx(alone, abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(
    sentences=st.lists(
        st.lists(st.sampled_from([*WORDS, "ﬁets", "½ uur", "(art. 2)", "é"]), min_size=1, max_size=6).map(" ".join),
        min_size=1, max_size=6,
    ),
    title=st.sampled_from(["", "Plan", "Plan > school"]),
)  # fmt: skip
def test_every_token_belongs_to_the_sentence_whose_letters_it_holds(
    tokeniser: Tokeniser, sentences: list[str], title: str
) -> None:
    passage = Passage("p", "toets", PassageKind.FORUM, title, tuple(sentences), "", Split.TRAIN)
    text = PROMPTS["passage"] + (f"{title}\n" if title else "") + passage.text
    spans = sentence_spans(sentences, len(text) - len(passage.text))
    assert [text[start:end] for start, end in spans] == sentences
    tokens = tokeniser.passage(passage)
    assert tokens.parts == len(sentences)
    covered: dict[int, set[int]] = {number: set() for number in [AROUND, *range(len(sentences))]}
    offsets = tokeniser._tokenizer.encode(text).offsets
    for (start, end), owner in zip(offsets, tokens.owners.tolist(), strict=True):
        covered[owner] |= {place for place in range(start, end) if not text[place].isspace()}
    for number, (start, end) in enumerate(spans):
        assert covered[number] == {place for place in range(start, end) if not text[place].isspace()}
    assert all(place < spans[0][0] for place in covered[AROUND])


def test_a_sentence_that_was_cut_off_is_not_chosen(tokeniser: Tokeniser) -> None:
    long = Passage("p", "toets", PassageKind.FORUM, "", ("school " * 500, "leerling"), "", Split.TRAIN)
    reader = Reader(bert(), Shape(joined_from=1, rank=2))
    texts = Texts(reader, tokeniser, [long])
    question = ReaderQuestion(long, "toets", "leerling?", QuestionKind.NATURAL, (1,))
    found = Candidates(("p",), 1, (0.9,), (0.9,), ((0.9, 0.9),), ((0.9, 0.9),))
    with torch.no_grad():
        (sentences,) = reader(texts.pairs(question, found, [0])).sentences
    assert sentences.shape == (2,)
    assert sentences[1] == -10


def test_every_question_comes_once_a_round_beside_its_own_negatives() -> None:
    drawn = [one for step in range(2) for one in of_step(LESSONS, step, 5, 2, 3, seed=1)]
    assert sorted(lesson.question.text for lesson, _ in drawn) == sorted(question.text for question in QUESTIONS)
    for lesson, places in drawn:
        assert len(places) == (2 if lesson.question.answerable else 0)
        assert lesson.own not in places
    assert drawn != [one for step in range(2) for one in of_step(LESSONS, step, 5, 2, 3, seed=2)]


def test_a_smaller_share_lies_within_every_larger_one_and_reads_nothing_outside_it() -> None:
    def passages(learnt: list[Lesson]) -> set[str]:
        return {lesson.question.passage.id for lesson in learnt}

    half = lessons(HELD, 0.5)
    assert len(passages(half)) == 5
    assert passages(half) < passages(lessons(HELD, 0.8))
    assert {lesson.found.passages[place] for lesson in half for place in lesson.beside} <= passages(half)


def test_figures_count_what_the_retriever_missed_as_missed(tokeniser: Tokeniser, tmp_path: Path) -> None:
    one = run(tokeniser, tmp_path)
    question = QUESTIONS[1]
    found = beside(question)
    missed = replace(unordered(question), found=3)
    rows = read_all(one.reader, one._texts, [(question, found), (question, missed), HELD[0]])
    assert [row.scores["late"].get("passage_hit_at_1") for row in rows] == [1.0, 0.0, None]
    assert [row.scores["late"].get("sentence_in_passage") for row in rows] == [1.0, 1.0, None]
    assert [row.sureness["cosine"] for row in rows] == [1.0, 0.5, 0.5]
    assert set(by_group(rows)) == {"all", "question: natural", "source: own files", "passage: forum"}
    assert gain(rows, "late")["passage_hit_at_1"].n == 2
    for method in METHODS:
        assert figures(rows, method)["found"].value == 0.5
