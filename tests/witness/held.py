"""A story of ours held against a recording: what the one has and the other has not, as sentences.

Order is held along cause: what one program asks for, and the states of one object, come in the same order in both.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import yaml

from app.kube.frame import Frame, StoredObject
from tests.witness.mask import in_order, mask, mask_line, mask_text
from tests.witness.recording import Recording
from tests.witness.written import differences as written_otherwise
from tests.witness.written import object_of
from tests.written import known_rooms

VERBS = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "get": "GET", "list": "GET"}
USERS = {
    "user": "kubernetes-admin",
    "scheduler": "system:kube-scheduler",
    "controller": "system:serviceaccount:kube-system:",
    "kubelet": "system:node:node-1",
    "kubelet-2": "system:node:node-2",
}
# Whose program asks: the beginning of its User-Agent, before the version.
AGENTS = {
    "user": "kubectl",
    "scheduler": "kube-scheduler",
    "controller": "kube-controller-manager",
    "kubelet": "kubelet",
    "kubelet-2": "kubelet",
}
HELD_KINDS = ("Pod/", "Deployment/", "ReplicaSet/", "EndpointSlice/")
# Back-off has jitter: what our story has at the very end of the time that was watched may not have come yet. Whatever
# comes in the first half minute waits for nothing but programs, and is held whenever it came.
WATCHED_PART = 0.95
AT_ONCE_S = 30

_WATCH_LASTS = re.compile(r"\btimeoutSeconds=\d+")  # each watch is as long as chance has it
_CLIENT_WAITS = re.compile(r"\?timeout=\d+s$")  # how long a client waits for its answer is none of the request
_REQUEST = re.compile(r"(?P<verb>GET|POST|PUT|PATCH|DELETE)(?: ×(?P<times>\d+))?$")
ANSWER = re.compile(r"(?P<code>[2-5]\d\d) ")
_POD_ROW = re.compile(r"\S+ +\d+/\d+ +[A-Z]\S* +\d+( \(.*? ago\))? +\S+$")


@dataclass(frozen=True)
class Held:
    """What was held, how many of each kind, what differs, and which real requests stand in no frame.

    `steps` gives for each frame, by its number, which kinds of evidence the recording has for it.
    """

    counts: Mapping[str, int]
    differences: tuple[str, ...]
    untold: tuple[str, ...]
    steps: Mapping[int, tuple[str, ...]]


@dataclass
class Count:
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, number: int = 1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + number


class Evidence:
    """Which kinds of evidence each step has; what differs once is none, even if all else is the same."""

    def __init__(self) -> None:
        self._found: dict[int, dict[str, bool]] = {}

    def add(self, frame: Frame, kind: str, *, good: bool) -> None:
        kinds = self._found.setdefault(frame.step, {})
        kinds[kind] = kinds.get(kind, True) and good

    @property
    def steps(self) -> dict[int, tuple[str, ...]]:
        found = {step: tuple(sorted(each for each in kinds if kinds[each])) for step, kinds in self._found.items()}
        return {step: found[step] for step in sorted(found) if found[step] and all(self._found[step].values())}


def hold(recording: Recording) -> Held:
    """The story of a recording's room and fault beside the recording."""
    recording = mirrored(recording)
    frames = as_recorded(recording, story(recording.room, recording.scenario))
    limit = max(AT_ONCE_S, (recording.ends - recording.begins) * WATCHED_PART)
    if (recording.room, recording.scenario) in WHOLE:
        limit = frames[-1].at_s
    watched = [frame for frame in frames if frame.at_s <= limit]
    count = Count()
    count.add("frames", len(watched))
    pairs = {key: real for key in keys_of(watched) if (real := _same(watched, recording, key))}
    evidence = Evidence()
    asked = [*_requests(watched, recording, pairs, count), *_watches(watched, recording, count)]
    found = (
        *(text for _, text, _ in asked if text),
        *_states(watched, recording, pairs, count, evidence),
        *_events(watched, recording, pairs, count, evidence),
        *_lines(watched, recording, count, evidence),
        *_words(watched, recording, count),
    )
    for frame, text, real in asked:
        evidence.add(frame, "request", good=not text and real is not None)
    taken = {id(request) for _, _, request in asked if request}
    rest = [named(each) for each in recording.requests if each["at"] >= recording.begins and id(each) not in taken]
    return Held(count.counts, tuple(found), tuple(rest), evidence.steps)


# Stories in which a person acts once more, or a time runs out, in the recording sooner than in ours: they are held to
# their end.
WHOLE = (("deployment-birth", "selector-change-refused"), ("deployment-birth", "kubelet-down"))
# What was recorded with other inputs than the room begins with.
OTHER_INPUTS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("deployment-birth", "image-missing"): {"image": "nginx:1.92"},
}


# What is told of a recording in pod-end: all of them have 10 s of grace, and no hook unless they say so.
POD_END: Mapping[str, Mapping[str, Any]] = {
    "delete": {},
    "delete-ignores-term": {"fault": "ignores-term"},
    "delete-dies-of-term": {"on_term": "exit"},
    "pre-stop-sleep": {"pre_stop": 4},
    "pre-stop-too-long": {"pre_stop": 10},
    "sidecar": {"sidecars": 1},
    "finalizer": {"fault": "finalizer"},
    "scale-down": {"how": "scale-down"},
    "drain": {"how": "drain"},
    "drain-budget": {"how": "drain", "fault": "pdb-refuses"},
    "liveness-kills": {"how": "liveness"},
    "rolling-update": {"how": "rolling-update"},
    "node-gone": {"fault": "node-gone"},
    "node-shutdown": {"how": "node-shutdown"},
    "eviction": {"how": "eviction"},
    "no-pre-stop": {"fault": "no-pre-stop"},
    "shell-pid-1": {"fault": "shell-pid-1"},
    "hook-too-long": {"fault": "hook-too-long"},
    "keep-alive": {"fault": "keep-alive"},
    "proxy-behind": {"fault": "proxy-behind"},
}
# Faults in the process, in the clients and in kube-proxy: what API server, controllers, kubelet and kubectl see of them
# is what they saw in another recording.
SEEN_AS: Mapping[tuple[str, str], str] = {
    ("pod-end", "no-pre-stop"): "delete",
    ("pod-end", "shell-pid-1"): "delete-ignores-term",
    ("pod-end", "hook-too-long"): "pre-stop-too-long",
    ("pod-end", "keep-alive"): "delete",
    ("pod-end", "proxy-behind"): "delete",
}


def inputs_of(room: str, scenario: str) -> Mapping[str, Any]:
    """With which inputs the room tells a recording; what is not there is as the room begins."""
    if room == "pod-end":
        return {"grace": 10, "pre_stop": 0, "fault": "none", **POD_END[scenario]}
    if room == "vm-birth":
        return machine_inputs(scenario)
    return {"fault": scenario, **OTHER_INPUTS.get((room, scenario), {})}


# Recordings of vm-birth that show no fault, but another strategy.
STRATEGIES = {"always": "Always", "halted": "Halted", "manual": "Manual", "rerun": "RerunOnFailure", "once": "Once"}


def machine_inputs(scenario: str) -> Mapping[str, Any]:
    """vm-birth: the operation, then a strategy or a fault; a fault alone meets a start."""
    operation, _, rest = scenario.partition("-")
    if operation not in ("start", "stop", "migrate"):
        return {"fault": scenario}
    told = {"operation": operation} if operation != "start" else {}
    if rest in STRATEGIES:
        return {**told, "run_strategy": STRATEGIES[rest], "fault": "none"}
    return {**told, "fault": rest or "none"}


def is_told(room: str, scenario: str) -> bool:
    """Whether the room tells of this recording."""
    return room != "pod-end" or scenario in POD_END


# In pod-end the image is one of ours, since nginx asks for another signal than SIGTERM, with the ports and probes of
# its lesson; and beside a single Pod there
# is a second one, so that clients have somewhere to go.
_OURS = (
    ("registry.example/shop:1.4", "nginx:1.29"),
    ("registry.example/mesh:2.0", "nginx:1.29"),
    ("registry.example/shop@", "docker.io/library/nginx@"),
    ("registry.example/mesh@", "docker.io/library/nginx@"),
    (":8080/ready", ":80/"),
    (":8080: connect", ":80: connect"),
    ("path: /ready", "path: /"),
    ("path: /alive", "path: /"),
    ("ort: 8080", "ort: 80"),
    ("80-8080", "80-80"),
    ("timeoutSeconds: 2", "timeoutSeconds: 1"),
)
_HASH = re.compile(r"pod-template-hash: ([a-z0-9]+)|name: web-([a-z0-9]{8,10})-[a-z0-9]{5}\b")


# Recorded on the other node, since the scheduler chose it.
MIRRORED = (("pod-end", "pre-stop-too-long"),)
_MIRROR = {"node-1": "node-2", "eu-1a": "eu-1b", "192.168.10.11": "192.168.10.12"}


def mirrored(recording: Recording) -> Recording:
    """The recording as it would be on node-1, in pod-end with an image whose name containerd does not complete."""
    if recording.room == "pod-end":
        text = json.dumps(recording.told).replace("docker.io/library/nginx:", "nginx:")
        recording = replace(recording, told=json.loads(text))
    if (recording.room, recording.told["scenario"]) not in MIRRORED:
        return recording
    mirror = {**_MIRROR, **{there: here for here, there in _MIRROR.items()}}
    names = re.compile("|".join(re.escape(name) for name in mirror))
    return replace(recording, told=json.loads(names.sub(lambda m: mirror[m[0]], json.dumps(recording.told))))


def as_recorded(recording: Recording, frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Our frames with the recording's images and names, and without whom the recording has not."""
    if recording.room != "pod-end":
        return frames
    hashes = (match[1] or match[2] for f in frames for each in f.objects for match in _HASH.finditer(each.yaml))
    sets = [key.removeprefix("ReplicaSet/web-") for key in recording.objects if key.startswith("ReplicaSet/web-")]
    names = (*_OURS, *zip(dict.fromkeys(hashes), sets, strict=False))  # the old one comes first in both
    return tuple(_renamed(frame, names) for frame in frames)


def _renamed(frame: Frame, names: Sequence[tuple[str, str]]) -> Frame:
    def named(text: str) -> str:
        for ours, theirs in names:
            text = text.replace(ours, theirs)
        return text

    objects = tuple(
        StoredObject(each.kind, each.name, _alone(each.kind, named(each.yaml)), each.changed, each.status)
        for each in frame.objects
    )
    events = tuple(replace(each, message=named(each.message)) for each in frame.events)
    path = named(frame.path) if frame.path else frame.path
    return replace(frame, objects=objects, events=events, terminal=named(frame.terminal), path=path)


def _alone(kind: str, text: str) -> str:
    """A slice without the second Pod; one without endpoints has no ports either."""
    if kind != "EndpointSlice" or "name: web-2" not in text:
        return text
    thing = yaml.load(text, Loader=yaml.CSafeLoader)
    left = [each for each in thing["endpoints"] if each["targetRef"]["name"] != "web-2"]
    kept = {**thing, "endpoints": left} if left else {k: v for k, v in thing.items() if k not in ("endpoints", "ports")}
    return str(yaml.safe_dump(kept))


def story(room: str, fault: str) -> tuple[Frame, ...]:
    known = known_rooms()[room]
    frames: tuple[Frame, ...] = known.run(known.widget.form(**inputs_of(room, fault))).frames
    return frames


# Requests: verb, address, who asks, the code of the answer


def asked_in(frame: Frame) -> Iterator[tuple[str, str]]:
    """The requests of a frame: verb and address; `{a,b}` stands for one and the other."""
    match = _REQUEST.match(frame.verb)
    if match and frame.path and frame.path.startswith(("/api/", "/apis/")):
        before, brace, after = frame.path.partition("{")
        choices, _, tail = after.partition("}")
        paths = [f"{before}{each}{tail}" for each in choices.split(",")] if brace else [frame.path]
        for path in paths * (int(match["times"] or 1) // len(paths)):
            yield match["verb"], mask_text(path)


Asked = tuple[Frame, str, Mapping[str, Any] | None]


def _requests(frames: Sequence[Frame], recording: Recording, pairs: Mapping[str, str], count: Count) -> Iterator[Asked]:
    """Each request that we tell, with the real one that it is, or with what is wrong.

    It is the first after those before it whose body says what our step writes, else the first.
    """
    real = [(address(each), each) for each in recording.requests]
    last: dict[str, int] = {}
    taken: set[int] = set()
    for number, frame in enumerate(frames):
        for verb, path in asked_in(frame):
            count.add("requests")
            who = tuple(USERS[actor] for actor in frame.actors_at_work if actor in USERS)
            places = [
                place
                for place, (where, each) in enumerate(real)
                if place not in taken and where == (verb, path) and each["user"].startswith(who)
            ]
            places = [place for place in places if real[place][1]["code"] < 400] or places
            later = [place for place in places if place > last.get(real[place][1]["user"], -1)]
            if later:
                otherwise = {place: _carried(frames, number, real[place][1], pairs) for place in later}
                best = min(later, key=lambda place: len(otherwise[place] or ()))
                text = _otherwise(frame, real[best][1], count)
                if differing := otherwise[best]:
                    text = f"{frame.key}: no {verb} {path} carries what this step writes, the nearest: {differing[0]}"
                    yield frame, text, None
                    continue
                if otherwise[best] is not None:
                    count.add("bodies")
                last[real[best][1]["user"]] = best
                taken.add(best)
                yield frame, text, real[best][1]
            elif places:
                taken.add(places[0])
                yield frame, f"{frame.key}: {verb} {path} was asked earlier by {frame.actor}", real[places[0]][1]
            else:
                yield frame, f"{frame.key}: {verb} {path} was not asked by {frame.actor}", None
        if (match := ANSWER.match(frame.verb)) and frame.path:
            count.add("answers")
            path = mask_text(frame.path)
            codes = {each["code"] for (_, where), each in real if where == path}
            differs = int(match["code"]) not in codes
            text = f"{frame.key}: {path} is answered with {sorted(codes)}, not {match['code']}" if differs else ""
            if differs:
                yield frame, text, None


def _watches(frames: Sequence[Frame], recording: Recording, count: Count) -> Iterator[Asked]:
    """The watches that begin in our story, where the recording has kept which ones began."""
    if "watches" not in recording.told:
        return
    real = {(each["user"], _watch(each["uri"])): each for each in recording.told["watches"]}
    for frame in frames:
        if frame.verb == "WATCH" and frame.path:
            count.add("requests")
            asked = real.get((USERS[frame.actor], _watch(frame.path)))
            text = _otherwise(frame, asked, count) if asked else f"{frame.key}: {frame.path} was not asked"
            yield frame, text, asked


def _watch(uri: str) -> str:
    return _WATCH_LASTS.sub("timeoutSeconds=<time>", mask_text(unquote(uri)))


def _otherwise(frame: Frame, real: Mapping[str, Any], count: Count) -> str:
    """What is wrong with the program that asked: its name in the User-Agent is that of an actor at work."""
    count.add("agents")
    names = {AGENTS[actor] for actor in frame.actors_at_work if actor in AGENTS}
    if real["agent"].partition("/v")[0] in names:
        return ""
    return f"{frame.key}: asked by {real['agent']}, not by {' or '.join(sorted(names))}"


# What a request carried


def _carried(
    frames: Sequence[Frame], number: int, real: Mapping[str, Any], pairs: Mapping[str, str]
) -> list[str] | None:
    """The body of a request beside what our step changed in its object; None where it is about no object."""
    key = changed_by(frames[number], real, pairs)
    if key is None:
        return None
    before = next((now(each, key) for each in reversed(frames[:number]) if now(each, key)), None)
    stored_after = (now(each, key) for each in frames[number:])
    after = next((each for each in stored_after if each and "resourceVersion" in each["metadata"]), None)
    if before is not None and "resourceVersion" not in before["metadata"]:
        before = None
    return None if after is None else list(written_otherwise(real, before, after))


def changed_by(frame: Frame, real: Mapping[str, Any], pairs: Mapping[str, str]) -> str | None:
    """Which object a step changes that a request with a body is about, by `pairs` of our names and the real ones."""
    if "body" not in real or real["verb"] == "delete":
        return None
    kind, name = object_of(real["uri"])
    keys = (f"{stored.kind}/{stored.name}" for stored in frame.objects if stored.changed and stored.kind == kind)
    return next((key for key in keys if key in pairs and name in ("", pairs[key].partition("/")[2])), None)


def now(frame: Frame, key: str) -> Mapping[str, Any] | None:
    return next((_read(each.yaml) for each in frame.objects if f"{each.kind}/{each.name}" == key), None)


def address(request: Mapping[str, Any]) -> tuple[str, str]:
    return VERBS[request["verb"]], mask_text(_CLIENT_WAITS.sub("", request["uri"]))


def named(request: Mapping[str, Any]) -> str:
    verb, path = address(request)
    return f"{request['user']} {verb} {path} {request['code']}"


# What was written: every state of every object, conditions and phase included


def keys_of(frames: Sequence[Frame]) -> list[str]:
    found = {f"{stored.kind}/{stored.name}" for frame in frames for stored in frame.objects}
    return sorted(key for key in found if key.startswith(HELD_KINDS))


@cache
def _read(text: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = mask(yaml.load(text, Loader=yaml.CSafeLoader))
    return found


def states(frames: Sequence[Frame], key: str) -> list[tuple[Frame, Mapping[str, Any]]]:
    """The states of an object that our story shows, each with the step that wrote it."""
    found: list[tuple[Frame, Mapping[str, Any]]] = []
    for frame in frames:
        for stored in frame.objects:
            if f"{stored.kind}/{stored.name}" != key:
                continue
            told = in_order(_read(stored.yaml))
            if "resourceVersion" in told["metadata"] and (not found or found[-1][1] != told):
                found.append((frame, told))
    return found


def _real_states(recording: Recording, key: str) -> list[Mapping[str, Any]]:
    return [in_order(mask(dict(seen.object))) for seen in recording.objects.get(key, ()) if seen.type != "DELETED"]


def _same(frames: Sequence[Frame], recording: Recording, key: str) -> str:
    """The object of the recording that this one of ours is: of this name, or made from the same pattern."""
    if key in recording.objects:
        return key
    ours = states(frames, key)
    if not ours or "generateName" not in ours[0][1]["metadata"]:
        return ""
    like = f"{key.partition('/')[0]}/{ours[0][1]['metadata']['generateName']}"
    candidates = [each for each in recording.objects if each.startswith(like)]
    return min(candidates, key=lambda each: aligned(ours, _real_states(recording, each))[0], default="")


SKIPPED = 3  # a state of ours that was never written weighs as much as so many differing places


def aligned(
    ours: Sequence[tuple[Frame, Mapping[str, Any]]],
    real: Sequence[Mapping[str, Any]],
    differ: Callable[[Any, Any], Iterator[str]] | None = None,
) -> tuple[int, dict[int, int]]:
    """Ours and real states put beside each other in order, so that they differ in as few places as possible."""
    differ = differ or differences
    costs = [[sum(1 for _ in differ(here, there)) for there in real] for _, here in ours]
    best = [[0] * (len(real) + 1)]
    for row in costs:
        last, made = best[-1], [best[-1][0] + SKIPPED]
        for place, cost in enumerate(row, 1):
            made.append(min(last[place] + SKIPPED, made[-1], last[place - 1] + cost))
        best.append(made)
    pairs: dict[int, int] = {}
    number, place = len(ours), len(real)
    while number and place:
        if best[number][place] == best[number][place - 1]:
            place -= 1
        elif best[number][place] == best[number - 1][place - 1] + costs[number - 1][place - 1]:
            number, place = number - 1, place - 1
            pairs[number] = place
        else:
            number -= 1
    return best[-1][-1], pairs


def _states(
    frames: Sequence[Frame], recording: Recording, pairs: Mapping[str, str], count: Count, evidence: Evidence
) -> Iterator[str]:
    for key in keys_of(frames):
        ours = states(frames, key)
        if not ours:
            continue
        kind = key.partition("/")[0]
        count.add("states", len(ours))
        if key not in pairs:
            yield f"{kind}: there is none like {mask_text(key)}"
            continue
        real = _real_states(recording, pairs[key])
        beside = aligned(ours, real)[1]
        for number, (frame, here) in enumerate(ours):
            lines = ["no such state was written"]
            if number in beside:
                lines = list(differences(here, real[beside[number]]))
            evidence.add(frame, "object", good=not lines)
            yield from (f"{kind} after {frame.key}: {line}" for line in lines)


def differences(here: Any, there: Any, place: str = "") -> Iterator[str]:
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for name in sorted({*here, *there}):
            at = f"{place}.{name}"
            if name not in here:
                yield f"{at} = {there[name]!r} is missing"
            elif name not in there:
                yield f"{at} = {here[name]!r} is not there in truth"
            else:
                yield from differences(here[name], there[name], at)
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for index, (one, other) in enumerate(zip(here, there, strict=True)):
            yield from differences(one, other, f"{place}[{index}]")
    elif here != there:
        yield f"{place} is {there!r}, not {here!r}"


# Events: type, reason, sender, text


def _events(
    frames: Sequence[Frame], recording: Recording, pairs: Mapping[str, str], count: Count, evidence: Evidence
) -> Iterator[str]:
    ours = {(each.type, each.reason, each.from_, mask_text(each.message)) for each in frames[-1].events}
    count.add("events", len(ours))
    names = {real.partition("/")[2] for real in pairs.values()}
    if recording.room == "pod-end":  # its owners are not shown, but what they say is
        names |= {key.partition("/")[2] for key in recording.objects if key.startswith(("Deployment/", "ReplicaSet/"))}
    real = {event(each) for each in recording.events if each["involvedObject"]["name"] in names}
    # A node says more than a story about one of its Pods needs.
    real |= ours & {event(each) for each in recording.events if each["involvedObject"]["kind"] == "Node"}
    known: set[tuple[Any, ...]] = set()  # an event that only grows older is none of this step
    for frame in frames:
        for each in frame.events:
            sent = (each.type, each.reason, each.from_, mask_text(each.message))
            if (*sent, each.count) not in known:
                evidence.add(frame, "event", good=sent in real)
                known.add((*sent, each.count))
    yield from (f"event not sent in truth: {' | '.join(each)}" for each in sorted(ours - real))
    yield from (f"event not told: {' | '.join(each)}" for each in sorted(real - ours))


def event(told: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """As `kubectl describe` prints it: a part of the object stands before the text."""
    sender = told.get("reportingComponent") or told.get("source", {}).get("component", "")
    part = told.get("involvedObject", {}).get("fieldPath", "")
    text = f"{part}: {told['message']}" if part else told["message"]
    return told["type"], told["reason"], sender, mask_text(text)


# What kubectl prints: the rows of `get pods -w`, Pod by Pod, and whatever else it says


def _rows(lines: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        if _POD_ROW.match(line):
            found.setdefault(line.split()[0], []).append(mask_line(line))
    return found


def _lines(frames: Sequence[Frame], recording: Recording, count: Count, evidence: Evidence) -> Iterator[str]:
    ours = _rows(frames[-1].terminal.splitlines())
    rest = _rows(recording.printed("get pods -w") or ())
    printed = {(mask_text(name), row) for name, rows in rest.items() for row in rows}
    for last, frame in pairwise((None, *frames)):
        shown = _rows(frame.terminal.splitlines())
        past = _rows(last.terminal.splitlines()) if last else {}
        for name, rows in shown.items():
            for row in rows[len(past.get(name, ())) :]:
                evidence.add(frame, "terminal", good=(mask_text(name), row) in printed)
    for name, here in ours.items():
        count.add("rows", len(here))
        like = [each for each in rest if mask_text(each) == mask_text(name)]
        if not like:
            yield f"get -w prints no row of {mask_text(name)}"
            continue
        chosen = min(like, key=lambda each: len(unlike(here, rest[each])))
        there = rest.pop(chosen)
        yield from (f"get -w of {mask_text(name)}: {line}" for line in unlike(here, there))


def unlike(here: Sequence[str], there: Sequence[str]) -> list[str]:
    """The rows that only one of them has; what was printed after our last row was not yet told."""
    found = []
    for what, start, end, first, last in SequenceMatcher(a=here, b=there, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        found += [f"“{row}” was not printed" for row in here[start:end]]
        if what == "replace" or end < len(here):
            found += [f"“{row}” is missing" for row in there[first:last]]
    return found


SPOKEN = (
    *("pod/", 'pod "', "deployment.apps/", "node/", "evicting ", "Error", "error", "The ", "There are ", "Warning: "),
)


def _words(frames: Sequence[Frame], recording: Recording, count: Count) -> Iterator[str]:
    """What a command says that is no row of a table: `pod/web created`, an error."""
    said = {mask_text(text) for session in recording.told["sessions"] for _, text in printed(session)}
    for line in frames[-1].terminal.splitlines():
        if line.startswith(SPOKEN):
            count.add("words")
            if mask_text(line) not in said:
                yield f"kubectl does not say: {mask_text(line)}"


def printed(session: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    yield from session["lines"]
    yield from session["errors"]
