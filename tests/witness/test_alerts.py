"""100 routing trees and 100 sets of inhibition rules: what Alertmanager's own code does with alerts."""

import json
from collections.abc import Iterator
from typing import Any

from app.kube.refusal import Refusal
from app.widgets.alert_inhibition.widget import Inputs as InhibitionInputs
from app.widgets.alert_inhibition.widget import run as inhibit
from app.widgets.alert_routing.widget import Inputs as RoutingInputs
from app.widgets.alert_routing.widget import run as route
from tests.witness.cases import Held, held, unmeant

PROGRAM = "alertmanager-0.35.0"


def test_alerts_go_where_the_model_sends_them() -> None:
    differ = {one.name: found for one in held(PROGRAM, "routes") if (found := "; ".join(routing_differs(one)))}

    assert list(unmeant(PROGRAM, "routes", differ)) == []


def test_alerts_are_muted_as_in_the_model() -> None:
    differ = {one.name: found for one in held(PROGRAM, "inhibition") if (found := inhibition_differs(one))}

    assert list(unmeant(PROGRAM, "inhibition", differ)) == []


def routing_differs(one: Held) -> Iterator[str]:
    config = json.dumps(one.case["config"])
    for number, labels in enumerate(one.case["labels"]):
        try:
            ours = route(RoutingInputs(config=config, labels=json.dumps(labels)))
        except Refusal as refusal:
            if "error" not in one.answer:
                yield f"taken, not refused ({refusal.code})"
            return
        if "error" in one.answer:
            yield f"refused ({one.answer['error']}), not taken"
            return
        mine = [way(match) for match in ours.matches]
        if mine != one.answer["ways"][number]:
            yield f"{labels}: {one.answer['ways'][number]}, not {mine}"
        receivers = ",".join(match.receiver for match in ours.matches)
        if receivers != one.answer["amtool"][number]:
            yield f"{labels}: amtool says {one.answer['amtool'][number]}, not {receivers}"


def way(match: Any) -> dict[str, Any]:
    return {
        "receiver": match.receiver,
        "key": match.group_key,
        "group": dict(match.group_labels),
        "group_wait": match.group_wait_s,
        "group_interval": match.group_interval_s,
        "repeat_interval": match.repeat_interval_s,
    }


def inhibition_differs(one: Held) -> str:
    ours = inhibit(
        InhibitionInputs(
            rules=json.dumps(one.case["config"]),
            alerts=json.dumps(one.case["alerts"]),
            target=json.dumps(one.case["target"]),
            memory="all",  # each source by itself since 0.34.1: inhibit/cache.go
        )
    )
    return "" if ours.muted == one.answer["muted"] else f"muted {one.answer['muted']}, not {ours.muted}"
