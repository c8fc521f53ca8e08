"""Which documents a removal is about: the one that was named, what came with it, and its earlier names."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kb.documents import Document
from kb.errors import NotFoundError

Documents = Mapping[str, Document]
"""The documents of one release by id."""
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Target:
    """The ``ids`` that are to go and the ``documents`` that bear them, every version once per release. ``files`` are
    the names of the files that they were read from."""

    ids: frozenset[str]
    documents: tuple[Document, ...]
    files: frozenset[str]


def find_target(name: str, releases: Collection[Documents], live: Documents) -> Target:
    """Find the document called ``name``, its id or its file, in ``releases``.

    What was attached to it goes with it, and so does what had the same content under a name that is not ``live`` any
    more: that is the document before its file was moved. Raises `NotFoundError`, naming what looks like it.
    """
    ids = {key for documents in releases for key, document in documents.items() if name in (key, document.file)}
    if not ids:
        raise _unknown(name, releases)
    while True:
        found = [(documents[key], documents) for documents in releases for key in documents.keys() & ids]
        content = {document.sha256 for document, _ in found}
        more = {
            key
            for documents in releases
            for key, document in documents.items()
            if document.parent in ids or (document.sha256 in content and key not in live)
        }
        if more <= ids:
            files = frozenset(_root(document, documents).file for document, documents in found)
            return Target(frozenset(ids), tuple(document for document, _ in found), files)
        ids |= more


def _root(document: Document, documents: Documents) -> Document:
    """Return the message, of a message within a message, that ``document`` came with."""
    while document.parent and document.parent in documents:
        document = documents[document.parent]
    return document


def _unknown(name: str, releases: Collection[Documents]) -> NotFoundError:
    names = {part for documents in releases for document in documents.values() for part in (document.id, document.file)}
    near = difflib.get_close_matches(name, sorted(names), _NEAR, 0.5)
    meant = f" Bedoelt u: {' of '.join(near)}?" if near else ""
    return NotFoundError(f"Document '{name}' staat niet in de kennisbank.{meant}")
