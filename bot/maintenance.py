"""The commands of whoever looks after the documents: reading in, removing, going back, checking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot.terminal import Json, complain, out, print_json, progress, say
from kb.encoder import Encoder, open_encoder, prepared_fingerprint
from kb.errors import UsageError
from kb.reader import Reader, open_reader
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.report import IngestReport
    from kb.releases import ReleaseStore

EXIT_SOME_FAILED = 3
_MOST_PAIRS = 20


def ingest_command(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PAD", help="Alleen deze bestanden of mappen.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Laat zien wat er zou gebeuren, verander niets.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Lees ook ongewijzigde bestanden opnieuw in.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ook als er veel documenten verdwijnen.")] = False,
    keep_watching: Annotated[
        bool, typer.Option("--watch", help="Blijf kijken en lees wijzigingen vanzelf in.")
    ] = False,
    ask_questions: Annotated[
        bool, typer.Option("--vragen", help="Laat het schrijfmodel vragen bij elke nieuwe passage maken.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Lees documenten in en zet een nieuwe release live."""
    if keep_watching:
        if dry_run or as_json or full or yes or ask_questions:
            raise UsageError("--watch kan niet samen met --dry-run, --full, --yes, --vragen of --json.")
        _watch(load_settings(), paths or [])
        return
    if dry_run and ask_questions:
        raise UsageError("--vragen kan niet samen met --dry-run: een proef vraagt niets aan het schrijfmodel.")
    report = run_ingest(
        load_settings(), paths or [], full=full, dry_run=dry_run, may_shrink=yes, ask_questions=ask_questions
    )
    if as_json:
        print_json(report.as_json())
    else:
        print_report(report, dry_run)
    from ingest.report import Status

    if report.count(Status.FAILED):
        some_good = report.release or report.count(Status.FAILED) < len(report.outcomes)
        raise typer.Exit(EXIT_SOME_FAILED if some_good else 1)


def remove_command(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="De id van het document, of zijn bestand.")],
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Wis het ook uit oudere releases, originelen en caches (AVG).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Haal een document uit de kennisbank."""
    from bot.erasing import Erasing
    from bot.storage.database import Database
    from ingest.removal import remove as take_out

    settings = load_settings()
    store = opened_store(settings)
    forget = Erasing(settings, Database.of(settings), store)
    report = take_out(store, settings.corpus_dir, document, everywhere=everywhere, forget=forget)
    if as_json:
        print_json(report.as_json() | {"klaargezet": forget.drafts})
        return
    what = f"{report.documents[0]} is" if len(report.documents) == 1 else f"{', '.join(report.documents)} zijn"
    out.print(f"{what} verwijderd uit {len(report.releases)} release(s).", markup=False)
    if everywhere:
        out.print(
            f"Gewist: {report.originals} bewaarde bestanden, {report.vectors} vectoren, {report.measurements} metingen "
            f"en {report.records} beoordelingen of vragen.",
            markup=False,
        )
        if forget.told:
            out.print(forget.told, markup=False)
    if report.release:
        out.print(f"Release {report.release} is live.", markup=False)
    for notice in report.notices:
        out.print(notice, markup=False, style="yellow")


def doctor_command(
    mend: Annotated[bool, typer.Option("--fix", help="Herstel wat zonder risico hersteld kan worden.")] = False,
    as_json: Json = False,
) -> None:
    """Kijk na of alles in orde is, en zeg wat u kunt doen."""
    from bot.checkup import examined
    from ingest.doctor import fix
    from ingest.findings import Severity

    settings = load_settings()
    store = opened_store(settings)
    done = fix(store) if mend else []
    findings = examined(store, settings, prepared_fingerprint(settings.encoder, settings.model_dir, say))
    if as_json:
        print_json({"hersteld": done, "bevindingen": [finding.as_json() for finding in findings]})
    else:
        for line in done:
            out.print(line, markup=False, style="green")
        styles = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
        for finding in findings:
            out.print(f"{finding.severity.value}: {finding.message}", markup=False, style=styles[finding.severity])
            out.print(f"  {finding.remedy}", markup=False)
        if not findings:
            out.print("Alles is in orde.", markup=False, style="green")
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)


def releases_command(as_json: Json = False) -> None:
    """Toon de bewaarde releases, de nieuwste eerst, met wat er veranderde."""
    from bot.releases import kept_releases

    kept = kept_releases(opened_store(load_settings()))
    if as_json:
        from bot.api.manage_models import ReleaseOut

        print_json({"resultaten": [ReleaseOut.of(release).model_dump() for release in kept]})
        return
    table = Table("release", "gemaakt", "documenten", "passages", "verschil", "")
    for release in kept:
        row = release.manifest
        table.add_row(
            row.id, row.created, str(row.documents), str(row.passages), str(release.change or ""),
            "live" if release.live else "",
        )  # fmt: skip
    out.print(table)


def rollback_command(
    release: Annotated[str | None, typer.Argument(metavar="RELEASE", help="Zonder naam: de vorige.")] = None,
) -> None:
    """Maak een eerdere release weer live."""
    from kb.store_lock import exclusive

    store = opened_store(load_settings())
    with exclusive(store.data_dir):
        out.print(f"Live is nu {store.rollback(release)}.", markup=False)


def opened_store(settings: Settings) -> ReleaseStore:
    """Return the releases that the settings name."""
    from kb.releases import ReleaseStore

    return ReleaseStore(settings.data_dir, settings.chroma_url)


def opened_encoder(settings: Settings) -> Encoder:
    """Return the encoder that the settings name, prepared first where needed."""
    return open_encoder(settings.encoder, settings.model_dir, settings.thread_count, say)


def opened_reader(settings: Settings, encoder: Encoder) -> Reader | None:
    """Return the reader that the settings name, prepared first where needed; None where it is not for ``encoder``."""
    return open_reader(settings.reader, encoder, settings.model_dir, say)


def run_ingest(
    settings: Settings,
    paths: list[Path],
    *,
    full: bool = False,
    dry_run: bool = False,
    may_shrink: bool = False,
    ask_questions: bool = False,
) -> IngestReport:
    """Ingest by the settings, with progress on the terminal."""
    from bot.generative.configured import configured_question_writer
    from ingest.pipeline import ingest
    from ingest.policy import Policy

    asker = configured_question_writer(settings) if ask_questions else None
    encoder = opened_encoder(settings)
    with progress() as show:
        return ingest(
            opened_store(settings), settings.corpus_dir, encoder, paths, policy=Policy.of(settings), full=full,
            dry_run=dry_run, may_shrink=may_shrink, ask_questions=asker, progress=show,
        )  # fmt: skip


def _watch(settings: Settings, paths: list[Path]) -> None:
    from ingest.watching import watch

    folders = paths or [settings.corpus_dir]
    say(f"Handwijzer kijkt naar {', '.join(map(str, folders))} (stoppen met Ctrl+C)")
    watch(folders, lambda: print_report(run_ingest(settings, paths), dry_run=False), tell=complain)


def print_report(report: IngestReport, dry_run: bool) -> None:
    """Print what happened to each file, where that is more than nothing."""
    from ingest.report import Status

    styles = {Status.NEW: "green", Status.CHANGED: "yellow", Status.REMOVED: "magenta", Status.FAILED: "red"}
    table = Table("status", "bestand", "passages", "opmerking")
    for row in report.outcomes:
        if row.status is not Status.UNCHANGED or row.message:
            note = f"{row.reason.value}: {row.message}" if row.reason else row.message or ""
            # As `Text`: brackets in a file name are no markup.
            table.add_row(row.status.value, Text(row.file), str(row.passages), Text(note), style=styles.get(row.status))
    if table.row_count:
        out.print(table)
    names = {row.document_id: row.file for row in report.outcomes}
    for pair in report.duplicates[:_MOST_PAIRS]:
        one, other = (names.get(key, key) for key in pair.documents)
        out.print(f"Bijna hetzelfde ({pair.similarity:.0%}): {one} en {other}", markup=False, style="yellow")
    counts = ", ".join(f"{report.count(kind)} {kind.value}" for kind in Status)
    if dry_run:
        outcome = "Dit was een proef: er is niets gewijzigd."
    elif report.published:
        outcome = f"Release {report.release} is live. Verslag: {report.page}"
    elif report.release:
        outcome = f"Niets te doen: release {report.release} blijft live."
    else:
        outcome = "Er is geen release gemaakt: geen enkel document kon worden gelezen."
    out.print(f"{counts}. {outcome} ({report.duration_s:.1f} s)", markup=False)
    if report.stated_questions or report.written_questions:
        out.print(
            f"Vragen om op te zoeken: {report.stated_questions} opgegeven, {report.written_questions} gemaakt.",
            markup=False,
        )
    for notice in report.notices:
        out.print(notice, markup=False, style="yellow")
