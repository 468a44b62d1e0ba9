"""How the answer of `oom-score` grows from 50 to 5,000 pods, on one core.

    python tests/load/manifest_growth.py            # prints a table
    python tests/load/manifest_growth.py --limit 1  # exits 1 if 5,000 pods take longer than this many seconds

Timed is what one request costs beyond HTTP: reading the manifest (YAML, then JSON), the model, and then either the
answer of the JSON API in bytes or the widget as HTML; the best of five runs, in seconds of processor time, so that
a busy machine counts little. Pods have one container with requests and limits, every tenth a sidecar.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from pydantic_core import to_json

from app.kube.manifest import load_documents
from app.site import Site
from app.web.collector import spare_the_collector
from app.widgetkit.state import state_of
from app.widgetkit.view import answer
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


def measure(site: Site, text: str, count: int) -> tuple[float, ...]:
    """Seconds to read; to read and judge; for the whole answer as JSON; for the whole widget as HTML."""
    inputs = {"manifest": text, "node_memory": "4Ti", "usage": usage(count), "asks_for": "4Ti"}
    room = site.rooms["oom-score"]
    return (
        best_of(5, lambda: load_documents(text, field="manifest")),
        best_of(5, lambda: run(Inputs.model_validate(inputs))),
        best_of(5, lambda: to_json({"outcome": site.rooms.answer("oom-score", inputs)})),
        best_of(5, lambda: answer(site.templates, state_of(room, "en", inputs))),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, help="seconds that 5,000 pods may take at most")
    options = parser.parse_args()
    site = Site()
    spare_the_collector()  # as the site does at its start
    slowest = 0.0
    for name, write in (("YAML", as_yaml), ("JSON", as_json)):
        print(
            f"{name:>5}  {'pods':>6} {'KiB':>7} {'read ms':>9} {'+ model':>9} {'= API':>9} {'= HTML':>9} {'µs/pod':>8}"
        )
        for count in SIZES:
            text = write(count)
            read, judged, answered, drawn = measure(site, text, count)
            slowest = max(slowest, answered, drawn)
            print(
                f"{'':>5}  {count:>6} {len(text) / 1024:>7.0f} {read * 1e3:>9.1f} {judged * 1e3:>9.1f}"
                f" {answered * 1e3:>9.1f} {drawn * 1e3:>9.1f} {max(answered, drawn) * 1e6 / count:>8.0f}"
            )
    if options.limit and slowest > options.limit:
        print(f"too slow: {slowest:.2f} s, at most {options.limit} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
