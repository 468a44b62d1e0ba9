"""A database that is away, damaged, of somebody else, or not ours to read: said in a sentence, without the password."""

import os
import stat
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.store import answer, learner, link
from app.store.backup import backup, restore
from app.store.engine import StoreAway, StoreError, create_store_engine
from app.store.learner import Newcomer
from app.store.store import Store, open_store
from app.store.writer import PlainWriter
from tests.store.cast import NOON, answer_to, new_learner

POSTGRES = pytest.mark.parametrize("address", ["postgresql"], indirect=True)
NOWHERE = "postgresql+psycopg://reader:secretpw@127.0.0.1:1/none"


def test_a_database_that_is_away_says_so() -> None:
    store = Store(create_store_engine(NOWHERE))
    for asked in (lambda: store.read(link.find, "a" * 16), lambda: store.write(new_row), store.health):
        with pytest.raises(StoreAway) as away:
            asked()
        assert "secretpw" not in str(away.value)
        assert away.value.__cause__ is None


def new_row(tx: object) -> None:
    raise AssertionError("there is nobody to run this")


def test_a_full_disk_is_away_and_not_broken(tmp_path: Path) -> None:
    def full(_: object) -> None:
        raise OperationalError("x", {}, Exception("database or disk is full"))

    store = open_store(f"sqlite:///{tmp_path}/db")
    with pytest.raises(StoreAway, match="full"):
        store.write(full)
    store.close()


def test_a_damaged_file_stops_the_start_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "db"
    file.write_bytes(b"no database at all " * 1000)
    with pytest.raises(StoreError, match="podscope restore"):
        open_store(f"sqlite:///{file}")


@POSTGRES
def test_a_user_who_may_make_no_tables_is_told_of_no_backup(address: str) -> None:
    with open_store(address) as store:
        store.write(lambda tx: tx.execute(text("DROP SCHEMA public CASCADE")))

    with pytest.raises(StoreError, match="what its user may do"):
        open_store(address)


def test_a_newer_database_is_left_alone(store: Store) -> None:
    store.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    url = store.engine.url.render_as_string(hide_password=False)
    if url.endswith(":memory:") or url == "sqlite+pysqlite://":
        pytest.skip("each opening of one in memory is another")
    with pytest.raises(StoreError, match="upgrade Podscope"):
        open_store(url)


def test_files_are_private(tmp_path: Path) -> None:
    file = tmp_path / "db"
    file.touch(0o644)
    store = open_store(f"sqlite:///{file}")
    new_learner(store)
    backup(store, tmp_path / "copy")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()

    assert modes == dict.fromkeys(["db", "db-lock", "db-lock-door", "db-shm", "db-wal", "copy"], 0o600)


@pytest.mark.parametrize("where", ["missing/copy", "."])
def test_a_backup_that_can_not_be_written_says_why(tmp_path: Path, where: str) -> None:
    store = open_store(f"sqlite:///{tmp_path}/db")
    with pytest.raises(StoreError):
        backup(store, tmp_path / where)
    store.close()


@POSTGRES
def test_a_restore_while_everybody_answers_goes_through(store: Store, tmp_path: Path) -> None:
    """Three of three deadlocked when rows were deleted under those who were writing."""
    for number in range(200):
        owner = new_learner(store)
        store.write(answer.record, owner, answer_to(f"q{number % 9}"))
    keys = [learner.new_key() for _ in range(8)]
    for key in keys:
        store.write(learner.find_or_create, None, Newcomer(key, ""), NOON)
    backup(store, tmp_path / "copy")
    until, failed, done = threading.Event(), [], []

    def answering(key: str) -> None:
        while not until.is_set():
            try:
                store.write(kept, key)
                store.read(learner.find, key)
                done.append(key)
            except Exception as error:
                failed.append(error)

    def kept(tx: object, key: str) -> None:
        owner = learner.find_or_create(tx, key, Newcomer(learner.new_key(), str(uuid4())), NOON)  # type: ignore[arg-type]
        answer.record(tx, owner.id, answer_to(f"q{len(done) % 9}"))  # type: ignore[arg-type]  # a transaction

    threads = [threading.Thread(target=answering, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    copies = [restore(store, tmp_path / "copy").rows["learner"] for _ in range(5)]
    until.set()
    for thread in threads:
        thread.join()

    assert copies == [208] * 5
    assert failed == []
    assert len(done) > 20


def test_what_a_deadlock_rolled_back_is_done_again() -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    tries = []

    def work(tx: object) -> int:
        tries.append(tx)
        if len(tries) < 3:
            raise OperationalError("x", {}, Deadlock())
        return 7

    engine = create_store_engine("sqlite://")

    assert PlainWriter(engine).write(work) == 7
    assert len(tries) == 3


@pytest.mark.parametrize("happens", ["deleted", "replaced"])
def test_nothing_is_said_to_be_kept_in_a_file_that_is_gone(tmp_path: Path, happens: str) -> None:
    file, away = tmp_path / "db", tmp_path / "elsewhere"
    store = open_store(f"sqlite:///{file}")
    owner = new_learner(store)
    file.rename(away)
    if happens == "replaced":
        open_store(f"sqlite:///{file}").close()

    with pytest.raises(StoreAway, match="put it back"):
        store.write(answer.record, owner, answer_to("q"))
    with pytest.raises(StoreAway, match="put it back"):
        store.health()

    if happens == "deleted":
        away.replace(file)
        store.write(answer.record, owner, answer_to("q"))
        assert store.health().is_migrated
    store.close()


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://podscope.db",
        "sqlite:///podscope.db?timeout=abc",
        "sqlite:///file:podscope.db?mode=rwc&uri=true",
        "sqlite:///a%00b",
        f"sqlite:///{'a' * 300}",
        "postgresql+psycopg://reader:secretpw@/none?port=abc",
        "sqlite://reader:secretpw@/podscope.db",
        "sqlite://:80/podscope.db",
        "postgresql+psycopg://reader:pass@secretpw@localhost/none",
        "postgresql+psycopg://reader:secretpw@localhost/none?nosuch=secretpw",
    ],
)
def test_an_address_that_is_none_is_said_in_a_sentence(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(StoreError) as refused:
        create_store_engine(address)

    assert "secretpw" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_keeps_its_mode(tmp_path: Path) -> None:
    """As root, and named `sqlite:////dev/null`, the machine's own was nobody else's from then on."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)

    with pytest.raises(StoreError, match="no file"):
        create_store_engine(f"sqlite:///{pipe}")

    assert stat.S_IMODE(pipe.stat().st_mode) == 0o666
