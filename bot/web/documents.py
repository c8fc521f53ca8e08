"""The Documents tab: what is in the knowledge base, found as one types, and read in place.

What is searched for travels in the body: an address ends up in the log of a proxy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Depends
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.api.documents import DocumentId
from bot.api.problems import json_body
from bot.citing import file_url
from bot.web.document_search import DocumentSearch, Found, Marked, Match, Place, best_places, marked
from bot.web.document_tables import Table, table_of
from bot.web.document_text import BlockKind, TextBlock, blocks_of
from bot.web.file_types import file_type
from bot.web.templates import render
from kb import dutch
from kb.analysis import fold
from kb.documents import Document
from kb.errors import NoReleaseError
from kb.live import LiveKnowledge
from kb.releases import Release

_SHOWN = 50
_SHOWN_WITH_PLACES = 20
_LONGEST_QUERY = 200
# A browser draws a part when it comes in sight.
_BLOCKS_IN_PART = 40
_LONGEST_GROUP = 200
_MOST_CONTENTS = 60


class _Search(BaseModel):
    """Which documents to list. ``vanaf`` is how many of them are shown already."""

    model_config = ConfigDict(extra="forbid")

    zoek: Annotated[str, Field(max_length=_LONGEST_QUERY)] = ""
    soort: Annotated[str, Field(max_length=200)] = ""
    sorteer: Literal["titel", "datum"] = "titel"
    vanaf: Annotated[int, Field(ge=0, le=1_000_000)] = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """A document in the list. ``more`` counts the places that are not shown."""

    document: Document
    title: Marked
    file: str
    expired: bool
    places: list[Place]
    more: int
    scattered: bool


@dataclass(frozen=True, slots=True)
class _Group:
    """Blocks of one kind in a row; ``table`` when they are rows that show their columns."""

    kind: BlockKind
    blocks: list[TextBlock]
    table: Table | None = None


def documents_router(knowledge: LiveKnowledge) -> APIRouter:
    """Return the calls of the Documents tab. They are no part of the public contract."""
    router = APIRouter(prefix="/pagina/documenten", include_in_schema=False)
    search = DocumentSearch()

    @router.post("", dependencies=[Depends(json_body)])
    def post_search(body: _Search, background: BackgroundTasks) -> HTMLResponse:
        try:
            release = knowledge.retriever().release
        except NoReleaseError:
            return HTMLResponse(render("documents_none.html"))
        background.add_task(search.prepare, release)
        return HTMLResponse(_listed(release, knowledge, search, body))

    @router.get("/{documentId}")
    def get_document(document_id: DocumentId) -> HTMLResponse:
        release = knowledge.retriever().release
        text = release.text_of(document_id)
        document = release.documents[document_id]
        passages = [passage for passage in release.passages if passage.document_id == document_id]
        blocks = blocks_of(text, passages, document.title)
        headings = [block for block in blocks if block.kind is BlockKind.HEADING]
        highest = [heading for heading in headings if heading.level == 3]
        html = render(
            "document.html",
            document=document,
            parent=release.documents.get(document.parent or ""),
            expired=document.expired(knowledge.today()),
            language=dutch.foreign_language(document.language),
            linked=(document.url or "").startswith(("http://", "https://")),
            file=file_type(document.file),
            original=file_url(document),
            contents=headings if len(headings) <= _MOST_CONTENTS else highest,
            parts=_parts(blocks),
        )
        return HTMLResponse(html)

    return router


def _listed(release: Release, knowledge: LiveKnowledge, search: DocumentSearch, body: _Search) -> str:
    searched = bool(body.zoek.strip())
    found = search.find(release, body.zoek) if searched else None
    matches = list(found.matches) if found else []
    documents = [match.document for match in matches] if searched else list(release.documents.values())
    documents = [document for document in documents if body.soort in ("", document.kind)]
    documents.sort(key=lambda document: (fold(document.title), document.id))
    if body.sorteer == "datum":
        documents.sort(key=lambda document: document.date.toordinal() if document.date else 0, reverse=True)
    by_id = {match.document.id: match for match in matches}
    size = _SHOWN_WITH_PLACES if searched else _SHOWN
    shown = documents[body.vanaf : body.vanaf + size]
    rows = [_row(release, knowledge, document, found, by_id.get(document.id)) for document in shown]
    return render(
        "documents_list.html",
        query=body.zoek.strip() if searched else "",
        kinds=sorted(Counter(document.kind for document in release.documents.values()).items()),
        kind=body.soort,
        total=len(documents),
        passages=sum(document.passages for document in documents),
        places=sum(len(by_id[document.id].places) for document in documents) if searched else 0,
        rows=rows,
        shown=body.vanaf + len(rows),
        next=min(size, len(documents) - body.vanaf - len(rows)),
    )


def _row(
    release: Release, knowledge: LiveKnowledge, document: Document, found: Found | None, match: Match | None
) -> _Row:
    places = best_places(release, found, match) if found and match else []
    return _Row(
        document=document,
        title=marked(document.title, found.terms if found else ()),
        file=file_type(document.file),
        expired=document.expired(knowledge.today()),
        places=places,
        more=len(match.places) - len(places) if match else 0,
        scattered=match is not None and not match.together,
    )


def _parts(blocks: list[TextBlock]) -> list[list[_Group]]:
    """Divide a text in parts that a browser can draw one by one: at headings and pages, and in long stretches."""
    parts: list[list[_Group]] = [[]]
    size = 0
    for kind, run in groupby(blocks, key=lambda block: block.kind):
        same = list(run)
        for start in range(0, len(same), _LONGEST_GROUP):
            group = _grouped(kind, same[start : start + _LONGEST_GROUP])
            turns = kind in (BlockKind.HEADING, BlockKind.PAGE)
            if parts[-1] and (size >= _BLOCKS_IN_PART or (turns and 2 * size >= _BLOCKS_IN_PART)):
                parts.append([])
                size = 0
            parts[-1].append(group)
            size += len(group.blocks)
    return parts


def _grouped(kind: BlockKind, blocks: list[TextBlock]) -> _Group:
    whole = kind is BlockKind.ROW and all(len(block.runs) == 1 for block in blocks)
    return _Group(kind, blocks, table_of([block.text for block in blocks]) if whole else None)
