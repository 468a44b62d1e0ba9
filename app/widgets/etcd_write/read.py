"""Reads: a linearizable one asks the leader how far it must wait, a serializable one answers from what is there."""

from dataclasses import replace

from app.widgets.etcd_write import client
from app.widgets.etcd_write.election import can_elect, dies, elected, no_election
from app.widgets.etcd_write.tale import Tale
from app.widgets.etcd_write.write import why_no_leader

REQUEST_ID = "7587862094503341063"


def read(tale: Tale, fault: str) -> Tale:
    if tale.operation == "serializable-read":
        return _local(tale, fault)
    if not tale.leader:
        tale = tale.after(0.0005).frame(
            "wait", tale.asked, say="wait-read", now={tale.asked: "waits-leader"}, details=("wait-read.retry",)
        )
        return client.out_of_time(
            tale, "Unavailable", "etcdserver: request timed out", "give-up-read", why_no_leader(tale)
        )
    if fault.startswith("leader-dies"):
        return _leader_lost(tale)
    return _looked_up(_caught_up(_index_confirmed(tale)), fault, "linearizable")


def _local(tale: Tale, fault: str) -> Tale:
    """A serializable read asks nobody: only the loss of the asked member itself can stop it."""
    if fault.startswith("leader-dies") and tale.leader:
        if tale.leader == tale.asked:
            return client.hung_up(dies(tale, "die-alone-read"), "", "nobody-there")
        tale = dies(tale, "die-unneeded")
    return _looked_up(tale, fault, "serializable")


def _index_confirmed(tale: Tale) -> Tale:
    """ReadIndex: the leader notes its commit index and proves that it still leads (raft v3.7 read_only.go)."""
    leader = tale.leader
    index = tale.cluster[leader].committed
    if leader != tale.asked:
        tale = _index_asked(tale)
    if not tale.followers:
        return tale.after(0.0005).frame(
            "read-index",
            leader,
            say="read-index-alone",
            verb="MsgReadIndex",
            path=f"ctx={REQUEST_ID}",
            now={leader: "notes-index"},
            index=index,
        )
    other = tale.followers[0]
    tale = tale.after(client.NETWORK_S).frame(
        "heartbeat",
        leader,
        to=other,
        also=[(leader, one) for one in tale.followers[1:]],
        verb="MsgHeartbeat",
        path=f"term={tale.member.term} ctx={REQUEST_ID}",
        now={leader: "notes-index"},
        details=("heartbeat.own-term", "heartbeat.why", "heartbeat.shared"),
        index=index,
    )
    tale = tale.after(client.NETWORK_S).frame(
        "confirm",
        other,
        to=leader,
        acting=tale.followers[1:],
        also=[(one, leader) for one in tale.followers[1:]],
        verb="MsgHeartbeatResp",
        path=f"term={tale.member.term} ctx={REQUEST_ID}",
        now={leader: "still-leads"} | dict.fromkeys(tale.followers, "confirms"),
        details=("confirm.no-disk",),
        index=index,
    )
    if leader == tale.asked:
        return tale
    return tale.after(client.NETWORK_S).frame(
        "index",
        leader,
        to=tale.asked,
        verb="MsgReadIndexResp",
        path=f"index={index} ctx={REQUEST_ID}",
        now={tale.asked: "compares"},
        index=index,
        applied=tale.member.applied,
    )


def _index_asked(tale: Tale) -> Tale:
    return tale.after(client.NETWORK_S).frame(
        "read-index",
        tale.asked,
        to=tale.leader,
        verb="MsgReadIndex",
        path=f"ctx={REQUEST_ID}",
        now={tale.asked: "asks-index"},
        details=("read-index.loop",),
    )


def _caught_up(tale: Tale) -> Tale:
    """The member waits until it has applied what the leader had committed."""
    index = tale.cluster[tale.leader].committed
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
    stale = kind == "serializable" and any(m.applied > tale.member.applied for m in tale.cluster.members if m.is_up)
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
    tale = elected(tale)
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
    tale = _looked_up(_caught_up(_index_confirmed(tale)), "none", "linearizable")
    return replace(tale, end="leader-dies-read")
