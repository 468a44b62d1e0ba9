"""What every part of this story does to the scene: write an object, print its row, show who did it."""

from dataclasses import replace

from app.kube.story.scene import Scene
from app.kube.story.table import as_time, human_duration
from app.widgets.vm_birth.cast import IDLE, IDLE_2, MIGRATION, VM, VM_FINALIZER, VMI, Object, holds, with_meta
from app.widgets.vm_birth.event import KINDS
from app.widgets.vm_birth.summary import is_final, summarized

STAYS = ("Manual", "Once")  # with these a VMI that has ended is left alone
VMI_COLUMNS = ("NAME", "AGE", "PHASE", "IP", "NODENAME", "READY")
MIGRATION_COLUMNS = ("NAME", "PHASE", "VMI")


def opened(machine: Object, two_nodes: bool) -> Scene:
    """The cluster is quiet and a watch runs in the terminal."""
    idle = {**IDLE, **IDLE_2} if two_nodes else IDLE
    return Scene(idle=idle, revision=61402, objects={VM: machine}, kinds=KINDS).typed(
        f"kubectl get {'vmim' if two_nodes else 'vmi'} -w &"
    )


def write(scene: Scene, key: str, thing: Object) -> Scene:
    """The object is stored; the watch prints its row when it is of the watched kind; a VM follows its VMI."""
    scene = scene.writing(key, _counted(scene.objects.get(key), thing) if key == VMI else thing, quietly=True)
    watched = MIGRATION if "kubelet-2" in scene.idle else VMI
    if key == watched:
        cells, columns = (_migration_row, MIGRATION_COLUMNS) if key == MIGRATION else (_vmi_row, VMI_COLUMNS)
        scene = replace(scene, terminal=scene.terminal.row(cells(scene), columns))
    return followed(scene) if key == VMI else scene


def _counted(old: Object | None, vmi: Object) -> Object:
    """A VMI's status is no subresource, so that its generation counts each change of it as well.

    pkg/virt-operator/resource/generate/components/crds.go NewVirtualMachineInstanceCrd; apiextensions-apiserver
    pkg/registry/customresource/strategy.go PrepareForUpdate.
    """
    if old is None or old["metadata"]["uid"] != vmi["metadata"]["uid"]:
        return vmi
    marked = "deletionTimestamp" in vmi["metadata"] and "deletionTimestamp" not in old["metadata"]
    turned = marked or any(old[part] != vmi[part] for part in ("spec", "status"))
    return with_meta(vmi, generation=old["metadata"]["generation"] + turned)


def followed(scene: Scene) -> Scene:
    """virt-controller sees the VMI, or that there is none, and writes the VM's status when it is another.

    Once it has seen the VMI's end, it takes its own finalizer off it (watch/vm/vm.go updateStatus); in that pass it has
    deleted a VMI that does not stay before (syncRunStrategy).
    """
    if scene.idle["virt-controller"] == "down":
        return scene
    vmi = scene.objects.get(VMI)
    vm = summarized(scene.objects[VM], vmi, scene.time)
    if vm["status"] != scene.objects[VM]["status"]:
        scene = scene.writing(VM, vm, quietly=True)
    if vmi is None or not is_final(vmi) or VM_FINALIZER not in vmi["metadata"]["finalizers"]:
        return scene
    if "deletionTimestamp" not in vmi["metadata"] and vm["spec"]["runStrategy"] not in STAYS:
        return scene
    kept = [name for name in vmi["metadata"]["finalizers"] if name != VM_FINALIZER]
    return write(scene, VMI, with_meta(vmi, finalizers=kept))


def _vmi_row(scene: Scene) -> tuple[str, ...]:
    """The printer columns of the VMI's CRD (kubevirt v1.9.0 pkg/virt-operator/resource/generate/components/crds.go)."""
    vmi = scene.objects[VMI]
    status = vmi["status"]
    age = human_duration((scene.now - as_time(vmi["metadata"]["creationTimestamp"])).total_seconds())
    address = next((i.get("ipAddress", "") for i in status.get("interfaces", ())), "")
    return "web", age, status.get("phase", ""), address, status.get("nodeName", ""), holds(vmi, "Ready")


def _migration_row(scene: Scene) -> tuple[str, ...]:
    migration = scene.objects[MIGRATION]
    return migration["metadata"]["name"], migration.get("status", {}).get("phase", ""), "web"
