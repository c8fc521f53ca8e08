"""Taking one document out of the knowledge base: out of the live release, or out of everything that is kept (AVG).

Erasing goes release by release, and what can only be found through the document itself goes before the last of them,
so that a removal that was cut off can be run again until nothing is left.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.reducing import write_without
from ingest.report import HOW_TO_ERASE
from ingest.sources import IGNORE_FILE, find_sources
from ingest.targets import Documents, Target, find_target
from ingest.written import forget_written
from kb.cache_pruning import forget_all_but
from kb.documents import Document
from kb.errors import NotFoundError, ReleaseError
from kb.graph_files import holds_only
from kb.releases import Release, ReleaseStore, load_release, translated_disk_errors
from kb.store_lock import exclusive

Forget = Callable[[Collection[str]], int]
"""Erases what is kept elsewhere about the documents of these ids, and returns how many records that were."""


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """What a removal did. ``documents`` are the ids that went: the document, what was attached to it and, when erased
    everywhere, its earlier names. ``releases`` held it, ``release`` is live now; the other numbers count what was
    erased. ``source`` is the file from which the next ingest would bring the document back."""

    documents: tuple[str, ...]
    everywhere: bool
    release: str | None
    releases: tuple[str, ...]
    originals: int
    vectors: int
    measurements: int
    records: int
    source: str | None
    notices: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``handwijzer remove --json`` prints."""
        return {
            "documenten": list(self.documents),
            "overal": self.everywhere,
            "release": self.release,
            "releases": list(self.releases),
            "originelen": self.originals,
            "vectoren": self.vectors,
            "metingen": self.measurements,
            "beoordelingen": self.records,
            "bronbestand": self.source,
            "meldingen": list(self.notices),
        }


def remove(
    store: ReleaseStore,
    corpus_dir: Path,
    document: str,
    *,
    everywhere: bool = False,
    forget: Forget = lambda ids: 0,
) -> RemovalReport:
    """Take a document, named by its id or its file, out of the knowledge base, with what was attached to it.

    Without ``everywhere`` a new release without it becomes live; older releases keep it. With ``everywhere`` it is
    erased from all of them, from the originals, the cached vectors and the measurements; ``forget`` does the same for
    records that only the caller knows. When no document is left, no release is live any more. Raises `NotFoundError`,
    `ReleaseError` and `IngestBusyError`.
    """
    with translated_disk_errors(store.data_dir), exclusive(store.data_dir):
        for folder in store.unfinished():
            store.discard(folder)
        states = _all_states(store) if everywhere else _live_state(store)
        try:
            target = find_target(document, states.values(), states.get(store.live_id() or "", {}))
        except NotFoundError:
            store.clean_up()  # what a removal that was cut off at its very end left behind
            if everywhere:
                forget_written(store, store.ids())
            raise
        held = [
            release_id
            for release_id, documents in states.items()
            # Chroma may hold traces of any document that was ever there.
            if documents.keys() & target.ids or (everywhere and not _is_clean(store, release_id))
        ]
        originals = _stored(store, target.documents)
        records = measurements = vectors = 0
        if everywhere:
            records = forget(target.ids)
            measurements = _forget_measurements(store.data_dir / "eval", target)
            vectors = _erase(store, held, target.ids)
        else:
            _take_out(store, target.ids)
        store.clean_up()
        source = _source(target, corpus_dir)
        return RemovalReport(
            documents=tuple(sorted(target.ids)),
            everywhere=everywhere,
            release=store.live_id(),
            releases=tuple(held),
            originals=len(originals - _stored(store, target.documents)),
            vectors=vectors,
            measurements=measurements,
            records=records,
            source=str(source) if source else None,
            notices=tuple(_notices(store, target, document, everywhere, source, corpus_dir)),
        )


def _live_state(store: ReleaseStore) -> dict[str, Documents]:
    live = store.open()
    return {live.id: live.documents}


def _all_states(store: ReleaseStore) -> dict[str, Documents]:
    """Return the documents of all releases, newest first. One that can not tell what it holds is erased as a whole."""
    live = store.live_id()
    if live and live not in store.ids():
        raise ReleaseError(f"De live release {live} is er niet. Herstel dat eerst met: handwijzer doctor --fix")
    states: dict[str, Documents] = {}
    for release_id in store.ids():
        try:
            store.manifest(release_id)
            states[release_id] = store.documents(release_id)
        except ReleaseError:
            if release_id == live:
                raise
            store.discard(store.folder(release_id))
    return states


def _is_clean(store: ReleaseStore, release_id: str) -> bool:
    return holds_only(store.folder(release_id), store.manifest(release_id).passages)


def _take_out(store: ReleaseStore, gone: frozenset[str]) -> None:
    release = store.open()
    if release.documents.keys() <= gone:
        store.unpublish()
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    store.publish(_built(store, release, gone, store.new_folder(), now))


def _erase(store: ReleaseStore, held: list[str], gone: frozenset[str]) -> int:
    """Put a release without the documents ``gone`` in the place of each in ``held``, the live one first.

    Returns the number of cached vectors that went.
    """
    vectors = 0
    order = sorted(held, key=lambda release_id: release_id != store.live_id())
    for release_id in order:
        _replace(store, release_id, gone)
        if release_id == order[-1]:
            others = [kept for kept in store.ids() if kept != release_id]
            vectors = forget_all_but(store, others)
            forget_written(store, others)
        store.discard(store.folder(release_id))
    return vectors


def _replace(store: ReleaseStore, release_id: str, gone: frozenset[str]) -> None:
    """Make the release that comes in the place of ``release_id``, if anything is left; live if that one was."""
    is_live = release_id == store.live_id()
    if store.documents(release_id).keys() <= gone:
        if is_live:
            store.unpublish()
        return
    fresh = _finished_before(store, release_id, gone)
    if fresh is None:
        try:
            release = load_release(store.folder(release_id), store.chroma_url)
        except ReleaseError:
            if is_live:
                raise
            return
        fresh = _built(store, release, gone, store.folder_instead_of(release_id), release.manifest.created)
    if is_live:
        store.publish(fresh)


def _finished_before(store: ReleaseStore, release_id: str, gone: frozenset[str]) -> str | None:
    """Return what an earlier run, cut off after that, made in the place of ``release_id``."""
    age = release_id.rpartition("-")[0]
    same_age = [other for other in store.ids() if other != release_id and other.rpartition("-")[0] == age]
    return next((other for other in same_age if not store.documents(other).keys() & gone), None)


def _built(store: ReleaseStore, release: Release, gone: Collection[str], folder: Path, created: str) -> str:
    try:
        return write_without(release, gone, folder, created, store.chroma_url).id
    except BaseException:
        store.discard(folder)
        raise


def _stored(store: ReleaseStore, documents: Iterable[Document]) -> set[str]:
    """Return the hashes of the originals of ``documents`` that are kept."""
    found = set()
    for document in documents:
        with suppress(NotFoundError):
            found.add(store.original(document).name)
    return found


def _forget_measurements(folder: Path, target: Target) -> int:
    """Remove the measurements, and the knowledge bases made for them, that hold documents of ``target``."""
    names = {name for document in target.documents for name in (document.id, document.file)}
    written = {form.encode() for name in names for form in (name, json.dumps(name)[1:-1])}
    count = 0
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.is_file():
            content = entry.read_bytes()
            if any(name in content for name in written):
                entry.unlink()
                count += 1
        elif (entry / "releases").is_dir() and _holds(ReleaseStore(entry), target):
            shutil.rmtree(entry)
            count += 1
    return count


def _holds(store: ReleaseStore, target: Target) -> bool:
    """Tell whether a knowledge base holds documents of ``target``, or may hold them."""
    content = {document.sha256 for document in target.documents}
    try:
        documents = [found for release_id in store.ids() for found in store.documents(release_id).values()]
    except ReleaseError:
        return True
    known = any(document.id in target.ids or document.sha256 in content for document in documents)
    return known or bool(store.unfinished() or store.unused_originals())


def _source(target: Target, corpus_dir: Path) -> Path | None:
    """Return the file in the corpus from which the next ingest would read a document of ``target``."""
    if not corpus_dir.is_dir():
        return None
    sources = find_sources(corpus_dir, ()).files
    return next((source.path for source in sources if str(source.name) in target.files), None)


def _notices(
    store: ReleaseStore, target: Target, name: str, everywhere: bool, source: Path | None, corpus_dir: Path
) -> Iterable[str]:
    if source:
        line = "/" + re.sub(r"([\\*?\[\] ])", r"\\\1", source.relative_to(corpus_dir).as_posix())
        yield (
            f"{source} staat nog in de corpusmap: met de volgende keer inlezen komt het document terug. Verwijder of "
            f"verplaats het bestand, of zet in {corpus_dir / IGNORE_FILE} deze regel: {line}"
        )
    content = {document.sha256 for document in target.documents}
    live = store.live_id()
    for document in store.documents(live).values() if live else ():
        if document.sha256 in content:
            yield f"Een kopie van het bestand staat nog in de kennisbank als {document.file} (id {document.id})."
    if not everywhere and any(store.documents(release_id).keys() & target.ids for release_id in store.ids()):
        yield f"Oudere releases bevatten het document nog. {HOW_TO_ERASE.format(name)}"
    if live is None:
        yield "Er is geen release meer: dit was het laatste document. Lees documenten in met: handwijzer ingest"
