"""Reads what is rolled out from a pasted file: a Deployment, a DaemonSet or a StatefulSet, and what scales it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from app.kube.paste.describe import read_description, value_of
from app.kube.paste.part import Document, Part
from app.kube.paste.passed import PassedOver, pass_over
from app.kube.paste.read import load_documents, take
from app.kube.paste.recognise import clean, recognise
from app.kube.refusal import Refusal
from app.kube.validation.default import Filled, daemon_set_defaults, deployment_defaults, stateful_set_defaults
from app.kube.validation.fault import refuse
from app.kube.validation.workload import PROGRESS_DEADLINE_S, WORKLOADS
from app.listed import Listed
from app.record import dataclass
from app.widgets.rolling_update.fencepost import Fenceposts, read_fenceposts
from app.widgets.rolling_update.state import Strategy

FIELD = "manifest"
PRINTED_BY = "kubectl get deployment NAME -o yaml"

Kind = Literal["Deployment", "DaemonSet", "StatefulSet"]

_DEFAULTS: Mapping[str, Callable[[Part], Iterator[Filled]]] = {
    "Deployment": deployment_defaults,
    "DaemonSet": daemon_set_defaults,
    "StatefulSet": stateful_set_defaults,
}
KINDS: tuple[Kind, ...] = ("Deployment", "DaemonSet", "StatefulSet")
AUTOSCALER = "HorizontalPodAutoscaler"


@dataclass(frozen=True)
class Autoscaler:
    """A HorizontalPodAutoscaler that writes spec.replicas, and between what numbers."""

    name: str
    least: int
    most: int


@dataclass(frozen=True)
class Read:
    """The object that is rolled out, valid as the API server sees it, and what else the text holds."""

    kind: Kind
    name: str
    spec: Part
    filled: tuple[Filled, ...]
    autoscaler: Autoscaler | None
    passed_over: tuple[PassedOver, ...]


@dataclass(frozen=True)
class Wanted:
    """A Deployment's spec as far as a rollout depends on it, with the API server's defaults filled in.

    pkg/apis/apps/v1/defaults.go and pkg/apis/apps/validation/validation.go, v1.37.0.
    """

    name: str
    replicas: int
    posts: Fenceposts
    strategy: Strategy
    paused: bool
    deadline_s: int


def read_manifest(text: str, replicas: int) -> Read:
    """The first Deployment of a file; only without any the first DaemonSet or StatefulSet. Others are passed over.

    A few lines out of a Deployment do as well; `replicas` are its Pods where those lines do not say how many.
    """
    if described := _described(text):
        return _read_manifest(described)
    if not (whole := _whole(text, replicas)):
        return _read_manifest(text)
    try:
        return _read_manifest(whole)
    except Refusal as refusal:
        place = refusal.where.removeprefix("documents[0].spec.")
        raise Refusal(refusal.code, field=FIELD, where=place, **refusal.values) from None


def _read_manifest(text: str) -> Read:
    taken = take(text, field=FIELD, kinds=(*KINDS, AUTOSCALER), wanted=PRINTED_BY)
    found = [document for kind in KINDS for document in taken.documents if document.kind == kind]
    if not found:
        if taken.documents:
            raise taken.documents[0].refusal(
                "manifest-kind", ("kind",), kind=AUTOSCALER, accepted=Listed(KINDS), wanted=PRINTED_BY
            )
        raise Refusal("manifest-empty", field=FIELD)
    first, *others = found
    root = first.root
    refuse(WORKLOADS[first.kind](root))
    scalers = [document for document in taken.documents if document.kind == AUTOSCALER]
    autoscaler = _autoscaler(first, scalers)
    passed = [pass_over(document, "one-is-enough") for document in others]
    passed += [pass_over(document, "other-kind") for document in scalers if not _scales(document, first)]
    return Read(
        kind=next(kind for kind in KINDS if kind == first.kind),
        name=root.part("metadata").text("name"),
        spec=root.part("spec"),
        filled=tuple(_DEFAULTS[first.kind](root.part("spec"))),
        autoscaler=autoscaler,
        passed_over=(*taken.passed_over, *passed),
    )


_STRATEGY = re.compile(r"(?P<unavailable>\d{1,9}%?) max unavailable, (?P<surge>\d{1,9}%?) max surge")
_DESIRED = re.compile(r"(?P<replicas>\d{1,9}) desired\b")
_PAUSED = re.compile(r"^\s+Progressing\s+Unknown\s+DeploymentPaused\b", re.MULTILINE)


def _described(text: str) -> str:
    """The Deployment that `kubectl describe` tells of, as JSON; "" for other texts.

    It prints all that a rollout depends on but progressDeadlineSeconds: kubectl v0.37 pkg/describe/describe.go
    describeDeployment. That it is paused is a condition's reason: pkg/controller/deployment/sync.go.
    """
    cleaned = clean(text)
    if (shape := recognise(cleaned)) is None or shape.name != "describe-deployment":
        return ""
    entries = read_description(cleaned)
    desired, strategy = _DESIRED.match(value_of(entries, "Replicas")), value_of(entries, "StrategyType")
    posts = _STRATEGY.match(value_of(entries, "RollingUpdateStrategy"))
    if not desired or not strategy or (strategy == "RollingUpdate" and not posts):
        return ""
    rolling = {key: _int_or_percent(posts[name]) for key, name in _POSTS} if posts else None
    spec = {
        "replicas": int(desired["replicas"]),
        "strategy": {"type": strategy} | ({"rollingUpdate": rolling} if rolling else {}),
        "paused": bool(_PAUSED.search(cleaned)),
    }
    metadata = {"name": value_of(entries, "Name"), "namespace": value_of(entries, "Namespace") or "default"}
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})


_POSTS = (("maxUnavailable", "unavailable"), ("maxSurge", "surge"))


def _int_or_percent(text: str) -> str | int:
    return text if text.endswith("%") else int(text)


_OF_SPEC = frozenset(("replicas", "strategy", "minReadySeconds", "progressDeadlineSeconds", "paused"))


def _whole(text: str, replicas: int) -> str:
    """A Deployment around the lines from `strategy:` or `replicas:` on, as they are copied out of one; "" for other
    texts."""
    try:
        documents = load_documents(text, field=FIELD)
    except Refusal:
        return ""
    if len(documents) != 1 or documents[0].kind:
        return ""
    content = documents[0].content
    inner = content.get("spec")
    spec = inner if content.keys() == {"spec"} and isinstance(inner, dict) else content
    is_of_spec = isinstance(spec.get("strategy"), dict) or (bool(spec) and spec.keys() <= _OF_SPEC)
    known = {key: value for key, value in spec.items() if key in _OF_SPEC}  # a template may be cut off like the rest
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": replicas} | known}
    return json.dumps(made) if is_of_spec else ""


def read_deployment(read: Read) -> Wanted:
    spec = read.spec
    strategy = spec.part("strategy")
    replicas, deadline = spec.integer("replicas"), spec.integer("progressDeadlineSeconds")
    return Wanted(
        name=read.name,
        replicas=1 if replicas is None else replicas,
        posts=_fenceposts(strategy.part("rollingUpdate")),
        strategy="Recreate" if strategy.text("type") == "Recreate" else "RollingUpdate",
        paused=spec.boolean("paused") or False,
        deadline_s=PROGRESS_DEADLINE_S if deadline is None else deadline,
    )


def _fenceposts(rolling: Part) -> Fenceposts:
    try:
        return read_fenceposts(amount(rolling, "maxSurge", "25%"), amount(rolling, "maxUnavailable", "25%"))
    except Refusal as refusal:
        key = "maxSurge" if refusal.field == "max_surge" else "maxUnavailable"
        raise rolling.refusal(refusal.code, key, **refusal.values) from None


def amount(part: Part, key: str, default: str) -> str:
    """An int-or-string as text; the API server has seen to it that it is one."""
    value = part.content.get(key)
    if value is None:
        return default
    return value if isinstance(value, str) else str(part.integer(key))


def _scales(scaler: Document, target: Document) -> bool:
    """Whether it writes the target's spec.replicas."""
    reference = scaler.root.part("spec").part("scaleTargetRef")
    namespaces = {(d.root.part("metadata").text("namespace") or "default") for d in (scaler, target)}
    name = target.root.part("metadata").text("name")
    return len(namespaces) == 1 and (reference.text("kind"), reference.text("name")) == (target.kind, name)


def _autoscaler(target: Document, scalers: Sequence[Document]) -> Autoscaler | None:
    for scaler in scalers:
        if _scales(scaler, target):
            spec = scaler.root.part("spec")
            most = spec.integer("maxReplicas", 1)
            if most is None:
                raise spec.refusal("manifest-missing", key="maxReplicas")
            return Autoscaler(scaler.root.part("metadata").text("name"), spec.integer("minReplicas", 0) or 1, most)
    return None
