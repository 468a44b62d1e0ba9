"""Deployments, DaemonSets, StatefulSets and Jobs. pkg/apis/apps/validation/validation.go, with the defaults of
pkg/apis/apps/v1/defaults.go in place, and the end of pkg/apis/batch/validation/validation.go."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.kube.paste.part import Part
from app.kube.selector import label_selector
from app.kube.validation.fault import At, Fault
from app.kube.validation.name import dns_label, percent
from app.kube.validation.pod import metadata_faults, pod_spec_faults
from app.kube.validation.selector import annotations_faults, label_selector_faults, labels_faults
from app.kube.validation.strict import DAEMON_SET, DEPLOYMENT, STATEFUL_SET, unknown_fields

PROGRESS_DEADLINE_S = 600
"""spec.progressDeadlineSeconds when it is not given."""

_INT32 = (-(2**31), 2**31 - 1)


def deployment_faults(root: Part) -> Iterator[Fault]:
    """ValidateDeployment, behind strict decoding."""
    spec = root.part("spec")
    yield from unknown_fields(spec, DEPLOYMENT)
    yield from metadata_faults(root.part("metadata"))
    yield from not_negative(spec, "replicas")
    yield from _selector_faults(spec, "deployment")
    yield from _template_faults(spec, "ReplicaSet")
    yield from _strategy_faults(spec)
    yield from not_negative(spec, "minReadySeconds")
    yield from not_negative(spec, "revisionHistoryLimit")
    yield from not_negative(spec, "progressDeadlineSeconds")
    deadline = spec.integer("progressDeadlineSeconds", *_INT32)
    deadline = PROGRESS_DEADLINE_S if deadline is None else deadline
    if deadline <= (spec.integer("minReadySeconds", *_INT32) or 0):
        yield At(spec, ("progressDeadlineSeconds",)).invalid(
            deadline, "must be greater than minReadySeconds", "deadline"
        )


def daemon_set_faults(root: Part) -> Iterator[Fault]:
    """ValidateDaemonSet, behind strict decoding: it has no number of replicas."""
    spec = root.part("spec")
    yield from unknown_fields(spec, DAEMON_SET)
    yield from metadata_faults(root.part("metadata"))
    yield from label_selector_faults(spec, "selector")
    yield from _empty_selector(spec, "daemonset")
    yield from _template_faults(spec, "DaemonSet")
    yield from not_negative(spec, "minReadySeconds")
    strategy = spec.part("updateStrategy")
    kind = strategy.text("type") or "RollingUpdate"
    if kind not in ("RollingUpdate", "OnDelete"):
        yield _unknown_strategy(spec, "updateStrategy", ("RollingUpdate", "OnDelete"))
    elif kind == "RollingUpdate":
        yield from _rolling_daemon_faults(strategy.part("rollingUpdate"))
    yield from not_negative(spec, "revisionHistoryLimit")


def stateful_set_faults(root: Part) -> Iterator[Fault]:
    """ValidateStatefulSet, behind strict decoding."""
    spec = root.part("spec")
    yield from unknown_fields(spec, STATEFUL_SET)
    yield from metadata_faults(root.part("metadata"))
    management = spec.text("podManagementPolicy") or "OrderedReady"
    if management not in ("OrderedReady", "Parallel"):
        said = "must be 'OrderedReady' or 'Parallel'"
        yield At(spec, ("podManagementPolicy",)).invalid(management, said, "one-of")
    yield from _stateful_strategy_faults(spec)
    yield from not_negative(spec, "replicas")
    yield from not_negative(spec, "minReadySeconds")
    yield from not_negative(spec.part("ordinals"), "start")
    if service := spec.text("serviceName"):
        yield from At(spec, ("serviceName",)).each(service, dns_label(service), "name")
    yield from _selector_faults(spec, "statefulset")
    yield from _template_faults(spec, "StatefulSet")


WORKLOADS: Mapping[str, Callable[[Part], Iterator[Fault]]] = {
    "Deployment": deployment_faults,
    "DaemonSet": daemon_set_faults,
    "StatefulSet": stateful_set_faults,
}


def ending_pod_faults(pod: Part) -> Iterator[Fault]:
    """validateJobSpec: the pods of a Job or CronJob come to an end, and the default is Always."""
    if (pod.text("restartPolicy") or "Always") == "Always":
        yield At(pod, ("restartPolicy",)).required('valid values: "OnFailure", "Never"', "restart-policy")


def around_pod_faults(kind: str, root: Part, pod: Part) -> Iterator[Fault]:
    """What is wrong around the pods that a workload makes: selector, strategy, how its pods restart.

    `pod` is the spec in its template. A sketch, none of whose containers has an image, is not asked; nor is one without
    a selector about that.
    """
    if not any(part.text("image") for key in ("containers", "initContainers") for part in pod.parts(key)):
        return
    if kind in ("Job", "CronJob"):
        yield from ending_pod_faults(pod)
    for fault in WORKLOADS[kind](root) if kind in WORKLOADS else ():
        is_inside = fault.part.path[: len(pod.path)] == pod.path
        is_of_controller = fault.part.path == pod.path and fault.keys in _OF_CONTROLLERS
        if (is_of_controller or not is_inside) and (
            fault.advice not in _OF_SELECTORS or "selector" in root.part("spec")
        ):
            yield fault


_OF_CONTROLLERS = (("restartPolicy",), ("activeDeadlineSeconds",))
_OF_SELECTORS = ("missing", "selector-labels")


def not_negative(part: Part, key: str) -> Iterator[Fault]:
    """ValidateNonnegativeField."""
    number = part.integer(key, *_INT32)
    if number is not None and number < 0:
        yield At(part, (key,)).invalid(number, "must be greater than or equal to 0", "number")


# --- selector and template ---


def _selector_faults(spec: Part, kind: str) -> Iterator[Fault]:
    if "selector" not in spec and "template" in spec:
        yield At(spec, ("selector",)).required()
    yield from label_selector_faults(spec, "selector")
    yield from _empty_selector(spec, kind)


def _empty_selector(spec: Part, kind: str) -> Iterator[Fault]:
    if "selector" in spec and not any(spec.part("selector").content.values()):
        yield At(spec, ("selector",)).invalid({}, f"empty selector is invalid for {kind}", "selector-empty")


def _template_faults(spec: Part, controller: str) -> Iterator[Fault]:
    """ValidatePodTemplateSpecForReplicaSet and its like; a fragment without a template is read all the same."""
    if "template" not in spec:
        return
    template = spec.part("template")
    metadata, pod = template.part("metadata"), template.part("spec")
    yield from _mismatch(spec, metadata)
    yield from labels_faults(metadata, "labels")
    yield from annotations_faults(metadata)
    if "spec" not in template:
        return
    yield from pod_spec_faults(pod, is_decoded=True)
    policy = pod.text("restartPolicy") or "Always"
    if policy != "Always":
        yield At(pod, ("restartPolicy",)).not_supported(policy, ("Always",))
    if "activeDeadlineSeconds" in pod:
        yield At(pod, ("activeDeadlineSeconds",)).forbidden(f"activeDeadlineSeconds in {controller} is not Supported")


def _mismatch(spec: Part, metadata: Part) -> Iterator[Fault]:
    """A selector that does not select what the template makes; without one nothing is selected."""
    if any(label_selector_faults(spec, "selector")):
        return
    selector, labels = label_selector(spec, "selector"), metadata.texts("labels")
    if selector is None or (selector.requirements and not selector.matches(labels)):
        said = "`selector` does not match template `labels`"
        shown = dict(sorted(labels.items())) if "labels" in metadata else None
        yield At(metadata, ("labels",)).invalid(shown, said, "selector-labels")


# --- strategies ---


def _strategy_faults(spec: Part) -> Iterator[Fault]:
    """ValidateDeploymentStrategy."""
    strategy = spec.part("strategy")
    kind = strategy.text("type") or "RollingUpdate"
    if kind == "Recreate":
        if "rollingUpdate" in strategy:
            said = "may not be specified when strategy `type` is 'Recreate'"
            yield At(strategy, ("rollingUpdate",)).forbidden(said)
    elif kind != "RollingUpdate":
        yield _unknown_strategy(spec, "strategy", ("Recreate", "RollingUpdate"))
    else:
        yield from _rolling_faults(strategy.part("rollingUpdate"))


def _unknown_strategy(spec: Part, key: str, accepted: tuple[str, str]) -> Fault:
    """NotSupported names the whole strategy, as the internal type prints it."""
    rolling = spec.part(key).part("rollingUpdate")
    inner = {name: rolling.content.get(short, 0) for name, short in _INTERNAL.items()} if rolling.content else None
    shown = {"Type": spec.part(key).text("type"), "RollingUpdate": inner}
    return At(spec, (key,)).not_supported(shown, accepted)


_INTERNAL = {"MaxUnavailable": "maxUnavailable", "MaxSurge": "maxSurge"}


def _rolling_faults(rolling: Part) -> Iterator[Fault]:
    """ValidateRollingUpdateDeployment."""
    unavailable, surge = _amount(rolling, "maxUnavailable", "25%"), _amount(rolling, "maxSurge", "25%")
    yield from _amount_faults(rolling, "maxUnavailable", unavailable)
    yield from _amount_faults(rolling, "maxSurge", surge)
    if number_of(unavailable) == 0 and number_of(surge) == 0:
        said = "may not be 0 when `maxSurge` is 0"
        yield At(rolling, ("maxUnavailable",)).invalid(unavailable, said, "both-zero")
    yield from _above_100(rolling, "maxUnavailable", unavailable)


def _rolling_daemon_faults(rolling: Part) -> Iterator[Fault]:
    """ValidateRollingUpdateDaemonSet: exactly one of the two is not 0."""
    unavailable, surge = _amount(rolling, "maxUnavailable", 1), _amount(rolling, "maxSurge", 0)
    yield from _amount_faults(rolling, "maxUnavailable", unavailable)
    yield from _amount_faults(rolling, "maxSurge", surge)
    yield from _above_100(rolling, "maxUnavailable", unavailable)
    yield from _above_100(rolling, "maxSurge", surge)
    if number_of(unavailable) and number_of(surge):
        said = "may not be set when maxUnavailable is non-zero"
        yield At(rolling, ("maxSurge",)).invalid(surge, said, "one-of-two")
    elif not number_of(unavailable) and not number_of(surge):
        yield At(rolling, ("maxUnavailable",)).required("cannot be 0 when maxSurge is 0", "both-zero")


def _stateful_strategy_faults(spec: Part) -> Iterator[Fault]:
    strategy = spec.part("updateStrategy")
    kind = strategy.text("type") or "RollingUpdate"
    rolling = strategy.part("rollingUpdate")
    if kind == "OnDelete":
        if "rollingUpdate" in strategy:
            at = At(strategy, ("rollingUpdate",))
            partition = rolling.integer("partition", *_INT32) or 0
            shown = {"Partition": partition, "MaxUnavailable": rolling.content.get("maxUnavailable")}
            yield at.invalid(shown, "only allowed for updateStrategy 'RollingUpdate'", "leave-out")
        return
    if kind != "RollingUpdate":
        shown = {"Type": kind, "RollingUpdate": None}
        yield At(spec, ("updateStrategy",)).invalid(shown, "must be 'RollingUpdate' or 'OnDelete'", "one-of")
        return
    yield from not_negative(rolling, "partition")
    if "maxUnavailable" in rolling:
        amount = _amount(rolling, "maxUnavailable", 1)
        yield from _amount_faults(rolling, "maxUnavailable", amount)
        if number_of(amount) == 0:
            yield At(rolling, ("maxUnavailable",)).invalid(amount, "cannot be 0", "both-zero")
        yield from _above_100(rolling, "maxUnavailable", amount)


def _amount(part: Part, key: str, default: str | int) -> str | int:
    """An int-or-string; another type is no value of it at all."""
    value: Any = part.content.get(key)
    if value is None:
        return default
    return value if isinstance(value, str) else (part.integer(key, *_INT32) or 0)


def _amount_faults(part: Part, key: str, amount: str | int) -> Iterator[Fault]:
    """ValidatePositiveIntOrPercent."""
    at = At(part, (key,))
    if isinstance(amount, str):
        yield from at.each(amount, percent(amount), "percent")
    elif amount < 0:
        yield at.invalid(amount, "must be greater than or equal to 0", "number")


def number_of(amount: str | int) -> int:
    """getIntOrPercentValue: a number, or that of a percentage; text that is none counts as what Atoi makes of it."""
    if isinstance(amount, int):
        return amount
    digits = amount.removesuffix("%") if not any(percent(amount)) else amount
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0


def _above_100(part: Part, key: str, amount: str | int) -> Iterator[Fault]:
    if isinstance(amount, str) and not any(percent(amount)) and number_of(amount) > 100:
        yield At(part, (key,)).invalid(amount, "must not be greater than 100%", "above-100")
