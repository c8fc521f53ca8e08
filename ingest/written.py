"""Questions that a language model writes for passages, once for each text: kept in the data folder, checked, reused.

One JSON file for each text, named by its hash. In it the questions by who wrote them, the last one last. A passage
whose text changes is asked about anew; what nobody uses any more is forgotten with the document (AVG).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ingest.cleaning import clean_line
from ingest.language import guess
from kb.analysis import content as index_terms
from kb.analysis import words
from kb.documents import Passage
from kb.errors import LanguageModelError, ReleaseError
from kb.privacy import mask
from kb.releases import ReleaseStore, indexed_text

if TYPE_CHECKING:
    from ingest.building import Content, Progress

_FOLDER = Path("cache") / "vragen"
_MOST = 3
_FEWEST_WORDS, _MOST_WORDS = 4, 40
_LONGEST = 300
# A passage of fewer words is a heading gone astray or a line of a form: nobody asks for it.
_FEWEST_PASSAGE_WORDS = 12
# Short Dutch questions look like Afrikaans.
_DUTCH = ("nl", "af")
_FAILURES = 3


class AsksQuestions(Protocol):
    """A language model that writes questions. ``name`` is its name with that of the prompt."""

    @property
    def name(self) -> str: ...

    def write(self, heading: str, passage: Passage) -> Sequence[str]:
        """Return questions that ``passage`` answers. Raises `LanguageModelError`."""


@dataclass(frozen=True, slots=True)
class Written:
    """The questions by passage id, and Dutch remarks on what failed."""

    questions: dict[str, tuple[str, ...]]
    notices: tuple[str, ...] = ()


def written_questions(
    data_dir: Path, content: Content, writer: AsksQuestions | None, left: Container[str], progress: Progress
) -> Written:
    """Return what was ever written for the passages of ``content``; with a ``writer`` the others are written now, but
    for those of the documents ``left`` (ids)."""
    cache = _Cache(data_dir / _FOLDER)
    found: dict[str, tuple[str, ...]] = {}
    missing: list[tuple[str, Passage]] = []
    for document in content.documents:
        for passage in content.passages[document.id]:
            text = indexed_text(passage, document)
            known = cache.read(text)
            found[passage.id] = tuple(next(reversed(known.values()), ()))
            says_enough = len(words(passage.text)) >= _FEWEST_PASSAGE_WORDS
            if writer and document.id not in left and says_enough and writer.name not in known:
                missing.append((text, passage))
    notices = _write(cache, writer, missing, found, progress) if writer else ()
    return Written({key: questions for key, questions in found.items() if questions}, notices)


def _write(
    cache: _Cache,
    writer: AsksQuestions,
    missing: Sequence[tuple[str, Passage]],
    found: dict[str, tuple[str, ...]],
    progress: Progress,
) -> tuple[str, ...]:
    """Add what ``writer`` asks of the passages ``missing`` to ``found``, and return a remark when that failed."""
    failed = in_a_row = 0
    fault = ""
    for done, (text, passage) in enumerate(missing):
        progress("Vragen schrijven", done, len(missing))
        try:
            asked = usable(writer.write(text.removesuffix(passage.text).strip(), passage), text)
        except LanguageModelError as error:
            failed, in_a_row, fault = failed + 1, in_a_row + 1, error.message
            if in_a_row == _FAILURES:  # it will not do better for the rest
                failed += len(missing) - done - 1
                break
        else:
            in_a_row, found[passage.id] = 0, asked
            cache.add(text, writer.name, asked)
    progress("Vragen schrijven", len(missing), len(missing))
    if not failed:
        return ()
    what = "1 passage" if failed == 1 else f"{failed} passages"
    return (f"Bij {what} zijn geen vragen gemaakt. {fault} Probeer het later opnieuw met: handwijzer ingest --vragen",)


def usable(questions: Sequence[str], text: str) -> tuple[str, ...]:
    """Return the questions that may be kept for a passage with the indexed ``text``: Dutch, about it, of some length,
    without personal data; three at most."""
    about = index_terms(text)
    tidy = dict.fromkeys(clean_line(question) for question in questions)
    return tuple(question for question in tidy if _is_usable(question, about))[:_MOST]


def _is_usable(question: str, about: Collection[str]) -> bool:
    return (
        question.endswith("?")
        and len(question) <= _LONGEST
        and _FEWEST_WORDS <= len(words(question)) <= _MOST_WORDS
        and not index_terms(question).isdisjoint(about)
        and not mask(question).found
        and guess(question).language in _DUTCH
    )


def forget_written(store: ReleaseStore, releases: Collection[str]) -> None:
    """Erase the questions about texts that are in none of ``releases``; a damaged release has none."""
    folder = store.data_dir / _FOLDER
    if not folder.is_dir():
        return
    used = set()
    for release_id in releases:
        with suppress(ReleaseError):
            documents = store.documents(release_id)
            for passage in store.passages(release_id):
                used.add(_file_name(indexed_text(passage, documents[passage.document_id])))
    for path in folder.glob("*"):
        if path.name not in used:
            path.unlink(missing_ok=True)


class _Cache:
    """What was written, by the text that it is about."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty = not folder.is_dir()

    def read(self, text: str) -> dict[str, list[str]]:
        """Return the questions about ``text`` by who wrote them, the last one last."""
        if self._empty:
            return {}
        try:
            stored = json.loads((self._folder / _file_name(text)).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return dict(stored) if isinstance(stored, dict) else {}

    def add(self, text: str, name: str, questions: Sequence[str]) -> None:
        """Keep what ``name`` asks about ``text``."""
        content = self.read(text) | {name: list(questions)}
        self._folder.mkdir(parents=True, exist_ok=True)
        self._empty = False
        fresh = self._folder / f".{secrets.token_hex(4)}"
        fresh.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        fresh.replace(self._folder / _file_name(text))


def _file_name(text: str) -> str:
    return f"{blake2b(text.encode(), digest_size=16).hexdigest()}.json"
