"""Files that a maintainer brought and has not published yet: kept out of the corpus folder until that is wanted.

data/drafts/<maintainer>/<token>/
  bestand/<name>      the file as it came
  draft.json          where it is to go and what was said of it; without it the file never came in whole
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from os.path import lexists
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from bot.jobs.queue import new_id
from ingest.metadata import sidecar_of
from ingest.placing import incoming, place, settle
from ingest.sources import IGNORE_FILE, hashes_of
from kb.documents import Document
from kb.errors import NotFoundError, ReleaseError, UsageError
from kb.releases import ReleaseStore, translated_disk_errors

MOST_WAITING = 100
KEEP_DAYS = 7
_ROOT, _FILE, _NOTE = "drafts", "bestand", "draft.json"


class _Note(BaseModel):
    """What stands beside a file; see `Draft`."""

    model_config = ConfigDict(extra="forbid")

    number: int
    file: str | None
    replaces: bool
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """One file that waits. ``file`` is its place in the corpus folder, None while that has to be chosen; ``replaces``
    is whether another file may go for it; ``fields`` is what its sidecar is to say."""

    token: str
    path: Path
    number: int
    file: str | None
    replaces: bool
    fields: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    @property
    def size_bytes(self) -> int:
        """The size of the file."""
        return self.path.stat().st_size


class Drafts:
    """The files of one maintainer, ``owner``, in ``data_dir``. What is older than `KEEP_DAYS` is erased, of anybody.

    Every method that writes raises `ReleaseError` when the disk is full or may not be written.
    """

    def __init__(self, data_dir: Path, corpus_dir: Path, owner: str) -> None:
        # The name may name a person, and hold what no folder may be called.
        self._folder = data_dir / _ROOT / blake2b(owner.encode(), digest_size=12).hexdigest()
        self._corpus = corpus_dir

    def all(self) -> list[Draft]:
        """Return the files, in the order in which they came."""
        _erase_old(self._folder.parent)
        found = [draft for folder in self._folder.glob("*") if (draft := _read(folder))]
        return sorted(found, key=lambda draft: draft.number)

    def get(self, token: str) -> Draft:
        """Return one file. Raises `NotFoundError`."""
        for draft in self.all():
            if draft.token == token:
                return draft
        raise NotFoundError("Dit bestand staat niet (meer) klaar. Kies het opnieuw.")

    def incoming(self, name: str) -> tuple[str, Path]:
        """Return a new token, and where the file called ``name`` may be written. Raises `UsageError` when full."""
        if len(self.all()) >= MOST_WAITING:
            raise UsageError(f"Er staan al {MOST_WAITING} bestanden klaar. Publiceer die eerst, of haal ze weg.")
        token = new_id()
        folder = self._folder / token / _FILE
        with translated_disk_errors(self._folder):
            folder.mkdir(parents=True)
        return token, folder / name

    def keep(self, token: str, known: Iterable[str], replaced: str = "") -> Draft:
        """Take in the file that was written for ``token``; ``known`` are the files of the knowledge base.

        It goes for the file ``replaced``, where that is given. One of the same name that waits already makes way, and
        what was said of it holds. Where a document of this name is there, its maintainer has to say what is meant.
        """
        name = next((self._folder / token / _FILE).iterdir()).name
        same = [draft for draft in self.all() if draft.name.casefold() == name.casefold()]
        rivals = self.rivals(name, known)
        note = _Note(number=time.time_ns(), file=None if rivals else name, replaces=False, fields={})
        if same:
            note = note.model_copy(update={"number": same[0].number, "fields": dict(same[0].fields)})
        if replaced:
            note = note.model_copy(update={"file": replaced, "replaces": True})
        elif same and same[0].file and (same[0].replaces or same[0].file not in rivals):
            note = note.model_copy(update={"file": same[0].file, "replaces": same[0].replaces})
        self._write(token, note)
        self.drop(same)
        return self.get(token)

    def rivals(self, name: str, known: Iterable[str]) -> list[str]:
        """Return the files, within the corpus folder, that a file called ``name`` may be meant to replace."""
        alike = {file for file in known if PurePosixPath(file).name.casefold() == name.casefold()}
        return sorted(alike | ({name} if lexists(self._corpus / name) else set()))

    def send_to(self, draft: Draft, file: str, replaces: bool) -> None:
        """Note where a file is to go."""
        self._write(draft.token, _noted(draft, file=file, replaces=replaces))

    def describe(self, draft: Draft, fields: Mapping[str, str]) -> None:
        """Note what the sidecar of a file is to say."""
        self._write(draft.token, _noted(draft, fields=dict(fields)))

    def drop(self, drafts: Iterable[Draft]) -> None:
        """Erase files that wait."""
        for draft in drafts:
            self.erase(draft.token)

    def erase(self, token: str) -> None:
        """Erase what came in under ``token``; the corpus folder has never known of it."""
        shutil.rmtree(self._folder / token, ignore_errors=True)

    def lay_out(self, drafts: Sequence[Draft], tree: Path) -> list[Path]:
        """Put copies into ``tree`` as they would stand in the corpus folder, with what stands beside them there.

        Returns where they are.
        """
        ignore = self._corpus / IGNORE_FILE
        if ignore.is_file():
            shutil.copyfile(ignore, tree / IGNORE_FILE)
        return [self._laid_out(draft, PurePosixPath(draft.file), tree) for draft in drafts if draft.file]

    def _laid_out(self, draft: Draft, file: PurePosixPath, tree: Path) -> Path:
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        beside = sidecar_of(self._corpus / file)
        if beside.is_file():
            shutil.copyfile(beside, (tree / file).with_name(beside.name))
        shutil.copyfile(draft.path, incoming(tree, draft.token, file.name))
        place(tree, draft.token, file, dict(draft.fields), replace=True)
        settle(tree, draft.token)
        return tree / file

    def _write(self, token: str, note: _Note) -> None:
        target = self._folder / token / _NOTE
        fresh = target.with_suffix(".vers")
        with translated_disk_errors(self._folder):
            fresh.write_text(note.model_dump_json(), "utf-8")
            fresh.replace(target)


def forget_documents(store: ReleaseStore, ids: Collection[str]) -> int:
    """Erase the files that wait, of any maintainer, that are one of the documents ``ids`` of ``store`` or go for it.

    That is by content, or by name: which one is meant may not have been said yet. Returns how many went.
    """
    meant = [document for release_id in store.ids() for document in _known(store, release_id) if document.id in ids]
    contents, files = ({getattr(document, name) for document in meant} for name in ("sha256", "file"))
    names = {PurePosixPath(file).name.casefold() for file in files}
    gone = 0
    for folder in (store.data_dir / _ROOT).glob("*/*"):
        draft, paths = _read(folder), list((folder / _FILE).glob("*"))
        alike = any(path.name.casefold() in names for path in paths)
        named = draft.file in files if draft and draft.file else alike
        if named or any(hashes_of(path, path)[0] in contents for path in paths):
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def _known(store: ReleaseStore, release_id: str) -> Iterable[Document]:
    with suppress(ReleaseError):
        return store.documents(release_id).values()
    return ()


def _noted(draft: Draft, **changed: object) -> _Note:
    now = {"number": draft.number, "file": draft.file, "replaces": draft.replaces, "fields": dict(draft.fields)}
    return _Note.model_validate(now | changed)


def _read(folder: Path) -> Draft | None:
    try:
        note = _Note.model_validate_json((folder / _NOTE).read_text("utf-8"))
        (path,) = (folder / _FILE).iterdir()
    except (OSError, ValueError):  # it comes in or goes at this moment
        return None
    return Draft(folder.name, path, note.number, note.file, note.replaces, note.fields)


def _erase_old(root: Path) -> None:
    before = time.time() - KEEP_DAYS * 24 * 60 * 60
    for folder in root.glob("*/*"):
        try:
            old = folder.stat().st_mtime < before
        except OSError:  # somebody else erases it
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)
