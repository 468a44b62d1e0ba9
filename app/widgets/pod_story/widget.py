"""The room `pod-story`: a paste from a terminal in, what happened to the Pod and who must act out."""

import re
from collections.abc import Mapping
from typing import Annotated

from app.kube.frame import Sequence
from app.kube.paste.read import refuse_printed
from app.kube.printed.pod_row import pod_row
from app.kube.transcript.age import iso, later, read_time
from app.kube.transcript.fact import ContainerFact, Recognised
from app.kube.transcript.private import count_cuts, cut_secrets
from app.kube.transcript.read import read
from app.kube.transcript.text import Quote
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.contract import CLUSTER, Area, Form, Line, Refusal, Say, Stage, Widget
from app.widgets.pod_story.examples import EXAMPLES, FIRST
from app.widgets.pod_story.frames import tell
from app.widgets.pod_story.judge import Judged, judge
from app.widgets.pod_story.links import RoomLink, filled, rooms, wanted
from app.widgets.pod_story.listed import diagnoses
from app.widgets.pod_story.rule import Sure
from app.widgets.pod_story.view import View, in_trouble, set_now, view_of

_VERSION = re.compile(r"v?1\.(\d{1,2})(?:\.\d+)?(?:[-+]\S*)?")
SHOWN_LINES = 400
"""Lines of the paste that the page shows; around evidence further down, three lines each."""


PIECES_SHOWN = 60
"""Pieces of the paste that are named; the rest is counted."""


class Inputs(Form):
    text: Annotated[str, Area(rows=16)] = FIRST
    pod: Annotated[str, Line(24)] = ""
    now: Annotated[str, Line(22)] = ""
    kubernetes_version: Annotated[str, Line(6)] = "1.37"


@dataclass(frozen=True)
class Verdict(Say):
    """The diagnosis as a sentence, with the lines that it comes from, what would refute it, and the next commands."""

    code: str = ""
    rule: str = ""
    sure: Sure = "open"
    evidence: tuple[Quote, ...] = ()
    refuted_by: Say | None = None
    actor: str = ""
    act: Say | None = None
    next: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class ContainerState:
    name: str
    init: bool
    state: str
    reason: str
    exit_code: int | None
    last_state: str
    last_reason: str
    last_exit_code: int | None
    ready: bool | None
    restarts: int | None
    restart_at: str


@dataclass(frozen=True)
class ConditionState:
    type: str
    status: str
    reason: str


@dataclass(frozen=True)
class PastedLine:
    """A line of the paste as it is shown; `mark` where it is evidence, `skipped` lines before it that are not."""

    number: int
    text: str
    mark: bool
    skipped: int


PODLESS = ("not-admitted", "name-taken", "no-controller")  # verdicts on a Pod that was not made


@dataclass(frozen=True, kw_only=True)
class Outcome(Sequence):
    recognised: tuple[Recognised, ...]
    pod: str
    namespace: str
    node: str
    status: str
    phase: str | None
    conditions: tuple[ConditionState, ...]
    containers: tuple[ContainerState, ...]
    verdict: Verdict
    wanted: tuple[str, ...]
    rooms: tuple[RoomLink, ...]
    others: tuple[str, ...]
    cut: int
    left_out: int
    now: str
    pasted: tuple[PastedLine, ...]
    stage: Stage = CLUSTER

    @property
    def unnamed(self) -> str:
        """The key of what is said where no Pod is named: that there is none is known of few verdicts alone."""
        return "stands.no-pod" if self.verdict.code in PODLESS else "stands.not-told"


def run(inputs: Inputs) -> Outcome:
    inputs = inputs.model_copy(update={name: cut_secrets(text) for name, text in inputs})
    if not _VERSION.fullmatch(inputs.kubernetes_version.strip()):
        raise Refusal("version", field="kubernetes_version", got=inputs.kubernetes_version[:40])
    if inputs.now.strip() and read_time(inputs.now) is None:
        raise Refusal("now", field="now", got=inputs.now[:40])
    text = inputs.text
    if not text.strip():
        raise Refusal("nothing", field="text")
    case = read(text)
    name = inputs.pod.strip().removeprefix("pod/")
    set_now(case, inputs.now)
    view = view_of(case, name)
    if view is None:
        names = list(dict.fromkeys(pod.name for pod in case.pods if pod.name))
        raise Refusal("no-such-pod", field="pod", got=name[:60], names=Listed(names[:12]) or "–")
    judged = judge(view)
    is_read = bool(case.recognised) or judged.rule.id not in ("open",)
    if not is_read:
        refuse_printed(text, field="text", wanted="kubectl describe pod NAME")
        raise Refusal("unrecognised", field="text", line=_first_line(text))
    return _outcome(view, judged, text)


def _first_line(text: str) -> int:
    return next((number for number, line in enumerate(text.split("\n"), 1) if line.strip()), 1)


def _outcome(view: View, judged: Judged, text: str) -> Outcome:
    pod, case = view.pod, view.case
    status = status_of(view)
    return Outcome(
        frames=tell(view, judged),
        recognised=tuple(case.recognised[:PIECES_SHOWN]),
        pod=pod.name,
        namespace=pod.namespace,
        node=view.node_name,
        status=status,
        phase=pod.phase or None,
        conditions=tuple(ConditionState(c.type, c.status, c.reason) for c in pod.conditions.values()),
        containers=tuple(_state(it) for it in pod.containers),
        verdict=_verdict(judged),
        wanted=tuple(dict.fromkeys(each for each in wanted(view, judged) if each not in _next(judged))),
        rooms=tuple(rooms(view, judged)),
        others=tuple(dict.fromkeys(each.name for each in in_trouble(case) if each is not pod and each.name))[:20],
        cut=count_cuts(text),
        left_out=len(pod.left_out) + max(0, len(case.recognised) - PIECES_SHOWN) + case.left_out,
        now=case.now,
        pasted=_pasted(text, judged),
    )


def status_of(view: View) -> str:
    """The STATUS column: as a table printed it, or by the printer's rules from the object or its description."""
    pod = view.pod
    if pod.stored and pod.content is not None:
        return pod_row(pod.content).status
    if pod.column:
        return pod.column
    if pod.described:
        return pod_row(_as_object(view)).status
    return ""


def _as_object(view: View) -> Mapping[str, object]:
    """What a description tells of the Pod, in the shape of the object that it was printed from."""
    pod = view.pod
    statuses: dict[bool, list[Mapping[str, object]]] = {True: [], False: []}
    for it in pod.containers:
        inner: dict[str, object] = {"reason": it.reason} if it.reason else {}
        if it.state == "terminated":
            inner["exitCode"] = it.exit_code or 0
        if it.state:
            statuses[it.init].append({"name": it.name, "ready": bool(it.ready), "state": {it.state: inner}})
    conditions = [{"type": c.type, "status": c.status} for c in pod.conditions.values()]
    return {
        "metadata": {"deletionTimestamp": "x"} if pod.deleting else {},
        "spec": {
            "containers": [{"name": it.name} for it in pod.containers if not it.init],
            "initContainers": [{"name": it.name} for it in pod.containers if it.init],
        },
        "status": {
            "phase": pod.phase,
            "reason": pod.reason,
            "conditions": conditions,
            "initContainerStatuses": statuses[True],
            "containerStatuses": statuses[False],
        },
    }


def _state(it: ContainerFact) -> ContainerState:
    return ContainerState(
        it.name,
        it.init,
        it.state,
        it.reason,
        it.exit_code,
        it.last_state,
        it.last_reason,
        it.last_exit,
        it.ready,
        it.restarts,
        _restart_at(it),
    )


_BACK_OFF = re.compile(r"back-off (?:(?P<m>[0-9]{1,6})m)?(?:(?P<s>[0-9]{1,6})s)? ?restarting")


def _restart_at(it: ContainerFact) -> str:
    """When the kubelet tries again: the back-off that the state names, counted from the container's end."""
    match = _BACK_OFF.search(it.message)
    ended = read_time(it.last_finished)
    if it.reason != "CrashLoopBackOff" or not match or ended is None:
        return ""
    return iso(later(ended, 60 * int(match["m"] or 0) + int(match["s"] or 0)))


def _next(judged: Judged) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filled(each, judged) for each in judged.rule.next))


def _verdict(judged: Judged) -> Verdict:
    rule = judged.rule
    return Verdict(
        f"why.{rule.id}",
        judged.values,
        code=rule.code,
        rule=rule.id,
        sure=judged.sure,
        evidence=judged.evidence,
        refuted_by=Say(f"refuted.{rule.code}"),
        actor=rule.actor,
        act=rule.acts,
        next=_next(judged),
        candidates=rule.candidates,
        reasons=_reasons(judged),
        source=rule.source,
    )


_NODES = re.compile(
    r"\d/\d+ nodes are available: (?P<list>.*?)(?:\. (?:no new claims|preemption:)| preemption:|\.?$)", re.S
)


def _reasons(judged: Judged) -> tuple[str, ...]:
    """The scheduler's reasons with how many nodes each keeps away, as its message lists them."""
    if judged.rule.code not in ("unschedulable", "volume-zone", "volume-unbound"):
        return ()
    for quote in judged.evidence:
        if match := _NODES.search(quote.quote.replace("\n", " ")):
            parts = (part.strip() for part in re.split(r", (?=\d+ )", match["list"]))
            return tuple(part for part in parts if re.match(r"\d+ \S", part))
    return ()


def _pasted(text: str, judged: Judged) -> tuple[PastedLine, ...]:
    """The paste as the page shows it: all of a short one, of a long one what is near the evidence."""
    lines = text.replace("\r\n", "\n").split("\n")
    marked = {quote.line + i for quote in judged.evidence for i in range(quote.quote.count("\n") + 1)}
    near = {number + i for number in marked for i in range(-3, 4)}
    whole = len(lines) <= SHOWN_LINES
    kept: list[PastedLine] = []
    skipped = 0
    for number, line in enumerate(lines, 1):
        if (whole or number in near or number <= 12) and len(kept) < SHOWN_LINES:
            kept.append(PastedLine(number, line.rstrip("\r")[:1000], number in marked, skipped))
            skipped = 0
        else:
            skipped += 1
    return tuple(kept)


WIDGET = Widget(
    slug="pod-story",
    form=Inputs,
    run=run,
    subject="pod-troubles",
    stage=CLUSTER,
    prints=("pod", "status", "verdict"),
    cuts={"text": cut_secrets},
    examples=EXAMPLES,
    diagnoses=diagnoses,
)
