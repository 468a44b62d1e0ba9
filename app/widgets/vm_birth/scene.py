"""What every part of this story does to the scene: write an object, print its row, show who did it."""

from dataclasses import replace

from app.kube.story.scene import Scene
from app.kube.story.table import as_time, human_duration
from app.widgets.vm_birth.cast import IDLE, IDLE_2, MIGRATION, VM, VMI, Object, holds
from app.widgets.vm_birth.event import KINDS

VMI_COLUMNS = ("NAME", "AGE", "PHASE", "IP", "NODENAME", "READY")
MIGRATION_COLUMNS = ("NAME", "PHASE", "VMI")


def opened(machine: Object, two_nodes: bool) -> Scene:
    """The cluster is quiet and a watch runs in the terminal."""
    idle = {**IDLE, **IDLE_2} if two_nodes else IDLE
    return Scene(idle=idle, revision=61402, objects={VM: machine}, kinds=KINDS).typed(
        f"kubectl get {'vmim' if two_nodes else 'vmi'} -w &"
    )


def write(scene: Scene, key: str, thing: Object) -> Scene:
    """The object is stored; the watch prints a row when it is of the watched kind."""
    scene = scene.writing(key, thing, quietly=True)
    watched = MIGRATION if "kubelet-2" in scene.idle else VMI
    if key != watched:
        return scene
    cells, columns = (_migration_row, MIGRATION_COLUMNS) if key == MIGRATION else (_vmi_row, VMI_COLUMNS)
    return replace(scene, terminal=scene.terminal.row(cells(scene), columns))


def _vmi_row(scene: Scene) -> tuple[str, ...]:
    """The printer columns of the VMI's CRD (kubevirt v1.9.0 pkg/virt-operator/resource/generate/components/crds.go)."""
    vmi = scene.objects[VMI]
    status = vmi["status"]
    age = human_duration((scene.now - as_time(vmi["metadata"]["creationTimestamp"])).total_seconds())
    address = next((i.get("ipAddress", "") for i in status.get("interfaces", ())), "")
    return "web", age, status.get("phase", ""), address, status.get("nodeName", ""), holds(vmi, "Ready")


def _migration_row(scene: Scene) -> tuple[str, ...]:
    migration = scene.objects[MIGRATION]
    return migration["metadata"]["name"], migration["status"].get("phase", ""), "web"
