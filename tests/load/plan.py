"""Ten million readers a day on paper, from figures that are measured: replicas, the network, the database; and a
simulation of a proxy's cache in front.

    python tests/load/plan.py [--readers 10000000]

Nothing is asked over a network. What is assumed stands in ASSUMED with its reason; change it and see.
"""

import argparse
import random
from collections import OrderedDict
from itertools import accumulate

ASSUMED = {
    "pages": (6, "pages that a reader opens"),
    "states": (20, "states of models: a story has some twenty steps, and most people play one"),
    "assets": (6, "style sheets, script, icons, kept by browsers for ever"),
    "answers": (4, "answers to questions"),
    "peak": (3, "the busiest hour against the mean one"),
    "headroom": (2, "a replica is planned half idle"),
}
PAGE_US, STATE_US, COLD_US = 60, 60, 6_000  # of processor time: tests/load/states.py, rounded up
PAGE_KB, STATE_KB, ASSET_KB = 18, 6, 30  # compressed
ANSWER_US = 3_000  # with its transaction: tests/load/answers.py
ANSWER_BYTES = 300
ADDRESSES, STATES = 120, 20_000  # of prepared pages; of states that are asked for
ZIPF = 1.0


def simulate(requests: int, keys: int, kept: int, seed: int = 7) -> float:
    """The share of requests that a cache of so many entries answers, least used out first, where the popularity of
    keys falls as Zipf says."""
    chance = random.Random(seed)
    weights = list(accumulate(1 / rank**ZIPF for rank in range(1, keys + 1)))
    cache: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for key in chance.choices(range(keys), cum_weights=weights, k=requests):
        if key in cache:
            hits += 1
            cache.move_to_end(key)
        else:
            cache[key] = None
            if len(cache) > kept:
                cache.popitem(last=False)
    return hits / requests


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--readers", type=int, default=10_000_000)
    readers = arguments.parse_args().readers
    per = {name: value for name, (value, _) in ASSUMED.items()}
    second = readers / 86_400 * per["peak"]
    for name, (value, why) in ASSUMED.items():
        print(f"assumed: {value} {why} ({name})")
    print(f"\nat the peak {second:,.0f} readers begin a second")
    print("a proxy or CDN in front keeps what is public (ETag; states for five minutes):")
    for kept in (200, 2_000, 20_000):
        hit = simulate(400_000, ADDRESSES + STATES, kept)
        print(f"  {kept:>6} entries: {hit:.1%} of pages and states are answered there")
    asked = second * (per["pages"] + per["states"])
    share = simulate(400_000, ADDRESSES + STATES, 2_000)
    ours = simulate(400_000, STATES, 6_000)  # what 64 MiB hold, of some 10 kB each
    for name, through in (("without one", 1.0), ("with 2,000 entries in it", 1 - share)):
        cold = asked * per["states"] / (per["pages"] + per["states"]) * (1 - ours)
        cores = through * (asked * PAGE_US + cold * COLD_US) / 1e6 + second * per["answers"] * ANSWER_US / 1e6
        print(
            f"{name}: {asked * through:,.0f} requests a second reach us: {cores * per['headroom']:.0f} cores, half idle"
        )
    network = second * (per["pages"] * PAGE_KB + per["states"] * STATE_KB + per["assets"] * ASSET_KB) * 8 / 1e6
    print(f"the network carries {network:,.1f} Gbit/s at the peak, nearly all of it from the CDN")
    writes, gigabytes = second * per["answers"], readers * per["answers"] * ANSWER_BYTES / 1e9
    print(f"the database takes {writes:,.0f} answers a second at the peak, and {gigabytes:,.1f} GB a day")
    print("one PostgreSQL commits some thousands a second: beyond that learners are parted by the hash of their cookie")


if __name__ == "__main__":
    main()
