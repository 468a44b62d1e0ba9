"""A backup is a moment of the running site in one file; a restore is all or nothing, into either engine."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from app.store import answer, history, learner, link, prediction, reading, review
from app.store.backup import backup, restore
from app.store.engine import StoreError, create_store_engine
from app.store.migrate import migrate
from app.store.migrations import REVISIONS
from app.store.prediction import Prediction
from app.store.reading import ReadMark
from app.store.store import Store, open_store
from app.store.tables import LEARNER, METADATA
from tests.store.cast import DAY, NOON, answer_to, new_learner, rows


def everything(store: Store) -> object:
    return {table.name: sorted(rows(store, table), key=str) for table in METADATA.sorted_tables}


def fill(store: Store, learners: int = 3) -> None:
    for number in range(learners):
        owner = new_learner(store)
        for day in range(3):
            new = answer_to(f"q{day}", correct=bool(day % 2), at_ms=NOON + day * DAY)
            store.write(answer.record, owner, new)
        store.write(reading.mark, owner, [ReadMark("pods", "", NOON)])
        store.write(prediction.record, owner, Prediction("pod-birth", "0" * 32, number + 1, True, NOON))
        store.write(link.make, "quorum", {"voters": str(number)}, NOON)


def test_a_restore_brings_back_every_row(store: Store, tmp_path: Path) -> None:
    fill(store)
    before, file = everything(store), tmp_path / "podscope.backup"

    copied = backup(store, file)
    fill(store)
    restored = restore(store, file)

    assert everything(store) == before
    assert copied == restored
    assert copied.rows["answer"] == 9
    assert copied.rows["prediction"] == 3
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".podscope")] == []


def test_after_a_restore_the_site_goes_on(store: Store, tmp_path: Path) -> None:
    """New learners get ids of their own, answers go on counting."""
    fill(store)
    backup(store, tmp_path / "podscope.backup")
    restore(store, tmp_path / "podscope.backup")

    owner = new_learner(store)
    store.write(answer.record, owner, answer_to())

    assert len(rows(store, LEARNER)) == 4
    assert store.read(history.days, owner)[0].answers == 1


def test_after_a_restore_into_a_new_database_ids_go_on(store: Store, tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/old.db") as old:
        fill(old)
        backup(old, tmp_path / "podscope.backup")

    restore(store, tmp_path / "podscope.backup")

    assert new_learner(store) == 4


def test_a_backup_of_one_engine_is_restored_into_the_other(store: Store, tmp_path: Path) -> None:
    fill(store)
    backup(store, tmp_path / "podscope.backup")

    with open_store(f"sqlite:///{tmp_path}/other.db") as other:
        restore(other, tmp_path / "podscope.backup")
        assert everything(other) == everything(store)


def test_a_backup_while_others_write_is_one_moment(store: Store, tmp_path: Path) -> None:
    """Cards and answers are written together, so in a backup they must agree."""
    owner, stop, file = new_learner(store), threading.Event(), tmp_path / "podscope.backup"

    def write() -> None:
        while not stop.is_set():
            store.write(lambda tx: (learner.lock(tx, owner), answer.record(tx, owner, answer_to())))

    writing = threading.Thread(target=write)
    writing.start()
    for _ in range(5):
        backup(store, file)
        with open_store(f"sqlite:///{file}") as copy:
            stored = copy.read(answer.answers, owner)
            attempts = sum(card.attempts for card in copy.read(review.cards, owner))
            assert attempts == len(stored)
        for name in ("-lock", "-lock-door", "-wal", "-shm"):
            Path(f"{file}{name}").unlink(missing_ok=True)
    stop.set()
    writing.join()


@pytest.mark.parametrize("start", REVISIONS)
def test_an_old_backup_is_brought_up_to_date(store: Store, tmp_path: Path, start: str) -> None:
    old = create_store_engine(f"sqlite:///{tmp_path}/old.db")
    migrate(old, start)
    with old.connect().execution_options(podscope_write=True) as connection, connection.begin():
        connection.execute(LEARNER.insert().values(id=7, made_ms=NOON))
    old.dispose()

    restore(store, tmp_path / "old.db")

    assert [row.id for row in rows(store, LEARNER)] == [7]


def write_file(path: Path, kind: str) -> None:
    if kind == "text":
        path.write_text("this is not a backup" * 100)
    elif kind == "empty":
        path.touch()
    elif kind in ("foreign", "newer", "damaged"):
        with open_store(f"sqlite:///{path}") as made:
            fill(made, 40)
        with closing(sqlite3.connect(path)) as connection:
            if kind == "newer":
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
            elif kind == "foreign":
                connection.execute("DROP TABLE alembic_version")
            connection.commit()
            connection.execute("PRAGMA journal_mode=DELETE")
        if kind == "damaged":
            content = bytearray(path.read_bytes())
            content[-8192:] = b"\x5a" * 8192
            path.write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "does not exist"),
        ("text", "is not a backup"),
        ("empty", "no tables that are known"),
        ("foreign", "somebody else"),
        ("newer", "no tables that are known"),
        ("damaged", "is damaged|is not a backup"),
    ],
)
def test_what_is_no_backup_changes_nothing(store: Store, tmp_path: Path, kind: str, message: str) -> None:
    fill(store)
    before, file = everything(store), tmp_path / "file"
    write_file(file, kind)

    with pytest.raises(StoreError, match=message):
        restore(store, file)

    assert everything(store) == before


def test_a_backup_that_fails_leaves_the_last_one(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    file = tmp_path / "podscope.backup"
    backup(store, file)
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("app.store.backup._flush", full)
    with pytest.raises(StoreError, match="no space"):
        backup(store, file)

    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["db", "db-wal", "db-lock", "db-lock-door", "link", "hard"])
def test_a_backup_takes_the_place_of_no_file_of_the_database(tmp_path: Path, name: str) -> None:
    """It did: the site went on writing to a file that had no name any more, and all of that was lost."""
    with open_store(f"sqlite:///{tmp_path}/db") as store:
        fill(store)
        (tmp_path / "link").symlink_to(tmp_path / "db")
        (tmp_path / "hard").hardlink_to(tmp_path / "db")
        before = (tmp_path / "db").stat().st_ino

        with pytest.raises(StoreError, match="the database itself"):
            backup(store, tmp_path / name)
        with pytest.raises(StoreError, match="the database itself"):
            restore(store, tmp_path / name)

        assert (tmp_path / "db").stat().st_ino == before
        assert len(rows(store, LEARNER)) == 3


def test_a_backup_takes_the_place_of_no_device_and_no_pipe(store: Store, tmp_path: Path) -> None:
    """`podscope backup /dev/full`, by somebody who may, made a file of it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(StoreError, match="is no file"):
        backup(store, pipe)

    assert pipe.is_fifo()


def test_a_database_in_use_is_restored_from_a_backup_of_it(store: Store, tmp_path: Path) -> None:
    """A copy of the file alone lacks what stands in its log; it was taken, without those answers."""
    with open_store(f"sqlite:///{tmp_path}/used.db") as used:
        fill(used)
        assert (tmp_path / "used.db-wal").stat().st_size

        with pytest.raises(StoreError, match="backup"):
            restore(store, tmp_path / "used.db")

        backup(used, tmp_path / "copy")
    assert restore(store, tmp_path / "copy").rows["learner"] == 3
