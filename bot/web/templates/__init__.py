"""The HTML of the page, as Jinja templates: whatever a visitor typed or a document holds is escaped in them."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kb import dutch

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
    environment.filters |= {"long_date": long_date, "size": size, "number": dutch_number, "own": own}
    environment.filters["moment"] = moment
    return environment


def long_date(date: dt.date | None) -> str:
    """Return a date as a Dutch reader writes it, such as 1 december 2023."""
    return dutch.long_date(date) if date else "zonder datum"


def moment(when: dt.datetime) -> str:
    """Return a moment as a Dutch reader writes it, such as 1 december 2023, 09:05 uur."""
    return f"{dutch.long_date(when.date())}, {when:%H:%M} uur"


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
