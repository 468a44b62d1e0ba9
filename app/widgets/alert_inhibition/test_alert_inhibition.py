"""What the room `alert-inhibition` promises."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kube.refusal import Refusal
from app.widgetkit.saying import LANGUAGES, words_beside, words_of_kube
from app.widgets.alert_inhibition.config import Alert, load_alerts, load_rules
from app.widgets.alert_inhibition.model import Memory, learn, listen, look_ahead
from app.widgets.alert_inhibition.widget import WIDGET, Inputs, run
from tests.written import known_rooms

# The rules of prometheus/alertmanager v0.35.0, inhibit/inhibit_test.go.
RULES: dict[str, list[dict[str, Any]]] = {
    "equality": [
        {"source_match": {"s1": "1"}, "target_match": {"t1": "1"}, "equal": ["e"]},
        {"source_match": {"s2": "1"}, "target_match": {"t2": "1"}, "equal": ["e"]},
    ],
    "negated": [
        {"source_matchers": ['s1="1"'], "target_matchers": ['t1!="1"'], "equal": ["e"]},
        {"source_matchers": ['s2="1"'], "target_matchers": ['t2="1"'], "equal": ["e"]},
    ],
    "plain": [{"source_match": {"s": "1"}, "target_match": {"t": "1"}, "equal": ["e"]}],
    "expressions": [
        {"source_match_re": {"s1": "1|2"}, "target_match_re": {"t1": "1|2"}, "equal": ["e"]},
        {"source_matchers": ["s2=~.+"], "target_matchers": ["t2=~.+"], "equal": ["e"]},
    ],
    "no-equal": [{"source_matchers": ["s=1"], "target_matchers": ["t=1"]}],
    "two-equal": [{"source_matchers": ["s=1"], "target_matchers": ["t=1"], "equal": ["a", "b"]}],
    "any-source": [{"target_matchers": ["t=1"]}],
    "chain": [
        {"source_matchers": ["l=1"], "target_matchers": ["l=2"]},
        {"source_matchers": ["l=2"], "target_matchers": ["l=3"]},
    ],
    "both": [{"source_matchers": ["a=1"], "target_matchers": ["b=1"]}],
}
# Rules | what came, an alert and its end in seconds each | target | number of the rule that mutes
SITUATIONS = """
equality | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t1=1,e=1           | 0
equality | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t2=1,e=1           | 1
equality | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t1=1,t2=1,e=1      | 0
equality | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t1=0,e=1           | -
equality | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | s1=1,t1=1,e=1      | 0
equality | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | s2=1,t2=1,e=1      | -
equality | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t1=1,e=0           | -
equality | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t1=1               | -
negated  | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t1=1,e=1           | -
negated  | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t2=1,e=1           | 0
negated  | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | t1=0,e=1           | 0
negated  | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | s1=1,t1=1,e=1      | -
negated  | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | s1=1,t1=0,e=1      | -
negated  | s1=1,t1=2,e=1@9 s2=1,t2=1,e=1@9     | s2=1,t2=1,e=1      | 0
plain    |                                     | t=1,e=f            | -
plain    | t=1,e=f@9                           | t=1,e=f            | -
plain    | s=1,e=f@9                           | t=1,e=f            | 0
plain    | s=1,e=f@-1                          | t=1,e=f            | -
plain    | s=1,e=f@0                           | t=1,e=f            | -
plain    | s=1,e=g@9                           | t=1,e=f            | -
plain    | s=1@9                               | t=1                | 0
plain    | s=1@9                               | t=1,e=f            | -
plain    | s=1@9                               | t=1,e=e            | -
plain    | s=1,e=f@9 s=1,e=f@-1                | t=1,e=f            | -
plain    | s=1,e=f@-1 s=1,e=f@9                | t=1,e=f            | 0
plain    | s=1,e=f,x=1@-1 s=1,e=f,x=2@9        | t=1,e=f            | 0
plain    | s=1,e=f,x=2@9 s=1,e=f,x=1@-1        | t=1,e=f            | 0
plain    | s=1,t=1,e=f@9                       | s=1,t=1,e=f        | -
plain    | s=1,t=1,e=f@9                       | t=1,e=f            | 0
plain    | s=1,t=1,e=f,x=1@9                   | s=1,t=1,e=f,x=2    | -
plain    | s=1,e=f@9                           | s=1,t=1,e=f        | 0
expressions | s1=2,e=1@9                       | t1=1,e=1           | 0
expressions | s1=12,e=1@9                      | t1=1,e=1           | -
expressions | s2=x,e=1@9                       | t2=y,e=1           | 1
expressions | s2=x,e=1@9                       | t1=1,e=1           | -
no-equal | s=1,a=1@9                           | t=1,a=2            | 0
two-equal | s=1,a=1,b=2@9                      | t=1,a=1,b=2        | 0
two-equal | s=1,a=1,b=2@9                      | t=1,a=1,b=3        | -
two-equal | s=1,a=1@9                          | t=1,a=1            | 0
any-source | x=1@9                             | t=1                | 0
any-source | t=1,x=1@9                         | t=1                | -
chain    | l=1@9 l=2@9                         | l=3                | 1
chain    | l=1@9                               | l=3                | -
chain    | l=1@9 l=2@9                         | l=2                | 0
both     | a=1@9                               | a=1,b=1            | 0
both     | a=1,b=1@9                           | a=1,b=1            | -
both     | a=1,b=1,x=1@9                       | a=1,b=1,x=2        | -
both     | a=1,b=1@9                           | b=1                | 0
"""
# Where the version matters: what came | target | muted from 0.30.0 to 0.34.0 | muted by the others
MEMORY = """
both  | a=1@9 a=1,b=1,x=1@9                | a=1,b=1 | no  | yes
both  | a=1,b=1,x=1@9 a=1@9                | a=1,b=1 | yes | yes
both  | a=1@9 a=1,b=1,x=1@8                | a=1,b=1 | yes | yes
both  | a=1@8 a=1,b=1,x=1@9                | a=1,b=1 | no  | yes
plain | s=1,e=f,x=1@9 s=1,e=f,x=2@20 s=1,e=f,x=2@-1 | t=1,e=f | no  | yes
plain | s=1,e=f,x=1@9 s=1,e=f,x=2@20 s=1,e=f,x=2@-1 s=1,e=f,x=1@9 | t=1,e=f | yes | yes
plain | s=1,e=f,x=1@9 s=1,e=f,x=2@5 s=1,e=f,x=2@-1 | t=1,e=f | yes | yes
"""


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def labels(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split(",")) if text else {}


def alerts(text: str) -> str:
    came = [each.split("@") for each in text.split()]
    return json.dumps([{"labels": labels(alert), "ends_in": float(end)} for alert, end in came])


def rules(name: str) -> str:
    return json.dumps(RULES[name])


@pytest.mark.parametrize("memory", ["all", "one"])
@pytest.mark.parametrize(("name", "came", "target", "by"), cells(SITUATIONS))
def test_who_is_muted(name: str, came: str, target: str, by: str, memory: Memory) -> None:
    given = Inputs(rules=rules(name), alerts=alerts(came), target=json.dumps(labels(target)), memory=memory)

    outcome = run(given)

    assert outcome.muted == (by != "-")
    assert [str(each.rule) for each in outcome.by] == [by] * outcome.muted


@pytest.mark.parametrize(("name", "came", "target", "one", "all_"), cells(MEMORY))
def test_up_to_0_34_0_a_rule_remembers_one_source(name: str, came: str, target: str, one: str, all_: str) -> None:
    """Without a word about the version it is 0.34.0, as the API began; the page asks for the newest."""
    given: dict[str, Any] = {"rules": rules(name), "alerts": alerts(came), "target": json.dumps(labels(target))}

    outcome = run(Inputs(**given))
    other = run(Inputs(**given, memory="all"))

    assert known_rooms()["alert-inhibition"].first.model_dump()["memory"] == "all"
    assert (outcome.muted, other.muted) == (one == "yes", all_ == "yes")
    assert (outcome.other_memory is None) == (one == all_)


@pytest.mark.parametrize(
    ("memory", "came", "target", "why", "became"),
    [
        ("all", "s=1,e=f@9", "t=1,e=f", "mutes", ["mutes"]),
        ("all", "s=1,e=f,x=1@9 s=1,e=f,x=2@9", "t=1,e=f", "mutes", ["mutes", "could"]),
        ("one", "s=1,e=f,x=1@9 s=1,e=f,x=2@9", "t=1,e=f", "mutes", ["overlooked", "mutes"]),
        ("all", "s=1,e=f@9", "u=1,e=f", "target-fails", []),
        ("all", "u=1@9", "t=1,e=f", "no-source", []),
        ("all", "s=1,e=g@9", "t=1,e=f", "unequal", ["differs"]),
        ("all", "s=1,e=f@-1 s=1,e=g@9", "t=1,e=f", "resolved", ["resolved", "differs"]),
        ("all", "s=1,t=1,e=f,x=1@9", "s=1,t=1,e=f", "two-sided", ["two-sided"]),
        ("all", "s=1,e=f@9 s=1,t=1,e=f,x=1@9", "s=1,t=1,e=f", "mutes", ["mutes", "two-sided"]),
        ("one", "s=1,e=f@9 s=1,t=1,e=f,x=1@9", "s=1,t=1,e=f", "overlooked", ["overlooked", "two-sided"]),
    ],
)
def test_the_reason_is_given(memory: Memory, came: str, target: str, why: str, became: list[str]) -> None:
    given = Inputs(rules=rules("plain"), alerts=alerts(came), target=json.dumps(labels(target)), memory=memory)

    ruling = run(given).rulings[0]

    assert ruling.why == why
    assert [each.became for each in ruling.candidates] == became


def test_after_the_first_that_mutes_no_rule_is_asked() -> None:
    given: dict[str, Any] = {"alerts": alerts("s1=1,e=1@9 s2=1,e=1@9"), "target": "t1=1\nt2=1\ne=1"}

    outcome = run(Inputs(rules=rules("equality"), **given))

    assert [ruling.why for ruling in outcome.rulings] == ["mutes", "not-asked"]


def test_the_first_of_many_rules_is_enough() -> None:
    three = json.dumps([RULES["no-equal"][0], {**RULES["two-equal"][0], "equal": ["b", "a"]}, RULES["no-equal"][0]])

    outcome = run(Inputs(rules=three, alerts=alerts("s=1,a=1@9"), target="t=1"))

    assert [ruling.why for ruling in outcome.rulings] == ["mutes", "not-asked", "not-asked"]
    assert [each.name for each in outcome.rulings[1].equal] == ["a", "b"]
    assert len(outcome.by) == 1


def test_the_muter_is_named_by_its_last_arrival() -> None:
    outcome = run(Inputs(rules=rules("plain"), alerts=alerts("u=1@9 s=1,e=f@-1 s=1,e=f@9"), target="t=1\ne=f"))

    assert (outcome.by[0].alert, outcome.by[0].labels) == (2, {"s": "1", "e": "f"})


def test_every_alert_is_tried_as_a_target() -> None:
    rows = run(Inputs(rules=rules("chain"), alerts=alerts("l=1@9 l=2@9 l=3@-1"), target="l=9")).rows

    assert [(row.fires, row.source_of, row.muted_by) for row in rows] == [
        (True, (0,), None),
        (True, (1,), 0),
        (False, (), 1),
    ]


@pytest.mark.parametrize(
    ("came", "ends"),
    [
        ([(9.0, False), (20.0, False)], 20),
        ([(20.0, False), (9.0, False)], 20),
        ([(300.0, True), (9.0, False)], 9),
        ([(20.0, False), (-1.0, False)], -1),
        ([(-1.0, False), (-5.0, False)], -1),
        ([(-5.0, False), (9.0, False)], 9),
    ],
)
def test_reports_of_one_alert_are_merged(came: list[tuple[float, bool]], ends: float) -> None:
    """alert.Merge: the later end stays while the alert fires, unless it was only a guess."""
    known = listen([Alert({"a": "1"}, *each) for each in came]).known

    assert [alert.ends_in for alert in known] == [ends]


# --- what may be pasted ----------------------------------------------------------------------------------------------

RULE = "{source_matchers: [a=1], target_matchers: [b=1]}"


@pytest.mark.parametrize(
    "text",
    [
        f"- {RULE}",
        f"\n# a comment\n  - {RULE}",
        f"---\n- {RULE}",
        f"[{RULE}]",
        f"# a comment\n[{RULE}] # more",
        '[{"source_matchers": ["a=1"], "target_matchers": ["b=1"]}]',
        '[\n  {\n    "source_match": {"a": "1"},\n    "target_match": {"b": 1}\n  }\n]\n',
        f"inhibit_rules:\n- {RULE}",
        f"route: {{receiver: x}}\nreceivers: [{{name: x}}]\ninhibit_rules: [{RULE}]",
        '{"inhibit_rules": [{"source_matchers": ["a=1"], "target_matchers": ["b=1"]}]}',
    ],
)
def test_rules_in_any_shape(text: str) -> None:
    assert run(Inputs(rules=text, alerts="- labels: {a: 1}", target="b=1")).muted


@pytest.mark.parametrize("text", ["", " \n", "[]", "inhibit_rules: []", "inhibit_rules:", "route: {receiver: x}"])
def test_no_rules_mute_nothing(text: str) -> None:
    outcome = run(Inputs(rules=text))

    assert (outcome.muted, outcome.why.key) == (False, "why.no-rules")


def test_what_amtool_prints_will_do() -> None:
    printed = [
        {
            "annotations": {"summary": "down"},
            "endsAt": "2026-01-01T00:04:00.000Z",
            "fingerprint": "abc",
            "receivers": [{"name": "ops"}],
            "startsAt": "2026-01-01T00:00:00.000Z",
            "status": {"inhibitedBy": [], "silencedBy": [], "state": "active"},
            "updatedAt": "2026-01-01T00:00:00.000Z",
            "generatorURL": "",
            "labels": {"s": "1", "e": "f"},
        }
    ]

    assert run(Inputs(rules=rules("plain"), alerts=json.dumps(printed), target="t=1\ne=f")).muted


@pytest.mark.parametrize(
    ("field", "text", "code", "line"),
    [
        ("rules", "sources: []", "inhibit-shape", 1),
        ("rules", "apiVersion: a/v1\nkind: AlertmanagerConfig\nspec: {inhibitRules: []}\n", "inhibit-object", 2),
        ("rules", "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n", "inhibit-inside", 2),
        ("rules", "alertmanager:\n  config:\n    inhibit_rules: []\n", "inhibit-values", 2),
        ("rules", "- {source: [a=1]}", "inhibit-unknown", 1),
        ("rules", "groups:\n- name: a\n  rules: []\n", "alert-of-prometheus", 1),
        (
            "alerts",
            'ID         Matchers   Ends At   Created By\n8188b168   a="1"      now       ops\n',
            "alert-silences",
            1,
        ),
        ("rules", "- name: x\n- source_matchers: ['a']\n", "matcher-syntax", 2),
        ("rules", '[{"source_matchers": ["a"]}]', "matcher-syntax", 1),
        ("rules", "- target_match_re: {a: '('}", "matcher-regex", 1),
        ("rules", "- target_match: {a-b: c}", "matcher-name", 1),
        ("rules", "- equal: ['']", "inhibit-label", 1),
        ("rules", "- equal: a", "manifest-wrong-list", 1),
        ("rules", "- a\n", "manifest-wrong-mapping", 1),
        ("rules", "- {}\n---\n- {}\n- {}", None, None),
        ("rules", "inhibit_rules: []\n---\ninhibit_rules: []", "manifest-one-document", 3),
        ("rules", "- a: [\n", "manifest-yaml", 2),
        ("rules", '[{"a": ]', "manifest-json", 1),
        ("alerts", "label: {a: 1}", "alert-shape", 1),
        ("alerts", "- labels: {a: 1}\n  end_in: 5\n", "alert-unknown", 2),
        ("alerts", "- labels: {a: 1}\n- labels: {}\n", "alert-no-labels", 2),
        ("alerts", "- labels: {a: ''}\n", "alert-no-labels", 1),
        ("alerts", "- labels: {a: 1}\n  ends_in: soon\n", "alert-ends", 2),
        ("alerts", "- labels: {a: 1}\n  ends_in: true\n", "alert-ends", 2),
        ("alerts", "- labels: {'': 1}\n", "label-name", 1),
        ("alerts", f"- labels: {{a: {'x' * 5000}}}\n", "label-long", 1),
        ("alerts", json.dumps([{"labels": {"a": "1"}}] * 10_001), "alert-many", 1),
        ("target", "severity!=page", "label-line", 1),
        ("target", "a=1\na=2", "label-twice", 2),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    field: str, text: str, code: str | None, line: int | None
) -> None:
    given: dict[str, Any] = {field: text}
    if code is None:
        # A second `---` in a list is blanked: the items go on.
        assert len(run(Inputs(**given)).rulings) == 3
        return
    with pytest.raises(Refusal) as refusal:
        run(Inputs(**given))

    assert (refusal.value.code, refusal.value.field, refusal.value.line) == (code, field, line)


def test_too_much_to_look_at_is_refused() -> None:
    many = json.dumps([{"source_matchers": ["a=1"]}] * 200)
    came = json.dumps([{"labels": {"a": str(i)}} for i in range(1000)])
    costly = json.dumps([{"source_matchers": [f'a=~".{{1000}}{i}"']} for i in range(60)])
    long = json.dumps([{"labels": {"a": "x" * 4000, "i": str(i)}} for i in range(100)])

    for rule, alert, code in ((many, came, "inhibit-large"), (costly, long, "matcher-costly")):
        with pytest.raises(Refusal) as refusal:
            run(Inputs(rules=rule, alerts=alert))
        assert refusal.value.code == code


def test_a_large_case_is_cut_short_but_answered() -> None:
    many = json.dumps([{"source_matchers": ["a!=x"], "target_matchers": ["t=2"]}] * 60)
    came = json.dumps([{"labels": {"a": str(i)}} for i in range(1000)])

    outcome = run(Inputs(rules=many, alerts=came, target="t=1"))

    assert (outcome.muted, outcome.tried, outcome.hidden_rules, outcome.hidden_rows) == (False, False, 10, 950)
    assert run(Inputs(rules=many, alerts=came, target="t=2")).muted


# --- properties ------------------------------------------------------------------------------------------------------

names = st.sampled_from("abe")
some_labels = st.dictionaries(names, st.sampled_from(["1", "2"]), min_size=1)
some_matchers = st.lists(
    st.builds(lambda n, o, v: f"{n}{o}{v}", names, st.sampled_from(["=", "!=", "=~"]), st.sampled_from(["1", "2"])),
    min_size=1,
    max_size=2,
)
some_rules = st.lists(
    st.fixed_dictionaries(
        {
            "source_matchers": some_matchers,
            "target_matchers": some_matchers,
            "equal": st.lists(names, max_size=2, unique=True),
        }
    ),
    max_size=3,
)
some_alerts = st.lists(st.fixed_dictionaries({"labels": some_labels, "ends_in": st.integers(-2, 5)}), max_size=6)


def holds(matcher: str, labels: dict[str, str]) -> bool:
    name, operator, value = matcher[0], matcher[1:-1], matcher[-1]
    return (labels.get(name, "") == value) != (operator == "!=")


def documented(rules: list[dict[str, Any]], alerts: list[dict[str, Any]], target: dict[str, str]) -> bool:
    """The rule as docs/configuration.md describes it, over all alerts as they are at the end."""
    ends: dict[tuple[Any, ...], int] = {}
    for alert in alerts:
        key, end = tuple(sorted(alert["labels"].items())), alert["ends_in"]
        old = ends.get(key, -99)
        ends[key] = old if end > 0 and old > end else end
    for rule in rules:
        if not all(holds(matcher, target) for matcher in rule["target_matchers"]):
            continue
        both = all(holds(matcher, target) for matcher in rule["source_matchers"])
        for key, end in ends.items():
            source = dict(key)
            if (
                end > 0
                and all(holds(matcher, source) for matcher in rule["source_matchers"])
                and all(source.get(name, "") == target.get(name, "") for name in rule["equal"])
                and not (both and all(holds(matcher, source) for matcher in rule["target_matchers"]))
            ):
                return True
    return False


@settings(deadline=None)
@given(some_rules, some_alerts, some_labels)
def test_the_documented_rule_holds_when_all_sources_are_remembered(
    rules: list[dict[str, Any]], alerts: list[dict[str, Any]], target: dict[str, str]
) -> None:
    given = {"rules": json.dumps(rules), "alerts": json.dumps(alerts), "target": json.dumps(target)}

    everything = run(Inputs(**given, memory="all"))
    one = run(Inputs(**given, memory="one"))

    assert everything.muted == documented(rules, alerts, target)
    assert everything.muted or not one.muted, "remembering less never mutes more"
    assert bool(everything.by) == everything.muted


@settings(deadline=None)
@given(some_rules, some_labels)
def test_an_alert_never_mutes_itself(rules: list[dict[str, Any]], labels: dict[str, str]) -> None:
    alone = json.dumps([{"labels": labels}])

    assert not run(Inputs(rules=json.dumps(rules), alerts=alone, target=json.dumps(labels))).muted


@settings(deadline=None)
@given(some_rules, some_alerts)
def test_what_is_remembered_is_a_source_that_ends_last(
    rules: list[dict[str, Any]], alerts: list[dict[str, Any]]
) -> None:
    """Alert by alert; an alert that was remembered may resolve later and stays remembered."""
    read, history = load_rules(json.dumps(rules)), listen(load_alerts(json.dumps(alerts)).alerts)

    for rule in read:
        memories = learn(rule, history)
        assert memories.remembered.keys() == memories.sources.keys()
        for key, number in memories.remembered.items():
            assert number in memories.sources[key]


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["rules", "alerts", "target"]))
def test_rubbish_is_refused_and_nothing_else(text: str, field: str) -> None:
    for rubbish in (text, f"- {text}", f"[{text}]", json.dumps([text]), json.dumps([{"labels": {text: text}}])):
        code = answer({field: rubbish})
        assert code == "worked" or f"refusal.{code}" in WORDS


def answer(inputs: dict[str, Any]) -> str:
    try:
        run(Inputs(**inputs))
    except Refusal as refusal:
        return refusal.code
    return "worked"


def ahead(rules_text: str, target: str, *alerts_given: tuple[str, float], memory: Memory = "all") -> list[Any]:
    """The time ahead as (since, until, number of the alert that mutes)."""
    rules_read = load_rules(rules_text)
    told = [{"labels": dict(pair.split("=") for pair in text.split()), "ends_in": ends} for text, ends in alerts_given]
    history = listen(load_alerts(json.dumps(told)).alerts)
    memories = [learn(rule, history) for rule in rules_read]
    spans = look_ahead(rules_read, memories, history.known, dict(p.split("=") for p in target.split()), memory)
    return [(span.since, span.until, span.by) for span in spans]


PLAIN = "- {source_matchers: [s=1], target_matchers: [t=1], equal: [e]}"


def test_a_target_is_muted_until_its_source_ends() -> None:
    assert ahead(PLAIN, "t=1 e=a", ("s=1 e=a", 240), ("s=1 e=b", 90)) == [(0, 240, 0), (240, None, None)]
    assert ahead(PLAIN, "t=1 e=a", ("s=1 e=b", 90)) == [(0, None, None)]
    assert ahead(PLAIN, "t=1 e=a", ("s=1 e=a", -5)) == [(0, None, None)]


def test_of_two_sources_the_one_that_is_remembered_mutes_to_its_end() -> None:
    """With all in mind the first that fires is found, then the other; with a memory of one the longer one is it."""
    came = (("s=1 e=a x=1", 100.0), ("s=1 e=a x=2", 300.0))

    assert ahead(PLAIN, "t=1 e=a", *came) == [(0, 100, 0), (100, 300, 1), (300, None, None)]
    assert ahead(PLAIN, "t=1 e=a", *came, memory="one") == [(0, 300, 1), (300, None, None)]


def test_too_many_ends_are_not_looked_at() -> None:
    def came(count: int) -> list[tuple[str, float]]:
        return [(f"s=1 e=a x={i}", 10.0 + i) for i in range(count)]

    assert len(ahead(PLAIN, "t=1 e=a", *came(19))) == 20
    assert ahead(PLAIN, "t=1 e=a", *came(20)) == []


def test_the_time_ahead_is_drawn_with_the_target_below() -> None:
    drawing = run(Inputs()).drawing

    assert drawing
    assert [(bar.name, bar.mutes, bar.ends) for bar in drawing.bars] == [
        ("NodeDown", True, "240"),
        ("HighErrors", False, "240"),
    ]
    muted, sent = drawing.stretches
    assert (muted.is_muted, sent.is_muted, muted.x) == (True, False, 118.0)
    assert muted.width == drawing.bars[0].width
    assert sent.x + sent.width == 396.0
    assert drawing.target == "PodNotReady"


def test_without_a_firing_source_nothing_is_drawn() -> None:
    assert run(Inputs(alerts="[]")).drawing is None
    assert run(Inputs(alerts="- labels: {alertname: NodeDown}\n  ends_in: -1\n")).drawing is None


WORDS = words_of_kube() | words_beside(__file__)


def test_everything_is_said_in_both_languages() -> None:
    assert {f"example.{example.name}" for example in WIDGET.examples} <= WORDS.keys()
    assert {f"field.{name}" for name in Inputs.model_fields} <= WORDS.keys()
    for name, came, target, _ in cells(SITUATIONS):
        for memory in ("one", "all"):
            given: dict[str, Any] = {"rules": rules(name), "alerts": alerts(came), "memory": memory}
            outcome = run(Inputs(**given, target=json.dumps(labels(target))))
            said = [outcome.verdict, outcome.why, *(ruling.say for ruling in outcome.rulings)]
            said += [outcome.other_memory] if outcome.other_memory else []
            for sentence in said:
                for language in LANGUAGES:
                    assert WORDS.text(language, sentence.key, **sentence.values)
            for ruling in outcome.rulings:
                assert {f"became.{each.became}" for each in ruling.candidates} <= WORDS.keys()


REAL = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", REAL, ids=[case["id"] for case in REAL])
def test_what_people_paste_is_read_in_its_own_sense_or_refused(case: dict[str, Any]) -> None:
    inputs = Inputs(rules=case["rules"], alerts=case["alerts"], target=case["target"])
    if "refused" in case:
        with pytest.raises(Refusal) as refused:
            run(inputs)
        assert (refused.value.field, refused.value.code, refused.value.line) == tuple(case["refused"])
    else:
        outcome = run(inputs)
        assert (outcome.muted, outcome.unsent) == (case["muted"], case.get("unsent", 0))
