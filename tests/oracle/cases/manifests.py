"""Random manifests through the real API server: what it fills in, and the words in which it refuses."""

import copy
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from tests.oracle.cases import book
from tests.oracle.cases.cluster import Api, Reply, bare_api
from tests.oracle.plane import KUBERNETES, enter

SEED, PODS, BAD = 20261129, 300, 300
LIMITED = "limited"
RANGE = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "usual", "namespace": LIMITED},
    "spec": {
        "limits": [
            {
                "type": "Container",
                "default": {"cpu": "500m", "memory": "256Mi"},
                "defaultRequest": {"cpu": "250m"},
                "min": {"memory": "16Mi"},
            }
        ]
    },
}
Json = dict[str, Any]

# -- valid Pods ---------------------------------------------------------------------------------------------------


def pods() -> Iterator[Json]:
    luck = random.Random(SEED)
    for number in range(PODS):
        yield {"name": f"case-{number:03}", "pod": _pod(luck, f"case-{number:03}")}


def _pod(luck: random.Random, name: str) -> Json:
    shape = luck.choice(("none", "equal", "equal", "some", "any", "any"))
    spec: Json = {"containers": [_container(luck, f"c{i}", shape) for i in range(luck.choice((1, 1, 2, 3)))]}
    init = [_container(luck, f"i{i}", shape) for i in range(luck.choice((0, 0, 0, 1, 2)))]
    for one in init:
        if luck.random() < 0.4:
            one["restartPolicy"] = "Always"
    if init:
        spec["initContainers"] = init
    if luck.random() < 0.2:
        # Enough for every container: else it would be refused.
        whole = luck.choice(({"cpu": "60", "memory": "90Gi"}, {"cpu": "60"}, {"memory": "90Gi"}))
        spec["resources"] = luck.choice(({"requests": whole}, {"requests": whole, "limits": whole}, {"limits": whole}))
    if luck.random() < 0.15:
        spec["priorityClassName"] = luck.choice(("system-node-critical", "system-cluster-critical"))
    namespace = LIMITED if luck.random() < 0.25 and "resources" not in spec else "default"
    if "priorityClassName" in spec:
        namespace = "kube-system"
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def _container(luck: random.Random, name: str, shape: str) -> Json:
    told: Json = {"name": name, "image": "registry.example.com/app:1"}
    if shape == "none" or (shape == "some" and luck.random() < 0.4):
        return told
    cpu, memory = (
        luck.choice(("100m", "0.5", "2", "1500m")),
        luck.choice(("64Mi", "1Gi", "1500M", "0.5Gi", "128974848")),
    )
    if shape == "equal":
        limits = {"cpu": cpu, "memory": memory}
        told["resources"] = luck.choice(({"limits": limits}, {"limits": limits, "requests": limits}))
        return told
    requests, limits = {}, {}
    for resource, amount, more in (("cpu", cpu, "4"), ("memory", memory, "4Gi")):
        way = luck.choice(("no", "request", "limit", "both", "equal", "zero"))
        if way == "request":
            requests[resource] = amount
        elif way == "limit":
            limits[resource] = amount
        elif way == "both":
            requests[resource], limits[resource] = amount, more
        elif way == "equal":
            requests[resource] = limits[resource] = amount
        elif way == "zero":
            requests[resource] = "0"
    if luck.random() < 0.1:
        limits["ephemeral-storage"] = "1Gi"
    if luck.random() < 0.05:
        limits["example.com/gpu"] = "1"
    resources = {key: amounts for key, amounts in (("requests", requests), ("limits", limits)) if amounts}
    return {**told, "resources": resources} if resources else told


# -- bad manifests ------------------------------------------------------------------------------------------------

PATHS = {
    "Pod": "/api/v1/namespaces/default/pods",
    "Node": "/api/v1/nodes",
    "Deployment": "/apis/apps/v1/namespaces/default/deployments",
    "DaemonSet": "/apis/apps/v1/namespaces/default/daemonsets",
    "StatefulSet": "/apis/apps/v1/namespaces/default/statefulsets",
    "Service": "/api/v1/namespaces/default/services",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
}
LABELS = {"app": "web"}
AMOUNTS: Json = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "128Mi"}}


def _template() -> Json:
    container = {"name": "app", "image": "registry.example.com/app:1", "resources": copy.deepcopy(AMOUNTS)}
    return {"metadata": {"labels": dict(LABELS)}, "spec": {"containers": [container]}}


def good(kind: str) -> Json:
    """A manifest that is taken."""
    meta: Json = {"name": "web", "labels": dict(LABELS)}
    if kind == "Pod":
        return {"apiVersion": "v1", "kind": kind, "metadata": meta, "spec": _template()["spec"]}
    if kind == "Node":
        amounts = {"cpu": "4", "memory": "8Gi", "pods": "110"}
        return {"apiVersion": "v1", "kind": kind, "metadata": meta, "status": {"allocatable": amounts}}
    if kind == "Service":
        ports = [{"name": "http", "port": 80, "targetPort": 8080}]
        service = {"type": "ClusterIP", "clusterIP": "10.96.0.50", "selector": dict(LABELS), "ports": ports}
        return {"apiVersion": "v1", "kind": kind, "metadata": meta, "spec": service}
    if kind == "EndpointSlice":
        return {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": kind,
            "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
            "endpoints": [{"addresses": ["10.244.1.2"], "nodeName": "node-1", "conditions": {"ready": True}}],
        }
    spec: Json = {"selector": {"matchLabels": dict(LABELS)}, "template": _template()}
    if kind == "Deployment":
        spec["replicas"] = 3
    if kind == "StatefulSet":
        spec |= {"replicas": 3, "serviceName": "web"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": spec}


def put(path: str, *values: Any) -> Callable[[random.Random, Json], None]:
    """Sets one of the values at a place such as `spec.containers[0].name`; the value `GONE` takes it away."""

    def change(luck: random.Random, root: Json) -> None:
        keys: list[str | int] = []
        for word in path.split("."):
            name, *numbers = word.replace("]", "").split("[")
            keys += [name.replace("~", "."), *map(int, numbers)]
        here: Any = root
        for key, after in pairwise(keys):
            empty: Any = [] if isinstance(after, int) else {}
            if isinstance(key, int) and key == len(here):
                here.append(empty)
            here = here[key] if isinstance(key, int) else here.setdefault(key, empty)
        last, value = keys[-1], copy.deepcopy(luck.choice(values))
        if value == GONE:
            del here[last]
        elif isinstance(last, int) and last == len(here):
            here.append(value)
        else:
            here[last] = value

    return change


GONE = "(gone)"
_NAMES = ("Web", "web_1", "-web", "web-", "a" * 64, "")
_LABEL_VALUES = ("a b", "-a", "a" * 64, "é")
_NUMBERS = (0, -1, 65536, 100000)
_POD: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("containers", (GONE, [])),
    ("containers[0].name", _NAMES),
    ("containers[0].image", ("", GONE, " app")),
    ("containers[1]", ({"name": "app", "image": "b"},)),
    ("containers[0].imagePullPolicy", ("Sometimes", "always")),
    ("containers[0].terminationMessagePolicy", ("Never",)),
    ("containers[0].resources.requests.cpu", ("-1", "2", "1x", "1.5.5", "", "0.0001")),
    ("containers[0].resources.requests.memory", ("-64Mi", "1Gi", "64MB", "64 Mi")),
    ("containers[0].resources.limits.memory", ("-1", "1Ki")),
    ("containers[0].resources.limits.cpu", ("-1", "1m")),
    ("containers[0].resources.requests.gpu", ("1",)),
    ("containers[0].resources.requests.example~com/gpu", ("1", "1.5")),
    ("containers[0].resources.limits.example~com/gpu", ("1500m", "-1")),
    ("containers[0].resources.limits.hugepages-2Mi", ("3Mi", "1Mi")),
    ("containers[0].resources.limits.-x", ("1",)),
    ("containers[0].ports", ([{"containerPort": 0}], [{"containerPort": 70000}], [{"hostPort": 80}])),
    ("containers[0].ports", ([{"containerPort": 80, "protocol": "HTTP"}], [{"containerPort": 80, "name": "A_b"}])),
    ("containers[0].ports", ([{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}],)),
    ("containers[0].ports", ([{"containerPort": 80, "hostPort": 99999}], [{"containerPort": 80, "hostIP": "a"}])),
    ("containers[0].restartPolicy", ("Sometimes",)),
    ("containers[0].env", ([{"name": "A=b", "value": "1"}], [{"value": "1"}])),
    (
        "initContainers",
        ([{"name": "app", "image": "b"}], [{"name": "i"}], [{"name": "i", "image": "b", "restartPolicy": "x"}]),
    ),
    ("restartPolicy", ("Sometimes", "always")),
    ("dnsPolicy", ("Any",)),
    ("terminationGracePeriodSeconds", (-1, "30")),
    ("activeDeadlineSeconds", (0, -5)),
    ("nodeSelector", ({"disk": "a b"}, {"-x": "a"}, {"a/b/c": "x"})),
    ("nodeName", ("Node_1",)),
    ("tolerations", ([{"operator": "Equals", "key": "a"}], [{"operator": "Exists", "key": "a", "value": "b"}])),
    ("tolerations", ([{"operator": "Equal", "value": "b"}], [{"key": "a", "effect": "No"}], [{"key": "a b"}])),
    ("tolerations", ([{"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5}], [{"key": "a", "value": "x y"}])),
    ("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", ({"nodeSelectorTerms": []}, {})),
    (
        "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
        (
            [{"matchExpressions": [{"key": "a", "operator": "In"}]}],
            [{"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}],
            [{"matchExpressions": [{"key": "a", "operator": "Is", "values": ["b"]}]}],
            [{"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1", "2"]}]}],
            [{"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["x"]}]}],
            [{"matchExpressions": [{"key": "a b", "operator": "Exists"}]}],
            [{"matchFields": [{"key": "metadata.uid", "operator": "In", "values": ["b"]}]}],
            [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b", "c"]}]}],
            [{"matchFields": [{"key": "metadata.name", "operator": "Exists"}]}],
        ),
    ),
    (
        "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution",
        ([{"weight": 0, "preference": {}}], [{"weight": 101, "preference": {"matchExpressions": []}}]),
    ),
    (
        "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
        (
            [{"labelSelector": {"matchLabels": LABELS}}],
            [{"topologyKey": "", "labelSelector": {}}],
            [{"topologyKey": "a b", "labelSelector": {}}],
            [{"topologyKey": "zone", "labelSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}],
            [
                {
                    "topologyKey": "zone",
                    "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]},
                }
            ],
            [{"topologyKey": "zone", "labelSelector": {}, "namespaces": ["A_b"]}],
            [{"topologyKey": "zone", "matchLabelKeys": ["app"]}],
            [{"topologyKey": "zone", "labelSelector": {"matchLabels": LABELS}, "matchLabelKeys": ["app"]}],
            [{"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["a"], "mismatchLabelKeys": ["a"]}],
        ),
    ),
    (
        "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution",
        (
            [{"weight": 0, "podAffinityTerm": {"topologyKey": "zone"}}],
            [{"weight": 101, "podAffinityTerm": {"topologyKey": "zone"}}],
            [{"weight": 5, "podAffinityTerm": {}}],
            [{"podAffinityTerm": {"topologyKey": "zone"}}],
        ),
    ),
    (
        "topologySpreadConstraints",
        (
            [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
            [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
            [{"maxSkew": -1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
            [{"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}],
            [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "Maybe"}],
            [{"maxSkew": 1, "topologyKey": "zone"}],
            [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "minDomains": 2}],
            [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 0}],
            [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "No"}],
            [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}] * 2,
        ),
    ),
    ("schedulingGates", ([{"name": ""}], [{"name": "a b"}], [{"name": "a"}, {"name": "a"}])),
    ("preemptionPolicy", ("Sometimes",)),
    ("resources", ({"requests": {"cpu": "1m"}}, {"requests": {"example.com/gpu": "1"}}, {"limits": {"memory": "1Mi"}})),
    ("resources", ({"requests": {"cpu": "-1"}}, {"requests": {"cpu": "2"}, "limits": {"cpu": "1500m"}})),
    ("priority", (5,)),
    ("priorityClassName", ("nobody",)),
    ("hostNetwork", ("yes",)),
    ("sevice", (1,)),
)
_META: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("metadata.name", ("Web", "web_1", "-web", "web-", "a" * 260, GONE)),
    ("metadata.labels.app", _LABEL_VALUES),
    ("metadata.labels.-x", ("a",)),
    ("metadata.labels.a/b/c", ("a",)),
    ("metadata.annotations.a b", ("x",)),
)
_WORKLOAD: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("spec.selector", (GONE, {}, {"matchLabels": {"app": "other"}}, {"matchLabels": {"app": "a b"}})),
    (
        "spec.selector.matchExpressions",
        ([{"key": "app", "operator": "In"}], [{"key": "app", "operator": "Is", "values": ["a"]}]),
    ),
    ("spec.template.metadata.labels", (GONE, {"app": "other"}, {"app": "a b"})),
    ("spec.template.spec.restartPolicy", ("Never", "OnFailure")),
    ("spec.template.spec.containers", (GONE, [])),
    ("spec.template.spec.containers[0].name", ("Web", "")),
    ("spec.template.spec.containers[0].image", ("", GONE)),
    ("spec.template.spec.containers[0].resources.requests.cpu", ("2", "-1")),
    ("spec.template.spec.activeDeadlineSeconds", (5,)),
    ("spec.minReadySeconds", (-1,)),
    ("spec.revisionHistoryLimit", (-1,)),
)
_DEPLOYMENT: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("spec.replicas", (-1, "3", 1.5)),
    ("spec.progressDeadlineSeconds", (-1, 0, 5)),
    ("spec.strategy", ({"type": "Rolling"}, {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}})),
    ("spec.strategy.rollingUpdate", ({"maxSurge": 0, "maxUnavailable": 0}, {"maxSurge": "0%", "maxUnavailable": "0%"})),
    ("spec.strategy.rollingUpdate", ({"maxSurge": -1}, {"maxSurge": "25"}, {"maxSurge": "a%"}, {"maxSurge": "-5%"})),
    ("spec.strategy.rollingUpdate", ({"maxUnavailable": "101%"}, {"maxUnavailable": -1}, {"maxUnavailable": "1.5%"})),
    ("spec.strategy.rollingUpdate", ({"maxSurge": 1.5}, {"maxSurge": True}, {"maxSurge": ""})),
    ("spec.paused", ("no",)),
)
_DAEMON_SET: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("spec.updateStrategy", ({"type": "Rolling"}, {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}})),
    (
        "spec.updateStrategy.rollingUpdate",
        ({"maxSurge": 0, "maxUnavailable": 0}, {"maxUnavailable": "101%"}, {"maxSurge": -1}),
    ),
    ("spec.replicas", (3,)),
)
_STATEFUL_SET: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("spec.replicas", (-1,)),
    ("spec.podManagementPolicy", ("Random",)),
    ("spec.updateStrategy", ({"type": "Rolling"}, {"type": "OnDelete", "rollingUpdate": {"partition": 1}})),
    ("spec.updateStrategy.rollingUpdate", ({"partition": -1}, {"maxUnavailable": 0}, {"maxUnavailable": "101%"})),
    ("spec.ordinals", ({"start": -1},)),
)
_SERVICE: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("spec.ports", (GONE, [], [{"port": 80}, {"port": 81}], [{"name": "a", "port": 80}, {"name": "a", "port": 81}])),
    (
        "spec.ports",
        ([{"name": "a", "port": 80}, {"name": "b", "port": 80}], [{"name": "a b", "port": 80}], [{"name": "http"}]),
    ),
    ("spec.ports[0].port", _NUMBERS),
    ("spec.ports[0].targetPort", (0, 70000, "Http_1", "", "1")),
    ("spec.ports[0].protocol", ("HTTP", "tcp")),
    ("spec.ports[0].nodePort", (30000,)),
    ("spec.ports[0].name", ("A", "a_b", "a" * 64)),
    ("spec.ports[0].appProtocol", ("a b",)),
    ("spec.type", ("Cluster", "ExternalName", "clusterip")),
    ("spec.clusterIP", ("10.96.0", "192.168.1.1", "none", "010.96.0.1")),
    ("spec.externalIPs", (["x"], ["127.0.0.1"], ["0.0.0.0"], ["224.0.0.1"], ["10.0.0.1/8"])),
    ("spec.internalTrafficPolicy", ("Here",)),
    ("spec.externalTrafficPolicy", ("Local", "Here")),
    ("spec.sessionAffinity", ("Cookie", "clientIP")),
    ("spec.sessionAffinityConfig", ({"clientIP": {"timeoutSeconds": 60}},)),
    (
        "spec",
        tuple(
            {
                **good("Service")["spec"],
                "sessionAffinity": "ClientIP",
                "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": n}},
            }
            for n in (0, -1, 86401)
        ),
    ),
    ("spec.loadBalancerSourceRanges", (["10.0.0.0/8"],)),
    (
        "spec",
        tuple(
            {**good("Service")["spec"], "type": "LoadBalancer", "loadBalancerSourceRanges": [text]}
            for text in ("x", "10.0.0.1", "10.0.0.0/99")
        ),
    ),
    (
        "spec",
        tuple(
            {**good("Service")["spec"], "type": "NodePort", "ports": [{"port": 80, "nodePort": n}]}
            for n in (80, 29999, 40000, -1)
        ),
    ),
    ("spec.healthCheckNodePort", (31000,)),
    ("spec.selector", ({"app": "a b"}, {"-x": "a"})),
    ("spec.ipFamilies", (["IPv5"], ["IPv6"], ["IPv4", "IPv4"])),
    ("spec.ipFamilyPolicy", ("Dual",)),
    ("spec.trafficDistribution", ("Near",)),
    ("metadata.name", ("1web", "web.a")),
)
_SLICE: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("addressType", (GONE, "IP", "IPv6")),
    ("ports", ([{"port": 0}], [{"port": 70000}], [{"port": 80, "protocol": "HTTP"}], [{"port": 80, "name": "A_b"}])),
    ("ports", ([{"name": "a", "port": 80}, {"name": "a", "port": 81}],)),
    ("endpoints[0].addresses", ([], ["x"], ["127.0.0.1"], ["fd00::1"], ["10.244.1.2", "10.244.1.300"], ["010.1.1.1"])),
    ("endpoints[0].nodeName", ("Node_1",)),
    ("endpoints[0].hints", ({"forZones": [{"name": "a"}, {"name": "a"}]}, {"forZones": [{"name": "a b"}]})),
    ("endpoints[0].conditions.ready", ("yes",)),
)
_NODE: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("spec.taints", ([{"key": "a"}], [{"key": "a", "effect": "No"}], [{"key": "a b", "effect": "NoSchedule"}])),
    (
        "spec.taints",
        ([{"key": "a", "effect": "NoSchedule"}] * 2, [{"key": "a", "value": "x y", "effect": "NoSchedule"}]),
    ),
    ("spec.taints", ([{"effect": "NoSchedule"}], [{"key": "a", "value": "b" * 64, "effect": "NoExecute"}])),
    ("status.allocatable.cpu", ("-1", "x")),
    ("status.allocatable.pods", ("1.5", "-3")),
    ("status.allocatable.example~com/gpu", ("1500m",)),
    ("spec.unschedulable", ("yes",)),
    ("metadata.labels.disk", ("a b",)),
)
CHANGES: Mapping[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "Pod": (*((f"spec.{path}", values) for path, values in _POD), *_META),
    "Deployment": (*_DEPLOYMENT, *_WORKLOAD, *_META),
    "DaemonSet": (*_DAEMON_SET, *_WORKLOAD),
    "StatefulSet": (*_STATEFUL_SET, *_WORKLOAD),
    "Service": (*_SERVICE, *_META),
    "EndpointSlice": _SLICE,
    "Node": _NODE,
}


def bad() -> Iterator[Json]:
    """Every change once, then some in pairs, so that the order of what is told shows, as far as `BAD` goes."""
    luck = random.Random(SEED)
    singles = [(kind, path, value) for kind, changes in CHANGES.items() for path, values in changes for value in values]
    luck.shuffle(singles)
    pairs = 40
    made = [(kind, [(path, value)]) for kind, path, value in singles[: BAD - pairs]]
    for _ in range(pairs):
        kind = luck.choice(tuple(CHANGES))
        (one, ones), (other, others) = luck.sample(CHANGES[kind], 2)
        made.append((kind, [(one, luck.choice(ones)), (other, luck.choice(others))]))
    for number, (kind, changes) in enumerate(made):
        root = good(kind)
        for path, value in changes:
            try:
                put(path, value)(luck, root)
            except (IndexError, KeyError, TypeError):  # a pair took away what the other would change
                continue
        yield {"name": f"case-{number:03}", "manifest": root}


# -- asking -------------------------------------------------------------------------------------------------------


def main() -> int:
    enter(["-m", "tests.oracle.cases.manifests"])
    with bare_api() as api:
        for name in (LIMITED, "default"):
            api.have_namespace(name)
        api.must("POST", f"/api/v1/namespaces/{LIMITED}/limitranges", RANGE)
        time.sleep(2)  # until admission has seen it
        _record("defaults", list(pods()), lambda case: _taken(api, case["pod"]))
        _record("refusals", list(bad()), lambda case: _told(_create(api, case["manifest"])))
    return 0


def _record(part: str, drawn: list[Json], ask: Callable[[Json], Json]) -> None:
    answers = [{"name": case["name"], **ask(case)} for case in drawn]
    book.write(book.drawn(part), {"seed": SEED, "limit_range": RANGE}, drawn)
    about = {"program": "kube-apiserver", "version": KUBERNETES}
    book.write(book.answered(f"kubernetes-{KUBERNETES}", part), about, answers)


def _create(api: Api, manifest: Json) -> Reply:
    """As kubectl asks: strictly, so that unknown fields are refused.

    In a dry run node ports are not allotted, and so their range is not checked: a Service is made in earnest.
    """
    path = PATHS[manifest["kind"]]
    if manifest["kind"] != "Service":
        return api.ask("POST", f"{path}?dryRun=All&fieldValidation=Strict", manifest)
    reply = api.ask("POST", f"{path}?fieldValidation=Strict", manifest)
    if reply.code < 300:
        api.must("DELETE", f"{path}/{manifest['metadata']['name']}")
    return reply


def _taken(api: Api, pod: Json) -> Json:
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods?dryRun=All&fieldValidation=Strict"
    reply = api.ask("POST", path, pod)
    if reply.code >= 300:
        return _told(reply)
    return {"qosClass": reply.body["status"]["qosClass"], "spec": reply.body["spec"]}


def _told(reply: Reply) -> Json:
    if reply.code < 300:
        return {"code": reply.code}
    causes = reply.body.get("details", {}).get("causes", ())
    told = {"code": reply.code, "reason": reply.body.get("reason", ""), "message": reply.body["message"]}
    return {**told, "causes": [[cause.get("field", ""), cause["message"]] for cause in causes]}


if __name__ == "__main__":
    sys.exit(main())
