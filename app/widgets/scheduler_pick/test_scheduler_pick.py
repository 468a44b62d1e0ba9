"""What the room `scheduler-pick` promises."""
# ruff: noqa: E501  A situation stands on one line, so that the tables can be read as tables.

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.place import APP, CONTENT
from app.widgetkit.saying import LANGUAGES, words_beside
from app.widgets.scheduler_pick.drawing import FILTERS
from app.widgets.scheduler_pick.model import WEIGHTS, nodes_to_find
from app.widgets.scheduler_pick.resources import along_shape, evenness
from app.widgets.scheduler_pick.spread import critical_paths, lowest_count
from app.widgets.scheduler_pick.widget import WIDGET, Inputs, Outcome, amount, run
from app.widgets.scheduler_pick.work import WORK_LIMIT

Thing = dict[str, Any]


def amounts(text: str) -> Thing:
    """`cpu 4 memory 8Gi` as a mapping."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def pod(requests: str = "cpu 0 memory 0", name: str = "incoming", labels: str = "app shop", **spec: Any) -> Thing:
    """One container for every part between `|`; a part `-` asks for nothing."""
    containers = [
        {"name": f"c{i}", "resources": {} if part.strip() == "-" else {"requests": amounts(part)}}
        for i, part in enumerate(requests.split("|"))
    ]
    return {
        "kind": "Pod",
        "metadata": {"name": name, "labels": amounts(labels)},
        "spec": {"containers": containers, **spec},
    }


def node(name: str, allocatable: str = "cpu 64 memory 256Gi", labels: str = "", **spec: Any) -> Thing:
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": amounts(labels)},
        "spec": spec,
        "status": {"allocatable": {"pods": "110", **amounts(allocatable)}},
    }


def many(items: list[Thing]) -> str:
    return json.dumps({"kind": "List", "items": items})


def pick(incoming: Thing, nodes: list[Thing], bound: list[Thing] | None = None, **inputs: Any) -> Outcome:
    return run(Inputs(pod=json.dumps(incoming), nodes=many(nodes), pods=many(bound or []), **inputs))


def scores(outcome: Outcome, plugin: str) -> list[int]:
    return [node.scores[plugin].score for node in outcome.nodes]


def reasons(outcome: Outcome) -> list[str]:
    return [", ".join(node.reasons) for node in outcome.nodes]


# Resources of the pod, then of each node: allocatable and, after `<`, what its pods ask for. The situations of
# pkg/scheduler/framework/plugins/noderesources/*_test.go, v1.37.0.
RESOURCES = [
    ("LeastAllocated", "cpu=1,memory=1", "cpu 0 memory 0", "4000/10000 | 4000/10000", "100 100"),
    ("LeastAllocated", "cpu=1,memory=1", "cpu 3000 memory 5000", "4000/10000 | 6000/10000", "37 50"),
    (
        "LeastAllocated",
        "cpu=1,memory=1",
        "cpu 0 memory 0",
        "10000/20000<6000/0 | 10000/20000<6000/5000",
        "70 57",
    ),
    (
        "LeastAllocated",
        "cpu=1,memory=1",
        "cpu 3000 memory 5000",
        "10000/20000<3000/0 | 10000/50000<3000/5000",
        "57 60",
    ),
    ("LeastAllocated", "memory=2,cpu=1", "cpu 3000 memory 5000", "4000/10000 | 6000/10000", "41 50"),
    ("LeastAllocated", "cpu=1,memory=1", "cpu 3000 memory 5000", "2000/10000 | 3000/4999", "25 0"),
    ("MostAllocated", "cpu=1,memory=1", "cpu 0 memory 0", "4000/10000 | 4000/10000", "0 0"),
    ("MostAllocated", "cpu=1,memory=1", "cpu 3000 memory 5000", "4000/10000 | 6000/10000", "62 50"),
    (
        "MostAllocated",
        "cpu=1,memory=1",
        "cpu 0 memory 0",
        "10000/20000<6000/0 | 10000/20000<6000/5000",
        "30 42",
    ),
    ("MostAllocated", "memory=2,cpu=1", "cpu 3000 memory 5000", "4000/10000 | 6000/10000", "58 50"),
    ("MostAllocated", "cpu=1,memory=1", "cpu 3000 memory 5000", "2000/10000 | 3000/4999", "75 100"),
    (
        "RequestedToCapacityRatio",
        "cpu=1,memory=1",
        "cpu 3000 memory 5000",
        "4000/10000 | 6000/10000",
        "63 50",
    ),
    ("RequestedToCapacityRatio", "cpu=3,memory=5", "cpu 1000 memory 3000", "4000/10000 | 5000/6000", "28 39"),
]


@pytest.mark.parametrize(("strategy", "weights", "asked", "nodes", "expected"), RESOURCES)
def test_resource_scores(strategy: str, weights: str, asked: str, nodes: str, expected: str) -> None:
    things, bound = [], []
    for i, text in enumerate(nodes.split(" | ")):
        capacity, _, used = text.partition("<")
        things.append(node(f"n{i}", "cpu {} memory {}".format(*capacity.split("/"))))
        if used:
            bound.append(pod("cpu {} memory {}".format(*used.split("/")), f"b{i}", nodeName=f"n{i}"))

    outcome = pick(pod(asked), things, bound, strategy=strategy, resources=weights, score_infeasible=True)

    assert scores(outcome, "NodeResourcesFit") == [int(score) for score in expected.split()]


def test_a_resource_that_the_pod_does_not_ask_for_is_not_scored() -> None:
    nodes = [node("a", "cpu 6000 memory 10000"), node("b", "cpu 6000 memory 10000 abc.com/foo 4")]
    weights: dict[str, Any] = {"resources": "cpu=1,memory=1,abc.com/foo=1"}

    assert scores(pick(pod("cpu 3000 memory 5000"), nodes, **weights), "NodeResourcesFit") == [50, 50]
    asking = [
        node("a", "cpu 6000 memory 10000 abc.com/foo 4"),
        node("b", "cpu 6000 memory 10000 abc.com/foo 10"),
    ]
    asked = pod("cpu 3000 memory 5000 abc.com/foo 2")
    assert scores(pick(asked, asking, **weights), "NodeResourcesFit") == [50, 60]


@pytest.mark.parametrize(
    ("shape", "asked", "used", "expected"),
    [
        ("0=10,100=0", "cpu 0 memory 0", "", [100, 100]),
        ("0=10,100=0", "cpu 3000 memory 5000", "", [38, 50]),
        ("0=10,100=0", "cpu 0 memory 0", "cpu 3000 memory 5000", [38, 50]),
        ("0=0,100=10", "cpu 0 memory 0", "", [0, 0]),
    ],
)
def test_a_falling_shape_truncates_towards_zero(shape: str, asked: str, used: str, expected: list[int]) -> None:
    nodes = [node("a", "cpu 4000 memory 10000"), node("b", "cpu 6000 memory 10000")]
    bound = [pod(used, n, nodeName=n) for n in ("a", "b")] if used else []

    outcome = pick(pod(asked), nodes, bound, strategy="RequestedToCapacityRatio", shape=shape)

    assert scores(outcome, "NodeResourcesFit") == expected


@pytest.mark.parametrize(
    ("asked", "used", "expected"),
    [("", "", [0, 0]), ("2", "", [2, 5]), ("4", "", [5, 10])],
)
def test_only_positive_scores_count_in_the_mean(asked: str, used: str, expected: list[int]) -> None:
    nodes = [
        node("a", "cpu 4 memory 10000Mi intel.com/foo 8"),
        node("b", "cpu 4 memory 10000Mi intel.com/foo 4"),
    ]
    requests = f"cpu 0 memory 0 intel.com/foo {asked}" if asked else "cpu 0 memory 0"

    outcome = pick(
        pod(requests),
        nodes,
        strategy="RequestedToCapacityRatio",
        shape="0=0,100=1",
        resources="intel.com/foo=1",
    )

    assert (scores(outcome, "NodeResourcesFit"), used) == (expected, "")


def test_rounding_of_the_ratio_is_half_away_from_zero() -> None:
    nodes = [node("a", "cpu 4 memory 10000Mi intel.com/foo 8 intel.com/bar 4")]
    weights = "intel.com/foo=3,intel.com/bar=5"

    def score(asked: str, shape: str) -> int:
        outcome = pick(pod(asked), nodes, strategy="RequestedToCapacityRatio", shape=shape, resources=weights)
        return scores(outcome, "NodeResourcesFit")[0]

    assert score("intel.com/foo 2 intel.com/bar 2", "0=0,100=1") == 4
    assert score("intel.com/foo 4 intel.com/bar 2", "0=0,100=1") == 5


def test_the_shape_is_flat_outside_its_points() -> None:
    shape = [(20, 2), (60, 10), (80, 0)]

    assert [along_shape(u, shape) for u in (0, 20, 40, 60, 65, 70, 79, 80, 100)] == [
        20,
        20,
        60,
        100,
        75,
        50,
        5,
        0,
        0,
    ]
    assert along_shape(70, [(50, 5)]) == 50


def test_a_container_that_says_nothing_scores_as_a_small_one() -> None:
    nodes = [node("a", "cpu 1 memory 1000Mi")]

    said = scores(pick(pod("cpu 0 memory 0"), nodes), "NodeResourcesFit")
    silent = scores(pick(pod("-"), nodes), "NodeResourcesFit")
    twice = scores(pick(pod("-|-"), nodes, [pod("-", "b", nodeName="a")]), "NodeResourcesFit")

    assert (said, silent, twice) == ([100], [(90 + 80) // 2], [(70 + 40) // 2])


# The situations of balanced_allocation_test.go, v1.37.0, and the score before 1.36.
@pytest.mark.parametrize(
    ("asked", "used", "capacity", "score", "before"),
    [
        ("cpu 0 memory 5000", "cpu 3000m memory 0", "cpu 3000m memory 5000", 100, 100),
        ("cpu 0 memory 5000", "", "cpu 3000m memory 5000", 50, 50),
        ("cpu 3000m memory 5000", "", "cpu 4000m memory 10000", 68, 87),
        ("cpu 3000m memory 5000", "", "cpu 6000m memory 10000", 75, 100),
        (
            "cpu 0 memory 0 nvidia.com/gpu 1",
            "cpu 3000m memory 5000 nvidia.com/gpu 3",
            "cpu 3500m memory 40000 nvidia.com/gpu 8",
            75,
            70,
        ),
        (
            "cpu 0 memory 0 nvidia.com/gpu 1",
            "cpu 3000m memory 5000",
            "cpu 3500m memory 40000 nvidia.com/gpu 8",
            76,
            65,
        ),
    ],
)
def test_balance_is_scored_by_its_change_since_1_36(
    asked: str, used: str, capacity: str, score: int, before: int
) -> None:
    bound = [pod(used, "b", nodeName="a")] if used else []
    inputs = {"resources": "cpu=1,memory=1,nvidia.com/gpu=1", "score_infeasible": True}

    now = pick(pod(asked), [node("a", capacity)], bound, **inputs)
    then = pick(pod(asked), [node("a", capacity)], bound, kubernetes_version="1.35", **inputs)

    name = "NodeResourcesBalancedAllocation"
    assert (scores(now, name), scores(then, name)) == ([score], [before])


def test_the_balance_changed_with_1_36() -> None:
    asked, nodes = pod("cpu 3000m memory 5000"), [node("a", "cpu 6000m memory 10000")]

    old, new = (pick(asked, nodes, kubernetes_version=v).nodes[0] for v in ("1.35", "1.36"))

    assert [n.scores["NodeResourcesBalancedAllocation"].score for n in (old, new)] == [100, 75]


def test_a_resource_that_the_node_lacks_is_not_scored() -> None:
    weights: dict[str, Any] = {"resources": "cpu=1,ephemeral-storage=1", "score_infeasible": True}

    outcome = pick(pod("cpu 1 ephemeral-storage 1Gi"), [node("a", "cpu 2 memory 1Gi")], **weights)

    assert scores(outcome, "NodeResourcesFit") == [50]
    assert scores(outcome, "NodeResourcesBalancedAllocation") == [75]


def test_a_full_node_is_at_the_end_of_the_shape() -> None:
    shape: dict[str, Any] = {
        "strategy": "RequestedToCapacityRatio",
        "shape": "99=0,100=10",
        "resources": "cpu=1",
    }

    assert scores(pick(pod("cpu 2"), [node("a", "cpu 2 memory 1Gi")], **shape), "NodeResourcesFit") == [100]


def test_plugins_without_an_opinion_are_skipped() -> None:
    def skipped(incoming: Thing) -> list[str]:
        outcome = pick(incoming, ZONES[:2], [CACHE])
        return [name for name, score in outcome.nodes[0].scores.items() if score.skipped]

    assert skipped(pod("cpu 1")) == ["NodeAffinity", "PodTopologySpread", "InterPodAffinity"]
    wish = pod("cpu 1", affinity=near("podAffinity", term(), weight=1))
    assert skipped(wish) == ["NodeAffinity", "PodTopologySpread"]


def test_skipped_plugins_have_no_column() -> None:
    outcome = pick(pod("cpu 1"), ZONES[:2], [CACHE])

    assert outcome.skipped == ("NodeAffinity", "PodTopologySpread", "InterPodAffinity")
    assert [column.words for column in outcome.columns] == [
        ("Taint", "Toleration"),
        ("Node", "Resources", "Fit"),
        ("Node", "Resources", "Balanced", "Allocation"),
        ("Image", "Locality"),
    ]
    nobody = pick(pod("cpu 900"), ZONES[:2])
    assert (nobody.columns, nobody.skipped) == ((), ())


def test_the_picture_shows_where_each_node_is_stopped() -> None:
    nodes = [node("a"), node("b", "cpu 1"), node("c", taints=[{"key": "k", "effect": "NoSchedule"}])]
    drawing = pick(pod("cpu 2"), nodes).drawing

    assert drawing
    gate = dict(zip(FILTERS, drawing.gates, strict=True))
    assert [(lane.name, lane.stopped_by, lane.end, lane.is_chosen) for lane in drawing.lanes] == [
        ("a", "", 300.0, True),
        ("b", "NodeResourcesFit", gate["NodeResourcesFit"], False),
        ("c", "TaintToleration", gate["TaintToleration"], False),
    ]
    assert [bar.name for bar in drawing.bars] == ["a"]
    assert drawing.plugins[0] == "TaintToleration"
    assert drawing.bars[0].parts[0].product == "300"


def test_of_many_nodes_some_of_both_kinds_are_drawn() -> None:
    good = [node(f"good-node-with-a-long-name-{i}") for i in range(30)]
    bad = [node(f"bad-{i}", "cpu 1") for i in range(30)]
    both, passing, refused = (pick(pod("cpu 2"), nodes).drawing for nodes in (good + bad, good, bad))

    assert both
    assert passing
    assert refused
    assert [bool(lane.stopped_by) for lane in both.lanes] == [False] * 8 + [True] * 4
    assert (len(passing.lanes), len(passing.bars), len(refused.lanes), len(refused.bars)) == (12, 8, 12, 0)
    assert both.lanes[0].name == "good-node-with…"
    assert all(bar.total_x <= 360 and bar.parts[-1].x + bar.parts[-1].width <= 343 for bar in both.bars)


def test_no_nodes_no_picture() -> None:
    assert pick(pod("cpu 1"), []).drawing is None


def test_balance_is_skipped_for_a_pod_without_requests() -> None:
    score = pick(pod("-"), [node("a")]).nodes[0].scores["NodeResourcesBalancedAllocation"]

    assert (score.skipped, score.score) == (True, 0)


def test_evenness() -> None:
    assert [evenness(f) for f in ([], [0.7], [1.0, 0.0], [0.5, 0.5], [0.0, 0.5, 1.0])] == [
        100,
        100,
        50,
        100,
        59,
    ]


def taint(text: str) -> Thing:
    key, _, rest = text.partition("=")
    value, _, effect = rest.partition(":")
    return {"key": key, "value": value, "effect": effect}


def toleration(text: str) -> Thing:
    key, operator, value, effect = (*text.split(), "", "", "", "")[:4]
    keep = {"key": key, "operator": operator, "value": value, "effect": effect}
    return {name: "" if text == "_" else text for name, text in keep.items()}


# The situations of tainttoleration/taint_toleration_test.go, v1.37.0.
@pytest.mark.parametrize(
    ("tolerations", "taints", "fits"),
    [
        ("", "foo=bar:NoSchedule", False),
        ("foo Equal bar NoSchedule", "foo=bar:NoSchedule", True),
        ("foo Exists _ NoSchedule", "foo=bar:NoSchedule", True),
        ("foo Equal bar NoSchedule", "foo=other:NoSchedule", False),
        ("foo Equal bar PreferNoSchedule", "foo=bar:NoSchedule", False),
        ("foo Equal bar", "foo=bar:NoSchedule foo=bar:NoExecute", True),
        ("_ Exists", "foo=bar:NoSchedule other=x:NoExecute", True),
        ("", "foo=bar:PreferNoSchedule", True),
        ("foo Equal bar NoSchedule", "foo=bar:NoExecute", False),
        ("sla Gt 950 NoSchedule", "sla=999:NoSchedule", True),
        ("sla Gt 950 NoSchedule", "sla=950:NoSchedule", False),
        ("sla Gt 950 NoSchedule", "sla=800:NoSchedule", False),
        ("sla Lt 950 NoSchedule", "sla=800:NoSchedule", True),
        ("sla Lt 950 NoSchedule", "sla=950:NoSchedule", False),
        ("sla Gt 950 NoSchedule", "sla=high:NoSchedule", False),
    ],
)
def test_taints_keep_out_what_does_not_tolerate_them(tolerations: str, taints: str, fits: bool) -> None:
    wanted = [toleration(t) for t in tolerations.split(";") if t]

    outcome = pick(pod(tolerations=wanted), [node("a", taints=[taint(t) for t in taints.split()])])

    assert outcome.nodes[0].feasible == fits


@pytest.mark.parametrize(
    ("tolerations", "nodes", "expected"),
    [
        ("foo Equal bar PreferNoSchedule", "foo=bar:PreferNoSchedule | foo=blah:PreferNoSchedule", [100, 0]),
        (
            "a Equal x PreferNoSchedule",
            " | a=x:PreferNoSchedule | a=x:PreferNoSchedule b=y:PreferNoSchedule",
            [100, 100, 0],
        ),
        ("", "a=x:PreferNoSchedule | a=x:PreferNoSchedule b=y:PreferNoSchedule | ", [50, 0, 100]),
        ("", " | a=x:NoSchedule | ", [100, 100, 100]),
        ("s Gt 950 PreferNoSchedule", "s=800:PreferNoSchedule | s=999:PreferNoSchedule", [0, 100]),
        ("s Lt 950 PreferNoSchedule", "s=800:PreferNoSchedule | s=999:PreferNoSchedule", [100, 0]),
        ("a Equal x NoSchedule", "a=x:PreferNoSchedule | ", [0, 100]),
    ],
)
def test_soft_taints_cost_points(tolerations: str, nodes: str, expected: list[int]) -> None:
    wanted = [toleration(t) for t in tolerations.split(";") if t]
    things = [node(f"n{i}", taints=[taint(t) for t in taints.split()]) for i, taints in enumerate(nodes.split("|"))]

    outcome = pick(pod(tolerations=wanted), things, score_infeasible=True)

    assert scores(outcome, "TaintToleration") == expected


def expression(text: str) -> Thing:
    key, operator, *values = text.split()
    return {"key": key, "operator": operator, **({"values": values} if values else {})}


def required(*terms: str) -> Thing:
    """Each term: expressions between `&`; those with metadata.name are fields."""
    built = []
    for term in terms:
        parts = [expression(part) for part in term.split("&") if part.strip()]
        built.append(
            {
                "matchExpressions": [p for p in parts if p["key"] != "metadata.name"],
                "matchFields": [p for p in parts if p["key"] == "metadata.name"],
            }
        )
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": built}}}


# The situations of nodeaffinity/node_affinity_test.go, v1.37.0; the node is `n1` with foo=bar and cores=16.
@pytest.mark.parametrize(
    ("terms", "fits"),
    [
        (["foo In bar value2"], True),
        (["foo In other"], False),
        (["foo NotIn other"], True),
        (["missing NotIn other"], True),
        (["foo NotIn bar"], False),
        (["foo Exists"], True),
        (["foo DoesNotExist"], False),
        (["missing DoesNotExist"], True),
        (["cores Gt 8"], True),
        (["cores Gt 16"], False),
        (["cores Lt 17"], True),
        (["cores Lt 16"], False),
        (["foo Gt 8"], False),
        (["missing Lt 8"], False),
        (["foo Exists & cores Gt 20"], False),
        (["foo In other", "cores Exists"], True),
        ([""], False),
        (["metadata.name In n1"], True),
        (["metadata.name In n2"], False),
        (["metadata.name NotIn n2"], True),
        (["metadata.name In n1 & foo In other"], False),
        (["metadata.name In n2", "foo Exists"], True),
    ],
)
def test_required_node_affinity(terms: list[str], fits: bool) -> None:
    affinity = required(*terms)

    outcome = pick(pod(affinity=affinity), [node("n1", labels="foo bar cores 16")])

    assert outcome.nodes[0].feasible == fits


def test_node_selector_asks_for_all_its_labels() -> None:
    nodes = [node("a", labels="x 1 y 2"), node("b", labels="x 1"), node("c")]

    outcome = pick(pod(nodeSelector={"x": "1", "y": "2"}), nodes)

    assert reasons(outcome) == ["", *["node(s) didn't match Pod's node affinity/selector"] * 2]


def test_nodes_that_are_not_named_are_not_asked() -> None:
    outcome = pick(
        pod(affinity=required("metadata.name In b")), [node("a"), node("b", taints=[taint("x=y:NoSchedule")])]
    )

    assert outcome.message.startswith(
        "0/2 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity], 1 node(s) had untolerated taint(s)."
    )
    conflict = pick(pod(affinity=required("metadata.name In b & metadata.name In a")), [node("a")])
    assert conflict.message.startswith("0/1 nodes are available: pod affinity terms conflict. preemption:")


@pytest.mark.parametrize(
    ("preferred", "nodes", "expected"),
    [
        ([], ["foo bar", "key value"], [0, 0]),
        ([(2, "foo In bar")], ["abc az11", "key value"], [0, 0]),
        ([(2, "foo In bar")], ["foo bar", "key value"], [100, 0]),
        (
            [(2, "foo In bar"), (4, "key In value"), (5, "foo In bar & key In value & az In az1")],
            ["foo bar", "foo bar key value az az1", "key value"],
            [18, 100, 36],
        ),
        ([(7, "")], ["foo bar"], [0]),
    ],
)
def test_preferred_node_affinity(preferred: list[tuple[int, str]], nodes: list[str], expected: list[int]) -> None:
    terms = [
        {
            "weight": w,
            "preference": {"matchExpressions": [expression(p) for p in text.split("&") if p.strip()]},
        }
        for w, text in preferred
    ]
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": terms}}

    outcome = pick(pod(affinity=affinity), [node(f"n{i}", labels=labels) for i, labels in enumerate(nodes)])

    assert scores(outcome, "NodeAffinity") == expected


def test_a_cordoned_node_is_unschedulable_unless_tolerated() -> None:
    tolerant = pod(tolerations=[{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}])

    assert reasons(pick(pod(), [node("a", unschedulable=True)])) == ["node(s) were unschedulable"]
    assert pick(tolerant, [node("a", unschedulable=True)]).chosen == ("a",)


def test_a_named_node_is_the_only_one() -> None:
    outcome = pick(pod(nodeName="b"), [node("a"), node("b")])

    assert reasons(outcome) == ["node(s) didn't match the requested node name", ""]


def with_port(thing: Thing, port: int, **more: Any) -> Thing:
    thing["spec"]["containers"][0]["ports"] = [{"containerPort": 1, "hostPort": port, **more}]
    return thing


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ({}, {}, False),
        ({"protocol": "UDP"}, {}, True),
        ({"hostIP": "10.0.0.1"}, {"hostIP": "10.0.0.2"}, True),
        ({"hostIP": "10.0.0.1"}, {"hostIP": "10.0.0.1"}, False),
        ({"hostIP": "10.0.0.1"}, {}, False),
        ({}, {"hostIP": "10.0.0.1"}, False),
        ({"hostPort": 81}, {}, True),
    ],
)
def test_host_ports_are_taken_once(one: Thing, other: Thing, fits: bool) -> None:
    incoming = with_port(pod(), **{"port": one.pop("hostPort", 80), **one})
    bound = with_port(pod(name="b", nodeName="a"), 80, **other)

    outcome = pick(incoming, [node("a")], [bound])

    assert outcome.nodes[0].feasible == fits
    one.clear()


def test_on_the_hosts_network_container_ports_are_host_ports() -> None:
    incoming = pod(hostNetwork=True)
    incoming["spec"]["containers"][0]["ports"] = [{"containerPort": 80}]

    outcome = pick(incoming, [node("a")], [with_port(pod(name="b", nodeName="a"), 80)])

    assert reasons(outcome) == ["node(s) didn't have free ports for the requested pod ports"]


def test_every_missing_resource_is_named() -> None:
    nodes = [node("a", "cpu 1 memory 1Gi example.com/fpga 1", labels="")]

    outcome = pick(pod("cpu 2 memory 2Gi ephemeral-storage 1Gi example.com/fpga 2"), nodes)

    assert reasons(outcome) == [
        "Insufficient cpu, Insufficient memory, Insufficient ephemeral-storage, Insufficient example.com/fpga"
    ]


def test_a_shortage_shows_its_sum() -> None:
    bound = [pod("cpu 500m memory 512Mi", "b", nodeName="a")]

    sums = pick(pod("cpu 1 memory 2Gi"), [node("a", "cpu 1 memory 1500Mi pods 1")], bound).nodes[0].sums

    assert [tuple(said.values.values()) for said in sums] == [
        ("pods", "1", "1", "1", "0"),
        ("cpu", "1000m", "1000m", "500m", "500m"),
        ("memory", "2Gi", "1500Mi", "512Mi", "988Mi"),
    ]
    assert [amount("memory", n) for n in (0, 1 << 10, 1000)] == ["0", "1Ki", "1000"]


def test_a_pod_that_just_fits_fits() -> None:
    bound = [pod("cpu 500m memory 512Mi", "b", nodeName="a")]
    nodes = [node("a", "cpu 1 memory 1Gi pods 2")]

    assert pick(pod("cpu 500m memory 512Mi"), nodes, bound).chosen == ("a",)
    assert reasons(pick(pod("cpu 501m memory 1"), nodes, bound)) == ["Insufficient cpu"]
    assert reasons(pick(pod(), [node("a", "cpu 1 memory 1Gi pods 1")], bound)) == ["Too many pods"]


def test_finished_and_unbound_pods_do_not_count() -> None:
    done = {**pod("cpu 1", "done", nodeName="a"), "status": {"phase": "Succeeded"}}
    waiting = pod("cpu 1", "waiting")
    elsewhere = pod("cpu 1", "elsewhere", nodeName="gone")

    assert pick(pod("cpu 1"), [node("a", "cpu 1 memory 1Gi")], [done, waiting, elsewhere]).chosen == ("a",)


def asks(incoming: Thing) -> str:
    """The cpu that a pod asks for, found as the smallest node it fits on (in thousandths)."""
    fits = [m for m in range(0, 3001, 50) if pick(incoming, [node("a", f"cpu {m}m memory 1Gi")]).chosen]
    return f"{fits[0]}m"


def test_the_effective_request() -> None:
    sidecar = {"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "200m"}}}
    init = {"name": "i", "resources": {"requests": {"cpu": "900m"}}}

    assert asks(pod("cpu 100m|cpu 300m")) == "400m"
    assert asks(pod("cpu 100m", initContainers=[init])) == "900m"
    assert asks(pod("cpu 100m", initContainers=[sidecar, init])) == "1100m"
    assert asks(pod("cpu 100m", initContainers=[init, sidecar])) == "900m"
    assert asks(pod("cpu 800m", initContainers=[init, sidecar])) == "1000m"
    assert asks(pod("cpu 100m", overhead={"cpu": "250m"})) == "350m"
    assert asks(pod("cpu 100m", resources={"requests": {"cpu": "700m"}})) == "700m"
    assert asks(pod("cpu 100m", resources={"limits": {"cpu": "700m"}})) == "100m"
    assert asks(pod("-", resources={"limits": {"cpu": "700m"}})) == "700m"
    limited = pod("-")
    limited["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "450m"}}
    assert asks(limited) == "450m"


ZONES = [node("n1", labels="zone a"), node("n2", labels="zone b"), node("n3", labels="zone b"), node("n4")]


def spread(skew: int = 1, key: str = "zone", when: str = "DoNotSchedule", **more: Any) -> Thing:
    constraint = {
        "maxSkew": skew,
        "topologyKey": key,
        "whenUnsatisfiable": when,
        "labelSelector": {"matchLabels": {"app": "shop"}},
        **more,
    }
    return pod(topologySpreadConstraints=[constraint])


MISSING = "node(s) didn't match pod topology spread constraints (missing required label)"
UNEVEN = "node(s) didn't match pod topology spread constraints"


@pytest.mark.parametrize(
    ("incoming", "placed", "expected"),
    [
        (spread(), "", ["", "", "", MISSING]),
        (spread(), "n2", ["", UNEVEN, UNEVEN, MISSING]),
        (spread(skew=2), "n2", ["", "", "", MISSING]),
        (spread(), "n1 n3", ["", "", "", MISSING]),
        (spread(minDomains=3), "n1 n3", [UNEVEN, UNEVEN, UNEVEN, MISSING]),
        (spread(minDomains=2), "n1 n3", ["", "", "", MISSING]),
        (spread(minDomains=3), "", ["", "", "", MISSING]),
        (spread(minDomains=2), "n2", ["", UNEVEN, UNEVEN, MISSING]),
    ],
)
def test_hard_spreading(incoming: Thing, placed: str, expected: list[str]) -> None:
    bound = [pod(name=f"b{i}", nodeName=name) for i, name in enumerate(placed.split())]

    assert reasons(pick(incoming, ZONES, bound)) == expected


def test_a_node_without_the_label_cannot_be_helped() -> None:
    outcome = pick(spread(), [node("bare")], [pod(name="x", nodeName="bare", priority=-1)])

    assert outcome.message.endswith("1 Preemption is not helpful for scheduling.")


def test_only_matching_pods_of_the_namespace_that_stay_are_counted() -> None:
    other = pod(name="o", labels="app other", nodeName="n2")
    foreign = pod(name="f", nodeName="n2")
    foreign["metadata"]["namespace"] = "elsewhere"
    leaving = pod(name="l", nodeName="n2")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert pick(spread(), ZONES, [other, foreign, leaving]).feasible == 3


def test_match_label_keys_narrow_the_count() -> None:
    incoming = spread(matchLabelKeys=["pod-template-hash"])
    incoming["metadata"]["labels"]["pod-template-hash"] = "new"
    old = pod(name="o", labels="app shop pod-template-hash old", nodeName="n2")
    new = pod(name="o", labels="app shop pod-template-hash new", nodeName="n2")

    assert (pick(incoming, ZONES, [old]).feasible, pick(incoming, ZONES, [new]).feasible) == (3, 1)


def test_node_policies_say_which_nodes_count() -> None:
    nodes = [node("n1", labels="zone a disk ssd"), node("n2", labels="zone b disk hdd")]
    bound = [pod(name=f"b{i}", nodeName="n1") for i in range(2)]

    def ask(policy: str) -> list[str]:
        incoming = spread(nodeAffinityPolicy=policy)
        incoming["spec"]["nodeSelector"] = {"disk": "ssd"}
        return reasons(pick(incoming, nodes, bound))

    assert ask("Honor")[0] == ""
    assert ask("Ignore")[0] == UNEVEN
    tainted = [node("n1", labels="zone a"), node("n2", labels="zone b", taints=[taint("x=y:NoSchedule")])]
    assert reasons(pick(spread(nodeTaintsPolicy="Ignore"), tainted, bound))[0] == UNEVEN
    assert reasons(pick(spread(nodeTaintsPolicy="Honor"), tainted, bound))[0] == ""


# Worked out from podtopologyspread/scoring.go: count × ln(domains + 2) + maxSkew − 1, rounded, then inverted.
@pytest.mark.parametrize(
    ("incoming", "placed", "raw", "expected"),
    [
        (spread(when="ScheduleAnyway"), "", [0, 0, 0, 0], [100, 100, 100, 0]),
        (spread(when="ScheduleAnyway"), "n2", [0, 1, 1, 0], [100, 0, 0, 0]),
        (spread(when="ScheduleAnyway"), "n1 n2 n2 n3", [1, 4, 4, 0], [100, 25, 25, 0]),
        (spread(skew=3, when="ScheduleAnyway"), "n2", [2, 3, 3, 0], [100, 66, 66, 0]),
    ],
)
def test_soft_spreading(incoming: Thing, placed: str, raw: list[int], expected: list[int]) -> None:
    bound = [pod(name=f"b{i}", nodeName=name) for i, name in enumerate(placed.split())]

    outcome = pick(incoming, ZONES, bound)

    assert [n.scores["PodTopologySpread"].raw for n in outcome.nodes] == raw
    assert scores(outcome, "PodTopologySpread") == expected


def test_hostnames_are_counted_node_by_node() -> None:
    nodes = [node(f"n{i}", labels=f"kubernetes.io/hostname n{i}") for i in range(4)]
    placed = ["n0", "n0", "n1", "n2", "n2", "n2"]
    bound = [pod(name=f"b{i}", nodeName=name) for i, name in enumerate(placed)]

    outcome = pick(spread(key="kubernetes.io/hostname", when="ScheduleAnyway"), nodes, bound)

    # ln(4 + 2) = 1.79: 3.58, 1.79, 5.38 and 0.
    assert [n.scores["PodTopologySpread"].raw for n in outcome.nodes] == [4, 2, 5, 0]
    assert scores(outcome, "PodTopologySpread") == [20, 60, 0, 100]


def term(selector: Thing | None = None, key: str = "zone", **more: Any) -> Thing:
    wanted = {"matchLabels": {"app": "cache"}} if selector is None else selector
    return {"topologyKey": key, "labelSelector": wanted, **more}


def near(kind: str, *terms: Thing, **weights: int) -> Thing:
    if weights:
        wanted = [{"weight": weights["weight"], "podAffinityTerm": one} for one in terms]
        return {kind: {"preferredDuringSchedulingIgnoredDuringExecution": wanted}}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}}


CACHE = pod(name="cache", labels="app cache", nodeName="n2")
NOT_NEAR = "node(s) didn't match pod affinity rules"
TOO_NEAR = "node(s) didn't match pod anti-affinity rules"
KEPT_AWAY = "node(s) didn't satisfy existing pods anti-affinity rules"


def test_required_pod_affinity() -> None:
    outcome = pick(pod(affinity=near("podAffinity", term())), ZONES, [CACHE])

    assert reasons(outcome) == [NOT_NEAR, "", "", NOT_NEAR]


def test_the_first_of_a_group_may_go_anywhere() -> None:
    itself = near("podAffinity", term({"matchLabels": {"app": "shop"}}))

    assert reasons(pick(pod(affinity=itself), ZONES)) == ["", "", "", NOT_NEAR]
    assert reasons(pick(pod(affinity=near("podAffinity", term())), ZONES)) == [NOT_NEAR] * 4


def test_all_terms_must_be_met_by_the_same_pods() -> None:
    two = near("podAffinity", term(), term({"matchLabels": {"tier": "db"}}))
    both = pod(name="x", labels="app cache tier db", nodeName="n1")
    split = [CACHE, pod(name="y", labels="tier db", nodeName="n2")]

    assert reasons(pick(pod(affinity=two), ZONES, [both]))[:2] == ["", NOT_NEAR]
    assert reasons(pick(pod(affinity=two), ZONES, split))[1] == NOT_NEAR


def test_anti_affinity_works_in_both_directions() -> None:
    away = near("podAntiAffinity", term())
    shy = pod(
        name="shy",
        labels="x y",
        nodeName="n1",
        affinity=near("podAntiAffinity", term({"matchLabels": {"app": "shop"}})),
    )

    assert reasons(pick(pod(affinity=away), ZONES, [CACHE])) == ["", TOO_NEAR, TOO_NEAR, ""]
    assert reasons(pick(pod(), ZONES, [shy])) == [KEPT_AWAY, "", "", ""]


@pytest.mark.parametrize(
    ("more", "is_seen"),
    [
        ({}, False),
        ({"namespaces": ["elsewhere"]}, True),
        ({"namespaceSelector": {}}, True),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "elsewhere"}}}, True),
        ({"namespaceSelector": {"matchLabels": {"team": "x"}}}, False),
        ({"namespaces": ["third"]}, False),
    ],
)
def test_affinity_looks_into_its_namespaces(more: Thing, is_seen: bool) -> None:
    foreign = json.loads(json.dumps(CACHE))
    foreign["metadata"]["namespace"] = "elsewhere"

    outcome = pick(pod(affinity=near("podAntiAffinity", term(**more))), ZONES, [foreign])

    assert (reasons(outcome)[1] == TOO_NEAR) == is_seen


def test_match_and_mismatch_label_keys_are_merged_into_the_selector() -> None:
    same = near("podAntiAffinity", term({"matchLabels": {"app": "shop"}}, matchLabelKeys=["rev"]))
    other = near("podAntiAffinity", term({"matchLabels": {"app": "shop"}}, mismatchLabelKeys=["rev"]))
    bound = [pod(name="b", labels="app shop rev 1", nodeName="n2")]

    def kept_out(affinity: Thing, rev: str) -> bool:
        return reasons(pick(pod(labels=f"app shop rev {rev}", affinity=affinity), ZONES, bound))[1] == TOO_NEAR

    assert [kept_out(same, "1"), kept_out(same, "2"), kept_out(other, "1"), kept_out(other, "2")] == [
        True,
        False,
        False,
        True,
    ]


def test_preferences_of_both_sides_add_up() -> None:
    shop = {"matchLabels": {"app": "shop"}}
    bound = [
        CACHE,
        pod(name="fan", labels="x y", nodeName="n1", affinity=near("podAffinity", term(shop), weight=20)),
        pod(name="foe", labels="x y", nodeName="n1", affinity=near("podAntiAffinity", term(shop), weight=5)),
        pod(name="needs", labels="x y", nodeName="n2", affinity=near("podAffinity", term(shop))),
    ]
    wish = near("podAffinity", term(), weight=29)

    outcome = pick(pod(affinity=wish), ZONES, bound)

    assert [n.scores["InterPodAffinity"].raw for n in outcome.nodes] == [15, 30, 30, 0]
    assert scores(outcome, "InterPodAffinity") == [50, 100, 100, 0]


def test_the_normalised_affinity_keeps_the_schedulers_rounding() -> None:
    hosts = [node(f"h{i}", labels=f"host h{i}") for i in range(3)]
    fans = {"h0": 100, "h1": 29}
    bound = [
        pod(
            name=name,
            labels="x y",
            nodeName=name,
            affinity=near("podAffinity", term({"matchLabels": {"app": "shop"}}, key="host"), weight=weight),
        )
        for name, weight in fans.items()
    ]

    assert scores(pick(pod(), hosts, bound), "InterPodAffinity") == [100, int(100.0 * (29 / 100)), 0]


def test_negative_preferences_rank_last() -> None:
    away = near("podAntiAffinity", term(), weight=10)

    assert scores(pick(pod(affinity=away), ZONES, [CACHE]), "InterPodAffinity") == [100, 0, 0, 100]


def with_images(thing: Thing, **sizes: int) -> Thing:
    thing["status"]["images"] = [{"names": [f"reg/{n}:latest"], "sizeBytes": s << 20} for n, s in sizes.items()]
    return thing


# size × holders ÷ nodes, between 23 MiB and 1000 MiB a container. imagelocality/image_locality_test.go, v1.37.0, gives
# each node a size of its own; the running scheduler keeps the first that it is told (backend/cache/cache.go).
@pytest.mark.parametrize(
    ("images", "nodes", "expected"),
    [
        (["reg/a"], [{"a": 40}, {"a": 300}], [1, 1]),
        (["reg/a", "reg/b"], [{"a": 40, "b": 140}, {"a": 300}], [4, 0]),
        (["reg/a"], [{"a": 300}, {"a": 40}], [28, 28]),
        (["reg/a"], [{"a": 4000}, {}], [100, 0]),
        (["reg/a"], [{"a": 30}, {}], [0, 0]),
        (["reg/a:latest"], [{"a": 600}, {}], [28, 0]),
        (["reg/a:1"], [{"a": 600}, {}], [0, 0]),
        (["reg:5000/a"], [{"a": 600}, {}], [0, 0]),
    ],
)
def test_image_locality(images: list[str], nodes: list[dict[str, int]], expected: list[int]) -> None:
    incoming = pod("|".join(["cpu 0"] * len(images)))
    for container, image in zip(incoming["spec"]["containers"], images, strict=True):
        container["image"] = image

    outcome = pick(incoming, [with_images(node(f"n{i}"), **sizes) for i, sizes in enumerate(nodes)])

    assert scores(outcome, "ImageLocality") == expected


def test_totals_are_weighted_and_ties_are_kept() -> None:
    outcome = pick(pod(), [node("a"), node("b"), node("c", taints=[taint("x=y:PreferNoSchedule")])])

    assert outcome.chosen == ("a", "b")
    assert [n.total for n in outcome.nodes] == [3 * 100 + 100, 3 * 100 + 100, 100]
    assert outcome.verdict.key == "verdict.tie"


# schedule_one.go, prioritizeNodes, v1.35.0 to v1.37.2: only where an extender has scored is there a `Randomizer`.
DRAWN = re.compile(
    r"(?:\bties\b|equal (?:sums?|scores?|totals?)|same sum|share the highest)[^.|]*\b(?:random|chance)\b|ties by chance"
    r"|nodes?, drawn at random|(?:同分|并列|总分相同)[^。|]*随机|随机[^。|]*同分"
)


def test_nothing_promises_a_draw_between_nodes_with_the_same_sum() -> None:
    told = [*CONTENT.glob("*/*.md"), *CONTENT.glob("*/*.yaml"), *APP.glob("widgets/*/words.yaml")]
    found = {path.parent.name: match[0] for path in told for match in DRAWN.finditer(path.read_text("utf-8"))}

    assert len(told) > 50
    assert not found


# default_plugins.go, v1.37.2, getDefaultPlugins and applyDynamicResources, those that have a Score; no weight is 1.
SCORERS = {**WEIGHTS, "DynamicResources": 2, "VolumeBinding": 1}
SCORER = re.compile(r"^\| `(\w+)` \| (\d) \|", re.M)


def test_the_lesson_names_every_plugin_that_gives_points_with_its_weight() -> None:
    lesson = CONTENT / "08-scheduler"
    tables = [SCORER.findall((lesson / f"lesson.{lang}.md").read_text("utf-8")) for lang in LANGUAGES]
    weights = " · ".join(str(weight) for weight in sorted(SCORERS.values(), reverse=True))

    assert tables[0] == tables[1]
    assert {name: int(weight) for name, weight in tables[0]} == SCORERS
    assert f'value: "{weights}"' in (lesson / "cheat.yaml").read_text("utf-8")


def test_the_order_of_filters_decides_which_reason_is_given() -> None:
    full = node("a", "cpu 0 memory 0 pods 0", taints=[taint("x=y:NoSchedule")])

    assert reasons(pick(pod("cpu 1"), [{**full, "spec": {**full["spec"], "unschedulable": True}}])) == [
        "node(s) were unschedulable"
    ]
    assert reasons(pick(pod("cpu 1"), [full])) == ["node(s) had untolerated taint(s)"]


@pytest.mark.parametrize(
    ("incoming", "target", "plugin", "may_help"),
    [
        (pod(), node("n1", unschedulable=True), "NodeUnschedulable", False),
        (pod(nodeName="other"), node("n1"), "NodeName", False),
        (pod(), node("n1", taints=[taint("x=y:NoExecute")]), "TaintToleration", False),
        (pod(nodeSelector={"x": "y"}), node("n1"), "NodeAffinity", False),
        (pod(affinity=required("metadata.name In n2")), node("n1"), "NodeAffinity", False),
        (with_port(pod(), 80), node("n1"), "NodePorts", True),
        (pod("cpu 2"), node("n1", "cpu 1 memory 1Gi"), "NodeResourcesFit", False),
        (pod("cpu 2"), node("n1", "cpu 2 memory 1Gi"), "NodeResourcesFit", True),
        (spread(), node("n1"), "PodTopologySpread", False),
        (
            pod(affinity=near("podAffinity", term(key="host"))),
            node("n1", labels="host n1"),
            "InterPodAffinity",
            False,
        ),
        (
            pod(affinity=near("podAntiAffinity", term({}, key="host"))),
            node("n1", labels="host n1"),
            "InterPodAffinity",
            True,
        ),
    ],
)
def test_who_refuses_and_whether_preemption_may_help(
    incoming: Thing, target: Thing, plugin: str, may_help: bool
) -> None:
    incoming["spec"]["priority"] = 5
    victim = with_port(pod("cpu 1", "victim", nodeName="n1"), 80)

    outcome = pick(incoming, [target], [victim])

    assert outcome.nodes[0].plugin == plugin
    assert outcome.preemption == ("helps" if may_help else "no-help")
    assert outcome.message.endswith("1 Preemption is not helpful for scheduling.") != may_help


def test_the_message_counts_reasons_as_text() -> None:
    nodes = [node(f"t{i}", taints=[taint("x=y:NoSchedule")]) for i in range(3)]
    nodes += [node(f"s{i}", "cpu 1 memory 1Gi") for i in range(10)]

    outcome = pick(pod("cpu 2"), nodes)

    assert outcome.message == (
        "0/13 nodes are available: 10 Insufficient cpu, 3 node(s) had untolerated taint(s). "
        "preemption: 0/13 nodes are available: 13 Preemption is not helpful for scheduling."
    )


def test_older_versions_say_it_differently() -> None:
    tainted = [node("a", taints=[taint("key=:NoSchedule")])]
    ending = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."

    def message(version: str) -> str:
        return pick(pod(), tainted, kubernetes_version=version).message

    assert message("1.33") == f"0/1 nodes are available: 1 node(s) had untolerated taint {{key: }}. {ending}"
    assert message("v1.35.2") == (
        f"0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, {ending}"
    )
    claims = {v: "claims" in message(f"1.{v}") for v in (33, 34, 36, 37)}
    assert claims == {33: False, 34: True, 36: True, 37: False}
    assert message("1.37") == f"0/1 nodes are available: 1 node(s) had untolerated taint(s). {ending}"


def test_preemption_helps_when_less_important_pods_are_in_the_way() -> None:
    nodes = [node("a", "cpu 1 memory 1Gi")]
    bound = [pod("cpu 1", "b", nodeName="a", priority=10)]

    higher = pick(pod("cpu 1", priority=11), nodes, bound)
    equal = pick(pod("cpu 1", priority=10), nodes, bound)
    never = pick(pod("cpu 1", priority=11, preemptionPolicy="Never"), nodes, bound)

    assert (higher.preemption, higher.message) == (
        "helps",
        "0/1 nodes are available: 1 Insufficient cpu. "
        "preemption: found a potential placement for pod on node a, preempting 1 victims",
    )
    older = pick(pod("cpu 1", priority=11), nodes, bound, kubernetes_version="1.36")
    assert older.message == "0/1 nodes are available: 1 Insufficient cpu."
    assert equal.message.endswith("1 No preemption victims found for incoming pod.")
    assert never.message.endswith("Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.")


# framework/preemption/preemption.go, pickOneNodeForPreemption, and default_preemption.go, SelectVictimsOnNode, v1.37.2.
@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ({"a": [9], "b": [5]}, "on node b, preempting 1"),
        ({"a": [5, 5], "b": [5]}, "on node b, preempting 1"),
        ({"a": [5, 1], "b": [5, 2]}, "on node a, preempting 2"),
    ],
)
def test_preemption_takes_the_node_that_loses_least(bound: dict[str, list[int]], said: str) -> None:
    nodes = [node(name, "cpu 4 memory 1Gi") for name in bound]
    pods = [
        pod(f"cpu {4 // len(each)}", f"{name}{i}", nodeName=name, priority=priority)
        for name, each in bound.items()
        for i, priority in enumerate(each)
    ]

    assert f"potential placement for pod {said} victims" in pick(pod("cpu 4", priority=11), nodes, pods).message


def test_preemption_spares_whom_it_can() -> None:
    pods = [pod("cpu 1", f"p{i}", nodeName="a", priority=i) for i in range(4)]

    outcome = pick(pod("cpu 2", priority=11), [node("a", "cpu 4 memory 1Gi")], pods)

    assert outcome.message.endswith("on node a, preempting 2 victims")


def test_preemption_that_is_not_enough_says_what_is_still_missing() -> None:
    bound = [pod("cpu 1", "small", nodeName="a"), pod("cpu 1", "great", nodeName="a", priority=99)]

    outcome = pick(pod("cpu 2", priority=5), [node("a", "cpu 2 memory 1Gi")], bound)

    assert outcome.message.endswith("preemption: 0/1 nodes are available: 1 Insufficient cpu.")


def test_preemption_brings_nobody_near_but_removes_who_keeps_away() -> None:
    lonely = pick(pod(priority=1, affinity=near("podAffinity", term())), ZONES, [pod(name="x", nodeName="n1")])
    shy = pod(
        name="shy",
        labels="x y",
        nodeName="n1",
        affinity=near("podAntiAffinity", term({"matchLabels": {"app": "shop"}})),
    )
    kept_away = pick(pod(priority=1), ZONES[:1], [shy])

    assert lonely.message.endswith("4 Preemption is not helpful for scheduling.")
    assert kept_away.preemption == "helps"


def test_those_who_avoid_others_do_not_mind() -> None:
    shy = pod(
        name="shy",
        labels="x y",
        nodeName="n1",
        affinity=near("podAntiAffinity", term({"matchLabels": {"app": "db"}})),
    )

    assert pick(pod(), ZONES, [shy]).feasible == 4


@pytest.mark.parametrize("priority", [0, 1])
def test_preemption_can_make_room_among_neighbours(priority: int) -> None:
    away = near("podAntiAffinity", term())
    spread_pod = spread()
    spread_pod["spec"]["priority"] = priority
    one_zone = [node("n2", labels="zone b"), node("n5", labels="zone b")]

    apart = pick(pod(priority=priority, affinity=away), one_zone, [CACHE])
    crowded = pick(
        spread_pod,
        [*one_zone, node("n1", "cpu 64 memory 1Gi pods 0", labels="zone a")],
        [pod(name="x", nodeName="n2")],
    )

    assert (apart.preemption == "helps") == (priority == 1)
    assert (crowded.preemption == "helps") == (priority == 1)


def test_no_nodes_at_all() -> None:
    outcome = pick(pod(), [])

    assert outcome.message == "no nodes available to schedule pods"


def test_a_gated_pod_is_not_tried() -> None:
    outcome = pick(pod(schedulingGates=[{"name": "example.com/wait"}]), [node("a")])

    assert (outcome.verdict.key, outcome.gates) == ("verdict.gated", ("example.com/wait",))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, 0),
        (99, 99),
        (100, 100),
        (125, 100),
        (500, 230),
        (1000, 420),
        (5000, 500),
        (6000, 300),
        (10000, 500),
    ],
)
def test_how_many_nodes_are_looked_for(count: int, expected: int) -> None:
    assert nodes_to_find(count) == expected


def test_a_deployment_stands_for_its_pods() -> None:
    template = pod("cpu 1")
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": template["spec"]}},
    }

    assert pick(deployment, [node("a", "cpu 1 memory 1Gi")]).chosen == ("a",)


def test_a_node_with_capacity_only_offers_all_of_it() -> None:
    bare = node("a", "cpu 1 memory 1Gi")
    bare["status"] = {"capacity": bare["status"]["allocatable"]}

    assert pick(pod("cpu 1"), [bare]).chosen == ("a",)


def broken(**spec: Any) -> dict[str, str]:
    return {"pod": json.dumps(pod(**spec))}


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"pod": ""}, "manifest-empty", "pod"),
    ({"pod": "kind: Node"}, "manifest-kind", "pod"),
    ({"nodes": "kind: Pod"}, "manifest-kind", "nodes"),
    ({"nodes": many([node("a"), node("a")])}, "pick-node-twice", "nodes"),
    ({"nodes": "kind: Node\nmetadata: {name: a}"}, "manifest-missing", "nodes"),
    ({"pods": "kind: Node"}, "manifest-kind", "pods"),
    ({"resources": "cpu"}, "pick-pair", "resources"),
    ({"resources": "cpu=0"}, "pick-weights", "resources"),
    ({"resources": "cpu=1,cpu=2"}, "pick-weights", "resources"),
    ({"resources": "cpu=101"}, "pick-pair", "resources"),
    ({"shape": "a=1"}, "pick-pair", "shape"),
    ({"shape": "50=1,50=2"}, "pick-shape", "shape"),
    ({"shape": "0=11"}, "pick-shape", "shape"),
    ({"kubernetes_version": "2.0"}, "pick-version", "kubernetes_version"),
    ({"kubernetes_version": "1.99"}, "pick-version", "kubernetes_version"),
    (broken(tolerations=[{"key": "a", "operator": "Like"}]), "api-one-of", "pod"),
    (
        {**broken(tolerations=[toleration("a Gt 5")]), "kubernetes_version": "1.34"},
        "api-one-of",
        "pod",
    ),
    (broken(tolerations=[{"operator": "Equal"}]), "api-toleration", "pod"),
    (broken(tolerations=[toleration("a Exists b")]), "api-toleration", "pod"),
    (broken(tolerations=[toleration("a Gt x")]), "selector-one-integer", "pod"),
    (broken(tolerations=[toleration("a Exists _ Never")]), "api-one-of", "pod"),
    ({"nodes": many([node("a", taints=[taint("a=b:Often")])])}, "api-one-of", "nodes"),
    (broken(affinity=required("a Gt 1 2")), "api-expression", "pod"),
    (broken(affinity=required("a In")), "api-expression", "pod"),
    (broken(affinity=required("a Exists 1")), "api-expression", "pod"),
    (broken(affinity=required("metadata.name In a b")), "api-expression", "pod"),
    (
        broken(
            affinity={
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchFields": [expression("spec.x In a")]}]
                    }
                }
            }
        ),
        "api-expression",
        "pod",
    ),
    (
        broken(affinity=near("podAffinity", term({"matchExpressions": [expression("a Gt 1")]}))),
        "api-expression",
        "pod",
    ),
    (broken(affinity=required()), "api-missing", "pod"),
    (broken(affinity=near("podAffinity", {})), "api-missing", "pod"),
    (broken(affinity=near("podAffinity", term(), weight=0)), "api-weight", "pod"),
    (
        broken(topologySpreadConstraints=[{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "Never"}]),
        "api-one-of",
        "pod",
    ),
    (broken(topologySpreadConstraints=[{"topologyKey": "z"}]), "api-spread", "pod"),
]


@pytest.mark.parametrize(("inputs", "code", "field"), REFUSALS)
def test_what_cannot_be_read_is_refused(inputs: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(**inputs))

    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_thousand_nodes_and_five_thousand_pods_are_judged_and_forty_shown() -> None:
    nodes = [node(f"n{i}", "cpu 16 memory 64Gi", labels=f"host n{i} zone z{i % 3}") for i in range(1000)]
    bound = [
        {
            "metadata": {"name": f"b{i}", "labels": {"app": "shop"}},
            "spec": {
                "nodeName": f"n{i % 997}",
                "containers": [{"resources": {"requests": {"cpu": f"{i % 700}m", "memory": f"{i}Ki"}}}],
            },
        }
        for i in range(5000)
    ]
    incoming = spread(skew=5, when="ScheduleAnyway", key="host")
    incoming["spec"]["affinity"] = near("podAntiAffinity", term({"matchLabels": {"app": "shop"}}), weight=5)
    inputs = Inputs(
        pod=json.dumps(incoming),
        nodes=many(nodes),
        pods=json.dumps({"kind": "PodList", "items": bound}, separators=(",", ":")),
    )

    outcome = run(inputs)

    assert (len(outcome.nodes), len(outcome.shown), outcome.hidden) == (1000, 40, 960)


small = st.integers(0, 8)


@st.composite
def clusters(draw: st.DrawFn) -> tuple[Thing, list[Thing], list[Thing]]:
    nodes = [
        node(f"n{i}", f"cpu {draw(small)} memory {draw(small)}Gi", labels=f"zone {draw(st.sampled_from('ab'))}")
        for i in range(draw(st.integers(1, 5)))
    ]
    bound = [
        pod(
            f"cpu {draw(small)}00m memory {draw(small)}Mi",
            f"b{i}",
            nodeName=f"n{draw(small)}",
            priority=draw(small),
        )
        for i in range(draw(st.integers(0, 6)))
    ]
    kind = draw(st.sampled_from(["plain", "spread", "near", "apart"]))
    incoming = {
        "plain": pod("cpu 1 memory 1Gi", priority=draw(small)),
        "spread": spread(when=draw(st.sampled_from(["DoNotSchedule", "ScheduleAnyway"]))),
        "near": pod(
            affinity=near("podAffinity", term({"matchLabels": {"app": "shop"}}), weight=draw(st.integers(1, 100)))
        ),
        "apart": pod(affinity=near("podAntiAffinity", term({"matchLabels": {"app": "shop"}}))),
    }[kind]
    return incoming, nodes, bound


@settings(max_examples=60, deadline=None)
@given(clusters(), st.sampled_from(["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"]))
def test_scores_lie_between_0_and_100_and_the_winner_has_the_highest(
    cluster: tuple[Thing, list[Thing], list[Thing]], strategy: str
) -> None:
    outcome = pick(*cluster, strategy=strategy)

    totals = {n.name: n.total for n in outcome.nodes if n.feasible}
    assert all(0 <= score.score <= 100 for n in outcome.nodes for score in n.scores.values())
    assert set(outcome.chosen) == {name for name, total in totals.items() if total == max(totals.values())}  # type: ignore[type-var]
    assert bool(outcome.message) == (not totals)


@settings(max_examples=60, deadline=None)
@given(clusters())
def test_the_order_of_nodes_does_not_matter(cluster: tuple[Thing, list[Thing], list[Thing]]) -> None:
    incoming, nodes, bound = cluster

    one, other = pick(incoming, nodes, bound), pick(incoming, nodes[::-1], bound[::-1])

    assert set(one.chosen) == set(other.chosen)
    assert {n.name: n.total for n in one.nodes} == {n.name: n.total for n in other.nodes}
    assert (one.message, one.preemption) == (other.message, other.preemption)


KEYS = (
    "spec metadata containers resources requests cpu affinity podAffinity nodeAffinity tolerations key operator values "
    "requiredDuringSchedulingIgnoredDuringExecution nodeSelectorTerms matchExpressions status allocatable name labels"
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.sampled_from(["", "x", "1", "In", "Exists", "100m"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
    max_leaves=14,
)


def answer(inputs: dict[str, Any]) -> str:
    try:
        run(Inputs(**inputs))
    except Refusal as refusal:
        return refusal.code
    return "answered"


@settings(deadline=None)
@given(values)
def test_rubbish_is_refused_and_nothing_else(value: Any) -> None:
    for field, kind in (("pod", "Pod"), ("nodes", "Node"), ("pods", "Pod")):
        assert answer({field: json.dumps({"kind": kind, "metadata": {"name": "x"}, "spec": value, "status": value})})
        assert answer({field: json.dumps(value)})
    assert answer({"resources": str(value), "shape": str(value)})


WORDS = words_beside(__file__)


def test_everything_is_said_in_both_languages() -> None:
    own = {f"refusal.{code}" for _, code, _ in REFUSALS if not code.startswith(("manifest-", "api-"))}
    assert own <= WORDS.keys()
    for example in WIDGET.examples:
        for version in ("1.35", "1.37"):
            inputs: dict[str, Any] = {**example.inputs, "kubernetes_version": version}
            outcome = run(Inputs(**inputs))
            sentences = [
                outcome.verdict,
                outcome.why,
                *(line for detail in outcome.details for line in detail.sums),
            ]
            for said in sentences:
                for language in LANGUAGES:
                    assert WORDS.text(language, said.key, **said.values)


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 5), min_size=1), st.integers(0, 5))
def test_two_minima_tell_the_lowest_count_whatever_is_gone_from_one_domain(counts: dict[str, int], gone: int) -> None:
    """criticalPaths, podtopologyspread/filtering.go: pods are taken from one node, thus from one domain."""
    critical = critical_paths(counts)

    assert critical[0][1] == min(counts.values())
    for domain, count in counts.items():
        here = max(0, count - gone)
        assert lowest_count(critical, domain, here) == min({**counts, domain: here}.values())


def spread_over(keys: int, when: str = "DoNotSchedule", **fields: Any) -> list[Thing]:
    selector = {"matchLabels": {"app": "shop"}}
    return [
        {"maxSkew": 1 + i, "topologyKey": f"k{i}", "whenUnsatisfiable": when, "labelSelector": selector, **fields}
        for i in range(keys)
    ]


def keys(count: int, value: int) -> str:
    return " ".join(f"k{i} z{value}" for i in range(count))


@pytest.mark.parametrize("when", ["DoNotSchedule", "ScheduleAnyway"])
def test_many_constraints_over_many_nodes_are_answered(when: str) -> None:
    """120 nodes × 120 constraints: within the bound of work, since no node looks for the minimum again."""
    nodes = [node(f"n{i}", labels=keys(120, i)) for i in range(120)]

    outcome = pick(pod(topologySpreadConstraints=spread_over(120, when)), nodes)

    assert outcome.feasible == 120


NEAR = {"labelSelector": {"matchLabels": {"app": "shop"}}, "topologyKey": "zone"}
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
MUCH = {
    "constraints": pod(topologySpreadConstraints=spread_over(1000)),
    "preferred-node-terms": pod(
        affinity={
            "nodeAffinity": {
                PREFERRED: [
                    {"weight": 1, "preference": {"matchExpressions": [{"key": f"k{i}", "operator": "Exists"}]}}
                    for i in range(1500)
                ]
            }
        }
    ),
    "preferred-pods": pod(affinity={"podAffinity": {PREFERRED: [{"weight": 1, "podAffinityTerm": NEAR}] * 600}}),
    "required-pods": pod(
        affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [NEAR] * 600}}
    ),
    "resources": pod(" ".join(f"example.com/r{i} 1" for i in range(500))),
    "tolerations": pod(tolerations=[{"key": f"k{i}", "operator": "Exists"} for i in range(1000)]),
}


@pytest.mark.parametrize("incoming", MUCH.values(), ids=MUCH)
def test_too_much_work_is_refused_at_once_and_says_what_would_do(incoming: Thing) -> None:
    taints = [{"key": "other", "effect": "PreferNoSchedule"}]
    nodes = [node(f"n{i}", labels=f"zone z{i}", taints=taints) for i in range(1000)]
    bound = [pod(name=f"b{i}", nodeName=f"n{i % 1000}") for i in range(1500)]
    with pytest.raises(Refusal) as refusal:
        pick(incoming, nodes, bound)

    assert (refusal.value.code, refusal.value.field) == ("pick-work", "pod")
    assert refusal.value.values["work"] > refusal.value.values["limit"] == WORK_LIMIT


def test_a_large_cluster_is_no_more_work_than_is_done() -> None:
    nodes = [node(f"n{i}", labels=f"zone z{i % 3} {keys(2, i % 3)}") for i in range(2000)]
    bound = [pod(name=f"b{i}", nodeName=f"n{i % 2000}") for i in range(5000)]
    incoming = pod(
        topologySpreadConstraints=spread_over(2),
        affinity={"podAntiAffinity": {PREFERRED: [{"weight": 5, "podAffinityTerm": NEAR}]}},
    )

    assert pick(incoming, nodes, bound).feasible > 0
