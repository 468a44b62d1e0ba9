"""300 Pods and 300 bad manifests: what the API server fills in and decides, and what it refuses in which words."""

import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from app.kube.quantity import parse_quantity
from app.kube.refusal import Refusal
from app.widgets.oom_score.widget import Inputs as OomInputs
from app.widgets.oom_score.widget import run as oom
from app.widgets.rolling_update.widget import Inputs as RolloutInputs
from app.widgets.rolling_update.widget import run as roll_out
from app.widgets.scheduler_pick.widget import Inputs as PickInputs
from app.widgets.scheduler_pick.widget import run as pick
from app.widgets.service_rules.widget import Inputs as ServiceInputs
from app.widgets.service_rules.widget import run as write_rules
from tests.oracle.cases import book
from tests.oracle.cases.manifests import LIMITED, good
from tests.witness.cases import Held, held, unmeant

VERSIONS = ("1.36.3", "1.37.2")
SAYS_WORDS = importlib.util.find_spec("app.kube.validation") is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_pods_get_the_class_and_the_requests_that_the_models_give_them(version: str) -> None:
    program = f"kubernetes-{version}"
    limits = book.read(book.drawn("defaults"))["limit_range"]
    cases = held(program, "defaults")
    differ = {one.name: found for one in cases if (found := "; ".join(default_differs(one, limits, version)))}

    assert list(unmeant(program, "defaults", differ)) == []


@pytest.mark.skipif(not SAYS_WORDS, reason="the rooms do not speak the API server's words yet")
@pytest.mark.parametrize("version", VERSIONS)
def test_bad_manifests_are_refused_in_the_api_servers_words(version: str) -> None:
    program = f"kubernetes-{version}"
    cases = held(program, "refusals")
    differ = {one.name: found for one in cases if (found := "; ".join(refusal_differs(one, version)))}

    assert list(unmeant(program, "refusals", differ)) == []


def default_differs(one: Held, limits: Any, version: str) -> Iterator[str]:
    pod = one.case["pod"]
    objects = [pod, *([limits] if pod["metadata"]["namespace"] == LIMITED else [])]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    said = refused(lambda: oom(OomInputs.model_validate({"manifest": text, "kubernetes_version": version})))
    if "code" in one.answer:
        if said is None:
            yield f"refused: {one.answer['message']}"
        return
    if said is not None:
        yield f"not refused: {said}"
        return
    ours = oom(OomInputs.model_validate({"manifest": text, "kubernetes_version": version})).pods[0]
    if ours.qos_class != one.answer["qosClass"]:
        yield f"class {one.answer['qosClass']}, not {ours.qos_class}"
    if ours.priority != one.answer["spec"].get("priority", 0):
        yield f"priority {one.answer['spec'].get('priority', 0)}, not {ours.priority}"
    if pod["metadata"]["namespace"] != LIMITED:
        stored, mine = (scheduled(each, version) for each in ({**pod, "spec": one.answer["spec"]}, pod))
        if stored != mine:
            yield f"the scheduler reads {stored}, not {mine}"
    parts = (part for key in ("initContainers", "containers") for part in one.answer["spec"].get(key, ()))
    real = {part["name"]: memory(part) for part in parts}
    for container in ours.containers:
        filled = (container.memory_request, container.memory_limit)
        if filled != real[container.name]:
            yield f"{container.name} has memory {real[container.name]}, not {filled}"


def scheduled(pod: Any, version: str) -> object:
    """What the scheduler's room makes of a Pod on a node that has room for it: every number that it reckons with."""
    amounts = {"cpu": "128", "memory": "200Gi", "pods": "110", "ephemeral-storage": "100Gi", "example.com/gpu": "9"}
    node = json.dumps({**good("Node"), "status": {"allocatable": amounts}})
    minor = version.rpartition(".")[0]
    ours = pick(PickInputs(pod=json.dumps(pod), nodes=node, pods="", kubernetes_version=minor))
    return ours.details, [(each.reasons, each.scores) for each in ours.nodes]


def memory(container: Any) -> tuple[int | None, int | None]:
    resources = container.get("resources", {})
    texts = (resources.get(key, {}).get("memory") for key in ("requests", "limits"))
    request, limit = (None if text is None else -(-parse_quantity(text).nano // 10**9) for text in texts)
    return request, limit


def rooms(manifest: Any, version: str) -> Mapping[str, Callable[[], object]]:
    """The rooms that read a manifest of this kind."""
    text, minor = json.dumps(manifest), version.rpartition(".")[0]
    pod, service = json.dumps(good("Pod")), json.dumps(good("Service"))
    node = json.dumps(good("Node"))
    found: Mapping[str, Mapping[str, Callable[[], object]]] = {
        "Pod": {
            "oom-score": lambda: oom(OomInputs.model_validate({"manifest": text, "kubernetes_version": version})),
            "scheduler-pick": lambda: pick(PickInputs(pod=text, nodes=node, pods="", kubernetes_version=minor)),
        },
        "Node": {"scheduler-pick": lambda: pick(PickInputs(pod=pod, nodes=text, pods="", kubernetes_version=minor))},
        "Deployment": {"rolling-update": lambda: roll_out(RolloutInputs(manifest=text))},
        "DaemonSet": {"rolling-update": lambda: roll_out(RolloutInputs(manifest=text))},
        "StatefulSet": {"rolling-update": lambda: roll_out(RolloutInputs(manifest=text))},
        "Service": {"service-rules": lambda: write_rules(ServiceInputs(service=text))},
        "EndpointSlice": {"service-rules": lambda: write_rules(ServiceInputs(service=service, endpoints=text))},
    }
    return found[manifest["kind"]]


def refusal_differs(one: Held, version: str) -> Iterator[str]:
    """Each room that reads such a manifest refuses what the API server refuses, with the first thing that it says."""
    real = one.answer
    causes = [f"{field}: {message}" for field, message in real.get("causes", ())]
    for room, run in rooms(one.case["manifest"], version).items():
        said = refused(run)
        if real["code"] < 300:
            if said is not None:
                yield f"{room}: taken, not refused ({said})"
        elif said is None:
            yield f"{room}: refused ({real['message']}), not taken"
        elif real["code"] == 422 and said not in causes:
            yield f"{room}: says {causes or real['message']}, not {said!r}"


def refused(run: Callable[[], object]) -> str | None:
    try:
        run()
    except Refusal as refusal:
        return str(refusal.values.get("said", refusal))
    return None
