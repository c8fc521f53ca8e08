"""From the bytes of a web page to the part of its tree that carries the text: charset, root, clutter."""

from __future__ import annotations

import re

import lxml.etree
import lxml.html
from lxml.html import HtmlElement

from ingest.readers.encoding import decode
from ingest.readers.failures import damaged
from ingest.readers.html_hidden import hidden_elements

_DATA_URI = re.compile(r"data:[\w/+.;=-]*;base64,[A-Za-z0-9+/=\s]+")
_COMMENT = re.compile(rb"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_CHARSET = re.compile(rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEAD_BYTES = 400_000
_STRING = lxml.etree.XPath("string()")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")

_LOOKS = re.compile(r"</?(?:font|b|i|u|s|em|strong|span|big|small|center|tt|nobr|strike)\b[^>]*>", re.IGNORECASE)

_NEVER_TEXT = (
    "script|style|noscript|template|svg|math|iframe|object|embed|canvas|audio|video|map|dialog|menu"
    "|input|select|button|textarea|head|title|rt|rp"
)
_CLUTTER = "//nav|//aside|//footer"
_CLUTTER_ROLES = re.compile(
    r"^(?:navigation|banner|contentinfo|search|complementary|alert|alertdialog|dialog|menu|menubar|toolbar)$"
)
_CLUTTER_NAMES = re.compile(
    r"(?:^|[\s_-])(?:\w*cookie\w*|consent|gdpr|breadcrumbs?|kruimelpad|skip-?(?:link|nav|to)\w*|navbar|navigation|"
    r"main-?(?:menu|nav)|menu|sidebar|social|share|sharing|pagination|pager|advert\w*|related|print-?only|"
    r"\w*footer|colophon|comments?|toc|recent-\w+)"
    r"(?=$|[\s_-])",
    re.IGNORECASE,
)
_BLOCKS = "p|h1|h2|h3|h4|h5|h6|li|table|dl|blockquote"


def parse(source: str) -> HtmlElement:
    """Return the root of ``source``; malformed markup is repaired, nothing is fetched or expanded.

    Raises `ReadError` (DAMAGED) when elements are nested deeper than the parser follows: it would leave out
    everything from there on.
    """
    source = _DATA_URI.sub("", _XML_DECLARATION.sub("", source))
    root, complete = _parsed(source)
    if not complete:
        # Tags for looks that are never closed pile up through a whole page.
        root, complete = _parsed(_LOOKS.sub("", source))
    if not complete:
        raise damaged("HTML-bestand")
    return root


def _parsed(source: str) -> tuple[HtmlElement, bool]:
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False
    )
    try:
        root = lxml.html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:
        # Nothing but comments or closing tags.
        return lxml.html.document_fromstring("<p></p>"), True
    return root, not any("depth" in entry.message for entry in parser.error_log)


def decode_page(data: bytes) -> str:
    """Return the text of a page's bytes, whatever its byte order mark, its <meta> and its bytes say."""
    head = _COMMENT.sub(b"", data[:_HEAD_BYTES])
    declared = _CHARSET.search(head)
    return decode(data, declared[1].decode("ascii", "replace") if declared else None)


def text_length(element: HtmlElement) -> int:
    """Return the number of characters in ``element``, white space not counted."""
    return len("".join(str(_STRING(element)).split()))


def _drop(element: HtmlElement) -> None:
    """Take an element out of the tree; the text behind it stays, and so does `element` by itself."""
    if element.getparent() is not None:
        element.drop_tree()
        element.tail = None


def _is_page_header(element: HtmlElement) -> bool:
    """A header above the text with the logo and menu, as against one that holds the title of the text."""
    if element.xpath("ancestor::main|ancestor::article"):
        return False
    return not element.xpath(".//h1") or bool(element.xpath(".//nav"))


def _mostly_links(element: HtmlElement) -> bool:
    links = element.xpath(".//a[@href]")
    if len(links) < 3 or element.xpath(".//h1|.//h2|.//h3"):
        return False
    return sum(map(text_length, links)) >= 0.8 * text_length(element)


def remove_silent(root: HtmlElement) -> None:
    """Remove what a reader of the page never sees as text: scripts, styles, controls, hidden parts."""
    for element in hidden_elements(root):
        _drop(element)
    for element in root.xpath("|".join(f"//{name}" for name in _NEVER_TEXT.split("|"))):
        _drop(element)


def remove_clutter(root: HtmlElement) -> None:
    """Remove what surrounds the text: menus, headers, footers, cookie bars, forms, lists of links."""
    whole = text_length(root)
    for element in root.xpath(_CLUTTER):
        _drop(element)
    for element in root.xpath("//header"):
        if _is_page_header(element):
            for title in element.xpath(".//h1[not(.//a)]"):
                _drop(title)
                element.addprevious(title)
            _drop(element)
    for element in root.xpath("//form"):
        # Some systems wrap the whole page in one form.
        if len(element.xpath("|".join(f".//{name}" for name in _BLOCKS.split("|")))) < 4:
            _drop(element)
    for element in root.xpath("//body//*[@role or @class or @id]"):
        if element.tag in ("main", "article", "body", "h1") or element.xpath(".//main|.//article|.//h1"):
            continue
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        clutter = _CLUTTER_ROLES.match(element.get("role") or "") or _CLUTTER_NAMES.search(names)
        if clutter and text_length(element) <= 0.5 * whole:
            _drop(element)
    if not root.xpath("//main|//article"):
        for element in root.xpath("//ul|//ol|//td|//div|//p"):
            if text_length(element) <= 0.5 * whole and _mostly_links(element):
                _drop(element)


def text_root(root: HtmlElement) -> HtmlElement:
    """Return the element that holds the running text: <main>, a single <article>, or <body>."""
    body = _body(root)
    for path in ("//main|//*[@role='main']", "//article"):
        found: list[HtmlElement] = root.xpath(path)
        if len(found) == 1 and text_length(found[0]) >= 0.3 * text_length(body):
            return found[0]
    return body


def _body(root: HtmlElement) -> HtmlElement:
    bodies: list[HtmlElement] = root.xpath("//body")
    return bodies[0] if bodies else root


def take_in_title(part: HtmlElement, root: HtmlElement) -> None:
    """Move the title of the page to the beginning of ``part``, unless that has one."""
    titles = _body(root).xpath(".//h1[not(.//a)]")
    if titles and not part.xpath("descendant-or-self::h1"):
        _drop(titles[0])
        part.insert(0, titles[0])
