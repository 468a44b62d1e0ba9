"""Labels and selectors. apimachinery pkg/apis/meta/v1/validation, kubernetes pkg/apis/core/validation."""

from collections.abc import Iterator

from app.kube.paste.part import Part
from app.kube.validation.fault import At, Fault
from app.kube.validation.name import dns_subdomain, label_key, label_value

_SETS, _PRESENCE, _NUMBERS = ("In", "NotIn"), ("Exists", "DoesNotExist"), ("Gt", "Lt")


def labels_faults(part: Part, key: str) -> Iterator[Fault]:
    """ValidateLabels: faults name the map and not the entry."""
    at = At(part, (key,))
    for name, value in part.texts(key).items():
        yield from at.each(name, label_key(name), "label")
        yield from at.each(value, label_value(value), "label")


def annotations_faults(part: Part) -> Iterator[Fault]:
    """ValidateAnnotations: keys have the form of a label's, in either case."""
    for name in part.mapping("annotations"):
        yield from At(part, ("annotations",)).each(name, label_key(name.lower()), "label")


def label_selector_faults(part: Part, key: str) -> Iterator[Fault]:
    """ValidateLabelSelector."""
    if key not in part:
        return
    selector = part.part(key)
    yield from labels_faults(selector, "matchLabels")
    for expression in selector.parts("matchExpressions"):
        yield from _expression_faults(expression, is_of_nodes=False, checks_values=True)


def node_selector_faults(required: Part) -> Iterator[Fault]:
    """ValidateNodeSelector."""
    terms = required.parts("nodeSelectorTerms")
    if not terms:
        yield At(required, ("nodeSelectorTerms",)).required("must have at least one node selector term")
    for term in terms:
        yield from node_term_faults(term, checks_values=True)


def node_term_faults(term: Part, *, checks_values: bool) -> Iterator[Fault]:
    """ValidateNodeSelectorTerm; a preference may hold values that no label can have."""
    for expression in term.parts("matchExpressions"):
        yield from _expression_faults(expression, is_of_nodes=True, checks_values=checks_values)
    for expression in term.parts("matchFields"):
        yield from _field_faults(expression)


def _expression_faults(expression: Part, *, is_of_nodes: bool, checks_values: bool) -> Iterator[Fault]:
    at = At(expression)
    operator, values = expression.text("operator"), [str(value) for value in expression.items("values")]
    if operator in _SETS:
        if not values:
            said = "must be specified when `operator` is 'In' or 'NotIn'"
            yield at.child("values").required(said, "expression")
    elif operator in _PRESENCE:
        if values:
            said = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            yield at.child("values").forbidden(said, "expression")
    elif is_of_nodes and operator in _NUMBERS:
        if len(values) != 1:
            said = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            yield at.child("values").required(said, "expression")
    else:
        yield at.child("operator").invalid(operator, "not a valid selector operator", "expression")
    key = expression.text("key")
    yield from at.child("key").each(key, label_key(key), "label")
    if checks_values:
        for i, value in enumerate(values):
            yield from at.child("values", i).each(value, label_value(value), "label")


def _field_faults(expression: Part) -> Iterator[Fault]:
    """ValidateNodeFieldSelectorRequirement: only metadata.name, and only one value."""
    at = At(expression)
    operator, values = expression.text("operator"), [str(value) for value in expression.items("values")]
    if operator not in _SETS:
        yield at.child("operator").invalid(operator, "not a valid selector operator", "expression")
    elif len(values) != 1:
        said = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield at.child("values").required(said, "expression")
    key = expression.text("key")
    if key != "metadata.name":
        yield at.child("key").invalid(key, "not a valid field selector key", "expression")
        return
    for i, value in enumerate(values):
        yield from at.child("values", i).each(value, dns_subdomain(value), "name")
