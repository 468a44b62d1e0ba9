"""A database of any age comes to the tables of today with every row, and they are what the migrations say."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, inspect, text

from app.store.engine import StoreError, create_store_engine
from app.store.migrate import SCRIPTS, migrate, revision
from app.store.migrations import HEAD, REVISIONS
from app.store.models import Base
from app.store.store import open_store

ON_DISK = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    made = create_store_engine(address)
    yield made
    made.dispose()


def reflected(engine: Engine) -> MetaData:
    found = MetaData()
    found.reflect(engine)
    return found


def sample(table: Table, learner: int) -> dict[str, Any]:
    """A row that every CHECK lets pass, whatever columns the table had at that revision."""
    special: dict[str, Any] = {
        "learner_id": learner,
        "attempt": "0" * 36,
        "key_hash": b"k" * 31 + bytes([learner]),
        "code_hash": b"c" * 31 + bytes([learner]),
        "who_hash": b"w" * 31 + bytes([learner]),
        "slug": f"abcdefgh{learner}",
        "run": "0" * 32,
        "difficulty": 5.5,
        "stability": 2.25,
        "given": '["b"]',
        "marked": "[0]",
    }
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "id":
            row["id"] = learner
        elif column.name in special:
            row[column.name] = special[column.name]
        else:
            row[column.name] = 1 if column.type.python_type is int else f"{column.name}-{learner}"
    return row


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as connection, connection.begin():
        return {
            table.name: sorted(({**row} for row in connection.execute(table.select()).mappings()), key=str)
            for table in reflected(engine).sorted_tables
            if table.name != "alembic_version"
        }


def fill(engine: Engine) -> None:
    with engine.connect().execution_options(podscope_write=True) as connection, connection.begin():
        for table in reflected(engine).sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert(), [sample(table, learner) for learner in (1, 2)])


@ON_DISK
@pytest.mark.parametrize("start", REVISIONS)
def test_an_upgrade_from_any_revision_keeps_every_row(engine: Engine, start: str) -> None:
    migrate(engine, start)
    fill(engine)
    before = rows(engine)

    migrate(engine)

    after = rows(engine)
    assert revision(engine) == HEAD
    assert all(len(kept) == 2 for kept in before.values())
    for table, kept in before.items():
        columns = kept[0].keys()
        assert [{name: row[name] for name in columns} for row in after[table]] == kept, table


@ON_DISK
@pytest.mark.parametrize("by_migrations", [True, False], ids=["migrated", "made-at-once"])
def test_there_is_no_drift(engine: Engine, by_migrations: bool) -> None:
    if by_migrations:
        migrate(engine, REVISIONS[0])
    migrate(engine)

    with engine.connect() as connection, connection.begin():
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


@ON_DISK
def test_made_at_once_is_the_same_as_migrated(engine: Engine) -> None:
    """Autogenerate does not compare CHECK constraints and what is special to SQLite; this does."""

    def shape(of: Engine) -> Any:
        found = inspect(of)
        return {
            name: (
                [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(name)],
                sorted((check["name"] or "", check["sqltext"]) for check in found.get_check_constraints(name)),
                found.get_pk_constraint(name)["constrained_columns"],
                sorted((str(key["name"]), str(key["options"])) for key in found.get_foreign_keys(name)),
                sorted(str(index) for index in found.get_indexes(name)),
                found.get_table_options(name) if of.dialect.name == "sqlite" else None,
            )
            for name in found.get_table_names()
        }

    migrate(engine)
    made = shape(engine)
    with engine.connect().execution_options(podscope_write=True) as connection, connection.begin():
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    for one in REVISIONS:
        migrate(engine, one)

    assert shape(engine) == made


def test_the_list_of_revisions_is_that_of_the_scripts() -> None:
    scripts = ScriptDirectory(str(SCRIPTS))

    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)
    assert scripts.get_heads() == [HEAD]


def test_a_database_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/podscope.db"
    look = f"import sys, app.store.store as s; s.open_store({url!r}); print('alembic' in sys.modules)"

    said = [subprocess.check_output([sys.executable, "-c", look], text=True).strip() for _ in range(2)]

    assert said == ["False", "False"]


@ON_DISK
def test_several_replicas_may_start_at_once(address: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: open_store(address), range(8)))

    for store in stores:
        assert revision(store.engine) == HEAD
        store.close()


@ON_DISK
def test_several_replicas_may_upgrade_at_once(engine: Engine, address: str) -> None:
    migrate(engine, REVISIONS[0])
    fill(engine)

    with ThreadPoolExecutor(8) as pool:
        for store in list(pool.map(lambda _: open_store(address), range(8))):
            store.close()

    assert revision(engine) == HEAD
    assert len(rows(engine)["answer"]) == 2


@ON_DISK
def test_a_newer_database_is_left_alone(engine: Engine) -> None:
    migrate(engine)
    with engine.connect().execution_options(podscope_write=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="newer than this Podscope"):
        migrate(engine)


@ON_DISK
def test_somebody_elses_tables_are_left_alone(engine: Engine) -> None:
    with engine.connect().execution_options(podscope_write=True) as connection, connection.begin():
        connection.execute(text("CREATE TABLE answer (id INTEGER PRIMARY KEY)"))

    with pytest.raises(StoreError, match="somebody else"):
        migrate(engine)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path}/podscope.db")
    migrate(engine, REVISIONS[0])
    fill(engine)
    before = rows(engine)

    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("app.store.migrate._check_references", fail)
    with pytest.raises(StoreError):
        migrate(engine)

    assert revision(engine) == REVISIONS[0]
    assert rows(engine) == before
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://localhost/x", "mysql is not known"),
        ("not a url", "the database's address can't be read"),
        ("sqlite:////no/such/folder/podscope.db", "does not exist"),
    ],
)
def test_an_impossible_address_is_refused_by_name(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        open_store(url)
