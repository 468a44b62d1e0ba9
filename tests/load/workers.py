"""Two workers against one on two cores: pages, kept states and new scores a second, as ratios (goal: at least 1.6).

    python tests/load/workers.py            # needs wrk, which asks with a tenth of what an answer costs

Two sites, one with `--workers 2`, are asked in turns, so that what else the machine does slows both alike; the middle
ratio counts. Bounded: 32 connections to 127.0.0.1, a second a turn.
"""

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.conftest import Server  # noqa: E402  # found through the path above

GOAL = 1.6
ROUNDS = 9
CONNECTIONS = 32
# Each score is of another node, so that none is kept.
NEW_SCORES = """
math.randomseed(os.time())
request = function()
  return wrk.format("GET", "/fragments/en/widgets/oom-score?node_memory=" .. (16000000000 + math.random(1000000000)))
end
"""
KNOWN = 'wrk.headers["If-None-Match"] = "*"'
# To take in the 28 kB of a lesson wrk needs as much of the two cores as the site does to send it; of one that is known
# (304) a quarter.
ASKED = {
    "a lesson": ("/en/lessons/pod-creation", ""),
    "a lesson that is known": ("/en/lessons/pod-creation", KNOWN),
    "a kept state": ("/en/widgets/pod-birth?step=10", ""),
    "a new score": ("/", NEW_SCORES),
}


def per_second(server: Server, path: str, script: Path | None) -> float:
    """Answers a second; RuntimeError when one is no 200."""
    more = ["-s", str(script)] if script else []
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", "-d1s", "-H", "Accept-Encoding: br", *more, server.url + path]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found, said
    return float(found[1])


def main() -> None:
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed; Debian has it as the package wrk")
    with tempfile.TemporaryDirectory() as folder:
        servers: list[Server] = []
        try:
            for many in (1, 2):
                of_its_own = Path(folder) / str(many)
                of_its_own.mkdir()
                servers.append(Server(of_its_own, "--workers", str(many)))
            for name, (path, lines) in ASKED.items():
                script = Path(folder) / "script.lua"
                script.write_text(lines)
                compare(name, servers, path, script if lines else None)
        finally:
            for server in servers:
                server.stop()


def compare(name: str, servers: list[Server], path: str, script: Path | None) -> None:
    rates = [[per_second(server, path, script) for server in servers] for _ in range(ROUNDS)]
    low, middle, high = statistics.quantiles([two / one for one, two in rates], n=4)
    one, two = (statistics.median(each) for each in zip(*rates, strict=True))
    kept = "kept" if middle >= GOAL else "MISSED"
    print(
        f"{name}: {one:.0f} a second by one worker, {two:.0f} by two, "
        f"ratio {middle:.2f} ({low:.2f} to {high:.2f}; goal {GOAL}: {kept})"
    )


if __name__ == "__main__":
    main()
