"""A conversation as a file: the same text in every form, numbers that lead to their source, and nothing that runs."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from exchanges import exchange, not_found, source
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pypdf import PdfReader

from bot.answers import Method, Statement, Suggestion
from bot.web.conversation import KEPT_EXCHANGES, Exchange
from bot.web.export.content import conversation
from bot.web.export.exporting import Form, export, plain_copy
from kb.errors import UsageError

TODAY = dt.date(2026, 11, 22)
ORIGIN = "https://handwijzer.example"
FRAGMENTS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![x](https://elders.example/x.png)", "<!-- x -->",
    "[x](javascript:alert(1))", "[x]: https://elders.example", "https://elders.example", "www.elders.example",
    "# ", "\n# ", "\n- ", "\n1. ", "\n> ", "\n===", "\n---\n", "\n```\n", "\n~~~\n", "\n    ", "| a | b |\n|---|---|",
    "**", "__", "`", "~~", "$$", "&lt;", "&#60;", "\\", "\\\n", "[1]", "[^1]", "*[x]", "{{x}}", "<br/>", "<a href='#'>",
    "{ HYPERLINK x }", "\x00", "\x0b", "\x1f", "\u202e", "\u00ad", "\ufffe", "\r\n", "\u2028", "\t", "🔑", "漢字", "سلام",
    "школа", "→", "«", "é", "e\u0301", "ﬁ", "x" * 200,
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.text(max_size=12), st.sampled_from(FRAGMENTS)), max_size=5).map("".join)


@st.composite
def conversations(draw: st.DrawFn) -> list[Exchange]:
    """Two exchanges and a failure, with anything where visitors and documents write."""
    passage = draw(TEXTS)
    cited = source(
        title=draw(TEXTS),
        kind=draw(TEXTS),
        publisher=draw(TEXTS),
        heading=draw(TEXTS),
        text=passage,
        marks=[(0, len(passage))],
        url=draw(st.sampled_from([source().url, "javascript:alert(1)", "/v1/x)> <b>", "//elders.example", ""])),
        expired=draw(st.booleans()),
    )
    near = Suggestion(document_id="d", title=draw(TEXTS), kind=draw(TEXTS), url="/\\elders.example")
    return [
        exchange(
            cited,
            question=draw(TEXTS),
            notices=[draw(TEXTS)],
            statements=[Statement(text=draw(TEXTS), sources=[1]), Statement(text=draw(TEXTS), sources=[1, 7])],
            release=draw(TEXTS),
        ),
        not_found(text=draw(TEXTS), suggestions=[near]),
        Exchange(question=draw(TEXTS), error=draw(TEXTS)),
    ]


def packed(text: str) -> str:
    """Return ``text`` without what separates words: where a line ends is up to the form."""
    return "".join(text.split())


def expected(exchanges: list[Exchange]) -> str:
    return packed("".join(block.text for block in conversation(exchanges, TODAY, ORIGIN)))


def markdown_tokens(content: bytes) -> Iterator[Token]:
    """Yield what a renderer that allows HTML, tables and strikethrough makes of ``content``."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for token in renderer.parse(content.decode()):
        yield from token.children if token.type == "inline" and token.children else [token]


def pdf_text(content: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
    footer = r"Gesprek met Handwijzer, 22 november 2026\s*pagina \d+"
    return packed("".join(re.sub(footer, "", page) for page in pages))


def word_links(document: Any) -> Iterator[str]:
    for link in document.element.iter(qn("w:hyperlink")):
        if reference := link.get(qn("r:id")):
            yield document.part.rels[reference].target_ref


@given(conversations())
@settings(deadline=None)
def test_markdown_shows_any_text_as_it_is_and_makes_nothing_else_of_it(exchanges: list[Exchange]) -> None:
    tokens = list(markdown_tokens(export(exchanges, Form.MARKDOWN, TODAY, ORIGIN).content))
    assert packed("".join(token.content for token in tokens if token.type == "text")) == expected(exchanges)
    kinds = "heading paragraph blockquote bullet_list list_item strong link".split()
    allowed = {f"{kind}_{side}" for kind in kinds for side in ("open", "close")} | {"text", "hardbreak", "inline"}
    assert {token.type for token in tokens} <= allowed
    addresses = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert all(address.startswith(f"{ORIGIN}/v1/") for address in addresses)
    assert sum(token.type == "bullet_list_open" for token in tokens) == 1


@given(conversations())
@settings(deadline=None, max_examples=25)
def test_word_shows_any_text_as_it_is_with_links_to_this_server_only(exchanges: list[Exchange]) -> None:
    document = Document(BytesIO(export(exchanges, Form.WORD, TODAY, ORIGIN).content))
    assert packed("".join(paragraph.text for paragraph in document.paragraphs)) == expected(exchanges)
    assert all(address.startswith(f"{ORIGIN}/v1/") for address in word_links(document))
    running = ["fldSimple", "fldChar", "instrText", "object", "drawing", "altChunk"]
    assert not [tag for tag in running if next(document.element.iter(qn(f"w:{tag}")), None) is not None]


@given(conversations())
@settings(deadline=None, max_examples=25)
def test_a_pdf_shows_any_text_or_a_mark_and_says_what_the_mark_is(exchanges: list[Exchange]) -> None:
    text = expected(exchanges)
    content = export(exchanges, Form.PDF, TODAY, ORIGIN).content
    shown, _, note = pdf_text(content).partition("Opelkeplaatsvan\ufffdstaateenteken")
    assert len(shown) == len(text)
    replaced = {there for here, there in zip(shown, text, strict=True) if here != there and here == "\ufffd"}
    assert [here for here, there in zip(shown, text, strict=True) if here not in (there, "\ufffd")] == []
    assert bool(note) is bool(replaced)
    # Dutch, other European letters and usual marks are never replaced.
    assert not [one for one in replaced if ord(one) < 0x0500 or one in "→«»“”‘’…–—•€"]
    links = [note.get_object() for page in PdfReader(BytesIO(content)).pages for note in page.get("/Annots", [])]
    assert all(link["/A"]["/URI"].startswith(f"{ORIGIN}/v1/") for link in links if "/A" in link)


@given(TEXTS)
def test_no_character_that_a_reader_sees_is_lost(text: str) -> None:
    def seen(whole: str) -> str:
        return "".join(one for one in unicodedata.normalize("NFC", whole) if unicodedata.category(one)[0] not in "CZ")

    asked = [Exchange(question=text, error="Mislukt.")]
    assert seen(text) in seen("".join(block.text for block in conversation(asked, TODAY, "")))


def test_an_answer_comes_with_warnings_above_it_and_sources_with_the_quoted_words_below() -> None:
    ended = source(
        number=2, title="Verslag Z", date=None, publisher=None, heading=None, page=None, expired=True,
        valid_until=dt.date(2024, 1, 1), marks=[(49, 71), (-5, 10), (0, 10), (60, 99)], url="/v1/documenten/d2/bestand",
    )  # fmt: skip
    asked = exchange(source(), ended, notices=["Let op: Bel 112.", "Dit is niet zeker."])
    assert plain_copy(asked, ORIGIN) == (
        "Vraag: Wie belt?\n\n"
        "Let op: Bel 112.\n\n"
        "Let op: Dit is niet zeker.\n\n"
        "De mentor belt de ouders. [1]\n\n"
        "De mentor belt de ouders. [2]\n\n"
        "Bronnen\n"
        "[1] Handreiking X\n"
        "Handreiking · 1 december 2023 · Gemeente Y\n"
        "Verzuim › Bellen · pagina 12\n"
        f"Open het origineel (PDF, pagina 12): {ORIGIN}/v1/documenten/d1/bestand?versie=0123456789ab#page=12\n"
        "“De mentor belt de ouders.”\n\n"
        "[2] Verslag Z\n"
        "Handreiking · zonder datum\n"
        "Verlopen: geldig tot en met 1 januari 2024\n"
        f"Open het origineel: {ORIGIN}/v1/documenten/d2/bestand\n"
        "“Eerst dit. […] De school noteert het.”\n\n"
        "Dit antwoord komt van Handwijzer. Het is geen advies en geen besluit: lees de bron na."
    )


def test_an_answer_that_was_not_found_comes_with_documents_nearby_and_a_failure_with_its_reason() -> None:
    assert plain_copy(not_found()).startswith(
        "Vraag: Wie belt?\n\nGeen antwoord.\n\nDocumenten in de buurt\n- Convenant Y (convenant)\n\n"
    )
    failed = [Exchange(question="Hoe?", error="De vraag is te lang.")]
    assert "**Dat lukte niet.** De vraag is te lang." in export(failed, Form.MARKDOWN, TODAY).content.decode()


def test_the_file_says_what_it_is_when_it_was_made_and_from_which_documents() -> None:
    def opening(*exchanges: Exchange) -> str:
        return export(exchanges, Form.MARKDOWN, TODAY).content.decode().partition("\n## ")[0]

    quoted = opening(exchange(source()), exchange(source(), release="r2"))
    for part in ("Gesprek met Handwijzer", "22 november 2026", "r1, r2", "letterlijke citaten", "lees de bron na"):
        assert part in quoted
    assert "schrijfmodel" not in quoted
    assert "schrijfmodel" in opening(exchange(source(), method=Method.GENERATIVE))


def test_numbers_lead_to_the_sources_of_the_same_answer_and_unknown_ones_are_left_out() -> None:
    first = exchange(source(), statements=[Statement(text="Zie [3].", sources=[1, 7])])
    second = exchange(source(title="Verslag Z"))
    blocks = conversation([first, second], TODAY, ORIGIN)
    places = {f"#{block.anchor}": block.text for block in blocks if block.anchor}
    cited = [run for block in blocks for line in block.lines for run in line if run.link.startswith("#")]
    assert [(run.text, places[run.link].partition("\n")[0]) for run in cited] == [
        ("[1]", "[1] Handreiking X"),
        ("[1]", "[1] Verslag Z"),
    ]
    assert "Zie (3). [1]" in [block.text for block in blocks]


def test_a_quoted_list_keeps_its_lines() -> None:
    lines = "Neem mee:\n- een pas\n- een pen"
    listed = exchange(source(text=lines, marks=[(0, len(lines))]), statements=[Statement(text=lines, sources=[1])])
    assert f"{lines} [1]" in plain_copy(listed)
    assert f"“{lines}”" in plain_copy(listed)


def test_a_pdf_is_tagged_in_reading_order_with_its_language_title_outline_and_links() -> None:
    asked = [exchange(source(), question="Wie belt? " * 30), not_found()] * 5
    reader = PdfReader(BytesIO(export(asked, Form.PDF, TODAY, ORIGIN).content))
    root: Any = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("nl-NL", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata
    assert reader.metadata.title == "Gesprek met Handwijzer"
    assert [entry.title[:8] for entry in reader.outline if not isinstance(entry, list)][:2] == ["Vraag 1:", "Vraag 2:"]

    numbers = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    parents = dict(zip(numbers[::2], numbers[1::2], strict=True))
    tags: list[str] = []
    for page in reader.pages:
        marked = re.findall(r"/(\w+) <</MCID (\d+)>> BDC", page.get_contents().get_data().decode("latin-1"))  # type: ignore[union-attr]
        found = [parent.get_object()["/S"] for parent in parents[page["/StructParents"]].get_object()]
        assert [(f"/{tag}", int(number)) for tag, number in marked] == [(tag, at) for at, tag in enumerate(found)]
        tags += found
        for note in page["/Annots"]:
            link = note.get_object()
            assert parents[link["/StructParent"]].get_object()["/S"] == "/Link"
            assert link["/Contents"]
    assert len(reader.pages) > 1
    assert tags[:10] == ["/H1", "/P", "/P", "/P", "/H2", "/P", "/H3", "/P", "/BlockQuote", "/H2"]


def test_a_word_file_has_headings_dutch_as_its_language_a_title_and_numbers_that_jump_to_their_source() -> None:
    document = Document(BytesIO(export([exchange(source()), not_found()], Form.WORD, TODAY, ORIGIN).content))
    headings = [(item.style.name, item.text) for item in document.paragraphs if item.style.name != "Normal"]
    assert headings[:3] == [
        ("Title", "Gesprek met Handwijzer"),
        ("Heading 1", "Vraag 1: Wie belt?"),
        ("Heading 2", "Bronnen"),
    ]
    assert {lang.get(qn("w:val")) for lang in document.styles.element.iter(qn("w:lang"))} == {"nl-NL"}
    properties = document.core_properties
    assert (properties.title, properties.language, properties.created.date()) == (headings[0][1], "nl-NL", TODAY)
    jumps = [link.get(qn("w:anchor")) for link in document.element.iter(qn("w:hyperlink"))]
    places = [mark.get(qn("w:name")) for mark in document.element.iter(qn("w:bookmarkStart"))]
    assert [jump for jump in jumps if jump] == places == ["bron_1_1"]


@pytest.mark.parametrize("form", Form)
def test_a_conversation_that_is_longer_than_any_can_be_is_refused(form: Form) -> None:
    full = [exchange(source(), source(number=2)) for _ in range(KEPT_EXCHANGES)]
    assert export(full, form, TODAY, ORIGIN).content
    with pytest.raises(UsageError, match="te lang"):
        export([Exchange(question="x" * 30_000, error="y")], form, TODAY)
    with pytest.raises(UsageError, match="te lang"):
        export([Exchange(question="x" * 15_000, error="y")] * KEPT_EXCHANGES, form, TODAY)
