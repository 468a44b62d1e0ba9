"""The labels of an alert as a reader has them: a JSON object, lines `name=value`, or `{name="value", …}`."""

import re
from collections.abc import Mapping

from app.kube.listed import read_listed
from app.kube.manifest import Part, shown
from app.kube.matcher import MatcherError, go_quote, parse_matcher, parse_matchers, plain_text
from app.kube.refusal import Refusal

LABEL_LIMIT = 4096
"""Characters of a label's value: much more than any label has, and little enough for every expression there may be."""


_AMTOOL = re.compile(r"\s*+(?:\$\s*+)?amtool\s.*?\broutes\s+test(?:\s+--\S+)*(?=\s|$)")
_YAML = re.compile(r"\s*(?:-\s+)?[a-zA-Z_][a-zA-Z0-9_]*:(?:\s|$)")
_FLOW = re.compile(r"\{\s*[a-zA-Z_][a-zA-Z0-9_]*\s*:\s")
_NAME = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!=|!~|=)\s*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
_SHELL = re.compile(r"'[^']*'")
_SERIES = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)?(\{.*\})(?:\s+\S+)?", re.DOTALL)


_NOTICE = re.compile(r"\s*+Labels:?[ \t]*\n(?P<labels>(?:[ \t]*(?:- )?[a-zA-Z_][a-zA-Z0-9_]* = [^\n]*(?:\n|\Z))+)")
_NOTED = re.compile(r"^[ \t]*(?:- )?([a-zA-Z_][a-zA-Z0-9_]*) = ([^\n]*?)[ \t]*$", re.MULTILINE)
"""The labels of one alert as Alertmanager's own templates write them in a message: v0.35.0 template/default.tmpl,
`__text_alert_list` and `email.default.html`."""


def read_labels(text: str, field: str) -> dict[str, str]:
    """The labels without the empty ones; Refusal for what neither amtool nor the API would take for these labels.

    Arguments of `amtool config routes test`, one a line or all in one; in braces as Prometheus prints them; JSON or
    YAML, the labels alone or an alert that has them.
    """
    if found := _AMTOOL.match(text):
        text = text[found.end() :]
    if notice := _NOTICE.match(text):
        return check_labels(dict(_NOTED.findall(notice["labels"])), field)
    stripped = text.strip()
    if stripped.startswith("[") or _YAML.match(stripped) or _FLOW.match(stripped):
        return check_labels(_json(text, field), field)
    if stripped.startswith("{"):
        return check_labels(_braced(stripped, field, None), field)
    labels: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        for name, value in read_label_line(line, field, number).items():
            if name in labels:
                raise Refusal("label-twice", field=field, line=number, name=shown(name))
            labels[name] = value
    return check_labels(labels, field)


def read_label_line(line: str, field: str, number: int | None) -> dict[str, str]:
    """The labels of one line: `{a="b"}`, `ALERTS{a="b"} 1`, or `a=b c="d"` as a shell gives them to amtool."""
    line = line.strip()
    if (series := _SERIES.fullmatch(line)) and (series[1] or line.startswith("{")):
        metric = {"__name__": series[1]} if series[1] else {}
        return metric | _braced(series[2], field, number)
    labels: dict[str, str] = {}
    for piece in _pieces(line, field, number):
        name, value = _label(piece, field, number)
        if name in labels:
            raise Refusal("label-twice", field=field, line=number, name=shown(name))
        labels[name] = value
    return labels


def _pieces(line: str, field: str, number: int | None) -> list[str]:
    """The line cut before each `name=`. A value with blanks is one only where the line has no other label."""
    pieces: list[str] = []
    at = 0
    while at < len(line):
        head = _NAME.match(line, at)
        if head is None:
            if pieces and not line[at:].strip(" \t,"):
                break
            # Names in quotes, and a value that goes on behind a blank.
            return (
                [line] if not pieces or (len(pieces) == 1 and _is_bare(pieces[0])) else _no_label(line, field, number)
            )
        value = _QUOTED.match(line, head.end()) or _SHELL.match(line, head.end())
        if value is None:
            end = next((i for i in range(head.end(), len(line)) if line[i].isspace()), len(line))
            word = line[head.end() : end]
            if "," in word and ("=" in word.partition(",")[2] or word.endswith(",") or _NAME.match(line, end)):
                raise Refusal("label-comma", field=field, line=number, text=shown(line), value=shown(word))
            pieces.append(line[at:end].strip())
            at = end
            continue
        quoted = value[0] if value[0].startswith('"') else go_quote(value[0][1:-1])
        pieces.append(f"{head[1]}{head[2]}{quoted}")
        rest = line[value.end() :].lstrip()
        if rest and not line[value.end()].isspace() and not rest.startswith(","):
            return [line]
        at = len(line) - len(rest.removeprefix(","))
    return pieces or [line]


def _is_bare(piece: str) -> bool:
    return '"' not in piece


def _no_label(line: str, field: str, number: int | None) -> list[str]:
    raise Refusal("label-line", field=field, line=number, text=shown(line))


def _label(text: str, field: str, number: int | None) -> tuple[str, str]:
    try:
        read = parse_matcher(text)
    except MatcherError:
        raise Refusal("label-line", field=field, line=number, text=shown(text)) from None
    if read.operator != "=":
        raise Refusal("label-line", field=field, line=number, text=shown(text))
    return read.name, read.value


def _braced(text: str, field: str, number: int | None) -> dict[str, str]:
    """`{alertname="X"}` as Prometheus prints an alert, else JSON; a comma that was forgotten is said to be."""
    try:
        read = parse_matchers(text) if text.endswith("}") else None
    except MatcherError:
        read = None
    if read is None:
        if re.match(r"\{\s*(?:\"|\}\s*\S)", text) and number is None:
            return _json(text, field)
        raise Refusal("label-braces", field=field, line=number or 1, text=shown(text))
    labels: dict[str, str] = {}
    for each in read:
        if each.operator != "=":
            raise Refusal("label-line", field=field, line=number, text=shown(text))
        if each.parser == "classic" and "=" in each.value and '"' not in text:
            raise Refusal("label-braces", field=field, line=number or 1, text=shown(text))
        if each.name in labels:
            raise Refusal("label-twice", field=field, line=number, name=shown(each.name))
        labels[each.name] = each.value
    return labels


def _json(text: str, field: str) -> dict[str, str]:
    """Labels as a mapping, or those of the one alert in an answer of an API."""

    def build(root: Part | None) -> dict[str, str]:
        if root is None:
            raise Refusal("label-shape", field=field)
        place = _labels_inside(root)
        return {name: plain_text(place, (name,), value) for name, value in place.content.items()}

    return read_listed(text, field, "alerts", build)


def _labels_inside(root: Part) -> Part:
    alerts = None
    if isinstance(root.content.get("alerts"), list):
        alerts = root.parts("alerts")
    elif isinstance(root.content.get("data"), dict | list):
        data = root.content["data"]
        alerts = root.parts("data") if isinstance(data, list) else root.part("data").parts("alerts")
    if alerts is None:
        return root.part("labels") if isinstance(root.content.get("labels"), dict) else root
    if len(alerts) != 1:
        raise root.refusal("label-alerts", count=len(alerts))
    return alerts[0].part("labels")


def check_labels(labels: Mapping[str, str], field: str) -> dict[str, str]:
    """The labels without empty ones, which are the same as missing.

    prometheus/alertmanager v0.35.0, api/v2/api.go, removeEmptyLabels; a name may be any text that is not empty.
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
