"""All diagnoses as a list: what one sees of each in a terminal, and a paste that proves it."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from app.kube.transcript.read import read
from app.widgetkit.contract import Diagnosis, Say
from app.widgets.pod_story.rule import Rule, Signal
from app.widgets.pod_story.rules import OPEN, RULES
from app.widgets.pod_story.view import view_of

GROUPS: Mapping[str, str] = {
    "end": "finalizer",
    "placing": "gated",
    "volume": "multi-attach",
    "network": "sandbox-image",
    "image": "invalid-image-name",
    "start": "config-key",
    "memory": "oom-pods",
    "init": "init-fails",
    "probe": "startup-kills",
    "exit": "not-writable",
    "unready": "readiness-gate",
    "refused": "store-full",
    "well": "resize-waits",
    "open": "exec-ended",
}
"""Parts of the list, each with the rule that it begins with."""

_LOOP = ("CrashLoopBackOff", "Error")
_PULL = ("ErrImagePull", "ImagePullBackOff")
STATUS: Mapping[str, tuple[str, ...]] = {
    "terminating-finalizer": ("Terminating", "Completed", "Error"),
    "node-lost-reason": ("Unknown",),
    "node-lost": ("Running",),
    "terminating-node-gone": ("Terminating",),
    "image-pulling": ("ContainerCreating", "Init:0/1"),
    "node-pressure": ("Evicted", "Pending"),
    "terminating": ("Terminating",),
    "preempted": ("Terminating", "Preempting"),
    "evicted": ("Evicted", "ContainerStatusUnknown", "Error"),
    "evicted-api": ("Terminating", "Running"),
    "node-shutdown": ("Terminated", "Completed", "Error"),
    "deadline": ("DeadlineExceeded", "Error"),
    "kubelet-refused": (
        *("OutOfcpu", "OutOfmemory", "OutOfpods", "UnexpectedAdmissionError", "TopologyAffinityError"),
        *("NodeAffinity", "SysctlForbidden", "PodOSNotSupported", "UnsupportedPodSpec"),
    ),
    "completed": ("Completed",),
    "gated-silent": ("SchedulingGated", "Pending"),
    "gated": ("SchedulingGated",),
    "volume-unbound": ("Pending",),
    "volume-zone": ("Pending",),
    "unschedulable": ("Pending",),
    "no-scheduler": ("Pending",),
    "volume-multi-attach": ("ContainerCreating",),
    "attach-timeout": ("ContainerCreating",),
    "attach": ("ContainerCreating",),
    "mount-failed": ("ContainerCreating",),
    "mount-into-container": ("RunContainerError", "CreateContainerError", *_LOOP),
    "secret-volume": ("ContainerCreating",),
    "secret-env": ("CreateContainerConfigError",),
    "configmap-missing": ("ContainerCreating", "CreateContainerConfigError"),
    "resource-claim": ("ContainerCreating", "Pending"),
    "volume-ownership": ("ContainerCreating",),
    "not-writable": _LOOP,
    "ip-exhausted": ("ContainerCreating",),
    "sandbox-network": ("ContainerCreating",),
    "sandbox-failed": ("ContainerCreating",),
    "invalid-image-name": ("InvalidImageName",),
    "image-never": ("ErrImageNeverPull",),
    "image-platform": _PULL,
    "image-rate-limit": _PULL,
    "image-disk": _PULL,
    "image-signature": ("SignatureValidationFailed", *_PULL),
    "image-auth": _PULL,
    "image-not-found": _PULL,
    "registry-certificate": _PULL,
    "registry-unreachable": _PULL,
    "pull-fails": (*_PULL, "ImageInspectError"),
    "config-error": ("CreateContainerConfigError",),
    "start-error-said": ("CreateContainerError", "RunContainerError"),
    "exec-format": ("CrashLoopBackOff", "Error", "RunContainerError"),
    "command-not-executable": ("RunContainerError", "StartError", *_LOOP),
    "command-not-found": ("RunContainerError", "StartError", *_LOOP),
    "exit-126": _LOOP,
    "exit-127": _LOOP,
    "start-error": ("RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun"),
    "create-timeout": ("CreateContainerError",),
    "hook-fails": ("PostStartHookError", "CrashLoopBackOff"),
    "oom-node": ("OOMKilled", "CrashLoopBackOff", "Running"),
    "oom-container-limit": ("OOMKilled", "CrashLoopBackOff", "Running"),
    "init-fails": ("Init:Error", "Init:CrashLoopBackOff"),
    "startup-fails": ("Running", "CrashLoopBackOff"),
    "liveness-kills": ("Running", "CrashLoopBackOff"),
    "exits-zero": ("Completed", "CrashLoopBackOff"),
    "app-exits": _LOOP,
    "exit-killed": _LOOP,
    "crash-loop": _LOOP,
    "sandbox-changes": ("CrashLoopBackOff", "Running", "ContainerCreating"),
    "readiness-fails": ("Running",),
    "init-runs": ("Init:0/1",),
    "name-taken": ("",),
    "nothing-found": ("",),
    "cron-job-waits": ("",),
    "resize-waits": ("Running",),
    "no-load-balancer": ("Running",),
    "load-balancer-pending": ("",),
    "no-metrics": ("Running",),
    "no-scale-target": ("Running",),
    "container-listed": _LOOP,
    "exec-refused": ("Running",),
    "not-allowed": ("",),
    "exec-ended": ("Running",),
    "forward-refused": ("Running",),
    "log-alone": _LOOP,
    "image-unreadable": _PULL,
    "image-short-name": _PULL,
    "warned-only": ("",),
    "eviction-refused": ("Running",),
    "api-unreachable": ("",),
    "restarts-open": ("Running",),
    "no-scale-up": ("Pending",),
    "no-endpoint": ("Running",),
    "healthy": ("Running",),
    "terminating-open": ("Terminating",),
    "pending-open": ("Pending",),
    "creating-open": ("ContainerCreating", "PodInitializing"),
    "shell-denied": _LOOP,
    "unknown-status": ("ContainerStatusUnknown", "ContainerCreating"),
    "stopped": ("Terminating",),
    "not-admitted": ("",),
    "paused": ("",),
    "no-controller": ("",),
}
"""What `kubectl get pods` prints as STATUS, by a rule or by the code of several; an empty word where no Pod is listed.

kubernetes v1.37.2 pkg/printers/internalversion/printers.go printPod. While init containers are not done, the words of
containers have `Init:` before them.
"""

NO_REASONS = ("FailedCreatePodSandbox", "FailedPullImage", "FailedStart", "FailedToPullImage", "ErrImagePull")
"""Read as reasons of events, because they get typed so, but written by no component as one."""

_UNKNOWN = {
    "pod": "POD",
    "node": "NODE",
    "container": "CONTAINER",
    "image": "IMAGE",
    "exit": "N",
    "name": "NAME",
    "owner": "NAME",
}
_PLACES = {"ns": "", "ns_name": "", "c": ""}


@cache
def diagnoses() -> tuple[Diagnosis, ...]:
    """Every rule as what the list says of it, in the order in which rules are tried."""
    pastes = _pastes()
    return tuple(_diagnosis(group, rule, pastes[rule.id]) for group, rule in _grouped())


def _pastes() -> Mapping[str, str]:
    messages = yaml.safe_load(Path(__file__).with_name("messages.yaml").read_text(encoding="utf-8"))
    return {message["rule"]: message["text"] for message in messages if "rule" in message}


def _grouped() -> Iterator[tuple[str, Rule]]:
    first = {rule: group for group, rule in GROUPS.items()}
    group = ""
    for rule in (*RULES, OPEN):
        group = first.get(rule.id, group)
        yield group, rule


def _diagnosis(group: str, rule: Rule, paste: str) -> Diagnosis:
    seen = (*rule.any, *rule.all, *rule.shows)
    ends = _names(seen, "ended")
    return Diagnosis(
        id=rule.id,
        code=rule.code,
        group=group,
        actor=rule.actor,
        sure=rule.sure,
        act=None if rule.code in ("healthy", "completed") else rule.acts,
        says=Say(f"why.{rule.id}", _UNKNOWN),
        refuted_by=Say(f"refuted.{rule.code}"),
        status=STATUS.get(rule.id, STATUS.get(rule.code, ())),
        reasons=_reasons(seen, paste),
        exit_codes=tuple(int(name.removeprefix("exit:")) for name in ends if name.startswith("exit:")),
        next=tuple(command.format(**_UNKNOWN, **_PLACES) for command in rule.next),
        candidates=rule.candidates,
        source=rule.source,
        paste={"text": paste},
    )


def _reasons(seen: tuple[Signal, ...], paste: str) -> tuple[str, ...]:
    """Reasons of events by which the rule knows it, and those of its paste: a message may stand under several."""
    named = _names(seen, "event")
    if any(signal.where == "refusal" for signal in seen):
        named += ("FailedCreate",)  # what a controller writes where kubectl would print the refusal
    view = view_of(read(paste))
    of_paste = tuple(reason for reason in view.by_reason if reason in _known_reasons()) if view else ()
    return tuple(dict.fromkeys(name for name in (*named, *of_paste) if name not in NO_REASONS))


@cache
def _known_reasons() -> frozenset[str]:
    return frozenset(name for rule in RULES for name in _names((*rule.any, *rule.all, *rule.shows), "event"))


def _names(signals: tuple[Signal, ...], where: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for signal in signals if signal.where == where for name in signal.names))
