"""From one file to the documents in it: the file itself and, for a message, what was attached to it."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath

from ingest import ocr
from ingest.inspection import Inspected, inspect, read_file, recognise
from ingest.metadata import describe
from ingest.policy import PersonalDataRule, Policy
from ingest.readers.failures import damaged
from ingest.reading import Attachment, FileText
from ingest.sources import SourceFile, hashes_of
from ingest.splitting import CountTokens, split
from ingest.workers import Workers
from kb.documents import Document, Passage
from kb.errors import ReadError, Reason

_DEEPEST = 3
_LONGEST_NAME = 120  # bytes
# No fault of the file that is read, and no use going on.
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
# They name who sent them to whom, and hold what was attached to them.
_MESSAGES = frozenset({"message/rfc822", "application/vnd.ms-outlook"})


@dataclass(frozen=True, slots=True)
class TakenIn:
    """One document, ready to be indexed. ``original`` is the file that a citation opens."""

    document: Document
    passages: list[Passage]
    text: str
    original: Path
    inspected: Inspected


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that did not become a document, and why."""

    source: SourceFile
    parent: str | None
    error: ReadError


class Intake:
    """Turns files into documents by the rules of ``policy``; threads may share it.

    Every file is copied into ``staging`` first, so that what is read, hashed and kept is one and the same, also when
    somebody saves the file meanwhile.
    """

    def __init__(self, workers: Workers, policy: Policy, count_tokens: CountTokens, staging: Path) -> None:
        self._workers = workers
        self._policy = policy
        self._count_tokens = count_tokens
        self._staging = staging

    def take_in(self, source: SourceFile) -> list[TakenIn | Failed]:
        """Return the document of ``source``, with those of its attachments after it, or why it is none."""
        place = self._staging / source.document_id
        try:
            place.mkdir(parents=True)
            copy = place / source.path.name
            shutil.copyfile(source.path, copy)
            return list(self._documents(source, copy, None, None, 0))
        except OSError as error:
            if error.errno in _OF_THE_DISK:
                raise
            return [Failed(source, None, unopened(error))]
        except Exception:
            # Readers report what they can not read; whatever else a file makes go wrong costs no other file.
            return [Failed(source, None, damaged("bestand"))]

    def _documents(
        self, source: SourceFile, copy: Path, parent: str | None, allowed: frozenset[str] | None, depth: int
    ) -> Iterator[TakenIn | Failed]:
        """Give the document of ``copy`` and those attached to it; ``allowed`` is what holds for a whole message."""
        try:
            content, media_type = self._workers.run(read_file, copy)
            if allowed is None:
                # Only a maintainer lets something through, not whoever sent a message.
                known = describe(source.path, source.name, content)
                allowed = known.allowed
                content = replace(content, questions=known.questions, notices=(*content.notices, *known.notices))
            content = self._with_scans(content, copy, media_type)
            yield self._taken(source, copy, parent, content, media_type, allowed)
        except ReadError as error:
            yield Failed(source, parent, error)
            return
        for name, attachment in _named(content.attachments if depth < _DEEPEST else ()):
            folder = Path(tempfile.mkdtemp(dir=copy.parent))
            (folder / name).write_bytes(attachment.content)
            attached = SourceFile(folder / name, source.name / name)
            yield from self._documents(attached, attached.path, source.document_id, allowed, depth + 1)

    def _with_scans(self, content: FileText, copy: Path, media_type: str) -> FileText:
        """Add the text of scanned pages where text recognition is there."""
        if not content.scanned:
            return content
        if self._policy.ocr and ocr.available():
            with ThreadPoolExecutor(self._workers.count) as threads:
                pages = list(threads.map(lambda page: self._recognised(copy, media_type, page), content.scanned))
            content = ocr.merged(content, pages)
            if not content.blocks:
                raise ReadError(
                    Reason.NO_TEXT, "Op deze scan is geen tekst herkend. Maak een betere scan en lees het opnieuw in."
                )
        elif content.blocks:
            content = replace(content, notices=(*content.notices, ocr.scans_left_out(content.scanned)))
        else:
            raise ocr.scanned_without_ocr("bestand")
        return content

    def _recognised(self, copy: Path, media_type: str, page: int) -> ocr.OcrPage:
        try:
            return self._workers.run(recognise, copy, media_type, page)
        except ReadError:
            # The other pages do not suffer; that this one was not read is told with them.
            return ocr.OcrPage(page, (), 0.0)

    def _taken(
        self,
        source: SourceFile,
        copy: Path,
        parent: str | None,
        content: FileText,
        media_type: str,
        allowed: frozenset[str],
    ) -> TakenIn:
        inspected = self._workers.run(inspect, content, self._policy, allowed)
        known = describe(source.path, source.name, inspected.content)
        text, passages = split(source.document_id, inspected.content, self._count_tokens, known.title)
        if not passages:
            raise ReadError(Reason.NO_TEXT, "Dit bestand bevat geen leesbare tekst. Lever een versie met tekst aan.")
        digest, stamp = hashes_of(copy, source.path)
        guarded = self._policy.personal_data is not PersonalDataRule.REPORT and "persoonsgegevens" not in allowed
        if inspected.masked or (guarded and media_type in _MESSAGES):
            # The file itself still holds what was masked: the text takes its place.
            copy, media_type = copy.with_name("gemaskeerd.txt"), "text/plain"
            copy.write_text(text.text, encoding="utf-8", newline="\n")
            digest, _ = hashes_of(copy, copy)
        document = Document(
            id=source.document_id,
            title=known.title,
            kind=known.kind,
            date=known.date,
            publisher=known.publisher,
            url=known.url,
            file=str(source.name),
            sha256=digest,
            stamp=stamp,
            media_type=media_type,
            size_bytes=copy.stat().st_size,
            pages=content.pages,
            passages=len(passages),
            valid_until=known.valid_until,
            guessed=known.guessed,
            language=inspected.quality.language,
            score=inspected.quality.score,
            parent=parent,
        )
        return TakenIn(document, passages, text.text, copy, inspected)


def unopened(error: OSError) -> ReadError:
    """Return why a file that the system does not open is no document."""
    return ReadError(
        Reason.UNREADABLE, f"Dit bestand kan niet worden geopend ({error.strerror or error}). Controleer de rechten."
    )


def _named(attachments: Sequence[Attachment]) -> Iterator[tuple[str, Attachment]]:
    """Give every attachment a file name of its own that is safe on any disk."""
    taken: set[str] = set()
    for attachment in attachments:
        plain = PurePosixPath(attachment.name.replace("\\", "/")).name
        plain = re.sub(r"[^\w.() -]+", "_", plain).strip(". ").encode()[-_LONGEST_NAME:].decode("utf-8", "ignore")
        plain = plain or "bijlage"
        numbered = (plain if number == 1 else f"{number}-{plain}" for number in count(1))
        name = next(name for name in numbered if name.casefold() not in taken)
        taken.add(name.casefold())
        yield name, attachment
