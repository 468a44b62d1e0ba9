"""What a paste says, as facts. Ages are seconds before the paste's own now; None is what it does not say."""

from collections.abc import Mapping
from dataclasses import field

from app.kube.transcript.text import Chunk, Quote
from app.record import dataclass

CONTAINERS, CONDITIONS = 60, 60
"""Containers and conditions of one Pod that are kept; what goes beyond is counted."""

Where = dict[str, Quote]
NOWHERE = Quote("", 0)


@dataclass(frozen=True, slots=True)
class Recognised:
    """One piece of the paste: what it was taken for, and its lines, from 1, both in it."""

    kind: str
    from_line: int
    to_line: int


@dataclass(frozen=True)
class EventFact:
    """One event; `last` and `first` are its ages in seconds, `name` the object's where the text names it."""

    type: str
    reason: str
    message: str
    chunk: Chunk
    kind: str = ""
    namespace: str = ""
    name: str = ""
    container: str = ""
    source: str = ""
    count: int = 1
    last: float | None = None
    first: float | None = None
    at: str = ""
    order: int = 0


@dataclass
class ContainerFact:
    """One container as `describe` or the object's status tells it; `where` quotes each field."""

    name: str
    init: bool = False
    sidecar: bool = False
    image: str = ""
    state: str = ""
    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    signal: int | None = None
    started: str = ""
    finished: str = ""
    last_state: str = ""
    last_reason: str = ""
    last_message: str = ""
    last_exit: int | None = None
    last_signal: int | None = None
    last_started: str = ""
    last_finished: str = ""
    ready: bool | None = None
    started_flag: bool | None = None
    restarts: int | None = None
    memory_limit: str = ""
    has_resources: bool = False
    probes: dict[str, str] = field(default_factory=dict)
    where: Where = field(default_factory=dict)


@dataclass
class ConditionFact:
    type: str
    status: str
    reason: str = ""
    message: str = ""
    at: str = ""
    quote: Quote = NOWHERE


@dataclass
class PodFact:
    """One Pod, from whatever pieces speak of it. `column` is STATUS where a table printed it."""

    name: str = ""
    namespace: str = ""
    node: str | None = None
    phase: str = ""
    reason: str = ""
    message: str = ""
    column: str = ""
    ready_count: tuple[int, int] | None = None
    restarts: int | None = None
    restarted_ago: float | None = None
    age: float | None = None
    deleting: bool = False
    deleting_for: float | None = None
    deleted_at: str = ""
    grace: int | None = None
    finalizers: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    readiness_gates: tuple[str, ...] = ()
    scheduler: str = ""
    restart_policy: str = ""
    owner: str = ""
    created: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    conditions: dict[str, ConditionFact] = field(default_factory=dict)
    containers: list[ContainerFact] = field(default_factory=list)
    has_events: bool | None = None
    described: bool = False
    stored: bool = False
    content: Mapping[str, object] | None = None
    where: Where = field(default_factory=dict)
    left_out: set[tuple[str, str]] = field(default_factory=set)

    def container(self, name: str, init: bool = False) -> ContainerFact:
        """The container of this name, made when nobody has spoken of it yet; beyond `CONTAINERS` it is only counted."""
        for each in self.containers:
            if each.name == name:
                return each
        return self.add(ContainerFact(name, init))

    def add(self, container: ContainerFact) -> ContainerFact:
        if len(self.containers) < CONTAINERS:
            self.containers.append(container)
        else:
            self.left_out.add(("container", container.name))
        return container

    def condition(self, found: ConditionFact) -> None:
        if len(self.conditions) < CONDITIONS or found.type in self.conditions:
            self.conditions[found.type] = found
        else:
            self.left_out.add(("condition", found.type))

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


@dataclass
class NodeFact:
    name: str
    ready: str = ""
    unschedulable: bool = False
    taints: tuple[str, ...] = ()
    content: Mapping[str, object] | None = None
    conditions: dict[str, ConditionFact] = field(default_factory=dict)
    where: Where = field(default_factory=dict)


@dataclass
class OwnerFact:
    """A controller, claim, Service or other object beside the Pod: what its table or description says of it."""

    kind: str
    name: str
    fields: dict[str, str] = field(default_factory=dict)
    quote: Quote = NOWHERE
    where: Where = field(default_factory=dict)
    namespace: str = ""


@dataclass(frozen=True)
class LogFact:
    """Lines that a container wrote."""

    chunk: Chunk
    pod: str = ""
    container: str = ""
    previous: bool = False


@dataclass(frozen=True)
class RefusalFact:
    """What the API server refused, as kubectl or the audit log prints it."""

    chunk: Chunk
    verb: str = ""
    code: int = 0


@dataclass
class Case:
    """All that one paste says."""

    recognised: list[Recognised] = field(default_factory=list)
    pods: list[PodFact] = field(default_factory=list)
    events: list[EventFact] = field(default_factory=list)
    nodes: list[NodeFact] = field(default_factory=list)
    owners: list[OwnerFact] = field(default_factory=list)
    logs: list[LogFact] = field(default_factory=list)
    refusals: list[RefusalFact] = field(default_factory=list)
    loose: list[Chunk] = field(default_factory=list)
    indexes: list[Mapping[str, object]] = field(default_factory=list)
    audits: list[tuple[str, str, str, str, str, Quote]] = field(default_factory=list)
    now: str = ""
    items: dict[int, object] = field(default_factory=dict, repr=False)
    left_out: int = 0
    by_name: dict[str, PodFact] = field(default_factory=dict, repr=False)
    by_place: dict[tuple[str, str], PodFact] = field(default_factory=dict, repr=False)
    by_node: dict[str, NodeFact] = field(default_factory=dict, repr=False)

    def pod(self, name: str, namespace: str = "") -> PodFact:
        """The Pod of this name, made when nobody has spoken of it yet."""
        first = self.by_name.get(name)
        if first is not None and (not namespace or first.namespace in ("", namespace)):
            first.namespace = first.namespace or namespace
            return first
        if found := self.by_place.get((namespace, name)):
            return found
        made = PodFact(name, namespace)
        self.pods.append(made)
        self.by_name.setdefault(name, made)
        self.by_place[namespace, name] = made
        return made

    def node(self, name: str) -> NodeFact:
        if name not in self.by_node:
            self.by_node[name] = NodeFact(name)
            self.nodes.append(self.by_node[name])
        return self.by_node[name]
