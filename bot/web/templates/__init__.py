"""The HTML of the page, as Jinja templates: whatever a visitor typed or a document holds is escaped in them."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from kb import dutch

# Of the emergency services, Veilig Thuis and 113, as `bot.danger` names them.
_HELP = re.compile(r"\b(?:112|0800-(?:2000|0113))\b")
# Addresses are our own paths; anything else would come from a conversation that was tampered with.
_OWN_PATH = re.compile(r"/(?:v1|pagina)/[^\\\s]*")


def render(template: str, **values: object) -> Markup:
    """Return the HTML of ``template``, a file in this folder, filled with ``values``. A missing value is an error."""
    return Markup(_environment().get_template(template).render(**values))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "callable": callable_numbers, "long_date": long_date, "moment": moment, "number": dutch_number, "own": own,
        "size": size,
    }  # fmt: skip
    return environment


def long_date(date: dt.date | None) -> str:
    """Return a date as a Dutch reader writes it, such as 1 december 2023."""
    return dutch.long_date(date) if date else "zonder datum"


def moment(when: dt.datetime) -> str:
    """Return a moment as a Dutch reader writes it, such as 1 december 2023, 09:05 uur."""
    return f"{dutch.long_date(when.date())}, {when:%H:%M} uur"


def callable_numbers(text: str) -> Markup:
    """Return ``text`` as HTML in which the numbers of those who help at once can be called by a touch."""
    return Markup(_HELP.sub(r'<a href="tel:\g<0>">\g<0></a>', str(escape(text))))


def size(size_bytes: int) -> str:
    """Return the size of a file in words, such as 340 kB or 1,2 MB."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} kB"
    return f"{size_bytes / 1_000_000:.1f}".replace(".", ",").removesuffix(",0") + " MB"


def dutch_number(number: int) -> str:
    """Return a whole number with Dutch thousands, such as 12.345."""
    return f"{number:,}".replace(",", ".")


def own(url: str) -> str:
    """Return ``url`` if it is an address of our own, else one that leads nowhere."""
    return url if _OWN_PATH.fullmatch(url) else "#"
