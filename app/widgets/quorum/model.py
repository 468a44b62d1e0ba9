"""What a majority decides: how far the log is committed and whether a vote is won (etcd's raft library)."""

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Literal

from app.kube.paste.recognise import clean
from app.kube.refusal import Refusal
from app.record import dataclass
from app.widgets.quorum.members import HEX_ID, Listed, is_hexadecimal, is_printed, read_list, shown

VoteResult = Literal["won", "lost", "pending"]
Answer = Literal["yes", "no", "silent"]

MEMBERS = 1000
UINT64 = (1 << 64) - 1
TABLE = range(1, 10)
SEPARATORS = str.maketrans({",": " ", "，": " ", ";": " ", "、": " "})
YES, NO = frozenset({"yes", "true", "y", "1"}), frozenset({"no", "false", "n", "0"})


@dataclass(frozen=True)
class Ack:
    """One voter's highest index on disk, as the leader knows it; null while it has not answered."""

    voter: int
    index: int | None
    rank: int
    counts: bool
    decides: bool


@dataclass(frozen=True)
class Ballot:
    voter: int
    answer: Answer


@dataclass(frozen=True)
class Half:
    """One majority configuration: the only one, or one of the two that a joint configuration needs."""

    role: Literal["only", "incoming", "outgoing"]
    voters: tuple[int, ...]
    quorum: int
    tolerated: int
    acks: tuple[Ack, ...]
    committed: int
    could_reach: int
    ballots: tuple[Ballot, ...]
    yes: int
    no: int
    silent: int
    reach: int
    vote: VoteResult


@dataclass(frozen=True)
class Size:
    members: int
    quorum: int
    tolerated: int
    wasteful: bool
    here: bool


@dataclass(frozen=True)
class Decision:
    """What a configuration decides. `committed` is null when nobody votes: all counts as committed."""

    quorum: int
    tolerated: int
    smallest: int
    committed: int | None
    could_reach: int | None
    vote: VoteResult
    halves: tuple[Half, ...]
    strangers: tuple[int, ...]
    sizes: tuple[Size, ...]


def majority(members: int) -> int:
    """The number of voters that make a quorum. etcd-io/raft v3.7.0, quorum/majority.go, VoteResult."""
    return members // 2 + 1 if members else 0


def tolerated(members: int) -> int:
    """How many voters may fail while the rest still is a majority."""
    return members - majority(members)


def committed_index(voters: frozenset[int], acked: Mapping[int, int]) -> int | None:
    """The highest index that a majority has on disk; null for no voters, where raft answers MaxUint64.

    etcd-io/raft v3.7.0, quorum/majority.go, CommittedIndex: a voter without an answer counts as 0.
    """
    if not voters:
        return None
    indexes = sorted((acked.get(voter, 0) for voter in voters), reverse=True)
    return indexes[majority(len(voters)) - 1]


def vote_result(voters: frozenset[int], votes: Mapping[int, bool]) -> VoteResult:
    """Won at a quorum of yes, lost once that is out of reach.

    etcd-io/raft v3.7.0, quorum/majority.go, VoteResult.
    """
    if not voters:
        return "won"
    yes = sum(votes.get(voter, False) for voter in voters)
    silent = sum(voter not in votes for voter in voters)
    quorum = majority(len(voters))
    if yes >= quorum:
        return "won"
    return "pending" if yes + silent >= quorum else "lost"


def joint_committed(halves: tuple[frozenset[int], ...], acked: Mapping[int, int]) -> int | None:
    """The lowest of the halves' indexes. etcd-io/raft v3.7.0, quorum/joint.go, CommittedIndex."""
    known = [index for half in halves if (index := committed_index(half, acked)) is not None]
    return min(known) if known else None


def joint_vote(halves: tuple[frozenset[int], ...], votes: Mapping[int, bool]) -> VoteResult:
    """Both halves must be won; one lost half loses all. etcd-io/raft v3.7.0, quorum/joint.go, VoteResult."""
    results = {vote_result(half, votes) for half in halves}
    if "lost" in results:
        return "lost"
    return "pending" if "pending" in results else "won"


def smallest_quorum(incoming: frozenset[int], outgoing: frozenset[int]) -> int:
    """The fewest members that are a majority of both: those who sit in both count twice."""
    first, second = majority(len(incoming)), majority(len(outgoing))
    return first + second - min(len(incoming & outgoing), first, second)


def decide(
    incoming: frozenset[int],
    outgoing: frozenset[int],
    acked: Mapping[int, int],
    votes: Mapping[int, bool],
) -> Decision:
    """Commit index and vote of a configuration that may be joint, with how they came about."""
    both = (incoming, outgoing)
    members = incoming | outgoing
    roles: tuple[Literal["incoming", "outgoing"], ...] = ("incoming", "outgoing")
    halves = tuple(
        _half(role if all(both) else "only", half, acked, votes) for role, half in zip(roles, both, strict=True) if half
    )
    return Decision(
        quorum=majority(len(incoming or outgoing)),
        tolerated=min((half.tolerated for half in halves), default=0),
        smallest=smallest_quorum(incoming, outgoing),
        committed=joint_committed(both, acked),
        could_reach=joint_committed(both, _all_caught_up(members, acked)),
        vote=joint_vote(both, votes),
        halves=halves,
        strangers=tuple(sorted((acked.keys() | votes.keys()) - members)),
        sizes=tuple(_size(n, {len(half.voters) for half in halves}) for n in TABLE),
    )


def _all_caught_up(voters: frozenset[int], acked: Mapping[int, int]) -> dict[int, int]:
    """The same answers, the silent voters having what the most advanced voter has."""
    highest = max((acked[voter] for voter in voters if voter in acked), default=0)
    return {voter: acked.get(voter, highest) for voter in voters}


def _half(
    role: Literal["only", "incoming", "outgoing"],
    voters: frozenset[int],
    acked: Mapping[int, int],
    votes: Mapping[int, bool],
) -> Half:
    quorum = majority(len(voters))
    in_order = sorted(voters, key=lambda voter: (-acked.get(voter, -1), voter))
    ballots = tuple(Ballot(voter, _answer(votes.get(voter))) for voter in sorted(voters))
    count = {answer: sum(ballot.answer == answer for ballot in ballots) for answer in ("yes", "no", "silent")}
    return Half(
        role=role,
        voters=tuple(sorted(voters)),
        quorum=quorum,
        tolerated=tolerated(len(voters)),
        acks=tuple(
            Ack(
                voter,
                acked.get(voter),
                rank,
                counts=voter in acked and rank <= quorum,
                decides=rank == quorum,
            )
            for rank, voter in enumerate(in_order, start=1)
        ),
        committed=committed_index(voters, acked) or 0,
        could_reach=committed_index(voters, _all_caught_up(voters, acked)) or 0,
        ballots=ballots,
        yes=count["yes"],
        no=count["no"],
        silent=count["silent"],
        reach=count["yes"] + count["silent"],
        vote=vote_result(voters, votes),
    )


def _answer(vote: bool | None) -> Answer:
    if vote is None:
        return "silent"
    return "yes" if vote else "no"


def _size(members: int, here: set[int]) -> Size:
    return Size(
        members,
        majority(members),
        tolerated(members),
        wasteful=members > 1 and tolerated(members) == tolerated(members - 1),
        here=members in here,
    )


def read_voters(text: str, field: str) -> frozenset[int]:
    """Member ids from `1,2,3`, from `8e9e05c52164694d, …`, or from what `etcdctl member list` prints."""
    return frozenset(member.id for member in read_members(text, field) if not member.is_learner)


def read_members(text: str, field: str) -> tuple[Listed, ...]:
    """The members with their names, where the text has them; raft's ids are 64-bit whole numbers."""
    text = clean(text)
    if is_printed(text):
        members = read_list(text, field)
    else:
        words = _words(text, field)
        in_hex = is_hexadecimal(words)
        members = tuple(Listed(_id(word, field, in_hex), "", False) for word in words)
    for one, two in pairwise(sorted(member.id for member in members)):
        if one == two:
            raise Refusal("quorum-twice", field=field, voter=shown(one))
    return members


def read_acked(text: str, known: Collection[int] = ()) -> dict[int, int]:
    """Acknowledged indexes from `1=12,2=5`; a voter that is left out, or has `_`, has not answered."""
    pairs = _pairs(text, "acked", known)
    return {voter: _number(index, "acked") for voter, index in pairs if index != "_"}


def read_votes(text: str, known: Collection[int] = ()) -> dict[int, bool]:
    """Votes from `1=yes,2=no`; a voter that is left out, or has `_`, has not answered."""
    return {voter: _vote(vote) for voter, vote in _pairs(text, "votes", known) if vote != "_"}


def _words(text: str, field: str) -> list[str]:
    words = text.translate(SEPARATORS).split()
    if len(words) > MEMBERS:
        raise Refusal("quorum-too-many", field=field, count=len(words), limit=MEMBERS)
    return words


def _pairs(text: str, field: str, known: Collection[int]) -> list[tuple[int, str]]:
    if is_printed(text):
        raise Refusal("quorum-acked-list", field=field)
    pairs: dict[int, str] = {}
    words = [word.partition("=") for word in _words(text, field)]
    in_hex = is_hexadecimal([name for name, _, _ in words])
    for name, equals, value in words:
        if not equals or not value:
            raise Refusal("quorum-pair", field=field, text=_short(f"{name}{equals}{value}"))
        voter = _id(name, field, in_hex or (bool(HEX_ID.fullmatch(name)) and int(name, 16) in known))
        if voter in pairs:
            raise Refusal("quorum-twice", field=field, voter=shown(voter))
        pairs[voter] = value
    return list(pairs.items())


def _id(word: str, field: str, in_hex: bool) -> int:
    """A member's id; where one id of a text is in hexadecimal, all long ones are."""
    return int(word, 16) if in_hex and HEX_ID.fullmatch(word) else _number(word, field)


def _number(word: str, field: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 20) or int(word) > UINT64:
        raise Refusal("quorum-number", field=field, text=_short(word))
    return int(word)


def _vote(word: str) -> bool:
    if word.lower() in YES | NO:
        return word.lower() in YES
    raise Refusal("quorum-vote", field="votes", text=_short(word))


def _short(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:40]}…"
