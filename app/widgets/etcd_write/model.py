"""One request through an etcd cluster, message by message, and whether its client can know what became of it."""

from typing import Literal

from app.kube.frame import Ending, Sequence, ending
from app.kube.kept import kept_story
from app.kube.say import Say
from app.record import dataclass
from app.widgets.etcd_write import client
from app.widgets.etcd_write.beside import told_beside
from app.widgets.etcd_write.cluster import FIRST, Cluster, assemble, parse_members
from app.widgets.etcd_write.election import can_elect
from app.widgets.etcd_write.read import read
from app.widgets.etcd_write.tale import Operation, Result, Tale
from app.widgets.etcd_write.write import write

Fault = Literal["none", "leader-dies-early", "leader-dies-late", "slow-leader", "slow-follower", "full", "answer-lost"]


@dataclass(frozen=True, kw_only=True)
class Story(Sequence):
    """All frames, and how it ended: `outcome` is what the client has, `error` what it prints, `value` what it read.

    `stored` is what really became of the write: on the disks of a majority, so that no election can lose it.
    """

    outcome: Result
    members: int
    quorum: int
    tolerated: int
    asked: str
    leader: str | None
    stored: bool
    error: str | None
    value: str | None


# A reader steps through one story, and each step asks for the whole of it.
@kept_story
def tell(members: int, down: str, cut_off: str, operation: Operation, fault: Fault) -> Story:
    """The story for a cluster of so many members, of which some are down or cut off from the others."""
    cluster = assemble(members, parse_members(down, members, "down"), parse_members(cut_off, members, "cut_off"))
    tale = Tale(cluster, _asked(cluster), operation)
    leader = next((member.leader for member in cluster.members if member.leader), 0)
    tale = told_beside(client.asked(_behind(tale)), fault)
    if not tale.member.is_up:
        tale = client.nobody_there(tale)
    else:
        tale = write(tale, fault) if operation == "write" else read(tale, fault)
    return _story(tale, leader, fault)


def _asked(cluster: Cluster) -> int:
    """The client asks the last member that is up: a follower, wherever there is one."""
    up = [member.number for member in cluster.members if member.is_up]
    return up[-1] if up else len(cluster.members)


def _behind(tale: Tale) -> Tale:
    """For a read it is more telling when the follower that is asked has not yet heard of the latest commit."""
    if tale.operation == "write" or tale.leader in (0, tale.asked):
        return tale
    last = FIRST.index - 1
    return tale.changed(tale.asked, committed=last, applied=last, flushed=last)


def _story(tale: Tale, leader: int, fault: Fault) -> Story:
    cluster = tale.cluster
    works = _works(tale, fault)
    end = tale.end or STATES.get(works, "degraded")
    count = len(cluster.members)
    closing: Ending = {**ending(end), "works": Say(f"end.works.{works}")} if end else {}
    return Story(
        frames=tale.frames,
        outcome=tale.outcome,
        members=count,
        quorum=cluster.quorum,
        tolerated=count - cluster.quorum,
        asked=tale.member.name,
        leader=f"etcd-{leader}" if leader else None,
        stored=sum(member.has_put for member in cluster.members) >= cluster.quorum,
        error=tale.error,
        value=tale.value,
        **closing,
    )


STATES = {
    "all": "",
    "cut": "cut",
    "local": "no-leader",
    **dict.fromkeys(("elsewhere", "elsewhere-full", "elsewhere-soon", "elsewhere-slow", "nowhere"), "no-leader"),
    "full": "full-unseen",
    "slow": "slow-unseen",
}
"""What is to be seen where nothing went wrong with the request itself, by what works: else, who is missing."""


def _works(tale: Tale, fault: Fault) -> str:
    """What the cluster can do at the end, by how many can talk to each other: reads and writes need a majority.

    A fault that this request did not meet is there all the same: a full database, a disk that others wait for.
    """
    members = tale.cluster.members
    running = [member for member in members if member.is_up]
    together = max((len(tale.cluster.reach(member.number)) for member in running), default=0)
    if not running:
        return "nothing"
    if together < tale.cluster.quorum:
        return "local"
    if len(tale.cluster.reach(tale.asked)) < together:
        return _elsewhere(together - tale.cluster.quorum, fault)
    if fault == "full":
        return "full"
    if not tale.cluster[tale.leader].is_up or (fault == "slow-leader" and not tale.end.startswith("slow")):
        return "soon" if can_elect(tale) else "slow"
    if tale.end.startswith("slow-needed") or (fault == "slow-follower" and not _is_spare(tale)):
        return "slow"
    if together < len(running):
        return "cut"
    if together == len(members):
        return "all"
    return "less" if together > tale.cluster.quorum else "edge"


def _elsewhere(spare: int, fault: Fault) -> str:
    """What works where the majority is and the asked member is not: a fault of the leader is one of that side."""
    if fault == "full":
        return "elsewhere-full"
    if fault.startswith("leader-dies"):
        return "elsewhere-soon" if spare else "nowhere"
    if fault == "slow-leader":
        return "elsewhere-soon" if spare else "elsewhere-slow"
    return "elsewhere-slow" if fault == "slow-follower" and not spare else "elsewhere"


def _is_spare(tale: Tale) -> bool:
    """Whether the others are a majority without one follower, or there is none that could stall."""
    return not tale.followers or len(tale.cluster.reach(tale.asked)) > tale.cluster.quorum
