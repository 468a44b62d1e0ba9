"""Two sites on one PostgreSQL behind nginx (`deploy/nginx.conf`): one is killed while readers answer and read.

What a reader sees is what nginx gives them. A good client sends again what had no answer, or 502, 503 or 504.
"""

import http.client
import random
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT, free_port
from tests.store.killer import Client, Count, Lives, count, living, wait_for_answers, wait_for_site

PASSING = (502, 503, 504)
EVERY_S = 0.1  # nginx takes 30 a second of one address
PAGES = (
    "/en/",
    "/zh/lessons/etcd",
    "/en/widgets/pod-birth?step=3",
    "/fragments/en/widgets/quantity?text=1Gi",
    "/api/v1/quiz",
)


@dataclass
class Reader:
    """Somebody who looks at pages. `again`: how many had to be asked for again; `tries`: the most for one page."""

    port: int
    luck: random.Random
    stop: threading.Event
    source: str
    seen: int = 0
    again: int = 0
    tries: int = 0
    surprises: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.stop.is_set():
            page, sent, status = self.luck.choice(PAGES), 0, 0
            while not status or status in PASSING:
                sent, status = sent + 1, self.look(page)
            self.seen += 1
            self.again += sent > 1
            self.tries = max(self.tries, sent)
            if status != 200:
                self.surprises.append(f"{page}: status {status}")
            self.stop.wait(EVERY_S)

    def look(self, page: str) -> int:
        """The status; 0 when there was no whole answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(self.source, 0))
        try:
            connection.request("GET", page)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
        return response.status


@dataclass(frozen=True)
class Outcome:
    """What became of the answers, and of what readers asked for."""

    counted: Count
    clients: tuple[Client, ...]
    readers: tuple[Reader, ...]

    @property
    def surprises(self) -> list[str]:
        return [said for each in (*self.clients, *self.readers) for said in each.surprises]


def kill_replicas(
    database: str, folder: Path, times: int, clients: int = 6, readers: int = 3, seed: int = 1
) -> Outcome:
    """Kills one of the two and then the other, in turns; the one before is begun again when some answers came without
    it."""
    luck, stop = random.Random(seed), threading.Event()
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        replicas = [stack.enter_context(living(database, port)) for port in ports]
        front = stack.enter_context(nginx(folder, ports))
        begin_all(replicas, ports)
        answering = [
            Client(
                front, random.Random(seed + number), stop, uses_form=number % 2 == 1, passing=PASSING,
                source=f"127.0.1.{number + 1}", every_s=EVERY_S,
            )
            for number in range(clients)
        ]  # fmt: skip
        reading = [
            Reader(front, random.Random(seed + number), stop, f"127.0.2.{number + 1}") for number in range(readers)
        ]
        for client in answering:
            client.begin()
        threads = [threading.Thread(target=each.run) for each in (*answering, *reading)]
        for thread in threads:
            thread.start()
        for turn in range(times):
            if turn:
                begin_all(replicas[(turn - 1) % 2 :][:1], ports[(turn - 1) % 2 :][:1])
            wait_for_answers(answering, luck.randint(10, 30))
            replicas[turn % 2].kill()
            wait_for_answers(answering, luck.randint(10, 30))
        stop.set()
        for thread in threads:
            thread.join()
    return Outcome(count(database, answering), tuple(answering), tuple(reading))


def begin_all(replicas: Sequence[Lives], ports: Sequence[int]) -> None:
    for replica, port in zip(replicas, ports, strict=True):
        replica.begin()
        wait_for_site(port)


@contextmanager
def nginx(folder: Path, ports: Sequence[int]) -> Iterator[int]:
    """The port of an nginx before these, with what `deploy/nginx.conf` says but for TLS."""
    port = free_port()
    (folder / "nginx.conf").write_text(configuration((ROOT / "deploy" / "nginx.conf").read_text(), port, ports))
    (folder / "mime.types").write_text("types {}")
    command = ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_site(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def configuration(text: str, port: int, ports: Sequence[int]) -> str:
    """The deployed configuration in the clear, on a port of this machine, for replicas on these."""
    text = re.sub(r"server \{\s*listen 80.*?\n  \}\n", "", text, flags=re.S)
    text = re.sub(r"\n *(ssl_\S+|http2|listen \[::\]:443) [^;]*;", "", text)
    text = re.sub(r"listen 443 [^;]*;", f"listen 127.0.0.1:{port};", text)
    text = re.sub(
        r"server podscope:8000([^;]*;)",
        lambda found: " ".join(f"server 127.0.0.1:{each}{found[1]}" for each in ports),
        text,
    )
    temporary = "".join(
        f"  {each}_temp_path {each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("pid /run/nginx.pid;", "pid nginx.pid;").replace("http {\n", f"http {{\n{temporary}", 1)
    return text.replace("/dev/stdout", "access.log").replace(
        "error_log /dev/stderr error;", "error_log error.log error;"
    )
