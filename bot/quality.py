"""What the last measurement says of the answers, as ``handwijzer eval`` leaves it for the page.

`eval.quality` makes it: words, plots and the figures of the plots. The server only reads it, so that it needs nothing
that measures or draws.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kb.errors import StorageError

# In the folder of the measurements: what is erased there is erased of this too.
FILE = Path("eval") / "kwaliteit.json"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figures(_Model):
    """A table: the ``columns`` beside the first, and rows that begin with their name."""

    first: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Key(_Model):
    """A line of a legend: a sign, the CSS variable of its colour (``--good``), and what it stands for."""

    sign: str
    colour: str
    text: str


class Drawing(_Model):
    """A plot as an ``svg`` element in CSS variables, what it says in words, and the same as figures."""

    name: str
    title: str
    svg: str
    reading: str
    legend: tuple[Key, ...]
    figures: Figures


class Headline(_Model):
    """A figure, its 95% interval (empty where there is none) and the Dutch sentence that says what it means."""

    value: str
    interval: str
    sentence: str


class Quality(_Model):
    """The last measurement. ``moment`` is Dutch; ``single`` and ``turns`` count the questions and turns asked."""

    run: str
    moment: str
    release: str
    single: int
    turns: int
    headlines: tuple[Headline, ...]
    summary: str
    drawings: tuple[Drawing, ...]


def save_quality(data_dir: Path, quality: Quality) -> None:
    """Keep ``quality`` in the place of the one before."""
    target = data_dir / FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".tmp")
    fresh.write_text(quality.model_dump_json(), encoding="utf-8")
    fresh.replace(target)


def load_quality(data_dir: Path) -> Quality | None:
    """Return the last measurement, None before the first. Raises `StorageError` for a file that can not be read."""
    target = data_dir / FILE
    try:
        return Quality.model_validate_json(target.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StorageError(
            "De laatste meting kan niet worden gelezen. Meet opnieuw, op de server: handwijzer eval"
        ) from error
