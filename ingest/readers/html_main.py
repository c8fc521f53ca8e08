"""Which part of a web page is its text, as readability finds it; our own walk reads that part, with its structure."""

from __future__ import annotations

import re
from collections import Counter

import lxml.html
from lxml.html import HtmlElement
from readability import Document

from ingest.readers.html_source import text_length

_WORD = re.compile(r"\w+")
# See docs/decisions/0015-html-main-text.md.
_LEAST_FOUND = 0.8
_LEAST_KEPT = 0.5
_FEWEST_WORDS = 10
_SENTENCE_CHARS = 40
# Characters; more of it is hardly menus, and readability takes many seconds.
_LARGEST_PAGE = 200_000
_STRUCTURE = frozenset(("p", "ul", "ol", "dl", "table", "tbody", "thead", "tr", "blockquote", "details"))
_TEXT = ".//*[self::p or self::li or self::dd or self::td or self::blockquote][not(.//p or .//li)]"

_Threes = Counter[tuple[str, ...]]


def _threes(element: HtmlElement) -> _Threes:
    words = _WORD.findall(" ".join(element.xpath(".//text()")))
    return Counter(zip(words, words[1:], words[2:], strict=False))


def _sentences(element: HtmlElement) -> int:
    """Return how many characters stand in sentences: not in links, and not in the few words of a menu or a footer."""
    lengths = (text_length(text) - sum(map(text_length, text.xpath(".//a[@href]"))) for text in element.xpath(_TEXT))
    return sum(length for length in lengths if length >= _SENTENCE_CHARS)


def _most_of(element: HtmlElement, least: float) -> HtmlElement | None:
    """Return the child of ``element`` with at least ``least`` characters, None where no container has them."""
    children: list[HtmlElement] = [child for child in element if child.tag not in _STRUCTURE]
    return next((child for child in children if text_length(child) >= least), None)


def narrowed(part: HtmlElement) -> HtmlElement:
    """Return the smallest element in ``part`` that holds what readability takes for the running text.

    What it takes can be a section of the text, so that it is followed only where no sentence gets lost.
    """
    whole = text_length(part)
    if whole > _LARGEST_PAGE:
        return part
    try:
        found = _threes(lxml.html.fromstring(Document(lxml.html.tostring(part, encoding="unicode")).summary()))
    except Exception:
        # Pages without any paragraph fail in many ways.
        return part
    if found.total() < _FEWEST_WORDS:
        return part
    chosen = part
    while (inside := _most_of(chosen, _LEAST_KEPT * whole)) is not None:
        same = text_length(inside) == text_length(chosen)
        if not same and (_threes(inside) & found).total() < _LEAST_FOUND * found.total():
            break
        chosen = inside
    return chosen if _sentences(chosen) == _sentences(part) else part
