"""Watching folders: one run for what belongs together, none for what is not finished, and no end of it by accident."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import ROOT, wait_until

from ingest.watching import watch
from kb.errors import IngestBusyError, IngestError, UsageError

QUIET_MS = 500
on_both_disks = pytest.mark.parametrize("folder", [False, True], ids=["told-by-the-system", "polling"], indirect=True)


@dataclass
class Watched:
    """What came of watching a folder: the files with their sizes that each run met, and what was said."""

    folder: Path
    runs: list[dict[str, int]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def run(self) -> None:
        self.runs.append({path.name: path.stat().st_size for path in self.folder.rglob("*") if path.is_file()})
        if self.faults:
            raise self.faults.pop(0)

    def add(self, name: str, text: str = "tekst") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.runs) >= count, f"run {count} blijft uit: {self.runs}")


@contextmanager
def watching(folder: Path, *faults: Exception) -> Iterator[Watched]:
    watched = Watched(folder, faults=list(faults))
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=([folder], watched.run, stop, QUIET_MS, watched.said.append))
    thread.start()
    try:
        yield watched
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one document, on a disk that tells of changes or, for `on_both_disks`, on one that has to be asked."""
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", str(getattr(request, "param", False)).lower())
    monkeypatch.setenv("WATCHFILES_POLL_DELAY_MS", "50")
    made = tmp_path / "documenten"
    made.mkdir()
    (made / "een.md").write_text("een", encoding="utf-8")
    return made


@on_both_disks
def test_two_hundred_files_and_a_removal_are_one_run(folder: Path) -> None:
    with watching(folder) as watched:
        watched.wait_for(1)
        (folder / "een.md").unlink()
        for number in range(200):
            watched.add(f"map/{number}.md")
        watched.wait_for(2)
        watched.add("laatste.md")
        watched.wait_for(3)
    assert [len(run) for run in watched.runs] == [1, 200, 201]
    assert watched.said == []


@on_both_disks
def test_a_file_that_grows_is_read_when_it_is_whole(folder: Path) -> None:
    with watching(folder) as watched:
        watched.wait_for(1)
        end = time.monotonic() + 3 * QUIET_MS / 1000
        with (folder / "groot.pdf").open("wb") as file:
            while (now := time.monotonic()) < end:
                file.write(b".")
                file.flush()
                wait_until(lambda: time.monotonic() > now + 0.02, "de tijd staat stil")
            size = file.tell()
        watched.wait_for(2)
    assert [run.get("groot.pdf") for run in watched.runs] == [None, size]


def test_hidden_files_and_copies_in_the_making_cause_no_run(folder: Path) -> None:
    with watching(folder) as watched:
        watched.wait_for(1)
        for name in ("~$brief.docx", ".~lock.brief.odt#", ".verborgen/a.md", "b.pdf.part", "c.PDF.crdownload", "d.tmp"):
            watched.add(name)
        # Named last, seen last: what stands before it had its chance.
        watched.add("brief.md.part")
        (folder / "brief.md.part").rename(folder / "brief.md")
        watched.wait_for(2)
        (folder / "d.tmp").unlink()
        watched.add("een.md.meta.yaml")
        watched.wait_for(3)
        watched.add(".handwijzerignore", "brief.md")
        watched.wait_for(4)
    assert len(watched.runs) == 4
    assert ["brief.md" in run for run in watched.runs] == [False, True, True, True]


def test_what_changes_during_a_run_leads_to_the_next(folder: Path) -> None:
    class ChangesWhileRunning(Watched):
        def run(self) -> None:
            super().run()
            if len(self.runs) == 1:
                self.add("tussendoor.md")

    watched, stop = ChangesWhileRunning(folder), threading.Event()
    thread = threading.Thread(target=watch, args=([folder], watched.run, stop, QUIET_MS))
    thread.start()
    try:
        watched.wait_for(2)
    finally:
        stop.set()
        thread.join(10)
    assert ["tussendoor.md" in run for run in watched.runs] == [False, True]


def test_a_run_that_fails_is_told_and_watching_goes_on(folder: Path) -> None:
    gone = FileNotFoundError(2, "No such file or directory", "een.md")
    with watching(folder, IngestError("De schijf is vol. Maak ruimte vrij."), gone) as watched:
        watched.wait_for(1)
        watched.add("twee.md")
        watched.wait_for(2)
        watched.add("drie.md")
        watched.wait_for(3)
    assert watched.said[0] == "De schijf is vol. Maak ruimte vrij."
    assert "een.md" in watched.said[1]
    assert [len(run) for run in watched.runs] == [1, 2, 3]


def test_changes_that_met_another_ingest_are_tried_again_and_told_once(folder: Path) -> None:
    with watching(folder, *[IngestBusyError("Er wordt al ingelezen.")] * 2) as watched:
        watched.wait_for(3)
    assert watched.said == ["Er wordt al ingelezen. Handwijzer probeert het vanzelf opnieuw."]


@on_both_disks
def test_a_folder_that_vanishes_is_waited_for(folder: Path) -> None:
    away = folder.with_name("weg")
    with watching(folder) as watched:
        watched.wait_for(1)
        for round_ in (1, 2):
            folder.rename(away)
            wait_until(lambda: len(watched.said) == 2 * round_ - 1, "het verdwijnen wordt niet gemeld")  # noqa: B023
            (away / f"{round_}.md").write_text("nieuw", encoding="utf-8")
            away.rename(folder)
            watched.wait_for(round_ + 1)
        watched.add("later.md")
        watched.wait_for(4)
    assert [len(run) for run in watched.runs] == [1, 2, 3, 4]
    assert [f"{folder} is er niet." in line for line in watched.said] == [True, False, True, False]
    assert watched.said[1] == f"De map {folder} is er weer."


def test_another_folder_in_the_place_of_the_old_one_is_read(folder: Path) -> None:
    other = folder.with_name("ander")
    other.mkdir()
    (other / "anders.md").write_text("anders", encoding="utf-8")
    with watching(folder) as watched:
        watched.wait_for(1)
        shutil.rmtree(folder)
        other.rename(folder)
        wait_until(lambda: "anders.md" in watched.runs[-1], "de nieuwe map wordt niet gelezen")
        count = len(watched.runs)
        watched.add("nog-een.md")
        watched.wait_for(count + 1)
    assert "nog-een.md" in watched.runs[-1]


def test_a_folder_that_is_not_there_yet_is_waited_for_and_a_file_is_refused(tmp_path: Path) -> None:
    with watching(tmp_path / "straks") as watched:
        wait_until(lambda: bool(watched.said), "dat de map er niet is, wordt niet gemeld")
        assert watched.runs == []
        watched.add("een.md")
        watched.wait_for(1)
    with pytest.raises(UsageError, match="Alleen mappen"):
        watch([tmp_path / "straks" / "een.md"], lambda: None)


@pytest.mark.parametrize("when", ["watching", "running"])
def test_ctrl_c_ends_it_without_a_complaint(tmp_path: Path, when: str) -> None:
    code = (
        "import signal, sys; from pathlib import Path; from threading import Event; from ingest.watching import watch\n"
        # Whoever started the tests in the background may have let them ignore it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def run():\n"
        "    print('run', flush=True)\n"
        "    if sys.argv[2] == 'running': Event().wait()\n"
        "watch([Path(sys.argv[1])], run)\n"
        "print('klaar')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), when], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "run\n"
        os.kill(process.pid, signal.SIGINT)
        assert process.communicate(timeout=20) == ("klaar\n", "")
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
