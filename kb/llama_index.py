"""The retriever as LlamaIndex knows it, so that its query engines and evaluators work on the knowledge base.

Imported only by who wants LlamaIndex: importing it takes longer than answering a hundred questions.
"""

from __future__ import annotations

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from kb.live import LiveKnowledge
from kb.retrieval import Filters, Hit


class HandwijzerRetriever(BaseRetriever):  # type: ignore[misc]  # LlamaIndex is not type-checked here
    """Searches the live release; nodes carry the passage id, its text, and the locator as metadata."""

    def __init__(self, knowledge: LiveKnowledge, count: int = 10, filters: Filters | None = None) -> None:
        self._knowledge = knowledge
        self._count = count
        self._filters = filters
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._knowledge.retriever().search(query_bundle.query_str, self._count, self._filters)
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in found.hits]


def _node(hit: Hit) -> TextNode:
    passage, document = hit.passage, hit.document
    metadata = {
        "document_id": document.id,
        "title": document.title,
        "kind": document.kind,
        "heading": " > ".join(passage.headings),
        "page": passage.page,
    }
    # Metadata is for people: an LLM or embedding model that reads the node gets the text alone.
    keys = list(metadata)
    return TextNode(
        id_=passage.id,
        text=passage.text,
        metadata=metadata,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        excluded_embed_metadata_keys=keys,
        excluded_llm_metadata_keys=keys,
    )
