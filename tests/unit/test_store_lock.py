"""Two commands never change the knowledge base at the same time, and a crash blocks nobody."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from kb.errors import IngestBusyError, ReleaseError
from kb.releases import translated_disk_errors
from kb.store_lock import exclusive, is_busy, last_holder

HOLD = """
import sys
from pathlib import Path
from kb.releases import translated_disk_errors
from kb.store_lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("vast", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of ``tmp_path``."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "vast\n"
        yield process
        process.kill()


def test_whoever_comes_second_hears_who_is_busy_and_since_when(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    assert is_busy(tmp_path)
    with (
        pytest.raises(IngestBusyError, match=rf"sinds \d+ \w+ \d{{4}} \d\d:\d\d, proces {holder.pid}\)"),
        exclusive(tmp_path),
    ):
        pass


def test_a_killed_process_leaves_a_note_and_blocks_nobody(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.kill()
    holder.wait()
    assert not is_busy(tmp_path)
    left = last_holder(tmp_path)
    assert left
    assert left.process == holder.pid
    with exclusive(tmp_path):
        now = last_holder(tmp_path)
        assert now
        assert now.process == os.getpid()
    assert last_holder(tmp_path) is None


@pytest.mark.parametrize("note", ["", "{", "[]", '{"proces": "x"}', '{"proces": 1, "sinds": "gisteren"}'])
def test_a_damaged_note_is_no_note(note: str, tmp_path: Path) -> None:
    (tmp_path / "ingest.lock.json").write_text(note, encoding="utf-8")
    assert last_holder(tmp_path) is None
    with exclusive(tmp_path):
        assert is_busy(tmp_path)
    assert not is_busy(tmp_path)


def test_the_lock_is_free_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path):
        raise ZeroDivisionError
    assert not is_busy(tmp_path)
    assert last_holder(tmp_path) is None


def test_a_disk_that_does_not_let_us_write_is_told_in_dutch(tmp_path: Path) -> None:
    (tmp_path / "bestand").touch()
    with (
        pytest.raises(ReleaseError, match="een bestand en geen map.*controleer de rechten"),
        exclusive(tmp_path / "bestand" / "data"),
    ):
        pass


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "de schijf is vol"), (errno.EROFS, "is alleen-lezen"), (errno.EACCES, "u mag hier niet schrijven")],
)
def test_what_is_wrong_with_a_disk_is_said_with_what_to_do(number: int, said: str, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=f"{said}.*Maak schijfruimte vrij"), translated_disk_errors(tmp_path):
        raise OSError(number, os.strerror(number))
