"""From blocks to passages: one cleaned text per document, cut along headings, lists and sentences.

Every passage is a slice of the document's cleaned text, so that a quotation can be found back to the character.
A passage stays within one section, never cuts a sentence, and never parts a list from the line that introduces
it before its first item.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise

from ingest.reading import Block, BlockKind, FileText
from kb.documents import Passage, Unit, UnitKind
from kb.sentences import sentence_spans

# Part of the cache and reuse keys: raise it whenever the same file would give other passages.
SPLITTER_VERSION = "3"

TARGET_TOKENS = 200
# A unit longer than this (a run-on table row, a text without full stops) is cut: the encoder would not see its end.
MAX_UNIT_TOKENS = 320
# A list item of at most this many characters is quoted whole, a longer one sentence by sentence.
_WHOLE_ITEM_CHARACTERS = 400
# Every passage carries the headings above it: a longer one is text with the looks of a heading.
_LONGEST_HEADING = 500
_DEEPEST = 10

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The cleaned text of a document: ``text``, and where each page starts as (offset, page number)."""

    text: str
    page_starts: tuple[tuple[int, int], ...]

    def page_at(self, offset: int) -> tuple[int | None, int]:
        """Return the page number at ``offset`` and the offset at which that page starts; (None, 0) without pages."""
        index = bisect_right(self.page_starts, (offset, 1 << 30)) - 1
        if index < 0:
            return None, 0
        start, number = self.page_starts[index]
        return number, start


@dataclass(slots=True)
class _Piece:
    """A unit on its way into a passage: offsets in the document, its tokens, and whether a block starts here."""

    unit: Unit
    starts_block: bool
    tokens: int = 0


@dataclass(slots=True)
class _Section:
    headings: tuple[str, ...]
    pieces: list[_Piece]


def split(
    document_id: str, source: FileText, count_tokens: CountTokens, title: str = ""
) -> tuple[DocumentText, list[Passage]]:
    """Return the cleaned text of ``source`` and its passages in reading order.

    ``count_tokens`` counts encoder tokens of a list of texts. The passages together hold every block except
    the headings, which travel along as ``headings``; a heading that only repeats ``title`` does not, and one that is
    far too long counts as text.
    """
    document, spans = _lay_out(source.blocks)
    sections = _sections(source.blocks, spans, document, title)
    passages: list[Passage] = []
    for section in sections:
        section.pieces = _measured(section.pieces, document.text, count_tokens)
        for group in _grouped(section.pieces):
            passages.append(_passage(document_id, len(passages), document, section.headings, group))
    return document, passages


def _lay_out(blocks: Sequence[Block]) -> tuple[DocumentText, list[tuple[int, int]]]:
    """Join the blocks into one text and return it with the span of each block."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    page_starts: list[tuple[int, int]] = []
    position = 0
    previous: Block | None = None
    for block in blocks:
        if previous is not None:
            tight = block.kind is previous.kind and block.kind in (BlockKind.ITEM, BlockKind.ROW)
            separator = "\n" if tight else "\n\n"
            parts.append(separator)
            position += len(separator)
        if block.page is not None:
            if not page_starts or page_starts[-1][1] != block.page:
                page_starts.append((position, block.page))
            for extra, offset in enumerate(block.page_breaks, 1):
                page_starts.append((position + offset, block.page + extra))
        spans.append((position, position + len(block.text)))
        parts.append(block.text)
        position += len(block.text)
        previous = block
    return DocumentText("".join(parts), tuple(page_starts)), spans


def _sections(
    blocks: Sequence[Block], spans: Sequence[tuple[int, int]], document: DocumentText, title: str
) -> list[_Section]:
    sections: list[_Section] = []
    path: list[tuple[int, str]] = []
    current: _Section | None = None
    lead: int | None = None
    for block, (start, end) in zip(blocks, spans, strict=True):
        if block.kind is BlockKind.HEADING and end - start <= _LONGEST_HEADING:
            path = [*[entry for entry in path if entry[0] < block.level][1 - _DEEPEST :], (block.level, block.text)]
            current = None
            continue
        if current is None:
            headings = tuple(text for _, text in path if text.casefold() != title.casefold())
            current = _Section(headings, [])
            sections.append(current)
            lead = None
        units = _units(block, start, end, document)
        if block.kind in (BlockKind.ITEM, BlockKind.ROW):
            units = [replace(unit, lead=lead) for unit in units]
        current.pieces.extend(_Piece(unit, index == 0) for index, unit in enumerate(units))
        if block.kind is BlockKind.PARAGRAPH:
            lead = len(current.pieces) - 1 if block.text.rstrip().endswith(":") else None
    return sections


def _units(block: Block, start: int, end: int, document: DocumentText) -> list[Unit]:
    def unit(begin: int, stop: int, kind: UnitKind) -> Unit:
        return Unit(start + begin, start + stop, kind, None, document.page_at(start + begin)[0])

    if block.kind is BlockKind.ROW:
        return [unit(0, end - start, UnitKind.ROW)]
    spans = sentence_spans(block.text)
    if block.kind is BlockKind.ITEM:
        if end - start <= _WHOLE_ITEM_CHARACTERS or not spans:
            return [unit(0, end - start, UnitKind.ITEM)]
        first, rest = spans[0], spans[1:]
        return [unit(*first, UnitKind.ITEM), *(unit(*span, UnitKind.SENTENCE) for span in rest)]
    return [unit(*span, UnitKind.SENTENCE) for span in spans]


def _measured(pieces: list[_Piece], text: str, count_tokens: CountTokens) -> list[_Piece]:
    """Return the pieces with their token counts; over-long ones cut. Leads keep pointing at the same unit."""
    counts = count_tokens([text[piece.unit.start : piece.unit.end] for piece in pieces])
    result: list[_Piece] = []
    moved: dict[int, int] = {}
    for index, (piece, tokens) in enumerate(zip(pieces, counts, strict=True)):
        moved[index] = len(result)
        unit = piece.unit
        if unit.lead is not None:
            unit = replace(unit, lead=moved[unit.lead])
        if tokens <= MAX_UNIT_TOKENS:
            result.append(_Piece(unit, piece.starts_block, tokens))
            continue
        share = -(-tokens // MAX_UNIT_TOKENS) + 1
        for number, (start, end) in enumerate(_cut(text, unit.start, unit.end, share)):
            part = replace(unit, start=start, end=end)
            result.append(_Piece(part, piece.starts_block and number == 0, tokens // share + 1))
    return result


def _cut(text: str, start: int, end: int, parts: int) -> list[tuple[int, int]]:
    """Cut text[start:end] into about ``parts`` pieces at the last clause mark or space before each limit."""
    step = (end - start) // parts + 1
    spans = []
    while end - start > step:
        window = text[start : start + step]
        at = max(window.rfind("; "), window.rfind(": "), window.rfind("\n"))
        at = at if at > step // 2 else window.rfind(" ")
        stop = start + (at + 1 if at > 0 else step)
        spans.append((start, stop))
        start = stop
    spans.append((start, end))
    tidy = ((begin + len(text[begin:stop]) - len(text[begin:stop].lstrip()), stop) for begin, stop in spans)
    return [(begin, begin + len(text[begin:stop].rstrip())) for begin, stop in tidy if text[begin:stop].strip()]


def _grouped(pieces: Sequence[_Piece]) -> list[list[tuple[int, _Piece]]]:
    """Divide a section evenly into groups of about `TARGET_TOKENS`, preferring to part at block ends."""
    left = sum(piece.tokens for piece in pieces)
    goal = _fair_share(left)
    groups: list[list[tuple[int, _Piece]]] = [[]]
    size = 0
    for index, piece in enumerate(pieces):
        follows_lead = piece.unit.lead is not None and piece.unit.lead == index - 1
        is_lead = index + 1 < len(pieces) and pieces[index + 1].unit.lead == index
        full = size + piece.tokens / 2 > goal
        nearly_full = size > 0.6 * goal and piece.starts_block and size + piece.tokens > 1.15 * goal
        if groups[-1] and not follows_lead and (full or nearly_full or (is_lead and size > 0.6 * goal)):
            groups.append([])
            left -= size
            size = 0
            # Anew for what is left: small differences would add up to a last group of one sentence.
            goal = _fair_share(left)
        groups[-1].append((index, piece))
        size += piece.tokens
    return [group for group in groups if group]


def _fair_share(tokens: int) -> float:
    """Return the size of the groups when ``tokens`` are divided evenly into groups near `TARGET_TOKENS`."""
    return tokens / max(1, round(tokens / TARGET_TOKENS))


def _passage(
    document_id: str,
    order: int,
    document: DocumentText,
    headings: tuple[str, ...],
    group: Sequence[tuple[int, _Piece]],
) -> Passage:
    start, end = group[0][1].unit.start, group[-1][1].unit.end
    position = {index: place for place, (index, _) in enumerate(group)}
    units = tuple(
        replace(
            piece.unit,
            start=piece.unit.start - start,
            end=piece.unit.end - start,
            lead=None if piece.unit.lead is None else position.get(piece.unit.lead),
        )
        for _, piece in group
    )
    text = document.text[start:end]
    page, page_start = document.page_at(start)
    digest = blake2b(f"{document_id}\0{start}\0{text}".encode(), digest_size=8).hexdigest()
    return Passage(
        id=f"p-{digest}",
        document_id=document_id,
        order=order,
        start=start,
        end=end,
        text=text,
        headings=headings,
        page=page,
        page_start=page_start,
        tokens=sum(piece.tokens for _, piece in group),
        units=units,
    )


def uncovered(document: DocumentText, passages: Sequence[Passage]) -> str:
    """Return the text between consecutive passages, headings included: what no passage holds."""
    edges = [0, *(edge for passage in passages for edge in (passage.start, passage.end)), len(document.text)]
    return "".join(document.text[start:end] for index, (start, end) in enumerate(pairwise(edges)) if index % 2 == 0)
