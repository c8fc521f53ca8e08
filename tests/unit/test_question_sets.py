"""Reading question sets: what is wrong is named by file, item and field, in Dutch."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.question_check import check, overlap
from eval.questions import Asked, Evidence, load_questions
from kb.errors import UsageError

GOOD = """
vragen:
  - id: v1
    vraag: "Bij wie kan ik terecht met een kind dat thuis zit?"
    type: wie
    split: dev
    feiten: [[samenwerkingsverband, swv]]
    bewijs:
      - document: a.md
        citaat: Het samenwerkingsverband denkt mee over een oplossing
"""
TEXTS = {"a.md": "Inleiding.\n\nHet samenwerkingsverband denkt mee over een oplossing.\n"}


def written(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "vragen.yaml"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("    type: wie\n", ""), "v1 > type: dit veld ontbreekt"),
        (("type: wie", "type: wat"), "v1 > type: kies uit"),
        (("    split: dev", "    split: dev\n    bron: x"), "v1 > bron: dit veld bestaat niet"),
        (("[[samenwerkingsverband, swv]]", "[[16]]"), "hier hoort tekst (zet getallen tussen aanhalingstekens)"),
        (("type: wie", "type: net-niet"), "alleen de typen ander-onderwerp en net-niet hebben geen feiten"),
        (("    feiten: [[samenwerkingsverband, swv]]\n", ""), "feiten en bewijs horen bij elkaar"),
        (("vragen:", "vragen: ["), "geen leesbaar YAML-bestand"),
    ],
)
def test_a_fault_is_named_by_item_and_field(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(UsageError) as error:
        load_questions(written(tmp_path, GOOD.replace(*change)))
    assert said in error.value.message
    assert "vragen.yaml" in error.value.message


def test_a_missing_file_an_empty_folder_and_an_id_used_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bestaat niet"):
        load_questions(tmp_path / "weg.yaml")
    with pytest.raises(UsageError, match=r"eindigt\.|geen bestand"):
        load_questions(tmp_path)
    with pytest.raises(UsageError, match="twee keer"):
        load_questions(written(tmp_path, GOOD + GOOD.replace("vragen:\n", "").strip("\n")))


def test_the_digest_changes_with_what_decides_a_score_and_not_with_a_remark(tmp_path: Path) -> None:
    first = load_questions(written(tmp_path, GOOD)).digest
    assert load_questions(written(tmp_path, GOOD + "    opmerking: let op\n")).digest == first
    assert load_questions(written(tmp_path, GOOD.replace("swv", "verband"))).digest != first


def test_the_checker_accepts_a_fair_question(tmp_path: Path) -> None:
    outcome = check(load_questions(written(tmp_path, GOOD)), TEXTS)
    assert outcome.faults == []
    assert outcome.counts == {"wie": (1, 0)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("a.md", "b.md"), "het document b.md staat niet in de kennisbank"),
        (("over een oplossing", "over een antwoord"), "dit citaat staat niet in a.md"),
        (("Het samenwerkingsverband denkt mee over een oplossing", "denkt mee over"), "is te kort"),
        (("samenwerkingsverband, swv", "wijkteam"), "het feit “wijkteam” staat in geen van de citaten"),
        (("samenwerkingsverband, swv", "'…', swv"), "een feit zonder letters of cijfers"),
        (("kind dat thuis zit", "oplossing van het samenwerkingsverband"), "Stel de vraag in andere woorden"),
    ],
)
def test_the_checker_names_what_is_unfair(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    faults = check(load_questions(written(tmp_path, GOOD.replace(*change))), TEXTS).faults
    assert any(said in fault for fault in faults), faults


def test_overlap_is_the_share_of_content_words_in_one_piece_of_evidence() -> None:
    asked = Asked(
        vraag="Wie meldt het verzuim bij de gemeente?",
        feiten=(("school",),),
        bewijs=(
            Evidence(document="a", citaat="De school meldt verzuim"),
            Evidence(document="a", citaat="De gemeente wacht op de school"),
        ),
    )
    assert overlap(asked) == pytest.approx(2 / 3)
