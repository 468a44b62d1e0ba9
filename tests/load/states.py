"""States of models from outside: kept ones against a page that lies ready, and what one costs that is not kept.

    python tests/load/states.py            # prints server CPU time per request, and ratios
    python tests/load/states.py --limit    # exits 1 when a goal is missed

The kinds of request take turns in short rounds on one server and the middle counts, as in pages.py.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import get_args

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from app.widgetkit.registry import find_rooms  # noqa: E402  # found through the path above
from tests.conftest import Server  # noqa: E402  # found through the path above
from tests.load.pages import CONNECTIONS, cpu_seconds  # noqa: E402  # the same

PAGE = "/en/widgets/pod-birth"
WARM = "/en/widgets/pod-birth?step=10"
STEP = "/fragments/en/widgets/pod-birth?step=10"
REQUESTS = 1_600
COLD = 96
ROUNDS = 11
WARM_GOAL, STEP_MS, OOM_MS = 0.6, 3.0, 5.0


def new_steps() -> list[str]:
    """Every step of `pod-birth` with a fault that no example shows, which nobody has asked for since the start."""
    room = find_rooms()["pod-birth"]
    shown = {example.inputs.get("fault", "none") for example in room.widget.examples}
    faults = [fault for fault in get_args(room.widget.form.model_fields["fault"].annotation) if fault not in shown]
    steps = [(fault, len(room.run(room.widget.form(fault=fault)).frames)) for fault in faults]
    return [
        f"/fragments/{lang}/widgets/pod-birth?fault={fault}&step={step + 1}"
        for lang in ("en", "zh")
        for fault, many in steps
        for step in range(many)
    ]


def cold_steps() -> Iterator[str]:
    """Steps of stories that somebody's text makes: each is told anew, and none is kept."""
    return (f"/fragments/en/widgets/deployment-birth?step=3&image=shop:{n}" for n in count())


def cold_scores() -> Iterator[str]:
    return (f"/fragments/en/widgets/oom-score?node_memory={16_000_000_000 + n}" for n in count())


async def ask(port: int, paths: Callable[[], str], many: int) -> None:
    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(many // CONNECTIONS):
            writer.write(f"GET {paths()} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: br\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head[:100]
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))


def cost(server: Server, paths: Callable[[], str], many: int) -> float:
    """Microseconds of server CPU per request."""
    before = cpu_seconds(server.pid)
    asyncio.run(ask(server.port, paths, many))
    return (cpu_seconds(server.pid) - before) / many * 1e6


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--limit", action="store_true")
    given = arguments.parse_args()
    steps, scores = cold_steps(), cold_scores()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        for path in (WARM, STEP, next(steps), next(scores)):
            urllib.request.urlopen(server.url + path).close()
        news = new_steps()
        many = len(news) // CONNECTIONS * CONNECTIONS
        new_step = cost(server, partial(next, iter(news)), many)  # once, since afterwards they are kept
        found: dict[str, list[float]] = {"page": [], "kept page": [], "kept step": [], "new story": [], "new score": []}
        begun = time.monotonic()
        for _ in range(ROUNDS):
            found["page"].append(cost(server, lambda: PAGE, REQUESTS))
            found["kept page"].append(cost(server, lambda: WARM, REQUESTS))
            found["kept step"].append(cost(server, lambda: STEP, REQUESTS))
            found["new story"].append(cost(server, lambda: next(steps), COLD))
            found["new score"].append(cost(server, lambda: next(scores), COLD))
        server.stop()
    middle = {name: statistics.median(each) for name, each in found.items()} | {"new step": new_step}
    ratios = [page / kept for page, kept in zip(found["page"], found["kept page"], strict=True)]
    for name, value in middle.items():
        print(f"{name:10} {value:9.0f} us of server CPU   {1e6 / value:9.0f} a second on one core")
    ratio = statistics.median(ratios)
    print(f"a kept page against one that lies ready: {ratio:.2f} (goal {WARM_GOAL}); {time.monotonic() - begun:.0f} s")
    goals = [ratio >= WARM_GOAL, middle["new step"] < STEP_MS * 1000, middle["new score"] < OOM_MS * 1000]
    print(f"goals: kept {goals[0]}, a new step under {STEP_MS} ms {goals[1]}, a new score under {OOM_MS} ms {goals[2]}")
    return 0 if all(goals) or not given.limit else 1


if __name__ == "__main__":
    sys.exit(main())
