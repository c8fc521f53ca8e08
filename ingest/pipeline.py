"""One ingest: read what changed, build a release beside the live one, check it, publish it.

The live release is never touched. Whatever goes wrong before the last step leaves it as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ingest.metadata import describe
from ingest.readers import find_format
from ingest.report import FileOutcome, IngestReport, Status
from ingest.sources import Scope, SourceFile, find_sources
from ingest.splitting import SPLITTER_VERSION, split
from kb.documents import Document, Passage
from kb.embedding_cache import EmbeddingCache
from kb.encoder import Encoder
from kb.errors import IngestBusyError, IngestError, ReadError, Reason, ReleaseError
from kb.late import TokenWriter
from kb.releases import Manifest, Release, ReleaseStore, indexed_text, translated_disk_errors, write_release

# Raised by hand whenever readers or splitter would read the same file differently.
RECIPE = f"1-{SPLITTER_VERSION}"

Progress = Callable[[str, int, int], None]
"""Called with a Dutch phase name, how much is done and how much there is to do."""


@dataclass(slots=True)
class _Content:
    """The documents of the release being made."""

    documents: list[Document] = field(default_factory=list)
    passages: dict[str, list[Passage]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def put(self, document: Document, passages: list[Passage], text: str) -> None:
        self.documents.append(document)
        self.passages[document.id] = passages
        self.texts[document.id] = text


def ingest(
    store: ReleaseStore,
    corpus_dir: Path,
    encoder: Encoder,
    paths: Sequence[Path] = (),
    *,
    full: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda phase, done, total: None,
) -> IngestReport:
    """Bring the knowledge base in line with the files and return what happened to each.

    Without ``paths`` the knowledge base becomes equal to the corpus folder; with ``paths`` only those files and
    folders are looked at and everything else stays. ``full`` reads every file again; ``dry_run`` publishes nothing.
    Nothing is built when nothing changed. Raises `IngestError` (empty folder, no readable document, disk full) and
    `IngestBusyError`; the live release then stays as it is.
    """
    began = time.monotonic()
    scope = find_sources(corpus_dir, paths)
    with translated_disk_errors(store.data_dir), _only_one(store.data_dir):
        live = _live_release(store)
        if not scope.files and not (paths and live):
            raise IngestError(
                f"Er staan geen documenten in {', '.join(map(str, paths)) or corpus_dir}. Zet er bestanden in "
                "(pdf, docx, odt, pptx, html, md of txt). De kennisbank is niet gewijzigd."
            )
        if not dry_run:
            store.clean_up()
        reusable = None if full or live is None or live.manifest.recipe != RECIPE else live
        content, outcomes = _collect(store, scope, live, reusable, encoder, dry_run, progress)
        changed = (
            full
            or reusable is None
            or reusable.manifest.encoder != encoder.fingerprint
            or any(outcome.status not in (Status.UNCHANGED, Status.FAILED) for outcome in outcomes)
        )
        published = False
        if changed and content.documents and not dry_run:
            _build(store, content, encoder, progress)
            published = True
        elif not content.documents and live is not None and not dry_run:
            raise IngestError(
                "Na deze verwerking zou de kennisbank leeg zijn. Er is niets gewijzigd; controleer de corpusmap."
            )
        return IngestReport(store.live_id(), published, time.monotonic() - began, tuple(outcomes))


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Hold the ingest lock. Raises `IngestBusyError` when another process has it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(data_dir / "ingest.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IngestBusyError(
            "Er worden al documenten ingelezen. Wacht tot dat klaar is en probeer het opnieuw."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _live_release(store: ReleaseStore) -> Release | None:
    """Return the live release to compare with; a damaged one counts as none, so that ingest can repair it."""
    if store.live_id() is None:
        return None
    try:
        return store.open()
    except ReleaseError:
        return None


def _collect(
    store: ReleaseStore,
    scope: Scope,
    live: Release | None,
    reusable: Release | None,
    encoder: Encoder,
    dry_run: bool,
    progress: Progress,
) -> tuple[_Content, list[FileOutcome]]:
    """Read what is new or changed and take the rest from the live release."""
    content, outcomes = _Content(), []
    old_passages = _by_document(live)
    met = set()
    for number, source in enumerate(scope.files):
        progress("Lezen", number, len(scope.files))
        met.add(source.document_id)
        before = live.documents.get(source.document_id) if live else None
        try:
            sha256, stamp = source.hashes()
            if reusable and before and before.stamp == stamp:
                content.put(before, old_passages[before.id], reusable.text_of(before.id))
                outcomes.append(_outcome(source, Status.UNCHANGED, before.passages))
                continue
            document, passages, text, notices = _read(source, sha256, stamp, encoder)
        except (ReadError, OSError) as error:
            if live and before:
                content.put(before, old_passages[before.id], live.text_of(before.id))
            outcomes.append(_failure(source, error, before))
            continue
        if not dry_run:
            store.keep_original(source.path, sha256)
        content.put(document, passages, text)
        status = Status.NEW if before is None else Status.UNCHANGED if before.stamp == stamp else Status.CHANGED
        outcomes.append(_outcome(source, status, len(passages), " ".join(notices) or None))
    progress("Lezen", len(scope.files), len(scope.files))
    for document in live.documents.values() if live else ():
        if document.id in met:
            continue
        if scope.covers(document.file):
            outcomes.append(FileOutcome(document.id, document.file, Status.REMOVED))
        elif live:
            content.put(document, old_passages[document.id], live.text_of(document.id))
    return content, outcomes


def _by_document(release: Release | None) -> dict[str, list[Passage]]:
    grouped: dict[str, list[Passage]] = {}
    for passage in release.passages if release else ():
        grouped.setdefault(passage.document_id, []).append(passage)
    return grouped


def _read(
    source: SourceFile, sha256: str, stamp: str, encoder: Encoder
) -> tuple[Document, list[Passage], str, tuple[str, ...]]:
    """Read one file into a document with its passages, cleaned text and notices. Raises `ReadError`, `OSError`."""
    format_ = find_format(source.path)
    content = format_.read(source.path)
    known = describe(source.path, source.name, content)
    text, passages = split(source.document_id, content, encoder.count_tokens, known.title)
    if not passages:
        raise ReadError(
            Reason.NO_TEXT, f"{source.path.name} bevat geen leesbare tekst. Lever een versie met tekst aan."
        )
    document = Document(
        id=source.document_id,
        title=known.title,
        kind=known.kind,
        date=known.date,
        publisher=known.publisher,
        url=known.url,
        file=str(source.name),
        sha256=sha256,
        stamp=stamp,
        media_type=format_.media_type,
        size_bytes=source.path.stat().st_size,
        pages=content.pages,
        passages=len(passages),
    )
    return document, passages, text.text, content.notices


def _outcome(source: SourceFile, status: Status, passages: int, message: str | None = None) -> FileOutcome:
    return FileOutcome(source.document_id, str(source.name), status, passages, None, message)


def _failure(source: SourceFile, error: ReadError | OSError, before: Document | None) -> FileOutcome:
    if isinstance(error, ReadError):
        reason, message = error.reason, error.message
    else:
        reason = Reason.UNREADABLE
        message = f"{source.path.name} kan niet worden geopend ({error.strerror or error}). Controleer de rechten."
    if before:
        message += " De vorige versie van dit document blijft in de kennisbank."
    return replace(_outcome(source, Status.FAILED, before.passages if before else 0, message), reason=reason)


def embed_passages(
    folder: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    encoder: Encoder,
    data_dir: Path,
    progress: Progress,
) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
    """Return the (n, d) vectors of ``passages`` and the (u, d) vectors of all their units, in order, and write those
    of their tokens, too many to hold, into the ``folder`` of the release being made.

    What the cache in ``data_dir`` knows is not computed again.
    """
    by_id = {document.id: document for document in documents}
    texts = [indexed_text(passage, by_id[passage.document_id]) for passage in passages]
    spans = []
    for passage, text in zip(passages, texts, strict=True):
        shift = len(text) - len(passage.text)
        spans.append([(unit.start + shift, unit.end + shift) for unit in passage.units])
    vectors = np.zeros((len(passages), encoder.dimensions), np.float32)
    units: list[NDArray[np.float16]] = [np.zeros((0, encoder.dimensions), np.float16)] * len(passages)
    cache = EmbeddingCache(data_dir / "cache" / "embeddings.sqlite")
    with closing(cache), closing(TokenWriter(folder, len(passages))) as tokens:
        for done, (index, embedded) in enumerate(cache.embed(encoder, texts, spans)):
            vectors[index], units[index] = embedded.pooled, embedded.units
            tokens.add(index, embedded.tokens)
            progress("Vectoren berekenen", done + 1, len(passages))
    return vectors, np.concatenate(units)


def _build(store: ReleaseStore, content: _Content, encoder: Encoder, progress: Progress) -> None:
    """Embed, write, check and publish. An unfinished folder stays behind on failure and is cleaned up next time."""
    documents = sorted(content.documents, key=lambda document: document.file)
    passages = [passage for document in documents for passage in content.passages[document.id]]
    folder = store.new_folder()
    vectors, units = embed_passages(folder, documents, passages, encoder, store.data_dir, progress)
    progress("Release maken", 0, 1)
    manifest = Manifest(
        id=folder.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        encoder=encoder.fingerprint,
        encoder_name=encoder.name,
        recipe=RECIPE,
        documents=len(documents),
        passages=len(passages),
        versions={package: version(package) for package in ("chromadb", "bm25s", "onnxruntime")},
    )
    write_release(folder, manifest, documents, passages, content.texts, vectors, units, store.chroma_url)
    store.publish(folder.name)
    store.clean_up()
    progress("Release maken", 1, 1)
