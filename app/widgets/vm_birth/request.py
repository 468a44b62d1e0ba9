"""The request: from virtctl through the aggregation layer to virt-api, which changes one object or says no."""

from app.kube.story.scene import Scene
from app.widgets.vm_birth.cast import MIGRATION, SUBRESOURCES, VM, VM_PATH, VMI_UID, Object, with_spec, with_status
from app.widgets.vm_birth.scene import write

# pkg/virtctl/vm/{start,stop,migrate}.go: one of the three begins with a small letter.
ERRORS = {
    "start": "Error starting VirtualMachine",
    "stop": "error stopping VirtualMachine",
    "migrate": "Error migrating VirtualMachine",
}
REQUEST_TIMEOUT_S = 60  # apiserver v0.37.2 pkg/server/config.go RequestTimeout
# What client-go adds to an answer that is no Status: verb, resource of the client, and name.
OF_VM = "(put virtualmachines.kubevirt.io web)"
CONFLICT = 'Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": {reason}'
NOT_FOUND = 'virtualmachineinstance.kubevirt.io "web" not found'


def asked(scene: Scene, operation: str) -> Scene:
    """virtctl puts an empty object to a subresource of the VM; it talks to kube-apiserver as kubectl does."""
    scene = scene.typed(f"virtctl {operation} web")
    return scene.frame(
        "send",
        "user",
        to="api",
        verb="PUT",
        path=f"{SUBRESOURCES}/{operation}",
        now={"user": "sends", "api": "identifies"},
        details=("send.client", "send.subresource"),
        operation=operation,
    )


def forwarded(scene: Scene, operation: str) -> Scene:
    return scene.after(0.004).frame(
        "aggregate",
        "api",
        to="virt-api",
        verb="PUT",
        path=f"{SUBRESOURCES}/{operation}",
        now={"user": "waits", "api": "forwards", "virt-api": "reads"},
        details=("aggregate.rbac", "aggregate.service", "aggregate.twice"),
        operation=operation,
    )


def unavailable(scene: Scene, operation: str) -> Scene:
    """No virt-api behind the APIService: the aggregator itself answers 503 in plain text, and client-go words it.

    kube-aggregator v0.37.2 pkg/apiserver/handler_proxy.go; client-go rest/request.go newUnstructuredResponseError.
    """
    scene = scene.after(0.004).told(f"{ERRORS[operation]} the server is currently unable to handle the request {OF_VM}")
    return _not_reached(
        scene, operation, "503 Service Unavailable", "refuse-unavailable", "refuse.webhooks", "refuse.evictions"
    )


def not_retrieved(scene: Scene, operation: str) -> Scene:
    """virt-api cannot even read the VM: etcd has no quorum, and kube-apiserver ends every request after 60 s.

    The read of one object is tried again and again, as recorded in pod-birth/etcd-no-quorum (apiserver v0.37.2
    pkg/server/filters/timeout.go; client-go rest/request.go newUnstructuredResponseError for the text).
    """
    scene = scene.after(0.003).frame(
        "retrieve",
        "virt-api",
        to="api",
        verb="GET",
        path=VM_PATH,
        now={"user": "waits", "virt-api": "reads", "api": "waits-etcd"},
        details=("retrieve.etcd",),
    )
    scene = scene.after(REQUEST_TIMEOUT_S).told(
        f"{ERRORS[operation]} the server was unable to return a response in the time allotted, but may still be"
        f" processing the request {OF_VM}"
    )
    return _not_reached(scene, operation, "504 Gateway Timeout", "refuse-etcd", "refuse.nothing")


def _not_reached(scene: Scene, operation: str, verb: str, say: str, *details: str) -> Scene:
    """kube-apiserver itself answers, since nothing came from virt-api."""
    return scene.resting(user="refused").frame(
        "refuse",
        "api",
        say=say,
        to="user",
        verb=verb,
        path=f"{SUBRESOURCES}/{operation}",
        now={"api": "answers"},
        details=details,
        operation=operation,
    )


def conflict(scene: Scene, operation: str, reason: str, say: str) -> Scene:
    """The run strategy does not allow it: 409, and nothing is written."""
    scene = scene.after(0.012).told(f"{ERRORS[operation]} {CONFLICT.format(reason=reason)}")
    return _refused(scene, operation, "409 Conflict", say)


def no_instance(scene: Scene) -> Scene:
    """A migration of a machine that is off: virt-api finds no VMI (rest/lifecycle.go MigrateVMRequestHandler)."""
    scene = scene.after(0.012).told(f"{ERRORS['migrate']} {NOT_FOUND}")
    return _refused(scene, "migrate", "404 Not Found", "refuse-no-vmi")


def denied(scene: Scene, message: str) -> Scene:
    """The migration object is refused by virt-api's own webhook."""
    scene = scene.after(0.003).told(f"{ERRORS['migrate']} Internal error occurred: {message}")
    return _refused(scene, "migrate", "500 Internal Server Error", "refuse-not-migratable")


def _refused(scene: Scene, operation: str, verb: str, say: str) -> Scene:
    return scene.resting(user="refused").frame(
        "refuse",
        "virt-api",
        say=say,
        to="api",
        verb=verb,
        path=f"{SUBRESOURCES}/{operation}",
        now={"virt-api": "refuses", "api": "answers"},
        details=("refuse.nothing",),
        operation=operation,
    )


def strategy_set(scene: Scene, strategy: str, operation: str) -> Scene:
    """virt-api patches the spec: the machine shall run, or not (virt-api/rest/lifecycle.go getRunningPatch)."""
    vm = with_spec(scene.objects[VM], runStrategy=strategy)
    return _patched(scene, vm, VM_PATH, "patch-spec", operation, strategy)


def change_requested(scene: Scene, action: str, operation: str) -> Scene:
    """virt-api leaves a request in the status; the strategy stays as it is (getChangeRequestJson)."""
    request: dict[str, str] = {"action": action} | ({"uid": VMI_UID} if action == "Stop" else {})
    vm = with_status(scene.objects[VM], stateChangeRequests=[request])
    return _patched(scene, vm, f"{VM_PATH}/status", "patch-status", operation, action)


def _patched(scene: Scene, vm: Object, path: str, say: str, operation: str, value: str) -> Scene:
    scene = write(scene.after(0.012), VM, vm)
    return scene.frame(
        "change",
        "virt-api",
        say=say,
        to="api",
        verb="PATCH",
        path=path,
        now={"user": "waits", "virt-api": "writes", "api": "stores"},
        details=("change.table", "change.validate"),
        operation=operation,
        value=value,
    )


def accepted(scene: Scene, operation: str) -> Scene:
    """202: one object has changed, nothing else has happened."""
    scene = scene.after(0.004).told(f"VM web was scheduled to {operation}")
    return scene.frame(
        "accept",
        "api",
        say=f"accept-{'migration' if MIGRATION in scene.objects else 'change'}",
        to="user",
        verb="202 Accepted",
        path=f"{SUBRESOURCES}/{operation}",
        now={"user": "told", "api": "answers"},
        details=("accept.only",),
        operation=operation,
    )
