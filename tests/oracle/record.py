"""Plays scenarios on the real programs and writes what they did.

python -m tests.oracle.record [room[/scenario] …]
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from tests.oracle.plane import KUBERNETES, Plane, enter
from tests.oracle.scenario import Recorder, Scenario

ROOT = Path(__file__).parents[2]
BUILT = Path(os.environ.get("PODSCOPE_ORACLE", ROOT / ".oracle"))
RECORDINGS = ROOT / "tests" / "recordings"
ROOMS = ("pod_birth", "deployment_birth", "pod_end")

VERSIONS = {"kubernetes": KUBERNETES, "etcd": "3.7.1"}
ALL_NODES = (1, 2, 3)


def scenarios(wanted: list[str]) -> list[Scenario]:
    """Those asked for, as `room` or `room/scenario`; all when nothing is."""
    known = [one for room in ROOMS for one in import_module(f"tests.oracle.scenarios.{room}").SCENARIOS]
    return [one for one in known if not wanted or one.room in wanted or f"{one.room}/{one.name}" in wanted]


@contextmanager
def cluster() -> Iterator[Recorder]:
    """The cluster of the models, prepared; everything that was started for it is stopped in the end."""
    folder = Path(tempfile.mkdtemp(prefix="podscope-oracle-"))
    plane = Plane(folder, BUILT / "bin" / f"kubernetes-{KUBERNETES.rpartition('.')[0]}", BUILT / "bin" / "etcd-3.7")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    try:
        plane.start_all(nodes=len(ALL_NODES))
        recorder = Recorder(plane, ALL_NODES)
        recorder.prepare()
        yield recorder
    finally:
        plane.close()


def main(wanted: list[str]) -> int:
    enter(["-m", "tests.oracle.record", *wanted])
    failed = []
    with cluster() as recorder:
        for scenario in scenarios(wanted):
            print(f"{scenario.room}/{scenario.name} …", flush=True)
            try:
                told = recorder.record(scenario, RECORDINGS / f"kubernetes-{KUBERNETES}", VERSIONS)
            except Exception as error:
                failed.append(scenario.name)
                print(f"  failed: {error!r}", flush=True)
                continue
            print(f"  {len(told['requests'])} requests, {len(told['changes'])} changes", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
