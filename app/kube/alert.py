"""Alerts as people have them: what the APIs of Alertmanager and Prometheus print, webhook payloads, lines of labels.

prometheus/alertmanager v0.35.0: api/v2 (status.state), template/template.go (Alert.Status of a webhook);
prometheus v3.14.0: web/api/v1 (state of an alert), rules/alerting.go (ALERTS).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from app.kube.label import check_labels, read_label_line
from app.kube.listed import read_listed
from app.kube.manifest import Part, shown
from app.kube.matcher import plain_text
from app.kube.paste.error_answer import error_said
from app.kube.refusal import Refusal
from app.listed import Listed
from app.record import dataclass

State = Literal["firing", "resolved", "unsent"]
"""`unsent`: Prometheus knows it as pending or inactive and has told Alertmanager nothing."""

STATES: Mapping[str, State] = {
    "firing": "firing",
    "active": "firing",
    "suppressed": "firing",
    "unprocessed": "firing",
    "resolved": "resolved",
    "pending": "unsent",
    "inactive": "unsent",
}

# What is printed of an alert beside its labels; `status` and `state` are read, the others don't matter here.
OTHER_KEYS = frozenset(
    (
        *("annotations", "startsAt", "endsAt", "updatedAt", "fingerprint", "generatorURL", "receivers", "status"),
        *("state", "activeAt", "value", "keepFiringSince", "silenceURL", "dashboardURL", "panelURL", "values"),
        *("valueString", "imageURL", "orgId"),
    )
)
_TABLE = re.compile(r"\s*(?:Alertname|Labels)\s{2,}Starts At\b")
_SILENCES = re.compile(r"\s*ID\s{2,}Matchers\s{2,}(?:Starts At|Ends At)\b")
"""`amtool silence query`: alertmanager v0.35.0 cli/format/format_simple.go, format_extended.go."""

_EXTENDED = re.compile(r"\s*Labels\s{2,}Annotations\s{2,}Starts At\b")
"""`amtool alert query -o extended`, which prints every label: cli/format/format_extended.go."""

_LABELS = re.compile(r"\s*((?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\]|\\.)*+\"(?: (?! )|(?=\s)|$))++)")
_LINE = re.compile(r"\s*(?:[a-zA-Z_:][a-zA-Z0-9_:]*)?\{.*\}(?:\s+1)?\s*|\s*[a-zA-Z_][a-zA-Z0-9_]*\s*=.*")


@dataclass(frozen=True)
class Told:
    """An alert that somebody was told of; `ends_in` are seconds from now where the list says so."""

    labels: Mapping[str, str]
    state: State
    ends_in: float | None = None


def read_alerts(text: str, field: str, limit: int) -> tuple[Told, ...]:
    """All alerts of a text in their order."""
    if _TABLE.match(text):
        raise Refusal("alert-table", field=field, line=1)
    if _SILENCES.match(text):
        raise Refusal("alert-silences", field=field, line=1)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if _EXTENDED.match(text):
        return tuple(_told_row(line, field, number) for number, line in lines[1:])
    if lines and all(_LINE.fullmatch(line) for _, line in lines) and not re.match(r'\s*\{\s*"[^"]*"\s*:', text):
        return tuple(_told_line(line, field, number) for number, line in lines)

    def build(top: Part | None) -> tuple[Told, ...]:
        if top is None:
            return ()
        parts, default = _parts(top)
        if len(parts) > limit:
            raise top.refusal("alert-many", limit=limit)
        return tuple(_told(part, default) for part in parts)

    return read_listed(text, field, "alerts", build)


def _told_line(line: str, field: str, number: int) -> Told:
    labels = read_label_line(line, field, number)
    state = STATES.get(labels.pop("alertstate", "firing"), "firing") if labels.get("__name__") == "ALERTS" else "firing"
    labels.pop("__name__", None)
    if not labels:
        raise Refusal("alert-no-labels", field=field, line=number)
    return Told(check_labels(labels, field), state)


def _told_row(line: str, field: str, number: int) -> Told:
    found = _LABELS.match(line)
    if found is None:
        raise Refusal("alert-no-labels", field=field, line=number)
    return _told_line(found[1].strip(), field, number)


def _parts(top: Part) -> tuple[list[Part], str]:
    """The list of alerts of an answer, and the state that holds where an alert has none."""
    content = top.content
    if "alerts" in content:
        status = content.get("status")
        return top.parts("alerts"), status if status in ("firing", "resolved") else "firing"
    if "data" in content:
        if isinstance(content["data"], list):
            return top.parts("data"), "firing"
        data = top.part("data")
        if "alerts" in data:
            return data.parts("alerts"), "firing"
        if "result" in data:
            return data.parts("result"), "firing"
    if "labels" in content:
        return [top], "firing"
    if said := error_said(content):
        raise top.refusal("paste-error-answer", said=said)
    if content:
        raise top.refusal("alert-shape")
    return [], "firing"


def _told(part: Part, default: str) -> Told:
    name = "metric" if "metric" in part and "labels" not in part else "labels"
    for key in part.content:
        if key not in ("labels", "ends_in", *OTHER_KEYS) and not (name == "metric" and key in ("metric", "value")):
            raise part.refusal("alert-unknown", key, key=shown(key))
    inner = part.part(name)
    labels = {each: plain_text(part, (name, each), value) for each, value in inner.content.items()}
    state = _state(part, default)
    if name == "metric":
        state = STATES.get(labels.pop("alertstate", "firing"), "firing")
        labels.pop("__name__", None)
    try:
        checked = check_labels(labels, part.document.source.field)
    except Refusal as refusal:
        raise part.refusal(refusal.code, name, **refusal.values) from None
    if not checked:
        raise part.refusal("alert-no-labels")
    return Told(checked, state, _ends_in(part))


def _ends_in(part: Part) -> float | None:
    value = part.content.get("ends_in")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e12:
        raise part.refusal("alert-ends", "ends_in", found=shown(value))
    return float(value)


def _state(part: Part, default: str) -> State:
    """Its own word: `status: resolved` of a webhook, `status.state` of Alertmanager, `state` of Prometheus."""
    place: tuple[str, ...] = ("status",)
    said = part.content.get("status")
    if isinstance(said, dict):
        place, said = ("status", "state"), said.get("state")
    if said is None and "state" in part:
        place, said = ("state",), part.content["state"]
    if said is None:
        said = default
    if not isinstance(said, str) or said not in STATES:
        raise part.refusal("alert-state", *place, found=shown(said), known=Listed(STATES))
    return STATES[said]


DEEP, WIDE = 4, 2000
"""Keys below which a chart's values hold a file (`kube-prometheus-stack`, `alertmanager`, `config`), and how many
mappings are looked at."""


_OF_PROMETHEUS = ("groups", "scrape_configs", "rule_files", "scrape_config_files", "remote_write")
"""What stands at the top of Prometheus' own files, and never of Alertmanager's: prometheus v3.14 config/config.go,
model/rulefmt/rulefmt.go."""


def refuse_made(top: Part, key: str, code: str) -> None:
    """Refusal where Alertmanager's file is to be made of what was pasted: an object of Kubernetes, or a chart's values.

    `key` is what the file would have at its top; the refusals are `CODE-object`, `CODE-inside` and `CODE-values`.
    """
    if found := next((name for name in _OF_PROMETHEUS if name in top), ""):
        raise top.refusal("alert-of-prometheus", found, key=found)
    if "apiVersion" in top and "kind" in top:
        kind = shown(top.content["kind"])
        raise top.refusal(f"{code}-{'inside' if kind in ('ConfigMap', 'Secret') else 'object'}", "kind", kind=kind)
    if key not in top and (way := _way_to(top.content, key)):
        raise top.refusal(f"{code}-values", *way, key=".".join(way))


def _way_to(content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The keys that lead to a mapping with this key; empty when there is none near the top."""
    waiting: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), content)]
    for way, inner in waiting:
        if way and key in inner:
            return way
        if len(way) < DEEP and len(waiting) < WIDE:
            waiting += [((*way, str(name)), each) for name, each in inner.items() if isinstance(each, Mapping)]
    return ()


def config_text(text: str) -> str:
    """The configuration inside what `amtool config show -o json` and /api/v2/status say; any other text as it is."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return text
    config = answer.get("config")
    original = config.get("original") if isinstance(config, dict) else None
    return original if isinstance(original, str) else text
