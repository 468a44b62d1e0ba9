"""A Deployment is created, and changed: the model's own manifests on a cluster of two nodes for Pods."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from app.widgets.deployment_birth import cast
from tests.oracle.plane import KUBERNETES, Plane, wait_for
from tests.oracle.scenario import IMAGE, Recorder, Scenario, create, file_of
from tests.oracle.scenarios.pod_birth import CNI_MISSING, CRASHES, NGINX, NO_SUCH_TAG, SERVES, runtime

VERSION = ".".join(KUBERNETES.split(".")[:2])
PROGRESS_DEADLINE_S = 600
UNREADY = {"listens": [{"port": 80, "from_ms": 0, "answers": [{"status": 503}]}]}


def _manifest(fault: str) -> Mapping[str, Any]:
    image = "nginx:1.92" if fault == "image-missing" else IMAGE
    return cast.plan(3, image, VERSION, fault).manifest


def _create(recorder: Recorder, fault: str) -> None:
    recorder.tape.follow("get", "deployments", "-w")
    recorder.tape.follow("get", "replicasets", "-w")
    create(recorder, file_of(recorder.folder, "web.yaml", _manifest(fault)))


def _deployment(plane: Plane) -> Mapping[str, Any]:
    return plane.get("/apis/apps/v1/namespaces/default/deployments/web") or {}


def is_complete(plane: Plane) -> bool:
    found = _deployment(plane)
    status, wanted = found.get("status", {}), found.get("spec", {}).get("replicas")
    seen = status.get("observedGeneration") == found.get("metadata", {}).get("generation")
    return seen and all(status.get(name) == wanted for name in ("replicas", "updatedReplicas", "availableReplicas"))


def _complete(recorder: Recorder) -> None:
    wait_for("the Deployment is complete", lambda: is_complete(recorder.plane), 120)
    time.sleep(2)


def _good(recorder: Recorder, fault: str) -> None:
    recorder.play(runtime())
    _create(recorder, fault)
    recorder.tape.follow("rollout", "status", "deployment/web")
    _complete(recorder)


def _for(seconds: float, script: Mapping[str, Any] | None = None) -> Callable[[Recorder, str], None]:
    def act(recorder: Recorder, fault: str) -> None:
        recorder.play(script or runtime())
        _create(recorder, fault)
        recorder.tape.follow("rollout", "status", "deployment/web")
        time.sleep(seconds)

    return act


def _denied(recorder: Recorder, fault: str) -> None:
    recorder.webhook(allowed=False, message="container web: runAsNonRoot must be true")
    _for(45)(recorder, fault)


def _quota(recorder: Recorder, fault: str) -> None:
    recorder.plane.kubectl("create", "quota", "team", "--hard=pods=0")
    time.sleep(2)
    _for(45)(recorder, fault)


def _without(program: str, seconds: float) -> Callable[[Recorder, str], None]:
    def act(recorder: Recorder, fault: str) -> None:
        plane = recorder.plane
        plane.stop(program)
        recorder.tape.note(f"{program} stopped")
        _for(seconds)(recorder, fault)

    return act


def _no_quorum(recorder: Recorder, fault: str) -> None:
    recorder.lose_quorum()
    _create(recorder, fault)
    time.sleep(1)


def _kubelet_down(recorder: Recorder, fault: str) -> None:
    """Its Pods on node-1 are given up after 40 to 50 s of silence and 300 s of tolerance, and replaced on node-2."""
    recorder.play(runtime())
    recorder.plane.stop("node-1")
    recorder.tape.note("kubelet of node-1 stopped")
    _create(recorder, fault)
    wait_for("the Deployment is complete", lambda: is_complete(recorder.plane), 500, 1)
    time.sleep(5)


def _two_for_node_1(recorder: Recorder) -> None:
    """A little more is asked of node-2 than one replica does, so that node-1 gets two of three."""
    recorder.busy_node_2("300m")
    time.sleep(5)


def _again(recorder: Recorder) -> None:
    """Everybody runs again who was stopped, and nothing is refused any more."""
    plane = recorder.plane
    recorder.webhook(allowed=True)
    plane.kubectl("delete", "quota", "team")
    if not plane.is_running("kube-scheduler"):
        plane.start_scheduler()
    if not plane.is_running("kube-controller-manager"):
        plane.start_controller_manager()
    time.sleep(8)


_MISSING = {"nginx:1.92": {"pull_ms": 1200, "error": NO_SUCH_TAG, "code": "NotFound"}}


def _before_change(recorder: Recorder) -> None:
    recorder.play(runtime(images={**runtime()["images"], "nginx:1.30": {**NGINX, "pull_ms": 900}, **_MISSING}))
    recorder.plane.kubectl("create", "-f", str(file_of(recorder.folder, "web.yaml", _ten())))
    wait_for("the Deployment is complete", lambda: is_complete(recorder.plane), 120)


def _ten() -> dict[str, Any]:
    """Four replicas that are ready two seconds after they start, so that a roll-out takes steps."""
    made: dict[str, Any] = dict(cast.plan(4, IMAGE, VERSION, "none").manifest)
    spec = {**made["spec"], "minReadySeconds": 2}
    return {**made, "spec": spec}


def _change(recorder: Recorder, *more: tuple[str, ...], image: str = "nginx:1.30", complete: bool = True) -> None:
    recorder.tape.follow("get", "deployments", "-w")
    recorder.tape.follow("get", "replicasets", "-w")
    recorder.tape.run("set", "image", "deployment/web", f"web={image}")
    recorder.tape.follow("rollout", "status", "deployment/web")
    for command in more:
        time.sleep(1.5)
        recorder.tape.run(*command)
    if complete:
        _complete(recorder)
    else:
        time.sleep(30)
    recorder.tape.run("rollout", "history", "deployment/web")
    recorder.tape.run("describe", "deployment", "web")


def _rollout(recorder: Recorder, fault: str) -> None:
    _change(recorder)


def _rollout_bad(recorder: Recorder, fault: str) -> None:
    _change(recorder, image="nginx:1.92", complete=False)


def _paused(recorder: Recorder, fault: str) -> None:
    _change(recorder, ("rollout", "pause", "deployment/web"), complete=False)
    recorder.tape.run("rollout", "resume", "deployment/web")
    _complete(recorder)


def _undone(recorder: Recorder, fault: str) -> None:
    _change(recorder)
    recorder.tape.run("rollout", "undo", "deployment/web")
    _complete(recorder)
    recorder.tape.run("rollout", "history", "deployment/web")


def _scaled(recorder: Recorder, fault: str) -> None:
    _change(recorder, ("scale", "deployment/web", "--replicas=8"))


def _selector(recorder: Recorder, fault: str) -> None:
    _good(recorder, fault)
    changed: dict[str, Any] = dict(_manifest("none"))
    labels = {"app": "web", "tier": "front"}
    template = {**changed["spec"]["template"], "metadata": {"labels": labels}}
    changed["spec"] = {**changed["spec"], "selector": {"matchLabels": labels}, "template": template}
    file_of(recorder.folder, "web.yaml", changed)
    recorder.tape.run("replace", "-f", "web.yaml")
    recorder.tape.run("apply", "-f", "web.yaml")


def _oom() -> Mapping[str, Any]:
    return {**SERVES, "exit_after_ms": 3000, "exit_code": 137, "reason": "OOMKilled"}


SCENARIOS = (
    Scenario("deployment-birth", "none", _good),
    Scenario("deployment-birth", "webhook-denies", _denied, after=_again),
    Scenario("deployment-birth", "quota-exceeded", _quota, after=_again),
    Scenario("deployment-birth", "etcd-no-quorum", _no_quorum, after=Recorder.regain_quorum),
    Scenario(
        "deployment-birth", "kubelet-down", _kubelet_down, before=_two_for_node_1, after=Recorder.bring_back_node_1
    ),
    Scenario("deployment-birth", "controller-manager-down", _without("kube-controller-manager", 15), after=_again),
    Scenario("deployment-birth", "paused", _for(15)),
    Scenario("deployment-birth", "selector-change-refused", _selector),
    Scenario("deployment-birth", "scheduler-down", _without("kube-scheduler", 15), after=_again),
    Scenario("deployment-birth", "no-node-fits", _for(PROGRESS_DEADLINE_S + 10)),
    Scenario("deployment-birth", "cni-missing", _for(45, runtime(sandbox_errors=[CNI_MISSING]))),
    Scenario("deployment-birth", "image-missing", _for(45, runtime(images=_MISSING))),
    Scenario("deployment-birth", "bad-image", _for(45)),
    Scenario(
        "deployment-birth", "init-fails", _for(45, runtime({"exit_after_ms": 400, "exit_code": 1}, container="migrate"))
    ),
    Scenario("deployment-birth", "crash-loop", _for(60, runtime(CRASHES))),
    Scenario("deployment-birth", "readiness-fails", _for(45, runtime(UNREADY))),
    Scenario("deployment-birth", "oom-killed", _for(60, runtime(_oom()))),
    Scenario("deployment-change", "rollout", _rollout, before=_before_change),
    Scenario("deployment-change", "bad-image", _rollout_bad, before=_before_change),
    Scenario("deployment-change", "pause", _paused, before=_before_change),
    Scenario("deployment-change", "rollback", _undone, before=_before_change),
    Scenario("deployment-change", "scale-in-the-middle", _scaled, before=_before_change),
)
