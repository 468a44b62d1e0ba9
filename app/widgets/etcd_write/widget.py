"""The sequence `etcd-write`: follow one request through the members, or lose some of them and follow it again."""

from dataclasses import fields
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.record import dataclass
from app.widgetkit.contract import Example, Foreseen, Form, Line, Pane, Stage, Widget
from app.widgets.etcd_write.cluster import MOST, parse_members
from app.widgets.etcd_write.model import Fault, Story, tell
from app.widgets.etcd_write.stage import build_stage
from app.widgets.etcd_write.tale import Operation


def _listed(value: Any) -> Any:
    """A JSON list of numbers is as good as the text `2,3`."""
    return ",".join(str(item) for item in value) if isinstance(value, list) else value


Members = Annotated[str, Line(7), BeforeValidator(_listed, json_schema_input_type=str | list[Any])]


class Inputs(Form):
    operation: Operation = "write"
    members: Annotated[int, Field(ge=1, le=MOST)] = 3
    down: Members = ""
    cut_off: Members = ""
    fault: Fault = "none"


@dataclass(frozen=True)
class Outcome(Story):
    stage: Stage | None = None


def run(inputs: Inputs) -> Outcome:
    story = tell(inputs.members, inputs.down, inputs.cut_off, inputs.operation, inputs.fault)
    apart = parse_members(inputs.cut_off, inputs.members, "cut_off")
    stage = build_stage(inputs.members, apart, int(story.asked.removeprefix("etcd-")))
    return Outcome(**{field.name: getattr(story, field.name) for field in fields(story)}, stage=stage)


_WRITE = "etcd v3.7.1 server/etcdserver/v3_server.go, raft.go; raft v3.7.0 raft.go, quorum/majority.go"

WIDGET = Widget(
    slug="etcd-write",
    form=Inputs,
    run=run,
    subject="etcd",
    kind="sequence",
    prints=("outcome", "stored", "value", "error", "quorum", "tolerated"),
    panes=(
        Pane("members", "objects", kinds=("cluster",)),
        Pane("store", "objects", kinds=("store",)),
        Pane("terminal", "terminal", "etcdctl", wraps=True),
    ),
    faults=("down", "cut_off", "fault"),
    foreseen=Foreseen(("term", "log", "fsynced", "committed", "applied", "revision", "in boltdb")),
    examples=(
        Example(
            "good-write",
            {"members": 3, "operation": "write"},
            {
                "outcome": "answered",
                "stored": True,
                "frames.append.verb": "",
                "frames.replicate.verb": "MsgApp",
                "frames.fsync.verb": "fdatasync",
                "frames.acknowledge.verb": "MsgAppResp",
                "frames.answer.verb": "PutResponse",
                "frames.flush.at_s": 0.108,
            },
            _WRITE,
        ),
        Example(
            "two-of-five-down",
            {"members": 5, "down": "1,3", "operation": "write"},
            {"outcome": "answered", "quorum": 3, "tolerated": 2, "leader": "etcd-2"},
            "raft v3.7.0 quorum/majority.go: 3 of 5",
        ),
        Example(
            "no-quorum",
            {"members": 3, "down": "1,2", "operation": "write"},
            {"outcome": "unavailable", "stored": False, "leader": None, "error": "context deadline exceeded"},
            "raft v3.7.0 node.go run: no leader, no proposal is taken",
        ),
        Example(
            "timeout-nothing",
            {"members": 3, "operation": "write", "fault": "leader-dies-early"},
            {"outcome": "unknown", "stored": False, "error": "etcdserver: request timed out"},
            "etcd v3.7.1 server/etcdserver/server.go parseProposeCtxErr",
        ),
        Example(
            "leader-dies-late",
            {"members": 3, "operation": "write", "fault": "leader-dies-late"},
            {"outcome": "answered", "stored": True},
            "raft v3.7.0 raft.go: PreVote, becomeLeader, maybeCommit",
        ),
        Example(
            "linearizable",
            {"members": 3, "operation": "linearizable-read"},
            {"outcome": "answered", "value": "blue"},
            "etcd v3.7.1 server/etcdserver/read/read.go, raft v3.7.0 read_only.go",
        ),
        Example(
            "full",
            {"members": 3, "operation": "write", "fault": "full"},
            {"outcome": "unavailable", "stored": False, "error": "etcdserver: mvcc: database space exceeded"},
            "etcd v3.7.1 server/etcdserver/api/v3rpc/quota.go, server/storage/quota.go",
        ),
        Example(
            "stale",
            {"members": 5, "cut_off": "4,5", "operation": "serializable-read"},
            {"outcome": "answered", "value": "green", "sees.key": "end.stale.sees"},
            "etcd v3.7.1 server/etcdserver/v3_server.go Range: serializable reads skip the read index",
        ),
    ),
)
