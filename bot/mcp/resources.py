"""The documents of the knowledge base as resources of the MCP server."""

from __future__ import annotations

from mcp.types import ListResourcesResult, ReadResourceResult, Resource, ResourceTemplate, TextResourceContents

from kb.documents import Document
from kb.dutch import long_date
from kb.errors import NotFoundError
from kb.live import LiveKnowledge

_PREFIX = "handwijzer://documenten/"
_PAGE = 100
_TEXT = "text/plain"
TEMPLATE = ResourceTemplate(
    uri_template=_PREFIX + "{documentId}",
    name="document",
    title="Document",
    description="De hele tekst van een document. De documentId staat bij elke bron en elk zoekresultaat.",
    mime_type=_TEXT,
)


def listed(knowledge: LiveKnowledge, after: str | None) -> ListResourcesResult:
    """Return the documents that come after id ``after``, as many as a page takes."""
    documents = knowledge.retriever().release.documents
    ids = sorted(id_ for id_ in documents if after is None or id_ > after)
    page = ids[:_PAGE]
    return ListResourcesResult(
        resources=[_resource(documents[id_]) for id_ in page], next_cursor=page[-1] if ids[_PAGE:] else None
    )


def read(knowledge: LiveKnowledge, uri: str) -> ReadResourceResult:
    """Return the whole text of a document. Raises `NotFoundError`."""
    if not uri.startswith(_PREFIX):
        raise NotFoundError(f"Deze bron bestaat niet. De adressen beginnen met {_PREFIX}")
    text = knowledge.retriever().release.text_of(uri.removeprefix(_PREFIX))
    return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type=_TEXT, text=text)])


def _resource(document: Document) -> Resource:
    facts = [document.kind, long_date(document.date) if document.date else "", document.publisher or ""]
    return Resource(
        uri=_PREFIX + document.id,
        name=document.id,
        title=document.title,
        description=", ".join(fact for fact in facts if fact),
        mime_type=_TEXT,
    )
