"""The figures of a bench run as tables for the terminal, in Dutch."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from eval.bench.measures import Figures

_TARGETS = {
    "questions_ratio": "vragen: zo veel keer zo snel als LlamaIndex",
    "ingest_ratio": "inlezen: zo veel keer zo snel als LlamaIndex",
    "ingest_truncated_share": "aandeel tekst dat bij inlezen wordt afgekapt",
    "serve_ready_s": "server klaar na (s)",
    "soak_server_errors": "een minuut druk: fouten van de server",
    "soak_memory_growth": "een minuut druk: geheugen aan het eind, als deel van het begin",
    "soak_quiet_to_busy_p50": "een minuut druk: wachttijd van een rustige sleutel, als deel van die van de drukke",
    "reingest_unchanged_share_of_1000": "1.000 documenten ongewijzigd opnieuw inlezen: deel van de eerste keer",
    "reingest_changed_extra_s_of_1000": "1 van 1.000 documenten gewijzigd: zo veel langer dan ongewijzigd (s)",
    "p95_ms_at_10000": "95% van de vragen bij 10.000 passages binnen (ms)",
    "serve_peak_rss_mb_at_10000": "geheugen van de server bij 10.000 passages (MB)",
    "p95_ms_at_10000_with_reader": "met lezer: 95% van de vragen bij 10.000 passages binnen (ms)",
    "reader_rss_growth_mb_at_10000": "geheugen dat de lezer daarbij kost (MB)",
    "p95_ms_at_100000": "95% van de vragen bij 100.000 passages binnen (ms)",
}


def print_bench(figures: dict[str, Any], console: Console) -> None:
    """Show the figures of `eval.bench.runner.run_bench`."""
    machine = figures["machine"]
    console.print(
        f"{machine['processor']}, {machine['cores']} kernen, Python {machine['python']}; "
        f"andere programma's gebruikten {_shown(machine['busy_with_others_share'])} van de rekenkracht; "
        f"middelste waarde van {figures['repetitions']} metingen; duur {figures['duration_s']:.0f} s.",
        markup=False,
    )
    load = figures["load"]
    for table in (_comparison(figures), _product(figures), _load(load), _soak(load["soak"]), _scale(figures["scale"])):
        console.print(table)
    if figures["questions"]["own_with_reader"]:
        console.print(_reading(figures))
    if figures["questions"]["peer"] is None:
        console.print(
            "De vergelijking met LlamaIndex is overgeslagen: het onderdeel bench ontbreekt. "
            "Installeer het met: .venv/bin/pip install -e '.[bench]'",
            markup=False,
            style="yellow",
        )
    console.print(_targets(figures["targets"]))


def _comparison(figures: Figures) -> Table:
    own_ingest, peer_ingest = figures["ingest"]["own"], figures["ingest"]["peer"] or {}
    own, peer = figures["questions"]["own"], figures["questions"]["peer"] or {}
    ratios = figures["ratios"] or {}
    table = _table("dezelfde teksten en vragen", "Handwijzer", "LlamaIndex", "verhouding")
    rows = (
        ("vraag, helft binnen (ms)", own, peer, "p50_ms", "questions_p50"),
        ("vraag, 95% binnen (ms)", own, peer, "p95_ms", "questions_p95"),
        ("vraag, gemiddeld (ms)", own, peer, "mean_ms", None),
        ("passage met bewijs bovenaan", own, peer, "hit_at_1", None),
        ("passage met bewijs bij de eerste 5", own, peer, "hit_at_5", None),
        ("woorden in die 5", own, peer, "words_in_top_5", None),
        ("start tot eerste antwoord (s)", own, peer, "start_to_first_answer_s", "start_to_first_answer"),
        ("geheugen bij vragen (MB)", own, peer, "peak_rss_mb", None),
        ("inlezen, woorden per seconde", own_ingest, peer_ingest, "words_per_s", "ingest_words_per_s"),
        ("inlezen, passages per seconde", own_ingest, peer_ingest, "passages_per_s", None),
        ("passages", own_ingest, peer_ingest, "passages", None),
        ("aandeel afgekapte tekst", own_ingest, peer_ingest, "tokens_truncated_share", None),
        ("geheugen bij inlezen (MB)", own_ingest, peer_ingest, "peak_rss_mb", None),
    )
    for label, mine, theirs, key, ratio in rows:
        table.add_row(label, _shown(mine.get(key)), _shown(theirs.get(key)), _shown(ratios.get(ratio)))
    return table


def _product(figures: Figures) -> Table:
    start, reingest = figures["start"], figures["reingest"]
    many = reingest["many"]
    table = _table("Handwijzer zelf", "waarde")
    for label, value in (
        ("server klaar na (s)", start["serve_ready_s"]),
        ("geheugen van de server (MB)", start["serve_peak_rss_mb"]),
        ("hele corpus inlezen, met starten (s)", reingest["first_wall_s"]),
        ("ongewijzigd opnieuw inlezen, met starten (s)", reingest["unchanged_wall_s"]),
        ("ongewijzigd opnieuw inlezen, zonder starten (s)", reingest["unchanged_inside_s"]),
        (f"{many['documents']} korte documenten inlezen, met starten (s)", many["first_wall_s"]),
        ("die ongewijzigd opnieuw inlezen (s)", many["unchanged_wall_s"]),
        ("dat als deel van de eerste keer", many["unchanged_share"]),
        ("die opnieuw inlezen met 1 gewijzigd (s)", many["changed_wall_s"]),
        ("dat langer dan ongewijzigd (s)", many["changed_extra_s"]),
    ):
        table.add_row(label, _shown(value))
    return table


def _load(load: Figures) -> Table:
    table = _table("gebruikers tegelijk", "verzoeken/s", "helft binnen (ms)", "95% binnen (ms)", "mislukt")
    for run in load["runs"]:
        table.add_row(*(_shown(run[key]) for key in ("clients", "requests_per_s", "p50_ms", "p95_ms", "failures")))
    return table


def _soak(soak: Figures) -> Table:
    table = _table(f"{soak['clients']} gebruikers tegelijk, {_shown(soak['seconds'])} s lang", "waarde")
    for label, value in (
        ("antwoorden", soak["statuses"].get("200", 0)),
        ("fouten van de server", soak["server_errors"]),
        ("geheugen, eerste tien seconden (MB)", soak["memory_first_mb"]),
        ("geheugen, laatste tien seconden (MB)", soak["memory_last_mb"]),
        (f"drukke sleutel ({soak['clients'] - 1} gebruikers), helft binnen (ms)", soak["busy_key"]["p50_ms"]),
        ("rustige sleutel (1 gebruiker), helft binnen (ms)", soak["quiet_key"]["p50_ms"]),
        ("rustig als deel van druk", soak["quiet_to_busy_p50"]),
    ):
        table.add_row(label, _shown(value))
    return table


def _scale(scale: Figures) -> Table:
    columns = {
        "passages": "passages", "texts_real": "echte tekst", "vectors_real": "echte vectoren",
        "p50_ms": "helft binnen (ms)", "p95_ms": "95% binnen (ms)", "peak_rss_mb": "geheugen (MB)",
        "serve_peak_rss_mb": "geheugen server (MB)", "load_s": "laden (s)", "serve_ready_s": "server klaar (s)",
        "build_s": "maken (s)", "disk_mb": "schijf (MB)",
    }  # fmt: skip
    table = _table(*columns.values())
    for point in scale["points"]:
        table.add_row(*(_shown(point[key]) for key in columns))
    table.caption = (
        "Passages zonder echte tekst bestaan uit zinnen van echte; vectoren zonder berekening zijn gemengd uit echte, "
        "met ruis. Maken is zonder lezen en zonder vectoren berekenen."
    )
    return table


def _reading(figures: Figures) -> Table:
    """Show what reading costs and brings. Where LlamaIndex stands beside it, nothing is read."""
    own, read = figures["questions"]["own"], figures["questions"]["own_with_reader"]
    table = _table("met en zonder lezer", "zonder", "met", "verhouding of verschil")
    rows = [(f"{figures['corpus']['passages']} passages (de documenten zelf)", own, read)]
    rows += [(f"{point['passages']} passages", point, point["with_reader"]) for point in figures["scale"]["points"]]
    for label, without, with_reader in rows:
        for text, key, compared in (
            ("helft binnen (ms)", "p50_ms", "p50_ratio"),
            ("95% binnen (ms)", "p95_ms", "p95_ratio"),
            ("geheugen (MB)", "peak_rss_mb", "rss_growth_mb"),
        ):
            values = without[key], with_reader[key], with_reader[compared]
            table.add_row(f"{label}, {text}", *map(_shown, values))
    for text, key in (("bovenaan", "hit_at_1"), ("bij de eerste 5", "hit_at_5")):
        table.add_row(f"passage met bewijs {text}", _shown(own[key]), _shown(read[key]), "")
    table.caption = "De vergelijking met LlamaIndex en de groeiende kennisbanken hierboven zijn zonder lezer gemeten."
    return table


def _targets(targets: list[Figures]) -> Table:
    table = _table("doel", "gemeten", "gewenst", "gehaald")
    for row in targets:
        wanted = f"{'minstens' if row['at_least'] else 'hoogstens'} {_shown(row['limit'])}"
        label = _TARGETS[row["name"]]
        table.add_row(label, _shown(row["value"]), wanted, "ja" if row["met"] else "nee",
                      style="green" if row["met"] else "red")  # fmt: skip
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _shown(value: float | None) -> str:
    """Return a figure with a decimal comma, exactly as it stands in the JSON; "-" where there is none."""
    return "-" if value is None else f"{value}".replace(".", ",")
