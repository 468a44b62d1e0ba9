"""Brings a database to the tables of this version, under a lock so that several replicas may start at once.

Alembic is imported only when there is something to migrate: an up-to-date database costs one SELECT, and a
new one is made from `models.py` at once. A test proves that the migrations lead to the same tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from app.store.engine import WRITE, StoreError
from app.store.migrations import HEAD, REVISIONS
from app.store.tables import METADATA
from app.store.writer import FileLock, lock_path

SCRIPTS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x706F6473636F7065  # "podscope": any number that nobody else uses as an advisory lock


def revision(engine: Engine) -> str | None:
    """The revision of the database's tables; None when it has none of ours yet."""
    with engine.connect() as connection, connection.begin():
        return _revision(connection)


def migrate(engine: Engine, target: str = HEAD) -> None:
    """Afterwards the database has the tables of the revision; it is left alone if it already has them."""
    if revision(engine) == target:
        return
    with _one_at_a_time(engine), _migrating(engine) as connection:
        found = _revision(connection)
        if found == target:
            return
        if found is not None and found not in REVISIONS:
            raise StoreError(f"the database has revision {found}, which is newer than this Podscope; upgrade Podscope")
        if found is None and target == HEAD:
            _create(connection)
        else:
            _upgrade(connection, target)
        _check_references(connection)


def _revision(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        ours = sorted(set(tables) & set(METADATA.tables))
        if ours:
            raise StoreError(f"the database has tables of somebody else ({', '.join(ours)}); name an empty one")
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def _create(connection: Connection) -> None:
    METADATA.create_all(connection)
    connection.execute(
        text(
            "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})


def _upgrade(connection: Connection, target: str) -> None:
    from alembic import command

    command.upgrade(config(connection), target)


def config(connection: Connection) -> Any:
    """Alembic's settings for this connection; its command line is not used, so there is no ini file."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction for all of it. SQLite changes a table by making it anew, and with foreign keys on,
    dropping the old one would delete what refers to it; they can only be switched off before the
    transaction."""
    with engine.connect() as plain:
        connection = plain.execution_options(**{WRITE: True})
        if engine.dialect.name == "sqlite":
            _pragma(connection, "foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            if engine.dialect.name == "sqlite":
                _pragma(connection, "foreign_keys=ON")


def _pragma(connection: Connection, pragma: str) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA {pragma}")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise StoreError(f"the migration would leave {len(broken)} rows without their learner; nothing was changed")


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[None]:
    if engine.dialect.name == "sqlite":
        lock = FileLock(lock_path(engine))
        try:
            with lock.held():
                yield
        finally:
            lock.close()
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK_KEY})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})
            connection.commit()
