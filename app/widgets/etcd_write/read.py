"""Reads: a linearizable one asks the leader how far it must wait, a serializable one answers from what is there."""

from dataclasses import replace

from app.widgets.etcd_write import client
from app.widgets.etcd_write.cluster import Entry
from app.widgets.etcd_write.election import can_elect, dies, elected, ignored, no_election
from app.widgets.etcd_write.tale import Tale
from app.widgets.etcd_write.write import (
    STALL_FOLLOWER_S,
    STALL_LEADER_S,
    caught_up_late,
    stepped_down,
    still_together,
    why_no_leader,
)

REQUEST_ID = 7587862094503341063
REPEAT_S = 0.5  # a question that waits is sent again with the next id (etcd v3.7.1 etcdserver/read/read.go)
# What heartbeats carry: how many reads of this leader's they would confirm (raft v3.7.0 read_only.go heartbeatCtx).
THIS_READ, FIRST_READ, AFTER_REPEATS = 187, 1, 191


def read(tale: Tale, fault: str) -> Tale:
    if tale.operation == "serializable-read":
        return _local(tale, fault)
    if not tale.leader:
        tale = tale.after(0.0005).frame(
            "wait", tale.asked, say="wait-read", now={tale.asked: "waits-leader"}, details=("wait-read.retry",)
        )
        return client.out_of_time(
            tale,
            "Unavailable",
            "etcdserver: request timed out",
            "give-up-read",
            why_no_leader(tale),
            is_lost=fault == "answer-lost",
        )
    if fault.startswith("leader-dies"):
        return _leader_lost(tale)
    if fault == "slow-leader":
        return _leader_stalled(tale)
    if fault == "slow-follower" and tale.followers:
        return _follower_stalled(tale, tale.followers[-1])
    return _answered(_index_asked(tale), fault)


def _answered(tale: Tale, fault: str = "none", count: int = THIS_READ, request: int = REQUEST_ID) -> Tale:
    """From the question for the index, which is out, to the answer."""
    index = tale.cluster[tale.leader].committed
    tale = _confirmed(_beaten(tale, count), count, index)
    return _looked_up(_caught_up(_index_told(tale, index, request), index), fault, "linearizable")


def _local(tale: Tale, fault: str) -> Tale:
    """A serializable read asks nobody: only the loss of the asked member itself can stop it."""
    if fault.startswith("leader-dies") and tale.leader:
        if tale.leader == tale.asked:
            return client.hung_up(dies(tale, "die-alone-read"), "", "nobody-there")
        tale = dies(tale, "die-unneeded")
    return _looked_up(tale, fault, "serializable")


def _index_asked(tale: Tale, say: str = "read-index", request: int = REQUEST_ID) -> Tale:
    """ReadIndex: the asked member wants to know how far it must have applied (etcd v3.7.1 etcdserver/read/read.go)."""
    leader = tale.leader
    if leader == tale.asked:
        return tale.after(0.0005).frame(
            "read-index",
            leader,
            say="read-index-alone" if say == "read-index" else say,
            verb="MsgReadIndex",
            path=f"ctx={request}",
            now={leader: "notes-index"},
            index=tale.member.committed,
        )
    return tale.after(client.NETWORK_S).frame(
        "read-index",
        tale.asked,
        to=leader,
        say=say,
        verb="MsgReadIndex",
        path=f"ctx={request}",
        now={tale.asked: "asks-index"},
        details=("read-index.loop",),
    )


def _beaten(tale: Tale, count: int) -> Tale:
    """The leader notes its commit index and asks with heartbeats whether it still leads; one alone need not ask."""
    if not tale.peers:
        return tale
    leader, other = tale.leader, tale.peers[0]
    committed = tale.cluster[leader].committed
    return tale.after(client.NETWORK_S).frame(
        "heartbeat",
        leader,
        to=other,
        also=[(leader, one) for one in tale.peers[1:]],
        verb="MsgHeartbeat",
        path=f"term={tale.member.term} commit={min(committed, tale.cluster[other].synced)} ctx={count}",
        now={leader: "notes-index"},
        details=("heartbeat.own-term", "heartbeat.why", "heartbeat.shared"),
        index=committed,
    )


def _confirmed(tale: Tale, count: int, index: int, *, say: str = "confirm", late: int = 0) -> Tale:
    """A majority answers: the leader led when it noted its index (raft v3.7.0 read_only.go maybeAdvance).

    The heartbeat has told the followers how far the log is committed; the asked one still has to apply it. `late` is
    who answers alone, after the others.
    """
    answering = (late,) if late else tale.followers
    if not answering:
        return tale
    leader, other = tale.leader, answering[0]
    is_enough = say == "confirm"
    for member in (tale.cluster[number] for number in answering):
        heard = max(member.committed, min(member.synced, tale.cluster[leader].committed))
        tale = tale.changed(member.number, committed=heard)
    tale = tale.after(client.NETWORK_S).frame(
        "confirm",
        other,
        to=leader,
        say=say,
        acting=answering[1:],
        also=[(one, leader) for one in answering[1:]],
        verb="MsgHeartbeatResp",
        path=f"term={tale.member.term} ctx={count}",
        now=({leader: "still-leads"} if is_enough else {}) | dict.fromkeys(answering, "confirms"),
        details=("confirm.no-disk",) if is_enough else (),
        index=index,
        answered=len(tale.followers) + 1,
    )
    for number in answering:
        if number != tale.asked:
            tale = tale.changed(number, applied=tale.cluster[number].committed)
    return tale


def _index_told(tale: Tale, index: int, request: int) -> Tale:
    leader = tale.leader
    if leader == tale.asked:
        return tale
    return tale.after(client.NETWORK_S).frame(
        "index",
        leader,
        to=tale.asked,
        verb="MsgReadIndexResp",
        path=f"index={index} ctx={request}",
        now={tale.asked: "compares"},
        index=index,
        applied=tale.member.applied,
    )


def _caught_up(tale: Tale, index: int) -> Tale:
    """The member waits until it has applied what the leader had committed."""
    behind = tale.member.applied
    if behind >= index:
        return tale
    tale = tale.after(0.003).changed(tale.asked, committed=index, applied=index)
    return tale.frame(
        "catch-up", tale.asked, now={tale.asked: "applies"}, details=("catch-up.commit",), index=index, applied=behind
    )


def _looked_up(tale: Tale, fault: str, kind: str) -> Tale:
    revision = tale.member.revision(tale.member.applied)
    tale = tale.after(0.0003).frame(
        "look-up",
        tale.asked,
        say=f"look-up-{kind}",
        now={tale.asked: "looks-up"},
        details=("look-up.tree", "look-up.buffer", "look-up.old"),
        revision=revision,
    )
    if fault == "answer-lost":
        tale = tale.after(client.NETWORK_S).frame("cut", tale.asked, say="cut-read", now={tale.asked: "answers"})
        return client.lost(tale, "give-up-lost", "answer-lost-read")
    stale = kind == "serializable" and any(m.applied > tale.member.applied for m in tale.cluster.members)
    tale = client.read(tale, "answer-stale" if stale else f"answer-{kind}")
    return replace(tale, end="stale" if stale else "")


def _leader_lost(tale: Tale) -> Tale:
    """The leader dies before it could confirm: the read fails with the change of leader and is tried again."""
    if not tale.followers:
        return client.hung_up(dies(tale, "die-alone-read"), "", "nobody-there")
    tale = _index_asked(tale)
    old = f"etcd-{tale.leader}"
    tale = dies(tale, "die-read")
    if not can_elect(tale):
        tale = no_election(tale, old)
        return client.out_of_time(
            tale, "Unavailable", "etcdserver: request timed out", "give-up-read", why_no_leader(tale)
        )
    return replace(_asked_again(elected(tale), FIRST_READ), end="leader-dies-read")


def _asked_again(tale: Tale, count: int) -> Tale:
    """A member that has a new leader fails the reads that wait, and the client repeats them."""
    leader = tale.leader
    tale = tale.changed(leader, applied=tale.cluster[leader].committed)
    request = REQUEST_ID + 1 + int((tale.at_s - 2 * client.NETWORK_S) / REPEAT_S)
    tale = tale.failed("Unavailable", "etcdserver: leader changed")
    tale = tale.after(client.NETWORK_S).frame(
        "retry",
        tale.asked,
        to="client",
        verb="Unavailable",
        path="etcdserver: leader changed",
        now={"client": "tries-again"},
        details=("retry.reads",),
    )
    tale = _index_asked(tale.after(client.RETRY_S + client.NETWORK_S), request=request)
    return _answered(tale, count=count, request=request)


def _busy(tale: Tale, slow: int) -> tuple[Tale, int]:
    """Another client's LeaseGrant is on its way to the disks, and `slow` stalls in its fsync of it."""
    leader = tale.leader
    side = (leader, *tale.followers)
    entry = Entry(tale.cluster[leader].last + 1, tale.member.term, "lease")
    quick = tuple(number for number in side if number != slow)
    tale = tale.changed(*side, log=(*tale.cluster[leader].log, entry)).changed(*quick, synced=entry.index)
    if slow != leader and still_together(tale, slow):
        tale = tale.changed(leader, committed=entry.index, applied=entry.index)
    return tale.changed(slow, is_stalled=True), entry.index


def _leader_stalled(tale: Tale) -> Tale:
    """No heartbeat leaves a leader that is in its fsync, so no read index is confirmed (etcd v3.7.1 raft.go)."""
    leader = tale.leader
    tale, index = _busy(tale, leader)
    tale = _stall(tale, leader, "stall-leader" if tale.followers else "stall-alone", index)
    tale = _index_asked(tale, "read-index" if tale.followers else "read-index-stuck")
    if can_elect(tale):
        tale = stepped_down(_asked_again(elected(tale), FIRST_READ), leader, index)
        return replace(tale, end="slow-leader-read")
    followers = tale.followers
    if followers:
        tale = ignored(tale)
    tale = tale.until(STALL_LEADER_S).changed(leader, is_stalled=False, synced=index, committed=index, applied=index)
    tale = tale.changed(*followers, leader=leader)
    tale = tale.frame(
        "resume",
        leader,
        say="resume-leader" if followers else "resume-alone-read",
        now={leader: "on-disk"},
        details=("resume.late-heartbeat",) if followers else (),
        index=index,
        slow=f"etcd-{leader}",
    )
    tale = _asked_again(tale, AFTER_REPEATS) if followers else _looked_up(tale, "none", "linearizable")
    return replace(tale, end="slow-needed-read")


def _follower_stalled(tale: Tale, slow: int) -> Tale:
    """A follower in its fsync answers no heartbeat: it matters only where the majority needs it."""
    tale, index = _busy(tale, slow)
    if still_together(tale):
        tale = _stall(tale, slow, "stall-follower", index)
        return caught_up_late(_answered(_index_asked(tale)), slow)
    tale = _stall(tale, slow, "stall-asked" if slow == tale.asked else "stall-needed", index)
    noted = tale.cluster[tale.leader].committed
    if slow != tale.asked:
        tale = _beaten(_index_asked(tale), THIS_READ)
        tale = _confirmed(tale, THIS_READ, noted, say="confirm-too-few")
    tale = tale.until(STALL_FOLLOWER_S).changed(slow, is_stalled=False, synced=index)
    tale = tale.frame(
        "resume",
        slow,
        say="resume-follower-read",
        now={slow: "on-disk"},
        details=("resume.check-quorum",),
        index=index,
        slow=f"etcd-{slow}",
    )
    if slow == tale.asked:
        tale = _answered(_index_asked(tale.changed(tale.leader, committed=index, applied=index)))
    else:
        tale = _confirmed(tale, THIS_READ, noted, late=slow).changed(tale.leader, committed=index, applied=index)
        tale = _looked_up(_caught_up(_index_told(tale, noted, REQUEST_ID), noted), "none", "linearizable")
    return replace(tale, end="slow-needed-read")


def _stall(tale: Tale, slow: int, say: str, index: int) -> Tale:
    return tale.after(client.NETWORK_S).frame(
        "stall",
        slow,
        say=say,
        verb="fdatasync",
        path="/var/lib/etcd/member/wal",
        now={slow: "stalls"},
        details=("fsync.slow",),
        index=index,
        slow=f"etcd-{slow}",
    )
