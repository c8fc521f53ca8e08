"""The documents of the release to be made: what is new or changed is read, the rest comes from the live release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from ingest.building import Content, Progress
from ingest.comparing import Comparison, Met
from ingest.hinting import stated_in, told
from ingest.html_report import read_report
from ingest.inspection import Inspected
from ingest.report import FileOutcome, Status, details_of, named_pages
from ingest.taking_in import Failed, Intake, TakenIn, unopened
from kb.documents import Document, Passage
from kb.dutch import foreign_language
from kb.errors import Reason
from kb.releases import Release, ReleaseStore

_BARRED = (Reason.PERSONAL_DATA, Reason.QUALITY)

Details = dict[str, Any]
"""What a report tells of one document, see `ingest.report.details_of`."""


class Live:
    """The live release as far as a new one takes over from it; empty when there is none."""

    def __init__(self, release: Release | None) -> None:
        self.release = release
        self.documents = release.documents if release else {}
        report = read_report(release.folder) if release else None
        self.details: dict[str, Details] = {row["id"]: row for row in (report or {}).get("details", ())}
        self._passages: dict[str, list[Passage]] = {}
        for passage in release.passages if release else ():
            self._passages.setdefault(passage.document_id, []).append(passage)
        self._questions = stated_in(release) if release else {}
        self._attached: dict[str | None, list[str]] = {}
        for document in self.documents.values():
            self._attached.setdefault(document.parent, []).append(document.id)

    def family(self, document_id: str) -> Iterator[Document]:
        """Yield the document of this id, if there is one, and what was attached to it, at any depth."""
        if document_id in self.documents:
            yield self.documents[document_id]
            for attached in self._attached.get(document_id, ()):
                yield from self.family(attached)

    def hand_over(self, document: Document, content: Content) -> None:
        """Put ``document`` into ``content`` as it is."""
        assert self.release is not None
        text, questions = self.release.text_of(document.id), self._questions.get(document.id, ())
        content.put(document, self._passages[document.id], text, questions)


class Collection:
    """What goes into the new release, and what to tell about every file that was met."""

    def __init__(self, live: Live, store: ReleaseStore, keep_originals: bool) -> None:
        self.content = Content()
        self.outcomes: list[FileOutcome] = []
        self.details: list[Details] = []
        self._live = live
        self._store = store
        self._keep_originals = keep_originals

    def collect(self, comparison: Comparison, intake: Intake, reuse: bool, workers: int, progress: Progress) -> None:
        """Take over what did not change (only if ``reuse``), read the rest, and note what is gone."""
        to_read = [met for met in comparison.met if not (reuse and met.unchanged)]
        for met in comparison.met:
            if reuse and met.unchanged:
                self._keep(met.source.document_id)
        for source, error in comparison.unreadable:
            self._fail(Failed(source, None, unopened(error)))
        with ThreadPoolExecutor(workers + 1) as threads:
            if to_read:
                # What comes after reading needs it, and this process now waits for others anyhow.
                threads.submit(import_module, "datasketch")
            taken = threads.map(lambda met: intake.take_in(met.source), to_read)
            try:
                for number, (met, results) in enumerate(zip(to_read, taken, strict=True)):
                    progress("Lezen", number, len(to_read))
                    self._add(met, results)
            except BaseException:  # Ctrl+C too: nobody waits for all that was still to be read
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        progress("Lezen", len(to_read), len(to_read))
        failed = {outcome.document_id for outcome in self.outcomes if outcome.reason and outcome.reason not in _BARRED}
        for document in comparison.gone:
            moved = comparison.moved_to(document)
            if moved and moved.source.document_id in failed:
                self._stay(document)
            else:
                self._drop(document, str(moved.source.name) if moved else None)
        for document in comparison.left:
            self._stay(document)
        self.outcomes.sort(key=lambda outcome: outcome.file)

    def _keep(self, document_id: str) -> None:
        for document in self._live.family(document_id):
            self._put(document)
            self.outcomes.append(FileOutcome(document.id, document.file, Status.UNCHANGED, document.passages))

    def _stay(self, document: Document) -> None:
        for member in self._live.family(document.id):
            self._put(member)

    def _put(self, document: Document) -> None:
        self._live.hand_over(document, self.content)
        self.details.append(self._details(document, None))

    def _details(self, document: Document, inspected: Inspected | None) -> Details:
        before = {} if inspected else self._live.details.get(document.id, {})
        questions, passages = self.content.questions[document.id], self.content.passages[document.id]
        return details_of(document, inspected, before) | told(questions, document.title, passages)

    def _add(self, met: Met, results: Sequence[TakenIn | Failed]) -> None:
        """Add what came of one file, and drop the attachments that it no longer has."""
        told = set()
        for result in results:
            if isinstance(result, Failed):
                # A version that the rules of today keep out does not stay because it came in under other rules.
                barred = met.unchanged and result.error.reason in _BARRED
                told |= {result.source.document_id, *(document.id for document in self._fail(result, not barred))}
                continue
            document = result.document
            told.add(document.id)
            if self._keep_originals:
                self._store.keep_original(result.original, document.sha256)
            self.content.put(document, result.passages, result.text, result.inspected.content.questions)
            details = self._details(document, result.inspected)
            self.details.append(details)
            before = self._live.documents.get(document.id)
            same = before is not None and before.stamp == document.stamp
            status = Status.NEW if before is None else Status.UNCHANGED if same else Status.CHANGED
            moved = f"Verplaatst: stond eerst op {met.moved_from}." if met.moved_from and not document.parent else ""
            message = " ".join(part for part in (moved, *result.inspected.content.notices, *_remarks(details)) if part)
            self.outcomes.append(
                FileOutcome(document.id, document.file, status, document.passages, None, message or None)
            )
        for attached in self._live.family(met.source.document_id):
            if attached.id not in told:
                self._drop(attached, None, family=False)

    def _fail(self, failed: Failed, keep: bool = True) -> list[Document]:
        """Note a failure and return the documents of the live release that stay for it, none unless ``keep``."""
        family = list(self._live.family(failed.source.document_id))
        before = family if keep else []
        reason, message = failed.error.reason, failed.error.message
        if family and not keep:
            message += " Het document is daarom uit de kennisbank gehaald."
        if before:
            message += " De vorige versie van dit document blijft in de kennisbank."
            for document in before:
                self._put(document)
        passages = before[0].passages if before else 0
        self.outcomes.append(
            FileOutcome(failed.source.document_id, str(failed.source.name), Status.FAILED, passages, reason, message)
        )
        return before

    def _drop(self, document: Document, moved_to: str | None, family: bool = True) -> None:
        message = f"Verplaatst naar {moved_to}." if moved_to else None
        for member in self._live.family(document.id) if family else (document,):
            self.outcomes.append(FileOutcome(member.id, member.file, Status.REMOVED, 0, None, message))


def _remarks(details: Details) -> Iterator[str]:
    """Yield what a maintainer should know about a document that was read."""
    for heading in details["onbekendeKoppen"]:
        yield f"De kop “{heading}” bij “vragen” staat niet in dit document. Neem de kop over zoals hij er staat."
    if poor := [page["pagina"] for page in details["slechtePaginas"]]:
        where = named_pages([page for page in poor if page])
        yield f"Niet goed leesbaar en overgeslagen: {where or 'een deel van de tekst'}."
    if language := foreign_language(details["taal"]):
        yield f"Dit document is niet in het Nederlands, maar in het {language}."
    for found in details["persoonsgegevens"]:
        where = f" ({named_pages(found['paginas'])})" if found["paginas"] else ""
        hidden = "gemaskeerd" if found["gemaskeerd"] else "niet gemaskeerd"
        yield f"Persoonsgegevens: {found['aantal']} keer {found['soort']}{where}, {hidden}."
