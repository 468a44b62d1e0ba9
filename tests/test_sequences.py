"""What the six sequences tell, for every input: the same each time, in both languages, and never against itself.

The facts are written down here a second time, in a shape of their own, so that a slip in a room is not believed.
"""

import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import combinations, pairwise, product
from typing import Any, get_args

import pytest
import yaml

from app.content.language import LANGUAGES, Lang
from app.kube.frame import Frame, StoredObject
from app.kube.printed.pod_row import pod_row
from app.kube.story.scene import START, Unstored
from app.widgetkit.player import draw
from app.widgetkit.playing import VIEWS_OF_STAGE
from app.widgetkit.registry import Room
from app.widgetkit.stage import Stage
from app.widgets.deployment_birth import model as deployment_birth
from app.widgets.etcd_write import model as etcd_write
from app.widgets.pod_birth import model as pod_birth
from app.widgets.pod_end import model as pod_end
from app.widgets.pod_packet import model as pod_packet
from app.widgets.vm_birth import model as vm_birth
from tests.written import known_rooms

ROOMS = {slug: room for slug, room in known_rooms().items() if room.widget.kind == "sequence"}
CREATIONS = ("pod-birth", "deployment-birth", "vm-birth")
TELL_OF_PODS = (*CREATIONS, "pod-end")
TELLERS: Mapping[str, Any] = {
    "pod-birth": pod_birth.tell,
    "pod-end": pod_end.tell,
    "deployment-birth": deployment_birth.tell,
    "pod-packet": pod_packet.tell,
    "etcd-write": etcd_write.tell,
    "vm-birth": vm_birth.tell,
}
ENDING = ("sees", "works", "check")
each_sequence = pytest.mark.parametrize("slug", ROOMS)
each_creation = pytest.mark.parametrize("slug", CREATIONS)
each_story_of_pods = pytest.mark.parametrize("slug", TELL_OF_PODS)

# Inputs that are no closed set: numbers and texts worth telling apart.
OPEN: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "deployment-birth": {"replicas": (0, 1, 3, 8), "image": ("nginx:1.29",), "kubernetes_version": ("1.37",)},
    "pod-packet": {
        "endpoints": (
            "10.244.1.5:8080, 10.244.2.7:8080, 10.244.2.8:8080",
            "10.244.1.5:8080, 10.244.2.7:8080",
            "10.244.1.5:8080",
            "",
        )
    },
    "pod-end": {
        "grace": (30,),
        "pre_stop": (0, 5),
        "pre_stop_kind": ("sleep",),
        "on_term": ("finish",),
        "sidecars": (0,),
        "inside": (20,),
        "outside": (20,),
        "balancer": (3,),
    },
    "etcd-write": {"members": (1, 2, 3, 5, 7), "down": ("", "1", "1,2", "1,2,4"), "cut_off": ("", "3", "5")},
}


@cache
def runs(slug: str) -> tuple[dict[str, Any], ...]:
    """Every combination of the inputs that the room accepts."""
    room = ROOMS[slug]
    axes = {name: _values(slug, name, field.annotation) for name, field in room.widget.form.model_fields.items()}
    found = tuple(dict(zip(axes, values, strict=True)) for values in product(*axes.values()))
    return tuple(inputs for inputs in found if _is_accepted(slug, inputs))


def _values(slug: str, name: str, annotation: Any) -> tuple[Any, ...]:
    if name in OPEN.get(slug, {}):
        return OPEN[slug][name]
    return get_args(annotation)


def _defaults(slug: str) -> dict[str, Any]:
    return {name: field.default for name, field in ROOMS[slug].widget.form.model_fields.items()}


def _is_accepted(slug: str, inputs: Mapping[str, Any]) -> bool:
    """Inputs that matter: who is down or cut off exists and is not both; the Service's own only with a Service."""
    if slug == "pod-packet" and inputs["scene"] != "service":
        form = ROOMS[slug].widget.form
        return all(inputs[name] == form.model_fields[name].default for name in ("name", "endpoints"))
    if slug == "pod-end":
        runs_hook = inputs["fault"] not in ("no-pre-stop", "hook-too-long")
        if runs_hook and inputs["pre_stop_kind"] == "sleep" and inputs["pre_stop"] > inputs["grace"]:
            return False
        return inputs["fault"] != "node-gone" or inputs["how"] not in ("liveness", "node-shutdown", "eviction")
    if slug != "etcd-write":
        return True
    named = [int(number) for name in ("down", "cut_off") for number in inputs[name].split(",") if number]
    return len(set(named)) == len(named) and all(number <= inputs["members"] for number in named)


def tell(slug: str, **inputs: Any) -> Any:
    room = known_rooms()[slug] if slug not in ROOMS else ROOMS[slug]
    return room.run(room.widget.form.model_validate(inputs))


@cache
def told(slug: str) -> tuple[tuple[dict[str, Any], Any], ...]:
    return tuple((inputs, tell(slug, **inputs)) for inputs in runs(slug))


def stage_of(slug: str, outcome: Any) -> Stage:
    """A room has one stage, or each run its own."""
    stage = getattr(outcome, "stage", None) or ROOMS[slug].widget.stage
    assert stage
    return stage


@cache
def parsed(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def things(frame: Frame) -> list[tuple[StoredObject, dict[str, Any]]]:
    """The Kubernetes objects of a frame that are stored."""
    stored = ((each, parsed(each.yaml)) for each in frame.objects if not isinstance(each, Unstored))
    return [(each, thing) for each, thing in stored if "apiVersion" in thing]


def conditions(thing: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["type"]: each for each in (thing.get("status") or {}).get("conditions") or ()}


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


# The same each time, step by step


@each_sequence
def test_the_same_inputs_tell_the_same_story(slug: str) -> None:
    for inputs, outcome in told(slug):
        TELLERS[slug].cache_clear()

        assert tell(slug, **inputs) == outcome, inputs


@each_sequence
@pytest.mark.parametrize("lang", LANGUAGES)
def test_programs_are_told_what_the_page_tells(slug: str, lang: Lang) -> None:
    """Every step, and what is seen, works and is to be checked at the end, is a sentence in the JSON outcome."""
    room = ROOMS[slug]
    for example in room.widget.examples:
        outcome = room.run(room.inputs(example))
        shown = room.json(outcome, lang)

        for frame, told in zip(outcome.frames, shown["frames"], strict=True):
            assert [told["say"], *told["details"]] == [
                {"key": say.key, "values": dict(say.values), "text": room.text(lang, say)}
                for say in (frame.say, *frame.details)
            ], example.name
        for name in ENDING:
            say = getattr(outcome, name)
            assert shown[name] == (say and {"key": say.key, "values": {}, "text": room.text(lang, say)}), example.name


@each_sequence
def test_steps_follow_each_other(slug: str) -> None:
    """Numbered from 1, so that each has an address and the ones before and after it have theirs."""
    for inputs, outcome in told(slug):
        times = [frame.at_s for frame in outcome.frames]

        assert [frame.step for frame in outcome.frames] == list(range(1, len(outcome.frames) + 1)), inputs
        assert times == sorted(times), inputs
        assert len(outcome.frames) >= 2, inputs


@each_sequence
def test_messages_go_between_actors_of_the_stage(slug: str) -> None:
    for inputs, outcome in told(slug):
        stage = stage_of(slug, outcome)
        names = {place.name for place in stage.places}
        for frame in outcome.frames:
            assert sorted(frame.actors) == sorted(names), (inputs, frame.step)
            assert {*frame.actors_at_work, *frame.senders, *frame.receivers} <= names, (inputs, frame.step)
            assert (frame.from_ is None) == (frame.to is None), (inputs, frame.step)
            assert all(sender != receiver for sender, receiver in frame.ways), (inputs, frame.step)


@each_sequence
def test_the_terminal_only_grows(slug: str) -> None:
    """What has been printed stays as it is."""
    for inputs, outcome in told(slug):
        for before, after in pairwise(outcome.frames):
            assert after.terminal.startswith(before.terminal), (inputs, after.step)


@each_sequence
def test_what_is_marked_is_what_changed(slug: str) -> None:
    """A line that was not there before is marked; nothing is marked in a text that has stayed."""
    for inputs, outcome in told(slug):
        for before, after in pairwise(outcome.frames):
            texts = {(each.kind, each.name): each.yaml for each in before.objects}
            for shown in after.objects:
                old = texts.get((shown.kind, shown.name))
                if old is None:
                    continue
                known, lines = set(old.splitlines()), shown.yaml.splitlines()
                new = {number for number, line in enumerate(lines, 1) if line not in known}
                assert new <= set(shown.changed), (inputs, after.step, shown.name)
                assert not shown.changed or shown.yaml != old, (inputs, after.step, shown.name)


# Who writes that a Pod is scheduled


def newly_scheduled(before: Frame, after: Frame) -> list[tuple[str, dict[str, Any]]]:
    """Pods that were there before and have PodScheduled=True since this step, with the condition."""
    known = {shown.name: conditions(thing).get("PodScheduled", {}) for shown, thing in things(before)}
    scheduled = [(shown.name, conditions(thing).get("PodScheduled", {})) for shown, thing in things(after)]
    return [
        (name, made)
        for name, made in scheduled
        if made.get("status") == "True" and name in known and known[name].get("status") != "True"
    ]


@each_creation
def test_the_binding_makes_a_pod_scheduled_and_the_scheduler_sends_the_event(slug: str) -> None:
    """kubernetes v1.37 pkg/registry/core/pod/storage/storage.go setPodNodeAndMetadata writes the condition, without a
    generation; pkg/scheduler/schedule_one.go sends the event. Later the kubelet repeats it, with the generation."""
    bound = 0
    for inputs, outcome in told(slug):
        for before, after in pairwise(outcome.frames):
            for name, made in newly_scheduled(before, after):
                where = (inputs, after.step, name)
                senders = {each.from_ for each in after.events if each.reason == "Scheduled"}
                assert senders == {"default-scheduler"}, where
                assert after.actors["api"] == "stores", where
                if "observedGeneration" in made:
                    assert after.actor.startswith("kubelet"), where
                    continue
                bound += 1
                assert (after.actor, after.to) == ("scheduler", "api"), where
                assert after.verb.startswith("POST"), where
                assert after.path, where
                assert after.path.endswith("/binding"), where
    assert bound


@each_story_of_pods
def test_nobody_but_the_scheduler_says_that_a_pod_is_assigned(slug: str) -> None:
    for inputs, outcome in told(slug):
        for event in outcome.frames[-1].events:
            assert event.reason not in ("Scheduled", "FailedScheduling") or event.from_ == "default-scheduler", inputs


# In both languages


def said(slug: str, outcome: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every word that a run needs, with the values that go into it."""
    stage = stage_of(slug, outcome)
    yield from ((f"actor.{place.name}", {}) for place in stage.places)
    yield from ((f"zone.{zone.name}", {}) for zone in stage.zones)
    for frame in outcome.frames:
        yield f"step.{frame.key}", {}
        yield from ((f"state.{state}", {}) for state in frame.actors.values())
        yield from ((say.key, say.values) for say in (frame.say, *frame.details))
    yield from ((say.key, say.values) for say in (getattr(outcome, name) for name in ENDING) if say)


def missing_words(room: Room, slug: str, outcome: Any) -> set[str]:
    """Words that are not there, or that would be printed with a hole in them."""
    return {
        f"{key} {lang}"
        for key, values in {(key, frozenset(values.items())) for key, values in said(slug, outcome)}
        for lang in LANGUAGES
        if key not in room.words or not room.words.text(lang, key, **dict(values)).strip()
    }


@each_sequence
def test_everything_is_said_in_both_languages(slug: str) -> None:
    for inputs, outcome in told(slug):
        assert missing_words(ROOMS[slug], slug, outcome) == set(), inputs


@each_sequence
def test_no_words_are_left_over(slug: str) -> None:
    room = ROOMS[slug]
    used = {key for _, outcome in told_also(slug) for key, _ in said(slug, outcome)}
    used |= {f"example.{example.name}" for example in room.widget.examples}
    own = {key for key in room.words.keys() if key.split(".")[0] in ("step", "say", "state", "end", "example")}  # noqa: SIM118

    assert sorted(own - used) == []


@each_sequence
def test_what_is_broken_ends_with_what_is_seen_what_works_and_what_to_check(slug: str) -> None:
    """Somebody who is on call finds a command to type, or a place to look, after every fault."""
    room = ROOMS[slug]
    for inputs, outcome in told(slug):
        assert bool(outcome.sees) == bool(outcome.works) == bool(outcome.check), inputs
        if inputs["fault"] in ("none", "unmet") or not outcome.sees or outcome.sees.key == "end.unmet.sees":
            continue
        for lang in LANGUAGES:
            assert "`" in room.words.raw(lang, outcome.check.key), (inputs, outcome.check)


@each_sequence
def test_nobody_stands_in_anybodys_way(slug: str) -> None:
    """Boxes lie within the picture, are large enough to be read, and do not overlap: wide, and tall for a phone."""
    for stage in {id(stage): stage for stage in (stage_of(slug, outcome) for _, outcome in told(slug))}.values():
        for view, size, least in (
            ("wide", (1000, stage.wide_height), 130),
            ("tall", (400, stage.tall_height), 112),
        ):
            boxes = [getattr(place, view) for place in stage.places]
            for x, y, width, height in boxes:
                assert 0 <= x <= x + width <= size[0], view
                assert 0 <= y <= y + height <= size[1], view
                assert width >= least, view
                assert height >= 54, view
            for a, b in combinations(boxes, 2):
                beside = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0]
                assert beside or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1], (view, a, b)


@each_sequence
def test_names_of_steps_are_short(slug: str) -> None:
    """They stand below the dots of the ruler."""
    room = ROOMS[slug]
    for key in (key for key in room.words.keys() if key.startswith("step.")):  # noqa: SIM118
        assert len(room.words.text("en", key)) <= 14, key
        assert len(re.findall(r"[一-鿿]", room.words.text("zh", key))) <= 6, key


@each_sequence
def test_names_and_states_fit_into_their_boxes(slug: str) -> None:
    """In both pictures and both languages: a state that is cut short tells nothing."""
    room = ROOMS[slug]
    seen: set[tuple[int, str, str]] = set()
    for _, outcome in told(slug):
        stage = stage_of(slug, outcome)
        for frame in outcome.frames:
            new = {(id(stage), name, state) for name, state in frame.actors.items()} - seen
            if new:
                seen |= new
                assert _cut_short(room, stage, frame) == [], frame.step


def _cut_short(room: Room, stage: Stage, frame: Frame) -> list[str]:
    return [
        f"{view} {lang} {place.name}: {place.label}, {' / '.join(place.lines)}"
        for view in VIEWS_OF_STAGE
        for lang in LANGUAGES
        for place in draw(stage, frame, view, partial(room.words.text, lang)).places
        if "…" in "".join((place.label, *place.lines))
    ]


ASKED_FOR = {
    "webhook-denies",
    "quota-exceeded",
    "etcd-no-quorum",
    "scheduler-down",
    "no-node-fits",
    "kubelet-down",
    "cni-missing",
    "image-missing",
    "init-fails",
    "crash-loop",
    "readiness-fails",
    "oom-killed",
}


@each_creation
def test_every_creation_knows_at_least_these_faults(slug: str) -> None:
    assert set(get_args(ROOMS[slug].widget.form.model_fields["fault"].annotation)) >= ASKED_FOR


@each_sequence
def test_examples_are_few_telling_and_short(slug: str) -> None:
    room = ROOMS[slug]

    assert 4 <= len(room.widget.examples) <= 8
    for example in room.widget.examples:
        assert len(room.words.text("en", f"example.{example.name}")) <= 32, example.name
        assert len(room.words.text("zh", f"example.{example.name}")) <= 22, example.name
        assert re.search(r"\d|/", example.source), example.name


# Nothing is chosen in vain: it changes what happens, or the page says why it does not

# Beside the runs above: inputs that somebody may leave filled in although the rest makes them idle.
ALSO: Mapping[str, tuple[dict[str, Any], ...]] = {
    "pod-packet": tuple(
        {"scene": scene, "network": network, "endpoints": endpoints, "name": "web.default", "fault": fault}
        for scene in ("same-pod", "same-node", "other-node")
        for network in ("vxlan", "host-gw")
        for endpoints in ("10.244.1.5:8080", "")
        for fault in ("none", "wrong-mtu", "no-ready-endpoint")
    ),
    "pod-end": tuple(
        inputs
        for how, changed, fault in product(
            ("delete", "drain", "liveness", "node-shutdown", "eviction"),
            (
                {"grace": 1, "pre_stop": 0},
                {"grace": 10, "pre_stop": 8, "on_term": "linger", "sidecars": 2},
                {"grace": 60, "pre_stop": 70, "pre_stop_kind": "command", "sidecars": 1, "balancer": 45},
                {"pre_stop": 0, "on_term": "exit", "pre_stop_kind": "command"},
                {"on_term": "exit", "inside": 0, "balancer": 0},
                {"on_term": "linger", "pre_stop": 0, "outside": 0, "inside": 200},
                {"inside": 0, "outside": 0, "balancer": 600},
                {"inside": 1, "outside": 3, "on_term": "exit", "pre_stop_kind": "command"},
            ),
            ("none", "ignores-term", "no-pre-stop", "hook-too-long", "pdb-refuses", "keep-alive", "proxy-behind"),
        )
        if _is_accepted("pod-end", inputs := {**_defaults("pod-end"), **changed, "how": how, "fault": fault})
    ),
    "deployment-birth": tuple(
        {"replicas": replicas, "image": "nginx:1.29", "kubernetes_version": version, "fault": fault}
        for replicas in (0, 1, 3)
        for version in get_args(ROOMS["deployment-birth"].widget.form.model_fields["kubernetes_version"].annotation)
        for fault in get_args(ROOMS["deployment-birth"].widget.form.model_fields["fault"].annotation)
    ),
}


@cache
@cache
def told_also(slug: str) -> tuple[tuple[dict[str, Any], Any], ...]:
    return (*told(slug), *((inputs, tell(slug, **inputs)) for inputs in ALSO.get(slug, ())))


def happening(outcome: Any) -> list[tuple[Any, ...]]:
    """What happens, without the words that say what makes no difference, and without who else is there."""
    return [
        (f.key, f.say.key, sorted(f.say.values.items()), f.verb, f.path, f.ways, f.objects, f.terminal)
        for f in outcome.frames
        if f.key != "beside"
    ]


def reasons(outcome: Any) -> set[str]:
    """Which choices are said to make no difference."""
    said = {say.key for frame in outcome.frames for say in (frame.say, *frame.details)}
    beside = {key for key in said if key.startswith("say.beside.")}
    return beside | ({outcome.sees.key} if is_unmet(outcome) else set())


def is_unmet(outcome: Any) -> bool:
    """Whether the run ends as if the fault had never been asked for."""
    return outcome.sees is not None and outcome.sees.key.startswith("end.unmet")


@each_sequence
def test_a_fault_changes_what_happens_or_the_page_says_why_not(slug: str) -> None:
    for inputs, outcome in told_also(slug):
        if inputs["fault"] != "none":
            good = tell(slug, **{**inputs, "fault": "none"})
            assert happening(outcome) != happening(good) or reasons(outcome) - reasons(good), inputs
            if is_unmet(outcome):
                assert [(f.key, f.ways) for f in outcome.frames] == [(f.key, f.ways) for f in good.frames], inputs


@each_sequence
def test_an_input_changes_what_happens_or_the_page_says_why_not(slug: str) -> None:
    """Each against the value that it has when nobody touches it, all others held; what several are held against is told
    once."""
    fields = ROOMS[slug].widget.form.model_fields
    held = defaultdict[tuple[Any, ...], list[tuple[dict[str, Any], Any, str]]](list)
    for inputs, outcome in told_also(slug):
        for name in inputs.keys() - {"fault"}:
            untouched = {**inputs, name: fields[name].default}
            if inputs[name] != fields[name].default and _is_possible(slug, untouched):
                held[tuple(sorted(untouched.items()))].append((inputs, outcome, name))

    for untouched, others in held.items():
        usual = tell(slug, **dict(untouched))
        happens = happening(usual)
        for inputs, outcome, name in others:
            if happens == happening(outcome) and not _is_the_usual(usual, outcome):
                assert reasons(outcome) - reasons(usual), (inputs, name)


def _is_possible(slug: str, inputs: Mapping[str, Any]) -> bool:
    return slug not in ("etcd-write", "pod-end") or _is_accepted(slug, inputs)


def _is_the_usual(usual: Any, outcome: Any) -> bool:
    """`fitting` is a run strategy under another name."""
    return hasattr(outcome, "strategy") and outcome.strategy == usual.strategy


# Events: who sends which, of what type, and with which words

NORMAL, WARNING = "Normal", "Warning"
COMBINED = r"(\(combined from similar events\): )?"
CONTAINER = r"spec\.(initContainers|containers)\{[\w-]+\}: "
EVENTS = (
    (NORMAL, "Scheduled", "default-scheduler", r"Successfully assigned default/\S+ to node-[12]"),
    (
        WARNING,
        "FailedScheduling",
        "default-scheduler",
        r"0/3 nodes are available: .+\.( preemption: found a .+| not found)?",
    ),
    (NORMAL, "Preempted", "default-scheduler", r"Preempted by pod [0-9a-f-]{36} on node node-1"),
    (NORMAL, "Pulling", "kubelet", CONTAINER + r'Pulling image "\S+"'),
    (
        NORMAL,
        "Pulled",
        "kubelet",
        CONTAINER
        + r'Successfully pulled image "\S+" in [\d.]+s \([\d.]+s including waiting\)\. Image size: \d+ bytes\.',
    ),
    (
        NORMAL,
        "Pulled",
        "kubelet",
        CONTAINER + r'Container image "\S+" already present on machine and can be accessed by the pod',
    ),
    # An image volume is pulled for the Pod: no container is named (kubelet getImageVolumes).
    (NORMAL, "Pulling", "kubelet", r'Pulling image "\S+"'),
    (NORMAL, "Pulled", "kubelet", r'Container image "\S+" already present on machine and can be accessed by the pod'),
    (
        WARNING,
        "Failed",
        "kubelet",
        r'Failed to pull image "(\S+)": rpc error: code = NotFound desc = failed to pull and unpack image'
        r' "(\S+)": failed to resolve image: \S+: not found',
    ),
    (NORMAL, "Created", "kubelet", CONTAINER + "Container created"),
    (NORMAL, "Started", "kubelet", CONTAINER + "Container started"),
    (NORMAL, "Killing", "kubelet", CONTAINER + r"Stopping container \S+"),
    (NORMAL, "Killing", "kubelet", CONTAINER + "Container web failed liveness probe, will be restarted"),
    (WARNING, "FailedPreStopHook", "kubelet", CONTAINER + "PreStopHook failed"),
    (WARNING, "Unhealthy", "kubelet", CONTAINER + "Liveness probe failed: HTTP probe failed with statuscode: 500"),
    (NORMAL, "Shutdown", "kubelet", "Shutdown manager detected shutdown event"),
    (NORMAL, "NodeNotReady", "kubelet", "Node node-1 status is now: NodeNotReady"),
    (NORMAL, "NodeHasInsufficientMemory", "kubelet", "Node node-1 status is now: NodeHasInsufficientMemory"),
    (WARNING, "EvictionThresholdMet", "kubelet", "Attempting to reclaim memory"),
    (
        WARNING,
        "Evicted",
        "kubelet",
        r"The node was low on resource: memory\. Threshold quantity: \w+, available: \w+\."
        r"( Container \w+ was using \w+, request is \w+, has larger consumption of memory\.)+ ",
    ),
    (NORMAL, "ScalingReplicaSet", "deployment-controller", r"Scaled down replica set web-[456789bcdf]+ from \d to \d"),
    (NORMAL, "SuccessfulDelete", "replicaset-controller", r"Deleted pod: web-[456789bcdf]+-\w{5}"),
    (
        WARNING,
        "Failed",
        "kubelet",
        CONTAINER + r'Failed to pull image "(\S+)": rpc error: code = NotFound desc = failed to pull and unpack image'
        r' "(\S+)": failed to resolve image: \S+: not found',
    ),
    (
        WARNING,
        "Failed",
        "kubelet",
        CONTAINER
        + r'Failed to pull image "\S+": failed to pull and unpack image "\S+": failed to copy: httpReadSeeker:'
        r" failed open: unexpected status from GET request to https://\S+/manifests/sha256:[0-9a-f]{64}:"
        r" 429 Too Many Requests\ntoomanyrequests: .+",
    ),
    (WARNING, "Failed", "kubelet", CONTAINER + "Error: (ErrImagePull|ImagePullBackOff|InvalidImageName)"),
    # Of an image that is a volume, no container is named.
    (NORMAL, "BackOff", "kubelet", rf'(?:{CONTAINER})?Back-off pulling image "\S+"'),
    (
        WARNING,
        "BackOff",
        "kubelet",
        CONTAINER + r"Back-off restarting failed container \S+ in pod \S+_default\([0-9a-f-]{36}\)",
    ),
    (WARNING, "InspectFailed", "kubelet", CONTAINER + r'Failed to apply default image tag "\S+": .+ reference format'),
    (
        WARNING,
        "FailedCreatePodSandBox",
        "kubelet",
        COMBINED + r"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to"
        r' setup network for sandbox "[0-9a-f]+": plugin type="\w+" failed \(add\): .+',
    ),
    (WARNING, "Failed", "kubelet", CONTAINER + r'Error: configmap "web-config" not found'),
    (
        WARNING,
        "FailedAttachVolume",
        "attachdetach-controller",
        r'Waiting for detach for volume "pvc-[0-9a-f-]{36}" Volume is already used by pod\(s\) web-old',
    ),
    (
        WARNING,
        "FailedAttachVolume",
        "attachdetach-controller",
        r'AttachVolume\.Attach failed for volume "pvc-[0-9a-f-]{36}" : timed out waiting for external-attacher of'
        r" disk\.example\.com CSI driver to attach volume disk-1",
    ),
    (WARNING, "FailedMount", "kubelet", r'MountVolume\.SetUp failed for volume "tls" : secret "web-tls" not found'),
    (
        WARNING,
        "FailedMount",
        "kubelet",
        r'MountVolume\.MountDevice failed for volume "pvc-[0-9a-f-]{36}" : kubernetes\.io/csi: attacher\.MountDevice'
        r" failed to create newCsiDriverClient: driver name \S+ not found in the list of registered CSI drivers",
    ),
    (
        WARNING,
        "Unhealthy",
        "kubelet",
        CONTAINER + "Readiness probe failed: HTTP probe failed with statuscode: (503|500)",
    ),
    (
        WARNING,
        "Unhealthy",
        "kubelet",
        CONTAINER + r'Readiness probe failed: Get "http://(?P<at>[\d.]+:80(?:80)?)/(?:ready)?": '
        r"dial tcp (?P=at): connect: connection refused",
    ),
    (WARNING, "NodeNotReady", "node-controller", "Node is not ready"),
    (NORMAL, "TaintManagerEviction", "taint-eviction-controller", r"Marking for deletion Pod default/\S+"),
    (NORMAL, "ScalingReplicaSet", "deployment-controller", r"Scaled up replica set web-[456789bcdf]+ from 0 to \d+"),
    (NORMAL, "SuccessfulCreate", "replicaset-controller", COMBINED + r"Created pod: web-[456789bcdf]+-\w{5}"),
    (
        WARNING,
        "FailedCreate",
        "replicaset-controller",
        COMBINED + r"Error creating: "
        r'(admission webhook "\S+" denied the request: .+|pods "\S+" is forbidden: exceeded quota: .+)',
    ),
    (
        NORMAL,
        "SuccessfulCreate",
        "virtualmachine-controller",
        r"Started the virtual machine by creating the new virtual machine instance web"
        r"|Created (virtual machine|migration target) pod virt-launcher-web-\w{5}",
    ),
    (
        NORMAL,
        "SuccessfulDelete",
        "virtualmachine-controller",
        r"Stopped the virtual machine by deleting the virtual machine instance [0-9a-f-]{36}"
        r"|Deleted virtual machine pod virt-launcher-web-\w{5}"
        r"|(pending|unschedulable) pod default/virt-launcher-web-\w{5} timeout period exceeded",
    ),
    (WARNING, "FailedCreate", "virtualmachine-controller", r".+"),
    (
        NORMAL,
        "FailedPvcNotFound",
        "virtualmachine-controller",
        r"PVC default/web-root does not exist, waiting for it to appear",
    ),
    (
        NORMAL,
        "SuccessfulHandOver",
        "virtualmachine-controller",
        r"Migration target pod is ready for preparation by virt-handler\.",
    ),
    (NORMAL, "SuccessfulMigration", "virtualmachine-controller", "Source node reported migration succeeded"),
    (WARNING, "FailedMigration", "virtualmachine-controller", r".+"),
    (
        WARNING,
        "migrationTargetPodUnschedulable",
        "virtualmachine-controller",
        r"Migration target pod for VMI \[default/web\] is currently unschedulable\.",
    ),
    (NORMAL, "Created", "virt-handler", r"VirtualMachineInstance defined\."),
    (NORMAL, "Started", "virt-handler", r"VirtualMachineInstance started\."),
    (WARNING, "SyncFailed", "virt-handler", r".+"),
    (NORMAL, "ShuttingDown", "virt-handler", "Signaled Graceful Shutdown"),
    (NORMAL, "Deleted", "virt-handler", "VirtualMachineInstance stopping|Signaled Deletion"),
    (NORMAL, "Stopped", "virt-handler", r"The VirtualMachineInstance was shut down\."),
    (WARNING, "Stopped", "virt-handler", r"The VirtualMachineInstance crashed\."),
    (
        NORMAL,
        "PreparingTarget",
        "virt-handler",
        r"VirtualMachineInstance Migration Target Prepared\.|Migration Target is listening at [\d.]+, on ports: [\d,]+",
    ),
    (NORMAL, "Migrating", "virt-handler", r"VirtualMachineInstance is migrating\."),
    (NORMAL, "Migrated", "virt-handler", r"The VirtualMachineInstance migrated to node node-2\."),
    (WARNING, "Migrated", "virt-handler", r"VirtualMachineInstance migration uid [0-9a-f-]{36} failed\. reason:\S.+"),
)


def rows_of(event: Any) -> list[int]:
    """Which rows of the table an event is of."""
    return [
        index
        for index, (type_, reason, from_, text) in enumerate(EVENTS)
        if (event.type, event.reason, event.from_) == (type_, reason, from_) and re.fullmatch(text, event.message)
    ]


def test_every_event_is_one_of_the_facts_and_every_fact_is_told() -> None:
    seen: set[int] = set()
    for slug in TELL_OF_PODS:
        for inputs, outcome in told(slug):
            for event in {event for frame in outcome.frames for event in frame.events}:
                found = rows_of(event)
                assert len(found) == 1, (slug, inputs, event)
                seen |= set(found)

    assert seen == set(range(len(EVENTS)))


@each_story_of_pods
def test_an_event_stays_and_its_count_grows(slug: str) -> None:
    """Events live for an hour, longer than any of these stories; a combined one takes the place of its like."""
    for inputs, outcome in told(slug):
        for before, after in pairwise(outcome.frames):
            now = Counter({_line(event): event.count for event in after.events})
            for event in before.events:
                if "combined from similar" not in event.message:
                    assert now[_line(event)] >= event.count, (inputs, after.step, event)


def _line(event: Any) -> tuple[str, str, str, str]:
    return event.type, event.reason, event.from_, event.message


@pytest.mark.parametrize("slug", ["etcd-write", "pod-packet"])
def test_below_kubernetes_there_are_no_events(slug: str) -> None:
    assert not [frame for _, outcome in told(slug) for frame in outcome.frames if frame.events]


# No frame contradicts its objects


@each_story_of_pods
def test_each_write_has_the_next_revision(slug: str) -> None:
    """Revisions are the cluster's: what a step writes has a higher one than all that was there before."""
    for inputs, outcome in told(slug):
        before: dict[tuple[str, str], str] = {}
        highest = 0
        for frame in outcome.frames:
            now = {(each.kind, each.name): each.yaml for each, _ in things(frame)}
            revisions = {key: int(parsed(text)["metadata"]["resourceVersion"]) for key, text in now.items()}
            written = [key for key, text in now.items() if key in before and before[key] != text]
            assert all(revisions[key] > highest for key in written), (inputs, frame.step, written)
            assert len(set(revisions.values())) == len(revisions), (inputs, frame.step)
            before, highest = now, max([highest, *revisions.values()])


@each_story_of_pods
def test_nobody_has_observed_a_generation_that_is_not_there_yet(slug: str) -> None:
    for inputs, outcome in told(slug):
        for frame in outcome.frames:
            for shown, thing in things(frame):
                generation = thing["metadata"].get("generation")
                status = thing.get("status") or {}
                observed = [status, *status.get("conditions", ())]
                for seen in (each["observedGeneration"] for each in observed if "observedGeneration" in each):
                    assert generation, (inputs, frame.step, shown.name)
                    assert seen <= generation, (inputs, frame.step, shown.name)


@each_story_of_pods
def test_conditions_turn_when_their_time_says(slug: str) -> None:
    """`lastTransitionTime` is never of the future, and changes with the status only.

    Between two steps a condition may have turned and turned back, if there was more than one write.
    """
    for inputs, outcome in told(slug):
        known: dict[tuple[str, str, str], dict[str, Any]] = {}
        version: dict[tuple[str, str, str], int] = {}
        for frame in outcome.frames:
            for shown, thing in things(frame):
                for type_, made in conditions(thing).items():
                    key = (shown.kind, shown.name, type_)
                    if made["lastTransitionTime"] is None:
                        assert shown.kind.startswith("VirtualMachine"), (inputs, frame.step, key)
                        assert type_ in UNTIMED, (inputs, frame.step, key)
                        continue
                    turned = moment(made["lastTransitionTime"])
                    assert turned <= START + timedelta(seconds=frame.at_s), (inputs, frame.step, key)
                    old = known.get(key)
                    written = int(thing["metadata"].get("resourceVersion", 0))
                    if old and _same(shown.kind, old, made) and old["lastTransitionTime"] != made["lastTransitionTime"]:
                        assert written - version[key] >= 2, (inputs, frame.step, key)
                        assert turned > moment(old["lastTransitionTime"]), (inputs, frame.step, key)
                    known[key], version[key] = made, written


# Conditions to which KubeVirt v1.9.0 gives no time of transition (virt-handler/vm.go calculateLiveMigrationCondition,
# watch/vmi/lifecycle.go updateStatus, watch/migration/migration.go processMigrationPhase).
UNTIMED = {"LiveMigratable", "StorageLiveMigratable", "PodScheduled", "migrationRejectedByResourceQuota"}


def _same(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """KubeVirt v1.9.0 pkg/controller/conditions.go UpdateCondition goes by status and reason, Kubernetes by status."""
    fields = ("status", "reason") if kind.startswith("VirtualMachine") else ("status",)
    return all(old.get(field) == new.get(field) for field in fields)


def pods(frame: Frame) -> list[dict[str, Any]]:
    return [thing for _, thing in things(frame) if thing["kind"] == "Pod"]


@each_story_of_pods
def test_a_pod_is_of_one_piece(slug: str) -> None:
    for inputs, outcome in told(slug):
        for frame in outcome.frames:
            for pod in pods(frame):
                _check_pod(pod, (inputs, frame.step, pod["metadata"]["name"]))


def _check_pod(pod: dict[str, Any], where: Any) -> None:
    status, spec = pod["status"], pod["spec"]
    holds = {type_: made["status"] for type_, made in conditions(pod).items()}
    if "PodScheduled" in holds:
        assert (holds["PodScheduled"] == "True") == ("nodeName" in spec), where
    assert "nodeName" in spec or status["phase"] == "Pending", where
    assert not {"podIP", "hostIP", "startTime"} & set(status) or "nodeName" in spec, where
    assert not ("nominatedNodeName" in status and "nodeName" in spec), where
    if holds.get("Ready") == "True":
        others = ("ContainersReady", "Initialized", "PodReadyToStartContainers", "PodScheduled")
        assert {holds.get(name, "True") for name in others} == {"True"}, where
        assert status["phase"] == "Running", where
        assert status["podIP"], where
    for one, many in (("podIP", "podIPs"), ("hostIP", "hostIPs")):
        if many in status:
            assert status[many][0]["ip"] == status[one], where
    if "qosClass" in status:
        assert status["qosClass"] == _qos_class(spec), where
    if "deletionTimestamp" in pod["metadata"]:
        assert pod["metadata"]["deletionGracePeriodSeconds"] > 0 or pod["metadata"]["finalizers"], where
    for container in (*status.get("containerStatuses", ()), *status.get("initContainerStatuses", ())):
        _check_container(container, status["phase"], where)


def _qos_class(spec: Mapping[str, Any]) -> str:
    wanted = [container.get("resources") or {} for container in (*spec["containers"], *spec.get("initContainers", ()))]
    if not any(wanted):
        return "BestEffort"
    full = all(set(each.get("limits", {})) >= {"cpu", "memory"} for each in wanted)
    return "Guaranteed" if full and all(e["limits"] == e.get("requests", e["limits"]) for e in wanted) else "Burstable"


def _check_container(container: Mapping[str, Any], phase: str, where: Any) -> None:
    (kind,) = container["state"]
    ran = bool(container.get("containerID"))
    ids = [container.get("containerID", "")]
    ends = [each["terminated"] for each in (container["state"], container["lastState"]) if "terminated" in each]
    ids += [end["containerID"] for end in ends]
    assert all(re.fullmatch(r"(containerd://[0-9a-f]{64})?", each) for each in ids), where
    assert bool(re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", container["imageID"])) == ran, where
    assert ran or (kind, container["restartCount"], container["lastState"]) == ("waiting", 0, {}), where
    assert not container["ready"] or kind == "running", where
    assert container["started"] == (kind == "running"), where
    assert (container["restartCount"] > 0) <= bool(ends), where
    assert bool(container["lastState"]) == (container["restartCount"] > 0), where
    assert kind != "running" or phase == "Running", where
    for end in ends:
        assert moment(end["startedAt"]) <= moment(end["finishedAt"]), where
        assert (end["exitCode"] == 0) == (end["reason"] == "Completed"), where
        assert end["reason"] != "OOMKilled" or end["exitCode"] == 137, where


@each_story_of_pods
def test_nothing_comes_before_its_cause(slug: str) -> None:
    """A Pod's node, address and running containers come in this order, and none is taken back."""
    for inputs, outcome in told(slug):
        reached: dict[str, int] = {}
        for frame in outcome.frames:
            for pod in pods(frame):
                status = pod["status"]
                begun = [each.get("containerID") for each in status.get("containerStatuses", ())]
                level = sum(("nodeName" in pod["spec"], "podIP" in status, any(begun)))
                name = pod["metadata"]["name"]
                assert level >= reached.get(name, 0), (inputs, frame.step, name)
                reached[name] = level


@pytest.mark.parametrize("slug", ["pod-birth", "deployment-birth"])
def test_the_last_row_of_the_watch_is_what_the_pod_says(slug: str) -> None:
    for inputs, outcome in told(slug):
        for frame in outcome.frames:
            printed = frame.terminal.splitlines()
            rows = {line.split()[0]: line.split() for line in printed if line[:1] not in "$ "}
            assert sum("RESTARTS" in line for line in printed) <= 1, (inputs, frame.step)
            for pod in pods(frame):
                name = pod["metadata"]["name"]
                if name in rows:
                    row = pod_row(pod)
                    wanted = [row.ready_of_all, row.status, str(row.restarts)]
                    assert rows[name][1:4] == wanted, (inputs, frame.step, rows[name])


def test_a_deployment_counts_what_its_replica_set_counts() -> None:
    """Never more ready than there are, never more than wanted; one follows the other."""
    for inputs, outcome in told("deployment-birth"):
        for frame in outcome.frames:
            found = {thing["kind"]: thing for _, thing in things(frame)}
            for thing in (found.get("Deployment"), found.get("ReplicaSet")):
                if thing:
                    status = thing["status"]
                    counts = [status.get(name, 0) for name in ("availableReplicas", "readyReplicas", "replicas")]
                    assert counts == sorted(counts), (inputs, frame.step)
                    assert counts[-1] <= inputs["replicas"], (inputs, frame.step)
            if {"Deployment", "ReplicaSet"} <= set(found):
                above, below = found["Deployment"]["status"], found["ReplicaSet"]["status"]
                assert above.get("readyReplicas", 0) <= below.get("readyReplicas", 0), (inputs, frame.step)


# How each story really ends


def test_where_the_good_paths_end() -> None:
    pod = pods(_last("pod-birth", fault="none"))[0]
    deployment = parsed(_last("deployment-birth", replicas=3, image="nginx:1.29", fault="none").objects[0].yaml)
    vmi = parsed(next(o for o in _last("vm-birth", operation="start").objects if o.kind.endswith("Instance")).yaml)

    assert {each["status"] for each in conditions(pod).values()} == {"True"}
    assert pod["status"]["containerStatuses"][0]["ready"]
    assert deployment["status"]["availableReplicas"] == deployment["spec"]["replicas"] == 3
    assert conditions(deployment)["Progressing"]["reason"] == "NewReplicaSetAvailable"
    assert (vmi["status"]["phase"], conditions(vmi)["Ready"]["status"]) == ("Running", "True")


def _last(slug: str, **inputs: Any) -> Frame:
    frame: Frame = tell(slug, **inputs).frames[-1]
    return frame


# etcd: what Raft promises holds at every step


def members(frame: Frame) -> dict[str, list[Any]]:
    shown = next(each for each in frame.objects if each.kind == "cluster")
    table: dict[str, list[Any]] = parsed(shown.yaml)
    return table


def test_raft_keeps_its_promises() -> None:
    for inputs, outcome in told("etcd-write"):
        quorum = inputs["members"] // 2 + 1
        for frame in outcome.frames:
            table = members(frame)
            for log, synced, committed, applied in zip(
                table["log"], table["fsynced"], table["committed"], table["applied"], strict=True
            ):
                if log is not None:
                    assert log >= synced, (inputs, frame.step)
                    assert log >= committed >= applied, (inputs, frame.step)
            for revision, flushed in zip(table["revision"], table["in boltdb"], strict=True):
                assert flushed is None or flushed <= revision, (inputs, frame.step)
            if None not in table["fsynced"]:
                on_disks = sorted(table["fsynced"], reverse=True)[quorum - 1]
                assert max(table["committed"]) <= on_disks, (inputs, frame.step)


def test_a_term_has_one_leader_at_most() -> None:
    for inputs, outcome in told("etcd-write"):
        for frame in outcome.frames:
            table = members(frame)
            led = {
                (term, leader)
                for term, leader in zip(table["term"], table["leader"], strict=True)
                if leader not in (None, "none")
            }
            assert all(a[0] != b[0] for a, b in combinations(led, 2)), (inputs, frame.step)


def test_an_answer_is_given_only_for_what_a_majority_keeps() -> None:
    """The one promise of a write: answered means stored, and unknown may mean either."""
    outcomes = set()
    for inputs, outcome in told("etcd-write"):
        if inputs["operation"] == "write":
            assert outcome.outcome != "answered" or outcome.stored, inputs
            assert outcome.outcome != "unavailable" or not outcome.stored, inputs
            outcomes.add((outcome.outcome, outcome.stored))

    assert outcomes == {("answered", True), ("unavailable", False), ("unknown", True), ("unknown", False)}


def test_revisions_and_indexes_never_go_back() -> None:
    for inputs, outcome in told("etcd-write"):
        for before, after in pairwise(outcome.frames):
            old, new = members(before), members(after)
            for name in ("term", "committed", "applied", "revision"):
                for was, now in zip(old[name], new[name], strict=True):
                    assert was is None or now is None or now >= was, (inputs, after.step, name)


# Packets: headers that add up, and the chains that kube-proxy writes


def headers(frame: Frame) -> dict[str, Any]:
    shown = next(each for each in frame.objects if each.kind == "packet")
    found: dict[str, Any] = parsed(shown.yaml)
    return found


def test_lengths_add_up_in_every_header() -> None:
    for inputs, outcome in told("pod-packet"):
        for frame in outcome.frames:
            packet = headers(frame)
            if "ip" not in packet:
                continue
            data = packet["data"]["bytes"]
            transport = {"udp": 8, "tcp": int(str(packet.get("tcp", {}).get("header", "0")).split()[0]), "icmp": 8}
            (kind,) = set(transport) & set(packet)
            assert packet["ip"]["length"] == 20 + transport[kind] + data, (inputs, frame.step)
            if "udp" in packet:
                assert packet["udp"]["length"] == 8 + data, (inputs, frame.step)
            if "outer ip" in packet:
                assert packet["outer ip"]["length"] == packet["ip"]["length"] + 14 + 8 + 8 + 20, (inputs, frame.step)
                assert packet["outer udp"]["length"] == packet["ip"]["length"] + 14 + 8 + 8, (inputs, frame.step)


def test_no_segment_is_longer_than_the_pod_may_send() -> None:
    for inputs, outcome in told("pod-packet"):
        for frame in outcome.frames:
            assert headers(frame).get("ip", {"length": 0})["length"] <= outcome.pod_mtu, (inputs, frame.step)


def test_a_connection_is_remembered_in_the_order_of_its_handshake() -> None:
    """SYN_SENT, SYN_RECV with the reply, ESTABLISHED and assured with the client's ACK."""
    inputs = next(inputs for inputs in runs("pod-packet") if inputs["scene"] == "service")
    outcome = tell("pod-packet", **inputs)
    seen = [each.yaml for frame in outcome.frames for each in frame.objects if each.kind == "conntrack"]
    states = [(text.split()[3], "[ASSURED]" in text, "[UNREPLIED]" in text) for text in dict.fromkeys(seen)]

    assert states == [("SYN_SENT", False, True), ("SYN_RECV", False, False), ("ESTABLISHED", True, False)]


def test_the_chains_are_those_of_service_rules() -> None:
    """The same rules, as kube-proxy writes them there and as `iptables-save` lists them here."""
    endpoints = "10.244.1.5:8080\n10.244.2.7:8080\n10.244.2.8:8080"
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: {clusterIP: 10.96.44.12"
    written = tell("service-rules", service=f"{service}, ports: [{{port: 80}}]}}", endpoints=endpoints)
    known = {_rule(line) for chain in written.chains for line in chain.rules}
    outcome = tell("pod-packet", scene="service", endpoints=endpoints)
    listed = {
        _rule(line)
        for frame in outcome.frames
        for each in frame.objects
        if each.kind == "rules" and each.name.startswith("nat ")
        for line in each.yaml.splitlines()
    }

    assert len(listed) == 7
    assert listed <= known


def _rule(line: str) -> frozenset[tuple[str, ...]]:
    """A rule as a set of what it matches and does, whatever the order and the way of writing."""
    found: list[list[str]] = []
    negated = False
    for word in shlex.split(line):
        if word == "!":
            negated = True
        elif word.startswith("-"):
            found.append([f"not {word}" if negated else word])
            negated = False
        else:
            found[-1].append(f"{float(word):.9f}" if found[-1][0] == "--probability" else word.removesuffix("/32"))
    return frozenset(tuple(each) for each in found if each[0] not in ("-m", "-p"))
