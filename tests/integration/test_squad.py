"""Measuring whole answers on a set in SQuAD JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.squad import Outcome, f1, figures, normalised, run_squad
from eval.squad_file import Gold, SquadQuestion, load_squad, sampled
from kb.encoder import Encoder
from kb.errors import UsageError

# (title, context, [(question, answers)]); a question without answers is impossible.
ARTICLES: list[tuple[str, list[tuple[str, list[tuple[str, list[str]]]]]]] = [
    (
        "Verzuim_op_school",
        [
            (
                "De mentor meldt ongeoorloofd verzuim op dezelfde dag bij de verzuimcoördinator. Na zestien uur verzuim "
                "in vier weken stuurt de school een melding naar de leerplichtambtenaar.",
                [
                    ("Na hoeveel uur verzuim gaat er een melding naar de leerplichtambtenaar?", ["zestien uur", "zestien"]),
                    (
                        "Bij wie meldt de mentor ongeoorloofd verzuim?",
                        ["De mentor meldt ongeoorloofd verzuim op dezelfde dag bij de verzuimcoördinator."],
                    ),
                    ("Welke kleur heeft de vlag van Portugal?", []),
                ],
            ),
            (
                "De jeugdarts nodigt een leerling uit die vaak ziek is. Ouders gaan mee als de leerling jonger is dan "
                "zestien jaar.",
                [("Wie nodigt een leerling uit die vaak ziek is?", ["De jeugdarts", "jeugdarts"])],
            ),
        ],
    ),
    (
        "Verzuim_op_school",
        [
            (
                "Thuiszitters krijgen binnen drie weken een plan van het samenwerkingsverband. De ouders ondertekenen "
                "dat plan.",
                [
                    ("Binnen welke termijn krijgen thuiszitters een plan?", ["binnen drie weken"]),
                    ("Wie ondertekenen het plan voor thuiszitters?", ["De ouders"]),
                ],
            ),
            (
                "De jeugdarts nodigt een leerling uit die vaak ziek is.  Ouders gaan mee als de leerling jonger is dan "
                "zestien jaar.",
                [("Hoe jong is een leerling van wie de ouders meegaan naar de jeugdarts?", ["zestien jaar"])],
            ),
        ],
    ),
    (
        "Caf%C3%A9",
        [
            (
                "Het leerlingencafé is open op woensdag en vrijdag. Vrijwilligers schenken er thee en limonade.",
                [
                    ("Op welke dagen is het leerlingencafé open?", ["woensdag en vrijdag"]),
                    ("Hoeveel planeten telt het zonnestelsel?", []),
                ],
            ),
            (
                "Een datalek meldt de school binnen 72 uur bij de toezichthouder. De functionaris voor "
                "gegevensbescherming houdt een register bij.",
                [
                    ("Binnen hoeveel uur meldt de school een datalek?", ["72 uur"]),
                    ("Wie houdt het register van datalekken bij?", ["functionaris voor gegevensbescherming"]),
                    ("Welke componist schreef de opera Carmen?", []),
                ],
            ),
            (
                "De gemeente betaalt het leerlingenvervoer vanaf zes kilometer. Ouders vragen het aan voor 1 juni.",
                [("Vanaf hoeveel kilometer betaalt de gemeente het leerlingenvervoer?", ["zes kilometer"])],
            ),
            (
                "De pleegzorgwerker bezoekt het gezin elke zes weken. Na een jaar wordt dat elke drie maanden.",
                [("Hoe vaak bezoekt de pleegzorgwerker het gezin?", ["elke zes weken"])],
            ),
            (
                "De vertrouwenspersoon zwijgt over wat een jongere vertelt. Bij gevaar bespreekt zij met de jongere wie "
                "het moet weten.",
                [],
            ),
        ],
    ),
]  # fmt: skip
ANSWERABLE, IMPOSSIBLE = 11, 3


def silent(phase: str, done: int, total: int) -> None:
    """Show no progress."""


def content(version: str = "v2.0") -> dict[str, Any]:
    """Return `ARTICLES` as SQuAD; v1.1 leaves the impossible questions out and knows no `is_impossible`."""
    old = version == "1.1"
    data = []
    for title, paragraphs in ARTICLES:
        rows = []
        for context, questions in paragraphs:
            qas = []
            for question, answers in questions:
                if old and not answers:
                    continue
                golds = [{"text": text, "answer_start": context.index(text)} for text in answers]
                item: dict[str, Any] = {"id": f"q{question}", "question": question, "answers": golds}
                if not old:
                    item["is_impossible"] = not answers
                    if not answers:
                        item["plausible_answers"] = [
                            {"text": context.split()[1], "answer_start": context.index(" ") + 1}
                        ]
                qas.append(item)
            rows.append({"context": context, "qas": qas})
        data.append({"title": title, "paragraphs": rows})
    return {"version": version, "data": data}


def written(path: Path, set_: Any) -> Path:
    path.write_text(set_ if isinstance(set_, str) else json.dumps(set_, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def set_file(tmp_path: Path) -> Path:
    return written(tmp_path / "set.json", content())


@pytest.mark.parametrize(
    ("said", "gold", "score"),
    [
        ("De jeugdarts.", "jeugdarts", 1.0),
        ("Het plan, binnen drie weken!", "binnen drie weken", 2 * 3 / (4 + 3)),
        ("The “school” of een school", "School", 2 * 1 / (3 + 1)),
        ("nee nee nee", "nee, nee", 2 * 2 / (3 + 2)),
        ("12-jarige leerlingen", "leerlingen van 12", 2 * 1 / (2 + 3)),
        ("iets anders", "de jeugdarts", 0.0),
        ("De.", "het", 0.0),
    ],
)
def test_f1_counts_shared_words_without_articles_and_punctuation(said: str, gold: str, score: float) -> None:
    assert f1(said, gold) == pytest.approx(score)


def test_exact_match_looks_past_capitals_articles_and_punctuation() -> None:
    assert normalised("Het  College, de ‘Raad’ en een a-team…") == "college raad en ateam"
    assert normalised("Eén dehaan") == "eén dehaan"


def test_a_set_is_read_with_every_context_once(set_file: Path) -> None:
    squad = load_squad(set_file)
    assert [paragraph.key for paragraph in squad.paragraphs] == ["1-1", "1-2", "2-1", "3-1", "3-2", "3-3", "3-4", "3-5"]
    assert [paragraph.title for paragraph in squad.paragraphs[2:4]] == ["Verzuim op school", "Café"]
    twice = squad.paragraphs[1]
    assert [question.text for question in twice.questions] == [
        "Wie nodigt een leerling uit die vaak ziek is?",
        "Hoe jong is een leerling van wie de ouders meegaan naar de jeugdarts?",
    ]
    first, _, impossible = squad.paragraphs[0].questions
    assert first.answers == (Gold("zestien uur", 83), Gold("zestien", 83))
    assert not impossible.answerable
    assert not impossible.answers
    assert squad.left_out == ()


def test_an_older_file_says_nothing_about_impossible_questions(tmp_path: Path, encoder: Encoder) -> None:
    path = written(tmp_path / "v1.json", content("1.1"))
    questions = [question for paragraph in load_squad(path).paragraphs for question in paragraph.questions]
    assert len(questions) == ANSWERABLE
    assert all(question.answerable for question in questions)
    found = run_squad(path, encoder, tmp_path / "data", silent)
    assert found["answer_rate"].n == found["hit_at_1"].n == found["latency_p50_ms"].n == ANSWERABLE
    assert not found.keys() & {"refusal_recall", "refusal_precision", "refusal_auc", "calibration_error"}


def test_the_whole_product_answers_the_set(set_file: Path, tmp_path: Path, encoder: Encoder) -> None:
    phases: dict[str, tuple[int, int]] = {}
    found = run_squad(
        set_file, encoder, tmp_path / "data", lambda name, done, total: phases.update({name: (done, total)})
    )
    assert phases == {
        "Splitsen": (8, 8), "Vectoren berekenen": (8, 8), "Vragen stellen": (ANSWERABLE + IMPOSSIBLE,) * 2,
    }  # fmt: skip
    assert {name: figure.n for name, figure in found.items()} == {
        **dict.fromkeys(("hit_at_1", "hit_at_5", "mrr_at_10", "fact_recall", "best_statement_f1", "best_statement_em",
                         "evidence_cited", "answer_rate"), ANSWERABLE),
        "refusal_recall": IMPOSSIBLE,
        "refusal_precision": found["refusal_precision"].n,
        **dict.fromkeys(("refusal_auc", "calibration_error", "latency_p50_ms", "latency_p95_ms"),
                        ANSWERABLE + IMPOSSIBLE),
    }  # fmt: skip
    assert found["hit_at_5"].value == 1.0
    assert found["hit_at_1"].value > 0.9
    assert found["evidence_cited"].value > 0.7
    assert found["fact_recall"].value > 0.7
    # One right answer is a whole sentence, which is what Handwijzer quotes; all others are a few words of one.
    assert found["best_statement_em"].value in (0.0, round(1 / ANSWERABLE, 4))
    assert 0.2 < found["best_statement_f1"].value < found["fact_recall"].value
    assert found["refusal_recall"].value == 1.0
    assert 0 < found["latency_p50_ms"].value <= found["latency_p95_ms"].value
    # Nothing but vectors stays behind.
    assert {path.name for path in (tmp_path / "data").rglob("*") if path.is_file()} == {"embeddings.sqlite"}


def outcome(answers: tuple[Gold, ...], rank: int | None, refused: bool, probability: float, **scores: float) -> Outcome:
    """An outcome whose own paragraph was found in place ``rank``, among twelve."""
    others = [f"x{number}" for number in range(11)]
    if rank:
        others.insert(rank - 1, "eigen")
    ranking = {key: 1 - number / 100 for number, key in enumerate(others)}
    return Outcome(SquadQuestion("q", "vraag", answers), "eigen", refused, probability, 10.0, ranking, scores)


def test_figures_are_those_one_works_out_by_hand() -> None:
    gold = (Gold("ja", 0),)
    answered = {"fact_recall": 1.0, "best_statement_f1": 0.5, "best_statement_em": 0.0, "answer_rate": 1.0}
    missed = dict.fromkeys(answered, 0.0)
    found = figures(
        [
            outcome(gold, 1, False, 0.95, **answered, evidence_cited=1.0),
            outcome(gold, 4, False, 0.85, **answered, evidence_cited=0.0),
            outcome(gold, 6, True, 0.25, **missed, evidence_cited=0.0),
            outcome(gold, None, False, 0.95, **answered),
            outcome((), 1, True, 0.05, refusal_recall=1.0),
            outcome((), 1, False, 0.55, refusal_recall=0.0),
        ]
    )
    assert {name: (figure.value, figure.n) for name, figure in found.items()} == {
        "hit_at_1": (0.25, 4),
        "hit_at_5": (0.5, 4),
        "mrr_at_10": (round((1 + 1 / 4 + 1 / 6) / 4, 4), 4),
        "fact_recall": (0.75, 4),
        "best_statement_f1": (0.375, 4),
        "best_statement_em": (0.0, 4),
        "evidence_cited": (round(1 / 3, 4), 3),
        "answer_rate": (0.75, 4),
        "refusal_recall": (0.5, 2),
        "refusal_precision": (0.5, 2),
        # Of the eight pairs only (0.25, 0.55) stands the wrong way round.
        "refusal_auc": (7 / 8, 6),
        # Bins: 0.95 twice, 0.85, 0.55, 0.25 and 0.05 against the truth 1, 1, 0, 1 and 0.
        "calibration_error": (round((2 * 0.05 + 0.15 + 0.55 + 0.75 + 0.05) / 6, 4), 6),
        "latency_p50_ms": (10.0, 6),
        "latency_p95_ms": (10.0, 6),
    }
    assert found["hit_at_1"].low == 0.0
    assert found["hit_at_1"].high in (0.5, 0.75)


def test_evidence_is_the_place_that_the_file_names(tmp_path: Path, encoder: Encoder) -> None:
    """The same words stand at both ends of a long paragraph; only the passage at the end answers."""
    filling = " ".join(
        f"Lokaal {number} van het gebouw heeft nieuwe ramen en een schoon bord gekregen." for number in range(80)
    )
    context = (
        "De verbouwing van de kantine duurde vijf dagen. "
        + filling
        + " Bezwaar maken tegen een schorsing kan binnen vijf dagen."
    )
    cited = []
    for start in (context.rindex("vijf dagen"), context.index("vijf dagen")):
        question = {
            "id": "1",
            "question": "Binnen hoeveel dagen kun je bezwaar maken tegen een schorsing?",
            "answers": [{"text": "vijf dagen", "answer_start": start}],
        }
        path = written(tmp_path / "lang.json", {"data": [{"paragraphs": [{"context": context, "qas": [question]}]}]})
        cited.append(run_squad(path, encoder, tmp_path / "data", silent)["evidence_cited"].value)
    assert cited == [1.0, 0.0]


def test_a_limit_takes_paragraphs_from_the_whole_set_and_the_same_ones_again(set_file: Path) -> None:
    paragraphs = load_squad(set_file).paragraphs
    asked = [paragraph.key for paragraph in paragraphs if paragraph.questions]
    chosen = [asked.index(paragraph.key) for paragraph in sampled(paragraphs, 3)]
    assert chosen == [asked.index(paragraph.key) for paragraph in sampled(paragraphs, 3)]
    assert [place * 3 // len(asked) for place in chosen] == [0, 1, 2]
    assert sampled(paragraphs, len(asked)) == sampled(paragraphs, None) == paragraphs


def test_questions_that_can_not_be_asked_or_scored_are_left_out_and_named(tmp_path: Path, encoder: Encoder) -> None:
    set_ = content()
    first = set_["data"][0]["paragraphs"][0]["qas"]
    first[0]["question"] = " \n"
    first[1]["answers"] = [{"text": "%", "answer_start": 0}]
    path = written(tmp_path / "set.json", set_)
    assert load_squad(path).left_out == (first[0]["id"], first[1]["id"])
    lines: list[str] = []
    found = run_squad(path, encoder, tmp_path / "data", silent, 2, say=lines.append)
    assert len(lines) == 1
    assert lines[0].startswith("2 vragen zijn overgeslagen")
    assert found["latency_p50_ms"].n < ANSWERABLE


def bad_files() -> list[tuple[str, Any, str]]:
    def changed(change: Any) -> dict[str, Any]:
        set_ = content()
        change(set_["data"][0]["paragraphs"][0])
        return set_

    return [
        ("geen JSON", "{ dit is geen JSON", "geen JSON-bestand: het gaat mis op regel 1, teken 3"),
        ("een JSON-object per regel", '{"id": 1}\n{"id": 2}', "regel 2, teken 1"),
        ("een lijst", [], "het bestand is geen object"),
        ("zonder data", {"version": "v2.0"}, r"geen SQuAD-bestand: data ontbreekt"),
        ("niets erin", {"data": []}, "data is leeg"),
        ("geen vragen", {"data": [{"paragraphs": [{"context": "Tekst.", "qas": []}]}]}, "geen vragen"),
        ("zonder context", changed(lambda part: part.pop("context")), r"data\[0\]\.paragraphs\[0\]\.context ontbreekt"),
        ("lege context", changed(lambda part: part.update(context=" ")), r"paragraphs\[0\]\.context is leeg"),
        (
            "vraag is geen tekst",
            changed(lambda part: part["qas"][1].update(question=None)),
            r"qas\[1\]\.question is geen tekst",
        ),
        (
            "antwoorden als tekst",
            changed(lambda part: part["qas"][1].update(answers="ja")),
            r"qas\[1\]\.answers is geen lijst",
        ),
        (
            "zonder antwoord",
            changed(lambda part: part["qas"][1].update(answers=[], id="q7")),
            "vraag q7 heeft geen antwoorden",
        ),
        ("twee fouten", changed(lambda part: [part.pop("context"), part.pop("qas")]), "de eerste van 2 fouten"),
    ]


@pytest.mark.parametrize(("set_", "fault"), [row[1:] for row in bad_files()], ids=[row[0] for row in bad_files()])
def test_a_file_that_is_no_such_set_is_refused_with_what_is_wrong(set_: Any, fault: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=fault):
        load_squad(written(tmp_path / "set.json", set_))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bestaat niet"):
        load_squad(tmp_path / "weg.json")
    with pytest.raises(UsageError, match="kan niet worden gelezen"):
        load_squad(tmp_path)
    (tmp_path / "oud.json").write_bytes(json.dumps(content(), ensure_ascii=False).encode("latin-1"))
    with pytest.raises(UsageError, match="UTF-8"):
        load_squad(tmp_path / "oud.json")
