"""The probe clock against a slow second telling of the kubelet's code, against recordings, and rule by rule."""
# ruff: noqa: E501  A situation stands on one line, so that the tables can be read as tables.

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import pairwise
from types import GeneratorType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.content.language import LANGUAGES, Lang
from app.kube.refusal import Refusal
from app.place import CONTENT
from app.widgetkit.columns import width_of
from app.widgets.probe_clock.drawing import Text
from app.widgets.probe_clock.model import NAMES, Name, Probe, Probes, Process, ask
from app.widgets.probe_clock.prober import Attempt, Moment, Played, play
from app.widgets.probe_clock.widget import WIDGET, Inputs, run, timing
from tests.written import known_rooms

TICK = 100  # milliseconds between two looks of the slow telling


# --- a slow telling: every goroutine a generator that is asked at each tick of a clock ---


@dataclass
class Backoff:
    """client-go util/flowcontrol/backoff.go, for one key."""

    entry: tuple[int, int] | None = None  # delay, last update

    def gc(self, now: int) -> None:
        if self.entry and now - self.entry[1] > 600_000:
            self.entry = None

    def is_in_since(self, now: int, event: int) -> bool:
        return bool(self.entry) and event - self.entry[1] <= 600_000 and now - event < self.entry[0]  # type: ignore[index]

    def next(self, now: int, event: int) -> None:
        fresh = not self.entry or event - self.entry[1] > 600_000
        self.entry = (10_000 if fresh else min(2 * self.entry[0], 300_000), now)  # type: ignore[index]


@dataclass
class Box:
    """One container of the past or present."""

    start: int
    dies: int | None = None
    code: int = 0
    results: dict[str, str] = field(default_factory=dict)


@dataclass
class Slow:
    probes: Probes
    process: Process
    now: int = 0
    boxes: list[Box] = field(default_factory=list)
    running: bool = False
    ready: bool = False
    started: bool = False
    trigger: bool = False
    found_out: bool = False
    wants_sync: bool = False
    last_sync: int = 0
    waits_since: int | None = None
    backoff: Backoff = field(default_factory=Backoff)
    log: list[tuple[Any, ...]] = field(default_factory=list)
    told: list[tuple[Any, ...]] = field(default_factory=list)
    over: bool = False

    def go(self, until: int, added: int) -> None:
        self.now = added
        loops = [self.worker(name, probe) for name in NAMES if (probe := self.probes.of(name))]
        for loop in loops:
            next(loop)
        while self.now < until and not self.over:
            if self.now == 0:
                self.create()
            moved = True
            while moved and not self.over:
                for loop in loops:
                    if is_asking(loop):
                        next(loop)  # answers come before everything else of a moment
                if self.waits_since is not None or (self.running and self.boxes[-1].dies == self.now):
                    for loop in loops:
                        next(loop)  # a tick comes before an end or a start that was counted from one
                self.ends_and_starts(loops)
                moved = not self.over and self.sync_is_due() and self.sync()
                for loop in loops:
                    next(loop)
                if self.found_out:
                    self.found_out, self.started, self.wants_sync = False, False, True
                moved = moved or self.sync_is_due()
            self.now += TICK

    def ends_and_starts(self, loops: list[Generator[None, str | None, None]]) -> None:
        if self.running and self.boxes[-1].dies == self.now:
            self.died(loops)
        elif self.waits_since is not None:
            self.backoff.gc(self.now)
            if not self.backoff.is_in_since(self.now, self.waits_since):
                self.backoff.next(self.now, self.waits_since)
                self.waits_since = None
                self.create()

    def sync_is_due(self) -> bool:
        busy = not self.running or self.boxes[-1].dies is not None
        return self.wants_sync and not busy and self.now >= self.last_sync + 1000

    def create(self, started: bool = False) -> None:
        initial = {"startup": "unknown", "liveness": "success", "readiness": "failure"}
        self.boxes.append(Box(self.now, results={n: initial[n] for n in NAMES if self.probes.of(n)}))
        self.running, self.started = True, started or self.probes.startup is None
        self.told.append(("start" if len(self.boxes) == 1 else "restart", self.now))
        self.last_sync, self.wants_sync = self.now, self.probes.readiness is not None
        self.status()

    def status(self) -> None:
        result = self.boxes[-1].results.get("readiness", "success")
        self.trigger = self.trigger or (self.started and result != "success")
        if not self.started or result == "success":
            self.turn(self.started)

    def sync(self) -> bool:
        self.wants_sync, self.last_sync = False, self.now
        self.status()
        box = self.boxes[-1]
        failed: list[Name] = [n for n in ("liveness", "startup") if box.results.get(n) == "failure"]
        if failed:
            probe = self.probes.of(failed[0])
            assert probe
            own = self.probes.grace_s
            if probe.grace_s is not None and self.probes.restart_policy != "Never":
                own = probe.grace_s
            grace = 1000 * max(2, own)
            hung = self.process.hangs_ms is not None and self.now - box.start >= self.process.hangs_ms
            forced = hung or self.process.stops_ms > grace
            box.dies, box.code = self.now + (grace if forced else self.process.stops_ms), 137 if forced else 0
            self.told.append(("kill", self.now))
        return True

    def died(self, loops: list[Generator[None, str | None, None]]) -> None:
        seen = self.started  # of the last status, which nothing replaces before a start that comes at once
        self.running, self.started = False, False
        self.told.append(("end", self.now))
        for loop in loops:
            if is_asking(loop):
                loop.send("cut")
        self.turn(False)
        older = self.boxes[-2].dies if len(self.boxes) > 1 else None
        policy, code = self.probes.restart_policy, self.boxes[-1].code
        self.backoff.gc(self.now)
        if policy == "Never":
            self.finish(code)
        elif older is not None and self.backoff.is_in_since(self.now, older):
            if policy == "OnFailure" and code == 0:
                self.finish(code)
            else:
                self.told.append(("back-off", self.now))
                self.waits_since = self.now
        else:
            if older is not None:
                self.backoff.next(self.now, older)
            self.create(seen)

    def finish(self, code: int) -> None:
        self.told.append(("failed" if code else "succeeded", self.now))
        self.over = True

    def turn(self, ready: bool) -> None:
        if ready != self.ready:
            self.ready = ready
            self.told.append(("ready" if ready else "unready", self.now))

    def worker(self, name: Name, probe: Probe) -> Generator[None, str | None, None]:
        """Yields at each look; a message says that the container has just ended."""
        hold, run, last, known, due = False, 0, "", 0, self.now + probe.period_s * 1000
        yield
        while True:
            asked = False
            if name == "readiness" and self.trigger:
                self.trigger, due, asked = False, self.now + probe.period_s * 1000, True
            elif self.now >= due:
                while due <= self.now:
                    due += probe.period_s * 1000
                asked = True
            if not asked:
                yield
                continue
            if known != len(self.boxes):
                known, hold = len(self.boxes), False
                self.found_out = self.found_out or (name == "startup" and self.started)
            if hold:
                continue
            if not self.running:
                continue
            box = self.boxes[-1]
            if self.now - box.start < probe.delay_s * 1000 or self.started == (name == "startup"):
                continue
            begun = self.now
            got = ask(name, probe, self.process, begun, box.start)
            result = "success" if got.is_success else "failure"
            if (yield from self.waiting(begun + got.took_ms)) == "cut":
                result = "failure"
            last, run = result, run + 1 if result == last else 1
            enough = run >= (probe.successes if result == "success" else probe.failures)
            self.log.append((name, begun, self.now - begun, result == "success", run, enough))
            if enough:
                self.set(name, result, box)
                if name == "startup" or (name == "liveness" and result == "failure"):
                    hold, run = True, 0
            if got.took_ms:
                yield

    def waiting(self, until: int) -> Generator[None, str | None, str]:
        while self.now < until:
            if (yield) == "cut":
                return "cut"
        return ""

    def set(self, name: Name, result: str, box: Box) -> None:
        changed, box.results[name] = box.results[name] != result, result
        if not changed or not self.running:
            return
        if name == "readiness":
            self.turn(result == "success" and self.started)
        if name == "startup" and result == "success":
            self.started = True
        if name != "liveness" or result == "failure":
            self.wants_sync = True


def is_asking(loop: Generator[None, str | None, None]) -> bool:
    return isinstance(loop, GeneratorType) and loop.gi_yieldfrom is not None


def probes_of() -> st.SearchStrategy[Probe]:
    return st.builds(
        Probe,
        handler=st.sampled_from(["httpGet", "tcpSocket", "exec"]),
        delay_s=st.integers(0, 12),
        period_s=st.integers(1, 7),
        timeout_s=st.integers(1, 9),
        failures=st.integers(1, 4),
    )


def all_probes() -> st.SearchStrategy[Probes]:
    killing = st.builds(
        lambda probe, grace: Probe(
            probe.handler, probe.delay_s, probe.period_s, probe.timeout_s, 1, probe.failures, grace
        ),
        probes_of(),
        st.sampled_from([None, 1, 4]),
    )
    asking = st.builds(
        lambda probe, good: Probe(probe.handler, probe.delay_s, probe.period_s, probe.timeout_s, good, probe.failures),
        probes_of(),
        st.integers(1, 3),
    )
    return st.builds(
        Probes,
        startup=st.none() | killing,
        liveness=st.none() | killing,
        readiness=st.none() | asking,
        restart_policy=st.sampled_from(["Always", "OnFailure", "Never"]),
        grace_s=st.integers(0, 20),
    )


def processes() -> st.SearchStrategy[Process]:
    return st.builds(
        Process,
        ready_ms=st.integers(0, 30).map(lambda s: s * 1000),
        hangs_ms=st.none() | st.integers(1, 40).map(lambda s: s * 1000),
        answers_ms=st.integers(0, 40).map(lambda s: s * 100),
        stops_ms=st.integers(0, 60).map(lambda s: s * 500),
        outage=st.none() | st.tuples(st.integers(0, 60), st.integers(61, 90)).map(lambda s: (s[0] * 1000, s[1] * 1000)),
        sees_outage=st.frozensets(st.sampled_from(["liveness", "readiness"])),
    )


@given(probes=all_probes(), process=processes(), lead=st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_it_tells_what_the_slow_telling_tells(probes: Probes, process: Process, lead: int) -> None:
    until, added = 240_000, -lead * 100
    slow = Slow(probes, process)
    slow.go(until, added)

    quick = play(probes, process, until_ms=until, added_ms=added)

    assert [(m.kind, m.at_ms) for m in quick.moments] == slow.told
    assert [_logged(attempt) for attempt in quick.attempts] == sorted(
        slow.log, key=lambda one: (one[1], NAMES.index(one[0]))
    )


def _logged(attempt: Attempt) -> tuple[Any, ...]:
    return (attempt.probe, attempt.at_ms, attempt.took_ms, attempt.is_success, attempt.run, attempt.sets is not None)


# --- against the recordings of tests/recordings/kubernetes-1.37.2/pod-end ---

RECORDED_PROBE = Probe(period_s=2)


def kinds(played: Played) -> list[str]:
    return [moment.kind for moment in played.moments]


def test_a_startup_probe_that_fails_backs_off_at_the_third_kill() -> None:
    """startup-fails.json: restarts at 8.6 and 16.6 s after about 8 s of life each, then `back-off 10s` at 24.7 s."""
    probes = Probes(startup=Probe(period_s=2, failures=4), readiness=RECORDED_PROBE, grace_s=10)

    played = play(probes, Process(ready_ms=60_000, stops_ms=100), until_ms=30_000)

    assert kinds(played) == ["start", *["kill", "end", "restart"] * 2, "kill", "end", "back-off"]
    assert [moment.value for moment in played.of("back-off")] == [10_000]
    restarts = [moment.at_ms for moment in played.of("restart")]
    assert restarts[1] - restarts[0] == pytest.approx(8000, abs=200)


def test_a_liveness_probe_that_fails_restarts_without_back_off() -> None:
    """liveness-kills.json: 500 from 12 s on; unready two failures after, killed at 17.6 s, the next 17.98 s later."""
    probes = Probes(liveness=RECORDED_PROBE, readiness=RECORDED_PROBE, grace_s=10)
    process = Process(outage=(12_000, 60_000), sees_outage=frozenset({"liveness", "readiness"}), stops_ms=1000)

    played = play(probes, process, until_ms=19_000)

    assert kinds(played) == ["start", "ready", "unready", "kill", "end", "restart"]
    at = {moment.kind: moment.at_ms for moment in played.moments}
    assert 16_000 <= at["unready"] <= 18_000
    assert at["kill"] == pytest.approx(17_593, abs=1000)
    by_hand = [one for one in played.attempts if one.by_hand and at["unready"] <= one.at_ms <= at["kill"]]
    assert by_hand, "a Pod that has just become unready has its readiness asked again before the next tick"


def test_a_tick_comes_before_the_end_that_was_counted_from_one() -> None:
    """With the defaults a grace of 30 s is over a moment after the third tick: the next container is asked 10 s on."""
    played = play(Probes(liveness=Probe()), Process(ready_ms=10**9, stops_ms=60_000), until_ms=300_000)

    at = {kind: [one.at_ms // 1000 for one in played.moments if one.kind == kind] for kind in ("kill", "end")}
    assert at == {"kill": [29, 89, 149, 209, 269], "end": [59, 119, 179, 239, 299]}


def test_a_pod_stays_in_the_service_while_its_liveness_probe_kills_it() -> None:
    """liveness-exec-times-out.json: killed at 7.2 s, and ready until its end, 3 s later."""
    probes = Probes(liveness=Probe("exec", period_s=2), readiness=RECORDED_PROBE, grace_s=10)
    played = play(probes, Process(answers_ms=0, stops_ms=3000, ready_ms=0), until_ms=40_000)
    slow = play(
        Probes(liveness=Probe("exec", period_s=2, failures=3), grace_s=10),
        Process(answers_ms=1500, stops_ms=3000),
        until_ms=12_000,
    )

    assert kinds(played) == ["start", "ready"]
    assert [(m.kind, m.at_ms) for m in slow.moments] == [
        ("start", 0),
        ("ready", 0),
        ("kill", 6000),
        ("end", 9000),
        ("unready", 9000),
        ("restart", 9000),
        ("ready", 9000),
    ]


# --- rules, one by one ---


@given(probe=probes_of(), hangs=st.integers(30, 60), lead=st.integers(0, 50))
@settings(max_examples=100, deadline=None)
def test_a_hang_is_acted_on_within_the_time_that_is_said(probe: Probe, hangs: int, lead: int) -> None:
    asking = Probe("httpGet", 0, probe.period_s, probe.timeout_s, 1, probe.failures)
    process = Process(hangs_ms=hangs * 1000, answers_ms=0)

    played = play(Probes(liveness=asking), process, until_ms=200_000, added_ms=-lead * 100)

    said, kill = timing("liveness", asking), next(played.of("kill"))
    assert said.least_s * 1000 <= kill.at_ms - hangs * 1000 <= said.most_s * 1000


def test_the_back_off_doubles_to_five_minutes_and_is_forgotten_after_ten() -> None:
    fails = Probes(liveness=Probe(period_s=1, failures=1))
    waits = [
        m.value // 1000 for m in play(fails, Process(ready_ms=10**9, stops_ms=0), until_ms=3600_000).of("back-off")
    ]
    assert waits[:6] == [10, 20, 40, 80, 160, 300]
    assert set(waits[5:]) == {300}

    hourly = Probes(liveness=Probe(period_s=10, failures=1))
    kept = play(hourly, Process(hangs_ms=620_000), until_ms=3600_000)
    assert not list(kept.of("back-off"))


@pytest.mark.parametrize(("grace", "own", "waits"), [(30, None, 30), (30, 5, 5), (5, 60, 60), (0, None, 2), (30, 1, 2)])
def test_what_hangs_waits_out_the_grace_that_counts(grace: int, own: int | None, waits: int) -> None:
    probes = Probes(liveness=Probe(grace_s=own, failures=1), grace_s=grace)

    played = play(probes, Process(hangs_ms=5000), until_ms=120_000)

    kill, end = next(played.of("kill")), next(played.of("end"))
    assert (end.at_ms - kill.at_ms, end.value) == (waits * 1000, 137)


def test_what_is_never_restarted_ends_with_its_pod_by_the_grace_of_the_pod() -> None:
    """v1.37.2 computePodActions: nothing is kept or started, so KillPod; killContainersWithSyncResult: reasonUnknown."""
    probes = Probes(liveness=Probe(grace_s=5, failures=1), restart_policy="Never", grace_s=30)

    played = play(probes, Process(hangs_ms=5000), until_ms=120_000)

    assert [moment.value for moment in played.of("kill")] == [30_000]
    for policy, trap in (("Never", "trap.grace-never"), ("Always", "trap.grace")):
        inputs = {"restart_policy": policy, "liveness_grace": 5, "hangs_at": 30, "until": 200}
        assert trap in [said.key for said in run(Inputs.model_validate(inputs)).traps]


@pytest.mark.parametrize(
    ("policy", "stops", "ends"),
    [
        ("Never", 1000, ["kill", "end", "succeeded"]),
        ("Never", 60_000, ["kill", "end", "failed"]),
        ("OnFailure", 1000, [*["kill", "end", "restart"] * 3, "kill", "end", "succeeded"]),
        ("Always", 1000, [*["kill", "end", "restart"] * 3, "kill", "end", "back-off"]),
    ],
)
def test_the_restart_policy_decides_what_follows(policy: Any, stops: int, ends: list[str]) -> None:
    """OnFailure: the sync that kills also starts; in back-off a later one looks, sees exit code 0, and lets it be."""
    probes = Probes(liveness=Probe(failures=1), restart_policy=policy)

    played = play(probes, Process(answers_ms=2000, stops_ms=stops), until_ms=45_000 + stops)

    assert [kind for kind in kinds(played) if kind not in ("start", "ready", "unready")] == ends
    assert played.is_over == (policy != "Always")


def test_nobody_else_asks_until_the_startup_probe_has_succeeded() -> None:
    probes = Probes(startup=Probe(period_s=5, failures=30), liveness=Probe(period_s=1), readiness=Probe(period_s=1))

    played = play(probes, Process(ready_ms=22_000), until_ms=60_000)

    started = next(one.end_ms for one in played.attempts if one.probe == "startup" and one.sets == "success")
    others = [one for one in played.attempts if one.probe != "startup"]
    assert min(one.at_ms for one in others) == started, "the success itself has readiness asked"
    assert max(one.at_ms for one in played.attempts if one.probe == "startup") < started
    assert {one.why for one in played.skipped if one.probe != "startup"} >= {"waits"}


def test_a_container_after_a_liveness_kill_counts_as_started_for_a_while() -> None:
    """kubernetes/kubernetes#141155, in 1.37.2: as its reproduction has it, one second between two looks."""
    often = Probe(period_s=1, failures=1)
    process = Process(ready_ms=2500, hangs_ms=6000, stops_ms=0)
    probes = Probes(startup=Probe(period_s=1, failures=30), liveness=often, readiness=Probe(period_s=1), grace_s=2)
    told = play(probes, process, until_ms=16_000)
    (kill, *_), (restart, *_) = told.of("kill"), told.of("restart")
    asked = [(one.probe, one.at_ms - restart.at_ms) for one in told.attempts if one.at_ms >= restart.at_ms]

    assert kill.probe == "liveness"
    assert ("liveness", 0) in asked or ("liveness", 1000) in asked, "before the startup probe has succeeded"
    assert ("readiness", 0) in asked
    assert [one for one in told.of("kill") if 0 < one.at_ms - restart.at_ms <= 2000], "and it may be killed for it"


def test_the_startup_probe_loses_its_first_look_at_a_container_that_inherits() -> None:
    probes = Probes(startup=Probe(period_s=5, failures=30), liveness=Probe(), readiness=Probe(period_s=5))
    told = play(probes, Process(hangs_ms=20_000), until_ms=120_000)
    (restart, *_) = told.of("restart")
    looks = [one.at_ms for one in told.attempts if one.probe == "startup" and one.at_ms >= restart.at_ms]
    ready = [(one.kind, one.at_ms - restart.at_ms) for one in told.of("ready", "unready") if one.at_ms >= restart.at_ms]

    assert looks[0] - restart.at_ms > 5000
    assert ready[0] == ("ready", 20), "ready before its startup probe has been asked"
    assert [kind for kind, _ in ready[:3]] == ["ready", "unready", "ready"]


def test_successes_go_on_being_counted_over_a_restart() -> None:
    """worker.go keeps resultRun when the container is another one: the quirk is the real worker's."""
    probes = Probes(
        liveness=Probe("exec", failures=1, period_s=30), readiness=Probe("tcpSocket", period_s=5, successes=3)
    )

    played = play(probes, Process(answers_ms=2000, stops_ms=1000), until_ms=60_000)

    again = next(m.at_ms for m in played.moments if m.kind == "restart")
    after = [one for one in played.attempts if one.probe == "readiness" and one.at_ms >= again]
    assert (after[0].is_success, after[0].sets) == (True, "success")
    assert after[0].run > 3


# --- what the room says ---


@pytest.mark.parametrize(
    ("inputs", "field", "said"),
    [
        (
            {"liveness_successes": 2},
            "liveness_successes",
            "livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        ({"readiness_grace": 5}, "readiness_grace", "5: must not be set for readinessProbes"),
        ({"liveness_grace": 0}, "liveness_grace", "Invalid value: 0: must be greater than 0"),
        ({"liveness_period": -1}, "liveness_period", "Invalid value: -1: must be greater than or equal to 0"),
        ({"startup": "exec", "startup_delay": -3}, "startup_delay", "-3: must be greater than or equal to 0"),
    ],
)
def test_what_the_api_server_refuses_is_refused_at_its_field(inputs: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        run(Inputs(**inputs))

    assert refused.value.field == field
    assert said in refused.value.values["said"]


POD = "kind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    image: nginx\n"
DEPLOYED = (
    "kind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n"
    "    metadata: {labels: {a: b}}\n    spec:\n      terminationGracePeriodSeconds: 7\n      containers:\n"
    "      - {name: side, image: a}\n      - name: web\n        image: a\n"
    "        livenessProbe: {tcpSocket: {port: web}, failureThreshold: 5}\n"
)


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("livenessProbe: {}", "spec.containers[0].livenessProbe: Required value: must specify a handler type"),
        ("livenessProbe: {exec: {}}", "spec.containers[0].livenessProbe.exec.command: Required value"),
        ("livenessProbe: {httpGet: {}}", "livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535"),
        ("livenessProbe: {httpGet: {port: 80, scheme: http}}", 'scheme: Unsupported value: "http": supported values: "HTTP"'),
        ("livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: a b}]}}", "a valid HTTP header must consist of"),
        ("livenessProbe: {grpc: {}}", "livenessProbe.grpc.port: Invalid value: 0"),
        ("livenessProbe: {exec: {command: [a]}, grpc: {port: 1}}", "grpc: Forbidden: may not specify more than 1 handler"),
        ("livenessProbe: {tcpSocket: {port: 1}, periodSecond: 5}", 'unknown field "spec.containers[0].livenessProbe.periodSecond"'),
    ],
)  # fmt: skip
def test_a_pasted_pod_is_refused_in_the_api_servers_words(probe: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        run(Inputs(manifest=f"{POD}    {probe}\n"))

    assert said in refused.value.values["said"]
    assert refused.value.line == 7


def test_an_init_container_has_no_probes_unless_it_is_a_sidecar() -> None:
    probe = "readinessProbe: {tcpSocket: {port: 1}}"
    init = f"{POD}  initContainers:\n  - {{name: a, image: a, {probe}}}\n"
    with pytest.raises(Refusal) as refused:
        run(Inputs(manifest=init))
    assert "may not be set for init containers without restartPolicy=Always" in refused.value.values["said"]

    outcome = run(Inputs(manifest=init.replace("image: a,", "image: a, restartPolicy: Always,")))
    assert outcome.heads == ("readiness",)


@pytest.mark.parametrize(
    ("text", "heads", "liveness"),
    [
        (DEPLOYED, ("liveness",), ["0", "10", "1", "1", "5", "(7)"]),
        ("livenessProbe:\n  tcpSocket: {port: 1}\n  periodSeconds: 0\n", ("liveness",), ["0", "10", "1", "1", "3", "(30)"]),
        ("name: a\nimage: b\nlivenessProbe: {grpc: {port: 1}, timeoutSeconds: 4}\n", ("liveness",), ["0", "10", "4", "1", "3", "(30)"]),
    ],
)  # fmt: skip
def test_what_people_paste_is_read_with_its_defaults(text: str, heads: tuple[str, ...], liveness: list[str]) -> None:
    outcome = run(Inputs(manifest=text))

    assert outcome.heads == heads
    assert [row.cells[0].text for row in outcome.fields] == liveness
    assert {row.field for row in outcome.fields if row.cells[0].is_filled} <= {
        *("periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold"),
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("initialDelaySeconds: 180\nperiodSeconds: 10\n", "probe-unnamed"),
        ("Controlled By:  Job/mill\n    Liveness:  exec [a] delay=0s timeout=1s period=30s #success=1 #failure=3\n", "paste-printed"),
        ("terminationGracePeriodSeconds: 5\n", "manifest-no-kind"),
    ],
)  # fmt: skip
def test_what_is_no_probe_yet_is_called_by_its_name(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        run(Inputs(manifest=text))

    assert refused.value.code == code


DESCRIBED = """$ kubectl describe pod mill-0
Name:             mill-0
Containers:
  mill:
    Image:          mill:2
    Liveness:       http-get http://:9000/live delay=240s timeout=2s period=30s #success=1 #failure=4
    Readiness:      exec [curl localhost:9000] delay=0s timeout=1s period=5s #success=2 #failure=3
  proxy:
    Image:          proxy:1
    Startup:        grpc <pod>:9000  delay=0s timeout=1s period=10s #success=1 #failure=30
    Readiness:      tcp-socket :15021 delay=0s timeout=1s period=10s #success=1 #failure=3
"""


def test_the_lines_of_describe_hold_a_probe_whole() -> None:
    outcome = run(Inputs(manifest=DESCRIBED))

    assert outcome.heads == ("liveness", "readiness")
    assert [[cell.text for cell in row.cells] for row in outcome.fields][:5] == [
        ["240", "0"],
        ["30", "5"],
        ["2", "1"],
        ["1", "2"],
        ["4", "3"],
    ]
    alone = run(
        Inputs(manifest="    Liveness:   http-get http://:9000/ delay=4s timeout=1s period=3s #success=1 #failure=3\n")
    )
    assert [row.cells[0].text for row in alone.fields][:2] == ["4", "3"]


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("livenessProbe: {grpc: {}}", "livenessProbe.grpc.port", "livenessProbe.grpc.port: Invalid value: 0"),
        (DEPLOYED.replace("containers", "restartPolicy: Never\n      containers"), "", 'Unsupported value: "Never"'),
        (DEPLOYED.replace("Deployment", "Job"), "", 'Required value: valid values: "OnFailure", "Never"'),
    ],
)
def test_each_kind_is_refused_by_its_own_rules(text: str, where: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        run(Inputs(manifest=text))

    assert said in refused.value.values["said"]
    assert refused.value.where == where or not where


@pytest.mark.parametrize("until", [5, 90, 3600])
def test_the_picture_stays_on_its_paper(until: int) -> None:
    fields = {"startup": "exec", "startup_period": 1, "liveness_period": 1, "readiness_period": 1}
    outcome = run(Inputs.model_validate({**fields, "hangs_at": 20, "until": until, "ready_after": 2}))

    for drawing in (outcome.across, outcome.down):
        for box in drawing.boxes:
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= drawing.width
            assert box.y + box.height <= drawing.height
        assert all(0 <= mark.x <= drawing.width and 0 <= mark.y <= drawing.height for mark in drawing.marks)
        assert len(drawing.marks) <= 3 * 200 + 300
    assert len(outcome.attempts) <= 80


def test_every_preset_has_its_story() -> None:
    for example in WIDGET.examples:
        story = run(Inputs.model_validate(example.inputs)).story
        assert story is not None
        assert story.key == f"story.{example.name}"
    assert run(Inputs(hangs_at=41, until=120)).story is None


@pytest.mark.parametrize(
    ("preset", "trap"),
    [
        ("timeout-one-second", "timeout"),
        ("slow-start", "slow-start"),
        ("dependency-down", "dependency"),
        ("success-threshold", "successes"),
        ("same", "same"),
    ],
)
def test_the_traps_that_everybody_falls_into_have_their_presets(preset: str, trap: str) -> None:
    (inputs,) = (example.inputs for example in WIDGET.examples if example.name == preset)

    assert f"trap.{trap}" in [said.key for said in run(Inputs.model_validate(inputs)).traps]


def test_a_restart_costs_more_than_the_trouble_when_both_probes_are_the_same() -> None:
    """What the preset's story says: over at 55 s, ready again at 80 s; with readiness alone nothing is restarted."""
    (inputs,) = (example.inputs for example in WIDGET.examples if example.name == "same")
    both = run(Inputs.model_validate(inputs))
    alone = run(Inputs.model_validate({**inputs, "outage_seen_by": "readiness"}))

    assert int(inputs["outage_from"]) + int(inputs["outage_for"]) == 55
    assert [round(one.at_s) for one in both.moments if one.kind == "ready"][-1] == 80
    assert alone.restarts == 0
    assert alone.in_service_s > both.in_service_s


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_of_the_picture_do_not_touch(lang: Lang) -> None:
    """A letter takes up 7.3 units of those that are drawn: below a question, and on the narrow paper beside the lanes."""
    words = known_rooms()["probe-clock"].words
    web = (CONTENT / "11-container-life" / "example" / "web.yaml").read_text()
    lesson = {"manifest": web, "ready_after": "45", "hangs_at": "90", "until": "240"}
    slow = {"ready_after": "45", "startup": "exec", "until": "3600"}

    for inputs in (lesson, slow, *(example.inputs for example in WIDGET.examples)):
        outcome = run(Inputs.model_validate(inputs))
        runs = [Text(mark.run, mark.x, mark.y) for mark in outcome.across.marks if mark.run]
        names = [Text(words.text(lang, f"lane.{lane.text}"), lane.x, lane.y) for lane in outcome.down.lanes]
        for texts in (runs, names):
            for one, next_to in pairwise(sorted(texts, key=lambda text: (text.y, text.x))):
                apart = (width_of(one.text) + width_of(next_to.text)) / 2 * 7.3
                assert one.y != next_to.y or next_to.x - one.x >= apart, (one, next_to)
        assert all(name.x + width_of(name.text) / 2 * 7.3 <= outcome.down.width for name in names)
        wide = [words.text(lang, f"lane.{lane.text}") for lane in outcome.across.lanes]
        assert all(outcome.across.lanes[0].x >= width_of(name) * 7.3 for name in wide)
        assert outcome.down.seconds[-1].x >= width_of(f"{outcome.down.seconds[-1].text} s") * 7.3


def moments(outcome_inputs: dict[str, Any]) -> list[Moment]:
    return list(play(Probes(liveness=Probe()), Process(**outcome_inputs), until_ms=60_000).moments)


def test_only_what_changes_the_result_is_drawn_as_a_turn() -> None:
    """A new container's liveness is a success already, its readiness a failure."""
    drawing = run(Inputs(hangs_at=40, until=120)).across
    turns = Counter((mark.kind, mark.y) for mark in drawing.marks if mark.is_turn)
    liveness, readiness = sorted({y for _, y in turns})

    assert dict(turns) == {("bad", liveness): 1, ("good", readiness): 2, ("bad", readiness): 1}


def test_a_kernel_takes_connections_for_a_process_that_hangs() -> None:
    tcp = Probes(liveness=Probe("tcpSocket"))

    assert not list(play(tcp, Process(hangs_ms=1000), until_ms=120_000).of("kill"))
    assert any(moment.kind == "kill" for moment in moments({"hangs_ms": 1000}))


@pytest.mark.parametrize(
    ("probe", "ports", "ready_s", "kills", "trap"),
    [
        ("readinessProbe: {httpGet: {port: web}}", "", None, 0, "trap.no-port.readiness"),
        ("readinessProbe: {httpGet: {port: web}}", "ports: [{name: web, containerPort: 80}]", 11.02, 0, ""),
        ("readinessProbe: {httpGet: {port: web}}", "ports: [{name: api, containerPort: 80}]", None, 0, "trap.no-port.readiness"),
        ("startupProbe: {tcpSocket: {port: web}, failureThreshold: 1}", "", None, 0, "trap.no-port.startup"),
        ("livenessProbe: {tcpSocket: {port: web}, failureThreshold: 1}", "", 0.0, 0, "trap.no-port.liveness"),
    ],
)  # fmt: skip
def test_a_port_that_the_container_does_not_name_gives_no_result(
    probe: str, ports: str, ready_s: float | None, kills: int, trap: str
) -> None:
    """prober/worker.go, doProbe, v1.37.2: "Prober error, throw away the result"."""
    container = "\n    ".join(["- name: a", "  image: a", *filter(None, (f"  {ports}" if ports else "", f"  {probe}"))])
    manifest = f"kind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n    {container}\n"

    outcome = run(Inputs(manifest=manifest))

    assert (outcome.first_ready_s, outcome.kills) == (ready_s, kills)
    assert [said.key for said in outcome.traps if "no-port" in said.key] == ([trap] if trap else [])


def test_of_a_probe_that_was_copied_alone_the_port_is_taken_to_be_there() -> None:
    assert run(Inputs(manifest="readinessProbe: {httpGet: {port: web}}")).first_ready_s is not None
