"""A release without some of its documents, made from what it holds: nothing is read or embedded again."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import TemplateError

from ingest.duplicates import write_duplicates
from ingest.html_report import read_report, write_report
from kb.documents import Document
from kb.late import TokenWriter
from kb.releases import PUBLISHED, Release, write_release


def write_without(
    release: Release, gone: Collection[str], folder: Path, created: str, chroma_url: str | None
) -> Release:
    """Write ``release`` without the documents ``gone`` into the new ``folder`` and return it.

    At least one document must be left. Of the report of its ingest the rows about other documents are kept. Raises
    `OSError` and `ReleaseError`.
    """
    documents = [document for document in release.documents.values() if document.id not in gone]
    places = [place for place, passage in enumerate(release.passages) if passage.document_id not in gone]
    passages = [release.passages[place] for place in places]
    with closing(TokenWriter(folder, len(places))) as tokens:
        for number, place in enumerate(places):
            tokens.add(number, release.tokens.of(place))
    units = [row for place in places for row in range(release.unit_starts[place], release.unit_starts[place + 1])]
    write_duplicates(folder, documents, passages, release)
    _copy_report(release, [release.documents[key] for key in gone if key in release.documents], folder)
    if (release.folder / PUBLISHED).exists():
        (folder / PUBLISHED).touch()
    manifest = replace(
        release.manifest, id=folder.name, created=created, documents=len(documents), passages=len(passages)
    )
    texts = {document.id: release.text_of(document.id) for document in documents}
    return write_release(
        folder,
        manifest,
        documents,
        passages,
        texts,
        np.asarray(release.passage_vectors[places]),
        np.asarray(release.unit_vectors[units]),
        chroma_url,
        hints=release.hints.about({passage.id for passage in passages}),
    )


def _copy_report(release: Release, gone: list[Document], folder: Path) -> None:
    report = read_report(release.folder)
    if report is None:
        return
    names = "|".join(re.escape(name) for document in gone for name in (document.id, document.file))
    about = re.compile(rf"(?<![\w./-])(?:{names})(?![\w/-])")
    # A report from before an update may lack what the page asks for; then it stays behind.
    with suppress(LookupError, TypeError, TemplateError):
        write_report(folder, _without(report, about) | {"release": folder.name})


def _without(value: Any, about: re.Pattern[str]) -> Any:
    """Leave out every row that names what ``about`` finds."""
    if isinstance(value, dict):
        return {key: _without(part, about) for key, part in value.items()}
    if isinstance(value, list):
        return [_without(part, about) for part in value if not about.search(json.dumps(part, ensure_ascii=False))]
    return None if isinstance(value, str) and about.search(value) else value
