"""The presets of the room: small clusters, each with something to see."""

from app.widgetkit.contract import Example

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: shop, labels: {app: shop}}
spec:
  containers:
  - name: app
    image: registry.example.com/shop:1.4
    resources: {requests: {cpu: 500m, memory: 1Gi}}
"""
NODES = """\
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {disk: ssd}}
status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}}
---
apiVersion: v1
kind: Node
metadata: {name: node-b, labels: {disk: hdd}}
status: {allocatable: {cpu: "8", memory: 32Gi, pods: "110"}}
---
apiVersion: v1
kind: Node
metadata: {name: control-plane}
spec: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}
status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}}
---
apiVersion: v1
kind: Node
metadata: {name: node-d}
status: {allocatable: {cpu: "2", memory: 4Gi, pods: "110"}}
"""
BOUND = """\
kind: Pod
metadata: {name: db}
spec:
  nodeName: node-b
  containers:
  - {name: db, resources: {requests: {cpu: "6", memory: 8Gi}}}
---
kind: Pod
metadata: {name: cache}
spec:
  nodeName: node-d
  containers:
  - {name: cache, resources: {requests: {cpu: 1600m, memory: 1Gi}}}
"""


def _example_node(
    name: str, cpu: str = "4", memory: str = "8Gi", labels: str = "", taints: str = "", more: str = ""
) -> str:
    spec = f"spec: {{taints: [{taints}]}}\n" if taints else ""
    return (
        f"kind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n{spec}"
        f'status: {{allocatable: {{cpu: "{cpu}", memory: {memory}, pods: "110"{more}}}}}\n'
    )


def _example_pod(name: str, node: str, requests: str = "cpu: 100m", labels: str = "", more: str = "") -> str:
    return (
        f"kind: Pod\nmetadata: {{name: {name}, labels: {{{labels}}}}}\nspec:\n  nodeName: {node}\n{more}"
        f"  containers:\n  - {{name: app, resources: {{requests: {{{requests}}}}}}}\n"
    )


def _documents(*documents: str) -> str:
    return "---\n".join(documents)


BIG = POD.replace("cpu: 500m", 'cpu: "7"')
GPU_POD = POD.replace("cpu: 500m, memory: 1Gi", 'cpu: 500m, memory: 1Gi, nvidia.com/gpu: "2"')
ZONES = _documents(
    _example_node("node-1", labels="topology.kubernetes.io/zone: a"),
    _example_node("node-2", labels="topology.kubernetes.io/zone: b"),
    _example_node("node-3", labels="topology.kubernetes.io/zone: b"),
)
GPUS = ', nvidia.com/gpu: "8"'
GPU_NODES = _documents(_example_node("gpu-1", more=GPUS), _example_node("gpu-2", more=GPUS))
SOFT = _documents(_example_node("idle", taints="{key: maintenance, effect: PreferNoSchedule}"), _example_node("busy"))
SPREAD = (
    POD
    + """\
  topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: DoNotSchedule
    labelSelector: {matchLabels: {app: shop}}
"""
)
APART = (
    POD
    + """\
  affinity:
    podAntiAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: topology.kubernetes.io/zone
        labelSelector: {matchLabels: {app: shop}}
"""
)
NEAR = (
    POD
    + """\
  affinity:
    podAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 50
        podAffinityTerm:
          topologyKey: topology.kubernetes.io/zone
          labelSelector: {matchLabels: {app: cache}}
"""
)
_FIT = "kubernetes v1.37.0, pkg/scheduler/framework/plugins/noderesources"
_PLUGINS = "kubernetes v1.37.0, pkg/scheduler/framework/plugins"

EXAMPLES = (
    Example(
        "least-allocated",
        {},
        {
            "chosen": ["node-a"],
            "nodes.0.scores.NodeResourcesFit.score": 87,
            "nodes.2.reasons": ["node(s) had untolerated taint(s)"],
            "nodes.3.reasons": ["Insufficient cpu"],
        },
        f"{_FIT}/least_allocated.go",
    ),
    Example(
        "nobody",
        {"pod": BIG},
        {
            "chosen": [],
            "message": "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu. "
            "preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, "
            "3 Preemption is not helpful for scheduling.",
        },
        "kubernetes v1.37.0, pkg/scheduler/framework/types.go, FitError",
    ),
    Example(
        "pack-gpus",
        {
            "pod": GPU_POD,
            "nodes": GPU_NODES,
            "pods": _example_pod("train", "gpu-2", 'nvidia.com/gpu: "4"'),
            "strategy": "RequestedToCapacityRatio",
            "resources": "nvidia.com/gpu=3,cpu=1",
        },
        {"chosen": ["gpu-2"], "nodes.0.scores.NodeResourcesFit.raw": 22},
        f"{_FIT}/requested_to_capacity_ratio.go",
    ),
    Example(
        "soft-taint",
        {"nodes": SOFT, "pods": _example_pod("web", "busy", "cpu: 2, memory: 4Gi")},
        {"chosen": ["busy"], "nodes.0.scores.TaintToleration.score": 0},
        f"{_PLUGINS}/tainttoleration/taint_toleration.go",
    ),
    Example(
        "spread-zones",
        {"pod": SPREAD, "nodes": ZONES, "pods": _example_pod("shop-1", "node-2", labels="app: shop")},
        {
            "chosen": ["node-1"],
            "nodes.2.reasons": ["node(s) didn't match pod topology spread constraints"],
        },
        f"{_PLUGINS}/podtopologyspread/filtering.go",
    ),
    Example(
        "keep-apart",
        {"pod": APART, "nodes": ZONES, "pods": _example_pod("shop-1", "node-2", labels="app: shop")},
        {"chosen": ["node-1"], "nodes.2.plugin": "InterPodAffinity"},
        f"{_PLUGINS}/interpodaffinity/filtering.go",
    ),
    Example(
        "near-cache",
        {"pod": NEAR, "nodes": ZONES, "pods": _example_pod("cache", "node-2", labels="app: cache")},
        {"chosen": ["node-3"], "nodes.2.scores.InterPodAffinity.raw": 50},
        f"{_PLUGINS}/interpodaffinity/scoring.go",
    ),
    Example(
        "preempt",
        {"pod": BIG.replace("spec:", "spec:\n  priority: 1000")},
        {"chosen": [], "preemption": "helps", "nodes.1.reasons": ["Insufficient cpu"]},
        "kubernetes v1.37.0, pkg/scheduler/framework/preemption/preemption.go",
    ),
)
