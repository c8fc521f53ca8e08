"""The report of one ingest as a page that needs nothing else, kept with the release beside its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kb.dutch import foreign_language, long_date

PAGE, _DATA = "report.html", "report.json"
# In the order of the page: title, whether its rows are in view at once.
_GROUPS = {
    "nieuw": ("Nieuw", True),
    "gewijzigd": ("Gewijzigd", True),
    "verwijderd": ("Verwijderd", True),
    "ongewijzigd": ("Ongewijzigd", False),
}
_FAILED = "mislukt"


@dataclass(frozen=True, slots=True)
class _Document:
    """One file: its row of the report, and what is known of the document it became, nothing where it became none."""

    anchor: str
    row: Mapping[str, Any]
    known: Mapping[str, Any]
    made: date | None

    @property
    def name(self) -> str:
        return str(self.row["bestand"])

    @property
    def facts(self) -> str:
        """Kind and day of the document, on one line."""
        parts = [self.known.get("soort"), _day(self.known.get("datum"))]
        return ", ".join(part for part in parts if part)

    @property
    def valid_until(self) -> str:
        return _day(self.known.get("geldigTot"))

    @property
    def expired(self) -> bool:
        """Whether the last day was before the ingest."""
        last = _as_date(self.known.get("geldigTot"))
        return bool(last and self.made and last < self.made)

    @property
    def language(self) -> str:
        """The language where that is not Dutch."""
        return foreign_language(self.known.get("taal"))

    @property
    def left_out(self) -> list[Mapping[str, Any]]:
        return list(self.known.get("slechtePaginas") or ())

    @property
    def guessed(self) -> list[str]:
        return list(self.known.get("geraden") or ())

    @property
    def unknown_headings(self) -> list[str]:
        return list(self.known.get("onbekendeKoppen") or ())

    @property
    def personal_data(self) -> list[Mapping[str, Any]]:
        return list(self.known.get("persoonsgegevens") or ())


def write_report(folder: Path, report: Mapping[str, Any]) -> Path:
    """Write ``report`` to the folder of a release, as `report.html` and `report.json`, and return the first.

    ``report`` is the object of ``handwijzer ingest --json``. Raises `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / PAGE
    # Half a character in a title must not cost the report.
    target.write_text(_rendered(report), "utf-8", errors="replace")
    (folder / _DATA).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8", errors="replace")
    return target


def read_report(folder: Path) -> dict[str, Any] | None:
    """Return the report in the folder of a release, None when there is none that can be read."""
    try:
        content = json.loads((folder / _DATA).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _rendered(report: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"number": _number, "percentage": _percentage, "seconds": _seconds, "pages": _pages}
    documents = _documents(report)
    groups = {status: [one for one in documents if one.row["status"] == status] for status in _GROUPS}
    failed = [one for one in documents if one.row["status"] == _FAILED]
    live = [one for one in documents if one.known]
    phases = list(report.get("fasen") or ())
    return environment.get_template("html_report.html").render(
        report=report,
        moment=_moment(report.get("gemaakt")),
        counts={**{title.lower(): len(groups[status]) for status, (title, _) in _GROUPS.items()}, _FAILED: len(failed)},
        totals=_totals(live),
        groups=[(*_GROUPS[status], found) for status, found in groups.items() if found],
        failed=failed,
        to_check=_to_check(live),
        pairs=_pairs(report, documents),
        personal=[one for one in live if one.personal_data],
        phases=phases,
        longest=max((float(phase["duurS"]) for phase in phases), default=0.0) or 1.0,
    )


def _documents(report: Mapping[str, Any]) -> list[_Document]:
    details = {known["id"]: known for known in report.get("details") or ()}
    made = _as_date(report.get("gemaakt"))
    return [
        _Document(f"document-{place}", row, details.get(row["id"], {}), made)
        for place, row in enumerate(report.get("documenten") or (), 1)
    ]


def _totals(live: Iterable[_Document]) -> dict[str, int]:
    documents = list(live)
    return {
        "documenten": len(documents),
        "passages": sum(int(one.row.get("passages") or 0) for one in documents),
        "bladzijden": sum(int(one.known.get("paginas") or 0) for one in documents),
        "opgegeven vragen": sum(int(one.known.get("vragen") or 0) for one in documents),
        "gemaakte vragen": sum(int(one.known.get("vragenGemaakt") or 0) for one in documents),
    }


def _to_check(live: Iterable[_Document]) -> list[tuple[str, list[_Document]]]:
    """Return what a maintainer does well to look at, with the documents that it holds for."""
    documents = list(live)
    found = {
        "De geldigheid is voorbij": [one for one in documents if one.expired],
        "Niet alle bladzijden zijn meegenomen": [one for one in documents if one.left_out],
        "De tekst is niet in het Nederlands": [one for one in documents if one.language],
        "De titel of datum is geraden": [one for one in documents if one.guessed],
        "Een kop bij de vragen staat niet in het document": [one for one in documents if one.unknown_headings],
    }
    return [(what, which) for what, which in found.items() if which]


def _pairs(report: Mapping[str, Any], documents: Iterable[_Document]) -> list[tuple[list[_Document | str], float]]:
    """Return the documents that are nearly alike, most alike first; a title or id stands for one without a row."""
    known: dict[str, _Document | str] = {one["id"]: str(one["titel"]) for one in report.get("details") or ()}
    known |= {str(one.row["id"]): one for one in documents}
    pairs = [
        ([known.get(key, key) for key in pair["documenten"]], float(pair["gelijkenis"]))
        for pair in report.get("dubbel") or ()
    ]
    return sorted(pairs, key=lambda pair: -pair[1])


def _as_date(stamp: Any) -> date | None:
    try:
        return datetime.fromisoformat(str(stamp)).date()
    except ValueError:
        return None


def _day(stamp: Any) -> str:
    """Return an ISO day as a Dutch one; what can not be read stays as it is."""
    day = _as_date(stamp)
    return long_date(day) if day else str(stamp or "")


def _moment(stamp: Any) -> str:
    try:
        when = datetime.fromisoformat(str(stamp))
    except ValueError:
        return str(stamp or "een onbekend moment")
    zone = f" ({when.tzname()})" if when.tzinfo else ""
    return f"{long_date(when.date())}, {when:%H:%M} uur{zone}"


def _number(value: float, digits: int = 0) -> str:
    """Return a number with a decimal comma, and a dot between thousands."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def _percentage(share: float) -> str:
    """Return a share as a percentage; rounding never makes it all."""
    return f"{min(round(share * 100), 99 if share < 1 else 100)}%"


def _seconds(value: float) -> str:
    if value >= 60:
        minutes, rest = divmod(round(value), 60)
        return f"{_number(minutes)} min {rest} s"
    return f"{_number(value, 1)} s"


def _pages(pages: Iterable[int]) -> str:
    """Return page numbers as a reader writes them: 3, 4 en 7."""
    *before, last = [str(page) for page in pages] or ["–"]
    return f"{', '.join(before)} en {last}" if before else last
