"""Questions that documents answer: where they come from, where they belong, and what is found by them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from eval.hint_check import NEARLY, check_hints, shared
from eval.questions import SHIPPED, load_questions
from eval.reader.check import Wording
from ingest.doctor_documents import document_findings
from ingest.pipeline import ingest
from ingest.policy import PersonalDataRule, Policy
from ingest.removal import remove
from ingest.report import IngestReport
from kb.encoder import Encoder
from kb.errors import ReleaseError
from kb.hints import Origin
from kb.live import LiveKnowledge
from kb.releases import Release, ReleaseStore
from kb.retrieval import Filters, Legs, Retriever

BIKES = "Wat doen we met een karretje op twee wielen zonder eigenaar?"
COFFEE = "Hoe snel mogen wij erover komen praten?"
STATED = f"""vragen:
- {BIKES}
- vraag: {COFFEE}
  kop: 2. GESPREK met thuis
"""


@pytest.fixture
def corpus(corpus: Path) -> Path:
    """The small corpus with a document more, whose sidecar is for the test to write."""
    (corpus / "school.md").write_text(
        "# Afspraken op school\n\n## 1. Fietsen\n\nDe conciërge bewaart gevonden rijwielen dertig dagen in de kelder.\n\n"
        "## 2. Gesprek met thuis\n\nDe mentor nodigt ouders uit binnen vijf dagen na de eerste melding.\n\n"
        "## 3. Roken\n\nRoken mag nergens op het terrein, ook niet voor bezoekers die even komen praten.\n",
        encoding="utf-8",
    )
    return corpus


def state(corpus: Path, text: str) -> None:
    (corpus / "school.meta.yaml").write_text(text, encoding="utf-8")


def placed(release: Release) -> dict[str, str]:
    """Return the heading above the passage of each hint."""
    return {hint.question: release.passages[release.places[hint.passage]].headings[-1] for hint in release.hints.rows}


def message(report: IngestReport, file: str = "school.md") -> str:
    return next(outcome.message or "" for outcome in report.outcomes if outcome.file == file)


def found(store: ReleaseStore, encoder: Encoder, question: str, **choices: object) -> list[str]:
    hits = Retriever(store.open(), encoder).search(question, 5, **choices).hits  # type: ignore[arg-type]
    return [hit.passage.headings[-1] for hit in hits if hit.passage.headings]


def test_a_question_finds_the_passage_that_only_its_hint_speaks_of(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    state(corpus, f"{STATED}- vraag: Waar laten we een stalen ros dat niemand opeist?\n  kop: fietsen\n")
    report = ingest(store, corpus, encoder)
    assert report.as_json()["vragen"] == {"opgegeven": 3, "gemaakt": 0}
    question = "Mijn zoon mist zijn stalen ros, wie heeft dat dan?"
    assert found(store, encoder, question)[0] == "1. Fietsen"
    assert found(store, encoder, question, legs=Legs(hints=False))[0] != "1. Fietsen"
    assert "1. Fietsen" not in found(store, encoder, question, filters=Filters(kinds=("handreiking",)))
    # What is quoted, shown and judged is the passage alone.
    hit, bare = (
        {one.place: one for one in Retriever(store.open(), encoder).search(question, 9, legs=legs).hits}
        for legs in (None, Legs(hints=False))
    )
    raw = {place: (one.passage, one.cosine, one.bm25) for place, one in bare.items()}
    assert {place: (one.passage, one.cosine, one.bm25) for place, one in hit.items()} == raw
    # Token by token passages are compared in the order of their rank, which moves the last bit.
    late = {place: one.late for place, one in bare.items()}
    assert {place: one.late for place, one in hit.items()} == pytest.approx(late, abs=1e-6)
    assert "stalen ros" not in (store.open().folder / "passages.jsonl").read_text("utf-8")


def test_a_hint_stands_with_the_nearest_passage_under_its_heading(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    state(corpus, STATED)
    ingest(store, corpus, encoder)
    assert placed(store.open()) == {BIKES: "1. Fietsen", COFFEE: "2. Gesprek met thuis"}
    assert {hint.origin for hint in store.open().hints.rows} == {Origin.STATED}
    state(corpus, STATED.replace("2. GESPREK met thuis", "roken"))
    ingest(store, corpus, encoder)
    assert placed(store.open())[COFFEE] == "3. Roken"


def test_the_title_is_a_heading_too_under_which_the_whole_document_stands(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    state(corpus, f"vragen:\n- vraag: {BIKES}\n  kop: AFSPRAKEN op school\n")
    report = ingest(store, corpus, encoder)
    assert "kop" not in message(report)
    assert {row["bestand"]: row for row in report.details}["school.md"]["onbekendeKoppen"] == []
    assert placed(store.open()) == {BIKES: "1. Fietsen"}
    codes = {finding.code for finding in document_findings(store.open(), corpus, date(2026, 1, 1))}
    assert "kop-onbekend" not in codes


def test_a_heading_that_is_not_there_is_told_and_the_hint_is_placed_without_it(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    state(corpus, f"vragen:\n- vraag: {BIKES}\n  kop: Stallen <b>\n")
    report = ingest(store, corpus, encoder)
    assert "De kop “Stallen <b>” bij “vragen” staat niet in dit document." in message(report)
    assert placed(store.open()) == {BIKES: "1. Fietsen"}
    assert report.page
    assert "Kop bij de vragen niet gevonden:</b> Stallen &lt;b&gt;." in report.page.read_text("utf-8")
    findings = {finding.code: finding for finding in document_findings(store.open(), corpus, date(2026, 1, 1))}
    assert "school.md" in findings["kop-onbekend"].message
    # It is still known when another document changes.
    (corpus / "verslag.txt").write_text("De netwerkgroep kwam bijeen op het raadhuis.\n", encoding="utf-8")
    details = {row["bestand"]: row for row in ingest(store, corpus, encoder).details}
    assert details["school.md"]["onbekendeKoppen"] == ["Stallen <b>"]


def test_a_changed_list_of_questions_is_read_again_and_what_did_not_change_is_not_worked_out_again(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    state(corpus, STATED)
    ingest(store, corpus, encoder)
    # A vector that no encoder gives shows which hints come from the release before.
    stored = store.open().folder / "hints" / "vectors.npy"
    mark = np.full((2, encoder.dimensions), 0.5, np.float32)
    np.save(stored, mark)
    (corpus / "verslag.txt").write_text("De netwerkgroep kwam bijeen op het raadhuis.\n", encoding="utf-8")
    ingest(store, corpus, encoder)
    np.testing.assert_array_equal(store.open().hints.vectors, mark)
    state(corpus, STATED + "- Mag ik hier een sigaret opsteken?\n")
    report = ingest(store, corpus, encoder)
    assert {outcome.file: outcome.status.value for outcome in report.outcomes}["school.md"] == "gewijzigd"
    release = store.open()
    assert placed(release)["Mag ik hier een sigaret opsteken?"] == "3. Roken"
    np.testing.assert_array_equal(release.hints.vectors[:2], mark)
    assert np.linalg.norm(release.hints.vectors[2]) == pytest.approx(1, abs=1e-4)
    assert not ingest(store, corpus, encoder).published
    (corpus / "school.meta.yaml").unlink()
    ingest(store, corpus, encoder)
    assert store.open().hints.rows == ()


def test_another_document_may_leave_and_the_hints_stay_where_they_were(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    state(corpus, STATED)
    (corpus / "verzuim.meta.yaml").write_text("vragen:\n- Wie geeft spijbelen door?\n", encoding="utf-8")
    ingest(store, corpus, encoder)
    before = store.open()
    remove(store, corpus, "verzuim.md", everywhere=True)
    after = store.open()
    assert placed(after) == {
        question: where for question, where in placed(before).items() if "spijbelen" not in question
    }
    kept = [number for number, hint in enumerate(before.hints.rows) if "spijbelen" not in hint.question]
    np.testing.assert_array_equal(after.hints.vectors, before.hints.vectors[kept])
    assert not any(b"spijbelen" in path.read_bytes() for path in store.data_dir.rglob("*") if path.is_file())


def test_a_web_page_states_questions_in_its_head(store: ReleaseStore, corpus: Path, encoder: Encoder) -> None:
    (corpus / "pagina.html").write_text(
        '<html lang="nl"><head><title>Verlof</title><meta name="vragen" content="Krijg ik vrij voor een bruiloft?">'
        '<meta name="vragen" content="Bij wie vraag ik vrij?"></head><body><h1>Verlof</h1>'
        "<p>De directeur beslist over verlof van een leerling voor een huwelijk in de familie.</p></body></html>",
        encoding="utf-8",
    )
    ingest(store, corpus, encoder)
    asked = [hint.question for hint in store.open().hints.rows]
    assert asked == ["Krijg ik vrij voor een bruiloft?", "Bij wie vraag ik vrij?"]


@pytest.mark.parametrize("rule", PersonalDataRule)
def test_personal_data_in_a_question_are_treated_as_those_in_the_text(
    rule: PersonalDataRule, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    state(corpus, "vragen:\n- Is 06-12345678 het nummer van de conciërge thuis?\n")
    report = ingest(store, corpus, encoder, policy=Policy(personal_data=rule))
    assert "persoonsgegevens" in message(report).lower()
    asked = {hint.question for hint in store.open().hints.rows}
    assert (
        asked
        == {
            PersonalDataRule.REPORT: {"Is 06-12345678 het nummer van de conciërge thuis?"},
            PersonalDataRule.MASK: {"Is [telefoonnummer] het nummer van de conciërge thuis?"},
            PersonalDataRule.REFUSE: set(),
        }[rule]
    )


def test_what_is_near_no_hint_is_ranked_as_if_there_were_none(
    knowledge: LiveKnowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = knowledge.retriever()
    assert retriever.release.hints.rows
    asked = [question.vraag for question in load_questions(SHIPPED).questions][::12]
    with_hints = [retriever.search(question, 50) for question in asked]
    without = [retriever.search(question, 50, legs=Legs(hints=False)) for question in asked]
    assert [found.hits for found in with_hints] != [found.hits for found in without]
    monkeypatch.setattr("kb.hints.FLOOR", 1.01)
    assert [retriever.search(question, 50).hits for question in asked] == [found.hits for found in without]


def test_a_release_with_a_hint_about_no_passage_is_refused(store: ReleaseStore, corpus: Path, encoder: Encoder) -> None:
    state(corpus, STATED)
    ingest(store, corpus, encoder)
    listed = store.open().folder / "hints" / "list.json"
    listed.write_text(listed.read_text("utf-8").replace('"passage": "p-', '"passage": "q-'), encoding="utf-8")
    with pytest.raises(ReleaseError, match="beschadigd of niet compleet"):
        store.open()


def test_no_shipped_hint_is_a_question_that_the_product_is_measured_with(knowledge: LiveKnowledge) -> None:
    hints = knowledge.retriever().release.hints
    assert len(hints.rows) > 100
    assert check_hints(hints) == []
    asked = [Wording("set", "Wie meldt een datalek bij de toezichthouder?"), Wording("set", "Wie belt?")]
    same_words = [Wording("hint", "Bij de toezichthouder: wie meldt een datalek?"), Wording("hint", "Wie schrijft?")]
    (line,) = shared(same_words, asked, NEARLY)
    assert "datalek" in line
