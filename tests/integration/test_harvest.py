"""From records to drafts and gaps, with the real encoder and the shipped documents."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from bot.answers import AnswerStatus
from bot.feedback import FeedbackStore, Verdict
from bot.storage.database import Database
from eval.harvest import Harvest, harvest, print_harvest
from eval.questions import SHIPPED, load_questions
from kb.encoder import Encoder
from kb.errors import UsageError
from kb.live import LiveKnowledge

TODAY = dt.date(2026, 3, 14)
# A subject that no document treats, asked in twelve ways.
MISSING = [
    "Hoe regel ik leerlingenvervoer?",
    "Wie betaalt het leerlingenvervoer naar de speciale school?",
    "Vanaf welke afstand heeft een kind recht op leerlingenvervoer?",
    "Kan de gemeente leerlingenvervoer weigeren?",
    "Taxi naar school voor een leerling, waar vraag ik leerlingenvervoer aan?",
    "Hoe lang van tevoren vraag je leerlingenvervoer aan?",
    "Geldt leerlingenvervoer ook voor stage?",
    "Is er een eigen bijdrage voor leerlingenvervoer?",
    "Wat doe ik als het busje van het leerlingenvervoer te laat komt?",
    "Mag een begeleider mee in het leerlingenvervoer?",
    "Krijgt een kind in een pleeggezin leerlingenvervoer?",
    "Welke formulieren horen bij leerlingenvervoer?",
]
# Another, where the words differ and compounds hide the subject.
ALSO_MISSING = [
    "Hoe vraag ik een dyslexieverklaring aan?",
    "Wie betaalt een dyslexieonderzoek?",
    "Krijgt een leerling met dyslexie extra tijd bij een toets?",
    "Wat zijn signalen van dyslexie in groep 3?",
]
ELSEWHERE = ["Mag de school een hond in de klas toestaan?", "Welke kleur krijgt de nieuwe gymzaal?"]
DATALEK = "Wanneer moet een school melden dat er leerlinggegevens gelekt zijn?"
PERSONAL = "Mijn leerling Bram de Vries (BSN 123456782) heeft luizen, mag hij naar school?"


@pytest.fixture
def store(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(Database(tmp_path / "data"), today=lambda: TODAY)


@pytest.fixture
def reap(store: FeedbackStore, tmp_path: Path, knowledge: LiveKnowledge, encoder: Encoder) -> Any:
    def run(out: Path = tmp_path / "oogst") -> Harvest:
        return harvest(store.database, encoder, knowledge.retriever(), out, today=lambda: TODAY)

    return run


def keep(store: FeedbackStore, *questions: str) -> None:
    for question in questions:
        store.add_unanswered(question, [], "r1")


def judged(store: FeedbackStore, question: str, verdict: Verdict, documents: list[str], remark: str = "") -> None:
    number = len(store.judged())
    store.add_judged(f"a{number}", verdict, question, remark, AnswerStatus.ANSWERED, documents, "r1")


def drafts_of(outcome: Harvest) -> list[dict[str, Any]]:
    assert outcome.drafts
    content = yaml.safe_load(outcome.drafts.read_text("utf-8"))
    assert set(content) == {"concepten"}
    items: list[dict[str, Any]] = content["concepten"]
    return items


def test_twelve_questions_about_one_missing_subject_are_one_group_and_one_gap(store: FeedbackStore, reap: Any) -> None:
    keep(store, *MISSING, *ELSEWHERE)
    outcome: Harvest = reap()
    assert outcome.gap_lines()[0] == "12 vragen over leerlingenvervoer, geen document"
    assert [found.count for found in outcome.groups] == [12, 1, 1]
    assert set(outcome.groups[0].questions) == set(MISSING)
    assert outcome.gaps
    gaps = outcome.gaps.read_text("utf-8")
    assert gaps.count("leerlingenvervoer, geen document") == 1
    assert re.search(r"^1\. \*\*12 vragen over leerlingenvervoer", gaps, re.MULTILINE)
    assert "gebruikers zonder goed antwoord" in gaps


def test_subjects_stay_apart_and_the_largest_comes_first(store: FeedbackStore, reap: Any) -> None:
    keep(store, *ALSO_MISSING, *MISSING, ELSEWHERE[0], ELSEWHERE[0])
    outcome: Harvest = reap()
    assert outcome.gap_lines()[:2] == [
        "12 vragen over leerlingenvervoer, geen document",
        "4 vragen over dyslexie, geen document",
    ]
    assert [found.count for found in outcome.groups] == [12, 4, 2]


def test_near_duplicates_find_their_original(store: FeedbackStore, reap: Any) -> None:
    originals = [item.vraag for item in load_questions(SHIPPED).questions][5:80:15]
    variants = [f"{form} {text[0].lower()}{text[1:]}" for text in originals for form in ("Weet iemand:", "Ik zoek op:")]
    keep(store, *variants)
    outcome: Harvest = reap()
    assert sorted(found.count for found in outcome.groups) == [2] * len(originals)


def test_an_answer_that_was_judged_wrong_names_its_documents(
    store: FeedbackStore, reap: Any, knowledge: LiveKnowledge
) -> None:
    document = next(iter(knowledge.retriever().release.documents.values()))
    for _ in range(3):
        judged(store, DATALEK, Verdict.WRONG, [document.id, "verwijderd-document"], "Er staat *niets* over weekenden")
    outcome: Harvest = reap()
    [line] = outcome.gap_lines()
    assert line.startswith("3 vragen over ")
    assert line.endswith(f": wel documenten ({document.title}), maar het antwoord werd als fout beoordeeld")
    assert outcome.drafts
    assert outcome.gaps
    assert "# Toelichting: Er staat *niets* over weekenden" in outcome.drafts.read_text("utf-8")
    assert r"Toelichting: Er staat \*niets\* over weekenden" in outcome.gaps.read_text("utf-8")
    [draft] = drafts_of(outcome)
    assert draft["bewijs"] == [{"document": document.file, "citaat": ""}]
    assert "3 keer fout" in draft["opmerking"]


def test_a_good_answer_gives_a_draft_and_no_gap(store: FeedbackStore, reap: Any) -> None:
    judged(store, DATALEK, Verdict.GOOD, [])
    outcome: Harvest = reap()
    assert outcome.gap_lines() == []
    [draft] = drafts_of(outcome)
    assert (draft["vraag"], draft["type"]) == (DATALEK, "wanneer")
    assert outcome.gaps
    assert "geen vragen zonder antwoord" in outcome.gaps.read_text("utf-8")


def test_a_draft_counts_only_after_a_person_completed_it(store: FeedbackStore, reap: Any, tmp_path: Path) -> None:
    judged(store, DATALEK, Verdict.GOOD, [])
    keep(store, *MISSING[:2])
    outcome: Harvest = reap()
    assert outcome.drafts
    with pytest.raises(UsageError, match="concepten"):
        load_questions(outcome.drafts)
    moved = tmp_path / "vragen.yaml"
    text = outcome.drafts.read_text("utf-8").replace("concepten:", "vragen:")
    moved.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="split"):
        load_questions(moved)
    text = text.replace("split:", "split: dev").replace('- [""]', '- ["72 uur"]').replace('citaat: ""', 'citaat: "x"')
    moved.write_text(text, encoding="utf-8")
    complete = load_questions(moved).questions
    assert [(item.vraag, item.answerable) for item in complete] == [(MISSING[0], False), (DATALEK, True)]


def test_the_question_set_itself_is_left_out(store: FeedbackStore, reap: Any) -> None:
    known = load_questions(SHIPPED).questions[0].vraag
    keep(store, known.upper().rstrip("?"), ELSEWHERE[0])
    outcome: Harvest = reap()
    assert outcome.known == 1
    assert [found.example for found in outcome.groups] == [ELSEWHERE[0]]


def test_a_second_harvest_never_touches_what_a_person_edited(store: FeedbackStore, reap: Any) -> None:
    keep(store, ELSEWHERE[0])
    first: Harvest = reap()
    assert first.drafts
    assert first.gaps
    first.drafts.write_text("eigen werk", encoding="utf-8")
    first.gaps.unlink()
    second: Harvest = reap()
    assert first.drafts.read_text("utf-8") == "eigen werk"
    assert second.drafts
    assert second.gaps
    assert {second.drafts.name, second.gaps.name} == {"concepten-2026-03-14-2.yaml", "wat-ontbreekt-2026-03-14-2.md"}


def test_the_folder_of_the_question_set_is_refused(store: FeedbackStore, reap: Any) -> None:
    keep(store, ELSEWHERE[0])
    with pytest.raises(UsageError, match="andere map"):
        reap(SHIPPED)


def test_what_was_typed_breaks_neither_file(store: FeedbackStore, reap: Any) -> None:
    hostile = 'Mag dit: "- id: [x]" # <script>alert(1)</script> \\n & {{%'
    judged(store, hostile, Verdict.WRONG, [], "regel\n- id: nep\nvragen: []")
    outcome: Harvest = reap()
    [draft] = drafts_of(outcome)
    assert draft["vraag"] == hostile
    assert outcome.gaps
    assert "<script>" not in outcome.gaps.read_text("utf-8")


def test_personal_data_stays_masked_up_to_the_files(store: FeedbackStore, reap: Any) -> None:
    keep(store, PERSONAL)
    outcome: Harvest = reap()
    [draft] = drafts_of(outcome)
    assert draft["vraag"] == "Mijn leerling [naam] (BSN [BSN]) heeft luizen, mag hij naar school?"
    assert outcome.gap_lines() == ["1 vraag over luizen, geen document"]


def test_without_records_nothing_is_written_and_the_way_is_shown(reap: Any, tmp_path: Path) -> None:
    outcome: Harvest = reap()
    console = Console(record=True, width=200)
    print_harvest(outcome, console)
    assert "HANDWIJZER_KEEP_QUESTIONS" in console.export_text()
    assert not (tmp_path / "oogst").exists()


def test_the_command_line_gets_a_summary_and_json(store: FeedbackStore, reap: Any) -> None:
    keep(store, *MISSING)
    outcome: Harvest = reap()
    console = Console(record=True, width=200)
    print_harvest(outcome, console)
    printed = console.export_text()
    assert "12 vragen over leerlingenvervoer, geen document" in printed
    assert str(outcome.drafts) in printed
    row = outcome.as_json()
    assert row["gaten"] == ["12 vragen over leerlingenvervoer, geen document"]
    assert row["groepen"][0]["zonderAntwoord"] == 12
