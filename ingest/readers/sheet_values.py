"""The value of a cell as a Dutch reader writes it: 12 maart 2024, 12,5%, € 1.250,00, ja."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from kb.dutch import MONTHS

Value = int | float | str | bool | date | time | timedelta
"""What a sheet holds; a ``datetime`` is a ``date``."""

# Formats that a file refers to by number only (ECMA-376 part 1, section 18.8.30).
BUILT_IN_FORMATS = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0", 39: "#,##0.00",
    40: "#,##0.00",
}  # fmt: skip

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_PLACES = re.compile(r"[0#?](?:[0#?,]*)(?:\.([0#?]+))?")
_MOST_DIGITS = 15
"""A spreadsheet counts no further; what follows is the rest of a binary fraction."""


def _day(value: date) -> str:
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def _number(value: int | float, code: str) -> str:
    section = code.split(";")[0]
    digits = _LITERAL.sub("", section)
    percent, euro = "%" in digits, "€" in section
    value = value * 100 if percent else value
    places = _PLACES.search(digits)
    if places and "E" not in digits and "/" not in digits:
        text = f"{value:,.{len(places[1] or '')}f}"
        text = text if "," in places.group() else text.replace(",", "")
    elif float(value).is_integer() and abs(value) < 10**_MOST_DIGITS:
        text = str(int(value))
    else:
        text = f"{value:.{_MOST_DIGITS}g}"
    text = text.translate(str.maketrans(",.", ".,"))
    return f"{'€ ' if euro else ''}{text}{'%' if percent else ''}"


def written(value: Value, code: str = "") -> str:
    """Return a value as text; ``code`` is the number format of its cell ("0.0%"), "" when that is not known."""
    match value:
        case bool():
            return "ja" if value else "nee"
        case str():
            return value
        case datetime():
            return _day(value) if value.time() == time() else f"{_day(value)} {value:%H:%M}"
        case date():
            return _day(value)
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60}:{minutes % 60:02}"
        case _:
            return _number(value, code)
