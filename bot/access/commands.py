"""The commands ``handwijzer keys``: make, list and revoke keys."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from bot.access.caller import Role
from bot.terminal import Json, command, new_app, out, print_json, say
from kb.dutch import long_date
from kb.errors import UsageError
from kb.settings import load_settings

if TYPE_CHECKING:
    from bot.access.keys import Key, KeyStore

keys_app = new_app("Maak, bekijk en beheer sleutels voor de API.")
_command = command(keys_app)
_DAYS = re.compile(r"(\d{1,4})d")
_MOST_NAME_CHARACTERS = 100


@_command(name="create")
def create_command(
    role: Annotated[Role, typer.Option("--role", help="Wat de sleutel mag.")],
    name: Annotated[str, typer.Option("--name", metavar="NAAM", help="Waar de sleutel voor is.")] = "",
    origins: Annotated[
        list[str] | None,
        typer.Option("--origin", metavar="ADRES", help="Website die de sleutel in een pagina mag zetten; mag vaker."),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="DATUM", help="Laatste dag (2027-01-31), of over zoveel dagen (90d)."),
    ] = None,
    rate: Annotated[int | None, typer.Option("--rate", min=1, max=1_000_000, help="Verzoeken per minuut.")] = None,
    as_json: Json = False,
) -> None:
    """Maak een sleutel. Hij wordt één keer getoond."""
    if len(name) > _MOST_NAME_CHARACTERS or not name.isprintable():
        raise UsageError(f"De naam is te lang (maximaal {_MOST_NAME_CHARACTERS} tekens) of bevat vreemde tekens.")
    text, key = _store().create(role, name, origins or (), _moment(expires) if expires else None, rate)
    if as_json:
        print_json({"sleutel": text} | _facts(key))
        return
    print(text)
    say("Bewaar deze sleutel goed: hij wordt niet nog eens getoond.")
    if key.origins:
        say(f"Hij werkt alleen in webpagina's van {', '.join(key.origins)}.")
    say(f"Intrekken: handwijzer keys revoke {key.id}")


@_command(name="list")
def list_command(as_json: Json = False) -> None:
    """Toon alle sleutels, zonder de sleutels zelf."""
    keys = _store().all()
    if as_json:
        print_json({"sleutels": [_facts(key) for key in keys]})
        return
    if not keys:
        out.print("Er zijn nog geen sleutels. Maak er een met: handwijzer keys create --role lezen", markup=False)
        return
    table = Table("id", "status", "rol", "naam", "websites", "verloopt", "per minuut")
    for key in keys:
        facts = _facts(key)
        expires = long_date(key.expires.astimezone().date()) if key.expires else "nooit"
        cells = (key.id, facts["status"], key.role, key.name, ", ".join(key.origins), expires, key.per_minute or "")
        table.add_row(*(Text(str(cell)) for cell in cells))
    out.print(table)


@_command(name="revoke")
def revoke_command(
    id: Annotated[str, typer.Argument(metavar="ID", help="De id uit handwijzer keys list, of de hele sleutel.")],
    as_json: Json = False,
) -> None:
    """Trek een sleutel in. Een draaiende server weigert hem binnen twee seconden."""
    key = _store().revoke(id)
    if as_json:
        print_json(_facts(key))
        return
    out.print(f"Sleutel {key.id} is ingetrokken.", markup=False)


def _store() -> KeyStore:
    # SQLAlchemy is loaded for these commands only.
    from bot.access.keys import KeyStore
    from bot.storage.database import Database

    settings = load_settings()
    return KeyStore(Database.of(settings), settings.data_dir)


def _facts(key: Key) -> dict[str, Any]:
    status = "ingetrokken" if key.revoked else "geldig" if key.live(datetime.now(UTC)) else "verlopen"
    moments = {"gemaakt": key.created, "verloopt": key.expires, "ingetrokken": key.revoked}
    return {
        "id": key.id,
        "status": status,
        "rol": key.role.value,
        "naam": key.name,
        "origins": list(key.origins),
        "perMinuut": key.per_minute,
    } | {label: moment.isoformat(timespec="seconds") if moment else None for label, moment in moments.items()}


def _moment(text: str) -> datetime:
    """Return when a key expires: after so many days, or at the end of a day on the clock of this computer."""
    try:
        days = _DAYS.fullmatch(text)
        if days:
            return datetime.now(UTC) + timedelta(days=int(days[1]))
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min).astimezone()
    except (ValueError, OverflowError) as error:
        raise UsageError(f"'{text}' is geen datum. Schrijf 2027-01-31, of een aantal dagen zoals 90d.") from error
