"""This system, measured from the inside: ingesting texts that are already read, and answering questions.

Runs as ``python -m eval.bench.own``.
"""

from __future__ import annotations

import time
from pathlib import Path

from bot.service import ask, search
from eval.bench.truncation import truncated_share
from eval.bench.worker import Channel, Result, Task, work
from kb.encoder import Encoder, load_encoder
from kb.live import LiveKnowledge
from kb.reader import open_reader
from kb.releases import ReleaseStore, this_moment

_TOP = 5


def answer_questions(task: Task, channel: Channel) -> Result:
    """Load the release in ``data_dir`` and ask every question, after the first ``warm`` once more to warm up; with
    the ``reader`` of that name, or without when it is empty.

    Times are of `bot.service.ask` in ms. With ``places`` also the top 5 per question, as
    ``[document id, start, end, words]``.
    """
    began = time.perf_counter()
    encoder = _encoder(task)
    reader = open_reader(task["reader"], encoder, Path(task["model_dir"]))
    knowledge = LiveKnowledge(ReleaseStore(Path(task["data_dir"])), encoder, reader=reader)
    knowledge.retriever()
    load_s = time.perf_counter() - began
    questions = task["questions"]
    for question in questions[: task["warm"]]:
        ask(knowledge, question)
        channel.event("answered")
    times, answered = [], 0
    for question in questions:
        began = time.perf_counter()
        answer = ask(knowledge, question)
        times.append((time.perf_counter() - began) * 1000)
        answered += bool(answer.sources)
    found = [_top(knowledge, question) for question in questions] if task.get("places") else []
    return {"load_s": load_s, "times_ms": times, "answered": answered, "places": found}


def ingest_texts(task: Task, channel: Channel) -> Result:
    """Make a release of documents that are read beforehand: splitting, embedding and writing are timed.

    The documents are those of the release in ``data_dir``; the new one goes into ``target``.
    """
    # What only ingesting needs stays out of the process that answers.
    from ingest.building import embed_passages
    from ingest.readers import find_format
    from ingest.splitting import split
    from kb.releases import Manifest, indexed_text, write_release

    encoder = _encoder(task)
    known = ReleaseStore(Path(task["data_dir"])).open()
    documents = sorted(known.documents.values(), key=lambda document: document.file)
    corpus = Path(task["corpus_dir"])
    sources = [find_format(corpus / document.file).read(corpus / document.file) for document in documents]
    store = ReleaseStore(Path(task["target"]))
    began = time.perf_counter()
    passages, texts = [], {}
    for document, source in zip(documents, sources, strict=True):
        text, parts = split(document.id, source, encoder.count_tokens, document.title)
        passages += parts
        texts[document.id] = text.text
    folder = store.new_folder()
    vectors, units = embed_passages(folder, documents, passages, encoder, store.data_dir, channel.progress)
    manifest = Manifest(
        folder.name, this_moment(), encoder.fingerprint, encoder.name, "bench", len(documents), len(passages)
    )
    write_release(folder, manifest, documents, passages, texts, vectors, units, None)
    store.publish(folder.name)
    seconds = time.perf_counter() - began
    by_id = {document.id: document for document in documents}
    counts = encoder.count_tokens([indexed_text(passage, by_id[passage.document_id]) for passage in passages])
    return {
        "seconds": seconds,
        "passages": len(passages),
        "words": sum(len(text.split()) for text in texts.values()),
        "tokens": sum(counts),
        "tokens_truncated_share": truncated_share(counts, encoder.max_tokens),
    }


def _encoder(task: Task) -> Encoder:
    return load_encoder(task["encoder"], Path(task["model_dir"]), task["threads"])


def _top(knowledge: LiveKnowledge, question: str) -> list[tuple[str, int, int, int]]:
    passages = [hit.passage for hit in search(knowledge, question, _TOP)[1]]
    return [(found.document_id, found.start, found.end, len(found.text.split())) for found in passages]


if __name__ == "__main__":
    work({"ask": answer_questions, "ingest": ingest_texts})
