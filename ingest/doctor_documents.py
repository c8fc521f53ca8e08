"""What a maintainer should know about the documents of the live release: expired, double, guessed, hard to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.duplicates import PERMUTATIONS, document_pairs, signatures
from ingest.findings import Finding, Severity
from ingest.hinting import stated_in, told
from ingest.sources import find_sources
from kb.documents import Document, Passage
from kb.dutch import long_date
from kb.releases import Release

_SOON = timedelta(days=60)
_LOW_SCORE = 0.6
_DUTCH = "nl"
_SHOWN = 5


def document_findings(release: Release, corpus_dir: Path, today: date) -> Iterator[Finding]:
    """Tell what to look at in the documents of ``release`` on the day ``today``."""
    for document in release.documents.values():
        yield from _validity(document, today)
        yield from _reading(document)
    yield from _duplicates(release)
    guessed = [document for document in release.documents.values() if document.guessed]
    if guessed:
        yield Finding(
            Severity.INFO,
            "geraden",
            f"Van {_some(guessed)} is de titel of de datum geraden uit de tekst.",
            "Klopt er iets niet, zet dan 'titel' of 'datum' in een .meta.yaml-bestand naast het document.",
        )
    yield from _unknown_headings(release)
    yield from _without_file(release, corpus_dir)


def _validity(document: Document, today: date) -> Iterator[Finding]:
    until = document.valid_until
    if until is None or until > today + _SOON:
        return
    if document.expired(today):
        yield Finding(
            Severity.WARNING,
            "verlopen",
            f"{_named(document)} is verlopen: geldig tot en met {long_date(until)}.",
            "Vervang het door een nieuwe versie, verwijder het, of pas 'geldig_tot' aan in het .meta.yaml-bestand.",
        )
    else:
        yield Finding(
            Severity.INFO,
            "verloopt-binnenkort",
            f"{_named(document)} verloopt: geldig tot en met {long_date(until)}.",
            "Zorg voor die dag voor een nieuwe versie.",
        )


def _reading(document: Document) -> Iterator[Finding]:
    if document.language not in (None, _DUTCH):
        yield Finding(
            Severity.INFO,
            "andere-taal",
            f"{_named(document)} is niet in het Nederlands (taal: {document.language}).",
            "Vragen in het Nederlands vinden dit document minder goed. Gebruik liever een Nederlandse versie.",
        )
    if document.score is not None and document.score < _LOW_SCORE:
        yield Finding(
            Severity.WARNING,
            "slecht-leesbaar",
            f"De tekst van {_named(document)} is slecht uit het bestand te halen (score {document.score:.2f} van 1).",
            "Lever een versie die beter leesbaar is, bijvoorbeeld het Word-bestand in plaats van de pdf.",
        )


def _unknown_headings(release: Release) -> Iterator[Finding]:
    """Tell which documents state questions under a heading that they do not have."""
    passages: dict[str, list[Passage]] = {}
    for passage in release.passages:
        passages.setdefault(passage.document_id, []).append(passage)
    wrong = []
    for key, questions in stated_in(release).items():
        document = release.documents[key]
        if told(questions, document.title, passages[key])["onbekendeKoppen"]:
            wrong.append(document)
    if wrong:
        yield Finding(
            Severity.INFO,
            "kop-onbekend",
            f"Bij de vragen van {_some(wrong)} hoort een kop die er niet in staat; de plaats is nu gekozen op inhoud.",
            "Neem bij 'kop' de kop over zoals hij in het document staat. Het verslag van het inlezen noemt hem.",
        )


def _duplicates(release: Release) -> Iterator[Finding]:
    documents = release.documents
    for pair in document_pairs(list(documents.values()), release.passages, _signatures(release)):
        first, second = (documents[key] for key in pair.documents)
        same = "is hetzelfde bestand als" if first.sha256 == second.sha256 else "zegt bijna hetzelfde als"
        yield Finding(
            Severity.WARNING,
            "dubbel",
            f"{_named(first)} {same} {_named(second)}.",
            "Houd er een, bij voorkeur de nieuwste, en verwijder de andere.",
        )


def _signatures(release: Release) -> NDArray[np.uint32]:
    """Return those that the ingest left, or make them."""
    try:
        rows: NDArray[np.uint32] = np.load(release.folder / "signatures.npy")
    except (OSError, EOFError, ValueError):
        rows = np.zeros(0, np.uint32)
    if rows.shape == (len(release.passages), PERMUTATIONS):
        return rows
    return signatures(passage.text for passage in release.passages)


def _without_file(release: Release, corpus_dir: Path) -> Iterator[Finding]:
    if not corpus_dir.is_dir():
        yield Finding(
            Severity.WARNING,
            "corpusmap",
            f"De corpusmap {corpus_dir} is er niet.",
            "Staat zij op een netwerkschijf, verbind die dan weer. Of kies een andere map met HANDWIJZER_CORPUS_DIR.",
        )
        return
    here = {str(source.name) for source in find_sources(corpus_dir, ()).files}
    gone = [known for known in release.documents.values() if known.parent is None and known.file not in here]
    if gone:
        yield Finding(
            Severity.INFO,
            "geen-bronbestand",
            f"Van {_some(gone)} staat het bestand niet (meer) in de corpusmap.",
            "Met de volgende keer 'handwijzer ingest' verdwijnen ze. Zet een bestand terug om het te houden.",
        )


def _named(document: Document) -> str:
    return f"'{document.title}' ({document.file})"


def _some(documents: list[Document]) -> str:
    """Return how many documents there are, with the names of the first few."""
    names = ", ".join(document.file for document in documents[:_SHOWN])
    more = f" en {len(documents) - _SHOWN} andere" if len(documents) > _SHOWN else ""
    return f"{len(documents)} {'document' if len(documents) == 1 else 'documenten'} ({names}{more})"
