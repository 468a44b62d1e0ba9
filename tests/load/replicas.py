"""Two replicas behind nginx on one PostgreSQL, one killed after the other under load: what was lost, what readers saw.

    python -m tests.load.replicas [--times 10] [--clients 6] [--readers 3] [--database URL]

nginx runs with `deploy/nginx.conf` but for TLS; the PostgreSQL is one of its own where no address is given. Exits 1
when an acknowledged answer is lost or a reader saw what asking again does not mend.
"""

import argparse
import shutil
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from tests.store.engines import serving_postgres
from tests.store.replicas import kill_replicas


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--readers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    if shutil.which("nginx") is None:
        print("no nginx here: apt-get install nginx-light")
        return 0
    with (
        nullcontext(given.database) if given.database else serving_postgres() as database,
        tempfile.TemporaryDirectory() as folder,
    ):
        begun = time.monotonic()
        outcome = kill_replicas(database, Path(folder), given.times, given.clients, given.readers, given.seed)
        seconds = time.monotonic() - begun
    found, clients, readers = outcome.counted, outcome.clients, outcome.readers
    print(
        f"killed {given.times} times in {seconds:.0f} s: {found.acknowledged} answers acknowledged, "
        f"{found.stored} stored, {found.lost} lost, {found.twice} twice, {found.unknown} never acknowledged, "
        f"{found.cards_differ} cards differ"
    )
    for what, people, all_ in (
        ("answers", clients, found.acknowledged),
        ("pages", readers, sum(one.seen for one in readers)),
    ):
        again, tries = sum(one.again for one in people), max(one.tries for one in people)
        print(f"{what}: {again} of {all_} had to be sent again, one of them {tries - 1} times")
    print("what asking again does not mend:", outcome.surprises or "nothing")
    return int(bool(found.lost or found.unknown or found.twice or found.cards_differ or outcome.surprises))


if __name__ == "__main__":
    sys.exit(main())
