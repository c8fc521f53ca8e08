"""What an ingest has to do: the files that are there, against the documents of the live release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.sources import Scope, SourceFile
from kb.documents import Document


@dataclass(frozen=True, slots=True)
class Met:
    """A file that is there. ``before`` is its document in the live release; ``moved_from`` the file name of a document
    with the same content that is no longer there."""

    source: SourceFile
    sha256: str
    stamp: str
    before: Document | None
    moved_from: str | None = None

    @property
    def unchanged(self) -> bool:
        """Tell whether the file and what is known about it are as they were."""
        return self.before is not None and self.before.stamp == self.stamp


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every file that is there, those that could not be opened, and the live documents that have no file any more
    (``gone``) or that this run does not look at (``left``)."""

    met: list[Met]
    unreadable: list[tuple[SourceFile, OSError]]
    gone: list[Document]
    left: list[Document]

    def moved_to(self, document: Document) -> Met | None:
        """Return the file that a document which is ``gone`` from its old place moved to."""
        return next((met for met in self.met if met.moved_from == document.file), None)


def compare(scope: Scope, live: Mapping[str, Document]) -> Comparison:
    """Compare the files of ``scope`` with the documents of the live release by id and content.

    Attachments are left out: they go where the message goes that they came with.
    """
    documents = {key: document for key, document in live.items() if document.parent is None}
    here = {source.document_id for source in scope.files}
    absent = [document for key, document in documents.items() if key not in here]
    gone = [document for document in absent if scope.covers(document.file)]
    lost = {document.stamp: document.file for document in gone}
    met: list[Met] = []
    unreadable: list[tuple[SourceFile, OSError]] = []
    for source in scope.files:
        before = documents.get(source.document_id)
        try:
            sha256, stamp = source.hashes()
        except OSError as error:
            unreadable.append((source, error))
            continue
        moved_from = None if before else lost.pop(stamp, None)
        met.append(Met(source, sha256, stamp, before, moved_from))
    return Comparison(met, unreadable, gone, [document for document in absent if not scope.covers(document.file)])
