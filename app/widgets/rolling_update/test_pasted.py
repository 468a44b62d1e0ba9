"""Files as people have them: a Deployment among other kinds, under an autoscaler, or another controller's rollout."""
# ruff: noqa: E501  A situation stands on one line, so that the tables can be read as tables.

import json
from typing import Any

import pytest

from app.kube.refusal import Refusal
from app.widgets.rolling_update.reading import read_deployment, read_manifest
from app.widgets.rolling_update.widget import Inputs, Outcome, run

TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "b"}]}}


def ask(*items: dict[str, Any], **inputs: Any) -> Outcome:
    return run(Inputs(manifest="\n---\n".join(map(json.dumps, items)), **inputs))


def made(kind: str = "Deployment", name: str = "a", **spec: Any) -> dict[str, Any]:
    body = {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": body}


def scaler(least: int, most: int, name: str = "a") -> dict[str, Any]:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": name}, "minReplicas": least, "maxReplicas": most}
    return {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}, "spec": spec}


def keys(outcome: Outcome) -> list[str]:
    return [note.key for note in outcome.notes]


@pytest.mark.parametrize(
    ("replicas", "posts", "most", "worst"),
    [
        (15, {}, 22, 30),  # kubernetes/kubernetes#95498
        (10, {}, 15, 20),
        (3, {}, 5, 6),
        (3, {"maxSurge": 0, "maxUnavailable": 1}, 4, 6),
        (4, {"maxSurge": "100%", "maxUnavailable": 0}, 8, 8),
    ],
)
def test_pods_that_are_terminating_run_besides(replicas: int, posts: dict[str, Any], most: int, worst: int) -> None:
    """The controller counts spec.replicas of its ReplicaSets, in which no terminating Pod is."""
    outcome = ask(made(replicas=replicas, strategy={"rollingUpdate": posts}))

    assert (outcome.max_running, outcome.max_running_at_worst) == (most, worst)
    assert outcome.highest <= outcome.max_running <= outcome.max_running_at_worst
    assert ("note.terminating" in keys(outcome)) == (outcome.max_running > outcome.highest)


@pytest.mark.parametrize(
    ("text", "replicas"),
    [
        ("strategy:\n  rollingUpdate: {maxSurge: 1, maxUnavailable: 0}\n", 7),
        ("  strategy:\n    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}\n  template: {}\n", 7),
        ("spec:\n  replicas: 4\n  strategy:\n    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}\n", 4),
        (
            "@@ -6,4 +6,4 @@ metadata:\n spec:\n   strategy:\n     rollingUpdate:\n-      maxSurge: 0\n-      maxUnavailable: 20%\n+      maxSurge: 1\n+      maxUnavailable: 0\n",
            7,
        ),
    ],
)
def test_a_few_lines_out_of_a_deployment_are_enough(text: str, replicas: int) -> None:
    outcome = run(Inputs(manifest=text, replicas=7))

    assert (outcome.replicas, outcome.surge, outcome.unavailable) == (replicas, 1, 0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("updateStrategy: {type: RollingUpdate}\n", "manifest-no-kind"),
        ("strategy:\n  rollingUpdate: {maxSurge: 0, maxUnavailable: 0}\n", "api-both-zero"),
    ],
)
def test_a_few_lines_are_held_to_the_same_rules(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        run(Inputs(manifest=text))

    assert refused.value.code == code
    assert refused.value.line in (None, 1)


def test_recreate_waits_for_what_is_terminating() -> None:
    assert ask(made(replicas=3, strategy={"type": "Recreate"})).max_running == 3


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"minReadySeconds": 600}, "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"),
        ({"selector": {"matchLabels": {"a": "c"}}}, "`selector` does not match template `labels`"),
        ({"selector": None}, "spec.selector: Required value"),
        ({"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}, "may not be 0 when `maxSurge` is 0"),
        ({"strategy": {"rollingUpdate": {"maxSurge": "0%", "maxUnavailable": "0%"}}}, "may not be 0 when `maxSurge` is 0"),
        ({"strategy": {"rollingUpdate": {"maxSurge": "1"}}}, "a valid percent string must be a numeric string"),
    ],
)  # fmt: skip
def test_what_the_api_server_refuses_is_refused_in_its_words(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(made(**spec))

    assert said in refused.value.values["said"]


def test_what_was_not_written_is_said() -> None:
    outcome = ask(made(replicas=4))

    assert [(one.field, one.value) for one in outcome.filled] == [
        ("spec.strategy.type", "RollingUpdate"),
        ("spec.strategy.rollingUpdate.maxUnavailable", "25%"),
        ("spec.strategy.rollingUpdate.maxSurge", "25%"),
        ("spec.progressDeadlineSeconds", "600"),
    ]


def test_the_deployment_of_a_file_is_read_and_the_rest_named() -> None:
    service = {"kind": "Service", "metadata": {"name": "s"}}

    outcome = ask(service, made("StatefulSet", "db"), made(replicas=3), made(name="other"))

    assert (outcome.kind, outcome.replicas) == ("Deployment", 3)
    assert [(one.kind, one.name, one.reason) for one in outcome.passed_over] == [
        ("Service", "s", "other-kind"),
        ("Deployment", "other", "one-is-enough"),
        ("StatefulSet", "db", "one-is-enough"),
    ]


def test_an_autoscaler_of_the_deployment_is_taken_into_account() -> None:
    written, unwritten = ask(made(replicas=3), scaler(4, 40)), ask(made(), scaler(4, 40))

    assert written.autoscaler is not None
    assert (written.autoscaler.least, written.autoscaler.most) == (4, 40)
    assert "note.autoscaler.written" in keys(written)
    assert "note.autoscaler.unwritten" in keys(unwritten)
    values = next(note.values for note in written.notes if note.key == "note.autoscaler.written")
    assert (values["least_surge"], values["most_surge"], values["most_unavailable"]) == (1, 10, 10)
    assert ask(made(), scaler(1, 2, "other")).autoscaler is None


# pkg/controller/daemon/update.go and pkg/controller/statefulset/stateful_set_control.go, v1.37.2.
@pytest.mark.parametrize(
    ("kind", "spec", "inputs", "path"),
    [
        ("DaemonSet", {}, {"replicas": 3}, "3/0 2/0 2/1 1/1 1/2 0/2 0/3"),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "34%"}}}, {"replicas": 3}, "3/0 1/0 1/2 0/2 0/3"),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}}, {"replicas": 3}, "3/0 3/2 1/2 1/3 0/3"),
        ("DaemonSet", {}, {"replicas": 3, "image_ok": False}, "3/0 2/0 2/1"),
        ("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, {"replicas": 3}, "3/0"),
        ("StatefulSet", {"replicas": 2}, {}, "2/0 1/0 1/1 0/1 0/2"),
        ("StatefulSet", {"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}}, {}, "3/0 2/0 2/1"),
        ("StatefulSet", {"replicas": 4, "updateStrategy": {"rollingUpdate": {"maxUnavailable": "50%"}}}, {}, "4/0 2/0 2/2 0/2 0/4"),
        ("StatefulSet", {"replicas": 4, "updateStrategy": {"rollingUpdate": {"maxUnavailable": "10%"}}}, {"image_ok": False}, "4/0 3/0 3/1"),
    ],
)  # fmt: skip
def test_other_controllers_replace_pods_where_they_are(
    kind: str, spec: dict[str, Any], inputs: dict[str, Any], path: str
) -> None:
    outcome = ask(made(kind, **spec), **inputs)

    sizes = [f"{frame.old}/{frame.new}" for frame in outcome.frames]
    assert " ".join(size for i, size in enumerate(sizes) if i == 0 or size != sizes[i - 1]) == path
    assert outcome.kind == kind
    assert all(frame.available >= frame.min_available for frame in outcome.frames)


@pytest.mark.parametrize(
    ("text", "printed_by"),
    [
        (
            "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nmill   3/3     3            3           5d\n",
            "kubectl get deployments",
        ),
        ("Name:  mill\nNamespace:  default\nStrategyType:  RollingUpdate\n", "kubectl describe deployment"),
    ],
)
def test_what_kubectl_prints_for_people_is_named(text: str, printed_by: str) -> None:
    with pytest.raises(Refusal) as refused:
        run(Inputs(manifest=text))

    assert refused.value.values["printed_by"] == printed_by
    assert refused.value.values["wanted"] == "kubectl get deployment NAME -o yaml"


DESCRIBED = """Name:                   mill
Namespace:              grain
Replicas:               8 desired | 8 updated | 8 total | 8 available | 0 unavailable
StrategyType:           {strategy}
MinReadySeconds:        0
{rolling}Conditions:
  Type           Status   Reason
  ----           ------   ------
  Progressing    {progress}
"""


@pytest.mark.parametrize(
    ("strategy", "rolling", "progress", "expected"),
    [
        ("RollingUpdate", "RollingUpdateStrategy:  1 max unavailable, 50% max surge\n", "True     NewReplicaSetAvailable", (8, "1", "50%", False)),
        ("RollingUpdate", "RollingUpdateStrategy:  25% max unavailable, 25% max surge\n", "Unknown  DeploymentPaused", (8, "25%", "25%", True)),
        ("Recreate", "", "True     NewReplicaSetAvailable", (8, "25%", "25%", False)),
    ],
)  # fmt: skip
def test_a_description_of_a_deployment_is_read(strategy: str, rolling: str, progress: str, expected: Any) -> None:
    text = "$ kubectl describe deployment mill\n" + DESCRIBED.format(
        strategy=strategy, rolling=rolling, progress=progress
    )

    read = read_deployment(read_manifest(text, 1))

    posts = read.posts
    assert (read.replicas, str(posts.max_unavailable), str(posts.max_surge), read.paused) == expected
    assert (read.name, read.strategy) == ("mill", strategy)


def test_a_description_that_was_cut_is_refused_by_its_name() -> None:
    with pytest.raises(Refusal) as refused:
        read_manifest(DESCRIBED.format(strategy="RollingUpdate", rolling="", progress="True  x"), 1)

    assert refused.value.code == "paste-printed"
