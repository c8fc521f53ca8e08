"""Documents in the version that an answer cited, as long as a kept release has it."""

from __future__ import annotations

from contextlib import suppress

from kb.documents import Document
from kb.errors import NotFoundError, ReleaseError
from kb.live import LiveKnowledge


def document_version(knowledge: LiveKnowledge, document_id: str, version: str | None) -> Document:
    """Return the document as it is now, or the ``version`` (the beginning of its sha256) of an earlier release.

    Raises `NotFoundError` when no kept release has it.
    """
    live = knowledge.retriever().release.documents.get(document_id)
    if live and (version is None or live.sha256.startswith(version)):
        return live
    if version:
        for release_id in knowledge.store.ids():
            with suppress(ReleaseError):  # a damaged older release does not stand in the way of the others
                document = knowledge.store.documents(release_id).get(document_id)
                if document and document.sha256.startswith(version):
                    return document
    raise NotFoundError("Dit document, of deze versie, staat niet (meer) in de kennisbank.")
