"""Answers as HTML: nothing from a document or a visitor becomes markup, and every citation leads to its source."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser

import pytest
from exchanges import exchange, not_found, source
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Source, Statement, Suggestion
from bot.web.conversation import Exchange
from bot.web.render import conversation_html, marked, sources_html
from bot.web.templates import long_date, size
from kb.documents import Document

HOSTILE = "<script>alert(1)</script><img src=x onerror=\"alert(1)\">' onclick='alert(1)"


class Seen(HTMLParser):
    """What a browser makes of HTML: the elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked: list[str] = []
        self._in_mark = False
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "mark":
            self._in_mark = True
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_mark:
            self.marked[-1] += data

    def all(self, tag: str, name: str = "") -> list[dict[str, str | None]]:
        return [attrs for found, attrs in self.elements if found == tag and name in (attrs.get("class") or "")]


LIVE = Document(
    id="d1", title="Handreiking X", kind="handreiking", date=None, publisher=None, url=None, file="x.pdf", sha256="0" * 64,
    stamp="s", media_type="application/pdf", size_bytes=340_000, pages=20, passages=3,
)  # fmt: skip


def live(_: Source) -> Document | None:
    return LIVE


@given(st.text(), st.lists(st.tuples(st.integers(-3, 60), st.integers(-3, 60)), max_size=6))
def test_a_passage_keeps_every_character_whatever_it_holds_and_wherever_the_marks_are(
    text: str, marks: list[tuple[int, int]]
) -> None:
    seen = Seen(marked(text, marks))
    assert seen.text == text
    assert {tag for tag, _ in seen.elements} <= {"mark"}


@given(st.text(alphabet="ab<>&\"' \r\n", min_size=1, max_size=40), st.data())
def test_a_mark_holds_exactly_the_quoted_words(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert Seen(marked(text, [(start, end)])).marked == [text[start:end]]


def test_a_citation_names_its_source_and_leads_to_its_card() -> None:
    asked = exchange(source(), source(number=2, title="Verslag Y", page=None))
    links = Seen(conversation_html([asked])).all("a", "citaat")
    cards = {card["id"] for card in Seen(sources_html([asked], live)).all("article", "bron")}
    assert [link["aria-label"] for link in links] == ["Bron 1: Handreiking X, pagina 12", "Bron 2: Verslag Y"]
    assert {(link["href"] or "").removeprefix("#") for link in links} == cards


def test_a_source_shows_where_the_quote_stands_and_opens_the_original_at_the_page() -> None:
    seen = Seen(sources_html([exchange(source())], live))
    for part in (
        "Handreiking · 1 december 2023",
        "Verzuim › Bellen · pagina 12",
        "Open origineel (PDF, 340 kB, pagina 12)",
    ):
        assert part in seen.text
    assert seen.marked == ["De mentor belt de ouders."]
    original = next(link for link in seen.all("a") if link.get("target"))
    assert (original["target"], original["rel"]) == ("_blank", "noopener")
    assert (original["href"] or "").startswith(("/pagina/pdf/d1?versie=0123456789ab#", source().url))
    assert "Open origineel (pagina 12)" in Seen(sources_html([exchange(source())], lambda gone: None)).text


def test_sources_wait_for_the_page_to_show_those_of_one_answer() -> None:
    first, second = exchange(source()), exchange(source(), id="a2")
    groups = Seen(sources_html([first, not_found(), second], live)).all("section", "bronnen-van")
    assert [group["data-antwoord"] for group in groups if "hidden" in group] == ["a1", "a2"]


def test_a_refusal_lists_suggestions_and_cites_nothing() -> None:
    seen = Seen(conversation_html([not_found()]))
    assert "Convenant Y" in seen.text
    assert len(seen.all("li")) == 1
    assert not seen.all("a", "citaat")


def test_notices_stand_above_the_answer_and_errors_are_shown() -> None:
    noticed = exchange(source(), notices=["Dit document is verlopen."])
    failed = Exchange(question="Hoe?", error="De vraag is te lang.")
    seen = Seen(conversation_html([noticed, failed]))
    assert seen.text.index("Let op: Dit document is verlopen.") < seen.text.index("De mentor belt")
    assert "Dat lukte niet. De vraag is te lang." in seen.text


def test_hostile_text_in_any_field_stays_text() -> None:
    bad = source(
        title=HOSTILE, kind=HOSTILE, publisher=HOSTILE, heading=HOSTILE, text=HOSTILE, url="javascript:alert(1)"
    )
    near = Suggestion(document_id="d", title=HOSTILE, kind=HOSTILE, url="/\\elders.example/")
    turns = [
        exchange(bad, notices=[HOSTILE], statements=[Statement(text=HOSTILE, sources=[1])]),
        not_found(text=HOSTILE, suggestions=[near]),
        Exchange(question=HOSTILE, error=HOSTILE),
    ]
    for html in (conversation_html(turns), sources_html(turns, live)):
        seen = Seen(html)
        assert HOSTILE in seen.text
        assert not {"script", "img"} & {tag for tag, _ in seen.elements}
        assert not [attrs for _, attrs in seen.elements if any(name.startswith("on") for name in attrs)]
        assert all((link["href"] or "").startswith(("#", "/v1/", "/pagina/")) for link in seen.all("a"))


def test_a_statement_with_an_unknown_source_number_gets_no_link() -> None:
    broken = exchange(source(), statements=[Statement(text="Zin.", sources=[7])])
    assert not Seen(conversation_html([broken])).all("a", "citaat")


@pytest.mark.parametrize(
    ("date", "shown"),
    [(dt.date(2024, 3, 1), "1 maart 2024"), (dt.date(1999, 8, 31), "31 augustus 1999"), (None, "zonder datum")],
)
def test_dates_read_as_dutch(date: dt.date | None, shown: str) -> None:
    assert long_date(date) == shown


@pytest.mark.parametrize(
    ("bytes_", "shown"),
    [(1, "1 kB"), (340_400, "340 kB"), (1_000_000, "1 MB"), (1_250_000, "1,2 MB"), (52_000_000, "52 MB")],
)
def test_sizes_read_as_dutch(bytes_: int, shown: str) -> None:
    assert size(bytes_) == shown
