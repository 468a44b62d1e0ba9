"""The labels of an alert as a reader has them: a JSON object, lines `name=value`, or `{name="value", …}`."""

from collections.abc import Mapping

from app.kube.manifest import load_documents, shown
from app.kube.matcher import MatcherError, go_quote, parse_matcher, parse_matchers, plain_text
from app.kube.refusal import Refusal

LABEL_LIMIT = 4096
"""Characters of a label's value: much more than any label has, and little enough for every expression there may be."""


def read_labels(text: str, field: str) -> dict[str, str]:
    """The labels without the empty ones; Refusal when a line is none."""
    stripped = text.strip()
    if stripped.startswith("{"):
        return check_labels(_braced(stripped, field), field)
    labels: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, value = _line(line.strip(), field, number)
        if name in labels:
            raise Refusal("label-twice", field=field, line=number, name=shown(name))
        labels[name] = value
    return check_labels(labels, field)


def _line(line: str, field: str, number: int) -> tuple[str, str]:
    try:
        read = parse_matcher(line)
    except MatcherError:
        raise Refusal("label-line", field=field, line=number, text=shown(line)) from None
    if read.operator != "=":
        raise Refusal("label-line", field=field, line=number, text=shown(line))
    return read.name, read.value


def _braced(text: str, field: str) -> dict[str, str]:
    """`{alertname="X"}` as Prometheus prints an alert, else JSON."""
    try:
        read = parse_matchers(text)
    except MatcherError:
        return _json(text, field)
    if any(each.operator != "=" for each in read):
        raise Refusal("label-line", field=field, text=shown(text))
    labels: dict[str, str] = {}
    for each in read:
        if each.name in labels:
            raise Refusal("label-twice", field=field, name=shown(each.name))
        labels[each.name] = each.value
    return labels


def _json(text: str, field: str) -> dict[str, str]:
    documents = load_documents(text, field=field)
    if len(documents) != 1:
        raise Refusal("label-shape", field=field)
    root = documents[0].root
    return {name: plain_text(root, (name,), value) for name, value in root.content.items()}


def check_labels(labels: Mapping[str, str], field: str) -> dict[str, str]:
    """The labels without empty ones, which are the same as missing.

    prometheus/alertmanager v0.34.0, api/v2/api.go, removeEmptyLabels; a name may be any text that is not empty.
    """
    for name, value in labels.items():
        if not name:
            raise Refusal("label-name", field=field)
        if len(value) > LABEL_LIMIT:
            raise Refusal("label-long", field=field, name=shown(name), limit=LABEL_LIMIT)
    return {name: value for name, value in labels.items() if value}


def print_labels(labels: Mapping[str, str]) -> str:
    """`{alertname="DiskFull", team="db"}`, as in a group key. prometheus/common, model/labelset_string.go."""
    return "{" + ", ".join(f"{name}={go_quote(labels[name])}" for name in sorted(labels)) + "}"
