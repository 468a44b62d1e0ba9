"""Schemathesis against `/api/openapi.json` of a running site: no 5xx, no answer over 2 s, every schema and status true.

    make schemas                                     # installs what tests/quality/schemas.txt locks, and runs this
    python -m tests.quality.schemas [--cases 20000] [--seconds 1800] [--seed 1]

Of its checks one is left out: that whatever a schema allows is accepted. What a quantity, an image's name or a manifest
is no schema says, and it is refused in words. Exits 1 when anything is found.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from tests.conftest import ROOT, Server

PROGRAM = ROOT / ".venv" / "schemathesis" / "bin" / "schemathesis"
LEFT_OUT = "positive_data_acceptance"
SLOWEST_S = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000, help="about so many requests in all")
    parser.add_argument("--seconds", type=int, default=1800, help="at most so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", type=Path, default=PROGRAM)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        with urllib.request.urlopen(f"{server.url}/api/openapi.json") as document:
            operations = sum(map(len, json.load(document)["paths"].values()))
        done = subprocess.run(
            [
                given.program,
                "run",
                f"{server.url}/api/openapi.json",
                "--phases=examples,coverage,fuzzing",
                f"--exclude-checks={LEFT_OUT}",
                f"--max-examples={given.cases // operations}",
                f"--max-response-time={SLOWEST_S}",
                f"--max-time={given.seconds}",
                f"--seed={given.seed}",
                "--continue-on-failure",
                "--no-shrink",
                "--workers=2",
            ],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        server.stop()
    print(done.stdout)
    cases = re.search(r"(\d[\d,]*) generated", done.stdout)
    print(f"{cases[1] if cases else 'no'} requests; exit status {done.returncode}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
