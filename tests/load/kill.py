"""Kills the real site under load, and counts: what was acknowledged is stored, and none twice.

python -m tests.load.kill [--times 100] [--clients 8] [--database URL]
"""

import argparse
import tempfile
import time

from tests.store.killer import count, kill_again_and_again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="a SQLite file in a temporary folder when it is not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = options.database or f"sqlite:///{folder}/podscope.sqlite3"
        began = time.monotonic()
        clients = kill_again_and_again(database, options.times, options.clients, options.seed)
        seconds = time.monotonic() - began
        found = count(database, clients)
    print(
        f"killed {options.times} times in {seconds:.0f} s: {found.acknowledged} acknowledged, {found.stored} stored, "
        f"{found.lost} lost, {found.twice} twice, {found.unknown} never acknowledged, "
        f"{sum(client.again for client in clients)} sent again"
    )
    raise SystemExit(bool(found.lost or found.unknown or found.twice or found.cards_differ))


if __name__ == "__main__":
    main()
