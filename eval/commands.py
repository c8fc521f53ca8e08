"""The commands ``handwijzer eval`` and ``handwijzer bench``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.terminal import Json, command, new_app, out, print_json, progress, say
from kb.encoder import Encoder, open_encoder
from kb.errors import HandwijzerError, UsageError
from kb.reader import Reader, open_reader
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from bot.generative.writer import Writer
    from eval.questions import QuestionSet
    from eval.runs import Run
    from kb.retrieval import Retriever

eval_app = new_app("Meet hoe goed de antwoorden zijn.", invoke_without_command=True)
_command = command(eval_app)

_Questions = Annotated[
    Path | None, typer.Option("--questions", metavar="PAD", help="Eigen vragen: een YAML-bestand of een map.")
]
_Release = Annotated[str | None, typer.Option("--release", metavar="ID", help="Een bewaarde release; zonder: live.")]
_Corpus = Annotated[
    Path | None, typer.Option("--corpus", metavar="MAP", help="Lees deze map in en meet daarop, naast wat live is.")
]


@eval_app.callback()
def evaluate(
    context: typer.Context,
    as_json: Json = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="MAP", help="Maak hier een rapport.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Faal als de antwoorden slechter zijn dan bij de nulmeting.")
    ] = False,
    compare: Annotated[
        str | None,
        typer.Option("--compare", metavar="METING", help="Vergelijk met een meting: id, bestand of laatste."),
    ] = None,
    ablate: Annotated[bool, typer.Option("--ablate", help="Meet ook met telkens één onderdeel uit.")] = False,
    generative: Annotated[
        bool, typer.Option("--generative", help="Laat het schrijfmodel van HANDWIJZER_LLM_URL antwoorden.")
    ] = False,
    questions: _Questions = None,
    release: _Release = None,
    corpus: _Corpus = None,
    save_baseline: Annotated[bool, typer.Option("--save-baseline", help="Maak van deze meting de nulmeting.")] = False,
    beir: Annotated[Path | None, typer.Option("--beir", metavar="MAP", help="Zoekset in BEIR-indeling.")] = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="BESTAND", help="Bij --beir: bewaar de ranglijst (TREC).")
    ] = None,
    squad: Annotated[
        Path | None, typer.Option("--squad", metavar="BESTAND", help="Vragenset in SQuAD v2-JSON.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Bij --squad: hoogstens zoveel teksten.")] = None,
) -> None:
    """Stel de vragenset aan de kennisbank en laat zien hoe goed de antwoorden zijn."""
    if context.invoked_subcommand:
        return
    settings = load_settings()
    if beir or squad:
        _public_set(settings, beir, squad, export, limit, as_json)
        return
    from eval.questions import SHIPPED, load_questions

    asked = load_questions(questions or SHIPPED)
    retriever = _retriever(settings, release, corpus)
    _require_fitting(asked, retriever)
    beside_live = corpus is not None
    _own_set(
        settings, asked, retriever, as_json, report, check, compare, ablate, generative, save_baseline, beside_live
    )


@_command(name="questions")
def questions_command(
    path: Annotated[Path | None, typer.Argument(metavar="PAD", help="YAML-bestand of map.")] = None,
    release: _Release = None,
    corpus: _Corpus = None,
    as_json: Json = False,
) -> None:
    """Controleer een vragenset: kloppen de citaten, staan de vragen in eigen woorden?"""
    from dataclasses import asdict

    from eval.question_check import check
    from eval.questions import SHIPPED, load_questions
    from eval.tables import print_checked

    asked = load_questions(path or SHIPPED)
    found = _retriever(load_settings(), release, corpus).release
    texts = {document.file: found.text_of(document.id) for document in found.documents.values()}
    outcome = check(asked, texts)
    if as_json:
        print_json(asdict(outcome) | {"spread": outcome.spread})
    else:
        print_checked(outcome, out)
    if outcome.faults:
        raise typer.Exit(1)


@_command(name="harvest")
def harvest_command(
    folder: Annotated[Path, typer.Option("--out", metavar="MAP", help="Waar de concepten en de lijst komen.")] = Path(
        "oogst"
    ),
    as_json: Json = False,
) -> None:
    """Maak van vragen zonder antwoord en van beoordelingen conceptvragen en een lijst van wat ontbreekt."""
    from bot.storage.database import Database
    from eval.harvest import harvest, print_harvest

    settings = load_settings()
    retriever = _retriever(settings, None, None)
    outcome = harvest(Database.of(settings), _encoder(settings), retriever, folder, settings.keep_days)
    if as_json:
        print_json(outcome.as_json())
    else:
        print_harvest(outcome, out)


def bench_command(
    passages: Annotated[
        int,
        typer.Option("--passages", metavar="N", min=1000, max=1_000_000, help="De grootste kennisbank."),
    ] = 10_000,
    report: Annotated[Path | None, typer.Option("--report", metavar="MAP", help="Zet de grafiek hier.")] = None,
    as_json: Json = False,
) -> None:
    """Meet snelheid en geheugen, naast een gewone LlamaIndex-pijplijn."""
    from eval.bench import print_bench, run_bench

    with progress() as show:
        figures = run_bench(load_settings(), passages=passages, report=report, progress=show)
    if as_json:
        print_json(figures)
    else:
        print_bench(figures, out)


def _encoder(settings: Settings) -> Encoder:
    return open_encoder(settings.encoder, settings.model_dir, settings.thread_count, say)


def _reader(settings: Settings, encoder: Encoder) -> Reader | None:
    return open_reader(settings.reader, encoder, settings.model_dir, say)


def _retriever(settings: Settings, release: str | None, corpus: Path | None) -> Retriever:
    """Return a retriever on the release to measure: the live one, a named one, or one of another folder."""
    from kb.releases import ReleaseStore
    from kb.retrieval import Retriever

    encoder = _encoder(settings)
    reader = _reader(settings, encoder)
    if corpus is None:
        return Retriever(ReleaseStore(settings.data_dir, settings.chroma_url).open(release), encoder, reader)
    if release is not None:
        raise UsageError("Kies --release of --corpus, niet allebei.")
    if not corpus.is_dir():
        raise UsageError(f"De map {corpus} bestaat niet.")
    from hashlib import sha256

    from ingest.pipeline import ingest

    # A store of its own per folder: what is live stays live, and a second measurement finds its vectors again.
    folder = settings.data_dir / "eval" / f"corpus-{sha256(str(corpus.resolve()).encode()).hexdigest()[:8]}"
    store = ReleaseStore(folder)
    with progress() as show:
        ingest(store, corpus, encoder, [], progress=show)
    return Retriever(store.open(), encoder, reader)


def _require_fitting(asked: QuestionSet, retriever: Retriever) -> None:
    """Refuse a set whose documents are not there: its figures would say nothing about the answers."""
    files = {document.file for document in retriever.release.documents.values()}
    named = {piece.document for _, item in asked.asked() for piece in item.bewijs}
    missing = sorted(named - files)
    if len(missing) > len(named) / 2:
        raise UsageError(
            f"Deze vragen horen bij andere documenten: {len(missing)} van de {len(named)} staan niet in release "
            f"{retriever.release.id}, zoals {missing[0]}. Kies een andere set met --questions, of een map met --corpus."
        )
    for file in missing:
        say(f"Let op: {file} staat niet in deze release; vragen daarover tellen als gemist.")


def _own_set(
    settings: Settings, asked: QuestionSet, retriever: Retriever, as_json: bool, report: Path | None, check: bool,
    compare: str | None, ablate: bool, generative: bool, save_baseline: bool, beside_live: bool,
) -> None:  # fmt: skip
    from dataclasses import replace

    from eval import gate
    from eval.ablation import WHOLE
    from eval.ablation import ablate as measure_each
    from eval.quality import keep_quality
    from eval.runs import RunStore, measure
    from eval.tables import flat, print_ablation, print_changes, print_run

    if generative and (ablate or check or save_baseline):
        raise UsageError("--generative gaat niet samen met --ablate, --check of --save-baseline.")
    writer = _writer(settings, retriever) if generative else None
    runs = RunStore(settings.data_dir)
    before = runs.load(compare) if compare else None
    ablation: dict[str, Run] = {}
    with progress() as show:
        if ablate:
            ablation = measure_each(retriever, asked, show)
            run = ablation[WHOLE]
        else:
            run = measure(retriever, asked, progress=show, writer=writer)
    if beside_live:
        run = replace(run, setting=run.setting | {"beside_live": True})
    file = runs.save(run)
    if not beside_live:
        keep_quality(settings.data_dir, run)
    changes = gate.compare(gate.scores_of(before.rows), gate.scores_of(run.rows)) if before else []
    against = before.id if before else None
    if check or (report and not changes and gate.BASELINE.is_file()):
        try:
            changes, against = gate.check(run, gate.load_baseline()), "nulmeting"
        except HandwijzerError:
            if check:
                raise
    if save_baseline:
        gate.save_baseline(run)
        say(f"Nulmeting bewaard in {gate.BASELINE}")
    if as_json:
        print_json(flat(run, changes, ablation) | {"file": str(file)})
    else:
        print_run(run, out)
        print_changes(changes, against, out)
        print_ablation(ablation, out)
        out.print(f"Meting {run.id} is bewaard in {file}", markup=False, style="dim")
    if report:
        from eval.report import write_report

        page = write_report(run, report, changes=changes, compared_with=against, ablation=ablation or None)
        say(f"Rapport: {page}")
    if check:
        gate.require(changes)


def _writer(settings: Settings, retriever: Retriever) -> Writer:
    from bot.generative.configured import configured_writer

    writer = configured_writer(settings, retriever.encoder)
    if writer is None:
        raise UsageError("Er is geen schrijfmodel ingesteld. Zet het adres in HANDWIJZER_LLM_URL.")
    return writer


def _public_set(
    settings: Settings, beir: Path | None, squad: Path | None, export: Path | None, limit: int | None, as_json: bool
) -> None:
    if beir and squad:
        raise UsageError("Kies --beir of --squad, niet allebei.")
    from eval.tables import flat_figures, print_figures

    encoder = _encoder(settings)
    reader = _reader(settings, encoder)
    scratch = settings.data_dir / "eval" / "sets"
    with progress() as show:
        if beir:
            from eval.beir import run_beir

            figures = run_beir(beir, encoder, scratch, show, export, reader=reader)
        else:
            from eval.squad import run_squad

            assert squad is not None
            figures = run_squad(squad, encoder, scratch, show, limit, reader=reader, say=say)
    if as_json:
        print_json(flat_figures(figures) | {"reader": reader.name if reader else None})
    else:
        print_figures(figures, out)
        out.print(f"Lezer: {reader.name if reader else 'geen'}", markup=False)
