"""A write: proposed, appended, fsynced by a majority, committed, applied, answered, and flushed to boltdb at last."""

from dataclasses import replace

from app.listed import Listed
from app.widgets.etcd_write import client
from app.widgets.etcd_write.cluster import Entry
from app.widgets.etcd_write.election import FSYNC_S, can_elect, dies, elected, ignored, no_election
from app.widgets.etcd_write.tale import BATCH_S, RED, Tale

# How long one fsync of the slow disk takes. The leader's outlasts every election timeout. The follower's ends before
# CheckQuorum could find that a leader who needs it has heard nothing for a second (raft v3.7 raft.go tickHeartbeat).
STALL_LEADER_S, STALL_FOLLOWER_S = 2.5, 0.8


def write(tale: Tale, fault: str) -> Tale:
    """The whole way of one Put, with what goes wrong on it."""
    if fault == "full":
        return _no_space(tale)
    tale = tale.after(0.0005).frame(
        "check",
        tale.asked,
        now={tale.asked: "checks"},
        details=("check.quota", "check.backlog", "check.size", "check.waiter"),
    )
    if not tale.leader:
        tale = tale.after(0.0005).frame(
            "wait",
            tale.asked,
            now={tale.asked: "waits-leader"},
            details=("wait.not-proposed",),
            reachable=len(tale.cluster.side(tale.asked)),
        )
        return client.out_of_time(
            tale,
            "DeadlineExceeded",
            "context deadline exceeded",
            "give-up-leaderless",
            why_no_leader(tale),
            is_lost=fault == "answer-lost",
        )
    if tale.leader != tale.asked:
        tale = tale.after(0.0005).frame(
            "forward",
            tale.asked,
            to=tale.leader,
            verb="MsgProp",
            path="entries=[put color=red]",
            now={tale.asked: "forwards", tale.leader: "receives"},
            details=("forward.why",),
        )
    return _replicated(tale, fault)


def why_no_leader(tale: Tale) -> str:
    """Whether somebody else still has a leader, enough run but do not reach each other, or too few run."""
    running = [member for member in tale.cluster.members if member.is_up]
    if any(member.leader for member in running):
        return "minority"
    return "split" if len(running) >= tale.cluster.quorum else "no-quorum"


def _no_space(tale: Tale) -> Tale:
    """The asked member's database is over its quota: an alarm for the whole cluster, and no for every write."""
    entry = Entry(tale.member.last + 1, tale.member.term, "alarm")
    if tale.leader:
        side = numbers(tale)
        index = entry.index
        log = (*tale.member.log, entry)
        tale = tale.after(0.012).changed(*side, log=log, synced=index, committed=index, applied=index)
    else:
        tale = tale.until(client.MEMBER_GIVES_UP_S)
    tale = tale.frame(
        "alarm",
        tale.asked,
        to=tale.leader if tale.leader not in (0, tale.asked) else None,
        say="alarm" if tale.leader else "alarm-stuck",
        verb="AlarmRequest",
        path="action=ACTIVATE alarm=NOSPACE",
        now={tale.asked: "too-full"},
        details=("check.quota", "alarm.capped"),
    )
    message = "etcdserver: mvcc: database space exceeded"
    return client.refused(tale, "ResourceExhausted", message, "refuse-space", "full" if tale.leader else "full-stuck")


def numbers(tale: Tale) -> tuple[int, ...]:
    """Who answers on the side of the asked member, itself included."""
    return tuple(member.number for member in tale.cluster.side(tale.asked))


def still_together(tale: Tale, *stalled: int) -> bool:
    """Whether those that do not stall are a majority."""
    return len(set(numbers(tale)) - set(stalled)) >= tale.cluster.quorum


def _replicated(tale: Tale, fault: str) -> Tale:
    """From the leader's log to a majority of disks, or the leader is lost on the way."""
    leader = tale.leader
    if fault == "leader-dies-early" and tale.followers:
        return _lost_proposal(dies(tale, "die-early"))
    entry = Entry(tale.cluster[leader].last + 1, tale.member.term, "put")
    index = entry.index
    log = (*tale.cluster[leader].log, entry)
    tale = tale.after(0.0005).changed(leader, log=log)
    tale = tale.frame(
        "append", leader, now={leader: "appends"}, details=("append.index",), index=index, term=entry.term
    )
    if fault == "leader-dies-early":
        tale = dies(tale, "die-alone-early")
        return client.hung_up(tale, "unknown-alone-early", "leader-dies-alone")
    if tale.followers:
        tale = tale.after(client.NETWORK_S).changed(*tale.followers, log=log)
        tale = tale.frame(
            "replicate",
            leader,
            to=tale.followers[0],
            verb="MsgApp",
            path=f"term={entry.term} prev={index - 1}/{entry.term} entries=[{index}] commit={index - 1}",
            now={leader: "sends-entry"} | dict.fromkeys(tale.followers, "appends"),
            also=[(leader, other) for other in tale.followers[1:]],
            details=("replicate.first", "replicate.all"),
            index=index,
        )
    return _on_disks(tale, fault, index)


def _on_disks(tale: Tale, fault: str, index: int) -> Tale:
    leader, followers = tale.leader, tale.followers
    slow = _slow_member(tale, fault)
    quick = tuple(number for number in (leader, *followers) if number != slow)
    tale = tale.after(FSYNC_S).changed(*quick, synced=index)
    tale = tale.frame(
        "fsync",
        quick[0] if quick else leader,
        say=_fsync_words(tale, slow),
        verb="fdatasync",
        path="/var/lib/etcd/member/wal",
        now=dict.fromkeys(quick, "on-disk") | ({slow: "stalls"} if slow else {}),
        acting=quick[1:],
        details=("fsync.pace" if followers else "fsync.pace-alone", "fsync.when", "fsync.slow"),
        index=index,
        slow=f"etcd-{slow}",
        needed=tale.cluster.quorum - 1,
        others=len(tale.cluster.members) - 1,
    )
    ready = tuple(number for number in followers if number != slow)
    if slow == leader:
        tale = tale.changed(leader, is_stalled=True)
        tale = _acknowledged(tale, index, ready)
        return _overtaken(tale, index) if can_elect(tale) else _held_up(tale, index)
    if slow and not still_together(tale, slow):
        stalled = tale.changed(slow, is_stalled=True)
        return _waited_for(_acknowledged(stalled, index, ready), index, slow)
    tale = _acknowledged(tale.changed(slow, is_stalled=True), index, ready)
    if fault == "leader-dies-late":
        return _leader_dies_late(tale)
    return _finished(_committed(tale, index), fault, slow)


def _held_up(tale: Tale, index: int) -> Tale:
    """Without the leader's disk there is no majority; whatever has come in meanwhile takes effect when it is back."""
    leader = tale.leader
    followers = tale.followers
    if followers:
        tale = ignored(tale)
    tale = tale.until(STALL_LEADER_S)
    tale = tale.changed(leader, is_stalled=False, synced=index).changed(*followers, leader=leader)
    tale = tale.frame(
        "resume",
        leader,
        say="resume-leader" if followers else "resume-alone",
        now={leader: "on-disk"},
        details=("resume.late-heartbeat",) if followers else (),
        index=index,
        slow=f"etcd-{leader}",
    )
    return replace(_finished(_committed(tale, index), "none", 0), end="slow-needed")


def _waited_for(tale: Tale, index: int, slow: int) -> Tale:
    """The others are one short of a majority: the write waits for this disk."""
    tale = tale.until(STALL_FOLLOWER_S).changed(slow, is_stalled=False, synced=index)
    tale = tale.frame(
        "resume",
        slow,
        say="resume-follower",
        now={slow: "on-disk"},
        details=("resume.check-quorum",),
        index=index,
        slow=f"etcd-{slow}",
    )
    tale = _acknowledged(tale, index, (slow,))
    return replace(_finished(_committed(tale, index), "none", 0), end="slow-needed")


def _slow_member(tale: Tale, fault: str) -> int:
    if fault == "slow-leader":
        return tale.leader
    if fault == "slow-follower" and tale.followers:
        return tale.followers[-1]
    return 0


def _fsync_words(tale: Tale, slow: int) -> str:
    if slow:
        if not tale.followers:
            return "fsync-slow-alone"
        return "fsync-slow-leader" if slow == tale.leader else "fsync-slow-follower"
    return "fsync" if tale.followers else "fsync-alone"


def _acknowledged(tale: Tale, index: int, ready: tuple[int, ...]) -> Tale:
    """Each follower answers after its own fsync; the leader takes it in even while its own disk stalls."""
    if not ready:
        return tale
    return tale.after(client.NETWORK_S).frame(
        "acknowledge",
        ready[0],
        to=tale.leader,
        verb="MsgAppResp",
        path=f"term={tale.member.term} index={index}",
        now=dict.fromkeys(ready, "acknowledges"),
        acting=ready[1:],
        also=[(number, tale.leader) for number in ready[1:]],
        details=("acknowledge.after",),
        index=index,
        other=f"etcd-{ready[0]}",
    )


def _committed(tale: Tale, index: int) -> Tale:
    """The index that a majority has reached (raft v3.7 quorum/majority.go CommittedIndex)."""
    leader = tale.leader
    acked = Listed(f"{member.name}: {member.synced}" for member in tale.cluster.reach(leader))
    tale = tale.changed(leader, committed=index)
    tale = tale.frame(
        "commit",
        leader,
        now={leader: "commits"},
        details=("commit.sort", "commit.own-term"),
        index=index,
        acked=acked,
    )
    return tale if leader == tale.asked else told_committed(tale, index)


def told_committed(tale: Tale, index: int) -> Tale:
    """The leader's next message carries its commit index to everybody, and to who is stalled as well."""
    leader = tale.leader
    tale = tale.after(client.NETWORK_S).changed(*_synced(tale, index), committed=index)
    return tale.frame(
        "tell",
        leader,
        to=tale.asked,
        verb="MsgApp",
        path=f"term={tale.member.term} entries=[] commit={index}",
        now={leader: "tells"},
        details=("tell.no-fsync",),
        also=[(leader, other) for other in tale.peers if other != tale.asked],
        index=index,
    )


def _synced(tale: Tale, index: int) -> tuple[int, ...]:
    return tuple(member.number for member in tale.cluster.side(tale.asked) if member.synced >= index)


def _finished(tale: Tale, fault: str, slow: int) -> Tale:
    tale = _applied(tale)
    if fault == "answer-lost":
        tale = tale.after(client.NETWORK_S).frame(
            "cut", tale.asked, say="cut-write", now={tale.asked: "answers"}, revision=RED
        )
        tale = client.lost(tale, "unknown-done", "answer-lost")
        return replace(tale, outcome="unknown")
    tale = _flushed(client.written(tale))
    return caught_up_late(tale, slow) if slow else tale


def caught_up_late(tale: Tale, slow: int) -> Tale:
    """A follower whom nobody needed: its disk is done, and it takes in what the others have done meanwhile."""
    last = tale.member.last
    tale = tale.until(STALL_FOLLOWER_S).changed(
        slow, is_stalled=False, log=tale.member.log, synced=last, committed=last, applied=last
    )
    tale = tale.frame("catch-up", slow, say="late-disk", now={slow: "on-disk"}, slow=f"etcd-{slow}")
    return replace(tale, end="slow-follower")


def _applied(tale: Tale) -> Tale:
    """Every member that knows the commit index applies, each for itself and in the order of the log."""
    side = tuple(member.number for member in tale.cluster.side(tale.asked) if member.committed > member.applied)
    for number in side:
        tale = tale.changed(number, applied=tale.cluster[number].committed)
    tale = tale.after(0.0005)
    put = next(entry.index for entry in reversed(tale.member.log) if entry.kind == "put")
    return tale.frame(
        "apply",
        tale.asked,
        say="apply" if tale.member.applied == put else "apply-both",
        verb="bucket key",
        path=f"{tale.member.revision(tale.member.applied)}_0 → color=red",
        now=dict.fromkeys(side, "applies"),
        acting=[number for number in side if number != tale.asked],
        details=("apply.chain", "apply.record", "apply.watch"),
        revision=tale.member.revision(tale.member.applied),
        index=put,
        last=tale.member.applied,
    )


def _flushed(tale: Tale) -> Tale:
    return tale.after(BATCH_S).frame(
        "flush",
        tale.asked,
        verb="fdatasync",
        path="/var/lib/etcd/member/snap/db",
        now={"client": "answered"} | flushing(tale),
        acting=[number for number in numbers(tale) if number != tale.asked],
        details=("flush.batch", "flush.crash"),
        revision=tale.member.revision(tale.member.applied),
    )


def flushing(tale: Tale) -> dict[str | int, str]:
    return dict.fromkeys(numbers(tale), "flushes")


def _lost_proposal(tale: Tale) -> Tale:
    """The entry was nowhere but with the leader: whoever leads next, nobody proposes it again."""
    old = f"etcd-{tale.leader}"
    if not can_elect(tale):
        tale = no_election(tale, old)
        return client.timed_out(tale, "etcdserver: request timed out", "unknown-not-done", "leader-dies-early")
    tale = elected(tale)
    # Only the member that has become leader remembers when (etcd v3.7.1 server.go parseProposeCtxErr).
    hint = ", possibly due to previous leader failure" if tale.leader == tale.asked else ""
    message = f"etcdserver: request timed out{hint}"
    return client.timed_out(tale, message, "unknown-not-done", "leader-dies-early")


def _leader_dies_late(tale: Tale) -> Tale:
    """The entry is on a majority's disks: it survives its leader, if there is a majority without it."""
    old = f"etcd-{tale.leader}"
    if not tale.followers:
        return client.hung_up(dies(tale, "die-alone-late"), "unknown-alone-late", "leader-dies-alone")
    tale = dies(tale, "die-late")
    if not can_elect(tale):
        tale = no_election(tale, old)
        message = "etcdserver: request timed out"
        return client.timed_out(tale, message, "unknown-open", "leader-dies-open")
    tale = _adopted(tale)
    return replace(tale, end="leader-dies-late")


def _adopted(tale: Tale) -> Tale:
    """The next leader has the entry in its log, commits it with its own first one, and the client is answered."""
    tale = elected(tale)
    last = tale.member.last
    tale = (
        told_committed(tale, last) if tale.leader != tale.asked else tale.changed(*_synced(tale, last), committed=last)
    )
    return _flushed(client.written(_applied(tale)))


def _overtaken(tale: Tale, index: int) -> Tale:
    """The leader's disk holds up its whole loop, heartbeats too: the others elect one of themselves."""
    old = tale.leader
    return stepped_down(_adopted(tale), old, index)


def stepped_down(tale: Tale, old: int, index: int) -> Tale:
    """A stalled leader that was replaced meanwhile: inside its Raft it is a follower since the first message of the
    new term, which it reads all the while (raft v3.7.0 node.go run); it acts on it after its fsync.
    """
    new = tale.member
    tale = tale.until(STALL_LEADER_S).changed(
        old,
        is_stalled=False,
        log=new.log,
        synced=new.last,
        committed=new.last,
        applied=new.last,
        flushed=max(new.flushed, tale.cluster[old].flushed),
        leader=new.leader,
        term=new.term,
    )
    tale = tale.frame(
        "step-down",
        old,
        now={"client": "answered", old: "steps-down"},
        details=("step-down.log",),
        old=f"etcd-{old}",
        leader=f"etcd-{new.leader}",
        term=new.term,
        index=index,
    )
    return replace(tale, end="slow-leader")
