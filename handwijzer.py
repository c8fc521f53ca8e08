"""The composition root: the one place where settings, index, bot, API, page and commands are wired together."""

from __future__ import annotations

import errno
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from bot import maintenance
from bot.access.commands import keys_app
from bot.feedback_export import feedback_app
from bot.maintenance import opened_encoder, opened_reader, opened_store
from bot.terminal import Json, command, complain, new_app, out, print_json, say, usage_fault
from eval.commands import bench_command, eval_app
from kb.dutch import long_date
from kb.encoder import encoder_folder, load_encoder, prepared_fingerprint
from kb.errors import HandwijzerError, NoReleaseError, UsageError
from kb.reader import belongs, ensure_reader
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from kb.live import LiveKnowledge

app = new_app("Antwoorden met bronnen uit de documenten over onderwijs en jeugdhulp.")
_command = command(app)


@_command(name="ask")
def ask_command(
    question: Annotated[str, typer.Argument(metavar="VRAAG", help="De vraag, tussen aanhalingstekens.")],
    as_json: Json = False,
) -> None:
    """Beantwoord één vraag, met bronnen."""
    from bot.generative.configured import configured_writer
    from bot.service import ask, checked_question

    checked_question(question)
    settings = load_settings()
    knowledge = _knowledge(settings)
    answer = ask(knowledge, question, writer=configured_writer(settings, knowledge.encoder))
    if as_json:
        print_json(answer.model_dump(mode="json"))
        return
    out.print(answer.text, markup=False)
    for source in answer.sources:
        page = f", pagina {source.page}" if source.page else ""
        heading = f" - {source.heading}" if source.heading else ""
        until = (
            f" (verlopen: geldig tot en met {long_date(source.valid_until)})"
            if source.valid_until and source.expired
            else ""
        )
        out.print(f"[{source.number}] {source.title}{page}{heading}{until}", markup=False, style="dim")
    for suggestion in answer.suggestions:
        out.print(f" - {suggestion.title} ({suggestion.kind})", markup=False, style="dim")
    for notice in answer.notices:
        out.print(notice, markup=False, style="yellow")


@_command(name="search")
def search_command(
    query: Annotated[str, typer.Argument(metavar="ZOEKTERM")],
    count: Annotated[int, typer.Option("-n", "--aantal", min=1, max=100, help="Hoeveel passages.")] = 10,
    as_json: Json = False,
) -> None:
    """Zoek passages, zonder antwoord."""
    from bot.api.models import PassageList
    from bot.service import checked_question, search

    checked_question(query)
    found = PassageList.of(*search(_knowledge(load_settings()), query, count))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for number, passage in enumerate(found.resultaten, 1):
        page = f", pagina {passage.pagina}" if passage.pagina else ""
        out.print(f"{number}. {passage.titel}{page} ({passage.score:.2f})", markup=False, style="bold")
        if passage.kop:
            out.print(f"   {passage.kop}", markup=False, style="dim")
        out.print(f"   {' '.join(passage.tekst.split())[:300]}", markup=False)


@_command()
def serve(
    host: Annotated[str, typer.Option(help="Adres waarop de server luistert.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Poort.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Aantal processen.")] = 1,
    ingest_first: Annotated[
        bool, typer.Option("--ingest-first", help="Lees eerst de corpusmap in als er geen bruikbare release is.")
    ] = False,
) -> None:
    """Start de chatpagina en de API."""
    from bot.serving import run_server

    settings = load_settings()
    _require_safe_address(host, settings)
    _require_free_port(host, port)
    if ingest_first and _needs_ingest(settings):
        maintenance.print_report(maintenance.run_ingest(settings, []), dry_run=False)
    _prepare(settings.encoder, settings)
    say(f"Handwijzer start op http://{host}:{port} (stoppen met Ctrl+C)")
    if not run_server("handwijzer:create_server", host, port, workers, settings):
        raise typer.Exit(1)


@_command()
def status(as_json: Json = False) -> None:
    """Toon welke release live is en met welk taalmodel."""
    settings = load_settings()
    store = opened_store(settings)
    live = store.live_id()
    if live is None:
        raise NoReleaseError("Er is nog geen release. Zet documenten in de corpusmap en voer uit: handwijzer ingest")
    manifest = store.manifest(live)
    facts = {
        "release": manifest.id,
        "gemaakt": manifest.created,
        "documenten": manifest.documents,
        "passages": manifest.passages,
        "taalmodel": manifest.encoder_name,
        "taalmodelKlaar": encoder_folder(settings.encoder, settings.model_dir).is_dir(),
        "releases": len(store.ids()),
        "dataMap": str(settings.data_dir),
    }
    if as_json:
        print_json(facts)
        return
    labels = {"dataMap": "data-map", "taalmodelKlaar": "taalmodel klaar"}
    for key, value in facts.items():
        shown = {True: "ja", False: "nee"}.get(value, value) if isinstance(value, bool) else value
        out.print(f"{labels.get(key, key):<16}{shown}", markup=False)


@_command()
def encoder(
    action: Annotated[str | None, typer.Argument(metavar="prepare", help="prepare zet het taalmodel klaar.")] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAAM", help="Naam of map; zonder: de instelling.")] = None,
) -> None:
    """Toon het taalmodel, of zet het klaar."""
    settings = load_settings()
    name = name or settings.encoder
    if action == "prepare":
        _prepare(name, settings)
    elif action is not None:
        raise UsageError(f"'{action}' kan niet. Bedoelt u: handwijzer encoder prepare {name}")
    model = load_encoder(name, settings.model_dir, settings.thread_count)
    folder = encoder_folder(name, settings.model_dir)
    for label, value in (
        ("taalmodel", model.name), ("vingerafdruk", model.fingerprint), ("dimensies", model.dimensions),
        ("map", folder), ("lezer", settings.reader if belongs(settings.reader, model.fingerprint) else "uit"),
    ):  # fmt: skip
        out.print(f"{label:<16}{value}", markup=False)


app.add_typer(eval_app, name="eval")
app.add_typer(feedback_app, name="feedback")
app.add_typer(keys_app, name="keys")
_command(name="bench")(bench_command)
_command(name="ingest")(maintenance.ingest_command)
_command(name="remove")(maintenance.remove_command)
_command(name="releases")(maintenance.releases_command)
_command(name="rollback")(maintenance.rollback_command)
_command(name="doctor")(maintenance.doctor_command)


def create_server() -> FastAPI:
    """Build the web application from the settings: what uvicorn runs in every worker.

    Where that can not be done, one worker of several ends in the way that makes the others stop too.
    """
    try:
        return _built(load_settings())
    except HandwijzerError as error:
        if parent_process() is None:
            raise
        from uvicorn.config import STARTUP_FAILURE

        complain(error.message)
        sys.exit(STARTUP_FAILURE)


def _built(settings: Settings) -> FastAPI:
    # The model, the vector store and the web framework load side by side: each takes most of a second.
    with ThreadPoolExecutor(2) as loader:
        loading = loader.submit(_knowledge, settings)
        loader.submit(import_module, "chromadb")
        from bot.api.app import create_app
        from bot.generative.configured import configured_writer
        from eval.known import known_questions

        knowledge = loading.result()
        return create_app(knowledge, settings, configured_writer(settings, knowledge.encoder), known_questions)


def _knowledge(settings: Settings) -> LiveKnowledge:
    from kb.live import LiveKnowledge

    encoder = opened_encoder(settings)
    return LiveKnowledge(opened_store(settings), encoder, reader=opened_reader(settings, encoder))


def _prepare(encoder: str, settings: Settings) -> None:
    """Make everything ready that would otherwise be made at the first question."""
    fingerprint = prepared_fingerprint(encoder, settings.model_dir, say)
    if belongs(settings.reader, fingerprint):
        ensure_reader(settings.reader, encoder, settings.model_dir, say)


def _needs_ingest(settings: Settings) -> bool:
    """Tell whether nothing is live yet, or what is live was made with another encoder, as after an update."""
    store = opened_store(settings)
    live = store.live_id()
    return live is None or store.manifest(live).encoder != prepared_fingerprint(
        settings.encoder, settings.model_dir, say
    )


def _require_safe_address(host: str, settings: Settings) -> None:
    from bot.access.configured import check, is_guarded

    check(settings)
    if host not in ("127.0.0.1", "localhost", "::1") and not settings.open_access and not is_guarded(settings):
        raise UsageError(
            f"Zonder sleutels is Handwijzer alleen op deze computer bereikbaar, niet op {host}. "
            "Maak een sleutel met: handwijzer keys create --role lezen. Of gebruik --host 127.0.0.1, of zet "
            "HANDWIJZER_OPEN_ACCESS=true als een ander systeem de toegang bewaakt."
        )


def _require_free_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise UsageError(
                f"Poort {port} mag alleen door een beheerder worden gebruikt. Kies er een boven 1023."
            ) from error
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "die poort is al in gebruik" if taken else "dat adres hoort niet bij deze computer"
            raise UsageError(
                f"Handwijzer kan niet luisteren op {host}, poort {port}: {reason}. "
                f"Kies een andere poort, bijvoorbeeld: PORT={port + 1} make start"
            ) from error


def main() -> NoReturn:
    """Run the command line. Expected errors become one Dutch line on stderr and their exit code."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except HandwijzerError as error:
        complain(error.message)
        code = error.exit_code
    except TyperException as error:
        complain(usage_fault(error))
        code = UsageError.exit_code
    except OSError as error:
        complain(f"Er ging iets mis met {error.filename or 'een bestand'}: {error.strerror}.")
        code = 1
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
