"""Backup and restore, while the site runs.

A backup is one SQLite file, also when the database is PostgreSQL: what is in it can be looked at with any
SQLite, and restored into either. Both read and write in a single transaction, so a backup is a moment and a
restore is all or nothing.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, text
from sqlalchemy.exc import DatabaseError

from app.record import dataclass
from app.store.engine import StoreError, create_store_engine, database_path, sqlite_module
from app.store.migrate import migrate, revision
from app.store.migrations import HEAD, REVISIONS
from app.store.store import Store
from app.store.tables import DEVICE, LEARNER, METADATA, TRIES
from app.store.writer import DOOR, LOCK

ROWS_AT_ONCE = 1000
COPIED = [table for table in METADATA.sorted_tables if table is not TRIES]  # limits are of the running site


@dataclass(frozen=True)
class Copied:
    """How many rows each table had."""

    rows: dict[str, int]


def backup(store: Store, file: Path) -> Copied:
    """Writes a consistent copy to the file, which is replaced only when the copy is complete and on the disk.
    StoreError, and no file is changed, when there is no room for it."""
    try:
        return _backup(store, file)
    except OSError as error:
        raise StoreError(f"{file} can't be written: {error.strerror or error}") from error
    except DatabaseError as error:
        raise StoreError(f"{file} can't be written: {error.orig}") from None


def _backup(store: Store, file: Path) -> Copied:
    _check_place(store, file)
    with _beside(file) as partial:
        target = create_store_engine(f"sqlite:///{partial}")
        try:
            migrate(target)
            copied = store.read(lambda tx: _copy_into(target, tx))
            with target.connect() as connection:
                # One file, without a log beside it, that may be moved anywhere.
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA journal_mode=DELETE")
        finally:
            target.dispose()
        _flush(partial)
        os.replace(partial, file)
        _flush(file.absolute().parent)
    return copied


def restore(store: Store, file: Path) -> Copied:
    """Replaces everything in the store by what the file has. StoreError, and nothing is changed, when it is
    no backup."""
    _check_other(store, file)
    with _checked_copy(file) as source, source.connect() as connection, connection.begin():
        return store.write(lambda tx: _replace(tx, connection))


def _copy_into(target: Engine, tx: Connection) -> Copied:
    with target.begin() as connection:
        return _copy(tx, connection)


def _replace(tx: Connection, source: Connection) -> Copied:
    if tx.dialect.name == "postgresql":
        # In the order in which the site's own work begins: what finds the cookie's learner waits at the first of them,
        # and holds nothing yet that we wait for.
        first = [DEVICE, LEARNER]
        names = [table.name for table in [*first, *(table for table in COPIED if table not in first)]]
        tx.execute(text(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE"))
    for table in reversed(COPIED):
        tx.execute(delete(table))
    copied = _copy(source, tx)
    if tx.dialect.name == "postgresql":
        last = tx.execute(select(func.max(LEARNER.c.id))).scalar_one()
        tx.execute(
            text("SELECT setval(pg_get_serial_sequence('learner', 'id'), :next, false)"),
            {"next": (last or 0) + 1},
        )
    return copied


def _copy(source: Connection, target: Connection) -> Copied:
    rows: dict[str, int] = {}
    for table in COPIED:
        rows[table.name] = 0
        found = source.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
        for part in found.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in part])
            rows[table.name] += len(part)
    return Copied(rows)


@contextmanager
def _checked_copy(file: Path) -> Iterator[Engine]:
    """The backup, brought to this version's tables in a copy of its own; the file itself is not touched."""
    if not file.is_file():
        raise StoreError(f"{file} does not exist; name a file that `podscope backup` has written")
    log = Path(f"{file}-wal")
    if log.is_file() and log.stat().st_size:
        raise StoreError(
            f"{file} is a database in use, whose last changes are in {log.name}; `podscope backup` it first"
        )
    with tempfile.TemporaryDirectory(prefix="podscope-restore-") as folder:
        copy = Path(folder) / "backup.db"
        shutil.copyfile(file, copy)
        _check(file, copy)
        engine = create_store_engine(f"sqlite:///{copy}")
        try:
            found = revision(engine)
            if found is None or found not in REVISIONS:
                raise StoreError(f"{file} has no tables that are known (revision {found}); upgrade Podscope")
            migrate(engine, HEAD)
            yield engine
        finally:
            engine.dispose()


def _check(file: Path, copy: Path) -> None:
    module: Any = sqlite_module()
    try:
        with closing(module.connect(copy)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except module.DatabaseError as error:
        raise StoreError(f"{file} is not a backup ({error}); nothing was changed") from error
    if found != "ok" or orphans:
        raise StoreError(f"{file} is damaged ({found}); nothing was changed")


def _check_place(store: Store, file: Path) -> None:
    """The file is replaced: what is no file of its own, or is one that the site writes to, must not be."""
    if file.exists() and not file.is_file():
        raise StoreError(f"{file} is no file; name a new file, or an earlier backup")
    _check_other(store, file)


def _check_other(store: Store, file: Path) -> None:
    """StoreError where a file is the site's own database, or one of those beside it: who serves would go on writing to
    what is no longer there, and what it has written last stands in none of them alone."""
    own = database_path(store.engine)
    for suffix in ("", "-wal", "-shm", LOCK, LOCK + DOOR) if own else ():
        path = Path(f"{own}{suffix}")
        if file.absolute() == path or (file.exists() and path.exists() and file.samefile(path)):
            raise StoreError(f"{file} belongs to the database itself; name another file")


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A name in the same folder, so that taking the file's place is one step."""
    folder = file.absolute().parent
    if not folder.is_dir():
        raise StoreError(f"the folder {folder} does not exist; create it")
    with tempfile.TemporaryDirectory(prefix=".podscope-backup-", dir=folder) as own:
        yield Path(own) / "partial.db"


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
