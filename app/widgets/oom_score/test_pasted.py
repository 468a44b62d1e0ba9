"""What people paste of real clusters: read as it is, one node at a time; what the API server refuses is refused."""
# ruff: noqa: E501  A situation stands on one line, so that the tables can be read as tables.

import json
from typing import Any

import pytest

from app.kube.refusal import Refusal
from app.widgets.oom_score.widget import Inputs, Outcome, run


def ask(manifest: str, **inputs: Any) -> Outcome:
    return run(Inputs(manifest=manifest, **{"node_memory": "16Gi", **inputs}))


def refusal(manifest: str, **inputs: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        ask(manifest, **inputs)
    return refused.value


def mill(resources: str) -> str:
    return f"kind: Pod\nmetadata: {{name: mill}}\nspec: {{containers: [{{name: wheel, resources: {resources}}}]}}\n"


def pod(name: str, node: str = "", phase: str = "Running", **more: Any) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"name": name, **more},
        "spec": {"nodeName": node, "containers": [{"name": name}]},
        "status": {"phase": phase},
    }


def listed(*items: dict[str, Any]) -> str:
    return json.dumps({"kind": "List", "items": items})


def left_out(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one.name, one.reason) for one in outcome.passed_over]


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        # kubernetes/kubernetes#63838, tensorchord/envd-server#104 and their like; v1.36.3 validation.
        ("{limits: {hugepages-2Mi: 64Mi}}", "HugePages require cpu or memory"),
        ("{limits: {hugepages-2Mi: 3Mi, memory: 1Gi}}", "3Mi is not positive integer multiple of hugepages-2Mi"),
        ("{requests: {example.com/wheel: 1}}", "Limit must be set for non overcommitable resources"),
        ("{limits: {example.com/wheel: 500m}}", "must be an integer"),
        ("{requests: {example.com/wheel: 1}, limits: {example.com/wheel: 2}}", "must be equal to example.com/wheel limit of 2"),
        ("{requests: {memory: 2Gi}, limits: {memory: 1Gi}}", "must be less than or equal to memory limit of 1Gi"),
        ("{limits: {gpu: 1}}", "must be a standard resource type or fully qualified"),
        ("{limits: {memory: -1Gi}}", "must be greater than or equal to 0"),
        ("{limits: {memory: 1,5Gi}}", "must be a standard resource type or fully qualified"),
    ],
)  # fmt: skip
def test_what_the_api_server_refuses_is_refused_in_its_words(resources: str, said: str) -> None:
    refused = refusal(mill(resources))

    assert refused.code.startswith("api-")
    assert said in refused.values["said"]


def test_a_decimal_comma_is_no_quantity() -> None:
    assert refusal(mill('{limits: {memory: "1,5Gi"}}')).code == "quantity-meant"


def test_a_debugged_pod_is_read() -> None:
    """Every `kubectl debug`ged pod prints `resources: {}` of the ephemeral container."""
    outcome = ask(
        "kind: Pod\nmetadata: {name: mill}\nspec:\n  containers:\n"
        "  - {name: wheel, resources: {requests: {memory: 1Gi}}}\n"
        "  ephemeralContainers:\n  - {name: debugger-7x2, image: busybox, resources: {}}\n"
    )

    assert outcome.pods[0].qos_class == "Burstable"
    assert [(c.name, c.kind, c.oom_score_adj) for c in outcome.pods[0].containers] == [
        ("wheel", "container", 938),
        ("debugger-7x2", "ephemeral", 999),
    ]


def test_one_node_is_shown_at_a_time() -> None:
    text = listed(
        pod("a", "n1"),
        pod("b", "n2"),
        pod("c", "n2"),
        pod("d", "n2"),
        pod("waits", phase="Pending"),
        pod("pulls", "n1", "Pending"),
    )

    most, other = ask(text), ask(text, node="n1")

    assert (most.on_node, [p.name for p in most.pods]) == ("n2", ["b", "c", "d"])
    assert left_out(most) == [("waits", "pending"), ("a", "other-node"), ("pulls", "other-node")]
    assert [p.name for p in other.pods] == ["a", "pulls"]
    assert {c.pod for c in other.kill_order} == {e.pod for e in other.eviction_order} == {"a", "pulls"}
    assert [note.key for note in most.notes][:1] == ["note.one-node"]


def test_a_node_without_pods_here_is_refused_with_the_names_of_those_that_have_some() -> None:
    refused = refusal(listed(pod("a", "n1"), pod("b", "n2")), node="n3")

    assert (refused.code, refused.field, refused.values["names"]) == ("oom-node", "node", "n1, n2")


def test_the_usage_of_other_nodes_is_neither_counted_nor_unknown() -> None:
    text = listed(pod("a", "n1"), pod("c", "n1"), pod("b", "n2"))

    outcome = ask(text, usage="default/a/a 1Gi\ndefault/b/b 5Gi\n")

    assert outcome.node.pods_used == 1 << 30
    assert "note.unknown-usage" not in [note.key for note in outcome.notes]


def test_usage_is_read_with_the_prompt_and_the_colours_around_it() -> None:
    usage = "$ kubectl top pods\n\x1b[1mNAME   CPU(cores)   MEMORY(bytes)\x1b[0m\na      1m           1Gi\n$ \n"

    assert ask(listed(pod("a", "n1")), usage=usage).node.pods_used == 1 << 30


def test_other_tables_are_no_usage() -> None:
    refused = refusal(
        listed(pod("a", "n1")),
        usage="NAME   READY   STATUS    RESTARTS   AGE\na      1/1     Running   0          5m\n",
    )

    assert (refused.code, refused.field, refused.values["printed_by"]) == ("paste-printed", "usage", "kubectl get pods")


def test_what_has_ended_and_what_wants_no_replicas_does_not_run() -> None:
    template = {"spec": {"containers": [{"name": "x"}]}}
    none = {"kind": "Deployment", "metadata": {"name": "idle"}, "spec": {"replicas": 0, "template": template}}
    done = {**none, "kind": "Job", "metadata": {"name": "job"}, "status": {"completionTime": "2026-11-26T10:00:00Z"}}
    done["spec"] = {"template": template}

    outcome = ask(
        listed(pod("runs", "n1"), pod("ended", "n1", "Succeeded"), pod("evicted", "n1", "Failed"), none, done)
    )

    assert [p.name for p in outcome.pods] == ["runs"]
    assert left_out(outcome) == [
        ("ended", "finished"),
        ("evicted", "finished"),
        ("idle", "no-replicas"),
        ("job", "finished"),
    ]


def test_controllers_are_left_out_where_their_pods_are_listed() -> None:
    """As `kubectl get all -o yaml` prints them: a Pod, its ReplicaSet and its Deployment are one Pod."""
    template = {"spec": {"containers": [{"name": "x"}]}}
    of_set, of_deployment = {"kind": "ReplicaSet", "name": "web-1"}, {"kind": "Deployment", "name": "web"}
    deployment = {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": template}}
    owned = {
        "kind": "ReplicaSet",
        "metadata": {"name": "web-1", "ownerReferences": [of_deployment]},
        "spec": {"template": template},
    }

    outcome = ask(listed(pod("web-1-x", "n1", ownerReferences=[of_set]), deployment, owned))

    assert [p.name for p in outcome.pods] == ["web-1-x"]
    assert left_out(outcome) == [("web", "its-pods"), ("web-1", "its-pods")]


def test_replicas_are_said() -> None:
    template = {"spec": {"containers": [{"name": "x"}]}}
    two = {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2, "template": template}}

    outcome = ask(json.dumps(two))

    assert outcome.pods[0].replicas == 2
    assert [note.key for note in outcome.details[0].notes] == ["note.replicas"]


def test_when_nothing_runs_that_is_said() -> None:
    refused = refusal(listed(pod("ended", "n1", "Succeeded"), pod("waits", phase="Pending")))

    assert (refused.code, refused.values["count"]) == ("oom-nobody", 2)


def test_eviction_looks_at_use_above_request_and_not_at_the_class() -> None:
    """kubernetes/kubernetes#105270."""
    text = (
        "kind: Pod\nmetadata: {name: even}\nspec: {containers: [{name: a, resources: {limits: {memory: 13Gi, cpu: 300m}}}]}\n---\n"
        "kind: Pod\nmetadata: {name: some}\nspec: {containers: [{name: a, resources: {requests: {memory: 10Mi}}}]}\n---\n"
        "kind: Pod\nmetadata: {name: none}\nspec: {containers: [{name: a}]}\n"
    )

    outcome = ask(text, node_memory="32Gi", usage="default/even/a 12Gi\ndefault/some/a 12Gi\ndefault/none/a 12Gi")

    assert [evictee.pod for evictee in outcome.eviction_order] == ["none", "some", "even"]


def test_thousandths_of_a_byte_are_rounded_up() -> None:
    """kubernetes/kubernetes#79950."""
    assert ask(mill("{requests: {memory: 128m}}")).pods[0].containers[0].memory_request == 1


@pytest.mark.parametrize(
    ("text", "printed_by"),
    [
        ("Name:         mill\nNamespace:    default\nQoS Class:    BestEffort\n", "kubectl describe pod"),
        ("NAME   READY   STATUS    RESTARTS   AGE\nmill   1/1     Running   0          5m\n", "kubectl get pods"),
        ("NAME   CPU(cores)   MEMORY(bytes)\nmill   1m           20Mi\n", "kubectl top pods"),
    ],
)
def test_what_kubectl_prints_for_people_is_named(text: str, printed_by: str) -> None:
    refused = refusal(text)

    assert (refused.code, refused.values["printed_by"]) == ("paste-printed", printed_by)
    assert refused.values["wanted"] == "kubectl get pods -A -o yaml"


def test_a_template_is_named_where_its_value_stands() -> None:
    refused = refusal(mill('{limits: {memory: "{{ .Values.memory }}"}}'))

    assert (refused.code, refused.line) == ("paste-helm", 3)


@pytest.mark.parametrize(
    ("allocated", "version", "value", "over"),
    [("1Gi", "1.37", 938, True), ("2Gi", "1.37", 875, False), ("1Gi", "1.32", 875, False)],
)
def test_what_the_kubelet_has_set_aside_counts_while_a_resize_waits(
    allocated: str, version: str, value: int, over: bool
) -> None:
    """pkg/kubelet/kubelet.go: pods are synced, and ranked for eviction, as they are allocated (v1.37.2)."""
    spec = {"nodeName": "n1", "containers": [{"name": "a", "resources": {"requests": {"memory": "2Gi"}}}]}
    conditions = [{"type": "PodResizePending", "status": "True", "reason": "Deferred"}]
    status = {
        "phase": "Running",
        "conditions": conditions,
        "containerStatuses": [{"name": "a", "allocatedResources": {"memory": allocated}}],
    }

    outcome = ask(
        listed({**pod("mill"), "spec": spec, "status": status}), usage="mill/a 1500Mi", kubernetes_version=version
    )

    (container,) = outcome.pods[0].containers
    assert (container.oom_score_adj, outcome.eviction_order[0].exceeds_request) == (value, over)
    assert outcome.pods[0].qos_class == "Burstable"


@pytest.mark.parametrize(
    ("more", "spec", "said"),
    [
        ("", "restartPolicy: Never, ", 'Unsupported value: "Never": supported values: "Always"'),
        ("selector: {matchLabels: {a: c}}, ", "", "`selector` does not match template `labels`"),
        ("replicas: -1, ", "", "must be greater than or equal to 0"),
        ("updateStrategy: {type: OnDelete}, ", "", 'unknown field "spec.updateStrategy"'),
        ("", "", ""),
        ("selector: {matchLabels: {a: b}}, ", "", ""),
    ],
)
def test_a_workload_that_contradicts_itself_is_refused(more: str, spec: str, said: str) -> None:
    """One without a selector is read: the sums do not depend on it."""
    probe = "livenessProbe: {httpGet: {port: http}}"
    template = f"{{metadata: {{labels: {{a: b}}}}, spec: {{{spec}containers: [{{name: a, image: b, {probe}}}]}}}}"
    text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{{more}template: {template}}}\n"

    if said:
        assert said in refusal(text).values["said"]
    else:
        assert ask(text).pods[0].qos_class == "BestEffort"


@pytest.mark.parametrize("kind", ["VirtualMachine", "VirtualMachineInstance"])
def test_a_virtual_machine_is_said_to_be_no_pod(kind: str) -> None:
    refused = refusal(f"kind: {kind}\nmetadata: {{name: mill}}\nspec: {{template: {{spec: {{domain: {{}}}}}}}}\n")

    assert (refused.code, refused.values["kind"]) == ("manifest-machine", kind)
