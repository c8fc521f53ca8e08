"""The draft questions that maintainers make of judgements, in ``testvragen.yaml`` in the data folder.

Drafts stand one after another, each under a line that names its judgement and the documents of the answer, so that
erasing a document finds what may repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.answers import AnswerStatus
from bot.drafting import HOW_TO, Draft, draft_lines
from bot.feedback import Judged, Verdict, masked_line
from kb.documents import Document
from kb.dutch import long_date
from kb.errors import StorageError

FILE = "testvragen.yaml"
_PATIENCE_S = 5
_HEAD = f"""\
# Testvragen uit beoordelingen, gemaakt op het tabblad Beheer.
#
{HOW_TO}#
# Werk in een kopie: Handwijzer schrijft nieuwe concepten achter in dit bestand, en haalt de concepten weg van
# documenten die worden gewist.
concepten:
"""
_SAID = {Verdict.GOOD: "goed", Verdict.WRONG: "fout", Verdict.WRONG_SOURCE: "verkeerde bron"}
# The line above each draft: the id of the judgement and those of its documents.
_MARK = re.compile(r"^  # Beoordeling ([0-9a-f]+) \(documenten: ([^()\n]*)\)\n", re.MULTILINE)


class OwnQuestions:
    """The drafts of one data folder. Safe to use from several threads and processes.

    Every method raises `StorageError` when the file can not be read or written.
    """

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / FILE
        self._lock = data_dir / f"{FILE}.lock"

    def add(self, judged: Judged, documents: Sequence[Document]) -> None:
        """Write a draft of a judgement behind those that are there; once, however often it is asked.

        ``documents``: those of the answer that are still in the knowledge base.
        """
        with self._changing() as text:
            if not any(mark[1] == judged.id for mark in _MARK.finditer(text)):
                self._write((text or _HEAD) + _block(judged, documents))

    def text(self) -> str:
        """Return the file; empty when there is no draft."""
        with _translated_errors():
            return self._file.read_text("utf-8") if self._file.exists() else ""

    def forget_documents(self, documents: Collection[str]) -> int:
        """Remove the drafts of answers from ``documents`` (ids) and return how many those were."""
        if not self._file.exists():
            return 0
        with self._changing() as text:
            marks = list(_MARK.finditer(text))
            ends = [mark.start() for mark in marks[1:]] + [len(text)]
            kept = [
                text[mark.start() : end]
                for mark, end in zip(marks, ends, strict=True)
                if set(documents).isdisjoint(mark[2].split(", "))
            ]
            if kept:
                self._write("".join([text[: marks[0].start()], *kept]))
            elif marks:
                self._file.unlink()
            return len(marks) - len(kept)

    @contextmanager
    def _changing(self) -> Iterator[str]:
        """Return what is there; nobody else changes it meanwhile."""
        with _translated_errors():
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._lock, timeout=_PATIENCE_S):
                yield self.text()

    def _write(self, text: str) -> None:
        fresh = self._file.with_suffix(".tmp")
        fresh.touch(mode=0o600)
        fresh.write_text(text, encoding="utf-8", newline="\n")
        fresh.replace(self._file)


def _block(judged: Judged, documents: Sequence[Document]) -> str:
    """Return the draft. What a user wrote is masked again: an earlier version may have recognised less."""
    answered = judged.status is AnswerStatus.ANSWERED
    outcome = f"{'een antwoord' if answered else 'geen antwoord'}, beoordeeld als {_SAID[judged.verdict]}"
    comments = [f"{long_date(judged.day)}: {outcome}."]
    if documents:
        named = ", ".join(f"{document.title} ({document.file})" for document in documents)
        comments.append(f"{'Bronnen van het antwoord' if answered else 'Komt in de buurt'}: {named}")
    if judged.remark:
        comments.append(f"Toelichting: {masked_line(judged.remark)}")
    draft = Draft(
        key=f"gebruik-{judged.id[:12]}",
        question=masked_line(judged.question),
        answered=answered,
        note=f"Uit het gebruik: {outcome}.",
        files=[document.file for document in documents],
        comments=comments,
    )
    mark = f"  # Beoordeling {judged.id} (documenten: {', '.join(judged.documents)})"
    return "\n".join([mark, *draft_lines(draft), "", ""])


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError, Timeout) as error:
        raise StorageError(
            f"Het bestand {FILE} in de data-map kan niet worden gelezen of geschreven. Controleer de schijfruimte en "
            "de rechten van de data-map."
        ) from error
