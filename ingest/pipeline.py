"""One ingest: read what changed, build a release beside the live one, check it, publish it.

The live release is never touched. Whatever goes wrong before the last step leaves it as it was.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from ingest import ocr
from ingest.building import Content, Progress, build
from ingest.collecting import Collection, Live
from ingest.comparing import compare
from ingest.hinting import written_in
from ingest.policy import DEFAULT, Policy
from ingest.report import HOW_TO_SHRINK, IngestReport, Status, Stopwatch
from ingest.sources import find_sources
from ingest.splitting import SPLITTER_VERSION
from ingest.taking_in import Intake
from ingest.workers import workers_for
from ingest.written import AsksQuestions, written_questions
from kb.encoder import Encoder
from kb.errors import IngestError, ReleaseError
from kb.releases import Release, ReleaseStore, translated_disk_errors
from kb.store_lock import exclusive

# Raised by hand whenever readers or splitter would read the same file differently.
_READERS_VERSION = 4


def recipe(policy: Policy) -> str:
    """Return what, besides the file and the encoder, decides how a file comes out: readers, splitter and rules."""
    rules = f"{policy.personal_data}-{policy.min_page_score:g}{'-namen' * policy.names}"
    return f"{_READERS_VERSION}-{SPLITTER_VERSION}-{rules}{'-ocr' * (policy.ocr and ocr.available())}"


def ingest(
    store: ReleaseStore,
    corpus_dir: Path,
    encoder: Encoder,
    paths: Sequence[Path] = (),
    *,
    policy: Policy = DEFAULT,
    full: bool = False,
    dry_run: bool = False,
    may_shrink: bool = False,
    ask_questions: AsksQuestions | None = None,
    progress: Progress = lambda phase, done, total: None,
) -> IngestReport:
    """Bring the knowledge base in line with the files and return what happened to each.

    Without ``paths`` the knowledge base becomes equal to the corpus folder; with ``paths`` only those files and
    folders are looked at and everything else stays. ``full`` reads every file again; ``dry_run`` publishes nothing and
    writes nothing. ``may_shrink`` lets more documents go than the policy allows; ``ask_questions`` writes the questions
    of passages for which it has not done so yet, of what is looked at. Nothing is built when nothing changed.
    Raises `IngestError` (empty folder, no readable document, too many gone, disk full) and `IngestBusyError`; the live
    release then stays as it is.
    """
    with translated_disk_errors(store.data_dir), nullcontext() if dry_run else exclusive(store.data_dir):
        if not dry_run:
            store.clean_up()
        with _staging(store, dry_run) as staging, workers_for(policy, staging) as workers:
            watch = Stopwatch()
            with watch.phase("Vergelijken"):
                live = Live(_live_release(store))
                scope = find_sources(corpus_dir, paths)
                if not scope.files and not (paths and live.release):
                    raise IngestError(
                        f"Er staan geen documenten in {', '.join(map(str, paths)) or corpus_dir}. Zet er bestanden in, "
                        "bijvoorbeeld pdf, docx of html. De kennisbank is niet gewijzigd."
                    )
                comparison = compare(scope, live.documents)
            made_by = recipe(policy)
            current = live.release is not None and live.release.manifest.recipe == made_by
            collection = Collection(live, store, keep_originals=not dry_run)
            with watch.phase("Lezen"):
                intake = Intake(workers, policy, encoder.count_tokens, staging)
                collection.collect(comparison, intake, current and not full, workers.count, progress)
        content = collection.content
        shrinking = _shrinking(len(live.documents), len(content.documents), policy)
        writer = None if dry_run or (shrinking and not may_shrink) else ask_questions
        with watch.phase("Vragen schrijven") if writer else nullcontext():
            left = {member.id for document in comparison.left for member in live.family(document.id)}
            written = written_questions(store.data_dir, content, writer, left, progress)
        content.written = written.questions
        report = IngestReport(
            release=store.live_id(),
            published=False,
            duration_s=watch.total,
            outcomes=tuple(collection.outcomes),
            encoder=encoder.name,
            details=tuple(row | {"vragenGemaakt": _count_written(content, row["id"])} for row in collection.details),
            phases=watch.seconds,
            notices=(*shrinking, *written.notices),
        )
        outdated = full or not current or live.release is None or live.release.manifest.encoder != encoder.fingerprint
        same = all(outcome.status in (Status.UNCHANGED, Status.FAILED) for outcome in report.outcomes)
        same = same and (live.release is None or content.written == written_in(live.release))
        if dry_run or (same and not outdated):
            return report
        if not content.documents:
            if live.release is None:
                return report
            raise IngestError(
                "Na deze verwerking zou de kennisbank leeg zijn. Er is niets gewijzigd; controleer de corpusmap."
            )
        if shrinking and not may_shrink:
            raise IngestError(f"{shrinking[0]} Er is niets gewijzigd.")
        return build(store, content, encoder, made_by, live.release, report, watch, progress)


def _count_written(content: Content, document_id: str) -> int:
    return sum(len(content.written.get(passage.id, ())) for passage in content.passages[document_id])


def _shrinking(before: int, after: int, policy: Policy) -> tuple[str, ...]:
    """Return the question to ask when more of the documents go than may go without one."""
    if after >= (1 - policy.max_removed) * before:
        return ()
    verb = "blijft" if after == 1 else "blijven"
    return (
        f"Van de {before} documenten {verb} er maar {after} over. Staat de map er wel helemaal? Een netwerkmap kan "
        f"weggevallen zijn. {HOW_TO_SHRINK}",
    )


@contextmanager
def _staging(store: ReleaseStore, dry_run: bool) -> Iterator[Path]:
    """Give a folder for copies of the files that are read: in the data folder, unless nothing may be written there."""
    if not dry_run:
        shutil.rmtree(store.staging, ignore_errors=True)
        store.staging.mkdir(parents=True)
    folder = Path(tempfile.mkdtemp(dir=None if dry_run else store.staging))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _live_release(store: ReleaseStore) -> Release | None:
    """Return the live release to compare with; a damaged one counts as none, so that ingest can repair it."""
    if store.live_id() is None:
        return None
    try:
        return store.open()
    except ReleaseError:
        return None
