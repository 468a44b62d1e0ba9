"""etcd write: whatever is down, Raft's promises hold in every frame, and the client is told what a client is told."""

import re
from contextlib import suppress
from itertools import combinations
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.frame import Frame
from app.kube.refusal import Refusal
from app.widgets.etcd_write.model import Fault, Story, tell
from app.widgets.etcd_write.tale import Operation
from app.widgets.etcd_write.widget import Inputs, run

FAULTS: tuple[Fault, ...] = get_args(Fault)
OPERATIONS: tuple[Operation, ...] = get_args(Operation)


def some_of(count: int) -> list[str]:
    """No member, the first, the last, all but one, all."""
    numbers = [str(n) for n in range(1, count + 1)]
    return sorted({",".join(part) for part in ([], numbers[:1], numbers[-1:], numbers[1:], numbers)})


RUNS = [
    (members, down, cut, operation, fault)
    for members in (1, 2, 3, 5)
    for down in some_of(members)
    for cut in ("", str(members), "1,2")
    if max(map(int, re.findall(r"\d", cut)), default=0) <= members
    for operation in OPERATIONS
    for fault in FAULTS
]
STORIES = [(inputs, tell(*inputs)) for inputs in RUNS]


def table(frame: Frame) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = yaml.safe_load(frame.objects[0].yaml)
    return rows


def keys(story: Story) -> list[str]:
    return [frame.key for frame in story.frames]


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, str, str, Operation, Fault]:
    members = draw(st.integers(1, 7))
    some = st.lists(st.integers(1, members), unique=True).map(lambda n: " ".join(map(str, n)))
    return members, draw(some), draw(some), draw(st.sampled_from(OPERATIONS)), draw(st.sampled_from(FAULTS))


@settings(max_examples=40, deadline=None)
@given(cases())
def test_the_same_inputs_tell_the_same_story(case: tuple[int, str, str, Operation, Fault]) -> None:
    anew = tell.__wrapped__  # type: ignore[attr-defined]  # a wrapper has it

    assert anew(*case) == anew(*case)


@settings(max_examples=120, deadline=None)
@given(cases())
def test_raft_keeps_its_promises_in_every_frame(case: tuple[int, str, str, Operation, Fault]) -> None:
    story = tell(*case)
    gone = {"term": 0, "committed": 0, "applied": 0}
    last: list[dict[str, int]] = [gone] * story.members
    for frame in story.frames:
        rows = table(frame)
        for i in range(story.members):
            if rows["term"][i] is None:
                continue
            row = {name: rows[name][i] for name in rows}
            assert row["in boltdb"] <= row["revision"], frame
            assert row["applied"] <= row["committed"] <= row["log"], frame
            assert row["fsynced"] <= row["log"]
            assert all(row[name] >= last[i][name] for name in gone), "nothing is taken back"
            last[i] = row
        leaders = {(rows["term"][i], rows["leader"][i]) for i in range(story.members) if rows["leader"][i]}
        real = {pair for pair in leaders if pair[1] != "none"}
        assert len({term for term, _ in real}) == len(real), "one leader a term"


@settings(max_examples=120, deadline=None)
@given(cases())
def test_what_the_client_hears_agrees_with_what_happened(case: tuple[int, str, str, Operation, Fault]) -> None:
    story = tell(*case)
    operation = case[3]
    said = story.frames[-1].terminal.splitlines()
    assert (story.error is None) == (story.outcome == "answered")
    assert said[-1] == ("OK" if operation == "write" else story.value) if story.outcome == "answered" else True
    assert story.outcome == "answered" or said[-1] == f"Error: {story.error}"
    if operation == "write":
        assert story.outcome != "answered" or story.stored
        assert story.outcome != "unavailable" or not story.stored
    else:
        assert not story.stored
        assert story.outcome != "unknown", "a read that fails has done nothing"


@pytest.mark.parametrize("members", range(1, 8))
@pytest.mark.parametrize("operation", ["write", "linearizable-read"])
def test_a_majority_of_all_members_is_needed(members: int, operation: Operation) -> None:
    """The table of flows: quorum 1 2 2 3 3 4 4, may fail 0 0 1 1 2 2 3 (raft v3.7 quorum/majority.go)."""
    quorum = (1, 2, 2, 3, 3, 4, 4)[members - 1]
    for count in range(members + 1):
        for lost in combinations(range(1, members + 1), count):
            story = tell(members, ",".join(map(str, lost)), "", operation, "none")

            assert (story.quorum, story.tolerated) == (quorum, members - quorum)
            assert story.outcome == ("answered" if members - count >= quorum else "unavailable")


@pytest.mark.parametrize("members", range(1, 8))
def test_a_serializable_read_needs_one_member(members: int) -> None:
    for left in range(1, members + 1):
        down = ",".join(str(n) for n in range(1, members + 1) if n != left)

        assert tell(members, down, "", "serializable-read", "none").outcome == "answered"


def test_the_good_write_takes_the_known_steps_in_order() -> None:
    assert keys(tell(3, "", "", "write", "none")) == [
        "ask-write",
        "check",
        "forward",
        "append",
        "replicate",
        "fsync",
        "acknowledge",
        "commit",
        "tell",
        "apply",
        "answer",
        "flush",
    ]


def test_a_single_member_sends_no_message() -> None:
    story = tell(1, "", "", "write", "none")

    assert keys(story) == ["ask-write", "check", "append", "fsync", "commit", "apply", "answer", "flush"]
    assert not any((frame.from_ or "").startswith("etcd") and frame.to != "client" for frame in story.frames)


def test_the_answer_comes_before_boltdb_has_it() -> None:
    *_, answer, flush = tell(3, "", "", "write", "none").frames

    assert table(answer)["revision"][2] == 48211
    assert table(answer)["in boltdb"] == [48210] * 3
    assert table(flush)["in boltdb"] == [48211] * 3


def test_a_linearizable_read_waits_and_writes_nothing() -> None:
    story = tell(3, "", "", "linearizable-read", "none")

    assert keys(story) == [
        "ask-linearizable-read",
        "read-index",
        "heartbeat",
        "confirm",
        "index",
        "catch-up",
        "look-up",
        "answer",
    ]
    assert story.value == "blue"
    assert all(table(frame)["log"] == [811] * 3 for frame in story.frames)


def test_the_same_read_without_the_leader_is_stale() -> None:
    assert tell(3, "", "", "serializable-read", "none").value == "green"


ENDS = [
    # members, down, cut off, operation, fault, outcome, stored, error
    (3, "1,2", "", "write", "none", "unavailable", False, "context deadline exceeded"),
    (3, "", "3", "write", "none", "unavailable", False, "context deadline exceeded"),
    (3, "", "1", "write", "none", "answered", True, None),
    (3, "1,2", "", "linearizable-read", "none", "unavailable", False, "context deadline exceeded"),
    (3, "", "", "write", "leader-dies-early", "unknown", False, "etcdserver: request timed out"),
    (
        2,
        "",
        "",
        "write",
        "leader-dies-early",
        "unknown",
        False,
        "etcdserver: request timed out",
    ),
    (3, "", "", "write", "leader-dies-late", "answered", True, None),
    (3, "2", "", "write", "leader-dies-late", "unknown", True, "etcdserver: request timed out"),
    (5, "2,3", "", "write", "leader-dies-late", "unknown", True, "etcdserver: request timed out"),
    (5, "2", "", "write", "leader-dies-late", "answered", True, None),
    (1, "", "", "write", "leader-dies-early", "unknown", False, "error reading from server: EOF"),
    (1, "", "", "write", "leader-dies-late", "unknown", True, "error reading from server: EOF"),
    (3, "", "", "write", "full", "unavailable", False, "etcdserver: mvcc: database space exceeded"),
    (3, "", "", "linearizable-read", "full", "answered", False, None),
    (3, "", "", "write", "answer-lost", "unknown", True, "context deadline exceeded"),
    (3, "", "", "write", "slow-leader", "answered", True, None),
    (3, "", "", "write", "slow-follower", "answered", True, None),
    (3, "", "", "linearizable-read", "leader-dies-early", "answered", False, None),
    (3, "2", "", "linearizable-read", "leader-dies-early", "unavailable", False, "context deadline exceeded"),
    (1, "", "", "serializable-read", "leader-dies-early", "unavailable", False, "context deadline exceeded"),
]


@pytest.mark.parametrize(
    ("members", "down", "cut", "operation", "fault", "outcome", "stored", "error"),
    ENDS,
    ids=[f"{e[0]}-down{e[1]}-cut{e[2]}-{e[3]}-{e[4]}" for e in ENDS],
)
def test_each_fault_ends_as_it_really_does(
    members: int, down: str, cut: str, operation: Operation, fault: Fault, outcome: str, stored: bool, error: str | None
) -> None:
    story = tell(members, down, cut, operation, fault)

    assert (story.outcome, story.stored, story.error) == (outcome, stored, error)


def test_a_timeout_says_the_same_whether_the_write_happened_or_not() -> None:
    nothing = tell(3, "", "", "write", "leader-dies-early")
    done = tell(3, "2", "", "write", "leader-dies-late")

    assert (nothing.error, nothing.outcome) == (done.error, done.outcome)
    assert (nothing.stored, done.stored) == (False, True)


def test_an_election_asks_before_it_raises_the_term() -> None:
    story = tell(3, "", "", "write", "leader-dies-late")
    verbs = [frame.verb for frame in story.frames if "Vote" in frame.verb]
    terms = {frame.key: table(frame)["term"] for frame in story.frames}

    assert verbs == ["MsgPreVote", "MsgPreVoteResp", "MsgVote", "MsgVoteResp"]
    assert terms["pre-vote"] == terms["pre-vote-yes"] == [None, 4, 4]
    assert terms["vote"] == [None, 5, 5]
    assert 1.0 <= next(f.at_s for f in story.frames if f.key == "pre-vote") <= 2.0


def test_a_stalled_leader_is_replaced_only_where_the_others_are_a_majority() -> None:
    assert "step-down" in keys(tell(3, "", "", "write", "slow-leader"))
    assert "resume" in keys(tell(3, "2", "", "write", "slow-leader"))
    assert "resume" in keys(tell(1, "", "", "write", "slow-leader"))


def test_a_slow_follower_delays_nobody_but_where_it_is_needed() -> None:
    assert tell(3, "", "", "write", "slow-follower").frames[-2].at_s < 0.2
    assert "resume" in keys(tell(2, "", "", "write", "slow-follower"))


@pytest.mark.parametrize(
    ("text", "got"), [("4", "4"), ("0", "0"), ("1 2 x", "x"), ("-1", "-1"), ("1,,9", "9"), ("etcd-7", "etcd-7")]
)
def test_who_is_no_member_is_refused(text: str, got: str) -> None:
    for down, cut, field in ((text, "", "down"), ("", text, "cut_off")):
        with pytest.raises(Refusal) as caught:
            tell(3, down, cut, "write", "none")

        assert (caught.value.code, caught.value.field) == ("no-such-member", field)
        assert caught.value.values == {"got": got, "count": 3}


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text("0123456789, etcd-", max_size=30)))
def test_any_text_is_taken_or_refused(text: str) -> None:
    with suppress(Refusal):
        assert tell(5, text, "", "write", "none").frames


def test_members_may_be_listed_in_several_ways() -> None:
    first, *others = (tell(5, text, "", "write", "none") for text in ("2,3", "3 2", " etcd-2;etcd-3 ", "2, 3,"))

    assert all(story == first for story in others)
    assert run(Inputs.model_validate({"members": "5", "down": [2, 3]})).outcome == "answered"
