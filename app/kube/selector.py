"""Selectors and tolerations: which labels, which nodes and which taints something matches."""

import re
from collections.abc import Callable, Mapping, Sequence

from app.kube.paste.part import Part
from app.listed import Listed
from app.record import dataclass

Labels = Mapping[str, str]

_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
INT64 = range(-(1 << 63), 1 << 63)
LONGEST = 19  # digits


def integer_of(text: str) -> int | None:
    """What Go's strconv.ParseInt(text, 10, 64) reads; null where it fails."""
    digits = text.lstrip("+-0")  # Python itself reads no more than some thousand digits, zeros among them
    if not _INTEGER.fullmatch(text) or len(digits) > LONGEST:
        return None
    number = -int(digits or "0") if text.startswith("-") else int(digits or "0")
    return number if number in INT64 else None


def _compared(actual: str, wanted: str, holds: Callable[[int, int], bool]) -> bool:
    one, other = integer_of(actual), integer_of(wanted)
    return one is not None and other is not None and holds(one, other)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One expression of a selector: a key, an operator, and values.

    apimachinery pkg/labels/selector.go, v0.37.0.
    """

    key: str
    operator: str
    values: frozenset[str]

    def matches(self, labels: Labels) -> bool:
        """NotIn and DoesNotExist are also true of what lacks the key; Gt and Lt only of whole numbers."""
        actual = labels.get(self.key)
        match self.operator:
            case "In":
                return actual in self.values
            case "NotIn":
                return actual is None or actual not in self.values
            case "Exists":
                return actual is not None
            case "DoesNotExist":
                return actual is None
            case "Gt":
                return actual is not None and _compared(actual, min(self.values), lambda one, other: one > other)
            case _:
                return actual is not None and _compared(actual, min(self.values), lambda one, other: one < other)


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements together; without any it matches everything."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Labels) -> bool:
        return all(requirement.matches(labels) for requirement in self.requirements)

    def and_also(self, requirements: Sequence[Requirement]) -> "Selector":
        return Selector((*self.requirements, *requirements))


def label_selector(part: Part, key: str) -> Selector | None:
    """A LabelSelector; null when absent, which matches nothing.

    apimachinery pkg/apis/meta/v1/helpers.go, v0.37.0.
    """
    if key not in part:
        return None
    inner = part.part(key)
    requirements = [Requirement(name, "In", frozenset({value})) for name, value in inner.texts("matchLabels").items()]
    for expression in inner.parts("matchExpressions"):
        requirements.append(_requirement(expression, _LABEL_OPERATORS))
    return Selector(tuple(requirements))


_LABEL_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_NODE_OPERATORS = (*_LABEL_OPERATORS, "Gt", "Lt")


def _requirement(part: Part, operators: Sequence[str], *, takes_any_number: bool = False) -> Requirement:
    operator = part.required("operator")
    if operator not in operators:
        raise part.refusal("selector-operator", "operator", text=operator[:40], accepted=Listed(operators))
    values = part.items("values")
    for i, value in enumerate(values):
        if not isinstance(value, str):
            raise part.refusal("manifest-wrong-text", "values", i, found=str(value)[:40])
    if operator in ("In", "NotIn") and not values:
        raise part.refusal("selector-no-values", "values", operator=operator)
    if operator in ("Exists", "DoesNotExist") and values:
        raise part.refusal("selector-needless-values", "values", operator=operator)
    is_number = takes_any_number or (len(values) == 1 and integer_of(values[0]) is not None)
    if operator in ("Gt", "Lt") and (len(values) != 1 or not is_number):
        raise part.refusal("selector-one-integer", "values", operator=operator)
    return Requirement(part.required("key"), operator, frozenset(values))


@dataclass(frozen=True, slots=True)
class NodeTerm:
    """One node selector term: expressions on labels, and on metadata.name. An empty one matches nothing.

    component-helpers scheduling/corev1/nodeaffinity/nodeaffinity.go, v0.37.0.
    """

    expressions: tuple[Requirement, ...]
    fields: tuple[Requirement, ...]

    def matches(self, labels: Labels, name: str) -> bool:
        if not self.expressions and not self.fields:
            return False
        return all(r.matches(labels) for r in self.expressions) and all(
            r.matches({"metadata.name": name}) for r in self.fields
        )

    @property
    def names(self) -> frozenset[str] | None:
        """The only nodes the term can match by their name; null when it does not ask for names."""
        found: frozenset[str] | None = None
        for field in self.fields:
            if field.operator == "In":
                found = field.values if found is None else found & field.values
        return found


def node_term(part: Part, *, takes_any_number: bool = False) -> NodeTerm:
    """A term; with `takes_any_number` Gt and Lt may have a value that is no number.

    The API server takes it. The scheduler cannot build a required term of it, which then matches no node
    (component-helpers scheduling/corev1/nodeaffinity/nodeaffinity.go, LazyErrorNodeSelector, v0.37.0); a preferred
    one makes it fail the whole pod.
    """
    fields = []
    for field in part.parts("matchFields"):
        requirement = _requirement(field, ("In", "NotIn"))
        if requirement.key != "metadata.name":
            raise field.refusal("selector-field", "key", text=requirement.key[:60])
        if len(requirement.values) != 1:
            raise field.refusal("selector-one-value", "values")
        fields.append(requirement)
    expressions = tuple(
        _requirement(item, _NODE_OPERATORS, takes_any_number=takes_any_number)
        for item in part.parts("matchExpressions")
    )
    return NodeTerm(expressions, tuple(fields))


@dataclass(frozen=True, slots=True)
class Taint:
    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class Toleration:
    """What a pod puts up with. Empty key with Exists: every taint. Empty effect: every effect."""

    key: str
    operator: str
    value: str
    effect: str

    def tolerates(self, taint: Taint) -> bool:
        """component-helpers scheduling/corev1/helpers.go and api core/v1/toleration.go, v0.37.0.

        Gt and Lt (alpha in 1.35) compare the taint's value with the toleration's, as whole numbers.
        """
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        match self.operator:
            case "Exists":
                return True
            case "Gt":
                return _compared(taint.value, self.value, lambda one, other: one > other)
            case "Lt":
                return _compared(taint.value, self.value, lambda one, other: one < other)
            case _:
                return self.value == taint.value


EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def taints_of(spec: Part) -> tuple[Taint, ...]:
    found = []
    for part in spec.parts("taints"):
        effect = part.required("effect")
        if effect not in EFFECTS:
            raise part.refusal("taint-effect", "effect", text=effect[:40], accepted=Listed(EFFECTS))
        found.append(Taint(part.required("key"), part.text("value"), effect))
    return tuple(found)


def tolerations_of(spec: Part, *, with_comparison: bool = True) -> tuple[Toleration, ...]:
    """A pod's tolerations, refused where the API server would.

    pkg/apis/core/validation/validation.go, v1.37.0.
    """
    accepted = ("Equal", "Exists", "Gt", "Lt") if with_comparison else ("Equal", "Exists")
    found = []
    for part in spec.parts("tolerations"):
        key, value, effect = part.text("key"), part.text("value"), part.text("effect")
        operator = part.text("operator") or "Equal"
        if operator not in accepted:
            raise part.refusal("selector-operator", "operator", text=operator[:40], accepted=Listed(accepted))
        if not key and operator != "Exists":
            raise part.refusal("toleration-key", "operator")
        if operator == "Exists" and value:
            raise part.refusal("toleration-value", "value")
        if operator in ("Gt", "Lt") and integer_of(value) is None:
            raise part.refusal("selector-one-integer", "value", operator=operator)
        if effect and effect not in EFFECTS:
            raise part.refusal("taint-effect", "effect", text=effect[:40], accepted=Listed(EFFECTS))
        found.append(Toleration(key, operator, value, effect))
    return tuple(found)


def untolerated(taints: Sequence[Taint], tolerations: Sequence[Toleration], effects: Sequence[str]) -> Taint | None:
    """The first taint of these effects that nothing tolerates."""
    for taint in taints:
        if taint.effect in effects and not any(toleration.tolerates(taint) for toleration in tolerations):
            return taint
    return None
