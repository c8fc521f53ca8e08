"""Looking after the documents over HTTP: adding, removing, reading in, going back; by who may, and by nobody else."""

from __future__ import annotations

import io
import logging
import os
import signal
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED, local_client, wait_until
from fastapi.testclient import TestClient
from httpx2 import Response
from intake_files import mail, word_file

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.api.app import create_app
from bot.storage.database import Database
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings
from kb.store_lock import exclusive

# Gradio and the TestClient leave loops and sockets open; they must not be found in some later test.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

FILES = SHARED / "data" / "files"
TEXT = "De klokkenluider meldt een verdwenen sleutelbos binnen drie werkdagen bij de conciërge van de school."
TRAVERSAL = ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e", "r20260101-000000000-zzzz", "x" * 300, "a%00b"]


@dataclass(frozen=True)
class Manager:
    """A client with role beheer of a server of its own, and what is on its disk."""

    client: TestClient
    settings: Settings
    store: ReleaseStore
    reader: dict[str, str]

    @property
    def corpus(self) -> Path:
        return self.settings.corpus_dir

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.corpus)): path.read_bytes() for path in self.corpus.rglob("*") if path.is_file()
        }

    def upload(self, name: str, content: bytes | str, **fields: str) -> Response:
        return self.client.post("/v1/documenten", files={"bestand": (name, content)}, data=fields)

    def ended(self, response: Response) -> dict[str, Any]:
        """Follow a job to its end."""
        assert response.status_code == 202, response.text
        job: dict[str, Any] = {}

        def is_over() -> bool:
            job.update(self.client.get(response.headers["Location"]).json())
            return job["status"] in ("klaar", "mislukt")

        wait_until(is_over, f"de taak komt niet klaar: {job}")
        assert job["voortgang"] == 1
        assert job["gevraagd"] <= job["gestart"] <= job["beeindigd"]
        return job

    def documents(self) -> dict[str, str]:
        """The documents of the live release by file, with their ids."""
        live = self.store.live_id()
        return {row.file: row.id for row in self.store.documents(live).values()} if live else {}


@contextmanager
def serving(settings: Settings, encoder: Encoder) -> Iterator[Manager]:
    store = ReleaseStore(settings.data_dir)
    keys = KeyStore(Database.of(settings), settings.data_dir)
    manager, reader = (f"Bearer {keys.create(role)[0]}" for role in (Role.MANAGE, Role.READ))
    with local_client(create_app(LiveKnowledge(store, encoder), settings), Authorization=manager) as client:
        yield Manager(client, settings, store, {"Authorization": reader})


def settings_in(folder: Path, model_dir: Path) -> Settings:
    (folder / "corpus").mkdir()
    (folder / "corpus" / "begin.md").write_text("# Begin\n\nDe mentor belt de ouders op de eerste dag.\n", "utf-8")
    return Settings(
        data_dir=folder / "data", corpus_dir=folder / "corpus", model_dir=model_dir, rate_limit=100_000, upload_size=1
    )


@pytest.fixture(scope="module")
def server(model_dir: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    settings = settings_in(tmp_path_factory.mktemp("beheer"), model_dir)
    ingest(ReleaseStore(settings.data_dir), settings.corpus_dir, encoder)
    with serving(settings, encoder) as manager:
        yield manager


@pytest.fixture
def manager(server: Manager) -> Iterator[Manager]:
    """A server on a corpus of one document, with one release; it has that again for the next test."""
    (first,) = server.store.ids()
    yield server
    for name in set(server.files()) - {"begin.md"}:
        (server.corpus / name).unlink()
    server.store.publish(first)
    for other in set(server.store.ids()) - {first}:
        server.store.discard(server.store.folder(other))


def problem(response: Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return dict(response.json())


def job_process(settings: Settings) -> int:
    """The process that does the jobs of ``settings``: the child of this one that has the lock open."""
    lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    children = [number for path in lists for number in path.read_text().split()]
    lock = str(settings.data_dir / "jobs.lock")
    (found,) = [number for number in children if lock in map(os.readlink, Path(f"/proc/{number}/fd").iterdir())]
    return int(found)


def test_a_document_is_added_found_replaced_and_removed(manager: Manager) -> None:
    answer = manager.upload(
        "../Klokkenluider.md", TEXT, map="regels/school", titel="Sleutelbos", datum="2024-03-01", geldigTot="2099-01-01",
        uitgever="", url="https://example.nl/sleutelbos",
    )  # fmt: skip
    added = answer.json()
    assert (added["bestand"], added["vervangen"]) == ("regels/school/Klokkenluider.md", False)
    assert added["indexering"]["status"] == "wacht"
    job = manager.ended(answer)
    assert (job["status"], job["soort"], job["documentId"]) == ("klaar", "toevoegen", added["documentId"])
    assert job["verslag"]["release"] == manager.store.live_id()
    assert [(row["bestand"], row["status"]) for row in job["verslag"]["documenten"]] == [(added["bestand"], "nieuw")]
    # The live server has taken it over, with what the form said of it.
    address = f"/v1/documenten/{added['documentId']}"
    wait_until(lambda: manager.client.get(address).status_code == 200, "het document is er niet")
    known = manager.client.get(address).json()
    assert [known[key] for key in ("titel", "datum", "geldigTot", "bronUrl", "uitgever", "geraden")] == [
        "Sleutelbos", "2024-03-01", "2099-01-01", "https://example.nl/sleutelbos", None, [],
    ]  # fmt: skip
    found = manager.client.post("/v1/zoekopdrachten", json={"zoekterm": "verdwenen sleutelbos", "aantal": 1}).json()
    assert found["resultaten"][0]["documentId"] == added["documentId"]

    assert "vervangen" in problem(manager.upload("Klokkenluider.md", TEXT, map="regels/school"), 409)["detail"]
    replaced = manager.upload("Klokkenluider.md", f"{TEXT} Of eerder.", map="regels/school", vervangen="true")
    assert replaced.json()["vervangen"]
    (row,) = manager.ended(replaced)["verslag"]["documenten"]
    assert row["status"] == "gewijzigd"
    assert manager.client.get(address).json()["titel"] == "Sleutelbos"

    removed = manager.ended(manager.client.delete(f"{address}?overal=true"))
    assert (removed["soort"], removed["status"]) == ("verwijderen", "klaar")
    assert removed["verslag"]["documenten"] == [added["documentId"]]
    assert set(manager.files()) == {"begin.md"}
    wait_until(lambda: manager.client.get(address).status_code == 404, "het document is er nog")
    problem(manager.client.get(f"{address}/bestand?versie={known['url'][-12:]}"), 404)
    # What other jobs told of it went with it.
    jobs = manager.client.get("/v1/indexeringen").json()["resultaten"]
    assert [one["id"] for one in jobs if one["documentId"] == added["documentId"]] == [removed["id"]]
    problem(manager.client.delete(address), 404)


def test_files_dropped_at_once_become_one_or_two_releases(manager: Manager) -> None:
    before = set(manager.store.ids())
    with exclusive(manager.settings.data_dir):  # on a slow machine some come while the first are being read in
        answers = [manager.upload(f"tien-{number}.md", f"{TEXT} Nummer {number}.") for number in range(10)]
    ended = [manager.ended(answer) for answer in answers]
    assert {job["status"] for job in ended} == {"klaar"}
    assert [job["verslag"]["documenten"][0]["bestand"] for job in ended] == [f"tien-{n}.md" for n in range(10)]
    assert len(set(manager.store.ids()) - before) <= 2
    listed = manager.client.get("/v1/indexeringen?aantal=5").json()
    assert [job["id"] for job in listed["resultaten"]] == [job["id"] for job in reversed(ended[-5:])]
    assert listed["totaal"] >= 10
    assert "verslag" not in listed["resultaten"][0]
    assert manager.client.get("/v1/indexeringen?pagina=99").json()["resultaten"] == []
    for number in range(10):
        (manager.corpus / f"tien-{number}.md").unlink()
    # So many gone at once is a question first.
    refused = manager.ended(manager.client.post("/v1/indexeringen"))
    assert (refused["status"], refused["verslag"]) == ("mislukt", None)
    assert "magKrimpen" in refused["melding"]
    assert len(manager.documents()) == 11
    tried = manager.ended(manager.client.post("/v1/indexeringen", json={"proef": True}))
    assert [row["status"] for row in tried["verslag"]["documenten"]].count("verwijderd") == 10
    assert len(manager.documents()) == 11
    manager.ended(manager.client.post("/v1/indexeringen", json={"magKrimpen": True, "volledig": True}))
    assert set(manager.documents()) == {"begin.md"}


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main"
        )
        archive.writestr("word/document.xml", b"\0" * 110_000_000)
    return stream.getvalue()


def test_a_hostile_file_fails_alone_and_leaves_the_corpus_as_it_was(manager: Manager) -> None:
    manager.ended(manager.upload("verslag.docx", word_file(TEXT)))
    before = manager.files()
    hostile = {
        "bom.docx": bomb(),
        "kapot.docx": (FILES / "corrupt_truncated.docx").read_bytes(),
        "afgekapt.docx": word_file(TEXT)[:3000],
    }
    answers = {name: manager.upload(name, content) for name, content in hostile.items()}
    answers["verslag.docx"] = manager.upload("verslag.docx", word_file(TEXT)[:3000], vervangen="true", titel="Stuk")
    good = manager.ended(manager.upload("goed.md", f"{TEXT} Dit bestand is goed."))
    failed = {name: manager.ended(answer) for name, answer in answers.items()}
    assert {name: job["status"] for name, job in failed.items()} == dict.fromkeys(failed, "mislukt")
    assert failed["bom.docx"]["verslag"]["documenten"][0]["reden"] == "te-groot"
    assert failed["kapot.docx"]["verslag"]["documenten"][0]["reden"] == "beschadigd"
    assert "het bestand staat er niet meer" in failed["kapot.docx"]["melding"]
    assert "de vorige versie staat er weer" in failed["verslag.docx"]["melding"]
    assert good["status"] == "klaar"
    assert manager.files() == before | {"goed.md": f"{TEXT} Dit bestand is goed.".encode()}
    assert set(manager.documents()) == {"begin.md", "goed.md", "verslag.docx"}


def test_script_in_a_file_and_in_its_name_stays_text(manager: Manager) -> None:
    page = (
        f"<!doctype html><html><head><title><script>alert(1)</script></title></head><body><p>{TEXT}</p></body></html>"
    )
    answer = manager.upload('"><script>alert(1)<.html', page, titel="<img src=x onerror=alert(1)>")
    assert manager.ended(answer)["status"] == "klaar"
    known = answer.json()["documentId"]
    wait_until(lambda: manager.client.get(f"/v1/documenten/{known}").status_code == 200, "het document is er niet")
    original = manager.client.get(f"/v1/documenten/{known}/bestand")
    assert original.headers["content-disposition"].startswith("attachment")
    assert original.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "content", "fields", "status", "said"),
    [
        ("programma.exe", b"MZ\x90\0" + b"x" * 500, {}, 415, "PDF, Word"),
        ("foto.pdf", b"\x7fELF" + b"x" * 500, {}, 415, "programma"),
        ("onbekend.zzz", b"iets", {}, 415, "PDF, Word"),
        ("leeg.md", b"", {}, 400, "geen leesbare tekst"),
        ("geheim.docx", (FILES / "encrypted_docx_tika.docx").read_bytes, {}, 400, "wachtwoord"),
        ("groot.txt", b"x" * 1_000_001, {}, 413, "1 MB"),
        ("enorm.txt", b"x" * 3_000_000, {}, 413, "MB"),
        ("...", TEXT.encode(), {}, 400, "bruikbare naam"),
        ("a.md.meta.yaml", b"titel: x", {}, 400, "bruikbare naam"),
        ("a.md", TEXT.encode(), {"map": "../buiten"}, 400, "map: dit is geen map"),
        ("a.md", TEXT.encode(), {"map": "/etc"}, 400, "map: dit is geen map"),
        ("a.md", TEXT.encode(), {"map": ".handwijzer/x"}, 400, "map: dit is geen map"),
        ("a.md", TEXT.encode(), {"map": "begin.md"}, 409, "begin.md"),
        (
            "a.md", TEXT.encode(), {"datum": "1 mei", "url": "javascript:alert(1)", "kleur": "rood", "inlezen": "ja", "titel": "x" * 300},
            400, "datum|url: dit moet beginnen|kleur: dit veld bestaat niet|inlezen: hier hoort true|titel: dit is te lang",
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_is_refused_and_leaves_nothing(
    name: str, content: Any, fields: dict[str, str], status: int, said: str, manager: Manager
) -> None:
    before = manager.files()
    refused = problem(manager.upload(name, content() if callable(content) else content, **fields), status)
    assert [part for part in said.split("|") if part not in refused["detail"]] == []
    assert manager.files() == before
    assert not (manager.corpus / ".handwijzer").exists()


def test_a_request_that_is_no_upload_is_told_how_to_make_one(manager: Manager) -> None:
    client = manager.client
    assert "multipart/form-data" in problem(client.post("/v1/documenten", json={"bestand": "x"}), 415)["detail"]
    torn = {"Content-Type": "multipart/form-data"}
    assert "formulier" in problem(client.post("/v1/documenten", content=b"--x\r\nrommel", headers=torn), 400)["detail"]
    half = b'--x\r\nContent-Disposition: form-data; name="bestand"; filename="half.md"\r\n\r\nhalf'
    torn = {"Content-Type": "multipart/form-data; boundary=x"}
    assert "verplicht" in problem(client.post("/v1/documenten", content=half, headers=torn), 400)["detail"]
    two = [("bestand", ("a.md", TEXT)), ("bestand", ("b.md", TEXT))]
    assert "één bestand" in problem(client.post("/v1/documenten", files=two), 400)["detail"]
    many = [(f"veld{number}", (None, "x")) for number in range(1000)]
    assert "formulier" in problem(client.post("/v1/documenten", files=[*many, *two[:1]]), 400)["detail"]
    for number in (1000, 1):  # many headers, and one without end
        headers = {f"X-{place}": "y" * (200_000 // number) for place in range(number)}
        odd = client.post("/v1/documenten", files={"bestand": ("a.md", TEXT, "text/markdown", headers)})
        assert "formulier" in problem(odd, 400)["detail"]
    as_text = client.post("/v1/documenten", files={"titel": (None, "x"), "bestand": (None, "tekst")})
    assert "hier hoort een bestand" in problem(as_text, 400)["detail"]
    assert "verplicht" in problem(client.post("/v1/documenten", files={"titel": (None, "x")}), 400)["detail"]


@pytest.mark.parametrize(
    "paths",
    [["../data"], ["/etc"], [".handwijzer"], ["begin.md", "bestaat-niet.md"], ["begin.md\0"], [""], ["a/../.."]],
)
def test_only_paths_within_the_corpus_are_read_in(paths: list[str], manager: Manager) -> None:
    refused = problem(manager.client.post("/v1/indexeringen", json={"paden": paths}), 400)
    assert [fault["veld"] for fault in refused["fouten"]] == [f"paden.{len(paths) - 1}"]


def test_a_file_that_waits_to_be_read_in_is_read_in_by_its_path(manager: Manager) -> None:
    answer = manager.upload("later.md", TEXT, inlezen="false")
    assert (answer.status_code, answer.json()["indexering"]) == (202, None)
    assert "Location" not in answer.headers
    assert set(manager.documents()) == {"begin.md"}
    job = manager.ended(manager.client.post("/v1/indexeringen", json={"paden": ["later.md"]}))
    assert [row["bestand"] for row in job["verslag"]["documenten"]] == ["later.md"]


def test_an_attachment_goes_with_its_message(manager: Manager) -> None:
    message = mail(TEXT, [("bijlage.docx", word_file(f"{TEXT} Dit is de bijlage."))]).as_bytes()
    assert manager.ended(manager.upload("mail.eml", message))["status"] == "klaar"
    known = manager.documents()
    problem(manager.client.delete(f"/v1/documenten/{known['mail.eml/bijlage.docx']}"), 409)
    manager.ended(manager.client.delete(f"/v1/documenten/{known['mail.eml']}"))
    assert set(manager.documents()) == set(manager.files()) == {"begin.md"}


def test_going_back_to_an_earlier_release_and_forward_again(manager: Manager) -> None:
    client = manager.client
    added = manager.ended(manager.upload("terug.md", TEXT))
    rows = client.get("/v1/releases").json()
    newest, older = rows["resultaten"][:2]
    assert rows["totaal"] == len(manager.store.ids())
    assert (newest["id"], newest["live"]) == (added["verslag"]["release"], True)
    assert newest["verschil"] == {"nieuw": [added["documentId"]], "gewijzigd": [], "verwijderd": []}
    assert client.get("/v1/releases?pagina=2&aantal=1").json()["resultaten"] == [older]

    went = client.post(f"/v1/releases/{older['id']}/activering")
    assert (went.status_code, went.json()) == (200, older | {"live": True})
    wait_until(lambda: client.get("/v1/documenten").json()["totaal"] == 1, "de oude release wordt niet live")
    with exclusive(manager.settings.data_dir):
        assert "proces" in problem(client.post(f"/v1/releases/{newest['id']}/activering"), 409)["detail"]
    vectors = manager.store.folder(newest["id"]) / "vectors.npy"
    vectors.rename(vectors.with_suffix(".weg"))
    assert "beschadigd" in problem(client.post(f"/v1/releases/{newest['id']}/activering"), 409)["detail"]
    assert manager.store.live_id() == older["id"]
    vectors.with_suffix(".weg").rename(vectors)
    assert client.post(f"/v1/releases/{newest['id']}/activering").json()["live"]
    problem(client.post("/v1/releases/r20260101-000000000-0000/activering"), 404)


@pytest.mark.parametrize("name", TRAVERSAL)
def test_an_address_that_leads_elsewhere_is_none(name: str, manager: Manager) -> None:
    before = manager.store.live_id()
    for method, address in (
        ("POST", f"/v1/releases/{name}/activering"), ("GET", f"/v1/indexeringen/{name}"),
        ("DELETE", f"/v1/documenten/{name}"),
    ):  # fmt: skip
        response = manager.client.request(method, address)
        assert response.status_code in (400, 404, 405), (method, address, response.text)
    assert manager.store.live_id() == before


def test_nobody_without_the_role_changes_anything(manager: Manager, caplog: pytest.LogCaptureFixture) -> None:
    """A page elsewhere can make a browser send a form, but no header with a key."""
    before, jobs = manager.files(), manager.client.get("/v1/indexeringen").json()["totaal"]
    document = manager.documents()["begin.md"]
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/documenten", {"files": {"bestand": ("kwaad.md", TEXT)}}),
        ("DELETE", f"/v1/documenten/{document}?overal=true", {}),
        ("POST", "/v1/indexeringen", {}),
        ("GET", "/v1/indexeringen", {}),
        ("GET", f"/v1/indexeringen/{'0' * 24}", {}),
        ("GET", "/v1/releases", {}),
        ("POST", f"/v1/releases/{manager.store.live_id()}/activering", {}),
    ]
    foreign = {"Origin": "https://elders.example", "Sec-Fetch-Site": "cross-site"}
    for method, address, sent in calls:
        for headers, status in (({}, 401), (foreign, 401 if method == "GET" else 403), (manager.reader, 403)):
            request = manager.client.build_request(method, address, headers=headers, **sent)
            if "Authorization" not in headers:
                del request.headers["Authorization"]
            with caplog.at_level(logging.INFO, "handwijzer.audit"):
                caplog.clear()
                problem(manager.client.send(request), status)
            lines = [record for record in caplog.records if record.name == "handwijzer.audit"]
            if headers is manager.reader:
                (line,) = lines
                assert line.__dict__["feiten"] == {"uitkomst": "geweigerd", "status": 403}
                assert line.__dict__["beller"].startswith("sleutel:")
    assert manager.files() == before
    assert manager.client.get("/v1/indexeringen").json()["totaal"] == jobs


def test_every_change_leaves_an_audit_line_without_document_text(
    manager: Manager, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "handwijzer.audit"):
        added = manager.ended(manager.upload("lijn.md", TEXT, titel="Geheime titel"))
        problem(manager.upload("lijn.md", TEXT), 409)
        manager.client.post(f"/v1/releases/{manager.store.live_id()}/activering")
        manager.ended(manager.client.delete(f"/v1/documenten/{added['documentId']}"))
        manager.ended(manager.client.post("/v1/indexeringen"))
    lines = [record.__dict__ for record in caplog.records if record.name == "handwijzer.audit"]
    assert [line["message"] for line in lines] == [
        "document-toevoegen", "document-toevoegen", "release-activeren", "document-verwijderen", "inlezen",
    ]  # fmt: skip
    assert lines[0]["feiten"] == {"document": added["documentId"], "taak": added["id"]}
    assert lines[1]["feiten"] == {"uitkomst": "mislukt", "status": 409}
    assert {line["rol"] for line in lines} == {"beheer"}
    assert not any("sleutelbos" in str(line) or "Geheime" in str(line) for line in lines)


def test_a_job_survives_its_server_and_is_told_of_when_it_is_killed(
    model_dir: Path, encoder: Encoder, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path, model_dir)
    with serving(settings, encoder) as first:
        ingest(first.store, first.corpus, encoder)
        before = first.files()

        def is_running(manager: Manager, job: Response) -> None:
            address = job.headers["Location"]
            wait_until(lambda: "ander commando" in manager.client.get(address).json()["fase"], "de taak begint niet")

        # While somebody else changes the knowledge base a job waits for that, so that it can be caught at work.
        with exclusive(settings.data_dir), serving(settings, encoder) as second:
            upload = first.upload("begin.md", TEXT, vervangen="true")
            is_running(second, upload)  # the other server sees how far it is
            assert "wordt nog ingelezen" in problem(second.upload("begin.md", TEXT, vervangen="true"), 409)["detail"]
            other = second.upload("ander.md", TEXT)
            assert second.client.get(other.headers["Location"]).json()["status"] == "wacht"
            os.kill(job_process(settings), signal.SIGKILL)
            killed = second.ended(upload)
            assert (killed["status"], killed["verslag"]) == ("mislukt", None)
            assert "onverwacht gestopt" in killed["melding"]
            assert "de vorige versie staat er weer" in killed["melding"]
            assert first.files() == before | {"ander.md": TEXT.encode(), **first_bytes(first)}
            is_running(second, other)  # a new process goes on with what waits
        # The server whose process it was has stopped: the job waits again, and another goes on with it.
        assert first.ended(other)["status"] == "klaar"
    assert not list((settings.corpus_dir).glob(".handwijzer"))


def first_bytes(manager: Manager) -> dict[str, bytes]:
    """What waits out of sight while uploads are read in."""
    return {name: content for name, content in manager.files().items() if name.startswith(".handwijzer/")}
