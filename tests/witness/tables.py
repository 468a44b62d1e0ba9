"""What the recordings witness: the two tables of what is excused, and what follows for each room and fault."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml

from tests.oracle.scenarios.deployment_birth import SCENARIOS
from tests.witness import machines
from tests.witness.etcd import STORIES
from tests.witness.held import SEEN_AS, Held, hold, inputs_of, is_told, story
from tests.witness.recording import Recording, recordings
from tests.witness.rollout import ROOM, read, rollouts
from tests.written import known_rooms

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAM = "kubernetes-1.37.2"
ROOMS = ("pod-birth", "deployment-birth", "pod-end")
MACHINES = "kubevirt-1.9.0"
REPORT = ROOT / "docs" / "witness.md"
WITNESSED = ROOT / "app" / "kube" / "story" / "witnessed.yaml"
# Why a room has no recording.
UNWITNESSED = {
    "pod-packet": "cannot be: packets need a kernel's network, which the scripted runtime has not",
}


@dataclass(frozen=True)
class Excuse:
    """An entry of a table: what it excuses, with `*` for any text, and why."""

    texts: tuple[str, ...]
    because: str | Mapping[str, str]
    room: str = ""
    faults: tuple[str, ...] = ()

    def covers(self, room: str, fault: str) -> bool:
        return not self.room or (room == self.room and fault in self.faults)


@cache
def meant() -> tuple[Excuse, ...]:
    told = yaml.safe_load((HERE / "meant.yaml").read_text(encoding="utf-8"))
    return tuple(Excuse(tuple(e["differs"]), e["because"], e["room"], tuple(e["faults"])) for e in told)


@cache
def untold() -> tuple[Excuse, ...]:
    told = yaml.safe_load((HERE / "untold.yaml").read_text(encoding="utf-8"))
    return tuple(Excuse(tuple(e["requests"]), e["because"]) for e in told)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))))


def excuses(table: Sequence[Excuse], room: str, fault: str, found: str) -> Iterator[tuple[Excuse, str]]:
    """The entries that speak of what was found, each with the text of it that does."""
    for entry in table:
        if entry.covers(room, fault):
            yield from ((entry, text) for text in entry.texts if _pattern(text).fullmatch(found))


@cache
def kept() -> tuple[Recording, ...]:
    """The recordings that a story is held against; one that shows several faults stands for each of them."""
    found = [each for each in recordings(PROGRAM) if each.room in ROOMS and is_told(each.room, each.scenario)]
    of = {(each.room, each.scenario): each for each in found}
    found += recordings(MACHINES)
    return (*found, *(replace(of[room, scenario], story=fault) for (room, fault), scenario in SEEN_AS.items()))


@cache
def held(room: str, fault: str) -> Held:
    recording = next(each for each in kept() if (each.room, each.scenario) == (room, fault))
    return machines.hold(recording) if recording.path.parts[-3] == MACHINES else hold(recording)


def wrong(room: str, fault: str) -> list[str]:
    """What differs and is not meant to."""
    return [each for each in held(room, fault).differences if not any(excuses(meant(), room, fault, each))]


def unexplained(room: str, fault: str) -> list[str]:
    """Real requests that no step tells and the table does not explain."""
    return [each for each in held(room, fault).untold if not any(excuses(untold(), room, fault, each))]


def witnessed() -> dict[str, Any]:
    """For each room and fault: the version that witnesses it, the inputs with which it was recorded, what of each step
    was held, and what was recorded and is told in no step, by the number of its reason."""
    rooms: dict[str, dict[str, dict[str, Any]]] = {}
    for each in kept():
        if wrong(each.room, each.scenario):
            continue
        inputs = dict(inputs_of(each.room, each.scenario))
        if inputs["fault"] == each.scenario:
            del inputs["fault"]
        rooms.setdefault(each.room, {})[each.scenario] = {
            "version": each.version,
            **({"inputs": inputs} if inputs else {}),
            "steps": {step: list(kinds) for step, kinds in held(each.room, each.scenario).steps.items()},
            "untold": {number: list(texts) for number, texts in reasons(each.room, each.scenario).items()},
        }
    return {"because": [dict(each.because) for each in untold()], "rooms": rooms}


def reasons(room: str, fault: str) -> dict[int, tuple[str, ...]]:
    """The real requests that no step tells, each once, by the number of the entry that says why."""
    found: dict[int, dict[str, None]] = {}
    for each in held(room, fault).untold:
        entry = next((entry for entry, _ in excuses(untold(), room, fault, each)), None)
        if entry is not None:
            found.setdefault(untold().index(entry), {})[each] = None
    return {number: tuple(sorted(found[number])) for number in sorted(found)}


def witnessed_text() -> str:
    head = (
        "# Made by `python -m tests.witness`: what was held against the real programs, in which version, step by\n"
        "# step, and what was recorded that no step tells.\n"
    )
    return head + yaml.safe_dump(witnessed(), sort_keys=True, default_flow_style=None, allow_unicode=True, width=200)


def faults_of(room: str) -> tuple[str, ...]:
    return get_args(known_rooms()[room].widget.form.model_fields["fault"].annotation)


def scenarios_of(room: str) -> tuple[str, ...]:
    """The recordings that the room tells and, by their own names, the faults that none of them shows."""
    recorded = {each.scenario: inputs_of(room, each.scenario)["fault"] for each in kept() if each.room == room}
    missing = [fault for fault in faults_of(room) if fault not in recorded.values()]
    if all(scenario == fault for scenario, fault in recorded.items()):
        return faults_of(room)
    return (*recorded, *missing)


def report() -> str:
    """docs/witness.md."""
    return "\n".join(_report()) + "\n"


def _report() -> Iterator[str]:
    rooms = [room for room in known_rooms().values() if "fault" in room.widget.form.model_fields]
    yield "# What the real programs witness"
    yield ""
    yield (
        "The stories below were played on the real control plane, kubelet and kubectl, with a scripted container"
        " runtime (tests/oracle), and what was recorded (tests/recordings) is held against our frames by"
        " tests/test_witness.py: requests with who asks, with which program (User-Agent), what they carry and the"
        " answer, every state that an object was stored in, events, what `kubectl get -w` prints. Under *steps* stands"
        " for how many steps the recording has one of these and contradicts none; under *bodies* how many requests were"
        " held field by field. This page is made by `python -m tests.witness`."
    )
    yield ""
    yield (
        "vm-birth was played on the real virt-api, virt-controller and virtctl of KubeVirt 1.9.0 as well, installed"
        " from what virt-operator would install (tests/oracle/machines.py). Of its objects we show some fields, so the"
        " fields that we show are held, and of requests what we show of them (tests/witness/machines.py)."
    )
    for room in sorted(rooms, key=lambda each: each.slug):
        yield ""
        yield f"## {room.slug}"
        yield ""
        yield "| fault | witness | frames | steps | requests | bodies | states | events | rows |"
        yield "|---|---|---|---|---|---|---|---|---|"
        for scenario in scenarios_of(room.slug):
            yield _row(room.slug, scenario)
    yield ""
    yield "## rolling-update"
    yield ""
    yield (
        "A Deployment of four replicas was changed. Each size that the real controller gave a ReplicaSet is what the"
        " model decides from the sizes and the available Pods of that moment (tests/witness/test_rollout.py)."
    )
    yield ""
    yield "| change | witness | decisions |"
    yield "|---|---|---|"
    recorded = {each.scenario: each for each in rollouts()}
    for change in (each.name for each in SCENARIOS if each.room == ROOM):
        if change in recorded:
            found = recorded[change]
            yield f"| {change} | witnessed {found.version} | {len(read(found).writes)} |"
        else:
            yield f"| {change} | by code only | |"
    yield ""
    yield "## What differs and is meant to"
    yield ""
    for excuse in meant():
        yield f"- {excuse.room} ({', '.join(excuse.faults)}): {excuse.because}"
    yield ""
    yield "## Requests that stand in no step"
    yield ""
    yield "| request | not told, because |"
    yield "|---|---|"
    for excuse in untold():
        texts = "<br>".join(f"`{text}`" for text in excuse.texts)
        yield f"| {texts} | {dict(excuse.because)['en'] if isinstance(excuse.because, Mapping) else excuse.because} |"
    yield ""
    yield "## What the recordings cannot say"
    yield ""
    yield (
        "- Watches are open before a story begins, and the audit log of the recorder leaves them out: the steps"
        " `WATCH …` are by code. It keeps the one with which a kubelet that comes back asks for its Pods"
        " (pod-birth, kubelet-returns)."
    )
    yield "- What the container runtime, the CNI plugin and the registry are asked is by code: the runtime is scripted."
    yield (
        "- virt-handler, virt-launcher, libvirt and the guest need a node that runs containers, which the recorder has"
        " not. What virt-handler writes into a VMI was played, as the virt-handler of the right node (virt-api checks"
        " that): those steps are by code, and what virt-api, virt-controller, scheduler, kubelet and kubectl make of"
        " them is witnessed. virt-handler's events were not played. What its device plugins and labeller tell of a node"
        " was played as well. A machine that runs from a PVC was not recorded, since no recorded node mounts one:"
        " `not-migratable` is by code. All of them ran for the block of lesson 06 (tests/oracle/tries)."
    )
    yield (
        "- virt-operator did not run; the recorder creates what its packages generate. KubeVirt's modules"
        " kubevirt.io/virt-template-api and virt-template-client-go 0.2.0 were not to be had when it was built, and"
        " stand-ins of ours take their place"
        " (tests/oracle/kubevirt/template): they are read for exports of VM templates alone. So does one of"
        " libguestfs.org/libnbd (tests/oracle/kubevirt/nbd), which virt-launcher needs for backups alone."
    )
    yield (
        "- The recorded nodes have no cgroups. On a node with cgroup v2 the kubelet reads the requests of a Pod that"
        " runs back from `cpu.weight`, which is coarser than millicores (pkg/kubelet/kubelet_pods.go"
        " convertToAPIPodLevelResourcesStatus): what `status.resources` holds then is not witnessed."
    )
    yield "- Names, identities, times, digests and addresses are compared by their place only."


def _row(room: str, fault: str) -> str:
    if not any((each.room, each.scenario) == (room, fault) for each in kept()):
        played = [command for _, command, inputs in STORIES if inputs.get("fault", "none") == fault]
        if room == "etcd-write" and played:
            commands = ", ".join(f"`{each}`" for each in dict.fromkeys(played))
            return f"| {fault} | what the client is told by etcd 3.7.1: {commands} | | | | | | | |"
        return f"| {fault} | {UNWITNESSED.get(room, 'by code only')} | | | | | | | |"
    found = held(room, fault)
    version = next(each.version for each in kept() if (each.room, each.scenario) == (room, fault))
    witness = f"witnessed {version}" if not wrong(room, fault) else "differs"
    numbers = " | ".join(str(found.counts.get(kind, 0)) for kind in ("requests", "bodies", "states", "events", "rows"))
    frames = f"{found.counts['frames']} of {len(story(room, fault))}"
    return f"| {fault} | {witness} | {frames} | {len(found.steps)} | {numbers} |"
