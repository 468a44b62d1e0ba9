"""A Pod is created with `kubectl create -f web.yaml` while somebody watches, in the cluster that the model shows.

The manifests are the model's own inputs (`app.widgets.pod_birth.cast`); what the runtime does is written here; what
everybody else does is the testimony.
"""

import time
from collections.abc import Mapping
from typing import Any

from app.kube.story.cluster import pull_limited
from app.kube.story.registry import image_size
from app.widgets.pod_birth import cast
from tests.oracle.plane import Plane, wait_for
from tests.oracle.scenario import Recorder, Scenario, create, file_of, pod_status

NGINX = {"pull_ms": 2534, "size": int(image_size(cast.IMAGE))}
BUSYBOX = {"pull_ms": 1317, "size": int(image_size(cast.INIT_IMAGE))}
SHOP = {"pull_ms": 1841, "size": int(image_size(cast.SHOP))}
SERVES = {"listens": [{"port": 80, "from_ms": 0, "answers": [{"status": 200}]}], "term_ms": 200}
NO_SUCH_TAG = (
    'failed to pull and unpack image "docker.io/library/nginx:1.92": failed to resolve image: '
    "docker.io/library/nginx:1.92: not found"
)
CNI_MISSING = (
    'failed to setup network for sandbox "{id}": plugin type="flannel" failed (add): failed to find plugin "flannel" '
    "in path [/opt/cni/bin]"
)


def runtime(*runs: Mapping[str, Any], container: str = "web", **more: Any) -> dict[str, Any]:
    """A runtime that has nginx and busybox to pull, and whose container lives these lives one after another."""
    return {
        "images": {cast.IMAGE: NGINX, cast.INIT_IMAGE: BUSYBOX, cast.SHOP: SHOP},
        "containers": {container: {"runs": list(runs or [SERVES])}, "*": {"runs": [SERVES]}},
        "sandbox_ms": 120,
        **more,
    }


def _node_1_is_freer(recorder: Recorder) -> None:
    """Half of node-2 is asked for, as in the story."""
    recorder.busy_node_2("2")


def _create(recorder: Recorder, fault: str) -> None:
    create(recorder, file_of(recorder.folder, "web.yaml", cast.manifest(fault)))


def _until(recorder: Recorder, seconds: float) -> None:
    time.sleep(seconds)


def _good(recorder: Recorder, fault: str) -> None:
    recorder.play(runtime())
    _create(recorder, fault)
    wait_for("web is ready", lambda: pod_status(recorder.plane, "web") == "1/1 Running")
    _until(recorder, 2)


def _refused(recorder: Recorder, fault: str) -> None:
    _create(recorder, fault)
    _until(recorder, 1)


def _denied(recorder: Recorder, fault: str) -> None:
    recorder.webhook(allowed=False, message="container web: runAsNonRoot must be true")
    _refused(recorder, fault)


def _allow(recorder: Recorder) -> None:
    recorder.webhook(allowed=True)


def _quota(recorder: Recorder, fault: str) -> None:
    recorder.plane.kubectl("create", "quota", "team", "--hard=pods=0")
    wait_for("the quota's status", lambda: _quota_is_counted(recorder.plane))
    _refused(recorder, fault)


def _no_quota(recorder: Recorder) -> None:
    recorder.plane.kubectl("delete", "quota", "team")


def _quota_is_counted(plane: Plane) -> bool:
    found = plane.get("/api/v1/namespaces/default/resourcequotas/team") or {}
    return "pods" in found.get("status", {}).get("used", {})


def _waits(seconds: float) -> Any:
    def act(recorder: Recorder, fault: str) -> None:
        recorder.play(runtime())
        _create(recorder, fault)
        _until(recorder, seconds)

    return act


def _no_scheduler(recorder: Recorder, fault: str) -> None:
    recorder.plane.stop("kube-scheduler")
    recorder.tape.note("kube-scheduler stopped")
    _create(recorder, fault)
    _until(recorder, 10)


def _scheduler_again(recorder: Recorder) -> None:
    recorder.plane.start_scheduler()
    time.sleep(5)


def _no_quorum(recorder: Recorder, fault: str) -> None:
    """A write, and the two ways to read: one object, and a list (the scenario ends with lists)."""
    recorder.lose_quorum()
    _create(recorder, fault)
    recorder.tape.run("get", "configmap", "kube-root-ca.crt", seconds=90)


def _claim(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": cast.CLAIM, "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}, **spec},
    }


def _made(recorder: Recorder, name: str, thing: Mapping[str, Any]) -> None:
    printed = recorder.plane.kubectl("create", "-f", str(file_of(recorder.folder, f"{name}.yaml", thing)))
    if printed.status:
        raise RuntimeError(printed.text)


def _unbound(recorder: Recorder) -> None:
    """The claim names no class, and the cluster has no default one."""
    _node_1_is_freer(recorder)
    _made(recorder, "claim", _claim())
    time.sleep(3)


def _no_claim(recorder: Recorder) -> None:
    recorder.plane.kubectl("delete", "pods", "--all", "--force", "--grace-period=0")
    recorder.plane.kubectl("delete", "pvc", cast.CLAIM, "--wait=false")
    recorder.plane.kubectl("delete", "pv", cast.VOLUME, "--wait=false")
    time.sleep(3)


def _attached_elsewhere(recorder: Recorder) -> None:
    """A disk that one node at a time may have, attached to node-2, where Pod `web-old` uses it.

    No storage driver runs: that the disk is attached is written by the recorder, as a driver's attacher would.
    """
    _node_1_is_freer(recorder)
    plane = recorder.plane
    _made_volume(recorder, attaches=True)
    old: dict[str, Any] = dict(cast.manifest("volume-elsewhere"))
    old["metadata"] = {"name": "web-old", "namespace": "default"}
    old["spec"] = {**old["spec"], "nodeName": "node-2"}
    _made(recorder, "old", old)
    attachment = wait_for("an attachment", lambda: _attachment(plane))
    plane.kubectl(
        "patch",
        "volumeattachment",
        attachment,
        "--subresource=status",
        "--type=merge",
        "-p",
        '{"status":{"attached":true}}',
    )
    time.sleep(5)


def _made_volume(recorder: Recorder, *, attaches: bool) -> None:
    """A storage driver's volume, bound to the claim."""
    _made(
        recorder,
        "driver",
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSIDriver",
            "metadata": {"name": cast.DRIVER},
            "spec": {"attachRequired": attaches, "podInfoOnMount": False},
        },
    )
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": cast.VOLUME},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "10Gi"},
            "claimRef": {"name": cast.CLAIM, "namespace": "default"},
            "csi": {"driver": cast.DRIVER, "volumeHandle": "disk-1"},
            "storageClassName": "",
        },
    }
    _made(recorder, "volume", volume)
    _made(recorder, "claim", _claim(storageClassName="", volumeName=cast.VOLUME))
    wait_for("the claim is bound", lambda: _is_bound(recorder.plane))


def _is_bound(plane: Plane) -> bool:
    found = plane.get(f"/api/v1/namespaces/default/persistentvolumeclaims/{cast.CLAIM}") or {}
    return found.get("status", {}).get("phase") == "Bound"


def _attachment(plane: Plane) -> str:
    found = plane.get("/apis/storage.k8s.io/v1/volumeattachments")["items"]
    return found[0]["metadata"]["name"] if found else ""


def _no_disk(recorder: Recorder) -> None:
    _no_claim(recorder)
    plane = recorder.plane
    plane.kubectl("delete", "volumeattachments", "--all", "--wait=false")
    plane.kubectl("delete", "csidriver", cast.DRIVER)


def _nobody_attaches(recorder: Recorder) -> None:
    """The disk would have to be attached, and no driver runs whose attacher could answer."""
    _node_1_is_freer(recorder)
    _made_volume(recorder, attaches=True)


def _without_driver(recorder: Recorder) -> None:
    """A volume of a storage driver that attaches nothing, and no node on which that driver runs."""
    _node_1_is_freer(recorder)
    _made_volume(recorder, attaches=False)


def _preempts(recorder: Recorder, fault: str) -> None:
    plane = recorder.plane
    _create(recorder, fault)
    wait_for("web is ready", lambda: pod_status(plane, "web") == "1/1 Running", 90)
    _until(recorder, 2)


def _before_preemption(recorder: Recorder) -> None:
    """node-1 holds `batch` and nearly all of node-1 and node-2 is requested."""
    recorder.play(runtime())
    plane = recorder.plane
    plane.kubectl("create", "priorityclass", "high", f"--value={cast.HIGH}")
    plane.kubectl("delete", "pod", "other", "-n", "platform", "--force", "--grace-period=0")
    for name, node, cpu in (("batch", "node-1", "500m"), ("fill-1", "node-1", "900m"), ("fill-2", "node-2", "1500m")):
        container = {"image": cast.INIT_IMAGE, "name": name, "resources": {"requests": {"cpu": cpu}}}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "labels": {"app": name},
                "namespace": "default" if name == "batch" else "platform",
            },
            "spec": {
                "containers": [container],
                "nodeName": node,
                **({} if name == "batch" else {"priorityClassName": "system-node-critical"}),
            },
        }
        plane.kubectl("create", "-f", str(file_of(recorder.folder, f"{name}.yaml", pod)))
    wait_for("batch runs", lambda: pod_status(plane, "batch") == "1/1 Running", 90)
    time.sleep(2)


def _no_fillers(recorder: Recorder) -> None:
    for name in ("fill-1", "fill-2"):
        recorder.plane.kubectl("delete", "pod", name, "-n", "platform", "--force", "--grace-period=0")


def _kubelet_down(recorder: Recorder, fault: str) -> None:
    plane = recorder.plane
    plane.kubectl("cordon", "node-2")
    plane.stop("node-1")
    recorder.tape.note("kubelet of node-1 stopped")
    _create(recorder, fault)
    wait_for("web is marked for deletion", lambda: pod_status(plane, "web", deleted=True), 420, 1)
    _until(recorder, 20)


def _kubelet_returns(recorder: Recorder, fault: str) -> None:
    """Away for half a minute: less than the grace, so that the node counts as Ready all the while."""
    plane = recorder.plane
    recorder.play(runtime())
    recorder.tape.listen("system:node:node-1", "/api/v1/pods")
    plane.stop("node-1")
    recorder.tape.note("kubelet of node-1 stopped")
    _create(recorder, fault)
    _until(recorder, 30)
    recorder.tape.note("kubelet of node-1 started")
    plane.start_kubelet(1)
    wait_for("web is ready", lambda: pod_status(plane, "web") == "1/1 Running")
    _until(recorder, 2)


def _kubelet_again(recorder: Recorder) -> None:
    recorder.plane.kubectl("uncordon", "node-2")
    recorder.bring_back_node_1()


def _plays(seconds: float, script: Mapping[str, Any]) -> Any:
    def act(recorder: Recorder, fault: str) -> None:
        recorder.play(script)
        _create(recorder, fault)
        _until(recorder, seconds)

    return act


CRASHES = {"exit_after_ms": 60, "exit_code": 1}
REFUSED_BY_KERNEL = {"exit_after_ms": 2, "exit_code": 255}
MIGRATION_FAILS = {"exit_after_ms": 60, "exit_code": 1}
UNREADY = {"listens": [{"port": 80, "from_ms": 0, "answers": [{"status": 503}]}]}


def _grows(seconds: int) -> dict[str, Any]:
    return {**SERVES, "exit_after_ms": seconds * 1000, "exit_code": 137, "reason": "OOMKilled"}


def _scenario(name: str, act: Any, before: Any = None, after: Any = None) -> Scenario:
    return Scenario("pod-birth", name, act, before or _node_1_is_freer, after)


SCENARIOS = (
    _scenario("none", _good),
    _scenario("webhook-denies", _denied, after=_allow),
    _scenario("quota-exceeded", _quota, after=_no_quota),
    _scenario("etcd-no-quorum", _no_quorum, after=Recorder.regain_quorum),
    _scenario("scheduler-down", _no_scheduler, after=_scheduler_again),
    _scenario("unknown-scheduler-name", _waits(10)),
    _scenario("gated", _waits(10)),
    _scenario("no-node-fits", _waits(10), before=_before_preemption, after=_no_fillers),
    _scenario("preempts", _preempts, before=_before_preemption, after=_no_fillers),
    _scenario("secret-missing", _waits(70)),
    _scenario("config-missing", _waits(70)),
    _scenario("claim-unbound", _waits(20), before=_unbound, after=_no_claim),
    _scenario("volume-elsewhere", _waits(160), before=_attached_elsewhere, after=_no_disk),
    _scenario("volume-timeout", _waits(265), before=_nobody_attaches, after=_no_disk),
    _scenario("driver-missing", _waits(70), before=_without_driver, after=_no_disk),
    _scenario("cni-missing", _plays(45, runtime(sandbox_errors=[CNI_MISSING]))),
    _scenario(
        "image-missing",
        _plays(75, runtime(images={"nginx:1.92": {"pull_ms": 1200, "error": NO_SUCH_TAG, "code": "NotFound"}})),
    ),
    _scenario(
        "rate-limited",
        _plays(75, runtime(images={cast.IMAGE: {"pull_ms": 1200, "error": pull_limited(cast.IMAGE)}})),
    ),
    _scenario("wrong-architecture", _plays(185, runtime(REFUSED_BY_KERNEL))),
    _scenario("init-fails", _plays(65, runtime(MIGRATION_FAILS, container="migrate"))),
    _scenario("crash-loop", _plays(185, runtime(CRASHES))),
    _scenario("readiness-fails", _plays(60, runtime(UNREADY))),
    _scenario("oom-killed", _plays(105, runtime(_grows(56), _grows(31)))),
    _scenario("kubelet-down", _kubelet_down, after=_kubelet_again),
    _scenario("kubelet-returns", _kubelet_returns),
)
