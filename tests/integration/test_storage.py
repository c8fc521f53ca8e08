"""The database: a file or a PostgreSQL server, from an earlier version, from several processes, and when it fails."""

from __future__ import annotations

import datetime as dt
import resource
import sqlite3
import subprocess
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from conftest import ANSWERED, ROOT, free_port
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import new_database, running_postgres
from sqlalchemy import func, inspect, select, text

from bot.answers import Answer, AnswerStatus, Turn
from bot.feedback import FeedbackStore, Verdict, masked_line
from bot.followup import standalone
from bot.recording import PAUSE_S, Recorder
from bot.remembering import KEEP, Memory
from bot.service import ask
from bot.storage.database import FILE, NEWEST, Database
from bot.storage.earlier import EARLIER_FILE
from bot.storage.tables import keys, metadata, remembered
from kb.errors import NotFoundError, StorageError, UsageError
from kb.live import LiveKnowledge
from kb.settings import Settings

# As version 0.1 made it.
EARLIER_TABLES = """
CREATE TABLE feedback (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, answer TEXT NOT NULL UNIQUE, verdict TEXT NOT NULL,
    question TEXT NOT NULL, remark TEXT NOT NULL, status TEXT NOT NULL, documents TEXT NOT NULL,
    release TEXT NOT NULL, day TEXT NOT NULL
);
CREATE TABLE unanswered (
    number INTEGER PRIMARY KEY, question TEXT NOT NULL, documents TEXT NOT NULL, release TEXT NOT NULL,
    day TEXT NOT NULL
);
"""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str | None:
    """The address of an empty database, None for a file."""
    if request.param == "sqlite":
        return None
    return new_database(request.getfixturevalue("postgres"), uuid.uuid4().hex)


@pytest.fixture
def reopened(tmp_path: Path, url: str | None) -> Callable[[], Database]:
    """Opens the same database again, as another process or a restart does."""
    return lambda: Database(tmp_path / "data", url)


@pytest.fixture
def database(reopened: Callable[[], Database]) -> Database:
    return reopened()


@pytest.fixture(scope="module")
def answer(knowledge: LiveKnowledge) -> Answer:
    return ask(knowledge, ANSWERED)


def another(answer: Answer) -> Answer:
    return answer.model_copy(update={"id": uuid.uuid4().hex})


def today() -> str:
    return dt.date.today().isoformat()


def earlier_file(data_dir: Path) -> Path:
    """The file of a server of version 0.1 that was killed, so that part stands in the write-ahead log."""
    data_dir.mkdir(exist_ok=True)
    path = data_dir / EARLIER_FILE
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(EARLIER_TABLES)
    database.executemany(
        "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (1, "b1", "a1", "goed", "wolkenfluister?", "prima é", "beantwoord", '["d1", "d2"]', "r1", today()),
            (7, "b2", "a2", "verkeerde-bron", "tweede?", "", "niet-gevonden", "[]", "r1", today()),
        ],
    )
    database.executemany(
        "INSERT INTO unanswered VALUES (?, ?, ?, ?, ?)",
        [(n, "kwelderbaars?", '["d1"]', "r1", today()) for n in (1, 2)] + [(5, "open?", "[]", "r2", today())],
    )
    database.commit()
    kept = {name: (data_dir / name).read_bytes() for name in (path.name, f"{path.name}-wal")}
    database.close()
    for name, content in kept.items():
        (data_dir / name).write_bytes(content)
    return path


def test_the_tables_are_those_that_the_migrations_make(database: Database) -> None:
    assert not database.path.parent.exists()
    with database.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    scripts = Config()
    scripts.set_main_option("script_location", str(ROOT / "bot" / "storage" / "migrations"))
    assert ScriptDirectory.from_config(scripts).get_heads() == [NEWEST]


def test_an_update_and_the_way_back_keep_what_was_judged(
    database: Database, reopened: Callable[[], Database], answer: Answer
) -> None:
    store = FeedbackStore(database)
    id = store.add_judged("a1", Verdict.GOOD, "vraag?", "", AnswerStatus.ANSWERED, ["d1"], "r1")
    store.mark(id, reviewed=True)
    Recorder(store).answered(ANSWERED, [], answer)
    with database.begin() as connection:
        scripts = Config(attributes={"connection": connection})
        scripts.set_main_option("script_location", str(ROOT / "bot" / "storage" / "migrations"))
        command.downgrade(scripts, "0001")
        assert "asked" not in inspect(connection).get_table_names()
        assert "reviewed" not in {column["name"] for column in inspect(connection).get_columns("feedback")}
    later = FeedbackStore(reopened())
    [kept] = later.judged()
    assert (kept.id, kept.question, kept.documents) == (id, "vraag?", ("d1",))
    assert (kept.reviewed, kept.drafted) == (False, False)
    assert later.usage.subjects(7, 5) == []
    Recorder(later).answered(ANSWERED, [], another(answer))
    assert [found.count for found in later.usage.subjects(7, 5)] == [1]


def test_answers_at_once_are_all_counted(database: Database, reopened: Callable[[], Database], answer: Answer) -> None:
    recorders = [Recorder(FeedbackStore(each)) for each in (database, reopened())]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: recorders[number % 2].answered(ANSWERED, [], another(answer)), range(64)))
    [week] = FeedbackStore(database).usage.weeks(1)
    assert (week.answered, week.unanswered) == (64, 0)


def test_moments_and_lists_come_back_as_they_went_in(database: Database) -> None:
    made = dt.datetime(2026, 3, 29, 2, 30, 0, 5, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    key = {"id": "k", "hash": "h", "name": "é", "role": "lezen", "origins": ["https://é.example.nl"], "created": made}
    with database.begin() as connection:
        connection.execute(keys.insert(), key)
    with database.reading() as connection:
        row = connection.execute(select(keys)).one()._mapping
    assert {name: row[name] for name in key} == key
    assert (row["expires"], row["revoked"], row["per_minute"]) == (None, None, None)


def test_what_an_earlier_version_kept_is_taken_over_once_and_its_file_goes(
    database: Database, reopened: Callable[[], Database]
) -> None:
    data_dir = database.path.parent
    path = earlier_file(data_dir)
    copy = {file.name: file.read_bytes() for file in data_dir.iterdir()}
    store = FeedbackStore(database)
    assert not list(data_dir.glob(f"{EARLIER_FILE}*"))
    first, second = store.judged()
    assert (first.id, first.answer_id, first.verdict, first.question, first.remark, first.status) == (
        "b1", "a1", Verdict.GOOD, "wolkenfluister?", "prima é", AnswerStatus.ANSWERED,
    )  # fmt: skip
    assert (first.documents, first.release, first.day.isoformat()) == (("d1", "d2"), "r1", today())
    assert (second.id, second.verdict, second.status) == ("b2", Verdict.WRONG_SOURCE, AnswerStatus.NOT_FOUND)
    assert [record.question for record in store.unanswered()] == ["kwelderbaars?", "kwelderbaars?", "open?"]

    # Cut off after the copy and before the file was gone: the next start finishes, and counts nothing twice.
    for name, content in copy.items():
        (data_dir / name).write_bytes(content)
    store.add_judged("a3", Verdict.WRONG, "nieuw?", "", AnswerStatus.ANSWERED, [], "r2")
    again = FeedbackStore(reopened())
    assert not path.exists()
    assert (len(again.judged()), len(again.unanswered())) == (3, 3)


def test_an_earlier_file_that_can_not_be_read_is_never_lost_in_silence(database: Database) -> None:
    data_dir = database.path.parent
    data_dir.mkdir()
    (data_dir / EARLIER_FILE).write_bytes(b"dit is geen database" * 100)
    with pytest.raises(StorageError, match=EARLIER_FILE):
        FeedbackStore(database).judged()
    assert (data_dir / EARLIER_FILE).exists()
    (data_dir / EARLIER_FILE).unlink()
    assert FeedbackStore(database).judged() == []


def test_a_database_of_a_newer_version_is_refused(database: Database, reopened: Callable[[], Database]) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="nieuwere versie"), reopened().begin():
        pass


def test_processes_and_threads_that_start_together_share_one_database(database: Database, url: str | None) -> None:
    earlier_file(database.path.parent)
    program = (
        "import sys; from pathlib import Path; from bot.feedback import FeedbackStore; "
        "from bot.storage.database import Database; "
        "store = FeedbackStore(Database(Path(sys.argv[1]), sys.argv[2])); "
        "[store.add_unanswered(f'proces {sys.argv[3]} {n}', [], 'r1') for n in range(20)]"
    )
    arguments = [sys.executable, "-W", "error", "-c", program, str(database.path.parent), url or ""]
    processes = [subprocess.Popen([*arguments, str(number)], cwd=ROOT) for number in range(3)]
    store = FeedbackStore(database)
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda number: store.add_unanswered(f"{number}", [], "r1"), range(40)))
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(set(numbers)) == 40
    assert len(store.unanswered()) == 3 * 20 + 40 + 3
    assert len(store.judged()) == 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=st.text(max_size=300), before=st.text(max_size=100), remark=st.text(max_size=300),
    verdict=st.sampled_from(Verdict),
)  # fmt: skip
def test_whatever_is_judged_comes_back_after_a_restart(
    reopened: Callable[[], Database], answer: Answer, question: str, before: str, remark: str, verdict: Verdict
) -> None:
    answered, conversation = another(answer), [Turn(role="gebruiker", text=before)] if before else []
    Recorder(FeedbackStore(reopened())).answered(question, conversation, answered)
    restarted = FeedbackStore(reopened())
    id = Recorder(restarted).judge(answered.id, verdict, remark)
    kept = restarted.judged()[-1]
    assert (kept.id, kept.answer_id, kept.verdict, kept.remark) == (id, answered.id, verdict, masked_line(remark))
    assert kept.question == masked_line(standalone(question, conversation))
    assert kept.documents == tuple(dict.fromkeys(source.document_id for source in answer.sources))


def test_a_second_judgement_and_another_question_never_meet(database: Database, answer: Answer) -> None:
    store = FeedbackStore(database)
    recorder = Recorder(store, keep_questions=True)
    first, second = (another(answer).model_copy(update={"status": AnswerStatus.NOT_FOUND}) for _ in range(2))
    recorder.answered("Wat kost een fiets?", [], first)
    recorder.judge(first.id, Verdict.WRONG)
    recorder.answered("Wat kost een brommer?", [], second)
    recorder.judge(first.id, Verdict.GOOD)
    assert [record.question for record in store.unanswered()] == ["Wat kost een brommer?"]


def test_nobody_reads_a_question_without_the_id_of_its_answer(database: Database, answer: Answer) -> None:
    Recorder(FeedbackStore(database)).answered(ANSWERED, [], answer)
    with database.reading() as connection:
        row = connection.execute(select(remembered)).one()
    data = row.payload + b"".join(file.read_bytes() for file in database.path.parent.glob(f"{FILE}*"))
    # Only its first source is counted, and stands in clear.
    for readable in ("datalek", answer.id, answer.sources[1].document_id):
        assert readable.encode() not in data
    assert answer.id not in row.key
    assert b"datalek" in (Memory(database).recall(answer.id) or b"")


def test_an_answer_is_remembered_for_a_day_and_a_bounded_number_of_them(database: Database) -> None:
    now = dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)
    memory = Memory(database, 2, lambda: now)
    for id in "abc":
        memory.remember(id, id.encode())
    assert [memory.recall(id) for id in "abcd"] == [None, b"b", b"c", None]
    now += KEEP - dt.timedelta(seconds=1)
    assert memory.recall("c") == b"c"
    now += dt.timedelta(seconds=1)
    assert memory.recall("c") is None
    memory.remember("e", b"e")
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(remembered)) == 1


def test_erasing_a_document_forgets_every_answer_that_could_still_be_judged(
    database: Database, reopened: Callable[[], Database], answer: Answer
) -> None:
    serving, store = Recorder(FeedbackStore(database)), FeedbackStore(reopened())
    judged, other = another(answer), another(answer)
    for each in (judged, other):
        serving.answered(ANSWERED, [], each)
    serving.judge(judged.id, Verdict.WRONG)
    assert store.forget_documents([answer.sources[0].document_id]) == 1
    assert store.judged() == []
    with pytest.raises(NotFoundError):
        serving.judge(other.id, Verdict.WRONG)
    assert b"datalek" not in b"".join(file.read_bytes() for file in database.path.parent.glob(f"{FILE}*"))


def test_thirty_two_answers_at_once_are_all_remembered(
    database: Database, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(FeedbackStore(database))
    answers = [another(answer) for _ in range(128)]
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda each: recorder.answered(ANSWERED, [], each), answers))
        ids = list(pool.map(lambda each: recorder.judge(each.id, Verdict.GOOD), answers))
    assert len(set(ids)) == 128
    assert not [record for record in caplog.records if record.name.startswith("bot")]


def test_a_database_that_is_down_costs_no_answer_and_tells_no_password(
    tmp_path: Path, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"postgresql://handwijzer:wachtwoordgeheim@127.0.0.1:{free_port()}/handwijzer"
    now = 0.0
    recorder = Recorder(FeedbackStore(Database(tmp_path, url)), clock=lambda: now)
    for _ in range(3):
        recorder.answered(ANSWERED, [], answer)
    assert len(_errors(caplog)) == 1  # and nothing was tried after that
    now = PAUSE_S
    recorder.answered(ANSWERED, [], answer)
    assert len(_errors(caplog)) == 2
    with pytest.raises(StorageError, match="PostgreSQL-server") as raised:
        recorder.judge(answer.id, Verdict.GOOD)
    assert "wachtwoordgeheim" not in "".join(traceback.format_exception(raised.value)) + caplog.text


def test_a_full_disk_costs_no_answer(tmp_path: Path, answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    store = FeedbackStore(Database(tmp_path))
    now = 0.0
    recorder = Recorder(store, clock=lambda: now)
    recorder.answered(ANSWERED, [], answer)
    most, hardest = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hardest))
    try:
        recorder.answered(ANSWERED, [], another(answer))
        with pytest.raises(StorageError, match="schijfruimte"):
            recorder.judge(answer.id, Verdict.GOOD)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hardest))
    assert len(_errors(caplog)) == 1
    now = PAUSE_S
    later = another(answer)
    recorder.answered(ANSWERED, [], later)
    assert recorder.judge(answer.id, Verdict.GOOD)
    assert recorder.judge(later.id, Verdict.GOOD)


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "bot.recording"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "geheim",
        "mysql://u:geheim@h/d",
        "postgres://u:geheim@h/d",
        "sqlite:///geheim",
        "postgresql://u:geheim@h:poort/d",
    ],
)
def test_only_the_address_of_a_postgresql_database_is_taken(address: str, tmp_path: Path) -> None:
    if not address:
        Database.of(Settings(data_dir=tmp_path, database_url=address))
        return
    with pytest.raises(UsageError, match="HANDWIJZER_DATABASE_URL") as raised:
        Database(tmp_path, address)
    assert "geheim" not in raised.value.message
