"""The terminal as a door: commands that speak Dutch, one place to print to, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, TypeVar

import typer
import typer.rich_utils
from rich.console import Console
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

# A pipe or a file gets whole lines; only a terminal has a width.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="Geef één JSON-object op stdout en verder niets.")]

typer.rich_utils.OPTIONS_PANEL_TITLE = "Opties"
typer.rich_utils.ARGUMENTS_PANEL_TITLE = "Argumenten"
typer.rich_utils.COMMANDS_PANEL_TITLE = "Commando's"
_METAVAR = "[OPTIES]"
F = TypeVar("F", bound=Callable[..., Any])


class _Command(TyperCommand):
    """A command whose own help option speaks Dutch too."""

    def get_help_option(self, ctx: Any) -> Any:
        return _in_dutch(super().get_help_option(ctx))


class _Group(TyperGroup):
    """The same for a group of commands."""

    def get_help_option(self, ctx: Any) -> Any:
        return _in_dutch(super().get_help_option(ctx))


def _in_dutch(option: Any) -> Any:
    if option is not None:
        option.help = "Toon deze uitleg."
    return option


def new_app(explanation: str, **settings: Any) -> typer.Typer:
    """Return an empty group of commands with a Dutch ``explanation``."""
    return typer.Typer(
        cls=_Group,
        help=explanation,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        options_metavar=_METAVAR,
        subcommand_metavar="[OPDRACHT] ...",
        **settings,
    )


def command(app: typer.Typer) -> Callable[..., Callable[[F], F]]:
    """Return the decorator that adds a command to ``app``."""
    return partial(app.command, cls=_Command, options_metavar=_METAVAR)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress bars on stderr, one per phase; plain lines where stderr is not a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
                if not err.is_terminal:
                    say(phase)
            bars.update(tasks[phase], completed=done, total=total)

        yield show


def say(line: str) -> None:
    """Print a line about what is going on, on stderr."""
    err.print(line, markup=False, style="dim")


def complain(line: str) -> None:
    """Print what went wrong, on stderr."""
    err.print(line, markup=False, style="red")


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object on stdout."""
    print(json.dumps(content, ensure_ascii=False, indent=2))


def usage_fault(error: TyperException) -> str:
    """Say in Dutch what is wrong with the words of a command."""
    kind = type(error).__name__
    parameter = getattr(error, "param", None)
    name = getattr(parameter, "metavar", None) or "/".join(getattr(parameter, "opts", ()))
    name = name or getattr(error, "option_name", "")
    if kind == "NoSuchOption":
        fault = f"De optie {name} bestaat niet."
    elif kind == "MissingParameter":
        fault = f"Er ontbreekt een waarde voor {name}."
    elif kind == "BadParameter":
        fault = f"De waarde voor {name} klopt niet."
    else:
        fault = "Dit commando bestaat niet of heeft te veel woorden."
    return f"{fault} Bekijk de mogelijkheden met: handwijzer --help"
