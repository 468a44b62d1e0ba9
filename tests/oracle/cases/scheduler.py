"""Random clusters and Pods through the real scheduler: the node, the scores, or the words of FailedScheduling."""

import copy
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.oracle.cases import book
from tests.oracle.cases.cluster import Api, BarePlane, pairs
from tests.oracle.plane import KUBERNETES, PlaneError, enter
from tests.oracle.record import BUILT

SEED, COUNT, CROWDED = 20261129, 300, 100
PARTS = {"scheduler": "case-", "preemption": "full-"}
"""The files, and how the names of their cases begin."""
ZONE, HOSTNAME = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
GPU, HUGE = "example.com/gpu", "hugepages-2Mi"
APPS = ("web", "db", "cache")
RESOURCES = ({"name": "cpu", "weight": 3}, {"name": "memory", "weight": 1}, {"name": GPU, "weight": 5})
SHAPE = ({"utilization": 0, "score": 2}, {"utilization": 40, "score": 9}, {"utilization": 100, "score": 0})
PROFILES = {
    "default-scheduler": ("LeastAllocated", "cpu=1,memory=1", "0=0,100=10"),
    "most": ("MostAllocated", "cpu=3,memory=1,example.com/gpu=5", "0=0,100=10"),
    "ratio": ("RequestedToCapacityRatio", "cpu=3,memory=1,example.com/gpu=5", "0=2,40=9,100=0"),
}
"""By the scheduler's name: strategy, resources with weights, shape, as the room's form writes them."""


# -- drawing ------------------------------------------------------------------------------------------------------


def cases() -> Iterator[dict[str, Any]]:
    luck = random.Random(SEED)
    for number in range(COUNT):
        yield Draw(luck, f"case-{number:03}").case()
    for number in range(CROWDED):
        yield Draw(luck, f"full-{number:03}").crowded()


class Draw:
    def __init__(self, luck: random.Random, name: str) -> None:
        self.luck = luck
        self.name = name

    def maybe(self, chance: float) -> bool:
        return self.luck.random() < chance

    def case(self) -> dict[str, Any]:
        luck = self.luck
        self.tight = self.maybe(0.3)
        nodes = [self.node(i) for i in range(luck.randint(2, 8))]
        names = [node["metadata"]["name"] for node in nodes]
        bound = [self.bound(i, luck.choice(names)) for i in range(luck.randint(0, 2 * len(nodes)))]
        return {"name": self.name, "pod": self.pod(), "nodes": nodes, "bound": bound}

    def crowded(self) -> dict[str, Any]:
        """Nodes that are full of Pods of less priority, no two of the same, so that preemption has no ties."""
        luck = self.luck
        self.tight = True
        nodes = [self.node(i) for i in range(luck.randint(1, 4))]
        for node in nodes:
            node["spec"].pop("unschedulable", None)
        priorities = iter(luck.sample(range(1, 200), 40))
        bound: list[dict[str, Any]] = []
        for node in nodes:
            for _ in range(luck.choice((1, 2, 4))):
                pod = self.bound(len(bound), node["metadata"]["name"])
                pod["spec"]["priority"] = next(priorities)
                pod["spec"]["containers"][0].setdefault("resources", {})["requests"] = {
                    "cpu": luck.choice(("500m", "1", "1500m", "2")),
                    "memory": luck.choice(("1Gi", "2Gi", "3Gi")),
                }
                pod["spec"]["containers"][0]["resources"].pop("limits", None)
                bound.append(pod)
        pod = self.pod()
        pod["spec"]["priority"] = luck.choice((150, 250, 250))
        pod["spec"].pop("nodeSelector", None)
        pod["spec"]["containers"][0]["resources"] = {
            "requests": {"cpu": luck.choice(("1", "2", "1300m")), "memory": "2Gi"}
        }
        return {"name": self.name, "pod": pod, "nodes": nodes, "bound": bound}

    def node(self, number: int) -> dict[str, Any]:
        luck = self.luck
        name = f"{self.name}-n{number}"
        labels = {}
        if self.maybe(0.92):
            labels[HOSTNAME] = name
        if self.maybe(0.85):
            labels[ZONE] = luck.choice("abc")
        if self.maybe(0.7):
            labels["disk"] = luck.choice(("ssd", "hdd"))
        if self.maybe(0.5):
            labels["size"] = str(luck.choice((1, 4, 16)))
        spec: dict[str, Any] = {}
        if self.maybe(0.08):
            spec["unschedulable"] = True
        taints = [self.taint() for _ in range(luck.choice((0, 0, 0, 0, 1, 2)))]
        distinct = {(taint["key"], taint["effect"]): taint for taint in taints}
        if distinct:
            spec["taints"] = list(distinct.values())
        allocatable = {
            "cpu": luck.choice(("2", "4", "3920m", "1500m", "8")),
            "memory": luck.choice(("4Gi", "8Gi", "7658Mi", "16Gi", "3000000000")),
            "pods": luck.choice(("110", "110", "3", "2")) if self.tight else "110",
        }
        if self.maybe(0.6):
            allocatable["ephemeral-storage"] = luck.choice(("10Gi", "47093746742"))
        if self.maybe(0.35):
            allocatable[GPU] = luck.choice(("1", "2", "4", "0"))
        if self.maybe(0.15):
            allocatable[HUGE] = "512Mi"
        images = [
            {"names": [f"registry.example.com/{app}:1"], "sizeBytes": luck.choice((5, 90, 350, 1200)) * 1_000_003}
            for app in APPS
            if self.maybe(0.4)
        ]
        status: dict[str, Any] = {"capacity": allocatable, "allocatable": allocatable}
        if images:
            status["images"] = images
        meta = {"name": name, "labels": labels} if labels else {"name": name}
        return {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec, "status": status}

    def taint(self) -> dict[str, Any]:
        luck = self.luck
        told = {"key": luck.choice(("dedicated", "spot", "gpu")), "effect": luck.choice(EFFECTS)}
        if self.maybe(0.7):
            told["value"] = luck.choice(("a", "b"))
        return told

    def requests(self, chance: float = 0.75) -> dict[str, Any]:
        luck = self.luck
        big = ("2", "3") if self.tight else ("500m",)
        amounts: dict[str, str] = {}
        if self.maybe(chance):
            amounts["cpu"] = luck.choice(("100m", "250m", "1", "1500m", "0", "0.1", *big))
        if self.maybe(chance):
            amounts["memory"] = luck.choice(("64Mi", "1Gi", "2.5Gi", "1500M", "100000000", "0", "3Gi"))
        if self.maybe(0.15):
            amounts["ephemeral-storage"] = luck.choice(("1Gi", "9Gi", "20Gi"))
        if self.maybe(0.08):
            amounts[GPU] = luck.choice(("1", "2"))
        if not amounts:
            return {}
        if GPU in amounts:
            return {"requests": amounts, "limits": {GPU: amounts[GPU]}}
        if self.maybe(0.15):
            return {"limits": amounts}
        return {"requests": amounts}

    def container(self, name: str) -> dict[str, Any]:
        luck = self.luck
        app = luck.choice(APPS)
        told: dict[str, Any] = {"name": name, "image": f"registry.example.com/{app}{luck.choice((':1', ':1', ''))}"}
        if resources := self.requests():
            told["resources"] = resources
        if self.maybe(0.15):
            port: dict[str, Any] = {"containerPort": 80, "hostPort": luck.choice((80, 81))}
            if self.maybe(0.4):
                port["protocol"] = "UDP"
            if self.maybe(0.4):
                port["hostIP"] = luck.choice(("10.0.0.1", "10.0.0.2", "0.0.0.0"))
            if name in ("c0", "init-0"):
                told["ports"] = [port]
        return told

    def spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {}
        init = []
        for i in range(self.luck.choice((0, 0, 0, 1, 2))):
            one = self.container(f"init-{i}")
            if self.maybe(0.5):
                one["restartPolicy"] = "Always"
            else:
                one.pop("ports", None)
            init.append(one)
        if init:
            spec["initContainers"] = init
        spec["containers"] = [self.container(f"c{i}") for i in range(self.luck.choice((1, 1, 2)))]
        if "ports" in (init or [{}])[0] and init[0]["ports"] == spec["containers"][0].get("ports"):
            del init[0]["ports"]  # no Pod may have one port twice
        if self.maybe(0.25):
            spec["priority"] = self.luck.choice((0, 10, 100, 1000))
        return spec

    def bound(self, number: int, node: str) -> dict[str, Any]:
        luck = self.luck
        meta: dict[str, Any] = {"name": f"{self.name}-b{number}", "labels": self.labels()}
        meta["namespace"] = luck.choice(("default", "default", "default", "other"))
        spec = {"nodeName": node, **self.spec()}
        if self.maybe(0.25):
            affinity = {}
            if self.maybe(0.5):
                affinity["podAntiAffinity"] = self.pod_terms()
            else:
                affinity["podAffinity"] = self.pod_terms()
            spec["affinity"] = affinity
        told: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
        if self.maybe(0.06):
            told["status"] = {"phase": luck.choice(("Succeeded", "Failed"))}
        elif self.maybe(0.06):
            meta["deletionTimestamp"] = "2026-11-29T00:00:00Z"
        return told

    def labels(self) -> dict[str, str]:
        labels = {"app": self.luck.choice(APPS)}
        if self.maybe(0.4):
            labels["tier"] = self.luck.choice(("front", "back"))
        return labels

    def pod(self) -> dict[str, Any]:
        luck = self.luck
        spec = self.spec()
        spec["schedulerName"] = luck.choice((*PROFILES, "default-scheduler", "default-scheduler"))
        if spec.get("priority") and self.maybe(0.25):
            spec["preemptionPolicy"] = "Never"
        if self.maybe(0.06):
            spec["nodeSelector"] = luck.choice(({"disk": "ssd"}, {ZONE: "a"}, {"disk": "hdd", ZONE: "b"}))
        if tolerations := [self.toleration() for _ in range(luck.choice((0, 1, 2, 3)))]:
            spec["tolerations"] = tolerations
        affinity: dict[str, Any] = {}
        if self.maybe(0.4):
            affinity["nodeAffinity"] = self.node_affinity()
        if self.maybe(0.25):
            affinity["podAffinity"] = self.pod_terms()
        if self.maybe(0.3):
            affinity["podAntiAffinity"] = self.pod_terms()
        if affinity:
            spec["affinity"] = affinity
        if self.maybe(0.35):
            keyed = {}
            for _ in range(luck.choice((1, 1, 2))):
                one = self.constraint()
                keyed[one["topologyKey"], one["whenUnsatisfiable"]] = one
            spec["topologySpreadConstraints"] = list(keyed.values())
        if self.maybe(0.08):
            spec["resources"] = {"requests": {"cpu": "12", "memory": "14Gi"} if self.tight else {"cpu": "12"}}
        meta = {"name": self.name, "namespace": "default", "labels": self.labels()}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}

    def toleration(self) -> dict[str, Any]:
        luck = self.luck
        told: dict[str, Any] = {}
        if self.maybe(0.1):
            return {"operator": "Exists"}
        told["key"] = luck.choice(("dedicated", "spot", "gpu", "node.kubernetes.io/unschedulable"))
        if self.maybe(0.5):
            told["operator"] = "Exists"
        elif self.maybe(0.7):
            told["value"] = luck.choice(("a", "b"))
        if self.maybe(0.6):
            told["effect"] = luck.choice(EFFECTS)
        return told

    def node_affinity(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if self.maybe(0.35):
            terms = [self.node_term() for _ in range(self.luck.choice((1, 1, 2)))]
            told["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": terms}
        if self.maybe(0.7):
            told["preferredDuringSchedulingIgnoredDuringExecution"] = [
                {"weight": self.luck.choice((1, 7, 30, 100)), "preference": self.node_term()}
                for _ in range(self.luck.choice((1, 2, 3)))
            ]
        return told

    def node_term(self) -> dict[str, Any]:
        if self.maybe(0.12):
            names = [f"{self.name}-n{self.luck.randrange(4)}"]
            operator = self.luck.choice(("In", "In", "NotIn"))
            return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": names}]}
        return {"matchExpressions": [self.node_expression() for _ in range(self.luck.choice((1, 1, 2)))]}

    def node_expression(self) -> dict[str, Any]:
        luck = self.luck
        operator = luck.choice(("In", "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"))
        if operator in ("Gt", "Lt"):
            return {"key": "size", "operator": operator, "values": [str(luck.choice((0, 4, 8)))]}
        key, values = luck.choice((("disk", ("ssd", "hdd")), (ZONE, ("a", "b", "c"))))
        told: dict[str, Any] = {"key": key, "operator": operator}
        if operator in ("In", "NotIn"):
            told["values"] = luck.sample(values, luck.choice((1, 2)))
        return told

    def pod_terms(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if self.maybe(0.3):
            told["requiredDuringSchedulingIgnoredDuringExecution"] = [
                self.pod_term() for _ in range(self.luck.choice((1, 1, 2)))
            ]
        if self.maybe(0.6) or not told:
            told["preferredDuringSchedulingIgnoredDuringExecution"] = [
                {"weight": self.luck.choice((1, 13, 50, 100)), "podAffinityTerm": self.pod_term()}
                for _ in range(self.luck.choice((1, 2)))
            ]
        return told

    def selector(self) -> dict[str, Any]:
        luck = self.luck
        if self.maybe(0.6):
            return {"matchLabels": {"app": luck.choice(APPS)}}
        operator = luck.choice(("In", "NotIn", "Exists", "DoesNotExist"))
        one: dict[str, Any] = {"key": luck.choice(("app", "tier")), "operator": operator}
        if operator in ("In", "NotIn"):
            one["values"] = luck.sample(("web", "db", "front", "back"), 2)
        return {"matchExpressions": [one]}

    def pod_term(self) -> dict[str, Any]:
        luck = self.luck
        told: dict[str, Any] = {"topologyKey": luck.choice((ZONE, ZONE, HOSTNAME, "disk"))}
        if self.maybe(0.92):
            told["labelSelector"] = self.selector()
            if "tier" not in str(told["labelSelector"]) and self.maybe(0.15):
                told[luck.choice(("matchLabelKeys", "mismatchLabelKeys"))] = ["tier"]
        if self.maybe(0.15):
            told["namespaces"] = luck.choice((["other"], ["default", "other"]))
        if self.maybe(0.12):
            told["namespaceSelector"] = luck.choice(({}, {"matchLabels": {"kubernetes.io/metadata.name": "other"}}))
        return told

    def constraint(self) -> dict[str, Any]:
        luck = self.luck
        hard = self.maybe(0.35)
        told: dict[str, Any] = {
            "maxSkew": luck.choice((1, 1, 2, 3)),
            "topologyKey": luck.choice((ZONE, ZONE, HOSTNAME, "disk")),
            "whenUnsatisfiable": "DoNotSchedule" if hard else "ScheduleAnyway",
        }
        if self.maybe(0.92):
            told["labelSelector"] = self.selector()
        if hard and self.maybe(0.25):
            told["minDomains"] = luck.choice((1, 2, 4))
        if self.maybe(0.25):
            told["nodeAffinityPolicy"] = luck.choice(("Honor", "Ignore"))
        if self.maybe(0.25):
            told["nodeTaintsPolicy"] = luck.choice(("Honor", "Ignore"))
        if "labelSelector" in told and "tier" not in str(told["labelSelector"]) and self.maybe(0.15):
            told["matchLabelKeys"] = ["tier"]
        return told


EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


# -- asking -------------------------------------------------------------------------------------------------------


def main() -> int:
    enter(["-m", "tests.oracle.cases.scheduler"])
    folder = Path(tempfile.mkdtemp(prefix="podscope-oracle-"))
    plane = BarePlane(folder, BUILT / "bin" / f"kubernetes-{KUBERNETES.rpartition('.')[0]}", BUILT / "bin" / "etcd-3.7")
    plane.more = {
        # Nobody takes the taint off again, makes service accounts or priority classes here.
        "kube-apiserver": ("--disable-admission-plugins=TaintNodesByCondition,ServiceAccount,Priority",),
        "kube-scheduler": ("--v=2", "--vmodule=schedule_one=10,eventhandlers=4"),
    }
    plane.profiles = _profiles()
    drawn = list(cases())
    answers = []
    try:
        plane.start_etcd()
        plane.start_api_server()
        api = Api(plane)
        api.must("POST", "/api/v1/namespaces", {"metadata": {"name": "other"}})
        if api.ask("GET", "/api/v1/namespaces/default").code == 404:
            api.must("POST", "/api/v1/namespaces", {"metadata": {"name": "default"}})
        plane.start_scheduler()
        asked = Asked(plane, api)
        for case in drawn:
            answers.append({"name": case["name"], **asked.answer(case)})
    finally:
        plane.close()
    about = {"program": "kube-scheduler", "version": KUBERNETES}
    for part, start in PARTS.items():
        book.write(book.drawn(part), {"seed": SEED}, (case for case in drawn if case["name"].startswith(start)))
        mine = (answer for answer in answers if answer["name"].startswith(start))
        book.write(book.answered(f"kubernetes-{KUBERNETES}", part), about, mine)
    return 0


def _profiles() -> list[Mapping[str, Any]]:
    strategies: dict[str, Mapping[str, Any]] = {
        "most": {"type": "MostAllocated", "resources": RESOURCES},
        "ratio": {
            "type": "RequestedToCapacityRatio",
            "resources": RESOURCES,
            "requestedToCapacityRatio": {"shape": SHAPE},
        },
    }
    found: list[Mapping[str, Any]] = [{"schedulerName": "default-scheduler"}]
    for name, strategy in strategies.items():
        fit = {"name": "NodeResourcesFit", "args": {"scoringStrategy": strategy}}
        names = [{"name": one["name"], "weight": 1} for one in RESOURCES]
        even = {"name": "NodeResourcesBalancedAllocation", "args": {"resources": names}}
        found.append({"schedulerName": name, "pluginConfig": [fit, even]})
    return found


class Asked:
    """The running scheduler, whose log says what it has seen and what it made of it."""

    def __init__(self, plane: BarePlane, api: Api) -> None:
        self.api = api
        self.log = (plane.folder / "kube-scheduler.log").open()
        self.lines: list[tuple[str, dict[str, str]]] = []
        self.part = ""  # a line that is not written to its end

    def read(self) -> None:
        while line := self.log.readline():
            self.part += line
            if not line.endswith("\n"):
                return
            text, self.part = self.part.partition("] ")[2], ""
            message = text.partition('" ')[0].strip('"\n')
            self.lines.append((message, pairs(text)))

    def wait(self, message: str, key: str, names: set[str], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while True:
            self.read()
            left = names - {told.get(key, "") for text, told in self.lines if text == message}
            if not left:
                return
            if time.monotonic() > end:
                raise PlaneError(f"{message}: {sorted(left)}: not within {seconds:.0f} s")
            time.sleep(0.02)

    def answer(self, case: Mapping[str, Any]) -> dict[str, Any]:
        self.lines = []
        for node in case["nodes"]:
            self.api.must("POST", "/api/v1/nodes", node)
        self.wait("Add event for node", "node", {node["metadata"]["name"] for node in case["nodes"]})
        counted = {self.place(pod) for pod in case["bound"]}
        self.wait("Add event for scheduled pod", "pod", counted)
        ended = {
            f"{pod['metadata']['namespace']}/{pod['metadata']['name']}" for pod in case["bound"] if "status" in pod
        }
        self.wait("Delete event for scheduled pod", "pod", ended)
        going = {
            f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            for pod in case["bound"]
            if "deletionTimestamp" in pod["metadata"]
        }
        self.wait("Update event for scheduled pod", "pod", going)
        self.api.must("POST", "/api/v1/namespaces/default/pods", case["pod"])
        told = self.outcome(f"default/{case['pod']['metadata']['name']}")
        self.clean(case)
        return told

    def place(self, pod: Mapping[str, Any]) -> str:
        made = copy.deepcopy(dict(pod))
        going = made["metadata"].pop("deletionTimestamp", None)
        status = made.pop("status", None)
        namespace, name = made["metadata"]["namespace"], made["metadata"]["name"]
        path = f"/api/v1/namespaces/{namespace}/pods"
        stored = self.api.must("POST", path, made)
        if status:
            self.api.must("PUT", f"{path}/{name}/status", {**stored, "status": status})
        if going:
            self.api.must("DELETE", f"{path}/{name}", {"gracePeriodSeconds": 600})
        return f"{namespace}/{name}"

    def outcome(self, key: str) -> dict[str, Any]:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.read()
            mine = [(text, told) for text, told in self.lines if told.get("pod") == key]
            for text, told in mine:
                if text == "Unable to schedule pod; no fit; waiting":
                    return {"message": told["err"]}
                if text == "Unable to schedule pod; no nodes are registered to the cluster; waiting":
                    return {"message": "no nodes available to schedule pods"}
                if text == "Successfully bound pod to node":
                    return {"node": told["node"], "feasible": int(told["feasibleNodes"]), **self.scores(mine)}
            time.sleep(0.02)
        raise PlaneError(f"{key}: no outcome")

    @staticmethod
    def scores(mine: list[tuple[str, dict[str, str]]]) -> dict[str, Any]:
        """By node: each plugin's score, normalised and times its weight, and the total."""
        scores: dict[str, dict[str, int]] = {}
        for text, told in mine:
            if text == "Plugin scored node for pod":
                scores.setdefault(told["node"], {})[told["plugin"]] = int(told["score"])
            if text == "Calculated node's final score for pod":
                scores.setdefault(told["node"], {})["total"] = int(told["score"])
        return {"scores": dict(sorted(scores.items()))} if scores else {}

    def clean(self, case: Mapping[str, Any]) -> None:
        names = [(pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in (*case["bound"], case["pod"])]
        for namespace, name in names:
            reply = self.api.ask("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}", {"gracePeriodSeconds": 0})
            if reply.code not in (200, 404):
                raise RuntimeError(reply.body)
        for node in case["nodes"]:
            self.api.must("DELETE", f"/api/v1/nodes/{node['metadata']['name']}")
        self.wait("Delete event for node", "node", {node["metadata"]["name"] for node in case["nodes"]})


if __name__ == "__main__":
    sys.exit(main())
