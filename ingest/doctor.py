"""A look at the whole knowledge base: what is broken, what may go wrong, and what can be mended without risk."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from ingest.doctor_documents import document_findings
from ingest.doctor_releases import encoder_findings, is_whole, pointer_findings, release_findings
from ingest.findings import Finding, Severity
from kb.documents import Document
from kb.embedding_cache import cache_path, drop_cache
from kb.errors import NotFoundError, ReleaseError
from kb.releases import ReleaseStore, translated_disk_errors
from kb.store_lock import exclusive, is_busy, last_holder

# A new release is built beside the live one, and what it is built from may have grown.
_ROOM = 3
_ORDER = list(Severity)
_CLEAN = "Ruim het op met: handwijzer doctor --fix"


def examine(
    store: ReleaseStore, encoder_fingerprint: str, encoder_name: str, recipe: str, corpus_dir: Path, today: date
) -> list[Finding]:
    """Return what there is to say about the knowledge base, the worst first. Changes nothing.

    ``encoder_fingerprint``, ``encoder_name`` and ``recipe`` are those that an ingest would use now.
    """
    found = [
        *pointer_findings(store),
        *release_findings(store),
        *encoder_findings(store, encoder_fingerprint, encoder_name, recipe),
        *_original_findings(store),
        *_leftover_findings(store),
        *_disk_findings(store),
    ]
    try:
        live = store.open()
    except ReleaseError:
        pass  # told above
    else:
        found += document_findings(live, corpus_dir, today)
    return sorted(found, key=lambda finding: _ORDER.index(finding.severity))


def fix(store: ReleaseStore) -> list[str]:
    """Mend what can be mended without losing anything, and return what was done, in Dutch.

    A pointer to a release that can not be used goes to the newest one that can; what unfinished runs left and what
    nothing refers to is removed, and so is a damaged cache. Raises `IngestBusyError` and `ReleaseError`.
    """
    done = []
    crashed = last_holder(store.data_dir)
    with translated_disk_errors(store.data_dir), exclusive(store.data_dir):
        if crashed:
            done.append("De melding van een afgebroken run is weg.")
        live = store.live_id()
        if not store.unpublished() and not (live and is_whole(store, live)):
            whole = next((known for known in store.ids() if is_whole(store, known)), None)
            if whole:
                store.publish(whole)
                done.append(f"Release {whole} is nu live.")
        stray = _stray(store)
        if stray:
            store.clean_up()
            done.append(f"Opgeruimd: {len(stray)} bestanden of mappen waar niets meer naar verwijst.")
        if _cache_damaged(store):
            drop_cache(cache_path(store.data_dir))
            done.append("De beschadigde cache is weg; de volgende keer inlezen duurt eenmalig langer.")
    return done


def _original_findings(store: ReleaseStore) -> Iterator[Finding]:
    """Tell which originals that releases refer to are gone, or are not what they were."""
    known: dict[str, Document] = {}
    for release_id in store.ids():
        try:
            known |= {document.sha256: document for document in store.documents(release_id).values()}
        except ReleaseError:
            continue  # told by `release_findings`
    for sha256, document in known.items():
        try:
            with store.original(document).open("rb") as stream:
                whole = hashlib.file_digest(stream, "sha256").hexdigest() == sha256
            fault = None if whole else ("origineel-beschadigd", "is beschadigd")
        except (NotFoundError, OSError):
            fault = ("origineel-weg", "is niet te openen")
        if fault:
            yield Finding(
                Severity.WARNING,
                fault[0],
                f"Het bewaarde bestand van '{document.title}' ({document.file}) {fault[1]}: een citaat opent het niet.",
                f"Verwijder zo nodig {store.data_dir / 'originals' / sha256} en lees opnieuw in met: "
                "handwijzer ingest --full",
            )


def _leftover_findings(store: ReleaseStore) -> Iterator[Finding]:
    """Tell what stays behind of runs that did not end well, unless one is busy now."""
    if is_busy(store.data_dir):
        yield Finding(
            Severity.INFO,
            "bezig",
            f"Er wordt nu aan de kennisbank gewerkt ({last_holder(store.data_dir)}).",
            "Kijk opnieuw als dat klaar is.",
        )
        return
    if crashed := last_holder(store.data_dir):
        yield Finding(
            Severity.INFO,
            "afgebroken",
            f"Een eerdere run is afgebroken ({crashed}). De kennisbank heeft daar geen last van.",
            "Voer het commando opnieuw uit.",
            fixable=True,
        )
    for code, paths, what in (
        ("onaf", store.unfinished(), "mappen van releases die nooit zijn afgemaakt"),
        ("tijdelijk", store.leftovers(), "tijdelijke bestanden of mappen"),
        ("origineel-ongebruikt", store.unused_originals(), "bewaarde bestanden waar geen release naar verwijst"),
    ):
        if paths:
            yield Finding(
                Severity.WARNING,
                code,
                f"Er zijn {len(paths)} {what} ({_megabytes(sum(map(_size, paths)))}).",
                _CLEAN,
                fixable=True,
            )
    if _cache_damaged(store):
        yield Finding(
            Severity.WARNING,
            "cache",
            "De cache met vectoren is beschadigd.",
            "Verwijder haar met: handwijzer doctor --fix. De volgende keer inlezen duurt dan eenmalig langer.",
            fixable=True,
        )


def _disk_findings(store: ReleaseStore) -> Iterator[Finding]:
    if not store.data_dir.is_dir():
        return
    live = store.live_id()
    needed = _ROOM * _size(store.folder(live)) if live else 0
    free = shutil.disk_usage(store.data_dir).free
    if free < needed:
        yield Finding(
            Severity.WARNING,
            "schijf",
            f"Op de schijf is nog {_megabytes(free)} vrij; om veilig in te lezen is {_megabytes(needed)} nodig.",
            "Maak ruimte vrij op de schijf.",
        )
    if os.name == "posix" and store.data_dir.stat().st_mode & stat.S_IROTH:
        yield Finding(
            Severity.WARNING,
            "rechten",
            f"Iedereen op deze computer kan de documenten in {store.data_dir} lezen.",
            f"Is dat niet de bedoeling, voer dan uit: chmod -R o-rwx {store.data_dir}",
        )


def _stray(store: ReleaseStore) -> list[Path]:
    return [*store.unfinished(), *store.leftovers(), *store.unused_originals()]


def _cache_damaged(store: ReleaseStore) -> bool:
    path = cache_path(store.data_dir)
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"file:{path.absolute()}?mode=ro", uri=True)) as database:
            return bool(database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except sqlite3.OperationalError:
        return False  # may not be read, or busy
    except sqlite3.DatabaseError:
        return True


def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")
