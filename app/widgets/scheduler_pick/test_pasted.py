"""What people paste for a Pod that waits: whole Lists, descriptions of nodes, and what the API server would refuse."""
# ruff: noqa: E501  A situation stands on one line, so that the tables can be read as tables.

import json
from typing import Any

import pytest

from app.kube.refusal import Refusal
from app.widgets.scheduler_pick.widget import Inputs, Outcome, run

NODE = {
    "kind": "Node",
    "metadata": {"name": "n1", "labels": {"kubernetes.io/hostname": "n1"}},
    "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "110", "nvidia.com/gpu": "2"}},
}


def ask(pod: Any, nodes: Any = NODE, pods: Any = None, **inputs: Any) -> Outcome:
    texts = {"pod": pod, "nodes": nodes, "pods": pods or ""}
    typed: dict[str, Any] = {key: text if isinstance(text, str) else json.dumps(text) for key, text in texts.items()}
    return run(Inputs(**typed, **inputs))


def pod(name: str = "g", resources: Any = None, node: str = "", phase: str = "Pending", **spec: Any) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"nodeName": node, "containers": [{"name": "a", "resources": resources or {}}], **spec},
        "status": {"phase": phase},
    }


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "List", "items": items}


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({"limits": {"nvidia.com/gpu": 0.5}}, 'Invalid value: "500m": must be an integer'),
        (
            {"requests": {"nvidia.com/gpu": 1}, "limits": {"nvidia.com/gpu": 2}},
            "must be equal to nvidia.com/gpu limit of 2",
        ),
        ({"limits": {"gpu": 1}}, "must be a standard resource type or fully qualified"),
        ({"requests": {"cpu": 2}, "limits": {"cpu": 1}}, "must be less than or equal to cpu limit of 1"),
    ],
)
def test_what_the_api_server_refuses_is_refused_in_its_words(resources: Any, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(pod(resources=resources))

    assert said in refused.value.values["said"]


def test_a_device_without_its_limit_is_computed_and_said() -> None:
    outcome = ask(pod(resources={"requests": {"nvidia.com/gpu": 1}}))

    assert outcome.chosen == ("n1",)
    assert [note.values["said"] for note in outcome.notes if note.key == "note.objection"] == [
        "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources"
    ]


# kubernetes/kubernetes#141526: 1.34 to 1.36 clear a copy of the term (interpodaffinity/plugin.go, v1.36.3); v1.37.0 and
# v1.37.2 clear the term itself.
@pytest.mark.parametrize(
    ("operator", "version", "chosen", "note"),
    [
        ("NotIn", "1.33", ("n1",), "note.read-well"),
        ("NotIn", "1.34", (), "note.misread"),
        ("NotIn", "1.36", (), "note.misread"),
        ("NotIn", "1.37", ("n1",), "note.misread-before"),
        ("In", "1.36", (), ""),
        ("In", "1.37", (), ""),
    ],
)
def test_a_negative_namespace_selector_is_misread_by_some_versions(
    operator: str, version: str, chosen: tuple[str, ...], note: str
) -> None:
    expression = {"key": "kubernetes.io/metadata.name", "operator": operator, "values": ["mill"]}
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchExpressions": [{"key": "wheel", "operator": "Exists"}]},
        "namespaceSelector": {"matchExpressions": [expression]},
    }
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    incoming, other = pod("b", affinity=affinity), pod("a", node="n1", phase="Running")
    for each, wheel in ((incoming, "w1"), (other, "w2")):
        each["metadata"] |= {"namespace": "mill", "labels": {"wheel": wheel}}

    outcome = ask(incoming, pods=other, kubernetes_version=version)

    assert outcome.chosen == chosen
    assert ("node(s) didn't match pod anti-affinity rules" in outcome.message) == (not chosen)
    assert [said.key for said in outcome.notes if said.key.startswith(("note.misread", "note.read"))] == (
        [note] if note else []
    )


def test_nodes_that_the_affinity_leaves_out_do_not_count_for_the_skew() -> None:
    """kubernetes/kubernetes#114788."""
    required = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "In", "values": ["mill"]}]}]}
    waiting = pod(
        "w",
        affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}},
        topologySpreadConstraints=[
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "w"}},
            }
        ],
    )
    waiting["metadata"]["labels"] = {"app": "w"}
    nodes = [
        {**NODE, "metadata": {"name": name, "labels": labels}}
        for name, labels in (("p1", {"pool": "mill", "zone": "a"}), ("o1", {"zone": "b"}))
    ]
    bound = [
        {**pod(f"x{i}", node="p1", phase="Running"), "metadata": {"name": f"x{i}", "labels": {"app": "w"}}}
        for i in range(3)
    ]

    assert ask(waiting, listed(*nodes), listed(*bound)).chosen == ("p1",)


def test_of_a_list_the_pod_that_waits_is_taken() -> None:
    outcome = ask(listed(pod("runs", node="n1", phase="Running"), pod("waits"), pod("too")))

    assert outcome.verdict.values["pod"] == "waits"
    assert [(one.name, one.reason) for one in outcome.passed_over] == [
        ("runs", "one-is-enough"),
        ("too", "one-is-enough"),
    ]


def test_pods_that_do_not_count_are_named_with_the_reason() -> None:
    outcome = ask(
        pod(),
        pods=listed(
            pod("runs", node="n1", phase="Running"),
            pod("ended", node="n1", phase="Succeeded"),
            pod("waits"),
            pod("elsewhere", node="n9", phase="Running"),
        ),
    )

    assert [(one.name, one.reason) for one in outcome.passed_over] == [
        ("ended", "finished"),
        ("waits", "pending"),
        ("elsewhere", "other-node"),
    ]


DESCRIBED = """\
Name:               mill-1
Roles:              <none>
Labels:             kubernetes.io/hostname=mill-1
                    zone=a
Annotations:        <none>
Taints:             mill=yes:NoSchedule
                    old:NoExecute
Unschedulable:      false
Conditions:
  Type             Status
Addresses:
  InternalIP:  10.0.0.1
Capacity:
  cpu:                12
  memory:             32Gi
  pods:               110
Allocatable:
  cpu:                11
  memory:             30Gi
  nvidia.com/gpu:     1
  pods:               110
System Info:
  Kernel Version:  6.12
Non-terminated Pods:  (0 in total)
Events:              <none>
"""


def test_described_nodes_are_read() -> None:
    tolerations = [{"key": "mill", "operator": "Exists"}, {"key": "old", "operator": "Exists"}]
    wanted = pod(resources={"limits": {"nvidia.com/gpu": 1}}, tolerations=tolerations, nodeSelector={"zone": "a"})
    two = DESCRIBED + "\n\n" + DESCRIBED.replace("mill-1", "mill-2").replace("zone=a", "zone=b")

    outcome = ask(wanted, f"$ kubectl describe nodes\n{two}")

    assert [node.name for node in outcome.nodes] == ["mill-1", "mill-2"]
    assert outcome.chosen == ("mill-1",)
    assert "note.described" in [note.key for note in outcome.notes]
    assert ask(pod(), DESCRIBED).nodes[0].reasons == ("node(s) had untolerated taint(s)",)


ROWS = {
    "1.37": "  Namespace    Name        CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age\n"
    "  ---------    ----        ------------  ----------  ---------------  -------------  ---\n"
    "  shop         cart-0      5 (45%)       5 (45%)     8Gi (26%)        8Gi (26%)      2d\n"
    "  kube-system  agent-x7bq  100m (0%)     0 (0%)      0 (0%)           0 (0%)         5d3h\n",
    "1.6": "  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\n"
    "  ---------\t----\t\t------------\t----------\t---------------\t-------------\n"
    "  shop\tcart-0\t5 (45%)\t5 (45%)\t8Gi (26%)\t8Gi (26%)\n"
    "  kube-system\tagent-x7bq\t100m (0%)\t0 (0%)\t0 (0%)\t0 (0%)\n",
}


@pytest.mark.parametrize("version", ROWS)
def test_the_pods_that_a_described_node_lists_are_counted(version: str) -> None:
    """kubectl pkg/describe/describe.go, describeNodeResource: requests of the Pods that have not ended."""
    free = DESCRIBED.replace("mill=yes:NoSchedule\n                    old:NoExecute", "<none>")
    text = free.replace("Non-terminated Pods:  (0 in total)\n", "Non-terminated Pods:  (2 in total)\n" + ROWS[version])
    wanted = pod(resources={"requests": {"cpu": "6"}})

    (node,) = ask(wanted, text).nodes

    assert ask(wanted, free).chosen == ("mill-1",)
    assert node.reasons == ("Insufficient cpu",)
    assert node.sums[0].values["left"] == "5900m"
    assert {"count": 2} in [note.values for note in ask(wanted, text).notes if note.key == "note.described-pods"]


def test_a_pod_that_was_pasted_is_not_counted_twice() -> None:
    free = DESCRIBED.replace("mill=yes:NoSchedule\n                    old:NoExecute", "<none>")
    text = free.replace("Non-terminated Pods:  (0 in total)\n", "Non-terminated Pods:  (2 in total)\n" + ROWS["1.37"])
    cart = (
        "kind: Pod\nmetadata: {name: cart-0, namespace: shop}\n"
        "spec: {nodeName: mill-1, containers: [{name: a, image: a, resources: {requests: {cpu: '5', memory: 8Gi}}}]}\n"
    )
    outcome = run(Inputs(pod=json.dumps(pod(resources={"requests": {"cpu": "5900m"}})), nodes=text, pods=cart))

    assert outcome.chosen == ("mill-1",)
    assert {"count": 1} in [note.values for note in outcome.notes]


@pytest.mark.parametrize(
    ("text", "printed_by"),
    [
        (
            "Name:               mill-1\nRoles:              <none>\nTaints:             <none>\nCapacity:\n  cpu: 12\n",
            "kubectl describe node",
        ),
        ("NAME     STATUS   ROLES    AGE   VERSION\nmill-1   Ready    <none>   5d    v1.36.3\n", "kubectl get nodes"),
        (
            "NAME     CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%\nmill-1   100m         2%     1000Mi          10%\n",
            "kubectl top nodes",
        ),
    ],
)
def test_what_does_not_say_enough_is_named(text: str, printed_by: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(pod(), text)

    assert (refused.value.field, refused.value.values["printed_by"]) == ("nodes", printed_by)
    assert refused.value.values["wanted"] == "kubectl get nodes -o yaml"


def test_a_pod_that_is_bound_already_is_said_to_be() -> None:
    """The scheduler's queue never sees it: pkg/scheduler/eventhandlers.go, assignedPod."""
    nodes = "kind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {cpu: '4', memory: 16Gi, pods: '110'}}\n"
    free = "kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: web}]}\n"
    bound = free.replace("spec: {", "spec: {nodeName: n1, ")

    said = [run(Inputs(pod=pod, nodes=nodes, pods="")).notes for pod in (bound, free)]

    assert [[note.values["node"] for note in notes if note.key == "note.bound"] for notes in said] == [["n1"], []]


def resized(spec: str, *, allocated: str = "", actual: str = "", reason: str = "", **status: Any) -> dict[str, Any]:
    """A running pod as `kubectl get pod -o yaml` prints it, its one container asking for so much cpu."""
    container: dict[str, Any] = {"name": "a"}
    if allocated:
        container["allocatedResources"] = {"cpu": allocated}
    if actual:
        container["resources"] = {"requests": {"cpu": actual}}
    running = pod("r", {"requests": {"cpu": spec}}, node="n1", phase="Running")
    conditions = [{"type": "PodResizePending", "status": "True", "reason": reason}] if reason else []
    return {
        **running,
        "status": {"phase": "Running", "containerStatuses": [container], "conditions": conditions, **status},
    }


@pytest.mark.parametrize(
    ("bound", "version", "free"),
    [
        pytest.param(resized("1", allocated="3", actual="3"), "1.37", 1, id="shrinks, and is not smaller yet"),
        pytest.param(resized("3", allocated="1", actual="1", reason="Deferred"), "1.37", 1, id="grows later"),
        pytest.param(resized("3", allocated="1", actual="1", reason="Infeasible"), "1.37", 3, id="never grows"),
        pytest.param(resized("1", allocated="2", actual="3"), "1.37", 1, id="what is in force is larger"),
        pytest.param(resized("2"), "1.37", 2, id="a status without amounts"),
        pytest.param(resized("1", allocated="3", actual="3"), "1.34", 1, id="each container on its own up to 1.36"),
        pytest.param(resized("1", allocated="3", actual="3"), "1.32", 3, id="not by default before 1.33"),
        pytest.param(
            resized("1", allocatedResources={"cpu": "2"}, resources={"requests": {"cpu": "3"}}),
            "1.37",
            1,
            id="the pod as a whole",
        ),
    ],
)
def test_a_pod_that_is_resized_counts_for_the_largest(bound: dict[str, Any], version: str, free: int) -> None:
    """component-helpers v0.37.2, resource/helpers.go, AggregateContainerRequests."""
    nodes = "kind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {cpu: '4', memory: 16Gi, pods: '110'}}\n"

    fits = [
        bool(ask(pod(resources={"requests": {"cpu": str(cpu)}}), nodes, bound, kubernetes_version=version).chosen)
        for cpu in (free, free + 1)
    ]

    assert fits == [True, False]


def test_a_pod_that_counts_for_more_than_it_asks_for_is_named() -> None:
    nodes = "kind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {cpu: '4', memory: 16Gi, pods: '110'}}\n"

    said = [ask(pod(), nodes, bound).notes for bound in (resized("1", allocated="3"), resized("1", allocated="1"))]

    assert [[note.values["names"] for note in notes if note.key == "note.resized"] for notes in said] == [["r"], []]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"schedulerName": "volcano"}, ["note.other-scheduler"]),
        ({"schedulerName": "default-scheduler"}, []),
        ({}, []),
    ],
    ids=str,
)
def test_a_pod_of_another_scheduler_is_said_to_be_that(spec: dict[str, str], said: list[str]) -> None:
    notes = [note.key for note in ask(pod(**spec)).notes]

    assert [key for key in notes if key == "note.other-scheduler"] == said


@pytest.mark.parametrize("kind", ["DeploymentConfig", "Rollout"])
def test_a_template_of_openshift_or_argo_is_a_template(kind: str) -> None:
    template = {"spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}}}]}}
    made = {"kind": kind, "metadata": {"name": "till"}, "spec": {"replicas": 3, "template": template}}

    outcome = ask(made)

    assert (outcome.chosen, next(note.key for note in outcome.notes)) == (("n1",), "note.replicas")
