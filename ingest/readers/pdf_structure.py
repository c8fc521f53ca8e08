"""The skeleton of a PDF where pypdf gives up or overlooks: a page tree that runs in circles, attached files."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, NameObject


def cut_loops(reader: PdfReader) -> None:
    """Let every branch of the page tree hang in one place only, so that none leads back to itself."""
    root = cast(DictionaryObject, reader.root_object["/Pages"])
    branches, seen = [root], {id(root)}
    while branches:
        branch = branches.pop()
        kept = ArrayObject()
        for kid in cast(ArrayObject, branch["/Kids"]):
            node = kid.get_object()
            if isinstance(node, DictionaryObject) and "/Kids" in node:
                if id(node) in seen:
                    continue
                seen.add(id(node))
                branches.append(node)
            kept.append(kid)
        branch[NameObject("/Kids")] = kept


def has_attachments(reader: PdfReader) -> bool:
    """Whether files are attached to the document, or pinned on one of its pages."""
    with suppress(Exception):  # a fault in the attachments does not concern the text
        names = cast(DictionaryObject, reader.root_object["/Names"])
        files = cast(DictionaryObject, names["/EmbeddedFiles"])
        if any(files.get(key) for key in ("/Names", "/Kids")):
            return True
    with suppress(Exception):
        pinned = (note.get_object() for page in reader.pages for note in page.get("/Annots", ()))
        return any(note.get("/Subtype") == "/FileAttachment" for note in pinned)
    return False
