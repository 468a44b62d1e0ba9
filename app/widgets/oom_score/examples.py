"""The presets: one telling node for each rule."""

from app.widgetkit.contract import Example

_POLICY = "kubernetes v1.36 pkg/kubelet/qos/policy.go GetContainerOOMScoreAdjust"

THREE_CLASSES = """\
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  containers:
  - name: postgres
    resources:
      requests: {cpu: "1", memory: 4Gi}
      limits: {cpu: "1", memory: 4Gi}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    resources:
      requests: {cpu: 250m, memory: 2Gi}
      limits: {memory: 6Gi}
---
apiVersion: v1
kind: Pod
metadata: {name: batch}
spec:
  containers:
  - name: job
"""

SIDECAR = """\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  initContainers:
  - name: migrate
    resources: {requests: {memory: 64Mi}}
  - name: mesh
    restartPolicy: Always
    resources: {requests: {memory: 128Mi}}
  containers:
  - name: app
    resources:
      requests: {memory: 4Gi}
      limits: {memory: 6Gi}
"""

POD_LEVEL = """\
apiVersion: v1
kind: Pod
metadata: {name: train}
spec:
  resources:
    requests: {memory: 6Gi}
    limits: {memory: 8Gi}
  containers:
  - name: trainer
    resources: {requests: {memory: 2Gi}}
  - name: logger
"""

NODE_CRITICAL = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-proxy, namespace: kube-system}
spec:
  template:
    spec:
      priorityClassName: system-node-critical
      containers:
      - name: kube-proxy
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  template:
    spec:
      priorityClassName: system-cluster-critical
      containers:
      - name: coredns
        resources:
          requests: {cpu: 100m, memory: 70Mi}
          limits: {memory: 170Mi}
"""

LIMITS_ONLY = """\
apiVersion: v1
kind: Pod
metadata: {name: cache}
spec:
  containers:
  - name: redis
    resources:
      limits: {cpu: 500m, memory: 1Gi}
"""

EVICTION = """\
apiVersion: v1
kind: List
items:
- apiVersion: scheduling.k8s.io/v1
  kind: PriorityClass
  metadata: {name: low}
  value: -10
- apiVersion: v1
  kind: Pod
  metadata: {name: ledger, namespace: bank}
  spec:
    priorityClassName: low
    containers:
    - name: app
      resources:
        requests: {cpu: "1", memory: 1Gi}
        limits: {cpu: "1", memory: 1Gi}
- apiVersion: v1
  kind: Pod
  metadata: {name: search, namespace: shop}
  spec:
    containers:
    - name: app
      resources: {requests: {memory: 1Gi}}
    - name: exporter
      resources: {requests: {memory: 64Mi}}
- apiVersion: v1
  kind: Pod
  metadata: {name: mailer, namespace: shop}
  spec:
    containers:
    - name: app
- apiVersion: v1
  kind: Pod
  metadata: {name: report, namespace: shop}
  spec:
    containers:
    - name: app
      resources: {requests: {memory: 512Mi}}
"""

TOP = """\
NAMESPACE   POD      NAME       CPU(cores)   MEMORY(bytes)
bank        ledger   app        210m         900Mi
shop        mailer   app        2m           40Mi
shop        report   app        3m           300Mi
shop        search   app        420m         2300Mi
shop        search   exporter   1m           30Mi
"""

LARGE_NODE = """\
apiVersion: v1
kind: Pod
metadata: {name: small}
spec:
  containers:
  - name: app
    resources: {requests: {memory: 128Mi}}
---
apiVersion: v1
kind: Pod
metadata: {name: medium}
spec:
  containers:
  - name: app
    resources: {requests: {memory: 1Gi}}
---
apiVersion: v1
kind: Pod
metadata: {name: capped}
spec:
  containers:
  - name: app
    resources:
      requests: {memory: 1Gi}
      limits: {memory: 1Gi}
"""

CLAMPED = """\
apiVersion: v1
kind: Pod
metadata: {name: greedy}
spec:
  containers:
  - name: app
    resources: {requests: {memory: 8Gi}}
  - name: exporter
    resources: {requests: {memory: 8Mi}}
"""

DEBUGGED = """\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  containers:
  - name: app
    resources: {requests: {memory: 4Gi}}
  ephemeralContainers:
  - name: debugger
    targetContainerName: app
"""

REPLICAS = """\
apiVersion: v1
kind: Pod
metadata: {name: api-1}
spec:
  containers:
  - name: app
    resources: {requests: {memory: 1Gi}}
---
apiVersion: v1
kind: Pod
metadata: {name: api-2}
spec:
  containers:
  - name: app
    resources: {requests: {memory: 1Gi}}
"""

WORKERS = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: nginx
    resources:
      requests: {memory: 512Mi}
      limits: {memory: 3Gi}
---
apiVersion: v1
kind: Pod
metadata: {name: search}
spec:
  containers:
  - name: app
    resources: {requests: {memory: 1Gi}}
"""

WORKERS_USAGE = """\
default/web/nginx/master 20Mi
default/web/nginx/worker-1 300Mi
default/web/nginx/worker-2 1200Mi
default/search/app 1Gi
"""

EXAMPLES = (
    Example(
        "three-classes",
        {
            "manifest": THREE_CLASSES,
            "node_memory": "16Gi",
            "usage": "db/postgres 3900Mi\nweb/app 5Gi\nbatch/job 300Mi\n",
            "system_used": "2Gi",
            "asks_for": "10Gi",
        },
        {
            "pods.0.qos_class": "Guaranteed",
            "pods.0.containers.0.oom_score_adj": -997,
            "pods.1.containers.0.oom_score_adj": 875,
            "pods.2.containers.0.oom_score_adj": 1000,
            "kill_order.0.pod": "web",
            "kill_order.0.badness": 4_980_470,
            "replay.steps.1.victim.pod": "batch",
            "replay.relieved": True,
            "eviction_order.0.pod": "web",
        },
        f"{_POLICY}; badness 875 × 4194 + 1310720 (Linux mm/oom_kill.c)",
    ),
    Example(
        "sidecar",
        {"manifest": SIDECAR, "node_memory": "16Gi"},
        {
            "pods.0.qos_class": "Burstable",
            "pods.0.containers.0.oom_score_adj": 997,
            "pods.0.containers.1.oom_score_adj": 750,
            "pods.0.containers.1.rule": "sidecar-cap",
            "pods.0.containers.2.oom_score_adj": 750,
            "details.0.containers.1.lines.1.before": 993,
        },
        f"{_POLICY}, since 1.32 (#128029): 1000 − 1000 × 4 ÷ 16",
    ),
    Example(
        "pod-level",
        {"manifest": POD_LEVEL, "node_memory": "16Gi"},
        {
            "pods.0.qos_reason": "pod-level-unequal",
            "pods.0.containers.0.oom_score_adj": 750,
            "pods.0.containers.1.oom_score_adj": 875,
        },
        f"{_POLICY}, remainingPodMemReqPerContainer: (6 − 2) ÷ 2 = 2 Gi each",
    ),
    Example(
        "clamped",
        {"manifest": CLAMPED, "node_memory": "8Gi"},
        {
            "pods.0.containers.0.oom_score_adj": 3,
            "pods.0.containers.0.rule": "floor",
            "details.0.containers.0.lines.1.before": 0,
            "pods.0.containers.1.oom_score_adj": 999,
            "pods.0.containers.1.rule": "below-best-effort",
            "details.0.containers.1.lines.1.before": 1000,
        },
        f"{_POLICY}: 1000 − 1000 × 8 ÷ 8 = 0 is below 3; 1000 × 8 Mi ÷ 8 Gi truncates to 0",
    ),
    Example(
        "node-critical",
        {"manifest": NODE_CRITICAL, "node_memory": "8Gi"},
        {
            "pods.0.qos_class": "BestEffort",
            "pods.0.containers.0.oom_score_adj": -997,
            "pods.0.containers.0.rule": "node-critical",
            "pods.1.containers.0.oom_score_adj": 992,
            "pods.1.priority": 2_000_000_000,
            "eviction_order.0.critical": True,
        },
        "kubernetes v1.36 pkg/kubelet/types/pod_update.go IsNodeCriticalPod",
    ),
    Example(
        "limits-only",
        {"manifest": LIMITS_ONLY, "node_memory": "8Gi"},
        {
            "pods.0.qos_class": "Guaranteed",
            "pods.0.containers.0.memory_request": 1_073_741_824,
            "details.0.containers.0.filled.1.key": "filled.limit",
        },
        "kubernetes v1.36 pkg/apis/core/v1/defaults.go SetDefaults_Pod",
    ),
    Example(
        "ephemeral",
        {"manifest": DEBUGGED, "node_memory": "16Gi", "usage": "shop/app 3Gi\nshop/debugger 200Mi\n"},
        {
            "pods.0.containers.0.oom_score_adj": 750,
            "pods.0.containers.1.oom_score_adj": 999,
            "kill_order.0.container": "debugger",
            "kill_order.0.restarts": False,
        },
        f"{_POLICY}: an ephemeral container has no request of its own",
    ),
    Example(
        "tie",
        {
            "manifest": REPLICAS,
            "node_memory": "4Gi",
            "usage": "api-1/app 1500Mi\napi-2/app 1500Mi\n",
            "system_used": "900Mi",
            "asks_for": "500Mi",
        },
        {
            "kill_order.0.tied": True,
            "kill_order.1.rank": 1,
            "eviction_order.1.tied": True,
            "replay.steps.0.freed": 1500 << 20,
            "replay.relieved": True,
        },
        "Linux 6.18 mm/oom_kill.c oom_evaluate_task: of equals the one met later; pkg/kubelet/eviction sorts unstably",
    ),
    Example(
        "oom-group",
        {
            "manifest": WORKERS,
            "node_memory": "4Gi",
            "usage": WORKERS_USAGE,
            "system_used": "1Gi",
            "asks_for": "1Gi",
        },
        {
            "replay.steps.0.victim.process": "worker-2",
            "replay.steps.0.together": 3,
            "replay.steps.0.freed": 1520 << 20,
            "replay.relieved": True,
            "rules.group": "whole-container",
        },
        "Linux 6.18 mm/oom_kill.c oom_kill_process with memory.oom.group, which the kubelet sets since 1.28 (#117793)",
    ),
    Example(
        "eviction-ignores-class",
        {"manifest": EVICTION, "node_memory": "4Gi", "usage": TOP, "system_used": "500Mi"},
        {
            "eviction_order.0.pod": "search",
            "eviction_order.1.pod": "mailer",
            "eviction_order.2.pod": "ledger",
            "eviction_order.2.priority": -10,
            "eviction_order.2.qos_class": "Guaranteed",
            "eviction_order.3.pod": "report",
            "kill_order.0.pod": "search",
            "kill_order.4.pod": "ledger",
            "node.under_pressure": True,
        },
        "kubernetes v1.36 pkg/kubelet/eviction/helpers.go rankMemoryPressure",
    ),
    Example(
        "old-version",
        {"manifest": THREE_CLASSES, "node_memory": "16Gi", "kubernetes_version": "1.19"},
        {
            "pods.0.containers.0.oom_score_adj": -998,
            "pods.1.containers.0.oom_score_adj": 875,
            "pods.2.containers.0.oom_score_adj": 1000,
        },
        "kubernetes v1.19 pkg/kubelet/qos/policy.go; changed in 1.20 by #71269",
    ),
    Example(
        "large-node",
        {"manifest": LARGE_NODE, "node_memory": "1Ti", "kubernetes_version": "tie-break"},
        {
            "pods.0.containers.0.oom_score_adj": 999,
            "pods.1.containers.0.oom_score_adj": 996,
            "pods.2.containers.0.oom_score_adj": 991,
        },
        "kubernetes after v1.37 pkg/kubelet/qos/policy.go tieBreakOOMScoreAdjust (gate off by default)",
    ),
)
