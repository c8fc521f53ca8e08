"""What the Beheer tab asks its server: who may, what waits to be published and what comes of it, and what it shows."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path

import pytest
from conftest import HOSTILE, local_client, wait_until
from fastapi.testclient import TestClient
from httpx2 import Response
from test_manage import TEXT, Manager, serving, settings_in

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.api.app import create_app
from bot.drafts import KEEP_DAYS
from bot.jobs.queue import JobQueue, Kind, State
from bot.storage.database import Database
from ingest.pipeline import ingest
from ingest.report import HOW_TO_SHRINK
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

# Gradio and the TestClient leave loops and sockets open; they must not be found in some later test.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

HOME = "/pagina/beheer"
TOKEN = "0" * 24
CALLS = [
    ("GET", ""), ("GET", "/documenten"), ("GET", "/klaar"), ("POST", "/klaar"), ("DELETE", "/klaar"),
    ("DELETE", f"/klaar/{TOKEN}"), ("PUT", f"/klaar/{TOKEN}/plaats"), ("PUT", f"/klaar/{TOKEN}/gegevens"),
    ("POST", "/klaar/proef"), ("POST", "/klaar/publicatie"), ("GET", f"/proef/{TOKEN}"), ("GET", "/taken"),
    ("GET", "/releases"), ("GET", "/verslag/r20261122-091448120-3e0e"), ("GET", "/controle"),
]  # fmt: skip


@pytest.fixture(scope="module")
def server(model_dir: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    settings = settings_in(tmp_path_factory.mktemp("beheer"), model_dir)
    (settings.corpus_dir / "regels").mkdir()
    (settings.corpus_dir / "regels" / "Sleutel.md").write_text(f"# Sleutels\n\n{TEXT}\n", "utf-8")
    (settings.corpus_dir / "regels" / "Sleutel.meta.yaml").write_text("# van ons\nsoort: protocol\n", "utf-8")
    ingest(ReleaseStore(settings.data_dir), settings.corpus_dir, encoder)
    with serving(settings, encoder) as manager:
        yield manager


@pytest.fixture
def manager(server: Manager) -> Iterator[Manager]:
    yield server
    server.client.delete(f"{HOME}/klaar")


def bring(manager: Manager, name: str, content: bytes | str) -> Response:
    return manager.client.post(f"{HOME}/klaar", files={"bestand": (name, content)})


def tokens(manager: Manager) -> dict[str, str]:
    """The files that wait, by name."""
    page = manager.client.get(f"{HOME}/klaar").text
    found = re.findall(r'data-token="(\w+)">\s*<p><bdi class="naam">(.*?)</bdi>', page)
    return {unescape(name): token for token, name in found}


def tried(manager: Manager) -> tuple[str, str]:
    """Ask what would change; returns the job and what it shows."""
    job = manager.client.post(f"{HOME}/klaar/proef").json()["taak"]
    over(manager)
    return job, manager.client.get(f"{HOME}/proef/{job}").text


def over(manager: Manager) -> None:
    """Wait until nothing is being done."""
    wait_until(lambda: "data-open" not in manager.client.get(f"{HOME}/taken").text, "de taken komen niet klaar")


def counts(page: str) -> dict[str, int]:
    return {status: int(count) for count, status in re.findall(r"<strong>(\d+)</strong> (\w+)", page)}


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_only_role_beheer_gets_in(manager: Manager, method: str, path: str) -> None:
    assert manager.client.request(method, HOME + path, headers=manager.reader).status_code == 403
    assert manager.client.request(method, HOME + path, headers={"Authorization": "Basic x"}).status_code == 401


def test_what_waits_changes_nothing_and_only_its_maintainer_sees_it(manager: Manager) -> None:
    files, release = manager.files(), manager.store.live_id()
    assert bring(manager, "../nieuw.md", TEXT).status_code == 200
    assert list(tokens(manager)) == ["nieuw.md"]
    _, diff = tried(manager)
    assert counts(diff) == {"nieuw": 1, "gewijzigd": 0, "verwijderd": 0, "mislukt": 0, "ongewijzigd": 0}
    assert (manager.files(), manager.store.live_id()) == (files, release)
    other, _ = KeyStore(Database.of(manager.settings), manager.settings.data_dir).create(Role.MANAGE)
    key = {"Authorization": f"Bearer {other}"}

    def known() -> Response:
        return manager.client.get(f"{HOME}/klaar", headers=key)

    wait_until(lambda: known().status_code == 200, "de sleutel is niet bekend")
    assert "nieuw.md" not in known().text
    manager.client.delete(f"{HOME}/klaar", headers=key)
    assert list(tokens(manager)) == ["nieuw.md"]
    manager.client.delete(f"{HOME}/klaar")
    assert not [path for path in (manager.settings.data_dir / "drafts").rglob("*") if path.is_file()]
    assert (manager.files(), manager.store.live_id()) == (files, release)


def test_files_are_published_as_the_diff_showed_and_what_can_not_be_read_waits_on(manager: Manager) -> None:
    bring(manager, "sleutel.md", f"# Sleutels\n\n{TEXT} Of eerder.\n")
    bring(manager, "brief.md", TEXT)
    bring(manager, "kapot.pdf", b"%PDF-1.4 kapot")
    waiting = tokens(manager)
    unclear = manager.client.post(f"{HOME}/klaar/proef")
    assert (unclear.status_code, "Kies eerst" in unclear.json()["detail"]) == (400, True)
    place, fields = (f"{HOME}/klaar/{waiting['sleutel.md']}/{what}" for what in ("plaats", "gegevens"))
    assert manager.client.put(place, json={"vervangt": "../../etc/passwd"}).status_code == 404
    assert "Vervangt <bdi>regels/Sleutel.md" in manager.client.put(place, json={"vervangt": "regels/Sleutel.md"}).text
    assert manager.client.put(fields, json={"titel": HOSTILE, "geldigTot": "morgen"}).status_code == 400
    assert escape(HOSTILE) in unescape_quotes(manager.client.put(fields, json={"titel": HOSTILE}).text)
    job, diff = tried(manager)
    assert [counts(diff)[status] for status in ("nieuw", "gewijzigd", "verwijderd", "mislukt")] == [1, 1, 0, 1]
    assert "Deze pdf is beschadigd" in diff
    published = manager.client.post(f"{HOME}/klaar/publicatie", json={"taak": job})
    assert "Deze pdf is beschadigd" in published.text
    assert list(tokens(manager)) == ["kapot.pdf"]
    over(manager)
    assert set(manager.documents()) == {"begin.md", "brief.md", "regels/Sleutel.md"}
    live = manager.store.documents(manager.store.live_id() or "")
    changed = live[manager.documents()["regels/Sleutel.md"]]
    # What its sidecar said before still holds.
    assert (changed.title, changed.kind) == (HOSTILE, "protocol")
    assert b"Of eerder" in manager.files()["regels/Sleutel.md"]
    # The same again does nothing: those files wait no more.
    manager.client.post(f"{HOME}/klaar/publicatie", json={"taak": job})
    assert list(tokens(manager)) == ["kapot.pdf"]

    for page in ("/documenten?zoek=script", "/releases", "/taken"):
        text = manager.client.get(HOME + page).text
        assert "<script" not in text
        assert page == "/taken" or escape(HOSTILE) in unescape_quotes(text)
    report = manager.client.get(f"{HOME}/verslag/{manager.store.live_id()}").text
    assert "Wat is er ingelezen?" in report
    assert "<script" not in report


def unescape_quotes(page: str) -> str:
    return page.replace("&#39;", "&#x27;").replace("&#34;", "&quot;")


def test_a_name_that_is_free_by_the_time_of_the_diff_and_taken_at_publication_stays_waiting(manager: Manager) -> None:
    bring(manager, "bezet.md", TEXT)
    job, _ = tried(manager)
    theirs = manager.corpus / "bezet.md"
    theirs.write_text("van een ander", "utf-8")
    told = manager.client.post(f"{HOME}/klaar/publicatie", json={"taak": job}).text
    assert "staat al in de corpusmap" in told
    assert (list(tokens(manager)), theirs.read_text("utf-8")) == (["bezet.md"], "van een ander")
    theirs.unlink()


def test_what_is_too_large_or_unknown_never_waits_and_the_same_name_twice_waits_once(manager: Manager) -> None:
    refused = bring(manager, "groot.txt", "a" * 1_050_000)
    assert (refused.status_code, refused.json()["detail"]) == (413, "Een bestand mag maximaal 1 MB groot zijn.")
    assert bring(manager, "x.zip", b"PK\x03\x04leeg").status_code == 415
    assert bring(manager, "..", TEXT).status_code == 400
    assert manager.client.post(f"{HOME}/klaar/proef").status_code == 400
    bring(manager, "twee.md", TEXT)
    bring(manager, "twee.md", f"{TEXT} Nieuwer.")
    (folder,) = (manager.settings.data_dir / "drafts").glob("*/*")
    assert "Nieuwer" in (folder / "bestand" / "twee.md").read_text("utf-8")
    long_ago = time.time() - (KEEP_DAYS + 1) * 24 * 60 * 60
    os.utime(folder, (long_ago, long_ago))
    assert tokens(manager) == {}
    assert not folder.exists()


def test_what_was_said_of_a_file_holds_for_its_next_version_and_the_diff_tells_what_a_quote_will_say(
    manager: Manager,
) -> None:
    bring(manager, "eerst.md", f"# Opschrift\n\n{TEXT}\n")
    bring(manager, "tweede.md", TEXT)
    fields = {"titel": "Eigen titel", "datum": "2026-03-12"}
    manager.client.put(f"{HOME}/klaar/{tokens(manager)['eerst.md']}/gegevens", json=fields)
    bring(manager, "eerst.md", f"# Opschrift\n\n{TEXT} Nieuwer.\n")
    assert list(tokens(manager)) == ["eerst.md", "tweede.md"]
    _, diff = tried(manager)
    assert "Eigen titel" in diff
    assert "12 maart 2026" in diff
    assert "zonder datum" in diff
    assert "leidde titel" in diff


def test_a_document_is_replaced_by_a_file_of_another_name_of_the_same_kind(manager: Manager) -> None:
    old = f"{HOME}/klaar?vervangt=regels/Sleutel.md"
    content = {"bestand": ("Sleutels 2026.md", f"# Sleutels\n\n{TEXT} Vanaf 2026.\n")}
    refused = manager.client.post(old, files={"bestand": ("Sleutels.txt", TEXT)})
    assert (refused.status_code, "verwijder daarna het oude" in refused.json()["detail"]) == (400, True)
    assert manager.client.post(f"{HOME}/klaar?vervangt=../weg.md", files=content).status_code == 404
    assert tokens(manager) == {}
    assert "Vervangt <bdi>regels/Sleutel.md" in manager.client.post(old, files=content).text
    job, diff = tried(manager)
    assert counts(diff)["gewijzigd"] == 1
    before = manager.documents()
    manager.client.post(f"{HOME}/klaar/publicatie", json={"taak": job})
    over(manager)
    assert manager.documents() == before
    assert b"Vanaf 2026" in manager.files()["regels/Sleutel.md"]


def test_the_page_tells_of_buttons_and_not_of_commands(manager: Manager) -> None:
    gone = manager.corpus / "tijdelijk.md"
    for path in (gone, extra := manager.corpus / "extra.md"):
        path.write_text(f"# Tijdelijk\n\n{TEXT} {path.name}\n", "utf-8")
    manager.ended(manager.client.post("/v1/indexeringen", json={}))
    document = manager.documents()["tijdelijk.md"]
    bring(manager, "kopie.md", gone.read_bytes())
    manager.ended(manager.client.delete(f"/v1/documenten/{document}"))
    row = manager.client.get(f"{HOME}/taken").text
    assert "Oudere releases bevatten het document nog." in row
    assert f'data-wis="{document}"' in row
    manager.ended(manager.client.delete(f"/v1/documenten/{document}?overal=true"))
    row = manager.client.get(f"{HOME}/taken").text
    assert re.search(r"Gewist uit \d+ releases?, .* Ook 1 klaargezet bestand van dit document is gewist\.", row)
    assert f'data-wis="{document}"' not in row
    assert tokens(manager) == {}
    queue = JobQueue(Database.of(manager.settings), 10)
    job = queue.add(Kind.INDEXING, {"proef": True}, "iemand")
    told = f"Van de 6 documenten blijven er maar 2 over. {HOW_TO_SHRINK}"
    queue.finish(job, State.DONE, {"documenten": [], "meldingen": [told]}, None)
    failed = queue.add(Kind.INDEXING, {"proef": False}, "iemand")
    queue.finish(failed, State.FAILED, None, f"{told} Er is niets gewijzigd.")
    pages = [manager.client.get(f"{HOME}{path}").text for path in (f"/proef/{job.id}", "/taken")]
    assert all("maar 2 over." in page and not re.search(r"--\w|magKrimpen", page) for page in pages)
    extra.unlink()


def test_a_file_that_the_corpus_folder_leaves_out_is_told_apart(manager: Manager) -> None:
    ignore = manager.corpus / ".handwijzerignore"
    ignore.write_text("*.txt\n", "utf-8")
    try:
        bring(manager, "weg.txt", TEXT)
        bring(manager, "mee.md", TEXT)
        _, diff = tried(manager)
    finally:
        ignore.unlink()
    assert (counts(diff)["nieuw"], counts(diff)["mislukt"]) == (1, 1)
    assert ".handwijzerignore" in diff


def test_what_jobs_tell_is_shown_as_text(manager: Manager) -> None:
    queue = JobQueue(Database.of(manager.settings), 10)
    row = {"id": "x", "bestand": HOSTILE, "status": "nieuw", "passages": 1, "melding": HOSTILE, "reden": None}
    work = {"klaargezet": [TOKEN]}
    job = queue.add(Kind.INDEXING, work, "iemand")
    queue.finish(job, State.DONE, {"documenten": [row], "meldingen": [HOSTILE]}, HOSTILE)
    removal = queue.add(Kind.REMOVAL, {"documentId": "x", "bestand": HOSTILE, "overal": False}, "iemand")
    queue.finish(removal, State.FAILED, None, HOSTILE)
    for path, times in ((f"/proef/{job.id}", 3), ("/taken", 3)):
        page = manager.client.get(HOME + path).text
        assert "<script" not in page
        assert unescape_quotes(page).count(escape(HOSTILE)) >= times
    assert "door een andere beheerder" in manager.client.get(f"{HOME}/taken").text


def test_the_check_says_what_is_wrong_and_what_to_do(manager: Manager) -> None:
    os.chmod(manager.settings.data_dir, 0o755)
    page = manager.client.get(f"{HOME}/controle").text
    assert "Iedereen op deze computer kan de documenten" in page
    assert "chmod -R o-rwx" in page
    assert manager.client.get(f"{HOME}/verslag/r20261122-091448120-3e0e").status_code == 404


def test_without_a_release_the_tab_works_and_the_check_of_a_sound_one_finds_nothing(
    encoder: Encoder, model_dir: Path, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path, model_dir)
    (settings.corpus_dir / "begin.meta.yaml").write_text("titel: Begin\ndatum: 2024-01-01\n", "utf-8")
    client = fresh_client(settings, encoder)
    for path in ("", "/documenten", "/klaar", "/taken", "/releases", "/controle"):
        assert client.get(HOME + path).status_code == 200
    ingest(ReleaseStore(settings.data_dir), settings.corpus_dir, encoder)
    settings.data_dir.chmod(0o700)
    assert "Alles is in orde." in client.get(f"{HOME}/controle").text


def fresh_client(settings: Settings, encoder: Encoder) -> TestClient:
    key, _ = KeyStore(Database.of(settings), settings.data_dir).create(Role.MANAGE)
    app = create_app(LiveKnowledge(ReleaseStore(settings.data_dir), encoder), settings)
    return local_client(app, Authorization=f"Bearer {key}")
