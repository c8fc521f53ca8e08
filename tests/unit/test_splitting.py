"""From blocks to passages."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ingest.reading import Block, BlockKind, FileText
from ingest.splitting import MAX_UNIT_TOKENS, TARGET_TOKENS, DocumentText, split, uncovered
from kb.documents import Passage, UnitKind

HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def cut(*blocks: Block, title: str = "") -> tuple[DocumentText, list[Passage]]:
    return split("d", FileText(blocks), count_words, title)


def sentence(number: int, length: int = 12) -> str:
    return f"Zin{number} " + " ".join("woord" for _ in range(length - 2)) + " slot."


def paragraph(first: int, count: int, page: int | None = None) -> Block:
    return Block(PARAGRAPH, " ".join(sentence(number) for number in range(first, first + count)), page=page)


def test_a_text_in_the_style_of_a_heading_does_not_travel_along_with_every_passage() -> None:
    long = " ".join(sentence(number) for number in range(100))
    _, passages = cut(Block(HEADING, "Kop", 1), Block(HEADING, long, 2), *(paragraph(n, 9) for n in range(100, 900, 9)))
    assert {passage.headings for passage in passages} == {("Kop",)}
    assert " ".join(passage.text for passage in passages).startswith("Zin0 ")


def test_of_headings_without_end_the_nearest_travel_along() -> None:
    blocks = [Block(HEADING, f"Kop {level}", level) for level in range(1, 500)]
    _, passages = cut(*blocks, paragraph(1, 3))
    assert passages[0].headings == tuple(f"Kop {level}" for level in range(490, 500))


SENTENCE = st.builds(
    lambda words, end: " ".join(words).capitalize() + end,
    st.lists(
        st.sampled_from(["school", "ouder", "bijv.", "3.5", "art.", "16", "(AVG)", "meldt"]), min_size=1, max_size=60
    ),
    st.sampled_from([".", "?", "!", ":", "", ";"]),
)
TEXT = st.lists(SENTENCE, min_size=1, max_size=12).map(" ".join)


@st.composite
def paged_blocks(draw: st.DrawFn) -> list[Block]:
    """Blocks as a reader of a paged format gives them: pages only go up, page breaks fall at a word start."""
    blocks = []
    page = 1
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(list(BlockKind)))
        text = draw(SENTENCE if kind is HEADING else TEXT)
        level = draw(st.integers(1, 3)) if kind in (HEADING, ITEM) else 0
        page += draw(st.integers(0, 1))
        starts = [at + 1 for at, character in enumerate(text) if character == " "]
        breaks = tuple(sorted(draw(st.sets(st.sampled_from(starts), max_size=2)))) if starts else ()
        blocks.append(Block(kind, text, level, page, breaks))
        page += len(breaks)
    return blocks


@given(paged_blocks())
def test_passages_are_slices_in_order_that_leave_out_only_headings(blocks: list[Block]) -> None:
    document, passages = cut(*blocks)
    edges = [edge for passage in passages for edge in (passage.start, passage.end)]
    assert edges == sorted(edges)
    assert [passage.order for passage in passages] == list(range(len(passages)))
    assert len({passage.id for passage in passages}) == len(passages)
    for passage in passages:
        assert passage.text == document.text[passage.start : passage.end] != ""
        assert passage.text == passage.text.strip()
    headings = "".join(block.text for block in blocks if block.kind is HEADING)
    assert "".join(uncovered(document, passages).split()) == "".join(headings.split())


@given(paged_blocks())
def test_units_address_their_text_within_the_passage(blocks: list[Block]) -> None:
    document, passages = cut(*blocks)
    for passage in passages:
        edges = [edge for unit in passage.units for edge in (unit.start, unit.end)]
        assert edges == sorted(edges)
        assert edges[0] == 0
        assert edges[-1] == len(passage.text)
        between = "".join(passage.text[end:start] for end, start in zip(edges[1::2], edges[2::2], strict=False))
        assert not between.strip()
        for unit in passage.units:
            assert document.text[passage.start + unit.start : passage.start + unit.end].strip()
            assert unit.lead is None or passage.units[unit.lead].end <= unit.start


@given(paged_blocks())
def test_every_passage_and_unit_knows_the_page_it_begins_on(blocks: list[Block]) -> None:
    document, passages = cut(*blocks)
    # The same text again, every character with the page that the reader gave it.
    page_of: list[int | None] = []
    at = 0
    for block in blocks:
        start = document.text.index(block.text, at)
        page_of += [None] * (start - len(page_of))
        for offset in range(len(block.text)):
            page_of.append((block.page or 0) + sum(offset >= broken for broken in block.page_breaks))
        at = start + len(block.text)
    for passage in passages:
        assert passage.page == page_of[passage.start]
        assert [unit.page for unit in passage.units] == [page_of[passage.start + unit.start] for unit in passage.units]
        same_page = [place for place, page in enumerate(page_of) if page == passage.page]
        assert passage.page_start <= same_page[0]
        assert not document.text[passage.page_start : same_page[0]].strip()


def test_no_sentence_is_ever_cut() -> None:
    _, passages = cut(paragraph(0, 40), Block(HEADING, "Kop", 2), paragraph(40, 7), paragraph(47, 30))
    quoted = [passage.text[unit.start : unit.end] for passage in passages for unit in passage.units]
    assert quoted == [sentence(number) for number in range(77)]
    assert len(passages) > 3


def test_passages_come_near_the_size_that_the_encoder_reads_well() -> None:
    _, passages = cut(*(paragraph(number * 3, 3) for number in range(40)))
    sizes = [len(passage.text.split()) for passage in passages]
    assert min(sizes) > TARGET_TOKENS / 2
    assert max(sizes) < TARGET_TOKENS * 1.5


def test_a_sentence_beyond_the_reach_of_the_encoder_is_divided_and_nothing_is_lost() -> None:
    endless = " ".join(f"deel{number}" for number in range(1500))
    document, passages = cut(Block(PARAGRAPH, endless), Block(ROW, endless + "; Wie: mentor"))
    assert all(len(passage.text.split()) <= MAX_UNIT_TOKENS for passage in passages)
    assert not uncovered(document, passages).strip()
    seen = [word for passage in passages for word in passage.text.split()]
    assert seen == (endless + " " + endless + "; Wie: mentor").split()


def test_a_passage_stays_within_one_section_and_carries_its_headings() -> None:
    _, passages = cut(
        Block(HEADING, "Handreiking", 1),
        Block(PARAGRAPH, "Inleiding."),
        Block(HEADING, "Verzuim", 2),
        Block(HEADING, "Melden", 3),
        Block(PARAGRAPH, "De mentor meldt."),
        Block(HEADING, "Gesprek", 3),
        Block(PARAGRAPH, "De school nodigt uit."),
        Block(HEADING, "Bijlage", 1),
        Block(PARAGRAPH, "Een lijst."),
        title="handreiking",
    )
    assert [(passage.headings, passage.text) for passage in passages] == [
        ((), "Inleiding."),
        (("Verzuim", "Melden"), "De mentor meldt."),
        (("Verzuim", "Gesprek"), "De school nodigt uit."),
        (("Bijlage",), "Een lijst."),
    ]


@given(before=st.integers(0, 34), length=st.integers(0, 150), items=st.integers(2, 30))
def test_a_list_keeps_its_introduction_with_its_first_item(before: int, length: int, items: int) -> None:
    lead = f"De school doet {'echt ' * length}de volgende dingen:"
    _, passages = cut(
        *([paragraph(0, before)] if before else []),
        Block(PARAGRAPH, lead),
        *(Block(ITEM, f"Punt {number} van de lijst die wij hier noemen", 1) for number in range(items)),
    )
    introduced = next(passage for passage in passages if lead in passage.text)
    assert "Punt 0 " in introduced.text
    own = [unit for unit in introduced.units if unit.kind is UnitKind.ITEM]
    assert {introduced.text[introduced.units[unit.lead or 0].start :][: len(lead)] for unit in own} == {lead}


def test_items_after_a_plain_paragraph_have_no_introduction() -> None:
    _, passages = cut(Block(PARAGRAPH, "Dit staat los."), Block(ITEM, "Een punt", 1))
    assert [unit.lead for passage in passages for unit in passage.units] == [None, None]


def test_the_same_sentence_twice_in_a_document_gives_two_addresses() -> None:
    _, passages = cut(
        Block(PARAGRAPH, "Bel de ouders."), Block(HEADING, "Nog eens", 2), Block(PARAGRAPH, "Bel de ouders.")
    )
    assert len(passages) == len({passage.id for passage in passages}) == 2


def test_a_document_without_text_has_no_passages() -> None:
    assert cut(Block(HEADING, "Alleen een kop", 1))[1] == []
    assert cut()[1] == []
