"""What the room `alert-routing` promises."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside, words_of_kube
from app.widgets.alert_routing.config import load_config
from app.widgets.alert_routing.model import walk
from app.widgets.alert_routing.span import parse_span, print_span
from app.widgets.alert_routing.timing import Look, Timers, looks
from app.widgets.alert_routing.widget import WIDGET, Inputs, run

# The tree of prometheus/alertmanager v0.35.0, dispatch/route_test.go, in each of the three ways to write it.
TEAMS: dict[str, Any] = {
    "receiver": "def",
    "routes": [
        {
            "m": {"owner": "team-A", "level": "!critical"},
            "receiver": "A",
            "routes": [
                {"m": {"env": "testing", "baz": "!~.*quux"}, "receiver": "testing", "group_by": ["..."]},
                {"m": {"env": "production"}, "receiver": "prodA", "group_wait": "1m", "continue": True},
                {
                    "m": {"env": "~produ.*", "job": "~.*"},
                    "receiver": "prodB",
                    "group_wait": "30s",
                    "group_interval": "5m",
                    "repeat_interval": "1h",
                    "group_by": ["job"],
                },
            ],
        },
        {"m": {"owner": "~team-(B|C)"}, "group_by": ["foo", "bar"], "group_wait": "2m", "receiver": "BC"},
        {
            "m": {"group_by": "role"},
            "group_by": ["role"],
            "routes": [
                {
                    "m": {"env": "testing"},
                    "receiver": "testing",
                    "routes": [{"m": {"wait": "long"}, "group_wait": "2m"}],
                }
            ],
        },
    ],
}
# Labels, then receiver : group_wait : group_interval : repeat_interval : group labels.
TAKEN = """
owner=team-A                                  | A:30:300:14400:
owner=team-A env=unset                        | A:30:300:14400:
owner=team-A env=testing                      | testing:30:300:14400:env,owner
owner=team-A env=production                   | prodA:60:300:14400: prodB:30:300:3600:
owner=team-A env=production job=x             | prodA:60:300:14400: prodB:30:300:3600:job
owner=team-B                                  | BC:120:300:14400:
owner=team-C                                  | BC:120:300:14400:
owner=team-C foo=1 bar=2 baz=3                | BC:120:300:14400:bar,foo
owner=team-D                                  | def:30:300:14400:
group_by=role                                 | def:30:300:14400:group_by-less
group_by=role env=testing                     | testing:30:300:14400:
group_by=role env=testing wait=long           | testing:120:300:14400:
group_by=role env=testing wait=long role=x    | testing:120:300:14400:role
"""


def situations() -> list[tuple[str, str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in TAKEN.strip().splitlines()]
    return [(labels, taken.replace("group_by-less", "")) for labels, taken in rows]


def written(route: dict[str, Any], way: str) -> dict[str, Any]:
    """The tree with its conditions as `matchers`, braced matchers, or the older `match` and `match_re`."""
    conditions, new = route.get("m", {}), {key: value for key, value in route.items() if key != "m"}
    if "routes" in new:
        new["routes"] = [written(child, way) for child in new["routes"]]
    for name, value in conditions.items():
        operator = "!~" if value.startswith("!~") else "!=" if value.startswith("!") else "=~"
        operator = operator if value[0] in "!~" else "="
        plain = value.removeprefix("!").removeprefix("~")
        if way == "older" and operator in ("=", "=~"):
            new.setdefault("match" if operator == "=" else "match_re", {})[name] = plain
        else:
            text = f'{name}{operator}"{plain}"'
            new.setdefault("matchers", []).append("{" + text + "}" if way == "braced" else text)
    return new


def config(route: dict[str, Any]) -> str:
    names = sorted({found for found in _receivers(route) if found})
    return json.dumps({"route": route, "receivers": [{"name": name} for name in names]})


def _receivers(route: dict[str, Any]) -> list[str]:
    return [route.get("receiver", ""), *(name for child in route.get("routes", []) for name in _receivers(child))]


def lines(labels: str) -> str:
    return "\n".join(labels.split())


@pytest.mark.parametrize("way", ["matchers", "braced", "older"])
@pytest.mark.parametrize(("labels", "taken"), situations(), ids=[labels for labels, _ in situations()])
def test_the_tree_of_route_test_go(labels: str, taken: str, way: str) -> None:
    outcome = run(Inputs(config=config(written(TEAMS, way)), labels=lines(labels)))

    assert [
        f"{m.receiver}:{m.group_wait_s:g}:{m.group_interval_s:g}:{m.repeat_interval_s:g}:{','.join(m.group_labels)}"
        for m in outcome.matches
    ] == taken.split()


CONTINUES = """
{receiver: a, continue: true}, {receiver: b}, {receiver: c} | x=1 | a b
{receiver: a, continue: true}, {receiver: b, matchers: [x=2]} | x=1 | a
{receiver: a, routes: [{receiver: b, continue: true}]}, {receiver: c} | x=1 | b
{receiver: a, continue: true, routes: [{receiver: b}]}, {receiver: c} | x=1 | b c
{receiver: a, matchers: [x=2]}, {receiver: b, matchers: [x=3]} | x=1 | root
{receiver: a, continue: true}, {receiver: a, continue: true} | x=1 | a a
{matchers: [x=1], routes: [{receiver: a, matchers: [y=1]}]} | x=1 | root
{matchers: ['x=""'], receiver: a, continue: true}, {matchers: ['x!="y"'], receiver: b} | z=1 | a b
{matchers: ['x=~".*"'], receiver: a, continue: true}, {matchers: ['x=~".+"'], receiver: b} | z=1 | a
{matchers: ['x=~"(?i)ONE"'], receiver: a, continue: true}, {matchers: ['x=~"on"'], receiver: b} | x=one | a
{matchers: ['x=~"a.c"'], receiver: a} | x=abc | a
{matchers: ['x=1, y!=2'], receiver: a} | x=1 y=3 | a
{match: {code: 500}, receiver: a} | code=500 | a
{match: {up: true}, receiver: a} | up=true | a
{matchers: [], receiver: a} | x=1 | a
{receiver: '', matchers: [x=1]} | x=1 | root
"""


@pytest.mark.parametrize(
    ("tree", "labels", "taken"), [[cell.strip() for cell in row.split(" | ")] for row in CONTINUES.strip().splitlines()]
)
def test_who_takes_it(tree: str, labels: str, taken: str) -> None:
    receivers = "receivers: [{name: root}, {name: a}, {name: b}, {name: c}]"
    text = f"route: {{receiver: root, routes: [{tree}]}}\n{receivers}"

    outcome = run(Inputs(config=text, labels=lines(labels)))

    assert [each.receiver for each in outcome.matches] == taken.split()


@pytest.mark.parametrize(
    ("root", "child", "key"),
    [
        (None, None, "{}/{}:{}"),
        (["a"], None, '{}/{}:{a="1"}'),
        (["a"], ["b", "a", "z"], '{}/{}:{a="1", b="2"}'),
        (["a"], [], "{}/{}:{}"),
        (["..."], None, '{}/{}:{a="1", b="2"}'),
        (["..."], ["a"], '{}/{}:{a="1"}'),
        (["..."], [], "{}/{}:{}"),
        (["a"], ["..."], '{}/{}:{a="1", b="2"}'),
        (["a"], ["...", "..."], '{}/{}:{a="1", b="2"}'),
    ],
)
def test_grouping_is_inherited_until_it_is_set(root: list[str] | None, child: list[str] | None, key: str) -> None:
    route: dict[str, Any] = {"receiver": "r", "group_by": root, "routes": [{"group_by": child}]}

    assert run(Inputs(config=config(route), labels="b=2\na=1")).matches[0].group_key == key


def test_a_group_key_sorts_matchers_and_quotes_as_go_does() -> None:
    route = {
        "receiver": "r",
        "group_by": ["..."],
        "routes": [{"match_re": {"b": "x|y"}, "match": {"c": 'say "hi"'}, "matchers": ["a!=1"]}],
    }

    key = (
        run(Inputs(config=config(route), labels=json.dumps({"b": "x", "c": 'say "hi"', "d": "é\t"})))
        .matches[0]
        .group_key
    )

    assert key == r'{}/{a!="1",b=~"^(?:x|y)$",c="say \"hi\""}:{b="x", c="say \"hi\"", d="é\t"}'


def test_an_option_says_which_route_set_it() -> None:
    outcome = run(Inputs(config=config(written(TEAMS, "older")), labels=lines("group_by=role env=testing wait=long")))

    assert {origin.name: (origin.value, origin.place) for origin in outcome.matches[0].origins} == {
        "receiver": ("testing", "route.routes[2].routes[0]"),
        "group_by": ("[role]", "route.routes[2]"),
        "group_wait": ("2m", "route.routes[2].routes[0].routes[0]"),
        "group_interval": ("5m", ""),
        "repeat_interval": ("4h", ""),
    }


def test_the_tree_tells_what_became_of_each_route() -> None:
    outcome = run(Inputs(config=config(written(TEAMS, "matchers")), labels=lines("owner=team-A env=testing")))
    first, second, third = outcome.tree.children

    assert (outcome.tree.status, first.status, second.status, third.status) == (
        "passed",
        "passed",
        "unasked",
        "unasked",
    )
    assert [child.status for child in first.children] == ["result", "unasked", "unasked"]
    assert first.children[0].number == 1


def test_time_intervals_do_not_come_from_the_parent() -> None:
    text = """
route: {receiver: r, routes: [{matchers: [a=1], mute_time_intervals: [night], routes: [{matchers: [b=1]}]}]}
receivers: [{name: r}]
time_intervals: [{name: night}]
"""

    assert run(Inputs(config=text, labels="a=1")).matches[0].mute_time_intervals == ("night",)
    assert run(Inputs(config=text, labels="a=1\nb=1")).matches[0].mute_time_intervals == ()


# --- time ------------------------------------------------------------------------------------------------------------

MINUTE = 60_000
DEFAULTS = Timers(30_000, 5 * MINUTE, 240 * MINUTE)


def story(
    timers: Timers, joins: int | None = None, resolves: int | None = None, send: bool = True
) -> list[tuple[int, str]]:
    return [(look.at_ms, look.found) for look in looks(timers, joins, resolves, send_resolved=send)]


@pytest.mark.parametrize(
    ("interval", "repeat", "real"),
    [(5, 5, 10), (1, 3, 4), (5, 240, 245), (5, 242, 245), (5, 1, 5), (5, 4, 5), (60, 90, 120), (7, 20, 21)],
)
def test_a_repetition_waits_for_the_look_after_its_time(interval: int, repeat: int, real: int) -> None:
    """5m/5m repeats every 10 m (issue 676), 1m/3m every 4 m (issue 917), the defaults about every 4 h 5 m."""
    timers = Timers(0, interval * MINUTE, repeat * MINUTE)

    assert story(timers) == [(0, "first"), (real * MINUTE, "repeat"), (2 * real * MINUTE, "repeat")]


@pytest.mark.parametrize(
    ("joins", "resolves", "expected"),
    [
        (None, None, [(30_000, "first"), (14_730_000, "repeat"), (29_430_000, "repeat")]),
        (20_000, 60_000, [(30_000, "first"), (330_000, "resolved")]),
        (31_000, 400_000, [(30_000, "first"), (330_000, "joined"), (630_000, "resolved")]),
        (330_000, 630_000, [(30_000, "first"), (330_000, "joined"), (630_000, "resolved")]),
        (330_001, 630_000, [(30_000, "first"), (630_000, "resolved")]),
        (None, 30_000, [(30_000, "gone-before")]),
        (None, 30_001, [(30_000, "first"), (330_000, "resolved")]),
        (9000, 5000, [(30_000, "gone-before")]),
    ],
)
def test_what_is_sent_when(joins: int | None, resolves: int | None, expected: list[tuple[int, str]]) -> None:
    assert story(DEFAULTS, joins, resolves) == expected


def test_an_end_is_noted_but_not_sent_without_send_resolved() -> None:
    last = looks(DEFAULTS, None, MINUTE, send_resolved=False)[-1]

    assert (last.found, last.sent) == ("resolved-unsent", False)


def test_many_repetitions_are_told_at_once() -> None:
    found = looks(Timers(0, 1, 1), None, 10**9, send_resolved=True)

    assert [look.found for look in found] == ["first", "repeat", "repeat", "repeats", "resolved"]
    assert found[3].times == 10**9 // 2 - 1 - 2


def test_looks_that_find_nothing_are_counted() -> None:
    timers = Timers(0, 10, 35)

    found = looks(timers, 205, 245, send_resolved=True)

    assert [(look.number, look.found, look.skipped) for look in found] == [
        (0, "first", 0),
        (4, "repeat", 3),
        (8, "repeat", 3),
        (20, "repeats", 9),
        (21, "joined", 0),
        (25, "resolved", 3),
    ]


def test_after_a_change_repetitions_are_shown_again() -> None:
    found = looks(Timers(0, 10, 5), 45, None, send_resolved=True)

    assert [look.found for look in found] == ["first", "repeat", "repeat", "repeats", "joined", "repeat", "repeat"]


def brute(timers: Timers, joins: int | None, resolves: int | None) -> list[int]:
    """Look by look, with needsUpdate spelled out; an entry is written a moment after its look began."""
    sent_at: list[int] = []
    told = 0
    for number in range(600):  # the last change is at 300 at most, and two repetitions take 202 looks at most
        now = timers.wait + number * timers.interval
        done = resolves is not None and now >= resolves
        firing = 0 if done else 1 + (joins is not None and joins <= now and (resolves is None or joins < resolves))
        if done and not sent_at:
            return []
        if done or firing > told or now - (sent_at[-1] + 0.5) > timers.repeat:
            sent_at.append(now)
            told = firing
        if done:
            return sent_at
    return sent_at


times = st.none() | st.integers(0, 300)


@given(st.integers(0, 40), st.integers(1, 30), st.integers(1, 100), times, times)
@example(0, 1, 73, 252, None)
@example(0, 1, 100, 300, None)
def test_the_looks_are_those_of_a_simulation(
    wait: int, interval: int, repeat: int, joins: int | None, resolves: int | None
) -> None:
    timers = Timers(wait, interval, repeat)

    found = looks(timers, joins, resolves, send_resolved=True)

    expected = brute(timers, joins, resolves)
    assert [at for look in found for at in spread(look, timers) if look.sent] == expected[
        : sum(look.times for look in found if look.sent)
    ]
    if resolves is not None:
        assert sum(look.times for look in found if look.sent) == len(expected)
    assert all(look.skipped >= 0 for look in found)


def spread(look: Look, timers: Timers) -> list[int]:
    step = timers.repeat_looks * timers.interval
    return [look.at_ms - step * before for before in reversed(range(look.times))]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("0s", 0),
        ("30s", 30_000),
        ("1h30m", 5_400_000),
        ("90m", 5_400_000),
        ("1d", 86_400_000),
        ("1w2d", 777_600_000),
        ("1y", 31_536_000_000),
        ("5ms", 5),
    ],
)
def test_durations(text: str, amount: int) -> None:
    assert parse_span(text, "config") == amount


@given(st.integers(0, 10**12))
def test_a_printed_duration_means_the_same(amount: int) -> None:
    assert parse_span(print_span(amount), "config") == amount


# --- what Alertmanager would not load --------------------------------------------------------------------------------


def route(text: str, rest: str = "") -> str:
    return f"route: {{receiver: r, routes: [{{{text}}}]}}\nreceivers: [{{name: r}}]\n{rest}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "routing-empty"),
        ("receivers: []", "routing-no-route"),
        ("groups: [{name: a, rules: [{alert: Down, expr: up == 0}]}]", "alert-of-prometheus"),
        ("global: {scrape_interval: 15s}\nscrape_configs: [{job_name: a}]", "alert-of-prometheus"),
        ("route: {receiver: r}\n---\nroute: {receiver: r}\n", "routing-documents"),
        ("route: {receiver: r}\nreceivers: []", "routing-receiver"),
        ("route: {}\nreceivers: [{name: r}]", "routing-root-receiver"),
        ("route: {receiver: r, continue: true}\nreceivers: [{name: r}]", "routing-root-has"),
        ("route: {receiver: r, matchers: [a=b]}\nreceivers: [{name: r}]", "routing-root-has"),
        ("route: {receiver: r, match: {a: b}}\nreceivers: [{name: r}]", "routing-root-has"),
        ("route: {receiver: r, mute_time_intervals: [x]}\nreceivers: [{name: r}]", "routing-root-has"),
        ("route: {receiver: r}\nreceivers: [{name: r}]\nrouts: []", "routing-unknown"),
        ("route: {receiver: r}\nreceivers: [{name: r}, {name: r}]", "routing-twice"),
        ("route: {receiver: r}\nreceivers: [{nam: r}]", "routing-nameless"),
        (route("reciever: r"), "routing-unknown"),
        (route("receiver: nobody"), "routing-receiver"),
        (route("group_interval: 0s"), "routing-zero"),
        (route("repeat_interval: 0"), "routing-zero"),
        (route("group_wait: 5"), "routing-duration"),
        (route("group_wait: 5 m"), "routing-duration"),
        (route("group_wait: 1m1h"), "routing-duration"),
        (route("group_wait: -1m"), "routing-duration"),
        (route("group_wait: 300y"), "routing-duration-large"),
        (route("group_by: ['...', a]"), "routing-all-and-more"),
        (route("group_by: [a, a]"), "routing-group-twice"),
        (route("group_by: ['']"), "routing-label"),
        (route("group_by: a"), "manifest-wrong-list"),
        (route("mute_time_intervals: [x]"), "routing-interval"),
        (route("active_time_intervals: [x]", "time_intervals: [{name: y}]"), "routing-interval"),
        (route("a: 1", "time_intervals: [{name: y}, {name: y}]"), "routing-twice"),
        (route("matchers: ['a']"), "matcher-syntax"),
        (route("matchers: ['a=\"b']"), "matcher-quote"),
        (route("matchers: ['a=~\"(\"']"), "matcher-regex"),
        (route("match_re: {a: '(?=b)'}"), "matcher-regex"),
        (route("match: {a-b: c}"), "matcher-name"),
        (route("match: {a: 0x1F}"), "manifest-wrong-text"),
        (route("match: {a: [b]}"), "manifest-wrong-text"),
        (route("continue: 'true'"), "manifest-wrong-boolean"),
        ("route: {receiver: r, routes: [null]}\nreceivers: [{name: r}]", "manifest-wrong-mapping"),
        ("route: {receiver: *a}", "manifest-anchor-unknown"),
        ("route: {receiver: {{ .Values.desk }}}", "manifest-template"),
        ("route: {receiver: r, receiver: s}", "manifest-duplicate"),
    ],
)  # fmt: skip
def test_what_alertmanager_would_not_load_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(config=text))

    assert (refusal.value.code, refusal.value.field) == (code, "config")


def test_a_refusal_names_the_place_and_the_line() -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(config="receivers:\n- name: r\nroute:\n  receiver: r\n  routes:\n  - group_wait: soon\n"))

    assert (refusal.value.where, refusal.value.line) == ("documents[0].route.routes[0].group_wait", 6)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"labels": "severity"}, "label-line"),
        ({"joins_after": "soon"}, "routing-duration"),
        ({"resolves_after": "5"}, "routing-duration"),
    ],
)
def test_labels_and_times_that_cannot_be_read_are_refused(inputs: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        run(Inputs(**inputs))

    assert (refusal.value.code, refusal.value.field) == (code, next(iter(inputs)))


def test_too_many_routes_and_too_large_expressions_are_refused() -> None:
    many = {"receiver": "r", "routes": [{}] * 10_001}
    large = {"receiver": "r", "routes": [{"matchers": [f'a=~".{{1000}}{i}"']} for i in range(400)]}

    some = {"receiver": "r", "routes": large["routes"][:100]}

    for tree, code in ((many, "routing-many"), (large, "matcher-costly"), (some, "matcher-costly")):
        with pytest.raises(Refusal) as refusal:
            run(Inputs(config=config(tree), labels="a=" + "x" * 4000))
        assert refusal.value.code == code


def test_a_large_tree_shows_what_matched() -> None:
    children = [{"matchers": [f"a={i}"], "continue": True} for i in range(2000)] + [{"receiver": "s"}] * 3

    outcome = run(Inputs(config=config({"receiver": "r", "routes": children}), labels="a=1234"))

    assert [each.receiver for each in outcome.matches] == ["r", "s"]
    assert [child.status for child in outcome.tree.children] == ["result", "result"]
    assert outcome.tree.hidden == 2001


# --- random trees ----------------------------------------------------------------------------------------------------

names = st.sampled_from("abc")
values = st.sampled_from(["", "1", "2", "12"])
matchers = st.builds(
    lambda name, operator, value: f'{name}{operator}"{value}"',
    names,
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from(["", "1", "2", "1|2", ".*", ".+", "1.?"]),
)
trees = st.recursive(
    st.fixed_dictionaries({"matchers": st.lists(matchers, max_size=2), "continue": st.booleans()}),
    lambda child: st.fixed_dictionaries(
        {"matchers": st.lists(matchers, max_size=2), "continue": st.booleans(), "routes": st.lists(child, max_size=4)}
    ),
    max_leaves=12,
)
alerts = st.dictionaries(names, values)


@settings(deadline=None)
@given(st.lists(trees, max_size=4), alerts)
def test_every_alert_is_taken_and_only_by_routes_that_match_all_the_way(
    routes: list[Any], labels: dict[str, str]
) -> None:
    root = load_config(config({"receiver": "r", "routes": routes})).root
    by_place = {each.place: each for each in root.walk()}

    walked = walk(root, labels)
    taken, became = walked.taken, walked.status

    assert taken
    assert len({each.place for each in taken}) == len(taken)
    assert [place for place, each in by_place.items() if became.get(place) == "result"] == [
        each.place for each in taken
    ]
    for each in taken:
        place = each.place
        while place:
            assert all(matcher.holds(labels) for matcher in by_place[place].matchers)
            place = place.rpartition(".routes[")[0]


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=30))
def test_rubbish_is_refused_and_nothing_else(text: str, labels: str) -> None:
    for inputs in (
        {"config": text},
        {"labels": labels},
        {"config": route(f"matchers: [{json.dumps(text)}]")},
        {"labels": json.dumps({text: labels})},
        {"joins_after": text},
    ):
        code = answer(inputs)
        assert code == "worked" or f"refusal.{code}" in WORDS


def answer(inputs: dict[str, Any]) -> str:
    try:
        run(Inputs(**inputs))
    except Refusal as refusal:
        return refusal.code
    return "worked"


WORDS = words_of_kube() | words_beside(__file__)


def test_everything_is_said_in_both_languages() -> None:
    assert {f"example.{example.name}" for example in WIDGET.examples} <= WORDS.keys()
    assert {f"field.{name}" for name in Inputs.model_fields} <= WORDS.keys()
    for more in (
        {},
        {"resolves_after": "9h", "send_resolved": False},
        {"resolves_after": "1s"},
        {"resolves_after": "99h"},
    ):
        for preset in WIDGET.examples:
            outcome = run(Inputs(**{**preset.inputs, **more}))
            said = [outcome.verdict, outcome.why, *outcome.warnings]
            for line in outcome.timelines:
                said += [line.repeat_sum, *line.warnings]
                said += [say for moment in line.moments for say in (moment.say, moment.sum) if say]
            for sentence in said:
                for language in LANGUAGES:
                    assert WORDS.text(language, sentence.key, **sentence.values)


def test_what_alertmanager_would_warn_of_is_said() -> None:
    tree = {
        "receiver": "r",
        "group_interval": "10m",
        "repeat_interval": "1m",
        "routes": [{"matchers": ["a="], "repeat_interval": "1w", "continue": True}, {"matchers": ['b!="\\x41"']}],
    }

    outcome = run(Inputs(config=config(tree), labels="c=1"))

    assert [say.key for say in outcome.warnings] == ["warn.classic", "warn.disagreement"]
    assert [say.key for line in outcome.timelines for say in line.warnings] == [
        "warn.retention",
        "warn.repeat-short",
        "warn.entry-gone",
    ]
    for say in (*outcome.warnings, *(say for line in outcome.timelines for say in line.warnings)):
        assert all(WORDS.text(language, say.key, **say.values) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("weekdays", "told"),
    [
        ("[monday:friday, sunday, 'sunday:saturday', 'monday:monday']", []),
        ("['friday:monday']", ["friday:monday"]),
        ("['Saturday:Sunday', tuesday, 'wednesday:tuesday']", ["Saturday:Sunday", "wednesday:tuesday"]),
    ],
)
def test_weekdays_that_older_versions_do_not_load_are_told(weekdays: str, told: list[str]) -> None:
    """#5579: the week ends on Saturday; until 0.34 a range had to end on a later day of it."""
    text = route("", f"time_intervals: [{{name: rest, time_intervals: [{{weekdays: {weekdays}}}]}}]")

    warnings = run(Inputs(config=text)).warnings

    assert [(say.key, say.values) for say in warnings] == [
        ("warn.week-round", {"name": "rest", "text": each}) for each in told
    ]
    for say in warnings:
        assert all(WORDS.text(language, say.key, **say.values) for language in LANGUAGES)


def test_the_event_recorder_is_no_unknown_key() -> None:
    text = route("", "event_recorder: {stdout_outputs: [{name: log}]}")

    assert [match.receiver for match in run(Inputs(config=text)).matches] == ["r"]


NEVER: dict[str, Any] = {"joins_after": "", "resolves_after": ""}


def test_a_repeat_interval_beyond_the_retention_has_no_times_of_its_own() -> None:
    """nflog/nflog.go: the entry expires after 120h and is deleted within 15m; then the group counts as new."""
    outcome = run(Inputs(config=config({"receiver": "r", "repeat_interval": "30d"}), labels="a=1", **NEVER))

    (line,) = outcome.timelines
    assert [(moment.say.key, moment.clock) for moment in line.moments] == [
        ("look.start", "0s"),
        ("look.first", "30s"),
        ("look.forgotten", "120h5m30s"),
    ]
    assert line.moments[-1].say.values["until"] == "120h20m30s"
    assert (line.repeat_sum.key, line.real_repeat) == ("sum.forgotten", "120h5m")
    assert [warning.key for warning in line.warnings] == ["warn.retention"]


@pytest.mark.parametrize(
    ("repeat", "more", "keys"),
    [
        ("120h", {}, ["first", "repeat", "repeat"]),
        ("30d", {"resolves_after": "3d"}, ["first", "resolved"]),
        ("30d", {"joins_after": "3d"}, ["first", "joined", "forgotten"]),
        ("30d", {"resolves_after": "20d"}, ["first", "forgotten"]),
    ],
)
def test_what_happens_within_the_retention_is_shown(repeat: str, more: dict[str, str], keys: list[str]) -> None:
    outcome = run(Inputs(config=config({"receiver": "r", "repeat_interval": repeat}), labels="a=1", **(NEVER | more)))

    assert [moment.say.key for moment in outcome.timelines[0].moments][1:] == [f"look.{key}" for key in keys]


REAL = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", REAL, ids=[case["id"] for case in REAL])
def test_what_people_paste_is_read_as_amtool_reads_it_or_refused(case: dict[str, Any]) -> None:
    inputs = Inputs(config=case["config"], labels=case["labels"])
    if "refused" in case:
        with pytest.raises(Refusal) as refused:
            run(inputs)
        assert (refused.value.field, refused.value.code, refused.value.line) == tuple(case["refused"])
    else:
        assert [match.receiver for match in run(inputs).matches] == case["receivers"]


def test_the_routes_alone_are_read_and_what_was_not_checked_is_told() -> None:
    """Bug reports show the part of the file that they are about."""
    text = "route:\n  receiver: desk\n  routes:\n  - match: {notify: a}\n    receiver: one\n    continue: true\n"

    outcome = run(Inputs(config=text, labels="notify=a"))

    assert [match.receiver for match in outcome.matches] == ["one"]
    assert [say.key for say in outcome.warnings] == ["warn.no-receivers"]
    assert all(WORDS.text(language, say.key, **say.values) for say in outcome.warnings for language in LANGUAGES)
