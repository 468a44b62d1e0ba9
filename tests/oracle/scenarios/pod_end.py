"""How a Pod ends: deleted, scaled away, drained, evicted, killed by its probe; with hooks, grace and a budget."""

import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.oracle.plane import Plane, wait_for
from tests.oracle.scenario import IMAGE, Recorder, Scenario, file_of
from tests.oracle.scenarios.pod_birth import NGINX, SERVES, runtime

NEWER = "nginx:1.30"
SHUTS_DOWN = {**SERVES, "term_ms": 3000, "term_code": 0}
IGNORES = {**SERVES, "ignores_term": True}
DIES_OF_TERM = {**SERVES, "term_ms": 100, "term_code": 143}


def pod(name: str = "web", *, labels: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": "web",
        "image": IMAGE,
        "ports": [{"containerPort": 80}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2},
    }
    container.update(spec.pop("container", {}))
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": dict(labels or {"app": "web"})},
        "spec": {"terminationGracePeriodSeconds": 10, "containers": [container], **spec},
    }


def deployment(replicas: int, **spec: Any) -> dict[str, Any]:
    template = pod(**spec)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": template["spec"]},
        },
    }


def _runs(script: Mapping[str, Any], made: Mapping[str, Any], replicas: int = 1) -> Callable[[Recorder], None]:
    def before(recorder: Recorder) -> None:
        recorder.play(script)
        printed = recorder.plane.kubectl("create", "-f", str(file_of(recorder.folder, "web.yaml", made)))
        if printed.status:
            raise RuntimeError(printed.text)
        wait_for("the Pods are ready", lambda: _ready(recorder.plane) >= replicas, 90)

    return before


def _ready(plane: Plane) -> int:
    items = plane.get("/api/v1/namespaces/default/pods")["items"]
    return sum(
        any(each["type"] == "Ready" and each["status"] == "True" for each in item["status"].get("conditions", ()))
        for item in items
    )


def _gone(plane: Plane, name: str = "web") -> bool:
    return plane.get(f"/api/v1/namespaces/default/pods/{name}") is None


def _delete(*more: str) -> Callable[[Recorder, str], None]:
    def act(recorder: Recorder, name: str) -> None:
        recorder.tape.follow("get", "endpointslices", "-w")
        recorder.tape.follow("delete", "pod", "web", *more)
        wait_for("web is gone", lambda: _gone(recorder.plane), 60)
        time.sleep(1)

    return act


def _scale(recorder: Recorder, name: str) -> None:
    recorder.tape.run("scale", "deployment/web", "--replicas=1")
    wait_for("one Pod is left", lambda: len(recorder.plane.get("/api/v1/namespaces/default/pods")["items"]) == 1, 60)
    time.sleep(1)


def _drain(recorder: Recorder, name: str) -> None:
    for number in (1, 2):
        recorder.tape.run("drain", f"node-{number}", "--ignore-daemonsets", "--timeout=25s", seconds=60)
        recorder.tape.run("uncordon", f"node-{number}")
    time.sleep(1)


def _rolling_update(recorder: Recorder, name: str) -> None:
    recorder.tape.run("set", "image", "deployment/web", f"web={NEWER}")
    recorder.tape.follow("rollout", "status", "deployment/web")
    wait_for("the new Pod alone is left", lambda: _images(recorder.plane) == [NEWER], 90)
    time.sleep(1)


def _one_on_node_1(recorder: Recorder) -> None:
    """The Pod that will end runs on node-1; the one that takes its place goes to node-2."""
    plane = recorder.plane
    plane.kubectl("cordon", "node-2")
    _runs({**runtime(SHUTS_DOWN), "images": _IMAGES}, deployment(1))(recorder)
    plane.kubectl("uncordon", "node-2")
    plane.kubectl("cordon", "node-1")
    time.sleep(2)


def _node_1_again(recorder: Recorder) -> None:
    recorder.plane.kubectl("uncordon", "node-1")


def _images(plane: Plane) -> list[str]:
    items = plane.get("/api/v1/namespaces/default/pods")["items"]
    return [item["spec"]["containers"][0]["image"] for item in items]


def _on_a_silent_node(recorder: Recorder) -> None:
    """The Pod runs on node-1, and its kubelet has been silent long enough for the node to be Unknown."""
    plane = recorder.plane
    _runs(runtime(SHUTS_DOWN), pod(nodeName="node-1"))(recorder)
    plane.stop("node-1")
    wait_for("node-1 is given up", lambda: not plane.is_usable("node-1"), 120, 1)
    time.sleep(60)


def _node_gone(recorder: Recorder, name: str) -> None:
    recorder.tape.follow("get", "endpointslices", "-w")
    recorder.tape.follow("delete", "pod", "web")
    time.sleep(60)
    recorder.tape.run("delete", "pod", "web", "--force")
    wait_for("web is gone", lambda: _gone(recorder.plane), 60)
    time.sleep(2)


def _on_a_node_with_locks(recorder: Recorder) -> None:
    """The Pod runs on node-1, whose kubelet asks logind for 60 s, of which 10 s are for critical Pods."""
    plane = recorder.plane
    plane.stop("node-1")
    plane.start_logind()
    plane.start_kubelet(1, more=("--shutdown=60s", "--shutdown-critical=10s"))
    wait_for("node-1", lambda: plane.is_usable("node-1"), 120, 1)
    _runs(runtime(SHUTS_DOWN), pod(nodeName="node-1"))(recorder)


def _node_shutdown(recorder: Recorder, name: str) -> None:
    plane = recorder.plane
    recorder.tape.follow("get", "endpointslices", "-w")
    plane.signal("logind", signal.SIGUSR1)
    recorder.tape.note("logind announced the shutdown of node-1")
    wait_for("all locks are released", lambda: not plane.is_running("logind"), 70)
    plane.stop("node-1", signal.SIGKILL)
    recorder.tape.note("node-1 is off")
    time.sleep(5)
    recorder.tape.run("get", "pod", "web", "-o", "yaml")


def _node_with_locks_again(recorder: Recorder) -> None:
    for name in ("logind", "dbus"):
        recorder.plane.stop(name)
    recorder.plane.bus.unlink(missing_ok=True)
    recorder.bring_back_node_1()


KIB, GIB = 1 << 10, 1 << 30
NODE_MEMORY = 8 * GIB
LEFT = 92_964 * KIB  # less than the 100Mi at which a kubelet evicts by default


def _with_memory(node: int, container: int) -> dict[str, Any]:
    """A runtime on a machine that uses so many bytes of its memory, and its container `web` so many of those."""
    made = {**runtime(SHUTS_DOWN), "images": _IMAGES, "node_memory": node}
    made["containers"]["web"]["memory"] = container
    return made


def _using_more_than_it_asked_for(recorder: Recorder) -> None:
    """Two Pods of a Deployment, one a node; what takes the place of the one on node-1 goes to node-2."""
    asks = {"resources": {"requests": {"memory": "64Mi"}}}
    _runs(_with_memory(5 * GIB, 822_276 * KIB), deployment(2, container=asks), 2)(recorder)
    recorder.plane.kubectl("cordon", "node-1")
    time.sleep(2)


def _memory_runs_out(recorder: Recorder, name: str) -> None:
    plane = recorder.plane
    recorder.tape.follow("get", "endpointslices", "-w")
    plane.play(1, _with_memory(NODE_MEMORY - LEFT, 822_276 * KIB))
    recorder.tape.note("92964Ki of node-1 are left")
    wait_for("a Pod has failed", lambda: _phases(plane).count("Failed") == 1, 60)
    plane.play(1, _with_memory(5 * GIB, 0))
    time.sleep(15)
    recorder.tape.run("get", "pods", "-o", "yaml")
    recorder.tape.run("describe", "node", "node-1")


def _phases(plane: Plane) -> list[str]:
    return [each["status"]["phase"] for each in plane.get("/api/v1/namespaces/default/pods")["items"]]


def _node_1_has_memory_again(recorder: Recorder) -> None:
    """After the transition period of five minutes; a new kubelet knows nothing of the pressure."""
    plane = recorder.plane
    plane.stop("node-1")
    plane.play(1, runtime())
    plane.kubectl("uncordon", "node-1")
    recorder.bring_back_node_1()


def _with_budget(before: Callable[[Recorder], None], minimum: int) -> Callable[[Recorder], None]:
    def act(recorder: Recorder) -> None:
        before(recorder)
        recorder.plane.kubectl("create", "pdb", "web", "--selector=app=web", f"--min-available={minimum}")
        wait_for("the budget is counted", lambda: _is_counted(recorder.plane))

    return act


def _is_counted(plane: Plane) -> bool:
    found = plane.get("/apis/policy/v1/namespaces/default/poddisruptionbudgets/web") or {}
    return found.get("status", {}).get("observedGeneration", 0) > 0


def _for(seconds: float) -> Callable[[Recorder, str], None]:
    def act(recorder: Recorder, name: str) -> None:
        time.sleep(seconds)

    return act


def _finalizer(recorder: Recorder, name: str) -> None:
    recorder.tape.follow("delete", "pod", "web", "--wait=false")
    time.sleep(15)
    recorder.tape.run("get", "pod", "web", "-o", "yaml")
    recorder.tape.run("patch", "pod", "web", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    time.sleep(2)


def _sleep(seconds: int) -> dict[str, Any]:
    return {"lifecycle": {"preStop": {"sleep": {"seconds": seconds}}}}


_FINALIZED = pod()
_FINALIZED["metadata"]["finalizers"] = ["example.com/keep"]
_SIDECAR = [{"name": "proxy", "image": IMAGE, "restartPolicy": "Always"}]
_LIVENESS = {"livenessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2, "failureThreshold": 3}}
_HANGS = {
    "listens": [{"port": 80, "from_ms": 0, "answers": [{"status": 200}, {"from_ms": 12000, "status": 500}]}],
    "term_ms": 1000,
    "term_code": 0,
}
_STARTUP = {"startupProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2, "failureThreshold": 4}}
_SLOW = {"listens": [{"port": 80, "from_ms": 60000}], "term_ms": 100, "term_code": 143}
_EXEC = {"livenessProbe": {"exec": {"command": ["check"]}, "periodSeconds": 2, "timeoutSeconds": 1}}
_HOOK_FAILS = {"lifecycle": {"preStop": {"exec": {"command": ["flush"]}}}}
_POST_START_FAILS = {"lifecycle": {"postStart": {"exec": {"command": ["warm"]}}}}


_IMAGES = {**runtime()["images"], NEWER: NGINX}


def _exec(**answer: Any) -> dict[str, Any]:
    made = runtime(SHUTS_DOWN)
    made["containers"]["web"]["exec"] = {"*": answer}
    return made


SCENARIOS = (
    Scenario("pod-end", "delete", _delete(), before=_runs(runtime(SHUTS_DOWN), pod())),
    Scenario("pod-end", "delete-ignores-term", _delete(), before=_runs(runtime(IGNORES), pod())),
    Scenario("pod-end", "delete-dies-of-term", _delete(), before=_runs(runtime(DIES_OF_TERM), pod())),
    Scenario("pod-end", "delete-now", _delete("--now"), before=_runs(runtime(SHUTS_DOWN), pod())),
    Scenario("pod-end", "delete-force", _delete("--force"), before=_runs(runtime(SHUTS_DOWN), pod())),
    Scenario("pod-end", "pre-stop-sleep", _delete(), before=_runs(runtime(SHUTS_DOWN), pod(container=_sleep(4)))),
    Scenario("pod-end", "pre-stop-too-long", _delete(), before=_runs(runtime(SHUTS_DOWN), pod(container=_sleep(10)))),
    Scenario(
        "pod-end",
        "pre-stop-fails",
        _delete(),
        before=_runs(_exec(exit_code=1, stdout="no"), pod(container=_HOOK_FAILS)),
    ),
    Scenario("pod-end", "sidecar", _delete(), before=_runs(runtime(SHUTS_DOWN), pod(initContainers=_SIDECAR))),
    Scenario("pod-end", "finalizer", _finalizer, before=_runs(runtime(SHUTS_DOWN), _FINALIZED)),
    Scenario("pod-end", "scale-down", _scale, before=_runs(runtime(SHUTS_DOWN), deployment(3), 3)),
    Scenario(
        "pod-end",
        "rolling-update",
        _rolling_update,
        before=_one_on_node_1,
        after=_node_1_again,
    ),
    Scenario("pod-end", "node-gone", _node_gone, before=_on_a_silent_node, after=Recorder.bring_back_node_1),
    Scenario("pod-end", "node-shutdown", _node_shutdown, before=_on_a_node_with_locks, after=_node_with_locks_again),
    Scenario(
        "pod-end",
        "eviction",
        _memory_runs_out,
        before=_using_more_than_it_asked_for,
        after=_node_1_has_memory_again,
    ),
    Scenario("pod-end", "drain", _drain, before=_runs(runtime(SHUTS_DOWN), deployment(2), 2)),
    Scenario("pod-end", "drain-budget", _drain, before=_with_budget(_runs(runtime(SHUTS_DOWN), deployment(2), 2), 2)),
    Scenario("pod-end", "liveness-kills", _for(40), before=_runs(runtime(_HANGS), pod(container=_LIVENESS))),
    Scenario("pod-end", "startup-fails", _for(30), before=lambda recorder: _unready(recorder)),
    Scenario("pod-end", "liveness-exec-times-out", _for(25), before=_runs(_exec(ms=1500), pod(container=_EXEC), 0)),
    Scenario(
        "pod-end", "post-start-fails", _for(25), before=_runs(_exec(exit_code=1), pod(container=_POST_START_FAILS), 0)
    ),
)


def _unready(recorder: Recorder) -> None:
    _runs(runtime(_SLOW), pod(container=_STARTUP), 0)(recorder)
