"""The kubelet's probe workers, its syncs of the Pod and its restarts, event after event.

Kubernetes v1.37.2, pkg/kubelet: prober/worker.go (run, doProbe), prober/prober_manager.go (UpdatePodStatus),
kuberuntime/kuberuntime_manager.go (computePodActions, doBackOff), kubelet.go (syncLoopIteration), and client-go
util/flowcontrol/backoff.go. What takes milliseconds there takes none here: status updates, EndpointSlices, starts.
Two things that depend on chance are taken at a fixed value: a sync that is asked for comes at once, but not sooner than
a second after the last one ended (the PLEG's relist period; a start is seen at once, by PLEGOnDemandRelist), and the
delay of a back-off is not stretched by the jitter of the pod worker (up to half as long again).

A container that takes the place of one which its liveness probe has killed inherits `started` from it: from one status
to the next it is kept by the container's name (kubelet_pods.go, convertToAPIContainerStatuses;
kubernetes/kubernetes#141155, since 1.35, mended after 1.37.2). It is lost when the startup worker first sees the new
container and sets its result anew.
"""

from collections.abc import Iterator
from dataclasses import field
from typing import Literal

from app.kube.story.backoff import FIRST_DELAY_S, LONGEST_DELAY_S
from app.record import dataclass
from app.widgets.probe_clock.model import NAMES, Name, Probe, Probes, Process, Why, ask, stopped_after_ms

RELIST_MS = 1000  # pkg/kubelet/kubelet.go genericPlegRelistPeriod
EXPIRES_MS = 600_000  # pkg/kubelet/kubelet.go NewMainKubelet: HasExpiredFunc, whatever the longest delay is

Result = Literal["unknown", "success", "failure"]
Skip = Literal["no-container", "delay", "waits", "held", "no-port"]
Kind = Literal[
    "start", "started", "ready", "unready", "kill", "end", "back-off", "restart", "succeeded", "failed"
]  # fmt: skip

INITIAL: dict[Name, Result] = {"startup": "unknown", "liveness": "success", "readiness": "failure"}
"""What a new container has before anything was asked; worker.go, newWorker."""
_NEVER = 1 << 62


@dataclass(frozen=True)
class Attempt:
    """One question: when, for how long, what came, and the how manieth of its kind in a row it was.

    `sets` is the result that the worker wrote for the container with it, if it wrote one.
    """

    probe: Name
    container: int
    at_ms: int
    took_ms: int
    is_success: bool
    why: Why
    run: int
    needed: int
    sets: Result | None
    by_hand: bool
    """Whether a sync asked for it and not the ticker."""

    @property
    def end_ms(self) -> int:
        return self.at_ms + self.took_ms


@dataclass(frozen=True)
class Skipped:
    """A tick at which nothing was asked, and why."""

    probe: Name
    at_ms: int
    why: Skip


@dataclass(frozen=True)
class Moment:
    """Something that the API shows: `probe` did it, `value` is a grace, a delay or an exit code, in ms or as it is."""

    kind: Kind
    at_ms: int
    container: int
    probe: Name | None = None
    value: int = 0


@dataclass
class Worker:
    """One goroutine: its ticker, its run of equal results, and the question that is under way."""

    name: Name
    probe: Probe
    next_ms: int
    last: bool | None = None
    run: int = 0
    on_hold: bool = False
    container: int = 0
    triggered: bool = False
    asking: "Asking | None" = None

    @property
    def period_ms(self) -> int:
        return self.probe.period_s * 1000


@dataclass
class Asking:
    at_ms: int
    end_ms: int
    is_success: bool
    why: Why
    by_hand: bool
    container: int


@dataclass
class Clock:
    """The state of one Pod of one container; `play` moves it on until `until_ms`."""

    probes: Probes
    process: Process
    until_ms: int
    added_ms: int
    """When the workers were made, before the first start, so at most 0."""
    attempts: list[Attempt] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    results: dict[Name, Result] = field(default_factory=dict)
    container: int = 0
    is_running: bool = False
    started_ms: int = 0
    has_started: bool = False
    is_found_out: bool = False
    """Whether the startup worker has just met a container that counts as started and is not."""
    is_ready: bool = False
    ends_ms: int = _NEVER
    exit_code: int = 0
    killed_by: Name | None = None
    finished_ms: int | None = None
    """When the container before this one ended: what the back-off of a kill is counted from."""
    retry_ms: int = _NEVER
    sync_ms: int = _NEVER
    synced_ms: int = -RELIST_MS
    delay_ms: int = 0
    delayed_ms: int = 0
    is_over: bool = False

    def play(self) -> None:
        for name in NAMES:
            if probe := self.probes.of(name):
                self.workers.append(Worker(name, probe, self.added_ms + probe.period_s * 1000))
        self._ticks_before_the_start()
        self._start(0)
        for worker in self.workers:
            self._wake(worker, 0)
        while (now := self._next()) < self.until_ms and not self.is_over:
            self._answers(now)
            if now in (self.ends_ms, self.retry_ms):
                # A grace counted from a tick is over a moment after the tick that falls on its end.
                for worker in self.workers:
                    self._wake(worker, now)
            if self.ends_ms == now:
                self._end(now)
            if self.retry_ms == now:
                self._retry(now)
            if self.sync_ms == now and not self.is_over:
                self._sync(now)
            for worker in self.workers:
                self._wake(worker, now)
            if self.is_found_out:  # those that tick at the same moment have read the status before it changes
                self.is_found_out = self.has_started = False
                self._ask_for_sync(now)

    def _next(self) -> int:
        asked = (worker.asking.end_ms if worker.asking else worker.next_ms for worker in self.workers)
        return min(self.ends_ms, self.retry_ms, self.sync_ms, *asked)

    def _ticks_before_the_start(self) -> None:
        for worker in self.workers:
            while worker.next_ms < 0:
                self.skipped.append(Skipped(worker.name, worker.next_ms, "no-container"))
                worker.next_ms += worker.period_ms

    # --- the containers ---

    def _start(self, now: int, *, inherits: bool = False) -> None:
        self.container += 1
        self.is_running, self.started_ms, self.ends_ms, self.killed_by = True, now, _NEVER, None
        self.has_started = self.probes.startup is None or inherits
        self.results = {worker.name: INITIAL[worker.name] for worker in self.workers}
        self.moments.append(Moment("start" if self.container == 1 else "restart", now, self.container))
        self.synced_ms = now
        self.sync_ms = _NEVER
        self._update_status(now)
        if self.probes.readiness:
            self._ask_for_sync(now)

    def _end(self, now: int) -> None:
        inherits = self.has_started
        self.is_running, self.ends_ms, self.has_started = False, _NEVER, False
        self.moments.append(Moment("end", now, self.container, self.killed_by, self.exit_code))
        for worker in self.workers:
            if worker.asking:
                asking = worker.asking
                asking.end_ms, asking.is_success, asking.why = now, False, "cut"
                self._answered(worker, asking)
        self._set_ready(now, False)
        self.synced_ms = now
        if self.probes.restart_policy == "Never":
            self._finish(now)
        elif self._backs_off(now, self.finished_ms):
            # The sync that killed it could not start it again; the next one sees when this one ended.
            self.finished_ms = now
            if self.probes.restart_policy == "OnFailure" and self.exit_code == 0:
                self._finish(now)
            else:
                self._wait(now)
        else:
            self._count(now, self.finished_ms)
            self.finished_ms = now
            self._start(now, inherits=inherits)

    def _finish(self, now: int) -> None:
        self.moments.append(Moment("succeeded" if self.exit_code == 0 else "failed", now, self.container))
        self.is_over = True

    # --- the back-off ---

    def _backs_off(self, now: int, finished_ms: int | None) -> bool:
        self._forget(now)
        return self.delay_ms > 0 and finished_ms is not None and now - finished_ms < self.delay_ms

    def _forget(self, now: int) -> None:
        if self.delay_ms and now - self.delayed_ms > EXPIRES_MS:
            self.delay_ms = 0

    def _count(self, now: int, finished_ms: int | None) -> None:
        """Backoff.Next: only for a container that one of its name ended before."""
        if finished_ms is not None:
            self.delay_ms = min(self.delay_ms * 2, LONGEST_DELAY_S * 1000) if self.delay_ms else FIRST_DELAY_S * 1000
            self.delayed_ms = now

    def _wait(self, now: int) -> None:
        self.moments.append(Moment("back-off", now, self.container, value=self.delay_ms))
        self.retry_ms = now + self.delay_ms

    def _retry(self, now: int) -> None:
        self.retry_ms = _NEVER
        self._count(now, self.finished_ms)
        self._start(now)

    # --- syncs of the Pod ---

    def _ask_for_sync(self, now: int) -> None:
        """A sync after the one that is under way; while a container is being stopped the worker of the Pod is busy."""
        if self.ends_ms == _NEVER and self.is_running:
            self.sync_ms = min(self.sync_ms, max(now, self.synced_ms + RELIST_MS))

    def _sync(self, now: int) -> None:
        self.sync_ms, self.synced_ms = _NEVER, now
        self._update_status(now)
        names: tuple[Name, ...] = ("liveness", "startup")
        for name in names:
            if self.results.get(name) == "failure":
                self._kill(now, name)
                break

    def _update_status(self, now: int) -> None:
        """UpdatePodStatus: a container that is not ready has its readiness asked at once."""
        if not self.has_started:
            self._set_ready(now, False)
            return
        if self.probes.readiness is None:
            self._set_ready(now, True)
        elif self.results["readiness"] != "success":
            for worker in self.workers:
                worker.triggered = worker.triggered or worker.name == "readiness"
        else:
            self._set_ready(now, True)

    def _kill(self, now: int, name: Name) -> None:
        grace = self.probes.grace_ms(name)
        after, self.exit_code = stopped_after_ms(self.process, grace, now, self.started_ms)
        self.killed_by, self.ends_ms = name, now + after
        self.moments.append(Moment("kill", now, self.container, name, grace))

    def _set_ready(self, now: int, is_ready: bool) -> None:
        if is_ready != self.is_ready:
            self.is_ready = is_ready
            self.moments.append(Moment("ready" if is_ready else "unready", now, self.container))

    # --- a worker ---

    def _wake(self, worker: Worker, now: int) -> None:
        """The worker's loop, as far as it comes without waiting."""
        while not worker.asking:
            if worker.triggered:
                worker.triggered, worker.next_ms, by_hand = False, now + worker.period_ms, True
            elif worker.next_ms <= now:
                late = now - worker.next_ms
                worker.next_ms += worker.period_ms * (1 + late // worker.period_ms)
                by_hand = False
            else:
                return
            self._probe(worker, now, by_hand)

    def _probe(self, worker: Worker, now: int, by_hand: bool) -> None:
        """doProbe, up to the question."""
        if worker.container != self.container:
            worker.container, worker.on_hold = self.container, False
            self.is_found_out = self.is_found_out or (worker.name == "startup" and self.has_started)
        why: Skip | None = None
        if worker.on_hold:
            why = "held"
        elif not self.is_running:
            why = "no-container"
            self.results[worker.name] = "failure"
        elif (now - self.started_ms) // 1000 < worker.probe.delay_s:
            why = "delay"
        elif self.has_started == (worker.name == "startup"):
            why = "held" if worker.name == "startup" else "waits"
        elif worker.probe.unknown_port:
            why = "no-port"  # what errors has no result
        if why:
            self.skipped.append(Skipped(worker.name, now, why))
            return
        got = ask(worker.name, worker.probe, self.process, now, self.started_ms)
        asking = Asking(now, now + got.took_ms, got.is_success, got.why, by_hand, self.container)
        worker.asking = asking
        if got.took_ms == 0:
            self._answered(worker, asking)

    def _answers(self, now: int) -> None:
        for worker in self.workers:
            if worker.asking and worker.asking.end_ms == now:
                self._answered(worker, worker.asking)

    def _answered(self, worker: Worker, got: Asking) -> None:
        """doProbe, from the answer on."""
        worker.asking = None
        worker.run = worker.run + 1 if worker.last is got.is_success else 1
        worker.last = got.is_success
        needed = worker.probe.successes if got.is_success else worker.probe.failures
        sets: Result | None = None
        if worker.run >= needed:
            sets = "success" if got.is_success else "failure"
        self.attempts.append(
            Attempt(
                worker.name,
                got.container,
                got.at_ms,
                got.end_ms - got.at_ms,
                got.is_success,
                got.why,
                worker.run,
                needed,
                sets,
                got.by_hand,
            )
        )
        if sets:
            self._set(worker.name, sets, got.end_ms)
            if worker.name == "startup" or (worker.name == "liveness" and not got.is_success):
                worker.on_hold, worker.run = True, 0

    def _set(self, name: Name, result: Result, now: int) -> None:
        """results.Manager.Set, and what the kubelet does when the result is another one than before."""
        if self.results[name] == result or not self.is_running:
            self.results[name] = result
            return
        self.results[name] = result
        if name == "readiness":
            self._set_ready(now, result == "success" and self.has_started)
        elif name == "startup" and result == "success":
            self.has_started = True
        if name != "liveness" or result == "failure":
            self._ask_for_sync(now)


@dataclass(frozen=True)
class Played:
    """What happened until `until_ms`, each list in its order; `is_over` when the Pod has ended."""

    attempts: tuple[Attempt, ...]
    skipped: tuple[Skipped, ...]
    moments: tuple[Moment, ...]
    until_ms: int
    is_over: bool

    def of(self, *kinds: Kind) -> Iterator[Moment]:
        return (moment for moment in self.moments if moment.kind in kinds)


def play(probes: Probes, process: Process, *, until_ms: int, added_ms: int = -1000) -> Played:
    """What a kubelet that has been running for a while does to a Pod whose container starts for the first time at 0."""
    clock = Clock(probes, process, until_ms, added_ms)
    clock.play()
    attempts = sorted(clock.attempts, key=lambda one: (one.at_ms, NAMES.index(one.probe)))
    return Played(tuple(attempts), tuple(clock.skipped), tuple(clock.moments), until_ms, clock.is_over)
