"""The leader is gone: the followers notice, ask around whether they could win, and elect another one."""

from typing import Any

from app.widgets.etcd_write.cluster import Entry
from app.widgets.etcd_write.tale import Tale

# A follower waits 10 to 19 ticks of 100 ms, drawn at random (raft v3.7 raft.go, etcd v3.7.1 embed/config.go).
ELECTION_TIMEOUT_S = 1.3
LONGEST_TIMEOUT_S = 1.9
ROUND_S = 0.002
FSYNC_S = 0.004


def dies(tale: Tale, say: str) -> Tale:
    """The leader's process ends here; the others still take it for the leader until they miss its heartbeats."""
    leader = tale.leader
    tale = tale.after(0.001).changed(leader, is_up=False)
    return tale.frame("die", leader, say=say, leader=f"etcd-{leader}")


def can_elect(tale: Tale) -> bool:
    """Whether the members beside the old leader are a majority by themselves."""
    return len(tale.followers) >= tale.cluster.quorum


def no_election(tale: Tale, old: str) -> Tale:
    """The rest is no majority: a pre-vote round is all it can do, again and again, without a new term.

    By the longest timeout each of them has become a pre-candidate, who knows no leader.
    """
    candidate = min(tale.followers)
    others = tuple(number for number in tale.followers if number != candidate)
    tale = tale.after(LONGEST_TIMEOUT_S).changed(*tale.followers, leader=0)
    return tale.frame(
        "no-majority",
        candidate,
        to=others[0] if others else None,
        also=[(candidate, other) for other in others[1:]],
        verb="MsgPreVote",
        path=f"term={tale.cluster[candidate].term + 1}",
        now={candidate: "asks-pre-votes"},
        details=("pre-vote.why",),
        candidate=f"etcd-{candidate}",
        leader=old,
        left=len(tale.followers),
    )


def ignored(tale: Tale) -> Tale:
    """The followers of a stalled leader are no majority without it, and it does not answer their pre-votes.

    Its ticks stand still, so that to its own Raft the lease of its term goes on (raft v3.7.0 raft.go Step, inLease).
    """
    candidate = min(tale.followers)
    stalled = tale.leader
    others = tuple(number for number in tale.followers if number != candidate)
    tale = tale.until(LONGEST_TIMEOUT_S).changed(*tale.followers, leader=0)
    return tale.frame(
        "pre-vote",
        candidate,
        to=stalled,
        also=[(candidate, other) for other in others],
        say="pre-vote-ignored",
        verb="MsgPreVote",
        path=f"term={tale.cluster[candidate].term + 1}",
        now={candidate: "asks-pre-votes"},
        details=("pre-vote.ignored-lease", "pre-vote.why"),
        candidate=f"etcd-{candidate}",
        leader=f"etcd-{stalled}",
    )


def elected(tale: Tale) -> Tale:
    """PreVote, then the vote, then the new leader's first entry, replicated and committed with all before it."""
    old, voters = tale.leader, tale.followers
    candidate = min(voters)
    others = tuple(number for number in voters if number != candidate)
    member = tale.cluster[candidate]
    last, term = member.log[-1], member.term + 1
    named: dict[str, Any] = {
        "candidate": f"etcd-{candidate}",
        "leader": f"etcd-{old}",
        "term": term,
        "index": last.index,
    }
    where = f"term={term} lastIndex={last.index} lastTerm={last.term}"
    tale = tale.after(ELECTION_TIMEOUT_S).changed(candidate, leader=0)
    tale = tale.frame(
        "pre-vote",
        candidate,
        to=others[0],
        also=[(candidate, other) for other in others[1:]],
        verb="MsgPreVote",
        path=where,
        now={candidate: "asks-pre-votes"},
        details=("pre-vote.timeout", "pre-vote.why"),
        **named,
    )
    tale = tale.after(ROUND_S)
    tale = tale.frame(
        "pre-vote-yes",
        others[0],
        to=candidate,
        acting=others[1:],
        also=[(other, candidate) for other in others[1:]],
        verb="MsgPreVoteResp",
        path=f"term={term} reject=false",
        now=dict.fromkeys(others, "would-vote") | {candidate: "asks-pre-votes"},
        details=("pre-vote.lease",),
        **named,
    )
    # The message has the higher term, and only this makes a voter give up its leader (raft.go Step, becomeFollower).
    tale = tale.after(FSYNC_S).changed(*voters, term=term, leader=0)
    tale = tale.frame(
        "vote",
        candidate,
        to=others[0],
        also=[(candidate, other) for other in others[1:]],
        verb="MsgVote",
        path=where,
        now=dict.fromkeys(others, "votes") | {candidate: "candidate"},
        details=("vote.log", "vote.fsync"),
        **named,
    )
    entry = Entry(last.index + 1, term, "empty")
    tale = tale.after(FSYNC_S + ROUND_S).changed(*voters, leader=candidate)
    tale = tale.changed(candidate, log=(*member.log, entry))
    tale = tale.frame(
        "win",
        others[0],
        to=candidate,
        acting=others[1:],
        also=[(other, candidate) for other in others[1:]],
        verb="MsgVoteResp",
        path=f"term={term} reject=false",
        now={candidate: "new-leader"},
        details=("win.empty", "win.own-term"),
        **{**named, "index": entry.index, "leader": f"etcd-{candidate}"},
    )
    return _settled(tale, entry, voters)


def _settled(tale: Tale, entry: Entry, voters: tuple[int, ...]) -> Tale:
    """The first entry of the new term is on a majority's disks: it and everything before it is committed."""
    leader = tale.leader
    log = tale.cluster[leader].log
    others = tuple(number for number in voters if number != leader)
    tale = tale.after(FSYNC_S + ROUND_S).changed(*voters, log=log, synced=entry.index)
    tale = tale.changed(leader, committed=entry.index)
    return tale.frame(
        "settle",
        others[0],
        to=leader,
        acting=others[1:],
        also=[(other, leader) for other in others[1:]],
        verb="MsgAppResp",
        path=f"term={entry.term} index={entry.index}",
        now=dict.fromkeys(others, "on-disk") | {leader: "commits"},
        details=("commit.own-term",),
        index=entry.index,
        term=entry.term,
        before=entry.index - 1,
    )
