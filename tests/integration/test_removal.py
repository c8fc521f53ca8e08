"""Taking a document out of the live release, or out of everything that is kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import docx
import httpx
import numpy as np
import pytest
from conftest import ROOT, free_port, wait_until
from typer.testing import CliRunner

from bot.answers import AnswerStatus
from bot.drafts import Drafts
from bot.feedback import FeedbackStore, Verdict
from bot.storage.database import Database
from handwijzer import app
from ingest.pipeline import ingest
from ingest.removal import remove
from kb.cache_pruning import prune_cache
from kb.embedding_cache import EmbeddingCache, cache_path
from kb.encoder import Encoder
from kb.errors import NoReleaseError, NotFoundError, ReleaseError
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore

# Words that stand in one document only; stems, as the lexical index keeps those.
SECRETS = ["wolkenfluister", "kwelderbaars", "zilverspoorvrees", "mistdossier", "quizelberg"]


def write_secret(path: Path, *words: str) -> None:
    """A Word file, whose text is in a zip."""
    document = docx.Document()
    document.core_properties.title = "Het mistdossier van de quizelberg"
    document.add_heading("Het mistdossier", 1)
    for word in words:
        document.add_paragraph(
            f"De {word} werd op dinsdag besproken. Over de {word} zijn afspraken gemaakt met de school."
        )
    path.parent.mkdir(exist_ok=True)
    document.save(str(path))


def traces(folder: Path) -> list[str]:
    """Every place under ``folder`` where a secret stands: in names, in bytes, in texts of two bytes a letter, in zips."""
    found = []
    for path in folder.rglob("*"):
        parts = [str(path.relative_to(folder)).encode()]
        if path.is_file():
            parts.append(path.read_bytes())
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    parts += [archive.read(name) for name in archive.namelist()]
        for word in SECRETS:
            forms = [word.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")]
            found += [f"{word} in {path}" for part in parts if any(form in part.lower() for form in forms)]
    return found


def id_of(store: ReleaseStore, file: str) -> str:
    return next(document.id for document in store.open().documents.values() if document.file == file)


def best(store: ReleaseStore, encoder: Encoder, question: str) -> str:
    return LiveKnowledge(store, encoder).retriever().search(question, 1).hits[0].passage.text


@pytest.fixture(scope="module")
def past(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus and its data: a document with secrets was added, moved, changed, and left alone."""
    folder = tmp_path_factory.mktemp("verleden")
    store, corpus = ReleaseStore(folder / "data"), folder / "corpus"
    corpus.mkdir()
    (corpus / "verzuim.md").write_text("# Verzuim melden\n\nDe mentor meldt verzuim bij de coördinator.\n", "utf-8")
    (corpus / "verslag.txt").write_text("De netwerkgroep kwam bijeen in het gemeentehuis.", "utf-8")
    ingest(store, corpus, encoder)
    write_secret(corpus / "mistdossier.docx", "wolkenfluisteraar", "kwelderbaars")
    ingest(store, corpus, encoder)
    (corpus / "map").mkdir()
    (corpus / "mistdossier.docx").rename(corpus / "map" / "mistdossier.docx")
    ingest(store, corpus, encoder)
    write_secret(corpus / "map" / "mistdossier.docx", "wolkenfluisteraar", "zilverspoorvrees")
    ingest(store, corpus, encoder)
    (corpus / "verslag.txt").write_text("De netwerkgroep kwam in april bijeen op het raadhuis.", "utf-8")
    ingest(store, corpus, encoder)
    return folder


@pytest.fixture
def history(past: Path, tmp_path: Path) -> list[str]:
    """The five releases of that past, oldest first, in the folders of ``store`` and ``corpus``."""
    shutil.copytree(past, tmp_path, dirs_exist_ok=True)
    return sorted(ReleaseStore(tmp_path / "data").ids())


def age(release_id: str) -> str:
    return release_id.rpartition("-")[0]


def test_a_document_leaves_the_live_release_without_anything_being_read_or_embedded_again(
    store: ReleaseStore, corpus: Path, encoder: Encoder, history: list[str]
) -> None:
    before, name = store.open(), id_of(store, "map/mistdossier.docx")
    shutil.rmtree(store.data_dir / "cache")
    report = remove(store, corpus, name)
    after = store.open()
    assert (report.documents, report.releases, report.release) == ((name,), (history[-1],), after.id)
    assert after.id > history[-1]
    assert set(after.documents) == set(before.documents) - {name}
    for place, passage in enumerate(after.passages):
        old = before.places[passage.id]
        assert before.passages[old] == passage
        np.testing.assert_array_equal(after.passage_vectors[place], before.passage_vectors[old])
        np.testing.assert_array_equal(after.tokens.of(place).vectors, before.tokens.of(old).vectors)
    assert after.unit_vectors.shape[0] == sum(len(passage.units) for passage in after.passages)
    assert not traces(after.folder)
    assert "raadhuis" in best(store, encoder, "Waar kwam de netwerkgroep bijeen?")
    # Whoever goes back has it again, with its file.
    assert any("--everywhere" in notice for notice in report.notices)
    store.rollback(history[3])
    assert "zilverspoorvrees" in store.open().text_of(name)
    assert store.original(store.open().documents[name]).is_file()
    assert not (store.data_dir / "cache").exists()


def test_a_document_that_is_erased_leaves_no_trace_in_the_data_folder(
    store: ReleaseStore, corpus: Path, encoder: Encoder, history: list[str]
) -> None:
    name = id_of(store, "map/mistdossier.docx")
    feedback = FeedbackStore(Database(store.data_dir))
    for documents in ((name,), ("verzuim-000000",)):
        answer = f"a-{documents[0]}"
        question = "Wie zag de kwelderbaars?" if name in documents else "Wie meldt verzuim?"
        feedback.add_judged(answer, Verdict.WRONG, question, "", AnswerStatus.ANSWERED, documents, history[-1])
        feedback.add_unanswered(question, documents, history[-1])
    runs = store.data_dir / "eval"
    ingest(ReleaseStore(runs / "corpus-1"), corpus, encoder)
    (runs / "e1.json").write_text('{"answer": "de zilverspoorvrees", "file": "map/mistdossier.docx"}', encoding="utf-8")
    (runs / "e2.json").write_text('{"answer": "verzuim", "file": "verzuim.md"}', encoding="utf-8")
    (store.new_folder() / "passages.jsonl").write_text("De wolkenfluisteraar", encoding="utf-8")
    (store.data_dir / "originals" / ".half").write_bytes((corpus / "map" / "mistdossier.docx").read_bytes())
    assert {word for word in SECRETS if any(word in found for found in traces(store.data_dir))} == set(SECRETS)
    texts = [store.open(release).text_of(id_of(store, "verslag.txt")) for release in history]

    report = remove(store, corpus, "map/mistdossier.docx", everywhere=True, forget=feedback.forget_documents)

    assert not traces(store.data_dir)
    assert name in report.documents
    assert report.releases == tuple(history[:0:-1])
    assert (report.originals, report.measurements, report.records) == (2, 2, 2)
    assert report.vectors >= 2
    # The rest is as it was, in every release, in the same order.
    assert [age(release) for release in store.ids()] == [age(release) for release in reversed(history)]
    assert report.release == store.live_id() == store.ids()[0]
    assert not set(store.ids()) & set(history[1:])
    assert [store.open(release).text_of(id_of(store, "verslag.txt")) for release in reversed(store.ids())] == texts
    assert "raadhuis" in best(store, encoder, "Waar kwam de netwerkgroep bijeen?")
    assert [judged.question for judged in feedback.judged()] == ["Wie meldt verzuim?"]
    assert len(feedback.unanswered()) == 1
    assert [path.name for path in runs.iterdir()] == ["e2.json"]
    store.rollback()
    assert "gemeentehuis" in best(store, encoder, "Waar kwam de netwerkgroep bijeen?")


def test_files_that_wait_to_be_published_go_with_the_document_that_they_are(
    store: ReleaseStore, corpus: Path, encoder: Encoder, history: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = corpus / "map" / "mistdossier.docx"
    known = [document.file for document in store.open().documents.values()]

    def waits(owner: str, name: str, content: bytes, replaced: str = "") -> None:
        drafts = Drafts(store.data_dir, corpus, owner)
        token, target = drafts.incoming(name)
        target.write_bytes(content)
        drafts.keep(token, known, replaced)

    waits("een", "mistdossier.docx", source.read_bytes())  # nobody has said yet what it replaces
    waits("twee", "heel anders.docx", source.read_bytes())  # the same file by another name
    waits("twee", "versie-2.docx", b"De kwelderbaars", "map/mistdossier.docx")
    waits("twee", "verzuim.md", b"Verzuim", "verzuim.md")
    _, half = Drafts(store.data_dir, corpus, "drie").incoming("half.docx")
    half.write_bytes(source.read_bytes())
    monkeypatch.setenv("HANDWIJZER_DATA_DIR", str(store.data_dir))
    monkeypatch.setenv("HANDWIJZER_CORPUS_DIR", str(corpus))
    # Out of the live release alone: what waits is left to its maintainer.
    told = CliRunner().invoke(app, ["remove", "map/mistdossier.docx"]).stdout
    assert "klaargezet" not in told
    assert any("drafts" in trace for trace in traces(store.data_dir))
    told = CliRunner().invoke(app, ["remove", "map/mistdossier.docx", "--everywhere"]).stdout
    assert "Ook 4 klaargezette bestanden van dit document zijn gewist." in " ".join(told.split())
    assert not traces(store.data_dir)
    assert [draft.name for draft in Drafts(store.data_dir, corpus, "twee").all()] == ["verzuim.md"]


def test_the_next_ingest_would_bring_it_back_is_told_with_what_to_do(
    store: ReleaseStore, corpus: Path, encoder: Encoder, history: list[str]
) -> None:
    report = remove(store, corpus, "map/mistdossier.docx", everywhere=True)
    assert report.source == str(corpus / "map" / "mistdossier.docx")
    line = next(notice for notice in report.notices if ".handwijzerignore" in notice).rpartition(": ")[2]
    (corpus / ".handwijzerignore").write_text(line + "\n", encoding="utf-8")
    ingest(store, corpus, encoder)
    assert not traces(store.data_dir)
    (corpus / ".handwijzerignore").unlink()
    ingest(store, corpus, encoder)
    (corpus / "map" / "mistdossier.docx").unlink()
    assert not remove(store, corpus, "map/mistdossier.docx", everywhere=True).notices


REMOVE = """
import sys
from pathlib import Path
from ingest.removal import remove
from kb.releases import ReleaseStore
remove(ReleaseStore(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3], everywhere=True)
"""

Moment = Callable[[ReleaseStore, list[str]], bool]
MOMENTS: dict[str, Moment] = {
    "a copy is being made": lambda store, before: any(
        path.name not in before for path in (store.data_dir / "releases").iterdir()
    ),
    "the copy is live": lambda store, before: store.live_id() not in before,
    "half of the releases are done": lambda store, before: len(set(store.ids()) & set(before)) < 4,
    "all releases are done": lambda store, before: len(set(store.ids()) & set(before)) < 2,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_removal_that_was_killed_is_simply_run_again(
    moment: str, store: ReleaseStore, corpus: Path, encoder: Encoder, history: list[str]
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", REMOVE, store.data_dir, corpus, "map/mistdossier.docx"], cwd=ROOT
    )
    wait_until(lambda: process.poll() is not None or MOMENTS[moment](store, history), "er gebeurt niets")
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert "raadhuis" in best(store, encoder, "Waar kwam de netwerkgroep bijeen?")
    try:
        remove(store, corpus, "map/mistdossier.docx", everywhere=True)
    except NotFoundError:
        assert moment == "all releases are done"
    assert not traces(store.data_dir)
    assert [age(release) for release in store.ids()] == [age(release) for release in reversed(history)]
    assert {path.name for path in (store.data_dir / "releases").iterdir()} == set(store.ids())
    assert "raadhuis" in best(store, encoder, "Waar kwam de netwerkgroep bijeen?")


@pytest.mark.parametrize("everywhere", [False, True])
def test_after_the_last_document_no_release_is_live(
    everywhere: bool, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    (corpus / "verslag.txt").unlink()
    ingest(store, corpus, encoder)
    moments = count()
    serving = LiveKnowledge(store, encoder, lambda: float(next(moments)))
    assert serving.retriever()
    report = remove(store, corpus, id_of(store, "verzuim.md"), everywhere=everywhere)
    with pytest.raises(NoReleaseError):
        serving.retriever()
    assert report.release is None
    assert any("geen release meer" in notice for notice in report.notices)
    with pytest.raises(NoReleaseError, match="handwijzer ingest"):
        store.open()
    assert len(store.ids()) == (0 if everywhere else 1)
    assert ingest(store, corpus, encoder).published
    assert (
        "verzuimcoördinator" in serving.retriever().search("Bij wie meldt de mentor verzuim?", 1).hits[0].passage.text
    )


@pytest.mark.parametrize("everywhere", [False, True])
def test_an_unknown_document_is_told_with_what_looks_like_it(
    everywhere: bool, store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    live = ingest(store, corpus, encoder).release
    with pytest.raises(NotFoundError, match=r"'verzuin\.md'.*Bedoelt u: .*verzuim\.md"):
        remove(store, corpus, "verzuin.md", everywhere=everywhere)
    with pytest.raises(NotFoundError, match=r"kennisbank\.$"):
        remove(store, corpus, "iets heel anders", everywhere=everywhere)
    assert store.live_id() == live


def test_a_copy_under_another_name_stays_and_is_told(store: ReleaseStore, corpus: Path, encoder: Encoder) -> None:
    shutil.copy(corpus / "verzuim.md", corpus / "kopie.md")
    ingest(store, corpus, encoder)
    report = remove(store, corpus, "verzuim.md", everywhere=True)
    assert any("kopie.md" in notice for notice in report.notices)
    assert report.originals == 0
    assert store.original(store.open().documents[id_of(store, "kopie.md")]).is_file()


def test_what_a_damaged_release_holds_nobody_knows_so_it_is_erased_too(
    store: ReleaseStore, corpus: Path, encoder: Encoder, history: list[str]
) -> None:
    (store.folder(history[1]) / "documents.json").write_text("{", encoding="utf-8")
    (store.folder(history[2]) / "units.npy").unlink()
    remove(store, corpus, "map/mistdossier.docx", everywhere=True)
    assert not traces(store.data_dir)
    assert len(store.ids()) == 3


def test_a_pointer_to_nowhere_is_mended_before_anything_is_erased(
    store: ReleaseStore, corpus: Path, history: list[str]
) -> None:
    (store.data_dir / "live").write_text("r2020\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="doctor --fix"):
        remove(store, corpus, "map/mistdossier.docx", everywhere=True)
    assert store.ids() == history[::-1]


@pytest.fixture
def chroma_server(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    program = shutil.which("chroma", path=str(Path(sys.executable).parent))
    assert program
    process = subprocess.Popen(
        [program, "run", "--path", tmp_path / "chroma-server", "--port", str(port)],
        stdout=subprocess.DEVNULL, env=os.environ | {"ANONYMIZED_TELEMETRY": "False"},
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/api/v2/heartbeat").status_code == 200
        except httpx.HTTPError:
            return False

    try:
        wait_until(answers, "de Chroma-server start niet")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_chroma_server_forgets_it_too(chroma_server: str, tmp_path: Path, corpus: Path, encoder: Encoder) -> None:
    import chromadb

    store = ReleaseStore(tmp_path / "data", chroma_server)
    write_secret(corpus / "mistdossier.docx", "kwelderbaars")
    ingest(store, corpus, encoder)
    (corpus / "verslag.txt").write_text("De netwerkgroep kwam bijeen op het raadhuis.", encoding="utf-8")
    ingest(store, corpus, encoder)
    name = id_of(store, "mistdossier.docx")
    remove(store, corpus, name, everywhere=True)
    assert not traces(store.data_dir)
    assert "raadhuis" in best(store, encoder, "Waar kwam de netwerkgroep bijeen?")
    client = chromadb.HttpClient(port=int(chroma_server.rpartition(":")[2]))
    collections = client.list_collections()
    assert {collection.name for collection in collections} == set(store.ids())
    assert not any(collection.get(where={"document": name})["ids"] for collection in collections)


def test_originals_and_vectors_that_nothing_refers_to_do_not_pile_up(
    store: ReleaseStore, corpus: Path, encoder: Encoder
) -> None:
    for number in range(7):
        text = "".join(f"## Afspraak {part}\n\nAfspraak {part} in versie {number}.\n\n" for part in range(4))
        (corpus / "verzuim.md").write_text(text, encoding="utf-8")
        ingest(store, corpus, encoder)
        store.clean_up()
        prune_cache(store)
    used = {document.sha256 for release in store.ids() for document in store.documents(release).values()}
    assert {path.name for path in (store.data_dir / "originals").iterdir()} == used
    with closing(EmbeddingCache(cache_path(store.data_dir))) as cache:
        kept = len(cache)
    assert kept == len({passage.text for release in store.ids() for passage in store.passages(release)})
