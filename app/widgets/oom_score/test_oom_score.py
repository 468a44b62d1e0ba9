"""The judgement of pods on a node: upstream's cases and more of their kinds, and properties that always hold."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.kube.paste.pods import pods
from app.kube.paste.read import load_documents
from app.kube.quantity import parse_quantity
from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside, words_of_kube
from app.widgets.oom_score.admission import admit, read_cluster
from app.widgets.oom_score.examples import SIDECAR, THREE_CLASSES, TOP
from app.widgets.oom_score.explain import show_bytes
from app.widgets.oom_score.form import ContainerRow, pod_manifest
from app.widgets.oom_score.node import read_threshold
from app.widgets.oom_score.picture import draw_scale
from app.widgets.oom_score.pod import Pod, read_pods
from app.widgets.oom_score.profile import Version, find_profile
from app.widgets.oom_score.tables import size
from app.widgets.oom_score.widget import WIDGET, Inputs, Outcome, run

FOLDER = Path(__file__).parent
WORDS = words_beside(__file__)
SHARED = words_of_kube()
CASES = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))


# --- a short way to write pods: "app container 250m/500m 1Gi/2Gi" -------------------------------------


def resources(cpu: str, memory: str) -> dict[str, Any]:
    """`request/limit` each, `-` for absent."""
    found: dict[str, dict[str, str]] = {}
    for name, pair in (("cpu", cpu), ("memory", memory)):
        request, _, limit = pair.partition("/")
        for place, text in (("requests", request), ("limits", limit)):
            if text not in ("", "-"):
                found.setdefault(place, {})[name] = text
    return found


def container(line: str) -> tuple[str, dict[str, Any]]:
    name, kind, *rest = line.split()
    cpu, memory = [*rest, "-", "-"][:2]
    body: dict[str, Any] = {"name": name}
    if found := resources(cpu, memory):
        body["resources"] = found
    if kind == "sidecar":
        body["restartPolicy"] = "Always"
    place = {"container": "containers", "ephemeral": "ephemeralContainers"}.get(kind, "initContainers")
    return place, body


def pod(lines: list[str], name: str = "p", **spec: Any) -> dict[str, Any]:
    """A Pod; `pod: "2/2 1Gi/1Gi"` in spec is its pod-level resources."""
    body: dict[str, Any] = {}
    if "pod" in spec:
        body["resources"] = resources(*spec.pop("pod").split())
    metadata = {"name": name, "namespace": "default", "annotations": spec.pop("annotations", {})}
    status = spec.pop("status", {})
    for line in lines:
        place, written = container(line)
        body.setdefault(place, []).append(written)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": body | spec, "status": status}


def judged(*pods: dict[str, Any], **inputs: Any) -> Outcome:
    return asked(manifest=json.dumps({"kind": "List", "items": pods}), **inputs)


def asked(**inputs: Any) -> Outcome:
    return run(Inputs.model_validate(inputs))


def answer(**inputs: Any) -> Outcome | Refusal:
    """The outcome, or the refusal; anything else raised fails the test."""
    try:
        return asked(**inputs)
    except Refusal as refused:
        return refused


def is_said(answered: Outcome | Refusal) -> bool:
    return isinstance(answered, Outcome) or f"refusal.{answered.code}" in WORDS | SHARED


def adjusted(body: dict[str, Any], memory: str, version: str = "1.37") -> dict[str, int]:
    outcome = judged(body, node_memory=memory, kubernetes_version=version)
    return {found.name: found.oom_score_adj for found in outcome.pods[0].containers}


def refusal(**inputs: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        asked(**inputs)
    return refused.value


# --- cases.yaml ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES["classes"], ids=lambda case: case["name"])
def test_class(case: dict[str, Any]) -> None:
    outcome = judged(pod(case["pod"], **case.get("spec", {})), kubernetes_version=case.get("version", "1.37"))

    assert (outcome.pods[0].qos_class, outcome.pods[0].qos_reason) == (case["class"], case["reason"])


@pytest.mark.parametrize("case", CASES["adjustments"], ids=lambda case: case["name"])
def test_adjustment(case: dict[str, Any]) -> None:
    body = pod(case["pod"], **case.get("spec", {}))

    assert adjusted(body, str(case["node"]), case.get("version", "1.37")) == case["expect"]


@pytest.mark.parametrize("case", CASES["evictions"], ids=lambda case: case["name"])
def test_eviction_order(case: dict[str, Any]) -> None:
    pods, usage = [], []
    for name, row in case["pods"].items():
        pods.append(pod(row["pod"], name=name, **row.get("spec", {})))
        if "usage" in row:
            usage.append(f"default/{name}/{row['pod'][0].split()[0]} {row['usage']}")

    outcome = judged(*pods, usage="\n".join(usage), kubernetes_version=case.get("version", "1.37"))

    assert [found.pod for found in outcome.eviction_order] == case["expect"]


# --- QoS, by exhaustion -------------------------------------------------------------------------------

SHAPES = {"Guaranteed": "100m/100m 1Gi/1Gi", "Burstable": "100m/200m 1Gi/1Gi", "BestEffort": "- -"}


KINDS = list(itertools.product(["container", "init", "sidecar"], repeat=2))


@pytest.mark.parametrize("kinds", KINDS, ids="-".join)
def test_the_class_is_common_or_burstable(kinds: tuple[str, str]) -> None:
    """pkg/apis/core/v1/helper/qos/qos_test.go: every mixture of two containers of every kind."""
    for first, second in itertools.product(SHAPES, repeat=2):
        body = pod(
            [
                f"a {kinds[0]} {SHAPES[first]}",
                f"b {kinds[1]} {SHAPES[second]}",
                "c container " + SHAPES[first],
            ]
        )

        assert judged(body).pods[0].qos_class == (first if first == second else "Burstable")


@pytest.mark.parametrize(
    "lines", [["g container 1/1 1Gi/1Gi", "b container"], ["b container", "g container 1/1 1Gi/1Gi"]]
)
def test_the_containers_that_differ_are_named(lines: list[str]) -> None:
    why = judged(pod(lines)).details[0].why

    assert (why.key, why.values["container"], why.values["other"]) == ("reason.containers-differ", "g", "b")


@pytest.mark.parametrize(("line", "resource"), [("a container - 1Gi/1Gi", "memory"), ("a container 1/1 -", "cpu")])
def test_the_only_resource_is_named(line: str, resource: str) -> None:
    assert judged(pod([line])).details[0].why.values["resource"] == resource


@pytest.mark.parametrize(
    ("lines", "spec", "key"),
    [
        (["a container - 1Gi/2Gi"], {}, "reason.unequal"),
        (["a container - 1Gi/-"], {}, "reason.unequal.no-limit"),
        (["a container"], {"pod": "- 1Gi/-"}, "reason.pod-level-unequal.no-limit"),
    ],
)
def test_a_limit_that_is_not_there_is_said_to_be_missing(lines: list[str], spec: dict[str, Any], key: str) -> None:
    assert judged(pod(lines, **spec)).details[0].why.key == key


def test_the_deciding_figures_are_named() -> None:
    why = judged(pod(["a container 1/1 1Gi/1Gi", "b container 1/1 1Gi/-"])).details[0].why

    assert why.values == {"container": "b", "resource": "memory", "request": "1Gi", "limit": "–", "other": ""}


def test_ephemeral_containers_do_not_count() -> None:
    outcome = judged(pod(["a container 1/1 1Gi/1Gi", "debug ephemeral"]))

    assert outcome.pods[0].qos_class == "Guaranteed"
    assert [found.oom_score_adj for found in outcome.pods[0].containers] == [-997, -997]


def test_a_recorded_class_wins_only_when_it_is_kept() -> None:
    body = pod(["a container"], status={"qosClass": "Guaranteed"})

    def answered(**inputs: str) -> tuple[str, list[str]]:
        outcome = judged(body, **inputs)
        return outcome.pods[0].qos_class, [note.key for note in outcome.details[0].notes]

    assert answered() == ("BestEffort", ["note.recorded"])
    assert answered(recorded_class="keep") == ("Guaranteed", ["note.recorded-wins"])
    assert answered(recorded_class="keep", kubernetes_version="1.28") == ("BestEffort", [])


# --- what is filled in --------------------------------------------------------------------------------


def test_requests_come_from_limits_but_an_explicit_zero_stays() -> None:
    (detail,) = judged(pod(["a container 0/1 -/1Gi"])).details
    (found,) = detail.containers

    assert [(said.key, said.values["field"]) for said in found.filled] == [("filled.limit", "requests.memory")]
    assert detail.qos_class == "Burstable"


def test_pod_level_requests_come_from_the_containers_and_then_from_the_limits() -> None:
    filled = judged(pod(["a container 250m/- -"], pod="-/1 -/1Gi")).details[0].filled

    assert [(said.key, said.values["field"], said.values["value"]) for said in filled] == [
        ("filled.containers", "resources.requests.cpu", "250m"),
        ("filled.pod-limit", "resources.requests.memory", "1Gi"),
    ]
    total = judged(pod(["a container - 1Gi/-", "b container - 512Mi/-"], pod="-/1 -")).details[0].filled[0]
    assert (total.values["field"], total.values["value"]) == ("resources.requests.memory", "1536Mi")


def test_a_limit_range_of_the_namespace_fills_in() -> None:
    limits = {
        "kind": "LimitRange",
        "metadata": {"name": "l", "namespace": "default"},
        "spec": {
            "limits": [
                {"type": "Container", "default": {"memory": "2Gi"}, "min": {"cpu": "10m"}},
                {"type": "Pod"},
            ]
        },
    }

    outcome = judged(pod(["a container"]), pod(["a container -/1 1Gi/3Gi"], name="q"), limits)
    first, second = outcome.pods

    assert (first.containers[0].memory_request, first.containers[0].memory_limit) == (2 << 30, 2 << 30)
    assert (second.containers[0].memory_request, second.containers[0].memory_limit) == (1 << 30, 3 << 30)
    assert [said.values["field"] for said in outcome.details[0].containers[0].filled] == [
        "limits.memory", "requests.cpu", "requests.memory",
    ]  # fmt: skip
    assert judged({**pod(["a container"]), "metadata": {"name": "p", "namespace": "x"}}, limits).pods[0].qos_class == (
        "BestEffort"
    )


def test_a_limit_range_reaches_every_kind_of_container_but_the_ephemeral() -> None:
    limits = {
        "kind": "LimitRange",
        "metadata": {"name": "l"},
        "spec": {"limits": [{"type": "Container", "defaultRequest": {"memory": "1Mi"}}]},
    }

    found = judged(pod(["i init", "s sidecar", "a container", "e ephemeral"]), limits).pods[0].containers

    assert [entry.memory_request for entry in found] == [1 << 20, 1 << 20, 1 << 20, None]


def test_a_limit_range_takes_its_limit_from_the_maximum() -> None:
    limits = {
        "kind": "LimitRange",
        "metadata": {"name": "l"},
        "spec": {"limits": [{"type": "Container", "max": {"memory": "1Gi"}, "defaultRequest": {"memory": "512Mi"}}]},
    }

    (found,) = judged(pod(["a container"]), limits).pods[0].containers

    assert (found.memory_request, found.memory_limit) == (512 << 20, 1 << 30)


@pytest.mark.parametrize(
    ("spec", "priority", "said"),
    [
        ({"priorityClassName": "system-node-critical"}, 2_000_001_000, "filled.priority-class"),
        ({"priorityClassName": "system-cluster-critical"}, 2_000_000_000, "filled.priority-class"),
        ({"priorityClassName": "gold"}, 77, "filled.priority-class"),
        ({"priorityClassName": "nobody-knows"}, 0, "filled.unknown-class"),
        ({"priorityClassName": "gold", "priority": 5}, 5, None),
        ({}, -3, "filled.global-default"),
    ],
)
def test_priority_comes_from_the_class(spec: dict[str, Any], priority: int, said: str | None) -> None:
    classes = [
        {"kind": "PriorityClass", "metadata": {"name": "gold"}, "value": 77},
        {"kind": "PriorityClass", "metadata": {"name": "low"}, "value": -3, "globalDefault": True},
    ]

    outcome = judged(pod(["a container"], **spec), *classes)

    assert outcome.pods[0].priority == priority
    assert all(filled.values["value"].startswith(f"{priority} (") for filled in outcome.details[0].filled)
    assert [filled.key for filled in outcome.details[0].filled] == ([said] if said else [])


def test_what_the_api_server_would_refuse_elsewhere_is_said() -> None:
    outcome = judged(pod(["a container 3m/9m 1Gi/2Gi", "b container 3m/3m"], pod="5m/5m 1Gi/1Gi"))

    assert [note.key for note in outcome.details[0].notes] == [
        "note.total-above-pod-level", "note.limit-above-pod-level", "note.limit-above-pod-level",
    ]  # fmt: skip
    above = judged(pod(["i init 1m/6m -", "s sidecar 1m/7m -", "a container 1m/5m -"], pod="5m/5m -"))
    assert above.details[0].notes == ()  # validatePodResourceConsistency looks at spec.containers only


# --- the derivation -----------------------------------------------------------------------------------


def lines_of(outcome: Outcome, place: int = 0) -> list[str]:
    return [line.say.key for line in outcome.details[0].containers[place].lines]


def test_the_sums_of_a_sidecar() -> None:
    outcome = run(Inputs(manifest=SIDECAR))

    assert lines_of(outcome, 0) == ["sum.formula"]
    assert lines_of(outcome, 1) == ["sum.formula", "sum.cap"]
    cap = outcome.details[0].containers[1].lines[1]
    assert (cap.before, cap.after, cap.say.values["container"]) == (993, 750, "app")


def test_the_share_of_a_pod_level_request_is_a_sum() -> None:
    outcome = judged(pod(["a container - 2Gi/-", "b container"], pod="-/- 6Gi/8Gi"))

    assert lines_of(outcome, 1) == ["sum.share", "sum.formula"]
    assert outcome.details[0].containers[1].lines[0].say.values == {
        "pod": "6Gi", "total": "2Gi", "count": 2, "share": "2Gi",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "memory", "keys", "change"),
    [
        ("a container - 15Gi/-", "15Gi", ["sum.formula", "sum.floor"], (0, 3)),
        ("a container 1/- -", "15Gi", ["sum.formula", "sum.below-best-effort"], (1000, 999)),
        ("a container - 1Gi/-", "16Gi", ["sum.formula"], None),
    ],
)
def test_clamps_are_shown_as_changes(line: str, memory: str, keys: list[str], change: tuple[int, int] | None) -> None:
    outcome = judged(pod([line]), node_memory=memory)

    assert lines_of(outcome) == keys
    last = outcome.details[0].containers[0].lines[-1]
    assert (last.before, last.after) == (change or (None, None))


def test_a_cap_that_changes_nothing_is_said_too() -> None:
    outcome = judged(pod(["m sidecar - 8Gi/-", "a container - 1Gi/-"]))

    assert lines_of(outcome) == ["sum.formula", "sum.cap-unused"]


def test_the_tie_break_is_a_change() -> None:
    outcome = judged(pod(["a container - 4Gi/-"]), node_memory="1Ti", kubernetes_version="tie-break")
    line = outcome.details[0].containers[0].lines[1]

    assert (line.say.key, line.before, line.after, line.say.values["nudge"]) == ("sum.tie-break", 997, 993, 4)


@pytest.mark.parametrize(
    ("text", "key"),
    [("100m", "note.fraction"), ("Ki", "note.bare-suffix")],
)
def test_odd_quantities_are_remarked(text: str, key: str) -> None:
    outcome = judged(pod([f"a container - {text}/-"]))

    assert [note.key for note in outcome.details[0].notes] == [key]


def test_mixed_families_are_remarked() -> None:
    outcome = judged(pod(["a container - 1G/1Gi"]))

    assert [note.key for note in outcome.details[0].notes] == ["note.families"]


def test_a_critical_pod_that_is_not_exempt_is_remarked() -> None:
    outcome = judged(pod(["a container"], priorityClassName="system-cluster-critical"))

    assert [note.key for note in outcome.details[0].notes] == ["note.critical-not-exempt"]
    assert outcome.eviction_order[0].critical


def test_before_1_34_pod_level_resources_are_dropped() -> None:
    outcome = judged(pod(["a container"], pod="1/1 1Gi/1Gi"), kubernetes_version="1.33")

    assert outcome.pods[0].qos_class == "BestEffort"
    assert [note.key for note in outcome.details[0].notes] == ["note.pod-level-dropped"]


# --- usage --------------------------------------------------------------------------------------------

PAIR = [pod(["a container", "b container"]), pod(["a container"], name="q")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("default/p/a 1Mi\n", {"p/a": 1 << 20}),
        ("p/a 1Mi\nq/a 2Mi", {"p/a": 1 << 20, "q/a": 2 << 20}),
        ("default/p/a/x 1Mi\ndefault/p/a/y 2Mi\n", {"p/a": 3 << 20}),
        ("p a 5m 1Mi\n", {"p/a": 1 << 20}),
        ("default p b 5m 1Mi\n", {"p/b": 1 << 20}),
        ("other p b 5m 1Mi\np/a 1\n", {"p/a": 1}),
        ("NAMESPACE POD NAME CPU(cores) MEMORY(bytes)\nother p b 5m 1Mi\ndefault p a 1m 1\n", {"p/a": 1}),
        ("POD NAME CPU(cores) MEMORY(bytes)\np a 5m 1Mi\n", {"p/a": 1 << 20}),
        ("NAMESPACE   POD   NAME   CPU(cores)   MEMORY(bytes)\r\ndefault p a 5m 1Mi\r\n", {"p/a": 1 << 20}),
        ("NAME CPU(cores) MEMORY(bytes)\nq 5m 7Mi\n", {"q/a": 7 << 20}),
        ("NAMESPACE NAME CPU(cores) MEMORY(bytes)\ndefault q 5m 7Mi\n", {"q/a": 7 << 20}),
        ("NAMESPACE POD NAME CPU(cores) CPU(%) MEMORY(bytes)\ndefault q a 5m 1% 7Mi", {"q/a": 7 << 20}),
        (
            "POD NAME CPU(cores) MEMORY(bytes)\np a 5m 1Mi\n       ________ ________\n   5m 1Mi\n",
            {"p/a": 1 << 20},
        ),
        ("# a comment\n\np/a 1\n", {"p/a": 1}),
        ("p/a 0\nnobody/x 1Mi", {"p/a": 0}),
        ("", {}),
    ],
)
def test_usage_is_read(text: str, expected: dict[str, int]) -> None:
    outcome = judged(*PAIR, usage=text)

    found = {
        f"{entry.name}/{inner.name}": inner.usage
        for entry in outcome.pods
        for inner in entry.containers
        if inner.usage is not None
    }
    assert found == expected


@pytest.mark.parametrize(
    ("code", "text", "line"),
    [
        ("usage-line", "p/a\n", 1),
        ("usage-line", "p/a 1Mi\np/a/b/c/d 1Mi\n", 2),
        ("usage-line", "//a 1Mi\n", 1),
        ("usage-line", "just words\n", 1),
        ("usage-line", "POD NAME CPU(cores) MEMORY(bytes)\np a\n", 2),
        ("usage-line", "POD NAME CPU(cores) MEMORY(bytes)\np a 5m 1Mi more\n", 2),
        ("usage-container", "p/c 1Mi\n", 1),
        ("usage-which-container", "NAME CPU(cores) MEMORY(bytes)\np 1m 1Mi\n", 2),
        ("usage-twice", "p/a 1Mi\np/a 2Mi\n", 2),
        ("usage-negative", "p/a -1Mi\n", 1),
        ("quantity-unit", "q/a 1Mi\np/a 1MB\n", 2),
        ("usage-many", "x/y 1\n" * 50_001, 50_001),
    ],
)
def test_usage_is_refused(code: str, text: str, line: int | None) -> None:
    with pytest.raises(Refusal) as refused:
        judged(*PAIR, usage=text)

    assert (refused.value.code, refused.value.field, refused.value.line) == (code, "usage", line)


def test_a_pod_name_in_two_namespaces_is_ambiguous() -> None:
    other = {**PAIR[1], "metadata": {"name": "q", "namespace": "x"}}

    with pytest.raises(Refusal) as refused:
        judged(PAIR[1], other, usage="q/a 1Mi")

    assert refused.value.code == "usage-ambiguous"
    assert judged(PAIR[1], other, usage="x/q/a 1Mi").pods[1].containers[0].usage == 1 << 20


def test_usage_of_other_pods_is_said_to_be_left_out() -> None:
    outcome = judged(*PAIR, usage="p/a 1Mi\nx/y/z 1Mi\n")

    assert [(note.key, note.values["names"]) for note in outcome.notes] == [("note.unknown-usage", "x/y")]


def test_only_the_first_names_that_are_left_out_are_said() -> None:
    usage = "p/a 1\n" + "".join(f"x/y{i}/z 1\n" for i in (0, 0, 1, 2, 3, 4, 5, 6))

    assert judged(*PAIR, usage=usage).notes[0].values["names"] == "x/y0, x/y1, x/y2, x/y3, x/y4"


def test_usage_of_other_pods_alone_is_as_if_nothing_was_pasted() -> None:
    outcome = judged(*PAIR, usage="x/y/z 1Mi\n")

    assert [note.key for note in outcome.notes] == ["note.unknown-usage"]
    assert [container.usage for pod in outcome.pods for container in pod.containers] == [None] * sum(
        len(pod.containers) for pod in outcome.pods
    )


# --- the order of death and the replay ------------------------------------------------------------------


def test_the_first_example_kills_the_burstable_pod_before_the_best_effort_one() -> None:
    outcome = run(Inputs(**WIDGET.examples[0].inputs))

    assert [(entry.pod, entry.rank, entry.tied) for entry in outcome.kill_order] == [
        ("web", 1, False), ("batch", 2, False), ("db", 3, False),
    ]  # fmt: skip


def test_badness_is_pages_in_use_plus_the_adjustment() -> None:
    (entry,) = judged(pod(["a container - 1Gi/-"]), node_memory="8Gi", usage="p/a 1Gi").pods
    (found,) = entry.containers

    assert (found.badness, found.oom_score) == (875 * 2097 + 262_144, 1332)


def test_without_usage_a_process_is_weighed_as_if_it_idled() -> None:
    outcome = judged(pod(["a container"]), node_memory="8Gi")
    (found,) = outcome.pods[0].containers

    assert (found.badness, found.usage) == (1000 * 2097, None)
    assert outcome.kill_order[0].badness == 1000 * 2097


def test_a_page_more_dies_first_although_the_score_shown_is_the_same() -> None:
    outcome = judged(pod(["a container"]), pod(["a container"], name="q"), usage="p/a 4Ki\nq/a 8Ki\n")

    assert [(entry.pod, entry.oom_score) for entry in outcome.kill_order] == [("q", 1332), ("p", 1332)]


def test_swap_is_among_all_pages() -> None:
    without = judged(pod(["a container - 1Gi/-"]), node_memory="8Gi", usage="p/a 1Gi")
    with_swap = judged(pod(["a container - 1Gi/-"]), node_memory="8Gi", usage="p/a 1Gi", swap="8Gi")

    assert with_swap.kill_order[0].badness - without.kill_order[0].badness == 875 * (4194 - 2097)
    assert with_swap.kill_order[0].oom_score_adj == without.kill_order[0].oom_score_adj


def test_finished_init_containers_are_no_candidates() -> None:
    outcome = judged(pod(["i init", "s sidecar", "a container", "e ephemeral"]))

    assert {entry.container for entry in outcome.kill_order} == {"s", "a", "e"}
    assert outcome.pods[0].containers[0].badness is None
    assert {entry.rank for entry in outcome.kill_order} == {1}
    assert all(entry.tied for entry in outcome.kill_order)


def test_an_init_container_with_usage_still_runs() -> None:
    outcome = judged(pod(["i init", "a container"]), usage="p/i 1Mi")

    assert outcome.kill_order[0].container == "i"
    assert outcome.pods[0].containers[0].badness is not None


REPLAY = [pod(["a container"]), pod(["b container"], name="q"), pod(["c container 1/1 1Gi/1Gi"], name="r")]
PROCESSES = "p/a 1Gi\ndefault/q/b/big 3Gi\ndefault/q/b/small 1Gi\nr/c 1Gi\n"


def test_a_container_weighs_what_its_heaviest_process_weighs() -> None:
    uses = {"master": "20Mi", "worker": "300Mi", "helper": "40Mi"}
    usage = "".join(f"default/a/app/{name} {use}\n" for name, use in uses.items())

    outcome = judged(pod(["app container - 1Gi/-"], name="a"), node_memory="4Gi", usage=usage)

    (container,) = outcome.pods[0].containers
    assert (container.usage, container.badness) == (360 << 20, 750 * 1048 + (300 << 20) // 4096)
    assert container.badness == outcome.kill_order[0].badness


def killed(outcome: Outcome) -> list[tuple[str, int, str]]:
    assert outcome.replay is not None
    return [(step.victim.pod, step.together, size(step.freed)) for step in outcome.replay.steps]


def test_the_whole_container_dies_with_the_chosen_process() -> None:
    outcome = judged(*REPLAY, node_memory="8Gi", usage=PROCESSES, asks_for="6Gi")

    assert killed(outcome) == [("q", 2, "4Gi")]
    assert outcome.replay is not None
    assert (outcome.replay.free, outcome.replay.missing, outcome.replay.relieved) == (2 << 30, 4 << 30, True)


def test_swap_is_free_memory_until_it_is_used() -> None:
    outcome = judged(*REPLAY, node_memory="8Gi", swap="3Gi", usage=PROCESSES, asks_for="6Gi")

    assert outcome.replay is not None
    assert outcome.replay.free == 5 << 30


@pytest.mark.parametrize("inputs", [{"group": "single-process"}, {"kubernetes_version": "1.27"}], ids=str)
def test_or_only_the_process_itself(inputs: dict[str, str]) -> None:
    outcome = judged(*REPLAY, node_memory="8Gi", usage=PROCESSES, asks_for="6Gi", **inputs)

    assert killed(outcome)[0] == ("q", 1, "3Gi")
    assert len(killed(outcome)) == 2


@pytest.mark.parametrize(
    ("asks_for", "node", "note", "kills"),
    [
        ("2Gi", "8Gi", "replay.enough", 0),
        ("", "8Gi", "replay.enough", 0),
        ("8Gi", "8Gi", "replay.relieved", 3),
        ("9Gi", "8Gi", "replay.nobody-left", 3),
        ("1", "6Gi", "replay.relieved", 1),
        ("0", "5Gi", "replay.relieved", 1),
    ],
)
def test_killing_goes_on_until_enough_is_free(asks_for: str, node: str, note: str, kills: int) -> None:
    outcome = judged(*REPLAY, node_memory=node, usage=PROCESSES, asks_for=asks_for)

    assert outcome.replay_note is not None
    assert (outcome.replay_note.key, len(killed(outcome))) == (note, kills)


def test_a_long_replay_is_cut_off_and_says_so() -> None:
    many = [pod(["a container"], name=f"p{i}") for i in range(50)]
    usage = "".join(f"p{i}/a {i + 1}Mi\n" for i in range(50))

    outcome = judged(*many, node_memory="4Gi", usage=usage, asks_for="4Gi")

    assert outcome.replay_note is not None
    assert outcome.replay_note.key == "replay.cut-off"
    assert len(killed(outcome)) == 40


def test_a_replay_needs_usage() -> None:
    outcome = judged(*PAIR, asks_for="1Gi")

    assert outcome.replay is None
    assert "note.replay-needs-usage" in [note.key for note in outcome.notes]
    assert run(Inputs()).replay is None


@pytest.mark.parametrize(
    ("policy", "kind", "restarts"),
    [
        ("Always", "container", True),
        ("Never", "container", False),
        ("Never", "sidecar", True),
        ("OnFailure", "container", True),
        ("Always", "ephemeral", False),
    ],
)
def test_who_is_restarted(policy: str, kind: str, restarts: bool) -> None:
    outcome = judged(pod([f"x {kind}", "y container"], restartPolicy=policy))

    assert {entry.container: entry.restarts for entry in outcome.kill_order}["x"] is restarts


# --- eviction and the node ----------------------------------------------------------------------------


def test_eviction_figures() -> None:
    outcome = judged(pod(["a container - 1Gi/-"], overhead={"memory": "128Mi"}), usage="p/a 2Gi")
    (entry,) = outcome.eviction_order

    assert (entry.exceeds_request, entry.over_request, entry.request) == (True, 896 << 20, 1152 << 20)


def test_at_its_request_a_pod_does_not_exceed_it() -> None:
    outcome = judged(pod(["a container - 1Gi/-"]), usage="p/a 1Gi")

    assert outcome.eviction_order[0].exceeds_request is False


def test_overhead_counts_only_beside_a_request() -> None:
    outcome = judged(pod(["a container"], overhead={"memory": "128Mi"}), usage="p/a 1Mi")

    assert outcome.eviction_order[0].request == 0


def test_a_pod_alone_is_tied_with_nobody() -> None:
    (evictee,) = judged(pod(["a container"]), usage="p/a 1Mi").eviction_order

    assert not evictee.tied


def test_without_usage_only_priority_decides_and_the_rest_ties() -> None:
    outcome = judged(pod(["a container"]), pod(["a container"], name="q"), pod(["a container"], name="r", priority=-1))

    assert [(entry.pod, entry.tied) for entry in outcome.eviction_order] == [
        ("r", False),
        ("p", True),
        ("q", True),
    ]
    assert outcome.eviction_order[0].exceeds_request is None
    assert outcome.eviction_order[0].over_request is None


def test_a_request_of_part_of_a_byte_is_compared_exactly() -> None:
    outcome = judged(pod(["a container - 1500m/-"]), usage="p/a 2")

    assert (outcome.eviction_order[0].exceeds_request, outcome.eviction_order[0].over_request) == (True, 1)
    by_a_thousandth = judged(pod(["a container - 1999m/-"]), usage="p/a 2").eviction_order[0]
    assert (by_a_thousandth.exceeds_request, by_a_thousandth.over_request) == (True, 1)
    finer = judged(pod(["a container - 1999999999n/-"]), usage="p/a 2").eviction_order[0]
    assert (finer.exceeds_request, finer.over_request) == (False, 0)  # kept as 2


@pytest.mark.parametrize(("version", "request_", "exceeds"), [("1.36", 0, True), ("1.37", 1 << 30, False)])
def test_pod_level_cpu_alone_was_a_memory_request_of_zero(version: str, request_: int, exceeds: bool) -> None:
    outcome = judged(pod(["a container - 1Gi/-"], pod="2/- -"), usage="p/a 1Mi", kubernetes_version=version)

    assert (outcome.eviction_order[0].request, outcome.eviction_order[0].exceeds_request) == (request_, exceeds)


# pkg/api/pod/util.go, DefaultPodLevelResources, v1.37.2; gate PodLevelResourcesFixDefaulting.
@pytest.mark.parametrize(
    ("version", "containers", "level", "expected"),
    [
        ("1.37", ["a container 1/1 1Gi/1Gi"], "2/- 2Gi/-", "Guaranteed"),
        ("1.36", ["a container 1/1 1Gi/1Gi"], "2/- 2Gi/-", "Burstable"),
        ("1.37", ["a container 1/2 1Gi/4Gi"], "2/- 2Gi/-", "Burstable"),
        ("1.37", ["a container 1/1 1Gi/1Gi", "b container 1/1 1Gi/-"], "2/- 2Gi/-", "Burstable"),
        ("1.37", ["a container 1/1 1Gi/1Gi", "b init 1/1 1Gi/1Gi"], "2/- -", "Guaranteed"),
    ],
)
def test_pod_level_limits_are_filled_in(version: str, containers: list[str], level: str, expected: str) -> None:
    outcome = judged(pod(containers, pod=level), kubernetes_version=version)

    assert outcome.pods[0].qos_class == expected


def test_the_classes_are_counted() -> None:
    bodies = [pod(["a container"], name=f"b{i}") for i in range(2)] + [pod(["a container 1/1 1Gi/1Gi"], name="g")]

    assert judged(*bodies).why.values == {"pods": 3, "guaranteed": 1, "burstable": 0, "besteffort": 2}


def test_ties_share_the_first_of_their_places() -> None:
    bodies = [pod(["a container"], name=name) for name in "abcd"]
    usage = "a/a 2Mi\nb/a 2Mi\nc/a 1Mi\nd/a 1Mi\n"

    order = judged(*bodies, usage=usage).kill_order

    assert [(entry.pod, entry.rank, entry.tied) for entry in order] == [
        ("a", 1, True), ("b", 1, True), ("c", 3, True), ("d", 3, True),
    ]  # fmt: skip


def test_each_step_of_a_replay_says_what_is_still_missing() -> None:
    replay = judged(*REPLAY, node_memory="8Gi", usage=PROCESSES, asks_for="7Gi").replay

    assert replay is not None
    assert [(step.number, size(step.free), size(step.missing)) for step in replay.steps] == [
        (1, "6Gi", "1Gi"), (2, "7Gi", "0"),
    ]  # fmt: skip


NODE = {
    "node_memory": "16Gi",
    "kube_reserved": "1Gi",
    "system_reserved": "512Mi",
    "eviction_hard": "100Mi",
    "system_used": "1Gi",
}


def test_allocatable_and_the_limit_of_pods() -> None:
    node = judged(*PAIR, usage="p/a 1Gi\nq/a 2Gi", **NODE).node

    assert node.pods_limit == (16 << 30) - (1536 << 20)
    assert node.allocatable == node.pods_limit - (100 << 20)
    assert (node.pods_used, node.available) == (3 << 30, 12 << 30)
    assert node.allocatable_available == node.pods_limit - (3 << 30)
    assert node.under_pressure is False
    assert node.point_bytes == 4194 * 4096


def test_reserving_more_than_there_is_leaves_nothing() -> None:
    node = judged(*PAIR, node_memory="1Gi", kube_reserved="2Gi", usage="p/a 2Gi").node

    assert (node.pods_limit, node.allocatable, node.available, node.allocatable_available) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("usage", "pressure"),
    [
        ("p/a 14Gi\np/b 900Mi", True),
        ("p/a 14Gi\np/b 300Mi", False),
        ("p/a 14Gi\np/b 411Mi", False),
        ("p/a 14Gi\np/b 412Mi", False),
        ("p/a 14Gi\np/b 413Mi", True),
    ],
)
def test_pressure_is_below_either_threshold(usage: str, pressure: bool) -> None:
    """14.5Gi is the limit of pods here, so allocatableMemory.available falls below 100Mi before memory.available."""
    assert judged(*PAIR, usage=usage, **NODE).node.under_pressure is pressure


@pytest.mark.parametrize(
    ("text", "capacity", "threshold"),
    [
        ("100Mi", 1 << 30, 100 << 20),
        ("memory.available<100Mi", 1 << 30, 100 << 20),
        ("memory.available<10%", 16 << 30, 1717986944),
        ("10%", 16 << 30, 1717986944),
        ("5%", 1000, 50),
        ("0%", 5, 0),
        ("100%", 7, 7),
        ("", 9, 0),
        ("0.0000000001%", 9, 0),
    ],
)
def test_a_threshold_may_be_a_percentage(text: str, capacity: int, threshold: int) -> None:
    """The kubelet keeps a percentage as a 32-bit float: eviction/helpers.go parsePercentage, GetThresholdQuantity."""
    assert read_threshold(text, capacity, "eviction_hard") == threshold


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("node_memory", "0", "node-memory-zero"),
        ("node_memory", "", "node-memory-zero"),
        ("node_memory", "4095", "node-memory-zero"),
        ("node_memory", "-1Gi", "node-negative"),
        ("node_memory", "16GB", "quantity-unit"),
        ("node_memory", "16 Gi", "quantity-space"),
        ("swap", "-1", "node-negative"),
        ("system_used", "x", "quantity-format"),
        ("kube_reserved", "-1", "node-negative"),
        ("system_reserved", "1mb", "quantity-unit"),
        ("eviction_hard", "101%", "node-percentage"),
        ("eviction_hard", "-5%", "node-percentage"),
        ("eviction_hard", "1e5%", "node-percentage"),
        ("eviction_hard", "..%", "node-percentage"),
        ("eviction_hard", "%", "node-percentage"),
        ("eviction_hard", "0.00000000001%", "node-percentage"),
        ("eviction_hard", "٥%", "node-percentage"),
        ("eviction_hard", "1.2.3%", "node-percentage"),
    ],
)
def test_impossible_nodes_are_refused(field: str, text: str, code: str) -> None:
    refused = refusal(**{field: text})

    assert (refused.code, refused.field) == (code, field)


# --- what is refused in pods ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "where", "body"),
    [
        ("api-missing", "spec.containers", pod([])),
        ("api-missing", "spec.containers", pod(["i init"])),
        ("api-missing", "spec.containers[0].name", pod([], containers=[{}])),
        ("api-twice", "spec.initContainers[0].name", pod(["a sidecar", "a container"])),
        ("api-resource-above", "spec.containers[0].resources.requests.memory", pod(["a container - 2Gi/1Gi"])),
        ("api-resource-above", "spec.containers[0].resources.requests.cpu", pod(["a container 2/1500m -"])),
        ("api-resource-negative", "spec.containers[0].resources.requests.memory", pod(["a container - -1Gi/-"])),
        ("api-resource-negative", "spec.initContainers[0].resources.limits.cpu", pod(["a init 0/-1 -", "b container"])),
        ("quantity-unit", "spec.containers[0].resources.limits.memory", pod(["a container - -/1GiB"])),
        ("api-leave-out", "spec.ephemeralContainers[0].resources", pod(["a container", "e ephemeral 1/1 -"])),
        ("api-one-of", "spec.restartPolicy", pod(["a container"], restartPolicy="Sometimes")),
        ("pod-level-below-containers", "spec.resources.requests.memory", pod(["a container - 2Gi/-"], pod="- 1Gi/-")),
        ("api-resource-above", "spec.resources.requests.cpu", pod(["a container"], pod="2/1 -")),
        ("api-resource-negative", "spec.resources.requests.memory", pod(["a container"], pod="- -1Gi/-")),
        ("oom-request-too-large", "spec.containers[0].resources.requests.memory", pod(["a container - 10P/-"])),
        ("manifest-wrong-text", "spec.priorityClassName", pod(["a container"], priorityClassName=5)),
        ("manifest-wrong-integer", "spec.priority", pod(["a container"], priority="high")),
        ("manifest-range", "spec.priority", pod(["a container"], priority=2**31)),
        ("manifest-wrong-list", "spec.containers", pod([], containers="a")),
        (
            "manifest-wrong-mapping",
            "spec.containers[0].resources",
            pod([], containers=[{"name": "a", "resources": "1Gi"}]),
        ),
        (
            "manifest-wrong-mapping",
            "spec.containers[0].resources.limits",
            pod([], containers=[{"name": "a", "resources": {"limits": 5}}]),
        ),
        (
            "manifest-wrong-quantity",
            "spec.containers[0].resources.limits.cpu",
            pod([], containers=[{"name": "a", "resources": {"limits": {"cpu": True}}}]),
        ),
    ],
)
def test_refused_where_it_stands(code: str, where: str, body: dict[str, Any]) -> None:
    refused = refusal(manifest=yaml.safe_dump({"kind": "Service"}) + "---\n" + yaml.safe_dump(body))

    assert (refused.code, refused.where) == (code, f"documents[1].{where}")
    assert refused.line is not None


def test_a_negative_limit_is_refused_where_it_was_written() -> None:
    refused = refusal(manifest=json.dumps(pod(["a container - -/-1Gi"])))

    assert refused.where == "documents[0].spec.containers[0].resources.limits.memory"


def test_the_largest_request_is_the_one_whose_product_fits_64_bits() -> None:
    largest = (2**63 - 1) // 1000

    assert adjusted(pod([f"a container - {largest}/-"]), "4Ti") == {"a": 3}
    assert refusal(manifest=json.dumps(pod([f"a container - {largest + 1}/-"]))).code == "oom-request-too-large"


@pytest.mark.parametrize("place", ["requests", "limits"])
def test_other_resources_in_pod_level_are_refused_where_they_stand(place: str) -> None:
    body = pod(["a container"])
    body["spec"]["resources"] = {place: {"ephemeral-storage": "1Gi"}}

    refused = refusal(manifest=json.dumps(body))

    assert refused.code == "api-pod-level"
    assert refused.where == f"documents[0].spec.resources.{place}.ephemeral-storage"


def test_a_pod_may_not_stand_twice() -> None:
    with pytest.raises(Refusal) as refused:
        judged(PAIR[0], PAIR[0])

    assert refused.value.code == "pod-twice"


def test_nothing_pasted_is_refused() -> None:
    assert refusal(manifest="").code == "manifest-empty"
    assert refusal(manifest="kind: Service\n").code == "manifest-kind"


@pytest.mark.parametrize(
    ("typed", "version"),
    [("v1.33.4", "1.33"), ("1.30", "1.30"), (" 1.19 ", "1.19"), ("tie-break", "tie-break")],
)
def test_versions_may_be_written_in_full(typed: str, version: str) -> None:
    assert asked(kubernetes_version=typed).rules.version == version


@pytest.mark.parametrize("typed", ["1.38", "2.0", "latest", "", "1.13"])
def test_unknown_versions_are_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        asked(kubernetes_version=typed)


# --- properties -----------------------------------------------------------------------------------------

sizes = st.sampled_from(["0", "1", "4095", "50Mi", "64Mi", "100Mi", "500M", "1Gi", "1G", "2Gi", "7999999999", "8Gi"])
maybe = sizes | st.just("-")
versions: st.SearchStrategy[Version] = st.sampled_from(["1.19", "1.21", "1.31", "1.33", "1.36", "1.37", "tie-break"])
nodes = st.sampled_from(["123456789", "4Gi", "8000000000", "16Gi", "1Ti", "4Ti"])


@st.composite
def manifests(draw: st.DrawFn) -> dict[str, Any]:
    """A pod that the API server would take: requests never above limits."""
    lines = []
    kinds = draw(st.lists(st.sampled_from(["init", "sidecar", "container", "ephemeral"]), max_size=3))
    for i, kind in enumerate(["container", *kinds]):
        pairs = []
        for _ in range(2):
            request, limit = draw(maybe), draw(maybe)
            pairs.append(f"{request}/{limit}" if fits(request, limit) else f"{limit}/{request}")
        lines.append(f"c{i} {kind}" if kind == "ephemeral" else f"c{i} {kind} {pairs[0]} {pairs[1]}")
    spec: dict[str, Any] = {}
    if draw(st.booleans()):
        spec["pod"] = draw(st.sampled_from(["- -/40Gi", "1/2 40Gi/40Gi", "- 40Gi/-", "1T/1T 64Gi/64Gi", "- -"]))
    spec["priority"] = draw(st.sampled_from([0, 5, 2_000_000_000]))
    return pod(lines, **spec)


def fits(request: str, limit: str) -> bool:
    return "-" in (request, limit) or parse_quantity(request).nano <= parse_quantity(limit).nano


def admitted(body: dict[str, Any], version: Version) -> Pod:
    documents = load_documents(json.dumps(body), field="manifest")
    (found,) = read_pods(pods(documents, field="manifest"))
    return admit(found, find_profile(version), read_cluster(documents))


@given(manifests(), nodes, versions)
@settings(max_examples=200, deadline=None)
def test_values_stay_in_their_ranges(body: dict[str, Any], memory: str, version: Version) -> None:
    outcome = judged(body, node_memory=memory, kubernetes_version=version)
    (entry,) = outcome.pods
    guaranteed = -998 if version == "1.19" else -997

    for found in entry.containers:
        if found.rule in ("critical", "node-critical") or entry.qos_class == "Guaranteed":
            assert found.oom_score_adj == guaranteed
        elif entry.qos_class == "BestEffort":
            assert found.oom_score_adj == 1000
        else:
            assert 1000 + guaranteed <= found.oom_score_adj <= 999


@given(manifests(), nodes, versions)
@settings(max_examples=200, deadline=None)
def test_a_sidecar_is_never_above_the_smallest_regular_container(
    body: dict[str, Any], memory: str, version: Version
) -> None:
    (entry,) = judged(body, node_memory=memory, kubernetes_version=version).pods
    regular = [found for found in entry.containers if found.kind == "container"]

    if find_profile(version).caps_sidecars:
        for found in entry.containers:
            if found.kind == "sidecar":
                assert found.oom_score_adj <= max(inner.oom_score_adj for inner in regular)


@given(manifests(), nodes, versions, st.integers(1, 2**33))
@settings(max_examples=200, deadline=None)
def test_asking_for_more_never_raises_the_value(body: dict[str, Any], memory: str, version: Version, more: int) -> None:
    """Of a Burstable pod without pod-level resources, since a bigger request also changes the others' share."""
    body["spec"].pop("resources", None)
    first = body["spec"]["containers"][0].get("resources", {})
    before = judged(body, node_memory=memory, kubernetes_version=version).pods[0]
    request = before.containers[[c.kind for c in before.containers].index("container")].memory_request or 0
    first["limits"] = {name: text for name, text in first.get("limits", {}).items() if name != "memory"}
    first["requests"] = first.get("requests", {}) | {"memory": str(request + more)}
    body["spec"]["containers"][0]["resources"] = first

    after = judged(body, node_memory=memory, kubernetes_version=version).pods[0]

    if before.qos_class == after.qos_class == "Burstable" and version != "tie-break":
        for one, other in zip(before.containers, after.containers, strict=True):
            if one.kind == "container" and one.name == body["spec"]["containers"][0]["name"]:
                assert other.oom_score_adj <= one.oom_score_adj


@given(manifests(), versions)
@settings(max_examples=150, deadline=None)
def test_filling_in_twice_changes_nothing(body: dict[str, Any], version: Version) -> None:
    once = admitted(body, version)
    spec = json.loads(json.dumps(body["spec"]))
    by_name = {entry.name: entry for entry in once.containers}
    for place in ("initContainers", "containers"):
        for written in spec.get(place, []):
            entry = by_name[written["name"]]
            written["resources"] = {
                "requests": {name: quantity.canonical for name, quantity in entry.requests.items()},
                "limits": {name: quantity.canonical for name, quantity in entry.limits.items()},
            }
    if once.pod_level is not None:
        spec["resources"] = {
            place: {name: quantity.canonical for name, quantity in part.items()}
            for place, part in zip(("requests", "limits"), once.pod_level, strict=True)
        }
    twice = admitted({**body, "spec": spec}, version)

    assert [entry.filled for entry in twice.containers] == [[] for _ in twice.containers]
    assert not twice.filled
    for one, other in zip(once.containers, twice.containers, strict=True):
        assert {name: q.nano for name, q in one.requests.items()} == {
            name: q.nano for name, q in other.requests.items()
        }


@given(st.permutations(range(5)), st.lists(st.integers(0, 2**31), min_size=5, max_size=5))
@settings(max_examples=60, deadline=None)
def test_the_orders_do_not_depend_on_the_order_of_the_manifest(places: list[int], usage: list[int]) -> None:
    pods = [pod([f"a container - {i}Gi/-"], name=f"p{i}", priority=i % 2) for i in range(5)]
    text = "\n".join(f"p{i}/a {amount * 8 + i}" for i, amount in enumerate(usage))

    straight = judged(*pods, usage=text)
    shuffled = judged(*[pods[i] for i in places], usage=text)

    assert [e.pod for e in straight.eviction_order] == [e.pod for e in shuffled.eviction_order]
    if not any(entry.tied for entry in straight.kill_order):
        assert [e.pod for e in straight.kill_order] == [e.pod for e in shuffled.kill_order]


@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=6), st.integers(0, 2**34))
@settings(max_examples=60, deadline=None)
def test_a_replay_kills_no_more_than_it_must(usage: list[int], asks_for: int) -> None:
    pods = [pod(["a container"], name=f"p{i}") for i in range(len(usage))]
    text = "\n".join(f"p{i}/a {amount}" for i, amount in enumerate(usage))

    replay = judged(*pods, usage=text, asks_for=str(asks_for)).replay

    assert replay is not None
    assert replay.free + sum(step.freed for step in replay.steps) == (
        replay.steps[-1].free if replay.steps else replay.free
    )
    assert all(step.missing > 0 for step in replay.steps[:-1])
    assert replay.relieved == (asks_for <= (16 << 30))


@given(st.lists(st.tuples(st.integers(-998, 1000), st.text("abcdefgh-", min_size=1, max_size=40)), max_size=40))
@settings(deadline=None)
def test_labels_on_the_scale_never_overlap(values: list[tuple[int, str]]) -> None:
    scale = draw_scale([(value, name, "Burstable") for value, name in values], 3)
    rows: dict[int, list[tuple[float, float]]] = {}
    for pin in scale.pins:
        text = f"{pin.names} +{pin.more} {pin.value}" if pin.more else f"{pin.names} {pin.value}"
        width = 7.2 * len(text)
        left = {"start": pin.label_x, "mid": pin.label_x - width / 2, "end": pin.label_x - width}[pin.anchor]
        rows.setdefault(pin.label_y, []).append((left, left + width))

    for spans in rows.values():
        spans.sort()
        assert all(one[1] < other[0] for one, other in itertools.pairwise(spans))
    assert all(pin.label_y < scale.axis_y for pin in scale.pins)


@given(
    st.text(alphabet="abkind:Pod {}[]\n-resources1Gi'\"&*", max_size=80),
    st.text(alphabet="ab/ 1Gi\n#_", max_size=30),
)
@settings(max_examples=150, deadline=None)
def test_rubbish_is_answered(manifest: str, usage: str) -> None:
    assert is_said(answer(manifest=manifest))
    assert is_said(answer(usage=usage))
    assert is_said(answer(node_memory=usage[:10], eviction_hard=manifest[:6]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "1Gi", "Always", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "resources", "requests", "limits", "memory", "cpu"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "containers",
                "initContainers",
                "ephemeralContainers",
                "resources",
                "priority",
                "priorityClassName",
                "overhead",
            ]
        ),
        JSON | st.lists(JSON, max_size=2),
        max_size=4,
    ),
    versions,
)
@settings(max_examples=300, deadline=None)
def test_any_spec_is_answered(spec: dict[str, Any], version: Version) -> None:
    body = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "z"}], **spec}}
    answered = answer(manifest=json.dumps(body), kubernetes_version=version)

    assert is_said(answered)
    assert isinstance(answered, Outcome) or answered.line is not None


# --- the form, the pictures, the words --------------------------------------------------------------------

rows = st.lists(
    st.builds(
        ContainerRow,
        st.text(min_size=1, max_size=12).filter(str.strip),
        st.sampled_from(["container", "init", "sidecar"]),
        *[st.sampled_from(["", "1Gi", "500m", "true", "a: b", '"', "1e3", "é"])] * 4,
    ),
    min_size=1,
    max_size=4,
)


@given(rows, st.text(min_size=1, max_size=10).filter(str.strip))
@settings(deadline=None)
def test_the_form_writes_a_manifest_that_reads_back(written: list[ContainerRow], name: str) -> None:
    text = pod_manifest(written, name)

    (document,) = load_documents(text, field="manifest")
    found: dict[str, Any] = document.content["spec"]
    names = [entry["name"] for place in ("initContainers", "containers") for entry in found.get(place) or []]
    assert sorted(names) == sorted(row.name.strip() for row in written)
    assert all(isinstance(entry, str) for entry in names)


def test_the_form_writes_plain_yaml() -> None:
    written = [ContainerRow("app", memory_request="1Gi", memory_limit="2Gi"), ContainerRow("mesh", "sidecar")]

    assert pod_manifest(written, "shop") == (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: shop\nspec:\n  initContainers:\n  - name: mesh\n"
        "    restartPolicy: Always\n  containers:\n  - name: app\n    resources:\n"
        '      requests: {memory: "1Gi"}\n      limits: {memory: "2Gi"}\n'
    )


@pytest.mark.parametrize("example", WIDGET.examples, ids=lambda example: example.name)
def test_the_memory_picture_adds_up(example: Any) -> None:
    memory = run(Inputs(**example.inputs)).memory

    assert memory.segments[0].x == 0
    for one, other in itertools.pairwise(memory.segments):
        assert abs(one.x + one.width - other.x) < 0.03
        assert abs(one.x + one.width / 2 - one.middle) < 0.03
    assert memory.segments[-1].x + memory.segments[-1].width == pytest.approx(100, abs=0.03)
    assert [row.place for row in memory.rows] == sorted(row.place or 99 for row in memory.rows)
    assert all(max(row.used_width, row.request_width) <= 100.01 for row in memory.rows)


def test_every_pod_has_its_place_beside_the_free_end() -> None:
    memory = run(Inputs(**WIDGET.examples[0].inputs)).memory

    assert [(s.kind, s.name) for s in memory.segments] == [
        ("system", ""),
        ("pod", "db"),
        ("pod", ""),  # too small for its name
        ("pod", "web"),
        ("free", ""),
    ]
    assert [s.place for s in memory.segments] == [None, 3, 2, 1, None]
    assert [s.fits for s in memory.segments] == ["wide", "narrow", "wide", "narrow", "narrow"]
    assert [(row.place, row.name, row.usage, row.request, row.exceeds) for row in memory.rows] == [
        (1, "web", "5Gi", "2Gi", True),
        (2, "batch", "300Mi", "0", True),
        (3, "db", "3.8Gi", "4Gi", False),
    ]
    assert (memory.capacity, memory.capacity_x, memory.threshold_x) == ("16Gi", 100, 99.39)
    assert memory.segments[-1].amount == "4.9Gi"


def test_pods_that_tie_share_a_place_in_the_picture() -> None:
    example = next(example for example in WIDGET.examples if example.name == "tie")

    memory = run(Inputs(**example.inputs)).memory

    assert [(row.place, row.tied) for row in memory.rows] == [(1, True), (1, True)]


def test_more_in_use_than_there_is_moves_the_end_of_the_node() -> None:
    memory = judged(pod(["a container"], name="a"), node_memory="2Gi", usage="a/a 4Gi").memory

    assert (memory.capacity_x, [s.kind for s in memory.segments]) == (50, ["pod"])


def test_many_pods_are_drawn_as_a_few() -> None:
    many = [pod(["a container - 100Mi/-"], name=f"p{i}") for i in range(60)]

    outcome = judged(*many)

    assert (len(outcome.memory.rows), outcome.memory.hidden) == (14, 46)
    assert [segment.kind for segment in outcome.memory.segments].count("others") == 1
    assert len(outcome.details) == 20
    assert "note.more-pods" in [note.key for note in outcome.notes]
    assert (len(outcome.tables.kills), outcome.tables.kills_hidden) == (25, 35)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (1023, "1023"),
        (1024, "1Ki"),
        (5 << 30, "5Gi"),
        (int(4.84 * 2**30), "4.8Gi"),
        (-(1 << 20), "−1Mi"),
        (3 << 40, "3Ti"),
    ],
)
def test_sizes_are_written_short(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("count", "text"), [(4 << 30, "4Gi"), (8_000_000_000, "8G"), (7_999_999_999, "7,999,999,999"), (0, "0")]
)
def test_sums_are_written_exactly(count: int, text: str) -> None:
    assert show_bytes(count) == text


def test_the_three_deaths_show_what_kubectl_describe_would() -> None:
    outcome = run(Inputs(**next(e.inputs for e in WIDGET.examples if e.name == "eviction-ignores-class")))
    limit, node, eviction = outcome.deaths

    assert limit.victim.values["container"] == "app"
    assert "OOMKilled" in limit.describe
    assert "Exit Code:    137" in limit.describe
    assert "SystemOOM" in node.describe
    assert "Reason:         Evicted" in eviction.describe
    assert "Container app was using 2300Mi, request is 1Gi, has larger consumption of memory." in eviction.describe
    assert "Threshold quantity: 100Mi, available: 26Mi." in eviction.describe


def test_who_is_nearest_to_its_limit() -> None:
    outcome = run(Inputs(**WIDGET.examples[0].inputs))

    assert [(near.container, near.percent) for near in outcome.near] == [("postgres", 95.2), ("app", 83.3)]


def test_all_critical_pods_means_nobody_is_evicted() -> None:
    outcome = judged(pod(["a container"], priorityClassName="system-node-critical"))

    assert outcome.deaths[2].victim.key == "death.nobody-evicted"


def test_what_kubectl_top_prints_is_read_as_it_is() -> None:
    header = TOP.splitlines()[0].split()

    assert header == ["NAMESPACE", "POD", "NAME", "CPU(cores)", "MEMORY(bytes)"]
    assert asked(manifest=THREE_CLASSES).verdict.key == "verdict.first"


def said_by(outcome: Outcome) -> list[Any]:
    found: list[Any] = [
        outcome.verdict,
        outcome.why,
        *outcome.notes,
        *(death.victim for death in outcome.deaths),
    ]
    found += [outcome.replay_note] if outcome.replay_note else []
    for detail in outcome.details:
        found += [detail.why, *detail.filled, *detail.notes]
        for entry in detail.containers:
            found += [*entry.filled, *(line.say for line in entry.lines)]
    return found


@given(manifests(), nodes, versions)
@settings(max_examples=100, deadline=None)
def test_everything_that_is_said_can_be_said(body: dict[str, Any], memory: str, version: Version) -> None:
    outcome = judged(body, node_memory=memory, kubernetes_version=version)

    for sentence in said_by(outcome):
        for language in LANGUAGES:
            assert WORDS.text(language, sentence.key, **sentence.values)


def test_everything_is_said_in_both_languages() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py") if "test_" not in path.name)
    for key in ("node-memory-zero", "usage-ambiguous", "pod-level-below-containers"):
        assert key in source
    keys = {f"example.{example.name}" for example in WIDGET.examples} | {f"field.{n}" for n in Inputs.model_fields}
    for example in WIDGET.examples:
        outcome = run(Inputs(**example.inputs))
        keys |= {f"node.{amount.key}" for amount in outcome.tables.node}
        keys |= {sentence.key for sentence in said_by(outcome)}
    assert keys <= WORDS.keys()
