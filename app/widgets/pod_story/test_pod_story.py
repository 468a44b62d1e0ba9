"""The room against pastes in the shape of public reports, whole and damaged, and against what it must not do."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.kube.refusal import Refusal
from app.kube.transcript.fact import Case
from app.kube.transcript.private import CUT, cut_secrets
from app.kube.transcript.runtime import read_runtime
from app.kube.transcript.text import Line
from app.widgetkit.form import for_files, read_inputs
from app.widgetkit.saying import LANGUAGES, words_beside, words_of_kube
from app.widgets.pod_story.examples import EXAMPLES, FIRST
from app.widgets.pod_story.facts import FACTS
from app.widgets.pod_story.rule import Signal
from app.widgets.pod_story.rules import OPEN, RULES
from app.widgets.pod_story.widget import Inputs, Outcome, run
from tests.soon import soon

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "cases.yaml").read_text(encoding="utf-8"))
MESSAGES: list[dict[str, Any]] = yaml.safe_load((HERE / "messages.yaml").read_text(encoding="utf-8"))
WORDS = words_beside(__file__) | words_of_kube()

each_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


def told(text: str, **inputs: str) -> Outcome:
    return run(Inputs(text=text, **inputs))


@each_case
def test_a_real_paste_gets_the_verdict_that_is_right(case: dict[str, Any]) -> None:
    outcome = told(case["text"])

    assert outcome.verdict.code in case["codes"], outcome.verdict
    assert outcome.verdict.sure == case["sure"]


@each_case
def test_every_quotation_stands_on_its_line(case: dict[str, Any]) -> None:
    lines = case["text"].split("\n")
    outcome = told(case["text"])

    assert outcome.verdict.evidence or outcome.verdict.code == "no-scheduler"
    for quote in outcome.verdict.evidence:
        for offset, part in enumerate(quote.quote.split("\n")):
            assert part.strip(", ") in lines[quote.line - 1 + offset], quote


# --- damage ---------------------------------------------------------------------------------------------


def wrapped(columns: int) -> Callable[[str], str]:
    def wrap(text: str) -> str:
        return "\n".join(
            part
            for line in text.split("\n")
            for part in ([line[i : i + columns] for i in range(0, len(line), columns)] or [""])
        )

    return wrap


DAMAGE: dict[str, Callable[[str], str]] = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "colours": lambda text: re.sub(r"\b(Warning|Normal|Running|Pending)\b", "\x1b[33m\\1\x1b[0m", text),
    "mail": lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    "fence": lambda text: f"```\n{text}\n```",
    "indented": lambda text: "\n".join(f"    {line}" for line in text.split("\n")),
    "box": lambda text: "┌────────┐\n" + "\n".join(f"│ {line} │" for line in text.split("\n")) + "\n└────────┘",
    "nbsp": lambda text: text.replace("  ", "\u00a0 "),
    "curly quotes": lambda text: re.sub(r'"([^"\n]*)"', "“\\1”", text),
    "blanks at the end lost": lambda text: "\n".join(line.rstrip() for line in text.split("\n")),
    "numbered": lambda text: "\n".join(f"{n:>4}  {line}" for n, line in enumerate(text.split("\n"), 1)),
    "entities": lambda text: (
        text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    ),
    "prose around": lambda text: f"Hello, my Pod does not work, please help.\n\n{text}\n\nThanks in advance!",
}
BROKEN: dict[str, Callable[[str], str]] = {
    "80 columns": wrapped(80),
    "120 columns": wrapped(120),
    "blanks collapsed": lambda text: "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n")),
}


@each_case
@pytest.mark.parametrize("how", DAMAGE)
def test_damage_by_mail_chat_and_terminal_changes_nothing(case: dict[str, Any], how: str) -> None:
    if how == "curly quotes" and case["text"].lstrip().startswith("{"):
        pytest.skip("JSON with other quotation marks is no JSON")
    outcome = told(DAMAGE[how](case["text"]))

    assert outcome.verdict.code in case["codes"], outcome.verdict


@each_case
@pytest.mark.parametrize("how", BROKEN)
def test_lost_blanks_and_broken_lines_are_mended(case: dict[str, Any], how: str) -> None:
    outcome = told(BROKEN[how](case["text"]))

    assert outcome.verdict.code in case["codes"], outcome.verdict


def folded(columns: int) -> Callable[[str], str]:
    """Broken between words, as mail programs do."""
    import textwrap

    def fold(text: str) -> str:
        lines = [textwrap.wrap(line, columns, drop_whitespace=False) or [""] for line in text.split("\n")]
        return "\n".join(part for parts in lines for part in parts)

    return fold


WORSE: dict[str, Callable[[str], str]] = {
    **BROKEN,
    "60 columns": wrapped(60),
    "100 columns": wrapped(100),
    "132 columns": wrapped(132),
    "folded at 100": folded(100),
    "collapsed and broken": lambda text: wrapped(80)(BROKEN["blanks collapsed"](text)),
    "broken and quoted": lambda text: DAMAGE["mail"](wrapped(76)(text)),
    "broken, ends cut": lambda text: DAMAGE["blanks at the end lost"](wrapped(80)(text)),
    "tabs": lambda text: re.sub(r" {2,}", "\t", text),
    "every line twice apart": lambda text: text.replace("\n", "\n\n"),
}
TABLES = [case for case in MESSAGES if not re.match(r"\s*[\[{]|apiVersion|lastState", case["text"])]
PRINTED = [case for case in TABLES if not case["id"].startswith(("jq", "json", "finalizer")) and "whole" not in case]


@pytest.mark.parametrize("how", [*WORSE, *(each for each in DAMAGE if each not in ("entities", "curly quotes"))])
def test_every_message_survives_damage(how: str) -> None:
    damage = (WORSE | DAMAGE)[how]
    wrong = []
    for case in PRINTED:
        code = _code(damage(case["text"]))
        if code != case["code"]:
            wrong.append((case["id"], code))

    assert wrong == []


def _code(text: str) -> str:
    try:
        return told(text).verdict.code
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize("case", MESSAGES, ids=[case["id"] for case in MESSAGES])
def test_a_message_as_its_component_writes_it(case: dict[str, Any]) -> None:
    outcome = told(case["text"])

    assert outcome.verdict.code == case["code"], outcome.verdict
    assert outcome.verdict.sure == case.get("sure", outcome.verdict.sure)
    assert outcome.verdict.key == case.get("says", outcome.verdict.key)
    assert outcome.verdict.actor == case.get("actor", outcome.verdict.actor)


# --- the table of rules ---------------------------------------------------------------------------------


def signals() -> Iterator[Signal]:
    for rule in RULES:
        yield from (*rule.any, *rule.all, *rule.none, *rule.shows, *rule.sure_if)


def test_the_table_is_whole() -> None:
    ids = [rule.id for rule in (*RULES, OPEN)]

    assert len(ids) == len(set(ids)) >= 60
    assert all(rule.any or rule.all for rule in RULES), "a rule without needs would always hold"
    assert all((rule.source and rule.next) or rule.code == "healthy" for rule in RULES)
    assert {signal.names[0] for signal in signals() if signal.where == "fact"} <= set(FACTS)
    assert all(signal.compiled for signal in signals())
    for rule in RULES:
        assert (rule.sure == "open") == (rule.code == "open") == bool(rule.candidates and rule.code == "open"), rule.id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_diagnosis_says_why_and_what_refutes_it(lang: Any) -> None:
    values = dict.fromkeys(("pod", "namespace", "node", "container", "image", "exit", "name"), "x")
    for rule in (*RULES, OPEN):
        assert WORDS.text(lang, f"why.{rule.id}", **values)
        assert WORDS.text(lang, f"refuted.{rule.code}")
        assert all(WORDS.text(lang, f"cause.{code}") for code in rule.candidates)
    named = {key.removeprefix("cause.") for key in WORDS if key.startswith("cause.")}
    assert named == {code for rule in (*RULES, OPEN) for code in rule.candidates}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "# crictl ps -a\nCONTAINER   IMAGE   CREATED   STATE    NAME   ATTEMPT   POD ID\n"
            "4e53        3cab    4m ago    Exited   etcd   25        5c17\n",
            "paste-containers",
        ),
        (
            "CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES\n"
            'c558           303c    "etcd"    2s ago    Up 1s            k8s_etcd\n',
            "paste-containers",
        ),
        (
            '-A KUBE-EXTERNAL-SERVICES -m comment --comment "grain/mill has no local endpoints" -j DROP\n',
            "paste-printed",
        ),
        ("Good morning\n", "unrecognised"),
    ],
)
def test_what_tells_of_no_pod_is_refused_by_its_own_name(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        told(text)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("error when evicting pods: Cannot evict pod as it would violate the pod's disruption budget.", "not-told"),
        (
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
            "not-told",
        ),
        ('Error from server (Forbidden): pods "a" is forbidden: exceeded quota: q, requested: pods=1', "no-pod"),
    ],
)
def test_that_there_is_no_pod_is_said_where_it_is_known(text: str, said: str) -> None:
    assert told(text).unnamed == f"stands.{said}"


def test_a_pod_of_which_only_good_is_told_is_in_no_trouble() -> None:
    events = (
        "LAST SEEN   TYPE      REASON      OBJECT      MESSAGE\n"
        "40s         Normal    Started     pod/web-0   Started container web\n"
        "9s          Warning   Unhealthy   pod/web-1   Readiness probe failed: HTTP probe failed with statuscode: 500\n"
        "3s          Warning   Unhealthy   pod/web-2   Readiness probe failed: HTTP probe failed with statuscode: 500\n"
    )

    outcome = told(events)

    assert {outcome.pod, *outcome.others} == {"web-1", "web-2"}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (
            "kind: PersistentVolumeClaim\nmetadata: {name: data, namespace: pay}\nstatus: {phase: Pending}\n",
            "kubectl describe pvc data -n pay",
        ),
        (
            "NAMESPACE   NAME   STATUS   VOLUME   CAPACITY\npay         data   Lost     pvc-1    0\n",
            "kubectl describe pvc data -n pay",
        ),
        (
            "NAMESPACE   NAME   TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\n"
            "pay         till   LoadBalancer   10.96.3.7    <pending>     80/TCP    5d\n",
            "kubectl describe service till -n pay",
        ),
    ],
)
def test_a_command_names_the_namespace_of_what_was_pasted(text: str, command: str) -> None:
    assert told(text).verdict.next[0] == command


def test_of_several_tables_each_is_read_by_its_own_header() -> None:
    pods = told(
        "NAME    REASON\nweb-0   ImagePullBackOff\nPOD     WHY\nweb-1   CrashLoopBackOff\n"
        "NAME       PROVISIONER   RECLAIMPOLICY\nstandard   x             Delete\n"
    )

    assert {pods.pod, *pods.others} == {"web-0", "web-1"}


def test_every_code_that_scripts_rely_on_has_a_rule() -> None:
    promised = [
        "healthy",
        "completed",
        "no-scheduler",
        "unschedulable",
        "gated",
        "volume-unbound",
        "volume-multi-attach",
        "secret-missing",
        "configmap-missing",
        "sandbox-failed",
        "image-not-found",
        "image-auth",
        "image-rate-limit",
        "image-platform",
        "config-error",
        "command-not-found",
        "command-not-executable",
        "exec-format",
        "app-exits",
        "oom-container-limit",
        "oom-node",
        "evicted",
        "liveness-kills",
        "readiness-fails",
        "startup-fails",
        "init-fails",
        "terminating-finalizer",
        "terminating-node-gone",
        "node-lost",
        "preempted",
        "deadline",
        "no-endpoint",
        "not-admitted",
        "kubelet-refused",
        "volume-zone",
        "mount-failed",
        "volume-not-writable",
        "ip-exhausted",
        "image-never",
        "invalid-image-name",
        "registry-unreachable",
        "registry-certificate",
        "create-timeout",
        "exits-zero",
        "hook-fails",
        "open",
    ]

    assert set(promised) <= {rule.code for rule in RULES}


# --- what must not happen ---------------------------------------------------------------------------------


def test_secrets_are_cut_and_the_verdict_stays() -> None:
    outcome = told(FIRST.replace(CUT, "not-in-the-story"))
    shown = json.dumps([line.text for line in outcome.pasted])

    assert "not-in-the-story" not in shown
    assert CUT in shown
    assert outcome.cut == 1


@pytest.mark.parametrize(
    "text",
    [
        "      DB_PASSWORD:  hunter2secret",
        "    - name: API_TOKEN\n      value: hunter2secret",
        '"name": "AWS_SECRET_ACCESS_KEY",\n"value": "hunter2secret"',
        "kind: Secret\ndata:\n  any: aHVudGVyMnNlY3JldA==",
        "data:\n  any: aHVudGVyMnNlY3JldA==\nkind: Secret",
        "GET https://bob:hunter2secret@registry.example/v2/",
        "connecting with password=hunter2secret&x=1",
        "Authorization: Bearer hunter2secrethunter2secret",
        "token eyJhbGciOiJSUzI1NiIs.eyJpc3MiOiJrdWJl.c2lnbmF0dXJl-hunter2secret",
        'last-applied: {"env":[{"name":"DB_PASSWORD","value":"hunter2secret"}]}',
    ],
)
def test_a_secret_is_cut_by_its_shape_or_its_name(text: str) -> None:
    cut = cut_secrets(text)

    assert "hunter2secret" not in cut
    assert "aHVudGVyMnNlY3JldA" not in cut
    assert CUT in cut
    assert cut.count("\n") == text.count("\n")
    assert cut_secrets(cut) == cut


def test_the_name_of_a_volume_is_no_name_of_a_secret() -> None:
    """`default-token-r6zsd` is what the volume of a service account was called until 1.20."""
    said = 'MountVolume.SetUp failed for volume "default-token-r6zsd" : secret "default-token-r6zsd" not found'

    assert cut_secrets(said) == said
    assert "hunter2secret" not in cut_secrets('"default-token-r6zsd" : "hunter2secret"')
    assert "hunter2secret" not in cut_secrets('{"volume": "a", "db-token" : "hunter2secret"}')
    assert told(f"Warning  FailedMount  9s (x4 over 9m)  kubelet  {said}").verdict.code == "secret-missing"


@pytest.mark.parametrize("text", ["", "  \n ", "hello", "\x00", "{" * 3000, "[]", "apiVersion: v1\nkind: ConfigMap"])
def test_what_is_no_output_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        told(text)

    assert refused.value.field == "text"
    assert f"refusal.{refused.value.code}" in WORDS


def test_inputs_that_cannot_be() -> None:
    for inputs, code in (
        ({"pod": "nobody"}, "no-such-pod"),
        ({"now": "soon"}, "now"),
        ({"kubernetes_version": "2.0"}, "version"),
    ):
        with pytest.raises(Refusal) as refused:
            told(FIRST, **inputs)
        assert refused.value.code == code


def test_half_a_paste_is_read_as_far_as_it_goes() -> None:
    for case in CASES:
        text = case["text"]
        for part in (text[: len(text) // 2], text[len(text) // 2 :], text[: len(text) * 4 // 5]):
            assert _answered(part) in ("told", "nothing", "unrecognised")


def _answered(text: str) -> str:
    try:
        return "told" if told(text).frames else "nothing told"
    except Refusal as refusal:
        return refusal.code


# --- speed ------------------------------------------------------------------------------------------------


ONE_PASS_S = 8.0
"""Far above what one pass takes; what goes back for each line takes minutes."""


def many_events(count: int) -> str:
    rows = ["LAST SEEN   TYPE      REASON      OBJECT        MESSAGE"]
    for n in range(count):
        rows.append(
            f'{n % 59}m   Normal   Pulled   pod/web-{n}   Container image "r.example/web:1" already present on machine'
        )
    rows.append(
        '3s   Warning   Failed   pod/api-0   Failed to pull image "r.example/api:2": no match for platform in manifest'
    )
    return "\n".join(rows)


def a_list(size: int) -> str:
    pod = yaml.safe_load(next(example for example in EXAMPLES if example.name == "oom").inputs["text"])
    fine = json.loads(json.dumps(pod))
    fine["status"] = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": []}
    fine["metadata"]["annotations"] = {"note": "x" * 4000}
    items = []
    each = len(json.dumps(fine, indent=4)) + 2
    for n in range(size // each):
        fine["metadata"]["name"] = f"web-{n}"
        items.append(json.loads(json.dumps(fine)))
    items.insert(len(items) // 2, pod)
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4)


@pytest.mark.slow
def test_five_thousand_events_are_read_in_one_pass() -> None:
    text = many_events(5000)

    outcome = soon(lambda: told(text), ONE_PASS_S)

    assert outcome.verdict.code == "image-platform"


@pytest.mark.slow
def test_a_list_of_ten_megabytes_is_read_in_one_pass() -> None:
    text = a_list(10_000_000)

    form = read_inputs(for_files(Inputs), {"text": text})  # what is longer than a form takes comes from a file
    assert isinstance(form, Inputs)

    outcome = soon(lambda: run(form), ONE_PASS_S)

    assert outcome.pod == "policy-0"
    assert outcome.verdict.code == "oom-container-limit"


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "9s   Warning   FailedCreate   replicaset/web   something odd",
        "9s   Warning   Odd   pod/web   something odd mkdir open",
        "Name:  web\nNamespace:  x\nStatus:  Running",
        '{\n"kind":"Pod"\n}',
        "PASSWORD: x",
        "> > > >",
        "a",
    ],
)
def test_a_megabyte_of_anything_is_answered_in_time(line: str) -> None:
    text = (line + "\n") * ((1 << 20) // (len(line) + 1))

    soon(lambda: _code(text), ONE_PASS_S)


@pytest.mark.parametrize(
    ("listed", "state"),
    [("Created", "waiting"), ("Running", "running"), ("Exited", "terminated"), ("EXITED", "terminated")],
)
def test_a_container_stands_as_its_runtime_lists_it(listed: str, state: str) -> None:
    case = Case()
    row = f"e035c654bcf06  90d97aa939bbf  7 seconds ago  {listed}  cart  2  c21fa07f57b8e  cart-6d5f7c9b8-x2v4q"

    assert read_runtime([Line(1, row)], case)
    assert [it.state for it in case.pod("cart-6d5f7c9b8-x2v4q", "").containers] == [state]
