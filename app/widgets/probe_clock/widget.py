"""The room `probe-clock`: probes and a process in, every question, restart and turn of readiness out."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from app.kube.paste.passed import PassedOver, groups
from app.kube.validation.default import Filled, listed
from app.kube.validation.probe import DEFAULTS
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Say, Widget
from app.widgets.probe_clock.drawing import Drawing, draw
from app.widgets.probe_clock.model import (
    NAMES,
    SIGKILLED,
    Handler,
    Name,
    Probe,
    Probes,
    Process,
    RestartPolicy,
    Why,
)
from app.widgets.probe_clock.prober import Attempt, Kind, Moment, Played, Result, play
from app.widgets.probe_clock.reading import KEYS, Read, read_fields, read_manifest

SHOWN_ATTEMPTS, SHOWN_MOMENTS = 80, 40
LONGEST_S = 3600
Asked = Literal["none", "httpGet", "exec", "tcpSocket", "grpc"]
Seen = Literal["none", "readiness", "liveness", "both"]
Seconds = Annotated[int, Field(ge=0, le=LONGEST_S)]
Number = int | None


class Inputs(Form):
    ready_after: Seconds = 3
    hangs_at: Seconds = 0
    answers_in: Annotated[int, Field(ge=0, le=600_000)] = 20
    stops_in: Seconds = 1
    until: Annotated[int, Field(ge=5, le=LONGEST_S)] = 90
    startup: Asked = "none"
    startup_delay: Number = None
    startup_period: Number = None
    startup_timeout: Number = None
    startup_failures: Number = None
    startup_successes: Number = None
    startup_grace: Number = None
    liveness: Asked = "httpGet"
    liveness_delay: Number = None
    liveness_period: Number = None
    liveness_timeout: Number = None
    liveness_failures: Number = None
    liveness_successes: Number = None
    liveness_grace: Number = None
    readiness: Asked = "httpGet"
    readiness_delay: Number = None
    readiness_period: Number = None
    readiness_timeout: Number = None
    readiness_failures: Number = None
    readiness_successes: Number = None
    readiness_grace: Number = None
    restart_policy: RestartPolicy = "Always"
    grace: Seconds = 30
    lead: Annotated[int, Field(ge=0, le=600)] = 1
    outage_from: Seconds = 0
    outage_for: Seconds = 0
    outage_seen_by: Seen = "none"
    manifest: Annotated[str, Area(rows=9)] = ""


@dataclass(frozen=True)
class Cell:
    text: str
    is_filled: bool


@dataclass(frozen=True)
class FieldRow:
    """A field of the API with its value in each probe that there is."""

    field: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Row:
    """A question: `run` of `needed` equal results; `sets` is what it made of the container's result."""

    at_s: float
    probe: Name
    why: Why
    run: int
    needed: int
    sets: Result | None
    said: Say


@dataclass(frozen=True)
class Shown:
    """A moment that the API shows."""

    at_s: float
    kind: Kind
    container: int
    said: Say


@dataclass(frozen=True)
class Timing:
    """How long a probe takes, in seconds, from the first moment of trouble to its result, at least and at most."""

    probe: Name
    least_s: int
    most_s: int


@dataclass(frozen=True)
class Outcome:
    """Times are seconds after the first start. `in_service_s` of `watched_s` the Pod was ready."""

    verdict: Say
    why: Say
    story: Say | None
    """What a preset tells in a line; None when the inputs are no preset's."""
    sums: tuple[Say, ...]
    traps: tuple[Say, ...]
    notes: tuple[Say, ...]
    kills: int
    restarts: int
    first_ready_s: float | None
    first_kill_s: float | None
    first_unready_s: float | None
    first_back_off_s: float | None
    in_service_s: float
    watched_s: float
    asked: int
    failed: int
    is_over: bool
    timings: tuple[Timing, ...]
    heads: tuple[Name, ...]
    fields: tuple[FieldRow, ...]
    filled: tuple[Filled, ...]
    moments: tuple[Shown, ...]
    moments_hidden: int
    attempts: tuple[Row, ...]
    attempts_hidden: int
    legend: tuple[str, ...]
    across: Drawing
    down: Drawing
    passed_over: tuple[PassedOver, ...]


def run(inputs: Inputs) -> Outcome:
    is_pasted = bool(inputs.manifest.strip())
    read = read_manifest(inputs.manifest) if is_pasted else read_fields(inputs.model_dump())
    probes, process = read.probes, _process(inputs)
    played = play(probes, process, until_ms=inputs.until * 1000, added_ms=-inputs.lead * 1000)
    across, down = (draw(played, probes, process, is_wide=is_wide) for is_wide in (True, False))
    timings = tuple(timing(name, probe) for name in NAMES if (probe := probes.of(name)))
    kills = list(played.of("kill"))
    firsts = {kind: _first(played, kind) for kind in ("ready", "unready", "back-off")}
    served = _served_ms(played)
    return Outcome(
        verdict=_verdict(played, firsts["ready"]),
        why=_why(played, probes, firsts["ready"], served),
        story=_story(inputs),
        sums=tuple(_sum(one, probes) for one in timings),
        traps=tuple(_traps(played, probes, process)),
        notes=tuple(_notes(read, is_pasted=is_pasted)),
        kills=len(kills),
        restarts=sum(1 for _ in played.of("restart")),
        first_ready_s=firsts["ready"],
        first_kill_s=kills[0].at_ms / 1000 if kills else None,
        first_unready_s=firsts["unready"],
        first_back_off_s=firsts["back-off"],
        in_service_s=served / 1000,
        watched_s=_end_ms(played) / 1000,
        asked=len(played.attempts),
        failed=sum(not attempt.is_success for attempt in played.attempts),
        is_over=played.is_over,
        timings=timings,
        heads=tuple(one.probe for one in timings),
        fields=tuple(_fields(read)),
        filled=read.filled if is_pasted else (),
        moments=tuple(_moment(moment) for moment in played.moments[:SHOWN_MOMENTS]),
        moments_hidden=max(0, len(played.moments) - SHOWN_MOMENTS),
        attempts=tuple(_row(attempt, probes) for attempt in played.attempts[:SHOWN_ATTEMPTS]),
        attempts_hidden=max(0, len(played.attempts) - SHOWN_ATTEMPTS),
        legend=_legend(across),
        across=across,
        down=down,
        passed_over=read.passed_over,
    )


def _seconds(ms: int) -> int | float:
    return ms / 1000 if ms % 1000 else ms // 1000


def _story(inputs: Inputs) -> Say | None:
    for example in WIDGET.examples:
        if inputs == Inputs.model_validate(example.inputs):
            return Say(f"story.{example.name}")
    return None


def _process(inputs: Inputs) -> Process:
    first, seen = inputs.outage_from * 1000, inputs.outage_seen_by
    sees: dict[Seen, tuple[Name, ...]] = {
        "none": (),
        "readiness": ("readiness",),
        "liveness": ("liveness",),
        "both": ("readiness", "liveness"),
    }
    return Process(
        ready_ms=inputs.ready_after * 1000,
        hangs_ms=inputs.hangs_at * 1000 or None,
        answers_ms=inputs.answers_in,
        stops_ms=inputs.stops_in * 1000,
        outage=(first, first + inputs.outage_for * 1000) if inputs.outage_for else None,
        sees_outage=frozenset(sees[seen]),
    )


def timing(name: Name, probe: Probe) -> Timing:
    """From the first moment at which nothing is answered any more to the result, each question being a timeout.

    The worker asks every period; when a question takes longer, the next follows at once. The first question that fails
    begins within that time of the trouble.
    """
    step = max(probe.period_s, probe.timeout_s)
    least = (probe.failures - 1) * step + probe.timeout_s
    return Timing(name, least, least + step)


def _first(played: Played, kind: Kind) -> float | None:
    return next((moment.at_ms / 1000 for moment in played.of(kind)), None)


def _end_ms(played: Played) -> int:
    return played.moments[-1].at_ms if played.is_over else played.until_ms


def _served_ms(played: Played) -> int:
    total, since = 0, None
    for moment in played.of("ready", "unready"):
        if moment.kind == "ready":
            since = moment.at_ms
        elif since is not None:
            total, since = total + moment.at_ms - since, None
    return total + (_end_ms(played) - since if since is not None else 0)


# --- what is said ---


def _verdict(played: Played, ready_s: float | None) -> Say:
    kills = list(played.of("kill"))
    if played.is_over:
        last = played.moments[-1]
        return Say(f"verdict.{last.kind}", {"at": _seconds(last.at_ms)})
    if kills:
        return Say("verdict.killed", {"count": len(kills), "at": _seconds(kills[0].at_ms)})
    if ready_s is None:
        return Say("verdict.never")
    if any(played.of("unready")):
        out = _seconds(next(played.of("unready")).at_ms)
        return Say("verdict.flaps", {"at": out})
    return Say("verdict.well", {"at": _seconds(round(ready_s * 1000))})


def _why(played: Played, probes: Probes, ready_s: float | None, served_ms: int) -> Say:
    kills = list(played.of("kill"))
    values = {"served": _seconds(served_ms), "watched": _seconds(_end_ms(played))}
    if not kills:
        return Say("why.served" if ready_s is not None else "why.never", values)
    by = kills[0].probe or "liveness"
    probe = probes.of(by)
    return Say(f"why.{by}", {**values, "failures": probe.failures if probe else 0, "grace": kills[0].value // 1000})


def _sum(one: Timing, probes: Probes) -> Say:
    probe = probes.of(one.probe) or Probe()
    values = {
        "delay": probe.delay_s,
        "period": probe.period_s,
        "timeout": probe.timeout_s,
        "failures": probe.failures,
        "more": probe.failures - 1,
        "step": max(probe.period_s, probe.timeout_s),
        "least": one.least_s,
        "most": one.most_s,
        "budget": probe.delay_s + probe.failures * probe.period_s,
    }
    return Say(f"sum.{one.probe}", values)


def _traps(played: Played, probes: Probes, process: Process) -> Iterator[Say]:
    """What went wrong for a reason that has a name."""
    kills, attempts = list(played.of("kill")), played.attempts
    liveness, readiness = probes.liveness, probes.readiness
    for name in NAMES:
        if (probe := probes.of(name)) and probe.unknown_port:
            yield Say(f"trap.no-port.{name}", {"port": probe.unknown_port})
    slow = next((one for one in attempts if one.why == "timeout" and not _hung(process, one, played)), None)
    if slow:
        timeout = (probes.of(slow.probe) or Probe()).timeout_s
        yield Say("trap.timeout", {"timeout": timeout, "took": _seconds(process.answers_ms)})
    if not probes.startup and any(_why_of(kill, attempts) == "refused" for kill in kills):
        yield Say("trap.slow-start", {"ready": process.ready_ms // 1000})
    if any(kill.probe == "startup" for kill in kills):
        yield Say("trap.startup-short", {"ready": process.ready_ms // 1000})
    if any(_why_of(kill, attempts) == "unhealthy" for kill in kills):
        yield Say("trap.dependency")
    if kills and liveness and liveness.failures == 1 and kills[0].probe == "liveness":
        yield Say("trap.one-failure")
    if readiness and readiness.successes > 1:
        yield Say(
            "trap.successes",
            {"times": readiness.successes, "more": readiness.successes - 1, "period": readiness.period_s},
        )
    ended = {end.at_ms for end in played.of("end") if end.probe == "liveness"}
    if probes.startup and any(restart.at_ms in ended for restart in played.of("restart")):
        yield Say("trap.inherits")
    if kills and liveness and readiness and _same(liveness, readiness):
        yield Say("trap.same")
    if liveness and liveness.handler == "tcpSocket" and process.hangs_ms is not None:
        yield Say("trap.tcp")
    if any(moment.kind == "end" and moment.value == SIGKILLED for moment in played.moments):
        key = "trap.grace-never" if probes.restart_policy == "Never" else "trap.grace"
        yield Say(key, {"grace": kills[0].value // 1000})
    if process.hangs_ms is not None and not liveness:
        yield Say("trap.unwatched")
    if not readiness and not probes.startup and process.ready_ms:
        yield Say("trap.unready", {"ready": process.ready_ms // 1000})


def _hung(process: Process, attempt: Attempt, played: Played) -> bool:
    starts = [moment.at_ms for moment in played.of("start", "restart") if moment.at_ms <= attempt.at_ms]
    return bool(starts) and process.hangs(attempt.at_ms + process.answers_ms, starts[-1])


def _why_of(kill: Moment, attempts: tuple[Attempt, ...]) -> Why | None:
    """Why the last of the questions failed that led to a kill."""
    failed = [one for one in attempts if one.probe == kill.probe and one.sets == "failure" and one.end_ms <= kill.at_ms]
    return failed[-1].why if failed else None


def _same(one: Probe, other: Probe) -> bool:
    fields = ("handler", "period_s", "timeout_s", "failures")
    return all(getattr(one, field) == getattr(other, field) for field in fields)


def _notes(read: Read, *, is_pasted: bool) -> Iterator[Say]:
    if not is_pasted:
        return
    yield Say("note.manifest", {"kind": read.kind, "name": read.name, "container": read.container})
    if read.others:
        yield Say("note.others", {"names": Listed(read.others)})
    if read.filled:
        yield Say("defaults.filled", {"list": listed(read.filled)})
    for group in groups(read.passed_over):
        yield Say(f"passed.{group.reason}", {"count": group.number, "kind": group.kind, "names": group.names})


def _fields(read: Read) -> Iterator[FieldRow]:
    probes = [(name, probe) for name in NAMES if (probe := read.probes.of(name))]
    for key in KEYS.values():
        cells = []
        for name, probe in probes:
            is_filled = key in DEFAULTS and (name, key) not in read.written
            cells.append(Cell(_value(key, name, probe, read.probes), is_filled))
        yield FieldRow(key, tuple(cells))


def _value(key: str, name: Name, probe: Probe, probes: Probes) -> str:
    if key == KEYS["grace"]:
        if name == "readiness":
            return "–"
        return str(probe.grace_s) if probe.grace_s is not None else f"({probes.grace_s})"
    values = {
        KEYS["delay"]: probe.delay_s,
        KEYS["period"]: probe.period_s,
        KEYS["timeout"]: probe.timeout_s,
        KEYS["successes"]: probe.successes,
        KEYS["failures"]: probe.failures,
    }
    return str(values[key])


def _moment(moment: Moment) -> Shown:
    code = moment.kind
    values = {"container": moment.container, "seconds": _seconds(moment.value), "code": moment.value}
    key = f"moment.{code}.{moment.probe}" if code == "kill" else f"moment.{code}"
    return Shown(moment.at_ms / 1000, code, moment.container, Say(key, values))


def _row(attempt: Attempt, probes: Probes) -> Row:
    probe = probes.of(attempt.probe) or Probe()
    handler: Handler = probe.handler
    values = {"took": _seconds(attempt.took_ms), "timeout": probe.timeout_s}
    said = Say(f"answer.{attempt.why}.{'exec' if handler == 'exec' else 'network'}", values)
    return Row(attempt.at_ms / 1000, attempt.probe, attempt.why, attempt.run, attempt.needed, attempt.sets, said)


def _legend(drawing: Drawing) -> tuple[str, ...]:
    """What the picture has of that which is explained, in the order of its lanes."""
    kinds = {box.kind for box in drawing.boxes} | {mark.kind for mark in drawing.marks}
    kinds |= {kind.removesuffix("s") for kind in kinds & {"goods", "bads"}}
    if drawing.kills:
        kinds.add("killed")
    if any(mark.is_turn for mark in drawing.marks):
        kinds.add("turn")
    order = (
        "starting",
        "running",
        "hung",
        "killed",
        "stopping",
        "waiting",
        "good",
        "bad",
        "turn",
        "idle",
        "ready",
        "outage",
    )
    return tuple(kind for kind in order if kind in kinds)


_WORKER = "kubernetes v1.37.2, pkg/kubelet/prober/worker.go, doProbe"
_RUNTIME = "kubernetes v1.37.2, pkg/kubelet/kuberuntime/kuberuntime_manager.go, computePodActions and doBackOff"

WIDGET = Widget(
    slug="probe-clock",
    form=Inputs,
    run=run,
    subject="container-life",
    prints=("verdict", "why", "sums", "traps", "moments"),
    examples=(
        Example(
            "hangs",
            {"hangs_at": "40", "until": "120"},
            {"first_ready_s": 11.02, "first_unready_s": 62.0, "first_kill_s": 70.0, "kills": 1, "restarts": 1},
            _RUNTIME,
        ),
        Example(
            "timeout-one-second",
            {"answers_in": "1200", "until": "120"},
            {"first_kill_s": 30.0, "kills": 3, "first_ready_s": None, "traps.0.key": "trap.timeout"},
            _WORKER,
        ),
        Example(
            "slow-start",
            {"ready_after": "45", "until": "300"},
            {"first_kill_s": 29.0, "kills": 6, "first_back_off_s": 150.0, "traps.0.key": "trap.slow-start"},
            _RUNTIME,
        ),
        Example(
            "startup-probe",
            {
                "ready_after": "45",
                "startup": "httpGet",
                "startup_period": "5",
                "startup_failures": "30",
                "until": "120",
            },
            {"first_ready_s": 49.04, "kills": 0, "timings.0.most_s": 151},
            "kubernetes v1.37.2, pkg/kubelet/prober/prober_manager.go, UpdatePodStatus",
        ),
        Example(
            "dependency-down",
            {"outage_from": "20", "outage_for": "40", "outage_seen_by": "both", "until": "120"},
            {"first_unready_s": 41.02, "first_kill_s": 49.02, "restarts": 1, "traps.0.key": "trap.dependency"},
            _WORKER,
        ),
        Example(
            "same",
            {
                "ready_after": "10",
                "stops_in": "20",
                "outage_from": "25",
                "outage_for": "30",
                "outage_seen_by": "both",
                "until": "120",
            },
            {"first_kill_s": 49.02, "moments.restart.at_s": 69.02, "restarts": 1, "traps.1.key": "trap.same"},
            _RUNTIME,
        ),
        Example(
            "one-failure",
            {"liveness_failures": "1", "outage_from": "38", "outage_for": "2", "outage_seen_by": "liveness"},
            {"first_kill_s": 39.02, "restarts": 1, "failed": 5},
            _WORKER,
        ),
        Example(
            "success-threshold",
            {"readiness_successes": "3", "readiness_period": "5"},
            {"first_ready_s": 16.02, "kills": 0, "traps.0.key": "trap.successes"},
            _WORKER,
        ),
        Example(
            "tcp-socket",
            {"hangs_at": "30", "liveness": "tcpSocket", "until": "120"},
            {"kills": 0, "first_unready_s": 52.0, "traps.0.key": "trap.tcp"},
            "kubernetes v1.37.2, pkg/probe/tcp/tcp.go, DoTCPProbe",
        ),
        Example(
            "probe-grace",
            {"hangs_at": "30", "liveness_grace": "5", "readiness_period": "2", "until": "120"},
            {"first_kill_s": 60.0, "moments.kill.said.values.seconds": 5.0, "moments.end.at_s": 65.0},
            "kubernetes v1.37.2, pkg/kubelet/kuberuntime/kuberuntime_container.go, setTerminationGracePeriod",
        ),
    ),
)
