"""A story of ours held against a recording: what the one has and the other has not, as sentences."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from app.kube.frame import Frame
from tests.witness.mask import mask, mask_line, mask_text
from tests.witness.recording import Recording

WRITES = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE"}
_WRITE = re.compile(r"(?P<verb>POST|PUT|PATCH|DELETE)(?: ×(?P<times>\d+))?$")


def states(frames: Sequence[Frame], key: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The states of an object that our story stores, each with the step that writes it."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for frame in frames:
        for stored in frame.objects:
            if f"{stored.kind}/{stored.name}" != key:
                continue
            told = mask(yaml.load(stored.yaml, Loader=yaml.CSafeLoader))
            if "resourceVersion" in told["metadata"] and (not found or found[-1][1] != told):
                found.append((frame.key, told))
    return found


def objects_differ(frames: Sequence[Frame], recording: Recording, key: str) -> Iterator[str]:
    """Each state of an object beside the real one's, in order, as far as both were watched."""
    ours = states(frames, key)
    real = [mask(dict(seen.object)) for seen in recording.objects.get(key, ()) if seen.type != "DELETED"]
    for (step, here), there in zip(ours, real, strict=False):
        yield from (f"{key} after {step}: {line}" for line in differences(here, there))
    if len(ours) > len(real):
        yield f"{key}: {len(ours)} states of ours, {len(real)} real: {', '.join(step for step, _ in ours[len(real) :])}"


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


def events_differ(frames: Sequence[Frame], recording: Recording) -> Iterator[str]:
    """Each event that we tell must have been sent, in these words by this sender; and the other way round."""
    ours = {(each.type, each.reason, each.from_, mask_text(each.message)) for each in frames[-1].events}
    told_of = {key.partition("/")[2] for key in keys_of(frames)}
    real = {_event(each) for each in recording.events if each["involvedObject"]["name"] in told_of}
    yield from (f"event not sent in truth: {' | '.join(each)}" for each in sorted(ours - real))
    yield from (f"event not told: {' | '.join(each)}" for each in sorted(real - ours))


def _event(told: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """As `kubectl describe` prints it: a part of the object stands before the text."""
    sender = told.get("reportingComponent") or told.get("source", {}).get("component", "")
    part = told.get("involvedObject", {}).get("fieldPath", "")
    text = f"{part}: {told['message']}" if part else told["message"]
    return told["type"], told["reason"], sender, mask_text(text)


def lines_differ(frames: Sequence[Frame], recording: Recording) -> Iterator[str]:
    """What `kubectl get pods -w` prints, line by line, as far as both were watched."""
    ours = [mask_line(line) for line in frames[-1].terminal.splitlines()]
    ours = [line for line in ours if not line.startswith(("$", "pod/", "deployment.apps/", "Error"))]
    real = [mask_line(line) for line in recording.printed("get pods -w") or ()]
    for number, (here, there) in enumerate(zip(ours, real, strict=False), 1):
        if here != there:
            yield f"line {number} of get -w is “{there}”, not “{here}”"
    if len(ours) > len(real):
        yield f"get -w prints {len(real)} lines in truth, {len(ours)} in ours: {ours[len(real) :]}"


def asked(frames: Sequence[Frame]) -> list[tuple[str, str, str]]:
    """The writes of our story in order: step, verb, address without what chance gives."""
    found = []
    for frame in frames:
        match = _WRITE.match(frame.verb)
        if match and frame.path and frame.path.startswith(("/api/", "/apis/")):
            found += [(frame.key, match["verb"], mask_text(frame.path))] * int(match["times"] or 1)
    return found


def requests_differ(frames: Sequence[Frame], recording: Recording) -> Iterator[str]:
    """Each write of ours must have been made, and made in this order by whoever makes it."""
    real = [
        (request["user"], WRITES[request["verb"]], mask_text(request["uri"]))
        for request in recording.requests
        if request["verb"] in WRITES
    ]
    rest = list(real)
    for step, verb, path in asked(frames):
        found = next((each for each in rest if each[1:] == (verb, path)), None)
        if found is None:
            yield f"{step}: {verb} {path} was not asked in truth"
        else:
            rest.remove(found)


def untold(frames: Sequence[Frame], recording: Recording) -> list[tuple[str, str, str]]:
    """The writes of the recording that stand in no frame: by whom, verb, address."""
    told = [(verb, path) for _, verb, path in asked(frames)]
    rest = []
    for request in recording.requests:
        if request["verb"] not in WRITES:
            continue
        one = (WRITES[request["verb"]], mask_text(request["uri"]))
        if one in told:
            told.remove(one)
        else:
            rest.append((request["user"], *one))
    return rest


def keys_of(frames: Sequence[Frame]) -> list[str]:
    """The objects of a story that a recording can witness under the same name."""
    found = {f"{stored.kind}/{stored.name}" for frame in frames for stored in frame.objects}
    return sorted(key for key in found if key.startswith(("Pod/", "Deployment/", "ReplicaSet/")))
