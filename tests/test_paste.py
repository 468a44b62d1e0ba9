"""What people paste, in every room that takes it: named, read or left aside, and never refused for its company."""

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.content.language import LANGUAGES
from app.kube.refusal import Refusal
from app.widgetkit.contract import Area
from app.widgetkit.form import read_inputs
from app.widgetkit.registry import Room
from tests.written import known_rooms

ROOMS = known_rooms()
COMMANDS = ("kubectl", "curl", "amtool", "promtool", "docker", "crane", "skopeo", "helm", "etcdctl", "iptables-save")
FIELDS = [
    (room, name)
    for room in ROOMS.values()
    for name, info in room.widget.form.model_fields.items()
    if any(isinstance(mark, Area) for mark in info.metadata)
]


@pytest.mark.parametrize(("room", "field"), FIELDS, ids=[f"{room.slug}-{field}" for room, field in FIELDS])
def test_every_text_field_names_the_command_that_prints_what_it_needs(room: Room, field: str) -> None:
    words = yaml.safe_load((room.folder / "words.yaml").read_text(encoding="utf-8"))

    for lang in ("en", "zh"):
        quoted = re.findall(r"`([^`]+)`", words[f"hint.{field}"][lang])
        assert any(text.startswith(COMMANDS) for text in quoted), (lang, words[f"hint.{field}"][lang])


# --- what a terminal prints ---

PRINTED = yaml.safe_load((ROOMS["pod-story"].folder / "presets.yaml").read_text(encoding="utf-8"))
NODE_DESCRIBED = """Name:               node-1
Roles:              <none>
Taints:             <none>
Unschedulable:      false
Conditions:
  Type             Status
  ----             ------
  Ready            True
Capacity:
  cpu:                4
  memory:             8148296Ki
  pods:               110
Allocatable:
  cpu:                4
  memory:             8045896Ki
  pods:               110
Non-terminated Pods:          (0 in total)
  Namespace                   Name
Events:              <none>
"""
PODS_LISTED = """NAME    READY   STATUS    RESTARTS   AGE   IP            NODE     NOMINATED NODE   READINESS GATES
web-0   1/1     Running   0          23m   10.244.1.17   node-1   <none>           <none>
"""
TERMINAL = {
    "kubectl describe pod": PRINTED["crash-loop"],
    "kubectl describe node": NODE_DESCRIBED,
    "kubectl get pods": PODS_LISTED,
    "kubectl get events": PRINTED["image"],
}


def refused(room: Room, **changed: str) -> Refusal | None:
    try:
        room.run(room.first.model_copy(update=changed))
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize("printed", TERMINAL)
@pytest.mark.parametrize(("room", "field"), FIELDS, ids=[f"{room.slug}-{field}" for room, field in FIELDS])
def test_what_a_terminal_prints_is_read_or_the_command_that_is_needed_is_named(
    room: Room, field: str, printed: str
) -> None:
    refusal = refused(room, **{field: TERMINAL[printed]})

    for lang in LANGUAGES if refusal else ():
        said = room.words.raw(lang, f"refusal.{refusal.code}", **refusal.values).format(**refusal.values)
        assert refusal.field == field
        assert any(text.startswith(COMMANDS) for text in re.findall(r"`([^`]+)`", said)), (lang, refusal.code, said)


@pytest.mark.parametrize(("room", "field"), FIELDS, ids=[f"{room.slug}-{field}" for room, field in FIELDS])
def test_a_byte_order_mark_is_no_part_of_a_text(room: Room, field: str) -> None:
    """Notepad and PowerShell write one; only a scrape, whose bytes Prometheus reads as they come, keeps it."""
    inputs = room.widget.examples[0].inputs
    text = str(inputs.get(field, room.widget.form.model_fields[field].default))

    form = read_inputs(room.widget.form, {**inputs, field: "\ufeff" + text})

    kept = room.slug == "metric-types"
    assert getattr(form, field) == ("\ufeff" if kept else "") + text


# --- a file or a List with other kinds in it ---

POD = {"kind": "Pod", "metadata": {"name": "mill"}, "spec": {"containers": [{"name": "wheel"}]}}
BOUND = {**POD, "spec": {**POD["spec"], "nodeName": "n1"}}
NODE = {
    "kind": "Node",
    "metadata": {"name": "n1"},
    "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "9"}},
}
DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {"name": "mill"},
    "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "wheel", "image": "mill:1"}]},
        },
    },
}
SERVICE = {"kind": "Service", "metadata": {"name": "mill"}, "spec": {"ports": [{"port": 80}]}}
SLICE = {
    "kind": "EndpointSlice",
    "metadata": {"name": "mill-1", "labels": {"kubernetes.io/service-name": "mill"}},
    "ports": [{"port": 8080}],
    "endpoints": [{"addresses": ["10.4.5.6"]}],
}
TAKES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "oom-score manifest": ("oom-score", "manifest", POD, {}),
    "scheduler-pick pod": ("scheduler-pick", "pod", POD, {"nodes": json.dumps(NODE), "pods": ""}),
    "scheduler-pick nodes": ("scheduler-pick", "nodes", NODE, {"pod": json.dumps(POD), "pods": ""}),
    "scheduler-pick pods": (
        *("scheduler-pick", "pods", BOUND),
        {"pod": json.dumps(POD), "nodes": json.dumps(NODE)},
    ),
    "probe-clock manifest": ("probe-clock", "manifest", POD, {}),
    "rolling-update manifest": ("rolling-update", "manifest", DEPLOYMENT, {}),
    "service-rules service": ("service-rules", "service", SERVICE, {"endpoints": "10.4.5.6:8080"}),
    "service-rules endpoints": ("service-rules", "endpoints", SLICE, {"service": json.dumps(SERVICE)}),
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "{{ .x }}", "1Gi"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["name", "spec", "items", "metadata", "labels"]), inner, max_size=3)
    ),
    max_leaves=6,
)
other_kinds = st.sampled_from(
    [
        "ConfigMap",
        "Secret",
        "Ingress",
        "ServiceAccount",
        "Namespace",
        "ClusterRole",
        "Prometheus",
        "Event",
        "Widget",
        "",
    ]
)
others = st.builds(lambda kind, body: {**body, "kind": kind}, other_kinds, st.dictionaries(
    st.sampled_from(["apiVersion", "metadata", "spec", "status", "data", "items"]), anything, max_size=4
))  # fmt: skip


@pytest.mark.parametrize("take", TAKES, ids=[name.replace(" ", "-") for name in TAKES])
@pytest.mark.parametrize("shape", ["List", "documents", "array"])
@given(company=st.lists(others, max_size=4), place=st.integers(0, 4))
@settings(deadline=None, max_examples=5)
def test_mixed_company_is_never_refused(take: str, shape: str, company: list[dict[str, Any]], place: int) -> None:
    slug, field, wanted, rest = TAKES[take]
    items = [*company[:place], wanted, *company[place:]]
    match shape:
        case "List":
            text = json.dumps({"kind": "List", "items": items})
        case "array":
            text = json.dumps(items)
        case _:
            text = "\n---\n".join(map(json.dumps, items))

    outcome = ROOMS.answer(slug, {**rest, field: text})

    passed = [one for one in outcome["passed_over"] if one["reason"] == "other-kind"]
    assert sorted(one["kind"] for one in passed) == sorted(one["kind"] for one in company)


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        *(("Deployment", way) for way in ("RollingUpdate", "Recreate")),
        *((kind, way) for kind in ("DaemonSet", "StatefulSet") for way in ("RollingUpdate", "OnDelete")),
    ],
)
@pytest.mark.parametrize("image_ok", [True, False])
def test_every_rollout_is_told_in_both_languages(kind: str, way: str, image_ok: bool) -> None:
    key = "strategy" if kind == "Deployment" else "updateStrategy"
    body = {**DEPLOYMENT, "kind": kind, "spec": {**DEPLOYMENT["spec"], key: {"type": way}}}
    room = ROOMS["rolling-update"]
    outcome = room.run(room.widget.form(manifest=json.dumps(body), image_ok=image_ok, replicas=2))

    for lang in ("en", "zh"):
        said = room.json(outcome, lang)
        for each in (
            said["verdict"],
            said["why"],
            *said["sums"],
            *said["notes"],
            *(f["because"] for f in said["frames"]),
        ):
            assert each["text"]


@pytest.mark.parametrize("take", TAKES, ids=[name.replace(" ", "-") for name in TAKES])
def test_what_was_left_aside_is_said_on_the_page(take: str) -> None:
    slug, field, wanted, rest = TAKES[take]
    text = json.dumps({"kind": "List", "items": [wanted, {"kind": "ConfigMap", "metadata": {"name": "gears"}}]})

    notes = ROOMS.answer(slug, {**rest, field: text})["notes"]

    assert any(note["key"] == "passed.other-kind" and "gears" in note["text"] for note in notes)
