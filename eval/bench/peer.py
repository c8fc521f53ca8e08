"""The plain LlamaIndex pipeline: every choice is the library's default, with the same weights through torch.

Default `SentenceSplitter`, `HuggingFaceEmbedding`, an embedded Chroma folder, `VectorStoreIndex`, the best 5. A
document carries its title as metadata, which LlamaIndex embeds along, because this system's passages carry it too.
Runs as ``python -m eval.bench.peer``; needs the extra ``bench``.
"""

from __future__ import annotations

import time
from typing import Any

from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import MetadataMode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

from eval.bench.truncation import truncated_share
from eval.bench.worker import Channel, Result, Task, work

_TOP = 5
_COLLECTION = "bench"


def ingest_texts(task: Task, channel: Channel) -> Result:
    """Index ``documents`` (id, title, text) into ``target``: splitting, embedding and storing are timed."""
    embedding = _embedding(task)
    documents = [
        Document(id_=row["id"], text=row["text"], metadata={"title": row["title"]}) for row in task["documents"]
    ]
    began = time.perf_counter()
    nodes = SentenceSplitter().get_nodes_from_documents(documents)
    storage = StorageContext.from_defaults(vector_store=_store(task))
    VectorStoreIndex(nodes, storage_context=storage, embed_model=embedding)
    seconds = time.perf_counter() - began
    model = embedding._model
    texts = [task["prompts"]["passage"] + node.get_content(MetadataMode.EMBED) for node in nodes]
    counts = [len(ids) for ids in model.tokenizer(texts, truncation=False)["input_ids"]]
    return {
        "seconds": seconds,
        "passages": len(nodes),
        "words": sum(len(row["text"].split()) for row in task["documents"]),
        "tokens": sum(counts),
        "tokens_truncated_share": truncated_share(counts, model.max_seq_length),
    }


def answer_questions(task: Task, channel: Channel) -> Result:
    """Load the index in ``target`` and retrieve for every question, as `eval.bench.own.answer_questions` does."""
    began = time.perf_counter()
    index = VectorStoreIndex.from_vector_store(_store(task), embed_model=_embedding(task))
    retriever = index.as_retriever(similarity_top_k=_TOP)
    load_s = time.perf_counter() - began
    questions = task["questions"]
    for question in questions[: task["warm"]]:
        retriever.retrieve(question)
        channel.event("answered")
    times, found = [], []
    for question in questions:
        began = time.perf_counter()
        nodes = retriever.retrieve(question)
        times.append((time.perf_counter() - began) * 1000)
        found.append(_places(nodes))
    return {"load_s": load_s, "times_ms": times, "answered": len(times), "places": found}


def _embedding(task: Task) -> Any:
    prompts = task["prompts"]
    return HuggingFaceEmbedding(
        task["weights"], query_instruction=prompts["query"], text_instruction=prompts["passage"]
    )


def _store(task: Task) -> Any:
    return ChromaVectorStore.from_params(_COLLECTION, persist_dir=task["target"])


def _places(found: Any) -> list[tuple[str, int, int, int]]:
    """Return the stretches found; a chunk that LlamaIndex could not place in the text holds no evidence."""
    nodes = [entry.node for entry in found]
    return [
        (node.ref_doc_id or "", node.start_char_idx or 0, node.end_char_idx or 0, len(node.get_content().split()))
        for node in nodes
    ]


if __name__ == "__main__":
    work({"ask": answer_questions, "ingest": ingest_texts})
