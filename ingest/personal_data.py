"""Personal data in documents: where it stands, and the text without it.

A document differs from a question (`kb.privacy.mask`): it rightly holds an organisation's contact data, and many
numbers that look like personal data by chance. A finding never holds the value itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from ingest.names import find_names
from ingest.personal_finders import finders
from ingest.reading import Block, BlockKind
from kb.privacy import PLACEHOLDER, PersonalData

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data in a document: characters ``start`` to ``end`` of the text of block number ``block`` (0-based).

    ``page`` is 1-based, None where the format has no pages.
    """

    kind: PersonalData
    block: int
    start: int
    end: int
    page: int | None


def scan(blocks: Sequence[Block], names: bool = False) -> tuple[Finding, ...]:
    """Find the personal data in ``blocks``, in the order of the text. Findings do not overlap.

    ``names`` says whether to look for names of persons as well, which raises `kb.errors.UsageError` when the extra
    "namen" is not installed. `masked` leaves a text in which nothing more is found.
    """
    found: list[list[_Found]] = [[] for _ in blocks]
    while True:
        above = ""
        for block, spans in zip(blocks, found, strict=True):
            _find(block, above, spans)
            above = _hidden(block.text, spans)
        if not (names and _find_names(blocks, found)):
            break
    return tuple(
        Finding(kind, number, start, end, _page(block, start))
        for number, (block, spans) in enumerate(zip(blocks, found, strict=True))
        for start, end, kind in spans
    )


def masked(blocks: Sequence[Block], findings: Iterable[Finding]) -> tuple[Block, ...]:
    """Return ``blocks`` with every finding replaced by its kind in brackets; other text does not change.

    Pages begin where they did; a page that begins within a finding begins after it. Of findings that overlap, the
    first gives its kind to all.
    """
    spans: dict[int, list[_Found]] = {}
    for finding in findings:
        spans.setdefault(finding.block, []).append((finding.start, finding.end, finding.kind))
    return tuple(
        _masked_block(block, _apart(spans[number])) if number in spans else block for number, block in enumerate(blocks)
    )


_Found = tuple[int, int, PersonalData]


def _page(block: Block, offset: int) -> int | None:
    return None if block.page is None else block.page + bisect_right(block.page_breaks, offset)


def _masked_block(block: Block, spans: Sequence[_Found]) -> Block:
    breaks = tuple(_moved(offset, spans) for offset in block.page_breaks)
    return replace(block, text=_hidden(block.text, spans), page_breaks=breaks)


def _apart(spans: Iterable[_Found]) -> list[_Found]:
    """Join the spans that overlap."""
    apart: list[_Found] = []
    for start, end, kind in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]), apart[-1][2])
        else:
            apart.append((start, end, kind))
    return apart


def _hidden(text: str, spans: Iterable[_Found]) -> str:
    parts: list[str] = []
    done = 0
    for start, end, kind in spans:
        parts += [text[done:start], f"[{kind}]"]
        done = end
    return "".join([*parts, text[done:]])


def _moved(offset: int, spans: Iterable[_Found]) -> int:
    """Return where the character at ``offset`` stands once ``spans`` are hidden."""
    shift = 0
    for start, end, kind in spans:
        if start >= offset:
            break
        shift += len(f"[{kind}]") - (end - start) + max(0, end - offset)
    return offset + shift


def _find(block: Block, above: str, found: list[_Found]) -> None:
    """Add all but names to ``found``, until nothing is new: what is hidden can bring a number and its word together."""
    label = _label(above)
    more = True
    while more:
        more = False
        for kind, find in finders(above, block.kind is BlockKind.ROW):
            text = _hidden(block.text, found)
            spans = ((start - len(label), end - len(label)) for start, end in find(label + text))
            more |= _add(found, text, spans, kind)


def _find_names(blocks: Sequence[Block], found: Sequence[list[_Found]]) -> bool:
    """Add the names of persons; return whether there were any."""
    texts = [_hidden(block.text, spans) for block, spans in zip(blocks, found, strict=True)]
    added = [
        _add(spans, text, new, PersonalData.NAME)
        for spans, text, new in zip(found, texts, find_names(texts), strict=True)
    ]
    return any(added)


def _add(found: list[_Found], text: str, spans: Iterable[_Span], kind: PersonalData) -> bool:
    """Add ``spans`` of ``text``, in which ``found`` is hidden, to it; return whether any was new."""
    taken = [match.span() for match in PLACEHOLDER.finditer(text)]
    new = _apart((start, end, kind) for start, end in spans if start >= 0 and not _overlaps(start, end, taken))
    # Where in ``text`` each hidden stretch stands, and how much shorter the text is after it.
    places, shifts = [], [0]
    for start, end, hidden in found:
        places.append(start - shifts[-1])
        shifts.append(shifts[-1] + end - start - len(f"[{hidden}]"))
    for start, end, _ in new:
        shift = shifts[bisect_right(places, start)]
        found.append((start + shift, end + shift, kind))
    found.sort()
    return bool(new)


def _overlaps(start: int, end: int, taken: Sequence[_Span]) -> bool:
    """Tell whether a span overlaps one of ``taken``, which are in order and apart."""
    place = bisect_right(taken, start, key=itemgetter(1))
    return place < len(taken) and taken[place][0] < end


# In a form the question stands in one block and what was filled in stands in the next.
_LABEL = re.compile(r"[^\d?!\n]{1,39}[^\d.?!\n]")


def _label(above: str) -> str:
    return f"{above.rstrip(' :')}: " if _LABEL.fullmatch(above) else ""
