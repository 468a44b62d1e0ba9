"""How the answer of `oom-score` grows from 50 to 5,000 pods, on one core.

    python tests/load/manifest_growth.py            # prints a table
    python tests/load/manifest_growth.py --limit 1  # exits 1 if 5,000 pods take longer than this many seconds

Timed is what one request costs beyond HTTP: reading the manifest (YAML, then JSON), the model, and the JSON
answer as text; the best of three runs, in seconds of processor time, so that a busy machine does not count.
Pods have one container with requests and limits, every tenth a sidecar.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from app.kube.manifest import load_documents
from app.widgetkit.registry import Rooms, find_rooms
from app.widgets.oom_score.widget import Inputs, run

SIZES = (50, 100, 200, 500, 1000, 2000, 5000)


def pod(i: int) -> dict[str, Any]:
    """A pod as small as it can be: 5,000 of them have to fit into one field of 1 MiB."""
    spec: dict[str, Any] = {
        "containers": [
            {
                "name": "app",
                "resources": {
                    "requests": {"memory": f"{64 + i % 512}Mi"},
                    "limits": {"memory": f"{640 + i % 512}Mi"},
                },
            }
        ]
    }
    if i % 10 == 0:
        spec["initContainers"] = [{"name": "mesh", "restartPolicy": "Always"}]
    return {"kind": "Pod", "metadata": {"name": f"p{i}"}, "spec": spec}


def as_json(count: int) -> str:
    items = [pod(i) for i in range(count)]
    return json.dumps({"kind": "List", "items": items}, separators=(",", ":"))


def as_yaml(count: int) -> str:
    """Block style with `---` between the pods, as people write it."""
    return "---\n".join("\n".join(_block(pod(i), 0)) + "\n" for i in range(count))


def _block(value: Any, depth: int) -> list[str]:
    indent = " " * depth
    lines: list[str] = []
    for key, inner in value.items():
        if isinstance(inner, dict):
            lines += [f"{indent}{key}:", *_block(inner, depth + 1)]
        elif isinstance(inner, list):
            lines.append(f"{indent}{key}:")
            for item in inner:
                first, *rest = _block(item, depth + 2)
                lines += [f"{indent}- {first.strip()}", *rest]
        else:
            lines.append(f"{indent}{key}: {inner}")
    return lines


def usage(count: int) -> str:
    return "".join(f"p{i}/app {32 + i % 900}Mi\n" for i in range(count))


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of processor time of the fastest run."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def measure(rooms: Rooms, text: str, count: int) -> tuple[float, float, float]:
    inputs = {"manifest": text, "node_memory": "4Ti", "usage": usage(count), "asks_for": "4Ti"}

    def answer() -> str:
        return json.dumps({"outcome": rooms.answer("oom-score", inputs)})

    read = best_of(3, lambda: load_documents(text, field="manifest"))
    judged = best_of(3, lambda: run(Inputs.model_validate(inputs)))
    return read, judged, best_of(3, answer)


def main() -> int:
    gc.set_threshold(100_000, 50, 100)  # as the site sets it at its start
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, help="seconds that 5,000 pods may take at most")
    options = parser.parse_args()
    rooms = find_rooms()
    slowest = 0.0
    for name, write in (("YAML", as_yaml), ("JSON", as_json)):
        print(f"{name:>5}  {'pods':>6} {'KiB':>7} {'read ms':>9} {'+ model':>9} {'+ answer':>9} {'µs/pod':>8}")
        for count in SIZES:
            text = write(count)
            read, judged, answered = measure(rooms, text, count)
            slowest = max(slowest, answered)
            print(
                f"{'':>5}  {count:>6} {len(text) / 1024:>7.0f} {read * 1e3:>9.1f} {judged * 1e3:>9.1f}"
                f" {answered * 1e3:>9.1f} {answered * 1e6 / count:>8.0f}"
            )
    if options.limit and slowest > options.limit:
        print(f"too slow: {slowest:.2f} s, at most {options.limit} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
