"""Pastes that nobody's terminal printed: wrong types, times at the edge, numbers without end, text that takes long.

Whatever is pasted, there is a story or a refusal, soon, and of bounded length.
"""

import json
from collections.abc import Callable
from math import gcd
from typing import Any

import pytest
import yaml

from app.kube.refusal import Refusal
from app.kube.transcript.age import iso, later, read_age, read_time
from app.widgetkit.contract import TEXT_LIMIT
from app.widgets.pod_story.widget import SHOWN_LINES, Inputs, Outcome, run
from tests.bend import bent, paths_of
from tests.soon import soon


def answered(text: str, **inputs: str) -> Outcome | Refusal:
    """What the room says; any other exception is a fault of ours."""
    try:
        return run(Inputs(text=text, **inputs))
    except Refusal as refusal:
        return refusal


# --- wrong types --------------------------------------------------------------------------------------------------

STATUS: dict[str, Any] = {
    "name": "app",
    "image": "registry.example/shop/app:1",
    "ready": False,
    "started": False,
    "restartCount": 3,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container=app"}},
    "lastState": {
        "terminated": {
            "exitCode": 1,
            "signal": 0,
            "reason": "Error",
            "message": "x",
            "startedAt": "2026-09-14T08:33:11Z",
            "finishedAt": "2026-09-14T08:33:12Z",
        }
    },
}
PROBE = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 10}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web-0",
        "namespace": "shop",
        "labels": {"app": "web"},
        "creationTimestamp": "2026-09-14T08:30:00Z",
        "deletionTimestamp": "2026-09-14T08:35:00Z",
        "deletionGracePeriodSeconds": 30,
        "finalizers": ["example.com/hold"],
        "ownerReferences": [{"kind": "StatefulSet", "name": "web"}],
    },
    "spec": {
        "nodeName": "node-1",
        "schedulerName": "default-scheduler",
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "schedulingGates": [{"name": "example.com/gate"}],
        "readinessGates": [{"conditionType": "example.com/ready"}],
        "initContainers": [{"name": "first", "restartPolicy": "Always"}],
        "containers": [
            {
                "name": "app",
                "image": "registry.example/shop/app:1",
                "resources": {"limits": {"memory": "64Mi"}},
                "livenessProbe": PROBE,
                "readinessProbe": PROBE,
                "startupProbe": PROBE,
            }
        ],
    },
    "status": {
        "phase": "Running",
        "reason": "",
        "message": "",
        "conditions": [
            {
                "type": "Ready",
                "status": "False",
                "reason": "ContainersNotReady",
                "message": "containers with unready status: [app]",
                "lastTransitionTime": "2026-09-14T08:33:12Z",
            }
        ],
        "initContainerStatuses": [{**STATUS, "name": "first", "state": {"terminated": {"exitCode": 0}}}],
        "containerStatuses": [STATUS],
    },
}
EVENT = {
    "apiVersion": "v1",
    "kind": "Event",
    "type": "Warning",
    "reason": "BackOff",
    "message": "Back-off restarting failed container app",
    "count": 4,
    "lastTimestamp": "2026-09-14T08:33:20Z",
    "firstTimestamp": "2026-09-14T08:31:20Z",
    "eventTime": "2026-09-14T08:31:20.000000Z",
    "series": {"count": 4, "lastObservedTime": "2026-09-14T08:33:20.000000Z"},
    "source": {"component": "kubelet"},
    "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-0", "fieldPath": "spec.containers{app}"},
}
NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node-1"},
    "spec": {"unschedulable": True, "taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]},
    "status": {
        "capacity": {"memory": "16Gi"},
        "conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "x"}],
    },
}
OWNER = {
    "apiVersion": "apps/v1",
    "kind": "ReplicaSet",
    "metadata": {"name": "web", "generation": 2},
    "spec": {"paused": True, "selector": {"app": "web"}},
    "status": {
        "phase": "Pending",
        "observedGeneration": 1,
        "conditions": [
            {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}
        ],
    },
}
AUDIT = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "verb": "create",
    "stageTimestamp": "2026-09-14T08:33:20.000000Z",
    "user": {"username": "bob"},
    "objectRef": {"resource": "pods", "name": "web-0", "subresource": "binding"},
    "responseStatus": {"code": 201, "message": "x", "reason": "x"},
}
DUMPS: dict[str, dict[str, Any]] = {
    "Pod": POD,
    "Event": EVENT,
    "Node": NODE,
    **{
        kind: {**OWNER, "kind": kind}
        for kind in ("ReplicaSet", "Deployment", "Service", "PersistentVolumeClaim", "Endpoints")
    },
    "audit": AUDIT,
    "index": {"manifests": [{"digest": "sha256:0", "platform": {"architecture": "arm64", "os": "linux"}}]},
    "refusal": {"kind": "Status", "status": "Failure", "message": 'pods "x" is forbidden', "reason": "Forbidden"},
    "statuses": {"containerStatuses": [STATUS]},
    "state": STATUS["lastState"],
}
WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**400,
    "",
    "x",
    [],
    [None],
    ["x"],
    [[]],
    {},
    {"a": None},
    {"a": []},
)
STRIDE = 5  # of all pairs of a place and a wrong type, so many apart are tried


def as_yaml(thing: Any) -> str:
    return yaml.safe_dump(thing)


@pytest.mark.parametrize("write", [json.dumps, as_yaml], ids=["json", "yaml"])
@pytest.mark.parametrize("kind", DUMPS)
def test_a_wrong_type_anywhere_is_no_fault(kind: str, write: Callable[[Any], str]) -> None:
    """Every place of a dump is bent, each to some of the wrong types by turns, alone and with the Pod beside it."""
    whole = DUMPS[kind]
    bends = [(path, put) for path in paths_of(whole) for put in WRONG]
    assert gcd(len(WRONG), STRIDE) == 1
    for turn, (path, put) in enumerate(bends[:: STRIDE if write is json.dumps else 3 * STRIDE + 1]):
        thing = bent(whole, path, put)
        is_beside = kind != "Pod" and write is json.dumps and turn % 2
        answered(write({"kind": "List", "items": [POD, thing]} if is_beside else thing))


# --- times and numbers ----------------------------------------------------------------------------------------------

EDGES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "0000-00-00T00:00:00Z",
    "2026-02-30T25:61:61Z",
    "Mon, 01 Jan 0001 00:00:00 +1400",
    "Fri, 31 Dec 9999 23:59:59 -1400",
    "Fri, 31 Dec 9999 23:59:59 +9999",
    "0001年1月1日 00:00:00 +1400",
    "9999年12月31日 23:59:59 -1400",
    "9" * 5000,
    "２０２６-01-01T00:00:00Z",
)
AGES = ("9" * 400 + "s", "9" * 5000 + "d", "1d" * 5000, "9" * 12 + "y", "1.5.5s", "<unknown>", "-5s")


@pytest.mark.parametrize("text", EDGES)
def test_a_time_at_the_edge_is_read_or_none(text: str) -> None:
    found = read_time(text)

    assert read_time(iso(found)) == (found and found.replace(microsecond=0))
    assert later(found, 1e15) is None


@pytest.mark.parametrize("text", EDGES)
def test_a_time_at_the_edge_is_no_fault_anywhere(text: str) -> None:
    for dump in (POD, EVENT, AUDIT):
        for path in paths_of(dump):
            last = str(path[-1]) if path else ""
            if last.endswith(("At", "Time", "Timestamp")):
                answered(json.dumps({"kind": "List", "items": [POD, bent(dump, path, text)]}))
                answered(json.dumps({"kind": "List", "items": [POD, EVENT, bent(dump, path, text)]}), now=EDGES[2])
    described = (
        f"Name: web-0\nNamespace: shop\nStart Time: {text}\nStatus: Terminating (lasts {text})\nContainers:\n  app:\n"
        f"    State: Waiting\n      Reason: CrashLoopBackOff\n      Message: back-off 5m0s restarting failed\n"
        f"    Last State: Terminated\n      Reason: Error\n      Exit Code: 1\n"
        f"      Started: {text}\n      Finished: {text}\n"
    )
    answered(described)
    answered(described, now="2026-09-14T08:33:20Z")
    assert not isinstance(answered(described), Refusal)
    answered(described.replace(text, "2026-09-14T08:33:20Z"), now=text[:60])


@pytest.mark.parametrize("text", AGES)
def test_an_age_without_end_is_no_fault(text: str) -> None:
    seconds = read_age(text)

    assert seconds is None or seconds < 1e20
    for row in (
        f"LAST SEEN TYPE REASON OBJECT MESSAGE\n{text} Warning BackOff pod/web-0 Back-off restarting failed container",
        f"NAME READY STATUS RESTARTS AGE\nweb-0 0/1 CrashLoopBackOff 5 ({text} ago) {text}",
        f"Name: web-0\nNamespace: shop\nStatus: Terminating (lasts {text})\nTermination Grace Period: {text}\n",
        f"Events:\n  Warning BackOff {text} (x9 over {text}) kubelet Back-off restarting failed container",
    ):
        answered(row)


@pytest.mark.parametrize("number", ["9" * 20, "9" * 400, "9" * 5000, "²", "٣", "-0", "1e400", "0x10"])
def test_a_number_without_end_is_no_fault(number: str) -> None:
    for text in (
        f"NAME READY STATUS RESTARTS AGE\nweb-0 {number}/{number} CrashLoopBackOff {number} 5m",
        f"Name: web-0\nNamespace: shop\nContainers:\n  app:\n    Restart Count: {number}\n    State: Terminated\n"
        f"      Exit Code: {number}\n      Signal: {number}\n      Reason: Error\n",
        f"5s (x{number} over 5m) Warning BackOff pod/web-0 Back-off restarting failed container",
        f"back-off {number}m{number}s restarting failed container",
        json.dumps(POD).replace("40s", f"{number}m{number}s"),
        json.dumps(POD).replace('"restartCount": 3', f'"restartCount": {number}'),
        as_yaml(POD).replace("restartCount: 3", f"restartCount: {number}"),
        f"0/{number} nodes are available: {number} Insufficient cpu.",
        "\n".join(f"{number}: line" for _ in range(5)),
    ):
        answered(text)


# --- time and length ------------------------------------------------------------------------------------------------

SIZE = 1 << 17
UNITS = (
    *(
        "eyJ",
        "1 ",
        "a ",
        "A",
        "a.",
        "a-",
        "a/",
        "- ",
        "> ",
        "| ",
        "> | ",
        "$ ",
        "\n",
        " ",
        "\t",
        "{",
        "[",
        '{"a":',
        "\\n",
    ),
    *('"', "'", "password:", "password=", "password: a1 ", '"password":"a",', "--password ", "redis-cli -a ", "token "),
    *(
        "name:'",
        "{name: A_KEY, value: x ",
        "data: {a: b ",
        "a://b:c@",
        "@sha256:",
        "login a password ",
        "<a>b",
        "&amp;",
    ),
    *(
        "5s ",
        "5s Warning ",
        "1d1h",
        "Normal ",
        "a-controller",
        "Normal Abc a/",
        "\x1b[",
        "\x1b]",
        "+-",
        "|-",
        "\u2500|",
    ),
    *("9", "x509 pull image ", "-----BEGIN PRIVATE KEY-----", "0/1 nodes are available: ", "kubectl get ", "00:00:00 "),
    *(
        "2026-01-01T00:00:00Z ",
        "Name: ",
        "a: ",
        "a=",
        "spec.a{",
        "(x1 over ",
        "Back-off ",
        'image"',
        "\u4e00",
        "\ufeff",
    ),
)
LINES = (
    "a 0/1 CrashLoopBackOff 5 1m",
    "a{n} 0/1 CrashLoopBackOff 5 1m",
    "n{n} a 0/1 CrashLoopBackOff 5 1m",
    "n{n} NotReady worker 5d v1.35.0",
    "5s Warning BackOff pod/a{n} Back-off restarting",
    "5s Warning BackOff pod/a Back-off restarting {n}",
    "Normal Scheduled 5s default-scheduler Successfully assigned a/b{n} to c",
    "Name: a{n}\nNamespace: x\nStatus: Pending\nContainers:\n  a:\n    State: Waiting",
    "$ kubectl describe pod a{n}\nStatus: Pending",
    "$ kubectl logs a{n}\nERROR x",
    "Error from server: x\n",
    "kind: Secret\ndata:",
    "stringData:\n a: b",
    "name: DB_PASS\nvalue: |",
    "kind: Pod\n---",
    '{"kind":"Pod"}',
    '{"kind":"Pod","metadata":{"name":"a{n}"},',
    "- kind: Pod\n  metadata:\n    name: x{n}\n  status:\n    phase: Pending",
    "  - a: b",
    "managedFields:\n  a: b",
    "Out of memory: Killed process {n}",
    '{"kind":"Event","apiVersion":"audit.k8s.io/v1","verb":"create","objectRef":{"resource":"pods"}}',
    "persistentvolumeclaim/a{n} Pending",
)
HEADS = (
    "",
    "NAME READY STATUS RESTARTS AGE\n",
    "LAST SEEN TYPE REASON OBJECT MESSAGE\n",
    "items:\n",
    "Name: a\nNamespace: b\nContainers:\n  c:\n    State: Waiting\n",
)
MANY = {
    "containers": {
        "kind": "Pod",
        "metadata": {"name": "a"},
        "status": {"containerStatuses": [{**STATUS, "name": f"c{n}"} for n in range(900)]},
    },
    "conditions": {
        "kind": "Pod",
        "metadata": {"name": "a"},
        "status": {"conditions": [{"type": f"c{n}", "status": "False", "message": "m"} for n in range(4000)]},
    },
    "pods": {
        "kind": "List",
        "items": [{"kind": "Pod", "metadata": {"name": f"a{n}"}, "status": {"phase": "Pending"}} for n in range(3000)],
    },
    "events": {"kind": "List", "items": [{**EVENT, "message": f"m{n} " * 100} for n in range(300)]},
}
CPU_S = 3.0
"""For 256 KiB; what goes line against line takes minutes."""
LONGEST_ANSWER = 3 << 19


def _soon(text: str) -> None:
    outcome = soon(lambda: answered(text), CPU_S, repr(text[:80]))

    if isinstance(outcome, Outcome):
        assert len(outcome.pasted) <= SHOWN_LINES + 12
        assert len(outcome.recognised) <= 60
        assert len(outcome.containers) <= 60
        assert len(outcome.conditions) <= 60
        assert len(outcome.frames) <= 60
        assert len(repr(outcome)) < LONGEST_ANSWER


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_one_line_of_anything_is_answered_soon(unit: str) -> None:
    for head in ("", "5s Warning BackOff pod/a ", "$ kubectl logs a\n"):
        _soon(head + unit * (SIZE // len(unit)))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_many_lines_of_anything_are_answered_soon(line: str) -> None:
    """Behind every second heading, and none."""
    many = "\n".join(line.replace("{n}", str(n)) for n in range(SIZE // (len(line) + 4)))
    for head in HEADS[len(line) % 2 :: 2]:
        _soon(head + many)


@pytest.mark.parametrize("name", MANY)
def test_an_object_with_many_of_anything_is_answered_soon(name: str) -> None:
    _soon(json.dumps(MANY[name]))
    _soon(json.dumps(MANY[name], indent=1)[:TEXT_LIMIT])


def test_what_was_left_out_is_counted() -> None:
    outcome = answered(json.dumps(MANY["containers"]))

    assert isinstance(outcome, Outcome)
    assert len(outcome.containers) == 60
    assert outcome.left_out == 840
