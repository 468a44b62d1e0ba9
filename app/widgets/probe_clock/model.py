"""A container's probes and the process behind them: the fields with their defaults, and what a probe is answered.

Kubernetes v1.37.2. Defaults: pkg/apis/core/v1/defaults.go, SetDefaults_Probe and SetDefaults_PodSpec. Answers:
pkg/probe/http, tcp, exec and grpc. Times are whole milliseconds; fields of the API are seconds, as they are written.
"""

from typing import Literal

from app.record import dataclass

Name = Literal["startup", "readiness", "liveness"]
Handler = Literal["httpGet", "exec", "tcpSocket", "grpc"]
RestartPolicy = Literal["Always", "OnFailure", "Never"]
Why = Literal["answered", "refused", "timeout", "unhealthy", "cut"]

NAMES: tuple[Name, ...] = ("startup", "liveness", "readiness")
DELAY_S, PERIOD_S, TIMEOUT_S, SUCCESSES, FAILURES = 0, 10, 1, 1, 3
GRACE_S = 30
MINIMUM_GRACE_S = 2  # pkg/kubelet/kuberuntime/kuberuntime_container.go minimumGracePeriodInSeconds
SIGKILLED = 137


@dataclass(frozen=True)
class Probe:
    """A probe as the API server stores it: nothing is absent but the grace of its own, in seconds."""

    handler: Handler = "httpGet"
    delay_s: int = DELAY_S
    period_s: int = PERIOD_S
    timeout_s: int = TIMEOUT_S
    successes: int = SUCCESSES
    failures: int = FAILURES
    grace_s: int | None = None
    unknown_port: str = ""
    """The port's name, if the container has none of that name; pkg/probe/util.go, ResolveContainerPort."""


@dataclass(frozen=True)
class Probes:
    """The probes of one container, and what its Pod says about its end."""

    startup: Probe | None = None
    liveness: Probe | None = None
    readiness: Probe | None = None
    restart_policy: RestartPolicy = "Always"
    grace_s: int = GRACE_S

    def of(self, name: Name) -> Probe | None:
        return {"startup": self.startup, "liveness": self.liveness, "readiness": self.readiness}[name]

    def grace_ms(self, name: Name) -> int:
        """setTerminationGracePeriod: the failed probe's own, else the Pod's; at least two seconds (killContainer).

        A container that will not be started again and is the only one ends with its Pod, which forgets why:
        computePodActions asks for KillPod, and killContainersWithSyncResult passes reasonUnknown.
        """
        probe = self.of(name)
        own = probe.grace_s if probe and self.restart_policy != "Never" else None
        return max(self.grace_s if own is None else own, MINIMUM_GRACE_S) * 1000


@dataclass(frozen=True)
class Process:
    """What runs in the container. `hangs_ms` counts from its start, `outage` on the clock of the Pod's first start.

    A process that hangs keeps its port open and takes no notice of SIGTERM. `sees_outage`: the probes whose
    endpoint asks the dependency too.
    """

    ready_ms: int = 0
    hangs_ms: int | None = None
    answers_ms: int = 20
    stops_ms: int = 1000
    outage: tuple[int, int] | None = None
    sees_outage: frozenset[Name] = frozenset()

    def hangs(self, at_ms: int, started_ms: int) -> bool:
        return self.hangs_ms is not None and at_ms >= started_ms + self.hangs_ms

    def is_out(self, name: Name, at_ms: int) -> bool:
        return self.outage is not None and name in self.sees_outage and self.outage[0] <= at_ms < self.outage[1]


@dataclass(frozen=True)
class Answered:
    """What became of a question: after how long, whether it counts as a success, and why."""

    took_ms: int
    is_success: bool
    why: Why


def ask(name: Name, probe: Probe, process: Process, at_ms: int, started_ms: int) -> Answered:
    """What a probe gets that asks at `at_ms` a process started at `started_ms`.

    Before the process listens, it is refused at once. A connection is taken by the kernel, however the process does:
    tcpSocket asks for no more. Everything else must be answered before the timeout has passed.
    """
    if at_ms < started_ms + process.ready_ms:
        return Answered(0, False, "refused")
    if probe.handler == "tcpSocket":
        return Answered(0, True, "answered")
    timeout = probe.timeout_s * 1000
    if process.answers_ms >= timeout or process.hangs(at_ms + process.answers_ms, started_ms):
        return Answered(timeout, False, "timeout")
    if process.is_out(name, at_ms):
        return Answered(process.answers_ms, False, "unhealthy")
    return Answered(process.answers_ms, True, "answered")


def stopped_after_ms(process: Process, grace_ms: int, at_ms: int, started_ms: int) -> tuple[int, int]:
    """How long after SIGTERM the process ends, and its exit code: 0, or 137 when SIGKILL had to end it."""
    if process.hangs(at_ms, started_ms) or process.stops_ms > grace_ms:
        return grace_ms, SIGKILLED
    return process.stops_ms, 0
