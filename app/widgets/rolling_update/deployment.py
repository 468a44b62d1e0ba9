"""Reads a pasted Deployment: how many pods it wants and how it may be rolled out."""

from dataclasses import dataclass
from typing import Any

from app.kube.manifest import Part, load_documents
from app.kube.refusal import Refusal
from app.widgets.rolling_update.fencepost import PERCENT, Fenceposts, read_fenceposts
from app.widgets.rolling_update.model import PROGRESS_DEADLINE_S
from app.widgets.rolling_update.state import Strategy

DEFAULT_AMOUNT = "25%"
FIELD = "manifest"


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


def read_deployment(text: str) -> Wanted:
    documents = load_documents(text, field=FIELD, kinds=("Deployment",))
    if not documents:
        raise Refusal("manifest-empty", field=FIELD)
    if len(documents) > 1:
        raise documents[1].refusal("rollout-one-deployment", count=len(documents))
    root = documents[0].root
    spec = root.part("spec")
    strategy = _strategy(spec.part("strategy"))
    replicas = spec.integer("replicas", low=0)
    deadline_s = spec.integer("progressDeadlineSeconds", low=0)
    return Wanted(
        name=root.part("metadata").text("name"),
        replicas=1 if replicas is None else replicas,
        posts=_fenceposts(spec.part("strategy"), strategy),
        strategy=strategy,
        paused=spec.boolean("paused") or False,
        deadline_s=PROGRESS_DEADLINE_S if deadline_s is None else deadline_s,
    )


def _strategy(part: Part) -> Strategy:
    kind = part.text("type", "RollingUpdate") or "RollingUpdate"
    if kind == "RollingUpdate":
        return "RollingUpdate"
    if kind == "Recreate":
        return "Recreate"
    raise part.refusal("rollout-strategy", "type", text=kind[:40])


def _fenceposts(part: Part, strategy: Strategy) -> Fenceposts:
    if strategy == "Recreate" and "rollingUpdate" in part:
        raise part.refusal("rollout-recreate-params", "rollingUpdate")
    rolling = part.part("rollingUpdate")
    surge, unavailable = _amount(rolling, "maxSurge"), _amount(rolling, "maxUnavailable")
    try:
        return read_fenceposts(surge, unavailable)
    except Refusal as refusal:
        key = "maxSurge" if refusal.field == "max_surge" else "maxUnavailable"
        raise rolling.refusal(refusal.code, key, **refusal.values) from None


def _amount(part: Part, key: str) -> str:
    """An int-or-string: a number of pods, or text that must be a percentage."""
    value: Any = part.content.get(key)
    if value is None:
        return DEFAULT_AMOUNT
    if isinstance(value, str):
        if not PERCENT.fullmatch(value):
            raise part.refusal("rollout-percent", key, text=value[:40])
        return value
    return str(part.integer(key, low=0))
