"""What each kind of job does: reading in what was uploaded, removing a document, reading in the corpus folder."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.drafts import Drafts
from bot.erasing import Erasing
from bot.jobs.closing import Outcome, Workshop, placed
from bot.jobs.queue import Job, Kind, State
from ingest.building import Progress
from ingest.pipeline import ingest
from ingest.placing import discard_source
from ingest.policy import Policy
from ingest.removal import RemovalReport, remove
from ingest.report import IngestReport, Status
from kb.errors import NotFoundError

# A row for every document of the knowledge base, and a path on the server.
_LEFT_OUT = ("details", "verslag", "fasen")


def do(jobs: Sequence[Job], shop: Workshop, progress: Progress) -> list[Outcome]:
    """Do jobs that were taken together and return what came of each.

    Raises whatever an ingest or a removal as a whole raises: the live release is as it was then.
    """
    return _WORK[jobs[0].kind](jobs, shop, progress)


def _index(jobs: Sequence[Job], shop: Workshop, progress: Progress) -> list[Outcome]:
    (job,) = jobs
    if "klaargezet" in job.work:
        return [_tried(job, shop, progress)]
    paths = [shop.settings.corpus_dir / path for path in job.work["paden"]]
    report = ingest(
        shop.store, shop.settings.corpus_dir, shop.encoder, paths, policy=Policy.of(shop.settings),
        full=job.work["volledig"], dry_run=job.work["proef"], may_shrink=job.work["magKrimpen"], progress=progress,
    )  # fmt: skip
    return [_indexed(report)]


def _tried(job: Job, shop: Workshop, progress: Progress) -> Outcome:
    """Tell what would come of files that wait to be published, as if they stood in the corpus folder."""
    drafts = Drafts(shop.settings.data_dir, shop.settings.corpus_dir, job.caller)
    chosen = [draft for draft in drafts.all() if draft.token in job.work["klaargezet"]]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        files = drafts.lay_out(chosen, tree)
        if not files:
            return Outcome(State.FAILED, None, "Er staan geen bestanden meer klaar. Kies ze opnieuw.")
        report = ingest(
            shop.store, tree, shop.encoder, files, policy=Policy.of(shop.settings), dry_run=True, progress=progress
        )
    outcome = _indexed(report)
    # Here those rows are few; they tell what will stand with a quote.
    wanted = {row.file for row in report.outcomes}
    details = [row for row in report.details if row["bestand"] in wanted]
    return replace(outcome, report={**(outcome.report or {}), "details": details})


def _indexed(report: IngestReport) -> Outcome:
    failed = report.count(Status.FAILED)
    message = f"{failed} bestanden zijn niet gelezen; het verslag zegt waarom." if failed > 1 else None
    return Outcome(State.DONE, _shown(report), message or ("Eén bestand is niet gelezen." if failed else None))


def _add(jobs: Sequence[Job], shop: Workshop, progress: Progress) -> list[Outcome]:
    corpus_dir = shop.settings.corpus_dir
    files = [placed(job).file for job in jobs]
    there = [corpus_dir / file for file in files if (corpus_dir / file).is_file()]
    if not there:
        return [Outcome(State.FAILED, None, "Het bestand staat niet meer in de corpusmap.") for _ in jobs]
    if shop.store.live_id():
        # An ingest takes a damaged release for none, and would make one of these files alone.
        shop.store.open()
    report = ingest(shop.store, corpus_dir, shop.encoder, there, policy=Policy.of(shop.settings), progress=progress)
    return [_added(file, report) for file in files]


def _added(file: str, report: IngestReport) -> Outcome:
    """Return what came of one upload, with the part of the report that is about it."""
    shown = _shown(report)
    shown["documenten"] = [row for row in shown["documenten"] if f"{row['bestand']}/".startswith(f"{file}/")]
    row = next((outcome for outcome in report.outcomes if outcome.file == file), None)
    if row is None:
        return Outcome(State.FAILED, shown, "Het bestand .handwijzerignore in de corpusmap sluit dit bestand uit.")
    return Outcome(State.FAILED if row.status is Status.FAILED else State.DONE, shown, row.message)


def _remove(jobs: Sequence[Job], shop: Workshop, progress: Progress) -> list[Outcome]:
    (job,) = jobs
    progress("Verwijderen", 0, 1)
    corpus_dir = shop.settings.corpus_dir
    forget = Erasing(shop.settings, shop.database, shop.store, but=job)
    # First: what is left when this is cut off half-way can be removed again.
    discard_source(corpus_dir, job.work["bestand"])
    try:
        report = remove(shop.store, corpus_dir, job.work["documentId"], everywhere=job.work["overal"], forget=forget)
    except NotFoundError:
        return [Outcome(State.DONE, None, "Het document was al verwijderd.")]
    progress("Verwijderen", 1, 1)
    told = [_erased(report), forget.told] if report.everywhere else []
    message = " ".join(filter(None, [*told, *report.notices]))
    return [Outcome(State.DONE, report.as_json() | {"klaargezet": forget.drafts}, message or None)]


def _erased(report: RemovalReport) -> str:
    count = len(report.releases)
    return f"Gewist uit {count} {'release' if count == 1 else 'releases'}, met alles wat ervan bewaard was."


def _shown(report: IngestReport) -> dict[str, Any]:
    return {key: value for key, value in report.as_json().items() if key not in _LEFT_OUT}


_WORK: dict[Kind, Callable[[Sequence[Job], Workshop, Progress], list[Outcome]]] = {
    Kind.INDEXING: _index,
    Kind.UPLOAD: _add,
    Kind.REMOVAL: _remove,
}
