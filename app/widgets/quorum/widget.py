"""The room `quorum`: type a configuration and what its members said, see what raft concludes."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Line, Say, Widget
from app.widgets.quorum.drawing import Drawing, draw
from app.widgets.quorum.members import Listed, shown
from app.widgets.quorum.model import (
    Decision,
    Half,
    Size,
    VoteResult,
    decide,
    read_acked,
    read_members,
    read_votes,
)


class Inputs(Form):
    voters: Annotated[str, Area(rows=3)] = "1,2,3"
    outgoing: Annotated[str, Line(20)] = ""
    acked: Annotated[str, Line(32)] = "1=120,2=118,3=64"
    votes: Annotated[str, Line(32)] = "1=yes,2=yes"


@dataclass(frozen=True)
class Outcome:
    """What is decided (`committed` null: nobody votes, everything counts as committed) and how.

    `labels` says how a member is shown: by its name where the pasted list has one, else by its id as etcdctl does.
    """

    quorum: int
    tolerated: int
    smallest: int
    committed: int | None
    could_reach: int | None
    vote: VoteResult
    verdict: Say
    why: Say
    steps: tuple[Say, ...]
    halves: tuple[Half, ...]
    strangers: tuple[int, ...]
    learners: tuple[str, ...]
    labels: Mapping[int, str]
    sizes: tuple[Size, ...]
    drawing: Drawing | None


def run(inputs: Inputs) -> Outcome:
    incoming = read_members(inputs.voters, "voters")
    outgoing = read_members(inputs.outgoing, "outgoing")
    known = [member.id for member in (*incoming, *outgoing)]
    acked, votes = read_acked(inputs.acked, known), read_votes(inputs.votes, known)
    decision = decide(_voters(incoming), _voters(outgoing), acked, votes)
    labels = {id_: shown(id_) for id_ in (*acked, *votes)} | _labels((*outgoing, *incoming))
    return Outcome(
        quorum=decision.quorum,
        tolerated=decision.tolerated,
        smallest=decision.smallest,
        committed=decision.committed,
        could_reach=decision.could_reach,
        vote=decision.vote,
        verdict=_verdict(decision),
        why=_why(decision),
        steps=_steps(decision),
        halves=decision.halves,
        strangers=decision.strangers,
        learners=tuple(labels[member.id] for member in (*incoming, *outgoing) if member.is_learner),
        labels=labels,
        sizes=decision.sizes,
        drawing=draw(decision.halves, labels),
    )


def _voters(members: Iterable[Listed]) -> frozenset[int]:
    return frozenset(member.id for member in members if not member.is_learner)


def _labels(members: Iterable[Listed]) -> dict[int, str]:
    return {member.id: member.name or shown(member.id) for member in members}


def _verdict(decision: Decision) -> Say:
    if decision.committed is None:
        return Say("verdict.nobody", {})
    return Say("verdict.none" if decision.committed == 0 else "verdict.index", {"index": decision.committed})


def _why(decision: Decision) -> Say:
    if decision.committed is None:
        return Say("why.nobody", {})
    if len(decision.halves) == 2:
        first, second = decision.halves
        return Say("why.joint", {"smallest": decision.smallest, "first": first.quorum, "second": second.quorum})
    half = decision.halves[0]
    return Say("why.one", {"members": len(half.voters), "quorum": half.quorum, "tolerated": half.tolerated})


def _steps(decision: Decision) -> tuple[Say, ...]:
    """The derivation, a line a sum."""
    lines: list[Say] = []
    for half in decision.halves:
        values: dict[str, Any] = {
            "members": len(half.voters),
            "quorum": half.quorum,
            "indexes": " ≥ ".join("?" if ack.index is None else str(ack.index) for ack in half.acks[:30]),
            "committed": half.committed,
        }
        lines += [Say(f"sum.quorum.{half.role}", values), Say("sum.sorted", values)]
    if len(decision.halves) == 2:
        first, second = (half.committed for half in decision.halves)
        lines.append(Say("sum.joint", {"first": first, "second": second, "committed": decision.committed}))
    return tuple(lines)


_COMMITS = "etcd-io/raft v3.7.0, quorum/majority.go, CommittedIndex"
_JOINT = "etcd-io/raft v3.7.0, quorum/joint.go"
_VOTES = "etcd-io/raft v3.7.0, quorum/majority.go, VoteResult"

_LIST = """8211f1d0f64f3269, started, infra1, http://10.0.0.11:2380, http://10.0.0.11:2379, false
91bc3e398fb3c146, started, infra2, http://10.0.0.12:2380, http://10.0.0.12:2379, false
fd422379fda50e48, started, infra3, http://10.0.0.13:2380, http://10.0.0.13:2379, false
e45b2ee1f1d4c2a7, started, infra4, http://10.0.0.14:2380, http://10.0.0.14:2379, true"""

WIDGET = Widget(
    slug="quorum",
    form=Inputs,
    run=run,
    subject="etcd",
    prints=("verdict", "why", "steps", "halves"),
    examples=(
        Example(
            "slow-disk",
            {"voters": "1,2,3", "acked": "1=120,2=118,3=64", "votes": "1=yes,2=yes"},
            {"committed": 118, "quorum": 2, "tolerated": 1, "vote": "won", "halves.0.acks.1.decides": True},
            _COMMITS,
        ),
        Example(
            "two-down",
            {"voters": "1,2,3", "acked": "1=121", "votes": "1=yes"},
            {"committed": 0, "could_reach": 121, "vote": "pending"},
            _COMMITS,
        ),
        Example(
            "four-members",
            {"voters": "1,2,3,4", "acked": "1=90,2=90,3=88,4=70", "votes": "1=yes,2=yes,3=no,4=no"},
            {"quorum": 3, "tolerated": 1, "committed": 88, "vote": "lost", "sizes.3.wasteful": True},
            _VOTES,
        ),
        Example(
            "five-members",
            {"voters": "1,2,3,4,5", "acked": "1=101,2=104,3=103,4=103", "votes": "1=no,2=yes,3=yes"},
            {"committed": 103, "could_reach": 103, "tolerated": 2, "vote": "pending"},
            "etcd-io/raft v3.7.0, quorum/testdata/majority_commit.txt",
        ),
        Example(
            "replace-a-member",
            {"voters": "1,2,4", "outgoing": "1,2,3", "acked": "1=100,2=99,4=20", "votes": "1=yes,2=yes"},
            {"committed": 99, "smallest": 2, "vote": "won", "halves.1.quorum": 2},
            _JOINT,
        ),
        Example(
            "new-half-silent",
            {
                "voters": "1,4,5",
                "outgoing": "1,2,3",
                "acked": "1=100,2=101,3=100",
                "votes": "1=yes,2=yes,3=yes",
            },
            {"committed": 0, "could_reach": 100, "vote": "pending", "halves.1.committed": 100},
            "etcd-io/raft v3.7.0, quorum/testdata/joint_commit.txt",
        ),
        Example(
            "member-list",
            {"voters": _LIST, "acked": "8211f1d0f64f3269=812,91bc3e398fb3c146=812,fd422379fda50e48=640", "votes": ""},
            {
                "quorum": 2,
                "tolerated": 1,
                "committed": 812,
                "labels.10501336848066134342": "infra2",
                "learners.0": "infra4",
            },
            "etcd v3.7.1 etcdctl/ctlv3/command/printer.go, makeMemberListTable",
        ),
        Example(
            "seven-members",
            {
                "voters": "1,2,3,4,5,6,7",
                "acked": "1=9,2=9,3=8,4=8",
                "votes": "1=yes,2=yes,4=no,5=yes,6=no,7=no",
            },
            {"vote": "pending", "quorum": 4, "tolerated": 3, "committed": 8},
            "etcd-io/raft v3.7.0, quorum/testdata/majority_vote.txt",
        ),
    ),
)
