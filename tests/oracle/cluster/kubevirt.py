"""KubeVirt in the cluster, installed as its users do: virt-operator, and the object for which it installs the rest."""

import json
import subprocess
import time
from typing import Any

from tests.oracle.cluster.cluster import Cluster
from tests.oracle.cluster.images import LAUNCHER, origins
from tests.oracle.cluster.programs import ours
from tests.oracle.plane import KUBEVIRT, PlaneError, wait_for

NEEDED = "kubevirt"
"""How a lesson says in `promised.yaml` that its blocks need it."""
_INSTALLED_S = 900
# The machine that this runs on need not have KVM, and one node has no use for two of each.
_WANTED: dict[str, Any] = {
    "apiVersion": "kubevirt.io/v1",
    "kind": "KubeVirt",
    "metadata": {"name": "kubevirt", "namespace": "kubevirt"},
    "spec": {
        "infra": {"replicas": 1},
        "configuration": {
            "developerConfiguration": {"useEmulation": True},
            "virtTemplateDeployment": {"enabled": False},
        },
    },
}


def install(made: Cluster) -> None:
    """Returns when KubeVirt says that it is there, and the node takes guests."""
    printed = subprocess.run([ours("kubevirt-1.9"), "operator"], check=True, capture_output=True, text=True)
    operator = json.loads(printed.stdout)
    for each in operator["items"]:
        if each["kind"] == "Deployment":
            each["spec"]["replicas"] = 1
    _create(made, operator)
    _create(made, _WANTED)
    wait_for("KubeVirt", lambda: _is_deployed(made), _INSTALLED_S, every=2)
    ready = "jsonpath={.items[*].metadata.labels.kubevirt\\.io/schedulable}"
    wait_for("a node for guests", lambda: "true" in made.kubectl("get", "nodes", "-o", ready), _INSTALLED_S, every=2)


def versions() -> str:
    """What runs guests here, and how; `origins` says it of the images that blocks name."""
    return (
        f"KubeVirt {KUBEVIRT} from its module by virt-operator, one of each Deployment, without virt-template and "
        f"libnbd; "
        f"{origins([LAUNCHER])[LAUNCHER]}; guests in software (useEmulation: true)"
    )


def _create(made: Cluster, content: dict[str, Any]) -> None:
    """Tries again while the type is new to the API server."""
    file = made.folder / f"{content['kind'].lower()}.json"
    file.write_text(json.dumps(content))
    for _ in range(10):
        if made.kubectl("apply", "--server-side", "-f", str(file), "-o", "name"):
            return
        time.sleep(2)
    raise PlaneError(f"{file} was not taken")


def _is_deployed(made: Cluster) -> bool:
    return made.kubectl("get", "kubevirt", "-n", "kubevirt", "kubevirt", "-o", "jsonpath={.status.phase}") == "Deployed"
