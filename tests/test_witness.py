"""The real programs as witness: each recorded story is held against ours; nothing differs that is not meant to."""

from html import unescape
from typing import Any, get_args

import pytest
import yaml
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.unparted import NO_BREAK
from app.kube.story.witness import witnessed
from tests.witness import machines, tables
from tests.witness.held import hold, inputs_of, story
from tests.witness.recording import Recording
from tests.witness.tables import ROOT, Excuse, excuses
from tests.written import known_rooms

EACH = [(each.room, each.scenario) for each in tables.kept()]
each_recording = pytest.mark.parametrize(("room", "fault"), EACH, ids=["/".join(each) for each in EACH])

EVIDENCE = ("event", "object", "request", "terminal")
UNTYPED = ("liveness-kills", "node-shutdown", "eviction")  # nobody types anything: the node does it
UPDATE = "run `python -m tests.witness` and look at what it changed"


@each_recording
def test_a_story_is_as_it_was_recorded(room: str, fault: str) -> None:
    assert tables.wrong(room, fault) == []


@each_recording
def test_each_real_request_is_told_or_the_table_says_why_not(room: str, fault: str) -> None:
    assert tables.unexplained(room, fault) == []


@each_recording
def test_something_was_held(room: str, fault: str) -> None:
    counts = tables.held(room, fault).counts

    assert counts["frames"] >= min(5, len(story(room, fault)))
    assert counts["requests"] >= 1
    assert counts.get("words", 0) >= (fault not in UNTYPED)


@pytest.mark.parametrize("room", ["pod-birth", "deployment-birth"])
def test_the_reason_of_a_refused_pull_is_written_a_sync_after_its_event(room: str) -> None:
    """v1.37.2 pkg/kubelet/kubelet.go SyncPod: SetPodStatus comes first, reasonCache.Update last; `backOffPeriod`."""
    real = next(each for each in tables.kept() if (each.room, each.scenario) == (room, "image-missing"))
    said = min(states[0].at for states in real.objects.values() if states[0].object.get("reason") == "BackOff")
    pods = [states for key, states in real.objects.items() if key.startswith("Pod/web")]
    written = min(seen.at for states in pods for seen in states if "ImagePullBackOff" in str(seen.object["status"]))
    frames = story(room, "image-missing")
    said_here = next(frame.at_s for frame in frames if any(event.reason == "BackOff" for event in frame.events))
    written_here = next(frame.at_s for frame in frames if "ImagePullBackOff" in frame.terminal)

    assert 10 <= written - said <= 15
    assert 10 <= written_here - said_here <= 15


@pytest.mark.parametrize("entry", tables.meant(), ids=lambda entry: f"{entry.room} {entry.because}"[:70])
def test_what_is_meant_still_differs(entry: Excuse) -> None:
    """Each text of an entry excuses something, and so does the entry for each of its faults."""
    found = {
        (fault, text)
        for fault in entry.faults
        for each in tables.held(entry.room, fault).differences
        for _, text in excuses((entry,), entry.room, fault, each)
    }

    assert {text for _, text in found} == set(entry.texts)
    assert {fault for fault, _ in found} == set(entry.faults)


@pytest.mark.parametrize("entry", tables.untold(), ids=lambda entry: entry.texts[0][:120])
def test_what_is_not_told_is_still_asked(entry: Excuse) -> None:
    found = {
        text
        for room, fault in EACH
        for each in tables.held(room, fault).untold
        for _, text in excuses((entry,), room, fault, each)
    }

    assert found == set(entry.texts)
    assert set(dict(entry.because)) == {"en", "zh"}


@each_recording
def test_an_event_is_evidence_for_the_step_that_brings_it_alone(room: str, fault: str) -> None:
    """Not for those in which it only grows older."""
    known: set[tuple[Any, ...]] = set()
    brings = set()
    for frame in story(room, fault):
        events = {(each.type, each.reason, each.from_, each.message, each.count) for each in frame.events}
        if events - known:
            brings.add(frame.step)
        known |= events

    assert {step for step, kinds in tables.held(room, fault).steps.items() if "event" in kinds} <= brings


def test_every_fault_that_was_recorded_is_one_of_its_room() -> None:
    assert all(inputs_of(room, scenario)["fault"] in tables.faults_of(room) for room, scenario in EACH)


def test_every_way_to_begin_is_recorded() -> None:
    ways = set(get_args(known_rooms()["pod-end"].widget.form.model_fields["how"].annotation))
    recorded = {inputs_of(room, scenario).get("how", "delete") for room, scenario in EACH if room == "pod-end"}

    assert recorded == ways


def test_the_report_and_the_pages_say_what_was_held() -> None:
    assert tables.REPORT.read_text(encoding="utf-8") == tables.report(), UPDATE
    assert tables.WITNESSED.read_text(encoding="utf-8") == tables.witnessed_text(), UPDATE


@pytest.mark.parametrize(
    ("room", "inputs", "expected"),
    [
        ("pod-birth", {"fault": "none"}, "1.37.2"),
        ("pod-birth", {"fault": "etcd-no-quorum"}, "1.37.2"),
        ("pod-end", {"fault": "shell-pid-1"}, ""),
        ("pod-end", {"fault": "shell-pid-1", "grace": 10, "pre_stop": 0}, "1.37.2"),
        ("deployment-birth", {}, "1.37.2"),
        ("deployment-birth", {"replicas": 10}, ""),
        ("deployment-birth", {"kubernetes_version": "1.35"}, ""),
        ("deployment-birth", {"fault": "image-missing"}, ""),
        ("deployment-birth", {"fault": "image-missing", "image": "nginx:1.92"}, "1.37.2"),
        ("vm-birth", {}, "KubeVirt 1.9.0"),
        ("vm-birth", {"operation": "migrate"}, "KubeVirt 1.9.0"),
        ("vm-birth", {"run_strategy": "Once"}, ""),
    ],
)
def test_a_page_claims_a_witness_only_for_what_was_recorded(
    room: str, inputs: dict[str, object], expected: str
) -> None:
    known = known_rooms()[room]

    found = witnessed(room, known.widget.form(**inputs).model_dump(), known.first.model_dump())

    assert (found.version if found else "") == expected


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_of_each_step_what_was_held_and_lists_what_no_step_tells(site: TestClient, lang: Lang) -> None:
    words = yaml.safe_load((ROOT / "app" / "widgetkit" / "words.yaml").read_text(encoding="utf-8"))
    known = tables.witnessed()
    steps = known["rooms"]["pod-birth"]["none"]["steps"]
    assert set(range(1, 24)) - set(steps), "some step is by code"
    for step in range(1, 24):
        page = site.get(f"/{lang}/widgets/pod-birth?step={step}").text
        foot = unescape(page.partition('class="witness"')[2].partition("</p>")[0])
        kinds = [kind for kind in EVIDENCE if words[f"player.evidence.{kind}"][lang] in foot]

        assert kinds == sorted(steps.get(step, []))
        assert (words["player.by-code"][lang] in foot) == (step not in steps)
    because = [known["because"][number][lang] for number in known["rooms"]["pod-birth"]["none"]["untold"]]
    table = unescape(page.partition("w-pod-birth-untold")[2].partition("</table>")[0])

    assert because
    assert all(each in table for each in because)


def test_a_story_without_a_recording_shows_neither(site: TestClient) -> None:
    page = site.get("/en/widgets/pod-end?fault=shell-pid-1&step=2").text

    assert 'class="witness"' not in page
    assert "-untold" not in page


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "seen in the real programs, 1.37.2"), ("zh", "真实程序 1.37.2 中亲见")]
)
def test_a_source_says_in_which_version_it_was_seen(site: TestClient, lang: Lang, said: str) -> None:
    page = site.get(f"/{lang}/lessons/pod-creation").text.replace(NO_BREAK, " ")
    listed = [line.partition("</li>")[0] for line in page.split('id="source-')[1:]]
    [binding] = [line for line in listed if "BindingREST" in line]
    [hub] = [line for line in listed if "control-plane-node-communication" in line]

    assert said in binding
    assert said not in hub
    assert said in site.get(f"/{lang}/lessons/pod-creation.md").text


# Would it notice?


def _good() -> Recording:
    return next(each for each in tables.kept() if (each.room, each.scenario) == ("pod-birth", "none"))


@pytest.mark.parametrize(
    ("part", "kind"), [("requests", "was not asked"), ("changes", "there is none like"), ("sessions", "prints no row")]
)
def test_a_recording_without_a_part_witnesses_nothing(part: str, kind: str) -> None:
    good = _good()
    kept = [each for each in good.told[part] if each.get("user") == "kubernetes-admin"]
    found = hold(Recording(good.path, {**good.told, part: kept})).differences

    assert any(kind in each for each in found)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"agent": "curl/8.5"}, "asked by curl"),
        ({"body": {"status": {"phase": "Failed"}}}, "carries what this step writes"),
    ],
)
def test_another_program_or_another_body_is_noticed(change: dict[str, Any], kind: str) -> None:
    good = _good()
    other = [
        {**each, **change} if each["user"] == "system:node:node-1" and each["verb"] == "patch" else each
        for each in good.told["requests"]
    ]
    found = hold(Recording(good.path, {**good.told, "requests": other})).differences

    assert any(kind in each for each in found)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"agent": "curl/8.5"}, "asked by curl"),
        ({"user": "system:node:node-2"}, "was not asked"),
        ({"uri": "/api/v1/pods?watch=true"}, "was not asked"),
    ],
)
def test_another_watch_is_noticed(change: dict[str, Any], kind: str) -> None:
    back = next(each for each in tables.kept() if (each.room, each.scenario) == ("pod-birth", "kubelet-returns"))
    other = [{**each, **change} for each in back.told["watches"]]
    found = hold(Recording(back.path, {**back.told, "watches": other})).differences

    assert any(kind in each for each in found)


def _machine() -> Recording:
    return next(each for each in tables.kept() if (each.room, each.scenario) == ("vm-birth", "start"))


@pytest.mark.parametrize(
    ("part", "kind"),
    [("requests", "was not asked"), ("changes", "there is none like"), ("sessions", "was not printed")],
)
def test_a_recording_of_a_machine_without_a_part_witnesses_nothing(part: str, kind: str) -> None:
    good = _machine()
    kept = [each for each in good.told[part] if each.get("user") == "kubernetes-admin"]
    found = machines.hold(Recording(good.path, {**good.told, part: kept})).differences

    assert any(kind in each for each in found)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"agent": "curl/8.5"}, "asked by curl"),
        ({"body": {"status": {"phase": "Failed"}}}, "carries something else"),
        ({"body": [{"op": "add", "path": "/status/phase", "value": "Failed"}]}, "carries something else"),
    ],
)
def test_another_program_or_another_body_of_a_machine_is_noticed(change: dict[str, Any], kind: str) -> None:
    good = _machine()
    other = [
        {**each, **change} if each["user"] == machines.USERS["virt-controller"] and "body" in each else each
        for each in good.told["requests"]
    ]
    found = machines.hold(Recording(good.path, {**good.told, "requests": other})).differences

    assert any(kind in each for each in found)


def test_what_virt_handler_has_written_is_no_evidence() -> None:
    """Those steps of a start in which nobody else writes anything stand in no table."""
    frames = story("vm-birth", "start")
    played = {frame.step for frame in frames if frame.key in ("prepare", "sync")}

    assert played
    assert not played & set(tables.held("vm-birth", "start").steps)
