"""What is wrong with a set-up, and what to do about it: `podscope doctor`.

    for finding in examine(os.environ): print(finding)

Each examination looks at one thing and changes nothing.
"""

import os
import resource
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.content.error import ContentError
from app.place import CONTENT, SHELF
from app.reader import read_written
from app.record import dataclass
from app.settings import Settings, SettingsError, read_settings
from app.store.engine import StoreError, create_store_engine, file_of, read_only, sqlite_module
from app.store.migrate import revision
from app.store.migrations import HEAD, REVISIONS
from app.store.store import Store
from app.web.operation import LEAST_FREE
from app.widgetkit.registry import find_rooms

FEWEST_FILES = 4096  # a connection is a file
LEAST_MEMORY = 512 << 20  # bytes for one worker with its processes for large requests
CLOCK_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)

Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do if it is not well."""

    level: Level
    what: str
    said: str
    do: str = ""

    def __str__(self) -> str:
        advice = f"\n      {self.do}" if self.do else ""
        return f"{self.level:>4}  {self.what}: {self.said}{advice}"


def examine(environment: Mapping[str, str]) -> Iterator[Finding]:
    """All findings, settings first: without them nothing else can be looked at."""
    try:
        settings = read_settings(environment)
    except SettingsError as error:
        yield Finding("bad", "settings", str(error), "correct this variable; README.md lists them all")
        return
    yield Finding(
        "ok",
        "settings",
        ", ".join(sorted(name for name in environment if name.startswith("PODSCOPE_"))) or "all at their defaults",
    )
    for look in EXAMINATIONS:
        yield from look(settings, environment)


def _proxy(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    is_open = settings.host not in ("127.0.0.1", "::1", "localhost")
    if is_open and not settings.https:
        yield Finding(
            "warn", "https", f"listens on {settings.host} without https",
            "put a proxy with TLS before it and set PODSCOPE_HTTPS=true, so that the cookie is __Host- and Secure",
        )  # fmt: skip
    if settings.https and not settings.public_url.startswith("https://"):
        yield Finding(
            "warn", "public address", "not set: shared links have no picture, only PODSCOPE_HOSTS have canonical links",
            "set PODSCOPE_PUBLIC_URL=https://your.name",
        )  # fmt: skip
    trusted = environment.get("FORWARDED_ALLOW_IPS", "")
    if trusted == "*" and is_open:
        yield Finding(
            "warn", "proxy", "every client may say who it is (FORWARDED_ALLOW_IPS=*)",
            "name the proxy's addresses, or let nobody else reach this port: limits are counted by address",
        )  # fmt: skip
    elif settings.https and not trusted:
        yield Finding(
            "warn", "proxy", "all readers look like one, the proxy, and share its limits",
            "set FORWARDED_ALLOW_IPS to the proxy's address",
        )  # fmt: skip
    else:
        yield Finding("ok", "proxy", "nothing to say")


def _database(settings: Settings, _: Mapping[str, str]) -> Iterator[Finding]:
    try:
        path = file_of(settings.database_url)
    except StoreError as error:
        yield Finding("bad", "database", str(error))
        return
    yield from _elsewhere(settings) if path is None else _here(path)


def _here(path: Path) -> Iterator[Finding]:
    if not path.parent.is_dir():
        yield Finding("bad", "database", f"the folder {path.parent} does not exist", "create it")
    elif path.exists() and not path.is_file():
        yield Finding("bad", "database", f"{path} is no file", "name one in PODSCOPE_DATABASE_URL")
    elif not path.exists() or path.stat().st_size == 0:
        yield Finding("ok", "database", f"{path} is new; `podscope serve` makes its tables")
    else:
        looked = list(_file(path))
        yield from looked
        if all(finding.level != "bad" for finding in looked):
            yield from _tables_here(path)


def _tables_here(path: Path) -> Iterator[Finding]:
    try:
        found = revision(read_only(path))
    except StoreError as error:
        yield Finding("bad", "database", str(error), "name another file in PODSCOPE_DATABASE_URL")
    else:
        yield _tables(found, "sqlite", sqlite_module().sqlite_version)


def _elsewhere(settings: Settings) -> Iterator[Finding]:
    try:
        store = Store(create_store_engine(settings.database_url))
    except StoreError as error:
        yield Finding("bad", "database", str(error))
        return
    try:
        health = store.health()
        yield _tables(store.revision(), health.engine, health.version)
        if settings.workers * 40 > 90 and health.engine == "postgresql":
            yield Finding(
                "warn", "connections", f"{settings.workers} workers open up to {settings.workers * 40} connections",
                "PostgreSQL's max_connections is 100 by default: raise it, put pgbouncer between, or use fewer workers",
            )  # fmt: skip
    except StoreError as error:
        yield Finding("bad", "database", str(error), "start the database, or mend PODSCOPE_DATABASE_URL")
    finally:
        store.close()


def _tables(found: str | None, engine: str, version: str) -> Finding:
    if found is None:
        return Finding("ok", "database", f"{engine}, empty; `podscope serve` makes its tables")
    if found not in REVISIONS:
        return Finding("bad", "database", f"revision {found} is newer than this Podscope", "upgrade Podscope")
    if found != HEAD:
        return Finding(
            "warn", "database", f"revision {found}, this version has {HEAD}",
            "take a backup, then run `podscope migrate` (or serve, which does it)",
        )  # fmt: skip
    return Finding("ok", "database", f"{engine} {version}, revision {found}")


def _file(path: Path) -> Iterator[Finding]:
    try:
        with read_only(path).connect() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    except DatabaseError as error:
        found = str(error.orig)
    if found != "ok":
        yield Finding(
            "bad", "database file", f"{path} can't be read: {found}",
            "mend its owner or its mode; if it is damaged move it away, then `podscope restore` the last backup",
        )  # fmt: skip
    if (mode := path.stat().st_mode & 0o777) & 0o077:
        yield Finding("warn", "database file", f"others may read it ({mode:o})", f"chmod 600 {path}, as serve does")
    if path.stat().st_uid != os.getuid() and os.getuid() != 0:
        yield Finding("bad", "database file", "it belongs to another user", "run podscope as its owner")
    filesystem = _filesystem_of(path)
    if filesystem.startswith(("nfs", "cifs", "smb", "9p", "fuse.")):
        yield Finding(
            "bad", "database file", f"it lies on {filesystem}, where SQLite's locks and log can't be relied on",
            "put it on a local disk, or use PostgreSQL",
        )  # fmt: skip


def _filesystem_of(path: Path) -> str:
    """The type of the file system that holds a path, by the longest mount point above it."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return ""
    above = [(Path(mount[1]), mount[2]) for mount in mounts if path.is_relative_to(mount[1])]
    return max(above, key=lambda found: len(found[0].parts), default=(path, ""))[1]


def _disk(settings: Settings, _: Mapping[str, str]) -> Iterator[Finding]:
    places = {"cache": SHELF if SHELF.exists() else SHELF.parent, "temporary files": Path(tempfile.gettempdir())}
    try:
        path = file_of(settings.database_url)
        places |= {"database": path.parent} if path else {}
    except StoreError:
        pass
    for name, folder in places.items():
        try:
            free = shutil.disk_usage(folder).free
        except OSError:
            free = 0
        if free < LEAST_FREE:
            yield Finding("bad", f"disk of {name}", f"{free >> 20} MiB free in {folder}", "make room")
        elif not os.access(folder, os.W_OK):
            level: Level = "warn" if name == "cache" else "bad"
            advice = "every start draws all pages anew" if name == "cache" else "mount a writable folder here"
            yield Finding(level, f"disk of {name}", f"{folder} can't be written", advice)
        else:
            yield Finding("ok", f"disk of {name}", f"{free >> 20} MiB free in {folder}")


def _machine(settings: Settings, _: Mapping[str, str]) -> Iterator[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FEWEST_FILES:
        yield Finding(
            "warn", "open files", f"at most {hard}, so at most {hard - 200} connections",
            "raise the hard limit (LimitNOFILE of systemd, ulimits of compose)",
        )  # fmt: skip
    else:
        yield Finding("ok", "open files", f"{soft} now, {hard} when it serves")
    memory = memory_limit()
    needed = LEAST_MEMORY * settings.workers
    if memory is not None and memory < needed:
        yield Finding(
            "warn", "memory", f"{memory >> 20} MiB for {settings.workers} workers with {settings.hands} hands each",
            f"give it {needed >> 20} MiB, or use fewer workers",
        )  # fmt: skip
    if settings.workers > (os.cpu_count() or 1):
        yield Finding(
            "warn", "workers", f"{settings.workers} on {os.cpu_count()} processors", "use as many as processors"
        )
    if datetime.now(UTC) < CLOCK_BEGAN:
        yield Finding("bad", "clock", f"it is {datetime.now(UTC):%Y-%m-%d} here", "set it: reviews are planned by it")


def memory_limit(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that the container may have (cgroup v2, then v1); None where there is no limit."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            text = (root / name).read_text().strip()
        except OSError:
            continue
        if text.isascii() and text.isdigit() and len(text) < 19:
            return int(text)
    return None


def _port(settings: Settings, _: Mapping[str, str]) -> Iterator[Finding]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((settings.host, settings.port))
        except OSError as error:
            yield Finding(
                "warn", "port", f"{settings.host}:{settings.port} can't be listened on ({error.strerror})",
                "fine while Podscope runs there; else name another with PODSCOPE_PORT",
            )  # fmt: skip
        else:
            yield Finding("ok", "port", f"{settings.host}:{settings.port} is free")


def _content(_: Settings, __: Mapping[str, str]) -> Iterator[Finding]:
    try:
        written = read_written(CONTENT, find_rooms())
    except ContentError as error:
        yield Finding("bad", "content", str(error), "`podscope check` names all mistakes")
    else:
        yield Finding("ok", "content", f"{len(written.told.get())} lessons, {len(written.bank.questions)} questions")


EXAMINATIONS: tuple[Callable[[Settings, Mapping[str, str]], Iterator[Finding]], ...] = (
    _proxy,
    _database,
    _disk,
    _machine,
    _port,
    _content,
)
