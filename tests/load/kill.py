"""Kills the server under load, and counts: what was acknowledged is stored, and none twice.

python -m tests.load.kill [--times 100] [--clients 8]
"""

import argparse
import tempfile
from pathlib import Path

from app.store import answer, learner
from app.store.store import open_store
from tests.store.killer import kill_again_and_again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder)}/podscope.db"
        clients = kill_again_and_again(url, options.times, options.clients, options.seed)
        with open_store(url) as store:
            stored: list[str] = []
            for client in clients:
                key = client.cookie.partition("=")[2]
                owner = store.read(learner.find, key)
                assert owner is not None
                found = store.read(answer.answers, owner)
                stored += [one.attempt for one in found]
    acknowledged = [attempt for client in clients for attempt in client.acknowledged]
    lost, extra = set(acknowledged) - set(stored), set(stored) - set(acknowledged)
    twice = len(stored) - len(set(stored))
    print(
        f"killed {options.times} times: {len(acknowledged)} acknowledged, {len(stored)} stored, "
        f"{len(lost)} lost, {twice} twice, {len(extra)} never acknowledged, "
        f"{sum(client.again for client in clients)} sent again"
    )
    raise SystemExit(bool(lost or extra or twice))


if __name__ == "__main__":
    main()
