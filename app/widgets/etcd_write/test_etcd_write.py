"""etcd write: whatever is down, Raft's promises hold in every frame, and the client is told what a client is told."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import combinations, pairwise
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.frame import Frame
from app.kube.refusal import Refusal
from app.widgetkit.saying import words_beside
from app.widgets.etcd_write.client import DEADLINE_S, MEMBER_GIVES_UP_S, RETRY_S
from app.widgets.etcd_write.election import ELECTION_TIMEOUT_S, LONGEST_TIMEOUT_S
from app.widgets.etcd_write.model import Fault, Story, tell
from app.widgets.etcd_write.tale import Operation
from app.widgets.etcd_write.widget import Inputs, run
from app.widgets.etcd_write.write import STALL_FOLLOWER_S, STALL_LEADER_S

FAULTS: tuple[Fault, ...] = get_args(Fault)
OPERATIONS: tuple[Operation, ...] = get_args(Operation)


def some_of(count: int) -> list[str]:
    """No member, the first, the second, the last, the first two, just too many, all but one, all."""
    numbers = [str(n) for n in range(1, count + 1)]
    many = numbers[1 : 1 + (count + 1) // 2]
    parts: tuple[list[str], ...] = (
        [],
        numbers[:1],
        numbers[1:2],
        numbers[-1:],
        numbers[:2],
        many,
        numbers[1:],
        numbers,
    )
    return sorted({",".join(part) for part in parts})


RUNS = [
    (members, down, cut, operation, fault)
    for members in (1, 2, 3, 4, 5, 7)
    for down in some_of(members)
    for cut in ("", str(members), "1,2", ",".join(map(str, range(1, members + 1))))
    if max(map(int, re.findall(r"\d", cut)), default=0) <= members
    for operation in OPERATIONS
    for fault in FAULTS
]


@cache
def stories() -> dict[tuple[int, str, str, Operation, Fault], Story]:
    return {inputs: tell(*inputs) for inputs in RUNS}


WORDS = words_beside(__file__)


@cache
def parsed(text: str) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return rows


def table(frame: Frame) -> dict[str, list[Any]]:
    return parsed(frame.objects[0].yaml)


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
    assert all(table(frame)["log"] == [52341] * 3 for frame in story.frames)


def test_the_same_read_without_the_leader_is_stale() -> None:
    assert tell(3, "", "", "serializable-read", "none").value == "green"


ENDS = [
    # members, down, cut off, operation, fault, outcome, stored, error
    (3, "1,2", "", "write", "none", "unavailable", False, "context deadline exceeded"),
    (3, "", "3", "write", "none", "unavailable", False, "context deadline exceeded"),
    (2, "2", "", "write", "none", "unavailable", False, "context deadline exceeded"),  # one of two was never started
    (3, "", "", "linearizable-read", "slow-leader", "answered", False, None),
    (3, "2", "", "linearizable-read", "slow-leader", "answered", False, None),
    (1, "", "", "linearizable-read", "slow-leader", "answered", False, None),
    (2, "", "", "linearizable-read", "slow-follower", "answered", False, None),
    (5, "1,2,3", "", "write", "answer-lost", "unavailable", False, "context deadline exceeded"),
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


@pytest.mark.parametrize("operation", ["write", "linearizable-read"])
@pytest.mark.parametrize("members", [3, 4, 5, 6, 7])
def test_the_pace_is_the_leaders_disk_and_the_fastest_needed_followers(members: int, operation: Operation) -> None:
    """max(the leader's fsync, that of the (quorum - 1)-th fastest follower): the leader publishes nothing before its
    own fsync (etcd v3.7.1 etcdserver/raft.go: Save, then Advance; raft v3.7.0 node.go run)."""
    spare = members - (members // 2 + 1)
    just_enough = ",".join(map(str, range(2, 2 + spare)))

    assert answered_at(tell(members, "", "", operation, "slow-follower")) < 0.2
    assert answered_at(tell(members, just_enough, "", operation, "slow-follower")) >= 0.8
    assert 1.0 < answered_at(tell(members, "", "", operation, "slow-leader")) < 2.0, "after an election"
    assert answered_at(tell(members, just_enough, "", operation, "slow-leader")) >= 2.5


def answered_at(story: Story) -> float:
    return next(frame.at_s for frame in story.frames if frame.key == "answer")


def test_a_stalled_leader_confirms_no_read_index() -> None:
    """Its heartbeats wait for its fsync; the follower sees the leader change, and the client asks again."""
    for down, asked_by in (("", "etcd-2"), ("2", "etcd-1")):
        story = tell(3, down, "", "linearizable-read", "slow-leader")
        beats = [frame for frame in story.frames if frame.verb == "MsgHeartbeat"]

        assert "retry" in keys(story)
        assert [frame.from_ for frame in beats] == [asked_by]


def test_a_pre_vote_costs_the_voter_nothing() -> None:
    story = tell(3, "", "", "write", "leader-dies-late")
    followed = {frame.key: table(frame)["leader"] for frame in story.frames}

    assert followed["pre-vote-yes"] == [None, "none", 1]
    assert followed["vote"] == [None, "none", "none"]


def test_a_stalled_leader_hears_the_acknowledgments_and_ignores_pre_votes() -> None:
    story = tell(3, "2", "", "write", "slow-leader")
    frames = {frame.key: frame for frame in story.frames}

    assert frames["acknowledge"].at_s < 0.02
    assert (frames["pre-vote"].to, frames["pre-vote"].say.key) == ("etcd-1", "say.pre-vote-ignored")
    assert not [frame for frame in story.frames if frame.verb == "MsgPreVoteResp"]


# Every combination


def told(story: Story) -> list[Any]:
    """What happens in a story, apart from the words that say what makes no difference."""
    frames = [frame for frame in story.frames if frame.key != "beside"]
    return [(f.key, f.say, f.at_s, f.actors, f.ways, f.terminal, f.objects) for f in frames]


def besides(story: Story) -> set[str]:
    return {frame.say.key.removeprefix("say.beside.") for frame in story.frames if frame.key == "beside"}


def test_a_fault_that_changes_nothing_says_so() -> None:
    for inputs, story in stories().items():
        good = tell(*inputs[:4], "none")
        reasons = besides(story) - besides(good)

        assert (told(story) == told(good)) == (bool(reasons) or inputs[4] == "none"), inputs


def test_a_partition_that_changes_nothing_says_so() -> None:
    for inputs, story in stories().items():
        if inputs[2]:
            whole = tell(*inputs[:2], "", *inputs[3:])
            assert told(story) != told(whole) or besides(story) & {"cut-nobody", "cut-too-few"}, inputs


def numbers(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"\d", text)}


def test_the_end_says_what_works_by_whether_a_majority_is_left() -> None:
    """Nothing is said to work that needs a majority where there is none, and `everything` only where all are there."""
    for (members, _, cut, operation, _), story in stories().items():
        running = {n for n in range(1, members + 1) if story.frames[-1].actors[f"etcd-{n}"] != "down"}
        sides = [running & numbers(cut), running - numbers(cut)]
        together = max(map(len, sides))
        ours = next((side for side in sides if int(story.asked[-1]) in side), set())
        works = story.works.key.removeprefix("end.works.") if story.works else ""

        assert (works == "nothing") == (not running)
        assert (works == "local") == (0 < together < story.quorum), story.works
        assert (works in ELSEWHERE) == (together >= story.quorum > len(ours))
        assert works not in ("", "all") or len(ours) == members
        assert works != "edge" or len(ours) == story.quorum < members
        assert works != "less" or story.quorum < len(ours) < members
        assert works != "cut" or story.quorum <= len(ours) < len(running)
        if story.outcome == "answered" and operation != "serializable-read":
            assert works not in ("nothing", "local", *ELSEWHERE)


ELSEWHERE = ("elsewhere", "elsewhere-full", "elsewhere-soon", "elsewhere-slow", "nowhere")
EVERYTHING = ("", "all", "less", "edge", "cut")


def test_not_everything_is_said_to_work_while_a_fault_stands_that_this_request_did_not_meet() -> None:
    """A full database refuses the next put, a dead or stalled leader the next write, a needed disk delays it."""
    for (members, _, _, operation, fault), story in stories().items():
        works = story.works.key.removeprefix("end.works.") if story.works else ""
        if story.leader is None or works in ("local", *ELSEWHERE, "nothing"):
            continue
        if fault == "full":
            assert works == "full", story.works
        if operation == "serializable-read":
            side = sum(1 for state in story.frames[-1].actors.values() if state in ("leader", "follower", "answers"))
            needed = fault == "slow-follower" and members > 1 and side == story.quorum
            stands = needed or fault in ("leader-dies-early", "leader-dies-late", "slow-leader")
            assert (works in EVERYTHING) == (not stands and fault != "full"), (story.works, fault)


@pytest.mark.parametrize(
    ("members", "fault", "works"),
    [
        (3, "none", "elsewhere"),
        (3, "full", "elsewhere-full"),
        (3, "leader-dies-early", "nowhere"),
        (5, "leader-dies-late", "elsewhere-soon"),
        (3, "slow-leader", "elsewhere-slow"),
        (5, "slow-leader", "elsewhere-soon"),
        (3, "slow-follower", "elsewhere-slow"),
        (5, "slow-follower", "elsewhere"),
    ],
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_fault_on_the_side_with_the_majority_is_not_passed_over(
    operation: Operation, members: int, fault: Fault, works: str
) -> None:
    """The last member is cut off and asked; what the others can do depends on the fault that they have."""
    story = tell(members, "", str(members), operation, fault)

    assert story.works is not None
    assert story.works.key == f"end.works.{works}"


def test_who_runs_but_cannot_talk_is_not_called_missing() -> None:
    """A member that is only cut off must not be replaced, nor started."""
    split, cut = tell(4, "", "1,2", "write", "none"), tell(3, "", "1", "write", "none")

    assert split.check is not None
    assert cut.check is not None
    assert (split.check.key, cut.check.key) == ("end.split.check", "end.cut.check")
    for inputs, story in stories().items():
        running = sum(state != "down" for name, state in story.frames[-1].actors.items() if name != "client")
        if story.check is not None and story.check.key == "end.no-quorum.check":
            assert running < story.quorum, inputs


def test_a_tenth_of_a_second_later_what_is_known_is_applied_and_in_the_file() -> None:
    """boltdb commits every 100 ms, as a heartbeat tells how far the log is committed; nothing goes back."""
    for inputs, story in stories().items():
        for before, after in pairwise(story.frames):
            old, is_later = dict(member_rows(before)), after.at_s - before.at_s >= 0.1
            for number, row in member_rows(after):
                where = (inputs, after.step, number)
                assert row["in boltdb"] >= old[number]["in boltdb"], where
                if is_later and "stalls" not in (before.actors[f"etcd-{number}"], after.actors[f"etcd-{number}"]):
                    assert row["applied"] >= old[number]["committed"], where
                    assert row["in boltdb"] >= old[number]["revision"], where


def test_a_heartbeat_tells_how_far_the_log_is_committed() -> None:
    """raft v3.7.0 raft.go sendHeartbeat: min(what the follower has acknowledged, what is committed)."""
    for inputs, story in stories().items():
        for frame in story.frames:
            if frame.key == "heartbeat":
                assert re.search(r" commit=52\d+ ctx=", frame.path or ""), inputs
            if frame.key == "confirm":
                rows = dict(member_rows(frame))
                most = rows[int((frame.to or "")[-1])]["committed"]
                for sender in frame.senders:
                    row = rows[int(sender[-1])]
                    assert row["committed"] >= min(row["fsynced"], most), inputs


def test_a_read_is_repeated_after_25_ms_with_an_id_of_its_own() -> None:
    """etcd v3.7.1 client/v3/options.go defaultBackoffWaitBetween; etcdserver/read/read.go NextRequestID."""
    cases: tuple[tuple[Fault, str, int], ...] = (("leader-dies-early", "", 4), ("slow-leader", "2", 6))
    for fault, down, sent in cases:
        story = tell(3, down, "", "linearizable-read", fault)
        retry = next(frame for frame in story.frames if frame.key == "retry")
        first, second = (frame for frame in story.frames if frame.key == "read-index")
        ids = [int(re.sub(r"\D", "", frame.path or "")) for frame in (first, second)]

        assert second.at_s - retry.at_s >= 0.025
        assert ids[1] - ids[0] == sent - 1, "one every 500 ms while the first waits"
        index = next(frame for frame in story.frames if frame.key == "index")
        assert (index.path or "").endswith(f"ctx={ids[1]}")


@pytest.mark.parametrize(
    ("down", "operation", "fault", "detail"),
    [
        ("", "write", "leader-dies-early", "unknown.kubernetes"),
        ("2", "write", "leader-dies-late", "unknown.kubernetes"),
        ("1,2", "write", "none", "unknown.kubernetes-write"),
        ("", "write", "answer-lost", "unknown.kubernetes-write"),
        ("1,2", "linearizable-read", "none", "unknown.kubernetes-read"),
        ("2", "linearizable-read", "leader-dies-early", "unknown.kubernetes-read"),
    ],
)
def test_what_kubectl_shows_is_said_of_the_request_that_ends_so(
    down: str, operation: Operation, fault: Fault, detail: str
) -> None:
    """The API server repeats no write after etcd's own timeout, and everything else until its own deadline."""
    details = [say.key for say in tell(3, down, "", operation, fault).frames[-1].details]

    assert [key for key in details if "kubernetes" in key] == [f"say.{detail}"]


@pytest.mark.parametrize(
    ("key", "seconds"),
    [
        *(
            (f"say.{key}", STALL_LEADER_S)
            for key in ("resume-leader", "resume-alone", "resume-alone-read", "step-down")
        ),
        *((f"say.{key}", STALL_FOLLOWER_S) for key in ("resume-follower", "resume-follower-read", "late-disk")),
        ("say.pre-vote", ELECTION_TIMEOUT_S),
        ("end.leader-dies-late.sees", ELECTION_TIMEOUT_S),
        *((f"say.{key}", LONGEST_TIMEOUT_S) for key in ("pre-vote-ignored", "no-majority", "pre-vote.timeout")),
        *((f"say.{key}", MEMBER_GIVES_UP_S) for key in ("check.waiter", "read-index.loop", "alarm-stuck")),
        *((f"say.unknown-{key}", MEMBER_GIVES_UP_S) for key in ("not-done", "open")),
        *((f"say.give-up-{key}", DEADLINE_S) for key in ("leaderless", "read", "lost", "read-lost", "dialing")),
        ("say.unknown-done", DEADLINE_S),
        ("say.retry", RETRY_S),
    ],
)
def test_the_seconds_in_the_words_are_those_of_the_model(key: str, seconds: float) -> None:
    told = f"{seconds:g} s", f"{seconds:g} 秒"
    if seconds < 0.1:
        told = (f"{seconds * 1000:g} ms",) * 2

    assert all(told[0] in form for form in WORDS.forms("en", key))
    assert all(told[1] in form for form in WORDS.forms("zh", key))


def test_nobody_is_counted_in_who_does_not_take_part() -> None:
    assert "All members" not in WORDS.text("en", "say.fsync", index=1)
    assert "所有成员" not in WORDS.text("zh", "say.fsync", index=1)
    assert "1 of 1 has it" in WORDS.text("en", "say.commit", acked="", index=1, quorum=1, count=1)


def test_a_value_that_was_overwritten_is_called_old_even_where_nobody_is_left_who_knows() -> None:
    for inputs, story in stories().items():
        answered = [frame for frame in story.frames if frame.key == "answer" and inputs[3] != "write"]
        old = story.value == "green"

        assert [frame.say.key == "say.answer-stale" for frame in answered] == [old] * len(answered), inputs
        assert (story.sees is not None and story.sees.key == "end.stale.sees") == old, inputs
    assert tell(2, "", "", "serializable-read", "leader-dies-early").value == "green"


def member_rows(frame: Frame) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = table(frame)
    for i, number in enumerate(rows["member"]):
        if rows["term"][i] is not None:
            yield number, {name: values[i] for name, values in rows.items()}


def test_indexes_and_revisions_hold_together_in_every_frame() -> None:
    for inputs, story in stories().items():
        for frame in story.frames:
            for _, row in member_rows(frame):
                assert row["in boltdb"] <= row["revision"] <= row["applied"] + 1, (inputs, frame.step)
                assert row["applied"] <= row["committed"] <= row["log"], (inputs, frame.step)
                assert row["fsynced"] <= row["log"], (inputs, frame.step)


def test_the_write_keeps_its_index_from_step_to_step() -> None:
    """The entry that was appended is the one that is committed, applied and answered for, in the words too."""
    for inputs, story in stories().items():
        named = {f.key: f.say.values["index"] for f in story.frames if f.key in ("append", "fsync", "apply")}
        if inputs[3] == "write":
            assert set(named.values()) <= {"52342"}, inputs


def test_nothing_happens_before_its_cause() -> None:
    for inputs, story in stories().items():
        index = 52342
        for frame in story.frames:
            rows = dict(member_rows(frame))
            where = (inputs, frame.step, frame.key)
            for sender in frame.senders:
                assert frame.actors[sender] not in ("down", "stalls"), where
            for receiver in frame.receivers:
                assert frame.actor == "client" or frame.actors[receiver] != "down", where
            match frame.key:
                case "acknowledge":
                    assert all(rows[int(each[-1])]["fsynced"] >= index for each in frame.senders), where
                case "commit":
                    fsynced = [row["fsynced"] for row in rows.values()]
                    assert rows[int(frame.actor[-1])]["fsynced"] >= index, "its own disk, too"
                    assert sum(each >= index for each in fsynced) >= story.quorum, where
                case "settle":
                    fsynced = [row["fsynced"] for row in rows.values()]
                    assert sum(each >= int(frame.say.values["index"]) for each in fsynced) >= story.quorum, where
                case "answer" if inputs[3] == "write":
                    assert rows[int(story.asked[-1])]["applied"] >= index, where
                case "vote":
                    assert "pre-vote-yes" in keys(story)[: frame.step], where
        ordered = [key for key in keys(story) if key in ORDER]
        assert ordered == sorted(ordered, key=ORDER.index), inputs


ORDER = ["check", "forward", "append", "replicate", "fsync", "commit", "apply", "answer", "flush"]


def test_nobody_is_heard_of_again_whose_log_went_back() -> None:
    for inputs, story in stories().items():
        for before, after in pairwise(story.frames):
            old = dict(member_rows(before))
            for number, row in member_rows(after):
                if number in old:
                    assert all(row[name] >= old[number][name] for name in ("term", "log", "fsynced")), (
                        inputs,
                        after.step,
                    )


def test_every_sentence_is_there_in_both_languages() -> None:
    ends = {say.key for story in stories().values() for say in (story.sees, story.works, story.check) if say}
    said = {
        (say.key, tuple(sorted(say.values)))
        for story in stories().values()
        for frame in story.frames
        for say in (frame.say, *frame.details)
    }

    assert ends == {key for key in sorted(WORDS.keys()) if key.startswith("end.")}
    assert {key for key, _ in said} == {key for key in sorted(WORDS.keys()) if key.startswith("say.")}
    for key, values in said:
        for language in ("en", "zh"):
            assert WORDS.text(language, key, **dict.fromkeys(values, "1"))


def test_the_clients_log_is_that_of_this_version() -> None:
    """etcd v3.7.1 client/v3/retry_interceptor.go:68 names the peer; a try that finds no connection has none."""
    answered = tell(3, "", "", "write", "leader-dies-early").frames[-1].terminal
    refused = tell(3, "1,2,3", "", "write", "none").frames[-1].terminal

    for terminal in (answered, refused):
        (line,) = [json.loads(each) for each in terminal.splitlines() if each.startswith("{")]
        assert list(line) == ["level", "ts", "logger", "caller", "msg", "target", "peer", "method", "attempt", "error"]
        assert line["caller"] == "v3@v3.7.1/retry_interceptor.go:68"
    assert "Peer{Addr: '192.0.2.3:2379'" in answered
    assert "Peer{Addr: <nil>, LocalAddr: <nil>, AuthInfo: <nil>}" in refused


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
