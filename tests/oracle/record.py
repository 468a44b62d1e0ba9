"""Plays scenarios on the real programs and writes what they did.

python -m tests.oracle.record [room[/scenario] …]

Rooms of KubeVirt are recorded on a cluster of their own, when they are asked for by name.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from tests.oracle.machines import MachinePlane, MachineRecorder
from tests.oracle.plane import KUBERNETES, KUBEVIRT, Plane, enter
from tests.oracle.scenario import Recorder, Scenario

ROOT = Path(__file__).parents[2]
BUILT = Path(os.environ.get("PODSCOPE_ORACLE", ROOT / ".oracle"))
RECORDINGS = ROOT / "tests" / "recordings"
ROOMS = ("pod_birth", "deployment_birth", "pod_end")
MACHINE_ROOMS = ("vm_birth",)

VERSIONS = {"kubernetes": KUBERNETES, "etcd": "3.7.1"}
ALL_NODES = (1, 2, 3)


def scenarios(wanted: list[str]) -> list[Scenario]:
    """Those asked for, as `room` or `room/scenario`, in that order; all but those of KubeVirt when nothing is."""
    rooms = (*ROOMS, *MACHINE_ROOMS) if wanted else ROOMS
    known = [one for room in rooms for one in import_module(f"tests.oracle.scenarios.{room}").SCENARIOS]
    if not wanted:
        return known
    return [one for asked in wanted for one in known if asked in (one.room, f"{one.room}/{one.name}")]


@contextmanager
def cluster(machines: bool = False) -> Iterator[Recorder]:
    """The cluster of the models, prepared; everything that was started for it is stopped in the end."""
    folder = Path(tempfile.mkdtemp(prefix="podscope-oracle-"))
    programs = BUILT / "bin" / f"kubernetes-{KUBERNETES.rpartition('.')[0]}", BUILT / "bin" / "etcd-3.7"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    plane, recorder = _made(folder, programs, machines)
    try:
        plane.start_all(nodes=len(ALL_NODES))
        recorder.prepare()
        yield recorder
    finally:
        plane.close()


def _made(folder: Path, programs: tuple[Path, Path], machines: bool) -> tuple[Plane, Recorder]:
    if not machines:
        plane = Plane(folder, *programs)
        return plane, Recorder(plane, ALL_NODES)
    with_machines = MachinePlane(folder, *programs, BUILT / "bin" / "kubevirt-1.9")
    return with_machines, MachineRecorder(with_machines, ALL_NODES)


def main(wanted: list[str]) -> int:
    enter(["-m", "tests.oracle.record", *wanted])
    failed = []
    played = scenarios(wanted)
    machines = any(one.room.replace("-", "_") in MACHINE_ROOMS for one in played)
    about = {**VERSIONS, **({"kubevirt": KUBEVIRT} if machines else {})}
    into = RECORDINGS / (f"kubevirt-{KUBEVIRT}" if machines else f"kubernetes-{KUBERNETES}")
    with cluster(machines) as recorder:
        for scenario in played:
            print(f"{scenario.room}/{scenario.name} …", flush=True)
            try:
                told = recorder.record(scenario, into, about)
            except Exception as error:
                failed.append(scenario.name)
                print(f"  failed: {error!r}", flush=True)
                continue
            print(f"  {len(told['requests'])} requests, {len(told['changes'])} changes", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
