"""Which passages the product's own retriever brings for a question, with its scores: computed once, kept on disk.

They are the hard negatives that a reader is trained with, the passages that it is measured on, and what it is compared
with: cosine and MaxSim, of every passage and every sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from eval.public_set import Text, document_of, published
from eval.reader.data import Passage, ReaderQuestion
from eval.reader.tokens import sentence_spans
from kb import documents as kb_documents
from kb.documents import Unit, UnitKind
from kb.encoder import Encoder, default_threads
from kb.late import question_tokens
from kb.reader import Reader
from kb.retrieval import Retriever

CACHE = Path(platformdirs.user_cache_dir("handwijzer")) / "reader"
# Raised whenever retrieval changes so much that what was kept is no longer what it would bring.
_RECIPE = "1"
_DIGITS = 4
_SAID_EVERY = 500

Say = Callable[[str], None]
"""Called with a line of progress."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was found for a question: ``passages`` by id, best first, of which the retriever brought the first
    ``found``; the question's own passage stands behind them when it was not among them. ``cosines`` and ``late``
    (MaxSim) belong to the passages, ``sentence_cosines`` and ``sentence_late`` to their sentences."""

    passages: tuple[str, ...]
    found: int
    cosines: tuple[float, ...]
    late: tuple[float, ...]
    sentence_cosines: tuple[tuple[float, ...], ...]
    sentence_late: tuple[tuple[float, ...], ...]


def candidates(
    questions: Sequence[ReaderQuestion],
    passages: Sequence[Passage],
    count: int,
    encoder: Encoder,
    cache: Path,
    say: Say = lambda line: None,
) -> list[Candidates]:
    """Return for each question the ``count`` best of ``passages``, among which is its own. ``cache`` is a folder."""
    file = cache / f"candidates-{_digest(questions, passages, count, encoder)}.jsonl"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_suffix(".part")
        with scratch.open("w", encoding="utf-8") as stream:
            for number, one in enumerate(_searched(questions, passages, count, encoder, cache), 1):
                stream.write(json.dumps(asdict(one)) + "\n")
                if number % _SAID_EVERY == 0:
                    say(f"searched {number:,} of {len(questions):,} questions")
        scratch.replace(file)
    return [_read(line) for line in file.read_text("utf-8").splitlines()]


def data_digest(questions: Sequence[ReaderQuestion]) -> str:
    """Return a hash of questions, labels and passages, in their order."""
    digest = sha256()
    for one in questions:
        row = (one.text, one.sentences, one.passage.id, one.passage.title, one.passage.sentences, one.passage.split)
        digest.update(json.dumps(row, ensure_ascii=False).encode())
    return digest.hexdigest()[:16]


def _digest(questions: Sequence[ReaderQuestion], passages: Sequence[Passage], count: int, encoder: Encoder) -> str:
    rows = [(one.id, one.title, one.sentences) for one in passages]
    known = (_RECIPE, encoder.fingerprint, count, data_digest(questions), rows)
    return sha256(json.dumps(known, ensure_ascii=False).encode()).hexdigest()[:16]


def _read(line: str) -> Candidates:
    row = json.loads(line)
    parts = {name: tuple(map(tuple, row.pop(name))) for name in ("sentence_cosines", "sentence_late")}
    return Candidates(
        tuple(row["passages"]), row["found"], tuple(row["cosines"]), tuple(row["late"]),
        parts["sentence_cosines"], parts["sentence_late"],
    )  # fmt: skip


def _searched(
    questions: Sequence[ReaderQuestion], passages: Sequence[Passage], count: int, encoder: Encoder, cache: Path
) -> Iterator[Candidates]:
    with released(passages, encoder, cache) as retriever, ThreadPoolExecutor(default_threads()) as pool:
        places = {document.file: document.id for document in retriever.release.documents.values()}
        numbers = {passage.document_id: place for place, passage in enumerate(retriever.release.passages)}
        own = {key: numbers[document_id] for key, document_id in places.items()}
        yield from pool.map(lambda one: _found(retriever, one.text, own[one.passage.id], count), questions)


def _found(retriever: Retriever, question: str, own: int, count: int) -> Candidates:
    release, encoder = retriever.release, retriever.encoder
    found = retriever.search(question, count)
    places = [hit.place for hit in found.hits]
    if own not in places:
        places.append(own)
    tokens = question_tokens(encoder.encode_question(question), question, release.lexical, encoder.centres["query"])
    late = release.tokens.scores(tokens, places, [len(release.passages[place].units) for place in places])
    spans = [release.unit_starts[place : place + 2] for place in places]
    near = [np.asarray(release.unit_vectors[start:end], np.float32) @ found.vector for start, end in spans]
    return Candidates(
        passages=tuple(release.documents[release.passages[place].document_id].file for place in places),
        found=len(found.hits),
        cosines=_short(release.passage_vectors[places] @ found.vector),
        late=_short(np.array([one.passage for one in late])),
        sentence_cosines=tuple(map(_short, near)),
        sentence_late=tuple(_short(one.units) for one in late),
    )


def _short(values: NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(round(float(value), _DIGITS) for value in values)


@contextmanager
def released(
    passages: Sequence[Passage], encoder: Encoder, cache: Path, reader: Reader | None = None
) -> Iterator[Retriever]:
    """Yield a retriever over ``passages`` as they stand, one of the product's for each, with its sentences as units."""
    counts = encoder.count_tokens([passage.text for passage in passages])
    documents = [document_of(Text(one.id, one.title, one.text), "reader") for one in passages]
    stored = [
        _passage(passage, document.id, tokens)
        for passage, document, tokens in zip(passages, documents, counts, strict=True)
    ]
    texts = {document.id: passage.text for document, passage in zip(documents, passages, strict=True)}
    with published("reader", documents, stored, texts, encoder, cache, reader=reader) as retriever:
        yield retriever


def _passage(passage: Passage, document_id: str, tokens: int) -> kb_documents.Passage:
    units = tuple(Unit(start, end, UnitKind.SENTENCE) for start, end in sentence_spans(passage.sentences))
    return kb_documents.Passage(
        id=f"p-{document_id}", document_id=document_id, order=0, start=0, end=len(passage.text), text=passage.text,
        headings=(), page=None, page_start=0, tokens=tokens, units=units,
    )  # fmt: skip
