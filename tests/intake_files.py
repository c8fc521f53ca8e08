"""Files that a maintainer might put into the folder, and a look at what became of them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from email.message import EmailMessage
from typing import Any

import docx

from ingest.report import FileOutcome, IngestReport
from kb.documents import Document
from kb.releases import ReleaseStore

# Invented: the BSN only passes the eleven test, the number counts up.
BSN, MOBILE, BORN, ADDRESS = "111222333", "06-12345678", "3 maart 2012", "s.dewit@gmail.example.com"
CASE = f"De jongen (BSN {BSN}) is geboren op {BORN}. De mentor belt moeder op {MOBILE} voor vrijdag."


def documents(store: ReleaseStore) -> dict[str, Document]:
    """The documents of the live release by file."""
    return {document.file: document for document in store.open().documents.values()}


def original(store: ReleaseStore, file: str) -> bytes:
    """What a citation of ``file`` opens."""
    return store.original(documents(store)[file]).read_bytes()


def row(report: IngestReport, file: str) -> FileOutcome:
    """What the report says happened to ``file``."""
    (found,) = [outcome for outcome in report.outcomes if outcome.file == file]
    return found


def details(report: IngestReport, file: str) -> dict[str, Any]:
    """What the report tells of the document that ``file`` became."""
    (found,) = [known for known in report.details if known["bestand"] == file]
    return found


def word_file(text: str, title: str = "") -> bytes:
    """A Word file of one paragraph; ``title`` is one of its properties."""
    made, stream = docx.Document(), io.BytesIO()
    made.core_properties.title = title
    made.add_paragraph(text)
    made.save(stream)
    return stream.getvalue()


def mail(text: str, attachments: Iterable[tuple[str, bytes]] = (), subject: str = "Afspraken") -> EmailMessage:
    """A message with attachments, each a name and its content."""
    made = EmailMessage()
    made["From"], made["To"] = f"Een Afzender <{ADDRESS}>", "post@voorbeeld.example"
    made["Date"], made["Subject"] = "Sat, 04 May 2024 10:30:00 +0200", subject
    made.set_content(text)
    for name, content in attachments:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made
