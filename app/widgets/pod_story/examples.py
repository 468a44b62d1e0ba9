"""The presets: pastes of our own in the shape of what kubectl prints, with what must come out."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from app.widgetkit.contract import Example

_TEXTS: Mapping[str, str] = yaml.safe_load(Path(__file__).with_name("presets.yaml").read_text(encoding="utf-8"))

FIRST = _TEXTS["crash-loop"]

_KUBECTL = "kubectl v0.37 pkg/describe/describe.go, kubernetes v1.37 pkg/kubelet"

EXAMPLES = (
    Example(
        "crash-loop",
        {"text": _TEXTS["crash-loop"]},
        {
            "verdict.code": "app-exits",
            "verdict.sure": "proved",
            "verdict.evidence.0.line": 23,
            "status": "CrashLoopBackOff",
            "cut": 1,
        },
        _KUBECTL,
    ),
    Example(
        "image", {"text": _TEXTS["image"]}, {"verdict.code": "image-platform", "verdict.evidence.0.line": 4}, _KUBECTL
    ),
    Example(
        "unschedulable",
        {"text": _TEXTS["unschedulable"]},
        {"verdict.code": "unschedulable", "status": "Pending", "verdict.reasons.1": "2 Insufficient memory"},
        "kubernetes v1.37 pkg/scheduler/framework/types.go FitError",
    ),
    Example(
        "liveness", {"text": _TEXTS["liveness"]}, {"verdict.code": "liveness-kills", "verdict.sure": "proved"}, _KUBECTL
    ),
    Example(
        "oom",
        {"text": _TEXTS["oom"]},
        {
            "verdict.code": "oom-container-limit",
            "verdict.sure": "proved",
            "status": "CrashLoopBackOff",
            "containers.0.restart_at": "2026-09-14T08:42:15Z",
            "rooms.0.slug": "oom-score",
        },
        "kubernetes v1.37 pkg/kubelet/kuberuntime doBackOff",
    ),
    Example(
        "no-pod",
        {"text": _TEXTS["no-pod"]},
        {"verdict.code": "not-admitted", "verdict.evidence.0.line": 6},
        "k8s.io/apiserver v0.37 plugin/pkg/admission/resourcequota",
    ),
    Example(
        "finalizer",
        {"text": _TEXTS["finalizer"]},
        {"verdict.code": "terminating-finalizer", "verdict.sure": "proved"},
        "k8s.io/apiserver v0.37 pkg/registry/generic/registry/store.go",
    ),
    Example("healthy", {"text": _TEXTS["healthy"]}, {"verdict.code": "healthy", "status": "Running"}, _KUBECTL),
)
