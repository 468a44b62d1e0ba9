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

from app.content.error import ContentError
from app.place import CONTENT, SHELF
from app.reader import read_written
from app.record import dataclass
from app.settings import Settings, SettingsError, read_settings
from app.store.engine import StoreError, create_store_engine, database_path, sqlite_module
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
        engine = create_store_engine(settings.database_url)
    except StoreError as error:
        yield Finding("bad", "database", str(error))
        return
    store = Store(engine)
    try:
        path = database_path(engine)
        if path is not None and path.stat().st_size == 0:
            yield Finding("ok", "database", f"{path} is new; `podscope serve` makes its tables")
            return
        if path is not None:
            yield from _file(path)
        yield from _tables(store)
        if path is None and settings.workers * 40 > 90:
            yield Finding(
                "warn", "connections", f"{settings.workers} workers open up to {settings.workers * 40} connections",
                "PostgreSQL's max_connections is 100 by default: raise it, put pgbouncer between, or use fewer workers",
            )  # fmt: skip
    except StoreError as error:
        yield Finding("bad", "database", str(error), "start the database, or mend PODSCOPE_DATABASE_URL")
    finally:
        store.close()


def _tables(store: Store) -> Iterator[Finding]:
    found = store.revision()
    if found is None:
        yield Finding("ok", "database", f"{store.engine.dialect.name}, empty; `podscope serve` makes its tables")
    elif found not in REVISIONS:
        yield Finding("bad", "database", f"revision {found} is newer than this Podscope", "upgrade Podscope")
    elif found != HEAD:
        yield Finding(
            "warn", "database", f"revision {found}, this version has {HEAD}",
            "take a backup, then run `podscope migrate` (or serve, which does it)",
        )  # fmt: skip
    else:
        health = store.health()
        yield Finding("ok", "database", f"{health.engine} {health.version}, revision {found}")


def _file(path: Path) -> Iterator[Finding]:
    module = sqlite_module()
    connection = module.connect(f"file:{path}?mode=ro", uri=True)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        mode = path.stat().st_mode & 0o777
    except module.DatabaseError as error:
        found, mode = str(error), 0o600
    finally:
        connection.close()
    if found != "ok":
        yield Finding(
            "bad", "database file", f"{path} is damaged: {found}",
            "move it away, then `podscope restore` the last backup",
        )  # fmt: skip
    if mode & 0o077:
        yield Finding("warn", "database file", f"others may read it ({mode:o})", f"chmod 600 {path}")
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
        path = database_path(create_store_engine(settings.database_url))
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
