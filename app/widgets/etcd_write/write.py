"""A write: proposed, appended, fsynced by a majority, committed, applied, answered, and flushed to boltdb at last."""

from dataclasses import replace

from app.widgets.etcd_write import client
from app.widgets.etcd_write.cluster import Entry
from app.widgets.etcd_write.election import FSYNC_S, can_elect, dies, elected, no_election
from app.widgets.etcd_write.tale import RED, Tale

STALL_S = 2.5  # how long the slow disk takes for one fsync; etcd warns from 1 s on (wal.go)
BATCH_S = 0.1  # boltdb commits every 100 ms or 10,000 operations (etcd v3.7.1 storage/backend/backend.go)


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
            tale, "DeadlineExceeded", "context deadline exceeded", "give-up-leaderless", why_no_leader(tale)
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
    """Whether somebody else still has a leader, or nobody has."""
    return "minority" if any(member.leader for member in tale.cluster.members if member.is_up) else "no-quorum"


def _no_space(tale: Tale) -> Tale:
    """The asked member's database is over its quota: an alarm for the whole cluster, and no for every write."""
    entry = Entry(tale.member.last + 1, tale.member.term, "alarm")
    if tale.leader:
        side = tuple(member.number for member in tale.cluster.side(tale.asked))
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
    return client.refused(tale, "ResourceExhausted", message, "refuse-space", "full")


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
        return client.hung_up(tale, "unknown-alone-early", "leader-dies-early")
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
        leader,
        say=_fsync_words(tale, slow),
        verb="fdatasync",
        path="/var/lib/etcd/member/wal",
        now=dict.fromkeys(quick, "on-disk") | ({slow: "stalls"} if slow else {}),
        acting=[number for number in tale.followers if number != slow],
        details=("fsync.parallel", "fsync.when", "fsync.slow"),
        index=index,
        slow=f"etcd-{slow}",
    )
    if slow == leader and can_elect(tale):
        return _overtaken(tale, index)
    if slow and (slow == leader or len(quick) < tale.cluster.quorum):
        tale = tale.after(STALL_S).changed(slow, synced=index)
        tale = tale.frame("resume", slow, now={slow: "on-disk"}, index=index, slow=f"etcd-{slow}")
        tale = replace(tale, end="slow-needed")
        slow = 0
    if fault == "leader-dies-late":
        return _leader_dies_late(_acknowledged(tale, index, slow))
    return _finished(_committed(_acknowledged(tale, index, slow), index), fault, slow)


def _slow_member(tale: Tale, fault: str) -> int:
    if fault == "slow-leader":
        return tale.leader
    if fault == "slow-follower" and tale.followers:
        return tale.followers[-1]
    return 0


def _fsync_words(tale: Tale, slow: int) -> str:
    if slow:
        return "fsync-slow-leader" if slow == tale.leader else "fsync-slow-follower"
    return "fsync" if tale.followers else "fsync-alone"


def _acknowledged(tale: Tale, index: int, slow: int) -> Tale:
    quick = tuple(number for number in tale.followers if number != slow)
    if not quick:
        return tale
    return tale.after(client.NETWORK_S).frame(
        "acknowledge",
        quick[0],
        to=tale.leader,
        verb="MsgAppResp",
        path=f"term={tale.member.term} index={index}",
        now=dict.fromkeys(quick, "acknowledges"),
        acting=quick[1:],
        also=[(number, tale.leader) for number in quick[1:]],
        details=("acknowledge.after",),
        index=index,
        other=f"etcd-{quick[0]}",
    )


def _committed(tale: Tale, index: int) -> Tale:
    """The index that a majority has reached (raft v3.7 quorum/majority.go CommittedIndex)."""
    leader = tale.leader
    acked = sorted((member.synced for member in tale.cluster.side(leader)), reverse=True)
    tale = tale.changed(leader, committed=index)
    tale = tale.frame(
        "commit",
        leader,
        now={leader: "commits"},
        details=("commit.sort", "commit.own-term"),
        index=index,
        acked=", ".join(str(each) for each in acked),
    )
    if leader == tale.asked:
        return tale
    tale = tale.after(client.NETWORK_S).changed(*_synced(tale, index), committed=index)
    return tale.frame(
        "tell",
        leader,
        to=tale.asked,
        verb="MsgApp",
        path=f"term={tale.member.term} entries=[] commit={index}",
        now={leader: "tells"},
        details=("tell.no-fsync",),
        also=[(leader, other) for other in tale.followers if other != tale.asked],
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
    if slow:
        tale = tale.after(STALL_S - BATCH_S).changed(slow, synced=tale.member.last, committed=tale.member.last)
        tale = tale.changed(slow, applied=tale.member.last)
        tale = tale.frame("catch-up", slow, say="late-disk", now={slow: "on-disk"}, slow=f"etcd-{slow}")
        tale = replace(tale, end="slow-follower")
    return tale


def _applied(tale: Tale) -> Tale:
    """Every member that knows the commit index applies, each for itself and in the order of the log."""
    side = tuple(member.number for member in tale.cluster.side(tale.asked) if member.committed > member.applied)
    for number in side:
        tale = tale.changed(number, applied=tale.cluster[number].committed)
    tale = tale.after(0.0005)
    return tale.frame(
        "apply",
        tale.asked,
        verb="bucket key",
        path=f"{tale.member.revision(tale.member.applied)}_0 → color=red",
        now=dict.fromkeys(side, "applies"),
        acting=[number for number in side if number != tale.asked],
        details=("apply.chain", "apply.record", "apply.watch"),
        revision=tale.member.revision(tale.member.applied),
        index=tale.member.applied,
    )


def _flushed(tale: Tale) -> Tale:
    for member in tale.cluster.side(tale.asked):
        tale = tale.changed(member.number, flushed=member.applied)
    return tale.after(BATCH_S).frame(
        "flush",
        tale.asked,
        verb="fdatasync",
        path="/var/lib/etcd/member/snap/db",
        now={"client": "answered", tale.asked: "flushes"},
        details=("flush.batch", "flush.crash"),
        revision=tale.member.revision(tale.member.applied),
    )


def _lost_proposal(tale: Tale) -> Tale:
    """The entry was nowhere but with the leader: whoever leads next, nobody proposes it again."""
    old = f"etcd-{tale.leader}"
    if not can_elect(tale):
        tale = no_election(tale, old)
        return client.timed_out(
            tale, "unknown", "etcdserver: request timed out", "unknown-not-done", "leader-dies-early"
        )
    tale = elected(tale)
    # Only the member that has become leader remembers when (etcd v3.7.1 server.go parseProposeCtxErr).
    hint = ", possibly due to previous leader failure" if tale.leader == tale.asked else ""
    message = f"etcdserver: request timed out{hint}"
    tale = tale.changed(*_synced(tale, tale.member.last), committed=tale.member.last, applied=tale.member.last)
    tale = tale.changed(*_synced(tale, tale.member.last), flushed=tale.member.last)
    return client.timed_out(tale, "unknown", message, "unknown-not-done", "leader-dies-early")


def _leader_dies_late(tale: Tale) -> Tale:
    """The entry is on a majority's disks: it survives its leader, if there is a majority without it."""
    old = f"etcd-{tale.leader}"
    if not tale.followers:
        return client.hung_up(dies(tale, "die-alone-late"), "unknown-alone-late", "leader-dies-late")
    tale = dies(tale, "die-late")
    if not can_elect(tale):
        tale = no_election(tale, old)
        message = "etcdserver: request timed out"
        return client.timed_out(tale, "unknown", message, "unknown-open", "leader-dies-open")
    tale = _adopted(tale)
    return replace(tale, end="leader-dies-late")


def _adopted(tale: Tale) -> Tale:
    """The next leader has the entry in its log, commits it with its own first one, and the client is answered."""
    tale = elected(tale)
    if tale.leader != tale.asked:
        last = tale.member.last
        tale = tale.after(client.NETWORK_S).changed(*_synced(tale, last), committed=last)
        tale = tale.frame(
            "tell",
            tale.leader,
            to=tale.asked,
            verb="MsgApp",
            path=f"term={tale.member.term} entries=[] commit={last}",
            now={tale.leader: "tells"},
            details=("tell.no-fsync",),
            also=[(tale.leader, other) for other in tale.followers if other != tale.asked],
            index=last,
        )
    else:
        tale = tale.changed(*_synced(tale, tale.member.last), committed=tale.member.last)
    return _flushed(client.written(_applied(tale)))


def _overtaken(tale: Tale, index: int) -> Tale:
    """The leader's disk holds up its whole loop, heartbeats too: the others elect one of themselves."""
    old = tale.leader
    tale = _adopted(tale.changed(old, is_stalled=True))
    new = tale.member
    tale = tale.until(STALL_S).changed(
        old,
        is_stalled=False,
        log=new.log,
        synced=new.last,
        committed=new.last,
        applied=new.last,
        flushed=new.last,
        leader=new.leader,
        term=new.term,
    )
    tale = tale.frame(
        "step-down",
        old,
        now={"client": "answered", old: "steps-down"},
        details=("step-down.heartbeat",),
        old=f"etcd-{old}",
        term=new.term,
        index=index,
    )
    return replace(tale, end="slow-leader")
