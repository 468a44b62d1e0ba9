"""The cluster of the creation stories: who is on its stage, what is broken from the start, what its parts say."""

from collections.abc import Mapping
from typing import Any

from app.kube.story.pod import Image
from app.kube.story.registry import fetch_url
from app.kube.story.scene import Scene

CRI = "/runtime.v1.RuntimeService"
CNI_PLUGIN = "/opt/cni/bin/flannel"
# A watch that has been open for a while (client-go v0.37 tools/cache/reflector.go).
WATCH = "allowWatchBookmarks=true{selector}&resourceVersion={revision}&timeoutSeconds={seconds}&watch=true"
# One that begins with what is there already (WatchListClient, on since 1.35).
WATCH_LIST = (
    "allowWatchBookmarks=true{selector}&resourceVersionMatch=NotOlderThan&sendInitialEvents=true"
    "&timeoutSeconds={seconds}&watch=true"
)

# The well-known labels that say where a node stands; a Pod gets them when it is bound.
TOPOLOGY: Mapping[str, Mapping[str, str]] = {
    node: {"topology.kubernetes.io/region": "eu-1", "topology.kubernetes.io/zone": zone}
    for node, zone in (("node-1", "eu-1a"), ("node-2", "eu-1b"))
}

# Every actor while nothing of the story concerns it.
IDLE: Mapping[str, str] = {
    "user": "watching",
    "api": "serving",
    "etcd": "quorum",
    "scheduler": "watching",
    "controller": "watching",
    "webhook": "waiting",
    "kubelet": "watching",
    "runtime": "waiting",
    "cni": "waiting",
    "pod": "none",
    "registry": "serving",
    "proxy": "watching",
    "kubelet-2": "watching",
}

_BROKEN: Mapping[str, Mapping[str, str]] = {
    "scheduler-down": {"scheduler": "down"},
    "controller-manager-down": {"controller": "down"},
    "kubelet-down": {"kubelet": "down"},
    "kubelet-returns": {"kubelet": "down"},
    "cni-missing": {"cni": "down"},
    "etcd-no-quorum": {"etcd": "no-quorum"},
}


def opened(scene: Scene, fault: str) -> Scene:
    """What is broken is broken from the start; the terminal is open and watches the Pods."""
    return scene.resting(**_BROKEN.get(fault, {})).typed("kubectl get pods -w &")


def writes(
    scene: Scene,
    key: str,
    actor: str,
    state: str,
    verb: str,
    path: str,
    *details: str,
    say: str = "",
    acting: tuple[str, ...] = (),
    **values: Any,
) -> Scene:
    """A step in which somebody asks the API server to write, and it does; `state` is what the writer is at.

    `acting` are others who write the like at the same time.
    """
    now = {**dict.fromkeys((actor, *acting), state), "api": "stores", "etcd": "commits"}
    also = tuple((other, "api") for other in acting)
    how: dict[str, Any] = {
        "say": say,
        "verb": verb,
        "path": path,
        "now": now,
        "details": details,
        "acting": acting,
        "also": also,
    }
    return scene.frame(key, actor, to="api", **how, **values)


def stored(scene: Scene, key: str, *details: str) -> Scene:
    """The API server puts a new object into etcd, under its next revision."""
    now = {"user": "waits", "api": "stores", "etcd": "commits"}
    revision = str(scene.revision)
    return scene.frame("store", "api", to="etcd", verb="Txn", path=key, now=now, details=details, revision=revision)


def created(scene: Scene, path: str, **values: Any) -> Scene:
    """The client is answered: the object is stored, and nothing else has happened."""
    now, details = {"user": "told-created", "api": "answers"}, ("answer.means",)
    return scene.frame("answer", "api", to="user", verb="201 Created", path=path, now=now, details=details, **values)


WRITE_TIMEOUT_S = 34


def stuck(scene: Scene, key: str, *details: str) -> Scene:
    """etcd has no leader: nobody takes the transaction, however often it is sent, until the API server's patience ends.

    The member gives up after 7 s, and its client tries again (etcd v3.7.1 client/v3/retry_interceptor.go); a write may
    take 34 s in all (apiserver v0.37.2 pkg/endpoints/handlers/rest.go requestTimeoutUpperBound).
    """
    now = {"user": "waits", "api": "waits-etcd"}
    scene = scene.frame("store", "api", say="store-hangs", to="etcd", verb="Txn", path=key, now=now, details=details)
    return scene.after(WRITE_TIMEOUT_S)


def refuses(scene: Scene, say: str, verb: str, path: str, line: str, *details: str) -> Scene:
    """The API server answers the client with an error, which kubectl prints."""
    return (
        scene.resting(user="refused")
        .told(line)
        .frame("refuse", "api", say=say, to="user", verb=verb, path=path, now={"api": "answers"}, details=details)
    )


def watch_path(path: str, revision: int, seconds: int, field_selector: str = "") -> str:
    """The request behind a watch, its query in the order in which Go encodes it, not escaped."""
    return f"{path}?" + WATCH.format(selector=_selecting(field_selector), revision=revision, seconds=seconds)


def watch_list_path(path: str, seconds: int, field_selector: str = "") -> str:
    """The request of a client that knows nothing yet: it is sent what there is, and then what changes."""
    return f"{path}?" + WATCH_LIST.format(selector=_selecting(field_selector), seconds=seconds)


def _selecting(field_selector: str) -> str:
    return f"&fieldSelector={field_selector}" if field_selector else ""


def not_stored(file: str) -> str:
    """What kubectl prints when etcd has no leader: 504, reason Timeout (recorded: pod-birth/etcd-no-quorum)."""
    cause = "Timeout: request did not complete within requested timeout - context deadline exceeded"
    return f'Error from server (Timeout): error when creating "{file}": {cause}'


def image_not_found(image: str) -> str:
    """containerd's answer for an image that its registry does not have.

    containerd v2.3 internal/cri/server/images/image_pull.go, core/transfer/local/pull.go
    """
    full = Image(image).full
    return (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{full}":'
        f" failed to resolve image: {full}: not found"
    )


def pull_limited(image: str) -> str:
    """containerd's answer when the registry gives the digest of a tag and refuses what it counts as a pull.

    The second line is the registry's own (containerd v2.3 core/remotes/docker/errcode.go unexpectedResponseErr). The
    code `Unknown` is cut off by the kubelet (kubernetes v1.37 k8s.io/cri-client/pkg/remote_image.go).
    """
    return (
        f'failed to pull and unpack image "{Image(image).full}": failed to copy: httpReadSeeker: failed open:'
        f" unexpected status from GET request to {fetch_url(image)}: 429 Too Many Requests\n"
        "toomanyrequests: You have reached your unauthenticated pull rate limit."
        " https://www.docker.com/increase-rate-limit"
    )


def plugin_not_found(sandbox: str) -> str:
    """containerd's answer when the CNI plugin's program is missing (internal/cri/server/sandbox_run.go)."""
    return (
        f'rpc error: code = Unknown desc = failed to setup network for sandbox "{sandbox}":'
        ' plugin type="flannel" failed (add): failed to find plugin "flannel" in path [/opt/cni/bin]'
    )
