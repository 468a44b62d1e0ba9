"""The probe clock, given the Pods of recordings: kills, restarts and back-offs as Kubernetes 1.37.2 had them."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.widgets.probe_clock.model import Process
from app.widgets.probe_clock.prober import play
from app.widgets.probe_clock.reading import read_manifest

FOLDER = Path(__file__).parent / "recordings" / "kubernetes-1.37.2" / "pod-end"


class Recorded(NamedTuple):
    """The Pod as it was stored first, when its first container started, and seconds from there on."""

    pod: dict[str, Any]
    kills: list[float]
    restarts: list[float]
    back_offs: list[str]
    seconds: float


def recorded(scenario: str) -> Recorded:
    changes = json.loads((FOLDER / f"{scenario}.json").read_text(encoding="utf-8"))["changes"]
    of_pod = [one for one in changes if one["of"] == "Pod/default/web"]
    started = next(one["at"] for one in changes if one["patch"].get("reason") == "Started")
    restarts, back_offs, count = [], [], 0
    for one in of_pod:
        for status in one["patch"].get("status", {}).get("containerStatuses", []):
            if status["restartCount"] > count:
                count = status["restartCount"]
                restarts.append(one["at"] - started)
            waiting = status["state"].get("waiting", {})
            if waiting.get("reason") == "CrashLoopBackOff":
                back_offs.append(waiting["message"].split()[1])
    killing = {one["of"] for one in changes if one["patch"].get("reason") == "Killing"}
    kills = [one["at"] - started for one in changes if one["of"] in killing]
    return Recorded(of_pod[0]["patch"], kills, restarts, back_offs, changes[-1]["at"] - started)


# As tests/oracle/scenarios/pod_end.py has them; stopping takes the runtime a few milliseconds more.
HUNG = Process(ready_ms=60_000, stops_ms=110)
ILL = Process(outage=(12_000, 18_500), sees_outage=frozenset({"liveness", "readiness"}), stops_ms=1010)
SLOW = Process(answers_ms=1500, stops_ms=3010)


@pytest.mark.parametrize(("scenario", "process"), [("startup-fails", HUNG), ("liveness-exec-times-out", SLOW)])
def test_it_is_killed_and_restarted_as_recorded(scenario: str, process: Process) -> None:
    """Within a second and a half: where the ticks of a worker lie is not recorded."""
    seen = recorded(scenario)
    read = read_manifest(json.dumps(seen.pod))

    told = play(read.probes, process, until_ms=round(seen.seconds * 1000) + 500)

    times = {kind: [one.at_ms / 1000 for one in told.moments if one.kind == kind] for kind in ("kill", "restart")}
    assert times["kill"] == [pytest.approx(at, abs=1.5) for at in seen.kills]
    assert times["restart"] == [pytest.approx(at, abs=1.5) for at in seen.restarts]
    assert len(seen.restarts) >= 2
    assert [f"{one.value // 1000}s" for one in told.of("back-off")] == seen.back_offs


def test_a_process_that_answers_500_is_killed_as_recorded() -> None:
    """Its first life: it is well again when it starts anew, and falls ill once more 12 s later."""
    seen = recorded("liveness-kills")

    told = play(read_manifest(json.dumps(seen.pod)).probes, ILL, until_ms=30_000)

    assert [one.at_ms / 1000 for one in told.of("kill")] == [pytest.approx(seen.kills[0], abs=2)]
    assert [one.at_ms / 1000 for one in told.of("restart")] == [pytest.approx(seen.restarts[0], abs=2)]
    assert seen.back_offs == []
