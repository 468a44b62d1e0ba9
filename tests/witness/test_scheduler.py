"""400 random clusters, 100 of them crowded: the node that was taken, every score, or the words of FailedScheduling."""

import json
from typing import Any

import pytest

from app.widgets.scheduler_pick.model import WEIGHTS
from app.widgets.scheduler_pick.widget import Inputs, Outcome, run
from tests.oracle.cases.scheduler import PARTS, PROFILES
from tests.witness.cases import Held, held, unmeant

VERSIONS = ("1.36.3", "1.37.2")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_scheduler_does_what_the_model_does(version: str, part: str) -> None:
    program = f"kubernetes-{version}"
    differ = {one.name: found for one in held(program, part) if (found := difference(one, version))}

    assert list(unmeant(program, part, differ)) == []


def difference(one: Held, version: str) -> str:
    """What our model answers otherwise; empty when nothing."""
    return "; ".join(compare(ask(one.case, version), one.answer))


def ask(case: Any, version: str) -> Outcome:
    strategy, resources, shape = PROFILES[case["pod"]["spec"]["schedulerName"]]
    return run(
        Inputs.model_validate(
            {
                "pod": json.dumps(case["pod"]),
                "nodes": _list(case["nodes"]),
                "pods": _list(case["bound"]),
                "strategy": strategy,
                "resources": resources,
                "shape": shape,
                "kubernetes_version": version.rpartition(".")[0],
            }
        )
    )


def _list(items: Any) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def compare(ours: Outcome, real: Any) -> list[str]:
    found = []
    if ours.message != real.get("message", ""):
        found.append(f"message “{real.get('message', '')}”, not “{ours.message}”")
    if "node" in real:
        if real["node"] not in ours.chosen:
            found.append(f"took {real['node']}, not one of {list(ours.chosen)}")
        if ours.feasible != real["feasible"]:
            found.append(f"{real['feasible']} feasible, not {ours.feasible}")
    by_name = {node.name: node for node in ours.nodes}
    for name, scores in real.get("scores", {}).items():
        node = by_name[name]
        mine = {plugin: node.scores[plugin].score * node.scores[plugin].weight for plugin in WEIGHTS if node.scores}
        mine["total"] = node.total or 0
        for plugin, score in scores.items():
            if mine.get(plugin, 0) != score:
                found.append(f"{name} {plugin} {score}, not {mine.get(plugin, 0)}")
        for plugin, score in mine.items():
            if plugin not in scores and score:
                found.append(f"{name} {plugin} not scored, not {score}")
    return found
