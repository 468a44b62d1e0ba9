"""The members of an etcd cluster at one moment: their logs, what is on disk, committed and applied."""

import re
from dataclasses import replace
from typing import Any, Literal

from app.kube.refusal import Refusal
from app.record import dataclass

MOST = 7  # members a reader may choose; more than seven voters gain nothing (etcd FAQ)

Kind = Literal["put", "empty", "alarm", "lease"]


@dataclass(frozen=True)
class Entry:
    """One entry of the Raft log.

    An `empty` one is what a new leader appends first (raft v3.7 raft.go becomeLeader), a `lease` another client's
    LeaseGrant. Only a put makes a revision.
    """

    index: int
    term: int
    kind: Kind


# What happened before: color was written three times, the last time by the entry with index 52341. An entry makes at
# most one revision and the first is 1, so that a revision is never above its entry's index by more than one.
CREATED, GREEN, BLUE = 48190, 48209, 48210
FIRST = Entry(52341, 4, "put")
TERM = 4


@dataclass(frozen=True)
class Member:
    """A member; `is_stalled` while its disk holds up everything it does.

    `leader` is whom it takes for the leader (0: nobody), `log` its entries from `FIRST` on. `synced`, `committed`,
    `applied` and `flushed` are indexes: fsynced to the WAL, known to be committed, in the store, in boltdb's file.
    """

    number: int
    is_up: bool = True
    is_cut_off: bool = False
    is_stalled: bool = False
    leader: int = 0
    term: int = TERM
    log: tuple[Entry, ...] = (FIRST,)
    synced: int = FIRST.index
    committed: int = FIRST.index
    applied: int = FIRST.index
    flushed: int = FIRST.index

    @property
    def name(self) -> str:
        return f"etcd-{self.number}"

    @property
    def address(self) -> str:
        """Where its name leads to."""
        return f"192.0.2.{self.number}"

    @property
    def has_put(self) -> bool:
        """Whether the new write is in its log and fsynced."""
        return any(e.kind == "put" and FIRST.index < e.index <= self.synced for e in self.log)

    @property
    def last(self) -> int:
        return self.log[-1].index if self.log else FIRST.index - 1

    def revision(self, index: int) -> int:
        """The main revision of the store after an index: only puts make revisions (mvcc/kvstore_txn.go)."""
        return GREEN + sum(entry.kind == "put" and entry.index <= index for entry in self.log)


@dataclass(frozen=True)
class Cluster:
    """All members. Those that are cut off still reach each other and the client, but no other member."""

    members: tuple[Member, ...]

    @property
    def quorum(self) -> int:
        """More than half of the voters (raft v3.7 quorum/majority.go)."""
        return len(self.members) // 2 + 1

    def __getitem__(self, number: int) -> Member:
        return self.members[number - 1]

    def reach(self, number: int) -> tuple[Member, ...]:
        """The running members that a member can reach, itself included."""
        cut = self[number].is_cut_off
        return tuple(m for m in self.members if m.is_up and m.is_cut_off == cut)

    def side(self, number: int) -> tuple[Member, ...]:
        """Those of them that answer: a member says nothing while its disk stalls (etcd v3.7.1 etcdserver/raft.go)."""
        return tuple(m for m in self.reach(number) if not m.is_stalled)

    def later(self) -> "Cluster":
        """A tenth of a second on: a heartbeat has told how far the log is committed, and boltdb has been committed.

        A heartbeat is sent every 100 ms and tells no follower of an index that it has not acknowledged (raft v3.7.0
        raft.go sendHeartbeat); nothing moves in a member while its disk stalls.
        """
        moved = []
        for member in self.members:
            if member.is_up and not member.is_stalled:
                beats = [m for m in self.side(member.number) if m.number == member.leader]
                committed = max((member.committed, *(min(member.synced, m.committed) for m in beats)))
                member = replace(member, committed=committed, applied=committed, flushed=committed)
            moved.append(member)
        return Cluster(tuple(moved))

    def changed(self, *numbers: int, **fields: Any) -> "Cluster":
        return Cluster(tuple(replace(m, **fields) if m.number in numbers else m for m in self.members))


def parse_members(text: str, count: int, field: str) -> frozenset[int]:
    """Numbers of members, written like `2,3` or `etcd-2 etcd-3`."""
    chosen = set()
    for word in re.split(r"[\s,;]+", text.strip()):
        if not word:
            continue
        match = re.fullmatch(r"(?:etcd-)?([0-9]{1,3})", word)
        if not match or not 1 <= int(match[1]) <= count:
            raise Refusal("no-such-member", field=field, got=word[:40], count=count)
        chosen.add(int(match[1]))
    return frozenset(chosen)


def assemble(count: int, down: frozenset[int], cut_off: frozenset[int]) -> Cluster:
    """The cluster after it has come to rest: where a majority can talk there is a leader, elsewhere there is none.

    The lowest number of that majority leads. A minority has missed the last entry; thanks to PreVote its
    term is still the same (raft v3.7 raft.go).
    """
    cluster = Cluster(tuple(Member(n, n not in down, n in cut_off) for n in range(1, count + 1)))
    able = [member for member in cluster.members if member.is_up and len(cluster.side(member.number)) >= cluster.quorum]
    if not able:
        return cluster
    leader = able[0].number
    behind = [member.number for member in cluster.members if member not in able]
    last = FIRST.index - 1
    cluster = cluster.changed(*behind, log=(), synced=last, committed=last, applied=last, flushed=last)
    return cluster.changed(*(member.number for member in able), leader=leader)
