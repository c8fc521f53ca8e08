"""Tags in a PDF: what a screen reader hears as heading, list, quote or link (ISO 32000-1, 14.7 and 14.8).

reportlab draws, with a mark around every part; pypdf adds the tree that says what each mark is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
)
from reportlab.pdfbase.pdfdoc import PDFString
from reportlab.pdfgen.canvas import Canvas


@dataclass(frozen=True, slots=True)
class Place:
    """The ``number``-th drawn part, or the ``number``-th link, of a page; both count from 0."""

    page: int
    number: int


@dataclass(slots=True)
class Element:
    """A part of the document. ``tag`` is a structure type such as H1 or P; ``links`` are areas that can be clicked."""

    tag: str
    children: list[Element] = field(default_factory=list)
    drawn: list[Place] = field(default_factory=list)
    links: list[Place] = field(default_factory=list)

    def add(self, tag: str) -> Element:
        """Return a new last child."""
        self.children.append(child := Element(tag))
        return child


class MarkingCanvas(Canvas):  # type: ignore[misc]  # reportlab is not type-checked here
    """A canvas that knows which element it draws. ``links`` says where an address or anchor leads, in words."""

    def __init__(self, *arguments: Any, links: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._links = links
        self._element: Element | None = None
        self._drawn: dict[int, int] = {}
        self._linked: dict[int, int] = {}

    @contextmanager
    def drawing(self, element: Element) -> Iterator[None]:
        """What is drawn meanwhile belongs to ``element``."""
        place = self._next(self._drawn)
        element.drawn.append(place)
        self._element = element
        self.addLiteral(f"/{element.tag} <</MCID {place.number}>> BDC")
        yield
        self.addLiteral("EMC")

    @contextmanager
    def decorating(self) -> Iterator[None]:
        """What is drawn meanwhile is not read out."""
        self.addLiteral("/Artifact BMC")
        yield
        self.addLiteral("EMC")

    def linkURL(self, url: str, *arguments: Any, **options: Any) -> None:  # noqa: N802
        """Add a link to an address; see reportlab."""
        self._note()
        super().linkURL(url, *arguments, Contents=PDFString(self._links[url]), **options)

    def linkRect(self, _contents: str, anchor: str, *arguments: Any, **options: Any) -> None:  # noqa: N802
        """Add a link to a place in this document; see reportlab."""
        self._note()
        super().linkRect(self._links[f"#{anchor}"], anchor, *arguments, **options)

    def _note(self) -> None:
        assert self._element
        self._element.add("Link").links.append(self._next(self._linked))

    def _next(self, counts: dict[int, int]) -> Place:
        page = self.getPageNumber() - 1
        counts[page] = counts.get(page, 0) + 1
        return Place(page, counts[page] - 1)


def tagged(pdf: bytes, document: Element) -> bytes:
    """Return ``pdf``, drawn on a `MarkingCanvas`, with ``document`` as the tree of its tags."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    tree = _Tree(writer)
    writer.root_object[NameObject("/StructTreeRoot")] = tree.of(document)
    writer.root_object[NameObject("/MarkInfo")] = DictionaryObject({NameObject("/Marked"): BooleanObject(True)})
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


class _Tree:
    """The tree while it is made. What a page holds is also found the other way round, by numbers of pages and links."""

    def __init__(self, writer: PdfWriter) -> None:
        self._writer = writer
        self._parents: list[PdfObject] = []
        for number, page in enumerate(writer.pages):
            self._parents.append(ArrayObject())
            page[NameObject("/StructParents")] = NumberObject(number)
            # The keyboard goes from link to link as they are read.
            page[NameObject("/Tabs")] = NameObject("/S")

    def of(self, document: Element) -> IndirectObject:
        """Return the root of the tree with ``document`` in it."""
        root = _dictionary("StructTreeRoot")
        reference = self._writer._add_object(root)
        root[NameObject("/K")] = self._element(document, reference)
        numbers = [item for number, parent in enumerate(self._parents) for item in (NumberObject(number), parent)]
        root[NameObject("/ParentTree")] = DictionaryObject({NameObject("/Nums"): ArrayObject(numbers)})
        root[NameObject("/ParentTreeNextKey")] = NumberObject(len(self._parents))
        return reference

    def _element(self, element: Element, parent: IndirectObject) -> IndirectObject:
        made = _dictionary("StructElem")
        reference = self._writer._add_object(made)
        kids = [
            *(self._part(place, reference) for place in element.drawn),
            *(self._link(place, reference) for place in element.links),
            *(self._element(child, reference) for child in element.children),
        ]
        made[NameObject("/S")] = NameObject(f"/{element.tag}")
        made[NameObject("/P")] = parent
        made[NameObject("/K")] = ArrayObject(kids)
        return reference

    def _part(self, place: Place, parent: IndirectObject) -> DictionaryObject:
        of_page = self._parents[place.page]
        assert isinstance(of_page, ArrayObject)
        # The tree is walked in the order in which it was drawn.
        assert len(of_page) == place.number
        of_page.append(parent)
        return _dictionary("MCR", Pg=self._page(place), MCID=NumberObject(place.number))

    def _link(self, place: Place, parent: IndirectObject) -> DictionaryObject:
        annotations = self._writer.pages[place.page]["/Annots"]
        assert isinstance(annotations, ArrayObject)
        annotation = annotations[place.number].get_object()
        assert isinstance(annotation, DictionaryObject)
        annotation[NameObject("/StructParent")] = NumberObject(len(self._parents))
        self._parents.append(parent)
        return _dictionary("OBJR", Pg=self._page(place), Obj=annotations[place.number])

    def _page(self, place: Place) -> PdfObject:
        page = self._writer.pages[place.page].indirect_reference
        assert page
        return page


def _dictionary(kind: str, **entries: PdfObject) -> DictionaryObject:
    named = {NameObject(f"/{name}"): value for name, value in entries.items()}
    return DictionaryObject({NameObject("/Type"): NameObject(f"/{kind}"), **named})
