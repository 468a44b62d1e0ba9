"""Three real members and what became of a client's command, beside the story that our model tells of it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.widgets.etcd_write.widget import Inputs, run
from tests.oracle.cases import book
from tests.witness.etcd import STORIES

PROGRAM = "etcd-3.7.1"
KUBERNETES = Path(__file__).parents[1] / "recordings/kubernetes-1.37.2"
Line = str | Mapping[str, Any]

_VALUES = re.compile(r"^(red|blue|green)$")


def recorded(scenario: str, command: str) -> Any:
    cases = {case["name"]: case for case in book.read(book.answered(PROGRAM, "faults"))["cases"]}
    return next(each for each in cases[scenario]["commands"] if each["command"] == command)


@pytest.mark.parametrize(("scenario", "command", "inputs"), STORIES, ids=lambda value: str(value)[:60])
def test_the_client_is_told_what_the_real_one_is_told(scenario: str, command: str, inputs: Any) -> None:
    real = recorded(scenario, command)
    ours = run(Inputs.model_validate({"members": 3, **inputs}))
    lines = [line for line in ours.frames[-1].terminal.splitlines() if not line.startswith(("$", "    "))]

    assert [shape(line) for line in lines] == [shape(line) for line in (*real["errors"], *real["lines"])]
    assert (ours.outcome == "answered") == (real["status"] == 0)


@pytest.mark.parametrize("scenario", ["acknowledgement-lost", "answer-lost"])
def test_what_a_majority_had_on_its_disks_is_there_afterwards(scenario: str) -> None:
    """Whatever the client was told of the write, the next one who reads finds it: our `stored`."""
    read = recorded(scenario, "get color")

    assert read["lines"] == ["color", "red"]
    assert run(Inputs(members=3, operation="write", fault=FAULT_OF[scenario])).stored


FAULT_OF = {scenario: inputs.get("fault") for scenario, _, inputs in STORIES}


def test_only_who_asks_the_member_with_the_slow_disk_waits_for_it() -> None:
    """The others are a majority without it, but the answer comes from the member that was asked."""
    cases = {case["name"]: case for case in book.read(book.answered(PROGRAM, "faults"))["cases"]}
    elsewhere, there = [each for each in cases["slow-disk"]["commands"] if each["command"].startswith("put ")][:2]

    assert (elsewhere["member"], there["member"]) == (3, 1)
    assert elsewhere["took"] < 0.5 < 1.0 < there["took"]
    assert any(said == "slow fdatasync" for _, said, _ in cases["slow-disk"]["logs"]["etcd-1"])
    assert not any(said == "slow fdatasync" for _, said, _ in cases["slow-disk"]["logs"]["etcd-3"])


@pytest.mark.parametrize("room", ["pod-birth", "deployment-birth"])
def test_without_a_quorum_kubectl_writes_for_34_seconds_and_reads_for_7_to_14_or_60(room: str) -> None:
    """The numbers of the lesson's table: a list asks etcd how far it is, once or twice 7 s, or until the end of all."""
    recorded = json.loads((KUBERNETES / room / "etcd-no-quorum.json").read_text())
    slow = [each for each in recorded["requests"] if each["agent"].startswith("kubectl") and each["took"] > 3]
    writes = [each for each in slow if each["verb"] == "create"]
    early = [each for each in slow if each.get("refusal", {}).get("message") == "etcdserver: request timed out"]
    late = [each for each in slow if each not in writes and each not in early]

    assert [round(each["took"]) for each in writes] == [34]
    assert len(early) > 2
    assert all(each["code"] == 500 and 7 <= each["took"] <= 14 for each in early)
    assert late
    assert all(each["code"] == 500 and round(each["took"]) == 60 for each in late)


def shape(line: str) -> Line:
    """A line of the client without clocks, pointers and addresses; which value was the last is not its matter."""
    if not line.startswith("{"):
        return _VALUES.sub("<value>", line)
    told = json.loads(line)
    told["error"] = (
        re.sub(r"dial tcp [^:]+:", "dial tcp <member>:", told["error"])
        .replace("12379", "2379")
        .replace("22379", "2379")
        .replace("32379", "2379")
    )
    return {**told, "ts": "", "target": "", "peer": re.sub(r"'[^']*:\d+'", "<address>", told.get("peer", "missing"))}


def test_a_corrupt_store_takes_no_writes_and_goes_on_answering_reads() -> None:
    """Neither kind of read is refused while the alarm CORRUPT stands, not even the wrong value of the wrong member."""
    for scenario in ("corrupt-alarm", "corrupt-store"):
        cases = {case["name"]: case for case in book.read(book.answered(PROGRAM, "faults"))["cases"]}
        commands = cases[scenario]["commands"]
        reads = [each for each in commands if each["command"].startswith("get ")]
        writes = [each for each in commands if each["command"].startswith(("put ", "del ", "compact "))]
        refused = [each for each in writes if each["errors"][-1:] == ["Error: etcdserver: corrupt cluster"]]

        assert reads
        assert all(each["status"] == 0 for each in reads)
        assert len(refused) >= 2
        disarmed = next((i for i, each in enumerate(commands) if each["command"] == "alarm disarm"), len(commands))
        assert all(each in refused for each in writes if commands.index(each) < disarmed)
