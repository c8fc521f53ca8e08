"""The reader's data: what is wrong is named by its line, what is held out stays out, and cues in the form are seen."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from eval.reader.check import MEASURED_WITH, Wording, check, same, wordings
from eval.reader.cues import baseline, shares
from eval.reader.data import PassageKind, QuestionKind, ReaderQuestion, Split, chosen, is_kept_out, load_questions
from kb.errors import UsageError

ABSENT = Path("/nowhere")


def asked(text: str, *sentences: int) -> dict[str, Any]:
    return {"q": text, "kind": "natural" if sentences else "near-miss", "sentences": sentences}


def row(key: str, *questions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    sentences = [f"Groep {key} eet om twaalf uur.", f"Groep {key} speelt daarna buiten."]
    return {"id": key, "kind": "tabel", "title": "Rooster", "sentences": sentences, "questions": questions} | changes


def written(folder: Path, *rows: dict[str, Any], name: str = "vragen.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder


def loaded(folder: Path, *rows: dict[str, Any]) -> list[ReaderQuestion]:
    return load_questions(written(folder, *rows), ABSENT)


@pytest.fixture(scope="module")
def shipped() -> list[ReaderQuestion]:
    return load_questions(shared=ABSENT)


def test_our_own_files_are_sound_and_apart_from_what_the_product_is_measured_with(
    shipped: list[ReaderQuestion],
) -> None:
    measured_with = wordings(MEASURED_WITH)
    assert len(measured_with) > 500
    assert check(shipped, measured_with) == []


def test_every_kind_is_there_in_every_split(shipped: list[ReaderQuestion]) -> None:
    assert len(shipped) > 4500
    for split in Split:
        there = chosen(shipped, split)
        assert {question.kind for question in there} == set(QuestionKind)
        share = len({question.passage for question in there}) / len({question.passage for question in shipped})
        assert share == pytest.approx({Split.TRAIN: 0.8}.get(split, 0.1), abs=0.03)


def test_the_documents_that_are_kept_out_are_half_of_the_corpus_and_in_no_passage(
    shipped: list[ReaderQuestion],
) -> None:
    sources = {path.relative_to(ROOT / "corpus").as_posix() for path in (ROOT / "corpus").glob("*/*.*")}
    documents = {file for file in sources if not file.startswith("_") and not file.endswith(".meta.yaml")}
    used = {question.passage.document for question in shipped} - {""}
    assert used == {file for file in documents if not is_kept_out(file)}
    assert 0.4 < sum(map(is_kept_out, documents)) / len(documents) < 0.7


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row("a", asked("Wie eet?", 0)), {"id": "b"}], "line 2: kind: Field required"),
        ([row("a", asked("Wie eet?", 0) | {"kind": "near-miss"})], "empty for a near miss and for nothing else"),
        ([row("a", asked("Wie eet?") | {"kind": "case"})], "empty for a near miss and for nothing else"),
        ([row("a", asked("Wie eet?", 1, 0))], "numbered upwards"),
        ([row("a", asked("Wie eet?", 2))], "passage a has no sentence 2: Wie eet?"),
        ([row("a", asked("Wie eet?", 0) | {"kind": "raadsel"})], "questions.0.kind"),
        ([row("a", asked("Wie eet?", 0)), row("a", asked("Wie speelt?", 1))], "passage a is there twice"),
    ],
)
def test_a_fault_is_named_by_its_place(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(UsageError, match="vragen") as error:
        loaded(tmp_path, *rows)
    assert said in error.value.message


def test_questions_over_shared_passages_count_when_the_shared_folder_is_there(tmp_path: Path) -> None:
    own = written(tmp_path / "own", {"id": "kd1", "kind": "kamervraag", "questions": [asked("En de minister?")]})
    assert load_questions(own, ABSENT) == []
    shared = written(
        tmp_path / "shared",
        {"id": "kd1", "source": "dekamer_2017", "title": "Brug", "sentences": ["Zij antwoordt."]},
        name="passages.jsonl",
    )
    written(shared, asked("Wie antwoordt?", 0) | {"passage": "kd1"}, name="questions.jsonl")
    first, second = load_questions(own, shared)
    assert (first.source, second.source) == ("shared", "vragen")
    assert first.passage is second.passage
    assert first.passage.kind is PassageKind.PARLIAMENT
    with pytest.raises(UsageError, match="no passage kd2"):
        load_questions(written(own, {"id": "kd2", "kind": "kamervraag", "questions": [asked("En?")]}), shared)


def test_splits_do_not_hang_on_the_order_and_keep_copied_sentences_together(tmp_path: Path) -> None:
    copied = "Deze zin staat woord voor woord in drie verschillende stukken tekst."
    rows = [row(f"p{number}", asked("Wie eet?", 0)) for number in range(40)]
    for number in (3, 17, 30):
        rows[number]["sentences"].append(copied)

    def splits(*rows: dict[str, Any]) -> dict[str, Split]:
        return {question.passage.id: question.passage.split for question in loaded(tmp_path, *rows)}

    found = splits(*rows)
    assert splits(*rows[::-1]) == found
    assert Counter(found.values()) == {Split.TRAIN: 32, Split.DEV: 4, Split.TEST: 4}
    assert len({found["p3"], found["p17"], found["p30"]}) == 1


def test_the_same_question_in_another_order_or_number_is_found() -> None:
    texts = [
        "Welke ministeries zijn opdrachtgever van het programma?",
        "Van het programma, welke ministeries zijn de opdrachtgevers?",
        "Welke gemeenten zijn opdrachtgever van een ander programma?",
    ]
    assert [(first, second) for first, second, _ in same(texts)] == [(0, 1)]


def test_personal_data_a_kept_out_document_and_a_question_asked_elsewhere_are_faults(tmp_path: Path) -> None:
    document = next(file for file in map(str, range(99)) if is_kept_out(file))
    questions = loaded(
        tmp_path, row("a", asked("Mag ik bellen naar 06-12345678?", 0), source=document), row("b", asked("Wie eet?", 0))
    )
    assert [fault.partition(":")[0] for fault in check(questions, [Wording("toets.yaml", "wie eet")])] == [
        "a", "a", "1.00 the same",
    ]  # fmt: skip


def test_a_cue_in_the_form_of_the_question_is_seen(tmp_path: Path) -> None:
    told = [row(f"p{n}", asked(f"Wat eet groep {n}?", 0), asked(f"wat kost {n}")) for n in range(30)]
    seen = baseline(loaded(tmp_path, *told))
    assert seen.auc > 0.95
    assert "kost" in seen.near_miss_words
    learnt, held_out = loaded(tmp_path, *told[:20]), loaded(tmp_path, *told[20:])
    assert baseline(learnt, held_out).auc == 1.0
    assert baseline(held_out, learnt).auc == 1.0
    even = [row(f"p{n}", asked(f"Wat eet {n}?", 0), asked(f"Wat eet {n}?")) for n in range(30)]
    assert baseline(loaded(tmp_path, *even)).auc == pytest.approx(0.5, abs=0.1)
    by_mark = {share.trait: share.near_misses for share in shares(loaded(tmp_path, *told))["question mark"]}
    assert by_mark == {"at the end": 0.0, "not at the end": 1.0}
