"""What the head of a web page states: title, date, publisher, address, language."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ingest.cleaning import clean_line
from ingest.readers.metadata import KEYS, iso_date, known, usable_title
from ingest.readers.stated import QUESTIONS, stated_questions
from ingest.reading import StatedQuestion

_DATES = (
    "datum", "dcterms.modified", "dcterms.issued", "dcterms.date", "dc.date", "dcterms.created", "date",
    "article:modified_time", "article:published_time", "last-modified", "publicatiedatum",
)  # fmt: skip
_PUBLISHERS = ("uitgever", "dcterms.publisher", "dc.publisher", "publisher", "og:site_name", "author")
_SITE_PART = re.compile(r"\s+[|·»–—-]\s+")


def _title(root: HtmlElement, named: dict[str, str]) -> str | None:
    stated = " ".join(root.xpath("//title[not(ancestor::svg)]/text()")[:1])
    title = usable_title(named.get("og:title")) or usable_title(stated)
    heading = next((clean_line(str(h.text_content())) for h in root.xpath("//h1")), "")
    # "Toestemming vragen | Gemeente Voorbeeld": the name of the site is no part of the title.
    if title and heading and title != heading and heading in _SITE_PART.split(title):
        return heading
    return title


def page_questions(root: HtmlElement) -> tuple[tuple[StatedQuestion, ...], tuple[str, ...]]:
    """Return the questions that the page states, one to each "meta" with the name "vragen", and remarks on them."""
    return stated_questions([str(content) for content in root.xpath(f"//meta[@name='{QUESTIONS}']/@content")])


def page_metadata(root: HtmlElement) -> dict[str, str]:
    """Return titel, soort, datum, uitgever, url and taal as far as the page states them."""
    named: dict[str, str] = {}
    for meta in root.xpath("//meta[@content]"):
        name = meta.get("name") or meta.get("property") or meta.get("http-equiv") or ""
        named.setdefault(name.strip().lower(), clean_line(meta.get("content") or ""))
    found: dict[str, str | None] = {key: named.get(key) for key in KEYS}
    found["titel"] = found["titel"] or _title(root, named)
    found["soort"] = found["soort"] or named.get("dcterms.type")
    found["datum"] = next((day for name in _DATES if (day := iso_date(named.get(name, "")))), None)
    found["uitgever"] = next((named[name] for name in _PUBLISHERS if named.get(name)), None)
    links = [*root.xpath("//link[@rel='canonical']/@href"), named.get("og:url", "")]
    found["url"] = found["url"] or next((str(link) for link in links if str(link).startswith("http")), None)
    metadata, _ = known({key: value for key, value in found.items() if value})
    language = clean_line(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    return {**metadata, "taal": language.lower()} if language else metadata
