"""Web pages: the running text with its headings, lists and tables, without the site around it."""

from __future__ import annotations

import re
from pathlib import Path

from lxml.html import HtmlElement

from ingest.readers.blocks import BlockList, with_notes
from ingest.readers.failures import reports_failures
from ingest.readers.html_main import narrowed
from ingest.readers.html_metadata import page_metadata, page_questions
from ingest.readers.html_source import decode_page, parse, remove_clutter, remove_silent, take_in_title, text_root
from ingest.readers.numbers import written
from ingest.readers.tables import LONGEST_CELL, Cell, row_sentences, spread
from ingest.reading import Block, FileText

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q ruby s "
        "samp small span strike strong sub sup time tt u var wbr",
    )
)
_NOTE_PLACES = frozenset(("li", "p", "div", "aside", "dd", "td"))
_NOTE_NUMBER = re.compile(r"^[\[(]?(?:\d{1,3}|\*+)[\])]?$")
_SPACE = re.compile(r"[ \t\n\f\v]+")
_LINE_END = re.compile(r" *\n *")


class _Walk:
    """Turns elements into blocks; text outside block elements gathers until the next block begins."""

    def __init__(self, root: HtmlElement) -> None:
        self.out = BlockList()
        self._by_id: dict[str, HtmlElement] = {}
        for element in root.xpath("//*[@id]"):
            self._by_id.setdefault(element.get("id") or "", element)
        self._pieces: list[str] = []
        self._notes: list[str] = []
        self._cited: set[HtmlElement] = set()
        self._level = 1
        self._item: tuple[int, str] | None = None
        self._in_item = False

    def read(self, element: HtmlElement) -> list[Block]:
        """Return the blocks of ``element``."""
        self.walk(element)
        self._flush()
        return self.out.blocks

    # -- gathered text

    def _take(self) -> str:
        text = _LINE_END.sub("\n", "".join(self._pieces)).strip()
        self._pieces = []
        notes, self._notes = self._notes, []
        return with_notes(text, notes) if text else text

    def _flush(self) -> None:
        text = self._take()
        if not text:
            return
        if self._item:
            first, *rest = text.split("\n\n")
            self.out.item(first.replace("\n", " "), *self._item)
            self._item = None
            for part in rest:
                self.out.continue_item(part)
        elif self._in_item:
            self.out.continue_item(text)
        else:
            self.out.paragraphs(text)

    def _lines(self, element: HtmlElement) -> tuple[str, ...]:
        """Return the text of ``element`` by line, without adding a block."""
        around, self._pieces = self._pieces, []
        self._inline(element, separate=True)
        lines = tuple(line for line in self._take().split("\n") if line.strip())
        self._pieces = around
        return lines

    def _note(self, link: HtmlElement) -> bool:
        """Follow a link to a footnote; False when ``link`` is something else."""
        target = self._by_id.get((link.get("href") or "#").removeprefix("#"))
        is_note = link.get("role") == "doc-noteref" or "footnote-ref" in (link.get("class") or "")
        if target is None or target.tag not in _NOTE_PLACES or link in target.iter("a"):
            return False
        if not is_note and not _NOTE_NUMBER.match(str(link.text_content()).strip()):
            return False
        if target not in self._cited:
            self._cited.add(target)
            for back in target.xpath(".//a[@role='doc-backlink' or contains(@class, 'footnote-back')]"):
                back.drop_tree()
            self._notes.append(" ".join(str(target.text_content()).split()).lstrip("0123456789.[])^↩ "))
        return True

    def _inline(self, element: HtmlElement, separate: bool = False) -> None:
        self._pieces.append(_SPACE.sub(" ", element.text or ""))
        for child in element:
            if child.tag == "br":
                self._pieces.append("\n")
            elif not (child.tag == "a" and self._note(child)) and isinstance(child.tag, str):
                apart = separate and child.tag not in _INLINE
                self._pieces.append("\n" if apart else "")
                self._inline(child, separate)
                self._pieces.append("\n" if apart else "")
            self._pieces.append(_SPACE.sub(" ", child.tail or ""))

    # -- elements

    def walk(self, element: HtmlElement, depth: int = 0) -> None:
        """Add the blocks inside ``element``; ``depth`` is the number of lists around it."""
        self._pieces.append(_SPACE.sub(" ", element.text or ""))
        for child in element:
            if isinstance(child.tag, str) and child not in self._cited:
                self._child(child, depth)
            self._pieces.append(_SPACE.sub(" ", child.tail or ""))

    def _child(self, child: HtmlElement, depth: int) -> None:
        tag = str(child.tag)
        if tag == "br":
            self._pieces.append("\n")
        elif tag == "a" and self._note(child):
            pass
        elif tag in _INLINE:
            self.walk(child, depth)
        else:
            self._flush()
            self._block(tag, child, depth)
            self._flush()

    def _block(self, tag: str, child: HtmlElement, depth: int) -> None:
        if tag in _HEADINGS or tag == "summary" or child.get("role") == "heading":
            stated = child.get("aria-level") or ""
            own = int(stated) if stated.isdigit() else self._level + 1
            level = _HEADINGS.get(tag, own)
            if tag in _HEADINGS:
                self._level = level
            self.out.heading(" ".join(self._lines(child)), min(level, 6))
        elif tag in ("ul", "ol"):
            self._list(child, depth + 1)
        elif tag == "dl":
            self._terms(child, depth)
        elif tag == "table":
            self._table(child, depth)
        elif tag in ("pre", "listing"):
            self.out.paragraphs(str(child.text_content()))
        else:
            self.walk(child, depth)

    def _list(self, element: HtmlElement, depth: int) -> None:
        stated = element.get("start") or ""
        number = int(stated) if stated.isdigit() else 1
        around = self._item, self._in_item
        for child in element:
            if child.tag != "li":
                if isinstance(child.tag, str):
                    self._child(child, depth)
                continue
            if child in self._cited:
                number += 1
                continue
            value = child.get("value") or ""
            number = int(value) if value.isdigit() else number
            marker = f"{written(number, element.get('type') or '1')}." if element.tag == "ol" else ""
            number += 1
            self._item, self._in_item = (depth, marker), True
            self.walk(child, depth)
            self._flush()
            self._item = None
        self._item, self._in_item = None, around[1]

    def _terms(self, element: HtmlElement, depth: int) -> None:
        term = ""
        for child in element.iter("dt", "dd"):
            text = " ".join(self._lines(child))
            if child.tag == "dt":
                self.out.paragraph(term)
                term = text
            elif child.xpath(".//ul|.//ol|.//table") or not term:
                self.out.paragraph(term)
                term = ""
                self.walk(child, depth)
                self._flush()
            else:
                self.out.item(f"{term} {text}" if term[-1] in "?:!" else f"{term}: {text}", depth + 1)
                term = ""
        self.out.paragraph(term)

    # -- tables

    def _table(self, table: HtmlElement, depth: int) -> None:
        for caption in table.xpath("./caption"):
            self.out.paragraph(" ".join(self._lines(caption)))
        rows: list[HtmlElement] = table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr")
        cells: list[HtmlElement] = [cell for row in rows for cell in row.xpath("./td|./th")]
        if self._is_layout(table, rows, cells):
            for cell in cells:
                self.walk(cell, depth)
                self._flush()
            return
        heads = 0
        for row in rows:
            in_head = bool(row.xpath("parent::thead"))
            if not in_head and (row.xpath("./td") or not row.xpath("./th[2]")):
                break
            heads += 1
        self.out.rows(row_sentences(spread([self._spans(row) for row in rows]), heads or None))

    def _is_layout(self, table: HtmlElement, rows: list[HtmlElement], cells: list[HtmlElement]) -> bool:
        if table.get("role") in ("presentation", "none") or table.xpath(".//table|.//h1|.//h2|.//h3|.//h4"):
            return True
        if table.xpath("./thead|./tr/th|./tbody/tr/th"):
            return False
        if len(rows) < 2 or all(len(row.xpath("./td")) < 2 for row in rows):
            return True
        return any(len(str(cell.text_content())) > LONGEST_CELL for cell in cells)

    def _spans(self, row: HtmlElement) -> list[tuple[Cell, int, int]]:
        found = []
        for cell in row.xpath("./td|./th"):
            across, down = cell.get("colspan") or "", cell.get("rowspan") or ""
            strong = cell.tag == "th" or bool(cell.xpath("./b|./strong|./p/b|./p/strong"))
            found.append(
                (
                    Cell(self._lines(cell), strong),
                    int(across) if across.isdigit() else 1,
                    int(down) if down.isdigit() else 1,
                )
            )
        return found


def fragment_blocks(source: str) -> list[Block]:
    """Return the blocks of a piece of HTML, such as one that stands in a Markdown file."""
    root = parse(source)
    remove_silent(root)
    return _Walk(root).read(root)


@reports_failures("HTML-bestand")
def read_html(path: Path) -> FileText:
    """Read a web page. Raises `ReadError`: NO_TEXT, DAMAGED, UNREADABLE."""
    source = decode_page(path.read_bytes())
    root = parse(source)
    metadata, (questions, notices) = page_metadata(root), page_questions(root)
    remove_silent(root)
    remove_clutter(root)
    part = narrowed(text_root(root))
    take_in_title(part, root)
    blocks = _Walk(root).read(part)
    if not blocks:
        # A page that looks like nothing but menus is read as it stands.
        blocks = fragment_blocks(source)
    return FileText(tuple(blocks), metadata, notices=notices, questions=questions)
