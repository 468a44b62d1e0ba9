"""The room `alert-routing`: paste an alertmanager.yml and an alert's labels; see who hears of it, and when."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from app.kube.label import read_labels
from app.kube.paste.read import told_apart
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.contract import Area, Example, Form, Line, Say, Widget
from app.widgets.alert_routing.config import Config, Options, Route, Setting, load_config
from app.widgets.alert_routing.model import group, walk
from app.widgets.alert_routing.span import parse_span, print_span
from app.widgets.alert_routing.timing import MAINTENANCE_MS, RETENTION_MS, Look, Timers, looks, timers
from app.widgets.alert_routing.tree import Node, draw_tree

CONFIG = """\
route:
  receiver: ops
  group_by: [alertname, cluster]
  routes:
  - matchers: [severity="page"]
    receiver: pager
    group_wait: 10s
    continue: true
  - matchers: [team="db"]
    receiver: db-team
    repeat_interval: 12h
receivers:
- name: ops
- name: pager
- name: db-team
"""
LABELS = """\
alertname=DiskFull
cluster=eu-1
severity=page
team=db
"""
DETAILED = 20
"""Results that are described one by one."""


class Inputs(Form):
    config: Annotated[str, Area(rows=17)] = CONFIG
    labels: Annotated[str, Area(rows=5)] = LABELS
    joins_after: Annotated[str, Line(8)] = "3m"
    resolves_after: Annotated[str, Line(8)] = ""
    send_resolved: bool = True


@dataclass(frozen=True)
class Origin:
    """An option of a result: its value as the file would say it, and the route that sets it (empty: the default)."""

    name: str
    value: str
    place: str
    inherited: bool


@dataclass(frozen=True)
class Match:
    """One route that takes the alert. `path` is its place in the file; times in seconds."""

    receiver: str
    path: str
    group_by: tuple[str, ...] | None
    group_labels: Mapping[str, str]
    group_key: str
    group_wait_s: float
    group_interval_s: float
    repeat_interval_s: float
    origins: tuple[Origin, ...]
    mute_time_intervals: tuple[str, ...]
    active_time_intervals: tuple[str, ...]


@dataclass(frozen=True)
class Moment:
    """A look at the group that finds something."""

    at_s: float
    clock: str
    sent: bool
    say: Say
    sum: Say | None
    skipped: int


@dataclass(frozen=True)
class Timeline:
    """What is sent when, to all receivers whose routes have these timers."""

    receivers: tuple[str, ...]
    wait: str
    interval: str
    repeat: str
    real_repeat: str
    repeat_sum: Say
    moments: tuple[Moment, ...]
    warnings: tuple[Say, ...]


@dataclass(frozen=True)
class Outcome:
    verdict: Say
    why: Say
    labels: Mapping[str, str]
    matches: tuple[Match, ...]
    shown: tuple[Match, ...]
    tree: Node
    timelines: tuple[Timeline, ...]
    warnings: tuple[Say, ...]


def run(inputs: Inputs) -> Outcome:
    with told_apart(inputs.labels, field="labels", wanted="amtool alert query -o json"):
        labels = read_labels(inputs.labels, "labels")
    with told_apart(inputs.config, field="config", wanted="amtool config show"):
        config = load_config(inputs.config, labels)
    joins = _optional_span(inputs.joins_after, "joins_after")
    resolves = _optional_span(inputs.resolves_after, "resolves_after")
    root = config.root
    walked = walk(root, labels)
    matches = tuple(_match(route, labels) for route in walked.taken)
    return Outcome(
        verdict=_verdict(matches),
        why=Say("why.root" if walked.taken == (root,) else "why.tree", {"count": len(matches)}),
        labels=labels,
        matches=matches,
        shown=matches[:DETAILED],
        tree=draw_tree(root, labels, walked.status),
        timelines=_timelines(walked.taken, joins, resolves, inputs.send_resolved),
        warnings=_warnings(config),
    )


def _optional_span(text: str, field: str) -> int | None:
    return parse_span(text.strip(), field) if text.strip() else None


def _verdict(matches: tuple[Match, ...]) -> Say:
    receivers = Listed((each.receiver for each in matches[:6]), "…" if len(matches) > 6 else "")
    return Say("verdict.one" if len(matches) == 1 else "verdict.many", {"receivers": receivers, "count": len(matches)})


def _match(route: Route, labels: Mapping[str, str]) -> Match:
    options, joined = route.options, group(route, labels)
    return Match(
        receiver=options.receiver.value,
        path=route.place,
        group_by=options.group_by.value,
        group_labels=joined.labels,
        group_key=joined.key,
        group_wait_s=_seconds(options.group_wait.value),
        group_interval_s=_seconds(options.group_interval.value),
        repeat_interval_s=_seconds(options.repeat_interval.value),
        origins=_origins(route.place, options),
        mute_time_intervals=route.mute,
        active_time_intervals=route.active,
    )


def _seconds(amount_ms: int) -> float:
    return amount_ms // 1000 if amount_ms % 1000 == 0 else amount_ms / 1000


def _origins(place: str, options: Options) -> tuple[Origin, ...]:
    by = options.group_by.value
    values: tuple[tuple[str, str, Setting[Any]], ...] = (
        ("receiver", options.receiver.value, options.receiver),
        ("group_by", "[...]" if by is None else f"[{', '.join(by)}]", options.group_by),
        ("group_wait", print_span(options.group_wait.value), options.group_wait),
        ("group_interval", print_span(options.group_interval.value), options.group_interval),
        ("repeat_interval", print_span(options.repeat_interval.value), options.repeat_interval),
    )
    return tuple(Origin(name, value, setting.place, setting.place != place) for name, value, setting in values)


def _timelines(routes: Sequence[Route], joins: int | None, resolves: int | None, send: bool) -> tuple[Timeline, ...]:
    by_timers: dict[Timers, list[str]] = {}
    for route in routes:
        by_timers.setdefault(timers(route.options), []).append(route.options.receiver.value)
    return tuple(
        _timeline(each, receivers, looks(each, joins, resolves, send_resolved=send))
        for each, receivers in list(by_timers.items())[:DETAILED]
    )


def _timeline(timers: Timers, receivers: list[str], found: list[Look]) -> Timeline:
    real = timers.repeat_looks * timers.interval
    first, last = (number * timers.interval for number in timers.forgotten_looks)
    values: dict[str, Any] = {
        "wait": print_span(timers.wait),
        "interval": print_span(timers.interval),
        "repeat": print_span(timers.repeat),
        "looks": timers.repeat_looks,
        "floor": timers.repeat // timers.interval,
        "real": print_span(first if timers.forgets else real),
        "latest": print_span(last),
        "retention": print_span(RETENTION_MS),
        "maintenance": print_span(MAINTENANCE_MS),
    }
    if timers.forgets:
        repeat_sum = "sum.forgotten"
    else:
        repeat_sum = "sum.repeat-exact" if timers.repeat % timers.interval == 0 else "sum.repeat"
    start = Moment(0, "0s", False, Say("look.start", values), None, 0)
    return Timeline(
        receivers=tuple(dict.fromkeys(receivers)),
        wait=values["wait"],
        interval=values["interval"],
        repeat=values["repeat"],
        real_repeat=values["real"],
        repeat_sum=Say(repeat_sum, values),
        moments=(start, *(_moment(look, values) for look in found)),
        warnings=tuple(_timer_warnings(timers, values)),
    )


def _moment(look: Look, values: Mapping[str, Any]) -> Moment:
    clock = print_span(look.at_ms)
    more = {**values, "firing": look.firing, "number": look.number, "clock": clock, "times": look.times}
    more["until"] = print_span(look.until_ms)
    return Moment(
        at_s=_seconds(look.at_ms),
        clock=clock,
        sent=look.sent,
        say=Say(f"look.{look.found}", more),
        sum=Say("sum.look", more) if look.number else None,
        skipped=look.skipped,
    )


def _timer_warnings(timers: Timers, values: Mapping[str, Any]) -> list[Say]:
    found = []
    if timers.repeat < timers.interval:
        found.append(Say("warn.repeat-short", values))
    if timers.interval > 2 * timers.repeat:
        found.append(Say("warn.entry-gone", values))
    if timers.forgets:
        found.append(Say("warn.retention", values))
    return found


def _warnings(config: Config) -> tuple[Say, ...]:
    """Matchers that the two parsers of Alertmanager do not read alike, as its log would say; what older ones refuse."""
    found = [
        Say(f"warn.{each.parser}", {"matcher": str(each), "path": route.place})
        for route in config.root.walk()
        for each in route.matchers
        if each.parser in ("classic", "disagreement")
    ]
    found += [Say("warn.week-round", {"name": each.name, "text": each.text}) for each in config.rounds]
    if not config.has_receivers:
        found.insert(0, Say("warn.no-receivers"))
    return tuple(found[:DETAILED])


_ROUTE = "prometheus/alertmanager v0.35.0, dispatch/route.go, Route.Match"
_DEDUP = "prometheus/alertmanager v0.35.0, notify/dedup_stage.go, needsUpdate"

_TEAMS = """\
route:
  receiver: default
  group_by: [alertname, cluster]
  routes:
  - receiver: audit-log
    continue: true
  - matchers: [severity="critical"]
    receiver: pager
    group_wait: 10s
    routes:
    - matchers: [team="db"]
      receiver: db-pager
    - matchers: [team=~"web|api"]
      receiver: web-pager
      group_by: [alertname, namespace, pod]
  - matchers: [namespace=~"kube-.*"]
    receiver: platform
receivers: [{name: default}, {name: audit-log}, {name: pager}, {name: db-pager}, {name: web-pager}, {name: platform}]
"""
_QUICK = """\
route:
  receiver: chat
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 5m
receivers:
- name: chat
"""
_MISSING = """\
route:
  receiver: everything
  routes:
  - matchers: [team=""]
    receiver: nobody-cares
    continue: true
  - matchers: [team!="web"]
    receiver: not-web
    continue: true
  - matchers: [team=~".+"]
    receiver: has-a-team
receivers: [{name: everything}, {name: nobody-cares}, {name: not-web}, {name: has-a-team}]
"""
_GROUPING = """\
route:
  receiver: ops
  group_by: ['...']
  routes:
  - matchers: [severity="info"]
    receiver: digest
    group_by: []
    group_wait: 5m
    group_interval: 1h
    repeat_interval: 24h
receivers: [{name: ops}, {name: digest}]
"""

WIDGET = Widget(
    slug="alert-routing",
    form=Inputs,
    run=run,
    subject="prometheus",
    prints=("verdict", "why", "matches", "timelines"),
    examples=(
        Example(
            "continue",
            {},
            {
                "matches.0.receiver": "pager",
                "matches.0.group_wait_s": 10,
                "matches.1.receiver": "db-team",
                "matches.1.group_key": '{}/{team="db"}:{alertname="DiskFull", cluster="eu-1"}',
                "timelines.0.moments.2.at_s": 310,
            },
            _ROUTE,
        ),
        Example(
            "nested",
            {"config": _TEAMS, "labels": "alertname=Slow\nseverity=critical\nteam=db\nnamespace=kube-system\n"},
            {
                "matches.0.receiver": "audit-log",
                "matches.1.receiver": "db-pager",
                "matches.1.group_wait_s": 10,
                "matches.1.path": "route.routes[1].routes[0]",
                "tree.children.2.status": "unasked",
            },
            _ROUTE,
        ),
        Example(
            "no-child",
            {"config": _TEAMS, "labels": "alertname=Slow\nseverity=critical\nteam=mail\n"},
            {"matches.1.receiver": "pager", "matches.1.path": "route.routes[1]"},
            _ROUTE,
        ),
        Example(
            "repeat-takes-longer",
            {"config": _QUICK, "labels": "alertname=DiskFull\n", "joins_after": "", "resolves_after": "42m"},
            {
                "timelines.0.real_repeat": "10m",
                "timelines.0.moments.2.at_s": 630,
                "timelines.0.moments.5.at_s": 2730,
            },
            _DEDUP + "; issue 676",
        ),
        Example(
            "missing-label",
            {"config": _MISSING, "labels": "alertname=Up\n"},
            {
                "matches.0.receiver": "nobody-cares",
                "matches.1.receiver": "not-web",
                "tree.children.2.status": "unmatched",
            },
            "prometheus/alertmanager v0.35.0, pkg/labels/matcher.go, Matches: a missing label is empty",
        ),
        Example(
            "all-or-one-group",
            {"config": _GROUPING, "labels": "alertname=CertSoon\nseverity=info\ninstance=web-1\n"},
            {"matches.0.group_key": '{}/{severity="info"}:{}', "matches.0.group_interval_s": 3600},
            "prometheus/alertmanager v0.35.0, config/config.go, Route.UnmarshalYAML (PR 4825)",
        ),
    ),
)
