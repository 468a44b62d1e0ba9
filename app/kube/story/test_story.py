"""What the Pod stories share: YAML as kubectl prints it, its table, event counts, the template's hash."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.kube.frame import changed_lines
from app.kube.printed.pod_row import pod_row
from app.kube.story.backoff import SEEN_AFTER_S, in_go, restart_delay_s, syncs_s
from app.kube.story.cluster import IDLE, opened, watch_list_path, watch_path
from app.kube.story.crash import Crasher, sat_out
from app.kube.story.event import KINDS, Noted, described, emit
from app.kube.story.lazy import Unstored
from app.kube.story.pod import Image, bound, condition, first_status, last_end, spec_defaults, with_conditions
from app.kube.story.registry import fetch_url, image_id, image_size, index_digest, resolve_url
from app.kube.story.scene import Scene
from app.kube.story.table import Terminal, human_duration
from app.kube.story.template_hash import Version, dump_template, fnv32a, safe_encode, template_hash
from app.kube.story.yaml_text import Printer, to_yaml

# YAML

PRINTED = """\
apiVersion: v1
items: []
metadata:
  creationTimestamp: "2026-08-12T12:39:18Z"
  labels: {}
  resourceVersion: "1578"
spec:
  command:
  - sh
  - -c
  - exit 1
  containers:
  - image: nginx:1.29
    name: web
    ports:
    - containerPort: 80
      protocol: TCP
status:
  conditions:
  - lastProbeTime: null
    message: 'failed to create containerd task: failed to create shim task: OCI runtime
      create failed: runc create failed: unable to start container process: exec:
      "kube-schedulerrrr": executable file not found in $PATH: unknown'
    observedGeneration: 1
    status: "True"
  empty: ""
  hash: "7548694566"
  ip: 10.244.0.5
  ready: false"""
OBJECT = {
    "apiVersion": "v1",
    "items": [],
    "metadata": {"creationTimestamp": "2026-08-12T12:39:18Z", "labels": {}, "resourceVersion": "1578"},
    "spec": {
        "containers": [{"name": "web", "image": "nginx:1.29", "ports": [{"containerPort": 80, "protocol": "TCP"}]}],
        "command": ["sh", "-c", "exit 1"],
    },
    "status": {
        "conditions": [
            {
                "lastProbeTime": None,
                "message": "failed to create containerd task: failed to create shim task: OCI runtime"
                " create failed: runc create failed: unable to start container process: exec: "
                '"kube-schedulerrrr": executable file not found in $PATH: unknown',
                "observedGeneration": 1,
                "status": "True",
            }
        ],
        "empty": "",
        "hash": "7548694566",
        "ip": "10.244.0.5",
        "ready": False,
    },
}


def test_an_object_is_printed_as_kubectl_prints_it() -> None:
    assert to_yaml(OBJECT) == PRINTED
    assert yaml.safe_load(PRINTED) == OBJECT


_LEAVES = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text("abcT :#'\"-.,{}[]012y=&%", max_size=120)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
)


@given(value=st.dictionaries(st.text("abcd", min_size=1, max_size=4), _TREES, max_size=4))
def test_what_is_printed_reads_back(value: dict[str, Any]) -> None:
    assert yaml.safe_load(to_yaml(value) or "{}") == value


# The table

AGES = [(0, "0s"), (119, "119s"), (120, "2m"), (348, "5m48s"), (599, "9m59s"), (600, "10m"), (10800, "3h")]
AGES += [
    (11100, "3h5m"),
    (28800, "8h"),
    (172800, "2d"),
    (180000, "2d2h"),
    (86400 * 9, "9d"),
    (86400 * 800, "2y70d"),
]


@pytest.mark.parametrize(("seconds", "text"), AGES)
def test_ages_are_written_as_the_api_server_writes_them(seconds: int, text: str) -> None:
    """Cases after apimachinery v0.37 pkg/util/duration/duration_test.go."""
    assert human_duration(seconds) == text


def test_columns_grow_and_never_shrink() -> None:
    """kubectl flushes a line at a time and remembers widths: what is printed is not aligned again."""
    terminal = Terminal().row(("web", "0/1", "Pending", "0", "0s"))
    terminal = terminal.row(("web", "0/1", "ContainerCreating", "0", "0s")).row(("web", "1/1", "Running", "0", "4s"))

    assert terminal.text == (
        "NAME   READY   STATUS    RESTARTS   AGE\n"
        "web    0/1     Pending   0          0s\n"
        "web    0/1     ContainerCreating   0          0s\n"
        "web    1/1     Running             0          4s"
    )


def _pod(phase: str, states: list[dict[str, Any]], init: list[dict[str, Any]], **meta: str) -> dict[str, Any]:
    def made(state: dict[str, Any]) -> dict[str, Any]:
        return {"ready": "running" in state, "restartCount": 2, "state": state, "lastState": {}}

    status: dict[str, Any] = {"phase": phase, "containerStatuses": [made(state) for state in states]}
    if init:
        status["initContainerStatuses"] = [made(state) for state in init]
    spec: dict[str, Any] = {"containers": [{}] * len(states), "initContainers": [{}] * len(init)}
    return {"metadata": {"name": "web", **meta}, "spec": spec, "status": status}


def _ready(pod: dict[str, Any]) -> dict[str, Any]:
    return {**pod, "status": {**pod["status"], "conditions": [{"type": "Ready", "status": "True"}]}}


ENDED = {"terminated": {"exitCode": 1, "reason": "Error"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}
RUNS: dict[str, Any] = {"running": {}}


def waits(reason: str) -> dict[str, Any]:
    return {"waiting": {"reason": reason}}


COLUMNS = [
    # upstream cases in our form: pkg/printers/internalversion/printers_test.go TestPrintPod, v1.37
    ("one of two runs", _pod("Running", [RUNS, waits("ContainerCreating")], []), "1/2", "ContainerCreating"),
    ("first one decides", _pod("Running", [waits("A"), waits("B")], []), "0/2", "A"),
    ("error", _pod("Running", [ENDED], []), "0/1", "Error"),
    ("completed beside running", _pod("Running", [DONE, RUNS], []), "1/2", "NotReady"),
    ("completed beside running, Pod ready", _ready(_pod("Running", [DONE, RUNS], [])), "1/2", "Running"),
    ("completed before an error", _pod("Failed", [DONE, ENDED], []), "0/2", "Error"),
    ("completed before an error, one runs", _pod("Running", [DONE, ENDED, RUNS], []), "1/3", "Error"),
    ("completed, one waits", _pod("Running", [waits("CrashLoopBackOff"), DONE], []), "0/2", "CrashLoopBackOff"),
    ("all completed", _pod("Succeeded", [DONE, DONE], []), "0/2", "Completed"),
    (
        "init waits",
        _pod("Pending", [waits("PodInitializing")], [waits("PodInitializing")]),
        "0/1",
        "Init:0/1",
    ),
    ("init two", _pod("Pending", [waits("PodInitializing")], [DONE, RUNS]), "0/1", "Init:1/2"),
    ("init failed", _pod("Pending", [waits("PodInitializing")], [ENDED]), "0/1", "Init:Error"),
    (
        "init backs off",
        _pod("Pending", [waits("X")], [waits("CrashLoopBackOff")]),
        "0/1",
        "Init:CrashLoopBackOff",
    ),
    ("going", _pod("Running", [RUNS], [], deletionTimestamp="2026-09-14T08:30:00Z"), "1/1", "Terminating"),
]


@pytest.mark.parametrize(("pod", "ready", "status"), [case[1:] for case in COLUMNS], ids=[case[0] for case in COLUMNS])
def test_the_status_column(pod: dict[str, Any], ready: str, status: str) -> None:
    row = pod_row(pod)

    assert (row.ready_of_all, row.status) == (ready, status)


# What is printed and marked anew


def test_a_part_that_has_not_changed_is_not_printed_again() -> None:
    printer = Printer()
    spec = {"containers": [{"name": "web"}]}
    before = printer.text({"spec": spec, "status": {"phase": "Pending"}})
    spec["containers"].append({"name": "late"})  # not done in stories: it shows that the old lines are taken

    assert printer.text({"spec": spec, "status": {"phase": "Running"}}) == before.replace("Pending", "Running")


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab: -#'\"0", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(first=st.dictionaries(st.text("abc", min_size=1, max_size=3), nested, max_size=3), second=nested)
def test_one_printer_prints_what_a_new_one_prints(first: dict[str, Any], second: Any) -> None:
    printer = Printer()

    assert printer.text(first) == to_yaml(first)
    assert printer.text({**first, "x": second}) == to_yaml({**first, "x": second})


lines = st.lists(st.sampled_from("abcd"), max_size=9)


@given(old=lines, new=lines)
def test_the_lines_that_are_not_marked_stood_there_before_in_this_order(old: list[str], new: list[str]) -> None:
    marked = changed_lines("\n".join(old), "\n".join(new))
    rest = iter(old)

    assert all(line in rest for number, line in enumerate(new, 1) if number not in marked)
    assert bool(marked) <= (old != new)
    assert marked == tuple(sorted(set(marked)))


def test_only_the_line_in_the_middle_is_marked() -> None:
    assert changed_lines("a\nb\nc", "a\nB\nc") == (2,)
    assert changed_lines("a\nc", "a\nb\nc") == (2,)
    assert changed_lines("a\nb\nc", "a\nc") == ()
    assert changed_lines("", "a\nb") == (1, 2)


# Back-off

DELAYS = [(0, 0), (1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 300), (40, 300)]


@pytest.mark.parametrize(("restarts", "delay"), DELAYS)
def test_the_delay_doubles_up_to_five_minutes(restarts: int, delay: int) -> None:
    assert restart_delay_s(restarts) == delay


@pytest.mark.parametrize(("delay", "looks"), [(0, 0), (10, 1), (40, 1), (80, 2), (160, 3), (300, 5)])
def test_a_delay_is_looked_at_every_minute_and_never_cut_short(delay: int, looks: int) -> None:
    """Counted with the look that finds it over; jitter makes each minute a little longer."""
    waits = list(syncs_s(delay))

    assert len(waits) == looks
    assert all(wait <= 60 * 1.5 for wait in waits)
    assert delay == 0 or delay - SEEN_AFTER_S <= sum(waits) <= delay * 1.5


@pytest.mark.parametrize(("seconds", "text"), [(10, "10s"), (59, "59s"), (60, "1m0s"), (160, "2m40s"), (300, "5m0s")])
def test_a_duration_is_printed_as_go_does(seconds: int, text: str) -> None:
    assert in_go(seconds) == text


def _scene(pod: dict[str, Any]) -> Scene:
    return Scene(idle={}, revision=10).writing("Pod/web", pod, quietly=True)


def _crasher() -> Crasher:
    return Crasher("web", "uid-1", "10.0.0.1", "app", "nginx:1.29", "nginx@sha256:1", lambda n: f"containerd://{n}")


POD: dict[str, Any] = {
    "kind": "Pod",
    "metadata": {"name": "web", "creationTimestamp": "2026-09-14T08:30:00Z"},
    "spec": {"containers": [{"name": "app", "image": "nginx:1.29", "resources": {}}], "nodeName": "node-1"},
    "status": {"phase": "Pending"},
}


def test_how_a_container_ended_moves_from_state_to_last_state() -> None:
    who, scene = _crasher(), _scene(POD)

    scene = scene.writing("Pod/web", who.runs(scene, 0), quietly=True)
    scene = scene.writing("Pod/web", who.exited(scene, 0), quietly=True)
    ended = last_end(scene.objects["Pod/web"], "containerStatuses")
    scene = scene.writing("Pod/web", who.waits(scene, 1), quietly=True)
    (status,) = scene.objects["Pod/web"]["status"]["containerStatuses"]

    assert ended["terminated"]["exitCode"] == 1
    assert status["lastState"] == ended
    assert status["state"]["waiting"]["message"] == (
        "back-off 10s restarting failed container=app pod=web_default(uid-1)"
    )
    assert (status["restartCount"], status["started"], status["ready"]) == (1, False, False)


def test_waiting_ends_with_the_story() -> None:
    """As much of the delay as there is time for, with one event for each look."""
    who, scene = _crasher(), _scene(POD)
    scene = scene.writing("Pod/web", who.runs(scene, 0), quietly=True)
    scene = sat_out(scene.writing("Pod/web", who.exited(scene, 0), quietly=True), (who,), 6, until_s=200)

    assert scene.at_s < 200
    assert [note.count for note in scene.events] == [2]


# The first words of a kubelet


def test_a_binding_has_no_generation_and_the_kubelet_adds_it() -> None:
    pod = bound({**POD, "spec": {"containers": POD["spec"]["containers"]}}, "node-1", "2026-09-14T08:30:01Z")
    told = first_status(pod, "192.168.10.11", "2026-09-14T08:30:02Z")
    before = next(each for each in pod["status"]["conditions"] if each["type"] == "PodScheduled")
    after = next(each for each in told["status"]["conditions"] if each["type"] == "PodScheduled")

    assert "observedGeneration" not in before
    assert after["observedGeneration"] == 1
    assert after["lastTransitionTime"] == before["lastTransitionTime"]


# The cluster


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("scheduler-down", "scheduler"),
        ("kubelet-down", "kubelet"),
        ("kubelet-returns", "kubelet"),
        ("cni-missing", "cni"),
    ],
)
def test_what_is_broken_is_so_from_the_start(fault: str, name: str) -> None:
    scene = opened(Scene(idle=IDLE, revision=1), fault)

    assert {actor for actor, state in scene.idle.items() if state == "down"} == {name}
    assert scene.terminal.text == "$ kubectl get pods -w &"


def test_a_watch_is_asked_for_as_client_go_asks() -> None:
    assert watch_path("/api/v1/pods", 7, 420, "spec.nodeName=node-1") == (
        "/api/v1/pods?allowWatchBookmarks=true&fieldSelector=spec.nodeName=node-1"
        "&resourceVersion=7&timeoutSeconds=420&watch=true"
    )


def test_a_client_that_knows_nothing_yet_asks_for_what_is_there_in_the_same_watch() -> None:
    assert watch_list_path("/api/v1/pods", 478, "spec.nodeName=node-1") == (
        "/api/v1/pods?allowWatchBookmarks=true&fieldSelector=spec.nodeName=node-1"
        "&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeoutSeconds=478&watch=true"
    )


# Events


def _failures(count: int, *, alike: bool) -> tuple[Noted, ...]:
    notes: tuple[Noted, ...] = ()
    for index in range(count):
        notes = emit(notes, KINDS["pod-refused"], float(index), "ReplicaSet/x", error="no" if alike else f"no {index}")
    return notes


def test_equal_events_are_one_line_with_a_count() -> None:
    (seen,) = described(_failures(13, alike=True), 20.0)

    assert (seen.count, seen.age) == (13, "8s (x13 over 20s)")


def test_from_the_tenth_on_similar_events_share_a_line() -> None:
    seen = described(_failures(13, alike=False), 20.0)

    assert [event.count for event in seen] == [1] * 9 + [4]
    assert seen[-1].message == "(combined from similar events): Error creating: no 12"


def test_of_one_type_twenty_five_are_sent_and_one_more_every_five_minutes() -> None:
    """client-go v0.37 events_cache.go: defaultSpamBurst, defaultSpamQPS, getSpamKey with the type; counts go on."""
    notes = _failures(30, alike=True)
    other = emit(notes, KINDS["pod-created"], 30.0, "ReplicaSet/x", name="web-1")
    early = emit(other, KINDS["pod-refused"], 200.0, "ReplicaSet/x", error="no")
    late = emit(early, KINDS["pod-refused"], 299.0, "ReplicaSet/x", error="no")
    later = emit(late, KINDS["pod-refused"], 301.0, "ReplicaSet/x", error="no")

    assert [(each.count, each.age) for each in described(notes, 30.0)] == [(25, "6s (x25 over 30s)")]
    assert [(each.reason, each.count) for each in described(early, 200.0)] == [
        ("FailedCreate", 25),
        ("SuccessfulCreate", 1),
    ]
    assert described(late, 300.0)[0].count == 25
    assert [(each.reason, each.count) for each in described(later, 301.0)] == [
        ("SuccessfulCreate", 1),
        ("FailedCreate", 33),
    ]


def test_an_event_that_was_held_back_is_not_seen_before_it_is_sent() -> None:
    notes = emit(_failures(25, alike=True), KINDS["mount-failed"], 26.0, "Pod/x", volume="v", secret="s")
    held = emit(_failures(25, alike=True), KINDS["pod-refused"], 26.0, "ReplicaSet/x", error="other")

    assert [each.reason for each in described(notes, 30.0)] == ["FailedCreate", "FailedMount"]
    assert [each.message for each in described(held, 30.0)] == ["Error creating: no"]


def test_describe_lists_the_latest_last() -> None:
    notes = emit((), KINDS["pulling"], 1.0, "Pod/web", container="web", image="a")
    notes = emit(notes, KINDS["scheduled"], 2.0, "Pod/web", pod="default/web", node="n")
    notes = emit(notes, KINDS["pulling"], 3.0, "Pod/web", container="web", image="a")

    assert [event.reason for event in described(notes, 4.0)] == ["Scheduled", "Pulling"]


def test_container_events_name_their_container() -> None:
    (seen,) = described(emit((), KINDS["created"], 0.0, "Pod/web", container="web"), 0.0)

    assert seen.message == "spec.containers{web}: Container created"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_event_has_a_source(kind: Any) -> None:
    assert kind.source.startswith("kubernetes v1.")
    assert kind.type in ("Normal", "Warning")


# The scene


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    pod = {"metadata": {}, "spec": {}, "status": {"conditions": [condition("Ready", False, "then", "A")]}}

    (same,) = with_conditions(pod, condition("Ready", False, "now", "B"))["status"]["conditions"]
    (turned,) = with_conditions(pod, condition("Ready", True, "now"))["status"]["conditions"]

    assert (same["lastTransitionTime"], same["reason"]) == ("then", "B")
    assert turned["lastTransitionTime"] == "now"


def test_a_frame_marks_what_the_step_wrote() -> None:
    thing = {"kind": "Thing", "metadata": {"name": "x"}, "spec": {"a": 1}}
    scene = Scene(idle={"api": "idle"}, revision=7).carrying("Thing/x", thing).frame("send", "api")
    scene = scene.writing("Thing/x", thing).frame("store", "api").frame("rest", "api")
    sent, stored, later = (frame.objects[0] for frame in scene.frames)

    assert isinstance(sent, Unstored)
    assert not isinstance(stored, Unstored)
    assert [stored.yaml.splitlines()[line - 1] for line in stored.changed] == ['  resourceVersion: "8"']
    assert later.changed == ()


# Image names

NAMES = [
    (
        "nginx",
        "latest",
        "docker.io/library/nginx:latest",
        "https://registry-1.docker.io/v2/library/nginx/manifests/latest",
    ),
    ("team/app:2", "2", "docker.io/team/app:2", "https://registry-1.docker.io/v2/team/app/manifests/2"),
    ("ghcr.io/t/a:2", "2", "ghcr.io/t/a:2", "https://ghcr.io/v2/t/a/manifests/2"),
    ("localhost:5000/a", "latest", "localhost:5000/a:latest", "https://localhost:5000/v2/a/manifests/latest"),
    (
        "a@sha256:00",
        "",
        "docker.io/library/a@sha256:00",
        "https://registry-1.docker.io/v2/library/a/manifests/sha256:00",
    ),
]


@pytest.mark.parametrize(("name", "tag", "full", "url"), NAMES, ids=[name[0] for name in NAMES])
def test_image_names(name: str, tag: str, full: str, url: str) -> None:
    assert (Image(name).tag, Image(name).full, Image(name).manifest_url) == (tag, full, url)


# pod-template-hash


def template(label: dict[str, str], container: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"labels": label}, "spec": spec_defaults({"containers": [container]})}


NGINX = template({"app": "nginx"}, {"name": "nginx", "image": "nginx:1.14.2", "ports": [{"containerPort": 80}]})
PLAIN = template({"app": "nginx"}, {"name": "nginx", "image": "nginx"})
PORT = template({"app": "nginx"}, {"name": "nginx", "image": "nginx", "ports": [{"containerPort": 80}]})
APACHE = template(
    {"run": "php-apache"},
    {
        "name": "php-apache",
        "image": "registry.k8s.io/hpa-example",
        "ports": [{"containerPort": 80}],
        "resources": {"limits": {"cpu": "500m"}, "requests": {"cpu": "200m"}},
    },
)
HELLO = template(
    {"app": "hello-node"},
    {
        "name": "agnhost",
        "image": "registry.k8s.io/e2e-test-images/agnhost:2.53",
        "command": ["/agnhost", "netexec", "--http-port=8080"],
    },
)
CLASSIFIER = template(
    {"app": "classifier"},
    {
        "name": "classifier",
        "image": "classifier-k8s:latest",
        "imagePullPolicy": "Never",
        "ports": [{"containerPort": 7860}],
    },
)
_WEB: dict[str, Any] = {"name": "web", "image": "nginx:1.29", "ports": [{"containerPort": 80}]}
_MUCH = {"memory": "128Mi"}
MEMORY = template({"app": "web"}, {**_WEB, "resources": {"limits": _MUCH, "requests": _MUCH}})
PROBE = template({"app": "web"}, {**_WEB, "readinessProbe": {"httpGet": {"path": "/ready", "port": 80}}})
# Names of ReplicaSets as real clusters of these versions printed them, for the manifests of the Kubernetes
# documentation (nginx-deployment, php-apache, hello-node), `kubectl create deployment nginx` and others.
PUBLISHED: list[tuple[str, dict[str, Any], Version, str]] = [
    ("nginx-deployment", NGINX, "1.33", "647677fc66"),
    ("nginx-deployment", NGINX, "1.34", "bf744486c"),
    ("nginx-deployment", NGINX, "1.35", "77bc6bd484"),
    ("nginx-deployment", NGINX, "1.37", "54fd4d6d4c"),
    ("create-deployment", PLAIN, "1.35", "56c45fd5ff"),
    ("create-deployment", PLAIN, "1.36", "7f8fbb96d"),
    ("create-deployment", PLAIN, "1.37", "69b9cdbbdd"),
    ("create-with-port", PORT, "1.36", "5cf8dc6bc5"),
    ("php-apache", APACHE, "1.33", "6487c65df8"),
    ("php-apache", APACHE, "1.34", "6f9b6b7987"),
    ("php-apache", APACHE, "1.35", "7ff755b4cb"),
    ("hello-node", HELLO, "1.34", "6c9b5f4b59"),
    ("classifier", CLASSIFIER, "1.34", "68964c45b4"),
    ("recorded-memory", MEMORY, "1.37", "65ddf9f459"),
    ("recorded-probe", PROBE, "1.37", "67864b9b7c"),
]


@pytest.mark.parametrize(
    ("made", "version", "expected"),
    [case[1:] for case in PUBLISHED],
    ids=[f"{c[0]}-{c[2]}" for c in PUBLISHED],
)
def test_the_hash_is_the_one_that_clusters_print(made: dict[str, Any], version: Version, expected: str) -> None:
    assert template_hash(made, version) == expected


def test_a_collision_changes_the_hash() -> None:
    """collisionCount is a pointer: absent and 0 are not the same."""
    hashes = {template_hash(PLAIN, "1.37", count) for count in (None, 0, 1, 2)}

    assert len(hashes) == 4


@pytest.mark.parametrize(("text", "value"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)])
def test_fnv_32a(text: str, value: int) -> None:
    """Test vectors of the FNV draft (isthe.com/chongo/tech/comp/fnv)."""
    assert fnv32a(text.encode()) == value


def test_digits_become_safe_letters() -> None:
    assert safe_encode("0123456789") == "456789bcdf"


def test_the_dump_names_every_field_with_its_type() -> None:
    dump = dump_template(PLAIN, "1.37")

    assert dump.startswith("(v1.PodTemplateSpec){ObjectMeta:(v1.ObjectMeta){Name:(string) GenerateName:(string) ")
    assert "Labels:(map[string]string)map[app:nginx] " in dump
    assert "LivenessProbe:(*v1.Probe)<nil> " in dump
    assert "TerminationGracePeriodSeconds:(*int64)30 " in dump
    assert dump.endswith("EvictionResponders:([]v1.EvictionResponder)<nil>}}")


@pytest.mark.parametrize("image", ["nginx:1.29", "ghcr.io/t/a:2", "a", f"a@sha256:{'0' * 64}"])
def test_the_registry_is_asked_by_tag_and_then_by_digest(image: str) -> None:
    digest = index_digest(image)

    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    assert resolve_url(image).endswith(f"/manifests/{Image(image).digest or Image(image).tag}")
    assert fetch_url(image) == resolve_url(image).rpartition("/")[0] + f"/{digest}"
    assert image_id(image) == f"{Image(image).repository}@{digest}"
    assert 1_000_000 < int(image_size(image)) < 80_000_000
