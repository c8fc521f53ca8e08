"""What a web page holds and its reader never sees: hidden by an attribute, a style of its own, or the page's styles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cssselect import ExpressionError, SelectorError
from lxml.html import HtmlElement

HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![\d.]*[1-9])|(?:left|top|text-indent)\s*:\s*-\d{4}",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
# Rules that hold on some screens only are passed over.
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_HIDES = re.compile(r"\bdisplay\s*:\s*none|\bvisibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_SHOWS = re.compile(r"\bdisplay\s*:\s*(?!none)\w|\bvisibility\s*:\s*visible", re.IGNORECASE)
_NAME = re.compile(r"[.#][\w-]+")
_COLOUR = re.compile(r"(?<![\w-])(color|background(?:-color)?)\s*:\s*([^;!]+)", re.IGNORECASE)
_WHITE = re.compile(r"^(?:white|#fff|#ffffff|rgba?\(255,\s*255,\s*255(?:,\s*1)?\))$", re.IGNORECASE)
_MOST_STYLES = 500_000
_MOST_RULES = 200


def _styled_away(style: str) -> bool:
    if HIDDEN_STYLE.search(style):
        return True
    colours = [(name.lower() == "color", bool(_WHITE.match(value.strip()))) for name, value in _COLOUR.findall(style)]
    return (True, True) in colours and (False, True) in colours


def _rules(root: HtmlElement) -> list[tuple[str, str]]:
    """Return the selectors of the page's own styles for screens with their declarations, in order."""
    sheets = root.xpath("//style[not(@media) or @media='' or @media='all' or @media='screen']/text()")
    source = _AT_RULE.sub("", _COMMENT.sub("", "\n".join(sheets)[:_MOST_STYLES]))
    return [
        (selector.strip(), stated) for selectors, stated in _RULE.findall(source) for selector in selectors.split(",")
    ]


def _can_be_opened(element: HtmlElement) -> bool:
    """Say whether a button, a link or a tab of the page shows ``element``."""
    before = element.getprevious()
    if before is not None and (
        before.tag in ("button", "input", "label") or before.xpath("descendant-or-self::*[@aria-expanded]|.//button")
    ):
        return True
    name = element.get("id")
    return element.get("role") == "tabpanel" or bool(
        name
        and element.xpath(
            "//*[@href=$link or @aria-controls=$name or @data-target=$link or @data-bs-target=$link]",
            name=name,
            link=f"#{name}",
        )
    )


def _hidden_by_rule(root: HtmlElement) -> Iterator[HtmlElement]:
    rules = _rules(root)
    # What another rule shows again opens on a click: its text is there for the reader.
    shown = {name for selector, stated in rules if _SHOWS.search(stated) for name in _NAME.findall(selector)}
    present = {f".{name}" for names in root.xpath("//@class") for name in str(names).split()}
    present |= {f"#{name}" for name in root.xpath("//@id")}
    whole = sum(map(len, root.xpath("//text()[not(parent::script or parent::style)]")))
    hiding = [
        selector
        for selector, stated in rules
        if _HIDES.search(stated) and (names := set(_NAME.findall(selector))) and names <= present and not names & shown
    ]
    for selector in hiding[:_MOST_RULES]:
        try:
            found: list[HtmlElement] = root.cssselect(selector, translator="html")
        except (SelectorError, ExpressionError):
            continue
        for element in found:
            # A page can hide all of itself until it has loaded.
            if len(str(element.text_content())) <= whole / 2 and not _can_be_opened(element):
                yield element


def hidden_elements(root: HtmlElement) -> list[HtmlElement]:
    """Return the elements of a page that are not shown; what opens on a click is."""
    stated: list[HtmlElement] = root.xpath("//*[@hidden or @aria-hidden='true' or @style]")
    hidden = [
        element
        for element in stated
        if element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _styled_away(element.get("style") or "")
    ]
    return [*hidden, *_hidden_by_rule(root)]
