"""An answer as one text: what documents say stays text, and what is added to it comes off again."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from bot.answers import Answer, AnswerStatus, Method, Source, Suggestion
from bot.wording import inert, whole, without_ending

_MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def source(title: str, page: int | None = None, heading: str | None = None, *, expired: bool = False) -> Source:
    return Source(
        number=1, passage_id="p", document_id="d", title=title, kind="wet", date=None, publisher=None, heading=heading,
        page=page, text="x", marks=[(0, 1)], url="/v1/documenten/d/bestand", score=1.0, expired=expired,
    )  # fmt: skip


def answer(text: str, sources: list[Source], notices: list[str], suggestions: list[Suggestion] | None = None) -> Answer:
    return Answer(
        id="a", status=AnswerStatus.ANSWERED, method=Method.EXTRACTIVE, text=text, statements=[], sources=sources,
        query="", suggestions=suggestions or [], notices=notices, release="r", duration_ms=1,
    )  # fmt: skip


def test_notices_and_numbered_sources_come_after_the_text() -> None:
    said = answer("Dat is zo. [1]", [source("Wet", 3, expired=True)], ["Let op: de bron is oud.", "Bel 112."])
    assert whole(said, "https://h.example") == (
        "Dat is zo. [1]\n\nLet op: de bron is oud.\n\nLet op: Bel 112.\n\n"
        "Bronnen:\n\n1. [Wet, pagina 3 (verlopen)](https://h.example/v1/documenten/d/bestand)"
    )
    assert without_ending(whole(said)) == "Dat is zo. [1]"


def test_a_source_without_pages_is_named_by_its_heading() -> None:
    said = answer("Ja. [1]", [source("Wet", heading="Deel 1 > [Artikel] 2"), source("Wet", heading="Wet")], [])
    assert "1. [Wet, (Artikel) 2](/v1" in whole(said)
    assert "1. [Wet](/v1" in whole(said)


def test_a_refusal_ends_with_suggestions() -> None:
    near = Suggestion(document_id="d", title="Wet", kind="wet", url="/x")
    said = answer("Geen antwoord.", [], [], [near])
    assert whole(said) == "Geen antwoord.\n\nDocumenten in de buurt:\n\n- [Wet](/x) (wet)"
    assert without_ending(whole(said)) == "Geen antwoord."
    assert without_ending("Bronnen: de wet. Let op: ja.") == "Bronnen: de wet. Let op: ja."


@pytest.mark.parametrize(
    "hostile",
    [
        "Zie ![plaatje](https://kwaad.example/x) hier.",
        "Klik [hier](javascript:alert(1)) nu.",
        "<img src=x onerror=alert(1)><script>alert(1)</script>",
        "<https://kwaad.example> en <!-- weg -->",
        "![a][b]\n\n[b]: https://kwaad.example/x",
        "```html\n<svg onload=alert(1)>\n```",
        "~~~~\nweg",
    ],
)
def test_nothing_of_a_document_becomes_a_link_a_picture_or_html(hostile: str) -> None:
    title = hostile.replace("\n", " ")
    near = Suggestion(document_id="e", title=title, kind=title, url="/v1/documenten/e/bestand")
    tokens = _MARKDOWN.parse(whole(answer(f"{inert(hostile)} [1]", [source(title)], [hostile], [near])))
    parts = [part for token in tokens for part in [token, *(token.children or [])]]
    assert not {"image", "html_inline", "html_block", "fence"} & {part.type for part in parts}
    links = [part.attrs["href"] for part in parts if part.type == "link_open"]
    assert links == ["/v1/documenten/d/bestand", "/v1/documenten/e/bestand"]


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Artikel 8 [1][2]: de termijn is < 4 weken (zie `bijlage`), of 3 > 2."
    assert inert("Zie [1] (en [2]) en a < b.") == "Zie [1] (en [2]) en a < b."
    assert inert(text).replace("] :", "]:") == text
