"""maxSurge and maxUnavailable: how they are written, and how many pods they come to."""

import re

from app.kube.refusal import Refusal
from app.record import dataclass

PERCENT = re.compile(r"[0-9]+%", re.ASCII)
WHOLE = re.compile(r"[0-9]+", re.ASCII)
INT32 = 2**31 - 1


@dataclass(frozen=True)
class Amount:
    """A whole number of pods or a percentage of the desired pods."""

    number: int
    is_percent: bool

    def of(self, desired: int, *, up: bool) -> int:
        """apimachinery pkg/util/intstr/intstr.go, GetScaledValueFromIntOrPercent, v0.37.0."""
        if not self.is_percent:
            return self.number
        product = self.number * desired
        return -(-product // 100) if up else product // 100

    def __str__(self) -> str:
        return f"{self.number}%" if self.is_percent else str(self.number)


@dataclass(frozen=True)
class Resolved:
    surge: int
    unavailable: int
    forced: bool


@dataclass(frozen=True)
class Fenceposts:
    """How far a rolling update may go above and below the desired number."""

    max_surge: Amount
    max_unavailable: Amount

    def of(self, desired: int) -> Resolved:
        """ResolveFenceposts: surge rounds up, unavailable down; when both come to 0, one may be unavailable.

        pkg/controller/deployment/util/deployment_util.go, v1.37.0.
        """
        surge = self.max_surge.of(desired, up=True)
        unavailable = self.max_unavailable.of(desired, up=False)
        if surge == 0 and unavailable == 0:
            return Resolved(0, 1, forced=True)
        return Resolved(surge, unavailable, forced=False)


def read_amount(text: str, field: str) -> Amount:
    """`25%` or `3`, as the API server accepts it. pkg/apis/apps/validation/validation.go, v1.37.0."""
    text = text.strip()
    if not PERCENT.fullmatch(text) and not WHOLE.fullmatch(text):
        raise Refusal("rollout-amount", field=field, text=text if len(text) <= 40 else f"{text[:40]}…")
    digits = text.rstrip("%").lstrip("0") or "0"
    if len(digits) > 10 or int(digits) > INT32:
        raise Refusal("rollout-amount-large", field=field, limit=INT32)
    return Amount(int(digits), text.endswith("%"))


def read_fenceposts(max_surge: str, max_unavailable: str) -> Fenceposts:
    """Both, with the two rules that tie them: at most 100 % may be missing, and not both may be 0."""
    surge, unavailable = read_amount(max_surge, "max_surge"), read_amount(max_unavailable, "max_unavailable")
    if unavailable.is_percent and unavailable.number > 100:
        raise Refusal("rollout-above-100", field="max_unavailable", text=str(unavailable))
    if surge.number == 0 and unavailable.number == 0:
        raise Refusal("rollout-both-zero", field="max_unavailable")
    return Fenceposts(surge, unavailable)
