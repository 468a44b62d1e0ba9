"""How the answer of `scheduler-pick` grows from 10 to 1,000 nodes with five bound pods each, on one core.

    python tests/load/scheduler_growth.py              # prints a table
    python tests/load/scheduler_growth.py --limit 1.5  # exits 1 if 1,000 nodes take longer than this many seconds

Timed is what one request to the JSON API costs beyond HTTP: reading the body, the manifests, filters and scores, and
the answer as text; the best of three runs, in seconds of processor time. Three pods are to be scheduled: a plain one,
one that is spread over zones and keeps near and away from others, and one that fits nowhere, so that preemption is
tried on every node.
"""

import argparse
import gc
import json
import sys
import time
from typing import Any

from app.widgetkit.form import read_inputs
from app.widgetkit.registry import Room, find_rooms

SIZES = (10, 50, 100, 200, 500, 1000)
PODS_EACH = 5

Thing = dict[str, Any]


def node(i: int) -> Thing:
    return {
        "kind": "Node",
        "metadata": {"name": f"n{i}", "labels": {"zone": f"z{i % 3}", "host": f"n{i}"}},
        "spec": {"taints": [{"key": "slow", "effect": "PreferNoSchedule"}]} if i % 10 == 0 else {},
        "status": {
            "allocatable": {"cpu": "16", "memory": "64Gi", "pods": "110"},
            "images": [{"names": [f"shop:{i % 7}"], "sizeBytes": 300_000_000}],
        },
    }


def bound(i: int, nodes: int) -> Thing:
    """As small as a pod can be: 5,000 of them have to fit into one field of 1 MiB."""
    spec: Thing = {"nodeName": f"n{i % nodes}", "containers": [{"resources": {"requests": {"cpu": "500m"}}}]}
    if i % 50 == 0:
        spec["affinity"] = {"podAntiAffinity": {REQUIRED: [{**TERM, "topologyKey": "host"}]}}
    return {"kind": "Pod", "metadata": {"name": f"p{i}", "labels": {"app": f"a{i % 20}"}}, "spec": spec}


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
TERM = {"labelSelector": {"matchLabels": {"app": "a1"}}}


def incoming(cpu: str, **spec: Any) -> Thing:
    container = {"name": "app", "image": "shop:3", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}
    return {
        "kind": "Pod",
        "metadata": {"name": "shop", "labels": {"app": "a1"}},
        "spec": {"containers": [container], "priority": 10, **spec},
    }


CASES = {
    "plain": incoming("1"),
    "choosy": incoming(
        "1",
        topologySpreadConstraints=[
            {"maxSkew": 9, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", **TERM},
            {"maxSkew": 1, "topologyKey": "host", "whenUnsatisfiable": "ScheduleAnyway", **TERM},
        ],
        affinity={
            "podAffinity": {PREFERRED: [{"weight": 50, "podAffinityTerm": {**TERM, "topologyKey": "zone"}}]},
            "podAntiAffinity": {PREFERRED: [{"weight": 20, "podAffinityTerm": {**TERM, "topologyKey": "host"}}]},
        },
    ),
    "nowhere": incoming("15"),
}


def body(pod: Thing, nodes: int) -> str:
    def listed(items: list[Thing]) -> str:
        return json.dumps({"kind": "List", "items": items}, separators=(",", ":"))

    return json.dumps(
        {
            "pod": json.dumps(pod),
            "nodes": listed([node(i) for i in range(nodes)]),
            "pods": listed([bound(i, nodes) for i in range(PODS_EACH * nodes)]),
        }
    )


def answer(room: Room, text: str) -> str:
    return json.dumps({"outcome": room.json(room.run(read_inputs(room.widget.form, json.loads(text))))})


def seconds(room: Room, text: str) -> float:
    times = []
    for _ in range(3):
        start = time.process_time()
        answer(room, text)
        times.append(time.process_time() - start)
    return min(times)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--limit", type=float, default=None)
    limit = arguments.parse_args().limit
    room = find_rooms()["scheduler-pick"]
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # as the site does
    print(f"{'nodes':>6} {'pods':>6}" + "".join(f"{name:>10}" for name in CASES))
    slowest = 0.0
    for nodes in SIZES:
        taken = [seconds(room, body(pod, nodes)) for pod in CASES.values()]
        slowest = max(taken)
        print(f"{nodes:>6} {PODS_EACH * nodes:>6}" + "".join(f"{each:>9.3f}s" for each in taken))
    if limit is not None and slowest > limit:
        print(f"{slowest:.2f} s is more than {limit} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
