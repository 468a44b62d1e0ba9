"""When what happens to a Pod that ends: hook, signals, exit, and until when requests are still sent to it.

Times are seconds from the moment at which somebody asks for the end. What Kubernetes decides is computed by its own
rules; what depends on machines (how long a write takes, how long the process needs) are the constants below.

Kubernetes v1.37 pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer, executePreStopHook,
setTerminationGracePeriod), kuberuntime_termination_order.go; pkg/proxy/runner/bounded_frequency_runner.go.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from app.record import dataclass

How = Literal["delete", "scale-down", "drain", "rolling-update", "liveness", "node-shutdown", "eviction"]
Hook = Literal["sleep", "command"]
OnTerm = Literal["finish", "exit", "linger"]
Fault = Literal[
    "none",
    "ignores-term",
    "shell-pid-1",
    "no-pre-stop",
    "hook-too-long",
    "finalizer",
    "node-gone",
    "pdb-refuses",
    "keep-alive",
    "proxy-behind",
]
EndedBy = Literal["exit", "sigkill", "force"]

LEAST_GRACE_S = 2  # minimumGracePeriodInSeconds: what StopContainer is given at least
PROXY_S = 1.0  # minSyncPeriod: kube-proxy writes its rules at most once a second; here it has just written them
BEHIND_S = 12.0  # a kube-proxy that is behind: so long does it need for its rules
FINISHES_S = 3.0  # how long the process needs to finish what it has
LINGERS_S = 10.0  # how long one that lingers goes on serving first
EXITS_S = 0.05  # how long one needs that simply exits
REQUEST_S = 0.2  # how long a request is worked on
SIDECAR_S = 0.1  # how long a sidecar needs to exit
TOO_LONG_S = 10  # by how much a hook outlasts the grace when that is what is wrong
REMOVED_S = 0.9  # from the last status to the kubelet's DELETE: volumes and cgroup go first
PROBED_FIRST_S, PROBE_PERIOD_S = 0.9, 2.0  # when the readiness probe comes, with periodSeconds 2
EVICTED_S = 1  # immediateEvictionGracePeriodSeconds: what a hard threshold leaves
SHUTDOWN_S = 50  # shutdownGracePeriod 60 s less 10 s of shutdownGracePeriodCriticalPods

# From the request of whoever begins to the mark on the Pod.
MARKED_S: Mapping[str, float] = {
    "delete": 0.004,
    "scale-down": 0.016,
    "drain": 0.024,
    "rolling-update": 0.022,
    "liveness": 0.0,
    "node-shutdown": 0.0,
    "eviction": 0.0,
}
LIVENESS_FAILS_S = (1.7, 3.7, 5.7)  # the process answers 500 from 0 on; livenessProbe with periodSeconds 2
READINESS_FAILS_S = (0.9, 2.9, 4.9)
NODE_NOTICED_S = 3.0  # node-monitor-period 5 s: when the node lifecycle controller looks
NODE_WRITTEN_S = 6.2  # nodeStatusUpdateFrequency 10 s: when the kubelet writes the node's status next
REPLACED_S = 1.6  # from an eviction to a ready Pod in its place
RESTARTS_S = 0.3  # from the end of a container to its next one, which the first time waits for nothing
READY_AGAIN_S = 0.4  # until that one has answered a readiness probe


def by_milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def arrived(rate: int, until_s: float) -> int:
    """How many requests have come before a time; each comes in the middle of its share of a second."""
    return max(0, -((1000 - 2 * rate * by_milliseconds(until_s)) // 2000)) if rate else 0


def arriving(rate: int, from_s: float, until_s: float) -> int:
    return max(0, arrived(rate, until_s) - arrived(rate, from_s))


@dataclass(frozen=True)
class Stream:
    """The requests of one kind of client: how many a second, and until when they are sent to this Pod.

    `from_s` is when nobody should send one any more; those that come within the spans `fails` fail, no sooner than
    `seen_s`, since a request that is cut off has come before.
    """

    client: str
    rate: int
    from_s: float
    until_s: float
    fails: tuple[tuple[float, float], ...]
    seen_s: float

    def late(self, at_s: float) -> int:
        """How many have come so far that nobody should have sent."""
        return arriving(self.rate, self.from_s, min(at_s, self.until_s))

    def failed(self, at_s: float) -> int:
        """How many of them have failed so far."""
        if at_s < self.seen_s:
            return 0
        return sum(arriving(self.rate, begin, min(at_s, end)) for begin, end in self.fails)

    @property
    def all_late(self) -> int:
        return self.late(self.until_s)

    @property
    def all_failed(self) -> int:
        return self.failed(max(self.until_s, self.seen_s))


@dataclass(frozen=True)
class Plan:
    """What the reader asked for, and every time that follows from it."""

    how: How
    grace: int
    pre_stop: int
    pre_stop_kind: Hook
    on_term: OnTerm
    sidecars: int
    inside: int
    outside: int
    balancer: int
    fault: Fault

    @property
    def hook_s(self) -> int:
        """How long the hook wants to run; 0 is none."""
        if self.fault == "no-pre-stop":
            return 0
        return self.grace + TOO_LONG_S if self.fault == "hook-too-long" else self.pre_stop

    @property
    def hook_kind(self) -> Hook:
        return "command" if self.fault == "hook-too-long" else self.pre_stop_kind

    @property
    def marked_s(self) -> float:
        """When the Pod is marked as ending; from then on nobody should send it a request."""
        return MARKED_S[self.how]

    @property
    def killing_s(self) -> float:
        """When the kubelet begins to stop the containers."""
        return LIVENESS_FAILS_S[-1] + 0.01 if self.how == "liveness" else round(self.marked_s + 0.008, 3)

    @property
    def allowed_s(self) -> int:
        """The grace that the kubelet has: at a shutdown no more than that leaves, at an eviction a second."""
        if self.how == "eviction":
            return EVICTED_S
        return min(self.grace, SHUTDOWN_S) if self.how == "node-shutdown" else self.grace

    @property
    def hook_runs_s(self) -> int:
        """How long the kubelet waits for the hook: no longer than the grace."""
        return min(self.hook_s, self.allowed_s)

    @property
    def is_hook_cut(self) -> bool:
        return self.hook_s > self.allowed_s

    @property
    def term_s(self) -> float:
        """When the process is told to stop."""
        return round(self.killing_s + self.hook_runs_s, 3)

    @property
    def left_s(self) -> int:
        """The timeout of StopContainer: what the hook has left of the grace, but at least two seconds."""
        return max(self.allowed_s - self.hook_runs_s, LEAST_GRACE_S)

    @property
    def ignores_term(self) -> bool:
        return self.fault in ("ignores-term", "shell-pid-1")

    @property
    def needs_s(self) -> float:
        """How long the process needs after the signal, if it is left alone."""
        if self.ignores_term:
            return float("inf")
        return {"finish": FINISHES_S, "exit": EXITS_S, "linger": LINGERS_S + FINISHES_S}[self.on_term]

    @property
    def is_killed(self) -> bool:
        return self.needs_s > self.left_s

    @property
    def exited_s(self) -> float:
        """When the main container's process is gone."""
        return round(self.term_s + min(self.needs_s, self.left_s), 3)

    @property
    def closes_s(self) -> float:
        """When it takes no connection any more."""
        if self.ignores_term or self.on_term == "exit":
            return self.exited_s
        return min(round(self.term_s + (LINGERS_S if self.on_term == "linger" else 0), 3), self.exited_s)

    @property
    def code(self) -> int:
        if self.is_killed:
            return 137
        return 143 if self.on_term == "exit" else 0

    @cached_property
    def sidecar_times(self) -> tuple[tuple[float, float], ...]:
        """When each sidecar is told to stop and when it is gone, the last one in the spec first.

        It waits for the main container and for the sidecars after it, but no longer than the grace.
        """
        if self.how == "liveness":
            return ()
        found: list[tuple[float, float]] = []
        last = round(self.killing_s + self.allowed_s, 3)
        before = self.exited_s
        for _ in range(self.sidecars):
            told = min(before, last)
            found.append((told, round(told + SIDECAR_S, 3)))
            before = found[-1][1]
        return tuple(found)

    @property
    def stopped_s(self) -> float:
        """When no container of the Pod runs any more."""
        return max([self.exited_s, *(gone for _, gone in self.sidecar_times)])

    # Who still sends requests

    @property
    def slice_s(self) -> float:
        """When the EndpointSlice says that the Pod is not ready."""
        if self.how == "liveness":
            return round(READINESS_FAILS_S[-1] + 0.1, 3)
        if self.how in ("node-shutdown", "eviction"):
            return round(self.stopped_s + 0.015, 3)
        return round(self.marked_s + 0.005, 3)

    @property
    def proxy_s(self) -> float:
        """When kube-proxy's rules no longer name the Pod."""
        return round(self.slice_s + (BEHIND_S if self.fault == "proxy-behind" else PROXY_S), 3)

    @property
    def balancer_s(self) -> float:
        return round(self.slice_s + self.balancer, 3)

    @cached_property
    def streams(self) -> tuple[Stream, Stream]:
        """The clients inside and those outside."""
        if self.fault == "node-gone" or (self.fault == "pdb-refuses" and self.how == "drain"):
            nobody = tuple(Stream(name, rate, 0, 0, (), 0) for name, rate in self._rates)
            return nobody[0], nobody[1]
        inside, outside = (
            Stream(name, rate, self.marked_s, until, tuple(self._fails(until)), self._seen_s)
            for (name, rate), until in zip(self._rates, self._until, strict=True)
        )
        return inside, outside

    @property
    def _rates(self) -> tuple[tuple[str, int], tuple[str, int]]:
        return ("inside", self.inside), ("outside", self.outside)

    @property
    def _until(self) -> tuple[float, float]:
        """Until when requests come: with connections that stay open until they are closed, if that is later."""
        until = self.proxy_s, self.balancer_s
        if self.fault == "keep-alive":
            until = max(until[0], self.closes_s), max(until[1], self.closes_s)
        if self.how == "liveness":
            return min(until[0], self.ready_again_s), min(until[1], self.ready_again_s)
        return until

    def _fails(self, until_s: float) -> Iterator[tuple[float, float]]:
        """The spans of time in which a request that comes fails: cut off in the middle, or nobody listens."""
        if self.how == "liveness":
            yield 0.0, until_s
            return
        cut = self.closes_s - REQUEST_S if self.is_cut_off else self.closes_s
        begin = max(round(cut, 3), self.marked_s)
        if begin < until_s:
            yield begin, until_s

    @property
    def _seen_s(self) -> float:
        """When the first request can have failed: while the process listens, none but those that it answers 500."""
        return 0 if self.how == "liveness" else self.closes_s

    @property
    def restarted_s(self) -> float:
        """When a container that its liveness probe has ended runs again."""
        return round(self.exited_s + RESTARTS_S, 3)

    @property
    def ready_again_s(self) -> float:
        return round(self.restarted_s + READY_AGAIN_S, 3)

    @property
    def is_cut_off(self) -> bool:
        """Whether the process goes while it still takes requests, so that those it is at are lost."""
        return self.closes_s == self.exited_s

    def late(self, at_s: float) -> int:
        return sum(stream.late(at_s) for stream in self.streams)

    def failed(self, at_s: float) -> int:
        return sum(stream.failed(at_s) for stream in self.streams)

    @property
    def failed_requests(self) -> int:
        return sum(stream.all_failed for stream in self.streams)

    @property
    def late_requests(self) -> int:
        return sum(stream.all_late for stream in self.streams)

    @property
    def probes_s(self) -> Iterator[float]:
        """When the readiness probe comes: it goes on until the containers have ended, but not where the kubelet itself
        ends the Pod: that notes the phase Failed first, and a prober ends with the phase.

        kubernetes v1.37 pkg/kubelet/prober/worker.go doProbe; pkg/kubelet/pod_workers.go PodStatusFunc
        """
        at_s = PROBED_FIRST_S
        while at_s < self.exited_s and self.how not in ("node-shutdown", "eviction"):
            yield at_s
            at_s = round(at_s + PROBE_PERIOD_S, 3)
