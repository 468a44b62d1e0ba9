"""What one worker holds after its start and after load, and what of it are the site's own objects.

    python -m tests.load.memory [--seconds 60] [--limit]

RSS of the serving process on Linux: when it first answers, half a minute later (the first states are made), and after
readers have asked every page, every first state and answers for so long. Goals: 100 MB and 130 MB.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from app.widgetkit.kept import told_first
from app.widgetkit.registry import find_rooms
from tests.conftest import ROOT, answering, free_port
from tests.load.answers import Client

START_MB, LOADED_MB = 100, 130
SETTLED_S = 30


def memory_mb(pid: int) -> float:
    """Resident memory in MB (of a million bytes)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmRSS"))


def addresses(url: str) -> list[str]:
    """All pages of the site's map, and all states that it makes before anybody asks."""
    with urllib.request.urlopen(f"{url}/sitemap.xml") as response:
        pages = [each.partition("</loc>")[0] for each in response.read().decode().split("<loc>")[1:]]
    paths = ["/" + each.split("/", 3)[3] for each in pages if each.count("/") >= 3]
    return [*paths, *(f"{path}?{query}" for path, query in told_first(find_rooms()))]


def look(port: int, paths: list[str], until: float, luck: random.Random) -> None:
    reader = Client(port, "")
    while time.monotonic() < until:
        reader.get(luck.choice(paths))


def answer(port: int, until: float) -> None:
    client = Client(port, "")
    while time.monotonic() < until:
        client.answer()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--limit", action="store_true", help="exits 1 when a goal is missed")
    given = parser.parse_args()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PODSCOPE_")}
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(port)],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(ROOT), "PODSCOPE_LOG_LEVEL": "warning"},
        )
        try:
            url = answering(f"http://127.0.0.1:{port}", process)
            started = memory_mb(process.pid)
            paths = addresses(url)
            time.sleep(SETTLED_S)
            settled = memory_mb(process.pid)
            until = time.monotonic() + given.seconds
            threads = [
                threading.Thread(target=look, args=(port, paths, until, random.Random(seed))) for seed in range(6)
            ] + [threading.Thread(target=answer, args=(port, until)) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            loaded = memory_mb(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)
    print(
        f"{started:.0f} MB when it first answers, {settled:.0f} MB {SETTLED_S} s later, {loaded:.0f} MB after "
        f"{given.seconds:.0f} s of load on {len(paths)} addresses (goals {START_MB} and {LOADED_MB})"
    )
    return int(given.limit and (started > START_MB or loaded > LOADED_MB))


if __name__ == "__main__":
    sys.exit(main())
