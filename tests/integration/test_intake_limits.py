"""Files that hang, swell, take their reader down or change while they are read."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from intake_files import documents, original, row
from test_ingest import statuses

from ingest.pipeline import ingest
from ingest.policy import Policy
from kb.encoder import Encoder
from kb.errors import Reason
from kb.releases import ReleaseStore

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="alleen Linux toont welke processen er lopen"
)
SLOW = "<html><body>" + "".join(f"<p>Afspraak {number} gaat over de school.</p>" for number in range(80_000))


def told(process: int, what: str) -> str:
    """What the system tells of ``process``, nothing when it is gone."""
    with suppress(OSError):
        return "".join(path.read_text() for path in Path(f"/proc/{process}").glob(what))
    return ""


def children(process: int) -> list[int]:
    return [int(child) for child in told(process, "task/*/children").split()]


def readers() -> list[int]:
    """The processes in which files are read: those that the server that forks them started."""
    servers = [child for child in children(os.getpid()) if "forkserver" in told(child, "cmdline")]
    return [child for server in servers for child in children(server)]


def seconds_spent(process: int) -> float:
    """The processor time that ``process`` took."""
    return sum(map(int, told(process, "stat").rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def test_a_file_that_hangs_costs_its_own_time_and_nothing_else(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    (corpus / "eindeloos.html").write_text(SLOW, encoding="utf-8")
    report = ingest(store, corpus, encoder, policy=Policy(seconds=2))
    slow = row(report, "eindeloos.html")
    assert slow.reason is Reason.TOO_SLOW
    assert "langer dan 2 seconden" in (slow.message or "")
    assert statuses(report).items() >= {"verslag.txt": "nieuw", "verzuim.md": "nieuw"}.items()
    assert report.phases["Lezen"] < 20
    assert not readers()
    assert not list(store.staging.iterdir())


def test_a_file_that_swells_is_stopped_at_its_share_of_the_memory(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    # As much text as four thousand pages hold, and some more: also where there is room for it.
    (corpus / "regel.txt").write_text("De mentor belt de ouders op. " * 414_000, encoding="utf-8")
    for policy in (Policy(memory_mb=300), Policy()):
        report = ingest(store, corpus, encoder, policy=policy)
        assert row(report, "regel.txt").reason is Reason.TOO_LARGE
        assert "te groot" in (row(report, "regel.txt").message or "")
        assert set(documents(store)) == {"verslag.txt", "verzuim.md"}


def test_a_reader_that_is_killed_costs_the_file_it_was_reading(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    (corpus / "eindeloos.html").write_text(SLOW, encoding="utf-8")
    done, killed = threading.Event(), set()

    def kill() -> None:
        """Kill whatever reads for a second, as a system does that runs out of memory."""
        while not done.wait(0.05):
            for child in readers():
                if child not in killed and seconds_spent(child) > 1:
                    killed.add(child)
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        report = ingest(store, corpus, encoder)
    finally:
        done.set()
        thread.join()
    assert killed
    assert row(report, "eindeloos.html").reason is Reason.DAMAGED
    assert set(documents(store)) == {"verslag.txt", "verzuim.md"}
    assert not readers()


def test_a_file_saved_while_it_is_read_is_kept_as_it_was_read(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    for number in range(9):
        (corpus / f"stuk-{number}.txt").write_text(f"De eerste afspraak van stuk {number}.", encoding="utf-8")

    def save(phase: str, done: int, total: int) -> None:
        for number in range(9) if (phase, done) == ("Lezen", 1) else ():
            (corpus / f"stuk-{number}.txt").write_text(f"De tweede afspraak van stuk {number}.", encoding="utf-8")

    ingest(store, corpus, encoder, progress=save)
    release = store.open()
    for file, document in documents(store).items():
        content = original(store, file)
        assert sha256(content).hexdigest() == document.sha256
        assert file == "verzuim.md" or release.text_of(document.id).split()[:3] == content.decode().split()[:3]
    ingest(store, corpus, encoder)
    assert {original(store, f"stuk-{number}.txt")[:9] for number in range(9)} == {b"De tweede"}
