"""An alertmanager.yml as Alertmanager loads it: the routing tree with what each route inherits.

prometheus/alertmanager v0.35.0: config/config.go (what is refused), dispatch/route.go, NewRoute (what is inherited).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import Generic, TypeVar

from app.kube.alert import config_text, refuse_made
from app.kube.manifest import Document, Part, load_documents, shown
from app.kube.matcher import Matcher, MatcherReader, plain_text, print_matchers
from app.kube.refusal import Refusal
from app.listed import Listed
from app.record import dataclass
from app.widgets.alert_routing.interval import check_interval
from app.widgets.alert_routing.span import parse_span

T = TypeVar("T")

NO_LABELS: Mapping[str, str] = {}
ROUTE_LIMIT = 10_000
TOP_KEYS = frozenset(
    {
        "global",
        "route",
        "inhibit_rules",
        "receivers",
        "templates",
        "mute_time_intervals",
        "time_intervals",
        "tracing",
        "event_recorder",
    }
)
ROUTE_KEYS = frozenset(
    {
        "receiver",
        "group_by",
        "match",
        "match_re",
        "matchers",
        "mute_time_intervals",
        "active_time_intervals",
        "continue",
        "routes",
        "group_wait",
        "group_interval",
        "repeat_interval",
        "labels",
    }
)


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A value and the route that sets it; no place: Alertmanager's default."""

    value: T
    place: str = ""


@dataclass(frozen=True)
class Options:
    """What a route does with the alerts it gets. `group_by` null: by all labels. Times in milliseconds."""

    receiver: Setting[str] = Setting("")
    group_by: Setting[tuple[str, ...] | None] = Setting(())
    group_wait: Setting[int] = Setting(30_000)
    group_interval: Setting[int] = Setting(300_000)
    repeat_interval: Setting[int] = Setting(14_400_000)


@dataclass(frozen=True)
class Route:
    """A node of the tree. `place` is its path in the file, `key` its part of a group key."""

    place: str
    key: str
    matchers: tuple[Matcher, ...]
    goes_on: bool
    options: Options
    mute: tuple[str, ...]
    active: tuple[str, ...]
    routes: tuple["Route", ...]

    def walk(self) -> Iterator["Route"]:
        """This route and all below it, depth first."""
        yield self
        for route in self.routes:
            yield from route.walk()


@dataclass(frozen=True)
class RoundRange:
    """A range of weekdays that goes round the end of the week, and the name of its interval."""

    name: str
    text: str


@dataclass(frozen=True)
class Config:
    """The root of the routing tree; `rounds` are the ranges for whose sake Alertmanager before v0.35.0 refuses."""

    root: Route
    rounds: tuple[RoundRange, ...]
    has_receivers: bool = True
    """Without that part of the file the names in the routes are taken as they are."""


@dataclass
class _Loader:
    receivers: frozenset[str] | None
    intervals: frozenset[str]
    matchers: MatcherReader = field(default_factory=MatcherReader)
    routes: int = 0


def load_config(text: str, labels: Mapping[str, str] = NO_LABELS) -> Config:
    """Refusal for what Alertmanager would not load, or is too large for the labels."""
    documents = load_documents(config_text(text), field="config", typed_maps=True)
    if not documents:
        raise Refusal("routing-empty", field="config")
    if len(documents) > 1:
        raise documents[1].refusal("routing-documents")
    top = documents[0].root
    refuse_made(top, "route", "routing")
    _known(top, TOP_KEYS)
    if "route" not in top:
        raise Refusal("routing-no-route", field="config")
    rounds: list[RoundRange] = []
    loader = _Loader(_receivers(top), _intervals(top, rounds))
    root = top.part("route")
    _check_root(root)
    loaded = _route(loader, root, "route", "", Options())
    loader.matchers.check_work([labels], "config")
    return Config(loaded, tuple(rounds), loader.receivers is not None)


def _known(part: Part, keys: frozenset[str]) -> None:
    for key in part.content:
        if key not in keys:
            raise part.refusal("routing-unknown", key, key=shown(key), known=Listed(sorted(keys)))


def _receivers(top: Part) -> frozenset[str] | None:
    """Their names; None where only another part of the file was pasted."""
    if "receivers" not in top:
        return None
    names: set[str] = set()
    for receiver in top.parts("receivers"):
        name = plain_text(receiver, ("name",), receiver.content.get("name"))
        if not name:
            raise receiver.refusal("routing-nameless")
        if name in names:
            raise receiver.refusal("routing-twice", "name", name=shown(name))
        names.add(name)
    return frozenset(names)


def _intervals(top: Part, rounds: list[RoundRange]) -> frozenset[str]:
    """The names; `rounds` collects ranges of weekdays that go round the end of the week."""
    names: set[str] = set()
    for key in ("mute_time_intervals", "time_intervals"):
        for interval in top.parts(key):
            name = plain_text(interval, ("name",), interval.content.get("name"))
            if not name:
                raise interval.refusal("routing-nameless")
            if name in names:
                raise interval.refusal("routing-twice", "name", name=shown(name))
            names.add(name)
            rounds += [RoundRange(name, text) for text in check_interval(interval, _known)]
    return frozenset(names)


def _check_root(root: Part) -> None:
    for key in ("match", "match_re", "matchers", "mute_time_intervals", "active_time_intervals"):
        if root.content.get(key):
            raise root.refusal("routing-root-has", key, key=key)
    if root.boolean("continue"):
        raise root.refusal("routing-root-has", "continue", key="continue")
    if not plain_text(root, ("receiver",), root.content.get("receiver")):
        raise root.refusal("routing-root-receiver")


def _route(loader: _Loader, part: Part, place: str, key: str, inherited: Options) -> Route:
    loader.routes += 1
    if loader.routes > ROUTE_LIMIT:
        raise part.refusal("routing-many", limit=ROUTE_LIMIT)
    _known(part, ROUTE_KEYS)
    matchers = loader.matchers.read(part, "matchers", "match", "match_re")
    options = _options(loader, part, place, inherited)
    own = f"{key}/{print_matchers(matchers)}" if key else print_matchers(matchers)
    return Route(
        place=place,
        key=own,
        matchers=matchers,
        goes_on=part.boolean("continue") or False,
        options=options,
        mute=_named(loader, part, "mute_time_intervals"),
        active=_named(loader, part, "active_time_intervals"),
        routes=tuple(
            _route(loader, child, f"{place}.routes[{i}]", own, options) for i, child in enumerate(part.parts("routes"))
        ),
    )


def _named(loader: _Loader, part: Part, key: str) -> tuple[str, ...]:
    names = tuple(plain_text(part, (key, i), item) for i, item in enumerate(part.items(key)))
    for i, name in enumerate(names):
        if name not in loader.intervals:
            raise part.refusal("routing-interval", key, i, name=shown(name))
    return names


def _options(loader: _Loader, part: Part, place: str, options: Options) -> Options:
    """Each option that the route sets replaces the inherited one."""
    if receiver := plain_text(part, ("receiver",), part.content.get("receiver")):
        if loader.receivers is not None and receiver not in loader.receivers:
            known = Listed(sorted(map(shown, loader.receivers))[:20]) or "–"
            raise part.refusal("routing-receiver", "receiver", name=shown(receiver), known=known)
        options = replace(options, receiver=Setting(receiver, place))
    if part.content.get("group_by") is not None:
        options = replace(options, group_by=Setting(_group_by(part), place))
    if (wait := _span(part, "group_wait")) is not None:
        options = replace(options, group_wait=Setting(wait, place))
    if (interval := _span(part, "group_interval")) is not None:
        options = replace(options, group_interval=Setting(_not_zero(part, "group_interval", interval), place))
    if (repeat := _span(part, "repeat_interval")) is not None:
        options = replace(options, repeat_interval=Setting(_not_zero(part, "repeat_interval", repeat), place))
    return options


def _group_by(part: Part) -> tuple[str, ...] | None:
    """Names in order; null for `...`. An empty list is a choice of its own: everything in one group (PR 4825)."""
    names = [plain_text(part, ("group_by", i), item) for i, item in enumerate(part.items("group_by"))]
    if "..." in names:
        if set(names) != {"..."}:
            raise part.refusal("routing-all-and-more", "group_by")
        return None
    for i, name in enumerate(names):
        if not name:
            raise part.refusal("routing-label", "group_by", i)
        if name in names[:i]:
            raise part.refusal("routing-group-twice", "group_by", i, name=shown(name))
    return tuple(sorted(names))


def _span(part: Part, key: str) -> int | None:
    if part.content.get(key) is None:
        return None
    text = plain_text(part, (key,), part.content[key])
    return _placed(part, key, lambda: parse_span(text, "config"))


def _placed(part: Part, key: str, read: Callable[[], int]) -> int:
    try:
        return read()
    except Refusal as refusal:
        document: Document = part.document
        place = (*part.path, key)
        raise refusal.located(where=document.where(place), line=document.line_of(place)) from None


def _not_zero(part: Part, key: str, amount: int) -> int:
    if amount == 0:
        raise part.refusal("routing-zero", key, key=key)
    return amount
