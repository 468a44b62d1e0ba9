"""Opens the database: SQLite in a file (the default), SQLite in memory (tests), or PostgreSQL.

Transactions begin when we say so. SQLAlchemy's own way with SQLite begins them late, and then a read followed
by a write loses updates of others without an error.
"""

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, StaticPool

from app.store.direct import driven

PRIVATE = 0o600  # of every file that we keep
CONNECT_S = 5  # that a server may take to answer, before it is said to be away
THREADS = 40  # as many as handlers may run at once, so that none waits for a connection of another
BUSY_MS = 30_000
CACHE_KIB = 128  # of each connection to SQLite: what is read often lies in the system's memory, once for all of them
UNREADABLE = (
    "the database's address can't be read; write it like sqlite:///podscope.db "
    "or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
)
WRITE = "podscope_write"  # the execution option of a connection whose transactions write


class StoreError(Exception):
    """The database, a backup or its address cannot be used; the message says what to do."""


class StoreAway(StoreError):
    """The database does not answer right now, or can't keep anything: a full disk, a lock, a server that is gone."""


def sqlite_module() -> ModuleType:
    """The patched SQLite that is packaged for Python where there is one, else Python's own."""
    try:
        return importlib.import_module("pysqlite3")
    except ImportError:
        return importlib.import_module("sqlite3")


def create_store_engine(url: str) -> Engine:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    try:
        return create_engine(
            parsed,
            pool_size=THREADS // 2,
            max_overflow=THREADS // 2,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_S} if "connect_timeout" not in parsed.query else {},
        )
    except ArgumentError:
        raise StoreError(UNREADABLE) from None


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except Exception:
        # Neither the address nor what was said of it: both may hold a password.
        raise StoreError(UNREADABLE) from None
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        file = parsed.database or ""
        if parsed.host or parsed.port or parsed.username or parsed.query or "\0" in file or file.startswith("file:"):
            raise StoreError(UNREADABLE)  # a file under three or four slashes, and nothing besides
        return parsed.set(drivername="sqlite+pysqlite")
    if parsed.drivername in ("postgresql", "postgresql+psycopg", "postgres"):
        if "@" in (parsed.host or ""):
            raise StoreError(f"{UNREADABLE}; an @ of the password is written %40")  # else a part of it is a host's name
        _refuse_unknown(parsed)
        return parsed.set(drivername="postgresql+psycopg")
    raise StoreError(f"{parsed.drivername} is not known; use sqlite:///FILE or postgresql+psycopg://HOST/NAME")


def _refuse_unknown(url: URL) -> None:
    """StoreError for a parameter that PostgreSQL's library doesn't know."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo

    try:
        make_conninfo("", **dict.fromkeys(url.query, ""))
    except ProgrammingError as error:
        raise StoreError(f"the database's address can't be read: {error}".strip()) from None


def file_of(url: str) -> Path | None:
    """The file that an address names, which need not be there; None when it is in memory or elsewhere."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database)).absolute()


def read_only(file: Path) -> Engine:
    """A SQLite file as it lies there: not even its log is made. What was written last stands in a log that is there."""
    module = sqlite_module()
    how = "mode=ro" if Path(f"{file}-wal").exists() else "immutable=1"
    address = f"file:{quote(str(file))}?{how}"
    return create_engine(
        "sqlite://", module=module, poolclass=NullPool, creator=lambda: module.connect(address, uri=True)
    )


def database_path(engine: Engine) -> Path | None:
    """The file of a SQLite database; None when it is in memory or elsewhere."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return None
    return Path(engine.url.database).absolute()


def _sqlite(url: URL) -> Engine:
    module = sqlite_module()
    connect_args = {"check_same_thread": False, "timeout": BUSY_MS / 1000}
    if url.database and url.database != ":memory:":
        _keep_private(Path(url.database))
        engine = create_engine(
            url,
            module=module,
            connect_args=connect_args,
            pool_size=THREADS + 8,
            max_overflow=0,
            pool_timeout=60,
            pool_use_lifo=True,  # what few readers need is done on few connections, each of which has a cache
        )
    else:
        engine = create_engine(url, module=module, connect_args=connect_args, poolclass=StaticPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _keep_private(file: Path) -> None:
    """Nobody else on this machine may read it. SQLite gives the files beside it the mode of this one."""
    try:
        if not file.absolute().parent.is_dir():
            raise StoreError(f"the folder {file.absolute().parent} of the database does not exist; create it")
        if file.exists() and not file.is_file():
            raise StoreError(f"{file} is no file; name one for the database")  # a device would get its mode
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE))
        for each in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
            if each.exists() and each.stat().st_mode & 0o077:
                each.chmod(PRIVATE)
    except PermissionError as error:
        if not os.access(file, os.W_OK):
            raise StoreError(f"{file} can't be written by this user; mend its owner or its mode") from error
    except OSError as error:
        raise StoreError(f"{file} can't be opened: {error.strerror}") from error


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit is on the disk before it is acknowledged
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
        "secure_delete=ON",  # what a learner deletes is overwritten, and not only unlinked
        "temp_store=MEMORY",
        f"cache_size=-{CACHE_KIB}",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    writes = connection.get_execution_options().get(WRITE)
    driven(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")
