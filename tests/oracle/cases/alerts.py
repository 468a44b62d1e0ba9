"""Random routing trees and inhibition rules through amtool and Alertmanager's own packages."""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.oracle.cases import book
from tests.oracle.record import BUILT

SEED, TREES, RULES, ALERTS = 20261129, 100, 100, 5
VERSION = "0.35.0"
NAMES = ("team", "env", "job", "x")
VALUES = ("a", "b", "ab", "A", "a b", 'say "hi"', "é", "1")
EXPRESSIONS = ("a", "a|b", ".*", ".+", "a.?", "(?i)A", "[ab]+", "^a$", "", "a b", "\\\\w", "é|x", "b|", "(a|b)b?")
SPOILED: tuple[Mapping[str, Any], ...] = (
    {"receiver": "nobody"},
    {"receiver": ""},
    {"receiver": "root", "continue": True},
    {"receiver": "root", "matchers": ['a="b"']},
    {"receiver": "root", "match": {"a": "b"}},
    {"receiver": "root", "group_by": ["a", "a"]},
    {"receiver": "root", "group_by": ["...", "a"]},
    {"receiver": "root", "group_by": [""]},
    {"receiver": "root", "group_interval": "0s"},
    {"receiver": "root", "repeat_interval": "0s"},
    {"receiver": "root", "group_wait": "5"},
    {"receiver": "root", "group_wait": "1m1h"},
    {"receiver": "root", "group_wait": "-1s"},
    {"receiver": "root", "group_wait": 5},
    {"receiver": "root", "routes": [{"matchers": ["a"]}]},
    {"receiver": "root", "routes": [{"matchers": ['a=~"("']}]},
    {"receiver": "root", "routes": [{"matchers": ['a="b']}]},
    {"receiver": "root", "routes": [{"matchers": 'a="b"'}]},
    {"receiver": "root", "routes": [{"match_re": {"a": "(?=b)"}}]},
    {"receiver": "root", "routes": [{"match": {"a-b": "c"}}]},
    {"receiver": "root", "routes": [{"reciever": "root"}]},
    {"receiver": "root", "routes": [{"mute_time_intervals": ["night"]}]},
    {"receiver": "root", "routes": [{"continue": "true"}]},
    {"receiver": "root", "routes": [{"receiver": "nobody"}]},
)


def written(tree: Mapping[str, Any], rules: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    names = ["root", *(f"r{number}" for number in range(9))]
    told: dict[str, Any] = {"route": tree, "receivers": [{"name": name} for name in names]}
    return {**told, "inhibit_rules": list(rules)} if rules else told


def random_tree(luck: random.Random, depth: int = 0) -> dict[str, Any]:
    route: dict[str, Any] = {}
    if luck.random() < 0.7:
        route["receiver"] = f"r{luck.randrange(9)}"
    if depth:
        route["continue"] = luck.random() < 0.4
        for _ in range(luck.choice((0, 1, 1, 1, 2))):
            add_condition(luck, route, "")
    else:
        route["receiver"] = "root"
    for name in ("group_wait", "group_interval", "repeat_interval"):
        if luck.random() < 0.2:
            route[name] = luck.choice(("1s", "90s", "1h30m", "2d", "0s" if name == "group_wait" else "1500ms"))
    if luck.random() < 0.3:
        route["group_by"] = luck.choice(([], ["..."], ["team", "job"], ["alertname"]))
    if depth < 4:
        route["routes"] = [random_tree(luck, depth + 1) for _ in range(luck.choice((0, 1, 2, 3)))]
    return route


def add_condition(luck: random.Random, part: dict[str, Any], side: str) -> None:
    name, way = luck.choice(NAMES), luck.choice(("matchers", "matchers", "match", "match_re"))
    if way == "matchers":
        operator = luck.choice(("=", "!=", "=~", "!~"))
        value = luck.choice(EXPRESSIONS if "~" in operator else (*VALUES, ""))
        quoted = value.replace('"', '\\"')
        part.setdefault(f"{side}matchers", []).append(f'{name}{operator}"{quoted}"')
    else:
        part.setdefault(f"{side}{way}", {})[name] = luck.choice(VALUES if way == "match" else EXPRESSIONS[:8])


def random_labels(luck: random.Random) -> dict[str, str]:
    return {"alertname": luck.choice("XY")} | {name: luck.choice(VALUES[:5]) for name in NAMES if luck.random() < 0.6}


def routes() -> Iterator[dict[str, Any]]:
    luck = random.Random(SEED)
    for number in range(TREES):
        labels = [random_labels(luck) for _ in range(ALERTS)]
        yield {"name": f"case-{number:03}", "config": written(random_tree(luck)), "labels": labels}
    for number, tree in enumerate(SPOILED):
        yield {"name": f"spoiled-{number:02}", "config": written(tree), "labels": [{"alertname": "X"}]}


def inhibition() -> Iterator[dict[str, Any]]:
    luck = random.Random(SEED)
    for number in range(RULES):
        rules = [_rule(luck) for _ in range(luck.choice((1, 2, 3)))]
        alerts: list[dict[str, Any]] = []
        for _ in range(luck.choice((2, 4, 7, 12))):
            labels = luck.choice(alerts)["labels"] if alerts and luck.random() < 0.3 else few_labels(luck)
            alerts.append({"labels": labels, "ends_in": luck.choice((240, 3600, 600, -60, -600))})
        target = luck.choice(alerts)["labels"] if luck.random() < 0.4 else few_labels(luck)
        yield {
            "name": f"case-{number:03}",
            "config": written({"receiver": "root"}, rules),
            "alerts": alerts,
            "target": target,
        }


def few_labels(luck: random.Random) -> dict[str, str]:
    """Labels that often agree, so that rules find something."""
    return {"alertname": luck.choice("XY")} | {name: luck.choice("ab") for name in NAMES if luck.random() < 0.7}


def _rule(luck: random.Random) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    for side in ("source_", "target_"):
        name, operator = luck.choice((*NAMES, "alertname")), luck.choice(("=", "!=", "=~", "!~"))
        value = luck.choice(("a", "b", "X", "") if "~" not in operator else ("a|X", ".+", "b|", "[aY]"))
        if luck.random() < 0.8:
            rule[f"{side}matchers"] = [f'{name}{operator}"{value}"']
        elif luck.random() < 0.5:
            rule[f"{side}match"] = {name: value}
        else:
            add_condition(luck, rule, side)
    if luck.random() < 0.8:
        rule["equal"] = luck.sample(("env", "job", "team", "missing"), luck.choice((1, 1, 2)))
    return rule


def main() -> int:
    for part, drawn in (("routes", list(routes())), ("inhibition", list(inhibition()))):
        asked = json.dumps(drawn).encode()
        done = subprocess.run([str(BUILT / "bin" / "alertmanager-0.35")], input=asked, capture_output=True, check=True)
        answers = json.loads(done.stdout)
        if part == "routes":
            with tempfile.TemporaryDirectory() as folder:
                answers = [
                    {**answer, **amtool(case, Path(folder))} for case, answer in zip(drawn, answers, strict=True)
                ]
        book.write(book.drawn(part), {"seed": SEED}, drawn)
        about = {"program": "alertmanager and amtool", "version": VERSION}
        book.write(book.answered(f"alertmanager-{VERSION}", part), about, answers)
    return 0


def amtool(case: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What amtool prints: receivers for each alert, or why it does not take the configuration."""
    program = str(BUILT / "bin" / "amtool-0.35")
    path = folder / "alertmanager.yml"
    path.write_text(json.dumps(case["config"]))
    if case["name"].startswith("spoiled"):
        done = subprocess.run([program, "check-config", str(path)], capture_output=True, text=True, check=False)
        return {"amtool": {"status": done.returncode}}
    printed = []
    for labels in case["labels"]:
        arguments = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items()]
        command = [program, "config", "routes", "test", f"--config.file={path}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        printed.append(done.stdout.strip())
    return {"amtool": printed}


if __name__ == "__main__":
    sys.exit(main())
