"""What a lesson says and a model computes is the same: names, hashes, addresses, sizes, rules, requests, orders.

A lesson's models are those that it embeds, with the inputs it gives them and with their presets, and those that its
values ask. Every literal that looks computed (in the text, its figures, questions, claims and answers, in both
languages) has to come from one.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from app.content.deeper import FOLDER as DEEPER
from app.content.example import filled, quoted
from app.content.language import LANGUAGES
from app.content.part import Part, split_parts
from app.content.value import declared
from app.kube.frame import Frame
from app.kube.story.registry import fetch_url, index_digest, resolve_url
from app.place import CONTENT
from app.widgetkit.registry import Rooms
from tests.written import known_rooms, values_of

ROOMS: Rooms = known_rooms()
LESSONS = sorted(path.parent for path in CONTENT.glob("*/lesson.en.md"))
each_lesson = pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.name)
SEQUENCES = [room for room in ROOMS.values() if room.widget.kind == "sequence"]
each_sequence = pytest.mark.parametrize("slug", [room.slug for room in SEQUENCES])

SAFE = "bcdfghjklmnpqrstvwxz2456789"  # apimachinery pkg/util/rand: the letters of generated names
DIGITS = "456789bcdf"  # what the ten digits of a hash become
LOOKS_COMPUTED = {
    "a chain of kube-proxy": re.compile(r"\bKUBE-(?:SVC|SVL|SEP|EXT|FW)-[A-Z2-7]{16}\b"),
    "a template hash": re.compile(rf"(?<![\w.:])(?=[\d-]*[a-z])[{DIGITS}]{{9,10}}(?![\w.])"),
    "a name with a template hash": re.compile(rf"\b[a-z]\w*-[{DIGITS}]{{8,10}}(?:-[{SAFE}]{{5}})?\b"),
    "the end of a Pod's name": re.compile(rf"(?<=…-)[{SAFE}]{{5}}\b"),
    "an address of a Service or a Pod": re.compile(r"\b10\.(?:96|244)\.\d{1,3}\.\d{1,3}\b"),
    "the size of an image": re.compile(r"(?<=Image size: )\d+"),
    "a probability of iptables": re.compile(r"(?<=--probability )[\d.]+"),
}
# How a model says it, where that is not how a figure does.
SAID = {"the end of a Pod's name": re.compile(rf"-[{DIGITS}]{{8,10}}-([{SAFE}]{{5}})\b")}
# What has to come from a model as it is embedded: a preset beside it is another Service.
AS_EMBEDDED = {"a chain of kube-proxy", "a probability of iptables"}


def _filled(path: Path) -> str:
    return values_of(path.parent).fill(path.read_text())


@cache
def written(folder: Path) -> tuple[tuple[str, str], ...]:
    """Every file of a lesson with what a reader gets to see of it: of a question not the numbers it draws."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in (".md", ".yaml")]
    return tuple(
        (path.name, _asked(path) if path.name == "quiz.yaml" else _filled(path))
        for path in paths
        if path.name != "sources.yaml"
    )


def _asked(path: Path) -> str:
    shown = [{k: v for k, v in each.items() if k != "draw"} for each in yaml.safe_load(_filled(path))]
    return str(yaml.safe_dump(shown, allow_unicode=True, width=100_000))


@cache
def parts(folder: Path, lang: str) -> tuple[Part, ...]:
    path = folder / f"lesson.{lang}.md"
    _, _, text = _filled(path).split("---\n", 2)
    return tuple(split_parts(path, text, 1))


@cache
def outcomes(folder: Path) -> tuple[tuple[str, str], ...]:
    """What the models of a lesson answer, as text: as the lesson embeds them, their presets, what its values ask."""
    embedded = [part for part in parts(folder, "en") if part.name == "widget"]
    asked = [(part.argument, filled(folder, inputs_of(part))) for part in embedded]
    for slug in dict.fromkeys(slug for slug, _ in asked):
        asked += [(slug, dict(example.inputs)) for example in ROOMS[slug].widget.examples]
    asked += [each for each in valued(folder) if each not in asked]
    live = {slug for slug, _ in asked if ROOMS[slug].widget.live}  # these read a running site
    return tuple((slug, _text(ROOMS.answer(slug, inputs))) for slug, inputs in asked if inputs or slug not in live)


def inputs_of(part: Part) -> dict[str, Any]:
    """What a model is embedded with; at which step of it the page opens is none of its inputs."""
    given = yaml.safe_load(quoted(part.body)) or {}
    return {name: value for name, value in given.items() if name != "step"}


def valued(folder: Path) -> Iterator[tuple[str, Any]]:
    """The models that a lesson's values ask, with their inputs; a value that is given asks none."""
    for entry in (declared(folder) or {}).values():
        told = entry.mapping()
        if "widget" in told:
            yield told["widget"].text(), filled(folder, told["inputs"].plain() if "inputs" in told else {})


def embedded(folder: Path) -> int:
    """How many of the outcomes are those of the models as they are embedded."""
    asked = [part for part in parts(folder, "en") if part.name == "widget"]
    return sum(bool(part.body.strip()) or not ROOMS[part.argument].widget.live for part in asked)


def _text(outcome: Any) -> str:
    """All texts of an outcome, one after the other, as they are."""
    if isinstance(outcome, Mapping):
        return "\n".join(_text(value) for value in outcome.values())
    if isinstance(outcome, list | tuple):
        return "\n".join(map(_text, outcome))
    return str(outcome)


@each_lesson
@pytest.mark.parametrize("kind", LOOKS_COMPUTED)
def test_what_looks_computed_is_what_a_model_of_the_lesson_computes(folder: Path, kind: str) -> None:
    pattern = LOOKS_COMPUTED[kind]
    answers = outcomes(folder)[: embedded(folder)] if kind in AS_EMBEDDED else outcomes(folder)
    computed = [text for _, text in answers] + list(values_of(folder).printed.values())
    # What a page that goes deeper shows of a real program is asked for as it stands there.
    computed += [path.read_text() for path in sorted((folder / DEEPER).glob("*.md"))]
    known = {found for text in computed for found in SAID.get(kind, pattern).findall(text)}

    strange = {(name, found) for name, text in written(folder) for found in pattern.findall(text) if found not in known}

    assert strange == set(), f"{kind} that no model of {folder.name} gives"


@each_lesson
def test_the_models_of_a_lesson_compute_the_chain_that_its_text_speaks_of(folder: Path) -> None:
    """A lesson that names a Service's chain embeds its models for that Service and for no other."""
    chain = re.compile(r"KUBE-SVC-[A-Z2-7]{16}")

    told = {found for _, text in written(folder) for found in chain.findall(text)}
    computed = {found for _, text in outcomes(folder)[: embedded(folder)] for found in chain.findall(text)}

    assert computed == told or not told


@pytest.mark.parametrize("lang", LANGUAGES)
@each_lesson
def test_a_model_is_embedded_with_the_same_inputs_in_both_languages(folder: Path, lang: str) -> None:
    def models(of: str) -> list[tuple[str, str]]:
        return [(part.argument, part.body) for part in parts(folder, of) if part.name == "widget"]

    assert models(lang) == models("en")


# What stands in a code block


def blocks(folder: Path, lang: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _filled(folder / f"lesson.{lang}.md"), re.M | re.S)


def frames(folder: Path) -> list[Frame]:
    """The frames of the sequences that a lesson embeds, as embedded and as preset."""
    embedded = {part.argument: inputs_of(part) for part in parts(folder, "en") if part.name == "widget"}
    told = []
    for slug, inputs in embedded.items():
        room = ROOMS[slug]
        if room.widget.kind == "sequence":
            presets = [dict(example.inputs) for example in room.widget.examples]
            told += [frame for each in (inputs, *presets) for frame in room.run(room.widget.form(**each)).frames]
    return told


@pytest.mark.parametrize("lang", LANGUAGES)
@each_lesson
def test_a_watch_in_a_code_block_is_what_the_model_s_terminal_shows(folder: Path, lang: str) -> None:
    for block in blocks(folder, lang, "console"):
        if "kubectl get pods -w" in block:
            assert block.strip() in {frame.terminal.strip() for frame in frames(folder)}


@pytest.mark.parametrize("lang", LANGUAGES)
@each_lesson
def test_a_rule_in_a_code_block_is_one_of_the_model_s(folder: Path, lang: str) -> None:
    """As the model lists it, with its comment or without."""
    rules = {line for frame in frames(folder) for each in frame.objects for line in each.yaml.splitlines()}
    rules |= {re.sub(r' -m comment --comment "[^"]*"', "", line) for line in rules}

    for block in blocks(folder, lang, "text"):
        lines = re.sub(r" *\\\n *", " ", block).splitlines()
        assert {line for line in lines if line.startswith("-A ")} <= rules


@pytest.mark.parametrize("lang", LANGUAGES)
@each_lesson
def test_a_manifest_to_try_is_the_one_that_the_model_is_sent(folder: Path, lang: str) -> None:
    text = (folder / f"lesson.{lang}.md").read_text()
    typed = [yaml.safe_load(each) for each in re.findall(r"cat > web\.yaml <<YAML\n(.*?)^YAML$", text, re.M | re.S)]
    sent = [
        yaml.safe_load(frame.objects[0].yaml) for frame in frames(folder) if frame.verb == "POST" and frame.step == 1
    ]
    for each in sent:
        each["metadata"].pop("namespace", None)

    assert [each for each in typed if each not in sent] == []


def test_the_lessons_that_tell_a_creation_give_its_manifest_to_try() -> None:
    """So that the test above has something to look at."""
    with_manifest = [folder.name for folder in LESSONS if "cat > web.yaml" in (folder / "lesson.en.md").read_text()]

    assert {"01-pod-creation", "02-deployment-creation"} <= set(with_manifest)


def test_the_example_of_lesson_1_is_what_its_sequence_tells() -> None:
    """The nodes and Pods of `example/` give `scheduler-pick` the scores and the choice that `pod-birth` tells."""
    folder = CONTENT / "01-pod-creation" / "example"
    told = {name: (folder / f"{name}.yaml").read_text() for name in ("web", "nodes", "placed")}
    outcome = ROOMS.answer("scheduler-pick", {"pod": told["web"], "nodes": told["nodes"], "pods": told["placed"]})
    scores = {
        node["name"]: str(node["scores"]["NodeResourcesFit"]["score"]) for node in outcome["nodes"] if node["feasible"]
    }
    frames = {frame.key: frame for frame in ROOMS["pod-birth"].run(ROOMS["pod-birth"].widget.form()).frames}
    (sent,) = frames["send"].objects
    posted = yaml.safe_load(sent.yaml)
    posted["metadata"].pop("namespace", None)

    assert yaml.safe_load(told["web"]) == posted
    assert scores == {"node-1": frames["pick"].say.values["first"], "node-2": frames["pick"].say.values["second"]}
    assert outcome["chosen"] == ["node-1"]


def test_the_example_of_lesson_2_is_what_its_models_tell() -> None:
    """The Deployment is the one that `deployment-birth` posts; the quota is what `rolling-update` lets it want."""
    folder = CONTENT / "02-deployment-creation" / "example"
    web, quota = ((folder / name).read_text() for name in ("web.yaml", "quota.yaml"))
    room = ROOMS["deployment-birth"]
    told = room.run(room.widget.form(replicas=yaml.safe_load(web)["spec"]["replicas"])).frames
    posted = yaml.safe_load(told[0].objects[0].yaml)
    posted["metadata"].pop("namespace", None)
    rollout = ROOMS.answer("rolling-update", {"manifest": web})
    waiting = next(frame for frame in rollout["frames"] if frame["why"] == "scale-up")
    leaving = rollout["replicas"] - waiting["old"]
    counted = yaml.safe_load(quota)["spec"]["hard"]["pods"]
    first = next(str(frame.say.values["name"]) for frame in told if frame.key == "batch")
    suffix = re.findall(r'suffix: \{given: "(\w+)"', (folder.parent / "lesson.en.md").read_text())[0]

    assert yaml.safe_load(web) == posted
    assert counted == str(rollout["max_total"])
    assert waiting["total"] + leaving == rollout["max_running"] > rollout["max_total"]
    assert first.endswith(f"-{suffix}")


# What the sequences tell


@cache
def stories(slug: str) -> tuple[tuple[str, tuple[Frame, ...]], ...]:
    """Every fault of a sequence, its other inputs at their defaults."""
    form = ROOMS[slug].widget.form
    faults = get_args(form.model_fields["fault"].annotation)
    return tuple((fault, ROOMS[slug].run(form(fault=fault)).frames) for fault in faults)


@each_sequence
def test_a_pull_asks_for_the_digest_by_tag_and_then_gets_it_by_digest(slug: str) -> None:
    """containerd v2.3.4 core/remotes/docker/resolver.go Resolve: HEAD; fetcher.go: GET manifests/<digest>."""
    for fault, told in stories(slug):
        resolved: set[str] = set()
        for frame in told:
            if frame.to != "registry":
                continue
            image = _image(frame.path or "")
            if frame.verb == "HEAD":
                assert frame.path == resolve_url(image), fault
                resolved.add(image.partition(":")[0])
            else:
                assert (frame.verb, frame.actors["registry"]) in (("GET", "sends-layers"), ("GET ×5", "says-429")), (
                    fault
                )
                assert "/manifests/sha256:" in (frame.path or ""), fault
                assert image.partition("@")[0] in resolved, fault


def _image(url: str) -> str:
    """The image that a URL of a registry's manifests is about."""
    host, path, reference = re.fullmatch(r"https://([\w.-]+)/v2/(\S+)/manifests/(\S+)", url).groups()
    name = path.removeprefix("library/") if host == "registry-1.docker.io" else f"{host}/{path}"
    return f"{name}@{reference}" if ":" in reference else f"{name}:{reference}"


def test_what_is_fetched_is_what_the_pod_says_it_runs() -> None:
    for slug in ("pod-birth", "deployment-birth"):
        told = dict(stories(slug))["none"]
        (path,) = [frame.path for frame in told if frame.verb == "GET" and frame.to == "registry"]
        pods = [each.yaml for each in told[-1].objects if each.kind == "Pod"]

        assert path == fetch_url("nginx:1.29")
        assert all(f"imageID: docker.io/library/nginx@{index_digest('nginx:1.29')}" in pod for pod in pods)


def test_an_image_has_one_size_in_all_sequences() -> None:
    message = re.compile(r'pulled image "([^"]+)" .*Image size: (\d+) bytes')
    sizes: dict[str, set[str]] = {}
    for room in SEQUENCES:
        for _, told in stories(room.slug):
            for event in (event for frame in told for event in frame.events):
                for image, size in message.findall(event.message):
                    sizes.setdefault(image, set()).add(size)

    assert {"nginx:1.29", "busybox:1.37"} <= set(sizes)
    assert {image: found for image, found in sizes.items() if len(found) > 1} == {}


CREATIONS = ("pod-birth", "deployment-birth")


@pytest.mark.parametrize("slug", CREATIONS)
def test_initialized_waits_for_init_containers_and_for_nothing_else(slug: str) -> None:
    """kubernetes v1.37 pkg/kubelet/status/generate.go GeneratePodInitializedCondition."""
    for fault, told in stories(slug):
        seen = 0
        for pod in (
            yaml.load(o.yaml, Loader=yaml.CSafeLoader) for frame in told for o in frame.objects if o.kind == "Pod"
        ):
            holds = {each["type"]: each["status"] for each in pod.get("status", {}).get("conditions", ())}
            if "Initialized" not in holds:
                continue
            seen += 1
            done = all(_ended_well(each) for each in pod["status"].get("initContainerStatuses", ()))
            assert holds["Initialized"] == str(done), (fault, holds)
            if "initContainers" not in pod["spec"]:
                assert holds["Initialized"] == "True", fault
        assert seen or told[-1].key in ("wait", "refuse", "retry", "deadline"), fault


def _ended_well(status: Mapping[str, Any]) -> bool:
    return bool(status["state"].get("terminated", {}).get("exitCode") == 0)


def order_of_conditions() -> list[str]:
    """The order in which they turn True in the story of a Pod without init containers."""
    order: list[str] = []
    for frame in dict(stories("pod-birth"))["none"]:
        for each in (status for o in frame.objects if o.kind == "Pod" for status in o.status):
            if each.status == "True" and each.type not in order:
                order.append(each.type)
    return order


LISTED = re.compile(
    r"PodScheduled(?:[,、] ?| \(1\)[^.。；;]{0,40}?)(\w+)(?: ?[(（][^)）]*[)）])?[,、] ?"
    r"(\w+)(?: ?[(（][^)）]*[)）])?[,、] ?(ContainersReady)[,、] ?(Ready)\b"
)


def test_wherever_the_five_conditions_are_listed_the_order_is_the_model_s() -> None:
    """A list without a word on init containers holds for Pods that have none."""
    files = [
        *CONTENT.glob("*/*.md"),
        *CONTENT.glob("*/*.yaml"),
        *(room.folder / "words.yaml" for room in ROOMS.values()),
    ]
    listed = {(path.name, *match) for path in files for match in LISTED.findall(path.read_text())}
    order = order_of_conditions()

    assert len(listed) >= 3
    assert order[0] == "PodScheduled"
    assert order[-1] in ("Ready", "ContainersReady")
    assert {each[1:] for each in listed} == {("Initialized", "PodReadyToStartContainers", "ContainersReady", "Ready")}
    assert order[1:3] == ["Initialized", "PodReadyToStartContainers"]


@pytest.mark.parametrize("slug", CREATIONS)
def test_a_bound_pod_has_the_zone_and_region_of_its_node(slug: str) -> None:
    """Since 1.35: plugin/pkg/admission/podtopologylabels; before, no label is copied."""
    labels = {f"topology.kubernetes.io/{each}" for each in ("region", "zone")}
    versions = ("1.34", "1.35", "1.37") if slug == "deployment-birth" else ("",)
    for version in versions:
        inputs = {"kubernetes_version": version} if version else {}
        for frame in ROOMS[slug].run(ROOMS[slug].widget.form(**inputs)).frames:
            for pod in (yaml.load(each.yaml, Loader=yaml.CSafeLoader) for each in frame.objects if each.kind == "Pod"):
                copied = "nodeName" in pod["spec"] and version != "1.34"
                assert (
                    labels <= set(pod["metadata"]["labels"]) if copied else not labels & set(pod["metadata"]["labels"])
                )


def test_the_deadline_of_a_deployment_comes_after_600_s_whatever_is_broken() -> None:
    ends = {fault: told[-1].at_s for fault, told in stories("deployment-birth") if told[-1].key == "deadline"}

    assert len(ends) >= 9
    assert set(ends.values()) == {600.1}


TOO_MUCH = re.compile(
    r"^(Everything|All of it|All)\s*[.;]|^(全部正常|一切正常|一切照常)[。；]|[Ee]verything works|[Aa]s usual|全都正常"
)


@each_sequence
def test_no_end_says_that_everything_works_while_something_is_down(slug: str) -> None:
    """“Everything else …” and “everything, but …” are fine; “everything” and no more is not.

    Of etcd, `works.all` is said only while every member runs.
    """
    words = yaml.safe_load((ROOMS[slug].folder / "words.yaml").read_text())
    ends = {key: entry for key, entry in words.items() if re.fullmatch(r"end\.(?:.+\.works|works\..+)", key)}

    assert ends
    assert {
        key for key, entry in ends.items() if any(TOO_MUCH.search(text) for text in entry.values())
    } <= NOTHING_IS_DOWN


# etcd_write/test_etcd_write.py sees to it that this one stands only where every member runs and reaches every other.
NOTHING_IS_DOWN = {"end.works.all"}
