"""The routing room against the real thing: `amtool config routes test` on random trees and random alerts.

amtool comes with Debian's package prometheus-alertmanager (0.25 in bookworm); `make amtool` unpacks it beside this
Python. It knows the classic parser only, so the matchers here are written in a way that both of Alertmanager's parsers
read alike.
"""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.kube.refusal import Refusal
from app.widgets.alert_routing.widget import Inputs, run

AMTOOL = shutil.which("amtool", path=os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)]))
pytestmark = pytest.mark.skipif(
    AMTOOL is None, reason="amtool is neither on the PATH nor in .venv/bin; `make amtool` fetches it from Debian"
)

TREES, ALERTS = 40, 3
NAMES = ("team", "env", "job", "x")
VALUES = ("a", "b", "ab", "A", "a b", 'say "hi"', "é")
EXPRESSIONS = ("a", "a|b", ".*", ".+", "a.?", "(?i)A", "[ab]+", "^a$", "", "a b", "\\\\w", "é|x")


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(AMTOOL), *arguments], capture_output=True, text=True, timeout=30, check=False)


def random_tree(luck: random.Random, depth: int = 0) -> dict[str, Any]:
    route: dict[str, Any] = {}
    if luck.random() < 0.7:
        route["receiver"] = f"r{luck.randrange(9)}"
    if depth:
        route["continue"] = luck.random() < 0.4
        for _ in range(luck.choice((0, 1, 1, 1, 2))):
            _add_condition(luck, route)
    else:
        route["receiver"] = "root"
    for name in ("group_wait", "group_interval", "repeat_interval"):
        if luck.random() < 0.2:
            route[name] = luck.choice(("1s", "90s", "1h30m", "2d"))
    if luck.random() < 0.3:
        route["group_by"] = luck.choice(([], ["..."], ["team", "job"], ["alertname"]))
    if depth < 4:
        route["routes"] = [random_tree(luck, depth + 1) for _ in range(luck.choice((0, 1, 2, 3)))]
    return route


def _add_condition(luck: random.Random, route: dict[str, Any]) -> None:
    name, way = luck.choice(NAMES), luck.choice(("matchers", "matchers", "match", "match_re"))
    if way == "matchers":
        operator = luck.choice(("=", "!=", "=~", "!~"))
        value = luck.choice(EXPRESSIONS if "~" in operator else (*VALUES, ""))
        quoted = value.replace('"', '\\"')
        route.setdefault("matchers", []).append(f'{name}{operator}"{quoted}"')
    else:
        route.setdefault(way, {})[name] = luck.choice(VALUES if way == "match" else EXPRESSIONS[:8])


def written(tree: dict[str, Any]) -> str:
    names = ["root", *(f"r{number}" for number in range(9))]
    return json.dumps({"route": tree, "receivers": [{"name": name} for name in names]})


@pytest.mark.parametrize("seed", range(TREES))
def test_receivers_are_those_of_amtool(seed: int, tmp_path: Path) -> None:
    luck = random.Random(seed)
    config = written(random_tree(luck))
    path = tmp_path / "alertmanager.yml"
    path.write_text(config)

    for _ in range(ALERTS):
        labels = {"alertname": "X"} | {name: luck.choice(VALUES) for name in NAMES if luck.random() < 0.6}
        arguments = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items()]
        answer = amtool("config", "routes", "test", f"--config.file={path}", *arguments)

        assert answer.returncode == 0, answer.stderr
        outcome = run(Inputs(config=config, labels=json.dumps(labels)))
        assert [match.receiver for match in outcome.matches] == answer.stdout.strip().split(","), (labels, config)
        pasted = run(Inputs(config=config, labels=" ".join(arguments)))
        assert pasted.matches == outcome.matches, arguments


SPOILED = (
    {"receiver": "nobody"},
    {"receiver": ""},
    {"receiver": "root", "continue": True},
    {"receiver": "root", "matchers": ['a="b"']},
    {"receiver": "root", "group_by": ["a", "a"]},
    {"receiver": "root", "group_by": ["...", "a"]},
    {"receiver": "root", "group_interval": "0s"},
    {"receiver": "root", "repeat_interval": "0s"},
    {"receiver": "root", "group_wait": "5"},
    {"receiver": "root", "group_wait": "1m1h"},
    {"receiver": "root", "routes": [{"matchers": ["a"]}]},
    {"receiver": "root", "routes": [{"matchers": ['a=~"("']}]},
    {"receiver": "root", "routes": [{"matchers": ['a="b']}]},
    {"receiver": "root", "routes": [{"match_re": {"a": "(?=b)"}}]},
    {"receiver": "root", "routes": [{"match": {"a-b": "c"}}]},
    {"receiver": "root", "routes": [{"reciever": "root"}]},
    {"receiver": "root", "routes": [{"mute_time_intervals": ["night"]}]},
    {"receiver": "root", "routes": [{"continue": "true"}]},
)


@pytest.mark.parametrize("tree", SPOILED, ids=[json.dumps(tree)[:60] for tree in SPOILED])
def test_what_amtool_refuses_is_refused(tree: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    path.write_text(written(tree))

    answer = amtool("check-config", str(path))

    assert answer.returncode != 0, answer.stdout
    with pytest.raises(Refusal):
        run(Inputs(config=written(tree)))
