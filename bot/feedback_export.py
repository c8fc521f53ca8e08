"""The command ``handwijzer feedback export``: what is kept of use, for a spreadsheet or another program."""

from __future__ import annotations

import csv
import io
import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.terminal import command, new_app, say
from kb.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.feedback import Judged, Unanswered

feedback_app = new_app("Wat gebruikers van antwoorden vinden, en waarop geen antwoord was.")
_command = command(feedback_app)
_JUDGED = (
    "datum", "oordeel", "vraag", "toelichting", "status", "documenten", "release", "antwoordId", "id", "bekeken",
    "testvraag",
)  # fmt: skip
_UNANSWERED = ("datum", "vraag", "documenten", "release")
# A spreadsheet runs a cell that begins with one of these.
_FORMULA = ("=", "+", "-", "@")

Row = dict[str, str | list[str]]


class Format(StrEnum):
    """How records are written."""

    CSV = "csv"
    JSONL = "jsonl"


@feedback_app.callback()
def _feedback() -> None:
    """Keep ``export`` a word of its own: of a group with one command Typer makes that command."""


@_command(name="export")
def export_command(
    form: Annotated[
        Format, typer.Option("--format", help="csv voor een rekenblad, of jsonl: een JSON-object per regel.")
    ] = Format.CSV,
    unanswered: Annotated[
        bool, typer.Option("--unanswered", help="De vragen zonder antwoord, in plaats van de beoordelingen.")
    ] = False,
) -> None:
    """Schrijf de beoordelingen naar stdout, oudste eerst, met gemaskeerde tekst."""
    from bot.feedback import FeedbackStore
    from bot.storage.database import Database

    settings = load_settings()
    store = FeedbackStore(Database.of(settings), settings.keep_days)
    rows = [_row(record) for record in store.unanswered()] if unanswered else [*map(_judged_row, store.judged())]
    names = _UNANSWERED if unanswered else _JUDGED
    sys.stdout.buffer.write(_csv(names, rows) if form is Format.CSV else _jsonl(rows))
    say(f"Aantal: {len(rows)}")


def _row(record: Judged | Unanswered) -> Row:
    return {
        "datum": record.day.isoformat(),
        "vraag": record.question,
        "documenten": list(record.documents),
        "release": record.release,
    }


def _judged_row(record: Judged) -> Row:
    return _row(record) | {
        "oordeel": record.verdict,
        "toelichting": record.remark,
        "status": record.status,
        "antwoordId": record.answer_id,
        "id": record.id,
        "bekeken": "ja" if record.reviewed else "nee",
        "testvraag": "ja" if record.drafted else "nee",
    }


def _csv(names: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Return a table as a Dutch spreadsheet opens it: semicolons, and a mark that says UTF-8."""
    written = io.StringIO(newline="")
    table = csv.writer(written, delimiter=";")
    table.writerow(names)
    for row in rows:
        cells = [", ".join(cell) if isinstance(cell := row[name], list) else cell for name in names]
        table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return written.getvalue().encode("utf-8-sig")


def _jsonl(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
