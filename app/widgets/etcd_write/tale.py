"""The story so far: the cluster, the client's terminal, and the frames that have been told."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from app.kube.frame import Frame, StoredObject, changed_lines, next_frame
from app.record import dataclass
from app.widgets.etcd_write.cluster import BLUE, CREATED, GREEN, Cluster, Member

Operation = Literal["write", "linearizable-read", "serializable-read"]
Result = Literal["answered", "unavailable", "unknown"]

BATCH_S = 0.1  # boltdb commits every 100 ms or 10,000 operations (etcd v3.7.1 storage/backend/backend.go)
START = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
RED = BLUE + 1
VALUES = {GREEN: ("green", 2), BLUE: ("blue", 3), RED: ("red", 4)}
METHODS: Mapping[Operation, str] = {
    "write": "/etcdserverpb.KV/Put",
    "linearizable-read": "/etcdserverpb.KV/Range",
    "serializable-read": "/etcdserverpb.KV/Range",
}
ARGUMENTS: Mapping[Operation, str] = {
    "write": "put color red",
    "linearizable-read": "get color",
    "serializable-read": "get color --consistency=s",
}


@dataclass(frozen=True)
class Tale:
    """Everything at one moment; `asked` is the member that the client talks to."""

    cluster: Cluster
    asked: int
    operation: Operation
    at_s: float = 0.0
    lines: tuple[str, ...] = ()
    attempt: int = 0
    frames: tuple[Frame, ...] = ()
    outcome: Result = "unknown"
    error: str | None = None
    value: str | None = None
    end: str = ""

    @property
    def member(self) -> Member:
        return self.cluster[self.asked]

    @property
    def leader(self) -> int:
        return self.member.leader

    @property
    def followers(self) -> tuple[int, ...]:
        """Who follows the leader of the asked member and answers, itself first."""
        return self._without_leader(self.cluster.side(self.asked))

    @property
    def peers(self) -> tuple[int, ...]:
        """Whom the leader of the asked member sends to: its followers, and who is stalled among them."""
        return self._without_leader(self.cluster.reach(self.asked))

    def _without_leader(self, members: tuple[Member, ...]) -> tuple[int, ...]:
        numbers = [m.number for m in members if m.number != self.leader]
        return tuple(sorted(numbers, key=lambda number: number != self.asked))

    def after(self, seconds: float) -> "Tale":
        return self.until(round(self.at_s + seconds, 4))

    def until(self, at_s: float) -> "Tale":
        """Later; what takes up to 100 ms by itself has happened when so much time has passed."""
        is_much = at_s - self.at_s > BATCH_S - 1e-9
        return replace(self, at_s=at_s, cluster=self.cluster.later() if is_much else self.cluster)

    def told(self, *lines: str) -> "Tale":
        return replace(self, lines=(*self.lines, *lines))

    def changed(self, *numbers: int, **fields: Any) -> "Tale":
        return replace(self, cluster=self.cluster.changed(*numbers, **fields))

    def failed(self, code: str, message: str, *, reached: bool = True) -> "Tale":
        """One attempt has failed: the client logs it (etcd v3.7.1 client/v3/retry_interceptor.go).

        `reached`: there was a connection to the member, so that the peer has addresses.
        """
        ends = (f"'{self.member.address}:2379'", "'192.0.2.100:53242'", "'insecure'") if reached else ("<nil>",) * 3
        peer = "Peer{{Addr: {}, LocalAddr: {}, AuthInfo: {}}}".format(*ends)
        line = (
            f'{{"level":"warn","ts":"{self._stamp()}","logger":"etcd-client",'
            '"caller":"v3@v3.7.1/retry_interceptor.go:68","msg":"retrying of unary invoker failed",'
            f'"target":"etcd-endpoints://0xc0003a4000/{self.member.name}:2379","peer":"{peer}",'
            f'"method":"{METHODS[self.operation]}","attempt":{self.attempt},'
            f'"error":"rpc error: code = {code} desc = {message}"}}'
        )
        return replace(self.told(line), attempt=self.attempt + 1)

    def _stamp(self) -> str:
        return (START + timedelta(seconds=self.at_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def frame(
        self,
        key: str,
        actor: str | int,
        *,
        to: str | int | None = None,
        say: str = "",
        verb: str = "",
        path: str | None = None,
        now: Mapping[Any, str] | None = None,
        details: tuple[str, ...] = (),
        acting: Iterable[int] = (),
        also: Iterable[tuple[int, int]] = (),
        **values: Any,
    ) -> "Tale":
        """The tale with this moment told; `now` are states that hold for this frame only.

        `acting` are further members who do the same, `also` further ways (from, to) that the same message takes.
        """
        states = {"client": "waits"} | {m.name: self._resting(m) for m in self.cluster.members}
        states |= {_name(who): state for who, state in (now or {}).items()}
        known = {
            "member": self.member.name,
            "leader": f"etcd-{self.leader}",
            "quorum": self.cluster.quorum,
            "count": len(self.cluster.members),
        }
        told = next_frame(
            self.frames,
            key,
            _name(actor),
            states,
            say=say,
            values={**known, **values},
            details=details,
            to=_name(to) if to else None,
            verb=verb,
            path=path,
            objects=self._objects(),
            terminal="\n".join(self.lines),
            at_s=self.at_s,
            acting=map(_name, acting),
            also=((_name(a), _name(b)) for a, b in also),
        )
        return replace(self, frames=(*self.frames, told))

    def _resting(self, member: Member) -> str:
        if not member.is_up:
            return "down"
        if member.is_stalled:
            return "stalls"
        if not member.leader:
            return "no-leader"
        return "leader" if member.leader == member.number else "follower"

    def _objects(self) -> tuple[StoredObject, ...]:
        shown = [("cluster", "members", _table(self.cluster))]
        if self.member.is_up:
            shown.append(("store", self.member.name, _store(self.member)))
        before = {o.kind: o.yaml for o in self.frames[-1].objects} if self.frames else {}
        return tuple(StoredObject(k, n, text, _changed(before.get(k, text), text)) for k, n, text in shown)


def _changed(before: str, after: str) -> tuple[int, ...]:
    return changed_lines(before, after) if before != after else ()


def _name(who: str | int) -> str:
    return f"etcd-{who}" if isinstance(who, int) else who


def _table(cluster: Cluster) -> str:
    """A row for each property, a column for each member; `~` where a member is down."""

    def row(name: str, value: Any) -> str:
        cells = ", ".join(str(value(member)) if member.is_up else "~" for member in cluster.members)
        return f"{name + ':':<11}[{cells}]"

    return "\n".join(
        (
            f"{'member:':<11}[{', '.join(str(m.number) for m in cluster.members)}]",
            row("leader", lambda m: m.leader or "none"),
            row("term", lambda m: m.term),
            row("log", lambda m: m.last),
            row("fsynced", lambda m: m.synced),
            row("committed", lambda m: m.committed),
            row("applied", lambda m: m.applied),
            row("revision", lambda m: m.revision(m.applied)),
            row("in boltdb", lambda m: m.revision(m.flushed)),
        )
    )


def _store(member: Member) -> str:
    """The store of one member: the tree in memory, and the latest record of boltdb's bucket `key`, by revision."""
    revision = member.revision(member.applied)
    value, version = VALUES[revision]
    revisions = [CREATED, *(r for r in VALUES if r <= revision)]
    return "\n".join(
        (
            "treeIndex:",
            f"  color: {revisions}",
            "key:",
            f"  {revision}_0:",
            "    key: color",
            f"    value: {value}",
            f"    create_revision: {CREATED}",
            f"    mod_revision: {revision}",
            f"    version: {version}",
            "meta:",
            f"  consistent_index: {member.applied}",
        )
    )
