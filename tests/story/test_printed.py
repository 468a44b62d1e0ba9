"""The description of a Pod as we print it, beside what the real kubectl printed of the same Pod."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from app.kube.printed.describe_pod import DescribedEvent, describe_pod, event_of
from app.kube.printed.pod_row import pod_row
from app.kube.printed.tabbed import tabbed
from tests.witness.recording import Recording, recordings

RECORDINGS = [each for each in recordings("kubernetes-1.37.2") if each.printed("describe pods")]
NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)


def pods_at(recording: Recording, command: str) -> Mapping[str, Mapping[str, Any]]:
    """The Pods as they were when kubectl printed this, by name; those that changed within a second are left out."""
    session = next(each for each in recording.told["sessions"] if each["command"] == f"kubectl {command}")
    at = min((line[0] for line in session["lines"]), default=0.0)
    found = {}
    for key, seen in recording.objects.items():
        before = [each for each in seen if each.at <= at]
        is_still = not any(abs(each.at - at) < 1 for each in seen)
        if key.startswith("Pod/") and before and is_still and before[-1].type != "DELETED":
            found[key.partition("/")[2]] = before[-1].object
    return found


def descriptions(recording: Recording) -> Iterator[tuple[str, list[str]]]:
    """What kubectl printed of each Pod, by name, up to its events."""
    lines: list[str] = []
    for line in [*(recording.printed("describe pods") or ()), "Name:             end"]:
        if line.startswith("Name:") and lines:
            yield lines[0].split()[1], _body(lines)
            lines = []
        lines.append(line)


def _body(lines: list[str]) -> list[str]:
    body = lines[: next((i for i, line in enumerate(lines) if line.startswith("Events:")), len(lines))]
    while body and not body[-1].strip():
        body.pop()
    return [re.sub(r"lasts [^)]*", "lasts", line.rstrip()) for line in body]


@pytest.mark.parametrize("recording", RECORDINGS, ids=[f"{each.room}/{each.scenario}" for each in RECORDINGS])
def test_a_description_is_what_kubectl_prints(recording: Recording) -> None:
    pods = pods_at(recording, "describe pods")

    for name, real in descriptions(recording):
        if name in pods:
            ours = _body(describe_pod(pods[name], [], NOW).split("\n"))
            assert ours == real


@pytest.mark.parametrize("recording", RECORDINGS, ids=[f"{each.room}/{each.scenario}" for each in RECORDINGS])
def test_a_row_is_what_kubectl_prints(recording: Recording) -> None:
    pods = pods_at(recording, "get pods -o wide")

    for line in (recording.printed("get pods -o wide") or ())[1:]:
        name, ready, status, restarts, *_ = line.split()
        if name in pods:
            row = pod_row(pods[name])
            assert (f"{row.ready}/{row.total}", row.status, str(row.restarts)) == (ready, status, restarts)


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("a\tb\nlong\tc", "a     b\nlong  c"),
        ("a:\n  b\tc\n  dd\te", "a:\n  b   c\n  dd  e"),
        ("a\tb\n\nlong\tc", "a  b\n\nlong  c"),
        ("x\ty\tz\nxx\tyyy\tz", "x   y    z\nxx  yyy  z"),
        ("no tabs", "no tabs"),
    ],
)
def test_columns_are_set_as_text_tabwriter_does(text: str, set_: str) -> None:
    assert tabbed(text) == set_


def test_an_event_has_its_count_and_where_it_happened() -> None:
    event = {
        "type": "Warning",
        "reason": "BackOff",
        "message": "Back-off restarting failed container web ",
        "count": 5,
        "firstTimestamp": "2026-11-29T02:58:00Z",
        "lastTimestamp": "2026-11-29T02:59:51Z",
        "involvedObject": {"fieldPath": "spec.containers{web}"},
        "source": {"component": "kubelet"},
    }
    message = "spec.containers{web}: Back-off restarting failed container web"

    assert event_of(event, NOW) == DescribedEvent("Warning", "BackOff", "9s (x5 over 2m)", "kubelet", message)


def test_an_event_of_a_series_and_one_without_times() -> None:
    series = {"count": 3, "lastObservedTime": "2026-11-29T02:59:00Z"}
    told = {"type": "Normal", "reason": "X", "eventTime": "2026-11-29T02:00:00Z", "series": series}

    assert event_of({**told, "reportingComponent": "c"}, NOW).age == "60s (x3 over 60m)"
    assert event_of({"type": "Normal", "reason": "X"}, NOW).age == "<unknown>"


def test_events_stand_below_the_description() -> None:
    pod = {"metadata": {"name": "web", "namespace": "default"}, "spec": {"containers": []}, "status": {}}
    row = DescribedEvent("Normal", "Scheduled", "9s", "default-scheduler", "Successfully assigned default/web to n1")

    printed = describe_pod(pod, [row], NOW, "BestEffort").split("\n")

    assert printed[-4:] == [
        "  Type    Reason     Age   From               Message",
        "  ----    ------     ----  ----               -------",
        "  Normal  Scheduled  9s    default-scheduler  Successfully assigned default/web to n1",
        "",
    ]
    assert describe_pod(pod, [], NOW).split("\n")[-2].split() == ["Events:", "<none>"]
